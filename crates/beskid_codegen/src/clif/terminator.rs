//! How blocks end.

use cranelift_codegen::ir::{InstBuilder, TrapCode};
use cranelift_frontend::Switch;

use super::function::FunctionCx;
use crate::mir::{Operand, Scalar, Terminator};

/// The trap behind a call that does not return. It has no meaning to the runtime: that it is reached
/// is a fault of the compiler, reported as an illegal instruction.
const AFTER_NO_RETURN: TrapCode = TrapCode::unwrap_user(1);

/// Ends the block at hand.
pub(super) fn lower(cx: &mut FunctionCx<'_, '_, '_>, terminator: &Terminator) {
    match terminator {
        Terminator::Goto(next) => {
            let next = cx.block(*next);
            cx.builder.ins().jump(next, &[]);
        }
        Terminator::Branch { condition, then, otherwise } => {
            let condition = cx.read(*condition);
            let (then, otherwise) = (cx.block(*then), cx.block(*otherwise));
            cx.builder.ins().brif(condition, then, &[], otherwise, &[]);
        }
        Terminator::Switch { value, cases, default } => {
            let scalar = cx.scalar(*value);
            let value = cx.read(*value);
            let mut switch = Switch::new();
            for &(case, block) in cases {
                switch.set_entry(bits(scalar, case), cx.block(block));
            }
            let default = cx.block(*default);
            switch.emit(cx.builder, value, default);
        }
        Terminator::Return(values) => {
            let values: Vec<_> = values.iter().map(|&value: &Operand| cx.read(value)).collect();
            cx.mark_return();
            cx.builder.ins().return_(&values);
        }
        Terminator::Unreachable => unreachable(cx),
    }
}

/// Ends a block whose end is not reached.
pub(super) fn unreachable(cx: &mut FunctionCx<'_, '_, '_>) {
    cx.builder.ins().trap(AFTER_NO_RETURN);
}

/// The bits of a case as a number, which is how Cranelift tells cases apart.
fn bits(scalar: Scalar, case: i64) -> u128 {
    let unused = 64 - scalar.bytes() * 8;
    u128::from((case as u64) << unused >> unused)
}
