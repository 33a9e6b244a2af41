//! Which modules a program has, and how they lie in each other (language.md §13.1).
//!
//! ```text
//!   files                     modules                          kind
//!   Main.bd                   Main                             a file
//!   Net.bd                    Net                              a file
//!     mod Wire { … }          └─ Net.Wire                      nested, `mod`
//!   Net/Http.bd               └─ Net.Http                      a file
//!   Text/Format/Number.bd     Text ── Text.Format ── …Number   two folders, then a file
//! ```
//!
//! There are two relations, and they differ. A module *holds* another one if its path is the first part
//! of the other's: paths follow this. A module *encloses* another one if that is written inside its
//! braces or file: names that stand alone, and the right to see private items, follow this. A file is
//! enclosed by nothing, so `Net.Http` sees no private items of `Net`.
//!
//! A contract of foreign functions (language.md §14.2) is a nested module of functions.
//!
//! The tree is made from the items' outlines before any name is looked up, in three steps: every file
//! gets its path, from its own `mod A.B;` or from where it lies; the nested modules are found; files
//! then take their places, short paths first, so that a folder is a module of its own only where no
//! file and no nested module is. A file that cannot take its place (its name is no name, or the place is
//! taken) is reported, and is a module that no path leads to.
//!
//! Each package has a tree of its own. A path begins in that of the package it stands in, where it may be
//! one of the labels of its dependencies: under a label lie all modules of that package, in a folder that
//! the package has for others (language.md §13.4). The tree of the core library lies behind all others: a
//! path leads there only where the package has no module or label of that name.
//!
//! *Invariants.* Ids: package by package, of each the files in their order (the entry first), nested modules
//! in source order, folders; the core library's come last, and the prelude is the last of them. Nothing here
//! looks at more than names: time is linear in files, items and the length of paths.

mod file_path;

use super::broken::Broken;
use super::foreign::ForeignAttribute;
use crate::ast::{Ast, Ident, ItemId, ItemKind};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::ModuleId;
use crate::index::{Id, IndexVec};
use crate::library;
use crate::source::{FileId, PackageId, SourceMap, Span};
use crate::symbol::{Interner, Symbol};
use file_path::{FilePath, file_path, not_first};
use rustc_hash::{FxHashMap, FxHashSet};

pub use file_path::{is_module_name, is_primitive_name};

/// What makes a module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Origin {
    /// A file.
    File,
    /// `mod Name { … }` in this module.
    Nested(ModuleId),
    /// A contract of foreign functions in this module; see [`super::foreign`].
    Foreign(ModuleId),
    /// Only that modules lie in it.
    Folder,
}

/// A module.
#[derive(Debug)]
pub(crate) struct Node {
    /// The last name of its path.
    pub(crate) name: Symbol,
    /// Its dotted path; of a dependency, from the name of the package on.
    pub(crate) path: String,
    pub(crate) package: PackageId,
    pub(crate) origin: Origin,
    /// The modules it holds.
    pub(crate) holds: FxHashMap<Symbol, ModuleId>,
    /// Whether paths lead to it, if they lead to what encloses it.
    pub(crate) is_placed: bool,
    /// Where it is declared; of a file, its `mod` or its beginning.
    pub(crate) place: Span,
    /// Whether broken syntax may have swallowed items of it.
    pub(crate) lost_items: bool,
}

/// All modules.
#[derive(Debug, Default)]
pub(crate) struct ModuleTree {
    pub(crate) nodes: IndexVec<ModuleId, Node>,
    /// By package: the modules that no other one holds, and its dependencies by their labels.
    tops: IndexVec<PackageId, Top>,
    /// How many modules are the program's: those of the library stand behind them.
    own: usize,
    of_file: IndexVec<FileId, ModuleId>,
    nested: FxHashMap<(FileId, ItemId), ModuleId>,
    /// Whether the program is one file alone.
    pub(crate) is_lone: bool,
}

/// Where paths begin in a package.
#[derive(Debug, Default)]
struct Top {
    /// The modules that no other one holds.
    modules: FxHashMap<Symbol, ModuleId>,
    /// The folders of other packages, by label.
    dependencies: FxHashMap<Symbol, ModuleId>,
}

