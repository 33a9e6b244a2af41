//! Whether `out` parameters have a value where they are read and where the function returns
//! (language.md §7.5).
//!
//! One walk over the checked body in the order of evaluation. The state is the set of parameters that
//! have a value for certain; where paths meet it is what all of them agree on, and code that is not
//! reached agrees with everything.
//!
//! *Invariants.* A parameter is reported once for being read, and once for each way out.

use super::TypeckCx;
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{Block, Callee, ExprId, ExprKind, FunctionId, LocalId, Stmt, TextPart};
use crate::source::Span;

/// The parameters that have a value, by position; more than 64 are not looked at together.
type Set = u64;

/// The state where nothing comes by.
const NOWHERE: Set = Set::MAX;

struct Walk<'c, 'a> {
    cx: &'c TypeckCx<'a>,
    outs: &'c [LocalId],
    /// What has a value here.
    now: Set,
    /// For each loop around, what all `break`s so far agree on.
    breaks: Vec<Set>,
    found: Vec<Diagnostic>,
    read: Set,
}

/// Checks the body of a function with `out` parameters.
pub(super) fn check(cx: &mut TypeckCx<'_>, outs: &[LocalId], whole: Span) {
    // What is broken was reported, and would be read here as something else.
    for group in outs.chunks(64) {
        let all = Set::MAX >> (64 - group.len());
        let mut walk =
            Walk { cx, outs: group, now: !all, breaks: Vec::new(), found: Vec::new(), read: 0 };
        walk.block(&cx.body.block);
        let end = Span::new(whole.hi.saturating_sub(1).max(whole.lo), whole.hi);
        walk.leave(end);
        let found = walk.found;
        for diagnostic in found {
            cx.report(diagnostic);
        }
    }
}

impl Walk<'_, '_> {
    fn bit(&self, local: LocalId) -> Option<Set> {
        self.outs.iter().position(|&out| out == local).map(|index| 1 << index)
    }

    fn name(&self, local: LocalId) -> &str {
        self.cx.text(self.cx.body.locals[local].name)
    }

    /// The function returns here.
    fn leave(&mut self, at: Span) {
        for (index, &local) in self.outs.iter().enumerate() {
            if self.now & 1 << index == 0 {
                let message =
                    format!("the function returns here without a value for `{}`", self.name(local));
                let declared = self.cx.body.locals[local].span;
                self.found.push(
                    Diagnostic::new(Code::OutUnassigned, at, message)
                        .also(declared, "an `out` parameter is assigned on every path"),
                );
            }
        }
        self.now = NOWHERE;
    }

    fn read(&mut self, local: LocalId, at: Span) {
        let Some(bit) = self.bit(local) else { return };
        if self.now & bit != 0 || self.read & bit != 0 {
            return;
        }
        self.read |= bit;
        self.now |= bit;
        let message = format!("`{}` is read before it has a value", self.name(local));
        let declared = self.cx.body.locals[local].span;
        self.found.push(
            Diagnostic::new(Code::OutUnassigned, at, message)
                .also(declared, "an `out` parameter has no value at first"),
        );
    }

    fn assign(&mut self, place: ExprId) {
        if let ExprKind::Local(local) = self.cx.body.exprs[place].kind {
            self.now |= self.bit(local).unwrap_or(0);
        }
    }

    /// What a place is made of, without reading it.
    fn place(&mut self, place: ExprId) {
        match self.cx.body.exprs[place].kind {
            ExprKind::Local(_) => {}
            ExprKind::Field(object, _) => self.expr(object),
            ExprKind::Index(array, index) => {
                self.expr(array);
                self.expr(index);
            }
            _ => self.expr(place),
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

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Let(_, value) | Stmt::Expr(value) => self.expr(*value),
            Stmt::Assign { place, op, value, .. } => {
                if op.is_some() {
                    self.expr(*place);
                } else {
                    self.place(*place);
                }
                self.expr(*value);
                self.assign(*place);
            }
            Stmt::Subscribe { object, handler, .. } => {
                self.expr(*object);
                self.expr(*handler);
            }
            Stmt::While { condition, body } => {
                self.expr(*condition);
                let endless = matches!(
                    self.cx.body.exprs[*condition].kind,
                    ExprKind::Constant(crate::hir::Constant::Bool(true))
                );
                let after = if endless { NOWHERE } else { self.now };
                self.turns(body, after);
            }
            Stmt::ForRange { start, end, step, body, .. } => {
                for &part in [Some(start), Some(end), step.as_ref()].into_iter().flatten() {
                    self.expr(part);
                }
                self.turns(body, self.now);
            }
            Stmt::ForArray { array: value, body, .. }
            | Stmt::ForString { string: value, body, .. }
            | Stmt::ForIterator { iterator: value, body, .. } => {
                self.expr(*value);
                self.turns(body, self.now);
            }
        }
    }

