//! The points of a body, in the order of evaluation.
//!
//! *Invariants.* Each expression that lowering evaluates is met once. What [`Walk::region`] has met is forgotten
//! behind it: it may not have run.

use beskid_analysis::hir::{
    Block, Body, Builtin, Callee, ExprId, ExprKind, LocalId, Stmt, TextPart,
};
use beskid_analysis::source::{FileId, SourceMap, Span};
use rustc_hash::FxHashSet;

use super::Owner;

/// Calls `add` with every point of a body.
pub(super) fn body(sources: &SourceMap, body: &Body, add: impl FnMut(Owner, FileId, u32)) {
    let (begun, order) = (FxHashSet::default(), Vec::new());
    let mut walk = Walk { sources, body, begun, order, add };
    walk.block(&body.block);
}

/// A walk over a body.
struct Walk<'a, A> {
    sources: &'a SourceMap,
    body: &'a Body,
    /// The lines that have begun to run for certain.
    begun: FxHashSet<u32>,
    /// The same, in the order in which they began.
    order: Vec<u32>,
    add: A,
}

impl<A: FnMut(Owner, FileId, u32)> Walk<'_, A> {
    fn point(&mut self, owner: Owner, span: Span) {
        if span == Span::NOWHERE {
            return;
        }
        let (file, place) = self.sources.line_column(span);
        if self.begun.insert(place.line) {
            self.order.push(place.line);
            (self.add)(owner, file, place.line);
        }
    }

    /// What may run less often than what is around it.
    fn region(&mut self, walk: impl FnOnce(&mut Self)) {
        let before = self.order.len();
        walk(self);
        for line in self.order.drain(before..) {
            self.begun.remove(&line);
        }
    }

    fn block(&mut self, block: &Block) {
        for statement in &block.statements {
            self.statement(statement);
        }
        if let Some(tail) = block.tail {
            self.expr(tail);
        }
    }

    fn declaration(&mut self, local: LocalId) {
        self.point(Owner::Local(local), self.body.locals[local].span);
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Let(local, value) => {
                self.declaration(*local);
                self.expr(*value);
            }
            Stmt::Assign { place, value, .. } => {
                self.expr(*place);
                self.expr(*value);
            }
            Stmt::Subscribe { object, handler, .. } => {
                self.expr(*object);
                self.expr(*handler);
            }
            Stmt::Expr(expr) => self.expr(*expr),
            Stmt::While { condition, body } => {
                self.expr(*condition);
                self.region(|walk| walk.block(body));
            }
            Stmt::ForRange { variable, start, end, step, body, .. } => {
                self.declaration(*variable);
                for &bound in [start, end].into_iter().chain(step) {
                    self.expr(bound);
                }
                self.region(|walk| walk.block(body));
            }
            Stmt::ForArray { variable, array: over, body }
            | Stmt::ForIterator { variable, iterator: over, body, .. }
            | Stmt::ForString { variable, string: over, body } => {
                self.declaration(*variable);
                self.expr(*over);
                self.region(|walk| walk.block(body));
            }
        }
    }

    fn exprs(&mut self, exprs: impl IntoIterator<Item = ExprId>) {
        exprs.into_iter().for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, id: ExprId) {
        let body = self.body;
        let expr = &body.exprs[id];
        if !matches!(expr.kind, ExprKind::Block(_) | ExprKind::Error) {
            self.point(Owner::Expr(id), expr.span);
        }
        match &expr.kind {
            ExprKind::Error
            | ExprKind::Constant(_)
            | ExprKind::Local(_)
            | ExprKind::Function(..)
            | ExprKind::Break
            | ExprKind::Continue => {}
            ExprKind::Array(items) | ExprKind::Variant(_, items) => {
                self.exprs(items.iter().copied());
            }
            ExprKind::Struct(fields) => self.exprs(fields.iter().map(|&(_, value)| value)),
            ExprKind::Match(scrutinee, arms) => {
                self.expr(*scrutinee);
                for arm in arms {
                    self.region(|walk| {
                        walk.exprs(arm.guard);
                        walk.expr(arm.body);
                    });
                }
            }
            ExprKind::Text(parts) => self.exprs(parts.iter().filter_map(|part| match part {
                TextPart::Text(_) => None,
                TextPart::Value(value) => Some(*value),
            })),
            ExprKind::Try(operand, _)
            | ExprKind::Unary(_, operand)
            | ExprKind::Convert(operand)
            | ExprKind::ToContract(operand)
            | ExprKind::BoundMethod(operand, ..)
            | ExprKind::Field(operand, _) => self.expr(*operand),
            ExprKind::Binary(_, left, right) | ExprKind::Index(left, right) => {
                self.exprs([*left, *right]);
            }
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                self.expr(*left);
                self.region(|walk| walk.expr(*right));
            }
            ExprKind::Call(callee, arguments) => self.call(*callee, arguments),
            ExprKind::Lambda(lambda) => {
                self.region(|walk| walk.block(&body.lambdas[*lambda].block));
            }
            ExprKind::Raise(object, _, arguments) => {
                self.expr(*object);
                self.exprs(arguments.iter().copied());
            }
            ExprKind::If { condition, then, otherwise } => {
                self.expr(*condition);
                self.region(|walk| walk.expr(*then));
                self.region(|walk| walk.exprs(*otherwise));
            }
            ExprKind::Block(block) => self.block(block),
            ExprKind::Return(value) => self.exprs(*value),
        }
    }

    fn call(&mut self, callee: Callee, arguments: &[ExprId]) {
        if let Callee::Value(function) = callee {
            self.expr(function);
        }
        match (callee, arguments) {
            // The text is evaluated if the condition does not hold.
            (Callee::Builtin(Builtin::Assert), &[condition, ref text @ ..]) => {
                self.expr(condition);
                self.region(|walk| walk.exprs(text.iter().copied()));
            }
            _ => self.exprs(arguments.iter().copied()),
        }
    }
}