impl Top {
    fn get(&self, name: Symbol) -> Option<ModuleId> {
        self.modules.get(&name).or_else(|| self.dependencies.get(&name)).copied()
    }

    fn names(&self) -> impl Iterator<Item = Symbol> + '_ {
        self.modules.keys().chain(self.dependencies.keys()).copied()
    }
}

impl ModuleTree {
    /// The module of a file.
    pub(crate) fn of_file(&self, file: FileId) -> ModuleId {
        self.of_file[file]
    }

    /// The module of a `mod Name { … }` or a contract of foreign functions.
    pub(crate) fn of_item(&self, file: FileId, item: ItemId) -> Option<ModuleId> {
        self.nested.get(&(file, item)).copied()
    }

    /// How many modules are the program's: the first ones.
    pub(crate) fn own_modules(&self) -> usize {
        self.own
    }

    /// Whether a module belongs to the core library.
    pub(crate) fn is_library(&self, module: ModuleId) -> bool {
        module.index() >= self.own
    }

    /// Whether two modules belong to one package.
    pub(crate) fn is_same_package(&self, a: ModuleId, b: ModuleId) -> bool {
        self.nodes[a].package == self.nodes[b].package
    }

    /// The module at the top of a package, the folder of one that it depends on, or the module at the top of
    /// the core library that a name means to a module of the package.
    pub(crate) fn top(&self, from: ModuleId, name: Symbol) -> Option<ModuleId> {
        self.tops_of(from).find_map(|top| top.get(name))
    }

    /// The names at which paths begin for a module.
    pub(crate) fn top_names(&self, from: ModuleId) -> impl Iterator<Item = Symbol> + '_ {
        self.tops_of(from).flat_map(Top::names)
    }

    fn tops_of(&self, from: ModuleId) -> impl Iterator<Item = &Top> {
        let (own, library) = (self.nodes[from].package, self.tops.ids().next_back());
        let library = library.filter(|&library| library != own);
        [own].into_iter().chain(library).map(|package| &self.tops[package])
    }

    /// Whether paths of a module may lead to another one: of its package, of one it depends on, or of the
    /// core library.
    pub(crate) fn reaches(&self, from: ModuleId, of: ModuleId) -> bool {
        self.is_same_package(from, of)
            || self.is_library(of)
            || self.tops[self.nodes[from].package]
                .dependencies
                .values()
                .any(|&folder| self.is_same_package(folder, of))
    }

    /// Whether a module is the folder `Hash` of the core library, of which the compiler knows `Hash.Of`.
    pub(crate) fn is_hash(&self, module: ModuleId) -> bool {
        let library = self.tops.iter().next_back();
        library.is_some_and(|top| top.get(Symbol::HASH) == Some(module))
    }

    /// The module around a nested one.
    pub(crate) fn enclosing(&self, module: ModuleId) -> Option<ModuleId> {
        match self.nodes[module].origin {
            Origin::Nested(around) | Origin::Foreign(around) => Some(around),
            Origin::File | Origin::Folder => None,
        }
    }

    /// A module and those around it, inside out.
    pub(crate) fn around(&self, module: ModuleId) -> impl Iterator<Item = ModuleId> + '_ {
        std::iter::successors(Some(module), |&module| self.enclosing(module))
    }

    /// Whether what is private to `of` can be seen in `from`.
    pub(crate) fn is_within(&self, from: ModuleId, of: ModuleId) -> bool {
        self.around(from).any(|module| module == of)
    }
}

struct Builder<'a> {
    sources: &'a SourceMap,
    asts: &'a IndexVec<FileId, Ast>,
    broken: &'a Broken,
    diagnostics: &'a mut Vec<Diagnostic>,
    tree: ModuleTree,
    foreign: ForeignAttribute,
    /// Paths in lower case, of what is a file or folder.
    folded: FxHashMap<String, ModuleId>,
}

