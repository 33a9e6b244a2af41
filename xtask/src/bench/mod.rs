//! `cargo xtask bench`: speed of programs, of the compiler and of start-up, as ratios in one run.
//!
//! Peers are C (`gcc -O2`) and Go. [`peer`] finds them, [`programs`] measures `benches/`,
//! [`compiler`] a generated program ([`generate`]), [`project`] a workspace and the time from a save to a
//! diagnostic, and [`start_up`] the smallest program. [`measure`]
//! takes times and memory, on files of [`input`], [`pauses`] those of the collector.
//!
//! *Invariants.* Everything compared is measured interleaved, in one run, and reported as medians.
//! A peer that is missing is named, and its column left out; nothing is estimated.

mod compiler;
mod generate;
mod input;
mod measure;
mod pauses;
mod peer;
mod programs;
mod project;
mod start_up;

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::{cargo, run as run_command, target_folder};

/// Options of the benchmarks.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Runs of each program; the median counts.
    #[arg(long, default_value_t = 7)]
    runs: usize,
    /// Only the parts and programs whose name contains this (`programs`, `compiler`, `project`, `start-up`,
    /// `fib`, …).
    filter: Option<String>,
    /// The compiler to measure, instead of building one.
    #[arg(long)]
    beskid: Option<PathBuf>,
    /// Do not install Go when it is not there.
    #[arg(long)]
    offline: bool,
}

/// What every part needs.
struct BenchCx {
    root: PathBuf,
    /// Where programs are built.
    folder: PathBuf,
    beskid: PathBuf,
    peers: peer::Peers,
    runs: usize,
    filter: Option<String>,
}

impl BenchCx {
    /// Whether the filter lets a part or program through.
    fn wants(&self, name: &str) -> bool {
        self.filter.as_deref().is_none_or(|filter| name.contains(filter))
    }
}

/// Measures and prints.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<(), String> {
    let folder = target_folder(root).join("bench");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let beskid = match &arguments.beskid {
        Some(beskid) => beskid.clone(),
        None => {
            run_command(cargo(root).args(["build", "--release", "--package", "beskid_cli"]))?;
            target_folder(root).join("release").join("beskid")
        }
    };
    let peers = peer::find(&target_folder(root), arguments.offline);
    for note in &peers.notes {
        println!("{note}");
    }
    let cx = BenchCx {
        root: root.to_owned(),
        folder,
        beskid,
        peers,
        runs: arguments.runs.max(1),
        filter: arguments.filter.clone(),
    };
    programs::run(&cx)?;
    if cx.wants("compiler") {
        compiler::run(&cx)?;
    }
    if cx.wants("project") {
        project::run(&cx)?;
    }
    if cx.wants("start-up") {
        start_up::run(&cx)?;
    }
    Ok(())
}
