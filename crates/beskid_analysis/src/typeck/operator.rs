//! Operators (language.md §2.6 to §2.8, §6.1 to §6.3).
//!
//! Chains of infix operators lean to the left; they are checked from the innermost outwards in a loop,
//! so that long ones take no recursion.
//!
//! *Invariants.* Both operands of what is made have one type, the count of a shift aside.

use super::bounds::{self, Numeric};
use super::coerce::{self, Reason};
use super::mismatch::{one, wrap};
use super::{TypeckCx, Want, expr, hint, infer};
use crate::ast::{self, BinaryOp, UnaryOp};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{ExprId, ExprKind};
use crate::source::Span;
use crate::types::{IntTy, Ty, TyKind};

/// `-e`, `!e`, `~e`; `-` before a number is part of the literal.
pub(super) fn check_unary(
    cx: &mut TypeckCx<'_>,
    op: UnaryOp,
    op_span: Span,
    operand: ast::ExprId,
    span: Span,
) -> ExprId {
    let operand = expr::check(cx, operand, Want::Any);
    let ty = cx.ty(operand);
    let literal = cx.infer.as_number(ty).is_some();
    let fits = match op {
        UnaryOp::Neg if literal => cx.infer.narrow(ty, false, true),
        UnaryOp::BitNot if literal => cx.infer.narrow(ty, true, false),
        _ => match (op, cx.types.kind(ty)) {
            (_, TyKind::Error | TyKind::Never) => true,
            (UnaryOp::Neg, TyKind::Param(_)) => bounds::numeric(cx, ty) == Numeric::AnyFloat,
            (UnaryOp::BitNot, TyKind::Param(_)) => bounds::numeric(cx, ty) == Numeric::AnyInt,
            (UnaryOp::Neg, TyKind::Int(int)) => int.is_signed(),
            (UnaryOp::Neg, TyKind::Float(_))
            | (UnaryOp::Not, TyKind::Bool)
            | (UnaryOp::BitNot, TyKind::Int(_)) => true,
            _ => false,
        },
    };
    if fits {
        return cx.push(ExprKind::Unary(op, operand), ty, span);
    }
    let shown = cx.show(ty);
    let at = cx.span(operand);
    let diagnostic = Diagnostic::new(
        Code::UnaryOperand,
        op_span,
        format!("`{}` does not take {}", op.text(), one(&shown)),
    )
    .also(at, format!("this is of type `{shown}`"));
    let diagnostic = match (op, cx.types.kind(ty)) {
        (UnaryOp::Neg, TyKind::Int(_)) => {
            diagnostic.note(format!("`{shown}` has no negative values"))
        }
        (UnaryOp::Neg, TyKind::Param(_)) if bounds::numeric(cx, ty) != Numeric::No => diagnostic
            .note(format!("`{shown}` may be unsigned, and then has no negative values"))
            .help("subtract it from 0: `0 - x`"),
        (UnaryOp::Not, TyKind::Int(_)) => {
            diagnostic.help("`~x` inverts the bits, `x == 0` asks for zero")
        }
        (UnaryOp::BitNot, TyKind::Bool) => diagnostic.fix("negate a `bool` with `!`", op_span, "!"),
        _ => diagnostic,
    };
    cx.report(diagnostic);
    cx.error(span)
}

/// An infix operator that waits for its left operand.
struct Link {
    op: BinaryOp,
    op_span: Span,
    right: ast::ExprId,
    span: Span,
}

/// `a + b` and its kin.
pub(super) fn check_binary(
    cx: &mut TypeckCx<'_>,
    op: BinaryOp,
    op_span: Span,
    left: ast::ExprId,
    right: ast::ExprId,
    span: Span,
) -> ExprId {
    let ast = cx.ast();
    let ast::ExprKind::Binary { .. } = ast.exprs[left].kind else {
        let left = check_left(cx, op, op_span, left);
        return apply(cx, left, Link { op, op_span, right, span });
    };
    let mut links = vec![Link { op, op_span, right, span }];
    let mut innermost = left;
    while let ast::ExprKind::Binary { op, op_span, left, right } = ast.exprs[innermost].kind {
        links.push(Link { op, op_span, right, span: ast.exprs[innermost].span });
        innermost = left;
    }
    let first = &links[links.len() - 1];
    let mut value = check_left(cx, first.op, first.op_span, innermost);
    while let Some(link) = links.pop() {
        value = apply(cx, value, link);
    }
    value
}

