//! Runtimes that lie beside the command: those of targets that it carries none for.
//!
//! ```text
//! $BESKID_HOME/runtimes/aarch64-unknown-linux-gnu/libbeskid_runtime_standalone.a
//! ```
//!
//! Without `BESKID_HOME` it is `lib/beskid` beside the folder of the command: an installation can bring runtimes
//! along, and a target folder of cargo can hold them.
//!
//! *Invariants.* What the compiler carries is never looked for. A runtime that was named is the only one.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use beskid_aot::{Runtime, Target};

/// The name of a runtime's static library.
const FILE: &str = "libbeskid_runtime_standalone.a";

/// The runtime for `target`: the one that was named, the compiler's own, or one that is found.
pub(crate) fn of(target: &Target, named: Option<&Path>) -> Runtime {
    match named {
        Some(path) => Runtime::Archive(path.to_owned()),
        None if Runtime::is_embedded_for(target) => Runtime::Embedded,
        None => found()
            .into_iter()
            .find(|(triple, _)| target.is_served_by(triple))
            .map_or(Runtime::Embedded, |(_, path)| Runtime::Archive(path)),
    }
}

/// The runtimes that lie beside the command: for which triple each is, in order.
pub(crate) fn found() -> Vec<(String, PathBuf)> {
    let Some(folder) = folder() else { return Vec::new() };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<(String, PathBuf)> = entries
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path().join(FILE))))
        .filter(|(_, path)| path.is_file())
        .collect();
    found.sort();
    found
}

/// Where runtimes are looked for.
pub(crate) fn folder() -> Option<PathBuf> {
    let home = env::var_os("BESKID_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let home = home.or_else(|| {
        let command = env::current_exe().ok()?;
        Some(command.parent()?.parent()?.join("lib").join("beskid"))
    });
    home.map(|home| home.join("runtimes"))
}
