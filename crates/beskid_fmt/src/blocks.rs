//! Blocks, `if` and loops.
//!
//! A block of one or two statements that was written on one line stays there if it fits. The blocks of an
//! `if` are all on one line or all broken. A condition of several lines puts its `{` on a line of its own.

use beskid_analysis::ast::{Block, ExprId, ExprKind};
use beskid_analysis::lexer::TokenKind;

use crate::commands::Command;
use crate::cursor::Cursor;
use crate::lists::Padding;

/// How many statements or members braces on one line hold at most.
pub(crate) const MAX_ON_A_LINE: usize = 2;

/// How lines end in a block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    /// Only if the group does not fit.
    IfBroken,
    /// Always.
    Always,
}

impl Cursor<'_> {
    /// A block in a group of its own.
    pub(crate) fn block(&mut self, block: &Block) {
        let lines = self.lines_of(block);
        self.group(|cx| cx.block_in_group(block, lines));
    }

    /// How the lines of a block end, as it was written.
    fn lines_of(&self, block: &Block) -> Lines {
        let count = block.statements.len() + usize::from(block.tail.is_some());
        let one_line = self.same_line(block.span.lo, block.span.hi);
        if one_line && count <= MAX_ON_A_LINE { Lines::IfBroken } else { Lines::Always }
    }

    fn block_in_group(&mut self, block: &Block, lines: Lines) {
        if block.statements.is_empty() && block.tail.is_none() {
            return self.empty(TokenKind::LBrace, TokenKind::RBrace, Padding::Blank);
        }
        self.token(TokenKind::LBrace);
        self.commands.indent();
        self.statements(block, lines);
        self.end_block(lines);
    }

    /// The end of a line at the edge of a block.
    pub(crate) fn edge(&mut self, lines: Lines) {
        self.commands.push(match lines {
            Lines::IfBroken => Command::Line(" "),
            Lines::Always => Command::Hard,
        });
    }

    /// Comments behind the last statement, and the `}`.
    pub(crate) fn end_block(&mut self, lines: Lines) {
        self.commands.release();
        if self.has_comment_before(self.place()) {
            if self.blank_line_ahead() {
                self.commands.push(Command::Blank);
            }
            self.comments_within();
        }
        self.commands.dedent();
        self.edge(lines);
        self.token(TokenKind::RBrace);
    }

    /// `if c { … } else if d { … } else { … }`
    pub(crate) fn if_expr(&mut self, expr: ExprId) {
        let lines = self.lines_of_if(expr);
        self.group(|cx| {
            let mut expr = expr;
            while let ExprKind::If { condition, then, otherwise } = &cx.ast.exprs[expr].kind {
                cx.token(TokenKind::If);
                cx.space();
                cx.head(*condition);
                cx.block_in_group(then, lines);
                let Some(otherwise) = *otherwise else { return };
                cx.space();
                cx.token(TokenKind::Else);
                cx.space();
                expr = otherwise;
            }
            if let ExprKind::Block(block) = &cx.ast.exprs[expr].kind {
                cx.block_in_group(block, lines);
            }
        });
    }

    fn lines_of_if(&self, expr: ExprId) -> Lines {
        let span = self.ast.exprs[expr].span;
        if !self.same_line(span.lo, span.hi) {
            return Lines::Always;
        }
        let mut expr = expr;
        loop {
            let (block, next) = match &self.ast.exprs[expr].kind {
                ExprKind::If { then, otherwise, .. } => (then, *otherwise),
                ExprKind::Block(block) => (block, None),
                _ => return Lines::IfBroken,
            };
            if self.lines_of(block) == Lines::Always {
                return Lines::Always;
            }
            let Some(next) = next else { return Lines::IfBroken };
            expr = next;
        }
    }

    /// `while c { … }`
    pub(crate) fn while_loop(&mut self, condition: ExprId, body: &Block) {
        let lines = self.lines_of(body);
        self.group(|cx| {
            cx.token(TokenKind::While);
            cx.space();
            cx.head(condition);
            cx.block_in_group(body, lines);
        });
    }

    /// `for x in e { … }`
    pub(crate) fn for_loop(&mut self, iterable: ExprId, body: &Block) {
        let lines = self.lines_of(body);
        self.group(|cx| {
            cx.token(TokenKind::For);
            cx.space();
            cx.any_token();
            cx.space();
            cx.token(TokenKind::In);
            cx.space();
            cx.head(iterable);
            cx.block_in_group(body, lines);
        });
    }

    /// What stands before the `{` of a block, with the blank or line end behind it.
    pub(crate) fn head(&mut self, expr: ExprId) {
        if let ExprKind::Binary { .. } = self.ast.exprs[expr].kind {
            self.group(|cx| {
                cx.operands(expr);
                cx.line(" ");
            });
        } else {
            self.expr(expr);
            self.space();
        }
    }
}
