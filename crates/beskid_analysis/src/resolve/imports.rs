//! What each `use` means (language.md §13.2).
//!
//! A module's scope holds its imports beside its items, and what an import means may depend on other
//! imports: `use A.B.C;` goes through whatever `A` re-exports as `B`. There are no imports of everything,
//! so a name of a module is bound by one item or one import and every import depends on a fixed chain of
//! others; the meaning of all of them is the least fixed point. It is found with a list of work: an
//! import that comes to another one which is not resolved yet waits there, and is taken up again when
//! that one is resolved. What still waits when the list is empty waits for itself: each such circle is
//! reported once, and everything behind it is known to be broken.
//!
//! ```text
//!   A.bd:  pub use B.X;      X of A ──► X of B ──► X of C     resolved last to first
//!   B.bd:  pub use C.X;
//!   D.bd:  pub use E.Y;      Y of D ──► Y of E                a circle: E1105
//!   E.bd:  pub use D.Y;           ◄─────────┘
//! ```
//!
//! Binding comes first, for all imports: an item of the module wins over an import of its name (E1102),
//! the first import wins over the second (E1104).
//!
//! *Invariants.* An import is looked at at most once for each name of its path, so time is linear. An
//! import that was reported is bound as [`Definition::Poisoned`]. Paths of imports start at modules, never at
//! another import.

use super::collect::{check_reserved, primitive_again};
use super::path::{Explain, Step, kind, shown};
use super::{Binding, Definition, ImportId, Items, ResolveCx, prelude};
use crate::ast::{self, Ast, Ident, Item, ItemId};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::ModuleId;
use crate::index::{Id, IndexVec};
use crate::source::{FileId, SourceMap, Span};
use crate::symbol::{Interner, Symbol};
use rustc_hash::FxHashSet;
use std::cell::Cell;

/// How far an import is resolved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// Not yet.
    Pending,
    /// This is what it means.
    Done(Definition),
}

/// A `use` as declared.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) module: ModuleId,
    file: FileId,
    item: ItemId,
    /// At least one name.
    path: Vec<Ident>,
    path_span: Span,
    /// The name that it binds.
    name: Ident,
    /// The first byte of the item.
    start: u32,
    public: bool,
    /// Whether its name is bound to it.
    is_bound: bool,
    /// Whether anything used it.
    pub(crate) used: Cell<bool>,
    pub(crate) state: State,
}

impl Import {
    /// The import of an item of a module.
    pub(super) fn new(
        module: ModuleId,
        file: FileId,
        id: ItemId,
        item: &Item,
        import: &ast::Use,
    ) -> Self {
        let path: Vec<Ident> = import.path.segments.iter().map(|segment| segment.ident).collect();
        Self {
            module,
            file,
            item: id,
            name: import.alias.unwrap_or(path[path.len() - 1]),
            path,
            path_span: import.path.span,
            start: item.span.lo,
            public: item.public,
            is_bound: false,
            used: Cell::new(false),
            state: State::Pending,
        }
    }
}

/// Resolves and binds all imports.
pub(super) fn resolve(cx: &mut ResolveCx<'_>) {
    if cx.items.imports.is_empty() {
        return;
    }
    for id in cx.items.imports.ids() {
        bind(cx, id);
    }
    let mut waiting: IndexVec<ImportId, Vec<ImportId>> =
        cx.items.imports.iter().map(|_| Vec::new()).collect();
    let mut blocked: IndexVec<ImportId, Option<ImportId>> =
        cx.items.imports.iter().map(|_| None).collect();
    let mut work: Vec<ImportId> = cx.items.imports.ids().rev().collect();
    while let Some(id) = work.pop() {
        match target(cx, id) {
            Target::Known(definition) => {
                settle(cx, id, definition);
                blocked[id] = None;
                work.append(&mut waiting[id]);
            }
            Target::Waits(other) => {
                blocked[id] = Some(other);
                waiting[other].push(id);
            }
        }
    }
    report_circles(cx, &blocked);
    check_held(cx);
}

