//! Methods to the types that have them.
//!
//! *Invariants.* Fields, events and methods of a type share one name space (language.md §7.3). A
//! method of an `impl` without a fitting type is not alive: it is never checked.

use super::collect::duplicate;
use super::iteration::OfType;
use super::path::Explain;
use super::signature::distinct;
use super::suggest::{Wanted, missing_imports, visible};
use super::type_expr::{Named, argument_count, named, of_definition};
use super::{Definition, Generics, Member, ResolveCx, TypeItem, TypeParam, prelude};
use crate::ast::{self, Ident, ItemId, ItemKind, TypeExprId, TypeExprKind};
use crate::diagnostics::suggest::nearest_if_shown;
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{FunctionId, ModuleId, TypeDef, TypeDefId};
use crate::source::FileId;
use crate::symbol::Symbol;
use crate::types::{Ty, TyKind};
use rustc_hash::FxHashMap;

/// Finds the type that each `impl` is for; without one, its methods are not looked at.
pub(super) fn find_targets(cx: &mut ResolveCx<'_>) {
    let asts = cx.asts;
    let mut impls = std::mem::take(&mut cx.items.impls);
    for item in &mut impls {
        let ItemKind::Impl(block) = &asts[item.file].items[item.item].kind else { continue };
        item.target =
            target(cx, (item.file, item.item), item.module, block.target, block.parameters.len());
        match item.target {
            None => {
                for &method in &item.methods {
                    cx.items.functions[method].alive = false;
                }
            }
            Some(def) => {
                for &method in &item.methods {
                    take_generics(cx, def, method, &block.parameters);
                }
            }
        }
    }
    cx.items.impls = impls;
}

/// Puts the type parameters of the type before the method's own, under the names of the `impl`.
fn take_generics(
    cx: &mut ResolveCx<'_>,
    def: TypeDefId,
    method: FunctionId,
    names: &[ast::TypeParameter],
) {
    let of_type = &cx.items.types[def].generics;
    let of_self = cx.items.types[def].self_param.map(|id| (Symbol::SELF_TYPE, id));
    let named = names.iter().zip(of_type.iter()).map(|(name, &(_, id))| (name.name.name, id));
    let named = named.chain(of_self);
    let function = &cx.items.functions[method];
    let generics: Vec<_> = named.chain(function.generics.iter().copied()).collect();
    let of_owner = generics.len() - function.generics.len();
    let function = &mut cx.items.functions[method];
    function.generics = generics.into();
    function.of_owner = of_owner;
}

/// Gives the methods of all `impl`s to their types.
pub(super) fn attach_methods(cx: &mut ResolveCx<'_>) {
    let impls = std::mem::take(&mut cx.items.impls);
    let mut overloaded: Vec<(TypeDefId, Symbol)> = Vec::new();
    for item in &impls {
        let Some(def) = item.target else { continue };
        for &method in &item.methods {
            if cx.items.types[def].def.methods.is_some() {
                let function = &mut cx.items.functions[method];
                function.owner = Some(def);
                cx.items.extensions.entry(function.name.name).or_default().push(method);
                continue;
            }
            attach(cx, def, method, &mut overloaded);
        }
    }
    cx.items.impls = impls;
    for (def, name) in overloaded {
        if let Some(Member::Methods(methods)) = cx.items.types[def].members.get_mut(&name) {
            let methods = std::mem::take(methods);
            let place = format!("the type `{}`", cx.interner.name(cx.items.types[def].def.name));
            let methods = distinct(cx, methods, &place);
            cx.items.types[def].members.insert(name, Member::Methods(methods));
        }
    }
}

fn attach(
    cx: &mut ResolveCx<'_>,
    def: TypeDefId,
    method: FunctionId,
    overloaded: &mut Vec<(TypeDefId, Symbol)>,
) {
    let function = &mut cx.items.functions[method];
    function.owner = Some(def);
    let name = function.name;
    let returns_text = function.parameters.is_empty() && function.result == Ty::STRING;
    let item = &mut cx.items.types[def];
    match item.members.get_mut(&name.name) {
        None => {
            item.members.insert(name.name, Member::Methods(vec![method]));
        }
        Some(Member::Methods(methods)) => {
            if methods.len() == 1 {
                overloaded.push((def, name.name));
            }
            methods.push(method);
        }
        Some(&mut (Member::Field(_) | Member::Event(_))) => {
            let first = match item.members[&name.name] {
                Member::Field(field) => item.def.fields[field].span,
                Member::Event(event) => item.def.events[event].span,
                _ => name.span,
            };
            let place = format!("the type `{}`", cx.interner.name(item.def.name));
            let diagnostic = duplicate(cx, name, first, &place)
                .note("fields, events and methods of a type share one name space");
            return cx.report(diagnostic);
        }
    }
    if name.name == Symbol::TO_STRING && returns_text {
        item.def.to_string.get_or_insert(method);
    }
    // Names that begin with `__` are the core library's alone.
    match name.name {
        Symbol::EQUALS => item.def.equals = Some(method),
        Symbol::HASH_METHOD => item.def.hash = Some(method),
        _ => {}
    }
}

