//! One function: locals, blocks, operations.

use beskid_abi::code_map::Author;
use beskid_abi::runtime_fn::RuntimeFn;
use beskid_abi::scalar::AbiType;
use beskid_analysis::index::IndexVec;

use super::{Binding, Name};

beskid_analysis::define_ids! {
    /// A function of the program.
    FuncId "f";
    /// A static data object of the program.
    DataId "d";
    /// A function of a C library.
    ForeignId "c";
    /// A counter of a program that is measured.
    CounterId "n";
    /// A scalar local of a body.
    Local "_";
    /// A basic block of a body; the first is the entry.
    Block "bb";
}

/// The kinds of values a local can hold.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scalar {
    /// 8 bits; a `bool` is 0 or 1.
    I8,
    /// 16 bits.
    I16,
    /// 32 bits; a `char` too.
    I32,
    /// 64 bits; an opaque machine address too.
    I64,
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary64.
    F64,
    /// A reference to an object: in stack maps where it is live across a safepoint.
    Ref,
}

impl Scalar {
    /// What travels as a kind of the boundary; the thread context is no operand.
    #[must_use]
    pub const fn of_abi(kind: AbiType) -> Option<Self> {
        match kind {
            AbiType::ThreadContext => None,
            AbiType::GcRef => Some(Self::Ref),
            AbiType::Bool => Some(Self::I8),
            AbiType::Char | AbiType::I32 => Some(Self::I32),
            AbiType::I64 | AbiType::Ptr => Some(Self::I64),
            AbiType::F32 => Some(Self::F32),
            AbiType::F64 => Some(Self::F64),
        }
    }

    /// Bytes in memory; also the alignment.
    #[must_use]
    pub const fn bytes(self) -> u32 {
        match self {
            Self::I8 => 1,
            Self::I16 => 2,
            Self::I32 | Self::F32 => 4,
            Self::I64 | Self::F64 | Self::Ref => 8,
        }
    }

    /// Whether it is an integer.
    #[must_use]
    pub const fn is_int(self) -> bool {
        matches!(self, Self::I8 | Self::I16 | Self::I32 | Self::I64)
    }

    /// Whether it is a float.
    #[must_use]
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// The name in printed MIR.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Ref => "ref",
        }
    }
}

/// Index into [`super::Program::origins`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct SourcePos(pub u32);

impl SourcePos {
    /// Code the compiler made that stands for no text: a whole body is without positions or none of its
    /// operations is. Traces show no line for it.
    pub const NOWHERE: Self = Self(u32::MAX);
}

/// A place in the source, as traces name it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Origin {
    /// Source name of the function whose text it is: `main`, `Point.Manhattan`.
    pub function: Name,
    /// File as the user named it.
    pub file: Name,
    /// Line, from 1.
    pub line: u32,
    /// Column in Unicode scalar values, from 1.
    pub column: u32,
    /// The call this was inlined into.
    pub parent: Option<SourcePos>,
    /// Whose text it is.
    pub author: Author,
}

/// How a function is called.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Convention {
    /// Between Beskid functions: Cranelift's tail convention, the thread context in the pinned register.
    Internal,
    /// The entry shim: C convention, one parameter (the thread context), returns the exit status as
    /// `i64`. Saves, loads and restores the pinned register around its one call.
    EntryShim,
    /// An export shim: C convention, called by C. It enters the library first and leaves it last.
    ExportShim,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Body {
    /// Mangled symbol (execution.md §5).
    pub symbol: String,
    /// Source name for traces.
    pub name: String,
    /// How it is called.
    pub convention: Convention,
    /// The parameters: locals that are assigned on entry.
    pub parameters: Vec<Local>,
    /// Kinds of the results.
    pub results: Vec<Scalar>,
    /// All locals.
    pub locals: IndexVec<Local, LocalDecl>,
    /// What debuggers show of the locals; empty in optimised code.
    pub bindings: Vec<Binding>,
    /// All blocks; the first is the entry, which nothing jumps to.
    pub blocks: IndexVec<Block, BlockData>,
    /// Where the function stands; [`SourcePos::NOWHERE`] of code the compiler made.
    pub position: SourcePos,
}

