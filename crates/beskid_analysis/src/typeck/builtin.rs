//! Calls of what the compiler knows: the prelude's functions, `cast`, arrays, text.

use super::call::{Callable, call_functions, check_argument, check_broken, count, report_count};
use super::coerce::{self, Reason};
use super::members::Candidate;
use super::mismatch::one;
use super::{TypeckCx, Want, control, expr, infer, object};
use crate::ast::{self, Argument, Ident, TypeExprId};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{Builtin, Callee, ExprId, ExprKind};
use crate::resolve::{Definition, FunctionSetId, prelude};
use crate::source::Span;
use crate::symbol::Symbol;
use crate::types::{Ty, TyKind};

fn call(cx: &mut TypeckCx<'_>, callee: Builtin, values: Vec<ExprId>, ty: Ty, span: Span) -> ExprId {
    cx.push(ExprKind::Call(Callee::Builtin(callee), values), ty, span)
}

/// Reports a wrong number of arguments; what the call would give is still known.
fn wrong_count(
    cx: &mut TypeckCx<'_>,
    diagnostic: Diagnostic,
    arguments: &[Argument],
    ty: Ty,
    span: Span,
) -> ExprId {
    report_count(cx, diagnostic, arguments);
    cx.push(ExprKind::Error, ty, span)
}

/// `print(x)`, `println(x)`, `println()`
pub(super) fn check_print(
    cx: &mut TypeckCx<'_>,
    callee: Builtin,
    name: Ident,
    arguments: &[Argument],
    span: Span,
) -> ExprId {
    let none = callee == Builtin::PrintLine && arguments.is_empty();
    if arguments.len() != 1 && !none {
        let diagnostic = count(cx, name, 1, arguments.len(), span)
            .help("several values are printed by one text: `\"${a} ${b}\"`");
        return wrong_count(cx, diagnostic, arguments, Ty::UNIT, span);
    }
    let values = arguments.iter().map(|argument| check_argument(cx, argument, Want::Any)).collect();
    call(cx, callee, values, Ty::UNIT, span)
}

/// `panic(message)`
pub(super) fn check_panic(cx: &mut TypeckCx<'_>, arguments: &[Argument], span: Span) -> ExprId {
    let [message] = arguments else {
        let name = Ident { name: Symbol::PANIC, span };
        let diagnostic = count(cx, name, 1, arguments.len(), span);
        let value = wrong_count(cx, diagnostic, arguments, Ty::NEVER, span);
        cx.reach = control::jump(cx.reach, span);
        return value;
    };
    let want = Want::Must(Ty::STRING, Reason::BuiltinArgument("panic"));
    let message = check_argument(cx, message, want);
    cx.reach = control::jump(cx.reach, span);
    call(cx, Builtin::Panic, vec![message], Ty::NEVER, span)
}

/// `assert(condition)`, `assert(condition, text)`
pub(super) fn check_assert(cx: &mut TypeckCx<'_>, arguments: &[Argument], span: Span) -> ExprId {
    let reason = Reason::BuiltinArgument("assert");
    let mut values = Vec::with_capacity(2);
    match arguments {
        [condition] | [condition, _] => {
            values.push(check_argument(cx, condition, Want::Must(Ty::BOOL, reason)));
        }
        _ => {
            let name = Ident { name: Symbol::ASSERT, span };
            let diagnostic = count(cx, name, 1, arguments.len(), span)
                .help("`assert(condition)` or `assert(condition, text)`");
            return wrong_count(cx, diagnostic, arguments, Ty::UNIT, span);
        }
    }
    if let [_, text] = arguments {
        // The text is evaluated only if the condition is false.
        let reach = cx.reach;
        values.push(check_argument(cx, text, Want::Must(Ty::STRING, reason)));
        cx.reach = reach;
    }
    call(cx, Builtin::Assert, values, Ty::UNIT, span)
}

