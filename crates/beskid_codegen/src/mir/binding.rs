//! Bindings of the source that debuggers show.
//!
//! *Invariants.* Only in code that is not optimised they have a local, whose kind fits what they are: optimised
//! locals come and go, and no place could be named for them.
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
    /// What holds it, if the code is not optimised.
    pub local: Option<Local>,
    /// Whether callers give it its value.
    pub is_parameter: bool,
    /// Where it is declared; [`SourcePos::NOWHERE`] in code the compiler made.
    pub position: SourcePos,
    /// What its name means it in.
    pub scope: Scope,
}

/// A line and a column, from 1.
pub type Place = (u32, u32);

/// A stretch of the source in which a name may mean something.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Scope {
    /// Where it begins.
    pub from: Place,
    /// Where in it the name begins to.
    pub since: Place,
    /// Where it has ended.
    pub to: Place,
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
