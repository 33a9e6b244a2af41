//! Types as written to types.
//!
//! *Invariants.* A broken type is [`Ty::ERROR`], and reported once. Aliases are replaced by what they
//! stand for.

use super::path::{Explain, PathFailure, Why, kind};
use super::suggest::{Wanted, missing_imports, visible};
use super::{AliasId, Definition, Items, prelude};
use crate::ast::{Ast, Ident, Path, TypeExprId, TypeExprKind};
use crate::diagnostics::suggest::{foreign_type, nearest_if_shown};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{ModuleId, TypeDefId};
use crate::source::Span;
use crate::symbol::{Interner, Symbol};
use crate::types::{Ty, TyKind, TyList, TyStore, TypeParamId};

/// What types as written are resolved with.
pub(crate) struct TypeExprCx<'a> {
    pub(crate) items: &'a Items,
    pub(crate) ast: &'a Ast,
    pub(crate) module: ModuleId,
    /// The type parameters in scope.
    pub(crate) generics: &'a [(Symbol, TypeParamId)],
    pub(crate) interner: &'a Interner,
    pub(crate) types: &'a mut TyStore,
    /// Whether unknown names may be those of items that broken syntax has swallowed.
    pub(crate) lost_items: bool,
    pub(crate) diagnostics: &'a mut Vec<Diagnostic>,
    /// Takes the uses of declared types, for [`super::bound::check_uses`].
    pub(crate) uses: &'a mut Vec<TypeUse>,
}

/// A declared type where it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TypeUse {
    pub(crate) def: TypeDefId,
    pub(crate) arguments: TyList,
    /// Whether it is the type of a value, and not a bound or a declared contract.
    pub(crate) of_value: bool,
    pub(crate) span: Span,
}

/// The type of a type expression.
pub(crate) fn resolve_type(cx: &mut TypeExprCx<'_>, id: TypeExprId) -> Ty {
    let ast = cx.ast;
    let expr = &ast.types[id];
    match &expr.kind {
        TypeExprKind::Error => Ty::ERROR,
        TypeExprKind::Path(path) => resolve_path(cx, path),
        TypeExprKind::Array(element) => {
            let element = resolve_type(cx, *element);
            if element == Ty::ERROR { Ty::ERROR } else { cx.types.array(element) }
        }
        TypeExprKind::Function { parameters, result } => {
            let parameters: Vec<Ty> = parameters.iter().map(|&ty| resolve_type(cx, ty)).collect();
            let result = resolve_type(cx, *result);
            let list = cx.types.list(&parameters);
            cx.types.intern(TyKind::Function(list, result))
        }
        TypeExprKind::Paren(inner) => resolve_type(cx, *inner),
    }
}

/// The type that a path names.
pub(crate) fn resolve_path(cx: &mut TypeExprCx<'_>, path: &Path) -> Ty {
    let reported = cx.diagnostics.len();
    match resolve_open(cx, path) {
        Open::Type(ty) => {
            if cx.diagnostics.len() == reported + 1 {
                complete_suggestion(cx, path, reported);
            }
            ty
        }
        Open::Generic(def) => {
            let (wanted, text) = (cx.items.types[def].generics.len(), type_text(cx, def));
            cx.diagnostics.push(
                argument_count(text, wanted, 0, path.span)
                    .help(format!("write them: `{text}<{}>`", vec!["…"; wanted].join(", "))),
            );
            Ty::ERROR
        }
    }
}

/// A suggested type that is generic is suggested with its arguments.
fn complete_suggestion(cx: &mut TypeExprCx<'_>, path: &Path, reported: usize) {
    let has_arguments = path.segments.iter().any(|segment| !segment.arguments.is_empty());
    let diagnostic = &mut cx.diagnostics[reported];
    if has_arguments || diagnostic.code != Code::UnknownType || diagnostic.span() != path.span {
        return;
    }
    for fix in &mut diagnostic.fixes {
        let [edit] = fix.edits.as_mut_slice() else { continue };
        let suggested = visible(cx.items, cx.module).find_map(|(name, found)| match found {
            Definition::Type(def) if cx.interner.name(name) == edit.replacement => Some(def),
            _ => None,
        });
        let count = suggested.map_or(0, |def| cx.items.types[def].generics.len());
        if count > 0 {
            edit.replacement.push_str(&format!("<{}>", vec!["…"; count].join(", ")));
        }
    }
}

