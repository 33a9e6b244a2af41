//! Events (language.md §10).
//!
//! ```text
//! object | header | fields … | handler 0 | handler 1 | … | number of handlers |
//! ```
//!
//! The handlers of an event lie in the object, those that are there in front, so nothing is allocated.
//! What is done with an event is a body of its own, once for each event and action, with a step for each
//! place. Raising reads all handlers before it calls the first one: what a handler does to the event
//! changes the object and not the calls.
//!
//! *Invariants.* Places behind the number of handlers hold null.

use beskid_abi::object::CLOSURE_CODE_OFFSET;
use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::hir::{ExprId, Subscription};
use beskid_analysis::source::Span;
use beskid_analysis::types::{Ty, TyKind};

use super::function::{FunctionCx, Value, int};
use super::layout::Slot;
use super::{Action, Instance, ProgramCx, name};
use crate::mir::{
    Barrier, BinaryOp, Body, CompareOp, Const, Convention, Local, OpKind, Operand, Scalar,
    SourcePos, Terminator,
};

/// Where an event lies in its object.
struct Places {
    handlers: Vec<Slot>,
    count: Slot,
}

impl FunctionCx<'_, '_> {
    /// `a.E += f`, `a.E -= f`
    pub(super) fn subscribe(
        &mut self,
        (object, event): (ExprId, usize),
        change: Subscription,
        handler: ExprId,
        span: Span,
    ) {
        let ty = self.ty(object);
        let object = self.scalar_expr(object);
        let handler = self.scalar_expr(handler);
        if !self.is_reachable() {
            return;
        }
        let before = self.enter(span);
        let callee = self.instance(Instance::Event(ty, event, Action::Change(change)));
        self.call(callee, vec![object, handler], &smallvec::SmallVec::new());
        self.position = before;
    }

    /// `this.E(a, b)`
    pub(super) fn raise(&mut self, object: ExprId, event: usize, arguments: &[ExprId]) {
        let ty = self.ty(object);
        let mut operands = vec![self.scalar_expr(object)];
        for &argument in arguments {
            operands.extend(self.expr(argument));
        }
        if self.is_reachable() {
            let callee = self.instance(Instance::Event(ty, event, Action::Raise));
            self.call(callee, operands, &smallvec::SmallVec::new());
        }
    }

    fn places(&mut self, ty: Ty, event: usize) -> Places {
        let layout = self.program.layouts.object(ty);
        let events = self.program.layouts.events(ty).len();
        let first = layout.fields.len() - 2 * events + 2 * event;
        Places { handlers: layout.fields[first].to_vec(), count: layout.fields[first + 1][0] }
    }

    fn load_slot(&mut self, object: Operand, slot: Slot) -> Operand {
        let dest = self.temp(slot.scalar);
        self.emit(OpKind::LoadField { dest, object, offset: slot.offset });
        Operand::Local(dest)
    }

    fn store_slot(&mut self, object: Operand, slot: Slot, value: Operand) {
        let barrier = match slot.scalar {
            Scalar::Ref => Barrier::Needed,
            _ => Barrier::Scalar,
        };
        self.emit(OpKind::StoreField { object, offset: slot.offset, value, barrier });
    }

    /// Appends a handler, or panics with `full`.
    fn add(&mut self, object: Operand, places: &Places, handler: Operand, full: &str) {
        let count = self.load_slot(object, places.count);
        let (no_room, done) = (self.new_cold_block(), self.new_block());
        let blocks: Vec<_> = places.handlers.iter().map(|_| self.new_block()).collect();
        let cases = blocks.iter().enumerate().map(|(index, &block)| (index as i64, block));
        let cases = cases.collect();
        self.terminate(Terminator::Switch { value: count, cases, default: no_room });
        for (&slot, &block) in places.handlers.iter().zip(&blocks) {
            self.begin(block);
            self.store_slot(object, slot, handler);
            self.goto(done);
        }
        self.begin(no_room);
        let text = self.static_string(full);
        self.run_runtime(RuntimeFn::Panic, vec![text]);
        self.begin(done);
        let more = self.binary(BinaryOp::IAdd, count, int(Scalar::I64, 1));
        self.store_slot(object, places.count, more);
    }

