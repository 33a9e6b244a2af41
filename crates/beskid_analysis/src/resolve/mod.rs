//! What names mean: items, their scopes, the types in their signatures, the order of constants.
//!
//! Resolution runs before any body is looked at: [`modules`] finds the modules, [`collect`] their
//! items, [`imports`] what each `use` means, [`signature`] gives fields, functions and constants their
//! types, [`owner`] hands methods to their types, [`contract`], [`bound`] and [`conformance`] see to it
//! that types keep what they declare. Bodies then ask [`Items`] only; [`path`] is how.
//!
//! *Invariants.* Ids follow the order of the source. A name that is declared but whose item was
//! reported (not supported, broken) is [`Definition::Poisoned`]: it is known, and its uses cause no
//! further diagnostics.
//!
//! *Absent*: local names, which [`crate::typeck`] knows.

pub(crate) mod attributes;
pub(crate) mod bound;
pub(crate) mod broken;
pub(crate) mod collect;
pub(crate) mod conformance;
pub(crate) mod contract;
pub(crate) mod foreign;
pub(crate) mod imports;
pub(crate) mod iteration;
pub(crate) mod modules;
pub(crate) mod order;
pub(crate) mod owner;
pub(crate) mod path;
pub(crate) mod prelude;
pub(crate) mod signature;
pub(crate) mod suggest;
pub(crate) mod tests;
pub(crate) mod type_expr;

use crate::ast::{self, Ast};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{AttributeId, FunctionId, Module, ModuleId, TypeDef, TypeDefId};
use crate::index::{Id, IndexVec};
use crate::source::{FileId, PackageId, SourceMap, Span};
use crate::symbol::{Interner, Symbol};
use crate::types::{Ty, TyNames, TyStore, TypeParamId};
use attributes::{Application, AttributeItem};
use broken::Broken;
use foreign::ForeignItem;
use imports::Import;
use modules::ModuleTree;
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;
use tests::TestItem;

crate::define_ids! {
    (pub(crate))
    /// A constant.
    ConstId "const";
    /// A type alias.
    AliasId "alias";
    /// The functions of one name in one module.
    FunctionSetId "set";
    /// A `use`.
    ImportId "use";
}

/// The type parameters that are in scope in a declaration, with the names they have there.
pub(crate) type Generics = Rc<[(Symbol, TypeParamId)]>;

/// What a name of a module means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Definition {
    /// One function, or several that overload.
    Functions(FunctionSetId),
    /// A `type` or `enum`.
    Type(TypeDefId),
    /// An alias.
    Alias(AliasId),
    /// A constant.
    Const(ConstId),
    /// An attribute.
    Attribute(AttributeId),
    /// A module.
    Module(ModuleId),
    /// Declared, but nothing is known about it, and that was reported.
    Poisoned,
}

/// A name of a module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binding {
    pub(crate) definition: Definition,
    /// Whether the name is visible outside of the module.
    pub(crate) public: bool,
    /// The `use` that binds it; nothing for an item of the module itself.
    pub(crate) import: Option<ImportId>,
    /// Whether the name begins with `__`, and is for the core library alone.
    pub(crate) reserved: bool,
    /// Where the name stands.
    pub(crate) span: Span,
    /// The first byte of its item: where `pub` would stand.
    pub(crate) item: u32,
}

/// Functions of one name.
#[derive(Debug)]
pub(crate) struct FunctionSet {
    /// In source order.
    pub(crate) functions: Vec<FunctionId>,
    /// The set of those among them that other modules see; nothing if there is none.
    pub(crate) public: Option<FunctionSetId>,
}

/// A function or method as declared.
#[derive(Debug)]
pub(crate) struct FunctionItem {
    pub(crate) module: ModuleId,
    pub(crate) file: FileId,
    pub(crate) item: ast::ItemId,
    pub(crate) name: ast::Ident,
    pub(crate) public: bool,
    /// The type or contract whose method it is.
    pub(crate) owner: Option<TypeDefId>,
    /// Whether a contract asks for it.
    pub(crate) required: bool,
    /// Whether C has it.
    pub(crate) is_foreign: bool,
    /// Whether it can be checked: its `impl` has a type.
    pub(crate) alive: bool,
    /// Its type parameters, those of its type first; behind those of a contract stands `Self`.
    pub(crate) generics: Generics,
    /// How many of them are those of its type.
    pub(crate) of_owner: usize,
    /// What the `impl` around asks of the parameters of its type beyond what the type does.
    pub(crate) bounds: Vec<(TypeParamId, Ty)>,
    /// Types of the parameters without the receiver.
    pub(crate) parameters: Vec<Ty>,
    /// How each of them is passed.
    pub(crate) modes: Vec<ast::ParameterMode>,
    pub(crate) result: Ty,
}

