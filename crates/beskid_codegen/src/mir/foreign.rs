//! Functions that a C library has (language.md §14.2).
//!
//! *Invariants.* An argument of kind [`ForeignType::Bytes`] is a reference in MIR; its address inside the
//! object exists at the call alone, during which the object lives.

use super::{ForeignId, Scalar};
use beskid_analysis::index::IndexVec;
use beskid_analysis::source::Span;

/// All of them, in the order in which they are asked for.
pub type ForeignFunctions = IndexVec<ForeignId, ForeignFunction>;

/// A function of a library.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ForeignFunction {
    /// Its name in C.
    pub symbol: Box<str>,
    /// The library, as the program names it.
    pub library: Box<str>,
    /// Where the program declares it.
    pub span: Span,
    /// What it takes.
    pub parameters: Box<[ForeignType]>,
    /// What it gives.
    pub result: Option<ForeignType>,
}

/// How a value passes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ForeignType {
    /// A number, an address or a `bool`, as it is.
    Plain(Scalar),
    /// An integer that is extended with its sign where C wants a wider one.
    Signed(Scalar),
    /// An integer that is extended with zeros where C wants a wider one.
    Unsigned(Scalar),
    /// `_Bool`; what comes back is 0 for `false`, and may be anything else for `true`.
    Bool,
    /// The address of the bytes of a string, or of the elements of an array.
    Bytes,
}

impl ForeignType {
    /// The kind of the value in MIR.
    #[must_use]
    pub const fn scalar(self) -> Scalar {
        match self {
            Self::Plain(scalar) | Self::Signed(scalar) | Self::Unsigned(scalar) => scalar,
            Self::Bool => Scalar::I8,
            Self::Bytes => Scalar::Ref,
        }
    }
}
