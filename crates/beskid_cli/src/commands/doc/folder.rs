//! The folder of a site: what is in it, and what may be done to it.
//!
//! ```text
//!  absent, empty ──► list ──► pages, each whole ──► old pages go ──► list
//!  holds a list  ──►  │         │                     │
//!                     └─────────┴── interrupted ──────┴──► holds a list: the next run goes on
//!  holds anything else ──► refused, E4004
//! ```
//!
//! A site has the list of its files in it, which makes it known as one, and which says what an earlier run has
//! made: nothing else is ever removed, so files of others (a `CNAME`, a `.git`) stay.
//!
//! *Invariants.* Every file is whole at any time. While files are written, the list has those of before and
//! those of now. What did not change is not written. Nothing outside of the folder is touched: no path of a
//! list leads out of it, nor does one through a link.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path};

use beskid_analysis::diagnostics::Code;
use beskid_aot::output::{self, Access};
use beskid_doc::File;

use crate::commands::aot_failure;
use crate::compile::Cx;
use crate::exit::Exit;
use crate::folder::shown;
use crate::report::unplaced;
use crate::streams::plain;

/// The list of the files of a site.
const LIST: &str = ".beskid-doc";
/// Its first line.
const HEAD: &str = "beskid doc, format 1";

/// Refuses a place that no site can be written to, before there is one.
pub(super) fn check(cx: Cx, out: &Path) -> Result<(), Exit> {
    known(out).map(drop).map_err(|reason| refused(cx, out, &reason))
}

/// Writes a site.
pub(super) fn write(cx: Cx, out: &Path, files: &[File]) -> Result<(), Exit> {
    let before = known(out).map_err(|reason| refused(cx, out, &reason))?;
    let now: BTreeSet<String> = files.iter().map(|file| file.path.clone()).collect();
    fs::create_dir_all(out).map_err(|error| refused(cx, out, &plain(&error)))?;
    put(cx, out, LIST, &list(before.union(&now)))?;
    for file in files {
        put(cx, out, &file.path, &file.text)?;
    }
    for gone in before.difference(&now) {
        remove(out, gone);
    }
    put(cx, out, LIST, &list(&now))
}

/// The files of the site in a folder; why it cannot have one.
fn known(out: &Path) -> Result<BTreeSet<String>, String> {
    let entries = match fs::read_dir(out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return above(out),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err("it is not a folder".to_owned());
        }
        Err(error) => return Err(plain(&error)),
    };
    let text = match fs::read_to_string(out.join(LIST)) {
        Ok(text) => text,
        Err(_) => {
            let is_empty = entries.flatten().next().is_none();
            let reason = "the folder has something in it that is no documentation";
            return if is_empty { Ok(BTreeSet::new()) } else { Err(reason.to_owned()) };
        }
    };
    let mut lines = text.lines();
    if lines.next() != Some(HEAD) {
        return Err(format!("`{LIST}` in it is no list of this version"));
    }
    Ok(lines.filter(|line| is_inside(line)).map(str::to_owned).collect())
}

/// Whether a folder that is not there can be made.
fn above(out: &Path) -> Result<BTreeSet<String>, String> {
    let there = out.ancestors().skip(1).find(|path| path.exists() || path.as_os_str().is_empty());
    match there {
        Some(path) if !path.as_os_str().is_empty() && !path.is_dir() => {
            Err(format!("`{}` is not a folder", shown(path)))
        }
        _ => Ok(BTreeSet::new()),
    }
}

/// Whether a path of a list leads to a file below the folder.
fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

fn list<'p>(paths: impl IntoIterator<Item = &'p String>) -> String {
    let mut text = format!("{HEAD}\n");
    for path in paths {
        text.push_str(path);
        text.push('\n');
    }
    text
}

fn put(cx: Cx, out: &Path, path: &str, text: &str) -> Result<(), Exit> {
    let place = out.join(path);
    if !leads_inside(out, path) {
        let reason = format!("`{}` is a link", shown(&place));
        return Err(refused(cx, out, &reason));
    }
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder).map_err(|error| refused(cx, folder, &plain(&error)))?;
    }
    output::update(&place, text.as_bytes(), Access::Data).map_err(|error| aot_failure(cx, &error))
}

/// Whether no part of a path below the folder is a link.
fn leads_inside(out: &Path, path: &str) -> bool {
    let mut place = out.to_owned();
    Path::new(path).components().all(|part| {
        place.push(part);
        !place.is_symlink()
    })
}

/// Removes a file of an earlier site, and the folders that are empty without it.
fn remove(out: &Path, path: &str) {
    if !leads_inside(out, path) || fs::remove_file(out.join(path)).is_err() {
        return;
    }
    let folders = Path::new(path).ancestors().skip(1).filter(|path| !path.as_os_str().is_empty());
    for folder in folders {
        // One that others have something in stays.
        if fs::remove_dir(out.join(folder)).is_err() {
            return;
        }
    }
}

/// E4004
fn refused(cx: Cx, out: &Path, reason: &str) -> Exit {
    let message = format!("cannot write the documentation to `{}`: {reason}", shown(out));
    cx.report.error(
        unplaced(Code::OutputUnwritable, message).help("name another folder with `--out FOLDER`"),
    );
    Exit::Errors
}
