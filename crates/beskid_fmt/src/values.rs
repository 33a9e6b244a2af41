//! What stands behind `=` and `=>`.
//!
//! A value that does not fit goes to the next line if it is one line there, and else goes on over lines from
//! where it is. Behind `=` literals of objects and arrays do so at once: they read well in lines.

use beskid_analysis::ast::{ExprId, ExprKind};

use crate::commands::Kind;
use crate::cursor::Cursor;

/// What a value stands behind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// `=`, or `:` and `=>` within an expression.
    Equals,
    /// The `=>` of a function or arm.
    Arrow,
}

impl Cursor<'_> {
    /// A value; the mark before it was taken.
    pub(crate) fn value(&mut self, value: ExprId, after: After) {
        let is_below = self.line_end_in_comments_ahead() || self.commands.has_waiting();
        if !is_below && (self.is_block_like(value) || self.is_small(value)) {
            self.space();
            return self.expr(value);
        }
        let group = self.commands.open(if is_below { Kind::Broken } else { Kind::Plain });
        self.commands.indent();
        self.line(" ");
        let from = self.commands.at();
        self.expr(value);
        self.commands.dedent();
        if !is_below {
            let stays = after == After::Equals && self.has_good_brackets(value);
            self.commands.set_kind(group, Kind::Value { value: from, stays });
        }
        self.commands.close();
    }

    /// Whether a value begins with a brace that ends its line.
    fn is_block_like(&self, value: ExprId) -> bool {
        matches!(self.ast.exprs[value].kind, ExprKind::Match { .. } | ExprKind::Block(_))
    }

    /// Whether a value had better go on over lines than begin on the next one.
    fn has_good_brackets(&self, value: ExprId) -> bool {
        match &self.ast.exprs[value].kind {
            ExprKind::Struct { fields, .. } => !fields.is_empty(),
            ExprKind::Array(elements) => !elements.is_empty(),
            ExprKind::Lambda { body, .. } => {
                self.is_block_like(*body) || self.has_good_brackets(*body)
            }
            _ => false,
        }
    }
}