/// A constant as declared.
#[derive(Debug)]
pub(crate) struct ConstItem {
    pub(crate) module: ModuleId,
    pub(crate) file: FileId,
    pub(crate) name: ast::Ident,
    pub(crate) ty_expr: ast::TypeExprId,
    pub(crate) initialiser: ast::ExprId,
    pub(crate) ty: Ty,
}

/// An alias as declared.
#[derive(Debug)]
pub(crate) struct AliasItem {
    pub(crate) module: ModuleId,
    pub(crate) file: FileId,
    pub(crate) item: ast::ItemId,
    pub(crate) name: ast::Ident,
    pub(crate) generics: Generics,
    pub(crate) ty_expr: ast::TypeExprId,
    pub(crate) ty: Ty,
}

/// What a name after a value's dot means.
#[derive(Debug)]
pub(crate) enum Member {
    /// The field of that index.
    Field(usize),
    /// The event of that index.
    Event(usize),
    /// Methods that overload, in source order.
    Methods(Vec<FunctionId>),
}

/// A type parameter as declared.
#[derive(Debug)]
pub(crate) struct TypeParam {
    pub(crate) name: Symbol,
    /// The contracts that its arguments conform to.
    pub(crate) bounds: Vec<Ty>,
    /// Whether a bound was reported, so that not all of them are known.
    pub(crate) is_open: bool,
}

impl TypeParam {
    /// A parameter without bounds.
    pub(crate) fn new(name: Symbol) -> Self {
        Self { name, bounds: Vec::new(), is_open: false }
    }
}

/// A `type`, `enum` or `contract` as declared.
#[derive(Debug)]
pub(crate) struct TypeItem {
    pub(crate) file: FileId,
    pub(crate) item: ast::ItemId,
    pub(crate) generics: Generics,
    /// What `Self` is in a contract.
    pub(crate) self_param: Option<TypeParamId>,
    pub(crate) def: TypeDef,
    /// Fields, events and methods by name.
    pub(crate) members: FxHashMap<Symbol, Member>,
    /// Variants by name.
    pub(crate) variants: FxHashMap<Symbol, usize>,
    /// How it is iterated.
    pub(crate) iteration: iteration::OfType,
    /// Whether members may be missing, as they were reported.
    pub(crate) incomplete: bool,
}

/// An `impl` as declared.
#[derive(Debug)]
pub(crate) struct ImplItem {
    pub(crate) module: ModuleId,
    pub(crate) file: FileId,
    pub(crate) item: ast::ItemId,
    /// The type that gets the methods, if there is one.
    pub(crate) target: Option<TypeDefId>,
    /// Its methods, those left out aside.
    pub(crate) methods: Vec<FunctionId>,
}

/// Where an item stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Declared {
    pub(crate) module: ModuleId,
    pub(crate) file: FileId,
    pub(crate) item: ast::ItemId,
}

/// All items of a program.
#[derive(Debug, Default)]
pub(crate) struct Items {
    pub(crate) tree: ModuleTree,
    /// Every item of every module, methods aside, in the order of collection.
    pub(crate) declared: Vec<Declared>,
    /// What the names of each module mean, nested modules and imports included.
    pub(crate) scopes: IndexVec<ModuleId, FxHashMap<Symbol, Binding>>,
    pub(crate) imports: IndexVec<ImportId, Import>,
    /// Those of each module.
    imports_of: FxHashMap<ModuleId, Vec<ImportId>>,
    pub(crate) functions: IndexVec<FunctionId, FunctionItem>,
    pub(crate) function_sets: IndexVec<FunctionSetId, FunctionSet>,
    pub(crate) types: IndexVec<TypeDefId, TypeItem>,
    pub(crate) constants: IndexVec<ConstId, ConstItem>,
    pub(crate) aliases: IndexVec<AliasId, AliasItem>,
    pub(crate) impls: Vec<ImplItem>,
    pub(crate) foreign: Vec<ForeignItem>,
    /// Where the names of these stand.
    pub(crate) foreign_names: FxHashSet<Span>,
    pub(crate) tests: Vec<TestItem>,
    pub(crate) attributes: IndexVec<AttributeId, AttributeItem>,
    /// Where attributes stand.
    pub(crate) applications: Vec<Application>,
    /// All type parameters.
    pub(crate) type_params: IndexVec<TypeParamId, TypeParam>,
    /// The methods that an `impl` of a contract adds to all that conform, by name.
    pub(crate) extensions: FxHashMap<Symbol, Vec<FunctionId>>,
    /// What gives methods to types that no item declares.
    pub(crate) built_in: BuiltInTypes,
    /// The contracts that the compiler knows.
    pub(crate) known: contract::Known,
    /// Names with their modules of types that share their name with others, for messages.
    pub(crate) full_names: FxHashMap<TypeDefId, String>,
}