/// What is known of a local.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LocalDecl {
    /// What it holds.
    pub scalar: Scalar,
    /// Whether it may be assigned more than once.
    pub mutable: bool,
    /// The source binding it stands for, for the printer.
    pub name: Option<Box<str>>,
}

/// A basic block.
#[derive(Clone, Debug)]
pub struct BlockData {
    /// Its operations.
    pub ops: Vec<Op>,
    /// How it ends.
    pub terminator: Terminator,
    /// Whether it is off the usual path.
    pub cold: bool,
}

/// An operation with its place.
#[derive(Clone, PartialEq, Debug)]
pub struct Op {
    /// What it does.
    pub kind: OpKind,
    /// Where it comes from.
    pub position: SourcePos,
}

/// A constant of a scalar kind.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Const {
    /// An integer of that kind, sign-extended.
    Int(Scalar, i64),
    /// An `f32`.
    F32(f32),
    /// An `f64`.
    F64(f64),
    /// The address of a static string or closure, as a reference.
    StaticRef(DataId),
    /// The address of a function's code, an `i64`: the function is called by the internal convention.
    FunctionAddress(FuncId),
    /// The address of a dispatch table, an `i64`.
    TableAddress(DataId),
    /// The null reference, where a shape has one (`Option` of a reference).
    NullRef,
}

impl Const {
    /// The kind of the constant.
    #[must_use]
    pub const fn scalar(self) -> Scalar {
        match self {
            Self::Int(scalar, _) => scalar,
            Self::F32(_) => Scalar::F32,
            Self::F64(_) => Scalar::F64,
            Self::FunctionAddress(_) | Self::TableAddress(_) => Scalar::I64,
            Self::StaticRef(_) | Self::NullRef => Scalar::Ref,
        }
    }
}

/// What an operation reads.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Operand {
    /// A local.
    Local(Local),
    /// A constant.
    Const(Const),
}

impl From<Local> for Operand {
    fn from(local: Local) -> Self {
        Self::Local(local)
    }
}

impl Operand {
    /// The kind of the value; `locals` are those of the body it stands in.
    #[must_use]
    pub fn scalar(self, locals: &IndexVec<Local, LocalDecl>) -> Scalar {
        match self {
            Self::Local(local) => locals[local].scalar,
            Self::Const(constant) => constant.scalar(),
        }
    }
}

/// Arithmetic of one operand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UnaryOp {
    /// Two's complement negation.
    INeg,
    /// All bits.
    INot,
    /// `1 - x` of a `bool`.
    BoolNot,
    /// Sign flip.
    FNeg,
    /// Without sign.
    FAbs,
    /// Square root.
    FSqrt,
    /// To an integral value, downwards.
    FFloor,
    /// To an integral value, upwards.
    FCeil,
    /// To an integral value, towards zero.
    FTrunc,
    /// To the nearest integral value, ties to even.
    FNearest,
    /// How many bits are 1.
    ICountOnes,
    /// How many bits above the highest 1 are 0; the width for 0.
    ILeadingZeros,
    /// How many bits below the lowest 1 are 0; the width for 0.
    ITrailingZeros,
}

/// Arithmetic of two operands of one kind (shifts: the count is reduced modulo the width by the
/// operation and is of the same kind).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinaryOp {
    /// Wrapping.
    IAdd,
    /// Wrapping.
    ISub,
    /// Wrapping.
    IMul,
    /// The upper half of the product without sign, of 64 bits alone.
    UMulHigh,
    /// Signed, towards zero; `MIN / -1` is `MIN`; the divisor is known not to be 0.
    SDiv,
    /// Unsigned; the divisor is known not to be 0.
    UDiv,
    /// Signed, sign of the dividend; `MIN % -1` is 0; the divisor is known not to be 0.
    SRem,
    /// Unsigned; the divisor is known not to be 0.
    URem,
    /// Bitwise.
    And,
    /// Bitwise.
    Or,
    /// Bitwise.
    Xor,
    /// Left.
    Shl,
    /// Right, filling with zeros.
    UShr,
    /// Right, filling with the sign.
    SShr,
    /// IEEE.
    FAdd,
    /// IEEE.
    FSub,
    /// IEEE.
    FMul,
    /// IEEE.
    FDiv,
}

