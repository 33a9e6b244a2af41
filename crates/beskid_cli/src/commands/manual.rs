//! `beskid completions` and the manual pages, made of what the command says of itself.

use std::fs;

use clap::CommandFactory;

use crate::arguments::{Arguments, Completions, Manual};
use crate::compile::Cx;
use crate::exit::Exit;
use crate::streams;

const NAME: &str = "beskid";

pub(crate) fn completions(cx: Cx, arguments: &Completions) -> Result<Exit, Exit> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), NAME, &mut text);
    streams::write_bytes(&cx.report, &text)?;
    Ok(Exit::Done)
}

/// Writes `beskid.1`, and `beskid-build.1` and its like for each command.
pub(crate) fn pages(cx: Cx, arguments: &Manual) -> Result<Exit, Exit> {
    let folder = &arguments.folder;
    let written = fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder));
    written.map_err(|error| {
        let reason = streams::plain(&error);
        cx.report.failure(&format!("cannot write to `{}`: {reason}", folder.display()));
        Exit::Errors
    })?;
    Ok(Exit::Done)
}
