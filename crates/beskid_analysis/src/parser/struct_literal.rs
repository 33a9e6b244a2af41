//! `Point { x: 1, y: 2 }`, and where it must not stand.

use super::{Parser, Place};
use crate::ast::{ExprId, ExprKind, FieldInit, Path};
use crate::diagnostics::{Code, Diagnostic, Edit, Fix};
use crate::lexer::TokenKind;
use crate::source::Span;

impl Parser<'_> {
    /// `{ field: e, … }` after a path.
    pub(super) fn struct_literal(&mut self, path: Path, start: Span) -> ExprId {
        let open = self.pos;
        self.bump();
        self.struct_fields(path, start, open)
    }

    /// The fields behind the `{` of a literal, and its `}`.
    pub(super) fn struct_fields(&mut self, path: Path, start: Span, open: usize) -> ExprId {
        let mut fields = Vec::new();
        let mut broken = false;
        while !self.ends_list() {
            match self.field_init() {
                Some(field) => fields.push(field),
                None => {
                    broken = true;
                    self.sync_list();
                }
            }
            if self.at(TokenKind::Comma) {
                self.bump();
            } else if self.at(TokenKind::Ident) && self.nth(1) == TokenKind::Colon {
                let end = self.previous_end();
                self.error(
                    Diagnostic::new(Code::UnexpectedToken, end, "expected `,` after a field").fix(
                        "write the comma",
                        end,
                        ",",
                    ),
                );
            } else if !self.ends_list() {
                let diagnostic = self.unexpected("`,` or `}` after a field");
                self.error(diagnostic);
                self.sync_list();
                self.eat(TokenKind::Comma);
            } else {
                break;
            }
        }
        self.close(open, TokenKind::RBrace, "`,` or `}`");
        if broken {
            // Which fields are missing is not known.
            return self.error_expr(self.since(start));
        }
        self.push_expr(ExprKind::Struct { path, fields }, self.since(start))
    }

    /// `{ name:`, which begins no block.
    pub(super) fn field_ahead(&self) -> bool {
        self.nth(1) == TokenKind::Ident && self.nth(2) == TokenKind::Colon
    }

    /// A struct literal where `{` should open the block; what follows is read as if it had parentheses.
    pub(super) fn struct_literal_in_head(&mut self, path: Path, start: Span) -> ExprId {
        let expr = self.within(Place::Anywhere, |cx| cx.struct_literal(path, start));
        let span = self.exprs[expr].span;
        let mut diagnostic = Diagnostic::new(
            Code::UnexpectedToken,
            span,
            "a struct literal in a head stands in parentheses",
        );
        diagnostic.fixes.push(Fix {
            title: "add parentheses".to_owned(),
            edits: vec![
                Edit { span: Span::new(span.lo, span.lo), replacement: "(".to_owned() },
                Edit { span: span.end(), replacement: ")".to_owned() },
            ],
        });
        self.error_behind(diagnostic);
        expr
    }

    fn field_init(&mut self) -> Option<FieldInit> {
        if self.at(TokenKind::DotDot) {
            let diagnostic = self
                .unexpected("the name of a field")
                .help("a struct literal names every field once");
            self.error(diagnostic);
            return None;
        }
        let name = self.expect_ident("the name of a field")?;
        match self.kind {
            TokenKind::Colon => self.bump(),
            TokenKind::Eq => {
                let span = self.span();
                let gap = Span::new(name.span.hi, span.hi);
                self.error(
                    Diagnostic::new(
                        Code::UnexpectedToken,
                        span,
                        "a field's name is followed by `:` in a literal",
                    )
                    .fix("write `:`", gap, ":"),
                );
                self.bump();
            }
            TokenKind::Comma | TokenKind::RBrace => {
                let text = self.slice(name.span).to_owned();
                self.error(
                    Diagnostic::new(
                        Code::UnexpectedToken,
                        name.span.end(),
                        format!("the field `{}` has no value", super::recovery::shorten(&text)),
                    )
                    .fix(
                        "name the value",
                        name.span.end(),
                        format!(": {text}"),
                    ),
                );
                let kind = ExprKind::Name { name, arguments: Vec::new() };
                let value = self.push_expr(kind, name.span);
                return Some(FieldInit { name, value });
            }
            _ if self.begins_expr() && !self.line_before(self.pos) => {
                let diagnostic = self.unexpected("`:` after the name of a field");
                self.error(diagnostic.fix("write the `:`", name.span.end(), ":"));
            }
            _ => {
                self.expected("`:` after the name of a field");
                return None;
            }
        }
        let value = self.inner_expr();
        Some(FieldInit { name, value })
    }
}