fn check_left(cx: &mut TypeckCx<'_>, op: BinaryOp, op_span: Span, left: ast::ExprId) -> ExprId {
    let want = match op {
        BinaryOp::And | BinaryOp::Or => Want::Must(Ty::BOOL, Reason::Operand(op, op_span)),
        _ => Want::Any,
    };
    expr::check(cx, left, want)
}

fn apply(cx: &mut TypeckCx<'_>, left: ExprId, link: Link) -> ExprId {
    let Link { op, op_span, right, span } = link;
    if matches!(op, BinaryOp::And | BinaryOp::Or) {
        let reason = Reason::Operand(op, op_span);
        let left = coerce::coerce(cx, left, Ty::BOOL, reason);
        let reach = cx.reach;
        let right = expr::check(cx, right, Want::Must(Ty::BOOL, reason));
        cx.reach = reach;
        let kind = if op == BinaryOp::And {
            ExprKind::And(left, right)
        } else {
            ExprKind::Or(left, right)
        };
        return cx.push(kind, Ty::BOOL, span);
    }
    let shift = matches!(op, BinaryOp::Shl | BinaryOp::Shr);
    let hint = cx.ty(left);
    let want = if shift || hint == Ty::NEVER { Want::Any } else { Want::Hint(hint) };
    let right = expr::check(cx, right, want);
    if shift {
        return check_shift(cx, op, op_span, left, right, span);
    }
    let (l, r) = (cx.ty(left), cx.ty(right));
    let result = |operands: Ty| if is_comparison(op) { Ty::BOOL } else { operands };
    if cx.types.has_error(l) || cx.types.has_error(r) {
        infer::unify(cx, l, r);
        return cx.push(ExprKind::Error, result(Ty::ERROR), span);
    }
    let common = match coerce::join(cx, l, r) {
        Some(Ty::NEVER) => return cx.push(ExprKind::Binary(op, left, right), Ty::NEVER, span),
        common => common.filter(|&ty| takes(cx, op, ty)),
    };
    let Some(ty) = common else {
        report_operands(cx, op, op_span, left, right);
        return cx.push(ExprKind::Error, result(Ty::ERROR), span);
    };
    let left = coerce::convert_joined(cx, left, ty);
    let right = coerce::convert_joined(cx, right, ty);
    cx.push(ExprKind::Binary(op, left, right), result(ty), span)
}

pub(super) fn is_comparison(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::Lt
            | BinaryOp::Le
            | BinaryOp::Gt
            | BinaryOp::Ge
            | BinaryOp::Eq
            | BinaryOp::Ne
            | BinaryOp::Same
            | BinaryOp::NotSame
    )
}

/// Whether an operator takes two operands of a type. Notes what it asks of literals.
pub(super) fn takes(cx: &mut TypeckCx<'_>, op: BinaryOp, ty: Ty) -> bool {
    let ty = cx.infer.shallow(ty);
    let bits = matches!(op, BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor);
    if cx.infer.as_number(ty).is_some() {
        return match op {
            _ if bits => cx.infer.narrow(ty, true, false),
            BinaryOp::Same | BinaryOp::NotSame => false,
            _ => true,
        };
    }
    let numeric = bounds::numeric(cx, ty);
    let number = numeric != Numeric::No;
    let integer = matches!(numeric, Numeric::Int(_) | Numeric::AnyInt);
    let comparable = bounds::is_comparable_param(cx, ty);
    let kind = cx.types.kind(ty);
    match op {
        BinaryOp::Add => number || *kind == TyKind::String,
        BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => number,
        BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor => integer || *kind == TyKind::Bool,
        BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
            number || comparable || matches!(kind, TyKind::Char | TyKind::String)
        }
        BinaryOp::Eq | BinaryOp::Ne => true,
        BinaryOp::Same | BinaryOp::NotSame => {
            cx.types.has_identity(ty) || matches!(kind, TyKind::Infer)
        }
        BinaryOp::Shl | BinaryOp::Shr | BinaryOp::And | BinaryOp::Or => false,
    }
}

