//! Expressions with bodies: `if`, `match`, lambdas, interpolated strings (§5, §9.2, §9.6, §11).

use super::{Parser, Place};
use crate::ast::{Arm, Block, ExprId, ExprKind, Ident, LambdaParameter, TextPart};
use crate::diagnostics::{Code, Diagnostic, Edit, Fix};
use crate::lexer::{TokenKind, literal};
use crate::source::Span;

/// `if c { … }` of a chain, before its tree is made from the last one backwards.
struct Branch {
    start: Span,
    condition: ExprId,
    then: Box<Block>,
}

impl Parser<'_> {
    /// `if … else if … else …`; a chain of any length takes no recursion.
    pub(super) fn if_expr(&mut self) -> ExprId {
        self.nested(Self::if_chain, Self::error_expr)
    }

    fn if_chain(&mut self) -> ExprId {
        let mut branches = Vec::with_capacity(1);
        let mut otherwise = None;
        loop {
            let start = self.span();
            self.bump();
            let condition = self.condition();
            let then = Box::new(self.body("`{` after the condition"));
            branches.push(Branch { start, condition, then });
            if !self.else_ahead() {
                break;
            }
            if self.at(TokenKind::If) {
                continue;
            }
            let span = self.span();
            let block = Box::new(self.body("`{` or `if` after `else`"));
            otherwise = Some(self.push_expr(ExprKind::Block(block), self.since(span)));
            break;
        }
        let end = self.previous_end();
        while let Some(Branch { start, condition, then }) = branches.pop() {
            let kind = ExprKind::If { condition, then, otherwise };
            otherwise = Some(self.push_expr(kind, start.to(end)));
        }
        otherwise.unwrap_or_else(|| self.error_expr(end))
    }

    /// Takes `else`, also where another language's word stands for `else if`.
    fn else_ahead(&mut self) -> bool {
        if self.eat(TokenKind::Else) || self.misspelt_else() {
            return true;
        }
        if self.at(TokenKind::Ident)
            && matches!(self.text_at(self.pos), "elif" | "elsif" | "elseif")
            && self.nth(1) != TokenKind::Eq
            && self.nth(1) != TokenKind::Dot
        {
            let span = self.span();
            let word = self.text_at(self.pos);
            self.error(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    span,
                    format!("`{word}` is written `else if`"),
                )
                .fix("write `else if`", span, "else if"),
            );
            self.kind = TokenKind::If;
            return true;
        }
        false
    }

    /// The condition of `if` or `while`.
    pub(super) fn condition(&mut self) -> ExprId {
        if self.at(TokenKind::LBrace) {
            if let Some(close) = self.partner(self.pos)
                && self.kind_at(close + 1) == TokenKind::LBrace
            {
                return self.block_in_head();
            }
            self.expected("a condition");
            return self.error_expr(self.previous_end());
        }
        let condition = self.head_expr();
        if self.at(TokenKind::Eq) {
            self.single_equals();
            self.head_expr();
            self.spoil(condition);
        }
        condition
    }

    /// Reports and takes the `=`, or `= =`, that stands for `==`.
    fn single_equals(&mut self) {
        let start = self.span();
        self.bump();
        self.eat(TokenKind::Eq);
        let span = self.since(start);
        self.error_behind(
            Diagnostic::new(
                Code::UnexpectedToken,
                span,
                "a condition compares with `==`; `=` assigns",
            )
            .fix("write `==`", span, "=="),
        );
    }

    /// A block where a head begins; it is read as if it had parentheses.
    fn block_in_head(&mut self) -> ExprId {
        let expr = self.within(Place::Anywhere, Self::block_expr);
        let span = self.exprs[expr].span;
        let mut diagnostic = Diagnostic::new(
            Code::UnexpectedToken,
            super::recovery::first_byte(span),
            "a block in a head stands in parentheses",
        );
        diagnostic.fixes.push(Fix {
            title: "add parentheses".to_owned(),
            edits: vec![
                Edit { span: span.start(), replacement: "(".to_owned() },
                Edit { span: span.end(), replacement: ")".to_owned() },
            ],
        });
        self.error_behind(diagnostic);
        expr
    }

    /// The block of a head. Text before its `{` is reported and skipped.
    pub(super) fn body(&mut self, expected: &str) -> Block {
        if matches!(self.kind, TokenKind::RParen | TokenKind::RBracket)
            && self.partner(self.pos).is_none()
        {
            self.stray_bracket();
        }
        if self.at(TokenKind::Semi) && self.nth(1) == TokenKind::LBrace {
            let span = self.span();
            self.error(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    span,
                    format!("expected {expected}, found `;`"),
                )
                .fix("remove the semicolon", span, ""),
            );
            self.bump();
        }
        if !self.at(TokenKind::LBrace) {
            if let Some(block) = self.block_without_brace(expected) {
                return block;
            }
            let diagnostic = self.unexpected(expected);
            let diagnostic = self.explain_after_expression(diagnostic);
            let diagnostic = if self.at(TokenKind::Semi)
                || self.line_before(self.pos)
                || self.begins_statement()
            {
                diagnostic.help("a body stands in braces, also if it is one statement")
            } else {
                diagnostic
            };
            self.error(diagnostic);
            let start = self.pos;
            while !self.ends_list() && !self.at(TokenKind::LBrace) {
                if self.pos > start && self.line_before(self.pos) && self.begins_statement() {
                    break;
                }
                self.skip_tree();
            }
            if !self.at(TokenKind::LBrace) {
                return self.no_block();
            }
        }
        self.block()
    }

    /// A block that is missing.
    pub(super) fn no_block(&self) -> Block {
        Block { statements: Vec::new(), tail: None, span: self.previous_end() }
    }

    pub(super) fn match_expr(&mut self) -> ExprId {
        self.nested(Self::match_here, Self::error_expr)
    }

    fn match_here(&mut self) -> ExprId {
        let start = self.span();
        self.bump();
        let scrutinee = if self.at(TokenKind::LBrace) {
            self.expected("the value to match");
            self.error_expr(self.previous_end())
        } else {
            self.head_expr()
        };
        let has_brace = self.at(TokenKind::LBrace) || !self.missing_brace("`{` before the arms");
        while has_brace && !self.at(TokenKind::LBrace) {
            self.expected("`{` before the arms");
            self.spoil(scrutinee);
            if self.ends_list() {
                let kind = ExprKind::Match { scrutinee, arms: Vec::new() };
                return self.push_expr(kind, self.since(start));
            }
            self.bump();
            self.last_error = self.pos;
        }
        let open = if has_brace { self.pos } else { self.pos - 1 };
        if has_brace {
            self.bump();
        }
        let mut arms = Vec::new();
        while !self.at(TokenKind::RBrace) && !self.at(TokenKind::End) {
            // No arm begins with the keyword of a statement.
            if self.open_brace && self.line_before(self.pos) && self.begins_statement() {
                break;
            }
            let before = self.pos;
            if self.within(Place::Anywhere, |cx| cx.arm(&mut arms)) {
                continue;
            }
            if self.item_keyword() && self.open_brace {
                break;
            }
            // Which values the arm was for is not known.
            self.spoil(scrutinee);
            // A broken arm: on behind its comma.
            self.sync_list();
            while self.ends_list() && !matches!(self.kind, TokenKind::RBrace | TokenKind::End) {
                self.bump();
                self.sync_list();
            }
            self.eat(TokenKind::Comma);
            if self.pos == before {
                self.bump();
            }
        }
        if !self.eat(TokenKind::RBrace) {
            self.unclosed(open, TokenKind::RBrace);
        }
        self.push_expr(ExprKind::Match { scrutinee, arms }, self.since(start))
    }

    /// `pattern when guard => e,`; `false` if what follows cannot be the next arm.
    fn arm(&mut self, arms: &mut Vec<Arm>) -> bool {
        let start = self.span();
        let pattern = self.pattern();
        let guard = (self.eat(TokenKind::When) || self.misspelt_when()).then(|| self.guard());
        if !self.eat(TokenKind::FatArrow) {
            let diagnostic = self.unexpected("`=>` after the pattern");
            let instead = matches!(self.kind, TokenKind::Arrow | TokenKind::Colon | TokenKind::Eq);
            if instead {
                self.error(diagnostic.fix("write `=>`", self.span(), "=>"));
                self.bump();
            } else if self.begins_expr() && !self.line_before(self.pos) {
                self.error(diagnostic.fix("write `=>`", self.previous_end(), " =>"));
            } else {
                self.error(diagnostic);
                return false;
            }
        }
        let (body, ends_itself) = match self.kind {
            TokenKind::LBrace => (self.block_expr(), true),
            TokenKind::If => (self.if_expr(), true),
            TokenKind::Match => (self.match_expr(), true),
            _ => (self.expr_as_body(), false),
        };
        arms.push(Arm { pattern, guard, body, span: self.since(start) });
        if self.eat(TokenKind::Comma) || ends_itself || self.at(TokenKind::RBrace) {
            return true;
        }
        let end = self.previous_end();
        let next_arm = self.line_before(self.pos) || self.at(TokenKind::Semi);
        let diagnostic = if next_arm {
            let place = if self.at(TokenKind::Semi) { self.span() } else { end };
            Diagnostic::new(Code::UnexpectedToken, place, "expected `,` after the arm").fix(
                "write the comma",
                place,
                ",",
            )
        } else {
            self.explain_after_expression(self.unexpected("`,` or `}` after the arm"))
        };
        self.error(diagnostic);
        if self.eat(TokenKind::Semi) {
            return true;
        }
        next_arm && !self.ends_list() && !self.begins_statement()
    }

    /// The condition of an arm.
    fn guard(&mut self) -> ExprId {
        let guard = self.within(Place::Guard, Self::expr);
        if self.at(TokenKind::Eq) {
            self.single_equals();
            self.within(Place::Guard, Self::expr);
            self.spoil(guard);
        }
        guard
    }

    /// `x => e`, `(i32 x, y) => e`
    pub(super) fn lambda(&mut self) -> ExprId {
        self.nested(Self::lambda_here, Self::error_expr)
    }

    fn lambda_here(&mut self) -> ExprId {
        let start = self.span();
        let mut parameters = Vec::new();
        if self.at(TokenKind::LParen) {
            let open = self.pos;
            self.bump();
            while !self.ends_list() {
                match self.lambda_parameter() {
                    Some(parameter) => parameters.push(parameter),
                    None => self.sync_list(),
                }
                if self.at(TokenKind::Ident) {
                    // Only the comma is missing.
                    let diagnostic = self.unexpected("`,` or `)` after a parameter");
                    self.error(diagnostic.fix("write the comma", self.previous_end(), ","));
                } else if !self.eat(TokenKind::Comma) {
                    break;
                }
            }
            self.close(open, TokenKind::RParen, "`,` or `)`");
        } else {
            let name = self.take_ident();
            parameters.push(LambdaParameter { ty: None, name, mutable: false });
        }
        if !self.expect(TokenKind::FatArrow, "after the parameters of a lambda") {
            return self.error_expr(self.since(start));
        }
        let body = if self.at(TokenKind::LBrace) { self.block_expr() } else { self.expr_as_body() };
        self.push_expr(ExprKind::Lambda { parameters, body }, self.since(start))
    }

    fn lambda_parameter(&mut self) -> Option<LambdaParameter> {
        if matches!(self.kind, TokenKind::Ref | TokenKind::Out) {
            let span = self.span();
            let word = self.kind.text();
            self.error(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    span,
                    format!("the parameters of a lambda are not `{word}`"),
                )
                .fix("remove it", span, ""),
            );
            self.bump();
        }
        if self.eat(TokenKind::Mut) {
            let name = self.expect_binding("the name of the parameter")?;
            return Some(LambdaParameter { ty: None, name, mutable: true });
        }
        let lone = matches!(self.kind, TokenKind::Ident | TokenKind::Underscore)
            && matches!(self.nth(1), TokenKind::Comma | TokenKind::RParen);
        if lone {
            return Some(LambdaParameter { ty: None, name: self.take_ident(), mutable: false });
        }
        let start = self.span();
        if self.at(TokenKind::Ident) && self.nth(1) == TokenKind::Colon {
            let name: Ident = self.take_ident();
            self.bump();
            let ty = self.ty();
            self.name_before_type(start, name, "a parameter");
            return Some(LambdaParameter { ty: Some(ty), name, mutable: false });
        }
        let ty = self.ty();
        let mutable = self.eat(TokenKind::Mut);
        let name = self.expect_binding("the name of the parameter")?;
        Some(LambdaParameter { ty: Some(ty), name, mutable })
    }

    /// A string: one token, or pieces with expressions between.
    pub(super) fn text_expr(&mut self) -> ExprId {
        let start = self.span();
        if self.at(TokenKind::Text) {
            self.bump();
            let mut parts = Vec::new();
            self.text_piece(start, &mut parts);
            return self.push_expr(ExprKind::Text(parts), start);
        }
        self.nested(Self::interpolation, Self::error_expr)
    }

    fn interpolation(&mut self) -> ExprId {
        let open = self.pos;
        let start = self.span();
        let mut parts = Vec::with_capacity(3);
        self.bump();
        self.text_piece(start, &mut parts);
        loop {
            if matches!(self.kind, TokenKind::TextMiddle | TokenKind::TextEnd) {
                let dollar = self.previous_end();
                let span = Span::new(dollar.hi.saturating_sub(2), self.span().lo + 1);
                self.error(
                    Diagnostic::new(Code::UnexpectedToken, span, "this interpolation is empty")
                        .help("write `\\${` for the characters `${` themselves"),
                );
            } else {
                let value = self.inner_expr();
                parts.push(TextPart::Value(value));
            }
            if !matches!(self.kind, TokenKind::TextMiddle | TokenKind::TextEnd) {
                let diagnostic = self.unexpected("an operator or the `}` of the interpolation");
                self.error(diagnostic);
                // The pieces are balanced: the end of this string is there.
                let end = self.partner(open).unwrap_or(self.tokens.len() - 1);
                while self.pos < end && !self.at(TokenKind::TextMiddle) {
                    self.skip_tree();
                }
                if self.pos > end || self.at(TokenKind::End) {
                    return self.error_expr(self.since(start));
                }
            }
            let piece = self.span();
            let last = self.at(TokenKind::TextEnd);
            self.bump();
            self.text_piece(piece, &mut parts);
            if last {
                return self.push_expr(ExprKind::Text(parts), self.since(start));
            }
        }
    }

    /// Reads a piece's text, without the quote, brace or `${` at its ends.
    pub(super) fn text_piece(&mut self, span: Span, parts: &mut Vec<TextPart>) {
        let raw = &self.slice(span)[1..];
        let raw = raw.strip_suffix("${").or_else(|| raw.strip_suffix('"')).unwrap_or(raw);
        if raw.is_empty() {
            return;
        }
        let mut reports = Vec::new();
        let text = literal::text(raw, span.lo + 1, &mut |diagnostic| reports.push(diagnostic));
        self.diagnostics.append(&mut reports);
        parts.push(TextPart::Text(text));
    }
}
