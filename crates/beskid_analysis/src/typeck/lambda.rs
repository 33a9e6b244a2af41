//! Lambdas (language.md §9.2, §9.3).
//!
//! The body of a lambda is checked within the body around it: its parameters and bindings are locals of
//! the same table, and whatever it names of the locals around is a capture. Its result type is the one
//! that is expected; where nothing is expected the lambda is *open*, its `return`s and its tail are
//! collected, and their common type is the result.
//!
//! *Invariants.* When a lambda's body is checked the types of its parameters are known. A local is
//! captured by each lambda between its use and its declaration.

use super::coerce::{self, Reason, convert_joined, join};
use super::control::{self, Loop, Reach};
use super::name::{self, Meaning};
use super::propagate::{self, OpenTry};
use super::scope::Origin;
use super::{ResultOf, Subject, TypeckCx, Want, expr, infer, stmt};
use crate::ast::{self, Argument, Ident, LambdaParameter};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{self, ExprId, ExprKind, Lambda, LocalId, Stmt};
use crate::index::Id;
use crate::resolve::prelude::Prelude;
use crate::source::Span;
use crate::symbol::Symbol;
use crate::types::{Ty, TyKind};

/// A lambda that is being checked.
#[derive(Debug)]
pub(super) struct Frame {
    /// The first local that is its own.
    first: usize,
    captures: Vec<LocalId>,
    /// The `return`s of an open lambda.
    returns: Vec<ExprId>,
    /// The `e?` of an open lambda.
    tries: Vec<OpenTry>,
    /// The common type of the `return`s so far.
    joined: Ty,
    /// Whether loops are around the lambda.
    in_loop: bool,
}

/// What belongs to the function around while a lambda is checked.
struct Around {
    result: ResultOf,
    loops: Vec<Loop>,
    reach: Reach,
    missing_return: bool,
    name_span: Span,
}

/// An argument that says nothing of its own type: it is checked when the others have said theirs.
#[derive(Clone, Copy)]
pub(super) enum Late<'a> {
    /// A lambda.
    Lambda(&'a [LambdaParameter]),
    /// The name of several functions, or of one that takes values of all types.
    Name,
}

/// Whether an argument waits for the others.
pub(super) fn late<'a>(cx: &TypeckCx<'a>, argument: &Argument) -> Option<Late<'a>> {
    let ast = cx.ast();
    let mut value = argument.value;
    while let ast::ExprKind::Paren(inner) = ast.exprs[value].kind {
        value = inner;
    }
    match &ast.exprs[value].kind {
        ast::ExprKind::Lambda { parameters, .. } => Some(Late::Lambda(parameters)),
        ast::ExprKind::Name { name, .. } => {
            let is_late = match name::resolve(cx, name.name) {
                Meaning::Functions(set) => cx.items.function_sets[set].functions.len() > 1,
                Meaning::Prelude(
                    Prelude::Print | Prelude::PrintLine | Prelude::Panic | Prelude::Assert,
                ) => true,
                _ => false,
            };
            is_late.then_some(Late::Name)
        }
        _ => None,
    }
}

/// Whether the parameter types of an argument that waits are known, where a type is wanted of it.
pub(super) fn is_ready(cx: &mut TypeckCx<'_>, argument: &Argument, wanted: Ty) -> bool {
    let written = match late(cx, argument) {
        Some(Late::Lambda(parameters)) => parameters,
        Some(Late::Name) => &[],
        None => return true,
    };
    let is_written = |index: usize| written.get(index).is_some_and(|p| p.ty.is_some());
    let wanted = cx.infer.shallow(wanted);
    let TyKind::Function(list, _) = *cx.types.kind(wanted) else {
        return (0..written.len()).all(is_written);
    };
    let types = cx.types.types(list).to_vec();
    types.into_iter().enumerate().all(|(index, ty)| {
        let ty = infer::resolve(cx, ty);
        is_written(index) || !cx.types.has_infer(ty)
    })
}

/// Replaces bound variables in what open lambdas have collected: the full expression they are of ends.
pub(super) fn resolve_frames(cx: &mut TypeckCx<'_>) {
    let mut frames = std::mem::take(&mut cx.lambdas);
    for frame in &mut frames {
        frame.joined = infer::resolve(cx, frame.joined);
        for open in &mut frame.tries {
            open.error = open.error.map(|error| infer::resolve(cx, error));
        }
    }
    cx.lambdas = frames;
}

