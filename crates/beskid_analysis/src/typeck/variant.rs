//! Enum values: `E::V`, `E::V(a)` (language.md §3.3), and names that lack their enum.
//!
//! *Invariants.* A value has exactly the payload that its variant declares.

use super::coerce::Reason;
use super::{TypeckCx, Want, call, generic};
use crate::ast::{Argument, Ident, Path};
use crate::diagnostics::suggest::nearest_if_shown;
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{ExprId, ExprKind, TypeDefId};
use crate::resolve::Definition;
use crate::resolve::suggest::visible;
use crate::source::Span;
use crate::symbol::Symbol;
use crate::types::{Ty, TyKind};

/// `E::V`, `E::V(a, b)`; without parentheses there are no arguments.
pub(super) fn check_variant(
    cx: &mut TypeckCx<'_>,
    path: &Path,
    variant: Ident,
    arguments: Option<&[Argument]>,
    span: Span,
    want: Want,
) -> ExprId {
    let given = arguments.unwrap_or(&[]);
    if member_of_module(cx, path, variant) {
        return call::broken_call(cx, given, span);
    }
    let ty = generic::path_type(cx, path, want);
    let TyKind::Enum(def, list) = *cx.types.kind(ty) else {
        not_an_enum(cx, ty, variant);
        return call::broken_call(cx, given, span);
    };
    let instance = generic::of_type(cx, def, list);
    let Some(index) = find(cx, def, variant) else {
        instance.poison(cx);
        call::check_broken(cx, given);
        return cx.push(ExprKind::Error, ty, span);
    };
    let items = cx.items;
    let payload = items.types[def].def.variant_list()[index].payload.as_slice();
    if payload.len() != given.len() && is_broken(cx, def) {
        call::check_broken(cx, given);
        instance.poison(cx);
        return cx.push(ExprKind::Error, ty, span);
    }
    if payload.len() != given.len() {
        let diagnostic = payload_count(cx, def, index, arguments.map(<[_]>::len), variant, span);
        call::report_count(cx, diagnostic, given);
        instance.poison(cx);
        return cx.push(ExprKind::Error, ty, span);
    }
    let mut values = Vec::with_capacity(given.len());
    for (argument, &declared) in given.iter().zip(payload) {
        let wanted = instance.apply(cx, declared);
        let value =
            call::check_argument(cx, argument, Want::Must(wanted, Reason::Payload(index, def)));
        let found = cx.ty(value);
        if cx.types.has_error(found) {
            instance.poison(cx);
        }
        values.push(value);
    }
    cx.push(ExprKind::Variant(index, values), ty, span)
}

/// Reports `Module::Function`, whose parts are joined by a dot.
fn member_of_module(cx: &mut TypeckCx<'_>, path: &Path, variant: Ident) -> bool {
    let names: Vec<Ident> = path.segments.iter().map(|segment| segment.ident).collect();
    let Ok(Definition::Module(module)) = cx.items.walk(cx.module, &names) else { return false };
    let is_member = cx.items.type_of_module(module, cx.module).is_none()
        && cx.items.member(module, variant, cx.module).is_ok();
    if is_member {
        let colons = Span::new(path.span.hi, variant.span.lo);
        let (outer, inner) = (cx.text(names[names.len() - 1].name), cx.text(variant.name));
        let message = format!("`{outer}` is a module, and its `{inner}` is reached by `.`");
        cx.report(Diagnostic::new(Code::UnknownType, colons, message).fix(
            "write `.`",
            colons,
            ".",
        ));
    }
    is_member
}

/// Reports what is before `::` without being an enum.
pub(super) fn not_an_enum(cx: &mut TypeckCx<'_>, ty: Ty, variant: Ident) {
    if cx.types.has_error(ty) || variant.name == Symbol::EMPTY {
        return;
    }
    let (shown, inner) = (cx.show(ty), cx.text(variant.name));
    cx.report(
        Diagnostic::new(
            Code::UnknownMember,
            variant.span,
            format!("the type `{shown}` has no variant `{inner}`"),
        )
        .note("only an `enum` has variants"),
    );
}

