//! Constants: their values, at compile time (language.md §3.4).
//!
//! The initialiser is checked as any other expression; its value is then computed from the checked
//! form. Constants are evaluated in an order in which each stands behind those it names.
//!
//! *Invariants.* A constant without a value was reported. Values are within the range of their type:
//! what wraps when the program runs is E1220 here.

mod eval;

use super::coerce::Reason;
use super::{ResultOf, Subject, TypeckCx, Want, expr, infer};
use crate::ast::{self, Ident};
use crate::diagnostics::Code;
use crate::hir::{Body, Constant, ModuleId};
use crate::index::Id;
use crate::resolve::order::{Component, components};
use crate::resolve::signature::cycle_message;
use crate::resolve::{ConstId, ConstItem, Definition, Generics};
use crate::source::{FileId, Span};
use crate::symbol::Symbol;
use crate::types::Ty;

/// Evaluates all constants.
pub(crate) fn evaluate(cx: &mut TypeckCx<'_>) {
    let items = cx.items;
    let edges: Vec<Vec<usize>> =
        items.constants.iter().map(|item| constants_in(cx, item)).collect();
    for component in components(&edges) {
        match component {
            Component::Single(index) => evaluate_one(cx, ConstId::from_index(index)),
            Component::Cycle(members) => {
                let names: Vec<_> = members
                    .iter()
                    .map(|&index| {
                        let name = items.constants[ConstId::from_index(index)].name;
                        (cx.text(name.name), name.span)
                    })
                    .collect();
                cx.report(cycle_message(Code::ConstantCycle, "constant", "have a value", &names));
            }
        }
    }
}

/// The constants that an initialiser names.
fn constants_in(cx: &TypeckCx<'_>, item: &ConstItem) -> Vec<usize> {
    let ast = &cx.asts[item.file];
    let mut found = Vec::new();
    let mut rest = vec![item.initialiser];
    while let Some(id) = rest.pop() {
        match &ast.exprs[id].kind {
            ast::ExprKind::Name { name, .. } => {
                if let Some(Definition::Const(constant)) = cx.items.lookup(item.module, name.name) {
                    found.push(constant.index());
                }
            }
            ast::ExprKind::Member { .. } => {
                let names = names_of(ast, id);
                if let Ok(Definition::Const(constant)) = cx.items.walk(item.module, &names) {
                    found.push(constant.index());
                }
            }
            ast::ExprKind::Paren(inner) | ast::ExprKind::Unary { operand: inner, .. } => {
                rest.push(*inner)
            }
            ast::ExprKind::Binary { left, right, .. } => rest.extend([*left, *right]),
            ast::ExprKind::Call { arguments, .. } => rest.extend(arguments.iter().map(|a| a.value)),
            ast::ExprKind::Text(parts) => rest.extend(parts.iter().filter_map(|part| match part {
                ast::TextPart::Value(value) => Some(*value),
                ast::TextPart::Text(_) => None,
            })),
            _ => {}
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The names of a path; what is no path has the name of nothing at its start.
fn names_of(ast: &ast::Ast, mut id: ast::ExprId) -> Vec<Ident> {
    let mut names = Vec::new();
    loop {
        let expr = &ast.exprs[id];
        match &expr.kind {
            ast::ExprKind::Member { base, name, .. } => {
                names.push(*name);
                id = *base;
            }
            ast::ExprKind::Name { name, .. } => {
                names.push(*name);
                break;
            }
            _ => {
                names.push(Ident { name: Symbol::EMPTY, span: expr.span });
                break;
            }
        }
    }
    names.reverse();
    names
}

fn evaluate_one(cx: &mut TypeckCx<'_>, id: ConstId) {
    let items = cx.items;
    let item = &items.constants[id];
    let ast = &cx.asts[item.file];
    let span = item.name.span.to(ast.exprs[item.initialiser].span);
    let reason = Reason::Initialiser(ast.types[item.ty_expr].span);
    let place = Place { file: item.file, module: item.module, span };
    cx.constants[id] = value(cx, place, item.initialiser, item.ty, reason);
}

/// Where a constant expression stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) file: FileId,
    pub(super) module: ModuleId,
    /// The declaration that it belongs to.
    pub(super) span: Span,
}

/// The value of a constant expression of a type; nothing if that was reported.
pub(super) fn value(
    cx: &mut TypeckCx<'_>,
    place: Place,
    expr: ast::ExprId,
    ty: Ty,
    reason: Reason,
) -> Option<Constant> {
    cx.enter_body(place.file, place.module, None, &Generics::from([]), place.span);
    cx.result = ResultOf { ty: Ty::ERROR, span: place.span, of: Subject::Constant };
    let reported = cx.diagnostics.len();
    let mark = infer::begin(cx);
    let want = match ty {
        Ty::ERROR => Want::Hint(Ty::ERROR),
        ty => Want::Must(ty, reason),
    };
    let checked = expr::check(cx, expr, want);
    infer::finish(cx, mark);
    let value = if ty == Ty::ERROR { Err(None) } else { eval::evaluate(cx, checked) };
    cx.body = Body::EMPTY;
    match value {
        Ok(value) => Some(value),
        Err(diagnostic) => {
            // What is broken is not constant either.
            if cx.diagnostics.len() == reported
                && let Some(diagnostic) = diagnostic
            {
                cx.report(*diagnostic);
            }
            None
        }
    }
}
