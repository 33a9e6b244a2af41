//! Which items there are, and under which names.
//!
//! One walk over the items of each file, nested modules included.
//!
//! *Invariants.* Functions and types get their ids in source order, methods included.

use super::imports::Import;
use super::iteration::OfType;
use super::{
    AliasItem, Binding, ConstItem, Declared, Definition, FunctionItem, FunctionSet, Generics,
    ImplItem, Member, ResolveCx, TypeItem, TypeParam, attributes, foreign, prelude, tests,
};
use crate::ast::{self, Ident, ItemId, ItemKind, TypeMember};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{Event, Field, FunctionId, ModuleId, TypeDef, Variant};
use crate::source::{FileId, SourceMap, Span};
use crate::symbol::Symbol;
use crate::types::{Ty, TypeParamId};
use rustc_hash::FxHashMap;

/// Collects the items of all modules.
pub(crate) fn collect(cx: &mut ResolveCx<'_>) {
    let asts = cx.asts;
    cx.items.scopes = cx.items.tree.nodes.iter().map(|_| FxHashMap::default()).collect();
    for (file, ast) in asts.enumerate() {
        let module = cx.items.tree.of_file(file);
        collect_items(&mut ScopeCx { cx, module, file }, &ast.root);
    }
    check_held(cx);
}

fn collect_items(scope: &mut ScopeCx<'_, '_>, items: &[ItemId]) {
    for &item in items {
        collect_item(scope, item);
    }
}

/// Reports items that hide a file or folder of the same path.
fn check_held(cx: &mut ResolveCx<'_>) {
    for module in cx.items.tree.nodes.ids() {
        let node = &cx.items.tree.nodes[module];
        let clash = |(&name, &held): (&Symbol, &ModuleId)| {
            let binding = cx.items.scopes[module].get(&name)?;
            (binding.definition != Definition::Module(held))
                .then(|| (Ident { name, span: binding.span }, cx.items.tree.nodes[held].place))
        };
        let mut clashes: Vec<(Ident, Span)> = node.holds.iter().filter_map(clash).collect();
        clashes.sort_by_key(|&(name, _)| name.span.lo);
        for (name, place) in clashes {
            let path = &cx.items.tree.nodes[module].path;
            let text = cx.interner.name(name.name);
            let message = format!("`{path}.{text}` is an item and a module");
            let diagnostic = Diagnostic::new(Code::DuplicateDefinition, name.span, message)
                .label("the item")
                .also(place, "the module is here")
                .help("rename one of them");
            cx.report(diagnostic);
            // What paths through the name mean is not known.
            if let Some(binding) = cx.items.scopes[module].get_mut(&name.name) {
                binding.definition = Definition::Poisoned;
            }
        }
    }
}

/// Handlers of an event without a number.
const DEFAULT_CAPACITY: u32 = 8;
/// Handlers of an event at most: they lie in the object, and code visits each of them.
const MAX_CAPACITY: u32 = 255;

/// The scope whose items are collected.
pub(super) struct ScopeCx<'c, 'a> {
    pub(super) cx: &'c mut ResolveCx<'a>,
    pub(super) module: ModuleId,
    pub(super) file: FileId,
}

fn collect_item(scope: &mut ScopeCx<'_, '_>, id: ItemId) {
    let asts = scope.cx.asts;
    let item = &asts[scope.file].items[id];
    let (module, file) = (scope.module, scope.file);
    scope.cx.items.declared.push(Declared { module, file, item: id });
    match &item.kind {
        ItemKind::Error => {}
        ItemKind::Function(function) => {
            check_reserved(scope.cx, function.name);
            collect_function(scope, id, item.public, function);
        }
        ItemKind::Type(def) => collect_type(scope, id, item.public, def),
        ItemKind::Enum(def) => collect_enum(scope, id, item.public, def),
        ItemKind::Alias { name, parameters, ty } => {
            check_reserved(scope.cx, *name);
            let generics = generics(scope.cx, parameters);
            let alias = scope.cx.items.aliases.push(AliasItem {
                module: scope.module,
                file: scope.file,
                item: id,
                name: *name,
                generics,
                ty_expr: *ty,
                ty: Ty::ERROR,
            });
            bind(scope, id, *name, Definition::Alias(alias));
        }
        ItemKind::Const(constant) => {
            check_reserved(scope.cx, constant.name);
            let value = scope.cx.items.constants.push(ConstItem {
                module: scope.module,
                file: scope.file,
                name: constant.name,
                ty_expr: constant.ty,
                initialiser: constant.value,
                ty: Ty::ERROR,
            });
            bind(scope, id, constant.name, Definition::Const(value));
        }
        ItemKind::Impl(impls) => collect_impl(scope, id, impls),
        ItemKind::Contract(contract) => match scope.cx.items.tree.of_item(scope.file, id) {
            Some(inner) => foreign::collect(scope, id, contract, inner),
            None => collect_contract(scope, id, item.public, contract),
        },
        ItemKind::Attribute(def) => {
            check_reserved(scope.cx, def.name);
            let attribute = attributes::declare(scope.cx, (module, file), id, def);
            bind(scope, id, def.name, Definition::Attribute(attribute));
        }
        ItemKind::Test(test) => tests::collect(scope.cx, (module, file), id, test.name),
        ItemKind::Mod(module) => {
            let inner = scope.cx.items.tree.of_item(scope.file, id);
            // That of the whole file is in the tree already.
            if let (Some(items), Some(inner)) = (&module.items, inner) {
                let name = module.path.segments[0].ident;
                check_reserved(scope.cx, name);
                bind(scope, id, name, Definition::Module(inner));
                let mut scope = ScopeCx { cx: scope.cx, module: inner, file: scope.file };
                collect_items(&mut scope, items);
            }
        }
        ItemKind::Use(import) => {
            let import = Import::new(scope.module, scope.file, id, item, import);
            let id = scope.cx.items.imports.push(import);
            scope.cx.items.imports_of.entry(scope.module).or_default().push(id);
        }
    }
}

