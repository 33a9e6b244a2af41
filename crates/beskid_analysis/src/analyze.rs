//! All phases of analysis in their order.

use crate::hir::Analysis;
use crate::source::SourceMap;

/// What a program is analysed for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goal {
    /// Diagnostics: a file need not have a `main`.
    Check,
    /// A program that starts: a missing or ill-typed `main` is E1910 (language.md §17.2).
    Program,
}

/// Analyses all files of `sources`; the first is the entry file.
#[must_use]
pub fn analyze(sources: SourceMap, _goal: Goal) -> Analysis {
    Analysis {
        sources,
        interner: crate::symbol::Interner::new(),
        types: crate::types::TyStore::new(),
        modules: crate::index::IndexVec::new(),
        functions: crate::index::IndexVec::new(),
        type_defs: crate::index::IndexVec::new(),
        bodies: crate::index::IndexVec::new(),
        entry: None,
        diagnostics: Vec::new(),
    }
}