/// `cast<T>(x)`
pub(super) fn check_cast(
    cx: &mut TypeckCx<'_>,
    name: Ident,
    types: &[TypeExprId],
    arguments: &[Argument],
    span: Span,
) -> ExprId {
    let to = match types {
        [ty] => super::stmt::written_type(cx, *ty),
        _ if let Some(ty) = type_as_argument(cx, name, types, arguments) => {
            expr::check(cx, arguments[1].value, Want::Any);
            return cx.push(ExprKind::Error, ty, span);
        }
        _ => {
            let message = format!("`cast` takes one type argument, found {}", types.len());
            cx.report(
                Diagnostic::new(Code::TypeArgumentCount, name.span, message)
                    .help("name the type to convert to: `cast<i64>(x)`"),
            );
            Ty::ERROR
        }
    };
    let [argument] = arguments else {
        let diagnostic = count(cx, name, 1, arguments.len(), span);
        return wrong_count(cx, diagnostic, arguments, to, span);
    };
    let value = check_argument(cx, argument, Want::Any);
    let ty = cx.ty(value);
    let from = infer::settle(cx, ty);
    if from == Ty::NEVER {
        return value;
    }
    if cx.types.has_error(from) || cx.types.has_error(to) {
        return cx.push(ExprKind::Error, to, span);
    }
    if from == to && (cx.types.is_number(from) || from == Ty::CHAR) {
        return value;
    }
    if coerce::casts(cx, from, to) {
        return cx.push(ExprKind::Convert(value), to, span);
    }
    let (f, t) = (cx.show(from), cx.show(to));
    let at = cx.span(value);
    let diagnostic = Diagnostic::new(
        Code::InvalidCast,
        span,
        format!("{} cannot be converted to `{t}`", one(&f)),
    )
    .also(at, format!("this is of type `{f}`"));
    let diagnostic = match (cx.types.kind(from), cx.types.kind(to)) {
        _ if from == to => diagnostic.note("it is of that type already"),
        (_, TyKind::String) => diagnostic.help("`x.ToString()` gives a value's text"),
        (TyKind::Int(_), TyKind::Bool) => diagnostic.help("write `x != 0`"),
        (TyKind::Bool, TyKind::Int(_)) => diagnostic.help("write `if b { 1 } else { 0 }`"),
        (TyKind::Float(_), TyKind::Char) | (TyKind::Char, TyKind::Float(_)) => {
            diagnostic.help("chars convert from and to integers: `cast<i32>(…)` in between")
        }
        _ => diagnostic.note("casts convert between numbers, and between chars and integers"),
    };
    cx.report(diagnostic);
    cx.push(ExprKind::Error, to, span)
}

/// Reports `cast(T, x)`; the type, if it is that of numbers or chars.
fn type_as_argument(
    cx: &mut TypeckCx<'_>,
    name: Ident,
    types: &[TypeExprId],
    arguments: &[Argument],
) -> Option<Ty> {
    let ([], [first, second]) = (types, arguments) else { return None };
    let ast = cx.ast();
    let ast::ExprKind::Name { name: written, .. } = ast.exprs[first.value].kind else {
        return None;
    };
    let ty = prelude::primitive(written.name)?;
    let text = cx.text(written.name);
    let gap = Span::new(name.span.hi, ast.exprs[second.value].span.lo);
    let message = "the type of a `cast` stands between `<` and `>`";
    cx.report(Diagnostic::new(Code::TypeArgumentCount, name.span.to(written.span), message).fix(
        format!("write `cast<{text}>(…)`"),
        gap,
        format!("<{text}>("),
    ));
    Some(ty)
}

