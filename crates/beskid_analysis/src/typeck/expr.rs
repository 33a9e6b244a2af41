//! Expressions: which rule is for which form, and the forms that need no file of their own.
//!
//! *Invariants.* [`check`] converts its result to what the context wants; the branches of `if` and the
//! tails of blocks are converted where they stand, so that a mismatch is shown there.

use super::coerce::{Reason, coerce, convert_joined, join};
use super::control::{self, IfParts};
use super::infer::Origin;
use super::literal::{self, Sign};
use super::{
    TypeckCx, Want, call, infer, lambda, matching, name, object, operator, propagate, stmt, variant,
};
use crate::ast::{self, ExprKind as Ast, UnaryOp};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{Constant, ExprId, ExprKind, TextPart};
use crate::source::Span;
use crate::types::{Ty, TyKind};

/// Checks an expression, and converts it to what the context wants.
pub(super) fn check(cx: &mut TypeckCx<'_>, id: ast::ExprId, want: Want) -> ExprId {
    let ast = cx.ast();
    let expr = &ast.exprs[id];
    let span = expr.span;
    match &expr.kind {
        Ast::Paren(inner) => return check(cx, *inner, want),
        Ast::Block(block) => return stmt::check_block_expr(cx, block, want),
        Ast::If { condition, then, otherwise } => {
            let parts = IfParts { span, condition: *condition, then, otherwise: *otherwise };
            let id = control::check_if(cx, parts, want);
            // The branches of an `if` with `else` are converted already.
            return id;
        }
        Ast::Match { scrutinee, arms } => {
            return matching::check_match(cx, *scrutinee, arms, span, want);
        }
        _ => {}
    }
    let checked = check_form(cx, &expr.kind, span, want);
    match want {
        Want::Must(ty, reason) => coerce(cx, checked, ty, reason),
        Want::Any | Want::Hint(_) => checked,
    }
}

fn check_form(cx: &mut TypeckCx<'_>, kind: &Ast, span: Span, want: Want) -> ExprId {
    match kind {
        Ast::Error => {
            cx.reach = cx.reach.or_unknown();
            cx.error(span)
        }
        Ast::Literal(value) => literal::check(cx, *value, Sign::Plus, span, want),
        Ast::Text(parts) => check_text(cx, parts, span),
        Ast::Name { name, arguments } => name::check_name(cx, *name, arguments, span, want),
        Ast::This => name::check_this(cx, span),
        Ast::Array(elements) => check_array(cx, elements, span, want),
        Ast::Struct { path, fields } => object::check_struct(cx, path, fields, span, want),
        Ast::Variant { path, variant } => {
            variant::check_variant(cx, path, *variant, None, span, want)
        }
        Ast::Unary { op: UnaryOp::Neg, operand, .. } if let Some(value) = number(cx, *operand) => {
            literal::check(cx, value, Sign::Minus, span, want)
        }
        Ast::Unary { op, op_span, operand } => {
            operator::check_unary(cx, *op, *op_span, *operand, span)
        }
        Ast::Binary { op, op_span, left, right } => {
            operator::check_binary(cx, *op, *op_span, *left, *right, span)
        }
        Ast::Call { callee, arguments } => call::check_call(cx, *callee, arguments, span, want),
        Ast::Index { base, index } => check_index(cx, *base, *index, span),
        Ast::Member { base, name, arguments } => {
            object::check_member(cx, *base, *name, arguments, span, want)
        }
        Ast::Try(operand) => propagate::check_try(cx, *operand, span),
        Ast::Lambda { parameters, body } => lambda::check_lambda(cx, parameters, *body, span, want),
        Ast::Return(value) => control::check_return(cx, *value, span),
        Ast::Break => control::check_jump(cx, ExprKind::Break, span),
        Ast::Continue => control::check_jump(cx, ExprKind::Continue, span),
        // Checked by the caller.
        Ast::Paren(_) | Ast::Block(_) | Ast::If { .. } | Ast::Match { .. } => cx.error(span),
    }
}

/// The number of a literal.
fn number(cx: &TypeckCx<'_>, id: ast::ExprId) -> Option<ast::Literal> {
    match cx.ast().exprs[id].kind {
        Ast::Literal(value @ (ast::Literal::Int(_) | ast::Literal::Float(_))) => Some(value),
        _ => None,
    }
}