/// Notes that the lambdas around use a local that is not their own.
pub(super) fn capture(cx: &mut TypeckCx<'_>, local: LocalId, span: Span) {
    let foreign = cx.lambdas.last().is_some_and(|frame| local.index() < frame.first);
    if foreign && cx.scopes.origin(local) == Origin::Out {
        let (text, declared) = (cx.text(cx.body.locals[local].name), cx.body.locals[local].span);
        cx.report(
            Diagnostic::new(
                Code::OutInFunctionValue,
                span,
                format!("a lambda cannot capture the `out` parameter `{text}`"),
            )
            .also(declared, "declared here")
            .help("capture a variable of its own, and assign the parameter at the end"),
        );
    }
    for frame in cx.lambdas.iter_mut().rev() {
        if local.index() >= frame.first {
            return;
        }
        cx.body.locals[local].captured = true;
        if !frame.captures.contains(&local) {
            frame.captures.push(local);
        }
    }
}

/// Whether the innermost lambda stands in a loop, which `break` and `continue` do not reach.
pub(super) fn is_in_loop(cx: &TypeckCx<'_>) -> bool {
    cx.lambdas.last().is_some_and(|frame| frame.in_loop)
}

/// `x => e`
pub(super) fn check_lambda(
    cx: &mut TypeckCx<'_>,
    parameters: &[LambdaParameter],
    body: ast::ExprId,
    span: Span,
    want: Want,
) -> ExprId {
    let wanted = want.ty().map(|ty| cx.infer.shallow(ty));
    let expected = wanted.and_then(|ty| match *cx.types.kind(ty) {
        TyKind::Function(list, result) => Some((cx.types.types(list).to_vec(), result)),
        _ => None,
    });
    let head = span.start().to(cx.ast().exprs[body].span.start());
    let head = Span::new(head.lo, head.hi.saturating_sub(1).max(head.lo));
    let known = match (&expected, wanted) {
        (Some((types, _)), Some(wanted)) if types.len() != parameters.len() => {
            report_count(cx, parameters, types.len(), wanted, span);
            Parameters::Broken
        }
        (Some((types, _)), _) => Parameters::Expected(types),
        (None, Some(ty)) if ty.as_infer().is_none() => {
            if ty != Ty::ERROR && matches!(want, Want::Must(..)) {
                let shown = cx.show(ty);
                let message = format!("expected `{shown}`, found a lambda");
                cx.report(Diagnostic::new(Code::TypeMismatch, head, message));
                Parameters::Broken
            } else if ty == Ty::ERROR {
                Parameters::Broken
            } else {
                Parameters::Unknown
            }
        }
        (None, _) => Parameters::Unknown,
    };
    let mut unknown = Vec::new();
    let types: Vec<Ty> = parameters
        .iter()
        .enumerate()
        .map(|(index, parameter)| parameter_type(cx, parameter, index, &known, &mut unknown))
        .collect();
    report_unknown(cx, &unknown);
    let result = expected.as_ref().map(|&(_, result)| infer::resolve(cx, result));
    let broken = matches!(known, Parameters::Broken) || types.contains(&Ty::ERROR);
    let (result_ty, of) = match result {
        Some(ty) if ty.as_infer().is_none() => (ty, Subject::Lambda),
        Some(_) | None => (Ty::ERROR, Subject::OpenLambda),
    };
    let around = Around {
        result: std::mem::replace(
            &mut cx.result,
            ResultOf { ty: result_ty, span: Span::NOWHERE, of },
        ),
        loops: std::mem::take(&mut cx.loops),
        reach: std::mem::replace(&mut cx.reach, Reach::Yes),
        missing_return: std::mem::replace(&mut cx.missing_return, false),
        name_span: std::mem::replace(&mut cx.name_span, head),
    };
    cx.lambdas.push(Frame {
        first: cx.body.locals.len(),
        captures: Vec::new(),
        returns: Vec::new(),
        tries: Vec::new(),
        joined: Ty::NEVER,
        in_loop: !around.loops.is_empty(),
    });
    cx.scopes.enter();
    let locals: Vec<LocalId> = parameters
        .iter()
        .zip(&types)
        .map(|(parameter, &ty)| {
            let origin = if parameter.mutable { Origin::Mutable } else { Origin::Parameter };
            cx.declare(parameter.name, ty, origin)
        })
        .collect();
    let (block, result_ty) = match of {
        Subject::OpenLambda => check_open(cx, body),
        _ => (check_known(cx, body, result_ty), result_ty),
    };
    cx.leave_scope(cx.ast().exprs[body].span);
    let frame = cx.lambdas.pop();
    cx.result = around.result;
    cx.loops = around.loops;
    cx.reach = around.reach;
    cx.missing_return = around.missing_return;
    cx.name_span = around.name_span;
    if let (Some(result), Subject::OpenLambda) = (result, of) {
        infer::unify(cx, result, result_ty);
    }
    let list = cx.types.list(&types);
    let ty = cx.types.intern(TyKind::Function(list, result_ty));
    if broken {
        return cx.push(
            ExprKind::Error,
            if types.contains(&Ty::ERROR) { ty } else { Ty::ERROR },
            span,
        );
    }
    let captures = frame.map(|frame| frame.captures).unwrap_or_default();
    let expr = cx.push(ExprKind::Error, ty, span);
    let lambda = cx.body.lambdas.push(Lambda { parameters: locals, captures, block, expr });
    cx.body.exprs[expr].kind = ExprKind::Lambda(lambda);
    expr
}

