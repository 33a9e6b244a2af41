//! MIR as text, for people and goldens.
//!
//! ```text
//! fn Sum(xs: ref, n: i64) -> i64
//!     mut total: i64
//! bb0:
//!     total = 0                                   // 2:17
//!     length: i64 = len xs                        // 3:20
//!     check_index n, length
//!     element: i64 = load xs[n]
//!     …
//! bb3 (cold):
//!     call runtime.panic(message)  [panics, does not return]
//!     unreachable
//! ```
//!
//! A single-definition local shows its kind where it is assigned, a mutable one at the top. Locals are
//! called as in the source; the second of a name gets its number behind a point, which no source name
//! has. A position stands behind the operation where it differs from that of the line before, with the
//! function (and its file, if that is another) if it was inlined, and the call it came through. Blocks
//! that a pass has emptied are left out.
//!
//! *Invariants.* Equal MIR gives equal text; nothing of the machine or of this run is in it.

use std::fmt::{self, Write};

use beskid_abi::effects::Effects;
use beskid_analysis::index::{Id, IndexVec};
use rustc_hash::FxHashSet;

use super::{
    Barrier, BinaryOp, Block, Body, Callee, CompareOp, Const, Convention, Conversion, Data, DataId,
    FuncId, Local, Op, OpKind, Operand, Program, SourcePos, Terminator, UnaryOp,
};

/// Where comments begin.
const COMMENT_COLUMN: usize = 56;
/// Characters of a string constant that are shown.
const TEXT_LIMIT: usize = 40;

/// The text of a function.
#[must_use]
pub fn function(program: &Program, function: FuncId) -> String {
    let mut text = String::new();
    let printer = Printer::new(program, &program.functions[function]);
    printer.body(&mut text).expect("a string takes any text");
    text
}

/// The text of one operation of a function.
#[must_use]
pub fn operation(program: &Program, body: &Body, op: &OpKind) -> String {
    let mut text = String::new();
    Printer::new(program, body).op(&mut text, op).expect("a string takes any text");
    text
}

/// The name of a local, as the text of its body shows it.
#[must_use]
pub fn local(program: &Program, body: &Body, local: Local) -> String {
    Printer::new(program, body).names[local].clone()
}

struct Printer<'a> {
    program: &'a Program,
    body: &'a Body,
    names: IndexVec<Local, String>,
}

impl<'a> Printer<'a> {
    fn new(program: &'a Program, body: &'a Body) -> Self {
        let mut taken = FxHashSet::default();
        let names = body.locals.enumerate().map(|(local, decl)| match decl.name.as_deref() {
            None => format!("{local:?}"),
            Some(name) if taken.insert(name) && !name.starts_with('_') => name.to_owned(),
            Some(name) => format!("{name}.{}", local.index()),
        });
        Self { program, body, names: names.collect() }
    }

    fn body(&self, out: &mut String) -> fmt::Result {
        write!(out, "fn {}(", self.body.name)?;
        separated(out, &self.body.parameters, |out, &local| self.declaration(out, local))?;
        out.push(')');
        if !self.body.results.is_empty() {
            out.push_str(" -> ");
            separated(out, &self.body.results, |out, scalar| write!(out, "{}", scalar.name()))?;
        }
        match self.body.convention {
            Convention::Internal => {}
            Convention::EntryShim => out.push_str(" entry shim"),
            Convention::ExportShim => out.push_str(" export shim"),
        }
        out.push('\n');
        let mutable = self.body.locals.enumerate().filter(|(_, decl)| decl.mutable);
        for (local, _) in mutable.filter(|(local, _)| !self.body.parameters.contains(local)) {
            out.push_str("    mut ");
            self.declaration(out, local)?;
            out.push('\n');
        }
        let reached = self.reached();
        let mut position = self.body.position;
        for (block, data) in self.body.blocks.enumerate() {
            let emptied = data.ops.is_empty() && data.terminator == Terminator::Unreachable;
            if emptied && !reached[block] {
                continue;
            }
            writeln!(out, "{block:?}{}:", if data.cold { " (cold)" } else { "" })?;
            for op in &data.ops {
                self.line(out, op, &mut position)?;
            }
            out.push_str("    ");
            self.terminator(out, &data.terminator)?;
            out.push('\n');
        }
        Ok(())
    }

    /// Whether something jumps to a block.
    fn reached(&self) -> IndexVec<Block, bool> {
        let mut reached: IndexVec<Block, bool> = self.body.blocks.iter().map(|_| false).collect();
        for data in &self.body.blocks {
            data.terminator.for_each_successor(|next| reached[next] = true);
        }
        reached
    }

