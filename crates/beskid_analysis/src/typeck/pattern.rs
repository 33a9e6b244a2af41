//! Patterns (language.md §11.1).
//!
//! *Invariants.* A pattern binds each name once; the alternatives of an or-pattern bind the same names
//! with the same types, to the same locals. The type matched is known: it holds no variable.

use super::mismatch::one;
use super::scope::Origin;
use super::{TypeckCx, generic, members, variant};
use crate::ast::{self, Ident, Literal, PatternId, PatternKind};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{Constant, LocalId, Pattern};
use crate::resolve::Definition;
use crate::resolve::suggest::type_name;
use crate::resolve::type_expr::{Open, resolve_open};
use crate::source::Span;
use crate::symbol::Symbol;
use crate::types::{FloatTy, Ty, TyKind};

/// A name that a pattern binds.
#[derive(Clone, Copy)]
struct Bound {
    name: Ident,
    local: LocalId,
    ty: Ty,
}

/// What the pattern of an arm binds, as far as it is checked.
#[derive(Default)]
pub(super) struct Bindings {
    bound: Vec<Bound>,
    /// In an alternative behind the first: what the first one binds.
    given: Option<Vec<Bound>>,
}

/// Checks a pattern against the type that is matched.
pub(super) fn check(
    cx: &mut TypeckCx<'_>,
    id: PatternId,
    ty: Ty,
    bindings: &mut Bindings,
) -> Pattern {
    let ast = cx.ast();
    let pattern = &ast.patterns[id];
    let span = pattern.span;
    match &pattern.kind {
        PatternKind::Error => {
            cx.lost_names = true;
            Pattern::Wildcard
        }
        PatternKind::Wildcard => Pattern::Wildcard,
        PatternKind::Name(name) => bind(cx, *name, ty, bindings),
        PatternKind::Literal { negative, literal } => {
            constant(cx, *negative, *literal, ty, span).map_or(Pattern::Wildcard, Pattern::Constant)
        }
        PatternKind::Text(text) => {
            if ty != Ty::STRING {
                mismatch(cx, "a string", ty, span);
                return Pattern::Wildcard;
            }
            Pattern::Constant(Constant::String(text.clone()))
        }
        PatternKind::Range { low, high } => range(cx, *low, *high, ty, span),
        PatternKind::Variant { path, variant, payload } => {
            check_variant(cx, path, *variant, payload.as_deref(), (ty, span), bindings)
        }
        PatternKind::BareVariant { variant: name, payload } => {
            bare(cx, *name, payload, ty, bindings);
            Pattern::Wildcard
        }
        PatternKind::Typed { ty: named, name } => typed(cx, *named, *name, ty, bindings),
        PatternKind::Or(alternatives) => check_or(cx, alternatives, ty, bindings),
    }
}

/// `T name`: a contract value behind which there is a `T`.
fn typed(
    cx: &mut TypeckCx<'_>,
    named: ast::TypeExprId,
    name: Ident,
    ty: Ty,
    bindings: &mut Bindings,
) -> Pattern {
    let span = cx.ast().types[named].span;
    let found = super::stmt::written_type(cx, named);
    let what = cx.show(found);
    let wrong = match (cx.types.kind(found), cx.types.as_contract(ty)) {
        _ if cx.types.has_error(found) || cx.types.has_error(ty) || ty == Ty::NEVER => {
            bind(cx, name, found, bindings);
            return Pattern::Wildcard;
        }
        (_, None) => {
            let shown = cx.show(ty);
            Diagnostic::new(
                Code::PatternType,
                span,
                format!("a pattern with a type asks for a contract value, not for {}", one(&shown)),
            )
            .fix("leave the type out", span.to(name.span.start()), "")
        }
        (TyKind::Object(..) | TyKind::Enum(..), Some((contract, list))) => {
            if members::argument_lists(cx, found, contract).contains(&list) {
                let inner = bind(cx, name, found, bindings);
                return Pattern::Type(found, Box::new(inner));
            }
            let shown = cx.show(ty);
            let message = format!("{} never is {}", one(&shown), one(&what));
            Diagnostic::new(Code::PatternType, span, message)
                .note(format!("`{what}` does not declare `{shown}`"))
        }
        (_, Some(_)) => Diagnostic::new(
            Code::PatternType,
            span,
            format!("a pattern names a `type` or an `enum`, not {}", one(&what)),
        ),
    };
    cx.report(wrong);
    bind(cx, name, found, bindings);
    Pattern::Wildcard
}

