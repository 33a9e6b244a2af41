//! What the blocks of manifests have in common: known keys, values that must be there, names that stand once.
//!
//! *Invariants.* Everything that is wrong is reported at its place, with the nearest word that is known.

use std::path::{Component, Path, PathBuf};

use beskid_analysis::diagnostics::{Code, Diagnostic, suggest};

use super::manifest::{Block, Entry, Word};

/// Whether a name is none of those before it; reports it if it is.
pub(super) fn is_new<'n>(
    name: &Word,
    mut before: impl Iterator<Item = &'n Word>,
    what: &str,
    found: &mut Vec<Diagnostic>,
) -> bool {
    let Some(first) = before.find(|other| other.text == name.text) else { return true };
    let message = format!("there are two {what} `{}`", name.text);
    found.push(
        Diagnostic::new(Code::ManifestBlock, name.span, message)
            .also(first.span, "the first one")
            .help("give them different names"),
    );
    false
}

/// A diagnostic for a word that is none of those that are known, with the one that may be meant, or all.
pub(super) fn with_nearest(
    diagnostic: Diagnostic,
    word: &Word,
    known: &[&str],
    all: &str,
) -> Diagnostic {
    match suggest::nearest(&word.text, known.iter().copied()) {
        Some(near) => diagnostic.fix(format!("did you mean `{near}`?"), word.span, near),
        None => diagnostic.note(all),
    }
}

/// The entries of the known keys, in their order; reports unknown keys and those that stand twice.
pub(super) fn keys<'b>(
    block: &'b Block,
    known: &[&str],
    found: &mut Vec<Diagnostic>,
) -> Vec<Option<&'b Entry>> {
    let mut entries = vec![None; known.len()];
    for entry in &block.entries {
        let key = &entry.key;
        let Some(index) = known.iter().position(|name| *name == key.text) else {
            let message = format!("`{}` means nothing in `{}`", key.text, block.word.text);
            let diagnostic = Diagnostic::new(Code::UnknownManifestKey, key.span, message);
            let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            let all = format!("its keys are {}", names.join(", "));
            found.push(with_nearest(diagnostic, key, known, &all));
            continue;
        };
        match entries[index] {
            None => entries[index] = Some(entry),
            Some(first) => {
                let first: &Entry = first;
                let message = format!("`{}` stands twice", key.text);
                found.push(
                    Diagnostic::new(Code::ManifestBlock, key.span, message)
                        .also(first.key.span, "first given here"),
                );
            }
        }
    }
    entries
}

/// The value of a key that must be there.
pub(super) fn required(
    block: &Block,
    entry: Option<&Entry>,
    key: &str,
    example: &str,
    found: &mut Vec<Diagnostic>,
) -> Option<Word> {
    if entry.is_none() {
        let what = match &block.label {
            Some(label) => format!("the {} `{}`", block.word.text, label.text),
            None => format!("the {}", block.word.text),
        };
        let message = format!("{what} has no `{key}`");
        found.push(
            Diagnostic::new(Code::ManifestBlock, block.word.span, message)
                .help(format!("add `{key} = {example}`")),
        );
    }
    entry.map(|entry| entry.value.clone())
}

/// A path that leads to something below a folder; `rule` says of which.
pub(super) fn path(value: &Word, rule: &str, found: &mut Vec<Diagnostic>) -> Option<Word> {
    let mut parts = Path::new(&value.text).components();
    let inside = parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if inside && !value.text.is_empty() && !value.text.contains('\0') {
        // `./Main.bd` is `Main.bd`.
        let plain: PathBuf = Path::new(&value.text)
            .components()
            .filter(|part| matches!(part, Component::Normal(_)))
            .collect();
        let text = plain.to_string_lossy().into_owned();
        return Some(Word { text, span: value.span });
    }
    found.push(
        Diagnostic::new(Code::ManifestValue, value.span, rule)
            .label("a path that leads out of it, or nowhere")
            .help("write a relative path without `..`"),
    );
    None
}