/// What is known of the parameters' types where they are not written.
enum Parameters<'t> {
    /// These are expected.
    Expected(&'t [Ty]),
    /// Nothing.
    Unknown,
    /// Something about them was reported.
    Broken,
}

fn parameter_type(
    cx: &mut TypeckCx<'_>,
    parameter: &LambdaParameter,
    index: usize,
    known: &Parameters<'_>,
    unknown: &mut Vec<Ident>,
) -> Ty {
    let written = parameter.ty.map(|ty| (stmt::written_type(cx, ty), cx.ast().types[ty].span));
    match (written, known) {
        (Some((ty, at)), Parameters::Expected(types)) => {
            let expected = types[index];
            if !coerce::fits(cx, ty, expected) {
                let (wanted, found) = (cx.show(expected), cx.show(ty));
                cx.report(
                    Diagnostic::new(
                        Code::TypeMismatch,
                        at,
                        format!("this parameter gets `{wanted}`, but is declared as `{found}`"),
                    )
                    .fix(
                        "leave the type out",
                        at.to(parameter.name.span.start()),
                        "",
                    ),
                );
                return Ty::ERROR;
            }
            ty
        }
        (Some((ty, _)), _) => ty,
        (None, Parameters::Expected(types)) => {
            infer::settle_parts(cx, types[index]);
            let ty = infer::resolve(cx, types[index]);
            if !cx.types.has_infer(ty) {
                return ty;
            }
            unknown.push(parameter.name);
            Ty::ERROR
        }
        (None, Parameters::Unknown) => {
            unknown.push(parameter.name);
            Ty::ERROR
        }
        (None, Parameters::Broken) => Ty::ERROR,
    }
}

/// E1202 for the parameters of a lambda.
fn report_unknown(cx: &mut TypeckCx<'_>, parameters: &[Ident]) {
    let (Some(first), Some(last)) = (parameters.first(), parameters.last()) else { return };
    let names: Vec<&str> = parameters.iter().map(|parameter| cx.text(parameter.name)).collect();
    let (message, pronoun) = match names.as_slice() {
        [name] => (format!("nothing says what the type of the parameter `{name}` is"), "it"),
        _ => {
            let names = names.join("`, `");
            (format!("nothing says what the types of the parameters `{names}` are"), "them")
        }
    };
    let written: Vec<String> = names.iter().map(|name| format!("i32 {name}")).collect();
    let help =
        format!("write {pronoun}: `({}) => …`, or state the type of the whole", written.join(", "));
    cx.report(Diagnostic::new(Code::CannotInfer, first.span.to(last.span), message).help(help));
}

fn report_count(
    cx: &mut TypeckCx<'_>,
    parameters: &[LambdaParameter],
    wanted: usize,
    ty: Ty,
    span: Span,
) {
    let words = |count: usize| match count {
        0 => "no parameters".to_owned(),
        1 => "1 parameter".to_owned(),
        more => format!("{more} parameters"),
    };
    let shown = cx.show(ty);
    let message = format!(
        "this lambda has {}, but `{shown}` takes {}",
        words(parameters.len()),
        words(wanted)
    );
    let names = (0..wanted).map(|index| match parameters.get(index) {
        Some(parameter) => cx.text(parameter.name.name),
        None => "_",
    });
    let names: Vec<&str> = names.collect();
    let help = format!("write `({}) => …`", names.join(", "));
    cx.report(Diagnostic::new(Code::ArgumentCount, span, message).help(help));
}

/// Checks a body whose result type is known.
fn check_known(cx: &mut TypeckCx<'_>, body: ast::ExprId, result: Ty) -> hir::Block {
    let is_block = matches!(cx.ast().exprs[body].kind, ast::ExprKind::Block(_));
    if result == Ty::UNIT && !is_block {
        let value = expr::check(cx, body, Want::Any);
        return hir::Block { statements: vec![Stmt::Expr(value)], tail: None };
    }
    let value = expr::check(cx, body, Want::Must(result, Reason::Result));
    hir::Block { statements: Vec::new(), tail: Some(value) }
}