/// What a path names where type arguments may be left out.
pub(crate) enum Open {
    /// A type, or [`Ty::ERROR`], reported.
    Type(Ty),
    /// A generic declaration without its arguments.
    Generic(TypeDefId),
}

/// What a path names where type arguments may be left out.
pub(crate) fn resolve_open(cx: &mut TypeExprCx<'_>, path: &Path) -> Open {
    let last = &path.segments[path.segments.len() - 1];
    let name = last.ident.name;
    // Arguments are resolved whatever the name means, so that their own mistakes are told.
    let arguments: Vec<Ty> = last.arguments.iter().map(|&ty| resolve_type(cx, ty)).collect();
    let meaning = match path.segments[..] {
        [_] => named(cx.items, cx.module, cx.generics, name),
        _ => named_in_module(cx, path),
    };
    let (wanted, text) = match meaning {
        Named::Type(def) => {
            let wanted = cx.items.types[def].generics.len();
            if arguments.len() == wanted {
                if wanted > 0 || cx.items.types[def].def.methods.is_some() {
                    let arguments = cx.types.list(&arguments);
                    cx.uses.push(TypeUse { def, arguments, of_value: true, span: path.span });
                }
                return Open::Type(declared(cx.items, cx.types, def, &arguments));
            }
            if arguments.is_empty() {
                return Open::Generic(def);
            }
            (wanted, cx.interner.name(name))
        }
        Named::Alias(alias) => {
            let alias = &cx.items.aliases[alias];
            if arguments.len() == alias.generics.len() {
                let parameters: Vec<TypeParamId> =
                    alias.generics.iter().map(|&(_, id)| id).collect();
                return Open::Type(cx.types.substitute(alias.ty, &parameters, &arguments));
            }
            (alias.generics.len(), cx.interner.name(name))
        }
        Named::Primitive(ty) if arguments.is_empty() => return Open::Type(ty),
        Named::Param(id) if arguments.is_empty() => {
            return Open::Type(cx.types.intern(TyKind::Param(id)));
        }
        Named::Primitive(_) | Named::Param(_) => (0, cx.interner.name(name)),
        Named::Poisoned => return Open::Type(Ty::ERROR),
        Named::Nothing(None) if name == Symbol::ITERATOR_OF && arguments.len() == 1 => {
            return Open::Type(cx.types.iterator_of(arguments[0]));
        }
        Named::Nothing(kind) => {
            report_unknown(cx, path, kind);
            return Open::Type(Ty::ERROR);
        }
    };
    let diagnostic = argument_count(text, wanted, arguments.len(), path.span);
    let extra = Span::new(last.ident.span.hi, path.span.hi);
    let diagnostic =
        if wanted == 0 { diagnostic.fix("remove them", extra, "") } else { diagnostic };
    cx.diagnostics.push(diagnostic);
    Open::Type(Ty::ERROR)
}

/// What a path of several names is; reports one that leads nowhere.
fn named_in_module(cx: &mut TypeExprCx<'_>, path: &Path) -> Named {
    let (last, modules) = (path.segments.len() - 1, &path.segments[..path.segments.len() - 1]);
    let first = path.segments[0].ident;
    let is_type = cx.generics.iter().any(|&(param, _)| param == first.name)
        || prelude::primitive(first.name).is_some();
    if is_type {
        return unknown_inner(cx, first, path.segments[1].ident);
    }
    let broken = modules.iter().find(|segment| !segment.arguments.is_empty());
    if let Some(segment) = broken {
        let text = cx.interner.name(segment.ident.name);
        let count = segment.arguments.len();
        let diagnostic = argument_count(text, 0, count, segment.ident.span);
        cx.diagnostics.push(diagnostic);
        return Named::Poisoned;
    }
    let names: Vec<Ident> = path.segments.iter().map(|segment| segment.ident).collect();
    match cx.items.walk(cx.module, &names) {
        Ok(definition) => of_definition(cx.items, cx.module, definition),
        Err(PathFailure { at: 0, why: Why::Nothing }) if cx.lost_items => Named::Poisoned,
        Err(PathFailure {
            at,
            why: Why::NotModule(Definition::Type(_) | Definition::Alias(_)),
        }) if at == last => unknown_inner(cx, names[at - 1], names[at]),
        Err(failure) => {
            let (items, interner) = (cx.items, cx.interner);
            let explain = Explain { items, interner, from: cx.module, reported: cx.diagnostics };
            let diagnostic = explain.failure(&names, failure);
            cx.diagnostics.extend(diagnostic);
            Named::Poisoned
        }
    }
}

