//! Functions and methods as values (language.md §9.4).
//!
//! *Invariants.* A value is of exactly one function or method; its type arguments are known when the
//! full expression around is.

use super::call::Callable;
use super::generic::{self, Instance};
use super::members::Candidate;
use super::overload::signature;
use super::scope::Origin;
use super::{TypeckCx, Want, bounds, infer, lambda};
use crate::ast::{Ident, ParameterMode, TypeExprId};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{self, Builtin, Callee, ExprId, ExprKind, FunctionId, Stmt};
use crate::resolve::FunctionSetId;
use crate::resolve::prelude::Prelude;
use crate::source::Span;
use crate::symbol::Symbol;
use crate::types::{Ty, TyKind};

/// A function's name that is not called.
pub(super) fn check_function(
    cx: &mut TypeckCx<'_>,
    set: FunctionSetId,
    name: Ident,
    written: &[TypeExprId],
    span: Span,
    want: Want,
) -> ExprId {
    let set = &cx.items.function_sets[set];
    let candidates = Candidate::of_set(&set.functions);
    let called = Callable { functions: &candidates, receiver: None, name, written };
    let Some((function, instance, ty)) = choose(cx, &called, span, want) else {
        return cx.error(span);
    };
    let list = instance.list(cx);
    push(cx, ExprKind::Function(function, list), ty, &instance, span)
}

/// `user.Greet`, not called.
pub(super) fn check_method(
    cx: &mut TypeckCx<'_>,
    called: &Callable<'_>,
    span: Span,
    want: Want,
) -> ExprId {
    let (Some((function, instance, ty)), Some(receiver)) =
        (choose(cx, called, span, want), called.receiver)
    else {
        return cx.error(span);
    };
    let list = instance.list(cx);
    push(cx, ExprKind::BoundMethod(receiver, function, list), ty, &instance, span)
}

fn push(cx: &mut TypeckCx<'_>, kind: ExprKind, ty: Ty, instance: &Instance, span: Span) -> ExprId {
    let id = cx.push(kind, ty, span);
    if !cx.types.has_infer(ty) && instance.arguments.iter().any(|&ty| cx.types.has_infer(ty)) {
        cx.infer.add_pending(id);
    }
    id
}

/// The function that is meant, and its type.
fn choose(
    cx: &mut TypeckCx<'_>,
    called: &Callable<'_>,
    span: Span,
    want: Want,
) -> Option<(FunctionId, Instance, Ty)> {
    let wanted = want.ty().map(|ty| cx.infer.shallow(ty));
    let is_function = |cx: &TypeckCx<'_>, ty: Ty| matches!(cx.types.kind(ty), TyKind::Function(..));
    let fitting: Vec<Candidate> = match (called.functions, wanted) {
        ([only], _) => vec![*only],
        (several, Some(wanted)) if is_function(cx, wanted) => several
            .iter()
            .copied()
            .filter(|&Candidate { function, owner }| {
                let before = cx.infer.snapshot();
                let instance =
                    generic::of_function(cx, function, owner, called.name, called.written);
                let ty = function_type(cx, function, &instance);
                let fits = infer::unify(cx, ty, wanted);
                cx.infer.restore(before);
                fits
            })
            .collect(),
        _ => Vec::new(),
    };
    let [Candidate { function, owner }] = fitting[..] else {
        report_overloaded(cx, called, wanted, span);
        return None;
    };
    let instance = generic::of_function(cx, function, owner, called.name, called.written);
    bounds::require(cx, function, &instance, called.name.span);
    if cx.items.functions[function].modes.iter().any(|&mode| mode != ParameterMode::Value) {
        let text = cx.text(called.name.name);
        let message = format!("`{text}` has `ref` or `out` parameters, and is no value");
        cx.report(
            Diagnostic::new(Code::OutInFunctionValue, span, message)
                .help("write a lambda that calls it"),
        );
        return None;
    }
    let ty = function_type(cx, function, &instance);
    generic::take_hint(cx, ty, want);
    Some((function, instance, ty))
}

/// The type of a function as a value.
fn function_type(cx: &mut TypeckCx<'_>, function: FunctionId, instance: &Instance) -> Ty {
    let item = &cx.items.functions[function];
    let parameters: Vec<Ty> = item.parameters.iter().map(|&ty| instance.apply(cx, ty)).collect();
    let result = instance.apply(cx, item.result);
    let list = cx.types.list(&parameters);
    cx.types.intern(TyKind::Function(list, result))
}

