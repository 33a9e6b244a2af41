//! Development tasks: `cargo xtask ci`, `bless`, `tidy`, `bench`, `dist`, `runtime`.
//!
//! *Invariants.* No dependency on a crate of the compiler: the tasks build when the compiler does not.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command for people")]

mod bench;
mod bless;
mod ci;
mod command;
mod dist;
mod licences;
mod runtime;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Development tasks of Beskid.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything that must hold before a change lands: format, lints, documentation, tests, tidy.
    Ci,
    /// Rewrites expectations: of the cases whose path contains the filter, or of all.
    Bless {
        /// Part of a path under `tests/`.
        filter: Option<String>,
    },
    /// Checks that files, documents and crate edges follow the rules of `STYLE.md`.
    Tidy,
    /// Makes the tarball that users install.
    Dist(dist::Arguments),
    /// Builds the runtime for aarch64 Linux, for the compiler in the target folder.
    Runtime(runtime::Arguments),
    /// Measures speed and size against C and Go.
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    let root = command::repository_root();
    let result = match Arguments::parse().task {
        Task::Ci => ci::run(&root),
        Task::Bless { filter } => bless::run(&root, filter.as_deref()),
        Task::Tidy => tidy::report(&root),
        Task::Dist(arguments) => dist::run(&root, &arguments),
        Task::Runtime(arguments) => runtime::run(&root, &arguments),
        Task::Bench(arguments) => bench::run(&root, &arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
