//! Advice about values: what is often meant where a value of that type stands, or a member of that name.
//!
//! *Invariants.* Nothing here reports; advice is added to a diagnostic that is made elsewhere.

use super::name::{self, Meaning};
use super::propagate::{self, Shape};
use super::{TypeckCx, members};
use crate::ast::Ident;
use crate::diagnostics::Diagnostic;
use crate::resolve::Member;
use crate::source::Span;
use crate::types::{Ty, TyKind};

/// Methods by which other languages let arrays grow and shrink.
const GROWING: [&str; 8] = ["Add", "Push", "Append", "Insert", "Remove", "Pop", "push", "append"];

/// Advice about a value of a type that its place does not take; `wanted` is what the place asks for.
pub(super) fn of_value(
    cx: &mut TypeckCx<'_>,
    diagnostic: Diagnostic,
    span: Span,
    found: Ty,
    wanted: Option<Ty>,
) -> Diagnostic {
    let is_wanted = |cx: &TypeckCx<'_>, ty: Ty| {
        wanted.is_none_or(|wanted| ty == wanted || cx.types.widens(ty, wanted))
    };
    match *cx.types.kind(found) {
        TyKind::Function(parameters, result)
            if cx.types.types(parameters).is_empty() && is_wanted(cx, result) =>
        {
            diagnostic.fix("call it", span.end(), "()")
        }
        TyKind::Enum(def, list) => {
            let (success, text) = match propagate::shape(cx, def) {
                Some(Shape::Option(some, _)) => {
                    (some, "a `match` takes the value out of an `Option`, or `?` hands `None` on")
                }
                Some(Shape::Result(ok, _)) => {
                    (ok, "a `match` takes the value out of a `Result`, or `?` hands the error on")
                }
                None => return diagnostic,
            };
            let payload = propagate::payload(cx, def, list, success);
            if is_wanted(cx, payload) { diagnostic.help(text) } else { diagnostic }
        }
        _ => diagnostic,
    }
}

/// Advice about a member that a type lacks, where no name is near.
pub(super) fn of_member(
    cx: &mut TypeckCx<'_>,
    diagnostic: Diagnostic,
    ty: Ty,
    name: Ident,
    is_called: bool,
) -> Diagnostic {
    let text = cx.text(name.name);
    if let TyKind::Array(element) = *cx.types.kind(ty) {
        if !matches!(members::lookup(cx, element, name.name), members::Found::Nothing) {
            return diagnostic
                .help(format!("an element has it: `values[0].{text}`, or `for` goes over them"));
        }
        if is_called && GROWING.contains(&text) {
            return diagnostic.note("an array keeps the length that it was made with");
        }
    }
    match name::resolve(cx, name.name) {
        Meaning::Functions(_) if is_called => {
            diagnostic.help(format!("`{text}` is a function: the value is its argument"))
        }
        Meaning::Local(_) if !is_called => {
            let dot = Span::new(name.span.lo - 1, name.span.lo);
            let dot = if cx.sources.text(dot) == "." {
                dot
            } else {
                // `width. height`
                Span::new(name.span.lo.saturating_sub(2), name.span.lo)
            };
            let diagnostic = diagnostic.note(format!("`{text}` is a variable"));
            if cx.sources.text(dot).trim() == "." {
                diagnostic.fix("separate two values by a comma", dot, ", ")
            } else {
                diagnostic
            }
        }
        _ => diagnostic,
    }
}

/// Whether a name behind the name of a type is a variant of that type.
pub(super) fn is_variant(cx: &TypeckCx<'_>, ty: Ident, name: Ident) -> bool {
    match name::resolve(cx, ty.name) {
        Meaning::Type(def) => cx.items.types[def].variants.contains_key(&name.name),
        _ => false,
    }
}

/// Whether a name behind the name of a type is a method of that type.
pub(super) fn is_method(cx: &TypeckCx<'_>, ty: Ident, name: Ident) -> bool {
    match name::resolve(cx, ty.name) {
        Meaning::Type(def) => {
            matches!(cx.items.types[def].members.get(&name.name), Some(Member::Methods(_)))
        }
        _ => false,
    }
}
