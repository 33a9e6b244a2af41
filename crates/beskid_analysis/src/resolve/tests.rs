//! Tests (language.md §16): names of their own, beside those of the module's items.

use super::ResolveCx;
use super::collect::{check_reserved, duplicate};
use crate::ast::{Ident, ItemId};
use crate::hir::ModuleId;
use crate::source::{FileId, Span};
use crate::symbol::Symbol;
use rustc_hash::FxHashMap;

/// A test as declared.
#[derive(Debug)]
pub(crate) struct TestItem {
    pub(crate) module: ModuleId,
    pub(crate) file: FileId,
    pub(crate) item: ItemId,
    pub(crate) name: Ident,
}

/// Collects a test.
pub(super) fn collect(
    cx: &mut ResolveCx<'_>,
    (module, file): (ModuleId, FileId),
    item: ItemId,
    name: Ident,
) {
    check_reserved(cx, name);
    cx.items.tests.push(TestItem { module, file, item, name });
}

/// E1001 for tests of one name in one module.
pub(super) fn names(cx: &mut ResolveCx<'_>) {
    let mut places: FxHashMap<(ModuleId, Symbol), Span> = FxHashMap::default();
    for index in 0..cx.items.tests.len() {
        let test = &cx.items.tests[index];
        let (key, name) = ((test.module, test.name.name), test.name);
        if name.name == Symbol::EMPTY {
            continue;
        }
        if let Some(&first) = places.get(&key) {
            let diagnostic = duplicate(cx, name, first, "the module")
                .note("tests have names of their own, which differ from each other");
            cx.report(diagnostic);
        } else {
            places.insert(key, name.span);
        }
    }
}
