//! Projects and workspaces: folders with a `Project.proj` or `Workspace.proj` (tools.md §2).
//!
//! Reading order: [`manifest`] (how the files are written; `blocks` and `text` beside it), [`package`],
//! [`dependency`] and [`workspace`] (what they say), [`graph`] (which packages there are), [`lock`] (what is
//! remembered of that), [`resolution`] (all of it together). Repositories: [`checkouts`] (which commit is
//! meant), [`store`] (where it lies), [`git`] (how it comes there). Here programs are chosen, and their sources
//! read.
//!
//! *Invariants.* Whatever is wrong in manifests is reported with its place there, all of it at once, and
//! then no source file is read.

mod blocks;
mod checkouts;
mod dependency;
mod git;
mod graph;
mod lock;
mod manifest;
mod package;
mod paths;
mod resolution;
mod store;
mod text;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use beskid_analysis::Goal;
use beskid_analysis::diagnostics::{Code, Diagnostic, suggest};
use beskid_analysis::source::{PackageId, SourceMap};

use crate::arguments;
use crate::compile::Cx;
use crate::exit::Exit;
use crate::folder::{self, shown};
use crate::program::{Place, Program, fail};
use crate::report::unplaced;
use checkouts::{Access, Update};
use graph::Graph;
use package::{Kind, Project, Target};
use resolution::{Locking, Resolution, Settings};

pub(crate) use paths::folder_of;
pub(crate) use resolution::Start;

/// The name of manifests.
pub(crate) const MANIFEST: &str = "Project.proj";
/// The name of the files of workspaces.
pub(crate) const WORKSPACE: &str = "Workspace.proj";
/// The name of locks.
pub(crate) const LOCK: &str = "Project.lock";
/// Where outputs go.
const OUTPUT: &str = "bin";

/// What `--project PATH` means: a manifest, the file of a workspace, or the folder of one of them.
pub(crate) fn at(path: &Path) -> Start {
    if path.is_dir() {
        let workspace = path.join(WORKSPACE);
        return match workspace.is_file() {
            true => Start::Workspace(workspace),
            false => Start::Project(path.join(MANIFEST)),
        };
    }
    match path.file_name().is_some_and(|name| name == WORKSPACE) {
        true => Start::Workspace(path.to_owned()),
        false => Start::Project(path.to_owned()),
    }
}

/// The project or workspace here or in the nearest folder above, by a relative path.
pub(crate) fn around() -> Option<Start> {
    let here = env::current_dir().ok()?;
    let mut relative = PathBuf::new();
    for folder in here.ancestors() {
        if folder.join(WORKSPACE).is_file() {
            return Some(Start::Workspace(relative.join(WORKSPACE)));
        }
        if folder.join(MANIFEST).is_file() {
            return Some(Start::Project(relative.join(MANIFEST)));
        }
        relative.push("..");
    }
    None
}

/// Where the files of a project or workspace are, and of all that it depends on.
pub(crate) fn places(cx: Cx, start: &Start) -> BTreeSet<Place> {
    let (Start::Project(path) | Start::Workspace(path)) = start;
    // What is wrong may be mended here, or in a folder that is not known yet.
    let mut places = BTreeSet::from([Place::Folder(folder_of(path))]);
    let Some((graph, around)) = resolution::look(cx, start) else {
        places.insert(Place::Tree(folder_of(path)));
        return places;
    };
    places.insert(Place::Folder(around));
    // What was fetched does not change.
    for node in graph.nodes.iter().filter(|node| node.naming.is_none()) {
        places.insert(Place::Folder(node.folder.clone()));
        places.insert(Place::Tree(node.folder.join(&node.project.root.text)));
    }
    places
}

/// A project that a command is about.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    resolution: Rc<Resolution>,
    root: usize,
    target: Option<String>,
}

/// The projects that are meant, those that others depend on first; reports why there are none.
pub(crate) fn members(
    cx: Cx,
    start: &Start,
    arguments: &arguments::Program,
) -> Result<Vec<Member>, Exit> {
    check_start(cx, start)?;
    let (access, locking) = match arguments.lock.keep() {
        Keep::No => (Access::Local, Locking::Follow),
        Keep::Locked => (Access::Local, Locking::Keep),
        Keep::Frozen => (Access::Frozen, Locking::Keep),
    };
    let resolution = Rc::new(resolution::resolve(cx, start, Settings { access, locking })?);
    let target = arguments.target.clone();
    let member = |root| Member { resolution: Rc::clone(&resolution), root, target: target.clone() };
    if let Some(wanted) = &arguments.member {
        let labels = resolution.labels.as_deref().unwrap_or_default();
        return match labels.iter().position(|label| label == wanted) {
            Some(root) => Ok(vec![member(root)]),
            None => fail(cx, vec![unknown_member(wanted, labels)]),
        };
    }
    if let Some(asked) = resolution.asked {
        return Ok(vec![member(asked)]);
    }
    Ok(in_order(&resolution.graph).into_iter().map(member).collect())
}

