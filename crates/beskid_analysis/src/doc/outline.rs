//! Declarations as they are written, for who documents a program: the trees of its files, its modules, its
//! items, and what the names in their signatures mean.
//!
//! An analysis keeps what code is made from; of a signature that is its types, and no longer how they were
//! written. An [`Outline`] stands beside it and keeps the rest. It is made only where it is asked for
//! ([`outline`](crate::outline), [`outline_library`](crate::outline_library)), by the same resolution.
//!
//! *Invariants.* Everything declared has one identity: the place of its name, which [`Documentation`] and
//! [`hir`](crate::hir) have as well. Links lead from the last name of a path to such a place. Items are in
//! source order within their module.
//!
//! [`Documentation`]: super::Documentation

use crate::ast::{
    Ast, ContractMember, Function, Item, ItemId, ItemKind, Parameter, Path, TypeExprId,
    TypeExprKind, TypeMember, TypeParameter,
};
use crate::hir::ModuleId;
use crate::index::IndexVec;
use crate::resolve::modules::Origin;
use crate::resolve::type_expr::{Named, named, of_definition};
use crate::resolve::{Definition, Items};
use crate::source::{FileId, PackageId, SourceMap, Span};
use crate::symbol::Symbol;

/// What is declared in a program.
#[derive(Debug, Default)]
pub struct Outline {
    /// The trees of all files.
    pub asts: IndexVec<FileId, Ast>,
    /// All modules.
    pub modules: IndexVec<ModuleId, OutlineModule>,
    /// All items of all modules, methods aside.
    pub items: Vec<OutlineItem>,
    /// Names in signatures and re-exports with the places of what they mean, in order; of the files that are
    /// documented.
    links: Vec<(Span, Span)>,
}

impl Outline {
    /// The place of what the name at a place in a signature means, if that is declared somewhere.
    #[must_use]
    pub fn target(&self, name: Span) -> Option<Span> {
        let found = self.links.binary_search_by_key(&name, |&(from, _)| from);
        found.ok().map(|index| self.links[index].1)
    }
}

/// A module.
#[derive(Debug)]
pub struct OutlineModule {
    /// Its dotted path; of a dependency, from the name of the package on.
    pub path: String,
    /// The package that it is in.
    pub package: PackageId,
    /// What makes it.
    pub origin: ModuleOrigin,
    /// What stands for it as an identity: the path of its `mod`, or the beginning of its file.
    pub place: Span,
}

/// What makes a module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModuleOrigin {
    /// A file.
    File(FileId),
    /// `mod Name { … }` in this module.
    Nested(ModuleId),
    /// A contract of foreign functions in this module, which is an item there as well.
    Foreign(ModuleId),
    /// Only that modules lie in it.
    Folder,
}

/// An item, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct OutlineItem {
    /// Its module.
    pub module: ModuleId,
    /// Its file.
    pub file: FileId,
    /// Its node in the tree of the file.
    pub item: ItemId,
    /// The module that it is, if it is a `mod Name { … }`.
    pub nested: Option<ModuleId>,
}

/// The outline of what was resolved, but for the trees.
pub(crate) fn outline(
    sources: &SourceMap,
    asts: &IndexVec<FileId, Ast>,
    items: &Items,
    is_documented: impl Fn(FileId) -> bool,
) -> Outline {
    let mut files: IndexVec<ModuleId, Option<FileId>> =
        items.tree.nodes.ids().map(|_| None).collect();
    for file in sources.files().ids() {
        files[items.tree.of_file(file)] = Some(file);
    }
    let modules = items.tree.nodes.enumerate().map(|(id, node)| OutlineModule {
        path: node.path.clone(),
        package: node.package,
        origin: match node.origin {
            Origin::File => files[id].map_or(ModuleOrigin::Folder, ModuleOrigin::File),
            Origin::Nested(outer) => ModuleOrigin::Nested(outer),
            Origin::Foreign(outer) => ModuleOrigin::Foreign(outer),
            Origin::Folder => ModuleOrigin::Folder,
        },
        place: node.place,
    });
    let mut found = Vec::new();
    let mut links = Vec::new();
    for declared in &items.declared {
        let ast = &asts[declared.file];
        let node = &ast.items[declared.item];
        let nested = items.tree.of_item(declared.file, declared.item);
        found.push(OutlineItem {
            module: declared.module,
            file: declared.file,
            item: declared.item,
            nested: nested.filter(|_| matches!(node.kind, ItemKind::Mod(_))),
        });
        if !is_documented(declared.file) {
            continue;
        }
        let mut cx = LinkCx { items, ast, module: declared.module, hidden: Vec::new(), links };
        cx.item(node);
        links = cx.links;
    }
    links.sort_unstable();
    links.dedup_by_key(|&mut (from, _)| from);
    Outline { asts: IndexVec::new(), modules: modules.collect(), items: found, links }
}

/// Finds what the names in signatures mean.
struct LinkCx<'a> {
    items: &'a Items,
    ast: &'a Ast,
    module: ModuleId,
    /// The names of type parameters around.
    hidden: Vec<Symbol>,
    links: Vec<(Span, Span)>,
}