    /// The turns of a loop; `after` is the state where it ends by itself.
    fn turns(&mut self, body: &Block, after: Set) {
        self.breaks.push(NOWHERE);
        self.block(body);
        let breaks = self.breaks.pop().unwrap_or(NOWHERE);
        self.now = after & breaks;
    }

    fn expr(&mut self, id: ExprId) {
        let cx = self.cx;
        let expr = &cx.body.exprs[id];
        match &expr.kind {
            ExprKind::Error => self.now = NOWHERE,
            ExprKind::Constant(_) | ExprKind::Function(..) | ExprKind::Lambda(_) => {}
            ExprKind::Local(local) => self.read(*local, expr.span),
            ExprKind::Array(values) | ExprKind::Variant(_, values) => {
                for &value in values {
                    self.expr(value);
                }
            }
            ExprKind::Struct(fields) => {
                for &(_, value) in fields {
                    self.expr(value);
                }
            }
            ExprKind::Match(scrutinee, arms) => {
                self.expr(*scrutinee);
                let (mut before, mut after) = (self.now, NOWHERE);
                for arm in arms {
                    self.now = before;
                    if let Some(guard) = arm.guard {
                        self.expr(guard);
                        before &= self.now;
                    }
                    self.expr(arm.body);
                    after &= self.now;
                }
                self.now = after;
            }
            ExprKind::Try(operand, way) => {
                self.expr(*operand);
                if way.returned.is_some() {
                    let before = self.now;
                    self.leave(expr.span);
                    self.now = before;
                }
            }
            ExprKind::Text(parts) => {
                for part in parts {
                    if let TextPart::Value(value) = part {
                        self.expr(*value);
                    }
                }
            }
            ExprKind::Unary(_, value)
            | ExprKind::Convert(value)
            | ExprKind::ToContract(value)
            | ExprKind::BoundMethod(value, ..)
            | ExprKind::Field(value, _) => self.expr(*value),
            ExprKind::Binary(_, left, right) | ExprKind::Index(left, right) => {
                self.expr(*left);
                self.expr(*right);
            }
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                self.expr(*left);
                let before = self.now;
                self.expr(*right);
                self.now &= before;
            }
            ExprKind::Raise(object, _, arguments) => {
                self.expr(*object);
                for &argument in arguments {
                    self.expr(argument);
                }
            }
            ExprKind::Call(callee, arguments) => self.call(*callee, arguments, id),
            ExprKind::If { condition, then, otherwise } => {
                self.expr(*condition);
                let before = self.now;
                self.expr(*then);
                let then = std::mem::replace(&mut self.now, before);
                if let Some(otherwise) = otherwise {
                    self.expr(*otherwise);
                }
                self.now &= then;
            }
            ExprKind::Block(block) => self.block(block),
            ExprKind::Return(value) => {
                if let Some(value) = value {
                    self.expr(*value);
                }
                self.leave(expr.span);
            }
            ExprKind::Break => {
                if let Some(breaks) = self.breaks.last_mut() {
                    *breaks &= self.now;
                }
                self.now = NOWHERE;
            }
            ExprKind::Continue => self.now = NOWHERE,
        }
    }

    fn call(&mut self, callee: Callee, arguments: &[ExprId], id: ExprId) {
        if let Callee::Value(function) = callee {
            self.expr(function);
        }
        let mut assigned = Vec::new();
        for (index, &argument) in arguments.iter().enumerate() {
            match callee {
                Callee::Function(function, _) if self.is_out(function, index) => {
                    self.place(argument);
                    assigned.push(argument);
                }
                _ => self.expr(argument),
            }
        }
        for place in assigned {
            self.assign(place);
        }
        if self.cx.body.exprs[id].ty == crate::types::Ty::NEVER {
            self.now = NOWHERE;
        }
    }

    /// Whether an argument of a call, the receiver counted, is for an `out` parameter.
    fn is_out(&self, function: FunctionId, index: usize) -> bool {
        let item = &self.cx.items.functions[function];
        let index = index.checked_sub(usize::from(item.owner.is_some()));
        index.is_some_and(|index| item.modes.get(index) == Some(&crate::ast::ParameterMode::Out))
    }
}
