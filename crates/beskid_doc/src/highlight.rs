//! Which words of a source text are what, for colours.
//!
//! The compiler's own lexer cuts the text: it is exact (interpolations, broken literals), fast, and no second
//! table of keywords has to follow the first. What a name is, a lexer does not know; as in
//! `editors/textmate/beskid.tmLanguage.json`, which editors use, what stands beside it says that. A test
//! holds the classes against the scopes that this grammar gives `editors/textmate/sample.bd`, so the two
//! cannot drift apart. Reading that grammar here instead would take an engine for its regular expressions
//! that is larger than all of this crate.
//!
//! *Invariants.* Pieces are in order, do not overlap and have no line end in them. Linear in the text.

use beskid_analysis::is_primitive_name;
use beskid_analysis::lexer::{Token, TokenKind, lex};
use beskid_analysis::source::SourceMap;

/// What a piece of text is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Class {
    /// A keyword, `true` and `false` included.
    Keyword,
    /// A type.
    Type,
    /// A function, where it is declared or called.
    Function,
    /// A variant of an enum.
    Variant,
    /// A module in `mod` and `use`.
    Module,
    /// The name of an attribute in `[…]`.
    Attribute,
    /// A string or char.
    Text,
    /// A number.
    Number,
    /// A comment.
    Comment,
    /// `///`
    Documentation,
}

impl Class {
    /// The class in the style sheet.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keyword => "k",
            Self::Type => "t",
            Self::Function => "f",
            Self::Variant => "v",
            Self::Module => "m",
            Self::Attribute => "a",
            Self::Text => "s",
            Self::Number => "n",
            Self::Comment => "c",
            Self::Documentation => "d",
        }
    }
}

/// A piece of a text that has a class.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Piece {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What it is.
    pub class: Class,
}

/// The pieces of a text that have a class.
#[must_use]
pub fn highlight(text: &str) -> Vec<Piece> {
    let mut sources = SourceMap::new();
    let Ok(file) = sources.add("text.bd", text.to_owned()) else { return Vec::new() };
    let file = sources.file(file);
    // A mark at the beginning of the file is no part of it.
    let skipped = text.len() - file.text.len();
    let found = lex(file);
    let mut pieces = Vec::with_capacity(found.tokens.len());
    let mut push = |lo: u32, hi: u32, class| {
        let (lo, hi) = ((lo - file.base) as usize, (hi - file.base) as usize);
        let mut at = lo;
        for line in file.text[lo..hi].split_inclusive('\n') {
            let length = line.trim_end_matches(['\n', '\r']).len();
            if length > 0 {
                let (start, end) = (skipped + at, skipped + at + length);
                pieces.push(Piece { start, end, class });
            }
            at += line.len();
        }
    };
    let names = Names { tokens: &found.tokens, text: &file.text, base: file.base };
    let mut path = Path::None;
    for (index, token) in found.tokens.iter().enumerate() {
        let class = match token.kind {
            TokenKind::Ident => names.class(index, &mut path),
            TokenKind::Number => Some(Class::Number),
            TokenKind::Char
            | TokenKind::Text
            | TokenKind::TextStart
            | TokenKind::TextMiddle
            | TokenKind::TextEnd => Some(Class::Text),
            TokenKind::Use | TokenKind::Mod => {
                path = Path::Open;
                Some(Class::Keyword)
            }
            TokenKind::Dot => None,
            kind => {
                path = Path::None;
                (kind.is_keyword() || kind == TokenKind::Underscore).then_some(Class::Keyword)
            }
        };
        if let Some(class) = class {
            push(token.lo, token.hi, class);
        }
    }
    for (_, span) in &found.docs {
        push(span.lo, span.hi, Class::Documentation);
    }
    for span in &found.comments {
        push(span.lo, span.hi, Class::Comment);
    }
    pieces.sort_unstable();
    pieces
}

/// Whether names are those of a path behind `use` or `mod`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Path {
    None,
    Open,
}

/// How far ahead the end of `<…>` is looked for.
const LOOK_AHEAD: usize = 64;

struct Names<'a> {
    tokens: &'a [Token],
    text: &'a str,
    base: u32,
}

impl Names<'_> {
    fn kind(&self, index: usize) -> TokenKind {
        self.tokens.get(index).map_or(TokenKind::End, |token| token.kind)
    }

    fn word(&self, index: usize) -> &str {
        let token = self.tokens[index];
        &self.text[(token.lo - self.base) as usize..(token.hi - self.base) as usize]
    }

    fn class(&self, index: usize, path: &mut Path) -> Option<Class> {
        use TokenKind as K;
        let word = self.word(index);
        let before = index.checked_sub(1).map_or(K::End, |before| self.kind(before));
        let after = self.kind(index + 1);
        if *path == Path::Open {
            let is_as = word == "as" && before == K::Ident;
            return Some(if is_as { Class::Keyword } else { Class::Module });
        }
        if is_primitive_name(word) {
            return Some(Class::Type);
        }
        let is_upper = word.starts_with(|first: char| first.is_ascii_uppercase());
        let is_test = |at: usize| {
            self.kind(at) == K::Ident
                && self.word(at) == "test"
                && self.kind(at + 1) == K::Ident
                && self.kind(at + 2) == K::LBrace
        };
        Some(match before {
            K::ColonColon => Class::Variant,
            K::Type | K::Enum | K::Contract | K::Attribute | K::Impl => Class::Type,
            K::Ident if index > 0 && is_test(index - 1) => Class::Function,
            K::LBracket if is_upper && self.is_attribute(index) => Class::Attribute,
            _ if is_test(index) => Class::Keyword,
            _ if matches!(word, "meta" | "skip") && after == K::LBrace => Class::Keyword,
            _ if self.is_called(index) => Class::Function,
            _ if is_upper && self.is_type(index) => Class::Type,
            _ => return None,
        })
    }

    /// Whether a `[` before the name begins an attribute: such as stands at the beginning of a line.
    fn is_attribute(&self, index: usize) -> bool {
        let before = (self.tokens[index - 1].lo - self.base) as usize;
        let line = self.text[..before].rsplit('\n').next().unwrap_or_default();
        line.trim().is_empty() || line.trim_end().ends_with([']', '(', ',', '{'])
    }

    /// Whether `(` follows, perhaps behind `<…>`.
    fn is_called(&self, index: usize) -> bool {
        match self.kind(index + 1) {
            TokenKind::LParen => true,
            TokenKind::Lt => {
                let mut depth = 0;
                for at in index + 1..index + LOOK_AHEAD {
                    match self.kind(at) {
                        TokenKind::Lt => depth += 1,
                        TokenKind::Gt => depth -= 1,
                        TokenKind::Semi
                        | TokenKind::LBrace
                        | TokenKind::RBrace
                        | TokenKind::LParen
                        | TokenKind::RParen
                        | TokenKind::End => return false,
                        _ => {}
                    }
                    if depth == 0 {
                        return self.kind(at + 1) == TokenKind::LParen;
                    }
                }
                false
            }
            _ => false,
        }
    }

    /// Whether what follows a name with a capital says that it is a type.
    fn is_type(&self, index: usize) -> bool {
        use TokenKind as K;
        match self.kind(index + 1) {
            K::ColonColon | K::Lt | K::Ident | K::Mut => true,
            K::LBracket => self.kind(index + 2) == K::RBracket,
            K::LBrace => {
                let is_field = self.kind(index + 2) == K::Ident && self.kind(index + 3) == K::Colon;
                is_field || self.kind(index + 2) == K::RBrace
            }
            _ => false,
        }
    }
}
