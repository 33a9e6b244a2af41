//! What the parser does with text that fits no rule: one error, then on at a safe place.
//!
//! An error is reported at a token; another at the same token is a consequence and dropped, and so is
//! one at a token that the lexer has reported. Lists go on at their next comma or closing bracket,
//! blocks at the next statement, files at the next item. Matched brackets are jumped over whole.
//!
//! *Invariants.* Every loop that skips moves forward, so recovery is linear too.

use super::Parser;
use crate::ast::Ident;
use crate::diagnostics::{Code, Diagnostic};
use crate::lexer::TokenKind;
use crate::source::Span;

/// Errors of one file beyond this number are not even collected.
const MAX_ERRORS: usize = 1000;

impl Parser<'_> {
    /// Reports an error at the current token.
    pub(super) fn error(&mut self, diagnostic: Diagnostic) {
        let consequence = self.last_error == self.pos || self.at(TokenKind::Error);
        self.last_error = self.pos;
        if !consequence && self.diagnostics.len() < MAX_ERRORS {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Reports an error whose text is not at the current token; parsing goes on undisturbed.
    pub(super) fn error_behind(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MAX_ERRORS {
            self.diagnostics.push(diagnostic);
        }
    }

    /// What the current token is called in messages.
    pub(super) fn found(&self) -> String {
        let text = self.text_at(self.pos);
        match self.kind {
            TokenKind::End => "the end of the file".to_owned(),
            TokenKind::Text | TokenKind::TextStart => "a string".to_owned(),
            TokenKind::TextMiddle | TokenKind::TextEnd => "`}`".to_owned(),
            kind if kind.is_keyword() => format!("the keyword `{text}`"),
            _ => format!("`{}`", shorten(text)),
        }
    }

    /// `expected X, found Y` at the current token.
    pub(super) fn unexpected(&self, expected: &str) -> Diagnostic {
        let found = self.found();
        // The end of the file is shown behind what is there, not behind comments and empty lines.
        let place = if self.at(TokenKind::End) { self.previous_end() } else { self.span() };
        Diagnostic::new(Code::UnexpectedToken, place, format!("expected {expected}, found {found}"))
    }

    pub(super) fn expected(&mut self, what: &str) {
        let diagnostic = self.unexpected(what);
        self.error(diagnostic);
    }

    /// Takes a mark, or reports that it is missing.
    pub(super) fn expect(&mut self, kind: TokenKind, rule: &str) -> bool {
        if self.eat(kind) {
            return true;
        }
        self.expected(&format!("`{}` {rule}", kind.text()));
        false
    }

    /// Takes a name; a keyword in its place is reported as such and taken.
    pub(super) fn expect_ident(&mut self, what: &str) -> Option<Ident> {
        if self.at(TokenKind::Ident) {
            return Some(self.take_ident());
        }
        if self.kind.is_keyword() && !self.line_before(self.pos) {
            let word = self.kind.text();
            let span = self.span();
            self.error(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    span,
                    format!("expected {what}, found the keyword `{word}`"),
                )
                .help(format!("choose another name, for example `{word}_`")),
            );
            return Some(self.take_ident());
        }
        self.expected(what);
        None
    }

    /// Takes a name that is bound: `_` is one, too.
    pub(super) fn expect_binding(&mut self, what: &str) -> Option<Ident> {
        if self.at(TokenKind::Underscore) {
            return Some(self.take_ident());
        }
        self.expect_ident(what)
    }

    /// An empty name, where one is missing.
    pub(super) fn missing_ident(&mut self) -> Ident {
        let span = self.previous_end();
        Ident { name: self.interner.intern(""), span }
    }

    /// Takes the `;` that ends something, or reports that it is missing where it belongs.
    pub(super) fn expect_semi(&mut self, after: &str) -> bool {
        if self.eat(TokenKind::Semi) {
            return true;
        }
        let end = self.previous_end();
        let elsewhere = self.at(TokenKind::End)
            || self.at(TokenKind::RBrace)
            || self.line_before(self.pos)
            || self.begins_statement();
        if matches!(self.kind, TokenKind::RParen | TokenKind::RBracket)
            && self.partner(self.pos).is_none()
        {
            self.stray_bracket();
            return self.eat(TokenKind::Semi);
        }
        let diagnostic =
            if elsewhere {
                Diagnostic::new(Code::UnexpectedToken, end, format!("expected `;` after {after}"))
                    .fix("add the semicolon", end, ";")
            } else {
                self.unexpected(&format!("`;` after {after}"))
            };
        let diagnostic = self.explain_after_expression(diagnostic);
        let plain = diagnostic.fixes.is_empty() && diagnostic.helps.is_empty();
        self.error(if plain && self.begins_expr() {
            diagnostic.help("an operator stands between two values, `;` between two statements")
        } else {
            diagnostic
        });
        false
    }

    /// Adds what is probably meant where an expression is followed by something odd.
    pub(super) fn explain_after_expression(&self, diagnostic: Diagnostic) -> Diagnostic {
        let before = self.pos.saturating_sub(1);
        match (self.kind_at(before), self.kind) {
            (TokenKind::Question, _)
                if before > 0 && self.kind_at(before - 1) == TokenKind::Question =>
            {
                diagnostic.help("`a.UnwrapOr(b)` is `b` where `a` has no value")
            }
            (TokenKind::Question, _) if !self.line_before(self.pos) => {
                diagnostic.help("a choice is written `if c { a } else { b }`")
            }
            (_, TokenKind::Ident) if matches!(self.text_at(self.pos), "and" | "or") => {
                let op = if self.text_at(self.pos) == "and" { "&&" } else { "||" };
                diagnostic.fix(format!("write `{op}`"), self.span(), op)
            }
            (_, TokenKind::Ident) if self.text_at(self.pos) == "as" => {
                diagnostic.help("a conversion is written `cast<i64>(x)`")
            }
            (_, TokenKind::Ident) if self.text_at(self.pos) == "is" => diagnostic
                .help("`match` asks for the type behind a contract value: `match x { T t => … }`"),
            (TokenKind::Ident, TokenKind::Not)
                if self.nth(1) == TokenKind::LParen && self.joined(self.pos) =>
            {
                diagnostic.fix("remove the `!`", self.span(), "")
            }
            (TokenKind::Ident, TokenKind::Ident)
                if matches!(self.text_at(before), "lambda" | "fn" | "func" | "function") =>
            {
                diagnostic.help("a lambda is written `x => x + 1`")
            }
            (TokenKind::Ident, _) if self.text_at(before) == "not" => {
                let gap = Span::new(self.tokens[before].lo, self.span().lo);
                diagnostic.fix("write `!`", gap, "!")
            }
            (TokenKind::Ident | TokenKind::RParen, TokenKind::Arrow) => {
                diagnostic.fix("a lambda is written with `=>`", self.span(), "=>")
            }
            (
                TokenKind::Ident | TokenKind::This | TokenKind::RParen | TokenKind::RBracket,
                TokenKind::Comma,
            ) if self.nth(1) == TokenKind::Ident
                && self.joined(self.pos)
                && self.joined(self.pos + 1) =>
            {
                diagnostic.fix("reach a member with `.`", self.span(), ".")
            }
            (TokenKind::Ident, TokenKind::Ident) if self.text_at(before) == "new" => {
                let word = self.tokens[before].span();
                let gap = Span::new(word.lo, self.span().lo);
                diagnostic.fix("remove `new`", gap, "").help(
                    "an object is written with the names of its fields: `Point { x: 1, y: 2 }`",
                )
            }
            (TokenKind::Ident, _) if self.begins_line(before) => {
                match self.misspelt_keyword(self.text_at(before)) {
                    Some(keyword) => self.unknown_keyword(self.tokens[before].span(), keyword),
                    None => diagnostic,
                }
            }
            _ => diagnostic,
        }
    }

    /// Takes a closing bracket. Without it, reports either the bracket that is never closed or the
    /// text that does not belong, and goes on behind the partner if there is one.
    pub(super) fn close(&mut self, open: usize, kind: TokenKind, expected: &str) {
        if self.eat(kind) {
            return;
        }
        match self.partner(open).filter(|&partner| partner >= self.pos) {
            Some(partner) => {
                let diagnostic = self.unexpected(expected);
                let diagnostic = self.explain_after_expression(diagnostic);
                self.error(diagnostic);
                self.move_to(partner + 1);
            }
            None => self.unclosed(open, kind),
        }
    }

    /// E0111 at the current token for a bracket that has no partner.
    pub(super) fn unclosed(&mut self, open: usize, kind: TokenKind) {
        if self.last_error == self.pos {
            // A consequence, for which nothing need be searched.
            return;
        }
        if kind == TokenKind::RBrace
            && let Some(diagnostic) = self.misaligned_block(open)
        {
            return self.error(diagnostic);
        }
        let opener = self.tokens[open];
        let behind = self.line_before(self.pos) || self.at(TokenKind::End);
        let place = if behind { self.previous_end() } else { self.span() };
        let found = self.found();
        let diagnostic = Diagnostic::new(
            Code::UnclosedDelimiter,
            place,
            format!("expected `{}`, found {found}", kind.text()),
        )
        .also(opener.span(), format!("this `{}` is not closed", opener.kind.text()));
        // The brackets mostly end here.
        self.error(match kind {
            TokenKind::RBrace => self.with_closing_brace(diagnostic, open),
            _ => diagnostic.fix(
                format!("add the `{}`", kind.text()),
                self.previous_end(),
                kind.text(),
            ),
        });
    }

    /// A `)` or `]` that closes nothing.
    pub(super) fn stray_bracket(&mut self) {
        let span = self.span();
        let found = self.found();
        self.error(
            Diagnostic::new(Code::UnexpectedToken, span, format!("this {found} closes nothing"))
                .fix("remove it", span, ""),
        );
        self.bump();
    }

    /// A `}` that closes nothing.
    pub(super) fn stray_brace(&mut self) {
        let span = self.span();
        self.error(Diagnostic::new(Code::UnexpectedToken, span, "this `}` closes nothing").fix(
            "remove it",
            span,
            "",
        ));
        self.bump();
        // More that fits nowhere belongs to the same mistake.
        if self.ends_list() && !self.at(TokenKind::End) {
            self.last_error = self.pos;
        }
    }

    /// Moves behind the current token, or behind the partner if it opens a bracket.
    pub(super) fn skip_tree(&mut self) {
        let opens = matches!(
            self.kind,
            TokenKind::LParen | TokenKind::LBracket | TokenKind::LBrace | TokenKind::TextStart
        );
        match self.partner(self.pos).filter(|&partner| opens && partner > self.pos) {
            Some(partner) => self.move_to(partner + 1),
            None => self.bump(),
        }
    }

    /// Whether the token ends every list: a closing bracket, `;`, the end.
    pub(super) fn ends_list(&self) -> bool {
        matches!(
            self.kind,
            TokenKind::RParen
                | TokenKind::RBracket
                | TokenKind::RBrace
                | TokenKind::TextMiddle
                | TokenKind::TextEnd
                | TokenKind::Semi
                | TokenKind::End
        )
    }

    /// Skips to the next comma of a list, or to what ends the list.
    pub(super) fn sync_list(&mut self) {
        while !self.ends_list() && !self.at(TokenKind::Comma) {
            self.skip_tree();
        }
    }

    /// Skips the rest of a broken statement: behind its `;`, or to the end of the block, or to a line
    /// that begins a statement.
    pub(super) fn sync_statement(&mut self) {
        let start = self.pos;
        while !matches!(self.kind, TokenKind::RBrace | TokenKind::End) {
            if self.eat(TokenKind::Semi) {
                return;
            }
            if self.pos > start
                && self.line_before(self.pos)
                && (self.begins_statement() || self.kind_at(self.pos - 1) == TokenKind::RBrace)
            {
                return;
            }
            self.skip_tree();
        }
    }

    /// Whether nothing stands before the token at an index on its line, or an end of a statement.
    fn begins_line(&self, index: usize) -> bool {
        let before = index.checked_sub(1).map(|before| self.kind_at(before));
        self.line_before(index)
            || matches!(
                before,
                Some(TokenKind::LBrace | TokenKind::RBrace | TokenKind::Semi) | None
            )
    }

    /// Whether a keyword begins a statement or an item here.
    pub(super) fn begins_statement(&self) -> bool {
        matches!(
            self.kind,
            TokenKind::Let
                | TokenKind::If
                | TokenKind::While
                | TokenKind::For
                | TokenKind::Match
                | TokenKind::Return
                | TokenKind::Break
                | TokenKind::Continue
        ) || self.item_keyword()
    }

    /// Whether a keyword begins an item here.
    pub(super) fn item_keyword(&self) -> bool {
        match self.kind {
            TokenKind::Pub
            | TokenKind::Type
            | TokenKind::Enum
            | TokenKind::Contract
            | TokenKind::Impl
            | TokenKind::Attribute
            | TokenKind::Const
            | TokenKind::Mod
            | TokenKind::Use => true,
            TokenKind::Ident => self.test_ahead(),
            _ => false,
        }
    }

    /// `test Name {`
    pub(super) fn test_ahead(&self) -> bool {
        self.at(TokenKind::Ident)
            && self.nth(1) == TokenKind::Ident
            && self.nth(2) == TokenKind::LBrace
            && self.text_at(self.pos) == "test"
    }

    /// Skips to what begins the next item, or to a `}`.
    pub(super) fn sync_item(&mut self) {
        let start = self.pos;
        while !matches!(self.kind, TokenKind::RBrace | TokenKind::End) {
            if self.pos > start && self.line_before(self.pos) {
                let item = self.item_keyword()
                    || self.at(TokenKind::LBracket)
                    || (matches!(self.kind, TokenKind::Ident | TokenKind::LParen)
                        && self.function_ahead());
                if item {
                    return;
                }
            }
            if self.eat(TokenKind::Semi) {
                if self.item_keyword() || self.at(TokenKind::LBracket) || self.function_ahead() {
                    return;
                }
                continue;
            }
            self.skip_tree();
        }
    }

    /// The construct at the current token is nested too deeply: reports it once and jumps over it.
    pub(super) fn skip_deep(&mut self) {
        let span = self.span();
        self.too_deep(span);
        match self.kind {
            TokenKind::LParen | TokenKind::LBracket | TokenKind::LBrace | TokenKind::TextStart => {
                match self.partner(self.pos) {
                    Some(partner) => self.move_to(partner + 1),
                    None => self.move_to(self.tokens.len() - 1),
                }
            }
            _ => self.sync_list(),
        }
        self.last_error = self.pos;
    }
}

/// A token's text, cut where it is long.
pub(super) fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    match line.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None if line.len() < text.len() => format!("{line}…"),
        None => line.to_owned(),
    }
}

/// A span's first byte, where the whole would mark too much.
pub(super) fn first_byte(span: Span) -> Span {
    Span::new(span.lo, span.hi.min(span.lo + 1))
}