fn check_text(cx: &mut TypeckCx<'_>, parts: &[ast::TextPart], span: Span) -> ExprId {
    let plain = match parts {
        [] => Some(""),
        [ast::TextPart::Text(text)] => Some(&**text),
        _ => None,
    };
    if let Some(text) = plain {
        return cx.push(ExprKind::Constant(Constant::String(text.into())), Ty::STRING, span);
    }
    let mut checked = Vec::with_capacity(parts.len());
    for part in parts {
        checked.push(match part {
            ast::TextPart::Text(text) => TextPart::Text(text.clone()),
            ast::TextPart::Value(value) => TextPart::Value(check(cx, *value, Want::Any)),
        });
    }
    cx.push(ExprKind::Text(checked), Ty::STRING, span)
}

fn check_array(cx: &mut TypeckCx<'_>, elements: &[ast::ExprId], span: Span, want: Want) -> ExprId {
    let wanted = want.ty().map(|ty| cx.infer.shallow(ty));
    let element = match wanted {
        Some(Ty::ERROR) => Some(Ty::ERROR),
        Some(ty) => match *cx.types.kind(ty) {
            TyKind::Array(element) => Some(element),
            _ => None,
        },
        None => None,
    };
    let mut checked = Vec::with_capacity(elements.len());
    if let (Some(element), Want::Must(..)) = (element, want) {
        for &value in elements {
            checked.push(check(cx, value, Want::Must(element, Reason::Element)));
        }
        return array(cx, checked, element, span);
    }
    let mut joined = Ty::NEVER;
    let mut converted = false;
    for &value in elements {
        let hint = if joined == Ty::NEVER { element } else { Some(joined) };
        let value = check(cx, value, hint.map_or(Want::Any, Want::Hint));
        let ty = cx.ty(value);
        let before = joined;
        joined = match join(cx, joined, ty) {
            Some(ty) => ty,
            None => {
                elements_differ(cx, checked[0], joined, value);
                Ty::ERROR
            }
        };
        // Only where the common type changes do earlier elements need to be looked at again.
        converted |= before != Ty::NEVER && before != joined || ty != joined;
        checked.push(value);
    }
    if elements.is_empty() || joined == Ty::NEVER {
        joined = match element {
            Some(element) => element,
            None => cx.infer.any(Origin::Elements(span)),
        };
    }
    if converted && joined != Ty::ERROR {
        for value in &mut checked {
            *value = convert_joined(cx, *value, joined);
        }
    }
    array(cx, checked, joined, span)
}

fn array(cx: &mut TypeckCx<'_>, elements: Vec<ExprId>, element: Ty, span: Span) -> ExprId {
    if element == Ty::ERROR {
        return cx.error(span);
    }
    let ty = cx.types.array(element);
    cx.push(ExprKind::Array(elements), ty, span)
}

fn elements_differ(cx: &mut TypeckCx<'_>, first: ExprId, joined: Ty, value: ExprId) {
    let ty = cx.ty(value);
    let (a, b) = (cx.show(joined), cx.show(ty));
    if joined == Ty::ERROR {
        return;
    }
    let (first, value) = (cx.span(first), cx.span(value));
    cx.report(
        Diagnostic::new(
            Code::BranchTypes,
            value,
            format!("the elements of an array have one type, found `{a}` and `{b}`"),
        )
        .label(format!("this is of type `{b}`"))
        .also(first, format!("the elements before are of type `{a}`")),
    );
}

fn check_index(cx: &mut TypeckCx<'_>, base: ast::ExprId, index: ast::ExprId, span: Span) -> ExprId {
    let base = check(cx, base, Want::Any);
    let index = check(cx, index, Want::Any);
    let ty = cx.ty(base);
    let element = match *cx.types.kind(ty) {
        TyKind::Array(element) => element,
        TyKind::Error => return cx.error(span),
        TyKind::Never => Ty::NEVER,
        _ => {
            let (shown, at) = (cx.show(ty), cx.span(base));
            let diagnostic = Diagnostic::new(
                Code::NotIndexable,
                at,
                format!("a value of type `{shown}` cannot be indexed"),
            )
            .label("only arrays are indexed");
            let diagnostic = if ty == Ty::STRING {
                diagnostic.help("`for c in text { … }` goes over the chars of a string")
            } else {
                diagnostic
            };
            cx.report(diagnostic);
            return cx.error(span);
        }
    };
    let found = cx.ty(index);
    let found = infer::settle(cx, found);
    if !matches!(cx.types.kind(found), TyKind::Int(_) | TyKind::Error | TyKind::Never) {
        let (shown, at) = (cx.show(found), cx.span(index));
        cx.report(
            Diagnostic::new(
                Code::NotIndexable,
                at,
                format!("an index is an integer, found `{shown}`"),
            )
            .label(format!("this is of type `{shown}`")),
        );
        return cx.error(span);
    }
    cx.push(ExprKind::Index(base, index), element, span)
}
