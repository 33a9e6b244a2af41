//! Objects: literals, fields, and what may stand behind a dot (language.md §3.2, §7.3).

use super::call::{Callable, built_in_method};
use super::coerce::Reason;
use super::members::{self, Found};
use super::name;
use super::{TypeckCx, Want, builtin, expr, function_value, generic, hint, infer, path};
use crate::ast::{self, FieldInit, Ident, Path, TypeExprId};
use crate::diagnostics::suggest::{self, nearest, nearest_if_shown, related};
use crate::diagnostics::{Code, Diagnostic, Edit, Fix};
use crate::hir::{ExprId, ExprKind, ModuleId, TypeDefId};
use crate::library;
use crate::resolve::Member;
use crate::resolve::suggest::type_name;
use crate::source::Span;
use crate::symbol::Symbol;
use crate::types::{Ty, TyKind};
use rustc_hash::FxHashSet;

/// `Path { field: e }`
pub(super) fn check_struct(
    cx: &mut TypeckCx<'_>,
    path: &Path,
    fields: &[FieldInit],
    span: Span,
    want: Want,
) -> ExprId {
    let ty = generic::path_type(cx, path, want);
    let TyKind::Object(def, list) = *cx.types.kind(ty) else {
        if ty != Ty::ERROR {
            let shown = cx.show(ty);
            cx.report(
                Diagnostic::new(
                    Code::NotAStruct,
                    path.span,
                    format!("`{shown}` is no `type` with fields"),
                )
                .label("only objects are made by such a literal"),
            );
        }
        for field in fields {
            expr::check(cx, field.value, Want::Hint(Ty::ERROR));
        }
        return cx.error(span);
    };
    let instance = generic::of_type(cx, def, list);
    let items = cx.items;
    let item = &items.types[def];
    if item.def.fields.iter().any(|field| members::is_hidden(cx, def, field.name)) {
        for field in fields {
            expr::check(cx, field.value, Want::Hint(Ty::ERROR));
        }
        instance.poison(cx);
        made_by_its_module(cx, def, path);
        return cx.push(ExprKind::Error, ty, span);
    }
    let mut places: Vec<Option<Span>> = vec![None; item.def.fields.len()];
    let mut checked = Vec::with_capacity(fields.len());
    let mut unknown = 0;
    for field in fields {
        let Some(&Member::Field(index)) = item.members.get(&field.name.name) else {
            expr::check(cx, field.value, Want::Hint(Ty::ERROR));
            unknown_field(cx, def, field.name);
            unknown += 1;
            continue;
        };
        let wanted = instance.apply(cx, item.def.fields[index].ty);
        let value = expr::check(cx, field.value, Want::Must(wanted, Reason::Field(def, index)));
        let found = cx.ty(value);
        if cx.types.has_error(found) {
            instance.poison(cx);
        }
        if let Some(first) = places[index] {
            let text = cx.text(field.name.name);
            cx.report(
                Diagnostic::new(
                    Code::DuplicateField,
                    field.name.span,
                    format!("the field `{text}` is given twice"),
                )
                .also(first, "first given here"),
            );
            continue;
        }
        places[index] = Some(field.name.span);
        checked.push((index, value));
    }
    let missing: Vec<usize> = (0..places.len()).filter(|&index| places[index].is_none()).collect();
    if unknown > 0 || !missing.is_empty() {
        instance.poison(cx);
    }
    // An unknown field is probably a missing one misspelt.
    if missing.len() > unknown && !item.incomplete && !cx.broken.within(span) {
        missing_fields(cx, def, &missing, path, fields, span);
    }
    cx.push(ExprKind::Struct(checked), ty, span)
}

/// E1501 for an object of the core library whose fields nobody else sees.
fn made_by_its_module(cx: &mut TypeckCx<'_>, def: TypeDefId, path: &Path) {
    let name = cx.text(cx.items.types[def].def.name);
    let message = format!("the fields of `{name}` are private to the core library");
    let diagnostic = Diagnostic::new(Code::PrivateItem, path.span, message)
        .label("no literal makes such an object here")
        .help(format!("the functions of its module make one: `{name}.New()`"));
    cx.report(diagnostic);
}

fn unknown_field(cx: &mut TypeckCx<'_>, def: TypeDefId, name: Ident) {
    let item = &cx.items.types[def];
    if item.incomplete || name.name == Symbol::EMPTY {
        return;
    }
    let (ty, text) = (cx.text(item.def.name), cx.text(name.name));
    let diagnostic = Diagnostic::new(
        Code::UnknownField,
        name.span,
        format!("the type `{ty}` has no field `{text}`"),
    );
    let fields = item.def.fields.iter().map(|field| cx.interner.name(field.name));
    if let Some(Member::Event(_)) = item.members.get(&name.name) {
        return cx.report(
            diagnostic
                .label(format!("`{text}` is an event"))
                .help("an event begins without handlers, and is not given here"),
        );
    }
    let diagnostic = match nearest_if_shown(cx.diagnostics, text, fields.clone()) {
        Some(near) => diagnostic.fix(format!("did you mean `{near}`?"), name.span, near),
        None if item.def.fields.is_empty() => diagnostic.note(format!("`{ty}` has no fields")),
        None => diagnostic.note(format!("its fields are {}", list(fields))),
    };
    cx.report(diagnostic);
}

