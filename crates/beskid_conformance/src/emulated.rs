//! Programs for another machine than this one, run by an emulator of its processor.
//!
//! The compiler is the one under test, and finds the machine's runtime beside itself. A case's expectation is the
//! one of all machines.
//!
//! *Invariants.* Nothing is blessed here: the other machine has to agree with this one. What is not there, the
//! emulator or a runtime that is as new as its sources, is told as the reason for running nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use crate::binary::Beskid;
use crate::bless::{Policy, settle};
use crate::case::Case;
use crate::matrix::{Config, Driver, Heap, Opt};
use crate::outcome::End;
use crate::trial::{TrialCx, as_expectations, build, canonical, executable, observe, program_of};

/// A machine that is emulated.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    /// Its target.
    pub triple: &'static str,
    /// The program that runs programs for it.
    pub emulator: &'static str,
}

/// Linux on a 64-bit Arm processor.
pub const AARCH64: Machine =
    Machine { triple: "aarch64-unknown-linux-gnu", emulator: "qemu-aarch64" };

/// The sources of the runtime.
const SOURCES: [&str; 3] =
    ["crates/beskid_abi/src", "crates/beskid_runtime/src", "crates/beskid_runtime_standalone/src"];

impl Machine {
    /// Why programs for it cannot be built or run here, if so.
    #[must_use]
    pub fn missing(&self, root: &Path, beskid: &Beskid) -> Option<String> {
        let mut probe = Command::new(self.emulator);
        probe.arg("-version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if !probe.status().is_ok_and(|status| status.success()) {
            return Some(format!("there is no `{}`", self.emulator));
        }
        let cure = "`cargo xtask runtime` builds one";
        let Some(runtime) = self.runtime(beskid) else {
            return Some(format!("there is no runtime for {}: {cure}", self.triple));
        };
        let changed = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
        let built = changed(&runtime)?;
        let newer = SOURCES.iter().find_map(|folder| newer_file(&root.join(folder), built))?;
        let (runtime, newer) = (runtime.display(), newer.display());
        Some(format!("the runtime `{runtime}` is older than `{newer}`: {cure}"))
    }

    /// The runtime that the command finds.
    fn runtime(&self, beskid: &Beskid) -> Option<PathBuf> {
        let target = beskid.path().parent()?.parent()?;
        let folder = target.join("lib").join("beskid").join("runtimes").join(self.triple);
        Some(folder.join("libbeskid_runtime_standalone.a")).filter(|path| path.is_file())
    }

    /// A call of a program for it.
    #[must_use]
    pub fn program(&self, beskid: &Beskid, executable: &Path) -> Command {
        let mut command = beskid.program(Path::new(self.emulator));
        command.arg(executable);
        command
    }
}

/// A file in a folder that changed after `built`.
fn newer_file(folder: &Path, built: SystemTime) -> Option<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries.into_iter().find_map(|path| match path.is_dir() {
        true => newer_file(&path, built),
        false => {
            let changed = fs::metadata(&path).and_then(|file| file.modified());
            changed.is_ok_and(|changed| changed > built).then_some(path)
        }
    })
}

/// Builds a program for a machine, runs it there, and holds what it does against the expectation.
///
/// # Errors
/// It does something else: what, for people.
pub fn run(
    beskid: &Beskid,
    case: &Case,
    machine: Machine,
    opt: Opt,
    heap: Heap,
) -> Result<(), String> {
    let cx = TrialCx { beskid, policy: Policy::Verify };
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let program = program_of(case, folder.path())?;
    let case = &Case { path: program, ..case.clone() };
    let output = executable(folder.path(), opt);
    let built = build(cx, case, opt, &output, &["--target-triple", machine.triple])?;
    if built.end != End::Status(0) {
        return Err(format!("the program is not built\n{}", built.describe()));
    }
    let mut command = machine.program(beskid, &output);
    command.args(&case.directives.args);
    let outcome = observe(command, case, Config { driver: Driver::Aot, opt, heap })?;
    let actual = as_expectations(case, &outcome);
    settle(&Case { expectations: canonical(case), ..case.clone() }, &actual, cx.policy)
}
