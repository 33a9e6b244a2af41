//! The projects that a project or workspace depends on, directly or not (tools.md §2.2).
//!
//! A project is its folder: two paths to one folder are one project, whatever labels lead there. Manifests
//! are read in the order in which they are met, level by level, each in the order of its `dependency` blocks,
//! so the order of packages depends on nothing else. What is found is a graph, which must have no cycle.
//!
//! *Invariants.* A [`Graph`] without reported errors is acyclic, its first nodes are the roots, and every node
//! that another one depends on has a target of kind `Lib`. Nothing that was fetched leads out of its checkout.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use beskid_analysis::diagnostics::{Code, Diagnostic};
use beskid_analysis::source::{SourceMap, Span};

use super::checkouts::Checkouts;
use super::dependency::{Dependency, Git, Source};
use super::lock::{Lock, Package, Pin, Place};
use super::manifest::{self, Block};
use super::package::{self, Kind, Project};
use super::paths::{folder_of, identity, is_inside, lexical, plain};
use super::{MANIFEST, text};
use crate::folder::{Naming, shown};

/// Most packages of a graph.
const MAX_PACKAGES: usize = 1000;

/// A project with what it depends on.
#[derive(Debug)]
pub(super) struct Node {
    /// The folder of the manifest.
    pub(super) folder: PathBuf,
    pub(super) project: Project,
    /// For each of its dependencies, the node.
    pub(super) dependencies: Vec<usize>,
    /// What messages call its files, if not by their paths.
    pub(super) naming: Option<Naming>,
    place: Place,
    /// Whether nothing was wrong with the manifest.
    is_whole: bool,
}

impl Node {
    /// Whether it lies in a repository that was fetched.
    pub(super) fn is_fetched(&self) -> bool {
        matches!(self.place, Place::Git { .. })
    }
}

/// All projects that programs are made of; the first ones are their own.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) roots: usize,
    /// What was fetched for it.
    pub(super) pins: Vec<Pin>,
}

/// A project to begin with.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) manifest: PathBuf,
    /// Its folder, from that of the lock.
    pub(super) place: String,
}

/// What reading needs.
pub(super) struct Reader<'a> {
    pub(super) manifests: &'a mut SourceMap,
    pub(super) found: &'a mut Vec<Diagnostic>,
    pub(super) checkouts: Checkouts<'a>,
}

/// Reads projects and all that they depend on; nothing if one of them cannot be read.
pub(super) fn read(roots: &[Root], reader: &mut Reader<'_>) -> Option<Graph> {
    let mut nodes: Vec<Node> = Vec::new();
    let mut identities = Vec::new();
    for root in roots {
        let (project, is_whole) = read_manifest(&root.manifest, None, reader)?;
        let folder = folder_of(&root.manifest);
        package::check_files(&folder, &project, None, reader.found);
        identities.push(identity(&folder));
        nodes.push(Node {
            folder,
            project,
            dependencies: vec![],
            naming: None,
            place: Place::Path(root.place.clone()),
            is_whole,
        });
    }
    let mut at = 0;
    while at < nodes.len() {
        for index in 0..nodes[at].project.dependencies.len() {
            let Target { folder, place, naming } = locate(&nodes[at], index, reader)?;
            let dependency = &nodes[at].project.dependencies[index];
            let span = dependency.place();
            let identity = identity(&folder);
            let folder = plain(folder, &identity);
            let known = identities.iter().position(|other| *other == identity);
            let node = match known {
                Some(known) => known,
                None => {
                    let (project, is_whole) =
                        read_dependency(&folder, dependency, naming.as_ref(), reader)?;
                    if nodes.len() == MAX_PACKAGES {
                        let message = format!("there are more than {MAX_PACKAGES} packages");
                        reader.found.push(Diagnostic::new(Code::UnsafeRepository, span, message));
                        return None;
                    }
                    identities.push(identity);
                    nodes.push(Node {
                        folder,
                        project,
                        dependencies: vec![],
                        naming,
                        place,
                        is_whole,
                    });
                    nodes.len() - 1
                }
            };
            // What closes a cycle is said to do that, and no more.
            if known.is_none() || node < roots.len() && roots.len() > 1 && node != at {
                check_library(&nodes[node], span, reader.found);
            }
            nodes[at].dependencies.push(node);
        }
        at += 1;
    }
    let graph = Graph { nodes, roots: roots.len(), pins: reader.checkouts.take_pins() };
    if !reader.found.iter().any(|diagnostic| diagnostic.code == Code::NoLibrary) {
        check_cycles(&graph, reader.found);
    }
    Some(graph)
}

