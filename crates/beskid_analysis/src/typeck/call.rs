//! Calls: what is called, and arguments against parameters (language.md §7.2, §7.3).
//!
//! *Invariants.* Each call is decided here: a function or method by its id, or a [`Builtin`]. Arguments
//! are converted to exactly the parameters' types; the receiver is the first argument.

use super::coerce::Reason;
use super::members::{self, Candidate, Found};
use super::name::{self, Meaning};
use super::object::{self, Base};
use super::{
    TypeckCx, Want, arguments, bounds, builtin, coerce, event, expr, generic, overload, path,
    place, slip, variant,
};
use crate::ast::{self, Argument, Ident, ItemKind, ParameterMode, TypeExprId};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{Builtin, Callee, ExprId, ExprKind, FunctionId};
use crate::resolve::prelude::Prelude;
use crate::source::Span;
use crate::symbol::Symbol;
use crate::types::{Ty, TyKind, TyList};

/// `f(a, b)`
pub(super) fn check_call(
    cx: &mut TypeckCx<'_>,
    mut callee: ast::ExprId,
    arguments: &[Argument],
    span: Span,
    want: Want,
) -> ExprId {
    let ast = cx.ast();
    if slip::bare_parameters(cx, arguments) {
        cx.reach = cx.reach.or_unknown();
        return cx.error(span);
    }
    while let ast::ExprKind::Paren(inner) = ast.exprs[callee].kind {
        callee = inner;
    }
    match &ast.exprs[callee].kind {
        ast::ExprKind::Name { name, arguments: types } => {
            call_name(cx, (*name, types, ast.exprs[callee].span), arguments, span, want)
        }
        ast::ExprKind::Variant { path, variant } => {
            variant::check_variant(cx, path, *variant, Some(arguments), span, want)
        }
        ast::ExprKind::Member { base, name, arguments: types } => {
            let called = (*name, &types[..], ast.exprs[callee].span);
            call_member(cx, *base, called, arguments, span, want)
        }
        _ => {
            let value = expr::check(cx, callee, Want::Any);
            call_value(cx, value, arguments, span, want)
        }
    }
}

/// A call of a value, which has to be of a function type.
fn call_value(
    cx: &mut TypeckCx<'_>,
    value: ExprId,
    arguments: &[Argument],
    span: Span,
    want: Want,
) -> ExprId {
    let ty = cx.ty(value);
    let TyKind::Function(parameters, result) = *cx.types.kind(ty) else {
        return not_callable(cx, value, arguments, span);
    };
    if cx.types.has_infer(result) {
        generic::take_hint(cx, result, want);
    }
    match value_arguments(cx, ty, parameters, arguments, (span, cx.span(value))) {
        Some(values) => cx.push(ExprKind::Call(Callee::Value(value), values), result, span),
        None => cx.push(ExprKind::Error, result, span),
    }
}

/// Checks the arguments of a call of a function type; `None` if their number was reported.
pub(super) fn value_arguments(
    cx: &mut TypeckCx<'_>,
    ty: Ty,
    parameters: TyList,
    arguments: &[Argument],
    (span, callee): (Span, Span),
) -> Option<Vec<ExprId>> {
    let parameters = cx.types.types(parameters).to_vec();
    if parameters.len() != arguments.len() {
        let shown = cx.show(ty);
        let wanted = count_words(parameters.len());
        let message = format!("this function takes {wanted}, found {}", arguments.len());
        let diagnostic = Diagnostic::new(Code::ArgumentCount, span, message)
            .also(callee, format!("this is of type `{shown}`"));
        report_count(cx, diagnostic, arguments);
        return None;
    }
    let wanted: Vec<(Ty, Reason)> =
        parameters.into_iter().map(|ty| (ty, Reason::ValueArgument)).collect();
    let mut values = Vec::with_capacity(arguments.len());
    arguments::check(cx, arguments, &wanted, &mut values);
    Some(values)
}

/// What is called: its name, type arguments, and both with what precedes them.
type Called<'a> = (Ident, &'a [TypeExprId], Span);

fn call_name(
    cx: &mut TypeckCx<'_>,
    (name, types, called): Called<'_>,
    arguments: &[Argument],
    span: Span,
    want: Want,
) -> ExprId {
    if name.name == Symbol::CAST {
        return builtin::check_cast(cx, name, types, arguments, span);
    }
    let meaning = name::resolve(cx, name.name);
    call_meaning(cx, meaning, (name, types, called), arguments, span, want)
}

