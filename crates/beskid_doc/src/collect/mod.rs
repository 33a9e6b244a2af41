//! From an analysed program to the [model](crate::model).
//!
//! ```text
//! Outline (trees, modules, links) ─┬─ ids: place of a name → id          ids.rs
//! Documentation (by place)         ├─ signatures, as they are written    signature.rs
//!                                  ├─ what `///` lines say               prose.rs
//!                                  └─ modules and items                  item.rs
//! ```
//!
//! Each program is analysed for itself, and what one package says of another one is an id: so the packages of
//! a workspace, each of which is its own program, refer to each other without a common analysis.
//!
//! *Invariants.* Linear in the size of the sources.

mod ids;
mod item;
mod prose;
mod signature;

use beskid_analysis::ast::ItemKind;
use beskid_analysis::doc::{ModuleOrigin, Outline};
use beskid_analysis::hir::{Analysis, ModuleId};
use beskid_analysis::index::Id;
use beskid_analysis::source::{FileId, PackageId, Span};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::{
    Api, FORMAT, Implementation, Kind, Link, Linked, Module, Package, Reexport, Source, Visibility,
};
use ids::Ids;

/// A program whose packages are documented.
#[derive(Debug)]
pub struct Program {
    /// What is known of it.
    pub analysis: Analysis,
    /// What is declared in it.
    pub outline: Outline,
    /// The packages of the analysis but for the core library, in their order.
    pub packages: Vec<PackageName>,
    /// Which packages are documented.
    pub subjects: Vec<PackageId>,
}

/// How a package is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PackageName {
    /// Its name; that of another package of the documentation is another one.
    pub name: String,
    /// What the names of its files begin with, with `/` at its end; empty for files that stand alone.
    pub root: String,
}

/// What is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shown {
    /// What other packages may use.
    Public,
    /// Everything.
    Everything,
}

/// The text of a file that is documented.
#[derive(Debug)]
pub struct SourceText {
    /// The name of its package.
    pub package: String,
    /// Its name, as in [`Source::file`].
    pub file: String,
    /// Its text.
    pub text: String,
}

/// The name of the package of the core library.
pub const CORE: &str = "core";

/// What is said of the packages of some programs, and the texts it was made from.
#[must_use]
pub fn collect(programs: &[Program], shown: Shown) -> (Api, Vec<SourceText>) {
    let mut packages = Vec::new();
    let mut texts = Vec::new();
    let mut ids = Vec::new();
    for program in programs {
        ids.push(Ids::new(program));
    }
    for (program, ids) in programs.iter().zip(&ids) {
        for &package in &program.subjects {
            let cx = Cx { program, ids, shown, package };
            packages.push(cx.package());
            texts.extend(cx.texts());
        }
    }
    implementors(&mut packages);
    (Api { format: FORMAT, packages }, texts)
}

/// Tells contracts who declares them.
fn implementors(packages: &mut [Package]) {
    let mut declared: FxHashMap<String, Vec<String>> = FxHashMap::default();
    let items = packages.iter().flat_map(|package| &package.modules).flat_map(|of| &of.items);
    for item in items.filter(|item| item.kind != Kind::Contract) {
        for contract in &item.contracts {
            if let Some(target) = head(contract) {
                declared.entry(target.to_owned()).or_default().push(item.id.clone());
            }
        }
    }
    let items = packages.iter_mut().flat_map(|package| &mut package.modules);
    for item in items.flat_map(|of| &mut of.items) {
        if let Some(found) = declared.remove(&item.id) {
            item.implemented_by = found;
        }
    }
}

/// What the type that a text begins with is.
fn head(ty: &Linked) -> Option<&str> {
    let end = ty.text.find('<').unwrap_or(ty.text.len());
    let links = ty.links.iter().take_while(|link| link.end <= end);
    links.last().and_then(|link| link.target.as_deref())
}

/// What one package is documented with.
struct Cx<'a> {
    program: &'a Program,
    ids: &'a Ids,
    shown: Shown,
    package: PackageId,
}