/// E3006 for a manifest that is not there.
fn check_start(cx: Cx, start: &Start) -> Result<(), Exit> {
    let path = match start {
        Start::Project(path) | Start::Workspace(path) => path,
    };
    if path.exists() {
        return Ok(());
    }
    let message = format!("there is no manifest `{}`", shown(path));
    let diagnostic = unplaced(Code::MissingManifest, message);
    fail(cx, vec![diagnostic.help(format!("a project is a folder with a `{MANIFEST}`"))])
}

/// E3011 for a member that is not there.
fn unknown_member(wanted: &str, labels: &[String]) -> Diagnostic {
    if labels.is_empty() {
        let message = format!("there is no workspace, and no member `{wanted}`");
        let help = format!("a workspace is a folder with a `{WORKSPACE}`");
        return unplaced(Code::UnknownWorkspaceMember, message).help(help);
    }
    let message = format!("the workspace has no member `{wanted}`");
    let diagnostic = unplaced(Code::UnknownWorkspaceMember, message);
    match suggest::nearest(wanted, labels.iter().map(String::as_str)) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.note(format!("its members are {}", listed(labels))),
    }
}

fn listed<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The roots of a graph: those that others depend on before them, else as they stand.
fn in_order(graph: &Graph) -> Vec<usize> {
    // A project reaches all that those reach which it depends on, and itself.
    let sizes: Vec<usize> =
        (0..graph.nodes.len()).map(|node| graph.reachable(node).len()).collect();
    let mut order: Vec<usize> = Vec::new();
    for root in 0..graph.roots {
        let mut below = graph.reachable(root);
        below.sort_by_key(|&node| sizes[node]);
        for node in below {
            if node < graph.roots && !order.contains(&node) {
                order.push(node);
            }
        }
    }
    order
}

/// Does what `lock`, `fetch` and `update` are for: brings the lock up to date, over the network if that may be
/// used. Gives the path of the lock if it was written.
pub(crate) fn relock(
    cx: Cx,
    start: &Start,
    work: Work<'_>,
    keep: Keep,
) -> Result<Option<String>, Exit> {
    check_start(cx, start)?;
    let access = match (work, keep) {
        (_, Keep::Frozen) => Access::Frozen,
        (Work::Lock, _) => Access::Local,
        (Work::Fetch, _) => Access::Network(Update::Missing),
        (Work::Update([]), _) => Access::Network(Update::All),
        (Work::Update(names), _) => Access::Network(Update::Named(names)),
    };
    let locking = if keep == Keep::No { Locking::Write } else { Locking::Keep };
    resolution::resolve(cx, start, Settings { access, locking }).map(|found| found.written)
}

/// A project as a package of a program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Package {
    /// What it is in all programs of a workspace.
    pub(crate) node: usize,
    /// Its name, which no other one has.
    pub(crate) name: String,
    /// The folder of its sources from its own, with `/` at the end.
    pub(crate) root: String,
}

/// What is done to a lock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Work<'a> {
    /// It follows the manifests.
    Lock,
    /// What is not locked or not there is fetched.
    Fetch,
    /// Revisions are asked for again, of these dependencies or of all.
    Update(&'a [String]),
}

/// What the user refuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Keep {
    No,
    /// A change of the lock.
    Locked,
    /// That, and the network.
    Frozen,
}

impl Member {
    fn graph(&self) -> &Graph {
        &self.resolution.graph
    }

    fn project(&self) -> &Project {
        &self.graph().nodes[self.root].project
    }

    /// Its manifest.
    pub(crate) fn manifest(&self) -> PathBuf {
        PathBuf::from(shown(&self.graph().nodes[self.root].folder.join(MANIFEST)))
    }

    /// Its label in a workspace.
    pub(crate) fn label(&self) -> Option<&str> {
        self.resolution.labels.as_ref().map(|labels| labels[self.root].as_str())
    }

    /// The folder that outputs of all members lie in.
    pub(crate) fn around(&self) -> PathBuf {
        self.resolution.folder.clone()
    }

    /// Its own folder.
    pub(crate) fn folder(&self) -> PathBuf {
        self.graph().nodes[self.root].folder.clone()
    }