/// Finds the modules of all files; those of the core library stand behind the program's, the prelude last.
pub(crate) fn build(
    sources: &SourceMap,
    asts: &IndexVec<FileId, Ast>,
    broken: &Broken,
    interner: &mut Interner,
    diagnostics: &mut Vec<Diagnostic>,
) -> ModuleTree {
    let tree = ModuleTree::default();
    let folded = FxHashMap::default();
    let foreign = ForeignAttribute::new(asts, interner);
    let mut cx = Builder { sources, asts, broken, diagnostics, tree, foreign, folded };
    let mut own = sources.files().iter().take(sources.own_files());
    cx.tree.is_lone = own.len() <= 1 && own.all(|file| file.module.is_none());
    cx.tree.tops = sources.packages().iter().map(|_| Top::default()).collect();
    let own = asts.ids().take(sources.own_files()).collect::<Vec<_>>();
    let library = sources.packages().ids().next_back();
    for package in sources.packages().ids().filter(|&package| Some(package) != library) {
        let files = own.iter().copied();
        let files = files.filter(|&file| sources.file(file).package == package).collect();
        add_package(&mut cx, package, files, interner);
    }
    add_labels(&mut cx, interner);
    cx.tree.own = cx.tree.nodes.len();
    let last = asts.len().saturating_sub(1);
    for file in asts.ids().take(last).skip(own.len()) {
        let names = sources.file(file).module.as_deref().unwrap_or("").split('/');
        let parts = names.map(|part| interner.intern(part)).collect();
        let place = sources.file(file).span().start();
        let path = FilePath { parts, place, is_placed: true };
        new_module(&mut cx, file, &path, interner);
        let module = cx.tree.of_file[file];
        nested_modules(&mut cx, file, module, &asts[file].root, interner);
        place_library(&mut cx, Some(module), path.parts, interner);
    }
    // Those that are not loaded have their names, for messages about paths.
    for path in library::unloaded(sources, interner) {
        let parts = path.iter().map(|part| interner.intern(part)).collect();
        place_library(&mut cx, None, parts, interner);
    }
    if let Some(prelude) = asts.ids().nth(last) {
        // Names that begin with `__` are the core library's alone, so no module of a program has it.
        let parts = vec![interner.intern("__Prelude")];
        let place = sources.file(prelude).span().start();
        let path = FilePath { parts, place, is_placed: false };
        new_module(&mut cx, prelude, &path, interner);
    }
    cx.tree
}

/// Makes the tree of a package's files.
fn add_package(
    cx: &mut Builder<'_>,
    package: PackageId,
    mut files: Vec<FileId>,
    interner: &mut Interner,
) {
    let asts = cx.asts;
    let mut paths: Vec<FilePath> = Vec::with_capacity(files.len());
    let mut wrong_folders = FxHashSet::default();
    let Some(&first) = files.first() else { return };
    for &file in &files {
        let path = file_path(cx, file, interner, &mut wrong_folders);
        new_module(cx, file, &path, interner);
        paths.push(path);
    }
    for &file in &files {
        let module = cx.tree.of_file[file];
        nested_modules(cx, file, module, &asts[file].root, interner);
    }
    let path_of = |file: FileId| &paths[file.index() - first.index()];
    files.sort_by_key(|&file| path_of(file).parts.len());
    cx.folded.clear();
    for file in files {
        if path_of(file).is_placed {
            place(cx, package, file, path_of(file), interner);
        }
    }
}

/// Puts what packages hold under the labels by which others depend on them.
fn add_labels(cx: &mut Builder<'_>, interner: &mut Interner) {
    let packages = cx.sources.packages();
    let mut folders: FxHashMap<PackageId, ModuleId> = FxHashMap::default();
    for (package, of) in packages.enumerate() {
        for (label, dependency) in &of.dependencies {
            let label = interner.intern(label);
            if let Some(&module) = cx.tree.tops[package].modules.get(&label) {
                report_label(cx, module);
            }
            let folder = *folders.entry(*dependency).or_insert_with(|| {
                let place = (*dependency, None, (label, &*packages[*dependency].name));
                let folder = new_folder(&mut cx.tree, "", place, Span::NOWHERE);
                cx.tree.nodes[folder].holds = cx.tree.tops[*dependency].modules.clone();
                folder
            });
            cx.tree.tops[package].dependencies.insert(label, folder);
        }
    }
}