/// A call of what a name or path means.
fn call_meaning(
    cx: &mut TypeckCx<'_>,
    meaning: Meaning,
    (name, types, called): Called<'_>,
    arguments: &[Argument],
    span: Span,
    want: Want,
) -> ExprId {
    let text = cx.text(name.name);
    if !types.is_empty() && matches!(meaning, Meaning::Prelude(Prelude::Print | Prelude::PrintLine))
    {
        name::report_type_arguments(cx, name, called);
    }
    let diagnostic = match meaning {
        Meaning::Functions(set) => {
            let set = &cx.items.function_sets[set];
            let candidates = Candidate::of_set(&set.functions);
            let called = Callable { functions: &candidates, receiver: None, name, written: types };
            return call_functions(cx, &called, arguments, span, want);
        }
        Meaning::Local(_) | Meaning::Const(_) => {
            let value = name::check_meaning(cx, meaning, name, types, called, Want::Any);
            return call_value(cx, value, arguments, span, want);
        }
        Meaning::Poisoned => return broken_call(cx, arguments, span),
        Meaning::Prelude(Prelude::Print) => {
            return builtin::check_print(cx, Builtin::Print, name, arguments, span);
        }
        Meaning::Prelude(Prelude::PrintLine) => {
            return builtin::check_print(cx, Builtin::PrintLine, name, arguments, span);
        }
        Meaning::Prelude(Prelude::Panic) => return builtin::check_panic(cx, arguments, span),
        Meaning::Prelude(Prelude::Assert) => return builtin::check_assert(cx, arguments, span),
        Meaning::Type(def) => {
            let message = format!("`{text}` is a type, and cannot be called");
            Diagnostic::new(Code::NotCallable, name.span, message)
                .help(object::literal_help(cx, def))
        }
        Meaning::Prelude(Prelude::Primitive(ty)) => {
            let diagnostic = Diagnostic::new(
                Code::NotCallable,
                name.span,
                format!("`{text}` is a type, and cannot be called"),
            );
            if cx.types.is_number(ty) || ty == Ty::CHAR {
                diagnostic.fix("convert with a cast", name.span, format!("cast<{text}>"))
            } else if ty == Ty::STRING {
                diagnostic.help("`x.ToString()` gives a value's text")
            } else {
                diagnostic
            }
        }
        Meaning::Module(_) => path::module_called(cx, meaning, name),
        Meaning::Alias
        | Meaning::Attribute
        | Meaning::Prelude(Prelude::Array | Prelude::Hash | Prelude::Cast) => Diagnostic::new(
            Code::NotCallable,
            name.span,
            format!("`{text}` is no function, and cannot be called"),
        ),
        Meaning::Unknown => {
            if !cx.is_lost(name.name) {
                let diagnostic = name::unknown_name(cx, name, "function");
                cx.report(diagnostic);
            }
            return broken_call(cx, arguments, span);
        }
    };
    cx.report(diagnostic);
    broken_call(cx, arguments, span)
}

fn call_member(
    cx: &mut TypeckCx<'_>,
    base: ast::ExprId,
    (name, types, called): Called<'_>,
    arguments: &[Argument],
    span: Span,
    want: Want,
) -> ExprId {
    let receiver = match object::check_base(cx, base) {
        Base::Value(value) => value,
        Base::Broken => return broken_call(cx, arguments, span),
        Base::HashModule => return builtin::check_hash(cx, name, types, arguments, span),
        Base::ArrayModule => {
            return builtin::check_array_module(cx, name, types, arguments, span, want);
        }
        Base::Module(module) if name.name == Symbol::OF && cx.items.tree.is_hash(module) => {
            return builtin::check_hash(cx, name, types, arguments, span);
        }
        Base::Module(module) => {
            let meaning = path::member(cx, module, name);
            return call_meaning(cx, meaning, (name, types, called), arguments, span, want);
        }
        Base::Type(ty) => {
            object::static_member(cx, ty, name);
            return broken_call(cx, arguments, span);
        }
    };
    if name.name == Symbol::EMPTY {
        return broken_call(cx, arguments, span);
    }
    let ty = cx.ty(receiver);
    match members::lookup(cx, ty, name.name) {
        Found::Methods(methods) => {
            // Every value has text, whatever other methods of that name there are.
            let own = name.name != Symbol::TO_STRING
                || !arguments.is_empty()
                || methods.iter().any(|m| cx.items.functions[m.function].parameters.is_empty());
            if own {
                let receiver = Some(receiver);
                let called = Callable { functions: &methods, receiver, name, written: types };
                return call_functions(cx, &called, arguments, span, want);
            }
        }
        Found::Field(index, field) => {
            let at = cx.span(receiver).to(name.span);
            let value = cx.push(ExprKind::Field(receiver, index), field, at);
            if !types.is_empty() {
                name::report_type_arguments(cx, name, called);
            }
            return call_value(cx, value, arguments, span, want);
        }
        Found::Event(found) => return event::check_raise(cx, receiver, found, arguments, span),
        Found::Nothing => {}
    }
    if !types.is_empty() {
        name::report_type_arguments(cx, name, called);
    }
    if name.name == Symbol::DECODE && ty == Ty::STRING && cx.items.tree.is_library(cx.module) {
        return builtin::check_decode(cx, receiver, arguments, span);
    }
    if let Some((built_in, result)) = built_in_method(cx, ty, name.name) {
        return builtin::check_method(cx, built_in, result, receiver, name, arguments, span);
    }
    if ty == Ty::NEVER {
        return broken_call(cx, arguments, span);
    }
    object::unknown_member(cx, ty, name, "method");
    broken_call(cx, arguments, span)
}

