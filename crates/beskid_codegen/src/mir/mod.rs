//! MIR: a monomorphic control-flow graph over typed scalar locals, in which every allocation,
//! barrier, check, conversion and call is explicit.
//!
//! A value of the language is one local per scalar: aggregates that travel in registers
//! (execution.md §3.4) are taken apart when MIR is built, so scalar replacement is the representation
//! itself and calls return several results.
//!
//! *Invariants*, checked by [`verify`]:
//! - A local that is not `mutable` is assigned exactly once, and that assignment dominates its uses.
//! - Operands have the scalar kinds their operation asks for.
//! - What [`OpKind::CallIndirect`] is given is the address of a function whose parameters and results
//!   have the kinds of the operands (checked where the function is known). The code address of a closure
//!   is stored once, before the next safepoint behind its allocation.
//! - The only safepoints are calls and allocations. References live across one are in locals of kind
//!   [`Scalar::Ref`]; no address derived from a reference exists in MIR at all: element and field
//!   addresses are formed at the access.
//! - Every operation has a position; what panics carries that of the source expression.
//! - A block ends in one terminator.
//!
//! *Not here*: names to resolve, generics, types. Lowering to CLIF makes no decisions.

mod binding;
mod body;
pub(crate) mod cfg;
mod effects;
mod export;
mod foreign;
mod names;
pub mod print;
pub mod verify;
mod visit;

pub use binding::{Binding, BindingKind, Place, Scope};
pub use body::{
    Barrier, BinaryOp, Block, BlockData, Body, Callee, CompareOp, Const, Convention, Conversion,
    CounterId, DataId, ForeignId, FuncId, Local, LocalDecl, Op, OpKind, Operand, Origin, Scalar,
    SourcePos, Terminator, UnaryOp,
};

pub use export::{CSignature, CType, Export, Number};
pub use foreign::{ForeignFunction, ForeignFunctions, ForeignType};
pub use names::{Name, Names};

pub(crate) use effects::{collecting_functions, for_each_address};

pub use beskid_analysis::source::Span;

use beskid_analysis::index::IndexVec;

/// All code and data of one compilation unit.
#[derive(Debug)]
pub struct Program {
    /// Functions in a deterministic order.
    pub functions: IndexVec<FuncId, Body>,
    /// Static data.
    pub data: IndexVec<DataId, Data>,
    /// What the functions call in C libraries.
    pub foreign: ForeignFunctions,
    /// Where instructions come from.
    pub origins: Vec<Origin>,
    /// What these are called.
    pub names: Names,
    /// The shim that the runtime calls, if the unit is a program.
    pub entry: Option<FuncId>,
    /// What others may call, if the unit is a library; in the order of the source.
    pub exports: Vec<Export>,
}

/// A static data object.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Data {
    /// A string object with the static header.
    String(Box<str>),
    /// A type descriptor.
    Descriptor(Descriptor),
    /// A closure object with the static header.
    Closure(StaticClosure),
    /// Addresses of functions.
    Table(DispatchTable),
}

/// A closure that captures nothing, so that its value needs no allocation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct StaticClosure {
    /// A closure descriptor without room for captures.
    pub descriptor: DataId,
    /// What it calls.
    pub code: FuncId,
}

/// The functions that a type has for a contract, in the order of the contract.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct DispatchTable {
    /// What the table is for, in dumps: `Circle as Shape`.
    pub name: Box<str>,
    /// Its entries.
    pub functions: Box<[FuncId]>,
}

/// What [`beskid_abi::type_descriptor::TypeDescriptor`] will hold.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Descriptor {
    /// Source name of the type.
    pub name: Box<str>,
    /// How objects are laid out.
    pub kind: DescriptorKind,
    /// Bytes of the object (objects, closures) or of an element (arrays).
    pub size: u32,
    /// Byte offsets of references in the object or element, ascending.
    pub references: Box<[u32]>,
}

/// The kinds of descriptors a unit defines; the one of strings is the runtime's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DescriptorKind {
    /// Fields.
    Object,
    /// An object that holds the payload of one variant of an enum. Which variant it is, control flow
    /// knows: after inlining, code for another one may name it on ways that are never taken.
    Payload,
    /// Elements.
    Array,
    /// Code address and captures.
    Closure,
    /// A closure whose captures are the receiver of a method.
    BoundMethod,
}

impl DescriptorKind {
    /// Whether objects begin with the address of code.
    #[must_use]
    pub const fn has_code(self) -> bool {
        matches!(self, Self::Closure | Self::BoundMethod)
    }
}