    fn line(&self, out: &mut String, op: &Op, position: &mut SourcePos) -> fmt::Result {
        let start = out.len();
        out.push_str("    ");
        self.op(out, &op.kind)?;
        if self.differs(op.position, *position) {
            *position = op.position;
            let width = out[start..].chars().count();
            let padding = COMMENT_COLUMN.saturating_sub(width).max(2);
            write!(out, "{:padding$}// ", "")?;
            self.place(out, op.position)?;
        }
        out.push('\n');
        Ok(())
    }

    /// Whether two positions are different places.
    fn differs(&self, one: SourcePos, other: SourcePos) -> bool {
        let origins = &self.program.origins;
        one != other && origins.get(one.0 as usize) != origins.get(other.0 as usize)
    }

    fn place(&self, out: &mut String, position: SourcePos) -> fmt::Result {
        let origins = &self.program.origins;
        let Some(origin) = origins.get(position.0 as usize) else {
            return write!(out, "no position {}", position.0);
        };
        write!(out, "{}:{}", origin.line, origin.column)?;
        if origin.parent.is_some() {
            write!(out, " of {}", self.program.names.text(origin.function))?;
        }
        let own = origins.get(self.body.position.0 as usize);
        if own.is_some_and(|own| own.file != origin.file) {
            write!(out, " in {}", self.program.names.text(origin.file))?;
        }
        let mut next = origin.parent;
        while let Some(origin) = next.and_then(|parent| origins.get(parent.0 as usize)) {
            write!(out, ", from {}:{}", origin.line, origin.column)?;
            next = origin.parent;
        }
        Ok(())
    }

    fn op(&self, out: &mut String, op: &OpKind) -> fmt::Result {
        self.dests(out, op)?;
        match op {
            OpKind::Copy { value, .. } => self.operand(out, *value),
            OpKind::Unary { op, value, .. } => self.plain(out, unary_name(*op), &[*value]),
            OpKind::Binary { op, left, right, .. } => {
                self.plain(out, binary_name(*op), &[*left, *right])
            }
            OpKind::Compare { op, left, right, .. } => {
                self.plain(out, compare_name(*op), &[*left, *right])
            }
            OpKind::Convert { conversion, value, .. } => {
                self.plain(out, conversion_name(*conversion), &[*value])
            }
            OpKind::Alloc { descriptor, .. } => {
                out.push_str("alloc ");
                self.descriptor(out, *descriptor)
            }
            OpKind::AllocArray { descriptor, length, .. } => {
                out.push_str("alloc_array ");
                self.descriptor(out, *descriptor)?;
                out.push_str(", ");
                self.operand(out, *length)
            }
            OpKind::LoadField { object, offset, .. } => {
                self.plain(out, "load", &[*object])?;
                write!(out, ".{offset}")
            }
            OpKind::StoreField { object, offset, value, barrier } => {
                self.plain(out, "store", &[*object])?;
                write!(out, ".{offset}")?;
                self.stored(out, *value, *barrier)
            }
            OpKind::ArrayLen { array, .. } => self.plain(out, "len", &[*array]),
            OpKind::StringLen { string, .. } => self.plain(out, "string_len", &[*string]),
            OpKind::HashSeed { .. } => write!(out, "hash_seed"),
            OpKind::Count { counter } => write!(out, "count {counter:?}"),
            OpKind::LoadElement { array, index, stride, offset, dest } => {
                self.plain(out, "load", &[*array])?;
                let bytes = self.body.locals[*dest].scalar.bytes();
                self.element(out, *index, *stride, *offset, bytes)
            }
            OpKind::StoreElement { array, index, stride, offset, value, barrier } => {
                self.plain(out, "store", &[*array])?;
                self.element(
                    out,
                    *index,
                    *stride,
                    *offset,
                    value.scalar(&self.body.locals).bytes(),
                )?;
                self.stored(out, *value, *barrier)
            }
            OpKind::CheckIndex { index, length, unsigned } => {
                let name = if *unsigned { "check_unsigned_index" } else { "check_index" };
                self.plain(out, name, &[*index, *length])
            }
            OpKind::CheckDivisor { divisor } => self.plain(out, "check_divisor", &[*divisor]),
            OpKind::CheckChar { value, unsigned } => {
                let name = if *unsigned { "check_unsigned_char" } else { "check_char" };
                self.plain(out, name, &[*value])
            }
            OpKind::LoadTable { table, index, .. } => {
                self.plain(out, "load_table", &[*table])?;
                write!(out, ".{index}")
            }
            OpKind::Call { callee, arguments, .. } => self.call(out, *callee, arguments),
            OpKind::CallIndirect { code, arguments, .. } => {
                self.plain(out, "call_indirect", &[*code])?;
                self.arguments(out, arguments)
            }
            OpKind::EnterProgram { callee, arguments_descriptor, .. } => {
                write!(out, "enter {}(", self.function_name(*callee))?;
                if let Some(descriptor) = arguments_descriptor {
                    out.push_str("command line as ");
                    self.descriptor(out, *descriptor)?;
                }
                out.push(')');
                Ok(())
            }
            OpKind::EnterLibrary => out.write_str("enter_library"),
            OpKind::LeaveLibrary => out.write_str("leave_library"),
        }
    }

