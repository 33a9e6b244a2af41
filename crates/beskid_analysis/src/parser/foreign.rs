//! Statements of other languages: `try`, `switch`, `loop` and their kin. What is written instead is said,
//! and the statement is passed with the blocks that belong to it.
//!
//! *Invariants.* The words are ordinary names here: a statement is foreign only if what stands behind its
//! word gives it no meaning.

use super::Parser;
use super::stmt::Parsed;
use crate::ast::{ExprKind, Literal, StmtKind};
use crate::diagnostics::{Code, Diagnostic};
use crate::lexer::TokenKind;

/// What stands behind the word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// A block.
    Block,
    /// A head, with parentheses or not, and a block.
    Head,
    /// An expression.
    Value,
}

const FOREIGN: [(&str, Shape, &str); 7] = [
    ("loop", Shape::Block, "a loop without end is written `while true { … }`"),
    (
        "do",
        Shape::Block,
        "a loop is written `while c { … }`; one that ends by `break` may begin with `while true`",
    ),
    (
        "try",
        Shape::Block,
        "there are no exceptions: what may fail gives a `Result`, and `?` hands its error on",
    ),
    (
        "throw",
        Shape::Value,
        "there are no exceptions: return `Result::Error(…)`, or `panic(…)` where the program is wrong",
    ),
    (
        "raise",
        Shape::Value,
        "there are no exceptions: return `Result::Error(…)`, or `panic(…)` where the program is wrong",
    ),
    ("switch", Shape::Head, "a choice by a value is written `match x { 1 => …, _ => … }`"),
    ("foreach", Shape::Head, "a loop over values is written `for x in xs { … }`"),
];

impl Parser<'_> {
    /// Reports a statement that begins with a word of another language, and passes it.
    pub(super) fn foreign_statement(&mut self) -> Option<Parsed> {
        let word = self.text_at(self.pos);
        let &(word, shape, help) = FOREIGN.iter().find(|(other, ..)| *other == word)?;
        let next = self.nth(1);
        let meant = match shape {
            Shape::Block => next == TokenKind::LBrace,
            Shape::Head if next == TokenKind::LParen => {
                let close = self.partner(self.pos + 1)?;
                self.kind_at(close + 1) == TokenKind::LBrace
            }
            Shape::Head => {
                next == TokenKind::Ident && !matches!(self.nth(2), TokenKind::Eq | TokenKind::Semi)
            }
            Shape::Value => {
                matches!(
                    next,
                    TokenKind::Ident | TokenKind::Number | TokenKind::Text | TokenKind::TextStart
                ) && self.nth(2) != TokenKind::Eq
            }
        };
        if !meant || (next != TokenKind::LBrace && self.line_before(self.pos + 1)) {
            return None;
        }
        let span = self.span();
        let diagnostic =
            Diagnostic::new(Code::UnexpectedToken, span, format!("`{word}` begins no statement"))
                .help(help);
        self.error(diagnostic);
        self.bump();
        if word == "loop" {
            let condition = self.push_expr(ExprKind::Literal(Literal::Bool(true)), span);
            let body = self.block();
            self.height += 1;
            return Some(Parsed::Stmt(StmtKind::While { condition, body }));
        }
        if shape == Shape::Value {
            self.sync_statement();
            return Some(Parsed::Nothing);
        }
        if word == "switch" {
            // Its block holds no statements.
            while !self.ends_list() && !self.at(TokenKind::LBrace) {
                self.skip_tree();
            }
            self.skip_tree();
            return Some(Parsed::Nothing);
        }
        self.skip_block();
        loop {
            let follows = match self.kind {
                TokenKind::While => word == "do",
                TokenKind::Ident => {
                    matches!(self.text_at(self.pos), "catch" | "except" | "finally")
                }
                _ => false,
            };
            if !follows {
                return Some(Parsed::Nothing);
            }
            if word == "do" {
                self.sync_statement();
                return Some(Parsed::Nothing);
            }
            self.skip_block();
        }
    }

    /// Passes everything up to the end of the next block.
    fn skip_block(&mut self) {
        while !self.at(TokenKind::LBrace) {
            if self.ends_list() {
                return;
            }
            self.skip_tree();
        }
        self.block();
    }
}
