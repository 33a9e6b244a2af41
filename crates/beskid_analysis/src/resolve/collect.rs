//! Which items there are, and under which names.
//!
//! One walk over the items of each file. What is not supported yet is reported here, once a construct,
//! and its name is bound as [`Definition::Poisoned`].
//!
//! *Invariants.* Functions and types get their ids in source order, methods included. The prelude's
//! module is the last one.

use super::{
    AliasItem, ConstItem, Declared, Definition, FunctionItem, FunctionSet, Generics, ImplItem,
    Member, ResolveCx, TypeItem, attributes, prelude, tests,
};
use crate::ast::{self, Ident, ItemId, ItemKind, ParameterMode, TypeExprKind, TypeMember};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{Field, FunctionId, Module, ModuleId, TypeDef, Variant};
use crate::source::{FileId, Span};
use crate::symbol::Symbol;
use crate::types::{Ty, TypeParamId};
use rustc_hash::FxHashMap;

/// Collects the items of all files; each is a module.
pub(crate) fn collect(cx: &mut ResolveCx<'_>) {
    let asts = cx.asts;
    for (file, ast) in asts.enumerate() {
        let path = module_path(&cx.sources.file(file).name);
        let module = cx.items.modules.push(Module { path });
        cx.items.scopes.push(FxHashMap::default());
        let mut places = FxHashMap::default();
        let mut scope = ScopeCx { cx, module, file, places: &mut places };
        for &item in &ast.root {
            collect_item(&mut scope, item);
        }
    }
}

/// Reports the contracts that types declare. One that was reported at its own declaration causes
/// nothing here.
pub(super) fn conformances(cx: &mut ResolveCx<'_>) {
    let asts = cx.asts;
    for id in cx.items.types.ids() {
        let item = &cx.items.types[id];
        let (ast, module) = (&asts[item.file], item.def.module);
        let contracts = match &ast.items[item.item].kind {
            ItemKind::Type(def) => &def.contracts,
            ItemKind::Enum(def) => &def.contracts,
            _ => continue,
        };
        let foreign = contracts.iter().find(|&&contract| match &ast.types[contract].kind {
            TypeExprKind::Path(path) => !matches!(
                cx.items.lookup(module, path.segments[0].ident.name),
                Some(Definition::Poisoned)
            ),
            TypeExprKind::Error => false,
            _ => true,
        });
        if let Some(&first) = foreign {
            cx.unsupported(ast.types[first].span, "contracts are");
        }
    }
}

/// The module of a lone file: its stem, as a name.
fn module_path(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = name.strip_suffix(".bd").unwrap_or(name);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let path: String = stem.chars().map(|c| if is_part(c) { c } else { '_' }).collect();
    if path.is_empty() || path.starts_with(|c: char| c.is_ascii_digit()) {
        return format!("_{path}");
    }
    path
}

/// The scope whose items are collected.
struct ScopeCx<'c, 'a> {
    cx: &'c mut ResolveCx<'a>,
    module: ModuleId,
    file: FileId,
    /// Where each name was first declared.
    places: &'c mut FxHashMap<Symbol, Span>,
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
            let supported = function_is_supported(scope.cx, function);
            collect_function(scope, id, item.public, function, supported);
        }
        ItemKind::Type(def) => collect_type(scope, id, item.public, def),
        ItemKind::Enum(def) => collect_enum(scope, id, item.public, def),
        ItemKind::Alias { name, parameters, ty } => {
            check_reserved(scope.cx, *name);
            if !generics_are_supported(scope.cx, parameters) {
                bind(scope, *name, Definition::Poisoned);
            } else {
                let generics = generics(scope.cx, parameters);
                let alias = scope.cx.items.aliases.push(AliasItem {
                    module: scope.module,
                    file: scope.file,
                    name: *name,
                    generics,
                    ty_expr: *ty,
                    ty: Ty::ERROR,
                });
                bind(scope, *name, Definition::Alias(alias));
            }
        }
        ItemKind::Const(constant) => {
            check_reserved(scope.cx, constant.name);
            let id = scope.cx.items.constants.push(ConstItem {
                module: scope.module,
                file: scope.file,
                name: constant.name,
                ty_expr: constant.ty,
                initialiser: constant.value,
                ty: Ty::ERROR,
            });
            bind(scope, constant.name, Definition::Const(id));
        }
        ItemKind::Impl(impls) => collect_impl(scope, id, impls),
        ItemKind::Contract(contract) => poison(scope, contract.name, "contracts are"),
        ItemKind::Attribute(def) => {
            check_reserved(scope.cx, def.name);
            let id = attributes::declare(scope.cx, (module, file), id, def);
            bind(scope, def.name, Definition::Attribute(id));
        }
        ItemKind::Test(test) => tests::collect(scope.cx, (module, file), id, test.name),
        ItemKind::Mod(module) => match module.items {
            Some(_) => poison(scope, module.path.segments[0].ident, "nested modules are"),
            None => scope.cx.unsupported(module.path.span, "`mod` declarations are"),
        },
        ItemKind::Use(import) => {
            let last = &import.path.segments[import.path.segments.len() - 1];
            let name = import.alias.unwrap_or(last.ident);
            scope.cx.unsupported(import.path.span, "imports are");
            bind(scope, name, Definition::Poisoned);
        }
    }
}

fn poison(scope: &mut ScopeCx<'_, '_>, name: Ident, what: &str) {
    check_reserved(scope.cx, name);
    scope.cx.unsupported(name.span, what);
    bind(scope, name, Definition::Poisoned);
}