/// Checks a body whose results say the result type.
fn check_open(cx: &mut TypeckCx<'_>, body: ast::ExprId) -> (hir::Block, Ty) {
    let value = expr::check(cx, body, Want::Any);
    let Some(frame) = cx.lambdas.last_mut() else { return (hir::Block::default(), Ty::ERROR) };
    let (returns, tries) = (std::mem::take(&mut frame.returns), std::mem::take(&mut frame.tries));
    let so_far = frame.joined;
    let (ty, at) = (cx.ty(value), control::value_span(cx, value));
    let mut joined = meet(cx, so_far, ty, at);
    if joined == Ty::NEVER {
        joined = Ty::UNIT;
    }
    for leave in returns {
        if let ExprKind::Return(Some(value)) = cx.body.exprs[leave].kind {
            let value = convert_joined(cx, value, joined);
            cx.body.exprs[leave].kind = ExprKind::Return(Some(value));
        }
    }
    let value = convert_joined(cx, value, joined);
    cx.result = ResultOf { ty: joined, span: Span::NOWHERE, of: Subject::Lambda };
    for open in tries {
        propagate::close_try(cx, open);
    }
    (hir::Block { statements: Vec::new(), tail: Some(value) }, joined)
}

/// `return`, `return e` in an open lambda.
pub(super) fn check_return(
    cx: &mut TypeckCx<'_>,
    value: Option<ast::ExprId>,
    span: Span,
) -> ExprId {
    let so_far = cx.lambdas.last().map_or(Ty::NEVER, |frame| frame.joined);
    let hint = if so_far == Ty::NEVER { Want::Any } else { Want::Hint(so_far) };
    let value = value.map(|value| expr::check(cx, value, hint));
    cx.reach = control::jump(cx.reach, span);
    let leave = cx.push(ExprKind::Return(value), Ty::NEVER, span);
    let (ty, at) = match value {
        Some(value) => (cx.ty(value), control::value_span(cx, value)),
        None => (Ty::UNIT, span),
    };
    let joined = meet(cx, so_far, ty, at);
    if let Some(frame) = cx.lambdas.last_mut() {
        frame.joined = joined;
        frame.returns.push(leave);
    }
    leave
}

/// Lists an `e?` of an open lambda.
pub(super) fn note_try(cx: &mut TypeckCx<'_>, open: OpenTry) {
    if let Some(frame) = cx.lambdas.last_mut() {
        frame.tries.push(open);
    }
}

/// The common type of the results so far and of one more; reports one that has none.
fn meet(cx: &mut TypeckCx<'_>, joined: Ty, ty: Ty, at: Span) -> Ty {
    if let Some(joined) = join(cx, joined, ty) {
        return joined;
    }
    let (a, b) = (cx.show(joined), cx.show(ty));
    let diagnostic = Diagnostic::new(
        Code::ResultType,
        at,
        format!("the results of this lambda have different types: `{a}` and `{b}`"),
    )
    .label(format!("this is of type `{b}`"));
    let diagnostic = match ty {
        Ty::UNIT => diagnostic.help("every path ends in a value or a `return` with one"),
        _ => diagnostic,
    };
    cx.report(diagnostic);
    Ty::ERROR
}

/// A lambda that the compiler makes of a name: `println` for `x => println(x)`. `make` gets the
/// parameters and pushes the body.
pub(super) fn synthesize(
    cx: &mut TypeckCx<'_>,
    types: &[Ty],
    captures: Vec<LocalId>,
    result: Ty,
    span: Span,
    make: impl FnOnce(&mut TypeckCx<'_>, &[LocalId]) -> ExprId,
) -> ExprId {
    let name = Ident { name: Symbol::UNDERSCORE, span };
    let locals: Vec<LocalId> =
        types.iter().map(|&ty| cx.declare(name, ty, Origin::Parameter)).collect();
    let value = make(cx, &locals);
    let list = cx.types.list(types);
    let ty = cx.types.intern(TyKind::Function(list, result));
    let block = hir::Block { statements: Vec::new(), tail: Some(value) };
    let expr = cx.push(ExprKind::Error, ty, span);
    for &local in &captures {
        cx.body.locals[local].captured = true;
    }
    let lambda = cx.body.lambdas.push(Lambda { parameters: locals, captures, block, expr });
    cx.body.exprs[expr].kind = ExprKind::Lambda(lambda);
    expr
}
