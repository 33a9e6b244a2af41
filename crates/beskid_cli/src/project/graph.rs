//! The projects that a project depends on, directly or not (tools.md §2.2).
//!
//! A project is its folder: two paths to one folder are one project, whatever labels lead there. Manifests
//! are read in the order in which they are met, level by level, each in the order of its `dependency` blocks,
//! so the order of packages depends on nothing else. What is found is a graph, which must have no cycle.
//!
//! *Invariants.* A [`Graph`] without reported errors is acyclic, its first node is the project itself, and
//! every other one has a target of kind `Lib`.

use std::path::{Component, Path, PathBuf};

use beskid_analysis::diagnostics::{Code, Diagnostic};
use beskid_analysis::source::{SourceMap, Span};

use super::MANIFEST;
use super::manifest::{self, Word};
use super::package::{self, Kind, Project};
use crate::folder::shown;
use crate::source;

/// A project with what it depends on.
#[derive(Debug)]
pub(super) struct Node {
    /// The folder of the manifest.
    pub(super) folder: PathBuf,
    pub(super) project: Project,
    /// For each of its dependencies, the node.
    pub(super) dependencies: Vec<usize>,
}

/// All projects that a program is made of; the first is its own.
pub(super) type Graph = Vec<Node>;

/// Reads a project and all that it depends on, as far as there is something to read.
pub(super) fn read(
    manifest: &Path,
    manifests: &mut SourceMap,
    found: &mut Vec<Diagnostic>,
) -> Option<Graph> {
    let own = read_manifest(manifest, manifests, found)?;
    let mut graph = vec![Node { folder: folder_of(manifest), project: own, dependencies: vec![] }];
    let mut identities = vec![identity(&graph[0].folder)];
    let mut at = 0;
    while at < graph.len() {
        for index in 0..graph[at].project.dependencies.len() {
            let dependency = &graph[at].project.dependencies[index];
            let folder = graph[at].folder.join(&dependency.path.text);
            let identity = identity(&folder);
            let folder = plain(folder, &identity);
            let known = identities.iter().position(|other| *other == identity);
            let node = match known {
                Some(known) => known,
                None => {
                    let path = dependency.path.clone();
                    let project = read_dependency(&folder, &path, manifests, found)?;
                    identities.push(identity);
                    graph.push(Node { folder, project, dependencies: vec![] });
                    graph.len() - 1
                }
            };
            graph[at].dependencies.push(node);
        }
        at += 1;
    }
    check_cycles(&graph, found);
    Some(graph)
}

/// The folder that a manifest lies in.
fn folder_of(manifest: &Path) -> PathBuf {
    match manifest.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The path to a folder without `name/..` in it, if it leads there so: behind a link it may not.
fn plain(folder: PathBuf, there: &Path) -> PathBuf {
    let mut short = PathBuf::new();
    for part in folder.components() {
        match (part, short.components().next_back()) {
            (Component::ParentDir, Some(Component::Normal(_))) => {
                short.pop();
            }
            (Component::CurDir, _) => {}
            (part, _) => short.push(part),
        }
    }
    if short.as_os_str().is_empty() {
        short.push(".");
    }
    if identity(&short) == there { short } else { folder }
}

/// What is the same for all paths to a folder.
fn identity(folder: &Path) -> PathBuf {
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}

fn read_manifest(
    path: &Path,
    manifests: &mut SourceMap,
    found: &mut Vec<Diagnostic>,
) -> Option<Project> {
    let name = shown(path);
    let text = match source::text(path, &name) {
        Ok(text) => text,
        Err(diagnostic) => {
            found.push(*diagnostic);
            return None;
        }
    };
    let Ok(file) = manifests.add(name.as_str(), text) else {
        found.push(source::too_large(&name));
        return None;
    };
    let file = manifests.file(file);
    match manifest::parse(&file.text, file.base) {
        Ok(blocks) => package::read(&blocks, file.span().start(), found),
        Err(diagnostic) => {
            found.push(*diagnostic);
            None
        }
    }
}

/// Reads the project in a folder that a dependency names by a path.
fn read_dependency(
    folder: &Path,
    path: &Word,
    manifests: &mut SourceMap,
    found: &mut Vec<Diagnostic>,
) -> Option<Project> {
    let manifest = folder.join(MANIFEST);
    if !manifest.exists() {
        let what = if folder.is_dir() { "project" } else { "folder" };
        let message = format!("there is no {what} at `{}`", shown(folder));
        found.push(
            Diagnostic::new(Code::MissingManifest, path.span, message)
                .note(format!("a project is a folder with a `{MANIFEST}`"))
                .help("the path goes from the folder of this manifest"),
        );
        return None;
    }
    let before = found.len();
    let project = read_manifest(&manifest, manifests, found)?;
    // A target that was reported may have been the one.
    let is_whole = !found[before..].iter().any(Diagnostic::is_error);
    package::check_files(folder, &project, None, found);
    if is_whole && !project.targets.iter().any(|target| target.kind == Kind::Lib) {
        let message = format!("the project `{}` is no library", project.name.text);
        found.push(
            Diagnostic::new(Code::NoLibrary, path.span, message)
                .also(project.name.span, "it has no target of kind `Lib`")
                .help("add one to its manifest: `target \"Lib\" { kind = Lib }`"),
        );
    }
    Some(project)
}

/// E3007 for each dependency that closes a cycle.
fn check_cycles(graph: &Graph, found: &mut Vec<Diagnostic>) {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut states = vec![State::New; graph.len()];
    // The open nodes from the first one on, each with the number of dependencies that were looked at.
    let mut chain = vec![(0, 0)];
    states[0] = State::Open;
    while let Some((node, next)) = chain.last_mut() {
        let Some(&on) = graph[*node].dependencies.get(*next) else {
            states[*node] = State::Done;
            chain.pop();
            continue;
        };
        let (node, index) = (*node, *next);
        *next += 1;
        match states[on] {
            State::Done => {}
            State::New => {
                states[on] = State::Open;
                chain.push((on, 0));
            }
            State::Open => {
                let begin = chain.iter().position(|&(other, _)| other == on).unwrap_or(0);
                let members = chain[begin..].iter().map(|&(member, _)| member).chain([on]);
                let names: Vec<String> =
                    members.map(|n| format!("`{}`", graph[n].project.name.text)).collect();
                let place = graph[node].project.dependencies[index].label.span;
                found.push(cycle(&names, place));
            }
        }
    }
}

fn cycle(names: &[String], place: Span) -> Diagnostic {
    let message = match names {
        [only, _] => format!("the project {only} depends on itself"),
        _ => "these projects depend on each other".to_owned(),
    };
    let diagnostic = Diagnostic::new(Code::DependencyCycle, place, message)
        .label("this dependency closes the cycle");
    match names {
        [_, _] => diagnostic.help("remove the dependency: a module sees the others of its project"),
        _ => diagnostic
            .note(format!("the chain is {}", names.join(" → ")))
            .help("move what both need to a project of its own"),
    }
}
