//! Types of aliases, fields, functions and constants.
//!
//! *Invariants.* Aliases are resolved before anything that may name them, in an order in which each
//! stands behind those it needs; those that need themselves are E1232 and [`Ty::ERROR`].

use super::collect::duplicate;
use super::order::{Component, components};
use super::type_expr::{TypeExprCx, alias_of, resolve_type};
use super::{AliasId, Generics, Member, ResolveCx};
use crate::ast::{self, Ast, ItemKind, ParameterMode, TypeExprId, TypeExprKind, TypeMember};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{FunctionId, ModuleId, TypeDefId};
use crate::index::Id;
use crate::source::FileId;
use crate::types::{Ty, TyKind};
use rustc_hash::FxHashMap;

pub(super) fn resolve(
    cx: &mut ResolveCx<'_>,
    file: FileId,
    module: ModuleId,
    generics: &Generics,
    ty: TypeExprId,
) -> Ty {
    let mut type_cx = TypeExprCx {
        items: &cx.items,
        ast: &cx.asts[file],
        module,
        generics,
        interner: cx.interner,
        types: cx.types,
        lost_items: cx.broken.lost_items(file),
        diagnostics: cx.diagnostics,
        uses: &mut cx.uses,
    };
    resolve_type(&mut type_cx, ty)
}

/// Gives every alias its type.
pub(super) fn aliases(cx: &mut ResolveCx<'_>) {
    let asts = cx.asts;
    let edges: Vec<Vec<usize>> = cx
        .items
        .aliases
        .iter()
        .map(|alias| {
            let mut found = Vec::new();
            aliases_in(cx, &asts[alias.file], alias.module, alias.ty_expr, &mut found);
            found
        })
        .collect();
    for component in components(&edges) {
        match component {
            Component::Single(index) => {
                let id = AliasId::from_index(index);
                let alias = &cx.items.aliases[id];
                let (file, module, ty) = (alias.file, alias.module, alias.ty_expr);
                let generics = Generics::clone(&alias.generics);
                cx.items.aliases[id].ty = resolve(cx, file, module, &generics, ty);
            }
            Component::Cycle(members) => {
                let names =
                    members.iter().map(|&index| cx.items.aliases[AliasId::from_index(index)].name);
                let names: Vec<_> = names.collect();
                let diagnostic = cycle(cx, Code::AliasCycle, "alias", "stand for anything", &names);
                cx.report(diagnostic);
            }
        }
    }
}

/// A diagnostic for definitions that need each other.
pub(crate) fn cycle_message(
    code: Code,
    kind: &str,
    verb: &str,
    names: &[(&str, crate::source::Span)],
) -> Diagnostic {
    let (first, span) = names[0];
    if names.len() == 1 {
        return Diagnostic::new(code, span, format!("the {kind} `{first}` refers to itself"));
    }
    let mut diagnostic =
        Diagnostic::new(code, span, format!("the {kind} `{first}` needs itself to {verb}"));
    for &(name, span) in names[1..].iter().take(4) {
        diagnostic = diagnostic.also(span, format!("`{name}` is part of the cycle"));
    }
    diagnostic
}

fn cycle(
    cx: &ResolveCx<'_>,
    code: Code,
    kind: &str,
    verb: &str,
    names: &[ast::Ident],
) -> Diagnostic {
    let names: Vec<_> = names.iter().map(|name| (cx.interner.name(name.name), name.span)).collect();
    cycle_message(code, kind, verb, &names)
}

/// The aliases that a type expression names.
fn aliases_in(
    cx: &ResolveCx<'_>,
    ast: &Ast,
    module: ModuleId,
    ty: TypeExprId,
    found: &mut Vec<usize>,
) {
    match &ast.types[ty].kind {
        TypeExprKind::Error => {}
        TypeExprKind::Function { parameters, result } => {
            for &part in parameters.iter().chain([result]) {
                aliases_in(cx, ast, module, part, found);
            }
        }
        TypeExprKind::Path(path) => {
            found.extend(alias_of(&cx.items, module, path).map(AliasId::index));
            for &argument in path.segments.iter().flat_map(|segment| &segment.arguments) {
                aliases_in(cx, ast, module, argument, found);
            }
        }
        TypeExprKind::Array(inner) | TypeExprKind::Paren(inner) => {
            aliases_in(cx, ast, module, *inner, found);
        }
    }
}

/// Gives every field and payload its type.
pub(super) fn fields(cx: &mut ResolveCx<'_>) {
    let asts = cx.asts;
    for id in cx.items.types.ids() {
        let item = &cx.items.types[id];
        let (file, module) = (item.file, item.def.module);
        let generics = Generics::clone(&item.generics);
        let def = match &asts[file].items[item.item].kind {
            ItemKind::Type(def) => def,
            ItemKind::Enum(def) => {
                payloads(cx, id, &generics, def);
                continue;
            }
            _ => continue,
        };
        for member in &def.members {
            let field = match member {
                TypeMember::Field(field) => field,
                TypeMember::Event(event) => {
                    handler(cx, id, &generics, event);
                    continue;
                }
            };
            let ty = resolve(cx, file, module, &generics, field.ty);
            let item = &mut cx.items.types[id];
            // A second field of the name has no place in the type.
            if let Some(&Member::Field(index)) = item.members.get(&field.name.name)
                && item.def.fields[index].span == field.name.span
            {
                item.def.fields[index].ty = ty;
            }
        }
    }
}