impl LinkCx<'_> {
    fn item(&mut self, item: &Item) {
        match &item.kind {
            ItemKind::Function(function) => self.function(function),
            ItemKind::Type(def) => {
                self.generic(&def.parameters);
                self.types(&def.contracts);
                for member in &def.members {
                    match member {
                        TypeMember::Field(field) => self.ty(field.ty),
                        TypeMember::Event(event) => self.parameters(&event.parameters),
                    }
                }
            }
            ItemKind::Alias { parameters, ty, .. } => {
                self.generic(parameters);
                self.ty(*ty);
            }
            ItemKind::Enum(def) => {
                self.generic(&def.parameters);
                self.types(&def.contracts);
                for field in def.variants.iter().flat_map(|variant| &variant.fields) {
                    self.ty(field.ty);
                }
            }
            ItemKind::Contract(def) => {
                self.generic(&def.parameters);
                for member in &def.members {
                    match *member {
                        ContractMember::Embed(ty) => self.ty(ty),
                        ContractMember::Method(method) => self.method(method),
                    }
                }
            }
            ItemKind::Impl(def) => {
                self.generic(&def.parameters);
                self.ty(def.target);
                for &method in &def.methods {
                    self.method(method);
                }
            }
            ItemKind::Attribute(def) => {
                for parameter in &def.parameters {
                    self.ty(parameter.ty);
                }
            }
            ItemKind::Const(def) => self.ty(def.ty),
            ItemKind::Use(import) if item.public => {
                let bound = match (import.alias, import.path.segments.last()) {
                    (Some(alias), _) => Some(alias.name),
                    (None, last) => last.map(|segment| segment.ident.name),
                };
                let binding = bound.and_then(|name| self.items.scopes[self.module].get(&name));
                let place = binding.and_then(|binding| self.place(binding.definition));
                self.links.extend(place.map(|place| (import.path.span, place)));
            }
            ItemKind::Use(_) | ItemKind::Test(_) | ItemKind::Mod(_) | ItemKind::Error => {}
        }
    }

    fn method(&mut self, id: ItemId) {
        if let ItemKind::Function(function) = &self.ast.items[id].kind {
            self.function(function);
        }
    }

    fn function(&mut self, function: &Function) {
        let before = self.hidden.len();
        self.generic(&function.type_parameters);
        self.ty(function.result);
        self.parameters(&function.parameters);
        self.hidden.truncate(before);
    }

    fn parameters(&mut self, parameters: &[Parameter]) {
        for parameter in parameters {
            self.ty(parameter.ty);
        }
    }

    fn generic(&mut self, parameters: &[TypeParameter]) {
        self.hidden.extend(parameters.iter().map(|parameter| parameter.name.name));
        for parameter in parameters {
            self.types(&parameter.bounds);
        }
    }

    fn types(&mut self, types: &[TypeExprId]) {
        for &ty in types {
            self.ty(ty);
        }
    }

    fn ty(&mut self, id: TypeExprId) {
        let ast = self.ast;
        match &ast.types[id].kind {
            TypeExprKind::Error => {}
            TypeExprKind::Path(path) => self.path(path),
            TypeExprKind::Array(inner) | TypeExprKind::Paren(inner) => self.ty(*inner),
            TypeExprKind::Function { parameters, result } => {
                self.types(parameters);
                self.ty(*result);
            }
        }
    }

    fn path(&mut self, path: &Path) {
        for segment in &path.segments {
            self.types(&segment.arguments);
        }
        let [.., last] = &path.segments[..] else { return };
        let meaning = match &path.segments[..] {
            [only] if self.hidden.contains(&only.ident.name) => return,
            [only] => named(self.items, self.module, &[], only.ident.name),
            segments => {
                let names: Vec<_> = segments.iter().map(|segment| segment.ident).collect();
                match self.items.walk(self.module, &names) {
                    Ok(definition) => of_definition(self.items, self.module, definition),
                    Err(_) => return,
                }
            }
        };
        let definition = match meaning {
            Named::Type(def) => Definition::Type(def),
            Named::Alias(alias) => Definition::Alias(alias),
            Named::Param(_) | Named::Primitive(_) | Named::Poisoned | Named::Nothing(_) => return,
        };
        let place = self.place(definition);
        self.links.extend(place.map(|place| (last.ident.span, place)));
    }

    /// The place of what something means.
    fn place(&self, definition: Definition) -> Option<Span> {
        let items = self.items;
        match definition {
            Definition::Functions(set) => {
                let first = items.function_sets[set].functions.first();
                first.map(|&id| items.functions[id].name.span)
            }
            Definition::Type(def) => Some(items.types[def].def.span),
            Definition::Alias(id) => Some(items.aliases[id].name.span),
            Definition::Const(id) => Some(items.constants[id].name.span),
            Definition::Attribute(id) => Some(items.attributes[id].name.span),
            Definition::Module(module) => Some(items.tree.nodes[module].place),
            Definition::Poisoned => None,
        }
    }
}