    /// The projects that are packages of the program, in the order of the packages.
    pub(crate) fn packages(&self) -> Vec<Package> {
        let names = self.graph().names();
        let package = |node: usize| {
            let root = paths::lexical(Path::new(&self.graph().nodes[node].project.root.text));
            let root = root.display().to_string();
            let root = if root == "." { String::new() } else { format!("{root}/") };
            Package { node, name: names[node].clone(), root }
        };
        self.graph().reachable(self.root).into_iter().map(package).collect()
    }

    /// Whether the program has files of another member.
    pub(crate) fn depends_on(&self, other: &Self) -> bool {
        self.root != other.root && self.graph().reachable(self.root).contains(&other.root)
    }

    /// Whether there is an application in it, or the target that was asked for is one.
    pub(crate) fn has_application(&self) -> bool {
        self.project().targets.iter().any(|target| {
            target.kind == Kind::App
                && self.target.as_ref().is_none_or(|asked| *asked == target.name.text)
        })
    }

    /// Reads its sources; reports why that is not possible.
    pub(crate) fn load(&self, cx: Cx) -> Result<Program, Exit> {
        let graph = self.graph();
        let node = &graph.nodes[self.root];
        let own = &node.project;
        let mut found = Vec::new();
        let chosen = choose(own, self.target.as_deref(), &mut found);
        if chosen.is_some() {
            package::check_files(&node.folder, own, chosen, &mut found);
        }
        let Some(chosen) = chosen.filter(|_| found.is_empty()) else {
            cx.report.diagnostics(found, &self.resolution.manifests);
            return Err(Exit::Errors);
        };
        let entry = chosen.entry.as_ref().map(|entry| entry.text.as_str());
        let order = graph.reachable(self.root);
        let (sources, fetched) =
            read_sources(graph, &order, entry).or_else(|wrong| fail(cx, wrong))?;
        // One application has the name of the project.
        let apps = own.targets.iter().filter(|target| target.kind == Kind::App).count();
        let output =
            if apps == 1 && chosen.kind == Kind::App { &own.name.text } else { &chosen.name.text };
        Ok(Program {
            sources,
            shown: shown(&self.manifest()),
            name: OsString::from(output),
            output_folder: Some(PathBuf::from(shown(&node.folder.join(OUTPUT)))),
            goal: if chosen.kind == Kind::App { Goal::Program } else { Goal::Check },
            fetched,
        })
    }
}

/// Reads the files of these projects, each a package; the first one is the program's own. Says which packages
/// were fetched.
fn read_sources(
    graph: &Graph,
    order: &[usize],
    entry: Option<&str>,
) -> Result<(SourceMap, BTreeSet<PackageId>), Vec<Diagnostic>> {
    let mut sources = SourceMap::new();
    let mut packages = BTreeMap::new();
    let mut names = BTreeSet::new();
    for (index, &at) in order.iter().enumerate() {
        let node = &graph.nodes[at];
        let root = node.folder.join(&node.project.root.text);
        if index == 0 {
            packages.insert(at, SourceMap::OWN);
            folder::add(&mut sources, &root, entry, node.naming.as_ref())?;
        } else {
            let name = package_name(graph, order, at, &mut names);
            packages.insert(at, sources.add_package(name));
            folder::add(&mut sources, &root, None, node.naming.as_ref())?;
        }
    }
    for at in order {
        let node = &graph.nodes[*at];
        for (dependency, on) in node.project.dependencies.iter().zip(&node.dependencies) {
            sources.add_dependency(packages[at], &*dependency.label.text, packages[on]);
        }
    }
    let fetched = order.iter().filter(|&&at| graph.nodes[at].is_fetched());
    let fetched = fetched.map(|at| packages[at]).collect();
    Ok((sources, fetched))
}

/// What messages and traces call a package that others depend on: the first label that leads to it, with a
/// number if another package has that.
fn package_name(graph: &Graph, order: &[usize], at: usize, names: &mut BTreeSet<String>) -> String {
    let nodes = order.iter().map(|&node| &graph.nodes[node]);
    let mut edges = nodes.flat_map(|n| n.project.dependencies.iter().zip(&n.dependencies));
    let label = edges.find(|(_, on)| **on == at);
    let label = label.map_or("", |(dependency, _)| &dependency.label.text);
    let numbered = (2..).map(|number| format!("{label}_{number}"));
    let mut candidates = std::iter::once(label.to_owned()).chain(numbered);
    candidates.find(|name| names.insert(name.clone())).unwrap_or_default()
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
