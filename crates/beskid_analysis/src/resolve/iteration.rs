//! Iterators and what has one, by shape (language.md §5.4, §8.7).
//!
//! A type with a method `Option<T> Next()` is an iterator of `T`, and its own iterable; one with a method
//! `Iterate()` that gives an iterator is iterable; so are arrays and strings, whose iterators the prelude
//! has. The contracts `Iterator<T>` and `Iterable<T>` are met by that alone.
//!
//! *Invariants.* A type has one way to be iterated: its `Next` wins over its `Iterate`.

use super::conformance::{ExtraBounds, bounds_of};
use super::contract::closure;
use super::{Definition, Items, Member, ResolveCx};
use crate::hir::{self, FunctionId, TypeDefId};
use crate::symbol::Symbol;
use crate::types::{Iteration, Ty, TyKind, TyList, TyStore};

/// How a declared type is iterated.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct OfType {
    /// Its `Next`, and what that gives, in terms of the type's own parameters.
    next: Option<(FunctionId, Ty)>,
    /// Its `Iterate`, and the iterator that it gives.
    iterate: Option<(FunctionId, Ty)>,
}

/// Finds out how each type is iterated.
pub(super) fn find(cx: &mut ResolveCx<'_>) {
    for id in cx.items.types.ids() {
        let next = method(&cx.items, id, Symbol::NEXT)
            .and_then(|next| Some((next, payload(cx, cx.items.functions[next].result)?)));
        cx.items.types[id].iteration.next = next;
        cx.items.types[id].def.next = next.map(|(next, _)| next);
    }
    for id in cx.items.types.ids() {
        let Some(iterate) = method(&cx.items, id, Symbol::ITERATE) else { continue };
        let result = cx.items.functions[iterate].result;
        if element_of_iterator(&cx.items, cx.types, &[], result).is_some() {
            cx.items.types[id].iteration.iterate = Some((iterate, result));
            cx.items.types[id].def.iterate = Some(iterate);
        }
    }
    let known = cx.items.known;
    let mut rules = Iteration {
        of_array: prelude_type(&cx.items, Symbol::ARRAY_ITERATOR),
        of_string: prelude_type(&cx.items, Symbol::STRING_ITERATOR),
        ..Iteration::default()
    };
    for id in cx.items.types.ids() {
        let itself = super::type_expr::of_itself(&cx.items, cx.types, id);
        let item = &cx.items.types[id];
        let iterator = if item.def.methods.is_some() {
            let embedded = closure(&cx.items, cx.types, itself);
            let list = |wanted: Option<TypeDefId>| {
                embedded.iter().find(|&&(def, _)| Some(def) == wanted).map(|&(_, list)| list)
            };
            match (list(known.iterator), list(known.iterable), known.iterator) {
                (Some(_), ..) => Some(itself),
                (None, Some(list), Some(iterator)) => {
                    Some(cx.types.intern(TyKind::Contract(iterator, list)))
                }
                _ => None,
            }
        } else {
            match (item.iteration.next, item.iteration.iterate) {
                (Some(_), _) => Some(itself),
                (None, Some((_, iterator))) => Some(iterator),
                (None, None) => None,
            }
        };
        if let Some(iterator) = iterator {
            let parameters = cx.items.types[id].def.type_parameters.clone();
            rules.declared.insert(id, (parameters, iterator));
        }
    }
    cx.types.set_iteration(rules);
}

/// The method of a name that takes nothing and has no type parameters of its own, nor bounds.
fn method(items: &Items, id: TypeDefId, name: Symbol) -> Option<FunctionId> {
    let item = &items.types[id];
    if item.def.methods.is_some() {
        return None;
    }
    let Some(Member::Methods(methods)) = item.members.get(&name) else { return None };
    methods.iter().copied().find(|&method| {
        let method = &items.functions[method];
        method.parameters.is_empty()
            && method.generics.len() == method.of_owner
            && method.bounds.is_empty()
    })
}

