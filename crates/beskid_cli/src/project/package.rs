//! What a manifest says of its project (tools.md §2), and whether the project has the files for it.
//!
//! *Invariants.* Everything that is wrong is reported, with its place in the manifest.

use std::fs;
use std::path::{Component, Path, PathBuf};

use beskid_analysis::diagnostics::{Code, Diagnostic, suggest};
use beskid_analysis::is_module_name;
use beskid_analysis::source::Span;

use super::manifest::{Block, Entry, Word};
use crate::folder::shown;
use crate::source;

/// Where sources lie if a project does not say.
const ROOT: &str = "Src";

/// What the blocks of a manifest are.
const BLOCKS: [&str; 3] = ["project", "target", "dependency"];

/// What a target is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A program.
    App,
    /// Modules for others.
    Lib,
    /// Tests.
    Test,
}

const KINDS: [(&str, Kind); 3] = [("App", Kind::App), ("Lib", Kind::Lib), ("Test", Kind::Test)];

/// A `target` block.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) name: Word,
    pub(super) kind: Kind,
    /// The entry file under the root.
    pub(super) entry: Option<Word>,
}

/// A `dependency` block.
#[derive(Debug)]
pub(super) struct Dependency {
    /// What its modules lie under.
    pub(super) label: Word,
    /// The folder of the project, from that of the manifest.
    pub(super) path: Word,
}

/// What a manifest says.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) name: Word,
    /// The folder of the sources.
    pub(super) root: Word,
    pub(super) targets: Vec<Target>,
    pub(super) dependencies: Vec<Dependency>,
}

/// What the blocks of a manifest say, whose text begins at `start`; nothing if that is not enough.
pub(super) fn read(blocks: &[Block], start: Span, found: &mut Vec<Diagnostic>) -> Option<Project> {
    let mut dependencies: Vec<Dependency> = Vec::new();
    let mut own: Option<&Block> = None;
    let mut targets: Vec<Target> = Vec::new();
    let mut any_target = false;
    for block in blocks {
        let word = &block.word;
        match word.text.as_str() {
            "project" => {
                if let Some(first) = own {
                    let message = "a manifest has one `project`";
                    found.push(
                        Diagnostic::new(Code::ManifestBlock, word.span, message)
                            .label("declared again here")
                            .also(first.word.span, "first declared here"),
                    );
                    continue;
                }
                own = Some(block);
            }
            "target" => {
                any_target = true;
                let target = read_target(block, found);
                if let Some(target) = target
                    && is_new(&target.name, targets.iter().map(|t| &t.name), "targets", found)
                {
                    targets.push(target);
                }
            }
            "dependency" => {
                let dependency = read_dependency(block, found);
                let labels = dependencies.iter().map(|d| &d.label);
                if let Some(dependency) = dependency
                    && is_new(&dependency.label, labels, "dependencies", found)
                {
                    dependencies.push(dependency);
                }
            }
            other => {
                let message = format!("`{other}` is no block of a manifest");
                let diagnostic = Diagnostic::new(Code::ManifestBlock, word.span, message);
                let all = "the blocks are `project`, `target` and `dependency`";
                found.push(with_nearest(diagnostic, word, &BLOCKS, all));
            }
        }
    }
    let Some(block) = own else {
        found.push(
            Diagnostic::new(Code::ManifestBlock, start, "the manifest has no `project`")
                .help("begin with `project { name = \"MyApp\" }`"),
        );
        return None;
    };
    if !any_target {
        found.push(
            Diagnostic::new(Code::ManifestBlock, block.word.span, "the project has no `target`")
                .help("add one: `target \"App\" { kind = App  entry = \"Main.bd\" }`"),
        );
    }
    if let Some(label) = &block.label {
        let message = "the name of a project is the value of its key `name`";
        found.push(
            Diagnostic::new(Code::ManifestBlock, label.span, message)
                .help(format!("write `project {{ name = \"{}\" }}`", label.text)),
        );
    }
    let keys = keys(block, &["name", "version", "root"], found);
    let name = required(block, keys[0], "name", "\"MyApp\"", found);
    if let Some(name) = &name
        && (name.text.is_empty()
            || name.text.contains(['/', '\\', '\0'])
            || name.text.starts_with('.'))
    {
        let message = "the name of a project is that of its outputs, and names no other folder";
        found.push(Diagnostic::new(Code::ManifestValue, name.span, message));
    }
    let root = match keys[2] {
        Some(entry) => path(&entry.value, "the root", found),
        None => Some(Word { text: ROOT.to_owned(), span: block.word.span }),
    };
    Some(Project { name: name?, root: root?, targets, dependencies })
}

/// Whether a name is none of those before it; reports it if it is.
fn is_new<'n>(
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