/// A method that the compiler knows.
pub(super) fn built_in_method(cx: &TypeckCx<'_>, ty: Ty, name: Symbol) -> Option<(Builtin, Ty)> {
    match (name, cx.types.kind(ty)) {
        (_, TyKind::Never) => None,
        (Symbol::TO_STRING, _) => Some((Builtin::ToString, Ty::STRING)),
        (Symbol::LEN, TyKind::Array(_)) => Some((Builtin::ArrayLen, Ty::I64)),
        (Symbol::LEN, TyKind::String) => Some((Builtin::StringLen, Ty::I64)),
        _ => None,
    }
}

/// Functions or methods of one name, as a call names them.
#[derive(Clone, Copy)]
pub(super) struct Callable<'c> {
    pub(super) functions: &'c [Candidate],
    pub(super) receiver: Option<ExprId>,
    pub(super) name: Ident,
    /// Type arguments.
    pub(super) written: &'c [TypeExprId],
}

/// A call of one function, or of the one of several that fits.
pub(super) fn call_functions(
    cx: &mut TypeckCx<'_>,
    called: &Callable<'_>,
    arguments: &[Argument],
    span: Span,
    want: Want,
) -> ExprId {
    let mut values: Vec<ExprId> = Vec::with_capacity(arguments.len() + 1);
    values.extend(called.receiver);
    let items = cx.items;
    let (function, instance) = match called.functions {
        &[Candidate { function: only, owner }] => {
            let item = &items.functions[only];
            let instance = generic::of_function(cx, only, owner, called.name, called.written);
            let parameters = &item.parameters;
            let result = instance.apply(cx, item.result);
            if arguments.len() != parameters.len() {
                let diagnostic = count_of(cx, only, called.name, arguments, span);
                report_count(cx, diagnostic, arguments);
                instance.poison(cx);
                return cx.push(ExprKind::Error, result, span);
            }
            if cx.types.has_infer(result) {
                generic::take_hint(cx, result, want);
            }
            let wanted: Vec<(Ty, Reason)> = parameters
                .iter()
                .enumerate()
                .map(|(index, &ty)| (instance.apply(cx, ty), Reason::Argument(only, index)))
                .collect();
            bounds::require(cx, only, &instance, called.name.span);
            arguments::check(cx, arguments, &wanted, &mut values);
            (only, instance)
        }
        _ => {
            let Some(chosen) = overload::choose(cx, called, arguments) else {
                return cx.error(span);
            };
            let overload::Chosen { function, instance, checked } = chosen;
            let wanted: Vec<(Ty, Reason)> = items.functions[function]
                .parameters
                .iter()
                .enumerate()
                .map(|(index, &ty)| (instance.apply(cx, ty), Reason::Argument(function, index)))
                .collect();
            bounds::require(cx, function, &instance, called.name.span);
            arguments::finish(cx, arguments, checked, &wanted, &mut values);
            (function, instance)
        }
    };
    let broken = values.iter().any(|&value| {
        let ty = cx.ty(value);
        cx.types.has_error(ty)
    });
    if broken {
        instance.poison(cx);
    }
    let result = instance.apply(cx, items.functions[function].result);
    if cx.types.has_infer(result) {
        // What comes next may ask for members of what the bounds say the result consists of.
        bounds::infer(cx);
    }
    let list = instance.list(cx);
    let id = cx.push(ExprKind::Call(Callee::Function(function, list), values), result, span);
    if result == Ty::NEVER {
        cx.reach = super::control::jump(cx.reach, span);
    }
    if !cx.types.has_infer(result)
        && instance.arguments.iter().any(|&argument| cx.types.has_infer(argument))
    {
        cx.infer.add_pending(id);
    }
    id
}

