//! Loops.
//!
//! ```text
//! for        guard ──► body ──► latch ──► body | exit        while     ──► test ──► body | exit
//!              └──► exit                                                    ▲────────┘
//! ```
//!
//! `for` loops are built inverted, guard and latch both with the test, which is the shape that removal
//! of index checks looks for. The condition of a `while` is built once: it may be of any size.
//!
//! *Invariants.* The variable of a `for` is a local of its own, assigned at the start of each turn. A
//! range stops before its counter overflows: without step, the counter is less than the end when it
//! is incremented; with one, the distance to the end is compared with the step, both without sign.

use beskid_abi::object::{ARRAY_ELEMENTS_OFFSET, STRING_BYTES_OFFSET};
use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::hir::{Block, Callee, Constant, ExprId, ExprKind, LocalId};
use beskid_analysis::source::Span;
use beskid_analysis::types::{IntTy, Ty, TyKind};
use smallvec::smallvec;

use super::function::{FunctionCx, LoopTargets, int};
use super::layout::of_int;
use crate::mir::{self, BinaryOp, CompareOp, Conversion, OpKind, Operand, Scalar, UnaryOp};

// Bytes of a string are read as elements of one byte.
const _: () = assert!(STRING_BYTES_OFFSET == ARRAY_ELEMENTS_OFFSET);

/// Bits of a `StringDecode` result that hold the scalar value.
const DECODED_LENGTH_SHIFT: i64 = 32;

impl FunctionCx<'_, '_> {
    pub(super) fn while_loop(&mut self, condition: ExprId, body: &Block) {
        let (test, inside, exit) = (self.new_block(), self.new_block(), self.new_block());
        self.goto(test);
        self.begin(inside);
        self.turn(body, LoopTargets { on_break: exit, on_continue: test });
        self.begin(test);
        self.condition(condition, inside, exit);
        self.begin(exit);
    }

    /// The body of a loop, up to where the next turn begins.
    fn turn(&mut self, body: &Block, targets: LoopTargets) {
        self.loops.push(targets);
        self.block(body, Ty::UNIT);
        self.loops.pop();
        self.goto(targets.on_continue);
    }

    pub(super) fn for_range(
        &mut self,
        variable: LocalId,
        start: ExprId,
        end: ExprId,
        step: Option<ExprId>,
        body: &Block,
        span: Span,
    ) {
        let ty = self.local_ty(variable);
        let kind = match self.program.layouts.types.kind(ty) {
            TyKind::Int(kind) => *kind,
            _ => IntTy::I64,
        };
        let start = self.scalar_expr(start);
        let end = self.scalar_expr(end);
        let step_value = step.map(|step| self.scalar_expr(step));
        let before = self.enter(span);
        match (step_value, step.and_then(|step| self.constant_int(step))) {
            (None, _) | (_, Some(1)) => self.count_up(variable, start, end, kind, body),
            (Some(step), known) => {
                self.count_by(variable, start, end, (step, known), kind, body);
            }
        }
        self.position = before;
    }

    fn constant_int(&self, id: ExprId) -> Option<i128> {
        match self.hir.exprs[id].kind {
            ExprKind::Constant(Constant::Int(value)) => Some(value),
            _ => None,
        }
    }

    /// `for variable in range(start, end)`.
    fn count_up(
        &mut self,
        variable: LocalId,
        start: Operand,
        end: Operand,
        kind: IntTy,
        body: &Block,
    ) {
        let less = less_than(kind);
        let (inside, latch, exit) = (self.new_block(), self.new_block(), self.new_block());
        let counter = self.variable(of_int(kind));
        self.copy(counter, start);
        let go_on = self.compare(less, start, end);
        self.branch(go_on, inside, exit);

        self.begin(inside);
        self.assign_variable(variable, counter);
        self.turn(body, LoopTargets { on_break: exit, on_continue: latch });

        self.begin(latch);
        let next = self.binary(BinaryOp::IAdd, Operand::Local(counter), int(of_int(kind), 1));
        self.copy(counter, next);
        let go_on = self.compare(less, next, end);
        self.branch(go_on, inside, exit);
        self.begin(exit);
    }

