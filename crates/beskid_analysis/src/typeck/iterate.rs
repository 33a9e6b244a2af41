//! What a `for` goes over that is neither range, array nor string: a value with `Next`, or one whose
//! `Iterate` gives such a value (language.md §5.4).
//!
//! *Invariants.* The method is chosen here; lowering calls it once a turn.

use super::TypeckCx;
use super::generic::{self, Instance};
use super::members::{self, Candidate, Found};
use super::propagate::{Shape, payload, shape};
use crate::ast::Ident;
use crate::hir::{Callee, ExprId, ExprKind, FunctionId};
use crate::symbol::Symbol;
use crate::types::{Ty, TyKind};

/// How a value is iterated.
#[derive(Clone, Copy)]
pub(super) struct Iterator {
    /// The value whose `Next` is called: the value itself, or what its `Iterate` gives.
    pub(super) value: ExprId,
    pub(super) next: Callee,
    /// What `Next` gives.
    pub(super) option: Ty,
    /// The variant of it that holds an element.
    pub(super) some: usize,
    pub(super) element: Ty,
}

/// Why a value cannot be iterated.
pub(super) enum Failure {
    /// It has no such method.
    NoMethod,
    /// Something else was reported.
    Reported,
}

/// Finds out how a value is iterated.
pub(super) fn iterator(cx: &mut TypeckCx<'_>, value: ExprId) -> Result<Iterator, Failure> {
    match next(cx, value) {
        Err(Failure::NoMethod) => {}
        found => return found,
    }
    let Some((method, instance)) = method(cx, cx.ty(value), Symbol::ITERATE) else {
        return Err(Failure::NoMethod);
    };
    let result = instance.apply(cx, cx.items.functions[method].result);
    let list = instance.list(cx);
    let span = cx.span(value);
    let made = ExprKind::Call(Callee::Function(method, list), vec![value]);
    let made = cx.push(made, result, span);
    next(cx, made)
}

/// The `Next` of a value.
fn next(cx: &mut TypeckCx<'_>, value: ExprId) -> Result<Iterator, Failure> {
    let Some((method, instance)) = method(cx, cx.ty(value), Symbol::NEXT) else {
        return Err(Failure::NoMethod);
    };
    let option = instance.apply(cx, cx.items.functions[method].result);
    if cx.types.has_error(option) {
        return Err(Failure::Reported);
    }
    let TyKind::Enum(def, list) = *cx.types.kind(option) else { return Err(Failure::NoMethod) };
    let Some(Shape::Option(some, _)) = shape(cx, def) else { return Err(Failure::NoMethod) };
    let element = payload(cx, def, list, some);
    let next = Callee::Function(method, instance.list(cx));
    Ok(Iterator { value, next, option, some, element })
}

/// The method of a name that takes nothing and has no type parameters of its own.
fn method(cx: &mut TypeckCx<'_>, ty: Ty, name: Symbol) -> Option<(FunctionId, Instance)> {
    let Found::Methods(methods) = members::lookup(cx, ty, name) else { return None };
    let Candidate { function, owner } = methods.into_iter().find(|candidate| {
        let item = &cx.items.functions[candidate.function];
        item.parameters.is_empty() && item.generics.len() == item.of_owner
    })?;
    let name = Ident { name, span: cx.items.functions[function].name.span };
    Some((function, generic::of_function(cx, function, owner, name, &[])))
}