impl Graph {
    /// A node and all that it depends on, level by level.
    pub(super) fn reachable(&self, from: usize) -> Vec<usize> {
        let mut is_known = vec![false; self.nodes.len()];
        is_known[from] = true;
        let mut order = vec![from];
        let mut at = 0;
        while let Some(&node) = order.get(at) {
            for &on in &self.nodes[node].dependencies {
                if !std::mem::replace(&mut is_known[on], true) {
                    order.push(on);
                }
            }
            at += 1;
        }
        order
    }

    /// The names of all projects; those that have the name of one before, or of the core library, have a
    /// number behind it.
    pub(super) fn names(&self) -> Vec<String> {
        let mut taken = BTreeSet::from(["core".to_owned()]);
        let unique = |node: &Node| {
            let name = &node.project.name.text;
            let numbered = (2..).map(|number| format!("{name}_{number}"));
            let mut candidates = std::iter::once(name.clone()).chain(numbered);
            candidates.find(|name| taken.insert(name.clone())).unwrap_or_default()
        };
        self.nodes.iter().map(unique).collect()
    }

    /// What is to be locked.
    pub(super) fn lock(&self) -> Lock {
        let mut pins = self.pins.clone();
        pins.sort();
        let mut names: Vec<String> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let own = &node.project.name.text;
            let numbered = (2..).map(|number| format!("{own} {number}"));
            let free = std::iter::once(own.clone()).chain(numbered).find(|n| !names.contains(n));
            names.extend(free);
        }
        let package = |(node, name): (&Node, &String)| {
            let uses = node.project.dependencies.iter().zip(&node.dependencies);
            let uses =
                uses.map(|(dependency, &on)| (dependency.label.text.clone(), names[on].clone()));
            Package { name: name.clone(), place: node.place.clone(), uses: uses.collect() }
        };
        Lock { pins, packages: self.nodes.iter().zip(&names).map(package).collect() }
    }
}

/// Where a dependency leads.
struct Target {
    folder: PathBuf,
    place: Place,
    naming: Option<Naming>,
}

/// Where the dependency of a node leads, whose repository is fetched if it may be.
fn locate(node: &Node, index: usize, reader: &mut Reader<'_>) -> Option<Target> {
    let dependency = &node.project.dependencies[index];
    match &dependency.source {
        Source::Path(path) => {
            let next = |place: &str| lexical(&Path::new(place).join(&path.text));
            let text = |path: PathBuf| path.to_string_lossy().into_owned();
            let place = match &node.place {
                Place::Path(place) => Place::Path(text(next(place))),
                Place::Git { url, commit, path: place } => {
                    let there = next(place);
                    if !is_inside(&there) {
                        let message = "this path leads out of the repository";
                        reader.found.push(
                            Diagnostic::new(Code::PathOutside, path.span, message)
                                .note("what was fetched uses nothing of the machine that it is on")
                                .help("the other project must be in the repository, or be fetched itself"),
                        );
                        return None;
                    }
                    Place::Git { url: url.clone(), commit: commit.clone(), path: text(there) }
                }
            };
            Some(Target {
                folder: node.folder.join(&path.text),
                place,
                naming: node.naming.clone(),
            })
        }
        Source::Git(git) => {
            let (checkout, commit) = reader.checkouts.of(dependency, git, reader.found)?;
            Some(fetched(dependency, git, checkout, commit))
        }
    }
}

fn fetched(dependency: &Dependency, git: &Git, checkout: PathBuf, commit: String) -> Target {
    let path = git.path.as_ref().map_or("", |path| &path.text);
    let folder = checkout.join(path);
    // Outputs may hold these names: they are the same on every machine.
    let name = format!("{}@{}", dependency.label.text, &commit[..10]);
    let naming = Some(Naming { folder: checkout, name });
    let path = if path.is_empty() { "." } else { path }.to_owned();
    Target { folder, place: Place::Git { url: git.url.text.clone(), commit, path }, naming }
}

