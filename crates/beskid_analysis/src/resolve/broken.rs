//! Where the syntax is broken, so that what recovery lost is not reported as missing.
//!
//! A syntax error within an item may have swallowed declarations of that item; one outside of items,
//! or a bracket that is never closed, may have swallowed items of the file.
//!
//! *Invariants.* Only follow-on diagnostics (unknown names and the like) are held back by this.

use crate::ast::Ast;
use crate::diagnostics::{Code, Diagnostic};
use crate::index::IndexVec;
use crate::source::{FileId, Span};

/// Places of syntax errors.
#[derive(Debug, Default)]
pub(crate) struct Broken {
    /// In order.
    places: Vec<u32>,
    /// Whether items of the file may be lost.
    lost_items: IndexVec<FileId, bool>,
}

impl Broken {
    /// Takes the errors of one file; files come in order.
    pub(crate) fn add_file(&mut self, ast: &Ast, diagnostics: &[Diagnostic]) {
        let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
        let mut lost = false;
        for diagnostic in errors {
            let at = diagnostic.span().lo;
            self.places.push(at);
            let inside = ast.root.partition_point(|&item| ast.items[item].span.lo <= at);
            let inside = inside.checked_sub(1).map(|index| ast.items[ast.root[index]].span);
            lost |= diagnostic.code == Code::UnclosedDelimiter
                || inside.is_none_or(|span| at >= span.hi);
        }
        self.lost_items.push(lost);
    }

    /// Whether there is any syntax error.
    pub(crate) fn any(&self) -> bool {
        !self.places.is_empty()
    }

    /// Whether names of the file's items may be missing.
    pub(crate) fn lost_items(&self, file: FileId) -> bool {
        self.lost_items[file]
    }

    /// Whether there is a syntax error within a span.
    pub(crate) fn within(&self, span: Span) -> bool {
        let first = self.places.partition_point(|&place| place < span.lo);
        self.places.get(first).is_some_and(|&place| place <= span.hi)
    }
}