/// Gives a name its meaning, unless the scope has it already.
pub(super) fn bind(scope: &mut ScopeCx<'_, '_>, item: ItemId, name: Ident, definition: Definition) {
    if name.name == Symbol::EMPTY || primitive_again(scope.cx, name) {
        return;
    }
    if let Some(first) = scope.cx.items.scopes[scope.module].get(&name.name) {
        let diagnostic = duplicate(scope.cx, name, first.span, "the module");
        return scope.cx.report(diagnostic);
    }
    let item = &scope.cx.asts[scope.file].items[item];
    let (public, item) = (item.public, declaration_start(scope.cx.sources, item));
    let reserved = scope.cx.interner.name(name.name).starts_with("__");
    let binding = Binding { definition, public, import: None, reserved, span: name.span, item };
    scope.cx.items.scopes[scope.module].insert(name.name, binding);
}

/// Where `pub` would stand: behind the attributes.
pub(crate) fn declaration_start(sources: &SourceMap, item: &ast::Item) -> u32 {
    let Some(last) = item.attributes.last() else { return item.span.lo };
    let file = sources.file(sources.file_of(item.span));
    let rest = &file.text[(last.span.hi - file.base) as usize..];
    last.span.hi + (rest.len() - rest.trim_start().len()) as u32
}

/// Reports a name that is that of a primitive type.
pub(super) fn primitive_again(cx: &mut ResolveCx<'_>, name: Ident) -> bool {
    let again = prelude::primitive(name.name).is_some();
    if again {
        let text = cx.interner.name(name.name);
        let message = format!("`{text}` is a primitive type, and cannot be declared again");
        cx.report(Diagnostic::new(Code::DuplicateDefinition, name.span, message));
    }
    again
}

/// E1001 for the second of two declarations.
pub(super) fn duplicate(cx: &ResolveCx<'_>, name: Ident, first: Span, place: &str) -> Diagnostic {
    let text = cx.interner.name(name.name);
    Diagnostic::new(
        Code::DuplicateDefinition,
        name.span,
        format!("{place} declares `{text}` twice"),
    )
    .label("declared again here")
    .also(first, "first declared here")
}

/// E1109 for names that belong to the core library.
pub(super) fn check_reserved(cx: &mut ResolveCx<'_>, name: Ident) {
    let text = cx.interner.name(name.name);
    if text.starts_with("__") && !cx.sources.is_library(cx.sources.file_of(name.span)) {
        cx.report(reserved(name.span, text));
    }
}

/// E1109.
pub(crate) fn reserved(span: Span, text: &str) -> Diagnostic {
    let plain = text.trim_start_matches('_');
    let diagnostic = Diagnostic::new(
        Code::ReservedName,
        span,
        format!("`{text}` begins with `__`: such names belong to the core library"),
    );
    if plain.is_empty() { diagnostic } else { diagnostic.help(format!("call it `{plain}`")) }
}

/// Ids for type parameters.
fn generics(cx: &mut ResolveCx<'_>, parameters: &[ast::TypeParameter]) -> Generics {
    let mut generics: Vec<(Symbol, TypeParamId)> = Vec::with_capacity(parameters.len());
    for parameter in parameters {
        check_reserved(cx, parameter.name);
        let name = parameter.name.name;
        if name != Symbol::EMPTY && generics.iter().any(|&(other, _)| other == name) {
            let first = parameters.iter().find(|other| other.name.name == name);
            let first = first.map_or(parameter.name.span, |first| first.name.span);
            let diagnostic = duplicate(cx, parameter.name, first, "the list of type parameters");
            cx.report(diagnostic);
        }
        generics.push((name, cx.items.type_params.push(TypeParam::new(name))));
    }
    generics.into()
}