impl Cx<'_> {
    fn outline(&self) -> &Outline {
        &self.program.outline
    }

    fn analysis(&self) -> &Analysis {
        &self.program.analysis
    }

    fn name(&self, symbol: beskid_analysis::symbol::Symbol) -> &str {
        self.analysis().interner.name(symbol)
    }

    /// Whether a name is shown, if its item is public or not.
    fn is_shown(&self, name: &str, public: bool) -> bool {
        self.shown == Shown::Everything || public && !name.starts_with("__")
    }

    fn package(&self) -> Package {
        let mut modules: Vec<Module> = Vec::new();
        let mut index: FxHashMap<ModuleId, usize> = FxHashMap::default();
        let hidden = self.hidden_modules();
        for (id, module) in self.outline().modules.enumerate() {
            if module.package != self.package || !ids::has_place(module) || hidden.contains(&id) {
                continue;
            }
            let Some(path) = ids::module_path(self.program, id) else { continue };
            let source = match module.origin {
                ModuleOrigin::File(file) => self.whole(file),
                _ => self.source(module.place),
            };
            index.insert(id, modules.len());
            modules.push(Module {
                id: self.ids.of(module.place).unwrap_or_default().to_owned(),
                path,
                visibility: Visibility::Public,
                documentation: self.docs(module.place),
                source,
                reexports: Vec::new(),
                items: Vec::new(),
                implementations: Vec::new(),
            });
        }
        let mut given = Vec::new();
        for at in &self.outline().items {
            let Some(&module) = index.get(&at.module) else { continue };
            let node = &self.outline().asts[at.file].items[at.item];
            match &node.kind {
                ItemKind::Impl(def) => {
                    if let Some(found) = self.implementation(at.file, node, def) {
                        given.push((at.module, found));
                    }
                }
                ItemKind::Use(import) if node.public => {
                    let bound = import.alias.or(import.path.segments.last().map(|s| s.ident));
                    let Some(bound) = bound else { continue };
                    let text = self.text(import.path.span).to_owned();
                    let target = self.outline().target(import.path.span);
                    let target = target.and_then(|place| self.ids.of(place)).map(str::to_owned);
                    let link = Link { start: 0, end: text.len(), target };
                    let path = Linked { links: vec![link], text, breaks: Vec::new() };
                    let name = self.name(bound.name).to_owned();
                    modules[module].reexports.push(Reexport { name, path });
                }
                ItemKind::Mod(_) => {
                    if let Some(nested) = at.nested.and_then(|nested| index.get(&nested)) {
                        let visibility = visibility(node.public);
                        modules[*nested].visibility = visibility;
                    }
                }
                _ => {
                    let item = self.item(at.file, node);
                    modules[module].items.extend(item);
                }
            }
        }
        self.place_implementations(&mut modules, &index, given);
        modules.retain(|module| self.shown == Shown::Everything || is_worth_a_page(module));
        modules.sort_by(|a, b| a.path.cmp(&b.path));
        Package { name: ids::package_name(self.program, self.package).to_owned(), modules }
    }

    /// The modules that nobody outside may see, and those in them.
    fn hidden_modules(&self) -> FxHashSet<ModuleId> {
        let mut hidden = FxHashSet::default();
        if self.shown == Shown::Everything {
            return hidden;
        }
        for id in self.outline().modules.ids() {
            let path = ids::module_path(self.program, id).unwrap_or_default();
            if path.split('.').any(|part| part.starts_with("__")) {
                hidden.insert(id);
            }
        }
        for at in &self.outline().items {
            let public = self.outline().asts[at.file].items[at.item].public;
            hidden.extend(at.nested.filter(|_| !public));
        }
        // Inner modules come behind those around them.
        for (id, module) in self.outline().modules.enumerate() {
            if let ModuleOrigin::Nested(outer) = module.origin
                && hidden.contains(&outer)
            {
                hidden.insert(id);
            }
        }
        hidden
    }

    /// Puts methods to their type, if that is an item of the package, else to the module they stand in.
    fn place_implementations(
        &self,
        modules: &mut [Module],
        index: &FxHashMap<ModuleId, usize>,
        given: Vec<(ModuleId, Implementation)>,
    ) {
        let mut places: FxHashMap<String, (usize, usize)> = FxHashMap::default();
        for (at, module) in modules.iter().enumerate() {
            for (item, declared) in module.items.iter().enumerate().filter(|(_, i)| i.has_page()) {
                places.insert(declared.id.clone(), (at, item));
            }
        }
        for (module, found) in given {
            match head(&found.target).map(|target| places.get(target)) {
                Some(Some(&(at, item))) => modules[at].items[item].implementations.push(found),
                // The type is one that is not shown.
                Some(None) if self.shown == Shown::Public => {}
                _ => modules[index[&module]].implementations.push(found),
            }
        }
    }

    /// The texts of the package.
    fn texts(&self) -> Vec<SourceText> {
        let sources = &self.analysis().sources;
        let files = sources.files().enumerate().filter(|(_, file)| file.package == self.package);
        let text = |(id, file): (FileId, &beskid_analysis::source::SourceFile)| SourceText {
            package: ids::package_name(self.program, self.package).to_owned(),
            file: self.file_name(id),
            text: file.text.clone(),
        };
        files.map(text).collect()
    }

    fn text(&self, span: Span) -> &str {
        self.analysis().sources.text(span)
    }

    /// What a file is called wherever the package lies.
    fn file_name(&self, id: FileId) -> String {
        let file = self.analysis().sources.file(id);
        let root = self.program.packages.get(self.package.index());
        let root = root.map_or("", |package| package.root.as_str());
        match &file.module {
            Some(path) => format!("{root}{path}.bd"),
            // The prelude, or a file that is a program alone.
            None => file.name.rsplit('/').next().unwrap_or(&file.name).to_owned(),
        }
    }

    fn source(&self, span: Span) -> Source {
        let sources = &self.analysis().sources;
        let (file, first) = sources.line_column(span);
        // The last byte, not what comes behind it.
        let end = Span::new(span.hi.max(span.lo + 1) - 1, span.hi);
        let (_, last) = sources.line_column(end);
        Source { file: self.file_name(file), first: first.line, last: last.line }
    }

    fn whole(&self, file: FileId) -> Source {
        let lines = self.analysis().sources.file(file).text.lines().count();
        Source {
            file: self.file_name(file),
            first: 1,
            last: u32::try_from(lines.max(1)).unwrap_or(u32::MAX),
        }
    }
}

/// Whether there is something to be said of a module.
fn is_worth_a_page(module: &Module) -> bool {
    let has_content = !module.items.is_empty() || !module.implementations.is_empty();
    has_content || !module.reexports.is_empty() || !module.documentation.is_empty()
}

fn visibility(public: bool) -> Visibility {
    if public { Visibility::Public } else { Visibility::Private }
}
