//! Paths where values stand: `Net.Http.Get(…)`, `Util.Limit` (language.md §7.4, §13.2).
//!
//! A chain of names is a path as long as what is before the dot is a module; from the first value on it
//! is members. The chain is checked from the left, each name once.
//!
//! *Invariants.* A name that a module lacks or hides is reported here, and means
//! [`Meaning::Poisoned`].

use super::TypeckCx;
use super::name::{self, Meaning};
use super::object::Base;
use crate::ast::Ident;
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::ModuleId;
use crate::resolve::Definition;
use crate::resolve::path::Explain;
use crate::resolve::prelude::Prelude;
use crate::symbol::Symbol;

/// What a name before a dot means: there a module at the top of the program wins over the prelude.
pub(super) fn start(cx: &TypeckCx<'_>, name: Symbol) -> Meaning {
    if cx.scopes.lookup(name).is_some() {
        return name::resolve(cx, name);
    }
    match cx.items.start(cx.module, name) {
        Some(definition) => name::of_definition(definition),
        None => name::resolve(cx, name),
    }
}

/// What a name of another module means.
pub(super) fn member(cx: &mut TypeckCx<'_>, module: ModuleId, name: Ident) -> Meaning {
    match cx.items.member(module, name, cx.module) {
        Ok(definition) => name::of_definition(definition),
        Err(why) => {
            let (items, interner) = (cx.items, cx.interner);
            let explain = Explain { items, interner, from: cx.module, reported: cx.diagnostics };
            let diagnostic = explain.member(why, name);
            cx.diagnostics.extend(diagnostic);
            Meaning::Poisoned
        }
    }
}

/// The left side of a dot, if it is no value.
pub(super) fn base(cx: &mut TypeckCx<'_>, meaning: Meaning, name: Ident) -> Option<Base> {
    Some(match meaning {
        Meaning::Module(module) => Base::Module(module),
        Meaning::Prelude(Prelude::Array) => Base::ArrayModule,
        Meaning::Prelude(Prelude::Hash) => Base::HashModule,
        // The module of that name is one of the core library.
        Meaning::Type(def) if cx.items.known.float == Some(def) => {
            cx.unsupported(name.span, "`Float` is");
            Base::Broken
        }
        Meaning::Type(_) | Meaning::Alias | Meaning::Prelude(Prelude::Primitive(_)) => {
            Base::Type(name)
        }
        Meaning::Poisoned => {
            cx.reach = cx.reach.or_unknown();
            Base::Broken
        }
        _ => return None,
    })
}

/// E1218 for a module that is called.
pub(super) fn module_called(cx: &TypeckCx<'_>, meaning: Meaning, name: Ident) -> Diagnostic {
    let text = cx.text(name.name);
    let message = format!("`{text}` is a module, and cannot be called");
    let diagnostic = Diagnostic::new(Code::NotCallable, name.span, message);
    let Meaning::Module(module) = meaning else { return diagnostic };
    let inner = Ident { name: cx.items.tree.nodes[module].name, span: name.span };
    match cx.items.member(module, inner, cx.module) {
        Ok(Definition::Functions(_)) => {
            let inner = cx.text(inner.name);
            diagnostic.fix(
                format!("call its function `{inner}`"),
                name.span.end(),
                format!(".{inner}"),
            )
        }
        _ => {
            diagnostic.note("functions of a module are called by their path: `Module.Function(…)`")
        }
    }
}