/// What an `Option` holds.
fn payload(cx: &mut ResolveCx<'_>, ty: Ty) -> Option<Ty> {
    let TyKind::Enum(def, list) = *cx.types.kind(ty) else { return None };
    let item = &cx.items.types[def];
    let variants = item.def.variants.as_deref()?;
    let some = *item.variants.get(&Symbol::SOME)?;
    let none = *item.variants.get(&Symbol::NONE)?;
    let ([payload], []) = (&variants[some].payload[..], &variants[none].payload[..]) else {
        return None;
    };
    if variants.len() != 2 {
        return None;
    }
    let arguments = cx.types.types(list).to_vec();
    Some(cx.types.substitute(*payload, &item.def.type_parameters, &arguments))
}

fn prelude_type(items: &Items, name: Symbol) -> Option<TypeDefId> {
    match items.peek(items.prelude(), name) {
        Some(Definition::Type(def)) => Some(def),
        _ => None,
    }
}

fn prelude_function(items: &Items, name: Symbol) -> Option<FunctionId> {
    match items.peek(items.prelude(), name) {
        Some(Definition::Functions(set)) => items.function_sets[set].functions.first().copied(),
        _ => None,
    }
}

/// What later phases have to know.
pub(crate) fn known(items: &Items) -> hir::Iteration {
    hir::Iteration {
        iterator: items.known.iterator,
        iterable: items.known.iterable,
        of_array: prelude_function(items, Symbol::ITERATE_ARRAY),
        of_string: prelude_function(items, Symbol::ITERATE_STRING),
    }
}

/// What an iterator gives; nothing for a type that is none.
pub(crate) fn element_of_iterator(
    items: &Items,
    types: &mut TyStore,
    extra: &ExtraBounds,
    ty: Ty,
) -> Option<Ty> {
    match *types.kind(ty) {
        TyKind::Object(def, list) | TyKind::Enum(def, list) => {
            let (_, element) = items.types[def].iteration.next?;
            Some(of_instance(items, types, def, list, element))
        }
        TyKind::IteratorOf(inner) => element(items, types, extra, inner),
        _ => argument(items, types, extra, ty, items.known.iterator),
    }
}

/// What a `for` over a type gives; nothing for a type that cannot be iterated.
pub(crate) fn element(
    items: &Items,
    types: &mut TyStore,
    extra: &ExtraBounds,
    ty: Ty,
) -> Option<Ty> {
    if let Some(element) = element_of_iterator(items, types, extra, ty) {
        return Some(element);
    }
    match *types.kind(ty) {
        TyKind::Array(element) => Some(element),
        TyKind::String => Some(Ty::CHAR),
        TyKind::Object(def, list) | TyKind::Enum(def, list) => {
            let (_, iterator) = items.types[def].iteration.iterate?;
            let iterator = of_instance(items, types, def, list, iterator);
            element_of_iterator(items, types, extra, iterator)
        }
        _ => argument(items, types, extra, ty, items.known.iterable),
    }
}

fn of_instance(items: &Items, types: &mut TyStore, def: TypeDefId, list: TyList, ty: Ty) -> Ty {
    let arguments = types.types(list).to_vec();
    types.substitute(ty, &items.types[def].def.type_parameters, &arguments)
}

/// The argument of a contract with one parameter, where a contract value or the bounds of a type
/// parameter have it.
fn argument(
    items: &Items,
    types: &mut TyStore,
    extra: &ExtraBounds,
    ty: Ty,
    contract: Option<TypeDefId>,
) -> Option<Ty> {
    let roots = match *types.kind(ty) {
        TyKind::Contract(..) => vec![ty],
        TyKind::Param(param) => bounds_of(items, extra, param),
        _ => return None,
    };
    roots.into_iter().find_map(|root| {
        let found = closure(items, types, root).into_iter().find(|&(def, _)| Some(def) == contract);
        found.and_then(|(_, list)| types.types(list).first().copied())
    })
}
