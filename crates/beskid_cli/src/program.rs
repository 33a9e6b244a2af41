//! Which files a program has: one alone, those of a folder, or those of a project (tools.md §1, §2).
//!
//! *Invariants.* What is wrong with the files is reported before anything is parsed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use beskid_analysis::Goal;
use beskid_analysis::diagnostics::{Code, Diagnostic};
use beskid_analysis::source::{PackageId, SourceMap};

use crate::compile::Cx;
use crate::exit::Exit;
use crate::folder::{self, ENTRY, shown};
use crate::project::{self, MANIFEST, Member, Start, WORKSPACE};
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
    /// The packages of it that were fetched: the work of others.
    pub(crate) fetched: BTreeSet<PackageId>,
}

/// A program that a command is about, not read yet.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    what: What,
    /// What names it alone.
    pub(crate) arguments: arguments::Program,
}

#[derive(Clone, Debug)]
enum What {
    File(PathBuf),
    Folder(PathBuf),
    Member(Member),
}

impl Choice {
    /// Reads it; reports why that is not possible.
    pub(crate) fn load(&self, cx: Cx) -> Result<Program, Exit> {
        match &self.what {
            What::File(path) => load_file(cx, path),
            What::Folder(path) => load_folder(cx, path),
            What::Member(member) => member.load(cx),
        }
    }

    /// Whether it has files of another one.
    pub(crate) fn depends_on(&self, other: &Self) -> bool {
        match (&self.what, &other.what) {
            (What::Member(this), What::Member(other)) => this.depends_on(other),
            _ => false,
        }
    }

    /// The member of a project or workspace that it is, if it is one.
    pub(crate) fn member(&self) -> Option<&Member> {
        match &self.what {
            What::Member(member) => Some(member),
            What::File(_) | What::Folder(_) => None,
        }
    }

    /// Its label in a workspace.
    pub(crate) fn label(&self) -> Option<&str> {
        match &self.what {
            What::Member(member) => member.label(),
            _ => None,
        }
    }
}

/// The programs that the arguments name: all members of a workspace, or one program. Reports why there are
/// none.
pub(crate) fn choose(cx: Cx, arguments: &arguments::Program) -> Result<Vec<Choice>, Exit> {
    let lone = |what| Ok(vec![Choice { what, arguments: arguments.clone() }]);
    if let Some(start) = start(arguments) {
        let members = project::members(cx, &start, arguments)?;
        if let [only] = &members[..] {
            return lone(What::Member(only.clone()));
        }
        let choice = |member: Member| {
            let arguments = arguments::Program {
                path: None,
                project: Some(member.manifest()),
                ..arguments.clone()
            };
            Choice { what: What::Member(member), arguments }
        };
        return Ok(members.into_iter().map(choice).collect());
    }
    let Some(path) = &arguments.path else { return fail(cx, vec![no_project()]) };
    if arguments.target.is_some() || arguments.member.is_some() {
        let (code, what) = match arguments.target {
            Some(_) => (Code::UnknownTarget, "project, and has no targets"),
            None => (Code::UnknownWorkspaceMember, "workspace, and has no members"),
        };
        let diagnostic = unplaced(code, format!("`{}` is no {what}", path.display()));
        return fail(cx, vec![diagnostic.help(format!("a project has a `{MANIFEST}`"))]);
    }
    let is_folder = !source::is_stdin(path) && path.is_dir();
    lone(if is_folder { What::Folder(path.clone()) } else { What::File(path.clone()) })
}

/// Reads the one program that the arguments name; reports why that is not possible.
pub(crate) fn load(cx: Cx, arguments: &arguments::Program) -> Result<Program, Exit> {
    choose_one(cx, arguments)?.load(cx)
}

/// The one program that the arguments name: of a workspace, the only member with an application. Reports why
/// there is none.
pub(crate) fn choose_one(cx: Cx, arguments: &arguments::Program) -> Result<Choice, Exit> {
    let mut choices = choose(cx, arguments)?;
    if choices.len() == 1 {
        return Ok(choices.remove(0));
    }
    let labels: Vec<String> =
        choices.iter().filter_map(|choice| Some(format!("`{}`", choice.label()?))).collect();
    choices.retain(|choice| match &choice.what {
        What::Member(member) => member.has_application(),
        _ => true,
    });
    if choices.len() == 1 {
        return Ok(choices.remove(0));
    }
    let message = "the workspace has several members, and one is needed";
    let diagnostic = unplaced(Code::UnknownWorkspaceMember, message)
        .note(format!("its members are {}", labels.join(", ")))
        .help("name one with `--member NAME`");
    fail(cx, vec![diagnostic])
}

/// The project or workspace that the arguments name, or that is around; nothing if they name another program,
/// or nothing.
fn start(arguments: &arguments::Program) -> Option<Start> {
    if let Some(path) = &arguments.project {
        return Some(project::at(path));
    }
    let Some(path) = &arguments.path else { return project::around() };
    let is_known = path.file_name().is_some_and(|name| name == MANIFEST || name == WORKSPACE);
    let is_folder = !source::is_stdin(path) && path.is_dir();
    let has = |name: &str| path.join(name).exists();
    let is_project = is_known && path.is_file() || is_folder && (has(MANIFEST) || has(WORKSPACE));
    is_project.then(|| project::at(path))
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
    Ok(alone(sources, path, name))
}

fn load_folder(cx: Cx, path: &Path) -> Result<Program, Exit> {
    if !path.join(ENTRY).is_file() {
        return fail(cx, vec![folder::no_entry(path)]);
    }
    let sources = folder::load(path, Some(ENTRY)).or_else(|wrong| fail(cx, wrong))?;
    let full = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = full.file_name().map_or_else(|| OsString::from("program"), ToOwned::to_owned);
    Ok(alone(sources, path, name))
}

/// A program of a file or folder that belongs to no project.
fn alone(sources: SourceMap, path: &Path, name: OsString) -> Program {
    Program {
        sources,
        shown: path.display().to_string(),
        name,
        output_folder: None,
        goal: Goal::Check,
        fetched: BTreeSet::new(),
    }
}

/// Something that `--watch` looks at.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Place {
    /// The files of a folder.
    Folder(PathBuf),
    /// All files below a folder.
    Tree(PathBuf),
}

/// Where the files are that programs are made of, as far as that is known: also if there is something wrong
/// with them. Nothing is reported.
pub(crate) fn places(cx: Cx, arguments: &arguments::Program) -> BTreeSet<Place> {
    if let Some(start) = start(arguments) {
        return project::places(cx, &start);
    }
    let Some(path) = &arguments.path else { return BTreeSet::from([Place::Folder(".".into())]) };
    let place = match path.is_dir() {
        true => Place::Tree(path.clone()),
        false => Place::Folder(project::folder_of(path)),
    };
    BTreeSet::from([place])
}

/// Whether programs are made of a file like this.
pub(crate) fn is_input(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    let is_hidden = name.as_encoded_bytes().starts_with(b".");
    let is_source = path.extension().is_some_and(|ending| ending == source::EXTENSION);
    name == MANIFEST || name == WORKSPACE || is_source && !is_hidden
}

/// E3006 for a command that names no program.
pub(crate) fn no_project() -> Diagnostic {
    let message = format!("there is no `{MANIFEST}` here or in a folder above");
    let diagnostic = unplaced(Code::MissingManifest, message);
    if Path::new(ENTRY).is_file() {
        diagnostic.help(format!("name the folder to take its `{ENTRY}`: `beskid run .`"))
    } else {
        diagnostic
            .help(format!("name a file or folder: `beskid run {}`", shown(Path::new("hello.bd"))))
    }
}
