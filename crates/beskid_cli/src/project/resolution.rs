//! From a manifest to the graph of packages behind it, and the lock that says so.
//!
//! ```text
//! Project.proj ─┬─ member of a workspace above it? ──► all members ─┐
//! Workspace.proj ┘                                                  ├─ graph ─ lock: as it is, written, E3022
//!               └─ else ───────────────────────────► itself ────────┘
//! ```
//!
//! *Invariants.* What is wrong in manifests and locks is reported with its place, and then nothing is written.
//! A lock is written only if its text changes. A project that depends on nothing needs none, and gets none
//! unless it is asked for. A command that is not about the lock goes on where that cannot be written.

use std::fs;
use std::path::{Path, PathBuf};

use beskid_analysis::diagnostics::{Code, Diagnostic, suggest};
use beskid_analysis::source::SourceMap;

use super::checkouts::{Access, Checkouts, Update};
use super::graph::{self, Graph, Reader, Root, read_blocks};
use super::lock::{self, Lock};
use super::paths::{folder_of, identity, plain};
use super::store::Store;
use super::workspace::{self, Member};
use super::{LOCK, MANIFEST, WORKSPACE, text};
use crate::compile::Cx;
use crate::exit::Exit;
use crate::folder::shown;
use crate::report::unplaced;
use crate::streams::plain as plain_error;

/// What a command is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Start {
    /// The manifest of a project.
    Project(PathBuf),
    /// The file of a workspace.
    Workspace(PathBuf),
}

/// What may be done to the lock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Locking {
    /// It is brought up to date, where that is possible.
    Follow,
    /// It is written, even if nothing asks for one.
    Write,
    /// It must be right.
    Keep,
}

/// How a graph is found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings<'a> {
    pub(super) access: Access<'a>,
    pub(super) locking: Locking,
}

/// What was found.
#[derive(Debug)]
pub(super) struct Resolution {
    pub(super) graph: Graph,
    /// The labels of the roots, if they are members of a workspace.
    pub(super) labels: Option<Vec<String>>,
    /// The root that was asked for; without it, all.
    pub(super) asked: Option<usize>,
    /// The folder of the workspace, or of the project.
    pub(super) folder: PathBuf,
    /// The lock, if it was written.
    pub(super) written: Option<String>,
    /// What places of the graph point into.
    pub(super) manifests: SourceMap,
}

/// Where a lock lies, and what it is about.
struct Scope {
    folder: PathBuf,
    roots: Vec<Root>,
    labels: Option<Vec<String>>,
    asked: Option<usize>,
}

/// Finds the graph of a project or workspace; reports why there is none.
pub(super) fn resolve(cx: Cx, start: &Start, settings: Settings<'_>) -> Result<Resolution, Exit> {
    let mut manifests = SourceMap::new();
    let mut found = Vec::new();
    let resolved = try_resolve(cx, start, settings, &mut manifests, &mut found);
    let failed = found.iter().any(Diagnostic::is_error);
    cx.report.diagnostics(found, &manifests);
    let (graph, scope, written) = resolved.filter(|_| !failed).ok_or(Exit::Errors)?;
    let Scope { folder, labels, asked, .. } = scope;
    Ok(Resolution { graph, labels, asked, folder, written, manifests })
}

/// The graph as far as it can be found, and the folder of the lock. Nothing is reported or changed.
pub(super) fn look(cx: Cx, start: &Start) -> Option<(Graph, PathBuf)> {
    let (mut manifests, mut found) = (SourceMap::new(), Vec::new());
    let scope = scope(start, &mut manifests, &mut found)?;
    let (_, lock) = read_lock(&scope.folder.join(LOCK), &mut manifests, &mut found)?;
    let store = Store::for_project(&scope.folder);
    let checkouts = Checkouts::new(&lock, store, Access::Local, cx.report);
    let mut reader = Reader { manifests: &mut manifests, found: &mut found, checkouts };
    graph::read(&scope.roots, &mut reader).map(|graph| (graph, scope.folder))
}

/// The graph, its scope, and the lock if it was written.
fn try_resolve(
    cx: Cx,
    start: &Start,
    settings: Settings<'_>,
    manifests: &mut SourceMap,
    found: &mut Vec<Diagnostic>,
) -> Option<(Graph, Scope, Option<String>)> {
    let scope = scope(start, manifests, found)?;
    let path = scope.folder.join(LOCK);
    let (old, lock) = read_lock(&path, manifests, found)?;
    let store = Store::for_project(&scope.folder);
    let checkouts = Checkouts::new(&lock, store, settings.access, cx.report);
    let mut reader = Reader { manifests, found, checkouts };
    let graph = graph::read(&scope.roots, &mut reader)?;
    if let Access::Network(Update::Named(names)) = settings.access {
        let known = reader.checkouts.names();
        let unknown = names.iter().find(|name| !known.contains(name));
        if let Some(name) = unknown {
            let diagnostic = unknown_dependency(name, known);
            found.push(diagnostic);
        }
    }
    if found.iter().any(Diagnostic::is_error) {
        return None;
    }
    let newer = graph.lock();
    let text = newer.render();
    let has_edges = graph.nodes.iter().any(|node| !node.dependencies.is_empty());
    let is_needed = old.is_some() || has_edges || settings.locking == Locking::Write;
    let is_right = !is_needed || old.is_some_and(|old| old.replace("\r\n", "\n") == text);
    let written = match (is_right, settings.locking) {
        (true, _) => None,
        (false, Locking::Keep) => {
            found.push(outdated(&path, &lock, &newer));
            return None;
        }
        (false, locking) => match lock::write(&path, &text) {
            Ok(()) => Some(shown(&path)),
            Err(_) if locking == Locking::Follow => None,
            Err(error) => {
                let reason = plain_error(&error);
                let message = format!("cannot write `{}`: {reason}", shown(&path));
                found.push(unplaced(Code::OutputUnwritable, message));
                return None;
            }
        },
    };
    Some((graph, scope, written))
}

