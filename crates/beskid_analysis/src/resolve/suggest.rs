//! What messages say about names of other modules: imports that would help, names by which something is
//! visible here.
//!
//! *Invariants.* Nothing here marks an import as used, and no result depends on the order of a map.

use super::path::shown;
use super::{Definition, Items};
use crate::ast::{Ast, ItemId, ItemKind};
use crate::diagnostics::{Diagnostic, ERROR_LIMIT, Edit, Fix};
use crate::hir::{ModuleId, TypeDefId};
use crate::source::Span;
use crate::symbol::{Interner, Symbol};
use rustc_hash::FxHashMap;

/// How many imports a diagnostic offers.
const OFFERED: usize = 3;

/// What a name is wanted for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wanted {
    /// A value, a function, or a module before a dot.
    Value,
    /// A type.
    Type,
    /// An attribute.
    Attribute,
}

/// The names of a module and those around it, with their meaning, in no particular order.
pub(crate) fn visible(
    items: &Items,
    module: ModuleId,
) -> impl Iterator<Item = (Symbol, Definition)> + '_ {
    let scopes = items.tree.around(module).chain([items.prelude()]);
    scopes.flat_map(|module| {
        items.scopes[module].iter().map(|(&name, binding)| (name, binding.definition))
    })
}

/// Full names of the types that share their name with a type of another module.
pub(super) fn full_names(items: &Items, interner: &Interner) -> FxHashMap<TypeDefId, String> {
    let mut first: FxHashMap<Symbol, TypeDefId> = FxHashMap::default();
    let mut names = FxHashMap::default();
    let prelude = items.prelude();
    for (id, item) in items.types.enumerate() {
        if item.def.module == prelude {
            continue;
        }
        let other = *first.entry(item.def.name).or_insert(id);
        let of = items.types[other].def.module;
        if of != item.def.module {
            // A type of the library may be there because of the name alone.
            if !items.tree.is_library(item.def.module) || items.tree.is_library(of) {
                names.insert(other, full_name(items, interner, other));
            }
            names.insert(id, full_name(items, interner, id));
        }
    }
    names
}

fn full_name(items: &Items, interner: &Interner, def: TypeDefId) -> String {
    let def = &items.types[def].def;
    let (path, name) = (shown(items, interner, def.module), interner.name(def.name));
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// How a type is written in a module: by the name it has there, or by its whole path.
pub(crate) fn type_name(
    items: &Items,
    interner: &Interner,
    module: ModuleId,
    def: TypeDefId,
) -> String {
    let (wanted, name) = (Definition::Type(def), items.types[def].def.name);
    let means = |name: Symbol| items.peek(module, name) == Some(wanted);
    if means(name) {
        return interner.name(name).to_owned();
    }
    let others = visible(items, module).filter(|&(name, found)| found == wanted && means(name));
    match others.map(|(name, _)| interner.name(name)).min() {
        Some(name) => name.to_owned(),
        None => full_name(items, interner, def),
    }
}

/// The imports that would give a name its meaning; none if no other module has it.
pub(crate) fn missing_imports(
    items: &Items,
    interner: &Interner,
    ast: &Ast,
    (module, name): (ModuleId, Symbol),
    wanted: Wanted,
    reported: &[Diagnostic],
) -> Vec<Fix> {
    // As with near names: what is not shown need not be searched.
    if items.tree.nodes.len() <= 2 || reported.len() >= 2 * ERROR_LIMIT {
        return Vec::new();
    }
    let mut paths: Vec<String> = Vec::new();
    for (of, node) in items.tree.nodes.enumerate() {
        if of == items.prelude() || !is_reachable(items, of, module) {
            continue;
        }
        let path = shown(items, interner, of);
        // The file of a lone program has no path, nor need any.
        if path.is_empty() {
            continue;
        }
        // A module that stands for what is in it needs no second offer.
        if node.name == name && fits(items, Definition::Module(of), module, wanted) {
            paths.push(path);
            continue;
        }
        if let Some(binding) = items.scopes[of].get(&name)
            && binding.import.is_none()
            && (!binding.reserved || items.tree.is_library(module))
            && (binding.public || items.tree.is_within(module, of))
            && !matches!(binding.definition, Definition::Module(_))
            && fits(items, binding.definition, module, wanted)
        {
            paths.push(format!("{path}.{}", interner.name(name)));
        }
    }
    paths.sort_unstable();
    let (place, before, behind) = place_of_use(ast);
    let offer = |path: String| Fix {
        title: format!("import it: `use {path};`"),
        edits: vec![Edit { span: place, replacement: format!("{before}use {path};{behind}") }],
    };
    paths.into_iter().take(OFFERED).map(offer).collect()
}

/// Whether a definition is what is wanted.
fn fits(items: &Items, definition: Definition, from: ModuleId, wanted: Wanted) -> bool {
    match (definition, wanted) {
        (Definition::Type(_) | Definition::Alias(_), wanted) => wanted != Wanted::Attribute,
        (Definition::Attribute(_), wanted) => wanted == Wanted::Attribute,
        (Definition::Module(of), Wanted::Type) => items.type_of_module(of, from).is_some(),
        (Definition::Functions(_) | Definition::Const(_) | Definition::Module(_), wanted) => {
            wanted == Wanted::Value
        }
        (Definition::Poisoned, _) => false,
    }
}

/// Whether a path leads to a module.
fn is_reachable(items: &Items, mut of: ModuleId, from: ModuleId) -> bool {
    if !items.tree.reaches(from, of) {
        return false;
    }
    while let Some(around) = items.tree.enclosing(of) {
        let binding = items.scopes[around].get(&items.tree.nodes[of].name);
        let visible = binding.is_some_and(|binding| {
            binding.definition == Definition::Module(of)
                && (binding.public || items.tree.is_within(from, around))
        });
        if !visible {
            return false;
        }
        of = around;
    }
    items.tree.is_lone || items.tree.nodes[of].is_placed
}

/// Where a file takes another import, and what stands before and behind it there: before the first one,
/// or before the first item that is not the module of the file.
fn place_of_use(ast: &Ast) -> (Span, &'static str, &'static str) {
    let is_use = |&id: &ItemId| matches!(ast.items[id].kind, ItemKind::Use(_));
    let is_module = |&id: &ItemId| match &ast.items[id].kind {
        ItemKind::Mod(module) => module.items.is_none(),
        _ => false,
    };
    let mut items = ast.root.iter().copied();
    let before = items.clone().find(is_use).or_else(|| items.find(|id| !is_module(id)));
    let Some(before) = before else {
        let last = ast.root.last().map_or(Span::NOWHERE, |&last| ast.items[last].span.end());
        return (last, "\n", "");
    };
    let item = &ast.items[before];
    let docs = item.docs.lines.first().map_or(u32::MAX, |line| line.lo);
    let attributes = item.attributes.first().map_or(u32::MAX, |attribute| attribute.span.lo);
    (Span::new(0, item.span.lo.min(docs).min(attributes)).end(), "", "\n")
}
