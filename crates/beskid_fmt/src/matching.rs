//! `match` and patterns.
//!
//! Arms that end in a block have no comma; the others have.

use beskid_analysis::ast::{Arm, ExprId, ExprKind, PatternId, PatternKind};
use beskid_analysis::lexer::TokenKind;
use beskid_analysis::source::Span;

use crate::blocks::Lines;
use crate::commands::Command;
use crate::cursor::Cursor;
use crate::lists::Padding;
use crate::values::After;

impl Cursor<'_> {
    pub(crate) fn match_expr(&mut self, span: Span, scrutinee: ExprId, arms: &[Arm]) {
        let lines = match self.same_line(span.lo, span.hi) {
            true => Lines::IfBroken,
            false => Lines::Always,
        };
        self.group(|cx| {
            cx.token(TokenKind::Match);
            cx.space();
            cx.head(scrutinee);
            if arms.is_empty() {
                return cx.empty(TokenKind::LBrace, TokenKind::RBrace, Padding::Blank);
            }
            cx.token(TokenKind::LBrace);
            cx.commands.indent();
            for (index, arm) in arms.iter().enumerate() {
                cx.between_statements(lines, index == 0);
                cx.arm(arm, index + 1 == arms.len());
            }
            cx.end_block(lines);
        });
    }

    fn arm(&mut self, arm: &Arm, is_last: bool) {
        self.comments_before();
        self.pattern(arm.pattern);
        if let Some(guard) = arm.guard {
            self.space();
            self.token(TokenKind::When);
            self.space();
            self.expr(guard);
        }
        self.space();
        self.token(TokenKind::FatArrow);
        self.value(arm.body, After::Arrow);
        let is_block = matches!(self.ast.exprs[arm.body].kind, ExprKind::Block(_));
        match (is_block, is_last) {
            (true, _) => {}
            (false, true) => self.commands.push_before_comments(Command::IfBroken(",")),
            (false, false) => self.commands.push_before_comments(Command::Fixed(",")),
        }
        self.skip_comma();
    }

    pub(crate) fn pattern(&mut self, id: PatternId) {
        let pattern = &self.ast.patterns[id];
        match &pattern.kind {
            PatternKind::Error => unreachable!("the file has no errors"),
            PatternKind::Wildcard
            | PatternKind::Name(_)
            | PatternKind::Text(_)
            | PatternKind::Literal { negative: false, .. } => self.any_token(),
            PatternKind::Literal { negative: true, .. } => {
                self.token(TokenKind::Minus);
                self.any_token();
            }
            PatternKind::Variant { path, payload, .. } => {
                self.path(path);
                self.token(TokenKind::ColonColon);
                self.any_token();
                if let Some(payload) = payload {
                    self.payload(payload);
                }
            }
            PatternKind::BareVariant { payload, .. } => {
                self.any_token();
                self.payload(payload);
            }
            PatternKind::Range { .. } => {
                self.eat(TokenKind::Minus);
                self.any_token();
                self.token(TokenKind::DotDot);
                self.eat(TokenKind::Minus);
                self.any_token();
            }
            PatternKind::Typed { ty, .. } => {
                self.ty(*ty);
                self.space();
                self.any_token();
            }
            PatternKind::Or(alternatives) => self.group(|cx| {
                for (index, &alternative) in alternatives.iter().enumerate() {
                    if index > 0 {
                        cx.line(" ");
                        cx.token(TokenKind::Or);
                        cx.space();
                    }
                    cx.pattern(alternative);
                }
            }),
        }
    }

    fn payload(&mut self, payload: &[PatternId]) {
        self.list(TokenKind::LParen, TokenKind::RParen, payload, |cx, &pattern| {
            cx.pattern(pattern);
        });
    }
}
