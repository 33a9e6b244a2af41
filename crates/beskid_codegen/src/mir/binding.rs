//! Bindings of the source that debuggers show.
//!
//! *Invariants.* Only code that is not optimised has them: optimised locals come and go, and no place could
//! be named for them. A binding is one local, whose kind fits what it is.
//!
//! *Absent*: values of several scalars, and captured variables, which live in objects.

use super::{Local, Scalar, SourcePos};

/// A parameter or local of the source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binding {
    /// Its name.
    pub name: Box<str>,
    /// What it is.
    pub kind: BindingKind,
    /// What holds it.
    pub local: Local,
    /// Where it is declared; [`SourcePos::NOWHERE`] in code the compiler made.
    pub position: SourcePos,
}

/// The types of which debuggers show values.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum BindingKind {
    /// `bool`
    Bool,
    /// `char`
    Char,
    /// `i8` to `i64`, by its bits.
    Signed(u32),
    /// `u8` to `u64`, by its bits.
    Unsigned(u32),
    /// `f32` or `f64`, by its bits.
    Float(u32),
    /// `ptr`
    Address,
    /// `string`
    Text,
}

impl BindingKind {
    /// What holds such a value.
    #[must_use]
    pub const fn scalar(self) -> Scalar {
        match self {
            Self::Bool | Self::Signed(8) | Self::Unsigned(8) => Scalar::I8,
            Self::Signed(16) | Self::Unsigned(16) => Scalar::I16,
            Self::Char | Self::Signed(32) | Self::Unsigned(32) => Scalar::I32,
            Self::Address | Self::Signed(_) | Self::Unsigned(_) => Scalar::I64,
            Self::Float(32) => Scalar::F32,
            Self::Float(_) => Scalar::F64,
            Self::Text => Scalar::Ref,
        }
    }
}
