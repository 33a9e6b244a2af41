//! The source files below a folder.
//!
//! *Invariants.* The result depends on the folder's content alone: the entry first, then all others sorted
//! by path. What is hidden is no part of the program, nor are `target`, `obj` and `bin` at the top, where
//! outputs lie, nor folders that hold a project of their own. A folder is visited once, whatever links
//! lead to it, so no circle of links is followed.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use beskid_analysis::diagnostics::{Code, Diagnostic, suggest};
use beskid_analysis::source::SourceMap;

use crate::project::MANIFEST;
use crate::report::unplaced;
use crate::source::{self, EXTENSION};
use crate::streams::plain;

/// The entry of a folder that is a program.
pub(crate) const ENTRY: &str = "Main.bd";
/// Folders of outputs.
pub(crate) const OUTPUTS: [&str; 3] = ["bin", "obj", "target"];

/// What the files of a folder are called instead of their paths.
#[derive(Clone, Debug)]
pub(crate) struct Naming {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// What stands for it.
    pub(crate) name: String,
}

impl Naming {
    /// What a file in the folder is called.
    pub(crate) fn of(&self, path: &Path) -> String {
        match path.strip_prefix(&self.folder) {
            Ok(rest) => shown(&Path::new(&self.name).join(rest)),
            Err(_) => shown(path),
        }
    }
}

/// A source file below a root.
struct Found {
    path: PathBuf,
    /// Its path under the root, without its ending.
    module: String,
}

/// Reads all source files below `root`, the file at `entry` (relative to it) first.
///
/// # Errors
/// Everything that cannot be read.
pub(crate) fn load(root: &Path, entry: Option<&str>) -> Result<SourceMap, Vec<Diagnostic>> {
    let mut sources = SourceMap::new();
    add(&mut sources, root, entry, None)?;
    Ok(sources)
}

/// As [`load`], behind the files that are there: those of the package that was added last.
///
/// # Errors
/// Everything that cannot be read.
pub(crate) fn add(
    sources: &mut SourceMap,
    root: &Path,
    entry: Option<&str>,
    naming: Option<&Naming>,
) -> Result<(), Vec<Diagnostic>> {
    let mut found = list(root)?;
    found.sort_by(|a, b| a.module.cmp(&b.module));
    let entry = entry.map(|entry| root.join(entry));
    if let Some(at) = found.iter().position(|file| entry.as_ref() == Some(&file.path)) {
        found[..=at].rotate_right(1);
    }
    let mut wrong = Vec::new();
    for file in found {
        let name = naming.map_or_else(|| shown(&file.path), |naming| naming.of(&file.path));
        match source::text(&file.path, &name) {
            Ok(text) => {
                if sources.add_module(&*name, file.module, text).is_err() {
                    wrong.push(source::too_large(&name));
                    break;
                }
            }
            Err(diagnostic) => wrong.push(*diagnostic),
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// A path for messages: without the `./` of the folder at hand, and without a `/` at its end.
pub(crate) fn shown(path: &Path) -> String {
    let plain: PathBuf = path.strip_prefix(".").unwrap_or(path).components().collect();
    plain.to_string_lossy().into_owned()
}

fn list(root: &Path) -> Result<Vec<Found>, Vec<Diagnostic>> {
    let mut found = Vec::new();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    let mut folders = vec![(root.to_owned(), String::new())];
    while let Some((folder, module)) = folders.pop() {
        let unreadable = |error: &std::io::Error| {
            let message = format!("cannot read the folder `{}`: {}", shown(&folder), plain(error));
            unplaced(Code::FileUnreadable, message)
        };
        let identity = match fs::metadata(&folder) {
            Ok(metadata) => (metadata.dev(), metadata.ino()),
            Err(error) => {
                wrong.push(unreadable(&error));
                continue;
            }
        };
        if !seen.insert(identity) {
            let message =
                format!("`{}` leads to a folder that the program has already", shown(&folder));
            wrong.push(
                unplaced(Code::FileUnreadable, message)
                    .note("it is a link to a folder around it, or one that another path leads to")
                    .help("remove the link"),
            );
            continue;
        }
        let entries = fs::read_dir(&folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                wrong.push(unreadable(&error));
                continue;
            }
        };
        // What is reported does not depend on the order of the system.
        entries.sort_by_key(fs::DirEntry::file_name);
        let is_top = module.is_empty();
        if !is_top && entries.iter().any(|entry| entry.file_name() == MANIFEST) {
            continue;
        }
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name());
            let is_source = path.extension().is_some_and(|ending| ending == EXTENSION);
            let Some(name) = name.to_str() else {
                if is_source {
                    let message = format!("the name of `{}` is not UTF-8", shown(&path));
                    wrong.push(unplaced(Code::ModuleName, message).help("rename the file"));
                }
                continue;
            };
            if name.starts_with('.') || is_top && OUTPUTS.contains(&name) {
                continue;
            }
            let inner = |name: &str| match is_top {
                true => name.to_owned(),
                false => format!("{module}/{name}"),
            };
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => folders.push((path, inner(name))),
                Ok(metadata) if is_source && metadata.file_type().is_fifo() => {
                    let message = format!("`{}` is a pipe, not a source file", shown(&path));
                    wrong.push(unplaced(Code::NotAFile, message));
                }
                // What is wrong with it is said when it is read.
                _ if is_source => {
                    let stem = name.strip_suffix(".bd").unwrap_or(name);
                    found.push(Found { module: inner(stem), path });
                }
                _ => {}
            }
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

/// E0006: a folder that is no program.
pub(crate) fn no_entry(folder: &Path) -> Diagnostic {
    let shown_folder = shown(folder);
    let shown_folder = if shown_folder.is_empty() { "." } else { &shown_folder };
    let message = format!("the folder `{shown_folder}` has no `{ENTRY}`");
    let diagnostic = unplaced(Code::NoEntryFile, message).note(format!(
        "a program in a folder begins in `{ENTRY}`, that of a project has a `{MANIFEST}`"
    ));
    let names: Vec<String> = fs::read_dir(folder)
        .map(|entries| {
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
        })
        .unwrap_or_default();
    let names = names.iter().map(String::as_str).filter(|name| name.ends_with(".bd"));
    if let Some(near) = suggest::nearest(ENTRY, names.clone()) {
        return diagnostic.help(format!("rename `{near}` to `{ENTRY}`"));
    }
    match names.min() {
        Some(first) => {
            let file = shown(&folder.join(first));
            diagnostic.help(format!("one file is a program as well: `beskid run {file}`"))
        }
        None => diagnostic,
    }
}