/// Names for a message: `a`, `b` and `c`.
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, rest)) if rest.len() > 10 => {
            format!("{} and more, up to {last}", rest[..8].join(", "))
        }
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

fn missing_fields(
    cx: &mut TypeckCx<'_>,
    def: TypeDefId,
    missing: &[usize],
    path: &Path,
    fields: &[FieldInit],
    span: Span,
) {
    let item = &cx.items.types[def];
    let names = || missing.iter().map(|&index| cx.interner.name(item.def.fields[index].name));
    let ty = cx.text(item.def.name);
    let plural = if missing.len() == 1 { "field" } else { "fields" };
    let mut diagnostic = Diagnostic::new(
        Code::MissingField,
        path.span,
        format!("this `{ty}` lacks the {plural} {}", list(names())),
    )
    .label("a literal names every field")
    .also(item.def.fields[missing[0]].span, "declared here");
    if cx.sources.text(span).ends_with('}') && missing.len() <= 10 {
        let given: Vec<String> = names().map(|name| format!("{name}: …")).collect();
        let edit = match fields.last() {
            Some(last) => {
                let end = cx.ast().exprs[last.value].span.end();
                Edit { span: end, replacement: format!(", {}", given.join(", ")) }
            }
            None => {
                let inside = Span::new(path.span.hi, span.hi);
                Edit { span: inside, replacement: format!(" {{ {} }}", given.join(", ")) }
            }
        };
        let title = format!("give the {plural}");
        diagnostic.fixes.push(Fix { title, edits: vec![edit] });
    }
    cx.report(diagnostic);
}

/// How an object of a type is made, for messages.
pub(super) fn literal_help(cx: &TypeckCx<'_>, def: TypeDefId) -> String {
    let item = &cx.items.types[def].def;
    let fields: Vec<String> = item
        .fields
        .iter()
        .take(6)
        .map(|field| format!("{}: …", cx.interner.name(field.name)))
        .collect();
    let name = type_name(cx.items, cx.interner, cx.module, def);
    if fields.is_empty() {
        format!("an object of it is made by `{name} {{ }}`")
    } else {
        format!("an object of it is made by `{name} {{ {} }}`", fields.join(", "))
    }
}

/// What the left side of a dot is.
pub(super) enum Base {
    /// A value.
    Value(ExprId),
    /// The module `Array`.
    ArrayModule,
    /// The module `Hash`.
    HashModule,
    /// Another module.
    Module(ModuleId),
    /// A type, whose name is given.
    Type(Ident),
    /// Reported.
    Broken,
}

/// Checks the left side of a dot.
pub(super) fn check_base(cx: &mut TypeckCx<'_>, base: ast::ExprId) -> Base {
    let expr = &cx.ast().exprs[base];
    let value = match &expr.kind {
        ast::ExprKind::Name { name, arguments } => {
            let meaning = path::start(cx, name.name);
            match path::base(cx, meaning, *name) {
                Some(base) => return base,
                None => name::check_meaning(cx, meaning, *name, arguments, expr.span, Want::Any),
            }
        }
        ast::ExprKind::Member { base: outer, name, arguments } => match check_base(cx, *outer) {
            Base::Module(module) => {
                let meaning = path::member(cx, module, *name);
                match path::base(cx, meaning, *name) {
                    Some(base) => return base,
                    None => {
                        name::check_meaning(cx, meaning, *name, arguments, expr.span, Want::Any)
                    }
                }
            }
            outer => check_member_of(cx, outer, *name, arguments, expr.span, Want::Any),
        },
        _ => expr::check(cx, base, Want::Any),
    };
    let ty = cx.ty(value);
    infer::settle(cx, ty);
    if cx.ty(value) == Ty::ERROR { Base::Broken } else { Base::Value(value) }
}

