//! The kinds of tokens and what they are called in messages.
//!
//! *Invariants.* `>` is always a token of its own, so `>>`, `>=` and `>>=` are adjacent tokens that
//! the parser joins in expressions and leaves apart where they close type arguments.

use crate::source::Span;

macro_rules! tokens {
    (
        keywords { $($keyword:ident $word:literal;)* }
        marks { $($mark:ident $text:literal;)* }
        others { $($(#[$meta:meta])* $other:ident $name:literal;)* }
    ) => {
        /// What a token is.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum TokenKind {
            $(#[doc = $word] $keyword,)*
            $(#[doc = $text] $mark,)*
            $($(#[$meta])* $other,)*
        }

        impl TokenKind {
            /// The keyword of a word.
            #[must_use]
            pub fn keyword(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$keyword),)* _ => None }
            }

            /// Whether the token is a keyword.
            #[must_use]
            pub const fn is_keyword(self) -> bool {
                matches!(self, $(Self::$keyword)|*)
            }

            /// The token's text where it is fixed, else a word for its kind.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$keyword => $word,)*
                    $(Self::$mark => $text,)*
                    $(Self::$other => $name,)*
                }
            }

            /// Whether every token of the kind has the same text.
            #[must_use]
            pub const fn is_fixed(self) -> bool {
                !matches!(self, $(Self::$other)|*)
            }
        }
    };
}

tokens! {
    keywords {
        Type "type"; Enum "enum"; Contract "contract"; Impl "impl"; Attribute "attribute";
        Match "match"; Event "event"; When "when"; If "if"; Else "else"; While "while"; For "for";
        In "in"; Return "return"; Break "break"; Continue "continue"; Let "let"; Mut "mut";
        Mod "mod"; Use "use"; Pub "pub"; Ref "ref"; Out "out"; Const "const"; This "this";
        True "true"; False "false";
    }
    marks {
        LParen "("; RParen ")"; LBrace "{"; RBrace "}"; LBracket "["; RBracket "]";
        Comma ","; Semi ";"; Colon ":"; ColonColon "::"; Dot "."; DotDot ".."; Question "?";
        Arrow "->"; FatArrow "=>"; Underscore "_";
        Eq "="; EqEq "=="; EqEqEq "==="; Not "!"; NotEq "!="; NotEqEq "!==";
        Lt "<"; LtEq "<="; LtLt "<<"; LtLtEq "<<="; Gt ">";
        Plus "+"; PlusEq "+="; Minus "-"; MinusEq "-="; Star "*"; StarEq "*=";
        Slash "/"; SlashEq "/="; Percent "%"; PercentEq "%=";
        And "&"; AndAnd "&&"; AndEq "&="; Or "|"; OrOr "||"; OrEq "|="; Caret "^"; CaretEq "^=";
        Tilde "~";
    }
    others {
        /// A name.
        Ident "name";
        /// A number, not yet read.
        Number "number";
        /// `'…'`, not yet read.
        Char "character";
        /// `"…"` without interpolation.
        Text "string";
        /// `"…${`
        TextStart "string";
        /// `}…${`
        TextMiddle "the rest of a string";
        /// `}…"`
        TextEnd "the rest of a string";
        /// Text that begins no token, or a broken literal; reported by the lexer.
        Error "unknown text";
        /// After the last token.
        End "the end of the file";
    }
}

/// A token: its kind and place in the global offset space.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// First byte.
    pub lo: u32,
    /// One past the last byte.
    pub hi: u32,
    /// What it is.
    pub kind: TokenKind,
}

impl Token {
    /// Its place.
    #[must_use]
    pub const fn span(self) -> Span {
        Span::new(self.lo, self.hi)
    }
}
