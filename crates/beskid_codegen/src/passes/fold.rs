//! Copy and constant propagation, evaluation of integer operations on constants, branches whose way is
//! known, and calls of addresses that are known.
//!
//! *Invariants.* Only single-definition locals are replaced: a mutable one may change between the copy
//! and the use. Floats are left to Cranelift, which folds them bit by bit as the machine would. What
//! panics is never folded away: a division by a constant zero keeps its check.

use beskid_analysis::index::IndexVec;

use super::Outcomes;
use super::devirtualise::{self, Closures, Targets};
use crate::mir::cfg::Cfg;
use crate::mir::{
    BinaryOp, Body, CompareOp, Const, Conversion, Local, OpKind, Operand, Scalar, Terminator,
    UnaryOp,
};

/// Folds one body.
pub(super) fn run(body: &mut Body, targets: Targets<'_>, outcomes: &mut Outcomes) {
    let mut known: IndexVec<Local, Option<Operand>> = body.locals.iter().map(|_| None).collect();
    let mut closures = Closures::default();
    // Definitions dominate uses, so in this order a local's value is known before it is read.
    for block in Cfg::new(body).order {
        let data = &mut body.blocks[block];
        closures.enter_block();
        for op in &mut data.ops {
            let address = devirtualise::address_mut(&mut op.kind).copied();
            op.kind.for_each_operand_mut(|operand| replace(operand, &known, outcomes));
            if let Some(kind) = devirtualise::resolve(&op.kind, &body.locals, targets, &closures) {
                match kind {
                    OpKind::Call { .. } => outcomes.calls_devirtualised += 1,
                    _ => outcomes.values_folded += 1,
                }
                op.kind = kind;
            } else if let Some(address) = address
                && let Some(replaced @ Operand::Const(_)) = devirtualise::address_mut(&mut op.kind)
            {
                *replaced = address;
            }
            closures.note(&op.kind, &body.locals, targets);
            if let Some((dest, value)) = evaluate(&op.kind, &body.locals)
                && !matches!(op.kind, OpKind::Copy { .. })
            {
                op.kind = OpKind::Copy { dest, value };
                outcomes.values_folded += 1;
            }
            if let OpKind::Copy { dest, value } = op.kind
                && !body.locals[dest].mutable
                && is_stable(value, &body.locals)
            {
                known[dest] = Some(value);
            }
        }
        data.ops.retain(|op| !holds(&op.kind));
        data.terminator.for_each_operand_mut(|operand| replace(operand, &known, outcomes));
        fold_terminator(&mut data.terminator, outcomes);
    }
    thread_jumps(body, outcomes);
}

fn replace(
    operand: &mut Operand,
    known: &IndexVec<Local, Option<Operand>>,
    outcomes: &mut Outcomes,
) {
    if let Operand::Local(local) = *operand
        && let Some(value) = known[local]
    {
        *operand = value;
        outcomes.values_folded += 1;
    }
}

/// Whether an operation is a check of a constant that passes it.
fn holds(kind: &OpKind) -> bool {
    match *kind {
        OpKind::CheckDivisor { divisor } => int(divisor).is_some_and(|(_, value)| value != 0),
        OpKind::CheckChar { value, .. } => int(value).is_some_and(|(_, value)| {
            u32::try_from(value).is_ok_and(|value| char::from_u32(value).is_some())
        }),
        _ => false,
    }
}

/// Whether a value is the same wherever its definition dominates.
fn is_stable(value: Operand, locals: &IndexVec<Local, crate::mir::LocalDecl>) -> bool {
    match value {
        Operand::Const(_) => true,
        Operand::Local(local) => !locals[local].mutable,
    }
}

/// A block that only jumps is passed over.
fn thread_jumps(body: &mut Body, outcomes: &mut Outcomes) {
    let targets: IndexVec<crate::mir::Block, Option<crate::mir::Block>> = body
        .blocks
        .iter()
        .map(|data| match data.terminator {
            Terminator::Goto(next) if data.ops.is_empty() => Some(next),
            _ => None,
        })
        .collect();
    for data in body.blocks.iter_mut() {
        data.terminator.for_each_successor_mut(|block| {
            // The bound ends an empty endless loop.
            for _ in 0..8 {
                match targets[*block] {
                    Some(next) if next != *block => *block = next,
                    _ => break,
                }
            }
        });
        if let Terminator::Branch { then, otherwise, .. } = data.terminator
            && then == otherwise
        {
            data.terminator = Terminator::Goto(then);
            outcomes.branches_folded += 1;
        }
    }
}

fn fold_terminator(terminator: &mut Terminator, outcomes: &mut Outcomes) {
    let next = match terminator {
        Terminator::Branch { condition, then, otherwise } => match int(*condition) {
            Some((_, 0)) => *otherwise,
            Some(_) => *then,
            None => return,
        },
        Terminator::Switch { value, cases, default } => match int(*value) {
            Some((_, value)) => {
                cases.iter().find(|&&(case, _)| case == value).map_or(*default, |&(_, block)| block)
            }
            None => return,
        },
        _ => return,
    };
    *terminator = Terminator::Goto(next);
    outcomes.branches_folded += 1;
}

fn int(operand: Operand) -> Option<(Scalar, i64)> {
    match operand {
        Operand::Const(Const::Int(scalar, value)) => Some((scalar, value)),
        _ => None,
    }
}

