//! What `@ref(path)` names.
//!
//! A path begins as one in code does (language.md §7.4), or with the name of the file it stands in; it
//! goes on through modules, and from a type to a field, method or variant. What a module keeps for itself
//! may be named: documentation says how things hang together.

use super::Reference;
use crate::ast::Ident;
use crate::diagnostics::suggest::nearest_if_shown;
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{ModuleId, TypeDefId};
use crate::resolve::path::{Why, shown};
use crate::resolve::suggest::visible;
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
    /// The name of that index is unknown.
    Unknown(usize, Outer),
    /// The name before that index holds no names.
    Leaf(usize),
}

/// Where a name is looked for.
#[derive(Clone, Copy)]
enum Outer {
    /// Where the documentation stands.
    Scope,
    Module(ModuleId),
    Type(TypeDefId),
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
    let tree = &cx.items.tree;
    let file = tree.around(cx.module).last().unwrap_or(cx.module);
    let own = names.len() > 1
        && reference.path[0].0 == tree.nodes[file].path
        && names[0].and_then(|name| cx.items.start(cx.module, name)).is_none();
    let found = match own {
        true => walk(cx, &names, 1, Definition::Module(file)),
        false => meaning(cx, &names),
    };
    let diagnostic = match found {
        Meaning::At(place) => return reference.target = Some(place),
        Meaning::Known => return,
        // What only documentation names is not loaded.
        Meaning::Unknown(0, Outer::Scope)
            if prelude::MODULE_NAMES.contains(&&*reference.path[0].0) =>
        {
            return;
        }
        Meaning::Unknown(index, outer) => unknown(cx, reference, index, outer, locals, diagnostics),
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

fn meaning(cx: &ReferenceCx<'_>, names: &[Option<Symbol>]) -> Meaning {
    let Some(name) = names[0] else { return Meaning::Unknown(0, Outer::Scope) };
    if prelude::primitive(name).is_some() {
        return Meaning::Known;
    }
    match cx.items.start(cx.module, name) {
        Some(definition) => walk(cx, names, 1, definition),
        None if prelude::lookup(name).is_some() => Meaning::Known,
        None => Meaning::Unknown(0, Outer::Scope),
    }
}

/// What the rest of a path, from a name on, means in what stands before it.
fn walk(
    cx: &ReferenceCx<'_>,
    names: &[Option<Symbol>],
    index: usize,
    before: Definition,
) -> Meaning {
    let is_last = index == names.len();
    let leaf = |place: Option<Span>| match (is_last, place) {
        (true, Some(place)) => Meaning::At(place),
        (true, None) => Meaning::Known,
        (false, _) => Meaning::Leaf(index),
    };
    match before {
        Definition::Functions(set) => {
            let set = &cx.items.function_sets[set];
            leaf(set.functions.first().map(|&id| cx.items.functions[id].name.span))
        }
        Definition::Const(id) => leaf(Some(cx.items.constants[id].name.span)),
        Definition::Attribute(id) => leaf(Some(cx.items.attributes[id].name.span)),
        Definition::Type(def) if is_last => Meaning::At(cx.items.types[def].def.span),
        Definition::Type(def) => member(cx, def, names, index),
        Definition::Alias(id) => {
            let alias = &cx.items.aliases[id];
            match *cx.types.kind(alias.ty) {
                _ if is_last => Meaning::At(alias.name.span),
                TyKind::Object(def, _) | TyKind::Enum(def, _) | TyKind::Contract(def, _) => {
                    member(cx, def, names, index)
                }
                _ => Meaning::Known,
            }
        }
        Definition::Module(module) if is_last => Meaning::At(cx.items.tree.nodes[module].place),
        Definition::Module(module) => {
            let Some(name) = names[index] else {
                return Meaning::Unknown(index, Outer::Module(module));
            };
            let ident = Ident { name, span: Span::NOWHERE };
            match cx.items.member(module, ident, cx.module) {
                Ok(definition) => walk(cx, names, index + 1, definition),
                Err(Why::Private(_, binding)) => walk(cx, names, index + 1, binding.definition),
                Err(Why::Unknown(_)) => Meaning::Unknown(index, Outer::Module(module)),
                Err(Why::Nothing | Why::NotModule(_) | Why::Prelude | Why::Poisoned) => {
                    Meaning::Known
                }
            }
        }
        Definition::Poisoned => Meaning::Known,
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
            &Member::Event(event) => Some(item.def.events[event].span),
            Member::Methods(methods) => methods.first().map(|&id| cx.items.functions[id].name.span),
        })
    });
    match found {
        None if item.incomplete => Meaning::Known,
        None => Meaning::Unknown(index, Outer::Type(def)),
        Some(_) if names.len() > index + 1 => Meaning::Leaf(index + 1),
        Some(Some(place)) => Meaning::At(place),
        Some(None) => Meaning::Known,
    }
}

fn unknown(
    cx: &ReferenceCx<'_>,
    reference: &Reference,
    index: usize,
    outer: Outer,
    locals: &FxHashSet<Symbol>,
    reported: &[Diagnostic],
) -> Diagnostic {
    let (name, span) = &reference.path[index];
    let message = match outer {
        Outer::Type(def) => {
            let outer = cx.interner.name(cx.items.types[def].def.name);
            format!("documentation refers to `{name}`, which `{outer}` does not have")
        }
        Outer::Module(module) => {
            let outer = shown(cx.items, cx.interner, module);
            if outer.is_empty() {
                format!("documentation refers to `{name}`, which is not declared")
            } else {
                format!("documentation refers to `{name}`, which `{outer}` does not have")
            }
        }
        Outer::Scope => format!("documentation refers to `{name}`, which is not declared"),
    };
    let diagnostic = Diagnostic::new(Code::UnresolvedReference, *span, message);
    if let (Outer::Scope, [_]) = (outer, &reference.path[..])
        && cx.interner.get(name).is_some_and(|name| locals.contains(&name))
    {
        return diagnostic.label("references name items and their members").fix(
            "write it as code",
            reference.span,
            format!("`{name}`"),
        );
    }
    let text = |name: Symbol| cx.interner.name(name);
    let near = match outer {
        Outer::Type(def) => {
            let item = &cx.items.types[def];
            let names = item.members.keys().chain(item.variants.keys());
            nearest_if_shown(reported, name, names.map(|&name| text(name)))
        }
        Outer::Module(module) => {
            let names = cx.items.scopes[module].keys();
            let names = names.chain(cx.items.tree.nodes[module].holds.keys());
            nearest_if_shown(reported, name, names.map(|&name| text(name)))
        }
        Outer::Scope => {
            let names = visible(cx.items, cx.module).map(|(name, _)| name);
            let names = names.chain(cx.items.tree.top_names(cx.module));
            nearest_if_shown(reported, name, names.map(text))
        }
    };
    match near {
        Some(near) => diagnostic.fix(format!("did you mean `{near}`?"), *span, near),
        None => diagnostic.help("a path names an item, or a member of one: `@ref(Point.x)`"),
    }
}
