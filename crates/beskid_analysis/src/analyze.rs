//! All phases of analysis in their order.

use crate::ast::Ast;
use crate::diagnostics::{Diagnostic, ERROR_LIMIT, limit_errors};
use crate::hir::{Analysis, Body, Function, FunctionId};
use crate::index::IndexVec;
use crate::parser::parse_file;
use crate::resolve::broken::Broken;
use crate::resolve::{FunctionItem, Items, resolve};
use crate::source::{FileId, SourceMap};
use crate::symbol::Interner;
use crate::typeck::entry::entry;
use crate::typeck::{TypeckCx, check_bodies, constant};
use crate::types::{Ty, TyKind, TyList, TyStore};

/// What a program is analysed for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goal {
    /// Diagnostics: a file need not have a `main`.
    Check,
    /// A program that starts: a missing or ill-typed `main` is E1910 (language.md §17.2).
    Program,
}

/// Analyses all files of `sources`; the first is the entry file.
///
/// This recurses along the syntax tree, which is at most [`MAX_HEIGHT`](crate::ast::MAX_HEIGHT) nodes
/// high: the calling thread's stack must have 64 MB to be safe from any text.
#[must_use]
pub fn analyze(sources: SourceMap, goal: Goal) -> Analysis {
    let mut interner = Interner::new();
    let mut diagnostics = Vec::new();
    let mut broken = Broken::default();
    let files: Vec<FileId> = sources.files().ids().collect();
    let mut asts: IndexVec<FileId, Ast> = IndexVec::with_capacity(files.len());
    for file in files {
        let (ast, found) = parse_file(file, &sources, &mut interner);
        broken.add_file(&ast, &found);
        diagnostics.extend(found);
        asts.push(ast);
    }
    let mut types = TyStore::new();
    let items = resolve(&sources, &asts, &interner, &mut types, &broken, &mut diagnostics);
    let bodies = {
        let mut cx = TypeckCx::new(
            &items,
            &asts,
            &sources,
            &interner,
            &broken,
            &mut types,
            &mut diagnostics,
        );
        constant::evaluate(&mut cx);
        check_bodies(&mut cx)
    };
    let entry = match entry(&items, &interner, &mut types) {
        Ok(entry) => Some(entry),
        Err(diagnostic) => {
            let wanted = goal == Goal::Program && !broken.any();
            diagnostics.extend(diagnostic.filter(|_| wanted).map(|boxed| *boxed));
            None
        }
    };
    let diagnostics = limit_errors(diagnostics, ERROR_LIMIT);
    finish(sources, interner, types, items, bodies, entry, diagnostics)
}

fn finish(
    sources: SourceMap,
    interner: Interner,
    mut types: TyStore,
    items: Items,
    bodies: IndexVec<FunctionId, Option<Body>>,
    entry: Option<FunctionId>,
    diagnostics: Vec<Diagnostic>,
) -> Analysis {
    let functions = items.functions.into_items().map(|item| function(item, &mut types)).collect();
    Analysis {
        sources,
        interner,
        types,
        modules: items.modules,
        functions,
        type_defs: items.types.into_items().map(|item| item.def).collect(),
        bodies,
        entry,
        diagnostics,
    }
}

/// A function as code generation sees it: the receiver is its first parameter.
fn function(item: FunctionItem, types: &mut TyStore) -> Function {
    let mut parameters = Vec::with_capacity(item.parameters.len() + 1);
    if let Some(owner) = item.owner {
        let receiver: Ty = types.intern(TyKind::Object(owner, TyList::EMPTY));
        parameters.push(receiver);
    }
    parameters.extend(item.parameters);
    Function {
        module: item.module,
        owner: item.owner,
        name: item.name.name,
        public: item.public,
        parameters,
        result: item.result,
        span: item.name.span,
    }
}