    /// `for variable in range(start, end, step)`; `step` is the value, and the number if it is known.
    fn count_by(
        &mut self,
        variable: LocalId,
        start: Operand,
        end: Operand,
        (step, known): (Operand, Option<i128>),
        kind: IntTy,
        body: &Block,
    ) {
        let scalar = of_int(kind);
        if known.is_none_or(|step| step == 0) {
            let (bad, good) = (self.new_cold_block(), self.new_block());
            let is_zero = self.compare(CompareOp::Eq, step, int(scalar, 0));
            self.branch(is_zero, bad, good);
            self.begin(bad);
            self.run_runtime(RuntimeFn::PanicStep, Vec::new());
            self.begin(good);
        }
        // Only a signed step can count down; which way is asked once a turn unless it is known.
        let up = match (kind.is_signed(), known) {
            (false, _) => Some(true),
            (true, Some(step)) => Some(step > 0),
            (true, None) => None,
        };
        let upwards = match up {
            Some(_) => int(Scalar::I8, 0),
            None => self.compare(CompareOp::SGt, step, int(scalar, 0)),
        };
        let (inside, latch, exit) = (self.new_block(), self.new_block(), self.new_block());
        let counter = self.variable(scalar);
        self.copy(counter, start);
        let less = less_than(kind);
        self.both_ways(up, upwards, |cx, is_up| {
            let (low, high) = if is_up { (start, end) } else { (end, start) };
            let go_on = cx.compare(less, low, high);
            cx.branch(go_on, inside, exit);
        });

        self.begin(inside);
        self.assign_variable(variable, counter);
        self.turn(body, LoopTargets { on_break: exit, on_continue: latch });

        self.begin(latch);
        let now = self.snapshot(counter);
        let next = self.binary(BinaryOp::IAdd, now, step);
        self.copy(counter, next);
        self.both_ways(up, upwards, |cx, is_up| {
            let (low, high) = if is_up { (now, end) } else { (end, now) };
            let distance = cx.binary(BinaryOp::ISub, high, low);
            let size = if is_up { step } else { cx.unary(UnaryOp::INeg, step) };
            let go_on = cx.compare(CompareOp::ULt, size, distance);
            cx.branch(go_on, inside, exit);
        });
        self.begin(exit);
    }

    /// Ends the current block by what `test` builds for the way the loop goes.
    fn both_ways(&mut self, up: Option<bool>, upwards: Operand, test: impl Fn(&mut Self, bool)) {
        match up {
            Some(is_up) => test(self, is_up),
            None => {
                let (up, down) = (self.new_block(), self.new_block());
                self.branch(upwards, up, down);
                for (block, is_up) in [(up, true), (down, false)] {
                    self.begin(block);
                    test(self, is_up);
                }
            }
        }
    }

    fn assign_variable(&mut self, variable: LocalId, value: mir::Local) {
        let locals = self.declare(variable);
        self.copy_all(&locals, &smallvec![Operand::Local(value)]);
    }

    pub(super) fn for_array(&mut self, variable: LocalId, array: ExprId, body: &Block) {
        let ty = self.ty(array);
        let array = self.scalar_expr(array);
        let TyKind::Array(element) = *self.program.layouts.types.kind(ty) else {
            // Evaluating it does not return.
            return;
        };
        let length = self.array_len(array);
        self.each_index(length, |cx, index, targets| {
            let value = cx.load_element(array, index, element);
            let locals = cx.declare(variable);
            cx.copy_all(&locals, &value);
            cx.turn(body, targets);
        });
    }

    /// Counts from 0 up to a length that does not change; `turn` builds what each turn does, and may
    /// leave it by the targets.
    pub(super) fn each_index(
        &mut self,
        length: Operand,
        turn: impl FnOnce(&mut Self, Operand, LoopTargets),
    ) {
        let (inside, latch, exit) = (self.new_block(), self.new_block(), self.new_block());
        let counter = self.variable(Scalar::I64);
        self.copy(counter, int(Scalar::I64, 0));
        let go_on = self.compare(CompareOp::SLt, int(Scalar::I64, 0), length);
        self.branch(go_on, inside, exit);

        self.begin(inside);
        let targets = LoopTargets { on_break: exit, on_continue: latch };
        turn(self, Operand::Local(counter), targets);
        self.goto(latch);

        self.begin(latch);
        let next = self.binary(BinaryOp::IAdd, Operand::Local(counter), int(Scalar::I64, 1));
        self.copy(counter, next);
        let go_on = self.compare(CompareOp::SLt, next, length);
        self.branch(go_on, inside, exit);
        self.begin(exit);
    }