fn check_shift(
    cx: &mut TypeckCx<'_>,
    op: BinaryOp,
    op_span: Span,
    left: ExprId,
    right: ExprId,
    span: Span,
) -> ExprId {
    let (l, r) = (cx.ty(left), cx.ty(right));
    if is_integer(cx, l) && is_integer(cx, r) {
        return cx.push(ExprKind::Binary(op, left, right), l, span);
    }
    report_operands(cx, op, op_span, left, right);
    cx.error(span)
}

/// Whether a type is an integer, or literals that become one.
pub(super) fn is_integer(cx: &mut TypeckCx<'_>, ty: Ty) -> bool {
    if cx.infer.as_number(ty).is_some() {
        return cx.infer.narrow(ty, true, false);
    }
    matches!(cx.types.kind(ty), TyKind::Int(_) | TyKind::Error | TyKind::Never)
        || bounds::numeric(cx, ty) == Numeric::AnyInt
}

/// E1209, or E1217 for the comparison of identity.
pub(super) fn report_operands(
    cx: &mut TypeckCx<'_>,
    op: BinaryOp,
    op_span: Span,
    left: ExprId,
    right: ExprId,
) {
    let (l, r) = (cx.ty(left), cx.ty(right));
    if cx.types.has_error(l) || cx.types.has_error(r) || is_open(cx, l) || is_open(cx, r) {
        return;
    }
    let (l, r) = (infer::with_defaults(cx, l), infer::with_defaults(cx, r));
    let (a, b) = (cx.show(l), cx.show(r));
    let (left_span, right_span) = (cx.span(left), cx.span(right));
    let sign = op.text();
    if matches!(op, BinaryOp::Same | BinaryOp::NotSame) {
        let instead = if op == BinaryOp::Same { "==" } else { "!=" };
        let plain = if cx.types.has_identity(l) { r } else { l };
        let diagnostic = if cx.types.has_identity(l) && cx.types.has_identity(r) {
            Diagnostic::new(
                Code::NoIdentity,
                op_span,
                format!("{} and {} are never the same object", one(&a), one(&b)),
            )
        } else {
            let shown = cx.show(plain);
            let diagnostic = Diagnostic::new(
                Code::NoIdentity,
                op_span,
                format!("`{sign}` compares identity, which {} does not have", one(&shown)),
            );
            if coerce::join(cx, l, r).is_some() {
                diagnostic.fix(format!("compare values with `{instead}`"), op_span, instead)
            } else {
                diagnostic
            }
        };
        cx.report(diagnostic.also(left_span, format!("`{a}`")).also(right_span, format!("`{b}`")));
        return;
    }
    let message = if a == b {
        format!("`{sign}` does not take two `{a}`s")
    } else if is_comparison(op) {
        format!("`{sign}` does not compare {} with {}", one(&a), one(&b))
    } else {
        format!("`{sign}` does not take {} and {}", one(&a), one(&b))
    };
    let diagnostic = Diagnostic::new(Code::BinaryOperands, op_span, message)
        .also(left_span, format!("this is of type `{a}`"))
        .also(right_span, format!("this is of type `{b}`"));
    let diagnostic = advise(cx, diagnostic, op, (l, left_span), (r, right_span));
    cx.report(diagnostic);
}

/// Whether a type is a parameter of whose bounds some are broken.
fn is_open(cx: &TypeckCx<'_>, ty: Ty) -> bool {
    matches!(cx.types.kind(ty), &TyKind::Param(param) if cx.items.type_params[param].is_open)
}