/// E1201 for a path into a type.
fn unknown_inner(cx: &mut TypeExprCx<'_>, outer: Ident, inner: Ident) -> Named {
    let (outer, text) = (cx.interner.name(outer.name), cx.interner.name(inner.name));
    cx.diagnostics.push(
        Diagnostic::new(
            Code::UnknownType,
            inner.span,
            format!("there is no type `{text}` in `{outer}`"),
        )
        .label(format!("`{outer}` is a type, and holds no types")),
    );
    Named::Poisoned
}

fn type_text<'a>(cx: &TypeExprCx<'a>, def: TypeDefId) -> &'a str {
    cx.interner.name(cx.items.types[def].def.name)
}

/// E1223.
pub(crate) fn argument_count(text: &str, wanted: usize, found: usize, span: Span) -> Diagnostic {
    let wanted = match wanted {
        0 => "no type arguments".to_owned(),
        1 => "1 type argument".to_owned(),
        more => format!("{more} type arguments"),
    };
    let message = match found {
        0 => format!("`{text}` takes {wanted}"),
        _ if wanted.starts_with("no ") => format!("`{text}` takes {wanted}"),
        _ => format!("`{text}` takes {wanted}, found {found}"),
    };
    Diagnostic::new(Code::TypeArgumentCount, span, message)
}

/// A declared type with its arguments.
pub(crate) fn declared(items: &Items, types: &mut TyStore, def: TypeDefId, arguments: &[Ty]) -> Ty {
    let list = types.list(arguments);
    let item = &items.types[def].def;
    types.intern(match (&item.variants, &item.methods) {
        (Some(_), _) => TyKind::Enum(def, list),
        (None, Some(_)) => TyKind::Contract(def, list),
        (None, None) => TyKind::Object(def, list),
    })
}

/// What `this` is in the methods of a type or contract.
pub(crate) fn receiver(items: &Items, types: &mut TyStore, owner: TypeDefId) -> Ty {
    match (items.types[owner].self_param, items.built_in.meaning(owner)) {
        (Some(param), _) => types.intern(TyKind::Param(param)),
        (None, Some(Some(primitive))) => primitive,
        (None, Some(None)) => {
            let (_, element) = items.types[owner].generics[0];
            let element = types.intern(TyKind::Param(element));
            types.array(element)
        }
        (None, None) => of_itself(items, types, owner),
    }
}

/// A declared type with its own parameters as arguments.
pub(crate) fn of_itself(items: &Items, types: &mut TyStore, def: TypeDefId) -> Ty {
    let parameters: Vec<Ty> =
        items.types[def].generics.iter().map(|&(_, id)| types.intern(TyKind::Param(id))).collect();
    declared(items, types, def, &parameters)
}