/// E3013 for a name that no dependency on a repository has.
fn unknown_dependency(name: &str, known: &[String]) -> Diagnostic {
    let message = format!("nothing is fetched as `{name}`");
    let diagnostic = unplaced(Code::UnknownDependency, message);
    match suggest::nearest(name, known.iter().map(String::as_str)) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.note("a dependency is named by its label, or by its `url`"),
    }
}

/// E3022.
fn outdated(path: &Path, old: &Lock, newer: &Lock) -> Diagnostic {
    let name = shown(path);
    let message = if path.exists() {
        format!("`{name}` does not fit the manifests")
    } else {
        format!("there is no `{name}`")
    };
    let mut diagnostic = unplaced(Code::LockOutdated, message);
    if path.exists() {
        for difference in old.differences(newer).into_iter().take(3) {
            diagnostic = diagnostic.note(difference);
        }
    }
    diagnostic.help("run `beskid lock`, and keep the file with the sources")
}

/// The text of a lock, if there is one, and what it says.
fn read_lock(
    path: &Path,
    manifests: &mut SourceMap,
    found: &mut Vec<Diagnostic>,
) -> Option<(Option<String>, Lock)> {
    if fs::symlink_metadata(path).is_err() {
        return Some((None, Lock::default()));
    }
    let read = text::read(path, &shown(path), manifests).and_then(|file| {
        let file = manifests.file(file);
        Ok((Some(file.text.clone()), lock::parse(&file.text, file.base)?))
    });
    read.map_err(|diagnostic| found.push(*diagnostic)).ok()
}

/// What the lock is about: the workspace of a project, or the project alone.
fn scope(start: &Start, manifests: &mut SourceMap, found: &mut Vec<Diagnostic>) -> Option<Scope> {
    match start {
        Start::Workspace(file) => {
            let members = members(file, manifests, found)?;
            Some(of_members(&folder_of(file), members, None))
        }
        Start::Project(manifest) => {
            let folder = folder_of(manifest);
            if let Some(file) = workspace_above(&folder) {
                let members = members(&file, manifests, found)?;
                let around = folder_of(&file);
                let own = identity(&folder);
                let is_own = |member: &Member| identity(&around.join(&member.path.text)) == own;
                if let Some(asked) = members.iter().position(is_own) {
                    return Some(of_members(&around, members, Some(asked)));
                }
            }
            let roots = vec![Root { manifest: manifest.clone(), place: ".".to_owned() }];
            Some(Scope { folder, roots, labels: None, asked: Some(0) })
        }
    }
}

fn of_members(folder: &Path, members: Vec<Member>, asked: Option<usize>) -> Scope {
    let root = |member: &Member| {
        let place = if member.path.text.is_empty() { "." } else { &member.path.text };
        let path = folder.join(&member.path.text);
        let there = identity(&path);
        Root { manifest: plain(path, &there).join(MANIFEST), place: place.to_owned() }
    };
    let roots = members.iter().map(root).collect();
    let labels = members.into_iter().map(|member| member.label.text).collect();
    Scope { folder: folder.to_owned(), roots, labels: Some(labels), asked }
}

/// The members of a workspace, each of which has a manifest, and a folder of its own.
fn members(
    file: &Path,
    manifests: &mut SourceMap,
    found: &mut Vec<Diagnostic>,
) -> Option<Vec<Member>> {
    let (blocks, start) = read_blocks(file, None, manifests, found)?;
    let members = workspace::read(&blocks, start, found)?;
    let folder = folder_of(file);
    let mut identities: Vec<PathBuf> = Vec::new();
    let before = found.len();
    for member in &members {
        let path = folder.join(&member.path.text);
        let span = member.path.span;
        if !path.join(MANIFEST).exists() {
            let what = if path.is_dir() { "project" } else { "folder" };
            let message = format!("there is no {what} at `{}`", shown(&path));
            found.push(
                Diagnostic::new(Code::MissingManifest, span, message)
                    .note(format!("a project is a folder with a `{MANIFEST}`")),
            );
        }
        let identity = identity(&path);
        if let Some(first) = identities.iter().position(|other| *other == identity) {
            let message = "two members are the same project";
            found.push(
                Diagnostic::new(Code::ManifestBlock, span, message)
                    .also(members[first].path.span, "the first one"),
            );
        }
        identities.push(identity);
    }
    (found.len() == before).then_some(members)
}

/// The file of the nearest workspace in or above a folder.
fn workspace_above(folder: &Path) -> Option<PathBuf> {
    let there = identity(folder);
    let mut path = folder.to_owned();
    for above in there.ancestors() {
        if above.join(WORKSPACE).is_file() {
            return Some(plain(path, above).join(WORKSPACE));
        }
        path.push("..");
    }
    None
}
