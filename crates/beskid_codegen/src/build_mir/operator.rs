//! Operators on scalars (language.md §2.7, §6.3).
//!
//! *Invariants.* Both operands have one type, the count of a shift aside. Division checks its divisor
//! first; nothing else here panics.

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::ast::{BinaryOp as Operator, UnaryOp as PrefixOperator};
use beskid_analysis::types::{FloatTy, IntTy, Ty, TyKind};

use super::function::{FunctionCx, Value, int};
use crate::mir::{BinaryOp, CompareOp, Conversion, OpKind, Operand, Scalar, UnaryOp};

impl FunctionCx<'_, '_> {
    /// `op value`.
    pub(super) fn unary_operator(&mut self, op: PrefixOperator, value: Operand) -> Operand {
        let op = match op {
            PrefixOperator::Neg if self.scalar(value).is_float() => UnaryOp::FNeg,
            PrefixOperator::Neg => UnaryOp::INeg,
            PrefixOperator::Not => UnaryOp::BoolNot,
            PrefixOperator::BitNot => UnaryOp::INot,
        };
        self.unary(op, value)
    }

    /// `left op right`, neither `&&` nor `||`; `ty` is the left operand's type.
    pub(super) fn binary_operator(
        &mut self,
        op: Operator,
        left: &Value,
        right: &Value,
        ty: Ty,
    ) -> Operand {
        if let Operator::Eq | Operator::Ne = op {
            let equal = self.equal(left, right, ty);
            return if op == Operator::Eq { equal } else { self.unary(UnaryOp::BoolNot, equal) };
        }
        if let (Some(op), true) =
            (int_comparison(op, true), self.program.layouts.types.as_declared(ty).is_some())
        {
            let order = self.compare_declared(left, right, ty);
            return self.compare(op, order, int(Scalar::I32, 0));
        }
        // `unit` has no scalar, and `==` alone.
        let (Some(&left), Some(&right)) = (left.first(), right.first()) else {
            return int(Scalar::I8, 0);
        };
        match self.program.layouts.types.kind(ty) {
            TyKind::Int(kind) => self.int_operator(op, left, right, *kind),
            TyKind::Float(kind) => self.float_operator(op, left, right, *kind),
            TyKind::Char | TyKind::Bool | TyKind::Ptr => self.word_operator(op, left, right),
            TyKind::String => self.string_operator(op, left, right),
            _ => {
                // Identity is all that references know beside `==`.
                let op = if op == Operator::Same { CompareOp::Eq } else { CompareOp::Ne };
                self.compare(op, left, right)
            }
        }
    }

    fn int_operator(
        &mut self,
        op: Operator,
        left: Operand,
        right: Operand,
        kind: IntTy,
    ) -> Operand {
        let signed = kind.is_signed();
        if let Some(op) = int_comparison(op, signed) {
            return self.compare(op, left, right);
        }
        let op = match op {
            Operator::Add => BinaryOp::IAdd,
            Operator::Sub => BinaryOp::ISub,
            Operator::Mul => BinaryOp::IMul,
            Operator::Div | Operator::Rem => {
                if !is_nonzero(right) {
                    self.emit(OpKind::CheckDivisor { divisor: right });
                }
                match (op, signed) {
                    (Operator::Div, true) => BinaryOp::SDiv,
                    (Operator::Div, false) => BinaryOp::UDiv,
                    (_, true) => BinaryOp::SRem,
                    (_, false) => BinaryOp::URem,
                }
            }
            Operator::Shl | Operator::Shr => {
                let count = self.shift_count(right, left);
                let op = match (op, signed) {
                    (Operator::Shl, _) => BinaryOp::Shl,
                    (_, true) => BinaryOp::SShr,
                    (_, false) => BinaryOp::UShr,
                };
                return self.binary(op, left, count);
            }
            Operator::BitAnd => BinaryOp::And,
            Operator::BitOr => BinaryOp::Or,
            _ => BinaryOp::Xor,
        };
        self.binary(op, left, right)
    }

    /// The count of a shift as the kind of what is shifted: the width divides every power of two from
    /// 8 bits on, so cutting it off or filling it up with anything changes nothing modulo the width.
    fn shift_count(&mut self, count: Operand, shifted: Operand) -> Operand {
        let (from, to) = (self.scalar(count), self.scalar(shifted));
        if let Operand::Const(crate::mir::Const::Int(_, value)) = count {
            return int(to, value & i64::from(to.bytes() * 8 - 1));
        }
        match from.bytes().cmp(&to.bytes()) {
            std::cmp::Ordering::Equal => count,
            std::cmp::Ordering::Less => self.convert(Conversion::ZeroExtend, to, count),
            std::cmp::Ordering::Greater => self.convert(Conversion::Truncate, to, count),
        }
    }

    fn float_operator(
        &mut self,
        op: Operator,
        left: Operand,
        right: Operand,
        kind: FloatTy,
    ) -> Operand {
        let op = match op {
            Operator::Add => BinaryOp::FAdd,
            Operator::Sub => BinaryOp::FSub,
            Operator::Mul => BinaryOp::FMul,
            Operator::Div => BinaryOp::FDiv,
            Operator::Rem => {
                let (function, scalar) = match kind {
                    FloatTy::F32 => (RuntimeFn::Fmod32, Scalar::F32),
                    FloatTy::F64 => (RuntimeFn::Fmod64, Scalar::F64),
                };
                return self.call_runtime(function, vec![left, right], scalar);
            }
            Operator::Lt => return self.compare(CompareOp::FLt, left, right),
            Operator::Le => return self.compare(CompareOp::FLe, left, right),
            Operator::Gt => return self.compare(CompareOp::FGt, left, right),
            _ => return self.compare(CompareOp::FGe, left, right),
        };
        self.binary(op, left, right)
    }

    /// Comparison of chars, logic of bools.
    fn word_operator(&mut self, op: Operator, left: Operand, right: Operand) -> Operand {
        if let Some(op) = int_comparison(op, false) {
            return self.compare(op, left, right);
        }
        let op = match op {
            Operator::BitAnd => BinaryOp::And,
            Operator::BitOr => BinaryOp::Or,
            _ => BinaryOp::Xor,
        };
        self.binary(op, left, right)
    }

    fn string_operator(&mut self, op: Operator, left: Operand, right: Operand) -> Operand {
        let Some(op) = int_comparison(op, true) else {
            return self.call_runtime(RuntimeFn::StringConcat, vec![left, right], Scalar::Ref);
        };
        let order = self.call_runtime(RuntimeFn::StringCompare, vec![left, right], Scalar::I32);
        self.compare(op, order, int(Scalar::I32, 0))
    }
}

pub(super) fn int_comparison(op: Operator, signed: bool) -> Option<CompareOp> {
    Some(match (op, signed) {
        (Operator::Lt, true) => CompareOp::SLt,
        (Operator::Le, true) => CompareOp::SLe,
        (Operator::Gt, true) => CompareOp::SGt,
        (Operator::Ge, true) => CompareOp::SGe,
        (Operator::Lt, false) => CompareOp::ULt,
        (Operator::Le, false) => CompareOp::ULe,
        (Operator::Gt, false) => CompareOp::UGt,
        (Operator::Ge, false) => CompareOp::UGe,
        _ => return None,
    })
}

fn is_nonzero(operand: Operand) -> bool {
    matches!(operand, Operand::Const(crate::mir::Const::Int(_, value)) if value != 0)
}