    /// `a, b: i64 = `
    fn dests(&self, out: &mut String, op: &OpKind) -> fmt::Result {
        let mut dests = Vec::new();
        op.for_each_dest(|dest| dests.push(dest));
        if dests.is_empty() {
            return Ok(());
        }
        separated(out, &dests, |out, &local| {
            if self.body.locals[local].mutable {
                out.push_str(&self.names[local]);
                return Ok(());
            }
            self.declaration(out, local)
        })?;
        out.push_str(" = ");
        Ok(())
    }

    fn call(&self, out: &mut String, callee: Callee, arguments: &[Operand]) -> fmt::Result {
        match callee {
            Callee::Direct(callee) => write!(out, "call {}", self.function_name(callee))?,
            Callee::Runtime(function) => write!(out, "call runtime.{}", function.info().name)?,
            Callee::Foreign(foreign) => {
                write!(out, "call C.{}", self.program.foreign[foreign].symbol)?;
            }
        }
        self.arguments(out, arguments)?;
        let Callee::Runtime(function) = callee else { return Ok(()) };
        let effects = function.info().effects;
        let names: Vec<&str> = EFFECTS
            .iter()
            .filter(|&&(effect, _)| effects.contains(effect))
            .map(|&(_, name)| name)
            .collect();
        if !names.is_empty() {
            write!(out, "  [{}]", names.join(", "))?;
        }
        Ok(())
    }

    /// `(a, b)`
    fn arguments(&self, out: &mut String, arguments: &[Operand]) -> fmt::Result {
        out.push('(');
        separated(out, arguments, |out, &value| self.operand(out, value))?;
        out.push(')');
        Ok(())
    }

    fn terminator(&self, out: &mut String, terminator: &Terminator) -> fmt::Result {
        match terminator {
            Terminator::Goto(next) => write!(out, "goto {next:?}"),
            Terminator::Branch { condition, then, otherwise } => {
                out.push_str("branch ");
                self.operand(out, *condition)?;
                write!(out, ", {then:?}, {otherwise:?}")
            }
            Terminator::Switch { value, cases, default } => {
                out.push_str("switch ");
                self.operand(out, *value)?;
                for (case, block) in cases {
                    write!(out, ", {case}: {block:?}")?;
                }
                write!(out, ", else {default:?}")
            }
            Terminator::Return(values) if values.is_empty() => write!(out, "return"),
            Terminator::Return(values) => self.plain(out, "return", values),
            Terminator::Unreachable => write!(out, "unreachable"),
        }
    }

    /// `name a, b`
    fn plain(&self, out: &mut String, name: &str, operands: &[Operand]) -> fmt::Result {
        write!(out, "{name} ")?;
        separated(out, operands, |out, &operand| self.operand(out, operand))
    }

    fn declaration(&self, out: &mut String, local: Local) -> fmt::Result {
        write!(out, "{}: {}", self.names[local], self.body.locals[local].scalar.name())
    }

    /// `[index]`, with what does not follow from the element's kind.
    fn element(
        &self,
        out: &mut String,
        index: Operand,
        stride: u32,
        offset: u32,
        bytes: u32,
    ) -> fmt::Result {
        out.push('[');
        self.operand(out, index)?;
        if bytes != stride {
            write!(out, " by {stride}")?;
        }
        out.push(']');
        if offset != 0 {
            write!(out, ".{offset}")?;
        }
        Ok(())
    }

    fn stored(&self, out: &mut String, value: Operand, barrier: Barrier) -> fmt::Result {
        out.push_str(" = ");
        self.operand(out, value)?;
        out.push_str(match barrier {
            Barrier::Scalar => "",
            Barrier::Initialising => "  [initialising]",
            Barrier::Needed => "  [barrier]",
        });
        Ok(())
    }

    fn operand(&self, out: &mut String, operand: Operand) -> fmt::Result {
        match operand {
            Operand::Local(local) => write!(out, "{}", self.names[local]),
            Operand::Const(Const::Int(_, value)) => write!(out, "{value}"),
            Operand::Const(Const::F32(value)) if value.is_nan() => {
                write!(out, "nan_f32({:#x})", value.to_bits())
            }
            Operand::Const(Const::F32(value)) => write!(out, "{value:?}_f32"),
            Operand::Const(Const::F64(value)) if value.is_nan() => {
                write!(out, "nan({:#x})", value.to_bits())
            }
            Operand::Const(Const::F64(value)) => write!(out, "{value:?}"),
            Operand::Const(Const::NullRef) => write!(out, "null"),
            Operand::Const(Const::FunctionAddress(function)) => {
                write!(out, "&{}", self.function_name(function))
            }
            Operand::Const(Const::TableAddress(data) | Const::StaticRef(data)) => {
                self.data(out, data)
            }
        }
    }

