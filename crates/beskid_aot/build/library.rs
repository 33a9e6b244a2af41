//! The cargo call that makes the runtime's static library.
//!
//! The build script of this crate makes the one that the compiler carries so, `cargo xtask runtime` those of
//! other targets: both come of the same sources, profile and flags.
//!
//! *Invariants.* Whatever changes code generation in a build around it is taken out of the environment.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The package.
pub(crate) const PACKAGE: &str = "beskid_runtime_standalone";
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

/// Builds the library of the workspace at `root` for `target` into a target folder of its own.
pub(crate) fn command(cargo: &OsStr, root: &Path, target: &str, folder: &Path) -> Command {
    let mut command = Command::new(cargo);
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
    command.env("CARGO_ENCODED_RUSTFLAGS", flags(root, target));
    command
}

/// Where the library is then.
pub(crate) fn library(folder: &Path, target: &str) -> PathBuf {
    folder.join(target).join(PROFILE).join(format!("lib{PACKAGE}.a"))
}

/// Position independence, and names of files that say nothing of this machine.
fn flags(root: &Path, target: &str) -> OsString {
    let mut flags = OsString::from("-Crelocation-model=pic");
    if target.starts_with("aarch64") {
        // Functions that choose instructions for atomics at run time may come from a library in C, with needs
        // of its own.
        flags.push("\u{1f}-Ctarget-feature=-outline-atomics");
    }
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
