//! Tests of the checked program (language.md §16).
//!
//! *Invariants.* The functions of tests come after all others, in the order of the tests.

use super::{FunctionId, ModuleId};
use crate::source::Span;
use crate::symbol::Symbol;

/// A test.
#[derive(Debug)]
pub struct Test {
    /// Its module.
    pub module: ModuleId,
    /// Its name, of a name space of its own.
    pub name: Symbol,
    /// What it does: a function of type `unit` without parameters.
    pub function: FunctionId,
    /// `meta { tags = "a,b"; }`: without blanks around them, none empty.
    pub tags: Vec<String>,
    /// `meta { group = "a.b"; }`
    pub group: Option<String>,
    /// Whether and why it is not run.
    pub skip: Skip,
    /// Place of the name.
    pub span: Span,
    /// The whole item.
    pub item: Span,
}

/// `skip { condition = …; reason = …; }`
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Skip {
    /// The test is run.
    No,
    /// It is not, for this reason, if one is given.
    Yes(Option<String>),
}
