//! Implicit conversions: the one place where a value is made to fit where it stands.
//!
//! *Invariants.* Only the lossless widenings of language.md §2.6 happen by themselves, each as an
//! [`ExprKind::Convert`], and conversions to contracts, each as an [`ExprKind::ToContract`]. Never fits every type and is not converted.

use super::bounds::{self, Numeric};
use super::{TypeckCx, infer, members, mismatch};
use crate::ast;
use crate::hir::{ExprId, ExprKind, FunctionId, TypeDefId};
use crate::source::Span;
use crate::types::{Ty, TyKind};

/// Why a type is wanted: what a diagnostic says if another one is found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reason {
    /// `T x = e`; where the type is written.
    Initialiser(Span),
    /// `place = e`; the place.
    Assignment(Span),
    /// An argument: its position from 0.
    Argument(FunctionId, usize),
    /// A handler of an event, by index.
    Handler(TypeDefId, usize),
    /// An argument of a function value.
    ValueArgument,
    /// An argument of a function that the compiler knows.
    BuiltinArgument(&'static str),
    /// The result of the function.
    Result,
    /// The condition after this word.
    Condition(&'static str),
    /// An operand of `&&` or `||`; the operator.
    Operand(ast::BinaryOp, Span),
    /// The value of a statement, which nothing takes.
    Unused,
    /// The value of a body that has to be `unit`, as the whole has no `else`.
    NoElse(Span),
    /// A field of a struct literal.
    Field(TypeDefId, usize),
    /// The payload of a variant, by index.
    Payload(usize, TypeDefId),
    /// An element of an array whose type is known.
    Element,
    /// The value of a key of a test's section.
    TestEntry(&'static str),
    /// The value of an attribute's parameter: where it is named, and where it is declared.
    AttributeValue(Span, Option<Span>),
}

/// Converts a value to a type, or reports that it does not fit.
pub(super) fn coerce(cx: &mut TypeckCx<'_>, id: ExprId, ty: Ty, reason: Reason) -> ExprId {
    match try_coerce(cx, id, ty) {
        Some(id) => id,
        None => {
            mismatch::report(cx, id, ty, reason);
            let (span, found) = (cx.span(id), cx.ty(id));
            let broken = cx.error(span);
            if matches!(reason, Reason::Argument(..) | Reason::ValueArgument) {
                cx.misfits.push((broken, found));
            }
            broken
        }
    }
}

/// Converts a value to a type if that happens by itself.
pub(super) fn try_coerce(cx: &mut TypeckCx<'_>, id: ExprId, ty: Ty) -> Option<ExprId> {
    let found = cx.ty(id);
    if found == ty || found == Ty::NEVER || ty == Ty::NEVER {
        return Some(id);
    }
    if fits(cx, found, ty) {
        return Some(id);
    }
    let ty = cx.infer.shallow(ty);
    if cx.types.widens(found, ty) {
        return Some(convert(cx, id, ty));
    }
    is_contract_of(cx, found, ty).then(|| {
        let span = cx.span(id);
        cx.push(ExprKind::ToContract(id), ty, span)
    })
}

/// Whether a type is a contract that another one conforms to and is not; binds the contract's arguments.
pub(super) fn is_contract_of(cx: &mut TypeckCx<'_>, found: Ty, wanted: Ty) -> bool {
    let (found, wanted) = (cx.infer.shallow(found), cx.infer.shallow(wanted));
    let Some((contract, list)) = cx.types.as_contract(wanted) else { return false };
    // A type parameter conforms to its bounds: in each instance a type with values stands for it.
    let has_values = match cx.types.kind(found) {
        TyKind::Param(_) | TyKind::IteratorOf(_) => true,
        TyKind::Array(_) | TyKind::String => cx.items.known.iterable == Some(contract),
        _ => cx.types.as_declared(found).is_some(),
    };
    if !has_values {
        return false;
    }
    let lists = members::argument_lists(cx, found, contract);
    infer::unify_one(cx, list, &lists)
}

/// Whether a type is another one as it is: equal, inferred so, or broken.
pub(super) fn fits(cx: &mut TypeckCx<'_>, found: Ty, wanted: Ty) -> bool {
    infer::unify(cx, found, wanted) || cx.types.has_error(found) || cx.types.has_error(wanted)
}

/// Wraps a value in a change of type.
pub(super) fn convert(cx: &mut TypeckCx<'_>, id: ExprId, ty: Ty) -> ExprId {
    let span = cx.span(id);
    cx.push(ExprKind::Convert(id), ty, span)
}

/// The type that values of both types can have, if there is one.
pub(super) fn join(cx: &mut TypeckCx<'_>, a: Ty, b: Ty) -> Option<Ty> {
    let (a, b) = (cx.infer.shallow(a), cx.infer.shallow(b));
    if a == Ty::NEVER {
        return Some(b);
    }
    if b == Ty::NEVER {
        return Some(a);
    }
    if cx.types.has_error(a) || cx.types.has_error(b) {
        infer::unify(cx, a, b);
        return Some(Ty::ERROR);
    }
    if infer::unify(cx, a, b) {
        return Some(a);
    }
    if cx.types.widens(a, b) {
        return Some(b);
    }
    if cx.types.widens(b, a) || is_contract_of(cx, b, a) {
        return Some(a);
    }
    is_contract_of(cx, a, b).then_some(b)
}

/// Values to the type that [`join`] gave for all of them.
pub(super) fn convert_joined(cx: &mut TypeckCx<'_>, id: ExprId, ty: Ty) -> ExprId {
    try_coerce(cx, id, ty).unwrap_or(id)
}

/// Whether a `cast` from one type to another exists (language.md §2.6).
pub(super) fn casts(cx: &TypeckCx<'_>, from: Ty, to: Ty) -> bool {
    let is_number = |ty: Ty| bounds::numeric(cx, ty) != Numeric::No;
    if is_number(from) && is_number(to) {
        return true;
    }
    match (cx.types.kind(from), cx.types.kind(to)) {
        (TyKind::Int(_) | TyKind::Float(_), TyKind::Int(_) | TyKind::Float(_))
        | (TyKind::Char, TyKind::Int(_))
        | (TyKind::Int(_), TyKind::Char) => true,
        _ => from == to && matches!(cx.types.kind(from), TyKind::Char),
    }
}
