//! Attributes of the checked program (language.md §14.1): which are declared, which stand where, with
//! which values.
//!
//! *Invariants.* Applications are in order of the names they stand before. A value has the type of its
//! parameter.

use super::{Constant, ModuleId};
use crate::source::Span;
use crate::symbol::Symbol;
use crate::types::Ty;

crate::define_ids! {
    /// A declared attribute.
    AttributeId "attribute";
}

/// What an attribute may stand before.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Target {
    /// A `type`.
    Type,
    /// An `enum`.
    Enum,
    /// A `contract`.
    Contract,
    /// A `mod`.
    Module,
    /// A function.
    Function,
    /// A method, also of a contract.
    Method,
    /// A field or event of a `type`.
    Field,
    /// A parameter.
    Parameter,
}

impl Target {
    /// All of them, in the order of the specification.
    pub const ALL: [Self; 8] = [
        Self::Type,
        Self::Enum,
        Self::Contract,
        Self::Module,
        Self::Function,
        Self::Method,
        Self::Field,
        Self::Parameter,
    ];

    /// The name in a declaration: `TypeDeclaration`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Type => "TypeDeclaration",
            Self::Enum => "EnumDeclaration",
            Self::Contract => "ContractDeclaration",
            Self::Module => "ModuleDeclaration",
            Self::Function => "FunctionDeclaration",
            Self::Method => "MethodDeclaration",
            Self::Field => "FieldDeclaration",
            Self::Parameter => "ParameterDeclaration",
        }
    }

    /// The word in messages, with its article.
    #[must_use]
    pub const fn one(self) -> &'static str {
        match self {
            Self::Type => "a type",
            Self::Enum => "an enum",
            Self::Contract => "a contract",
            Self::Module => "a module",
            Self::Function => "a function",
            Self::Method => "a method",
            Self::Field => "a field",
            Self::Parameter => "a parameter",
        }
    }
}

/// Attributes that the compiler knows itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BuiltinAttribute {
    /// `[Extern(Abi: "C", Library: "libm.so.6")]`, before a contract (language.md §14.2).
    Extern,
    /// `[Export(Name: "beskid_add")]`, before a function (language.md §14.3).
    Export,
}

/// Which attribute is applied.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AttributeKind {
    /// One of the program.
    Declared(AttributeId),
    /// One of the compiler.
    Builtin(BuiltinAttribute),
}

/// A declared attribute.
#[derive(Debug)]
pub struct AttributeDef {
    /// Its module.
    pub module: ModuleId,
    /// Its name.
    pub name: Symbol,
    /// Whether it is `pub`.
    pub public: bool,
    /// What it may stand before, each once.
    pub targets: Vec<Target>,
    /// What it takes.
    pub parameters: Vec<AttributeParameter>,
    /// Place of the name.
    pub span: Span,
}

/// A parameter of an attribute.
#[derive(Debug)]
pub struct AttributeParameter {
    /// Its name.
    pub name: Symbol,
    /// Its type, primitive or `string`.
    pub ty: Ty,
    /// The value if it is left out.
    pub default: Option<Constant>,
}

/// An attribute before something.
#[derive(Debug)]
pub struct AppliedAttribute {
    /// The place of the name of what it stands before.
    pub on: Span,
    /// Which.
    pub attribute: AttributeKind,
    /// The values given: index of the parameter and value, in order of the parameters. Others have
    /// their default; those of an attribute of the compiler have none.
    pub values: Vec<(usize, Constant)>,
    /// The attribute with its brackets.
    pub span: Span,
}

impl AppliedAttribute {
    /// The value that was given for a parameter.
    #[must_use]
    pub fn given(&self, parameter: usize) -> Option<&Constant> {
        let found = self.values.binary_search_by_key(&parameter, |&(index, _)| index);
        found.ok().map(|at| &self.values[at].1)
    }
}

/// All attributes of a program.
#[derive(Debug, Default)]
pub struct Attributes {
    /// The declared ones in source order.
    pub defs: crate::index::IndexVec<AttributeId, AttributeDef>,
    /// In order of [`AppliedAttribute::on`].
    pub applied: Vec<AppliedAttribute>,
}

impl Attributes {
    /// The attributes before the name at a place.
    #[must_use]
    pub fn of(&self, name: Span) -> &[AppliedAttribute] {
        let start = self.applied.partition_point(|applied| applied.on < name);
        let len = self.applied[start..].partition_point(|applied| applied.on == name);
        &self.applied[start..start + len]
    }
}
