//! What stands behind a value's dot: fields, methods of its type, of its contract or of its bounds, and
//! what an `impl` of a contract adds to all that conform (language.md §7.3, §8).
//!
//! *Invariants.* A type's own method wins over one that a contract adds. The methods found are of one
//! name, each with the arguments of its type's or contract's parameters.

use super::{TypeckCx, generic};
use crate::hir::{Conformance, FunctionId, TypeDefId};
use crate::resolve::conformance::{self, Conforms, bounds_of};
use crate::resolve::{Items, Member, contract};
use crate::symbol::Symbol;
use crate::types::{Ty, TyKind, TyList, TyStore};
use smallvec::SmallVec;

/// A function that a name may mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Candidate {
    pub(super) function: FunctionId,
    /// The arguments of its type's parameters; of a contract's, with that of `Self` behind them.
    pub(super) owner: TyList,
}

/// Functions of one name: mostly one.
pub(super) type Candidates = SmallVec<[Candidate; 2]>;

impl Candidate {
    /// The functions of a set, which are no methods.
    pub(super) fn of_set(functions: &[FunctionId]) -> Candidates {
        functions.iter().map(|&function| Self { function, owner: TyList::EMPTY }).collect()
    }
}

/// An event of a type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) def: TypeDefId,
    pub(super) index: usize,
    /// The type of its handlers.
    pub(super) handler: Ty,
}

/// What a name behind a dot is.
pub(super) enum Found {
    /// A field: index and type.
    Field(usize, Ty),
    /// An event.
    Event(Event),
    /// Methods that overload.
    Methods(Candidates),
    Nothing,
}

/// Looks a name up in the members of a type.
pub(super) fn lookup(cx: &mut TypeckCx<'_>, ty: Ty, name: Symbol) -> Found {
    let items = cx.items;
    if let Some(found) = built_in(cx, ty, name) {
        return found;
    }
    match *cx.types.kind(ty) {
        TyKind::Object(def, list) | TyKind::Enum(def, list) => {
            let is_open = !is_hidden(cx, def, name);
            match items.types[def].members.get(&name).filter(|_| is_open) {
                Some(&Member::Field(index)) => {
                    let field = items.types[def].def.fields[index].ty;
                    return Found::Field(index, generic::of_type(cx, def, list).apply(cx, field));
                }
                Some(&Member::Event(index)) => {
                    let handler = items.types[def].def.events[index].handler;
                    let handler = generic::of_type(cx, def, list).apply(cx, handler);
                    return Found::Event(Event { def, index, handler });
                }
                Some(Member::Methods(methods)) => {
                    let is_near =
                        items.tree.is_same_package(items.types[def].def.module, cx.module);
                    let seen =
                        methods.iter().filter(|&&m| is_near || is_for_all(items, cx.types, def, m));
                    let owned = |&function: &FunctionId| Candidate { function, owner: list };
                    return Found::Methods(seen.map(owned).collect());
                }
                None => {}
            }
        }
        TyKind::Contract(..) => {
            let methods = contract::methods(items, cx.types, ty, ty, name);
            if !methods.is_empty() {
                return Found::Methods(candidates(methods));
            }
        }
        TyKind::Param(param) => {
            // Equal signatures from several bounds are one method of what stands for the parameter.
            let mut found = Candidates::new();
            let mut seen = Vec::new();
            for bound in bounds_of(items, cx.extra_bounds, param) {
                for candidate in candidates(contract::methods(items, cx.types, bound, ty, name)) {
                    let Candidate { function, owner } = candidate;
                    let signature = contract::instance_signature(items, cx.types, function, owner);
                    if !seen.contains(&signature) {
                        seen.push(signature);
                        found.push(candidate);
                    }
                }
            }
            if !found.is_empty() {
                return Found::Methods(found);
            }
        }
        TyKind::IteratorOf(_) => {
            if let Some(iterator) = items.known.iterator
                && let Conforms::With(list) = conforms(cx, ty, iterator)
            {
                let contract = cx.types.intern(TyKind::Contract(iterator, list));
                let methods = contract::methods(items, cx.types, contract, ty, name);
                if !methods.is_empty() {
                    return Found::Methods(candidates(methods));
                }
            }
        }
        TyKind::Int(_) | TyKind::Float(_) | TyKind::Char | TyKind::String | TyKind::Bool => {
            if name == Symbol::COMPARE_TO
                && let Some(comparable) = items.known.comparable
            {
                let contract = cx.types.intern(TyKind::Contract(comparable, TyList::EMPTY));
                let methods = contract::methods(items, cx.types, contract, ty, name);
                return Found::Methods(candidates(methods));
            }
        }
        _ => {}
    }
    if name == Symbol::ITERATE
        && let Some(found) = iterate(cx, ty)
    {
        return found;
    }
    extensions(cx, ty, name)
}

