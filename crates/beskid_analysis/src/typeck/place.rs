//! Assignments: what may stand on their left side, and what it gets (language.md §4).
//!
//! *Invariants.* A place of the result is a local that may be assigned, a field or an element. A local
//! is marked mutable when it is assigned.

use super::coerce::{self, Reason};
use super::members::{self, Found};
use super::mismatch::one;
use super::name::{self, Meaning};
use super::object::{self, Base};
use super::operator;
use super::scope::Origin;
use super::{TypeckCx, Want, event, expr, hint, infer};
use crate::ast::{self, AssignOp, BinaryOp, Ident};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{ExprId, ExprKind, LocalId, Stmt};
use crate::source::Span;
use crate::symbol::Symbol;
use crate::types::Ty;

/// `place = e;`, `place op= e;`
pub(super) fn check_assign(
    cx: &mut TypeckCx<'_>,
    target: ast::ExprId,
    op: AssignOp,
    op_span: Span,
    value: ast::ExprId,
    span: Span,
) -> Option<Stmt> {
    let place = match member_base(cx, target) {
        Some((base, name, at)) => {
            if let Base::Value(object) = base {
                let ty = cx.ty(object);
                if let Found::Event(found) = members::lookup(cx, ty, name.name) {
                    let statement = (op, op_span, span);
                    return event::check_subscription(cx, object, found, name, value, statement);
                }
            }
            let place = object::check_member_of(cx, base, name, &[], at, Want::Any);
            assignable(cx, place)
        }
        None => check_place(cx, target, value),
    };
    let ty = place.map_or(Ty::ERROR, |place| cx.ty(place));
    let Some(op) = op else {
        let at = cx.ast().exprs[target].span;
        let value = expr::check(cx, value, Want::Must(ty, Reason::Assignment(at)));
        return Some(Stmt::Assign { place: place?, op: None, value, span });
    };
    let shift = matches!(op, BinaryOp::Shl | BinaryOp::Shr);
    let value = expr::check(cx, value, if shift { Want::Any } else { Want::Hint(ty) });
    let place = place?;
    let found = cx.ty(value);
    if cx.types.has_error(ty) || cx.types.has_error(found) {
        infer::unify(cx, ty, found);
        return None;
    }
    let at = cx.span(value);
    let value = if shift {
        (operator::is_integer(cx, ty) && operator::is_integer(cx, found)).then_some(value)
    } else if operator::takes(cx, op, ty) {
        coerce::try_coerce(cx, value, ty)
    } else {
        None
    };
    let Some(converted) = value else {
        report_compound(cx, op, op_span, place, (found, at), target);
        return None;
    };
    Some(Stmt::Assign { place, op: Some(op), value: converted, span })
}

/// What is before the dot of `a.b`, checked, the name behind it and the whole.
fn member_base(cx: &mut TypeckCx<'_>, mut target: ast::ExprId) -> Option<(Base, Ident, Span)> {
    let ast = cx.ast();
    while let ast::ExprKind::Paren(inner) = ast.exprs[target].kind {
        target = inner;
    }
    match &ast.exprs[target].kind {
        ast::ExprKind::Member { base, name, .. } => {
            let span = ast.exprs[target].span;
            Some((object::check_base(cx, *base), *name, span))
        }
        _ => None,
    }
}

/// A checked expression, if it is a place; `None` if that was reported.
fn assignable(cx: &mut TypeckCx<'_>, place: ExprId) -> Option<ExprId> {
    let what = match cx.body.exprs[place].kind {
        ExprKind::Field(..) | ExprKind::Index(..) => return Some(place),
        // Reported.
        ExprKind::Error => return None,
        ExprKind::Constant(_) => "a constant",
        ExprKind::Function(..) => "a function",
        ExprKind::BoundMethod(..) => "a method",
        _ => "a value",
    };
    let (span, message) = (cx.span(place), format!("this is {what}, and cannot be assigned"));
    cx.report(
        Diagnostic::new(Code::NotAssignable, span, message)
            .label("not a variable, a field or an element"),
    );
    None
}

/// The place that an `out` argument names; `None` if it was reported.
pub(super) fn check_out(cx: &mut TypeckCx<'_>, target: ast::ExprId) -> Option<ExprId> {
    let reported = cx.diagnostics.len();
    let place = check_place(cx, target, target);
    // What is wrong with the place is wrong with the argument.
    for diagnostic in &mut cx.diagnostics[reported..] {
        if matches!(diagnostic.code, Code::AssignImmutable | Code::NotAssignable) {
            diagnostic.code = Code::ArgumentMode;
        }
    }
    place
}

/// E1209 for `place op= e`.
fn report_compound(
    cx: &mut TypeckCx<'_>,
    op: BinaryOp,
    op_span: Span,
    place: ExprId,
    (found, value): (Ty, Span),
    target: ast::ExprId,
) {
    let ty = cx.ty(place);
    let (a, b) = (cx.show(ty), cx.show(found));
    let at = cx.ast().exprs[target].span;
    let sign = op.text();
    let mut diagnostic = Diagnostic::new(
        Code::BinaryOperands,
        op_span,
        format!("`{sign}=` does not take {} and {}", one(&a), one(&b)),
    )
    .label(format!("the value is of type `{b}`"))
    .also(at, format!("this place is of type `{a}`"));
    if coerce::casts(cx, found, ty) && operator::takes(cx, op, ty) {
        diagnostic = diagnostic
            .note("a compound assignment computes in the type of its place")
            .help(format!("convert the value: `{sign}= cast<{a}>(…)`"));
    } else if ty == Ty::STRING && op == BinaryOp::Add {
        diagnostic = diagnostic.help("make text of the value: `\"${…}\"`");
    } else {
        diagnostic = hint::of_value(cx, diagnostic, value, found, Some(ty));
    }
    cx.report(diagnostic);
}