fn new_module(cx: &mut Builder<'_>, file: FileId, path: &FilePath, interner: &Interner) {
    let package = cx.sources.file(file).package;
    let before = prefix(cx.sources, package).into_iter();
    let names = path.parts.iter().map(|&part| interner.name(part));
    let names: Vec<&str> = before.chain(names).collect();
    let module = cx.tree.nodes.push(Node {
        name: path.parts.last().copied().unwrap_or(Symbol::EMPTY),
        path: names.join("."),
        package,
        origin: Origin::File,
        holds: FxHashMap::default(),
        is_placed: false,
        place: path.place,
        lost_items: cx.broken.lost_items(file),
    });
    cx.tree.of_file.push(module);
}

/// What paths of a package's modules begin with.
fn prefix(sources: &SourceMap, package: PackageId) -> Option<&str> {
    let is_library = sources.packages().ids().next_back() == Some(package);
    let name = &*sources.packages()[package].name;
    Some(name).filter(|name| !name.is_empty() && !is_library)
}

/// Gives ids to the modules nested in a list of items.
fn nested_modules(
    cx: &mut Builder<'_>,
    file: FileId,
    around: ModuleId,
    items: &[ItemId],
    interner: &Interner,
) {
    let ast = &cx.asts[file];
    for &id in items {
        let item = &ast.items[id];
        if let ItemKind::Contract(contract) = &item.kind
            && cx.foreign.is_foreign(item)
        {
            nested_module(cx, (file, id), Origin::Foreign(around), contract.name, interner);
        }
        let ItemKind::Mod(module) = &item.kind else { continue };
        let name = module.path.segments[0].ident;
        let Some(inner) = &module.items else {
            if cx.tree.nodes[around].origin != Origin::File {
                let diagnostic = not_first(module.path.span)
                    .label("inside of another module")
                    .help("a nested module has braces: `mod Name { … }`");
                cx.diagnostics.push(diagnostic);
            }
            continue;
        };
        let node = nested_module(cx, (file, id), Origin::Nested(around), name, interner);
        nested_modules(cx, file, node, inner, interner);
    }
}

/// Gives an id to a module that is nested in another one.
fn nested_module(
    cx: &mut Builder<'_>,
    (file, item): (FileId, ItemId),
    origin: Origin,
    name: Ident,
    interner: &Interner,
) -> ModuleId {
    let node = cx.tree.nodes.push(Node {
        name: name.name,
        path: String::new(),
        package: cx.sources.file(file).package,
        origin,
        holds: FxHashMap::default(),
        is_placed: true,
        place: name.span,
        lost_items: cx.broken.within(cx.asts[file].items[item].span),
    });
    cx.tree.nested.insert((file, item), node);
    if let Some(around) = cx.tree.enclosing(node) {
        let path = format!("{}.{}", cx.tree.nodes[around].path, interner.name(name.name));
        cx.tree.nodes[node].path = path;
        cx.tree.nodes[around].holds.entry(name.name).or_insert(node);
    }
    node
}

/// Puts the module of a file where its path says.
fn place(
    cx: &mut Builder<'_>,
    package: PackageId,
    file: FileId,
    path: &FilePath,
    interner: &Interner,
) {
    let sources = cx.sources;
    let prefix = prefix(sources, package).unwrap_or("");
    let module = cx.tree.of_file[file];
    let mut around: Option<ModuleId> = None;
    let mut folded = String::new();
    for (depth, &part) in path.parts.iter().enumerate() {
        let text = interner.name(part);
        if depth > 0 {
            folded.push('.');
        }
        folded.push_str(&text.to_ascii_lowercase());
        let is_last = depth + 1 == path.parts.len();
        let held = match around {
            None => cx.tree.tops[package].modules.get(&part),
            Some(around) => cx.tree.nodes[around].holds.get(&part),
        };
        if let Some(&taken) = held {
            if is_last {
                return report_taken(cx, module, taken);
            }
            around = Some(taken);
            continue;
        }
        let node = if is_last {
            cx.tree.nodes[module].is_placed = true;
            module
        } else {
            let place = cx.tree.nodes[module].place;
            new_folder(&mut cx.tree, prefix, (package, around, (part, text)), place)
        };
        if let Some(&other) = cx.folded.get(&folded) {
            report_case(cx, node, other);
        } else {
            cx.folded.insert(folded.clone(), node);
        }
        match around {
            None => cx.tree.tops[package].modules.insert(part, node),
            Some(around) => cx.tree.nodes[around].holds.insert(part, node),
        };
        around = Some(node);
    }
}

