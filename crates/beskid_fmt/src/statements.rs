//! Statements.

use beskid_analysis::ast::{Block, Stmt, StmtKind};
use beskid_analysis::lexer::TokenKind;

use crate::blocks::Lines;
use crate::commands::Command;
use crate::cursor::Cursor;
use crate::values::After;

impl Cursor<'_> {
    /// The statements of a block and its tail, each with the line end before it.
    pub(crate) fn statements(&mut self, block: &Block, lines: Lines) {
        let mut is_first = true;
        for statement in &block.statements {
            self.before_statement(statement, lines, is_first);
            self.statement(statement);
            is_first = false;
        }
        if let Some(tail) = block.tail {
            self.between_statements(lines, is_first);
            self.expr(tail);
        }
    }

    /// The line end before a statement. A lone `;` stays where it is.
    pub(crate) fn before_statement(&mut self, statement: &Stmt, lines: Lines, is_first: bool) {
        if is_first || statement.kind != StmtKind::Empty {
            self.between_statements(lines, is_first);
        }
    }

    pub(crate) fn between_statements(&mut self, lines: Lines, is_first: bool) {
        if !is_first && self.blank_line_ahead() {
            self.commands.push(Command::Blank);
        } else {
            self.edge(lines);
        }
    }

    pub(crate) fn statement(&mut self, statement: &Stmt) {
        self.comments_before();
        match &statement.kind {
            StmtKind::Empty => return self.mark(TokenKind::Semi),
            StmtKind::Let { ty, mutable, value, .. } => {
                match ty {
                    None => self.token(TokenKind::Let),
                    Some(ty) => self.ty(*ty),
                }
                self.space();
                if *mutable {
                    self.token(TokenKind::Mut);
                    self.space();
                }
                self.any_token();
                self.space();
                self.token(TokenKind::Eq);
                self.value(*value, After::Equals);
            }
            StmtKind::Assign { target, op_span, value, .. } => {
                self.expr(*target);
                self.space();
                self.joined_tokens(op_span.hi);
                self.value(*value, After::Equals);
            }
            StmtKind::Discard(value) => {
                self.token(TokenKind::Underscore);
                self.space();
                self.token(TokenKind::Eq);
                self.value(*value, After::Equals);
            }
            StmtKind::Expr(value) => {
                let ends_itself =
                    matches!(self.kind(), TokenKind::If | TokenKind::Match | TokenKind::LBrace);
                self.expr(*value);
                if ends_itself {
                    return;
                }
            }
            StmtKind::While { condition, body } => return self.while_loop(*condition, body),
            StmtKind::For { iterable, body, .. } => return self.for_loop(*iterable, body),
        }
        self.mark(TokenKind::Semi);
    }
}
