//! What is said where a value has another type than its place.
//!
//! *Invariants.* The code depends on the reason alone; helps and fixes on the two types.

use super::coerce::{Reason, casts};
use super::{Subject, TypeckCx, hint, infer, members, propagate};
use crate::ast::ItemKind;
use crate::diagnostics::{Code, Diagnostic, Edit, Fix};
use crate::hir::{Constant, ExprId, ExprKind, TypeDefId};
use crate::resolve::Member;
use crate::resolve::contract::is_bound_only;
use crate::source::Span;
use crate::types::{Ty, TyKind};

/// Reports a value that does not fit.
pub(super) fn report(cx: &mut TypeckCx<'_>, id: ExprId, wanted: Ty, reason: Reason) {
    let (span, found) = (cx.span(id), cx.ty(id));
    let found = infer::with_defaults(cx, found);
    let wanted = infer::with_defaults(cx, wanted);
    // A contract that is no type of a value was reported where it is written.
    if [found, wanted]
        .into_iter()
        .any(|ty| cx.types.as_contract(ty).is_some() && is_bound_only(cx.items, cx.types, ty))
    {
        return;
    }
    if let Some((contract, _)) = cx.types.as_contract(wanted)
        && !matches!(cx.types.kind(found), TyKind::Unit)
    {
        let diagnostic = not_declared(cx, span, found, (wanted, contract), reason);
        return cx.report(diagnostic);
    }
    let diagnostic = describe(cx, span, found, wanted, reason);
    let diagnostic = advise(cx, diagnostic, id, found, wanted, reason);
    cx.report(diagnostic);
}

/// Message and labels.
pub(super) fn describe(
    cx: &mut TypeckCx<'_>,
    span: Span,
    found: Ty,
    wanted: Ty,
    reason: Reason,
) -> Diagnostic {
    let (f, w) = (cx.show(found), cx.show(wanted));
    let expected = format!("expected `{w}`, found `{f}`");
    let here = format!("this is of type `{f}`");
    match reason {
        Reason::Initialiser(ty) => Diagnostic::new(Code::InitialiserType, span, expected)
            .label(here)
            .also(ty, "the type is stated here"),
        Reason::Assignment(place) => Diagnostic::new(Code::InitialiserType, span, expected)
            .label(here)
            .also(place, format!("this place is of type `{w}`")),
        Reason::Argument(function, index) => {
            let item = &cx.items.functions[function];
            let name = cx.text(item.name.name);
            let message = format!("`{name}` expects `{w}` here, found `{f}`");
            let mut diagnostic = Diagnostic::new(Code::ArgumentType, span, message).label(here);
            if let ItemKind::Function(source) = &cx.asts[item.file].items[item.item].kind
                && let Some(parameter) = source.parameters.get(index)
            {
                let declared = item.parameters[index];
                let text = if cx.types.has_param(declared) {
                    let declared = cx.show(declared);
                    format!("the parameter is of type `{declared}`, in this call `{w}`")
                } else {
                    format!("the parameter is of type `{w}`")
                };
                diagnostic = diagnostic.also(parameter.name.span, text);
            }
            diagnostic
        }
        Reason::Handler(def, index) => {
            let event = &cx.items.types[def].def.events[index];
            let (name, declared) = (cx.text(event.name), event.span);
            let message = format!("`{name}` takes handlers of type `{w}`, found `{f}`");
            Diagnostic::new(Code::EventHandler, span, message)
                .label(here)
                .also(declared, "the event is declared here")
        }
        Reason::ValueArgument => {
            let message = format!("this function expects `{w}` here, found `{f}`");
            Diagnostic::new(Code::ArgumentType, span, message).label(here)
        }
        Reason::BuiltinArgument(name) => {
            let message = format!("`{name}` expects `{w}` here, found `{f}`");
            Diagnostic::new(Code::ArgumentType, span, message).label(here)
        }
        Reason::Result => {
            let diagnostic = Diagnostic::new(Code::ResultType, span, expected).label(here);
            result_label(cx, diagnostic)
        }
        Reason::Condition(word) => {
            let message = format!("the condition of `{word}` is `bool`, found `{f}`");
            Diagnostic::new(Code::ConditionType, span, message).label(here)
        }
        Reason::Operand(op, at) => {
            let message = format!("`{}` takes two `bool`s, found `{f}`", op.text());
            Diagnostic::new(Code::BinaryOperands, span, message).label(here).also(at, "")
        }
        Reason::Unused => {
            let message = format!("nothing takes this value of type `{f}`");
            Diagnostic::new(Code::UnusedValue, span, message)
        }
        Reason::NoElse(whole) => {
            let message = format!("nothing takes this value of type `{f}`");
            Diagnostic::new(Code::UnusedValue, span, message)
                .also(whole, "an `if` without `else` has no value")
        }
        Reason::Field(def, index) => {
            let field = &cx.items.types[def].def.fields[index];
            let name = cx.text(field.name);
            let message = format!("the field `{name}` is of type `{w}`, found `{f}`");
            Diagnostic::new(Code::TypeMismatch, span, message)
                .label(here)
                .also(field.span, "the field is declared here")
        }
        Reason::Payload(variant, def) => {
            let item = &cx.items.types[def].def;
            let variant = &item.variant_list()[variant];
            let (outer, name) = (cx.text(item.name), cx.text(variant.name));
            let message = format!("`{outer}::{name}` holds `{w}` here, found `{f}`");
            Diagnostic::new(Code::TypeMismatch, span, message)
                .label(here)
                .also(variant.span, "the variant is declared here")
        }
        Reason::TestEntry(name) => {
            let message = format!("`{name}` is {}, found `{f}`", one(&w));
            let diagnostic = Diagnostic::new(Code::TestValue, span, message).label(here);
            match found == cx.types.array(Ty::STRING) {
                true => diagnostic.help("one string holds them all: `\"fast,net\"`"),
                false => diagnostic,
            }
        }
        Reason::AttributeValue(name, declared) => {
            let name = cx.sources.text(name);
            let message = format!("`{name}` takes {}, found `{f}`", one(&w));
            let diagnostic = Diagnostic::new(Code::AttributeValue, span, message).label(here);
            match declared {
                Some(declared) => diagnostic.also(declared, "declared here"),
                None => diagnostic,
            }
        }
        Reason::Element => {
            let message = format!("the elements of this array are of type `{w}`, found `{f}`");
            Diagnostic::new(Code::BranchTypes, span, message).label(here)
        }
    }
}

