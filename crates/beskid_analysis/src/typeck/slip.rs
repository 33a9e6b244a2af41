//! Slips in calls that would otherwise be told as several mistakes: two arguments in each other's place,
//! the parameters of a lambda without parentheses.
//!
//! *Invariants.* One slip is one diagnostic.

use super::coerce::{Reason, fits};
use super::name::{self, Meaning};
use super::{TypeckCx, infer, overload};
use crate::ast::{self, Argument};
use crate::diagnostics::{Code, Diagnostic, Edit, Fix};
use crate::hir::ExprId;
use crate::source::Span;
use crate::types::{Ty, TyKind};

/// A value that did not fit: the broken expression in its place, and its type.
pub(super) type Misfit = (ExprId, Ty);

/// What an argument that did not fit was.
enum Given {
    Value(Ty),
    /// A lambda with so many parameters.
    Lambda(usize),
}

/// Joins the reports about two arguments that would fit in each other's place. `misfits` are those of the
/// call, `reported` the number of diagnostics before it.
pub(super) fn join_swapped(
    cx: &mut TypeckCx<'_>,
    arguments: &[Argument],
    wanted: &[(Ty, Reason)],
    values: &[ExprId],
    misfits: &[Misfit],
    reported: usize,
) {
    let mut errors = cx.diagnostics[reported..].iter().filter(|found| found.is_error());
    let (Some(first), Some(second), None) = (errors.next(), errors.next(), errors.next()) else {
        return;
    };
    let place = |cx: &TypeckCx<'_>, span: Span| {
        arguments.iter().position(|argument| {
            let at = cx.ast().exprs[argument.value].span;
            at.lo <= span.lo && span.hi <= at.hi
        })
    };
    let (a, b) = (first.span(), second.span());
    let (Some(a), Some(b)) = (place(cx, a), place(cx, b)) else { return };
    let (a, b) = (a.min(b), a.max(b));
    if a == b {
        return;
    }
    let given = |cx: &TypeckCx<'_>, index: usize| {
        if let ast::ExprKind::Lambda { parameters, .. } =
            &cx.ast().exprs[arguments[index].value].kind
        {
            return Some(Given::Lambda(parameters.len()));
        }
        let found = misfits.iter().find(|&&(value, _)| Some(&value) == values.get(index));
        found.map(|&(_, ty)| Given::Value(ty))
    };
    let (Some(for_b), Some(for_a)) = (given(cx, a), given(cx, b)) else { return };
    if !would_fit(cx, &for_a, wanted[a].0) || !would_fit(cx, &for_b, wanted[b].0) {
        return;
    }
    let mut found = cx.diagnostics.split_off(reported);
    found.retain(|diagnostic| !diagnostic.is_error());
    cx.diagnostics.append(&mut found);
    let diagnostic = swapped(cx, arguments, (a, b), wanted[a].1);
    cx.report(diagnostic);
}

fn would_fit(cx: &mut TypeckCx<'_>, given: &Given, wanted: Ty) -> bool {
    let wanted = cx.infer.shallow(wanted);
    match *given {
        Given::Lambda(count) => match *cx.types.kind(wanted) {
            TyKind::Function(parameters, _) => cx.types.types(parameters).len() == count,
            _ => false,
        },
        Given::Value(ty) => {
            let literal = cx.infer.as_number(ty).is_some();
            let ty = infer::with_defaults(cx, ty);
            let before = cx.infer.snapshot();
            let fits = fits(cx, ty, wanted);
            cx.infer.restore(before);
            fits || cx.types.widens(ty, wanted) || (literal && cx.types.is_number(wanted))
        }
    }
}

fn swapped(
    cx: &mut TypeckCx<'_>,
    arguments: &[Argument],
    (a, b): (usize, usize),
    reason: Reason,
) -> Diagnostic {
    let span = |index: usize| cx.ast().exprs[arguments[index].value].span;
    let (first, second) = (span(a), span(b));
    let (text, other) = (cx.sources.text(first).to_owned(), cx.sources.text(second).to_owned());
    let message = "these two arguments are in the wrong order";
    let mut diagnostic =
        Diagnostic::new(Code::ArgumentType, first, message).also(second, "and this one");
    if let Reason::Argument(function, _) = reason {
        let declared = cx.items.functions[function].name.span;
        let signature = overload::signature(cx, function);
        diagnostic = diagnostic.also(declared, format!("declared as `{signature}`"));
    }
    diagnostic.fixes.push(Fix {
        title: "swap them".to_owned(),
        edits: vec![
            Edit { span: first, replacement: other },
            Edit { span: second, replacement: text },
        ],
    });
    diagnostic
}

/// Reports `f(x, y => x + y)`, where `x` is nothing but the first parameter of the lambda.
pub(super) fn bare_parameters(cx: &mut TypeckCx<'_>, arguments: &[Argument]) -> bool {
    let ast = cx.ast();
    let Some(last) = arguments.iter().rposition(|argument| {
        matches!(&ast.exprs[argument.value].kind, ast::ExprKind::Lambda { parameters, .. }
            if parameters.len() == 1
                && parameters[0].ty.is_none()
                && parameters[0].name.span.lo == ast.exprs[argument.value].span.lo)
    }) else {
        return false;
    };
    let ast::ExprKind::Lambda { parameters, .. } = &ast.exprs[arguments[last].value].kind else {
        return false;
    };
    let mut first = last;
    while first > 0
        && let ast::ExprKind::Name { name, .. } = ast.exprs[arguments[first - 1].value].kind
        && matches!(name::resolve(cx, name.name), Meaning::Unknown)
        && !cx.is_lost(name.name)
    {
        first -= 1;
    }
    if first == last {
        return false;
    }
    let whole = ast.exprs[arguments[first].value].span.to(parameters[0].name.span);
    let mut diagnostic = Diagnostic::new(
        Code::UnknownName,
        whole,
        "several parameters of a lambda stand in parentheses",
    );
    diagnostic.fixes.push(Fix {
        title: "add the parentheses".to_owned(),
        edits: vec![
            Edit { span: whole.start(), replacement: "(".to_owned() },
            Edit { span: whole.end(), replacement: ")".to_owned() },
        ],
    });
    cx.report(diagnostic);
    true
}
