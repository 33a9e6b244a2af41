//! Arithmetic and comparisons.
//!
//! *Invariants.* Nothing here traps: the divisor of a division is known not to be 0, and the one
//! quotient that does not fit its type, `MIN / -1`, wraps. Shift counts are taken modulo the width,
//! which is what Cranelift's shifts do.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::function::FunctionCx;
use super::signature;
use crate::mir::{BinaryOp, CompareOp, Const, Operand, Scalar, UnaryOp};

/// `op value`
pub(super) fn unary(cx: &mut FunctionCx<'_, '_, '_>, op: UnaryOp, value: Operand) -> Value {
    let value = cx.read(value);
    let ins = cx.builder.ins();
    match op {
        UnaryOp::INeg => ins.ineg(value),
        UnaryOp::INot => ins.bnot(value),
        // A comparison, so that a branch on it is one on the opposite of what made the value.
        UnaryOp::BoolNot => ins.icmp_imm_u(IntCC::Equal, value, 0),
        UnaryOp::FNeg => ins.fneg(value),
        UnaryOp::FAbs => ins.fabs(value),
        UnaryOp::FSqrt => ins.sqrt(value),
        UnaryOp::FFloor => ins.floor(value),
        UnaryOp::FCeil => ins.ceil(value),
        UnaryOp::FTrunc => ins.trunc(value),
        UnaryOp::FNearest => ins.nearest(value),
        UnaryOp::ICountOnes => ins.popcnt(value),
        UnaryOp::ILeadingZeros => ins.clz(value),
        UnaryOp::ITrailingZeros => ins.ctz(value),
    }
}

/// `op left, right`
pub(super) fn binary(
    cx: &mut FunctionCx<'_, '_, '_>,
    op: BinaryOp,
    left: Operand,
    right: Operand,
) -> Value {
    match op {
        BinaryOp::SDiv => signed_quotient(cx, left, right),
        BinaryOp::SRem | BinaryOp::UDiv | BinaryOp::URem => widened_division(cx, op, left, right),
        _ => {
            let (left, right) = (cx.read(left), cx.read(right));
            emit(cx, op, left, right)
        }
    }
}

fn emit(cx: &mut FunctionCx<'_, '_, '_>, op: BinaryOp, left: Value, right: Value) -> Value {
    let ins = cx.builder.ins();
    match op {
        BinaryOp::IAdd => ins.iadd(left, right),
        BinaryOp::ISub => ins.isub(left, right),
        BinaryOp::IMul => ins.imul(left, right),
        BinaryOp::UMulHigh => ins.umulhi(left, right),
        BinaryOp::SDiv => ins.sdiv(left, right),
        BinaryOp::UDiv => ins.udiv(left, right),
        BinaryOp::SRem => ins.srem(left, right),
        BinaryOp::URem => ins.urem(left, right),
        BinaryOp::And => ins.band(left, right),
        BinaryOp::Or => ins.bor(left, right),
        BinaryOp::Xor => ins.bxor(left, right),
        BinaryOp::Shl => ins.ishl(left, right),
        BinaryOp::UShr => ins.ushr(left, right),
        BinaryOp::SShr => ins.sshr(left, right),
        BinaryOp::FAdd => ins.fadd(left, right),
        BinaryOp::FSub => ins.fsub(left, right),
        BinaryOp::FMul => ins.fmul(left, right),
        BinaryOp::FDiv => ins.fdiv(left, right),
    }
}

/// `op left, right`, 0 or 1
pub(super) fn compare(
    cx: &mut FunctionCx<'_, '_, '_>,
    op: CompareOp,
    left: Operand,
    right: Operand,
) -> Value {
    let (left, right) = (cx.read(left), cx.read(right));
    let ins = cx.builder.ins();
    match condition(op) {
        Condition::Int(code) => ins.icmp(code, left, right),
        Condition::Float(code) => ins.fcmp(code, left, right),
    }
}