/// Comparisons; the result is an `i8` of 0 or 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CompareOp {
    /// Integers, references.
    Eq,
    /// Integers, references.
    Ne,
    /// Signed.
    SLt,
    /// Signed.
    SLe,
    /// Signed.
    SGt,
    /// Signed.
    SGe,
    /// Unsigned.
    ULt,
    /// Unsigned.
    ULe,
    /// Unsigned.
    UGt,
    /// Unsigned.
    UGe,
    /// IEEE: false with NaN.
    FEq,
    /// IEEE: true with NaN.
    FNe,
    /// IEEE: false with NaN.
    FLt,
    /// IEEE: false with NaN.
    FLe,
    /// IEEE: false with NaN.
    FGt,
    /// IEEE: false with NaN.
    FGe,
}

/// Changes of scalar kind.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Conversion {
    /// To a wider integer, with zeros.
    ZeroExtend,
    /// To a wider integer, with the sign.
    SignExtend,
    /// To a narrower integer.
    Truncate,
    /// Signed integer to float, to nearest even.
    SignedToFloat,
    /// Unsigned integer to float, to nearest even.
    UnsignedToFloat,
    /// Float to signed integer of the destination's width, saturating, NaN to 0.
    FloatToSigned,
    /// Float to unsigned integer of the destination's width, saturating, NaN to 0.
    FloatToUnsigned,
    /// `f32` to `f64`.
    Promote,
    /// `f64` to `f32`, to nearest even.
    Demote,
    /// The same bits as another kind of the same width.
    Bits,
}

/// What a store of a reference has to tell the collector, and why.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Barrier {
    /// Not a reference.
    Scalar,
    /// The object was allocated since the last safepoint: nothing was overwritten and it is young.
    Initialising,
    /// Both barriers are due.
    Needed,
}

/// What a call calls.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Callee {
    /// A function of the program.
    Direct(FuncId),
    /// A function of the runtime; the thread context is passed by the lowering where the table asks
    /// for it and is not among the arguments.
    Runtime(RuntimeFn),
    /// A function of a library, by C's convention. A safepoint: what it is given lives until it returns.
    Foreign(ForeignId),
}