    /// Removes the first handler that is equal, if there is one.
    fn remove(&mut self, object: Operand, places: &Places, handler: Operand) {
        let count = self.load_slot(object, places.count);
        let done = self.new_block();
        // From the place of the removed handler on, each takes what the next one holds.
        let shifts: Vec<_> = places.handlers.iter().map(|_| self.new_block()).collect();
        for (index, &slot) in places.handlers.iter().enumerate() {
            let (here, next) = (self.new_block(), self.new_block());
            let is_there = self.compare(CompareOp::SGt, count, int(Scalar::I64, index as i64));
            self.branch(is_there, here, done);
            self.begin(here);
            let found = self.load_slot(object, slot);
            let equal =
                self.call_runtime(RuntimeFn::FunctionEqual, vec![found, handler], Scalar::I8);
            self.branch(equal, shifts[index], next);
            self.begin(next);
        }
        self.goto(done);
        for (index, &slot) in places.handlers.iter().enumerate() {
            self.begin(shifts[index]);
            let follower = match places.handlers.get(index + 1) {
                Some(&next) => self.load_slot(object, next),
                None => Operand::Const(Const::NullRef),
            };
            self.store_slot(object, slot, follower);
            match shifts.get(index + 1) {
                Some(&next) => self.goto(next),
                None => {
                    let less = self.binary(BinaryOp::ISub, count, int(Scalar::I64, 1));
                    self.store_slot(object, places.count, less);
                    self.goto(done);
                }
            }
        }
        self.begin(done);
    }

    /// Calls the handlers in order.
    fn call_handlers(&mut self, object: Operand, places: &Places, arguments: &[Operand]) {
        let done = self.new_block();
        let count = self.load_slot(object, places.count);
        let some = self.new_block();
        let is_empty = self.compare(CompareOp::Eq, count, int(Scalar::I64, 0));
        self.branch(is_empty, done, some);
        self.begin(some);
        let handlers: Vec<Operand> =
            places.handlers.iter().map(|&slot| self.load_slot(object, slot)).collect();
        for (index, handler) in handlers.into_iter().enumerate() {
            let here = self.new_block();
            let is_there = self.compare(CompareOp::SGt, count, int(Scalar::I64, index as i64));
            self.branch(is_there, here, done);
            self.begin(here);
            let code = self.temp(Scalar::I64);
            let offset = CLOSURE_CODE_OFFSET as u32;
            self.emit(OpKind::LoadField { dest: code, object: handler, offset });
            let code = Operand::Local(code);
            let arguments = [handler].into_iter().chain(arguments.iter().copied()).collect();
            self.emit(OpKind::CallIndirect { results: Vec::new(), code, arguments });
        }
        self.goto(done);
        self.begin(done);
    }
}

/// Builds what is done with an event of a type.
pub(super) fn build(program: &mut ProgramCx<'_>, ty: Ty, event: usize, action: Action) -> Body {
    let item = &program.layouts.events(ty)[event];
    let (capacity, handler) = (item.capacity, item.handler);
    let type_name = program.layouts.type_name(ty);
    let event_name = program.analysis.interner.name(item.name);
    let what = match action {
        Action::Change(Subscription::Add) => "add",
        Action::Change(Subscription::Remove) => "remove",
        Action::Raise => "raise",
    };
    let symbol =
        name::symbol_of_thunk(&program.layouts, &format!("{what} {event_name}"), &[ty], Ty::UNIT);
    // Of a generic type the panic names the declaration.
    let plain = type_name.split('<').next().unwrap_or(&type_name);
    let full = format!("event {plain}.{event_name} is full (capacity {capacity})");
    let source_name = format!("{type_name}.{event_name}");
    let mut cx = FunctionCx::thunk(program);
    let arguments = event_arguments(&mut cx, ty, handler);
    let places = cx.places(ty, event);
    let object = cx.temp(Scalar::Ref);
    let mut parameters = vec![object];
    let object = Operand::Local(object);
    match action {
        Action::Change(change) => {
            let handler = cx.temp(Scalar::Ref);
            parameters.push(handler);
            let handler = Operand::Local(handler);
            match change {
                Subscription::Add => cx.add(object, &places, handler, &full),
                Subscription::Remove => cx.remove(object, &places, handler),
            }
        }
        Action::Raise => {
            let given: Vec<Local> = arguments.iter().map(|&scalar| cx.temp(scalar)).collect();
            let operands: Value = given.iter().map(|&local| Operand::Local(local)).collect();
            parameters.extend(given);
            cx.call_handlers(object, &places, &operands);
        }
    }
    cx.terminate(Terminator::Return(Vec::new()));
    cx.finish(symbol, source_name, Convention::Internal, parameters, Vec::new(), SourcePos::NOWHERE)
}

/// The scalars that the handlers of an event of a type take.
fn event_arguments(cx: &mut FunctionCx<'_, '_>, ty: Ty, handler: Ty) -> Vec<Scalar> {
    let Some((def, list)) = cx.program.layouts.types.as_declared(ty) else { return Vec::new() };
    let item = &cx.program.analysis.type_defs[def];
    let types = &mut cx.program.layouts.types;
    let arguments = types.types(list).to_vec();
    let handler = types.substitute(handler, &item.type_parameters, &arguments);
    let TyKind::Function(parameters, _) = *types.kind(handler) else { return Vec::new() };
    let parameters = types.types(parameters).to_vec();
    parameters.into_iter().flat_map(|ty| cx.shape(ty)).collect()
}