/// Reads a manifest, and says whether nothing is wrong with it.
fn read_manifest(
    path: &Path,
    naming: Option<&Naming>,
    reader: &mut Reader<'_>,
) -> Option<(Project, bool)> {
    let mut own = Vec::new();
    let blocks = read_blocks(path, naming, reader.manifests, &mut own);
    let project = blocks.and_then(|(blocks, start)| package::read(&blocks, start, &mut own));
    let is_whole = !own.iter().any(Diagnostic::is_error);
    // Warnings are for those who can change the file.
    own.retain(|diagnostic| naming.is_none() || diagnostic.is_error());
    reader.found.append(&mut own);
    project.map(|project| (project, is_whole))
}

/// The blocks of a file, and where it begins.
pub(super) fn read_blocks(
    path: &Path,
    naming: Option<&Naming>,
    manifests: &mut SourceMap,
    found: &mut Vec<Diagnostic>,
) -> Option<(Vec<Block>, Span)> {
    let name = naming.map_or_else(|| shown(path), |naming| naming.of(path));
    let read = text::read(path, &name, manifests).and_then(|file| {
        let file = manifests.file(file);
        Ok((manifest::parse(&file.text, file.base)?, file.span().start()))
    });
    read.map_err(|diagnostic| found.push(*diagnostic)).ok()
}

/// Reads the project in a folder that a dependency leads to.
fn read_dependency(
    folder: &Path,
    dependency: &Dependency,
    naming: Option<&Naming>,
    reader: &mut Reader<'_>,
) -> Option<(Project, bool)> {
    let manifest = folder.join(MANIFEST);
    if !manifest.exists() {
        reader.found.push(missing(folder, dependency));
        return None;
    }
    let (project, is_whole) = read_manifest(&manifest, naming, reader)?;
    package::check_files(folder, &project, None, reader.found);
    Some((project, is_whole))
}

/// E3006 for a dependency that leads to no project.
fn missing(folder: &Path, dependency: &Dependency) -> Diagnostic {
    let what = if folder.is_dir() { "project" } else { "folder" };
    let note = format!("a project is a folder with a `{MANIFEST}`");
    match &dependency.source {
        Source::Path(path) => {
            let message = format!("there is no {what} at `{}`", shown(folder));
            Diagnostic::new(Code::MissingManifest, path.span, message)
                .note(note)
                .help("the path goes from the folder of this manifest")
        }
        Source::Git(git) => {
            let at = git.path.as_ref().unwrap_or(&git.url);
            let place = match &git.path {
                Some(path) => format!("at `{}` in the repository", path.text),
                None => "at the top of the repository".to_owned(),
            };
            Diagnostic::new(Code::MissingManifest, at.span, format!("there is no {what} {place}"))
                .note(note)
                .help("`path = \"…\"` names the folder of the project in the repository")
        }
    }
}

/// E3009 for a project that another one depends on.
fn check_library(node: &Node, place: Span, found: &mut Vec<Diagnostic>) {
    let project = &node.project;
    // A target that was reported may have been the one.
    if !node.is_whole || project.targets.iter().any(|target| target.kind == Kind::Lib) {
        return;
    }
    let message = format!("the project `{}` is no library", project.name.text);
    found.push(
        Diagnostic::new(Code::NoLibrary, place, message)
            .also(project.name.span, "it has no target of kind `Lib`")
            .help("add one to its manifest: `target \"Lib\" { kind = Lib }`"),
    );
}

/// E3007 for each dependency that closes a cycle.
fn check_cycles(graph: &Graph, found: &mut Vec<Diagnostic>) {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let nodes = &graph.nodes;
    let mut states = vec![State::New; nodes.len()];
    for root in 0..graph.roots {
        if states[root] != State::New {
            continue;
        }
        // The open nodes from the first one on, each with the number of dependencies that were looked at.
        let mut chain = vec![(root, 0)];
        states[root] = State::Open;
        while let Some((node, next)) = chain.last_mut() {
            let Some(&on) = nodes[*node].dependencies.get(*next) else {
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
                        members.map(|n| format!("`{}`", nodes[n].project.name.text)).collect();
                    let place = nodes[node].project.dependencies[index].label.span;
                    found.push(cycle(&names, place));
                }
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
