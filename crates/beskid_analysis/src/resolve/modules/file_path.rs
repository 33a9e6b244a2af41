//! The path that a file's module has: what its `mod A.B;` says, else where the file lies
//! (language.md §13.1).
//!
//! *Invariants.* A path that cannot be one was reported, and its module is not placed.

use rustc_hash::FxHashSet;

use super::Builder;
use crate::ast::{Ident, ItemKind};
use crate::diagnostics::{Code, Diagnostic};
use crate::lexer::TokenKind;
use crate::resolve::{collect, prelude};
use crate::source::{FileId, Span};
use crate::symbol::{Interner, Symbol};

/// The path of a file's module.
pub(super) struct FilePath {
    pub(super) parts: Vec<Symbol>,
    pub(super) place: Span,
    /// Whether the module has a place in the tree.
    pub(super) is_placed: bool,
}

/// The path of a file: its own declaration, or where the file lies.
pub(super) fn file_path(
    cx: &mut Builder<'_>,
    file: FileId,
    interner: &mut Interner,
    wrong_folders: &mut FxHashSet<String>,
) -> FilePath {
    if let Some((parts, place)) = declared_path(cx, file, interner) {
        let is_placed = parts.iter().all(|part| is_usable(cx, *part, interner));
        return FilePath { parts: parts.iter().map(|part| part.name).collect(), place, is_placed };
    }
    let source = cx.sources.file(file);
    let place = source.span().start();
    let Some(module) = &source.module else {
        let stem = stem(&source.name);
        return FilePath { parts: vec![interner.intern(&stem)], place, is_placed: false };
    };
    let texts: Vec<&str> = module.split('/').collect();
    let wrong = texts.iter().position(|part| !is_module_name(part));
    if let Some(wrong) = wrong {
        // A wrong folder is said once, not for all of its files.
        if wrong + 1 == texts.len() || wrong_folders.insert(texts[..=wrong].join("/")) {
            let diagnostic = wrong_name(&source.name, &texts, wrong, place);
            cx.diagnostics.push(diagnostic);
        }
    }
    let parts = texts.into_iter().map(|part| interner.intern(part)).collect();
    FilePath { parts, place, is_placed: wrong.is_none() }
}

/// E1508 for a part of a file's path.
fn wrong_name(file: &str, parts: &[&str], wrong: usize, place: Span) -> Diagnostic {
    let part = parts[wrong];
    let why = match part {
        "" => "it has no name".to_owned(),
        _ if TokenKind::keyword(part).is_some() => format!("`{part}` is a keyword"),
        _ if part.starts_with("__") => {
            format!("`{part}` begins with `__`, as names of the core library do")
        }
        "_" => "`_` is the wildcard".to_owned(),
        _ if is_identifier(part) => format!("`{part}` is a primitive type"),
        _ => format!("`{part}` is no identifier"),
    };
    let message = format!("`{file}` cannot be a module: {why}");
    let diagnostic = Diagnostic::new(Code::ModuleName, place, message)
        .note("the path of a file is the path of its module: `Net/Http.bd` is `Net.Http`");
    let is_folder = wrong + 1 < parts.len();
    let what = if is_folder { "the folder" } else { "the file" };
    let letters = part.trim_start_matches("__").chars();
    let name: String =
        letters.map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    if !is_module_name(&name) || name == part {
        return diagnostic.help(format!(
            "rename {what}, or begin the file with its path, as in `mod Net.Http;`"
        ));
    }
    let mut path = parts.to_vec();
    path[wrong] = &name;
    let path = path.join(".");
    diagnostic.help(format!("call {what} `{name}`, or begin the file with `mod {path};`"))
}

/// The path that a file declares; reports what is wrong with its `mod` items.
fn declared_path(
    cx: &mut Builder<'_>,
    file: FileId,
    interner: &Interner,
) -> Option<(Vec<Ident>, Span)> {
    let ast = &cx.asts[file];
    let mut found: Option<(Vec<Ident>, Span)> = None;
    for (index, &id) in ast.root.iter().enumerate() {
        let item = &ast.items[id];
        let ItemKind::Mod(module) = &item.kind else { continue };
        let span = module.path.span;
        match (&module.items, &found) {
            (None, None) => {
                if index > 0 {
                    let first = ast.items[ast.root[0]].span;
                    let text = cx.sources.text(span);
                    let diagnostic = not_first(span)
                        .also(first.start(), "the first item is here")
                        .help(format!("begin the file with `mod {text};`"));
                    cx.diagnostics.push(diagnostic);
                }
                let parts = module.path.segments.iter().map(|segment| segment.ident);
                found = Some((parts.collect(), span));
            }
            (None, Some((_, first))) => {
                let message = "a file declares its module once";
                let diagnostic = Diagnostic::new(Code::ModuleTwice, span, message)
                    .label("declared again here")
                    .also(*first, "first declared here")
                    .fix("remove it", item.span, "");
                cx.diagnostics.push(diagnostic);
            }
            (Some(_), Some((path, first))) => {
                let names: Vec<&str> = path.iter().map(|part| interner.name(part.name)).collect();
                let (path, inner) = (names.join("."), module.path.segments[0].ident);
                let inner = interner.name(inner.name);
                let message = "a file that declares its own module nests no others";
                let diagnostic = Diagnostic::new(Code::NestedBesideModule, span, message)
                    .label("a nested module")
                    .also(*first, "the module of the file is declared here")
                    .help(format!(
                        "put it into a file of its own, which begins `mod {path}.{inner};`"
                    ));
                cx.diagnostics.push(diagnostic);
            }
            (Some(_), None) => {}
        }
    }
    found
}

/// E1505.
pub(super) fn not_first(span: Span) -> Diagnostic {
    let message = "the `mod` declaration of a file is its first item";
    Diagnostic::new(Code::ModuleNotFirst, span, message)
}

/// Whether a name in a `mod` declaration can be that of a module.
fn is_usable(cx: &mut Builder<'_>, name: Ident, interner: &Interner) -> bool {
    let text = interner.name(name.name);
    if text.starts_with("__") {
        cx.diagnostics.push(collect::reserved(name.span, text));
    } else if prelude::primitive(name.name).is_some() {
        let message = format!("`{text}` is a primitive type, and cannot be the name of a module");
        cx.diagnostics.push(Diagnostic::new(Code::ModuleName, name.span, message));
    }
    is_module_name(text)
}

fn is_identifier(text: &str) -> bool {
    let mut letters = text.bytes();
    letters.next().is_some_and(|first| first == b'_' || first.is_ascii_alphabetic())
        && letters.all(|letter| letter == b'_' || letter.is_ascii_alphanumeric())
}

/// Whether a name is that of a primitive type.
#[must_use]
pub fn is_primitive_name(text: &str) -> bool {
    prelude::PRIMITIVE_NAMES.contains(&text)
}

/// Whether paths can have a name for a module.
#[must_use]
pub fn is_module_name(text: &str) -> bool {
    is_identifier(text)
        && text != "_"
        && !text.starts_with("__")
        && TokenKind::keyword(text).is_none()
        && !is_primitive_name(text)
}

/// The module of a file that is a program alone: its stem, as a name.
fn stem(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = name.strip_suffix(".bd").unwrap_or(name);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let path: String = stem.chars().map(|c| if is_part(c) { c } else { '_' }).collect();
    if path.is_empty() || path.starts_with(|c: char| c.is_ascii_digit()) {
        return format!("_{path}");
    }
    path
}
