//! Literals: which type they take, and whether they fit it (language.md §1.5).
//!
//! A literal whose context has a numeric type takes it at once; else its type is an inference
//! variable, and [`settle`] looks at the value when the variable has become a type.
//!
//! *Invariants.* An integer literal may become a float, a float literal never an integer.

use super::bounds::{self, Numeric};
use super::infer::Number;
use super::{TypeckCx, Want};
use crate::ast::Literal;
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{Constant, ExprId, ExprKind};
use crate::source::Span;
use crate::types::{FloatTy, IntTy, Ty, TyKind};

/// Whether `-` stands before a literal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Plus,
    Minus,
}

/// Checks a literal.
pub(super) fn check(
    cx: &mut TypeckCx<'_>,
    literal: Literal,
    sign: Sign,
    span: Span,
    want: Want,
) -> ExprId {
    let (constant, is_float) = match literal {
        Literal::Unit => return cx.push(ExprKind::Constant(Constant::Unit), Ty::UNIT, span),
        Literal::Bool(value) => {
            return cx.push(ExprKind::Constant(Constant::Bool(value)), Ty::BOOL, span);
        }
        Literal::Char(value) => {
            return cx.push(ExprKind::Constant(Constant::Char(value)), Ty::CHAR, span);
        }
        Literal::Int(value) => {
            // What exceeds this fits no integer type and is reported as such.
            let value = i128::try_from(value).unwrap_or(i128::MAX);
            (Constant::Int(if sign == Sign::Minus { -value } else { value }), false)
        }
        Literal::Float(value) => {
            (Constant::Float(if sign == Sign::Minus { -value } else { value }), true)
        }
    };
    let hint = want.ty().map(|ty| cx.infer.shallow(ty));
    let (low, high) = match constant {
        Constant::Int(value) => (value, value),
        _ => (0, 0),
    };
    let number = Number { is_float, is_integral: false, is_signed: sign == Sign::Minus, low, high };
    let ty = match hint {
        Some(ty) if !is_float && cx.types.as_int(ty).is_some() => ty,
        Some(ty) if matches!(cx.types.kind(ty), TyKind::Float(_)) => ty,
        Some(ty) if matches!(cx.types.kind(ty), TyKind::Param(_)) => {
            match (bounds::numeric(cx, ty), is_float) {
                (Numeric::AnyFloat, _) | (Numeric::Any | Numeric::AnyInt, false) => ty,
                _ => cx.infer.number(Number { is_signed: false, ..number }),
            }
        }
        Some(Ty::ERROR) => Ty::ERROR,
        _ => cx.infer.number(Number { is_signed: false, ..number }),
    };
    let id = cx.push(ExprKind::Constant(constant), ty, span);
    if ty.as_infer().is_none() {
        settle(cx, id);
    }
    id
}

/// Gives a literal's constant the form that its type asks for, and reports it if it does not fit.
pub(super) fn settle(cx: &mut TypeckCx<'_>, id: ExprId) {
    let expr = &cx.body.exprs[id];
    let (span, ty) = (expr.span, expr.ty);
    let ExprKind::Constant(constant) = &expr.kind else { return };
    let new = match (constant, cx.types.kind(ty)) {
        (Constant::Int(value), TyKind::Int(int)) => {
            if int.holds(*value) {
                return;
            }
            let (value, int) = (*value, *int);
            report_range(cx, value, int, span);
            ExprKind::Error
        }
        (Constant::Int(value), TyKind::Float(FloatTy::F64)) => {
            ExprKind::Constant(Constant::Float(*value as f64))
        }
        (Constant::Int(value), TyKind::Float(FloatTy::F32)) => {
            ExprKind::Constant(Constant::Float(f64::from(*value as f32)))
        }
        (Constant::Float(value), TyKind::Float(FloatTy::F32)) => {
            let rounded = single(cx, span, *value);
            if rounded.is_infinite() {
                cx.report(
                    Diagnostic::new(Code::LiteralRange, span, "this number does not fit `f32`")
                        .note("the largest `f32` is about 3.4e38"),
                );
                ExprKind::Error
            } else {
                ExprKind::Constant(Constant::Float(f64::from(rounded)))
            }
        }
        (Constant::Int(value), TyKind::Param(_)) => {
            let value = *value;
            // A value of every type that may stand for the parameter.
            let (fits, narrow) = match bounds::numeric(cx, ty) {
                Numeric::AnyFloat => (value.unsigned_abs() <= 1 << 24, "f32"),
                _ if value < 0 => (false, "u8"),
                _ => (value <= i128::from(i8::MAX), "i8"),
            };
            if fits {
                return;
            }
            report_generic_range(cx, ty, narrow, span);
            ExprKind::Error
        }
        _ => return,
    };
    cx.body.exprs[id].kind = new;
}

/// E1220 for a literal of a type parameter.
fn report_generic_range(cx: &mut TypeckCx<'_>, ty: Ty, narrow: &str, span: Span) {
    let (text, name) = (cx.sources.text(span).to_owned(), cx.show(ty));
    let message = format!("`{text}` does not fit `{narrow}`, which `{name}` may be");
    let diagnostic = Diagnostic::new(Code::LiteralRange, span, message);
    let title = "convert it where it is used";
    cx.report(super::mismatch::wrap(diagnostic, title, span, &format!("cast<{name}>("), ")"));
}

/// The nearest `f32`, read from the text: rounding twice would give another one.
fn single(cx: &TypeckCx<'_>, span: Span, value: f64) -> f32 {
    let text: String = cx.sources.text(span).chars().filter(|c| !matches!(c, '_' | ' ')).collect();
    text.parse().unwrap_or(value as f32)
}

/// E1220 for a literal.
pub(super) fn report_range(cx: &mut TypeckCx<'_>, value: i128, int: IntTy, span: Span) {
    let name = int.name();
    let text = cx.sources.text(span).to_owned();
    let mut diagnostic =
        Diagnostic::new(Code::LiteralRange, span, format!("`{text}` does not fit `{name}`"))
            .note(format!("`{name}` holds {} to {}", int.min(), int.max()));
    let wider = [IntTy::I32, IntTy::I64, IntTy::U64].into_iter().find(|wider| wider.holds(value));
    diagnostic = match wider {
        Some(wider) => diagnostic.help(format!("`{}` would hold it", wider.name())),
        None => diagnostic.note("no integer type holds it"),
    };
    cx.report(diagnostic);
}
