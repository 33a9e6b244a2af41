//! Blocks and statements.

use beskid_analysis::hir::{Block, ExprKind, Stmt};
use beskid_analysis::types::Ty;

use super::function::{FunctionCx, Value};

impl FunctionCx<'_, '_> {
    /// Runs a block of a type; `None` if its end is not reached.
    pub(super) fn block(&mut self, block: &Block, ty: Ty) -> Option<Value> {
        for statement in &block.statements {
            self.statement(statement);
            if !self.is_reachable() {
                return None;
            }
        }
        let Some(tail) = block.tail else {
            // A block without value whose type has one ends in something that does not return.
            return Some(self.any_value(ty));
        };
        let value = self.expr(tail);
        self.is_reachable().then_some(value)
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Let(local, value) => {
                self.count_declaration(*local);
                let value = self.expr(*value);
                // A debugger stops where the binding stands, even if its value took no code.
                let around = self.enter(self.hir.locals[*local].span);
                self.bind_new(*local, &value);
                self.position = around;
            }
            Stmt::Assign { place, op, value, span } => self.assign(*place, *op, *value, *span),
            Stmt::Subscribe { object, event, change, handler, span } => {
                self.subscribe((*object, *event), *change, *handler, *span);
            }
            Stmt::Expr(expr) => {
                // A branch whose value nobody takes needs no locals for it.
                match &self.hir.exprs[*expr].kind {
                    ExprKind::Block(block) => {
                        self.block(block, Ty::UNIT);
                    }
                    _ => self.run(*expr),
                }
            }
            Stmt::While { condition, body } => self.while_loop(*condition, body),
            Stmt::ForRange { variable, start, end, step, body, span } => {
                self.count_declaration(*variable);
                self.for_range(*variable, *start, *end, *step, body, *span);
            }
            Stmt::ForArray { variable, array, body } => {
                self.count_declaration(*variable);
                self.for_array(*variable, *array, body);
            }
            Stmt::ForIterator { variable, iterator, next, option, some, body, span } => {
                self.count_declaration(*variable);
                self.for_iterator(*variable, *iterator, (*next, *option, *some), body, *span);
            }
            Stmt::ForString { variable, string, body } => {
                self.count_declaration(*variable);
                self.for_string(*variable, *string, body);
            }
        }
    }
}
