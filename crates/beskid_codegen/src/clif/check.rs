//! Checks that panic: a compare and a branch that is never taken, to a cold block that calls the
//! runtime.
//!
//! *Invariants.* Each check has a cold block of its own, because the position of the call in it is what
//! the trace shows.

use beskid_abi::runtime_fn::RuntimeFn;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};

use super::function::FunctionCx;
use super::terminator;
use crate::mir::{Const, Operand, Scalar};

/// Panics unless `index < length`, compared without sign.
pub(super) fn index(
    cx: &mut FunctionCx<'_, '_, '_>,
    index: Operand,
    length: Operand,
    unsigned: bool,
) {
    let panic = if unsigned { RuntimeFn::PanicIndexUnsigned } else { RuntimeFn::PanicIndex };
    let (index, length) = (cx.read(index), cx.read(length));
    let holds = cx.builder.ins().icmp(IntCC::UnsignedLessThan, index, length);
    require(cx, holds, panic, &[index, length]);
}

/// Panics if the integer is 0.
pub(super) fn divisor(cx: &mut FunctionCx<'_, '_, '_>, divisor: Operand) {
    if matches!(divisor, Operand::Const(Const::Int(_, value)) if value != 0) {
        return;
    }
    let divisor = cx.read(divisor);
    require(cx, divisor, RuntimeFn::PanicDivision, &[]);
}

/// Panics unless the value is below the surrogates or between them and the last scalar value:
///
/// ```text
///     value < 0xd800, or value - 0xe000 < 0x110000 - 0xe000, both without sign
/// ```
pub(super) fn char(cx: &mut FunctionCx<'_, '_, '_>, value: Operand, unsigned: bool) {
    let panic = if unsigned { RuntimeFn::PanicCharUnsigned } else { RuntimeFn::PanicChar };
    let value = cx.read(value);
    let surrogates = cx.int(Scalar::I64, 0xd800);
    let is_low = cx.builder.ins().icmp(IntCC::UnsignedLessThan, value, surrogates);
    let from_high = cx.builder.ins().iadd_imm_s(value, -0xe000);
    let count = cx.int(Scalar::I64, 0x11_0000 - 0xe000);
    let is_high = cx.builder.ins().icmp(IntCC::UnsignedLessThan, from_high, count);
    let holds = cx.builder.ins().bor(is_low, is_high);
    require(cx, holds, panic, &[value]);
}

/// Goes on if a condition is not 0, and panics if it is.
fn require(
    cx: &mut FunctionCx<'_, '_, '_>,
    condition: Value,
    panic: RuntimeFn,
    arguments: &[Value],
) {
    let (next, fails) = (cx.fresh_block(), cx.fresh_cold_block());
    cx.builder.ins().brif(condition, next, &[], fails, &[]);

    cx.continue_in(fails);
    let callee = cx.runtime_function(panic);
    let mut all = vec![cx.thread_context()];
    all.extend(arguments.iter().map(|&argument| cx.cold_argument(argument)));
    cx.builder.ins().call(callee, &all);
    terminator::unreachable(cx);

    cx.continue_in(next);
}
