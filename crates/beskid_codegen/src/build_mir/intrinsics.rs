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
        let function = match intrinsic {
            Intrinsic::Seldom => {
                self.mark_cold();
                return Value::new();
            }
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
            Intrinsic::CatchPanic => RuntimeFn::CatchPanic,
            Intrinsic::GcCollect => RuntimeFn::GcCollect,
            Intrinsic::GcStatistic => RuntimeFn::GcStatistic,
            Intrinsic::StringSlice => RuntimeFn::StringSlice,
            Intrinsic::StringFromBytes => RuntimeFn::StringOfBytes,
            Intrinsic::StringFind => RuntimeFn::StringFind,
            Intrinsic::StringFindLast => RuntimeFn::StringFindLast,
            Intrinsic::StringCount => RuntimeFn::StringCount,
            Intrinsic::StringSplit => RuntimeFn::StringSplit,
            Intrinsic::BytesOfString => RuntimeFn::BytesCopy,
            Intrinsic::ArrayCopy => RuntimeFn::ArrayCopy,
            Intrinsic::ArrayClear => RuntimeFn::ArrayClear,
            Intrinsic::ArrayForget if !self.elements_refer(types) => return Value::new(),
            Intrinsic::ArrayForget => RuntimeFn::ArrayClear,
            Intrinsic::CharIs => RuntimeFn::CharIs,
            Intrinsic::CharUpper => RuntimeFn::CharUpper,
            Intrinsic::CharLower => RuntimeFn::CharLower,
            Intrinsic::FloatOfText => RuntimeFn::FloatOfText,
            Intrinsic::Exp => RuntimeFn::FloatExp,
            Intrinsic::Log => RuntimeFn::FloatLog,
            Intrinsic::Log2 => RuntimeFn::FloatLog2,
            Intrinsic::Log10 => RuntimeFn::FloatLog10,
            Intrinsic::Sin => RuntimeFn::FloatSin,
            Intrinsic::Cos => RuntimeFn::FloatCos,
            Intrinsic::Tan => RuntimeFn::FloatTan,
            Intrinsic::Asin => RuntimeFn::FloatAsin,
            Intrinsic::Acos => RuntimeFn::FloatAcos,
            Intrinsic::Atan => RuntimeFn::FloatAtan,
            Intrinsic::Sinh => RuntimeFn::FloatSinh,
            Intrinsic::Cosh => RuntimeFn::FloatCosh,
            Intrinsic::Tanh => RuntimeFn::FloatTanh,
            Intrinsic::Cbrt => RuntimeFn::FloatCbrt,
            Intrinsic::Atan2 => RuntimeFn::FloatAtan2,
            Intrinsic::Pow => RuntimeFn::FloatPow,
            Intrinsic::Hypot => RuntimeFn::FloatHypot,
            Intrinsic::FileOpen => RuntimeFn::FileOpen,
            Intrinsic::FileClose => RuntimeFn::FileClose,
            Intrinsic::FileRead => RuntimeFn::FileRead,
            Intrinsic::FileWrite => RuntimeFn::FileWrite,
            Intrinsic::FileSeek => RuntimeFn::FileSeek,
            Intrinsic::FileResize => RuntimeFn::FileResize,
            Intrinsic::FileSync => RuntimeFn::FileSync,
            Intrinsic::FileIsTerminal => RuntimeFn::FileIsTerminal,
            Intrinsic::FileStatus => RuntimeFn::FileStatus,
            Intrinsic::PathStatus => RuntimeFn::PathStatus,
            Intrinsic::PathAccess => RuntimeFn::PathAccess,
            Intrinsic::PathRemove => RuntimeFn::PathRemove,
            Intrinsic::PathRename => RuntimeFn::PathRename,
            Intrinsic::PathLink => RuntimeFn::PathLink,
            Intrinsic::PathLinkTarget => RuntimeFn::PathLinkTarget,
            Intrinsic::PathPermissions => RuntimeFn::PathPermissions,
            Intrinsic::DirectoryCreate => RuntimeFn::DirectoryCreate,
            Intrinsic::DirectoryRead => RuntimeFn::DirectoryRead,
            Intrinsic::WorkingDirectory => RuntimeFn::WorkingDirectory,
            Intrinsic::WorkingDirectorySet => RuntimeFn::WorkingDirectorySet,
            Intrinsic::OutputWrite => RuntimeFn::OutputWrite,
            Intrinsic::OutputFlush => RuntimeFn::OutputFlush,
            Intrinsic::BytesFind => RuntimeFn::BytesFind,
            Intrinsic::BytesValid => RuntimeFn::BytesValid,
            Intrinsic::Clock => RuntimeFn::Clock,
            Intrinsic::Sleep => RuntimeFn::Sleep,
            Intrinsic::RandomBits => RuntimeFn::RandomBits,
            Intrinsic::EnvironmentValue => RuntimeFn::EnvironmentValue,
            Intrinsic::EnvironmentEntry => RuntimeFn::EnvironmentEntry,
            Intrinsic::ProgramArgument => RuntimeFn::ProgramArgument,
            Intrinsic::ProcessExit => RuntimeFn::ProcessExit,
            Intrinsic::ProcessId => RuntimeFn::ProcessId,
            Intrinsic::ProcessStart => RuntimeFn::ProcessStart,
            Intrinsic::ProcessWait => RuntimeFn::ProcessWait,
            Intrinsic::ProcessSignal => RuntimeFn::ProcessSignal,
            Intrinsic::PipeOpen => RuntimeFn::PipeOpen,
            Intrinsic::FilesWait => RuntimeFn::FilesWait,
            Intrinsic::KeptGet => RuntimeFn::KeptGet,
            Intrinsic::KeptSet => RuntimeFn::KeptSet,
        };
        match function.info().result.and_then(Scalar::of_abi) {
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

    /// Whether elements of the type that an intrinsic is given keep something alive.
    fn elements_refer(&mut self, types: TyList) -> bool {
        let element = self.type_argument(types);
        element.is_some_and(|element| {
            !self.program.layouts.array(element).descriptor.references.is_empty()
        })
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
