//! The static library of the runtime, from a cargo of its own.
//!
//! *Invariants.* The inner cargo has its own target folder, beside the outer one's profiles, so that
//! all of them share one runtime and no lock is held twice. The inner build needs nothing from the
//! network that the outer one did not fetch: it has the same lock file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::library::{self, PACKAGE};

/// Builds the library for `target` and returns its path.
pub(crate) fn build(out: &Path, target: &str) -> Result<PathBuf, String> {
    let here = PathBuf::from(crate::variable("CARGO_MANIFEST_DIR")?);
    let root = here.parent().and_then(Path::parent).ok_or("the package is not in a workspace")?;
    for name in ["beskid_abi", "beskid_runtime", PACKAGE] {
        let package = root.join("crates").join(name);
        println!("cargo::rerun-if-changed={}", package.join("src").display());
        println!("cargo::rerun-if-changed={}", package.join("Cargo.toml").display());
    }
    for name in ["Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", root.join(name).display());
    }

    let folder = target_folder(out);
    let cargo = OsString::from(crate::variable("CARGO")?);
    let run = |network: &[&str]| -> Result<Output, String> {
        let mut command = library::command(&cargo, root, target, &folder);
        command.args(network);
        command.output().map_err(|error| format!("cannot run {command:?}: {error}"))
    };
    // Other packages of the workspace may have been built without the runtime's dependencies ever
    // being fetched; only then is the network asked, for what the lock file says.
    let mut output = run(&["--offline"])?;
    if !output.status.success() && String::from_utf8_lossy(&output.stderr).contains("offline") {
        output = run(&[])?;
    }
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(format!("building the runtime of executables failed\n{stderr}"));
    }
    Ok(library::library(&folder, target))
}

/// The nearest folder above that cargo marked as its own.
fn target_folder(out: &Path) -> PathBuf {
    let marked = out.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists());
    marked.unwrap_or(out).join("beskid-runtime")
}