/// What a name is where a type is expected.
pub(crate) enum Named {
    Type(TypeDefId),
    Primitive(Ty),
    /// A type parameter.
    Param(TypeParamId),
    Alias(AliasId),
    /// Known, and reported.
    Poisoned,
    /// No type; what it is instead, if anything.
    Nothing(Option<&'static str>),
}

/// What a name is where a type is expected.
pub(crate) fn named(
    items: &Items,
    module: ModuleId,
    generics: &[(Symbol, TypeParamId)],
    name: Symbol,
) -> Named {
    if name == Symbol::EMPTY {
        return Named::Poisoned;
    }
    if let Some(&(_, id)) = generics.iter().rev().find(|&&(param, _)| param == name) {
        return Named::Param(id);
    }
    if let Some(ty) = prelude::primitive(name) {
        return Named::Primitive(ty);
    }
    if name == Symbol::NEVER && items.tree.is_library(module) {
        return Named::Primitive(Ty::NEVER);
    }
    match items.lookup(module, name) {
        Some(definition) => of_definition(items, module, definition),
        None => match (items.tree.top(module, name), prelude::lookup(name)) {
            (Some(top), _) => of_definition(items, module, Definition::Module(top)),
            (None, Some(prelude::Prelude::Array | prelude::Prelude::Hash)) => {
                Named::Nothing(Some("a module"))
            }
            (None, Some(_)) => Named::Nothing(Some("a function")),
            (None, None) => Named::Nothing(None),
        },
    }
}

/// What a definition is where a type is expected: a module stands for its type of the same name.
pub(crate) fn of_definition(items: &Items, module: ModuleId, definition: Definition) -> Named {
    match definition {
        Definition::Type(def) => Named::Type(def),
        Definition::Alias(alias) => Named::Alias(alias),
        Definition::Poisoned => Named::Poisoned,
        Definition::Functions(_) => Named::Nothing(Some("a function")),
        Definition::Const(_) => Named::Nothing(Some("a constant")),
        Definition::Attribute(_) => Named::Nothing(Some("an attribute")),
        Definition::Module(of) => match items.type_of_module(of, module) {
            Some(Definition::Type(def)) => Named::Type(def),
            Some(Definition::Alias(alias)) => Named::Alias(alias),
            _ => Named::Nothing(Some(kind(items, definition))),
        },
    }
}

/// The alias that a path names, if it names one.
pub(crate) fn alias_of(items: &Items, module: ModuleId, path: &Path) -> Option<AliasId> {
    let meaning = match path.segments[..] {
        [ref only] => named(items, module, &[], only.ident.name),
        _ => {
            let names: Vec<Ident> = path.segments.iter().map(|segment| segment.ident).collect();
            of_definition(items, module, items.walk(module, &names).ok()?)
        }
    };
    match meaning {
        Named::Alias(alias) => Some(alias),
        _ => None,
    }
}

fn report_unknown(cx: &mut TypeExprCx<'_>, path: &Path, kind: Option<&str>) {
    let ident = path.segments[path.segments.len() - 1].ident;
    let text = cx.interner.name(ident.name);
    if let Some(kind) = kind {
        let message = format!("`{text}` is {kind}, not a type");
        let diagnostic = Diagnostic::new(Code::UnknownType, path.span, message);
        let diagnostic = if ident.name == Symbol::ARRAY {
            diagnostic.help("an array of `T` is written `T[]`")
        } else if kind == "a module" {
            diagnostic.note(format!("a module stands for the type of its name, and `{text}` has none that is visible here"))
        } else {
            diagnostic
        };
        return cx.diagnostics.push(diagnostic);
    }
    if cx.lost_items {
        return;
    }
    let message = format!("unknown type `{text}`");
    let diagnostic = Diagnostic::new(Code::UnknownType, ident.span, message);
    let wanted = (cx.module, ident.name);
    let (items, reported) = (cx.items, &cx.diagnostics[..]);
    let mut diagnostic = diagnostic;
    diagnostic.fixes = missing_imports(items, cx.interner, cx.ast, wanted, Wanted::Type, reported);
    let diagnostic = match foreign_type(text) {
        None if text == "test" => diagnostic
            .label("no type of this name is in scope")
            .help("a test takes nothing and returns nothing: `test Name { … }`"),
        _ if !diagnostic.fixes.is_empty() => diagnostic,
        Some(ours) => diagnostic.fix(format!("write `{ours}`"), ident.span, ours),
        None => {
            let params = cx.generics.iter().map(|&(name, _)| cx.interner.name(name));
            let names = type_names(cx.items, cx.module, cx.interner).chain(params);
            match nearest_if_shown(cx.diagnostics, text, names) {
                Some(near) => diagnostic.fix(format!("did you mean `{near}`?"), ident.span, near),
                None => {
                    let diagnostic = diagnostic.label("no type of this name is in scope");
                    let params: Vec<String> = cx
                        .generics
                        .iter()
                        .map(|&(name, _)| format!("`{}`", cx.interner.name(name)))
                        .collect();
                    if text.len() == 1 && !params.is_empty() {
                        let are = if params.len() == 1 { " is" } else { "s are" };
                        diagnostic.note(format!("the type parameter{are} {}", params.join(", ")))
                    } else {
                        diagnostic
                    }
                }
            }
        }
    };
    cx.diagnostics.push(diagnostic);
}

/// Names of all types that are visible in a module, in no particular order.
fn type_names<'a>(
    items: &'a Items,
    module: ModuleId,
    interner: &'a Interner,
) -> impl Iterator<Item = &'a str> {
    visible(items, module)
        .filter(|(_, found)| matches!(found, Definition::Type(_) | Definition::Alias(_)))
        .map(|(name, _)| interner.name(name))
        .chain(prelude::PRIMITIVE_NAMES.iter().copied())
}
