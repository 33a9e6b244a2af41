//! Tests (language.md §16): `test N { meta { … } skip { … } … }`.

use super::{Parser, Place};
use crate::ast::{Ident, ItemKind, Stmt, Test, TestEntry};
use crate::diagnostics::{Code, Diagnostic};
use crate::lexer::TokenKind;

impl Parser<'_> {
    /// A test; the current token is `test`.
    pub(super) fn test_item(&mut self) -> ItemKind {
        self.bump();
        let name = self.take_ident();
        self.test_body(name)
    }

    /// `test { … }`, `test "adds numbers" { … }`: reported, and read all the same.
    pub(super) fn test_without_name(&mut self) -> ItemKind {
        let word = self.span();
        self.bump();
        let diagnostic = if self.at(TokenKind::Text) {
            let span = self.span();
            let message = "a test has a name, not a text";
            let diagnostic = Diagnostic::new(Code::UnexpectedToken, span, message);
            match name_of_text(self.slice(span)) {
                Some(name) => diagnostic.fix("name it", span, name),
                None => diagnostic.help("a test is written `test Name { … }`"),
            }
        } else {
            Diagnostic::new(Code::UnexpectedToken, word, "this test has no name").fix(
                "name it",
                word.end(),
                " Name",
            )
        };
        self.error_behind(diagnostic);
        self.eat(TokenKind::Text);
        let name = self.missing_ident();
        self.test_body(name)
    }

    /// Whether a test without a name stands here.
    pub(super) fn nameless_test_ahead(&self) -> bool {
        let body = if self.nth(1) == TokenKind::Text { self.nth(2) } else { self.nth(1) };
        self.at(TokenKind::Ident) && body == TokenKind::LBrace && self.text_at(self.pos) == "test"
    }

    fn test_body(&mut self, name: Ident) -> ItemKind {
        let (mut meta, mut skip) = (Vec::new(), Vec::new());
        let body = self.nested(
            |cx| {
                cx.within(Place::Anywhere, |cx| {
                    cx.block_here(|cx: &mut Self, _: &mut Vec<Stmt>| {
                        if !cx.at(TokenKind::Ident) || cx.nth(1) != TokenKind::LBrace {
                            return false;
                        }
                        let entries = match cx.text_at(cx.pos) {
                            "meta" => &mut meta,
                            "skip" => &mut skip,
                            _ => return false,
                        };
                        cx.bump();
                        cx.test_section(entries);
                        true
                    })
                })
            },
            |cx, _| cx.no_block(),
        );
        ItemKind::Test(Test { name, meta, skip, body })
    }

    /// `{ key = value; }`
    fn test_section(&mut self, entries: &mut Vec<TestEntry>) {
        let open = self.pos;
        self.bump();
        while !matches!(self.kind, TokenKind::RBrace | TokenKind::End) {
            let before = self.pos;
            let entry = self.expect_ident("a key").and_then(|key| {
                if !self.expect(TokenKind::Eq, "after the key") {
                    return None;
                }
                Some(TestEntry { key, value: self.inner_expr() })
            });
            match entry {
                Some(entry) => {
                    entries.push(entry);
                    if !self.expect_semi("the value") && !self.line_before(self.pos) {
                        self.sync_statement();
                    }
                }
                None => self.sync_statement(),
            }
            if self.pos == before {
                self.skip_tree();
            }
        }
        if !self.eat(TokenKind::RBrace) {
            self.unclosed(open, TokenKind::RBrace);
        }
    }
}

/// A name made of the words of a text: `AddsNumbers`.
fn name_of_text(text: &str) -> Option<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name: String = words.map(|word| word[..1].to_uppercase() + &word[1..]).collect();
    name.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(name)
}
