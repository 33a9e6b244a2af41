//! Projects: a folder with a `Project.proj` (tools.md §2), as far as one package needs it.
//!
//! *Invariants.* Whatever is wrong in a manifest is reported with its place there, all of it at once, and
//! then no file of the project is read.

mod manifest;

use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

use beskid_analysis::Goal;
use beskid_analysis::diagnostics::{Code, Diagnostic, suggest};
use beskid_analysis::source::{SourceMap, Span};

use crate::compile::Cx;
use crate::exit::Exit;
use crate::folder::{self, shown};
use crate::program::{Program, fail};
use crate::report::unplaced;
use crate::source;
use manifest::{Block, Entry, Word};

/// The name of manifests.
pub(crate) const MANIFEST: &str = "Project.proj";
/// Where sources lie if a project does not say.
const ROOT: &str = "Src";
/// Where outputs go.
const OUTPUT: &str = "bin";

/// What a target is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    App,
    Lib,
    Test,
}

const KINDS: [(&str, Kind); 3] = [("App", Kind::App), ("Lib", Kind::Lib), ("Test", Kind::Test)];

#[derive(Debug)]
struct Target {
    name: Word,
    kind: Kind,
    /// The entry file under the root.
    entry: Option<Word>,
}

#[derive(Debug)]
struct Project {
    name: String,
    root: Word,
    targets: Vec<Target>,
}

/// The manifest that `--project PATH` means.
pub(crate) fn manifest_at(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(MANIFEST) } else { path.to_owned() }
}

/// Reads the project of a manifest; reports why that is not possible.
pub(crate) fn load(cx: Cx, manifest: &Path, target: Option<&str>) -> Result<Program, Exit> {
    let name = shown(manifest);
    if !manifest.exists() {
        let message = format!("there is no manifest `{name}`");
        let diagnostic = unplaced(Code::MissingManifest, message);
        return fail(
            cx,
            vec![diagnostic.help(format!("a project is a folder with a `{MANIFEST}`"))],
        );
    }
    let text = source::text(manifest, &name).or_else(|wrong| fail(cx, vec![*wrong]))?;
    let mut manifests = SourceMap::new();
    let Ok(file) = manifests.add(name.as_str(), text) else {
        return fail(cx, vec![source::too_large(&name)]);
    };
    let mut found = Vec::new();
    let project = match manifest::parse(&manifests.file(file).text) {
        Ok(blocks) => project(&blocks, &mut found),
        Err(diagnostic) => {
            found.push(*diagnostic);
            None
        }
    };
    let folder = match manifest.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let chosen = project.as_ref().and_then(|project| choose(project, target, &mut found));
    let ready = project.as_ref().zip(chosen).filter(|(project, chosen)| {
        check_files(folder, project, chosen, &mut found);
        !found.iter().any(Diagnostic::is_error)
    });
    cx.report.diagnostics(found, &manifests);
    let Some((project, chosen)) = ready else { return Err(Exit::Errors) };

    let root = folder.join(&project.root.text);
    let entry = chosen.entry.as_ref().map(|entry| entry.text.as_str());
    let sources = folder::load(&root, entry).or_else(|wrong| fail(cx, wrong))?;
    // One application has the name of the project.
    let apps = project.targets.iter().filter(|target| target.kind == Kind::App).count();
    let output =
        if apps == 1 && chosen.kind == Kind::App { &project.name } else { &chosen.name.text };
    Ok(Program {
        sources,
        shown: name,
        name: OsString::from(output),
        output_folder: Some(PathBuf::from(shown(&folder.join(OUTPUT)))),
        goal: if chosen.kind == Kind::App { Goal::Program } else { Goal::Check },
    })
}

/// What the blocks of a manifest say; nothing if that is not enough.
fn project(blocks: &[Block], found: &mut Vec<Diagnostic>) -> Option<Project> {
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
                if let Some(target) = read_target(block, found) {
                    if let Some(first) = targets.iter().find(|t| t.name.text == target.name.text) {
                        let message = format!("there are two targets `{}`", target.name.text);
                        found.push(
                            Diagnostic::new(Code::ManifestBlock, target.name.span, message)
                                .also(first.name.span, "the first one")
                                .help("give them different names"),
                        );
                        continue;
                    }
                    targets.push(target);
                }
            }
            "dependency" => {
                let message = "dependencies are not supported yet";
                found.push(
                    Diagnostic::new(Code::NotSupported, word.span, message)
                        .note("this version of the compiler compiles projects of one package"),
                );
            }
            other => {
                let message = format!("`{other}` is no block of a manifest");
                let diagnostic = Diagnostic::new(Code::ManifestBlock, word.span, message);
                found.push(match suggest::nearest(other, ["project", "target", "dependency"]) {
                    Some(near) => {
                        diagnostic.fix(format!("did you mean `{near}`?"), word.span, near)
                    }
                    None => diagnostic.note("the blocks are `project`, `target` and `dependency`"),
                });
            }
        }
    }
    let start = Span::new(0, 0);
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
    Some(Project { name: name?.text, root: root?, targets })
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
        found.push(match suggest::nearest(&kind.text, KINDS.map(|(word, _)| word)) {
            Some(near) => diagnostic.fix(format!("did you mean `{near}`?"), kind.span, near),
            None => diagnostic.note("the kinds are `App`, `Lib` and `Test`"),
        });
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
            found.push(match suggest::nearest(&key.text, known.iter().copied()) {
                Some(near) => diagnostic.fix(format!("did you mean `{near}`?"), key.span, near),
                None => {
                    let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                    diagnostic.note(format!("its keys are {}", names.join(", ")))
                }
            });
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

/// The target that was asked for, or the only one that can be meant.
fn choose<'p>(
    project: &'p Project,
    asked: Option<&str>,
    found: &mut Vec<Diagnostic>,
) -> Option<&'p Target> {
    let names = || project.targets.iter().map(|target| target.name.text.as_str());
    let listed = || names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if let Some(asked) = asked {
        let target = project.targets.iter().find(|target| target.name.text == asked);
        if target.is_none() {
            let message = format!("the project has no target `{asked}`");
            let diagnostic = unplaced(Code::UnknownTarget, message);
            found.push(match suggest::nearest(asked, names()) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.note(format!("its targets are {}", listed())),
            });
        }
        return target;
    }
    let apps: Vec<&Target> =
        project.targets.iter().filter(|target| target.kind == Kind::App).collect();
    match (&apps[..], &project.targets[..]) {
        ([only], _) => Some(only),
        ([], [first, ..]) => Some(first),
        // That there is none was reported.
        ([], []) => None,
        _ => {
            let message = "the project has several applications";
            found.push(
                unplaced(Code::UnknownTarget, message)
                    .note(format!("its targets are {}", listed()))
                    .help("name one with `--target NAME`"),
            );
            None
        }
    }
}

/// E3004 for a root or entry that is not there.
fn check_files(folder: &Path, project: &Project, target: &Target, found: &mut Vec<Diagnostic>) {
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
    let Some(entry) = &target.entry else { return };
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
