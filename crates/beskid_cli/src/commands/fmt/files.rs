//! Which files are formatted.
//!
//! *Invariants.* The order is that of the arguments, within a folder that of the names. What is hidden is left
//! alone, as are links and the folders of outputs beside a manifest. A file is taken once, and so is a
//! folder: links are not followed, so there is no circle.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use beskid_analysis::diagnostics::{Code, Diagnostic};

use crate::folder::{OUTPUTS, shown};
use crate::project::{self, MANIFEST, Start, WORKSPACE, folder_of};
use crate::report::unplaced;
use crate::source::{self, EXTENSION};
use crate::streams::plain;

/// Files to be formatted, and what is wrong with what was named.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) files: Vec<PathBuf>,
    pub(super) wrong: Vec<Diagnostic>,
    seen: BTreeSet<PathBuf>,
}

impl Files {
    /// A file, a folder or a project, as named by the user.
    pub(super) fn add(&mut self, path: &Path) {
        let is_known = path.file_name().is_some_and(|name| name == MANIFEST || name == WORKSPACE);
        if is_known && path.is_file() {
            self.add_project(&project::at(path));
        } else if !source::is_stdin(path) && path.is_dir() {
            self.add_folder(path);
        } else {
            self.add_file(path.to_owned());
        }
    }

    /// All files below the folder of a project or workspace.
    pub(super) fn add_project(&mut self, start: &Start) {
        let (Start::Project(path) | Start::Workspace(path)) = start;
        if !path.is_file() {
            let message = format!("there is no `{}`", shown(path));
            return self.wrong.push(unplaced(Code::MissingManifest, message));
        }
        self.add_folder(&folder_of(path));
    }

    fn add_file(&mut self, path: PathBuf) {
        if self.seen.insert(path.clone()) {
            self.files.push(path);
        }
    }

    fn add_folder(&mut self, top: &Path) {
        let mut folders = vec![top.to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = fs::read_dir(&folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            let mut entries = match entries {
                Ok(entries) => entries,
                Err(error) => {
                    let name = shown(&folder);
                    let message = format!("cannot read the folder `{name}`: {}", plain(&error));
                    self.wrong.push(unplaced(Code::FileUnreadable, message));
                    continue;
                }
            };
            entries.sort_by_key(fs::DirEntry::file_name);
            let has_outputs =
                folder == top || entries.iter().any(|entry| entry.file_name() == MANIFEST);
            let mut inner = Vec::new();
            for entry in entries {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                if name.starts_with('.') || has_outputs && OUTPUTS.contains(&&*name) {
                    continue;
                }
                let path = entry.path();
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => inner.push(path),
                    Ok(kind) if kind.is_file() && path.extension().is_some_and(is_source) => {
                        self.add_file(path.strip_prefix(".").unwrap_or(&path).to_owned());
                    }
                    _ => {}
                }
            }
            folders.extend(inner.into_iter().rev());
        }
    }
}

fn is_source(ending: &OsStr) -> bool {
    ending == EXTENSION
}
