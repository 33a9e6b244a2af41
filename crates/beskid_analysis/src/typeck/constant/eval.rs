//! The value of a checked expression.
//!
//! *Invariants.* The result has the form of the expression's type: [`Constant::Int`] within its range,
//! [`Constant::Float`] rounded to it.

use super::super::TypeckCx;
use crate::ast::{BinaryOp, UnaryOp};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{Constant, ExprId, ExprKind};
use crate::source::Span;
use crate::types::{FloatTy, IntTy, Ty, TyKind};

/// Strings made by constants are at most this long: each use has a copy.
const MAX_STRING: usize = 1 << 16;

/// Why there is no value; `None` if that was reported.
type Failure = Option<Box<Diagnostic>>;

/// The value of an expression.
pub(super) fn evaluate(cx: &mut TypeckCx<'_>, id: ExprId) -> Result<Constant, Failure> {
    // Chains lean to the left: their operators are applied in a loop.
    let mut links = Vec::new();
    let mut innermost = id;
    while let ExprKind::Binary(_, left, _) = cx.body.exprs[innermost].kind {
        links.push(innermost);
        innermost = left;
    }
    let mut value = evaluate_form(cx, innermost)?;
    while let Some(link) = links.pop() {
        let ExprKind::Binary(op, left, right) = cx.body.exprs[link].kind else { continue };
        let operands = cx.body.exprs[left].ty;
        let right = evaluate(cx, right)?;
        let span = cx.span(link);
        value = binary(cx, op, operands, value, right, span)?;
    }
    Ok(value)
}

fn evaluate_form(cx: &mut TypeckCx<'_>, id: ExprId) -> Result<Constant, Failure> {
    let span = cx.span(id);
    let ty = cx.body.exprs[id].ty;
    match cx.body.exprs[id].kind {
        ExprKind::Error => Err(None),
        ExprKind::Constant(ref constant) => Ok(constant.clone()),
        ExprKind::Unary(op, operand) => {
            let value = evaluate(cx, operand)?;
            unary(cx, op, ty, value, span)
        }
        ExprKind::And(left, right) => match evaluate(cx, left)? {
            Constant::Bool(true) => evaluate(cx, right),
            value => Ok(value),
        },
        ExprKind::Or(left, right) => match evaluate(cx, left)? {
            Constant::Bool(false) => evaluate(cx, right),
            value => Ok(value),
        },
        ExprKind::Convert(operand) => {
            let value = evaluate(cx, operand)?;
            convert(cx, ty, value, span)
        }
        _ => Err(not_constant(span)),
    }
}

fn not_constant(span: Span) -> Failure {
    Some(Box::new(
        Diagnostic::new(Code::ConstantExpression, span, "this is not known at compile time")
            .note("a constant is made of literals, operators, casts and other constants"),
    ))
}

fn out_of_range(cx: &mut TypeckCx<'_>, ty: Ty, span: Span, what: &str) -> Failure {
    let shown = cx.show(ty);
    let diagnostic =
        Diagnostic::new(Code::LiteralRange, span, format!("{what} does not fit `{shown}`"));
    Some(Box::new(match cx.types.as_int(ty) {
        Some(int) => diagnostic.note(format!("`{shown}` holds {} to {}", int.min(), int.max())),
        None => diagnostic,
    }))
}

fn int_in_range(
    cx: &mut TypeckCx<'_>,
    ty: Ty,
    value: Option<i128>,
    span: Span,
) -> Result<Constant, Failure> {
    let Some(int) = cx.types.as_int(ty) else { return Err(None) };
    match value {
        Some(value) if int.holds(value) => Ok(Constant::Int(value)),
        Some(value) => Err(out_of_range(cx, ty, span, &format!("the result {value}"))),
        None => Err(out_of_range(cx, ty, span, "the result")),
    }
}

/// A float as its type holds it.
fn rounded(cx: &TypeckCx<'_>, ty: Ty, value: f64) -> Constant {
    Constant::Float(match cx.types.kind(ty) {
        TyKind::Float(FloatTy::F32) => f64::from(value as f32),
        _ => value,
    })
}

fn unary(
    cx: &mut TypeckCx<'_>,
    op: UnaryOp,
    ty: Ty,
    value: Constant,
    span: Span,
) -> Result<Constant, Failure> {
    match (op, value) {
        (UnaryOp::Neg, Constant::Int(value)) => int_in_range(cx, ty, Some(-value), span),
        (UnaryOp::Neg, Constant::Float(value)) => Ok(Constant::Float(-value)),
        (UnaryOp::Not, Constant::Bool(value)) => Ok(Constant::Bool(!value)),
        (UnaryOp::BitNot, Constant::Int(value)) => match cx.types.as_int(ty) {
            Some(int) => Ok(Constant::Int(wrap(!value, int))),
            None => Err(None),
        },
        _ => Err(None),
    }
}

/// The low bits of a number, as a type has them.
fn wrap(value: i128, int: IntTy) -> i128 {
    let unused = 128 - int.bits();
    if int.is_signed() {
        (value << unused) >> unused
    } else {
        ((value as u128) << unused >> unused) as i128
    }
}