impl Items {
    /// The module whose items are visible everywhere.
    pub(crate) fn prelude(&self) -> ModuleId {
        ModuleId::from_index(self.tree.nodes.len() - 1)
    }

    /// The modules as later phases see them. Those of two packages may have one path; their symbols must
    /// differ.
    pub(crate) fn modules(&self) -> IndexVec<ModuleId, Module> {
        let mut first: FxHashMap<&str, PackageId> = FxHashMap::default();
        let mut modules = IndexVec::with_capacity(self.tree.nodes.len());
        for (id, node) in self.tree.nodes.enumerate() {
            let path = match *first.entry(&node.path).or_insert(node.package) {
                package if package == node.package => node.path.clone(),
                _ if self.tree.is_library(id) => format!("__core.{}", node.path),
                _ => format!("__package.{}", node.path),
            };
            modules.push(Module { path, package: node.package });
        }
        modules
    }
}

/// Names of declared types for messages.
pub(crate) struct Names<'a> {
    pub(crate) items: &'a Items,
    pub(crate) interner: &'a Interner,
}

impl TyNames for Names<'_> {
    fn type_name(&self, def: TypeDefId) -> &str {
        match self.items.full_names.get(&def) {
            Some(name) => name,
            None => self.interner.name(self.items.types[def].def.name),
        }
    }

    fn param_name(&self, param: TypeParamId) -> &str {
        self.interner.name(self.items.type_params[param].name)
    }
}

/// The types that stand in the tables for those that no item declares, where the core library gives these
/// methods: they are owners of methods, and never types of values.
#[derive(Debug, Default)]
pub(crate) struct BuiltInTypes {
    /// Of primitive types.
    pub(crate) primitives: FxHashMap<Ty, TypeDefId>,
    /// Of arrays; its type parameter is the element.
    pub(crate) array: Option<TypeDefId>,
}

impl BuiltInTypes {
    /// The primitive type or array that a type stands for.
    fn meaning(&self, def: TypeDefId) -> Option<Option<Ty>> {
        if self.array == Some(def) {
            return Some(None);
        }
        self.primitives.iter().find(|&(_, &of)| of == def).map(|(&ty, _)| Some(ty))
    }
}

/// What resolution reads and writes.
pub(crate) struct ResolveCx<'a> {
    pub(crate) sources: &'a SourceMap,
    pub(crate) asts: &'a IndexVec<FileId, Ast>,
    pub(crate) interner: &'a Interner,
    pub(crate) types: &'a mut TyStore,
    pub(crate) items: Items,
    pub(crate) broken: &'a Broken,
    pub(crate) diagnostics: &'a mut Vec<Diagnostic>,
    /// Uses of declared types that are looked at when all declarations are known.
    pub(crate) uses: Vec<type_expr::TypeUse>,
}

impl ResolveCx<'_> {
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Names for messages.
    pub(crate) fn names(&self) -> Names<'_> {
        Names { items: &self.items, interner: self.interner }
    }
}

/// E0090 for a construct, named in the plural or with an article.
pub(crate) fn unsupported(span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(Code::NotSupported, span, format!("{what} not supported yet"))
        .note("this version of the compiler does not compile this part of the language")
}

/// Finds all items and what their signatures mean.
pub(crate) fn resolve<'a>(
    sources: &'a SourceMap,
    asts: &'a IndexVec<FileId, Ast>,
    interner: &'a Interner,
    types: &'a mut TyStore,
    broken: &'a Broken,
    tree: ModuleTree,
    diagnostics: &'a mut Vec<Diagnostic>,
) -> Items {
    let items = Items { tree, ..Items::default() };
    let uses = Vec::new();
    let mut cx = ResolveCx { sources, asts, interner, types, items, broken, diagnostics, uses };
    collect::collect(&mut cx);
    path::public_sets(&mut cx.items);
    imports::resolve(&mut cx);
    contract::find_known(&mut cx);
    signature::aliases(&mut cx);
    contract::declared(&mut cx);
    contract::cycles(&mut cx);
    signature::fields(&mut cx);
    owner::find_targets(&mut cx);
    bound::bounds(&mut cx);
    signature::functions(&mut cx);
    signature::constants(&mut cx);
    attributes::signatures(&mut cx);
    owner::attach_methods(&mut cx);
    signature::overloads(&mut cx);
    iteration::find(&mut cx);
    path::fill_public_sets(&mut cx.items);
    cx.items.full_names = suggest::full_names(&cx.items, interner);
    contract::conflicts(&mut cx);
    conformance::check(&mut cx);
    let uses = std::mem::take(&mut cx.uses);
    for diagnostic in bound::check_uses(&cx.items, cx.types, cx.interner, &[], &uses) {
        cx.report(diagnostic);
    }
    tests::names(&mut cx);
    attributes::apply::apply(&mut cx);
    cx.items
}