    /// A static object, by its contents.
    fn data(&self, out: &mut String, data: DataId) -> fmt::Result {
        match self.program.data.get(data) {
            Some(Data::String(text)) if text.chars().count() <= TEXT_LIMIT => {
                write!(out, "{text:?}")
            }
            Some(Data::String(text)) => {
                let shown: String = text.chars().take(TEXT_LIMIT).collect();
                write!(out, "{shown:?}… ({} bytes)", text.len())
            }
            Some(Data::Closure(closure)) => {
                write!(out, "closure {}", self.function_name(closure.code))
            }
            Some(Data::Table(table)) => write!(out, "table {}", table.name),
            Some(Data::Descriptor(_)) | None => write!(out, "static {data:?}"),
        }
    }

    fn descriptor(&self, out: &mut String, descriptor: DataId) -> fmt::Result {
        match self.program.data.get(descriptor) {
            Some(Data::Descriptor(record)) => write!(out, "{}", record.name),
            Some(_) | None => write!(out, "static {descriptor:?}"),
        }
    }

    fn function_name(&self, function: FuncId) -> &str {
        self.program.functions.get(function).map_or("?", |body| &body.name)
    }
}

/// `a, b, c`
fn separated<T>(
    out: &mut String,
    items: &[T],
    mut print: impl FnMut(&mut String, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        print(out, item)?;
    }
    Ok(())
}

/// The effects of runtime functions in words.
const EFFECTS: [(Effects, &str); 5] = [
    (Effects::PURE, "pure"),
    (Effects::MAY_COLLECT, "collects"),
    (Effects::MAY_PANIC, "panics"),
    (Effects::NO_RETURN, "does not return"),
    (Effects::RUNS_PROGRAM, "runs the program"),
];

fn unary_name(op: UnaryOp) -> &'static str {
    match op {
        UnaryOp::INeg => "neg",
        UnaryOp::INot => "not",
        UnaryOp::BoolNot => "bool_not",
        UnaryOp::FNeg => "fneg",
        UnaryOp::FAbs => "fabs",
        UnaryOp::FSqrt => "fsqrt",
        UnaryOp::FFloor => "ffloor",
        UnaryOp::FCeil => "fceil",
        UnaryOp::FTrunc => "ftrunc",
        UnaryOp::FNearest => "fnearest",
        UnaryOp::ICountOnes => "count_ones",
        UnaryOp::ILeadingZeros => "leading_zeros",
        UnaryOp::ITrailingZeros => "trailing_zeros",
    }
}

fn binary_name(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::IAdd => "add",
        BinaryOp::ISub => "sub",
        BinaryOp::IMul => "mul",
        BinaryOp::SDiv => "sdiv",
        BinaryOp::UDiv => "udiv",
        BinaryOp::SRem => "srem",
        BinaryOp::URem => "urem",
        BinaryOp::And => "and",
        BinaryOp::Or => "or",
        BinaryOp::Xor => "xor",
        BinaryOp::UMulHigh => "umul_high",
        BinaryOp::Shl => "shl",
        BinaryOp::UShr => "ushr",
        BinaryOp::SShr => "sshr",
        BinaryOp::FAdd => "fadd",
        BinaryOp::FSub => "fsub",
        BinaryOp::FMul => "fmul",
        BinaryOp::FDiv => "fdiv",
    }
}

fn compare_name(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => "eq",
        CompareOp::Ne => "ne",
        CompareOp::SLt => "slt",
        CompareOp::SLe => "sle",
        CompareOp::SGt => "sgt",
        CompareOp::SGe => "sge",
        CompareOp::ULt => "ult",
        CompareOp::ULe => "ule",
        CompareOp::UGt => "ugt",
        CompareOp::UGe => "uge",
        CompareOp::FEq => "feq",
        CompareOp::FNe => "fne",
        CompareOp::FLt => "flt",
        CompareOp::FLe => "fle",
        CompareOp::FGt => "fgt",
        CompareOp::FGe => "fge",
    }
}

fn conversion_name(conversion: Conversion) -> &'static str {
    match conversion {
        Conversion::ZeroExtend => "zero_extend",
        Conversion::SignExtend => "sign_extend",
        Conversion::Truncate => "truncate",
        Conversion::SignedToFloat => "signed_to_float",
        Conversion::UnsignedToFloat => "unsigned_to_float",
        Conversion::FloatToSigned => "float_to_signed",
        Conversion::FloatToUnsigned => "float_to_unsigned",
        Conversion::Promote => "promote",
        Conversion::Demote => "demote",
        Conversion::Bits => "bits",
    }
}
