//! Functions and methods: head and body.

use super::{Parser, Place};
use crate::ast::{Function, FunctionBody, ItemKind};
use crate::diagnostics::{Code, Diagnostic};
use crate::lexer::TokenKind;
use crate::source::Span;

impl Parser<'_> {
    /// `R Name<T>(A a) …`; the current token begins its result type.
    pub(super) fn function(&mut self) -> Function {
        let head = self.function_head();
        let body = self.function_body();
        Function { body, ..head }
    }

    /// A function up to its body.
    pub(super) fn function_head(&mut self) -> Function {
        let result = self.ty();
        let name = match self.expect_ident("the name of the function") {
            Some(name) => name,
            None => self.missing_ident(),
        };
        let type_parameters = self.type_parameters();
        let parameters = self.parameters();
        if matches!(self.kind, TokenKind::Arrow | TokenKind::Colon) {
            let start = self.span();
            self.bump();
            self.ty();
            let span = self.since(start);
            self.error_behind(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    span,
                    "the result type of a function stands before its name",
                )
                .fix("remove it", span, ""),
            );
        }
        Function { result, name, type_parameters, parameters, body: FunctionBody::None }
    }

    pub(super) fn function_body(&mut self) -> FunctionBody {
        match self.kind {
            TokenKind::LBrace => FunctionBody::Block(self.block()),
            TokenKind::FatArrow => {
                self.bump();
                let value = self.within(Place::Anywhere, Self::expr);
                if !self.expect_semi("the function's value") && !self.line_before(self.pos) {
                    self.spoil(value);
                }
                FunctionBody::Expr(value)
            }
            TokenKind::Semi => {
                self.bump();
                FunctionBody::None
            }
            _ => {
                if self.at(TokenKind::Eq) {
                    return self.body_after_eq();
                }
                if let Some(block) = self.block_without_brace("`{` before the function's body") {
                    return FunctionBody::Block(block);
                }
                let place = self.previous_end();
                let found = self.found();
                if self.at(TokenKind::Ident) && self.nth(1) == TokenKind::LBrace {
                    let surplus = Span::new(self.span().lo, self.tokens[self.pos + 1].lo);
                    let diagnostic = self.unexpected("`{` or `=>` and the function's body");
                    self.error(diagnostic.fix("remove it", surplus, ""));
                    self.bump();
                    return FunctionBody::Block(self.block());
                }
                if self.begins_value() && !self.line_before(self.pos) {
                    let message = format!("expected `=>` or the function's body, found {found}");
                    self.error(Diagnostic::new(Code::UnexpectedToken, place, message).fix(
                        "write `=>`",
                        place,
                        " =>",
                    ));
                    let value = self.within(Place::Anywhere, Self::expr);
                    self.expect_semi("the function's value");
                    return FunctionBody::Expr(value);
                }
                self.error(
                    Diagnostic::new(
                        Code::UnexpectedToken,
                        place,
                        format!("expected the body of the function, found {found}"),
                    )
                    .help("a body is `{ … }` or `=> expression;`"),
                );
                let before = self.pos;
                while !self.ends_list() && !self.at(TokenKind::LBrace) {
                    if self.pos > before && self.line_before(self.pos) {
                        break;
                    }
                    self.bump();
                }
                if self.at(TokenKind::LBrace) && !self.line_before(self.pos) {
                    return FunctionBody::Block(self.block());
                }
                self.eat(TokenKind::Semi);
                FunctionBody::Block(self.no_block())
            }
        }
    }

    /// `i32 Double(i32 x) = x * 2;`
    fn body_after_eq(&mut self) -> FunctionBody {
        let span = self.span();
        self.error(
            Diagnostic::new(Code::UnexpectedToken, span, "the value of a function follows `=>`")
                .fix("write `=>`", span, "=>"),
        );
        self.bump();
        let value = self.within(Place::Anywhere, Self::expr);
        self.expect_semi("the function's value");
        FunctionBody::Expr(value)
    }

    /// Reports a function without body outside of contracts.
    pub(super) fn require_body(&mut self, kind: &mut ItemKind) {
        let ItemKind::Function(function) = kind else { return };
        if function.body == FunctionBody::None {
            let semi = self.previous_end();
            let span = Span::new(semi.hi.saturating_sub(1), semi.hi);
            let returns_nothing = self.slice(self.types[function.result].span) == "unit";
            self.error_behind(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    span,
                    "only the methods of a contract have no body",
                )
                .fix(
                    "add a body",
                    span,
                    if returns_nothing { " { }" } else { " { … }" },
                ),
            );
            function.body = FunctionBody::Block(self.no_block());
        }
    }
}