/// E1603 for a name that stands for several functions.
fn report_overloaded(cx: &mut TypeckCx<'_>, called: &Callable<'_>, wanted: Option<Ty>, span: Span) {
    if wanted == Some(Ty::ERROR) {
        return;
    }
    let text = cx.text(called.name.name);
    let message = match wanted {
        Some(wanted) if matches!(cx.types.kind(wanted), TyKind::Function(..)) => {
            let shown = cx.show(wanted);
            format!("no `{text}` is of type `{shown}`")
        }
        _ => format!("`{text}` stands for several functions, and nothing says which is meant"),
    };
    let mut diagnostic = Diagnostic::new(Code::AmbiguousOverload, span, message);
    for candidate in called.functions.iter().take(5) {
        let signature = signature(cx, candidate.function);
        diagnostic = diagnostic.note(format!("there is `{signature}`"));
    }
    cx.report(diagnostic.help("write a lambda that calls the one that is meant: `x => …`"));
}

/// A function of the language as a value, where a function type is expected: `println` for
/// `x => println(x)`.
pub(super) fn check_built_in(
    cx: &mut TypeckCx<'_>,
    function: Prelude,
    span: Span,
    want: Want,
) -> Option<ExprId> {
    let wanted = want.ty().map(|ty| cx.infer.shallow(ty))?;
    let TyKind::Function(list, _) = *cx.types.kind(wanted) else { return None };
    let types = cx.types.types(list).to_vec();
    let [ty] = types[..] else { return None };
    let ty = infer::resolve(cx, ty);
    if cx.types.has_infer(ty) {
        return None;
    }
    let (built_in, result) = match function {
        Prelude::Print => (Builtin::Print, Ty::UNIT),
        Prelude::PrintLine => (Builtin::PrintLine, Ty::UNIT),
        Prelude::Panic if ty == Ty::STRING => (Builtin::Panic, Ty::NEVER),
        Prelude::Assert if ty == Ty::BOOL => (Builtin::Assert, Ty::UNIT),
        _ => return None,
    };
    Some(lambda::synthesize(cx, &[ty], Vec::new(), Ty::UNIT, span, |cx, locals| {
        let value = cx.push(ExprKind::Local(locals[0]), ty, span);
        cx.push(ExprKind::Call(Callee::Builtin(built_in), vec![value]), result, span)
    }))
}

/// A method of the language as a value: `text.Len` for `{ let bound = text; () => bound.Len() }`.
pub(super) fn check_built_in_method(
    cx: &mut TypeckCx<'_>,
    receiver: ExprId,
    built_in: Builtin,
    result: Ty,
    span: Span,
) -> ExprId {
    let ty = cx.ty(receiver);
    let name = Ident { name: Symbol::UNDERSCORE, span };
    let bound = cx.declare(name, ty, Origin::Immutable);
    let value = lambda::synthesize(cx, &[], vec![bound], result, span, |cx, _| {
        let receiver = cx.push(ExprKind::Local(bound), ty, span);
        cx.push(ExprKind::Call(Callee::Builtin(built_in), vec![receiver]), result, span)
    });
    let ty = cx.ty(value);
    let block = hir::Block { statements: vec![Stmt::Let(bound, receiver)], tail: Some(value) };
    cx.push(ExprKind::Block(block), ty, span)
}

/// `Hash.Of` as a value, where the type of its parameter is known.
pub(super) fn check_hash(cx: &mut TypeckCx<'_>, name: Ident, span: Span, want: Want) -> ExprId {
    let wanted = want.ty().map(|ty| cx.infer.shallow(ty));
    let parameter = wanted.and_then(|ty| match *cx.types.kind(ty) {
        TyKind::Function(list, _) => cx.types.types(list).first().copied(),
        _ => None,
    });
    let parameter = parameter.map(|ty| infer::resolve(cx, ty));
    match parameter {
        Some(ty) if name.name == Symbol::OF && !cx.types.has_infer(ty) => {
            lambda::synthesize(cx, &[ty], Vec::new(), Ty::U64, span, |cx, locals| {
                let value = cx.push(ExprKind::Local(locals[0]), ty, span);
                let callee = Callee::Builtin(Builtin::Hash);
                cx.push(ExprKind::Call(callee, vec![value]), Ty::U64, span)
            })
        }
        _ => {
            let text = cx.text(name.name);
            let message = format!("nothing says which values `Hash.{text}` is to take");
            cx.report(
                Diagnostic::new(Code::CannotInfer, span, message)
                    .help("write a lambda: `(i32 x) => Hash.Of(x)`"),
            );
            cx.error(span)
        }
    }
}
