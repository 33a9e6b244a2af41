//! Operands and destinations have the scalar kinds that their operation asks for.

use super::{Fault, calls, descriptor_of};
use crate::mir::{
    Barrier, BinaryOp, Block, Body, CompareOp, Conversion, DataId, DescriptorKind, Local, OpKind,
    Operand, Program, Scalar, Terminator, UnaryOp,
};

/// Checks every operation and terminator, reached or not.
pub(super) fn verify(program: &Program, body: &Body) -> Result<(), Fault> {
    let cx = KindCx { program, body };
    for (block, data) in body.blocks.enumerate() {
        for (index, op) in data.ops.iter().enumerate() {
            cx.op(&op.kind).map_err(|message| Fault::of_op(block, index, message))?;
        }
        cx.terminator(block).map_err(|message| Fault::of_block(block, message))?;
    }
    calls::verify_export_shim(body)?;
    calls::verify_entry_shim(body)
}

/// What kinds depend on.
#[derive(Clone, Copy)]
pub(super) struct KindCx<'a> {
    pub(super) program: &'a Program,
    pub(super) body: &'a Body,
}

impl KindCx<'_> {
    pub(super) fn of(self, operand: Operand) -> Scalar {
        operand.scalar(&self.body.locals)
    }

    fn op(self, op: &OpKind) -> Result<(), String> {
        match op {
            OpKind::Copy { dest, value } => self.is("the value", *value, self.dest(*dest)),
            OpKind::Unary { dest, op, value } => {
                let kind = self.dest(*dest);
                let allowed = match op {
                    UnaryOp::INeg | UnaryOp::INot => kind.is_int(),
                    UnaryOp::ICountOnes | UnaryOp::ILeadingZeros | UnaryOp::ITrailingZeros => {
                        kind.is_int()
                    }
                    UnaryOp::BoolNot => kind == Scalar::I8,
                    UnaryOp::FNeg
                    | UnaryOp::FAbs
                    | UnaryOp::FSqrt
                    | UnaryOp::FFloor
                    | UnaryOp::FCeil
                    | UnaryOp::FTrunc
                    | UnaryOp::FNearest => kind.is_float(),
                };
                allows(allowed, kind)?;
                self.is("the operand", *value, kind)
            }
            OpKind::Binary { dest, op, left, right } => {
                let kind = self.dest(*dest);
                let allowed = match op {
                    BinaryOp::UMulHigh => kind == Scalar::I64,
                    op if is_float_op(*op) => kind.is_float(),
                    _ => kind.is_int(),
                };
                allows(allowed, kind)?;
                self.is("the left operand", *left, kind)?;
                self.is("the right operand", *right, kind)
            }
            OpKind::Compare { dest, op, left, right } => {
                self.dest_is(*dest, Scalar::I8)?;
                let kind = self.of(*left);
                let allowed = match op {
                    CompareOp::Eq | CompareOp::Ne => kind.is_int() || kind == Scalar::Ref,
                    CompareOp::FEq
                    | CompareOp::FNe
                    | CompareOp::FLt
                    | CompareOp::FLe
                    | CompareOp::FGt
                    | CompareOp::FGe => kind.is_float(),
                    _ => kind.is_int(),
                };
                allows(allowed, kind)?;
                self.is("the right operand", *right, kind)
            }
            OpKind::Convert { dest, conversion, value } => {
                convert(*conversion, self.of(*value), self.dest(*dest))
            }
            OpKind::Alloc { dest, descriptor } => {
                self.dest_is(*dest, Scalar::Ref)?;
                self.descriptor_is(*descriptor, |kind| kind != DescriptorKind::Array)
            }
            OpKind::AllocArray { dest, descriptor, length } => {
                self.dest_is(*dest, Scalar::Ref)?;
                self.is("the length", *length, Scalar::I64)?;
                self.descriptor_is(*descriptor, |kind| kind == DescriptorKind::Array)
            }
            OpKind::LoadField { object, .. } => self.is("the object", *object, Scalar::Ref),
            OpKind::StoreField { object, value, barrier, .. } => {
                self.is("the object", *object, Scalar::Ref)?;
                self.barrier(*barrier, *value)
            }
            OpKind::ArrayLen { dest, array } => {
                self.dest_is(*dest, Scalar::I64)?;
                self.is("the array", *array, Scalar::Ref)
            }
            OpKind::HashSeed { dest } => self.dest_is(*dest, Scalar::I64),
            OpKind::Count { .. } => Ok(()),
            OpKind::StringLen { dest, string } => {
                self.dest_is(*dest, Scalar::I64)?;
                self.is("the string", *string, Scalar::Ref)
            }
            OpKind::LoadElement { array, index, .. } => {
                self.is("the array", *array, Scalar::Ref)?;
                self.is("the index", *index, Scalar::I64)
            }
            OpKind::StoreElement { array, index, value, barrier, .. } => {
                self.is("the array", *array, Scalar::Ref)?;
                self.is("the index", *index, Scalar::I64)?;
                self.barrier(*barrier, *value)
            }
            OpKind::CheckIndex { index, length, .. } => {
                self.is("the index", *index, Scalar::I64)?;
                self.is("the length", *length, Scalar::I64)
            }
            OpKind::CheckDivisor { divisor } => {
                allows(self.of(*divisor).is_int(), self.of(*divisor))
            }
            OpKind::CheckChar { value, .. } => self.is("the value", *value, Scalar::I64),
            OpKind::LoadTable { dest, table, index } => {
                self.dest_is(*dest, Scalar::I64)?;
                calls::verify_table(self, *table, *index)
            }
            OpKind::CallIndirect { results, code, arguments } => {
                calls::verify_indirect_call(self, results, *code, arguments)
            }
            OpKind::Call { results, callee, arguments } => {
                calls::verify_call(self, results, *callee, arguments)
            }
            OpKind::EnterProgram { results, callee, arguments_descriptor } => {
                calls::verify_entry(self, results, *callee, *arguments_descriptor)
            }
            OpKind::EnterLibrary | OpKind::LeaveLibrary => Ok(()),
        }
    }

    fn terminator(self, block: Block) -> Result<(), String> {
        match &self.body.blocks[block].terminator {
            Terminator::Goto(_) | Terminator::Unreachable => Ok(()),
            Terminator::Branch { condition, .. } => {
                self.is("the condition", *condition, Scalar::I8)
            }
            Terminator::Switch { value, cases, .. } => {
                let kind = self.of(*value);
                allows(kind.is_int(), kind)?;
                let unused = 64 - kind.bytes() * 8;
                let mut values: Vec<i64> = cases.iter().map(|&(value, _)| value).collect();
                if values.iter().any(|value| value << unused >> unused != *value) {
                    return Err(format!("a case does not fit {}", kind.name()));
                }
                values.sort_unstable();
                match values.windows(2).find(|pair| pair[0] == pair[1]) {
                    Some(pair) => Err(format!("case {} stands twice", pair[0])),
                    None => Ok(()),
                }
            }
            Terminator::Return(values) => self.all_are("result", values, &self.body.results),
        }
    }

    /// Whether values have these kinds, one by one.
    pub(super) fn all_are(
        self,
        what: &str,
        values: &[Operand],
        kinds: &[Scalar],
    ) -> Result<(), String> {
        let kinds_of: Vec<Scalar> = values.iter().map(|&value| self.of(value)).collect();
        fit(what, &kinds_of, kinds)
    }

    fn dest(self, dest: Local) -> Scalar {
        self.body.locals[dest].scalar
    }

    pub(super) fn is(self, what: &str, operand: Operand, kind: Scalar) -> Result<(), String> {
        match self.of(operand) {
            found if found == kind => Ok(()),
            found => Err(format!("{what} is {} and must be {}", found.name(), kind.name())),
        }
    }

    fn dest_is(self, dest: Local, kind: Scalar) -> Result<(), String> {
        self.is("the destination", Operand::Local(dest), kind)
    }

    fn barrier(self, barrier: Barrier, value: Operand) -> Result<(), String> {
        if (barrier == Barrier::Scalar) == (self.of(value) == Scalar::Ref) {
            return Err("a store has a barrier exactly if it stores a reference".to_owned());
        }
        Ok(())
    }

    fn descriptor_is(
        self,
        descriptor: DataId,
        allowed: impl FnOnce(DescriptorKind) -> bool,
    ) -> Result<(), String> {
        match descriptor_of(self.program, descriptor) {
            Some(record) if allowed(record.kind) => Ok(()),
            Some(record) => Err(format!("`{}` is {:?}", record.name, record.kind)),
            None => Err(format!("{descriptor:?} is no descriptor")),
        }
    }
}

