//! Functions of the core library that have no body: each in place, by an operation or a call of the
//! runtime. Their declarations say what callers have to see to (`corelib/Core/Intrinsics.bd`).

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::hir::Intrinsic;
use beskid_analysis::types::TyList;
use smallvec::smallvec;

use super::function::{FunctionCx, Value};
use crate::mir::{OpKind, Operand, Scalar};

impl FunctionCx<'_, '_> {
    /// Does what an intrinsic does, with the arguments of its type parameters.
    pub(super) fn intrinsic(
        &mut self,
        intrinsic: Intrinsic,
        types: TyList,
        operands: Vec<Operand>,
    ) -> Value {
        let (function, result) = match intrinsic {
            Intrinsic::StringByte => return self.string_byte(&operands),
            Intrinsic::ArrayNew => {
                let element = self.program.layouts.types.types(types).first().copied();
                let (Some(element), &[count]) = (element, &operands[..]) else {
                    return Value::new();
                };
                return smallvec![self.alloc_array(element, count)];
            }
            Intrinsic::GcCollect => (RuntimeFn::GcCollect, None),
            Intrinsic::GcStatistic => (RuntimeFn::GcStatistic, Some(Scalar::I64)),
            Intrinsic::StringSlice => (RuntimeFn::StringSlice, Some(Scalar::Ref)),
            Intrinsic::StringFromBytes => (RuntimeFn::StringOfBytes, Some(Scalar::Ref)),
            Intrinsic::StringFind => (RuntimeFn::StringFind, Some(Scalar::I64)),
            Intrinsic::StringFindLast => (RuntimeFn::StringFindLast, Some(Scalar::I64)),
            Intrinsic::BytesOfString => (RuntimeFn::BytesCopy, None),
            Intrinsic::ArrayCopy => (RuntimeFn::ArrayCopy, None),
            Intrinsic::ArrayClear => (RuntimeFn::ArrayClear, None),
        };
        match result {
            Some(result) => smallvec![self.call_runtime(function, operands, result)],
            None => {
                self.run_runtime(function, operands);
                Value::new()
            }
        }
    }

    /// `__byte(text, at)`: bytes of a string lie where the elements of an array of bytes do.
    fn string_byte(&mut self, operands: &[Operand]) -> Value {
        let &[string, index] = operands else { return Value::new() };
        let length = self.temp(Scalar::I64);
        self.emit(OpKind::StringLen { dest: length, string });
        let length = Operand::Local(length);
        self.emit(OpKind::CheckIndex { index, length, unsigned: false });
        let dest = self.temp(Scalar::I8);
        self.emit(OpKind::LoadElement { dest, array: string, index, stride: 1, offset: 0 });
        smallvec![Operand::Local(dest)]
    }
}
