//! Builds the runtime of executables and prepares it for being linked, so that the compiler carries
//! it inside.
//!
//! ```text
//! beskid_runtime_standalone ──nested cargo──► static library ──members──► OUT_DIR/runtime_0.o …
//!                                                                        OUT_DIR/runtime.rs (a table of them)
//! ```
//!
//! *Invariants.* The result depends on the sources, the lock file and the Rust toolchain alone: not on
//! the profile, flags or environment of the build around it. Nothing but cargo is run.
//!
//! Setting `BESKID_RUNTIME_ARCHIVE` to the path of a static library that was built before takes that
//! one instead.

#![allow(clippy::print_stdout, reason = "cargo reads what a build script prints")]

mod library;
#[path = "../src/members.rs"]
mod members;
mod nested;

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The targets that the runtime is written for.
fn has_runtime(target: &str) -> bool {
    let (processor, system) = target.split_once('-').unwrap_or_default();
    matches!(processor, "x86_64" | "aarch64")
        && matches!(system, "unknown-linux-gnu" | "unknown-linux-musl")
}

fn main() {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/members.rs");
    println!("cargo::rerun-if-env-changed=BESKID_RUNTIME_ARCHIVE");
    if let Err(error) = prepare() {
        println!("cargo::error={}", error.replace('\n', "\ncargo::error="));
        std::process::exit(1);
    }
}

fn prepare() -> Result<(), String> {
    let out = PathBuf::from(variable("OUT_DIR")?);
    let target = variable("TARGET")?;
    let archive = match env::var_os("BESKID_RUNTIME_ARCHIVE") {
        Some(path) => {
            let path = PathBuf::from(path);
            println!("cargo::rerun-if-changed={}", path.display());
            Some(path)
        }
        None if has_runtime(&target) => Some(nested::build(&out, &target)?),
        None => None,
    };
    let objects = match archive {
        Some(path) => {
            let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            members::select(&bytes).map_err(|error| format!("{}: {error}", path.display()))?
        }
        None => Vec::new(),
    };
    let mut table = String::from("&[");
    for (index, object) in objects.iter().enumerate() {
        let name = format!("runtime_{index}.o");
        write(&out.join(&name), object)?;
        table.push_str(&format!(
            "({name:?}, include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}\")).as_slice()), "
        ));
    }
    table.push_str("]\n");
    write(&out.join("runtime.rs"), table.as_bytes())?;
    println!("cargo::rustc-env=BESKID_RUNTIME_TARGET={target}");
    Ok(())
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|error| format!("{name}: {error}"))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}
