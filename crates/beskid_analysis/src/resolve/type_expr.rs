//! Types as written to types.
//!
//! *Invariants.* A broken type is [`Ty::ERROR`], and reported once. Aliases are replaced by what they
//! stand for.

use super::{Definition, Items, prelude, unsupported};
use crate::ast::{Ast, Path, TypeExprId, TypeExprKind};
use crate::diagnostics::suggest::{foreign_type, nearest_if_shown};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{ModuleId, TypeDefId};
use crate::source::Span;
use crate::symbol::{Interner, Symbol};
use crate::types::{Ty, TyKind, TyList, TyStore};

/// What types as written are resolved with.
pub(crate) struct TypeExprCx<'a> {
    pub(crate) items: &'a Items,
    pub(crate) ast: &'a Ast,
    pub(crate) module: ModuleId,
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
    let first = &path.segments[0];
    let name = first.ident.name;
    let ty = match named(cx.items, cx.module, name) {
        Named::Type(def) => object(cx.types, def),
        Named::Primitive(ty) => ty,
        Named::Alias(ty) => ty,
        Named::Poisoned => return Ty::ERROR,
        Named::Missing => {
            let text = cx.interner.name(name);
            cx.diagnostics.push(unsupported(path.span, &format!("`{text}` is")));
            return Ty::ERROR;
        }
        Named::Nothing(kind) => {
            report_unknown(cx, path, kind);
            return Ty::ERROR;
        }
    };
    if let Some(second) = path.segments.get(1) {
        let (outer, inner) = (cx.interner.name(name), cx.interner.name(second.ident.name));
        cx.diagnostics.push(
            Diagnostic::new(
                Code::UnknownType,
                second.ident.span,
                format!("there is no type `{inner}` in `{outer}`"),
            )
            .label(format!("`{outer}` is a type, and holds no types")),
        );
        return Ty::ERROR;
    }
    if !first.arguments.is_empty() {
        let text = cx.interner.name(name);
        let arguments = Span::new(first.ident.span.hi, path.span.hi);
        cx.diagnostics.push(
            Diagnostic::new(
                Code::TypeArgumentCount,
                path.span,
                format!("`{text}` takes no type arguments"),
            )
            .fix("remove them", arguments, ""),
        );
        return Ty::ERROR;
    }
    ty
}

/// The type of objects of a `type` without type parameters.
pub(crate) fn object(types: &mut TyStore, def: TypeDefId) -> Ty {
    types.intern(TyKind::Object(def, TyList::EMPTY))
}

/// What a name is where a type is expected.
pub(crate) enum Named {
    Type(TypeDefId),
    Primitive(Ty),
    Alias(Ty),
    /// Known, and reported.
    Poisoned,
    /// Of the core library, and not there yet.
    Missing,
    /// No type; what it is instead, if anything.
    Nothing(Option<&'static str>),
}

/// What a name is where a type is expected.
pub(crate) fn named(items: &Items, module: ModuleId, name: Symbol) -> Named {
    if name == Symbol::EMPTY {
        return Named::Poisoned;
    }
    if let Some(ty) = prelude::primitive(name) {
        return Named::Primitive(ty);
    }
    match items.lookup(module, name) {
        Some(Definition::Type(def)) => Named::Type(def),
        Some(Definition::Alias(alias)) => Named::Alias(items.aliases[alias].ty),
        Some(Definition::Poisoned) => Named::Poisoned,
        Some(Definition::Functions(_)) => Named::Nothing(Some("a function")),
        Some(Definition::Const(_)) => Named::Nothing(Some("a constant")),
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
        Some(ours) => diagnostic.fix(format!("write `{ours}`"), ident.span, ours),
        None => {
            let names = type_names(cx.items, cx.module, cx.interner);
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
    let types = items.types.iter().filter(move |ty| ty.def.module == module);
    let aliases = items.aliases.iter().filter(move |alias| alias.module == module);
    types
        .map(|ty| ty.def.name)
        .chain(aliases.map(|alias| alias.name.name))
        .map(|name| interner.name(name))
        .chain(prelude::PRIMITIVE_NAMES.iter().copied())
}
