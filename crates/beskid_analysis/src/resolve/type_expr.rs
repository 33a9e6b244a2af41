//! Types as written to types.
//!
//! *Invariants.* A broken type is [`Ty::ERROR`], and reported once. Aliases are replaced by what they
//! stand for.

use super::{AliasId, Definition, Items, prelude, unsupported};
use crate::ast::{Ast, Ident, Path, TypeExprId, TypeExprKind};
use crate::diagnostics::suggest::{foreign_type, nearest_if_shown};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{ModuleId, TypeDefId};
use crate::source::Span;
use crate::symbol::{Interner, Symbol};
use crate::types::{Ty, TyKind, TyStore, TypeParamId};

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
        TypeExprKind::Function { .. } => {
            cx.diagnostics.push(unsupported(expr.span, "function types are"));
            Ty::ERROR
        }
        TypeExprKind::Paren(inner) => resolve_type(cx, *inner),
    }
}

/// The type that a path names.
pub(crate) fn resolve_path(cx: &mut TypeExprCx<'_>, path: &Path) -> Ty {
    match resolve_open(cx, path) {
        Open::Type(ty) => ty,
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

/// What a path names where type arguments may be left out.
pub(crate) enum Open {
    /// A type, or [`Ty::ERROR`], reported.
    Type(Ty),
    /// A generic declaration without its arguments.
    Generic(TypeDefId),
}

/// What a path names where type arguments may be left out.
pub(crate) fn resolve_open(cx: &mut TypeExprCx<'_>, path: &Path) -> Open {
    let first = &path.segments[0];
    let name = first.ident.name;
    if let Some(second) = path.segments.get(1) {
        return Open::Type(unknown_inner(cx, name, second.ident));
    }
    // Arguments are resolved whatever the name means, so that their own mistakes are told.
    let arguments: Vec<Ty> = first.arguments.iter().map(|&ty| resolve_type(cx, ty)).collect();
    let (wanted, text) = match named(cx.items, cx.module, cx.generics, name) {
        Named::Type(def) => {
            let wanted = cx.items.types[def].generics.len();
            if arguments.len() == wanted {
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
        Named::Missing => {
            let text = cx.interner.name(name);
            cx.diagnostics.push(unsupported(path.span, &format!("`{text}` is")));
            return Open::Type(Ty::ERROR);
        }
        Named::Nothing(kind) => {
            report_unknown(cx, path, kind);
            return Open::Type(Ty::ERROR);
        }
    };
    let diagnostic = argument_count(text, wanted, arguments.len(), path.span);
    let extra = Span::new(first.ident.span.hi, path.span.hi);
    let diagnostic =
        if wanted == 0 { diagnostic.fix("remove them", extra, "") } else { diagnostic };
    cx.diagnostics.push(diagnostic);
    Open::Type(Ty::ERROR)
}

/// E1201 for a path into a type.
fn unknown_inner(cx: &mut TypeExprCx<'_>, outer: Symbol, inner: Ident) -> Ty {
    match named(cx.items, cx.module, cx.generics, outer) {
        Named::Poisoned => return Ty::ERROR,
        Named::Missing => {
            let text = cx.interner.name(outer);
            cx.diagnostics.push(unsupported(inner.span, &format!("`{text}` is")));
            return Ty::ERROR;
        }
        _ => {}
    }
    let (outer, text) = (cx.interner.name(outer), cx.interner.name(inner.name));
    cx.diagnostics.push(
        Diagnostic::new(
            Code::UnknownType,
            inner.span,
            format!("there is no type `{text}` in `{outer}`"),
        )
        .label(format!("`{outer}` is a type, and holds no types")),
    );
    Ty::ERROR
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
    types.intern(match items.types[def].def.variants {
        None => TyKind::Object(def, list),
        Some(_) => TyKind::Enum(def, list),
    })
}

/// A declared type with its own parameters as arguments: what `this` is.
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
    /// Of the core library, and not there yet.
    Missing,
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
    match items.lookup(module, name) {
        Some(Definition::Type(def)) => Named::Type(def),
        Some(Definition::Alias(alias)) => Named::Alias(alias),
        Some(Definition::Poisoned) => Named::Poisoned,
        Some(Definition::Functions(_)) => Named::Nothing(Some("a function")),
        Some(Definition::Const(_)) => Named::Nothing(Some("a constant")),
        Some(Definition::Attribute(_)) => Named::Nothing(Some("an attribute")),
        None => match prelude::lookup(name) {
            Some(prelude::Prelude::Missing) => Named::Missing,
            Some(prelude::Prelude::Array) => Named::Nothing(Some("a module")),
            Some(_) => Named::Nothing(Some("a function")),
            None => Named::Nothing(None),
        },
    }
}

fn report_unknown(cx: &mut TypeExprCx<'_>, path: &Path, kind: Option<&str>) {
    let ident = path.segments[0].ident;
    let text = cx.interner.name(ident.name);
    if let Some(kind) = kind {
        let message = format!("`{text}` is {kind}, not a type");
        let diagnostic = Diagnostic::new(Code::UnknownType, path.span, message);
        let diagnostic = if ident.name == Symbol::ARRAY {
            diagnostic.help("an array of `T` is written `T[]`")
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
    let diagnostic = match foreign_type(text) {
        None if text == "test" => diagnostic
            .label("no type of this name is in scope")
            .help("a test takes nothing and returns nothing: `test Name { … }`"),
        Some(ours) => diagnostic.fix(format!("write `{ours}`"), ident.span, ours),
        None => {
            let params = cx.generics.iter().map(|&(name, _)| cx.interner.name(name));
            let names = type_names(cx.items, cx.module, cx.interner).chain(params);
            match nearest_if_shown(cx.diagnostics, text, names) {
                Some(near) => diagnostic.fix(format!("did you mean `{near}`?"), ident.span, near),
                None => diagnostic.label("no type of this name is in scope"),
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
    let prelude = items.prelude();
    let types =
        items.types.iter().filter(move |ty| ty.def.module == module || ty.def.module == prelude);
    let aliases = items.aliases.iter().filter(move |alias| alias.module == module);
    types
        .map(|ty| ty.def.name)
        .chain(aliases.map(|alias| alias.name.name))
        .map(|name| interner.name(name))
        .chain(prelude::PRIMITIVE_NAMES.iter().copied())
}
