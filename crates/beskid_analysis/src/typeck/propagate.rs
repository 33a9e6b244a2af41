//! `e?` (language.md §12.2).
//!
//! *Invariants.* What leaves the function fits its result type, or the end is a panic: in a `main` that
//! returns no `Result`, and in a test.

use super::{Subject, TypeckCx, Want, expr, generic, infer, lambda};
use crate::ast;
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{ExprId, ExprKind, Try, TypeDefId};
use crate::source::Span;
use crate::symbol::Symbol;
use crate::types::{Ty, TyKind, TyList};

/// An enum that `?` takes apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// `Some` with one payload, and `None`: the indices of both.
    Option(usize, usize),
    /// `Ok` and `Error` with one payload each: the indices of both.
    Result(usize, usize),
}

/// What `?` makes of a declared enum, if anything.
pub(super) fn shape(cx: &TypeckCx<'_>, def: TypeDefId) -> Option<Shape> {
    let item = &cx.items.types[def];
    let variants = item.def.variants.as_deref()?;
    let find = |name: Symbol, payload: usize| {
        item.variants.get(&name).copied().filter(|&index| variants[index].payload.len() == payload)
    };
    if variants.len() != 2 {
        return None;
    }
    if let (Some(ok), Some(error)) = (find(Symbol::OK, 1), find(Symbol::ERROR, 1)) {
        return Some(Shape::Result(ok, error));
    }
    match (find(Symbol::SOME, 1), find(Symbol::NONE, 0)) {
        (Some(some), Some(none)) => Some(Shape::Option(some, none)),
        _ => None,
    }
}

/// The type of a variant's one payload.
pub(super) fn payload(cx: &mut TypeckCx<'_>, def: TypeDefId, list: TyList, variant: usize) -> Ty {
    let ty = cx.items.types[def].def.variant_list()[variant].payload[0];
    generic::of_type(cx, def, list).apply(cx, ty)
}

/// Checks `e?`.
pub(super) fn check_try(cx: &mut TypeckCx<'_>, operand: ast::ExprId, span: Span) -> ExprId {
    let operand = expr::check(cx, operand, Want::Any);
    let ty = cx.ty(operand);
    let found = match *cx.types.kind(ty) {
        TyKind::Error | TyKind::Never => return cx.error(span),
        TyKind::Enum(def, list) => shape(cx, def).map(|shape| (def, list, shape)),
        _ => None,
    };
    let mark = cx.span(operand).end().to(span.end());
    let Some((def, list, shape)) = found else {
        let shown = cx.show(ty);
        let at = cx.span(operand);
        let diagnostic = Diagnostic::new(
            Code::NotPropagated,
            mark,
            format!("`?` takes an `Option` or a `Result`, found `{shown}`"),
        )
        .also(at, format!("this is of type `{shown}`"))
        .fix("remove the `?`", mark, "");
        cx.report(diagnostic);
        return cx.error(span);
    };
    let (success, failure) = match shape {
        Shape::Option(success, failure) | Shape::Result(success, failure) => (success, failure),
    };
    let value = payload(cx, def, list, success);
    let error = match shape {
        Shape::Result(..) => Some(payload(cx, def, list, failure)),
        Shape::Option(..) => None,
    };
    if cx.result.of == Subject::OpenLambda {
        // Where the error goes is known when the lambda's results are.
        let kind = ExprKind::Try(operand, Try { success, failure, returned: None });
        let id = cx.push(kind, value, span);
        lambda::note_try(cx, OpenTry { id, error, mark });
        return id;
    }
    let returned = match leave(cx, error, mark) {
        Ok(returned) => returned,
        Err(()) => return cx.push(ExprKind::Error, value, span),
    };
    let kind = ExprKind::Try(operand, Try { success, failure, returned });
    cx.push(kind, value, span)
}

/// `e?` in a lambda whose result type is not known yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenTry {
    id: ExprId,
    /// The type of the error; nothing of an `Option`.
    pub(super) error: Option<Ty>,
    mark: Span,
}

/// Decides where the error of `e?` goes, as the function's result type is known now.
pub(super) fn close_try(cx: &mut TypeckCx<'_>, open: OpenTry) {
    let returned = leave(cx, open.error, open.mark);
    let expr = &mut cx.body.exprs[open.id];
    match (returned, &mut expr.kind) {
        (Ok(variant), ExprKind::Try(_, way)) => way.returned = variant,
        _ => expr.kind = ExprKind::Error,
    }
}

/// Which variant of the function's result takes the error; `None` where it is a panic.
fn leave(cx: &mut TypeckCx<'_>, error: Option<Ty>, mark: Span) -> Result<Option<usize>, ()> {
    let result = cx.result;
    if cx.types.has_error(result.ty) && result.of != Subject::Constant {
        return Err(());
    }
    let around = match *cx.types.kind(result.ty) {
        TyKind::Enum(def, list) => shape(cx, def).map(|shape| (def, list, shape)),
        _ => None,
    };
    match (around, error) {
        (Some((def, list, Shape::Result(_, variant))), Some(error)) => {
            let wanted = payload(cx, def, list, variant);
            if infer::unify(cx, error, wanted) {
                return Ok(Some(variant));
            }
            let (found, wanted) = (cx.show(error), cx.show(wanted));
            let message =
                format!("the error is `{found}`, but the function's errors are `{wanted}`");
            report(cx, mark, message, |d| {
                d.help("convert it first: `match` on the value, or `MapError(e => …)?`")
            });
            Err(())
        }
        (Some((_, _, Shape::Option(_, variant))), None) => Ok(Some(variant)),
        (Some((_, _, Shape::Result(..))), None) => {
            let message = "an `Option` leaves with `None`, but the function returns a `Result`";
            report(cx, mark, message.to_owned(), |d| {
                d.help("say which error it is: `match` on the option")
            });
            Err(())
        }
        (None, _) if is_main(cx) || result.of == Subject::Test => Ok(None),
        (_, Some(_)) => {
            let message = "`?` hands an error on, but the function returns no `Result`";
            report(cx, mark, message.to_owned(), |d| {
                d.help("let it return a `Result`, or look at the value with `match`")
            });
            Err(())
        }
        (None, None) => {
            let message = "`?` hands `None` on, but the function returns no `Option`";
            report(cx, mark, message.to_owned(), |d| {
                d.help("let it return an `Option`, or look at the value with `match`")
            });
            Err(())
        }
    }
}

/// E1702.
fn report(
    cx: &mut TypeckCx<'_>,
    mark: Span,
    message: String,
    more: impl FnOnce(Diagnostic) -> Diagnostic,
) {
    let diagnostic = Diagnostic::new(Code::PropagatedType, mark, message);
    let diagnostic = super::mismatch::result_label(cx, diagnostic);
    cx.report(more(diagnostic));
}

/// Whether the function is the program's entry by its name and place.
fn is_main(cx: &TypeckCx<'_>) -> bool {
    use crate::index::Id;
    cx.result.of == Subject::Function(Symbol::MAIN) && cx.owner.is_none() && cx.module.index() == 0
}