/// Reports a member of a type that is no value: there are no static members.
pub(super) fn static_member(cx: &mut TypeckCx<'_>, ty: Ident, name: Ident) {
    let (outer, inner) = (cx.text(ty.name), cx.text(name.name));
    if name.name == Symbol::EMPTY {
        return;
    }
    if hint::is_variant(cx, ty, name) {
        let dot = Span::new(ty.span.hi, name.span.lo);
        let message = format!("`{inner}` is a variant of `{outer}`, and written with `::`");
        return cx.report(Diagnostic::new(Code::UnknownMember, name.span, message).fix(
            "write `::`",
            dot,
            "::",
        ));
    }
    let diagnostic = Diagnostic::new(
        Code::UnknownMember,
        name.span,
        format!("`{outer}` is a type, and has no `{inner}` of its own"),
    );
    cx.report(if hint::is_method(cx, ty, name) {
        diagnostic.help(format!("call the method on a value of the type: `value.{inner}(…)`"))
    } else {
        diagnostic.note(
            "types have no static members: methods are called on a value, functions belong to modules",
        )
    });
}

/// `a.b`, not called.
pub(super) fn check_member(
    cx: &mut TypeckCx<'_>,
    base: ast::ExprId,
    name: Ident,
    arguments: &[TypeExprId],
    span: Span,
    want: Want,
) -> ExprId {
    let base = check_base(cx, base);
    check_member_of(cx, base, name, arguments, span, want)
}

/// `a.b`, not called, with the left side checked.
pub(super) fn check_member_of(
    cx: &mut TypeckCx<'_>,
    base: Base,
    name: Ident,
    arguments: &[TypeExprId],
    span: Span,
    want: Want,
) -> ExprId {
    let value = match base {
        Base::Value(value) => value,
        Base::Broken => return cx.error(span),
        Base::Module(module) if name.name == Symbol::OF && cx.items.tree.is_hash(module) => {
            return function_value::check_hash(cx, name, span, want);
        }
        Base::Module(module) => {
            let meaning = path::member(cx, module, name);
            return name::check_meaning(cx, meaning, name, arguments, span, want);
        }
        Base::Type(ty) => {
            static_member(cx, ty, name);
            return cx.error(span);
        }
        Base::HashModule => return function_value::check_hash(cx, name, span, want),
        Base::ArrayModule => {
            return if name.name == Symbol::GENERATE
                && let Some(set) = builtin::generate(cx)
            {
                function_value::check_function(cx, set, name, arguments, span, want)
            } else if name.name == Symbol::FILLED {
                cx.report(
                    Diagnostic::new(Code::NotAValue, span, "`Array.Filled` is called, not a value")
                        .help("write a lambda: `(count, value) => Array.Filled(count, value)`"),
                );
                cx.error(span)
            } else {
                unknown_in_array(cx, name, span)
            };
        }
    };
    let ty = cx.ty(value);
    if ty == Ty::NEVER || name.name == Symbol::EMPTY {
        return cx.error(span);
    }
    match members::lookup(cx, ty, name.name) {
        Found::Field(index, field) => {
            let id = cx.push(ExprKind::Field(value, index), field, span);
            if !arguments.is_empty() {
                name::report_type_arguments(cx, name, span);
            }
            return id;
        }
        Found::Methods(methods) => {
            let functions = &methods;
            let called = Callable { functions, receiver: Some(value), name, written: arguments };
            return function_value::check_method(cx, &called, span, want);
        }
        Found::Event(_) => {
            let text = cx.text(name.name);
            let message = format!("`{text}` is an event, and no value");
            cx.report(Diagnostic::new(Code::NotAValue, name.span, message).help(
                "handlers are added with `+=` and removed with `-=`; its type raises it by a call",
            ));
            return cx.error(span);
        }
        Found::Nothing => {}
    }
    if let Some((built_in, result)) = built_in_method(cx, ty, name.name) {
        return function_value::check_built_in_method(cx, value, built_in, result, span);
    }
    unknown_member(cx, ty, name, "field");
    cx.error(span)
}

/// E1606 for a name in the module `Array`.
pub(super) fn unknown_in_array(cx: &mut TypeckCx<'_>, name: Ident, span: Span) -> ExprId {
    let text = cx.text(name.name);
    let diagnostic = Diagnostic::new(
        Code::UnknownMember,
        name.span,
        format!("the module `Array` has no `{text}`"),
    );
    let diagnostic = match nearest(text, ["Filled", "Generate"]) {
        Some(near) => diagnostic.fix(format!("did you mean `{near}`?"), name.span, near),
        None => diagnostic.help("`Array.Filled<T>(count, value)` makes an array"),
    };
    cx.report(diagnostic);
    cx.error(span)
}

