//! Projects: a folder with a `Project.proj` (tools.md §2).
//!
//! [`manifest`] knows how a manifest is written, [`package`] what it says, [`graph`] which projects one
//! depends on. Here a target is chosen, and the sources of all of them are read.
//!
//! *Invariants.* Whatever is wrong in manifests is reported with its place there, all of it at once, and
//! then no source file is read.

mod graph;
mod manifest;
mod package;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use beskid_analysis::Goal;
use beskid_analysis::diagnostics::{Code, Diagnostic, suggest};
use beskid_analysis::source::SourceMap;

use crate::compile::Cx;
use crate::exit::Exit;
use crate::folder::{self, shown};
use crate::program::{Program, fail};
use crate::report::unplaced;
use graph::Graph;
use package::{Kind, Project, Target};

/// The name of manifests.
pub(crate) const MANIFEST: &str = "Project.proj";
/// Where outputs go.
const OUTPUT: &str = "bin";

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
    let mut manifests = SourceMap::new();
    let mut found = Vec::new();
    let graph = graph::read(manifest, &mut manifests, &mut found);
    let chosen = graph.as_ref().and_then(|graph| choose(&graph[0].project, target, &mut found));
    let ready = graph.as_ref().zip(chosen).filter(|(graph, chosen)| {
        package::check_files(&graph[0].folder, &graph[0].project, Some(chosen), &mut found);
        !found.iter().any(Diagnostic::is_error)
    });
    cx.report.diagnostics(found, &manifests);
    let Some((graph, chosen)) = ready else { return Err(Exit::Errors) };

    let entry = chosen.entry.as_ref().map(|entry| entry.text.as_str());
    let sources = read_sources(graph, entry).or_else(|wrong| fail(cx, wrong))?;
    // One application has the name of the project.
    let own = &graph[0].project;
    let apps = own.targets.iter().filter(|target| target.kind == Kind::App).count();
    let output =
        if apps == 1 && chosen.kind == Kind::App { &own.name.text } else { &chosen.name.text };
    Ok(Program {
        sources,
        shown: name,
        name: OsString::from(output),
        output_folder: Some(PathBuf::from(shown(&graph[0].folder.join(OUTPUT)))),
        goal: if chosen.kind == Kind::App { Goal::Program } else { Goal::Check },
    })
}

/// Reads the files of all projects, each a package.
fn read_sources(graph: &Graph, entry: Option<&str>) -> Result<SourceMap, Vec<Diagnostic>> {
    let mut sources = SourceMap::new();
    let mut packages = Vec::with_capacity(graph.len());
    let mut names = BTreeSet::new();
    for (index, node) in graph.iter().enumerate() {
        let root = node.folder.join(&node.project.root.text);
        if index == 0 {
            packages.push(SourceMap::OWN);
            folder::add(&mut sources, &root, entry)?;
        } else {
            packages.push(sources.add_package(package_name(graph, index, &mut names)));
            folder::add(&mut sources, &root, None)?;
        }
    }
    for (node, &package) in graph.iter().zip(&packages) {
        for (dependency, &on) in node.project.dependencies.iter().zip(&node.dependencies) {
            sources.add_dependency(package, &*dependency.label.text, packages[on]);
        }
    }
    Ok(sources)
}

/// What messages and traces call a package that others depend on: the first label that leads to it, with a
/// number if another package has that.
fn package_name(graph: &Graph, index: usize, names: &mut BTreeSet<String>) -> String {
    let edges = graph.iter().flat_map(|n| n.project.dependencies.iter().zip(&n.dependencies));
    let label = edges.into_iter().find(|(_, on)| **on == index);
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
