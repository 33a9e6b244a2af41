//! Tests: their bodies, and the constants of their `meta` and `skip` sections (language.md §16).
//!
//! *Invariants.* A body is that of a function which takes and returns nothing.

use super::coerce::Reason;
use super::constant::{self, Place};
use super::{ResultOf, Subject, TypeckCx, control};
use crate::ast::{self, ItemKind, TestEntry};
use crate::diagnostics::suggest::nearest_if_shown;
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{Body, Constant, ModuleId, Skip};
use crate::resolve::Generics;
use crate::resolve::tests::TestItem;
use crate::source::Span;
use crate::types::Ty;

/// What a test says of itself, and its body.
pub(crate) struct CheckedTest {
    pub(crate) module: ModuleId,
    pub(crate) name: ast::Ident,
    pub(crate) tags: Vec<String>,
    pub(crate) group: Option<String>,
    pub(crate) skip: Skip,
    pub(crate) item: Span,
    pub(crate) body: Body,
}

/// A key of a section.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Tags,
    Group,
    Condition,
    Reason,
}

/// A section: its word, and the keys it takes with their types.
struct Section {
    word: &'static str,
    keys: [(&'static str, Key, Ty); 2],
}

const META: Section = Section {
    word: "meta",
    keys: [("tags", Key::Tags, Ty::STRING), ("group", Key::Group, Ty::STRING)],
};

const SKIP: Section = Section {
    word: "skip",
    keys: [("condition", Key::Condition, Ty::BOOL), ("reason", Key::Reason, Ty::STRING)],
};

/// Checks all tests of the program's own package, in order.
pub(crate) fn check(cx: &mut TypeckCx<'_>) -> Vec<CheckedTest> {
    let items = cx.items;
    let sources = cx.sources;
    let own = items.tests.iter().filter(|item| !sources.is_dependency(item.file));
    own.filter_map(|item| check_test(cx, item)).collect()
}

fn check_test(cx: &mut TypeckCx<'_>, item: &TestItem) -> Option<CheckedTest> {
    let asts = cx.asts;
    let source = &asts[item.file].items[item.item];
    let ItemKind::Test(test) = &source.kind else { return None };
    let (mut tags, mut group, mut condition, mut reason) = (Vec::new(), None, None, None);
    let meta = section(cx, item, &META, &test.meta);
    for (key, value) in meta.into_iter().chain(section(cx, item, &SKIP, &test.skip)) {
        match (key, value) {
            (Key::Tags, Constant::String(text)) => {
                let parts = text.split(',').map(str::trim).filter(|tag| !tag.is_empty());
                tags.extend(parts.map(str::to_owned));
            }
            (Key::Group, Constant::String(text)) => group = Some(text.into_string()),
            (Key::Condition, Constant::Bool(value)) => condition = Some(value),
            (Key::Reason, Constant::String(text)) => reason = Some(text.into_string()),
            _ => {}
        }
    }
    // A reason alone is a reason to skip.
    let skip = match condition.unwrap_or(reason.is_some()) {
        true => Skip::Yes(reason),
        false => Skip::No,
    };
    let body = check_body(cx, item, source.span, &test.body);
    let (module, name) = (item.module, item.name);
    Some(CheckedTest { module, name, tags, group, skip, item: source.span, body })
}

fn check_body<'a>(
    cx: &mut TypeckCx<'a>,
    item: &TestItem,
    span: Span,
    block: &'a ast::Block,
) -> Body {
    cx.enter_body(item.file, item.module, None, &Generics::from([]), span);
    cx.result = ResultOf { ty: Ty::UNIT, span: item.name.span, of: Subject::Test };
    cx.name_span = item.name.span;
    cx.scopes.enter();
    control::check_body(cx, block);
    cx.leave_scope(block.span);
    std::mem::replace(&mut cx.body, Body::EMPTY)
}

/// The values of a section's entries.
fn section(
    cx: &mut TypeckCx<'_>,
    item: &TestItem,
    section: &Section,
    entries: &[TestEntry],
) -> Vec<(Key, Constant)> {
    let mut first: [Option<Span>; 2] = [None; 2];
    let mut values = Vec::new();
    for entry in entries {
        let (text, span) = (cx.text(entry.key.name), entry.key.span);
        let Some(index) = section.keys.iter().position(|&(name, ..)| name == text) else {
            let diagnostic = unknown_key(cx, section, text, span);
            cx.report(diagnostic);
            continue;
        };
        if let Some(first) = first[index] {
            let message = format!("`{text}` is given twice");
            cx.report(
                Diagnostic::new(Code::DuplicateTestKey, span, message)
                    .label("given again here")
                    .also(first, "first given here"),
            );
            continue;
        }
        first[index] = Some(span);
        let (name, key, ty) = section.keys[index];
        let place = Place { file: item.file, module: item.module, span: item.name.span };
        let value = constant::value(cx, place, entry.value, ty, Reason::TestEntry(name));
        values.extend(value.map(|value| (key, value)));
    }
    values
}

/// E1011
fn unknown_key(cx: &TypeckCx<'_>, section: &Section, text: &str, span: Span) -> Diagnostic {
    let message = format!("`{}` has no key `{text}`", section.word);
    let diagnostic = Diagnostic::new(Code::UnknownTestKey, span, message);
    let other = if section.word == META.word { &SKIP } else { &META };
    if other.keys.iter().any(|&(name, ..)| name == text) {
        return diagnostic.help(format!("`{text}` belongs to `{} {{ … }}`", other.word));
    }
    let names = section.keys.iter().map(|&(name, ..)| name);
    let near = match text {
        "tag" | "category" => Some("tags"),
        "enabled" | "disabled" => Some("condition"),
        "because" | "message" => Some("reason"),
        _ => nearest_if_shown(cx.diagnostics, text, names),
    };
    match near.filter(|&near| section.keys.iter().any(|&(name, ..)| name == near)) {
        Some(near) => diagnostic.fix(format!("did you mean `{near}`?"), span, near),
        None => {
            let [(a, ..), (b, ..)] = section.keys;
            diagnostic.note(format!("its keys are `{a}` and `{b}`"))
        }
    }
}