/// E1607: a value of a type that does not declare the contract that is wanted.
fn not_declared(
    cx: &mut TypeckCx<'_>,
    span: Span,
    found: Ty,
    (wanted, contract): (Ty, TypeDefId),
    reason: Reason,
) -> Diagnostic {
    let mut diagnostic = describe(cx, span, found, wanted, reason);
    diagnostic.code = Code::NotConforming;
    let (shown, name) = (cx.show(found), cx.show(wanted));
    let Some((def, _)) = cx.types.as_declared(found) else {
        return diagnostic.note(format!("`{shown}` does not conform to `{name}`"));
    };
    let item = &cx.items.types[def];
    let declared = members::argument_lists(cx, found, contract);
    let resolved = infer::resolve(cx, wanted);
    if declared.len() > 1 && cx.types.has_infer(resolved) {
        let contract = cx.text(cx.items.types[contract].def.name);
        return diagnostic
            .note(format!("`{shown}` declares `{contract}` with several arguments"))
            .help("say which: write them in the call, or give the value a name with a type");
    }
    if let Some(&other) = declared.first() {
        let other = cx.types.intern(TyKind::Contract(contract, other));
        let other = cx.show(other);
        return diagnostic.note(format!("`{shown}` declares `{other}`, not `{name}`"));
    }
    if item.def.methods.is_some() || item.def.module == cx.items.prelude() {
        return diagnostic.note(format!("`{shown}` does not conform to `{name}`"));
    }
    let wanted = cx.items.types[contract].def.methods.as_deref().unwrap_or_default();
    let missing: Vec<String> = wanted
        .iter()
        .map(|&method| cx.items.functions[method].name.name)
        .filter(|name| !matches!(item.members.get(name), Some(Member::Methods(_))))
        .map(|name| format!("`{}`", cx.text(name)))
        .collect();
    let ty = cx.text(item.def.name);
    if !missing.is_empty() {
        return diagnostic
            .note(format!("`{ty}` does not declare `{name}`, and lacks {}", missing.join(", ")));
    }
    // Behind its name and parameters a type lists its contracts.
    let (place, text) = declaration_end(cx, def, &name);
    diagnostic.note(format!("`{ty}` has the methods of `{name}`, but does not declare it")).fix(
        "declare it",
        place,
        text,
    )
}

