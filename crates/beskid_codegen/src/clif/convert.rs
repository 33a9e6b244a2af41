//! Conversions between scalar kinds.
//!
//! *Invariants.* Floats become integers by saturation, NaN becomes 0, at every width: Cranelift does
//! that for 32 and 64 bits, narrower results are clamped. Integers become floats from 32 or 64 bits,
//! widened exactly, so there is one rounding.

use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};

use super::function::FunctionCx;
use super::signature;
use crate::mir::{Conversion, Local, Operand, Scalar};

/// `conversion value`, to the kind of `dest`
pub(super) fn convert(
    cx: &mut FunctionCx<'_, '_, '_>,
    conversion: Conversion,
    value: Operand,
    dest: Local,
) -> Value {
    let (from, to) = (cx.scalar(value), cx.body.locals[dest].scalar);
    let value = cx.read(value);
    let ty = signature::type_of(to);
    let ins = cx.builder.ins();
    match conversion {
        Conversion::ZeroExtend => ins.uextend(ty, value),
        Conversion::SignExtend => ins.sextend(ty, value),
        Conversion::Truncate => ins.ireduce(ty, value),
        Conversion::Promote => ins.fpromote(ty, value),
        Conversion::Demote => ins.fdemote(ty, value),
        Conversion::Bits => ins.bitcast(ty, MemFlagsData::new(), value),
        Conversion::SignedToFloat => {
            let value = match from.bytes() {
                1 | 2 => ins.sextend(types::I32, value),
                _ => value,
            };
            cx.builder.ins().fcvt_from_sint(ty, value)
        }
        Conversion::UnsignedToFloat if from == Scalar::I64 => ins.fcvt_from_uint(ty, value),
        Conversion::UnsignedToFloat => {
            // As a signed number that is wide enough: one instruction instead of a sequence.
            let value = ins.uextend(types::I64, value);
            cx.builder.ins().fcvt_from_sint(ty, value)
        }
        Conversion::FloatToSigned if to.bytes() >= 4 => ins.fcvt_to_sint_sat(ty, value),
        Conversion::FloatToUnsigned if to.bytes() >= 4 => ins.fcvt_to_uint_sat(ty, value),
        Conversion::FloatToSigned => {
            let wide = ins.fcvt_to_sint_sat(types::I32, value);
            let limit = 1 << (ty.bits() - 1);
            let (low, high) = (cx.int(Scalar::I32, -limit), cx.int(Scalar::I32, limit - 1));
            let clamped = cx.builder.ins().smax(wide, low);
            let clamped = cx.builder.ins().smin(clamped, high);
            cx.builder.ins().ireduce(ty, clamped)
        }
        Conversion::FloatToUnsigned => {
            let wide = ins.fcvt_to_uint_sat(types::I32, value);
            let high = cx.int(Scalar::I32, (1 << ty.bits()) - 1);
            let clamped = cx.builder.ins().umin(wide, high);
            cx.builder.ins().ireduce(ty, clamped)
        }
    }
}