/// The value an operation is known to assign.
pub(super) fn evaluate(
    kind: &OpKind,
    locals: &IndexVec<Local, crate::mir::LocalDecl>,
) -> Option<(Local, Operand)> {
    let constant = |dest: Local, value: i64| {
        let scalar = locals[dest].scalar;
        Some((dest, Operand::Const(Const::Int(scalar, wrap(scalar, value)))))
    };
    match *kind {
        OpKind::Unary { dest, op, value } => {
            let (_, value) = int(value)?;
            constant(
                dest,
                match op {
                    UnaryOp::INeg => value.wrapping_neg(),
                    UnaryOp::INot => !value,
                    UnaryOp::BoolNot => 1 - value,
                    _ => return None,
                },
            )
        }
        OpKind::Binary { dest, op, left, right } => match (int(left), int(right)) {
            (Some((scalar, left)), Some((_, right))) => {
                constant(dest, binary(op, scalar, left, right)?)
            }
            (None, Some((_, right))) => match (op, right) {
                (BinaryOp::IAdd | BinaryOp::ISub | BinaryOp::Or | BinaryOp::Xor, 0)
                | (BinaryOp::Shl | BinaryOp::UShr | BinaryOp::SShr, 0)
                | (BinaryOp::IMul | BinaryOp::SDiv | BinaryOp::UDiv, 1) => Some((dest, left)),
                _ => None,
            },
            (Some((_, left)), None) => match (op, left) {
                (BinaryOp::IAdd | BinaryOp::Or | BinaryOp::Xor, 0) | (BinaryOp::IMul, 1) => {
                    Some((dest, right))
                }
                _ => None,
            },
            (None, None) => None,
        },
        OpKind::Compare { dest, op, left, right } => {
            let ((scalar, left), (_, right)) = (int(left)?, int(right)?);
            constant(dest, i64::from(compare(op, scalar, left, right)?))
        }
        OpKind::Convert { dest, conversion, value } => {
            let (scalar, value) = int(value)?;
            match conversion {
                Conversion::SignExtend | Conversion::Truncate => constant(dest, value),
                Conversion::ZeroExtend => constant(dest, unsigned(scalar, value) as i64),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Sign-extends the low bits that a scalar has.
fn wrap(scalar: Scalar, value: i64) -> i64 {
    let unused = 64 - scalar.bytes() * 8;
    value << unused >> unused
}

/// The bits of a scalar as a number without sign.
fn unsigned(scalar: Scalar, value: i64) -> u64 {
    let unused = 64 - scalar.bytes() * 8;
    (value as u64) << unused >> unused
}

fn binary(op: BinaryOp, scalar: Scalar, left: i64, right: i64) -> Option<i64> {
    let (unsigned_left, unsigned_right) = (unsigned(scalar, left), unsigned(scalar, right));
    let count = (right as u64 & u64::from(scalar.bytes() * 8 - 1)) as u32;
    Some(match op {
        BinaryOp::IAdd => left.wrapping_add(right),
        BinaryOp::ISub => left.wrapping_sub(right),
        BinaryOp::IMul => left.wrapping_mul(right),
        BinaryOp::UMulHigh => {
            ((u128::from(unsigned_left) * u128::from(unsigned_right)) >> 64) as i64
        }
        BinaryOp::SDiv if right != 0 => left.wrapping_div(right),
        BinaryOp::SRem if right != 0 => left.wrapping_rem(right),
        BinaryOp::UDiv if right != 0 => (unsigned_left / unsigned_right) as i64,
        BinaryOp::URem if right != 0 => (unsigned_left % unsigned_right) as i64,
        BinaryOp::And => left & right,
        BinaryOp::Or => left | right,
        BinaryOp::Xor => left ^ right,
        BinaryOp::Shl => left << count,
        BinaryOp::UShr => (unsigned_left >> count) as i64,
        BinaryOp::SShr => left >> count,
        _ => return None,
    })
}

fn compare(op: CompareOp, scalar: Scalar, left: i64, right: i64) -> Option<bool> {
    let (unsigned_left, unsigned_right) = (unsigned(scalar, left), unsigned(scalar, right));
    Some(match op {
        CompareOp::Eq => left == right,
        CompareOp::Ne => left != right,
        CompareOp::SLt => left < right,
        CompareOp::SLe => left <= right,
        CompareOp::SGt => left > right,
        CompareOp::SGe => left >= right,
        CompareOp::ULt => unsigned_left < unsigned_right,
        CompareOp::ULe => unsigned_left <= unsigned_right,
        CompareOp::UGt => unsigned_left > unsigned_right,
        CompareOp::UGe => unsigned_left >= unsigned_right,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integer_operations_wrap_at_their_width() {
        let narrow = |op, left, right| {
            binary(op, Scalar::I8, left, right).map(|value| wrap(Scalar::I8, value))
        };
        assert_eq!(narrow(BinaryOp::IAdd, 127, 1), Some(-128));
        assert_eq!(narrow(BinaryOp::SDiv, -128, -1), Some(-128));
        assert_eq!(narrow(BinaryOp::SRem, -128, -1), Some(0));
        assert_eq!(narrow(BinaryOp::UDiv, -1, 2), Some(127));
        assert_eq!(narrow(BinaryOp::Shl, 1, 9), Some(2));
        assert_eq!(narrow(BinaryOp::UShr, -1, 7), Some(1));
        assert_eq!(narrow(BinaryOp::SDiv, 1, 0), None);
        assert_eq!(compare(CompareOp::ULt, Scalar::I8, -1, 1), Some(false));
        assert_eq!(compare(CompareOp::SLt, Scalar::I8, -1, 1), Some(true));
    }
}
