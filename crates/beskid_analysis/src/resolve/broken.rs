//! Where the syntax is broken, so that what recovery lost is not reported as missing.
//!
//! A syntax error within an item may have swallowed declarations of that item; one outside of items
//! (those of nested modules as well), or a bracket that is never closed, may have swallowed items of
//! the file.
//!
//! *Invariants.* Only follow-on diagnostics (unknown names and the like) are held back by this.

use crate::ast::{Ast, ItemId, ItemKind};
use crate::diagnostics::{Code, Diagnostic};
use crate::index::IndexVec;
use crate::source::{FileId, SourceFile, Span};
use rustc_hash::FxHashSet;

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
            lost |= diagnostic.code == Code::UnclosedDelimiter || !is_inside(ast, &ast.root, at);
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

    /// The words on the lines of the syntax errors within a span of a file: names whose declarations
    /// may be lost.
    pub(crate) fn words<'a>(&self, span: Span, file: &'a SourceFile) -> FxHashSet<&'a str> {
        let mut words = FxHashSet::default();
        let first = self.places.partition_point(|&place| place < span.lo);
        let mut seen_to = 0;
        for &place in self.places[first..].iter().take_while(|&&place| place <= span.hi) {
            let at = ((place - file.base) as usize).min(file.text.len());
            if at < seen_to {
                continue;
            }
            let start = file.text.as_bytes()[..at].iter().rposition(|&byte| byte == b'\n');
            let start = start.map_or(0, |newline| newline + 1);
            let len = file.text.as_bytes()[at..].iter().position(|&byte| byte == b'\n');
            let end = len.map_or(file.text.len(), |len| at + len);
            seen_to = end;
            let line = &file.text[start..end];
            words.extend(line.split(|c: char| !c.is_alphanumeric() && c != '_'));
        }
        words
    }

    /// Whether there is a syntax error within a span.
    pub(crate) fn within(&self, span: Span) -> bool {
        let first = self.places.partition_point(|&place| place < span.lo);
        self.places.get(first).is_some_and(|&place| place <= span.hi)
    }
}

/// Whether a place is inside of an item that holds no others.
fn is_inside<'a>(ast: &'a Ast, mut items: &'a [ItemId], at: u32) -> bool {
    loop {
        let after = items.partition_point(|&item| ast.items[item].span.lo <= at);
        let Some(index) = after.checked_sub(1) else { return false };
        let item = &ast.items[items[index]];
        if at >= item.span.hi {
            return false;
        }
        match &item.kind {
            ItemKind::Mod(module) => items = module.items.as_deref().unwrap_or(&[]),
            // Whatever it was meant to declare.
            ItemKind::Error => return false,
            _ => return true,
        }
    }
}
