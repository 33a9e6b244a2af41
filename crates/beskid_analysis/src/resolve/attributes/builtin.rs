//! The attributes that the compiler knows itself, in one table.
//!
//! *Invariants.* Their parameters are strings without defaults. Which of them must be given, and what
//! values mean, is checked where the attribute takes effect.

use crate::hir::{BuiltinAttribute, Target};

/// A row of the table.
#[derive(Debug)]
pub(crate) struct BuiltinInfo {
    pub(crate) attribute: BuiltinAttribute,
    pub(crate) name: &'static str,
    pub(crate) targets: &'static [Target],
    pub(crate) parameters: &'static [&'static str],
}

static EXTERN: BuiltinInfo = BuiltinInfo {
    attribute: BuiltinAttribute::Extern,
    name: "Extern",
    targets: &[Target::Contract],
    parameters: &["Abi", "Library"],
};

static EXPORT: BuiltinInfo = BuiltinInfo {
    attribute: BuiltinAttribute::Export,
    name: "Export",
    targets: &[Target::Function],
    parameters: &["Name"],
};

/// All attributes that the compiler knows.
pub(crate) static BUILTINS: [&BuiltinInfo; 2] = [&EXTERN, &EXPORT];

/// The attribute of a name, unless the module declares one itself.
pub(crate) fn lookup(name: &str) -> Option<&'static BuiltinInfo> {
    BUILTINS.into_iter().find(|info| info.name == name)
}