    /// Calls `next` until it gives `None`.
    pub(super) fn for_iterator(
        &mut self,
        variable: LocalId,
        iterator: ExprId,
        (next, option, some): (Callee, Ty, usize),
        body: &Block,
        span: Span,
    ) {
        let iterator = self.expr(iterator);
        let option = self.concrete(option);
        let Callee::Function(method, types) = next else { return };
        let types = self.concrete_list(types);
        let (test, inside, exit) = (self.new_block(), self.new_block(), self.new_block());
        self.goto(test);
        self.begin(test);
        let before = self.enter(span);
        let value = self.call_function(method, types, iterator.to_vec());
        self.position = before;
        self.switch_variant(&value, option, &[(some, inside)], exit);
        self.begin(inside);
        let element = self.payload(&value, option, some, 0);
        let locals = self.declare(variable);
        self.copy_all(&locals, &element);
        self.turn(body, LoopTargets { on_break: exit, on_continue: test });
        self.begin(exit);
    }

    /// The chars of a string; those of one byte without a call.
    pub(super) fn for_string(&mut self, variable: LocalId, string: ExprId, body: &Block) {
        let string = self.scalar_expr(string);
        let dest = self.temp(Scalar::I64);
        self.emit(OpKind::StringLen { dest, string });
        let length = Operand::Local(dest);
        let (inside, exit, latch) = (self.new_block(), self.new_block(), self.new_block());
        let offset = self.variable(Scalar::I64);
        let next = self.variable(Scalar::I64);
        let scalar = self.variable(Scalar::I32);
        self.copy(offset, int(Scalar::I64, 0));
        let go_on = self.compare(CompareOp::SLt, int(Scalar::I64, 0), length);
        self.branch(go_on, inside, exit);

        self.begin(inside);
        let (short, long, decoded) = (self.new_block(), self.new_block(), self.new_block());
        let byte = self.temp(Scalar::I8);
        let index = Operand::Local(offset);
        self.emit(OpKind::LoadElement { dest: byte, array: string, index, stride: 1, offset: 0 });
        let byte = Operand::Local(byte);
        let is_short = self.compare(CompareOp::SGe, byte, int(Scalar::I8, 0));
        self.branch(is_short, short, long);

        self.begin(short);
        let value = self.convert(Conversion::ZeroExtend, Scalar::I32, byte);
        self.copy(scalar, value);
        let after = self.binary(BinaryOp::IAdd, Operand::Local(offset), int(Scalar::I64, 1));
        self.copy(next, after);
        self.goto(decoded);

        self.begin(long);
        let arguments = vec![string, Operand::Local(offset)];
        let both = self.call_runtime(RuntimeFn::StringDecode, arguments, Scalar::I64);
        let value = self.convert(Conversion::Truncate, Scalar::I32, both);
        self.copy(scalar, value);
        let shift = int(Scalar::I64, DECODED_LENGTH_SHIFT);
        let size = self.binary(BinaryOp::UShr, both, shift);
        let after = self.binary(BinaryOp::IAdd, Operand::Local(offset), size);
        self.copy(next, after);
        self.goto(decoded);

        self.begin(decoded);
        self.assign_variable(variable, scalar);
        self.turn(body, LoopTargets { on_break: exit, on_continue: latch });

        self.begin(latch);
        self.copy(offset, Operand::Local(next));
        let go_on = self.compare(CompareOp::SLt, Operand::Local(next), length);
        self.branch(go_on, inside, exit);
        self.begin(exit);
    }
}

fn less_than(kind: IntTy) -> CompareOp {
    if kind.is_signed() { CompareOp::SLt } else { CompareOp::ULt }
}
