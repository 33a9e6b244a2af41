//! `beskid lock`, `fetch` and `update`: what a project depends on, and which commits that is.

use crate::arguments::{Relock, Update};
use crate::compile::Cx;
use crate::exit::Exit;
use crate::program::{fail, no_project};
use crate::project::{self, Work};

pub(crate) fn lock(cx: Cx, arguments: &Relock) -> Result<Exit, Exit> {
    run(cx, arguments, Work::Lock)
}

pub(crate) fn fetch(cx: Cx, arguments: &Relock) -> Result<Exit, Exit> {
    run(cx, arguments, Work::Fetch)
}

pub(crate) fn update(cx: Cx, arguments: &Update) -> Result<Exit, Exit> {
    run(cx, &arguments.what, Work::Update(&arguments.names))
}

fn run(cx: Cx, arguments: &Relock, work: Work<'_>) -> Result<Exit, Exit> {
    let start = match &arguments.project {
        Some(path) => project::at(path),
        None => match project::around() {
            Some(start) => start,
            None => return fail(cx, vec![no_project()]),
        },
    };
    if let Some(path) = project::relock(cx, &start, work, arguments.lock.keep())? {
        cx.report.note(&format!("wrote `{path}`"));
    }
    Ok(Exit::Done)
}
