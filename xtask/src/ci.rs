//! Everything that must hold before a change lands.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::command::{self, cargo, display, exists};
use crate::runtime;

/// Runs every check to the end of the first that fails.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let deny_warnings = "-Dwarnings";
    // The pages are built with private items, so links to them lead somewhere.
    let doc_flags = "-Dwarnings -Arustdoc::private_intra_doc_links";
    step(cargo(root).args(["fmt", "--all", "--", "--check"]))?;
    step(cargo(root).args(["clippy", "--workspace", "--all-targets", "--", deny_warnings]))?;
    step(
        cargo(root)
            .args(["doc", "--workspace", "--no-deps", "--document-private-items"])
            .env("RUSTDOCFLAGS", doc_flags),
    )?;
    // Some tests run programs for another processor, if they can.
    runtime::run(root, &runtime::Arguments { optional: true })?;
    step(cargo(root).args(["test", "--workspace"]))?;
    step(
        cargo(root)
            .args(["run", "--quiet", "--package", "beskid_cli", "--"])
            .args(["fmt", "--check", "examples", "corelib"]),
    )?;
    // All interleavings with up to so many switches; a target folder of its own, as the flag changes all.
    step(
        cargo(root)
            .args(["test", "--package", "beskid_runtime", "--lib", "--", "loom_tests"])
            .env("RUSTFLAGS", "--cfg loom")
            .env("LOOM_MAX_PREEMPTIONS", "3")
            .env("CARGO_TARGET_DIR", command::target_folder(root).join("loom")),
    )?;
    if exists(Path::new("cargo-miri"), "--version") {
        // What makes no system calls; the rest is beyond the interpreter.
        step(
            cargo(root)
                .args(["miri", "test", "--package", "beskid_runtime", "--lib", "--"])
                .args(["line_marks", "pacer", "fold", "number"]),
        )?;
    } else {
        println!("skipped: Miri is not installed");
    }
    crate::tidy::report(root)?;
    if exists(Path::new("cargo-deny"), "--version") {
        step(cargo(root).args(["deny", "check"]))?;
    } else {
        println!("skipped: cargo-deny is not installed");
    }
    Ok(())
}

fn step(command: &mut Command) -> Result<(), String> {
    println!("==> {}", display(command));
    let start = Instant::now();
    command::run(command)?;
    println!("    {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}
