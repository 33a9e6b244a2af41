//! Bounds in bodies: what they allow of values, and whether type arguments keep them (language.md §8.4).
//!
//! A use of a generic declaration leaves an *obligation* for each bound. As long as types are open an
//! obligation may say what they are: a type that is known to be an iterator of something fixes that
//! something. When the full expression is done, what is not kept is reported.
//!
//! *Invariants.* An obligation is dropped when all its types are known.

use super::generic::Instance;
use super::{TypeckCx, infer, members};
use crate::hir::{FunctionId, TypeDefId};
use crate::resolve::Names;
use crate::resolve::bound::{self, not_conforming};
use crate::resolve::conformance::{Conforms, bounds_of};
use crate::source::Span;
use crate::types::{IntTy, Ty, TyKind, TypeParamId};

/// A type argument that has to conform to a contract.
#[derive(Clone, Copy, Debug)]
pub(super) struct Obligation {
    param: TypeParamId,
    argument: Ty,
    contract: Ty,
    span: Span,
}

/// What kind of number a type is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Numeric {
    /// This integer type.
    Int(IntTy),
    /// A float type.
    Float,
    /// A type parameter that stands for integers.
    AnyInt,
    /// A type parameter that stands for floats.
    AnyFloat,
    /// A type parameter that stands for numbers.
    Any,
    /// None.
    No,
}

/// What kind of number a type is.
pub(super) fn numeric(cx: &TypeckCx<'_>, ty: Ty) -> Numeric {
    let param = match *cx.types.kind(ty) {
        TyKind::Int(int) => return Numeric::Int(int),
        TyKind::Float(_) => return Numeric::Float,
        TyKind::Param(param) => param,
        _ => return Numeric::No,
    };
    let known = cx.items.known;
    let mut found = Numeric::No;
    for bound in bounds_of(cx.items, cx.extra_bounds, param) {
        let def = cx.types.as_contract(bound).map(|(def, _)| def);
        if def == known.integer {
            return Numeric::AnyInt;
        }
        if def == known.float {
            return Numeric::AnyFloat;
        }
        if def == known.number {
            found = Numeric::Any;
        }
    }
    found
}

/// Whether a type is a parameter whose arguments have an order.
pub(super) fn is_comparable_param(cx: &mut TypeckCx<'_>, ty: Ty) -> bool {
    matches!(cx.types.kind(ty), TyKind::Param(_))
        && cx.items.known.comparable.is_some_and(|comparable| {
            matches!(members::conforms(cx, ty, comparable), Conforms::With(_))
        })
}

/// Asks of the arguments of a function's type parameters what their bounds do.
pub(super) fn require(
    cx: &mut TypeckCx<'_>,
    function: FunctionId,
    instance: &Instance,
    span: Span,
) {
    let items = cx.items;
    let item = &items.functions[function];
    for (&(_, param), &argument) in item.generics.iter().zip(&instance.arguments) {
        // What `Self` and those of the receiver's type are was asked where the receiver came from.
        let own = item.generics[item.of_owner..].iter().any(|&(_, other)| other == param);
        if own {
            for bound in &items.type_params[param].bounds {
                let contract = instance.apply(cx, *bound);
                cx.obligations.push(Obligation { param, argument, contract, span });
            }
        }
        for &(_, bound) in item.bounds.iter().filter(|&&(other, _)| other == param) {
            let contract = instance.apply(cx, bound);
            cx.obligations.push(Obligation { param, argument, contract, span });
        }
    }
}

/// The same for a declared type.
pub(super) fn require_type(cx: &mut TypeckCx<'_>, def: TypeDefId, arguments: &[Ty], span: Span) {
    let items = cx.items;
    let parameters = &items.types[def].def.type_parameters;
    for (&param, &argument) in parameters.iter().zip(arguments) {
        for &bound in &items.type_params[param].bounds {
            let contract = cx.types.substitute(bound, parameters, arguments);
            cx.obligations.push(Obligation { param, argument, contract, span });
        }
    }
}

/// Lets obligations whose argument is known fix the arguments of their contracts.
pub(super) fn infer(cx: &mut TypeckCx<'_>) {
    for index in 0..cx.obligations.len() {
        let Obligation { argument, contract, .. } = cx.obligations[index];
        if !cx.types.has_infer(contract) {
            continue;
        }
        let argument = infer::resolve(cx, argument);
        if cx.types.has_infer(argument) && argument.as_infer().is_some() {
            continue;
        }
        let Some((def, list)) = cx.types.as_contract(contract) else { continue };
        let lists = members::argument_lists(cx, argument, def);
        infer::unify_one(cx, list, &lists);
    }
}

/// Reports the obligations from an index on that are not kept, and drops those that are known.
pub(super) fn check(cx: &mut TypeckCx<'_>, first: usize) {
    let mut kept = first;
    for index in first..cx.obligations.len() {
        let Obligation { param, argument, contract, span } = cx.obligations[index];
        let argument = infer::resolve(cx, argument);
        let contract = infer::resolve(cx, contract);
        if cx.types.has_infer(argument) || cx.types.has_infer(contract) {
            cx.obligations[kept] = Obligation { param, argument, contract, span };
            kept += 1;
            continue;
        }
        if cx.types.has_error(argument) || cx.types.has_error(contract) {
            continue;
        }
        let broken = bound::broken_bound(
            cx.items,
            cx.types,
            cx.extra_bounds,
            (&[], &[]),
            (argument, &[contract]),
        );
        if let Some(bound) = broken {
            report(cx, Obligation { param, argument, contract: bound, span });
        }
    }
    cx.obligations.truncate(kept);
}

/// E1607.
fn report(cx: &mut TypeckCx<'_>, broken: Obligation) {
    let items = cx.items;
    let names = Names { items, interner: cx.interner };
    let name = cx.text(items.type_params[broken.param].name);
    let declared = items
        .functions
        .iter()
        .find(|item| {
            item.generics.iter().any(|&(_, id)| id == broken.param) && item.owner.is_none()
        })
        .map(|item| item.name.span)
        .or_else(|| {
            let owner = items
                .types
                .iter()
                .find(|item| item.generics.iter().any(|&(_, id)| id == broken.param));
            owner.map(|item| item.def.span)
        })
        .unwrap_or(broken.span);
    let declared = (name, declared);
    let diagnostic =
        not_conforming(cx.types, &names, broken.argument, broken.contract, broken.span, declared);
    cx.report(diagnostic);
}

/// Checks the declared types that the body has written.
pub(super) fn check_uses(cx: &mut TypeckCx<'_>) {
    let uses = std::mem::take(&mut cx.uses);
    let found = bound::check_uses(cx.items, cx.types, cx.interner, cx.extra_bounds, &uses);
    for diagnostic in found {
        cx.report(diagnostic);
    }
}