/// Checks an argument, and that it is passed as its parameter asks for.
pub(super) fn check_argument(cx: &mut TypeckCx<'_>, argument: &Argument, want: Want) -> ExprId {
    let (mode, name) = match want {
        Want::Must(_, Reason::Argument(function, index)) => {
            let item = &cx.items.functions[function];
            (item.modes[index], Some(item.name.name))
        }
        _ => (ParameterMode::Value, None),
    };
    match (argument.mode, mode) {
        (ParameterMode::Value | ParameterMode::Ref, ParameterMode::Ref)
        | (ParameterMode::Value, ParameterMode::Value) => expr::check(cx, argument.value, want),
        (ParameterMode::Out, ParameterMode::Out) => check_out(cx, argument, want),
        (_, mode) => {
            let value = expr::check(cx, argument.value, Want::Any);
            report_mode(cx, argument, mode, name);
            let span = cx.span(value);
            cx.error(span)
        }
    }
}

/// `out place`
fn check_out(cx: &mut TypeckCx<'_>, argument: &Argument, want: Want) -> ExprId {
    let span = cx.ast().exprs[argument.value].span;
    let Some(place) = place::check_out(cx, argument.value) else { return cx.error(span) };
    let (Some(wanted), found) = (want.ty(), cx.ty(place)) else { return place };
    require_exact(cx, place, found, wanted)
}

/// E1219 unless a place is of exactly the type of the `out` parameter.
pub(super) fn require_exact(cx: &mut TypeckCx<'_>, place: ExprId, found: Ty, wanted: Ty) -> ExprId {
    if coerce::fits(cx, found, wanted) {
        return place;
    }
    let (f, w, span) = (cx.show(found), cx.show(wanted), cx.span(place));
    let message = format!("an `out` place is of exactly the parameter's type `{w}`, found `{f}`");
    cx.report(
        Diagnostic::new(Code::ArgumentMode, span, message)
            .label(format!("this place is of type `{f}`"))
            .help(format!("pass a variable of type `{w}`, and convert its value afterwards")),
    );
    cx.error(span)
}

/// E1219 for an argument that is not passed as its parameter asks for.
fn report_mode(
    cx: &mut TypeckCx<'_>,
    argument: &Argument,
    wanted: ParameterMode,
    name: Option<Symbol>,
) {
    let span = cx.ast().exprs[argument.value].span;
    let name = name.map_or("this function".to_owned(), |name| format!("`{}`", cx.text(name)));
    let word = match argument.mode {
        ParameterMode::Value => "",
        ParameterMode::Ref => "ref",
        ParameterMode::Out => "out",
    };
    // The word stands before the value, and blanks may be between them.
    let file = cx.sources.file(cx.file);
    let before = &file.text[..(span.lo - file.base) as usize];
    let start = before.trim_end().len().saturating_sub(word.len());
    let written = Span::new(file.base + start as u32, span.lo);
    let diagnostic = match wanted {
        ParameterMode::Out => {
            let message = format!("{name} gives this argument a value: it is written with `out`");
            let diagnostic = Diagnostic::new(Code::ArgumentMode, span, message);
            match argument.mode {
                ParameterMode::Value => diagnostic.fix("write `out`", span.start(), "out "),
                _ => diagnostic.fix("write `out`", written, "out "),
            }
        }
        ParameterMode::Ref | ParameterMode::Value => {
            let message = format!("this parameter of {name} takes a value, not `{word}`");
            Diagnostic::new(Code::ArgumentMode, span, message).fix(
                format!("leave `{word}` out"),
                written,
                "",
            )
        }
    };
    cx.report(diagnostic);
}

/// Checks the arguments of a call that was reported.
pub(super) fn check_broken(cx: &mut TypeckCx<'_>, arguments: &[Argument]) {
    for argument in arguments {
        expr::check(cx, argument.value, Want::Hint(Ty::ERROR));
    }
}