/// The type that an `impl` is for.
fn target(
    cx: &mut ResolveCx<'_>,
    (file, item): (FileId, ItemId),
    module: ModuleId,
    target: TypeExprId,
    given: usize,
) -> Option<TypeDefId> {
    let asts = cx.asts;
    let expr = &asts[file].types[target];
    let invalid = |message: String| Diagnostic::new(Code::InvalidImpl, expr.span, message);
    let diagnostic = match &expr.kind {
        TypeExprKind::Error => return None,
        TypeExprKind::Path(path) => {
            if cx.items.tree.is_library(module)
                && let [only] = &path.segments[..]
                && let Some(primitive) = prelude::primitive(only.ident.name)
            {
                return Some(built_in(cx, file, item, Some((only.ident, primitive))));
            }
            let names: Vec<Ident> = path.segments.iter().map(|segment| segment.ident).collect();
            let last = names[names.len() - 1];
            let text = cx.interner.name(last.name);
            match target_named(cx, module, &names) {
                Named::Type(def) if is_foreign(cx, module, def) => {
                    let of = &cx.items.types[def].def;
                    let is_library = cx.items.tree.is_library(of.module);
                    let whose = if is_library { "the core library" } else { "another package" };
                    let help = "write a function that takes the value as a parameter";
                    let message = format!("`{text}` belongs to {whose}, and takes no methods here");
                    let diagnostic = invalid(message).help(help);
                    let diagnostic = match is_library {
                        true => diagnostic,
                        false => diagnostic.also(of.span, "declared here"),
                    };
                    cx.items.types[def].incomplete = true;
                    diagnostic
                }
                Named::Type(def) => {
                    let wanted = cx.items.types[def].generics.len();
                    if given == wanted {
                        return Some(def);
                    }
                    let diagnostic = argument_count(text, wanted, given, expr.span);
                    // The type lacks the methods of this `impl`.
                    cx.items.types[def].incomplete = true;
                    if given == 0 {
                        let names = cx.items.types[def].generics.iter();
                        let names: Vec<&str> =
                            names.map(|&(name, _)| cx.interner.name(name)).collect();
                        let names = format!("<{}>", names.join(", "));
                        diagnostic.fix("name them", last.span.end(), names)
                    } else {
                        diagnostic
                    }
                }
                Named::Alias(alias) => match *cx.types.kind(cx.items.aliases[alias].ty) {
                    TyKind::Object(def, list)
                    | TyKind::Enum(def, list)
                    | TyKind::Contract(def, list)
                        if cx.types.types(list).is_empty() =>
                    {
                        return Some(def);
                    }
                    TyKind::Error => return None,
                    _ => invalid(format!("`{text}` stands for a type that takes no methods here"))
                        .note("methods are added to a `type` or `enum` of the same package"),
                },
                Named::Poisoned => return None,
                Named::Primitive(_) | Named::Param(_) => invalid(format!(
                    "`{text}` belongs to the core library, and takes no methods here"
                ))
                .help("write a function that takes the value as a parameter"),
                Named::Nothing(None) if cx.broken.lost_items(file) => return None,
                Named::Nothing(Some("a module")) => {
                    let message = format!("`{text}` is a module, not a type");
                    Diagnostic::new(Code::UnknownType, last.span, message).note(format!(
                        "a module stands for the type of its name, and `{text}` has none that is \
                         visible here"
                    ))
                }
                Named::Nothing(_) => {
                    let diagnostic = unknown(cx, file, module, last);
                    poison_suggested(cx, module, &diagnostic);
                    diagnostic
                }
            }
        }
        TypeExprKind::Array(_) if cx.items.tree.is_library(module) => {
            return Some(built_in(cx, file, item, None));
        }
        TypeExprKind::Array(_) | TypeExprKind::Function { .. } | TypeExprKind::Paren(_) => {
            invalid("this type takes no methods here".to_owned())
                .note("methods are added to a `type` or `enum` of the same package")
        }
    };
    cx.report(diagnostic);
    None
}

