//! Names where values stand: locals, constants, and what is said of all others.
//!
//! *Invariants.* Locals win over the items and imports of the module and those around it, those over the
//! prelude (language.md §7.4).

use super::stmt::declared_later;
use super::{TypeckCx, Want, function_value, object, variant};
use crate::ast::{Ident, TypeExprId};
use crate::diagnostics::suggest::{foreign_name, nearest_if_shown};
use crate::diagnostics::{Code, Diagnostic, ERROR_LIMIT};
use crate::hir::{ExprId, ExprKind, LocalId, ModuleId, TypeDefId};
use crate::index::Id;
use crate::resolve::path::kind;
use crate::resolve::prelude::Prelude;
use crate::resolve::suggest::{Wanted, missing_imports, visible};
use crate::resolve::{ConstId, Definition, FunctionSetId, Member, prelude};
use crate::source::Span;
use crate::symbol::Symbol;

/// What a name means in a body.
#[derive(Clone, Copy, Debug)]
pub(super) enum Meaning {
    Local(LocalId),
    Functions(FunctionSetId),
    Const(ConstId),
    Type(TypeDefId),
    Alias,
    Attribute,
    Module(ModuleId),
    Prelude(Prelude),
    Poisoned,
    Unknown,
}

/// What a name means here.
pub(super) fn resolve(cx: &TypeckCx<'_>, name: Symbol) -> Meaning {
    if let Some(local) = cx.scopes.lookup(name) {
        return Meaning::Local(local);
    }
    match cx.items.lookup(cx.module, name) {
        Some(definition) => of_definition(definition),
        None if name == Symbol::EMPTY => Meaning::Poisoned,
        None => match (prelude::lookup(name), cx.items.tree.top(cx.module, name)) {
            (None, Some(top)) => Meaning::Module(top),
            (Some(known), _) => Meaning::Prelude(known),
            (None, None) => Meaning::Unknown,
        },
    }
}

/// What a definition means in a body.
pub(super) fn of_definition(definition: Definition) -> Meaning {
    match definition {
        Definition::Functions(set) => Meaning::Functions(set),
        Definition::Const(constant) => Meaning::Const(constant),
        Definition::Type(def) => Meaning::Type(def),
        Definition::Alias(_) => Meaning::Alias,
        Definition::Attribute(_) => Meaning::Attribute,
        Definition::Module(module) => Meaning::Module(module),
        Definition::Poisoned => Meaning::Poisoned,
    }
}

/// A name as a value.
pub(super) fn check_name(
    cx: &mut TypeckCx<'_>,
    name: Ident,
    arguments: &[TypeExprId],
    span: Span,
    want: Want,
) -> ExprId {
    let meaning = resolve(cx, name.name);
    check_meaning(cx, meaning, name, arguments, span, want)
}

/// What a name or path means, as a value.
pub(super) fn check_meaning(
    cx: &mut TypeckCx<'_>,
    meaning: Meaning,
    name: Ident,
    arguments: &[TypeExprId],
    span: Span,
    want: Want,
) -> ExprId {
    let text = cx.text(name.name);
    let not_a_value = |what: &str| {
        Diagnostic::new(Code::NotAValue, span, format!("`{text}` is {what}, not a value"))
    };
    let diagnostic = match meaning {
        Meaning::Local(local) => {
            let id = cx.push_local(local, span);
            return without_arguments(cx, id, name, arguments, span);
        }
        Meaning::Const(constant) => {
            let ty = cx.items.constants[constant].ty;
            let id = match &cx.constants[constant] {
                Some(value) => {
                    let value = value.clone();
                    cx.push(ExprKind::Constant(value), ty, span)
                }
                None => cx.error(span),
            };
            return without_arguments(cx, id, name, arguments, span);
        }
        Meaning::Functions(set) => {
            return function_value::check_function(cx, set, name, arguments, span, want);
        }
        Meaning::Poisoned => {
            cx.reach = cx.reach.or_unknown();
            return cx.error(span);
        }
        Meaning::Type(def) => not_a_value("a type").help(object::literal_help(cx, def)),
        Meaning::Alias | Meaning::Prelude(Prelude::Primitive(_)) => not_a_value("a type"),
        Meaning::Attribute => not_a_value("an attribute"),
        Meaning::Module(module) => not_a_value(kind(cx.items, Definition::Module(module))),
        Meaning::Prelude(Prelude::Array | Prelude::Hash) => not_a_value("a module"),
        Meaning::Prelude(Prelude::Cast) => {
            not_a_value("a conversion").help("convert a value `x` with `cast<i64>(x)`")
        }
        Meaning::Prelude(
            built_in @ (Prelude::Print | Prelude::PrintLine | Prelude::Panic | Prelude::Assert),
        ) if let Some(value) = function_value::check_built_in(cx, built_in, span, want) => {
            return without_arguments(cx, value, name, arguments, span);
        }
        Meaning::Prelude(
            Prelude::Print | Prelude::PrintLine | Prelude::Panic | Prelude::Assert,
        ) => not_a_value("a function of the language").help(format!("call it: `{text}(…)`")),
        Meaning::Unknown => return unknown(cx, name),
    };
    cx.report(diagnostic);
    cx.error(span)
}