/// An operator on two values whose type is `ty`.
fn binary(
    cx: &mut TypeckCx<'_>,
    op: BinaryOp,
    ty: Ty,
    left: Constant,
    right: Constant,
    span: Span,
) -> Result<Constant, Failure> {
    match (left, right) {
        (Constant::Int(left), Constant::Int(right)) => ints(cx, op, ty, left, right, span),
        (Constant::Float(left), Constant::Float(right)) => {
            let value = match op {
                BinaryOp::Add => left + right,
                BinaryOp::Sub => left - right,
                BinaryOp::Mul => left * right,
                BinaryOp::Div => left / right,
                BinaryOp::Rem => left % right,
                _ => return compare(op, left.partial_cmp(&right)),
            };
            Ok(rounded(cx, ty, value))
        }
        (Constant::Bool(left), Constant::Bool(right)) => Ok(Constant::Bool(match op {
            BinaryOp::BitAnd => left & right,
            BinaryOp::BitOr => left | right,
            BinaryOp::BitXor => left ^ right,
            _ => return compare(op, Some(left.cmp(&right))),
        })),
        (Constant::Char(left), Constant::Char(right)) => compare(op, Some(left.cmp(&right))),
        (Constant::Unit, Constant::Unit) => compare(op, Some(std::cmp::Ordering::Equal)),
        (Constant::String(left), Constant::String(right)) => {
            if op != BinaryOp::Add {
                return compare(op, Some(left.cmp(&right)));
            }
            if left.len() + right.len() > MAX_STRING {
                let message = format!("a constant string has at most {MAX_STRING} bytes");
                let diagnostic = Diagnostic::new(Code::LiteralRange, span, message);
                return Err(Some(Box::new(diagnostic)));
            }
            Ok(Constant::String(format!("{left}{right}").into()))
        }
        _ => Err(None),
    }
}

fn ints(
    cx: &mut TypeckCx<'_>,
    op: BinaryOp,
    ty: Ty,
    left: i128,
    right: i128,
    span: Span,
) -> Result<Constant, Failure> {
    let Some(int) = cx.types.as_int(ty) else { return Err(None) };
    let count = (right & i128::from(int.bits() - 1)) as u32;
    let value = match op {
        BinaryOp::Add => left.checked_add(right),
        BinaryOp::Sub => left.checked_sub(right),
        BinaryOp::Mul => left.checked_mul(right),
        BinaryOp::Div | BinaryOp::Rem if right == 0 => {
            let diagnostic = Diagnostic::new(Code::LiteralRange, span, "division by zero");
            return Err(Some(Box::new(diagnostic.label("the right side is 0"))));
        }
        BinaryOp::Div => left.checked_div(right),
        BinaryOp::Rem => left.checked_rem(right),
        BinaryOp::BitAnd => Some(left & right),
        BinaryOp::BitOr => Some(left | right),
        BinaryOp::BitXor => Some(left ^ right),
        BinaryOp::Shl => return Ok(Constant::Int(wrap(left << count, int))),
        BinaryOp::Shr => Some(left >> count),
        _ => return compare(op, Some(left.cmp(&right))),
    };
    int_in_range(cx, ty, value, span)
}

/// A comparison; nothing is less, equal or greater than NaN.
fn compare(op: BinaryOp, order: Option<std::cmp::Ordering>) -> Result<Constant, Failure> {
    Ok(Constant::Bool(match op {
        BinaryOp::Eq => order.is_some_and(std::cmp::Ordering::is_eq),
        BinaryOp::Ne => !order.is_some_and(std::cmp::Ordering::is_eq),
        BinaryOp::Lt => order.is_some_and(std::cmp::Ordering::is_lt),
        BinaryOp::Le => order.is_some_and(std::cmp::Ordering::is_le),
        BinaryOp::Gt => order.is_some_and(std::cmp::Ordering::is_gt),
        BinaryOp::Ge => order.is_some_and(std::cmp::Ordering::is_ge),
        _ => return Err(None),
    }))
}

/// `cast` and the implicit widenings (language.md §2.6).
fn convert(
    cx: &mut TypeckCx<'_>,
    ty: Ty,
    value: Constant,
    span: Span,
) -> Result<Constant, Failure> {
    match (value, cx.types.kind(ty).clone()) {
        (Constant::Int(value), TyKind::Int(int)) => Ok(Constant::Int(wrap(value, int))),
        (Constant::Int(value), TyKind::Float(FloatTy::F32)) => {
            Ok(Constant::Float(f64::from(value as f32)))
        }
        (Constant::Int(value), TyKind::Float(FloatTy::F64)) => Ok(Constant::Float(value as f64)),
        (Constant::Float(value), TyKind::Float(_)) => Ok(rounded(cx, ty, value)),
        (Constant::Float(value), TyKind::Int(int)) => {
            // Truncates and saturates, NaN is 0: as the cast of the language does.
            Ok(Constant::Int((value as i128).clamp(int.min(), int.max())))
        }
        (Constant::Char(value), TyKind::Int(int)) => {
            Ok(Constant::Int(wrap(i128::from(u32::from(value)), int)))
        }
        (Constant::Int(value), TyKind::Char) => {
            match u32::try_from(value).ok().and_then(char::from_u32) {
                Some(value) => Ok(Constant::Char(value)),
                None => Err(out_of_range(cx, ty, span, &format!("the number {value}"))),
            }
        }
        _ => Err(None),
    }
}