/// The index of a variant; reports an unknown one.
pub(super) fn find(cx: &mut TypeckCx<'_>, def: TypeDefId, variant: Ident) -> Option<usize> {
    let items = cx.items;
    let item = &items.types[def];
    if let Some(&index) = item.variants.get(&variant.name) {
        return Some(index);
    }
    if item.incomplete || variant.name == Symbol::EMPTY {
        return None;
    }
    let (outer, text) = (cx.text(item.def.name), cx.text(variant.name));
    let variants = item.def.variant_list();
    let names = variants.iter().map(|variant| cx.interner.name(variant.name));
    let message = format!("the enum `{outer}` has no variant `{text}`");
    let diagnostic = Diagnostic::new(Code::UnknownVariant, variant.span, message);
    let diagnostic = match nearest_if_shown(cx.diagnostics, text, names.clone()) {
        Some(near) => diagnostic.fix(format!("did you mean `{near}`?"), variant.span, near),
        None => {
            let shown: Vec<String> = names.take(8).map(|name| format!("`{name}`")).collect();
            match variants.len() {
                0 => diagnostic.note(format!("`{outer}` has no variants")),
                1..=8 => diagnostic.note(format!("its variants are {}", shown.join(", "))),
                _ => diagnostic.note(format!("its variants are {}, …", shown.join(", "))),
            }
        }
    };
    cx.report(diagnostic);
    None
}

/// How many values a payload has, in words.
pub(super) fn count_words(count: usize) -> String {
    match count {
        0 => "no payload".to_owned(),
        1 => "1 value".to_owned(),
        more => format!("{more} values"),
    }
}

/// Whether the declaration of a type has syntax errors, which may have swallowed parts of it.
pub(super) fn is_broken(cx: &TypeckCx<'_>, def: TypeDefId) -> bool {
    let item = &cx.items.types[def];
    cx.broken.any() && cx.broken.within(cx.asts[item.file].items[item.item].span)
}

/// E1302: a value with another number of payloads than its variant has.
fn payload_count(
    cx: &TypeckCx<'_>,
    def: TypeDefId,
    index: usize,
    given: Option<usize>,
    name: Ident,
    span: Span,
) -> Diagnostic {
    let item = &cx.items.types[def].def;
    let variant = &item.variant_list()[index];
    let outer = cx.text(item.name);
    let text = cx.text(variant.name);
    let wanted = count_words(variant.payload.len());
    let found = match given {
        None | Some(0) => "none".to_owned(),
        Some(count) => count.to_string(),
    };
    let diagnostic = Diagnostic::new(
        Code::PayloadCount,
        span,
        format!("`{outer}::{text}` takes {wanted}, found {found}"),
    )
    .also(variant.span, "the variant is declared here");
    if given.is_none() {
        let places = vec!["…"; variant.payload.len()].join(", ");
        diagnostic.fix("give its payload", name.span.end(), format!("({places})"))
    } else {
        diagnostic
    }
}

/// E1303: a variant's name alone, if an enum in sight has one of that name.
pub(super) fn bare(cx: &TypeckCx<'_>, name: Ident) -> Option<Diagnostic> {
    let text = cx.text(name.name);
    let mut owners: Vec<&str> = visible(cx.items, cx.module)
        .filter(|&(_, found)| match found {
            Definition::Type(def) => cx.items.types[def].variants.contains_key(&name.name),
            _ => false,
        })
        .map(|(owner, _)| cx.text(owner))
        .collect();
    owners.sort_unstable();
    owners.dedup();
    (!owners.is_empty()).then(|| without_enum(text, name.span, &owners))
}

/// E1303 for a variant of one of these enums.
pub(super) fn without_enum(text: &str, span: Span, owners: &[&str]) -> Diagnostic {
    let message = format!("the variant `{text}` is written with its enum");
    let diagnostic = Diagnostic::new(Code::BareVariant, span, message);
    owners.iter().take(3).fold(diagnostic, |diagnostic, owner| {
        diagnostic.fix(format!("write `{owner}::{text}`"), span.start(), format!("{owner}::"))
    })
}