/// Whether lists of kinds are equal.
pub(super) fn fit(what: &str, found: &[Scalar], expected: &[Scalar]) -> Result<(), String> {
    if found.len() != expected.len() {
        return Err(format!("{} {what}s where {} are due", found.len(), expected.len()));
    }
    match found.iter().zip(expected).position(|(found, expected)| found != expected) {
        None => Ok(()),
        Some(index) => {
            let (found, expected) = (found[index].name(), expected[index].name());
            Err(format!("{what} {index} is {found} and must be {expected}"))
        }
    }
}

fn allows(allowed: bool, kind: Scalar) -> Result<(), String> {
    if allowed { Ok(()) } else { Err(format!("not an operation on {}", kind.name())) }
}

fn is_float_op(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::FAdd | BinaryOp::FSub | BinaryOp::FMul | BinaryOp::FDiv)
}

fn convert(conversion: Conversion, from: Scalar, to: Scalar) -> Result<(), String> {
    let allowed = match conversion {
        Conversion::ZeroExtend | Conversion::SignExtend => {
            from.is_int() && to.is_int() && from.bytes() < to.bytes()
        }
        Conversion::Truncate => from.is_int() && to.is_int() && from.bytes() > to.bytes(),
        Conversion::SignedToFloat | Conversion::UnsignedToFloat => from.is_int() && to.is_float(),
        Conversion::FloatToSigned | Conversion::FloatToUnsigned => from.is_float() && to.is_int(),
        Conversion::Promote => from == Scalar::F32 && to == Scalar::F64,
        Conversion::Demote => from == Scalar::F64 && to == Scalar::F32,
        Conversion::Bits => from.is_float() != to.is_float() && from.bytes() == to.bytes(),
    };
    if allowed {
        return Ok(());
    }
    Err(format!("it does not lead from {} to {}", from.name(), to.name()))
}