/// Binds the name of an import, unless the module has it already.
fn bind(cx: &mut ResolveCx<'_>, id: ImportId) {
    let import = &cx.items.imports[id];
    let (module, name, path_span) = (import.module, import.name, import.path_span);
    let (public, start) = (import.public, import.start);
    if name.name == Symbol::EMPTY {
        cx.items.imports[id].state = State::Done(Definition::Poisoned);
        return;
    }
    check_reserved(cx, name);
    if primitive_again(cx, name) {
        cx.items.imports[id].state = State::Done(Definition::Poisoned);
        return;
    }
    let text = cx.interner.name(name.name);
    if let Some(&first) = cx.items.scopes[module].get(&name.name) {
        let shown = cx.sources.text(path_span);
        let rename = format!("give it another name: `use {shown} as …;`");
        let diagnostic = if first.import.is_some() {
            Diagnostic::new(Code::DuplicateImport, name.span, format!("`{text}` is imported twice"))
                .label("imported again here")
                .also(first.span, "first imported here")
        } else {
            let message = format!("`{text}` is imported, and declared in the same module");
            Diagnostic::new(Code::DuplicateBinding, name.span, message)
                .label("imported here")
                .also(first.span, "declared here")
        };
        return cx.report(diagnostic.help(rename));
    }
    let binding = Binding {
        definition: Definition::Poisoned,
        public,
        import: Some(id),
        reserved: text.starts_with("__"),
        span: name.span,
        item: start,
    };
    cx.items.scopes[module].insert(name.name, binding);
    cx.items.imports[id].is_bound = true;
}

/// Notes what an import means.
fn settle(cx: &mut ResolveCx<'_>, id: ImportId, definition: Definition) {
    let import = &mut cx.items.imports[id];
    import.state = State::Done(definition);
    let (module, name) = (import.module, import.name.name);
    if import.is_bound
        && let Some(binding) = cx.items.scopes[module].get_mut(&name)
    {
        binding.definition = definition;
    }
}

/// What looking at an import gives.
enum Target {
    /// What it means; poisoned if that was reported.
    Known(Definition),
    /// Nothing before this one is resolved.
    Waits(ImportId),
}

/// Follows the path of an import.
fn target(cx: &mut ResolveCx<'_>, id: ImportId) -> Target {
    let items = &cx.items;
    let import = &items.imports[id];
    if import.state != State::Pending {
        return Target::Known(Definition::Poisoned);
    }
    let from = import.module;
    let first = import.path[0];
    let poisoned = Target::Known(Definition::Poisoned);
    let Some(start) = start(items, from, first.name) else {
        let diagnostic = no_start(cx, id);
        cx.diagnostics.extend(diagnostic);
        return poisoned;
    };
    let mut found = Definition::Module(start);
    let mut visible = is_public(items, start);
    for (index, &name) in import.path.iter().enumerate().skip(1) {
        let why = match found {
            Definition::Poisoned => return poisoned,
            Definition::Module(of) => match items.step(of, name.name, from) {
                Step::Found { definition, public } => {
                    (found, visible) = (definition, public);
                    continue;
                }
                // `use Net.Http;` in `Net` itself brings in the module that lies in the folder.
                Step::Pending(other) if other == id => {
                    let Some(&held) = items.tree.nodes[of].holds.get(&name.name) else {
                        return Target::Waits(other);
                    };
                    (found, visible) = (Definition::Module(held), true);
                    continue;
                }
                Step::Pending(other) => return Target::Waits(other),
                Step::Private(_) | Step::Unknown => match items.member(of, name, from) {
                    Ok(_) => return poisoned,
                    Err(why) => why,
                },
            },
            other => super::path::Why::NotModule(other),
        };
        let explain = Explain { items, interner: cx.interner, from, reported: cx.diagnostics };
        let failure = super::path::PathFailure { at: index, why };
        let diagnostic = explain.failure(&import.path, failure);
        let near = match (&diagnostic, found) {
            (Some(found_near), Definition::Module(of)) if index + 1 == import.path.len() => {
                suggested(items, cx.interner, of, found_near)
            }
            _ => None,
        };
        cx.diagnostics.extend(diagnostic);
        if let Some(near) = near {
            poison_suggested(cx, id, near);
        }
        return poisoned;
    }
    if import.public && !re_exports(items, found, visible) {
        let diagnostic = private_re_export(cx, id, found);
        cx.report(diagnostic);
        return poisoned;
    }
    Target::Known(found)
}

