//! Slips of the finger: misspelt keywords, turned operators, brackets that are missing on one side.
//!
//! Each is told by the tokens around it, which no right program has in that order. The slip is reported with
//! what is meant, and the text then read as if that stood there.
//!
//! *Absent*: habits of other languages, in [`super::mistakes`]; the rules of skipping, in
//! [`super::recovery`].

use super::mistakes::is_primitive_type;
use super::{Parser, Place};
use crate::ast::{BinaryOp, Block, ExprId, ExprKind, ItemKind};
use crate::diagnostics::{Code, Diagnostic, Edit, Fix, suggest};
use crate::lexer::TokenKind;
use crate::source::Span;

/// Keywords that begin items which are declared.
const ITEM_KEYWORDS: [&str; 7] = ["type", "enum", "contract", "impl", "const", "mod", "use"];
/// So many tokens before the current one are searched for what a name is.
const SEARCHED: usize = 2000;

impl Parser<'_> {
    /// Whether the word at a token is a keyword with a slip in it.
    pub(super) fn is_nearly(&self, index: usize, keyword: &str) -> bool {
        self.kind_at(index) == TokenKind::Ident
            && suggest::nearest(self.text_at(index), [keyword]).is_some()
    }

    /// Reports the current word, which stands for a keyword, and passes it.
    pub(super) fn take_misspelt(&mut self, keyword: &str) {
        let (span, found) = (self.span(), self.found());
        self.error_behind(
            Diagnostic::new(
                Code::UnexpectedToken,
                span,
                format!("expected `{keyword}`, found {found}"),
            )
            .fix(format!("write `{keyword}`"), span, keyword),
        );
        self.bump();
    }

    /// `pbu type T`, `pbu i32 F()`
    pub(super) fn misspelt_pub(&mut self) -> bool {
        let item = matches!(
            self.nth(1),
            TokenKind::Type
                | TokenKind::Enum
                | TokenKind::Contract
                | TokenKind::Const
                | TokenKind::Mod
                | TokenKind::Use
        ) || (self.nth(1) == TokenKind::Ident && self.nth(2) == TokenKind::Ident);
        let misspelt = item && self.is_nearly(self.pos, "pub");
        if misspelt {
            self.take_misspelt("pub");
        }
        misspelt
    }

    /// `enun Shape {`, `cosnt i32 Size = 1;`: a misspelt word that begins an item; the item.
    pub(super) fn misspelt_item(&mut self) -> Option<ItemKind> {
        // A function is none of these, and needs no search for a word.
        if self.nth(1) != TokenKind::Ident || self.nth(2) == TokenKind::LParen {
            return None;
        }
        let word = self.text_at(self.pos);
        let keyword = suggest::nearest(word, ITEM_KEYWORDS)?;
        let behind = self.behind_angles(self.pos + 2);
        let fits = match keyword {
            "const" => matches!(self.nth(2), TokenKind::Ident),
            "mod" | "use" => {
                matches!(self.nth(2), TokenKind::Dot | TokenKind::Semi)
                    || (keyword == "mod" && self.nth(2) == TokenKind::LBrace)
            }
            "impl" => matches!(behind, TokenKind::LBrace | TokenKind::Dot),
            _ => matches!(behind, TokenKind::LBrace | TokenKind::Colon),
        };
        if !fits {
            return None;
        }
        let span = self.span();
        self.error_behind(
            Diagnostic::new(Code::UnexpectedToken, span, format!("`{word}` begins no item")).fix(
                format!("write `{keyword}`"),
                span,
                keyword,
            ),
        );
        Some(match keyword {
            "type" => self.type_item(),
            "enum" => self.enum_item(),
            "contract" => self.contract_item(),
            "impl" => self.impl_item(),
            "const" => self.const_item(),
            "mod" => self.mod_item(),
            _ => self.use_item(),
        })
    }

    /// What follows the `<…>` at a token, or the token if there is none.
    fn behind_angles(&self, mut at: usize) -> TokenKind {
        if self.kind_at(at) != TokenKind::Lt {
            return self.kind_at(at);
        }
        let mut open = 0;
        for _ in 0..SEARCHED {
            match self.kind_at(at) {
                TokenKind::Lt => open += 1,
                TokenKind::Gt if open == 1 => return self.kind_at(at + 1),
                TokenKind::Gt => open -= 1,
                TokenKind::End | TokenKind::LBrace | TokenKind::Semi => break,
                _ => {}
            }
            at += 1;
        }
        TokenKind::End
    }

    /// `} esle {`, `} esle if`
    pub(super) fn misspelt_else(&mut self) -> bool {
        let block = self.nth(1) == TokenKind::LBrace && self.nth(3) != TokenKind::Colon;
        let misspelt = (block || self.nth(1) == TokenKind::If)
            && self.text_at(self.pos).starts_with(char::is_lowercase)
            && self.is_nearly(self.pos, "else");
        if misspelt {
            self.take_misspelt("else");
        }
        misspelt
    }

    /// `i32 mtu x = 1;`: the word before the name was read as the name.
    pub(super) fn misspelt_mut(&mut self, word: usize) -> bool {
        let misspelt = self.at(TokenKind::Ident)
            && self.nth(1) == TokenKind::Eq
            && self.is_nearly(word, "mut");
        if misspelt {
            let span = self.tokens[word].span();
            let text = self.slice(span);
            self.error_behind(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    span,
                    format!("expected `mut` or `=`, found `{text}`"),
                )
                .fix("write `mut`", span, "mut"),
            );
        }
        misspelt
    }

    /// A guard whose word is missing, not quite `when`, or `if`.
    pub(super) fn misspelt_when(&mut self) -> bool {
        if self.at(TokenKind::If) {
            let span = self.span();
            self.error_behind(
                Diagnostic::new(Code::UnexpectedToken, span, "a guard begins with `when`").fix(
                    "write `when`",
                    span,
                    "when",
                ),
            );
            self.bump();
            return true;
        }
        if self.nth(1) != TokenKind::FatArrow && self.is_nearly(self.pos, "when") {
            self.take_misspelt("when");
            return true;
        }
        let missing = self.begins_expr() && !self.line_before(self.pos) && self.guard_ahead();
        if missing {
            let diagnostic = self.unexpected("`when` or `=>` after the pattern");
            self.error_behind(diagnostic.fix("write `when`", self.previous_end(), " when"));
        }
        missing
    }

    /// `=<` for `<=`, and in heads and guards `=!` for `!=` and `=>` for `>=`: the operator that is meant and
    /// its number of tokens.
    pub(super) fn turned_operator(&mut self) -> Option<(BinaryOp, usize)> {
        let next = self.pos + 1;
        let joined = next < self.tokens.len() && self.joined(next);
        let in_head = self.place == Place::Head;
        let (op, len) = match (self.kind, self.kind_at(next)) {
            (TokenKind::Eq, TokenKind::Lt) if joined => (BinaryOp::Le, 2),
            (TokenKind::Eq, TokenKind::Not) if joined && in_head => (BinaryOp::Ne, 2),
            (TokenKind::FatArrow, _) if in_head => (BinaryOp::Ge, 1),
            _ => return None,
        };
        let span = self.span().to(self.tokens[self.pos + len - 1].span());
        let (found, text) = (self.slice(span), op.text());
        self.error_behind(
            Diagnostic::new(
                Code::UnexpectedToken,
                span,
                format!("this comparison is written `{text}`, not `{found}`"),
            )
            .fix(format!("write `{text}`"), span, text),
        );
        Some((op, len))
    }

    /// `Option:Some(5)`: whether a lone colon between two names is meant as `::`.
    pub(super) fn single_colon(&self) -> bool {
        self.at(TokenKind::Colon)
            && self.nth(1) == TokenKind::Ident
            && self.joined(self.pos)
            && self.joined(self.pos + 1)
    }

    pub(super) fn report_single_colon(&mut self) {
        let span = self.span();
        self.error_behind(
            Diagnostic::new(
                Code::UnexpectedToken,
                span,
                "a variant follows its enum after two colons",
            )
            .fix("write `::`", span, "::"),
        );
    }

    /// `return => { … }`: a lambda whose `()` is missing; the current token is the `=>`.
    pub(super) fn lambda_without_parameters(&mut self) -> ExprId {
        let span = self.span();
        self.error(
            Diagnostic::new(
                Code::UnexpectedToken,
                span,
                "a lambda without parameters begins with `()`",
            )
            .fix("write `()`", span.start(), "() "),
        );
        self.bump();
        let body = if self.at(TokenKind::LBrace) { self.block_expr() } else { self.expr() };
        let kind = ExprKind::Lambda { parameters: Vec::new(), body };
        self.push_expr(kind, self.since(span))
    }

    /// `Point x: 1 }`: whether the `{` of a literal is missing.
    pub(super) fn fields_without_brace(&self) -> bool {
        self.stray_brace && self.at(TokenKind::Ident) && self.nth(1) == TokenKind::Colon
    }

    /// `i32 (i32 a) {`, `Option<T> () =>`: a function without a name, read and left out.
    pub(super) fn function_without_name(&mut self) -> bool {
        let mut at = self.pos + 1;
        if self.kind_at(at) == TokenKind::Lt {
            let mut open = 0;
            for _ in 0..SEARCHED {
                match self.kind_at(at) {
                    TokenKind::Lt => open += 1,
                    TokenKind::Gt => open -= 1,
                    TokenKind::End | TokenKind::LBrace | TokenKind::Semi => return false,
                    _ => {}
                }
                at += 1;
                if open == 0 {
                    break;
                }
            }
        } else if self.kind_at(at) == TokenKind::LBracket {
            at += 2;
        } else if !is_primitive_type(self.text_at(self.pos)) {
            return false;
        }
        let close = match self.kind_at(at) {
            TokenKind::LParen => self.partner(at),
            _ => None,
        };
        let body = close.map_or(TokenKind::End, |close| self.kind_at(close + 1));
        if !matches!(body, TokenKind::LBrace | TokenKind::FatArrow) {
            return false;
        }
        let end = self.tokens[at - 1].span().end();
        self.error_behind(
            Diagnostic::new(Code::UnexpectedToken, end, "this function has no name")
                .help("a function is written `R Name(A a) { … }`"),
        );
        self.move_to(at);
        self.parameters();
        self.function_body();
        true
    }

    /// Whether the current token begins a value that is no declaration and no type.
    pub(super) fn begins_value(&self) -> bool {
        match self.kind {
            TokenKind::Ident => !matches!(
                self.nth(1),
                TokenKind::Ident | TokenKind::LBrace | TokenKind::Lt | TokenKind::Mut
            ),
            TokenKind::LBrace | TokenKind::Return | TokenKind::Break | TokenKind::Continue => false,
            _ => self.begins_expr(),
        }
    }

    /// The block of a head whose `{` is missing: told by a `}` too many in the file, and by statements on the
    /// same line or on lines that are indented deeper than the head.
    pub(super) fn block_without_brace(&mut self, expected: &str) -> Option<Block> {
        let (here, end) = (self.pos, self.previous_end());
        let inside = if self.line_before(here) {
            self.indentation(here) > self.indentation(here - 1)
        } else {
            self.begins_expr() || self.begins_statement()
        };
        if !inside || !self.missing_brace(expected) {
            return None;
        }
        Some(self.nested(
            |cx| cx.within(Place::Anywhere, |cx| cx.statements(here - 1, end, |_, _| false)),
            |_, span| Block { statements: Vec::new(), tail: None, span },
        ))
    }

    /// Takes a `{`. Where it is missing and the file has a `}` too many, it is read as if it stood there.
    pub(super) fn take_open_brace(&mut self, rule: &str) -> bool {
        if self.eat(TokenKind::LBrace) {
            return true;
        }
        let expected = format!("`{{` {rule}");
        if !self.missing_brace(&expected) {
            let diagnostic = self.unexpected(&expected);
            let start = self.span();
            while !self.at(TokenKind::LBrace) && !self.ends_list() && !self.line_before(self.pos) {
                self.bump();
            }
            let found = self.at(TokenKind::LBrace);
            let surplus = Span::new(start.lo, self.span().lo);
            self.error_behind(if found && surplus.lo < surplus.hi {
                diagnostic.fix("remove it", surplus, "")
            } else {
                diagnostic
            });
            return self.eat(TokenKind::LBrace);
        }
        true
    }

    /// Reports a missing `{`, if the file has a `}` too many.
    pub(super) fn missing_brace(&mut self, expected: &str) -> bool {
        let missing = self.stray_brace && !self.ends_list();
        if missing {
            self.stray_brace = false;
            let end = self.previous_end();
            self.error_behind(
                Diagnostic::new(Code::UnexpectedToken, end, format!("expected {expected}")).fix(
                    "add the `{`",
                    end,
                    " {",
                ),
            );
        }
        missing
    }

    /// Reports the `(` of a call in a head that is not closed where the block begins.
    pub(super) fn block_behind_open_parenthesis(&mut self, open: usize) -> bool {
        let block =
            self.at(TokenKind::LBrace) && self.place == Place::Head && self.partner(open).is_none();
        if block {
            self.unclosed(open, TokenKind::RParen);
        }
        block
    }

    /// `result step(value);`: reported as a missing `=`; the call is read.
    pub(super) fn assignment_without_sign(&mut self) -> bool {
        let call = self.nth(1) == TokenKind::Ident && self.nth(2) == TokenKind::LParen;
        let close = if call { self.partner(self.pos + 2) } else { None };
        if close.is_none_or(|close| self.kind_at(close + 1) != TokenKind::Semi) {
            return false;
        }
        self.bump();
        let end = self.previous_end();
        let diagnostic = self.unexpected("an operator or `=`");
        self.error(diagnostic.fix("add the `=`", end, " ="));
        self.expr();
        self.eat(TokenKind::Semi);
        true
    }

    /// Whether a `=>` follows before the end of an arm: what stands here is its guard.
    pub(super) fn guard_ahead(&self) -> bool {
        let mut at = self.pos;
        for _ in 0..SEARCHED {
            match self.kind_at(at) {
                TokenKind::FatArrow => return true,
                TokenKind::Comma
                | TokenKind::Semi
                | TokenKind::RBrace
                | TokenKind::RParen
                | TokenKind::End => return false,
                TokenKind::LParen | TokenKind::LBracket | TokenKind::LBrace => {
                    match self.partner(at).filter(|&partner| partner > at) {
                        Some(partner) => at = partner,
                        None => return false,
                    }
                }
                _ => {}
            }
            at += 1;
            if self.line_before(at) {
                return false;
            }
        }
        false
    }

    /// How many bytes stand before the first token of a token's line.
    fn indentation(&self, mut index: usize) -> usize {
        while index > 0 && !self.line_before(index) {
            index -= 1;
        }
        self.column(index)
    }

    /// The bytes between the start of the line and its first token.
    fn column(&self, index: usize) -> usize {
        let lo = (self.tokens[index].lo - self.base) as usize;
        let before = index.checked_sub(1).map_or(0, |before| self.tokens[before].hi - self.base);
        self.text[before as usize..lo].rsplit('\n').next().unwrap_or("").len()
    }

    /// The block inside of an open one that is probably the one without `}`: the first that is closed by a `}`
    /// at the start of a line which is indented less than the line of its `{`.
    fn misaligned(&self, open: usize) -> Option<(usize, usize, usize)> {
        let mut opened: Vec<(usize, usize)> = Vec::new();
        let mut indentation = self.indentation(open);
        for index in open + 1..self.pos {
            let first = self.line_before(index);
            if first {
                indentation = self.column(index);
            }
            match self.kind_at(index) {
                TokenKind::LBrace => opened.push((index, indentation)),
                TokenKind::RBrace => {
                    let partner = self.partner(index)?;
                    while let Some((opener, at)) = opened.pop() {
                        if opener == partner {
                            if first && indentation < at {
                                return Some((opener, at, index));
                            }
                            break;
                        }
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// E0111 for a block without `}`, where the indentation of the lines says which block that is.
    pub(super) fn misaligned_block(&mut self, open: usize) -> Option<Diagnostic> {
        // Once: each search takes as long as the block.
        if std::mem::replace(&mut self.brace_searched, true) {
            return None;
        }
        let (opener, indentation, close) = self.misaligned(open)?;
        let end = self.tokens[close - 1].span().end();
        let line = self.tokens[close].lo - self.column(close) as u32;
        let blanks = " ".repeat(indentation);
        Some(
            Diagnostic::new(Code::UnclosedDelimiter, end, "this block has no closing `}`")
                .label("it probably ends here, going by the indentation")
                .also(self.tokens[opener].span(), "the block begins here")
                .fix("add the `}`", Span::new(line, line), format!("{blanks}}}\n")),
        )
    }

    /// The fix that closes a block behind the token before.
    pub(super) fn with_closing_brace(&self, diagnostic: Diagnostic, open: usize) -> Diagnostic {
        let same_line = (open + 1..self.pos).all(|index| !self.line_before(index));
        let text = if same_line {
            " }".to_owned()
        } else {
            format!("\n{}}}", " ".repeat(self.indentation(open)))
        };
        diagnostic.fix("add the `}`", self.previous_end(), text)
    }

    /// Whether the function whose parameters begin at a token returns a value somewhere.
    pub(super) fn returns_value(&self, parameters: usize) -> bool {
        let Some(open) = self.partner(parameters).map(|close| close + 1) else { return false };
        let close = self.partner(open).unwrap_or(self.tokens.len());
        (open..close.min(open + SEARCHED)).any(|index| {
            self.kind_at(index) == TokenKind::Return
                && !matches!(self.kind_at(index + 1), TokenKind::Semi | TokenKind::RBrace)
        })
    }

    /// `x := 5`: declares, or assigns what was declared with `mut` shortly before; `name` is the name and the
    /// current token the colon.
    pub(super) fn colon_equals(&self, name: Span) -> Diagnostic {
        let sign = self.span().to(self.tokens[self.pos + 1].span());
        let text = self.slice(name);
        let first = self.pos.saturating_sub(SEARCHED);
        let is_variable = (first..self.pos.saturating_sub(1))
            .any(|index| self.kind_at(index) == TokenKind::Mut && self.text_at(index + 1) == text);
        if is_variable {
            return Diagnostic::new(
                Code::UnexpectedToken,
                self.span(),
                "a variable is assigned with `=`",
            )
            .fix("write `=`", sign, "=");
        }
        Diagnostic::new(Code::UnexpectedToken, self.span(), "a variable is declared with `let`")
            .fix("write `let`", name.to(sign), format!("let {text} ="))
    }

    /// The semicolons between members from the current one to the `}`, which are commas.
    pub(super) fn commas_for_semicolons(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        let mut edits = Vec::new();
        let mut at = self.pos;
        loop {
            match self.kind_at(at) {
                TokenKind::Semi => {
                    edits.push(Edit { span: self.tokens[at].span(), replacement: ",".to_owned() });
                }
                TokenKind::LParen | TokenKind::LBracket | TokenKind::LBrace => {
                    match self.partner(at).filter(|&partner| partner > at) {
                        Some(partner) => at = partner,
                        None => break,
                    }
                }
                TokenKind::RBrace | TokenKind::End => break,
                _ => {}
            }
            at += 1;
        }
        let title = if edits.len() == 1 { "write the comma" } else { "write the commas" };
        diagnostic.fixes.push(Fix { title: title.to_owned(), edits });
        diagnostic
    }
}