/// Where a type would declare one more contract, and how.
fn declaration_end(cx: &TypeckCx<'_>, def: TypeDefId, contract: &str) -> (Span, String) {
    let item = &cx.items.types[def];
    let ast = &cx.asts[item.file];
    let (contracts, parameters) = match &ast.items[item.item].kind {
        ItemKind::Type(def) => (&def.contracts, &def.parameters),
        ItemKind::Enum(def) => (&def.contracts, &def.parameters),
        _ => return (item.def.span.end(), format!(" : {contract}")),
    };
    if let Some(&last) = contracts.last() {
        return (ast.types[last].span.end(), format!(", {contract}"));
    }
    let place = match parameters.last() {
        None => item.def.span.end(),
        Some(last) => {
            let last = last.bounds.last().map_or(last.name.span, |&ty| ast.types[ty].span);
            // Behind the `>`.
            Span::new(last.hi + 1, last.hi + 1)
        }
    };
    (place, format!(" : {contract}"))
}

/// Says what the function returns.
pub(super) fn result_label(cx: &mut TypeckCx<'_>, diagnostic: Diagnostic) -> Diagnostic {
    let result = cx.result;
    let ty = cx.show(result.ty);
    match result.of {
        Subject::Function(name) => {
            let name = cx.text(name);
            diagnostic.also(result.span, format!("`{name}` returns `{ty}`"))
        }
        Subject::Test => diagnostic.also(result.span, "a test returns nothing"),
        Subject::Lambda => diagnostic.note(format!("the lambda around it returns `{ty}`")),
        Subject::OpenLambda | Subject::Constant => diagnostic,
    }
}

/// What to write instead.
fn advise(
    cx: &mut TypeckCx<'_>,
    diagnostic: Diagnostic,
    id: ExprId,
    found: Ty,
    wanted: Ty,
    reason: Reason,
) -> Diagnostic {
    let span = cx.span(id);
    if wanted == Ty::UNIT {
        let diagnostic = match reason {
            Reason::NoElse(_) => {
                // The value is the tail of the only branch.
                return match cx.blocks.last() {
                    Some(open) => {
                        let end = open.block.span.end();
                        diagnostic.fix("add the other branch", end, " else { … }")
                    }
                    None => diagnostic.help("with an `else` the `if` has a value"),
                };
            }
            Reason::Result if cx.result.of == Subject::Test && found == Ty::BOOL => {
                return wrap(diagnostic, "assert that it holds", span, "assert(", ");");
            }
            Reason::Unused | Reason::Result => diagnostic,
            _ => return diagnostic,
        };
        return diagnostic.fix("drop the value with `;`", span.end(), ";");
    }
    if found == Ty::UNIT {
        return diagnostic;
    }
    let (from, to) = (cx.types.kind(found).clone(), cx.types.kind(wanted).clone());
    match (&from, &to) {
        (TyKind::Float(_), TyKind::Int(_))
            if let ExprKind::Constant(Constant::Float(value)) = cx.body.exprs[id].kind
                && value.fract() == 0.0
                && value.abs() < 1e15 =>
        {
            diagnostic.fix("write it as an integer", span, format!("{value:.0}"))
        }
        _ if casts(cx, found, wanted) => {
            let name = cx.show(wanted);
            let diagnostic = match (&from, &to) {
                (TyKind::Float(_), TyKind::Int(_)) => {
                    diagnostic.note("a cast to an integer drops the fraction")
                }
                (TyKind::Int(_), TyKind::Int(_)) => {
                    diagnostic.note("values that do not fit wrap around in a cast")
                }
                _ => diagnostic,
            };
            wrap(diagnostic, "convert it with a cast", span, &format!("cast<{name}>("), ")")
        }
        (TyKind::Char, TyKind::String) => {
            if let ExprKind::Constant(Constant::Char(_)) = cx.body.exprs[id].kind {
                let text = cx.sources.text(span);
                let inner = &text[1..text.len() - 1];
                let inner = if inner == "\"" { "\\\"" } else { inner };
                diagnostic.fix("write a string", span, format!("\"{inner}\""))
            } else {
                to_text(cx, diagnostic, id)
            }
        }
        (TyKind::String, TyKind::Char) => match &cx.body.exprs[id].kind {
            ExprKind::Constant(Constant::String(text)) if text.chars().count() == 1 => {
                let source = cx.sources.text(span);
                let inner = &source[1..source.len() - 1];
                let inner = if inner == "'" { "\\'" } else { inner };
                diagnostic.fix("write a char", span, format!("'{inner}'"))
            }
            _ => diagnostic,
        },
        (TyKind::Function(parameters, result), TyKind::String)
            if *result == wanted && cx.types.types(*parameters).is_empty() =>
        {
            hint::of_value(cx, diagnostic, span, found, Some(wanted))
        }
        (TyKind::Enum(def, _), TyKind::String) if propagate::shape(cx, *def).is_some() => {
            hint::of_value(cx, diagnostic, span, found, Some(wanted))
        }
        // A call is no constant.
        (_, TyKind::String)
            if matches!(reason, Reason::AttributeValue(..) | Reason::TestEntry(_)) =>
        {
            match cx.body.exprs[id].kind {
                ExprKind::Constant(_) => wrap(diagnostic, "write a string", span, "\"", "\""),
                _ => diagnostic,
            }
        }
        (_, TyKind::String) => to_text(cx, diagnostic, id),
        (TyKind::Int(_), TyKind::Bool) => match cx.body.exprs[id].kind {
            ExprKind::Constant(Constant::Int(0)) => diagnostic.fix("write `false`", span, "false"),
            ExprKind::Constant(_) => diagnostic.fix("write `true`", span, "true"),
            _ if is_simple(cx, id) => diagnostic.fix("compare it with 0", span.end(), " != 0"),
            _ => wrap(diagnostic, "compare it with 0", span, "(", ") != 0"),
        },
        (&TyKind::Array(from), &TyKind::Array(to)) if cx.types.widens(from, to) => {
            diagnostic.note("an array keeps the type of its elements; they widen one by one")
        }
        (TyKind::Contract(..), TyKind::Object(..) | TyKind::Enum(..)) => {
            let name = cx.show(wanted);
            diagnostic.help(format!("ask for it: `match … {{ {name} found => …, _ => … }}`"))
        }
        (TyKind::Bool, TyKind::Int(_)) => diagnostic.help("write `if b { 1 } else { 0 }`"),
        (TyKind::String, TyKind::Int(_) | TyKind::Float(_)) => {
            match number_in_quotes(cx, id, &to) {
                Some(number) => diagnostic.fix("write a number", span, number),
                None => diagnostic,
            }
        }
        (_, TyKind::Array(element)) if *element == found => {
            wrap(diagnostic, "make it an array of one element", span, "[", "]")
        }
        _ => hint::of_value(cx, diagnostic, span, found, Some(wanted)),
    }
}