/// Gives an event the type of its handlers.
fn handler(cx: &mut ResolveCx<'_>, id: TypeDefId, generics: &Generics, event: &ast::Event) {
    let item = &cx.items.types[id];
    let (file, module) = (item.file, item.def.module);
    let mut parameters = Vec::with_capacity(event.parameters.len());
    for parameter in &event.parameters {
        if parameter.mode != ParameterMode::Value {
            let message =
                "the parameters of an event are values: handlers have neither `ref` nor `out`";
            cx.report(Diagnostic::new(Code::OutInFunctionValue, parameter.name.span, message));
        }
        parameters.push(resolve(cx, file, module, generics, parameter.ty));
    }
    let list = cx.types.list(&parameters);
    let handler = cx.types.intern(TyKind::Function(list, Ty::UNIT));
    let item = &mut cx.items.types[id];
    // A second member of the name has no place in the type.
    if let Some(&Member::Event(index)) = item.members.get(&event.name.name)
        && item.def.events[index].span == event.name.span
    {
        item.def.events[index].handler = handler;
    }
}

fn payloads(cx: &mut ResolveCx<'_>, id: TypeDefId, generics: &Generics, def: &ast::Enum) {
    let item = &cx.items.types[id];
    let (file, module) = (item.file, item.def.module);
    for variant in &def.variants {
        let payload: Vec<Ty> = variant
            .fields
            .iter()
            .map(|field| resolve(cx, file, module, generics, field.ty))
            .collect();
        let item = &mut cx.items.types[id];
        // A second variant of the name has no place in the enum.
        if let Some(&index) = item.variants.get(&variant.name.name)
            && let Some(variants) = &mut item.def.variants
            && variants[index].span == variant.name.span
        {
            variants[index].payload = payload;
        }
    }
}

/// Gives every function its signature.
pub(super) fn functions(cx: &mut ResolveCx<'_>) {
    let asts = cx.asts;
    for id in cx.items.functions.ids() {
        let item = &cx.items.functions[id];
        if !item.alive {
            continue;
        }
        let (file, module) = (item.file, item.module);
        let ItemKind::Function(function) = &asts[file].items[item.item].kind else { continue };
        let generics = Generics::clone(&item.generics);
        let mut parameters = Vec::with_capacity(function.parameters.len());
        for parameter in &function.parameters {
            parameters.push(resolve(cx, file, module, &generics, parameter.ty));
        }
        let result = resolve(cx, file, module, &generics, function.result);
        let item = &mut cx.items.functions[id];
        item.parameters = parameters;
        item.result = result;
    }
}

/// Gives every constant its type.
pub(super) fn constants(cx: &mut ResolveCx<'_>) {
    for id in cx.items.constants.ids() {
        let item = &cx.items.constants[id];
        let (file, module, ty_expr) = (item.file, item.module, item.ty_expr);
        let mut ty = resolve(cx, file, module, &Generics::from([]), ty_expr);
        if !matches!(ty, Ty::ERROR | Ty::STRING)
            && matches!(
                cx.types.kind(ty),
                TyKind::Array(_)
                    | TyKind::Object(..)
                    | TyKind::Enum(..)
                    | TyKind::Contract(..)
                    | TyKind::Function(..)
            )
        {
            let span = cx.asts[file].types[ty_expr].span;
            cx.report(
                Diagnostic::new(
                    Code::ConstantExpression,
                    span,
                    "a constant has a primitive type or is a string",
                )
                .label("objects and arrays are made when the program runs"),
            );
            ty = Ty::ERROR;
        }
        cx.items.constants[id].ty = ty;
    }
}

/// E1001 for functions and methods that a call could not tell apart.
pub(super) fn overloads(cx: &mut ResolveCx<'_>) {
    for id in cx.items.function_sets.ids() {
        if cx.items.function_sets[id].functions.len() > 1 {
            let functions = std::mem::take(&mut cx.items.function_sets[id].functions);
            cx.items.function_sets[id].functions = distinct(cx, functions, "the module");
        }
    }
}

/// Reports functions of equal parameter types, and drops them: calls mean the first one.
pub(super) fn distinct(
    cx: &mut ResolveCx<'_>,
    set: Vec<FunctionId>,
    place: &str,
) -> Vec<FunctionId> {
    let mut seen = FxHashMap::default();
    let mut kept = Vec::with_capacity(set.len());
    for id in set {
        let function = &cx.items.functions[id];
        if function.parameters.iter().any(|&ty| cx.types.has_error(ty)) {
            kept.push(id);
            continue;
        }
        let name = function.name;
        let list = cx.types.list(&function.parameters);
        if let Some(&first) = seen.get(&list) {
            let diagnostic = duplicate(cx, name, first, place)
                .note("functions may share a name if the types of their parameters differ");
            cx.report(diagnostic);
        } else {
            seen.insert(list, name.span);
            kept.push(id);
        }
    }
    kept
}