/// Gives a name its meaning, unless the scope has it already.
fn bind(scope: &mut ScopeCx<'_, '_>, name: Ident, definition: Definition) {
    if name.name == Symbol::EMPTY {
        return;
    }
    if prelude::primitive(name.name).is_some() {
        let text = scope.cx.interner.name(name.name);
        let diagnostic = Diagnostic::new(
            Code::DuplicateDefinition,
            name.span,
            format!("`{text}` is a primitive type, and cannot be declared again"),
        );
        return scope.cx.report(diagnostic);
    }
    if let Some(&first) = scope.places.get(&name.name) {
        let diagnostic = duplicate(scope.cx, name, first, "the module");
        return scope.cx.report(diagnostic);
    }
    scope.places.insert(name.name, name.span);
    scope.cx.items.scopes[scope.module].insert(name.name, definition);
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
    if text.starts_with("__") {
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

/// Whether a function can be checked; reports what is not supported of it.
fn function_is_supported(cx: &mut ResolveCx<'_>, function: &ast::Function) -> bool {
    let mut supported = generics_are_supported(cx, &function.type_parameters);
    for parameter in &function.parameters {
        let what = match parameter.mode {
            ParameterMode::Value => continue,
            ParameterMode::Ref => "`ref` parameters are",
            ParameterMode::Out => "`out` parameters are",
        };
        cx.unsupported(parameter.name.span, what);
        supported = false;
    }
    supported
}

/// Whether type parameters can be checked; reports what is not supported of them.
fn generics_are_supported(cx: &mut ResolveCx<'_>, parameters: &[ast::TypeParameter]) -> bool {
    let bounded = parameters.iter().find(|parameter| !parameter.bounds.is_empty());
    if let Some(bounded) = bounded {
        cx.unsupported(bounded.name.span, "bounds of type parameters are");
    }
    bounded.is_none()
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
        generics.push((name, cx.items.type_params.push(name)));
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
        alive: true,
        generics,
        of_owner: 0,
        parameters: Vec::new(),
        result: Ty::ERROR,
    })
}

fn collect_function(
    scope: &mut ScopeCx<'_, '_>,
    item: ItemId,
    public: bool,
    function: &ast::Function,
    supported: bool,
) {
    let id = supported.then(|| new_function(scope, item, public, function));
    let name = function.name.name;
    if let Some(&Definition::Functions(set)) = scope.cx.items.scopes[scope.module].get(&name) {
        let set = &mut scope.cx.items.function_sets[set];
        set.functions.extend(id);
        set.incomplete |= !supported;
        return;
    }
    let functions = id.into_iter().collect();
    let set = scope.cx.items.function_sets.push(FunctionSet { functions, incomplete: !supported });
    bind(scope, function.name, Definition::Functions(set));
}

fn collect_type(scope: &mut ScopeCx<'_, '_>, item: ItemId, public: bool, def: &ast::TypeDef) {
    let Some(generics) = type_head(scope, def.name, &def.parameters) else { return };
    let mut members = FxHashMap::default();
    let mut places: FxHashMap<Symbol, Span> = FxHashMap::default();
    let mut fields = Vec::with_capacity(def.members.len());
    let mut incomplete = false;
    for member in &def.members {
        let (name, member) = match member {
            TypeMember::Field(field) => (field.name, Member::Field(fields.len())),
            TypeMember::Event(event) => {
                scope.cx.unsupported(event.name.span, "events are");
                (event.name, Member::Poisoned)
            }
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
        if matches!(member, Member::Field(_)) {
            fields.push(Field { name: name.name, ty: Ty::ERROR, span: name.span });
        }
        members.insert(name.name, member);
    }
    let parts = TypeParts { fields, members, incomplete, ..TypeParts::default() };
    new_type(scope, item, public, (def.name, generics), parts);
}

fn collect_enum(scope: &mut ScopeCx<'_, '_>, item: ItemId, public: bool, def: &ast::Enum) {
    let Some(generics) = type_head(scope, def.name, &def.parameters) else { return };
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

/// What begins every `type` and `enum`: its type parameters, if they are supported.
fn type_head(
    scope: &mut ScopeCx<'_, '_>,
    name: Ident,
    parameters: &[ast::TypeParameter],
) -> Option<Generics> {
    check_reserved(scope.cx, name);
    if generics_are_supported(scope.cx, parameters) {
        return Some(generics(scope.cx, parameters));
    }
    bind(scope, name, Definition::Poisoned);
    None
}

/// What a `type` and an `enum` differ in.
#[derive(Default)]
struct TypeParts {
    fields: Vec<Field>,
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
    let id = scope.cx.items.types.push(TypeItem {
        file: scope.file,
        item,
        def: TypeDef {
            module: scope.module,
            name: name.name,
            public,
            type_parameters: generics.iter().map(|&(_, param)| param).collect(),
            fields: parts.fields,
            variants: parts.variants,
            to_string: None,
            span: name.span,
        },
        generics,
        members: parts.members,
        variants: parts.indices,
        incomplete: parts.incomplete || scope.cx.broken.within(span),
    });
    bind(scope, name, Definition::Type(id));
}

fn collect_impl(scope: &mut ScopeCx<'_, '_>, item: ItemId, impls: &ast::Impl) {
    let asts = scope.cx.asts;
    let mut methods = Vec::with_capacity(impls.methods.len());
    let mut poisoned = Vec::new();
    let supported = generics_are_supported(scope.cx, &impls.parameters);
    for &method in &impls.methods {
        let method_item = &asts[scope.file].items[method];
        let ItemKind::Function(function) = &method_item.kind else { continue };
        check_reserved(scope.cx, function.name);
        if function_is_supported(scope.cx, function) && supported {
            methods.push(new_function(scope, method, method_item.public, function));
        } else {
            poisoned.push(function.name.name);
        }
    }
    let (module, file) = (scope.module, scope.file);
    let target = None;
    scope.cx.items.impls.push(ImplItem { module, file, item, target, methods, poisoned });
}