fn bind(cx: &mut TypeckCx<'_>, name: Ident, ty: Ty, bindings: &mut Bindings) -> Pattern {
    if matches!(name.name, Symbol::UNDERSCORE | Symbol::EMPTY) {
        return Pattern::Wildcard;
    }
    let text = cx.text(name.name);
    if let Some(first) = bindings.bound.iter().find(|bound| bound.name.name == name.name) {
        let message = format!("the pattern binds `{text}` twice");
        let diagnostic = Diagnostic::new(Code::DuplicatePatternName, name.span, message)
            .also(first.name.span, "bound here first")
            .help("compare in a guard: `when a == b`");
        cx.report(diagnostic);
        return Pattern::Wildcard;
    }
    if let Some(given) = &bindings.given {
        let first = given.iter().find(|bound| bound.name.name == name.name).copied();
        let Some(first) = first else {
            let message = format!("not every alternative binds `{text}`");
            cx.report(
                Diagnostic::new(Code::AlternativeBindings, name.span, message)
                    .note("the alternatives of a pattern bind the same names"),
            );
            let local = cx.declare(name, ty, Origin::Pattern);
            bindings.bound.push(Bound { name, local, ty });
            return Pattern::Wildcard;
        };
        if first.ty != ty && !cx.types.has_error(first.ty) && !cx.types.has_error(ty) {
            let (a, b) = (cx.show(first.ty), cx.show(ty));
            let message = format!("the alternatives bind `{text}` as `{a}` and as `{b}`");
            cx.report(
                Diagnostic::new(Code::AlternativeBindings, name.span, message)
                    .label(format!("here it is of type `{b}`"))
                    .also(first.name.span, format!("here it is of type `{a}`")),
            );
        }
        bindings.bound.push(Bound { name, ..first });
        return Pattern::Bind(first.local);
    }
    warn_if_known(cx, name, ty);
    let local = cx.declare(name, ty, Origin::Pattern);
    bindings.bound.push(Bound { name, local, ty });
    Pattern::Bind(local)
}

/// W1310: a lone name that looks like a variant or constant.
fn warn_if_known(cx: &mut TypeckCx<'_>, name: Ident, ty: Ty) {
    let text = cx.text(name.name);
    let of_enum = match *cx.types.kind(ty) {
        TyKind::Enum(def, _) if cx.items.types[def].variants.contains_key(&name.name) => Some(def),
        _ => None,
    };
    let message = format!("`{text}` binds a new name here, and matches every value");
    if let Some(def) = of_enum {
        let outer = type_name(cx.items, cx.interner, cx.module, def);
        cx.report(Diagnostic::new(Code::NameIsVariant, name.span, message).fix(
            format!("match the variant: `{outer}::{text}`"),
            name.span.start(),
            format!("{outer}::"),
        ));
    } else if matches!(cx.items.peek(cx.module, name.name), Some(Definition::Const(_))) {
        cx.report(
            Diagnostic::new(Code::NameIsVariant, name.span, message)
                .note("a constant is no pattern")
                .help(format!("compare in a guard: `x when x == {text}`")),
        );
    }
}

/// E1308.
fn mismatch(cx: &mut TypeckCx<'_>, what: &str, ty: Ty, span: Span) {
    if cx.types.has_error(ty) || ty == Ty::NEVER {
        return;
    }
    let shown = cx.show(ty);
    cx.report(
        Diagnostic::new(Code::PatternType, span, format!("{what} never matches {}", one(&shown)))
            .label(format!("the value matched is of type `{shown}`")),
    );
}