/// What to write instead.
fn advise(
    cx: &mut TypeckCx<'_>,
    diagnostic: Diagnostic,
    op: BinaryOp,
    (l, left): (Ty, Span),
    (r, right): (Ty, Span),
) -> Diagnostic {
    let (from, to) = (cx.types.kind(l).clone(), cx.types.kind(r).clone());
    if is_comparison(op)
        && let Some(fix) = char_for_string(cx, (&from, left), (&to, right))
    {
        return diagnostic.fix("write a char", fix.0, fix.1);
    }
    match (&from, &to) {
        (TyKind::Param(_), TyKind::Param(_)) if l == r => {
            let bound = match op {
                BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => "Comparable",
                BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor => "Integer",
                _ => "Number",
            };
            let name = cx.show(l);
            diagnostic.help(format!("bound the type parameter: `<{name} : {bound}>`"))
        }
        (TyKind::Param(_), _) if matches!(op, BinaryOp::Shl | BinaryOp::Shr) => {
            let name = cx.show(l);
            diagnostic.help(format!("bound the type parameter: `<{name} : Integer>`"))
        }
        _ if matches!(op, BinaryOp::Shl | BinaryOp::Shr) => {
            let diagnostic = diagnostic.note("an integer is shifted by an integer");
            match (&from, &to) {
                (TyKind::Int(_), TyKind::Float(_)) => {
                    wrap(diagnostic, "convert the count", right, "cast<i32>(", ")")
                }
                _ => diagnostic,
            }
        }
        (TyKind::Char, TyKind::Char) if matches!(op, BinaryOp::Add | BinaryOp::Sub) => {
            diagnostic.help("compute with the numbers of chars: `cast<i32>(c)`")
        }
        (TyKind::Int(a), TyKind::Int(b)) if a != b => {
            let (ty, span) = match wider(*a, *b) {
                Some(ty) if ty == *a => (*a, right),
                Some(ty) if ty == *b => (*b, left),
                Some(ty) => {
                    let name = ty.name();
                    return diagnostic
                        .note("neither type holds all values of the other")
                        .help(format!("`{name}` holds all values of both: `cast<{name}>(…)`"));
                }
                None => {
                    return diagnostic
                        .note("neither type holds all values of the other")
                        .help(format!("convert one of them: `cast<{}>(…)`", a.name()));
                }
            };
            let name = ty.name();
            let title = format!("convert it: `cast<{name}>(…)`");
            wrap(diagnostic, &title, span, &format!("cast<{name}>("), ")")
        }
        (TyKind::Int(_), TyKind::Float(_)) => {
            let name = cx.show(r);
            let title = format!("convert it: `cast<{name}>(…)`");
            let diagnostic =
                diagnostic.note(format!("integers and floats mix by `cast<{name}>(…)` only"));
            wrap(diagnostic, &title, left, &format!("cast<{name}>("), ")")
        }
        (TyKind::Float(_), TyKind::Int(_)) => {
            let name = cx.show(l);
            let title = format!("convert it: `cast<{name}>(…)`");
            let diagnostic =
                diagnostic.note(format!("integers and floats mix by `cast<{name}>(…)` only"));
            wrap(diagnostic, &title, right, &format!("cast<{name}>("), ")")
        }
        (TyKind::String, _) if op == BinaryOp::Add => {
            wrap(diagnostic, "make text of it", right, "\"${", "}\"")
        }
        (_, TyKind::String) if op == BinaryOp::Add => {
            wrap(diagnostic, "make text of it", left, "\"${", "}\"")
        }
        (TyKind::Char, TyKind::Int(_)) => {
            wrap(diagnostic, "take the char's number", left, "cast<i32>(", ")")
        }
        (TyKind::Int(_), TyKind::Char) => {
            wrap(diagnostic, "take the char's number", right, "cast<i32>(", ")")
        }
        (TyKind::Bool, TyKind::Bool)
            if matches!(op, BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge) =>
        {
            diagnostic.note("numbers, chars and strings have an order")
        }
        _ => {
            let diagnostic = hint::of_value(cx, diagnostic, left, l, (l != r).then_some(r));
            hint::of_value(cx, diagnostic, right, r, (l != r).then_some(l))
        }
    }
}

/// A string of one character that is compared with a char: its place, and the char.
fn char_for_string(
    cx: &TypeckCx<'_>,
    left: (&TyKind, Span),
    right: (&TyKind, Span),
) -> Option<(Span, String)> {
    let at = match (left, right) {
        ((TyKind::Char, _), (TyKind::String, at)) | ((TyKind::String, at), (TyKind::Char, _)) => at,
        _ => return None,
    };
    let text = cx.sources.text(at).strip_prefix('"')?.strip_suffix('"')?;
    let one = text.chars().count() == 1 || (text.starts_with('\\') && text.len() == 2);
    let inner = match text {
        "'" => "\\'",
        "\\\"" => "\"",
        _ => text,
    };
    one.then(|| (at, format!("'{inner}'")))
}

/// The narrowest integer type that holds all values of both.
fn wider(a: IntTy, b: IntTy) -> Option<IntTy> {
    [IntTy::I8, IntTy::I16, IntTy::I32, IntTy::I64]
        .into_iter()
        .find(|ty| [a.min(), a.max(), b.min(), b.max()].iter().all(|&value| ty.holds(value)))
}
