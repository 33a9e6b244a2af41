//! The names that are visible everywhere (language.md §13.6).
//!
//! *Invariants.* Whether a name belongs to the prelude depends on its symbol alone.

use crate::symbol::Symbol;
use crate::types::Ty;

/// What a name of the prelude means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Prelude {
    /// A primitive type.
    Primitive(Ty),
    /// `print`
    Print,
    /// `println`
    PrintLine,
    /// `panic`
    Panic,
    /// `assert`
    Assert,
    /// `cast`
    Cast,
    /// The module `Array`.
    Array,
    /// The module `Hash`.
    Hash,
}

/// What a name means if nothing in scope has it.
pub(crate) fn lookup(name: Symbol) -> Option<Prelude> {
    if let Some(ty) = primitive(name) {
        return Some(Prelude::Primitive(ty));
    }
    Some(match name {
        Symbol::PRINT => Prelude::Print,
        Symbol::PRINTLN => Prelude::PrintLine,
        Symbol::PANIC => Prelude::Panic,
        Symbol::ASSERT => Prelude::Assert,
        Symbol::CAST => Prelude::Cast,
        Symbol::ARRAY => Prelude::Array,
        Symbol::HASH => Prelude::Hash,
        _ => return None,
    })
}

/// The primitive type of a name.
pub(crate) fn primitive(name: Symbol) -> Option<Ty> {
    Some(match name {
        Symbol::UNIT => Ty::UNIT,
        Symbol::BOOL => Ty::BOOL,
        Symbol::CHAR => Ty::CHAR,
        Symbol::STRING => Ty::STRING,
        Symbol::PTR => Ty::PTR,
        Symbol::I8 => Ty::I8,
        Symbol::I16 => Ty::I16,
        Symbol::I32 => Ty::I32,
        Symbol::I64 => Ty::I64,
        Symbol::U8 => Ty::U8,
        Symbol::U16 => Ty::U16,
        Symbol::U32 => Ty::U32,
        Symbol::U64 => Ty::U64,
        Symbol::F32 => Ty::F32,
        Symbol::F64 => Ty::F64,
        _ => return None,
    })
}

/// Names of primitive types, for suggestions.
pub(crate) const PRIMITIVE_NAMES: &[&str] = &[
    "unit", "bool", "char", "string", "ptr", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64",
    "f32", "f64",
];

/// Functions of the prelude, for suggestions.
pub(crate) const FUNCTION_NAMES: &[&str] = &["print", "println", "panic", "assert", "cast"];

/// Modules of the core library, for suggestions.
pub(crate) const MODULE_NAMES: &[&str] = &[
    "Array",
    "Assert",
    "Bool",
    "Char",
    "Collections",
    "Core",
    "Encoding",
    "Float",
    "Hash",
    "Int",
    "Math",
    "Process",
    "Query",
    "System",
    "Testing",
    "Text",
];
