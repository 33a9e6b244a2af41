//! The static library of the runtime, from a cargo of its own.
//!
//! *Invariants.* The inner cargo has its own target folder, beside the outer one's profiles, so that
//! all of them share one runtime and no lock is held twice. Whatever changes code generation in the
//! outer build is taken out of the environment. The inner build needs nothing from the network that
//! the outer one did not fetch: it has the same lock file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

const PACKAGE: &str = "beskid_runtime_standalone";
const PROFILE: &str = "runtime";

/// Variables that steer a build, and beginnings of such.
const SCRUBBED: &[&str] = &[
    "CARGO_INCREMENTAL",
    "CARGO_TARGET_DIR",
    "CLIPPY_ARGS",
    "LLVM_PROFILE_FILE",
    "MAKEFLAGS",
    "MFLAGS",
    "RUSTC_LINKER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
];
const SCRUBBED_PREFIXES: &[&str] =
    &["CARGO_BUILD_", "CARGO_CFG_", "CARGO_FEATURE_", "CARGO_PROFILE_", "CARGO_UNSTABLE_", "DEP_"];

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
    let run = |network: &[&str]| -> Result<Output, String> {
        let mut command = command(root, target, &folder)?;
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
    Ok(folder.join(target).join(PROFILE).join(format!("lib{PACKAGE}.a")))
}

/// The nearest folder above that cargo marked as its own.
fn target_folder(out: &Path) -> PathBuf {
    let marked = out.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists());
    marked.unwrap_or(out).join("beskid-runtime")
}

fn command(root: &Path, target: &str, folder: &Path) -> Result<Command, String> {
    let mut command = Command::new(crate::variable("CARGO")?);
    command
        .current_dir(root)
        .args(["rustc", "--package", PACKAGE, "--lib", "--crate-type", "staticlib"])
        .args(["--profile", PROFILE, "--target", target, "--locked"])
        .arg("--target-dir")
        .arg(folder);
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if SCRUBBED.contains(&&*text)
            || SCRUBBED_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
        {
            command.env_remove(&name);
        }
    }
    // Set and not removed: this is also stronger than flags in a configuration file.
    command.env("CARGO_ENCODED_RUSTFLAGS", flags(root));
    Ok(command)
}

/// Position independence, and names of files that say nothing of this machine.
fn flags(root: &Path) -> OsString {
    let mut flags = OsString::from("-Crelocation-model=pic");
    let mut remap = |from: &Path, to: &str| {
        flags.push("\u{1f}--remap-path-prefix=");
        flags.push(from);
        flags.push("=");
        flags.push(to);
    };
    remap(root, "beskid");
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    if let Some(home) = home {
        // Each registry has a folder below this one.
        let registries = home.join("registry").join("src");
        let folders = fs::read_dir(&registries).into_iter().flatten().flatten();
        let mut folders: Vec<PathBuf> = folders.map(|folder| folder.path()).collect();
        folders.sort();
        for folder in folders {
            remap(&folder, "crates");
        }
    }
    flags
}