fn without_arguments(
    cx: &mut TypeckCx<'_>,
    id: ExprId,
    name: Ident,
    arguments: &[TypeExprId],
    span: Span,
) -> ExprId {
    if !arguments.is_empty() {
        report_type_arguments(cx, name, span);
    }
    id
}

/// E1223 for type arguments after a name that takes none.
pub(super) fn report_type_arguments(cx: &mut TypeckCx<'_>, name: Ident, span: Span) {
    let text = cx.text(name.name);
    let extra = Span::new(name.span.hi, span.hi);
    cx.report(
        Diagnostic::new(
            Code::TypeArgumentCount,
            extra,
            format!("`{text}` takes no type arguments"),
        )
        .fix("remove them", extra, ""),
    );
}

/// `this`
pub(super) fn check_this(cx: &mut TypeckCx<'_>, span: Span) -> ExprId {
    if let Some(local) = cx.scopes.lookup(Symbol::THIS) {
        return cx.push_local(local, span);
    }
    cx.report(
        Diagnostic::new(Code::ThisOutsideMethod, span, "`this` outside of a method")
            .note("only the methods of an `impl` have a receiver"),
    );
    cx.error(span)
}

/// Reports a name that means nothing.
pub(super) fn unknown(cx: &mut TypeckCx<'_>, name: Ident) -> ExprId {
    cx.reach = cx.reach.or_unknown();
    if !cx.is_lost(name.name) {
        let diagnostic = unknown_name(cx, name, "name");
        cx.report(diagnostic);
    }
    cx.error(name.span)
}

/// E1101, or E1106 where a later declaration explains it.
pub(super) fn unknown_name(cx: &TypeckCx<'_>, name: Ident, what: &str) -> Diagnostic {
    let text = cx.text(name.name);
    if let Some(later) = declared_later(cx, name.name) {
        if later.lo < name.span.lo {
            return Diagnostic::new(
                Code::UseBeforeDeclaration,
                name.span,
                format!("`{text}` is used in its own initialiser"),
            )
            .also(later, "known from the end of this declaration on");
        }
        return Diagnostic::new(
            Code::UseBeforeDeclaration,
            name.span,
            format!("`{text}` is used before it is declared"),
        )
        .also(later, "declared here")
        .help("move the declaration before its first use");
    }
    let message = format!("unknown {what} `{text}`");
    let diagnostic = Diagnostic::new(Code::UnknownName, name.span, message);
    if let Some(owner) = cx.owner
        && let Some(member) = cx.items.types[owner].members.get(&name.name)
    {
        let kind = if matches!(member, Member::Methods(_)) { "a method" } else { "a field" };
        return diagnostic.label(format!("`{text}` is {kind} of this type")).fix(
            "reach it through `this`",
            name.span.start(),
            "this.",
        );
    }
    if let Some(diagnostic) = variant::bare(cx, name) {
        return diagnostic;
    }
    let (items, interner, wanted) = (cx.items, cx.interner, (cx.module, name.name));
    let imports = missing_imports(items, interner, cx.ast(), wanted, Wanted::Value, cx.diagnostics);
    if !imports.is_empty() {
        return Diagnostic { fixes: imports, ..diagnostic };
    }
    if let Some(near) = nearest_if_shown(cx.diagnostics, text, visible_names(cx)) {
        return diagnostic.fix(format!("did you mean `{near}`?"), name.span, near);
    }
    let is_test = || cx.items.tests.iter().any(|test| test.name.name == name.name);
    // As with suggestions: what is not shown need not be searched.
    let searched = cx.diagnostics.len() < ERROR_LIMIT;
    match (foreign_name(text), searched.then(|| cx.scopes.ended(name.name)).flatten()) {
        (Some(advice), _) => diagnostic.help(advice),
        (None, Some(local)) => diagnostic
            .label("nothing of this name is in scope here")
            .also(cx.body.locals[local].span, "this one is known up to the end of its block"),
        (None, None) if searched && is_test() => {
            diagnostic.label("this is a test; tests are not called")
        }
        (None, None) => diagnostic.label("nothing of this name is in scope"),
    }
}

/// Every name that means something here; suggestions do not depend on the order.
fn visible_names<'a>(cx: &'a TypeckCx<'_>) -> impl Iterator<Item = &'a str> {
    cx.scopes
        .names()
        .filter(|&name| name.index() != Symbol::THIS.index())
        .chain(visible(cx.items, cx.module).map(|(name, _)| name))
        .chain(cx.items.tree.top_names(cx.module))
        .map(|name| cx.interner.name(name))
        .chain(prelude::FUNCTION_NAMES.iter().copied())
        .chain(["true", "false"])
}
