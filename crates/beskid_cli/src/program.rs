//! Which files a program has: one alone, those of a folder, or those of a project (tools.md §1, §2).
//!
//! *Invariants.* What is wrong with the files is reported before anything is parsed.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use beskid_analysis::Goal;
use beskid_analysis::diagnostics::{Code, Diagnostic};
use beskid_analysis::source::SourceMap;

use crate::compile::Cx;
use crate::exit::Exit;
use crate::folder::{self, ENTRY, shown};
use crate::project::{self, MANIFEST};
use crate::report::unplaced;
use crate::{arguments, source};

/// A program, read.
#[derive(Debug)]
pub(crate) struct Program {
    /// Its text, the entry file first.
    pub(crate) sources: SourceMap,
    /// What messages call it.
    pub(crate) shown: String,
    /// What its outputs are called.
    pub(crate) name: OsString,
    /// Where its outputs go; without it, where the command runs.
    pub(crate) output_folder: Option<PathBuf>,
    /// What `check` asks of it.
    pub(crate) goal: Goal,
}

/// Reads the program that the arguments name; reports why that is not possible.
pub(crate) fn load(cx: Cx, arguments: &arguments::Program) -> Result<Program, Exit> {
    let target = arguments.target.as_deref();
    if let Some(path) = &arguments.project {
        return project::load(cx, &project::manifest_at(path), target);
    }
    let Some(path) = &arguments.path else {
        return match project_around() {
            Some(manifest) => project::load(cx, &manifest, target),
            None => fail(cx, vec![no_project()]),
        };
    };
    let is_manifest = path.file_name().is_some_and(|name| name == MANIFEST) && path.is_file();
    if is_manifest {
        return project::load(cx, path, target);
    }
    let is_folder = !source::is_stdin(path) && path.is_dir();
    if is_folder && path.join(MANIFEST).exists() {
        return project::load(cx, &path.join(MANIFEST), target);
    }
    if target.is_some() {
        let message = format!("`{}` is no project, and has no targets", path.display());
        let diagnostic = unplaced(Code::UnknownTarget, message);
        return fail(cx, vec![diagnostic.help(format!("a project has a `{MANIFEST}`"))]);
    }
    if is_folder { load_folder(cx, path) } else { load_file(cx, path) }
}

/// Reports why a program cannot be read.
pub(crate) fn fail<T>(cx: Cx, diagnostics: Vec<Diagnostic>) -> Result<T, Exit> {
    cx.report.diagnostics(diagnostics, &SourceMap::new());
    Err(Exit::Errors)
}

fn load_file(cx: Cx, path: &Path) -> Result<Program, Exit> {
    let sources = source::load(path).or_else(|diagnostic| fail(cx, vec![*diagnostic]))?;
    let name = match path.file_stem() {
        Some(stem) if !source::is_stdin(path) => stem.to_owned(),
        _ => OsString::from("program"),
    };
    let shown = path.display().to_string();
    Ok(Program { sources, shown, name, output_folder: None, goal: Goal::Check })
}

fn load_folder(cx: Cx, path: &Path) -> Result<Program, Exit> {
    if !path.join(ENTRY).is_file() {
        return fail(cx, vec![folder::no_entry(path)]);
    }
    let sources = folder::load(path, Some(ENTRY)).or_else(|wrong| fail(cx, wrong))?;
    let full = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = full.file_name().map_or_else(|| OsString::from("program"), ToOwned::to_owned);
    let shown = path.display().to_string();
    Ok(Program { sources, shown, name, output_folder: None, goal: Goal::Check })
}

/// The manifest here or in the nearest folder above, by a relative path.
fn project_around() -> Option<PathBuf> {
    let here = env::current_dir().ok()?;
    let mut relative = PathBuf::new();
    for folder in here.ancestors() {
        if folder.join(MANIFEST).is_file() {
            return Some(relative.join(MANIFEST));
        }
        relative.push("..");
    }
    None
}

/// E3006 for a command that names no program.
fn no_project() -> Diagnostic {
    let message = format!("there is no `{MANIFEST}` here or in a folder above");
    let diagnostic = unplaced(Code::MissingManifest, message);
    if Path::new(ENTRY).is_file() {
        diagnostic.help(format!("name the folder to take its `{ENTRY}`: `beskid run .`"))
    } else {
        diagnostic
            .help(format!("name a file or folder: `beskid run {}`", shown(Path::new("hello.bd"))))
    }
}