/// The value of a literal pattern; `None` if it was reported.
fn constant(
    cx: &mut TypeckCx<'_>,
    negative: bool,
    literal: Literal,
    ty: Ty,
    span: Span,
) -> Option<Constant> {
    let what = match (literal, cx.types.kind(ty)) {
        (Literal::Bool(value), TyKind::Bool) => return Some(Constant::Bool(value)),
        (Literal::Char(value), TyKind::Char) => return Some(Constant::Char(value)),
        (Literal::Unit, TyKind::Unit) => return Some(Constant::Unit),
        (Literal::Int(value), &TyKind::Int(int)) => {
            let value = i128::try_from(value).unwrap_or(i128::MAX);
            let value = if negative { -value } else { value };
            if int.holds(value) {
                return Some(Constant::Int(value));
            }
            super::literal::report_range(cx, value, int, span);
            return None;
        }
        (Literal::Int(value), &TyKind::Float(float)) => {
            let value = if negative { -(value as f64) } else { value as f64 };
            return Some(Constant::Float(rounded(value, float)));
        }
        (Literal::Float(value), &TyKind::Float(float)) => {
            let value = if negative { -value } else { value };
            return Some(Constant::Float(rounded(value, float)));
        }
        (Literal::Bool(_), _) => "a `bool`",
        (Literal::Char(_), _) => "a char",
        (Literal::Unit, _) => "`()`",
        (Literal::Int(_), _) => "an integer",
        (Literal::Float(_), _) => "a float",
    };
    mismatch(cx, what, ty, span);
    None
}

fn rounded(value: f64, float: FloatTy) -> f64 {
    match float {
        FloatTy::F32 => f64::from(value as f32),
        FloatTy::F64 => value,
    }
}

fn range(
    cx: &mut TypeckCx<'_>,
    low: (bool, Literal),
    high: (bool, Literal),
    ty: Ty,
    span: Span,
) -> Pattern {
    if !matches!(cx.types.kind(ty), TyKind::Int(_) | TyKind::Char | TyKind::Error) {
        mismatch(cx, "a range of integers or chars", ty, span);
        return Pattern::Wildcard;
    }
    let (Some(first), Some(last)) =
        (constant(cx, low.0, low.1, ty, span), constant(cx, high.0, high.1, ty, span))
    else {
        return Pattern::Wildcard;
    };
    let empty = match (&first, &last) {
        (Constant::Int(a), Constant::Int(b)) => a > b,
        (Constant::Char(a), Constant::Char(b)) => a > b,
        _ => false,
    };
    if empty {
        cx.report(
            Diagnostic::new(Code::PatternType, span, "this range holds no value")
                .label("its first value is above its last"),
        );
        return Pattern::Wildcard;
    }
    Pattern::Range(first, last)
}