/// The name of a module that a diagnostic suggests.
fn suggested(
    items: &Items,
    interner: &Interner,
    of: ModuleId,
    diagnostic: &Diagnostic,
) -> Option<Symbol> {
    if diagnostic.code != Code::UnknownImport {
        return None;
    }
    let [edit] = diagnostic.fixes.first()?.edits.as_slice() else { return None };
    items.scopes[of].keys().copied().find(|&name| interner.name(name) == edit.replacement)
}

/// What a misspelt import was meant to bring is known, so that its uses are no further mistakes.
fn poison_suggested(cx: &mut ResolveCx<'_>, id: ImportId, name: Symbol) {
    let import = &cx.items.imports[id];
    let (module, span, item) = (import.module, import.name.span, import.start);
    let definition = Definition::Poisoned;
    let binding =
        Binding { definition, public: false, import: Some(id), reserved: false, span, item };
    cx.items.scopes[module].entry(name).or_insert(binding);
}

/// The module that the first name of an import's path means: one that is declared around it, or one at the
/// top of the program.
fn start(items: &Items, from: ModuleId, name: Symbol) -> Option<ModuleId> {
    let nested = items.tree.around(from).find_map(|module| {
        let held = items.tree.nodes[module].holds.get(&name).copied();
        held.filter(|&held| items.tree.enclosing(held).is_some())
    });
    nested.or_else(|| items.tree.top(from, name))
}

/// Whether a module at the start of a path is visible outside of the module around it.
fn is_public(items: &Items, start: ModuleId) -> bool {
    let Some(around) = items.tree.enclosing(start) else { return true };
    let name = items.tree.nodes[start].name;
    items.scopes[around].get(&name).is_some_and(|binding| binding.public)
}

/// Whether something may be handed on to modules that see the import.
fn re_exports(items: &Items, found: Definition, visible: bool) -> bool {
    match found {
        Definition::Functions(set) => items.function_sets[set].public.is_some(),
        Definition::Poisoned => true,
        _ => visible,
    }
}

/// E1501 for a `pub use` of something private.
fn private_re_export(cx: &ResolveCx<'_>, id: ImportId, found: Definition) -> Diagnostic {
    let import = &cx.items.imports[id];
    let last = import.path[import.path.len() - 1];
    let (text, kind) = (cx.interner.name(last.name), kind(&cx.items, found));
    let message = format!("`{text}` is private, and cannot be re-exported");
    Diagnostic::new(Code::PrivateItem, last.span, message)
        .label(format!("{kind} that is visible in its module alone"))
        .help(format!("declare `{text}` with `pub`, or import it without"))
}

/// Why an import's path has no beginning; nothing if that was reported.
fn no_start(cx: &ResolveCx<'_>, id: ImportId) -> Option<Diagnostic> {
    let items = &cx.items;
    let import = &items.imports[id];
    let (from, first) = (import.module, import.path[0]);
    if first.name == Symbol::EMPTY || cx.broken.lost_items(import.file) {
        return None;
    }
    let text = cx.interner.name(first.name);
    let explain = Explain { items, interner: cx.interner, from, reported: cx.diagnostics };
    let mut scopes = items.tree.around(from).map(|module| &items.scopes[module]);
    let binding = scopes
        .find_map(|scope| scope.get(&first.name).filter(|binding| binding.import != Some(id)));
    if let Some(binding) = binding {
        if let Some(other) = binding.import {
            let path: Vec<&str> =
                items.imports[other].path.iter().map(|name| cx.interner.name(name.name)).collect();
            let message = format!("`{text}` is an import, and no path of another one starts there");
            return Some(
                Diagnostic::new(Code::UnknownImport, first.span, message)
                    .also(binding.span, "imported here")
                    .fix("write the whole path", first.span, path.join(".")),
            );
        }
        if binding.definition == Definition::Poisoned {
            return None;
        }
        let kind = kind(items, binding.definition);
        let message = format!("`{text}` is {kind}, not a module");
        return Some(
            Diagnostic::new(Code::UnknownImport, first.span, message)
                .also(binding.span, "declared here"),
        );
    }
    let in_prelude = prelude::lookup(first.name).is_some()
        || items.scopes[items.prelude()].contains_key(&first.name);
    if in_prelude {
        return Some(explain.in_prelude(first));
    }
    // A path that leaves out where the module lies.
    let lies = items.tree.nodes.enumerate().find(|(module, node)| {
        node.name == first.name
            && node.is_placed
            && items.tree.enclosing(*module).is_none()
            && items.tree.reaches(from, *module)
    });
    Some(match lies {
        Some((module, _)) => {
            let path = shown(items, cx.interner, module);
            let message = format!("there is no module `{text}` at the top of the program");
            Diagnostic::new(Code::UnknownImport, first.span, message).fix(
                format!("did you mean `{path}`?"),
                first.span,
                path,
            )
        }
        None => explain.no_module(first),
    })
}

