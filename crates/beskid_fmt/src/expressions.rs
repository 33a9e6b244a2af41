//! Expressions: operands, operators, lambdas.

use beskid_analysis::ast::{BinaryOp, ExprId, ExprKind, LambdaParameter, Literal, UnaryOp};
use beskid_analysis::lexer::TokenKind;

use crate::cursor::Cursor;
use crate::values::After;

impl Cursor<'_> {
    pub(crate) fn expr(&mut self, id: ExprId) {
        let expr = &self.ast.exprs[id];
        match &expr.kind {
            ExprKind::Error => unreachable!("the file has no errors"),
            ExprKind::Literal(Literal::Unit) => {
                self.token(TokenKind::LParen);
                self.token(TokenKind::RParen);
            }
            ExprKind::Literal(_) | ExprKind::This => self.any_token(),
            ExprKind::Text(_) => self.string(),
            ExprKind::Name { arguments, .. } => {
                self.any_token();
                self.type_arguments(arguments);
            }
            ExprKind::Paren(inner) => {
                self.token(TokenKind::LParen);
                self.expr(*inner);
                self.comments_within();
                self.token(TokenKind::RParen);
            }
            ExprKind::Array(elements) => self.array(elements),
            ExprKind::Struct { path, fields } => {
                self.path(path);
                self.space();
                self.braced_list(fields, |cx, field| {
                    cx.any_token();
                    cx.token(TokenKind::Colon);
                    cx.value(field.value, After::Equals);
                });
            }
            ExprKind::Variant { path, .. } => {
                self.path(path);
                self.token(TokenKind::ColonColon);
                self.any_token();
            }
            ExprKind::Unary { op, operand, .. } => {
                self.any_token();
                let negates_again = *op == UnaryOp::Neg
                    && matches!(
                        self.ast.exprs[*operand].kind,
                        ExprKind::Unary { op: UnaryOp::Neg, .. }
                    );
                if negates_again {
                    self.space();
                }
                self.expr(*operand);
            }
            ExprKind::Binary { .. } => self.group(|cx| cx.operands(id)),
            ExprKind::Call { .. }
            | ExprKind::Index { .. }
            | ExprKind::Member { .. }
            | ExprKind::Try(_) => self.chain(id),
            ExprKind::Lambda { parameters, body } => self.lambda(parameters, *body),
            ExprKind::If { .. } => self.if_expr(id),
            ExprKind::Match { scrutinee, arms } => self.match_expr(expr.span, *scrutinee, arms),
            ExprKind::Block(block) => self.block(block),
            ExprKind::Return(value) => {
                self.token(TokenKind::Return);
                if let Some(value) = value {
                    self.space();
                    self.expr(*value);
                }
            }
            ExprKind::Break | ExprKind::Continue => self.any_token(),
        }
    }

    /// The operands of a chain of operators of one precedence, in a group: lines end before operators.
    pub(crate) fn operands(&mut self, id: ExprId) {
        let mut rights = Vec::new();
        let mut first = id;
        let mut level = None;
        while let ExprKind::Binary { op, op_span, left, right } = &self.ast.exprs[first].kind
            && level.is_none_or(|level| level == precedence(*op))
        {
            level = Some(precedence(*op));
            rights.push((*op_span, *right));
            first = *left;
        }
        self.expr(first);
        self.indented(|cx| {
            for (op_span, right) in rights.into_iter().rev() {
                cx.line(" ");
                cx.joined_tokens(op_span.hi);
                cx.space();
                cx.expr(right);
            }
        });
    }

    fn lambda(&mut self, parameters: &[LambdaParameter], body: ExprId) {
        if self.is_at(TokenKind::LParen) {
            self.list(TokenKind::LParen, TokenKind::RParen, parameters, |cx, parameter| {
                if let Some(ty) = parameter.ty {
                    cx.ty(ty);
                    cx.space();
                }
                if parameter.mutable {
                    cx.token(TokenKind::Mut);
                    cx.space();
                }
                cx.any_token();
            });
        } else {
            self.any_token();
        }
        self.space();
        self.token(TokenKind::FatArrow);
        self.value(body, After::Equals);
    }
}

/// Operators of one number are chained without parentheses.
fn precedence(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 0,
        BinaryOp::And => 1,
        BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Same | BinaryOp::NotSame => 2,
        BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => 3,
        BinaryOp::BitOr => 4,
        BinaryOp::BitXor => 5,
        BinaryOp::BitAnd => 6,
        BinaryOp::Shl | BinaryOp::Shr => 7,
        BinaryOp::Add | BinaryOp::Sub => 8,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => 9,
    }
}
