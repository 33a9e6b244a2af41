//! What `@ref(path)` names.
//!
//! A path begins at an item of the module or the prelude, or with the module's own name, and goes on
//! with a field, method or variant.

use super::Reference;
use crate::diagnostics::suggest::nearest_if_shown;
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{ModuleId, TypeDefId};
use crate::resolve::{Definition, Items, Member, prelude};
use crate::source::Span;
use crate::symbol::{Interner, Symbol};
use crate::types::{TyKind, TyStore};
use rustc_hash::FxHashSet;

/// What paths are resolved with.
pub(super) struct ReferenceCx<'a> {
    pub(super) items: &'a Items,
    pub(super) types: &'a TyStore,
    pub(super) interner: &'a Interner,
    pub(super) module: ModuleId,
}

/// What a path means.
enum Meaning {
    /// A name that is declared there.
    At(Span),
    /// Something without a place, or about which nothing is known.
    Known,
    /// The name of that index is unknown; in this type, if in any.
    Unknown(usize, Option<TypeDefId>),
    /// The name before that index holds no names.
    Leaf(usize),
}

/// Fills in the target of a reference, or says what is wrong (W1615).
pub(super) fn resolve(
    cx: &ReferenceCx<'_>,
    reference: &mut Reference,
    locals: &FxHashSet<Symbol>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let names: Vec<Option<Symbol>> =
        reference.path.iter().map(|(name, _)| cx.interner.get(name)).collect();
    let own = names.len() > 1
        && reference.path[0].0 == cx.items.modules[cx.module].path
        && names[0].and_then(|name| cx.items.lookup(cx.module, name)).is_none();
    let diagnostic = match meaning(cx, &names, usize::from(own)) {
        Meaning::At(place) => return reference.target = Some(place),
        Meaning::Known => return,
        Meaning::Unknown(index, def) => unknown(cx, reference, index, def, locals, diagnostics),
        Meaning::Leaf(index) => {
            let (outer, (inner, span)) = (&reference.path[index - 1].0, &reference.path[index]);
            let message =
                format!("documentation refers to `{inner}` in `{outer}`, which holds no names");
            let rest = Span::new(
                reference.path[index - 1].1.hi,
                reference.path.last().map_or(span.hi, |(_, last)| last.hi),
            );
            Diagnostic::new(Code::UnresolvedReference, *span, message).fix("remove it", rest, "")
        }
    };
    diagnostics.push(diagnostic);
}

fn meaning(cx: &ReferenceCx<'_>, names: &[Option<Symbol>], first: usize) -> Meaning {
    let Some(name) = names[first] else { return Meaning::Unknown(first, None) };
    let rest = &names[first + 1..];
    let leaf = |place: Option<Span>| match (rest, place) {
        ([], Some(place)) => Meaning::At(place),
        ([], None) => Meaning::Known,
        _ => Meaning::Leaf(first + 1),
    };
    if prelude::primitive(name).is_some() {
        return Meaning::Known;
    }
    match cx.items.lookup(cx.module, name) {
        Some(Definition::Functions(set)) => {
            let set = &cx.items.function_sets[set];
            leaf(set.functions.first().map(|&id| cx.items.functions[id].name.span))
        }
        Some(Definition::Const(id)) => leaf(Some(cx.items.constants[id].name.span)),
        Some(Definition::Type(def)) => match rest {
            [] => Meaning::At(cx.items.types[def].def.span),
            _ => member(cx, def, names, first + 1),
        },
        Some(Definition::Alias(id)) => {
            let alias = &cx.items.aliases[id];
            match (rest, cx.types.kind(alias.ty)) {
                ([], _) => Meaning::At(alias.name.span),
                (_, &(TyKind::Object(def, _) | TyKind::Enum(def, _))) => {
                    member(cx, def, names, first + 1)
                }
                _ => Meaning::Known,
            }
        }
        Some(Definition::Attribute(id)) => leaf(Some(cx.items.attributes[id].name.span)),
        Some(Definition::Poisoned) => Meaning::Known,
        None if prelude::lookup(name).is_some() => Meaning::Known,
        None => Meaning::Unknown(first, None),
    }
}

/// A field, method or variant of a type.
fn member(cx: &ReferenceCx<'_>, def: TypeDefId, names: &[Option<Symbol>], index: usize) -> Meaning {
    let item = &cx.items.types[def];
    let found = names[index].and_then(|name| {
        if let Some(&variant) = item.variants.get(&name) {
            return Some(Some(item.def.variant_list()[variant].span));
        }
        Some(match item.members.get(&name)? {
            &Member::Field(field) => Some(item.def.fields[field].span),
            Member::Methods(methods) => methods.first().map(|&id| cx.items.functions[id].name.span),
            Member::Poisoned => None,
        })
    });
    match found {
        None if item.incomplete => Meaning::Known,
        None => Meaning::Unknown(index, Some(def)),
        Some(_) if names.len() > index + 1 => Meaning::Leaf(index + 1),
        Some(Some(place)) => Meaning::At(place),
        Some(None) => Meaning::Known,
    }
}

fn unknown(
    cx: &ReferenceCx<'_>,
    reference: &Reference,
    index: usize,
    def: Option<TypeDefId>,
    locals: &FxHashSet<Symbol>,
    reported: &[Diagnostic],
) -> Diagnostic {
    let (name, span) = &reference.path[index];
    let message = match def {
        Some(def) => {
            let outer = cx.interner.name(cx.items.types[def].def.name);
            format!("documentation refers to `{name}`, which `{outer}` does not have")
        }
        None => format!("documentation refers to `{name}`, which is not declared"),
    };
    let diagnostic = Diagnostic::new(Code::UnresolvedReference, *span, message);
    if let (None, [_]) = (def, &reference.path[..])
        && cx.interner.get(name).is_some_and(|name| locals.contains(&name))
    {
        return diagnostic.label("references name items and their members").fix(
            "write it as code",
            reference.span,
            format!("`{name}`"),
        );
    }
    let near = match def {
        Some(def) => {
            let item = &cx.items.types[def];
            let names = item.members.keys().chain(item.variants.keys());
            nearest_if_shown(reported, name, names.map(|&name| cx.interner.name(name)))
        }
        None => {
            let scopes = [cx.module, cx.items.prelude()];
            let names = scopes.iter().flat_map(|&module| cx.items.scopes[module].keys());
            nearest_if_shown(reported, name, names.map(|&name| cx.interner.name(name)))
        }
    };
    match near {
        Some(near) => diagnostic.fix(format!("did you mean `{near}`?"), *span, near),
        None => diagnostic.help("a path names an item, or a member of one: `@ref(Point.x)`"),
    }
}