/// Reports imports that wait for themselves.
fn report_circles(cx: &mut ResolveCx<'_>, blocked: &IndexVec<ImportId, Option<ImportId>>) {
    // By import: the walk that came to it first.
    let mut seen: IndexVec<ImportId, usize> = blocked.iter().map(|_| usize::MAX).collect();
    for id in blocked.ids() {
        let mut at = id;
        while seen[at] == usize::MAX {
            seen[at] = id.index();
            match blocked[at] {
                Some(next) => at = next,
                None => break,
            }
        }
        // A walk that comes back to itself has found a circle.
        if blocked[at].is_none() || seen[at] != id.index() {
            continue;
        }
        let mut members = vec![at];
        let mut next = blocked[at];
        while let Some(member) = next.filter(|&member| member != at) {
            members.push(member);
            next = blocked[member];
        }
        members.sort_unstable();
        report_circle(cx, &members);
    }
    for id in blocked.ids() {
        if blocked[id].is_some() {
            settle(cx, id, Definition::Poisoned);
        }
    }
}

fn report_circle(cx: &mut ResolveCx<'_>, members: &[ImportId]) {
    let import = &cx.items.imports[members[0]];
    let text = cx.sources.text(import.path_span);
    let message = match members.len() {
        1 => format!("the import of `{text}` refers to itself"),
        _ => format!("the import of `{text}` comes back to itself"),
    };
    let mut diagnostic = Diagnostic::new(Code::UnknownImport, import.path_span, message)
        .note("no module of the circle declares it");
    for &member in members[1..].iter().take(4) {
        let span = cx.items.imports[member].path_span;
        diagnostic = diagnostic.also(span, "by way of this import");
    }
    cx.report(diagnostic);
}

/// Reports re-exports that hide a file or folder of the same path.
fn check_held(cx: &mut ResolveCx<'_>) {
    for id in cx.items.imports.ids() {
        let import = &cx.items.imports[id];
        let State::Done(definition) = import.state else { continue };
        let node = &cx.items.tree.nodes[import.module];
        let Some(&held) = node.holds.get(&import.name.name) else { continue };
        if !import.is_bound
            || !import.public
            || matches!(definition, Definition::Poisoned)
            || definition == Definition::Module(held)
        {
            continue;
        }
        let text = cx.interner.name(import.name.name);
        let message = format!("`{}.{text}` is a re-export and a module", node.path);
        let place = cx.items.tree.nodes[held].place;
        let diagnostic = Diagnostic::new(Code::DuplicateBinding, import.name.span, message)
            .label("re-exported here")
            .also(place, "the module is here")
            .help("re-export it under another name with `as`");
        cx.report(diagnostic);
    }
}

/// Reports imports that nothing uses (W1503), in files without errors: where something is broken, more
/// may have been used.
pub(crate) fn report_unused(
    items: &Items,
    asts: &IndexVec<FileId, Ast>,
    sources: &SourceMap,
    interner: &Interner,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let unused = |import: &&Import| import.is_bound && !import.public && !import.used.get();
    if !items.imports.iter().any(|import| unused(&import)) {
        return;
    }
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
    let broken: FxHashSet<FileId> =
        errors.map(|diagnostic| sources.file_of(diagnostic.span())).collect();
    for import in items.imports.iter().filter(unused) {
        if sources.is_dependency(import.file)
            || broken.contains(&import.file)
            || import.state == State::Done(Definition::Poisoned)
        {
            continue;
        }
        let text = interner.name(import.name.name);
        let mut whole = asts[import.file].items[import.item].span;
        let file = sources.file(import.file);
        if file.text[(whole.hi - file.base) as usize..].starts_with('\n') {
            whole.hi += 1;
        }
        let message = format!("the import `{text}` is never used");
        diagnostics.push(Diagnostic::new(Code::UnusedImport, import.path_span, message).fix(
            "remove it",
            whole,
            "",
        ));
    }
}
