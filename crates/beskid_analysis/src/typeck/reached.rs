//! Which bodies of the core library are checked: those that the program may run.
//!
//! Whatever a checked body refers to is noted as its expressions are made; when the program's bodies are
//! done, the noted ones are checked, and so on. An object or enum value that a body makes brings what the
//! compiler may call without a name: its text, its iteration, and the methods that its contracts ask for.
//!
//! *Invariants.* Every function that code generation may ask for is noted. Too many may be.

use super::{TypeckCx, check_function};
use crate::hir::{Body, Callee, ExprKind, FunctionId, TypeDefId};
use crate::index::IndexVec;
use crate::resolve::{Items, iteration};
use crate::types::{Ty, TyKind};

/// What is noted so far.
#[derive(Debug)]
pub(super) struct Reached {
    functions: IndexVec<FunctionId, bool>,
    types: IndexVec<TypeDefId, bool>,
    /// Those whose bodies are still to be checked.
    pending: Vec<FunctionId>,
    /// Whether arrays and strings may be iterated as values.
    iterates: bool,
}

impl Reached {
    pub(super) fn new(items: &Items) -> Self {
        Self {
            functions: items.functions.iter().map(|_| false).collect(),
            types: items.types.iter().map(|_| false).collect(),
            pending: Vec::new(),
            iterates: false,
        }
    }

    fn add(&mut self, items: &Items, function: FunctionId) {
        let item = &items.functions[function];
        if items.tree.is_library(item.module)
            && !item.required
            && !std::mem::replace(&mut self.functions[function], true)
        {
            self.pending.push(function);
        }
    }

    fn add_type(&mut self, items: &Items, def: TypeDefId) {
        let item = &items.types[def];
        if !items.tree.is_library(item.def.module) || std::mem::replace(&mut self.types[def], true)
        {
            return;
        }
        let of_text = [item.def.to_string, item.def.equals, item.def.hash];
        let implicit = of_text.into_iter().chain([item.def.next, item.def.iterate]);
        for function in implicit.flatten() {
            self.add(items, function);
        }
        for conformance in &item.def.conformances {
            for &function in &conformance.methods {
                self.add(items, function);
            }
        }
    }

    /// Arrays and strings have iterators of the prelude.
    fn add_iterators(&mut self, items: &Items) {
        if !std::mem::replace(&mut self.iterates, true) {
            let known = iteration::known(items);
            for function in [known.of_array, known.of_string].into_iter().flatten() {
                self.add(items, function);
            }
        }
    }
}

/// Notes what an expression refers to.
pub(super) fn note(cx: &mut TypeckCx<'_>, kind: &ExprKind, ty: Ty) {
    let items = cx.items;
    match *kind {
        ExprKind::Call(Callee::Function(function, _), _)
        | ExprKind::Function(function, _)
        | ExprKind::BoundMethod(_, function, _) => {
            let item = &items.functions[function];
            if item.required && item.owner == items.known.iterable {
                cx.reached.add_iterators(items);
            }
            cx.reached.add(items, function);
        }
        ExprKind::Struct(_) | ExprKind::Variant(..) => {
            if let TyKind::Object(def, _) | TyKind::Enum(def, _) = *cx.types.kind(ty) {
                cx.reached.add_type(items, def);
            }
        }
        ExprKind::ToContract(_) => cx.reached.add_iterators(items),
        _ => {}
    }
}

/// Notes a function that a statement calls.
pub(super) fn note_callee(cx: &mut TypeckCx<'_>, callee: Callee) {
    if let Callee::Function(function, _) = callee {
        let items = cx.items;
        cx.reached.add(items, function);
    }
}

/// Checks the bodies of the core library that are reached.
pub(crate) fn check_reached(
    cx: &mut TypeckCx<'_>,
    bodies: &mut IndexVec<FunctionId, Option<Body>>,
) {
    while let Some(function) = cx.reached.pending.pop() {
        bodies[function] = check_function(cx, function);
    }
}