fn read_dependency(block: &Block, found: &mut Vec<Diagnostic>) -> Option<Dependency> {
    const SOURCES: [&str; 3] = ["path", "git", "registry"];
    let keys = keys(block, &["source", "path", "url", "rev", "name", "version"], found);
    let Some(label) = &block.label else {
        let message = "a dependency has a label, under which its modules lie";
        found.push(
            Diagnostic::new(Code::ManifestBlock, block.word.span, message)
                .help("write it behind the word: `dependency \"Json\" { … }`"),
        );
        return None;
    };
    if !is_module_name(&label.text) {
        let message = format!("`{}` cannot begin a path", label.text);
        found.push(
            Diagnostic::new(Code::ManifestValue, label.span, message)
                .label("the label of a dependency is a name, as that of a module"),
        );
        return None;
    }
    // A path alone says what it is.
    let source = match (keys[0], keys[1]) {
        (None, Some(_)) => "path",
        _ => &required(block, keys[0], "source", "path", found)?.text,
    };
    let place = keys[0].map_or(block.word.span, |source| source.value.span);
    match source {
        "path" => {}
        "git" => {
            let message = "dependencies from `git` are not supported yet";
            found.push(
                Diagnostic::new(Code::NotSupported, place, message)
                    .help("keep a copy beside the project, with `source = path`"),
            );
            return None;
        }
        "registry" => {
            let message = "there is no registry of packages yet";
            found.push(
                Diagnostic::new(Code::NotSupported, place, message)
                    .help("depend on a folder, with `source = path`"),
            );
            return None;
        }
        other => {
            let message = format!("`{other}` is no source of packages");
            let diagnostic = Diagnostic::new(Code::ManifestValue, place, message);
            let word = Word { text: other.to_owned(), span: place };
            let all = "the sources are `path`, `git` and `registry`";
            found.push(with_nearest(diagnostic, &word, &SOURCES, all));
            return None;
        }
    }
    for entry in keys[2..].iter().flatten() {
        let message = format!("`{}` means nothing for a dependency on a path", entry.key.text);
        found.push(Diagnostic::new(Code::UnknownManifestKey, entry.key.span, message));
    }
    let path = required(block, keys[1], "path", &format!("\"../{}\"", label.text), found)?;
    if path.text.is_empty() || path.text.contains('\0') {
        let message = "the path of a dependency is the folder of a project";
        found.push(Diagnostic::new(Code::ManifestValue, path.span, message));
        return None;
    }
    Some(Dependency { label: label.clone(), path })
}

fn read_target(block: &Block, found: &mut Vec<Diagnostic>) -> Option<Target> {
    let keys = keys(block, &["kind", "entry"], found);
    let Some(name) = &block.label else {
        let message = "a target has a name";
        found.push(
            Diagnostic::new(Code::ManifestBlock, block.word.span, message)
                .help("write it behind the word: `target \"App\" { … }`"),
        );
        return None;
    };
    if name.text.is_empty() || name.text.contains(['/', '\\', '\0']) || name.text.starts_with('.') {
        let message = "the name of a target may be that of an output, and names no other folder";
        found.push(Diagnostic::new(Code::ManifestValue, name.span, message));
        return None;
    }
    let kind = required(block, keys[0], "kind", "App", found)?;
    let Some(&(_, kind)) = KINDS.iter().find(|(word, _)| *word == kind.text) else {
        let message = format!("`{}` is no kind of target", kind.text);
        let diagnostic = Diagnostic::new(Code::ManifestValue, kind.span, message);
        let all = "the kinds are `App`, `Lib` and `Test`";
        found.push(with_nearest(diagnostic, &kind, &KINDS.map(|(word, _)| word), all));
        return None;
    };
    let entry = match (keys[1], kind) {
        (Some(entry), _) => Some(path(&entry.value, "the entry", found)?),
        (None, Kind::App) => {
            required(block, None, "entry", "\"Main.bd\"", found);
            return None;
        }
        (None, Kind::Lib | Kind::Test) => None,
    };
    Some(Target { name: name.clone(), kind, entry })
}

/// A diagnostic for a word that is none of those that are known, with the one that may be meant, or all.
fn with_nearest(diagnostic: Diagnostic, word: &Word, known: &[&str], all: &str) -> Diagnostic {
    match suggest::nearest(&word.text, known.iter().copied()) {
        Some(near) => diagnostic.fix(format!("did you mean `{near}`?"), word.span, near),
        None => diagnostic.note(all),
    }
}

/// The entries of the known keys, in their order; reports unknown keys and those that stand twice.
fn keys<'b>(
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
fn required(
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

/// A path that leads to something below a folder.
fn path(value: &Word, what: &str, found: &mut Vec<Diagnostic>) -> Option<Word> {
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
    let message = format!("{what} lies inside of the project");
    found.push(
        Diagnostic::new(Code::ManifestValue, value.span, message)
            .label("a path that leads out of it, or nowhere")
            .help("write a relative path without `..`"),
    );
    None
}

/// E3004 for a root, or the entry of a target, that is not there.
pub(super) fn check_files(
    folder: &Path,
    project: &Project,
    target: Option<&Target>,
    found: &mut Vec<Diagnostic>,
) {
    let root = folder.join(&project.root.text);
    let missing = |what: &str, path: &Path, span: Span| {
        Diagnostic::new(Code::ManifestEntry, span, format!("there is no {what} `{}`", shown(path)))
    };
    if !root.is_dir() {
        let diagnostic = missing("folder", &root, project.root.span);
        return found.push(diagnostic.note(format!(
            "the sources of a project lie in its `root`, which is `{ROOT}` if it is left out"
        )));
    }
    let Some(entry) = target.and_then(|target| target.entry.as_ref()) else { return };
    let path = root.join(&entry.text);
    if path.is_file() && path.extension().is_some_and(|ending| ending == source::EXTENSION) {
        return;
    }
    let diagnostic = if path.is_file() {
        let message = format!("the entry `{}` is no source file", entry.text);
        Diagnostic::new(Code::ManifestEntry, entry.span, message).note("source files end in `.bd`")
    } else {
        missing("file", &path, entry.span)
    };
    let names: Vec<String> = fs::read_dir(&root)
        .map(|entries| {
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
        })
        .unwrap_or_default();
    let names = names.iter().map(String::as_str).filter(|name| name.ends_with(".bd"));
    found.push(match suggest::nearest(&entry.text, names) {
        Some(near) => {
            diagnostic.fix(format!("did you mean `{near}`?"), entry.span, format!("\"{near}\""))
        }
        None => diagnostic.note(format!("an entry is a file under the root, `{}`", shown(&root))),
    });
}