enum Condition {
    Int(IntCC),
    Float(FloatCC),
}

fn condition(op: CompareOp) -> Condition {
    match op {
        CompareOp::Eq => Condition::Int(IntCC::Equal),
        CompareOp::Ne => Condition::Int(IntCC::NotEqual),
        CompareOp::SLt => Condition::Int(IntCC::SignedLessThan),
        CompareOp::SLe => Condition::Int(IntCC::SignedLessThanOrEqual),
        CompareOp::SGt => Condition::Int(IntCC::SignedGreaterThan),
        CompareOp::SGe => Condition::Int(IntCC::SignedGreaterThanOrEqual),
        CompareOp::ULt => Condition::Int(IntCC::UnsignedLessThan),
        CompareOp::ULe => Condition::Int(IntCC::UnsignedLessThanOrEqual),
        CompareOp::UGt => Condition::Int(IntCC::UnsignedGreaterThan),
        CompareOp::UGe => Condition::Int(IntCC::UnsignedGreaterThanOrEqual),
        CompareOp::FEq => Condition::Float(FloatCC::Equal),
        CompareOp::FNe => Condition::Float(FloatCC::NotEqual),
        CompareOp::FLt => Condition::Float(FloatCC::LessThan),
        CompareOp::FLe => Condition::Float(FloatCC::LessThanOrEqual),
        CompareOp::FGt => Condition::Float(FloatCC::GreaterThan),
        CompareOp::FGe => Condition::Float(FloatCC::GreaterThanOrEqual),
    }
}

/// The processor faults on `MIN / -1`, so a divisor of -1 goes another way: by negation, which wraps.
fn signed_quotient(cx: &mut FunctionCx<'_, '_, '_>, left: Operand, right: Operand) -> Value {
    let scalar = cx.scalar(left);
    match right {
        Operand::Const(Const::Int(_, -1)) => {
            let left = cx.read(left);
            return cx.builder.ins().ineg(left);
        }
        Operand::Const(_) => return widened_division(cx, BinaryOp::SDiv, left, right),
        Operand::Local(_) if scalar.bytes() < 4 => {
            return widened_division(cx, BinaryOp::SDiv, left, right);
        }
        Operand::Local(_) => {}
    }
    let (left, right) = (cx.read(left), cx.read(right));
    let (divide, negate, done) = (cx.fresh_block(), cx.fresh_cold_block(), cx.fresh_block());
    let result = cx.builder.append_block_param(done, signature::type_of(scalar));
    let is_minus_one = cx.builder.ins().icmp_imm_s(IntCC::Equal, right, -1);
    cx.builder.ins().brif(is_minus_one, negate, &[], divide, &[]);

    cx.continue_in(divide);
    let quotient = cx.builder.ins().sdiv(left, right);
    cx.builder.ins().jump(done, &[quotient.into()]);

    cx.continue_in(negate);
    let negated = cx.builder.ins().ineg(left);
    cx.builder.ins().jump(done, &[negated.into()]);

    cx.continue_in(done);
    result
}

/// Divides narrow integers as 32-bit ones, where no quotient overflows.
fn widened_division(
    cx: &mut FunctionCx<'_, '_, '_>,
    op: BinaryOp,
    left: Operand,
    right: Operand,
) -> Value {
    let scalar = cx.scalar(left);
    let is_narrow = matches!(scalar, Scalar::I8 | Scalar::I16);
    let is_signed = matches!(op, BinaryOp::SDiv | BinaryOp::SRem);
    let mut wide = |operand| {
        let value = cx.read(operand);
        match (is_narrow, is_signed) {
            (false, _) => value,
            (true, true) => cx.builder.ins().sextend(types::I32, value),
            (true, false) => cx.builder.ins().uextend(types::I32, value),
        }
    };
    let (left, right) = (wide(left), wide(right));
    let result = emit(cx, op, left, right);
    if is_narrow { cx.builder.ins().ireduce(signature::type_of(scalar), result) } else { result }
}