/// Whether a member of a type is for the package of the type alone, and this is another one: a method that
/// is not [for all](is_for_all), a field of the core library whose name begins with `__`.
pub(super) fn is_hidden(cx: &TypeckCx<'_>, def: TypeDefId, name: Symbol) -> bool {
    let items = cx.items;
    if items.tree.is_same_package(items.types[def].def.module, cx.module) {
        return false;
    }
    match items.types[def].members.get(&name) {
        Some(Member::Methods(methods)) => {
            !methods.iter().any(|&method| is_for_all(items, cx.types, def, method))
        }
        _ => cx.text(name).starts_with("__"),
    }
}

/// Whether a method is for all packages: it is `pub`, or a contract asks for it that is (language.md §8.2).
fn is_for_all(items: &Items, types: &TyStore, def: TypeDefId, method: FunctionId) -> bool {
    let asks = |conformance: &Conformance| {
        conformance.methods.contains(&method)
            && types
                .as_contract(conformance.contract)
                .is_some_and(|(contract, _)| items.types[contract].def.public)
    };
    items.functions[method].public || items.types[def].def.conformances.iter().any(asks)
}

/// The methods that the core library gives a type which no item declares.
fn built_in(cx: &mut TypeckCx<'_>, ty: Ty, name: Symbol) -> Option<Found> {
    let items = cx.items;
    let (def, owner) = match *cx.types.kind(ty) {
        TyKind::Array(element) => (items.built_in.array?, cx.types.list(&[element])),
        _ => (items.built_in.primitives.get(&ty).copied()?, TyList::EMPTY),
    };
    let Some(Member::Methods(methods)) = items.types[def].members.get(&name) else { return None };
    if is_hidden(cx, def, name) {
        return None;
    }
    for &function in methods {
        items.use_methods(cx.module, items.functions[function].module);
    }
    Some(Found::Methods(methods.iter().map(|&function| Candidate { function, owner }).collect()))
}

/// `Iterate` of what the contract `Iterable` is met by without having such a method.
fn iterate(cx: &mut TypeckCx<'_>, ty: Ty) -> Option<Found> {
    let items = cx.items;
    let iterable = items.known.iterable?;
    let Conforms::With(list) = conforms(cx, ty, iterable) else { return None };
    let contract = cx.types.intern(TyKind::Contract(iterable, list));
    let methods = contract::methods(items, cx.types, contract, ty, Symbol::ITERATE);
    Some(Found::Methods(candidates(methods)))
}

fn candidates(methods: Vec<(FunctionId, TyList)>) -> Candidates {
    methods.into_iter().map(|(function, owner)| Candidate { function, owner }).collect()
}

/// The methods of a name that contracts add to a type.
fn extensions(cx: &mut TypeckCx<'_>, ty: Ty, name: Symbol) -> Found {
    let items = cx.items;
    let Some(methods) = items.extensions.get(&name) else { return Found::Nothing };
    let mut found = Candidates::new();
    for &function in methods {
        let item = &items.functions[function];
        let Some(owner) = item.owner else { continue };
        if !items.sees_extension(cx.module, item.module, owner) {
            continue;
        }
        for list in argument_lists(cx, ty, owner) {
            let owner = contract::with_self(cx.types, list, ty);
            found.push(Candidate { function, owner });
        }
    }
    // What the program adds hides what the library has of that name, as its items hide the prelude's.
    let is_own =
        |candidate: &Candidate| !items.tree.is_library(items.functions[candidate.function].module);
    if found.iter().any(is_own) {
        found.retain(|candidate| is_own(candidate));
    }
    if found.is_empty() { Found::Nothing } else { Found::Methods(found) }
}

/// Whether a type conforms to a contract here, and with which arguments.
pub(super) fn conforms(cx: &mut TypeckCx<'_>, ty: Ty, contract: TypeDefId) -> Conforms {
    let ty = cx.infer.shallow(ty);
    conformance::conforms(cx.items, cx.types, cx.extra_bounds, ty, contract)
}

/// All arguments of a contract with which a type conforms to it here.
pub(super) fn argument_lists(cx: &mut TypeckCx<'_>, ty: Ty, contract: TypeDefId) -> Vec<TyList> {
    let ty = cx.infer.shallow(ty);
    conformance::argument_lists(cx.items, cx.types, cx.extra_bounds, ty, contract)
}