/// A call of something that was reported.
pub(super) fn broken_call(cx: &mut TypeckCx<'_>, arguments: &[Argument], span: Span) -> ExprId {
    check_broken(cx, arguments);
    cx.reach = cx.reach.or_unknown();
    cx.error(span)
}

fn not_callable(
    cx: &mut TypeckCx<'_>,
    value: ExprId,
    arguments: &[Argument],
    span: Span,
) -> ExprId {
    let ty = cx.ty(value);
    if ty != Ty::ERROR && ty != Ty::NEVER {
        let (shown, at) = (cx.show(ty), cx.span(value));
        let message = format!("a value of type `{shown}` cannot be called");
        let diagnostic =
            Diagnostic::new(Code::NotCallable, at, message).label("this is no function");
        let named = matches!(
            cx.body.exprs[value].kind,
            ExprKind::Field(..) | ExprKind::Local(_) | ExprKind::Constant(_)
        );
        let parentheses = Span::new(at.hi, span.hi);
        cx.report(if named && arguments.is_empty() && at.hi < span.hi {
            diagnostic.fix("remove the parentheses", parentheses, "")
        } else {
            diagnostic
        });
    }
    broken_call(cx, arguments, span)
}

/// Checks the arguments and reports their number, unless a broken one among them may explain it.
pub(super) fn report_count(cx: &mut TypeckCx<'_>, diagnostic: Diagnostic, arguments: &[Argument]) {
    let reported = cx.diagnostics.len();
    check_broken(cx, arguments);
    let explained = cx.diagnostics[reported..].iter().any(Diagnostic::is_error)
        || (cx.lost_names && cx.broken.within(diagnostic.span()));
    if !explained {
        cx.report(diagnostic);
    }
}

/// E1204 for a function.
fn count_of(
    cx: &mut TypeckCx<'_>,
    function: FunctionId,
    name: Ident,
    arguments: &[Argument],
    span: Span,
) -> Diagnostic {
    let item = &cx.items.functions[function];
    let declared = item.name.span;
    let signature = overload::signature(cx, function);
    let diagnostic = count(cx, name, item.parameters.len(), arguments.len(), span)
        .also(declared, format!("declared as `{signature}`"));
    let ItemKind::Function(source) = &cx.asts[item.file].items[item.item].kind else {
        return diagnostic;
    };
    let missing: Vec<String> = source
        .parameters
        .iter()
        .skip(arguments.len())
        .map(|parameter| format!("`{}`", cx.text(parameter.name.name)))
        .collect();
    match missing.as_slice() {
        [] => too_many(cx, diagnostic, item.parameters.len(), arguments),
        [only] => diagnostic.label(format!("a value for {only} is missing")),
        _ => diagnostic.label(format!("values for {} are missing", missing.join(", "))),
    }
}

/// Marks the arguments that are too many, or the comma that tears a number apart.
fn too_many(
    cx: &TypeckCx<'_>,
    diagnostic: Diagnostic,
    wanted: usize,
    arguments: &[Argument],
) -> Diagnostic {
    let (ast, extra) = (cx.ast(), arguments.len() - wanted);
    let number = |argument: &Argument| match ast.exprs[argument.value].kind {
        ast::ExprKind::Literal(ast::Literal::Int(_)) => Some(ast.exprs[argument.value].span),
        _ => None,
    };
    let torn = arguments.windows(2).find_map(|pair| {
        let (first, second) = (number(&pair[0])?, number(&pair[1])?);
        let joined = first.hi + 1 == second.lo && second.len() == 3;
        joined.then(|| Span::new(first.hi, second.lo))
    });
    match torn.filter(|_| extra == 1) {
        Some(comma) => diagnostic.fix("write one number", comma, "_"),
        None => diagnostic.label(format!("{extra} too many")),
    }
}

/// E1204.
pub(super) fn count(
    cx: &TypeckCx<'_>,
    name: Ident,
    wanted: usize,
    found: usize,
    span: Span,
) -> Diagnostic {
    let text = cx.text(name.name);
    let wanted = count_words(wanted);
    let place = if span.len() > 200 { name.span } else { name.span.to(span.end()) };
    Diagnostic::new(Code::ArgumentCount, place, format!("`{text}` takes {wanted}, found {found}"))
}

/// A number of arguments in words.
fn count_words(count: usize) -> String {
    match count {
        0 => "no arguments".to_owned(),
        1 => "1 argument".to_owned(),
        more => format!("{more} arguments"),
    }
}