fn new_function(
    scope: &mut ScopeCx<'_, '_>,
    item: ItemId,
    public: bool,
    function: &ast::Function,
) -> FunctionId {
    // Those of the type come when the type of the `impl` is known.
    let generics = generics(scope.cx, &function.type_parameters);
    scope.cx.items.functions.push(FunctionItem {
        module: scope.module,
        file: scope.file,
        item,
        name: function.name,
        public,
        owner: None,
        required: false,
        is_foreign: false,
        alive: true,
        generics,
        of_owner: 0,
        bounds: Vec::new(),
        parameters: Vec::new(),
        modes: function.parameters.iter().map(|parameter| parameter.mode).collect(),
        result: Ty::ERROR,
    })
}

pub(super) fn collect_function(
    scope: &mut ScopeCx<'_, '_>,
    item: ItemId,
    public: bool,
    function: &ast::Function,
) {
    let id = new_function(scope, item, public, function);
    let name = function.name.name;
    let items = &mut scope.cx.items;
    if let Some(binding) = items.scopes[scope.module].get_mut(&name)
        && let Definition::Functions(set) = binding.definition
    {
        binding.public |= public;
        let set = &mut items.function_sets[set];
        set.functions.push(id);
        return;
    }
    let set = FunctionSet { functions: vec![id], public: None };
    let set = items.function_sets.push(set);
    bind(scope, item, function.name, Definition::Functions(set));
}

fn collect_type(scope: &mut ScopeCx<'_, '_>, item: ItemId, public: bool, def: &ast::TypeDef) {
    let generics = type_head(scope, def.name, &def.parameters);
    let mut members = FxHashMap::default();
    let mut places: FxHashMap<Symbol, Span> = FxHashMap::default();
    let mut fields = Vec::with_capacity(def.members.len());
    let mut events = Vec::new();
    let mut incomplete = false;
    for member in &def.members {
        let (name, found) = match member {
            TypeMember::Field(field) => (field.name, Member::Field(fields.len())),
            TypeMember::Event(event) => (event.name, Member::Event(events.len())),
        };
        check_reserved(scope.cx, name);
        if name.name == Symbol::EMPTY {
            incomplete = true;
            continue;
        }
        if let Some(&first) = places.get(&name.name) {
            let text = scope.cx.interner.name(def.name.name);
            let diagnostic = duplicate(scope.cx, name, first, &format!("the type `{text}`"));
            scope.cx.report(diagnostic);
            continue;
        }
        places.insert(name.name, name.span);
        match member {
            TypeMember::Field(_) => {
                fields.push(Field { name: name.name, ty: Ty::ERROR, span: name.span });
            }
            TypeMember::Event(event) => {
                let capacity = capacity(scope.cx, event);
                let (name, span) = (name.name, name.span);
                events.push(Event { name, capacity, handler: Ty::ERROR, span });
            }
        }
        members.insert(name.name, found);
    }
    let parts = TypeParts { fields, events, members, incomplete, ..TypeParts::default() };
    new_type(scope, item, public, (def.name, generics), parts);
}

/// How many handlers an event holds; reports a number that makes no sense.
fn capacity(cx: &mut ResolveCx<'_>, event: &ast::Event) -> u32 {
    let Some((given, span)) = event.capacity else { return DEFAULT_CAPACITY };
    match u32::try_from(given) {
        Ok(capacity @ 1..=MAX_CAPACITY) => capacity,
        _ => {
            let text = cx.interner.name(event.name.name);
            let message = match given {
                0 => format!("the event `{text}` would hold no handler"),
                _ => format!("an event holds at most {MAX_CAPACITY} handlers"),
            };
            let fix = if given == 0 { "1".to_owned() } else { MAX_CAPACITY.to_string() };
            let title = format!("let it hold {fix}");
            cx.report(Diagnostic::new(Code::EventCapacity, span, message).fix(title, span, fix));
            DEFAULT_CAPACITY
        }
    }
}