/// E1606: a type lacks what stands behind the dot.
pub(super) fn unknown_member(cx: &mut TypeckCx<'_>, ty: Ty, name: Ident, what: &str) {
    let text = cx.text(name.name);
    let shown = cx.show(ty);
    if let Some((def, _)) = cx.types.as_declared(ty)
        && !cx.items.tree.is_library(cx.items.types[def].def.module)
        && members::is_hidden(cx, def, name.name)
    {
        return private_method(cx, def, name);
    }
    let diagnostic = Diagnostic::new(
        Code::UnknownMember,
        name.span,
        format!("`{shown}` has no {what} `{text}`"),
    );
    let (mut members, mut fields, mut methods) = (Vec::new(), Vec::new(), Vec::new());
    if let Some((def, _)) = cx.types.as_declared(ty) {
        let item = &cx.items.types[def];
        if item.incomplete || cx.lost_names {
            return;
        }
        let seen = |name: &Symbol| !members::is_hidden(cx, def, *name);
        let declared = item.def.fields.iter().map(|field| field.name).filter(seen);
        fields.extend(declared.map(|name| cx.interner.name(name)));
        let declared = cx.items.functions.iter().filter(|f| f.owner == Some(def));
        let declared = declared.map(|method| method.name.name).filter(seen);
        methods.extend(declared.map(|name| cx.interner.name(name)));
        members.extend(fields.iter().chain(&methods));
    }
    if let &TyKind::Param(param) = cx.types.kind(ty) {
        if cx.items.type_params[param].is_open {
            return;
        }
        return cx.report(diagnostic.help(bound_with(cx, name, &shown)));
    }
    let counted = matches!(cx.types.kind(ty), TyKind::Array(_) | TyKind::String);
    if counted && matches!(text, "length" | "Length" | "len" | "size" | "Size" | "count" | "Count")
    {
        let file = cx.sources.file(cx.file);
        let called = file.text[(name.span.hi - file.base) as usize..].starts_with('(');
        let written = if called { "Len" } else { "Len()" };
        return cx.report(diagnostic.fix("the length is `Len()`", name.span, written));
    }
    if counted {
        members.push("Len");
    }
    members.push("ToString");
    let built_in = match cx.types.kind(ty) {
        TyKind::Array(_) => Some("[]"),
        TyKind::Object(..) | TyKind::Enum(..) | TyKind::Contract(..) => None,
        _ => Some(&*shown),
    };
    for name in built_in.into_iter().flat_map(library::methods_of) {
        members.push(name);
    }
    if let Some(near) = nearest_if_shown(cx.diagnostics, text, members.iter().copied()) {
        let diagnostic = diagnostic.fix(format!("did you mean `{near}`?"), name.span, near);
        return cx.report(diagnostic);
    }
    let diagnostic = diagnostic.label(format!("not a member of `{shown}`"));
    let mut diagnostic = hint::of_member(cx, diagnostic, ty, name, what == "method");
    let is_advised = !(diagnostic.notes.is_empty()
        && diagnostic.helps.is_empty()
        && diagnostic.fixes.is_empty());
    if !is_advised && suggest::is_shown(cx.diagnostics) {
        let wants_field = what == "field" && !fields.is_empty();
        let related = match wants_field {
            true => related(text, fields.iter().copied()),
            false => related(text, members.iter().copied().filter(|name| !fields.contains(name))),
        };
        let (kind, mut names) = if wants_field { ("field", fields) } else { ("method", methods) };
        // What the library says to itself is not shown, nor are overloads.
        let mut seen = FxHashSet::default();
        names.retain(|name| !name.starts_with("__") && seen.insert(*name));
        if let Some(near) = related {
            diagnostic = diagnostic.fix(format!("did you mean `{near}`?"), name.span, near);
        } else if !names.is_empty() {
            let s = if names.len() == 1 { "" } else { "s" };
            let names = suggest::list(&names);
            diagnostic = diagnostic.help(format!("`{shown}` has the {kind}{s} {names}"));
        }
    }
    cx.report(diagnostic);
}

/// E1501 for a method that is private to another package.
fn private_method(cx: &mut TypeckCx<'_>, def: TypeDefId, name: Ident) {
    let (text, ty) = (cx.text(name.name), cx.text(cx.items.types[def].def.name));
    let message = format!("`{text}` of `{ty}` is private to its package");
    let mut diagnostic = Diagnostic::new(Code::PrivateItem, name.span, message)
        .label("a method that is not visible here");
    if let Some(Member::Methods(methods)) = cx.items.types[def].members.get(&name.name)
        && let Some(&method) = methods.first()
    {
        let declared = cx.items.functions[method].name.span;
        diagnostic = diagnostic.also(declared, "declared here without `pub`");
    }
    cx.report(diagnostic);
}

/// Which bound would give a type parameter a method.
fn bound_with(cx: &TypeckCx<'_>, name: Ident, param: &str) -> String {
    let contract = cx.items.types.iter().find(|item| {
        item.def.methods.is_some()
            && matches!(item.members.get(&name.name), Some(Member::Methods(_)))
    });
    match contract {
        Some(contract) => {
            let contract = cx.text(contract.def.name);
            format!("bound it by a contract that asks for the method: `<{param} : {contract}>`")
        }
        None => "a type parameter has the methods of the contracts that bound it, and `ToString`"
            .to_owned(),
    }
}
