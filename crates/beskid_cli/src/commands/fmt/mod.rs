//! `beskid fmt`: the canonical layout of files, folders, projects and standard input.
//!
//! *Invariants.* A file is written only if it changes, and appears complete or not at all. A file with syntax
//! errors stays as it is, and the others are formatted all the same.

mod difference;
mod files;
mod replace;

use std::path::Path;

use beskid_analysis::index::Id;
use beskid_analysis::source::FileId;

use crate::arguments::Fmt;
use crate::compile::Cx;
use crate::exit::Exit;
use crate::report::unplaced;
use crate::streams::plain;
use crate::{fault, program, project, source, streams};

use beskid_analysis::diagnostics::Code;

pub(crate) fn run(cx: Cx, arguments: &Fmt) -> Result<Exit, Exit> {
    let mut found = files::Files::default();
    if let Some(project) = &arguments.project {
        found.add_project(&project::at(project));
    } else if arguments.paths.is_empty() {
        match project::around() {
            Some(start) => found.add_project(&start),
            None => return program::fail(cx, vec![program::no_project()]),
        }
    }
    for path in &arguments.paths {
        found.add(path);
    }
    let mut exit = if found.wrong.is_empty() { Exit::Done } else { Exit::Errors };
    cx.report.diagnostics(found.wrong, &beskid_analysis::source::SourceMap::new());
    let (mut changed, total) = (0, found.files.len());
    for path in &found.files {
        match format(cx, arguments, path)? {
            Outcome::Same => {}
            Outcome::Changed => changed += 1,
            Outcome::Failed => exit = Exit::Errors,
        }
    }
    if arguments.check && changed > 0 {
        let files = if total == 1 { "file" } else { "files" };
        cx.report.failure(&format!("{changed} of {total} {files} would change"));
        return Ok(Exit::Errors);
    }
    Ok(exit)
}

/// What became of a file.
enum Outcome {
    Same,
    /// It was written, or would be.
    Changed,
    /// It was reported why not.
    Failed,
}

fn format(cx: Cx, arguments: &Fmt, path: &Path) -> Result<Outcome, Exit> {
    fault::activity(format!("formatting {}", path.display()));
    let bytes = match source::bytes(path) {
        Ok(bytes) => bytes,
        Err(diagnostic) => {
            cx.report.error(*diagnostic);
            return Ok(Outcome::Failed);
        }
    };
    let sources = match source::from_bytes(path, bytes.clone()) {
        Ok(sources) => sources,
        Err(diagnostic) => {
            cx.report.error(*diagnostic);
            return Ok(Outcome::Failed);
        }
    };
    let text = match beskid_fmt::format(FileId::from_index(0), &sources) {
        Ok(text) => text,
        Err(diagnostics) => {
            cx.report.diagnostics(diagnostics, &sources);
            return Ok(Outcome::Failed);
        }
    };
    let is_same = text.as_bytes() == bytes;
    if arguments.check {
        if !is_same {
            // It is UTF-8, or would not have been read.
            let before = String::from_utf8_lossy(&bytes);
            let name = &sources.files().as_slice()[0].name;
            streams::write(
                &cx.report,
                &difference::unified(name, &before, &text, cx.stdout_color),
            )?;
        }
    } else if source::is_stdin(path) {
        streams::write(&cx.report, &text)?;
    } else if !is_same && let Err(error) = replace::replace(path, text.as_bytes()) {
        let message = format!("cannot write `{}`: {}", path.display(), plain(&error));
        cx.report.error(unplaced(Code::OutputUnwritable, message));
        return Ok(Outcome::Failed);
    }
    Ok(if is_same { Outcome::Same } else { Outcome::Changed })
}