/// Gives an id to a folder in another one, or at the top; it still has to be put there. Paths at the top
/// begin with `prefix`.
fn new_folder(
    tree: &mut ModuleTree,
    prefix: &str,
    (package, around, (name, text)): (PackageId, Option<ModuleId>, (Symbol, &str)),
    place: Span,
) -> ModuleId {
    let before = around.map_or(prefix, |around| &tree.nodes[around].path);
    let path = if before.is_empty() { text.to_owned() } else { format!("{before}.{text}") };
    tree.nodes.push(Node {
        name,
        path,
        package,
        origin: Origin::Folder,
        holds: FxHashMap::default(),
        is_placed: true,
        place,
        lost_items: false,
    })
}

/// Puts a module of the core library where its path says.
fn place_library(
    cx: &mut Builder<'_>,
    module: Option<ModuleId>,
    path: Vec<Symbol>,
    interner: &Interner,
) {
    let mut around: Option<ModuleId> = None;
    let Some(package) = cx.tree.tops.ids().next_back() else { return };
    let last = path.len() - 1;
    let name = path[last];
    for (depth, part) in path.into_iter().enumerate() {
        let held = match around {
            None => cx.tree.tops[package].modules.get(&part),
            Some(around) => cx.tree.nodes[around].holds.get(&part),
        };
        let node = match (held.copied(), module) {
            (Some(held), None) => held,
            (Some(held), Some(_)) if depth < last => held,
            (held, Some(module)) if depth == last => {
                // A folder of that name holds modules that came before.
                if let Some(held) = held {
                    let holds = std::mem::take(&mut cx.tree.nodes[held].holds);
                    cx.tree.nodes[module].holds.extend(holds);
                }
                cx.tree.nodes[module].is_placed = true;
                module
            }
            _ => {
                let place = (package, around, (part, interner.name(part)));
                new_folder(&mut cx.tree, "", place, Span::NOWHERE)
            }
        };
        match around {
            None => cx.tree.tops[package].modules.insert(part, node),
            Some(around) => cx.tree.nodes[around].holds.insert(part, node),
        };
        around = Some(node);
    }
    if let Some(node) = around
        && library::AT_THE_TOP.contains(&interner.name(name))
    {
        cx.tree.tops[package].modules.entry(name).or_insert(node);
    }
}

/// E1502.
fn report_taken(cx: &mut Builder<'_>, module: ModuleId, taken: ModuleId) {
    let (node, other) = (&cx.tree.nodes[module], &cx.tree.nodes[taken]);
    let message = format!("there are two modules `{}`", node.path);
    let what = match other.origin {
        Origin::Nested(_) => "a nested module has that path",
        Origin::Foreign(_) => "a contract of foreign functions has that path",
        Origin::File | Origin::Folder => "the other one",
    };
    let diagnostic = Diagnostic::new(Code::DuplicateModule, node.place, message)
        .label("this file")
        .also(other.place, what)
        .help("rename one of them, or join them in one file");
    cx.diagnostics.push(diagnostic);
}

/// E1502 for a module at the top that hides a dependency.
fn report_label(cx: &mut Builder<'_>, module: ModuleId) {
    let node = &cx.tree.nodes[module];
    let message = format!("the module `{}` has the label of a dependency", node.path);
    let diagnostic = Diagnostic::new(Code::DuplicateModule, node.place, message)
        .label("paths that begin so could mean both")
        .help("rename it, or give the dependency another label in the manifest");
    cx.diagnostics.push(diagnostic);
}

/// E1509.
fn report_case(cx: &mut Builder<'_>, module: ModuleId, other: ModuleId) {
    let (node, other) = (&cx.tree.nodes[module], &cx.tree.nodes[other]);
    let message = format!("the modules `{}` and `{}` differ only in case", node.path, other.path);
    let diagnostic = Diagnostic::new(Code::ModuleCase, node.place, message)
        .label(format!("`{}`", node.path))
        .also(other.place, format!("`{}`", other.path))
        .note("on many systems files whose names differ only in case are one file")
        .help("rename one of them");
    cx.diagnostics.push(diagnostic);
}