/// Checks the left side of an assignment; `None` if it was reported.
fn check_place(
    cx: &mut TypeckCx<'_>,
    mut target: ast::ExprId,
    value: ast::ExprId,
) -> Option<ExprId> {
    let ast = cx.ast();
    while let ast::ExprKind::Paren(inner) = ast.exprs[target].kind {
        target = inner;
    }
    let span = ast.exprs[target].span;
    match &ast.exprs[target].kind {
        ast::ExprKind::Error => return None,
        ast::ExprKind::Name { name, .. } => return check_named_place(cx, *name, value),
        ast::ExprKind::This => {
            if name_of_this(cx).is_none() {
                name::check_this(cx, span);
                return None;
            }
            cx.report(
                Diagnostic::new(Code::AssignImmutable, span, "`this` cannot be assigned")
                    .note("the receiver of a method is fixed; its fields can be assigned"),
            );
            return None;
        }
        ast::ExprKind::Member { .. } | ast::ExprKind::Index { .. } => {
            let place = expr::check(cx, target, Want::Any);
            return assignable(cx, place);
        }
        _ => {}
    }
    let reported = cx.diagnostics.len();
    expr::check(cx, target, Want::Any);
    if cx.diagnostics.len() == reported {
        cx.report(
            Diagnostic::new(Code::NotAssignable, span, "this cannot be assigned")
                .label("not a variable, a field or an element"),
        );
    }
    None
}

fn name_of_this(cx: &TypeckCx<'_>) -> Option<LocalId> {
    cx.scopes.lookup(Symbol::THIS)
}

fn check_named_place(cx: &mut TypeckCx<'_>, name: Ident, value: ast::ExprId) -> Option<ExprId> {
    let text = cx.text(name.name);
    match name::resolve(cx, name.name) {
        Meaning::Local(local) => {
            let place = cx.push_local(local, name.span);
            if matches!(cx.scopes.origin(local), Origin::Mutable | Origin::Out) {
                cx.body.locals[local].mutable = true;
            } else if cx.scopes.note_assigned(local) {
                // One `mut` mends all assignments.
                report_immutable(cx, local, name);
            }
            return Some(place);
        }
        Meaning::Poisoned => {}
        Meaning::Unknown => {
            if cx.is_lost(name.name) {
                return None;
            }
            let mut diagnostic = name::unknown_name(cx, name, "name");
            let simple = diagnostic.code == Code::UnknownName && !suggests_place(cx, &diagnostic);
            if simple && cx.ast().exprs[value].span.lo >= name.span.hi {
                diagnostic.fixes.clear();
                diagnostic = diagnostic.fix("declare it", name.span.start(), "let mut ");
                cx.report(diagnostic);
                // The uses behind it are those of the declaration that is missing.
                cx.declare(name, Ty::ERROR, Origin::Mutable);
                return None;
            }
            cx.report(diagnostic);
        }
        meaning => {
            let what = match meaning {
                Meaning::Const(_) => "a constant",
                Meaning::Functions(_) => "a function",
                Meaning::Type(_) | Meaning::Alias => "a type",
                Meaning::Attribute => "an attribute",
                Meaning::Module(_) => "a module",
                _ => "no variable",
            };
            cx.report(
                Diagnostic::new(
                    Code::NotAssignable,
                    name.span,
                    format!("`{text}` is {what}, and cannot be assigned"),
                )
                .label("not a variable, a field or an element"),
            );
        }
    }
    None
}

/// Whether a diagnostic suggests something that can be assigned: a local, or a member of `this`.
fn suggests_place(cx: &TypeckCx<'_>, diagnostic: &Diagnostic) -> bool {
    let mut edits = diagnostic.fixes.iter().flat_map(|fix| &fix.edits);
    edits.any(|edit| {
        let text = edit.replacement.as_str();
        text == "this." || cx.scopes.names().any(|name| cx.text(name) == text)
    })
}

/// E1214
fn report_immutable(cx: &mut TypeckCx<'_>, local: LocalId, name: Ident) {
    let text = cx.text(name.name);
    let declared = cx.body.locals[local].span;
    let diagnostic = Diagnostic::new(
        Code::AssignImmutable,
        name.span,
        format!("`{text}` is immutable, and cannot be assigned"),
    );
    let diagnostic = match cx.scopes.origin(local) {
        Origin::Loop => diagnostic
            .also(declared, "the variable of a `for` is fresh in each turn")
            .help(format!("copy it: `let mut copy = {text};`")),
        Origin::Ref => diagnostic
            .also(declared, "a `ref` parameter is a view of the argument")
            .help(format!("copy it: `let mut copy = {text};`")),
        Origin::Parameter => diagnostic.also(declared, "the parameter is declared here").fix(
            "make the parameter mutable",
            declared.start(),
            "mut ",
        ),
        _ => diagnostic.also(declared, "declared here, without `mut`").fix(
            "make the binding mutable",
            declared.start(),
            "mut ",
        ),
    };
    cx.report(diagnostic);
}
