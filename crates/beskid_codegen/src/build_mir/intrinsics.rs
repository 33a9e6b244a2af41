//! Functions of the core library that have no body: each in place, by an operation or a call of the
//! runtime. Their declarations say what callers have to see to (`corelib/Core/Intrinsics.bd`).

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::hir::Intrinsic;
use beskid_analysis::types::{Ty, TyList};
use smallvec::smallvec;

use super::function::{FunctionCx, Value};
use crate::mir::{Conversion, OpKind, Operand, Scalar, UnaryOp};

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
                let (Some(element), &[count]) = (self.type_argument(types), &operands[..]) else {
                    return Value::new();
                };
                return smallvec![self.alloc_array(element, count)];
            }
            Intrinsic::ArrayLoad => return self.load_unchecked(types, &operands),
            Intrinsic::ArrayStore => return self.store_unchecked(types, &operands),
            Intrinsic::FloatBits => return self.bits(&operands, Scalar::I64),
            Intrinsic::FloatOfBits => return self.bits(&operands, Scalar::F64),
            Intrinsic::CountOnes => return self.one(UnaryOp::ICountOnes, &operands),
            Intrinsic::LeadingZeros => return self.one(UnaryOp::ILeadingZeros, &operands),
            Intrinsic::TrailingZeros => return self.one(UnaryOp::ITrailingZeros, &operands),
            Intrinsic::Abs => return self.one(UnaryOp::FAbs, &operands),
            Intrinsic::Sqrt => return self.one(UnaryOp::FSqrt, &operands),
            Intrinsic::Floor => return self.one(UnaryOp::FFloor, &operands),
            Intrinsic::Ceil => return self.one(UnaryOp::FCeil, &operands),
            Intrinsic::Trunc => return self.one(UnaryOp::FTrunc, &operands),
            Intrinsic::Nearest => return self.one(UnaryOp::FNearest, &operands),
            Intrinsic::CatchPanic => (RuntimeFn::CatchPanic, Some(Scalar::Ref)),
            Intrinsic::GcCollect => (RuntimeFn::GcCollect, None),
            Intrinsic::GcStatistic => (RuntimeFn::GcStatistic, Some(Scalar::I64)),
            Intrinsic::StringSlice => (RuntimeFn::StringSlice, Some(Scalar::Ref)),
            Intrinsic::StringFromBytes => (RuntimeFn::StringOfBytes, Some(Scalar::Ref)),
            Intrinsic::StringFind => (RuntimeFn::StringFind, Some(Scalar::I64)),
            Intrinsic::StringFindLast => (RuntimeFn::StringFindLast, Some(Scalar::I64)),
            Intrinsic::BytesOfString => (RuntimeFn::BytesCopy, None),
            Intrinsic::ArrayCopy => (RuntimeFn::ArrayCopy, None),
            Intrinsic::ArrayClear => (RuntimeFn::ArrayClear, None),
            Intrinsic::CharIs => (RuntimeFn::CharIs, Some(Scalar::I8)),
            Intrinsic::CharUpper => (RuntimeFn::CharUpper, Some(Scalar::I64)),
            Intrinsic::CharLower => (RuntimeFn::CharLower, Some(Scalar::I64)),
            Intrinsic::FloatOfText => (RuntimeFn::FloatOfText, Some(Scalar::F64)),
            Intrinsic::Exp => (RuntimeFn::FloatExp, Some(Scalar::F64)),
            Intrinsic::Log => (RuntimeFn::FloatLog, Some(Scalar::F64)),
            Intrinsic::Log2 => (RuntimeFn::FloatLog2, Some(Scalar::F64)),
            Intrinsic::Log10 => (RuntimeFn::FloatLog10, Some(Scalar::F64)),
            Intrinsic::Sin => (RuntimeFn::FloatSin, Some(Scalar::F64)),
            Intrinsic::Cos => (RuntimeFn::FloatCos, Some(Scalar::F64)),
            Intrinsic::Tan => (RuntimeFn::FloatTan, Some(Scalar::F64)),
            Intrinsic::Asin => (RuntimeFn::FloatAsin, Some(Scalar::F64)),
            Intrinsic::Acos => (RuntimeFn::FloatAcos, Some(Scalar::F64)),
            Intrinsic::Atan => (RuntimeFn::FloatAtan, Some(Scalar::F64)),
            Intrinsic::Sinh => (RuntimeFn::FloatSinh, Some(Scalar::F64)),
            Intrinsic::Cosh => (RuntimeFn::FloatCosh, Some(Scalar::F64)),
            Intrinsic::Tanh => (RuntimeFn::FloatTanh, Some(Scalar::F64)),
            Intrinsic::Cbrt => (RuntimeFn::FloatCbrt, Some(Scalar::F64)),
            Intrinsic::Atan2 => (RuntimeFn::FloatAtan2, Some(Scalar::F64)),
            Intrinsic::Pow => (RuntimeFn::FloatPow, Some(Scalar::F64)),
            Intrinsic::Hypot => (RuntimeFn::FloatHypot, Some(Scalar::F64)),
            Intrinsic::FileOpen => (RuntimeFn::FileOpen, Some(Scalar::I64)),
            Intrinsic::FileClose => (RuntimeFn::FileClose, Some(Scalar::I64)),
            Intrinsic::FileRead => (RuntimeFn::FileRead, Some(Scalar::I64)),
            Intrinsic::FileWrite => (RuntimeFn::FileWrite, Some(Scalar::I64)),
            Intrinsic::FileSeek => (RuntimeFn::FileSeek, Some(Scalar::I64)),
            Intrinsic::FileResize => (RuntimeFn::FileResize, Some(Scalar::I64)),
            Intrinsic::FileSync => (RuntimeFn::FileSync, Some(Scalar::I64)),
            Intrinsic::FileIsTerminal => (RuntimeFn::FileIsTerminal, Some(Scalar::I8)),
            Intrinsic::FileStatus => (RuntimeFn::FileStatus, Some(Scalar::I64)),
            Intrinsic::PathStatus => (RuntimeFn::PathStatus, Some(Scalar::I64)),
            Intrinsic::PathAccess => (RuntimeFn::PathAccess, Some(Scalar::I64)),
            Intrinsic::PathRemove => (RuntimeFn::PathRemove, Some(Scalar::I64)),
            Intrinsic::PathRename => (RuntimeFn::PathRename, Some(Scalar::I64)),
            Intrinsic::PathLink => (RuntimeFn::PathLink, Some(Scalar::I64)),
            Intrinsic::PathLinkTarget => (RuntimeFn::PathLinkTarget, Some(Scalar::I64)),
            Intrinsic::PathPermissions => (RuntimeFn::PathPermissions, Some(Scalar::I64)),
            Intrinsic::DirectoryCreate => (RuntimeFn::DirectoryCreate, Some(Scalar::I64)),
            Intrinsic::DirectoryRead => (RuntimeFn::DirectoryRead, Some(Scalar::I64)),
            Intrinsic::WorkingDirectory => (RuntimeFn::WorkingDirectory, Some(Scalar::I64)),
            Intrinsic::WorkingDirectorySet => (RuntimeFn::WorkingDirectorySet, Some(Scalar::I64)),
            Intrinsic::OutputWrite => (RuntimeFn::OutputWrite, Some(Scalar::I64)),
            Intrinsic::OutputFlush => (RuntimeFn::OutputFlush, Some(Scalar::I64)),
            Intrinsic::BytesFind => (RuntimeFn::BytesFind, Some(Scalar::I64)),
            Intrinsic::BytesValid => (RuntimeFn::BytesValid, Some(Scalar::I64)),
            Intrinsic::Clock => (RuntimeFn::Clock, Some(Scalar::I64)),
            Intrinsic::Sleep => (RuntimeFn::Sleep, None),
            Intrinsic::RandomBits => (RuntimeFn::RandomBits, Some(Scalar::I64)),
            Intrinsic::EnvironmentValue => (RuntimeFn::EnvironmentValue, Some(Scalar::Ref)),
            Intrinsic::EnvironmentEntry => (RuntimeFn::EnvironmentEntry, Some(Scalar::Ref)),
            Intrinsic::ProgramArgument => (RuntimeFn::ProgramArgument, Some(Scalar::Ref)),
            Intrinsic::ProcessExit => (RuntimeFn::ProcessExit, None),
            Intrinsic::ProcessId => (RuntimeFn::ProcessId, Some(Scalar::I64)),
            Intrinsic::ProcessStart => (RuntimeFn::ProcessStart, Some(Scalar::I64)),
            Intrinsic::ProcessWait => (RuntimeFn::ProcessWait, Some(Scalar::I64)),
            Intrinsic::ProcessSignal => (RuntimeFn::ProcessSignal, Some(Scalar::I64)),
            Intrinsic::PipeOpen => (RuntimeFn::PipeOpen, Some(Scalar::I64)),
            Intrinsic::FilesWait => (RuntimeFn::FilesWait, Some(Scalar::I64)),
            Intrinsic::KeptGet => (RuntimeFn::KeptGet, Some(Scalar::Ref)),
            Intrinsic::KeptSet => (RuntimeFn::KeptSet, None),
        };
        match result {
            Some(result) => smallvec![self.call_runtime(function, operands, result)],
            None => {
                self.run_runtime(function, operands);
                Value::new()
            }
        }
    }

    /// `__load(array, at)`: an element without a check.
    fn load_unchecked(&mut self, types: TyList, operands: &[Operand]) -> Value {
        match (self.type_argument(types), operands) {
            (Some(element), &[array, index]) => self.load_element(array, index, element),
            _ => Value::new(),
        }
    }

    /// `__store(array, at, value)`: an element without a check.
    fn store_unchecked(&mut self, types: TyList, operands: &[Operand]) -> Value {
        if let (Some(element), &[array, index, ref value @ ..]) =
            (self.type_argument(types), operands)
        {
            self.store_element(array, index, element, &value.iter().copied().collect(), None);
        }
        Value::new()
    }

    fn type_argument(&self, types: TyList) -> Option<Ty> {
        self.program.layouts.types.types(types).first().copied()
    }

    fn one(&mut self, op: UnaryOp, operands: &[Operand]) -> Value {
        operands.iter().map(|&value| self.unary(op, value)).collect()
    }

    fn bits(&mut self, operands: &[Operand], to: Scalar) -> Value {
        operands.iter().map(|&value| self.convert(Conversion::Bits, to, value)).collect()
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