/// `Array.Filled<T>(count, value)`
pub(super) fn check_array_module(
    cx: &mut TypeckCx<'_>,
    name: Ident,
    types: &[TypeExprId],
    arguments: &[Argument],
    span: Span,
    want: Want,
) -> ExprId {
    match name.name {
        Symbol::FILLED => {}
        Symbol::GENERATE => {
            if let Some(set) = generate(cx) {
                let functions = cx.items.function_sets[set].functions.as_slice();
                let candidates = Candidate::of_set(functions);
                let functions = &candidates;
                let called = Callable { functions, receiver: None, name, written: types };
                return call_functions(cx, &called, arguments, span, want);
            }
        }
        _ => {
            check_broken(cx, arguments);
            return object::unknown_in_array(cx, name, span);
        }
    }
    let wanted = want.ty().map(|ty| cx.infer.shallow(ty)).and_then(|ty| match *cx.types.kind(ty) {
        TyKind::Array(element) => Some(element),
        _ => None,
    });
    let element = match types {
        [] => None,
        [ty] => Some(super::stmt::written_type(cx, *ty)),
        _ => {
            let at = name.span;
            let message = format!("`Filled` takes one type argument, found {}", types.len());
            cx.report(Diagnostic::new(Code::TypeArgumentCount, at, message));
            Some(Ty::ERROR)
        }
    };
    let [length, value] = arguments else {
        let diagnostic = count(cx, name, 2, arguments.len(), span)
            .help("`Array.Filled<T>(count, value)` makes an array of equal elements");
        report_count(cx, diagnostic, arguments);
        return cx.error(span);
    };
    let reason = Reason::BuiltinArgument("Filled");
    let length = check_argument(cx, length, Want::Must(Ty::I64, reason));
    // The element's type is the one written, the one the context wants, or the value's.
    let value = match (element, wanted, want) {
        (Some(element), ..) | (None, Some(element), Want::Must(..)) => {
            check_argument(cx, value, Want::Must(element, reason))
        }
        (None, Some(element), _) => check_argument(cx, value, Want::Hint(element)),
        (None, None, _) => check_argument(cx, value, Want::Any),
    };
    let element = match (element, wanted, want) {
        (Some(element), ..) | (None, Some(element), Want::Must(..)) => element,
        _ => cx.ty(value),
    };
    if element == Ty::ERROR {
        return cx.error(span);
    }
    if element == Ty::NEVER {
        return value;
    }
    let ty = cx.types.array(element);
    call(cx, Builtin::ArrayFilled, vec![length, value], ty, span)
}

/// The prelude's function behind `Array.Generate`.
pub(super) fn generate(cx: &TypeckCx<'_>) -> Option<FunctionSetId> {
    match cx.items.peek(cx.items.prelude(), Symbol::GENERATE_FUNCTION) {
        Some(Definition::Functions(set)) => Some(set),
        _ => None,
    }
}

/// `a.Len()`, `x.ToString()`
pub(super) fn check_method(
    cx: &mut TypeckCx<'_>,
    callee: Builtin,
    result: Ty,
    receiver: ExprId,
    name: Ident,
    arguments: &[Argument],
    span: Span,
) -> ExprId {
    if !arguments.is_empty() {
        let diagnostic = count(cx, name, 0, arguments.len(), span);
        return wrong_count(cx, diagnostic, arguments, result, span);
    }
    call(cx, callee, vec![receiver], result, span)
}

/// `text.__decode(offset)`, which the core library alone knows.
pub(super) fn check_decode(
    cx: &mut TypeckCx<'_>,
    receiver: ExprId,
    arguments: &[Argument],
    span: Span,
) -> ExprId {
    let reason = Reason::BuiltinArgument("__decode");
    let mut values = vec![receiver];
    for argument in arguments {
        values.push(check_argument(cx, argument, Want::Must(Ty::I64, reason)));
    }
    call(cx, Builtin::StringDecode, values, Ty::I64, span)
}

/// `Hash.Of(x)`
pub(super) fn check_hash(
    cx: &mut TypeckCx<'_>,
    name: Ident,
    types: &[TypeExprId],
    arguments: &[Argument],
    span: Span,
) -> ExprId {
    if name.name != Symbol::OF {
        check_broken(cx, arguments);
        let text = cx.text(name.name);
        return cx.unsupported(name.span, &format!("`Hash.{text}` is"));
    }
    let [argument] = arguments else {
        let diagnostic = count(cx, name, 1, arguments.len(), span);
        return wrong_count(cx, diagnostic, arguments, Ty::U64, span);
    };
    let want = match types {
        [ty] => Want::Must(super::stmt::written_type(cx, *ty), Reason::BuiltinArgument("Hash.Of")),
        _ => Want::Any,
    };
    let value = check_argument(cx, argument, want);
    let ty = cx.ty(value);
    infer::settle_parts(cx, ty);
    call(cx, Builtin::Hash, vec![value], Ty::U64, span)
}
