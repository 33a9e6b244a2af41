//! What a manifest says of its project (tools.md §2), and whether the project has the files for it.
//!
//! *Invariants.* Everything that is wrong is reported, with its place in the manifest.

use std::fs;
use std::path::Path;

use beskid_analysis::diagnostics::{Code, Diagnostic, suggest};
use beskid_analysis::source::Span;

use super::blocks::{is_new, keys, path, required, with_nearest};
use super::dependency::{self, Dependency};
use super::manifest::{Block, Word};
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
                let dependency = dependency::read(block, found);
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
        && !is_file_name(&name.text)
    {
        let message = "the name of a project is that of its outputs, and names no other folder";
        found.push(Diagnostic::new(Code::ManifestValue, name.span, message));
    }
    if let Some(entry) = keys[1]
        && !is_version(&entry.value.text)
    {
        let message = format!("`{}` is no version", entry.value.text);
        found.push(
            Diagnostic::new(Code::ManifestValue, entry.value.span, message)
                .help("a version is one to three numbers, as in `version = \"0.1.0\"`"),
        );
    }
    let root = match keys[2] {
        Some(entry) => path(&entry.value, "the root lies inside of the project", found),
        None => Some(Word { text: ROOT.to_owned(), span: block.word.span }),
    };
    Some(Project { name: name?, root: root?, targets, dependencies })
}

/// Whether outputs can have a name, and nothing but a file is meant by it.
fn is_file_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && !name.contains(|letter: char| matches!(letter, '/' | '\\') || letter.is_control())
}

/// `1`, `0.1`, `0.1.0`, `0.1.0-beta.2`
fn is_version(text: &str) -> bool {
    let (numbers, rest) = text.split_once(['-', '+']).unwrap_or((text, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_rest = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+');
    numbers.split('.').count() <= 3
        && numbers.split('.').all(is_number)
        && !rest.is_empty()
        && rest.bytes().all(is_rest)
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
    if !is_file_name(&name.text) {
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
        (Some(entry), _) => {
            Some(path(&entry.value, "the entry lies inside of the project", found)?)
        }
        (None, Kind::App) => {
            required(block, None, "entry", "\"Main.bd\"", found);
            return None;
        }
        (None, Kind::Lib | Kind::Test) => None,
    };
    Some(Target { name: name.clone(), kind, entry })
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