fn collect_enum(scope: &mut ScopeCx<'_, '_>, item: ItemId, public: bool, def: &ast::Enum) {
    let generics = type_head(scope, def.name, &def.parameters);
    let mut indices: FxHashMap<Symbol, usize> = FxHashMap::default();
    let mut variants: Vec<Variant> = Vec::with_capacity(def.variants.len());
    for variant in &def.variants {
        check_reserved(scope.cx, variant.name);
        if variant.name.name == Symbol::EMPTY {
            continue;
        }
        if let Some(&first) = indices.get(&variant.name.name) {
            let text = scope.cx.interner.name(def.name.name);
            let place = format!("the enum `{text}`");
            let first = variants[first].span;
            let mut diagnostic = duplicate(scope.cx, variant.name, first, &place);
            diagnostic.code = Code::DuplicateVariant;
            scope.cx.report(diagnostic);
            continue;
        }
        indices.insert(variant.name.name, variants.len());
        let payload = vec![Ty::ERROR; variant.fields.len()];
        variants.push(Variant { name: variant.name.name, payload, span: variant.name.span });
    }
    let parts = TypeParts { variants: Some(variants), indices, ..TypeParts::default() };
    new_type(scope, item, public, (def.name, generics), parts);
}

fn collect_contract(
    scope: &mut ScopeCx<'_, '_>,
    item: ItemId,
    public: bool,
    contract: &ast::Contract,
) {
    let asts = scope.cx.asts;
    let generics = type_head(scope, contract.name, &contract.parameters);
    let name = Symbol::SELF_TYPE;
    let self_param = scope.cx.items.type_params.push(TypeParam::new(name));
    let of_owner: Vec<_> = generics.iter().copied().chain([(name, self_param)]).collect();
    let mut members: FxHashMap<Symbol, Member> = FxHashMap::default();
    let mut methods = Vec::new();
    for member in &contract.members {
        let ast::ContractMember::Method(method) = *member else { continue };
        let method_item = &asts[scope.file].items[method];
        let ItemKind::Function(function) = &method_item.kind else { continue };
        check_reserved(scope.cx, function.name);
        let id = new_function(scope, method, method_item.public, function);
        let function_item = &mut scope.cx.items.functions[id];
        function_item.required = true;
        function_item.of_owner = of_owner.len();
        function_item.generics =
            of_owner.iter().copied().chain(function_item.generics.iter().copied()).collect();
        methods.push(id);
        match members.get_mut(&function.name.name) {
            Some(Member::Methods(same)) => same.push(id),
            Some(_) => {}
            None => {
                members.insert(function.name.name, Member::Methods(vec![id]));
            }
        }
    }
    let parts = TypeParts {
        members,
        methods: Some(methods),
        self_param: Some(self_param),
        ..TypeParts::default()
    };
    new_type(scope, item, public, (contract.name, generics), parts);
}

/// What begins every `type`, `enum` and `contract`: its type parameters.
fn type_head(
    scope: &mut ScopeCx<'_, '_>,
    name: Ident,
    parameters: &[ast::TypeParameter],
) -> Generics {
    check_reserved(scope.cx, name);
    generics(scope.cx, parameters)
}

/// What a `type`, an `enum` and a `contract` differ in.
#[derive(Default)]
struct TypeParts {
    /// Those of a contract.
    methods: Option<Vec<FunctionId>>,
    self_param: Option<TypeParamId>,
    fields: Vec<Field>,
    events: Vec<Event>,
    members: FxHashMap<Symbol, Member>,
    variants: Option<Vec<Variant>>,
    /// Variants by name.
    indices: FxHashMap<Symbol, usize>,
    /// Whether a member was left out.
    incomplete: bool,
}

fn new_type(
    scope: &mut ScopeCx<'_, '_>,
    item: ItemId,
    public: bool,
    (name, generics): (Ident, Generics),
    parts: TypeParts,
) {
    let span = scope.cx.asts[scope.file].items[item].span;
    let parameters = generics.iter().map(|&(_, param)| param).collect();
    let id = scope.cx.items.types.push(TypeItem {
        file: scope.file,
        item,
        def: TypeDef {
            public,
            fields: parts.fields,
            events: parts.events,
            variants: parts.variants,
            methods: parts.methods,
            ..TypeDef::without_members(scope.module, name.name, parameters, name.span)
        },
        generics,
        self_param: parts.self_param,
        members: parts.members,
        variants: parts.indices,
        iteration: OfType::default(),
        incomplete: parts.incomplete || scope.cx.broken.within(span),
    });
    for &method in scope.cx.items.types[id].def.methods.iter().flatten() {
        scope.cx.items.functions[method].owner = Some(id);
    }
    bind(scope, item, name, Definition::Type(id));
}

fn collect_impl(scope: &mut ScopeCx<'_, '_>, item: ItemId, impls: &ast::Impl) {
    let asts = scope.cx.asts;
    let mut methods = Vec::with_capacity(impls.methods.len());
    for &method in &impls.methods {
        let method_item = &asts[scope.file].items[method];
        let ItemKind::Function(function) = &method_item.kind else { continue };
        check_reserved(scope.cx, function.name);
        methods.push(new_function(scope, method, method_item.public, function));
    }
    let (module, file) = (scope.module, scope.file);
    let target = None;
    scope.cx.items.impls.push(ImplItem { module, file, item, target, methods });
}
