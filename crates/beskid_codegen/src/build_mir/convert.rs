//! Changes of type: widenings and casts (language.md §2.6).

use beskid_analysis::types::{FloatTy, IntTy, Ty, TyKind};

use super::function::FunctionCx;
use super::layout::of_int;
use crate::mir::{Conversion, OpKind, Operand, Scalar};

impl FunctionCx<'_, '_> {
    /// The value as another type; both are numbers or chars.
    pub(super) fn conversion(&mut self, value: Operand, from: Ty, to: Ty) -> Operand {
        let types = &self.program.layouts.types;
        match (types.kind(from).clone(), types.kind(to).clone()) {
            (TyKind::Int(from), TyKind::Int(to)) => {
                self.int_to_width(value, from.is_signed(), of_int(to))
            }
            (TyKind::Int(from), TyKind::Float(to)) => self.int_to_float(value, from, float(to)),
            (TyKind::Float(_), TyKind::Int(to)) => {
                let conversion = match to.is_signed() {
                    true => Conversion::FloatToSigned,
                    false => Conversion::FloatToUnsigned,
                };
                self.convert(conversion, of_int(to), value)
            }
            (TyKind::Float(FloatTy::F32), TyKind::Float(FloatTy::F64)) => {
                self.convert(Conversion::Promote, Scalar::F64, value)
            }
            (TyKind::Float(FloatTy::F64), TyKind::Float(FloatTy::F32)) => {
                self.convert(Conversion::Demote, Scalar::F32, value)
            }
            (TyKind::Char, TyKind::Int(to)) => self.int_to_width(value, false, of_int(to)),
            (TyKind::Int(from), TyKind::Char) => {
                let wide = self.int_to_width(value, from.is_signed(), Scalar::I64);
                let unsigned = !from.is_signed();
                // What fits 8 bits without sign is a scalar value.
                if from != IntTy::U8 {
                    self.emit(OpKind::CheckChar { value: wide, unsigned });
                }
                self.convert(Conversion::Truncate, Scalar::I32, wide)
            }
            _ => value,
        }
    }

    /// An integer with the low bits of another, filled up by its sign or with zeros.
    pub(super) fn int_to_width(&mut self, value: Operand, signed: bool, to: Scalar) -> Operand {
        let from = self.scalar(value);
        match from.bytes().cmp(&to.bytes()) {
            std::cmp::Ordering::Equal => value,
            std::cmp::Ordering::Less if signed => self.convert(Conversion::SignExtend, to, value),
            std::cmp::Ordering::Less => self.convert(Conversion::ZeroExtend, to, value),
            std::cmp::Ordering::Greater => self.convert(Conversion::Truncate, to, value),
        }
    }

    /// Integers without sign of less than 64 bits go through a signed one, which machines have
    /// instructions for.
    fn int_to_float(&mut self, value: Operand, from: IntTy, to: Scalar) -> Operand {
        if from == IntTy::U64 {
            return self.convert(Conversion::UnsignedToFloat, to, value);
        }
        let width = if from == IntTy::U32 { Scalar::I64 } else { Scalar::I32 };
        let width = if from.bits() == 64 { Scalar::I64 } else { width };
        let wide = self.int_to_width(value, from.is_signed(), width);
        self.convert(Conversion::SignedToFloat, to, wide)
    }
}

fn float(ty: FloatTy) -> Scalar {
    match ty {
        FloatTy::F32 => Scalar::F32,
        FloatTy::F64 => Scalar::F64,
    }
}