fn check_variant(
    cx: &mut TypeckCx<'_>,
    path: &ast::Path,
    name: Ident,
    payload: Option<&[PatternId]>,
    (ty, span): (Ty, Span),
    bindings: &mut Bindings,
) -> Pattern {
    let given = payload.unwrap_or(&[]);
    let broken = |cx: &mut TypeckCx<'_>, bindings: &mut Bindings| {
        for &pattern in given {
            check(cx, pattern, Ty::ERROR, bindings);
        }
        Pattern::Wildcard
    };
    let named = match resolve_open(&mut cx.type_cx(), path) {
        Open::Generic(def) => def,
        Open::Type(named) => match *cx.types.kind(named) {
            TyKind::Enum(def, _) => def,
            _ => {
                variant::not_an_enum(cx, named, name);
                return broken(cx, bindings);
            }
        },
    };
    let (def, list) = match *cx.types.kind(ty) {
        TyKind::Enum(def, list) if def == named => (def, list),
        TyKind::Error | TyKind::Never => return broken(cx, bindings),
        _ => {
            let outer = cx.text(cx.items.types[named].def.name);
            mismatch(cx, &format!("a variant of `{outer}`"), ty, span);
            return broken(cx, bindings);
        }
    };
    let Some(index) = variant::find(cx, def, name) else {
        return broken(cx, bindings);
    };
    let items = cx.items;
    let declared = &items.types[def].def.variant_list()[index];
    if declared.payload.len() != given.len() && variant::is_broken(cx, def) {
        return broken(cx, bindings);
    }
    if declared.payload.len() != given.len() {
        let (outer, text) = (cx.text(items.types[def].def.name), cx.text(name.name));
        let count = declared.payload.len();
        let wanted = variant::count_words(count);
        let found = if payload.is_none() { "none".to_owned() } else { given.len().to_string() };
        let message = format!("`{outer}::{text}` has {wanted}, the pattern has {found}");
        let diagnostic = Diagnostic::new(Code::PatternPayloadCount, span, message)
            .also(declared.span, "the variant is declared here");
        let diagnostic = if payload.is_none() {
            let places = vec!["_"; count].join(", ");
            diagnostic.fix("match its payload", span.end(), format!("({places})"))
        } else {
            diagnostic
        };
        cx.report(diagnostic);
        return broken(cx, bindings);
    }
    let instance = generic::of_type(cx, def, list);
    let mut inner = Vec::with_capacity(given.len());
    for (&pattern, &ty) in given.iter().zip(&declared.payload) {
        let ty = instance.apply(cx, ty);
        inner.push(check(cx, pattern, ty, bindings));
    }
    Pattern::Variant(index, inner)
}

/// `Some(p)` without its enum.
fn bare(
    cx: &mut TypeckCx<'_>,
    name: Ident,
    payload: &[PatternId],
    ty: Ty,
    bindings: &mut Bindings,
) {
    let text = cx.text(name.name);
    let outer = match *cx.types.kind(ty) {
        TyKind::Enum(def, _) if cx.items.types[def].variants.contains_key(&name.name) => {
            Some(type_name(cx.items, cx.interner, cx.module, def))
        }
        _ => None,
    };
    let diagnostic = match (outer, variant::bare(cx, name)) {
        (Some(outer), _) => variant::without_enum(text, name.span, &[&outer]),
        (None, Some(diagnostic)) => diagnostic,
        (None, None) => {
            Diagnostic::new(Code::UnknownName, name.span, format!("unknown variant `{text}`"))
                .help("a pattern with a payload names an enum: `Option::Some(x)`")
        }
    };
    if !cx.is_lost(name.name) {
        cx.report(diagnostic);
    }
    for &pattern in payload {
        check(cx, pattern, Ty::ERROR, bindings);
    }
}

fn check_or(
    cx: &mut TypeckCx<'_>,
    alternatives: &[PatternId],
    ty: Ty,
    bindings: &mut Bindings,
) -> Pattern {
    let start = bindings.bound.len();
    let outer = bindings.given.clone();
    let mut patterns = Vec::with_capacity(alternatives.len());
    let mut first: Option<Vec<Bound>> = None;
    for &alternative in alternatives {
        bindings.bound.truncate(start);
        let reported = cx.diagnostics.len();
        patterns.push(check(cx, alternative, ty, bindings));
        let bound = bindings.bound[start..].to_vec();
        match &first {
            None => {
                bindings.given = Some(bound.clone());
                first = Some(bound);
            }
            Some(first) if cx.diagnostics.len() == reported => {
                let missing = first
                    .iter()
                    .find(|name| !bound.iter().any(|other| other.name.name == name.name.name));
                if let Some(missing) = missing {
                    let text = cx.text(missing.name.name);
                    let span = cx.ast().patterns[alternative].span;
                    let at = missing.name.span;
                    let message = format!("this alternative does not bind `{text}`");
                    cx.report(
                        Diagnostic::new(Code::AlternativeBindings, span, message)
                            .also(at, "another one binds it"),
                    );
                }
            }
            Some(_) => {}
        }
    }
    bindings.given = outer;
    bindings.bound.truncate(start);
    bindings.bound.extend(first.unwrap_or_default());
    Pattern::Or(patterns)
}