/// The number in a string, where one is wanted.
fn number_in_quotes(cx: &TypeckCx<'_>, id: ExprId, wanted: &TyKind) -> Option<String> {
    let ExprKind::Constant(Constant::String(text)) = &cx.body.exprs[id].kind else { return None };
    let digits = text.strip_prefix('-').unwrap_or(text);
    let written = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit());
    let fits = match wanted {
        TyKind::Int(int) => text.parse().is_ok_and(|value: i128| int.holds(value)),
        _ => text.contains('.') && text.parse::<f64>().is_ok(),
    };
    (written && fits).then(|| text.to_string())
}

/// Whether an expression needs no parentheses.
fn is_simple(cx: &TypeckCx<'_>, id: ExprId) -> bool {
    matches!(
        cx.body.exprs[id].kind,
        ExprKind::Local(_)
            | ExprKind::Field(..)
            | ExprKind::Index(..)
            | ExprKind::Call(..)
            | ExprKind::Constant(_)
            | ExprKind::Array(_)
    ) && !cx.sources.text(cx.span(id)).starts_with('-')
}

/// The fix that makes text of a value.
fn to_text(cx: &TypeckCx<'_>, diagnostic: Diagnostic, id: ExprId) -> Diagnostic {
    let span = cx.span(id);
    let title = "take its text";
    if is_simple(cx, id) {
        diagnostic.fix(title, span.end(), ".ToString()")
    } else {
        wrap(diagnostic, title, span, "(", ").ToString()")
    }
}

/// A type with its article: `an i32`, `a string`.
pub(super) fn one(name: &str) -> String {
    let vowel = name.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']);
    let letter = name.starts_with("f32") || name.starts_with("f64");
    let article = if vowel || letter { "an" } else { "a" };
    format!("{article} `{name}`")
}

/// A fix that puts text before and after a span.
pub(super) fn wrap(
    mut diagnostic: Diagnostic,
    title: &str,
    span: Span,
    before: &str,
    after: &str,
) -> Diagnostic {
    diagnostic.fixes.push(Fix {
        title: title.to_owned(),
        edits: vec![
            Edit { span: span.start(), replacement: before.to_owned() },
            Edit { span: span.end(), replacement: after.to_owned() },
        ],
    });
    diagnostic
}
