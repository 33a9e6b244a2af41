//! What names everything that is declared: `core::Collections.Map.Map.Get(K)`.
//!
//! An id is the name of the package, `::`, the path of the module and the name within it; functions have the
//! types of their parameters behind it, as they are written, because they overload.
//!
//! *Invariants.* Two things have two ids: what is equal else has a number behind it, in the order of the
//! source. The id of something is the same whichever program it is seen from.

use beskid_analysis::ast::{
    Ast, ContractMember, Function, Impl, Item, ItemId, ItemKind, TypeExprKind, TypeMember,
};
use beskid_analysis::doc::{ModuleOrigin, OutlineModule};
use beskid_analysis::hir::ModuleId;
use beskid_analysis::index::Id;
use beskid_analysis::source::{PackageId, SourceMap, Span};
use rustc_hash::{FxHashMap, FxHashSet};

use super::signature::plain;
use super::{CORE, Program};

/// What readers know the module as whose items are visible everywhere; no path leads to it.
const PRELUDE: &str = "Prelude";

/// The ids of everything that is declared in a program, its dependencies and the core library.
pub(super) struct Ids {
    by_place: FxHashMap<Span, String>,
}

impl Ids {
    pub(super) fn new(program: &Program) -> Self {
        let mut maker = Maker { program, found: FxHashMap::default(), taken: FxHashSet::default() };
        for (id, module) in program.outline.modules.enumerate() {
            if !has_place(module) {
                continue;
            }
            if let Some(path) = module_path(program, id) {
                let name = package_name(program, module.package);
                maker.add(module.place, format!("{name}::{path}"));
            }
        }
        // Methods are named after their type.
        let items = || program.outline.items.iter();
        for at in items() {
            let ast = &program.outline.asts[at.file];
            maker.item(at.module, ast, &ast.items[at.item]);
        }
        for at in items() {
            let ast = &program.outline.asts[at.file];
            if let ItemKind::Impl(def) = &ast.items[at.item].kind {
                maker.methods(at.module, ast, def);
            }
        }
        Self { by_place: maker.found }
    }

    /// The id of what is declared at a place.
    pub(super) fn of(&self, place: Span) -> Option<&str> {
        self.by_place.get(&place).map(String::as_str)
    }
}

/// Whether a module is declared somewhere as such: a folder is not, and a contract of foreign functions is a
/// contract.
pub(super) fn has_place(module: &OutlineModule) -> bool {
    matches!(module.origin, ModuleOrigin::File(_) | ModuleOrigin::Nested(_))
}

/// The name of a package.
pub(super) fn package_name(program: &Program, package: PackageId) -> &str {
    program.packages.get(package.index()).map_or(CORE, |package| &package.name)
}

/// The path of a module within its package; nothing for the folder that a package is for others.
pub(super) fn module_path(program: &Program, id: ModuleId) -> Option<String> {
    let module = &program.outline.modules[id];
    if program.analysis.is_prelude(id) {
        return Some(PRELUDE.to_owned());
    }
    let is_named =
        module.package != SourceMap::OWN && module.package.index() < program.packages.len();
    if !is_named {
        return Some(module.path.clone());
    }
    let name = &program.analysis.sources.packages()[module.package].name;
    let rest = module.path.strip_prefix(name.as_str())?.strip_prefix('.')?;
    Some(rest.to_owned())
}

struct Maker<'a> {
    program: &'a Program,
    found: FxHashMap<Span, String>,
    taken: FxHashSet<String>,
}

impl Maker<'_> {
    fn add(&mut self, place: Span, id: String) {
        if self.found.contains_key(&place) {
            return;
        }
        let mut unique = id.clone();
        let mut number = 2;
        while !self.taken.insert(unique.clone()) {
            unique = format!("{id}#{number}");
            number += 1;
        }
        self.found.insert(place, unique);
    }

    fn name(&self, symbol: beskid_analysis::symbol::Symbol) -> &str {
        self.program.analysis.interner.name(symbol)
    }

    fn module(&self, id: ModuleId) -> String {
        let module = &self.program.outline.modules[id];
        self.found.get(&module.place).cloned().unwrap_or_default()
    }

    fn item(&mut self, module: ModuleId, ast: &Ast, item: &Item) {
        let outer = self.module(module);
        let inner = |name: &str| format!("{outer}.{name}");
        match &item.kind {
            ItemKind::Function(function) => self.function(&outer, ast, function),
            ItemKind::Type(def) => {
                let id = inner(self.name(def.name.name));
                self.add(def.name.span, id.clone());
                for member in &def.members {
                    let name = match member {
                        TypeMember::Field(field) => field.name,
                        TypeMember::Event(event) => event.name,
                    };
                    let member = format!("{id}.{}", self.name(name.name));
                    self.add(name.span, member);
                }
            }
            ItemKind::Enum(def) => {
                let id = inner(self.name(def.name.name));
                self.add(def.name.span, id.clone());
                for variant in &def.variants {
                    let member = format!("{id}.{}", self.name(variant.name.name));
                    self.add(variant.name.span, member);
                }
            }
            ItemKind::Contract(def) => {
                let id = inner(self.name(def.name.name));
                self.add(def.name.span, id.clone());
                for member in &def.members {
                    if let ContractMember::Method(method) = *member {
                        self.method(&id, ast, method);
                    }
                }
            }
            ItemKind::Alias { name, .. } => self.add(name.span, inner(self.name(name.name))),
            ItemKind::Attribute(def) => self.add(def.name.span, inner(self.name(def.name.name))),
            ItemKind::Const(def) => self.add(def.name.span, inner(self.name(def.name.name))),
            ItemKind::Impl(_)
            | ItemKind::Test(_)
            | ItemKind::Mod(_)
            | ItemKind::Use(_)
            | ItemKind::Error => {}
        }
    }

    fn methods(&mut self, module: ModuleId, ast: &Ast, def: &Impl) {
        let place = match &ast.types[def.target].kind {
            TypeExprKind::Path(path) => path.segments.last().map(|last| last.ident.span),
            _ => None,
        };
        let target = place.and_then(|place| self.program.outline.target(place));
        let outer = match target.and_then(|target| self.found.get(&target)) {
            Some(id) => id.clone(),
            None => {
                let text = plain(self.program, ast, def.target);
                format!("{}.{text}", self.module(module))
            }
        };
        for &method in &def.methods {
            self.method(&outer, ast, method);
        }
    }

    fn method(&mut self, outer: &str, ast: &Ast, id: ItemId) {
        if let ItemKind::Function(function) = &ast.items[id].kind {
            self.function(outer, ast, function);
        }
    }

    fn function(&mut self, outer: &str, ast: &Ast, function: &Function) {
        let types = function.parameters.iter().map(|of| plain(self.program, ast, of.ty));
        let types: Vec<String> = types.collect();
        let id = format!("{outer}.{}({})", self.name(function.name.name), types.join(", "));
        self.add(function.name.span, id);
    }
}