/// The operations.
#[derive(Clone, PartialEq, Debug)]
pub enum OpKind {
    /// `dest = value`
    Copy {
        /// Assigned.
        dest: Local,
        /// Read.
        value: Operand,
    },
    /// `dest = op value`
    Unary {
        /// Assigned.
        dest: Local,
        /// Which.
        op: UnaryOp,
        /// Read.
        value: Operand,
    },
    /// `dest = op left, right`
    Binary {
        /// Assigned.
        dest: Local,
        /// Which.
        op: BinaryOp,
        /// Read.
        left: Operand,
        /// Read.
        right: Operand,
    },
    /// `dest = op left, right`, an `i8` of 0 or 1
    Compare {
        /// Assigned.
        dest: Local,
        /// Which.
        op: CompareOp,
        /// Read.
        left: Operand,
        /// Read.
        right: Operand,
    },
    /// `dest = conversion value`
    Convert {
        /// Assigned; its kind says to what.
        dest: Local,
        /// Which.
        conversion: Conversion,
        /// Read.
        value: Operand,
    },
    /// A zeroed object of a descriptor's size. A safepoint.
    Alloc {
        /// Assigned.
        dest: Local,
        /// An object or closure descriptor of at most
        /// [`beskid_abi::object::MAX_INLINE_OBJECT`] bytes.
        descriptor: DataId,
    },
    /// A zeroed array; a negative length panics. A safepoint.
    AllocArray {
        /// Assigned.
        dest: Local,
        /// An array descriptor.
        descriptor: DataId,
        /// `i64`.
        length: Operand,
    },
    /// `dest = object.offset`
    LoadField {
        /// Assigned; its kind says how much.
        dest: Local,
        /// Read.
        object: Operand,
        /// Bytes from the object's start.
        offset: u32,
    },
    /// `object.offset = value`
    StoreField {
        /// Read.
        object: Operand,
        /// Bytes from the object's start.
        offset: u32,
        /// Read.
        value: Operand,
        /// What the collector is told.
        barrier: Barrier,
    },
    /// `dest = length of array`, an `i64` that is never negative and never changes
    ArrayLen {
        /// Assigned.
        dest: Local,
        /// Read.
        array: Operand,
    },
    /// `dest = bytes of string`, an `i64`
    StringLen {
        /// Assigned.
        dest: Local,
        /// Read.
        string: Operand,
    },
    /// `dest = array[index].offset`, with the index known to be in bounds
    LoadElement {
        /// Assigned; its kind says how much.
        dest: Local,
        /// Read.
        array: Operand,
        /// `i64`.
        index: Operand,
        /// Bytes of an element.
        stride: u32,
        /// Bytes from the element's start.
        offset: u32,
    },
    /// `array[index].offset = value`, with the index known to be in bounds
    StoreElement {
        /// Read.
        array: Operand,
        /// `i64`.
        index: Operand,
        /// Bytes of an element.
        stride: u32,
        /// Bytes from the element's start.
        offset: u32,
        /// Read.
        value: Operand,
        /// What the collector is told.
        barrier: Barrier,
    },
    /// Panics unless `index < length`, both `i64`, compared unsigned. `unsigned` says how the message
    /// prints the index.
    CheckIndex {
        /// Read.
        index: Operand,
        /// Read.
        length: Operand,
        /// Whether the source's index type is unsigned.
        unsigned: bool,
    },
    /// Panics if the integer is 0.
    CheckDivisor {
        /// Read.
        divisor: Operand,
    },
    /// Panics unless the `i64` is a Unicode scalar value. `unsigned` says how the message prints it.
    CheckChar {
        /// Read.
        value: Operand,
        /// Whether the source's integer type is unsigned.
        unsigned: bool,
    },
    /// `results = callee(arguments)`. A safepoint unless the callee is a runtime function that does
    /// not collect.
    Call {
        /// Assigned.
        results: Vec<Local>,
        /// Called.
        callee: Callee,
        /// Read.
        arguments: Vec<Operand>,
    },
    /// `dest = the number that hashes begin with`, the same one during the whole run
    HashSeed {
        /// Assigned; an `i64`.
        dest: Local,
    },
    /// Adds one to a counter: what comes next has begun to run.
    Count {
        /// Which.
        counter: CounterId,
    },
    /// `dest = table[index]`, the address of a function
    LoadTable {
        /// Assigned; an `i64`.
        dest: Local,
        /// An `i64`: the address of a dispatch table with that entry.
        table: Operand,
        /// Which entry.
        index: u32,
    },
    /// `results = code(arguments)`, by the internal convention. The kinds of the results and of the
    /// arguments are those of the function. A safepoint.
    CallIndirect {
        /// Assigned.
        results: Vec<Local>,
        /// An `i64`: the address of a function.
        code: Operand,
        /// Read.
        arguments: Vec<Operand>,
    },
    /// `results = main(…)` of the entry shim: the same as a call, with the pinned register loaded from
    /// the shim's parameter around it.
    EnterProgram {
        /// Assigned.
        results: Vec<Local>,
        /// Called.
        callee: FuncId,
        /// The runtime's array descriptor argument, if `main` takes the command line.
        arguments_descriptor: Option<DataId>,
    },
    /// C has called: loads the pinned register with the thread context of the library, and links an
    /// [entry frame](beskid_abi::library::EntryFrame) into it. The first operation of an export shim.
    EnterLibrary,
    /// Back to C: takes the entry frame out and restores the pinned register. The last operation of an
    /// export shim.
    LeaveLibrary,
}

/// How a block ends.
#[derive(Clone, PartialEq, Debug)]
pub enum Terminator {
    /// To a block.
    Goto(Block),
    /// By an `i8` of 0 or 1.
    Branch {
        /// Read.
        condition: Operand,
        /// If it is 1.
        then: Block,
        /// If it is 0.
        otherwise: Block,
    },
    /// By the value of an integer.
    Switch {
        /// Read.
        value: Operand,
        /// Distinct values.
        cases: Vec<(i64, Block)>,
        /// For all other values.
        default: Block,
    },
    /// Out of the function.
    Return(Vec<Operand>),
    /// After a call that does not return.
    Unreachable,
}