/// Whether a type belongs to another package. Contracts give methods to types in any (language.md §8.7).
fn is_foreign(cx: &ResolveCx<'_>, module: ModuleId, def: TypeDefId) -> bool {
    let of = &cx.items.types[def].def;
    of.methods.is_none() && !cx.items.tree.is_same_package(module, of.module)
}

/// What stands for a primitive type, or for arrays, as the owner of methods; made by the first `impl`.
fn built_in(
    cx: &mut ResolveCx<'_>,
    file: FileId,
    item: ItemId,
    primitive: Option<(Ident, Ty)>,
) -> TypeDefId {
    let known = match primitive {
        Some((_, ty)) => cx.items.built_in.primitives.get(&ty).copied(),
        None => cx.items.built_in.array,
    };
    if let Some(known) = known {
        return known;
    }
    let generics: Generics = match primitive {
        Some(_) => Generics::from([]),
        None => {
            let name = Symbol::SELF_TYPE;
            Generics::from([(name, cx.items.type_params.push(TypeParam::new(name)))])
        }
    };
    let span = cx.asts[file].items[item].span;
    let name = primitive.map_or(Symbol::ARRAY, |(name, _)| name.name);
    let (module, parameters) =
        (cx.items.prelude(), generics.iter().map(|&(_, param)| param).collect());
    let def = TypeDef::without_members(module, name, parameters, span);
    let def = cx.items.types.push(TypeItem {
        file,
        item,
        generics,
        self_param: None,
        def,
        members: FxHashMap::default(),
        variants: FxHashMap::default(),
        iteration: OfType::default(),
        incomplete: false,
    });
    match primitive {
        Some((_, ty)) => {
            cx.items.built_in.primitives.insert(ty, def);
        }
        None => cx.items.built_in.array = Some(def),
    }
    def
}

/// What the path of an `impl` names; reports one that leads nowhere.
fn target_named(cx: &mut ResolveCx<'_>, module: ModuleId, names: &[Ident]) -> Named {
    if let [only] = names {
        return named(&cx.items, module, &[], only.name);
    }
    match cx.items.walk(module, names) {
        Ok(definition) => of_definition(&cx.items, module, definition),
        Err(failure) => {
            let (items, interner) = (&cx.items, cx.interner);
            let explain = Explain { items, interner, from: module, reported: cx.diagnostics };
            let diagnostic = explain.failure(names, failure);
            cx.diagnostics.extend(diagnostic);
            Named::Poisoned
        }
    }
}

/// The type that a misspelt `impl` was meant for lacks its methods.
fn poison_suggested(cx: &mut ResolveCx<'_>, module: ModuleId, diagnostic: &Diagnostic) {
    let suggested = diagnostic.fixes.iter().flat_map(|fix| &fix.edits).find_map(|edit| {
        visible(&cx.items, module).find_map(|(name, found)| match found {
            Definition::Type(def) if cx.interner.name(name) == edit.replacement => Some(def),
            _ => None,
        })
    });
    if let Some(def) = suggested {
        cx.items.types[def].incomplete = true;
    }
}

fn unknown(cx: &ResolveCx<'_>, file: FileId, module: ModuleId, name: Ident) -> Diagnostic {
    let text = cx.interner.name(name.name);
    let mut diagnostic =
        Diagnostic::new(Code::UnknownType, name.span, format!("unknown type `{text}`"));
    let (items, interner, ast) = (&cx.items, cx.interner, &cx.asts[file]);
    let wanted = (module, name.name);
    diagnostic.fixes = missing_imports(items, interner, ast, wanted, Wanted::Type, cx.diagnostics);
    if !diagnostic.fixes.is_empty() {
        return diagnostic;
    }
    let names = visible(items, module)
        .filter(|(_, found)| matches!(found, Definition::Type(_)))
        .map(|(name, _)| interner.name(name));
    match nearest_if_shown(cx.diagnostics, text, names) {
        Some(near) => diagnostic.fix(format!("did you mean `{near}`?"), name.span, near),
        None => diagnostic.label("methods are added to a `type` of this program"),
    }
}
