//! How a test is started: by this command again, which compiles it in memory, or by an executable that
//! has all tests.
//!
//! *Invariants.* Both run the program that [`lower_tests`] makes; what it gets as its argument says
//! which test is meant.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Command;
use std::{env, io};

use beskid_analysis::Goal;
use beskid_analysis::hir::{Analysis, Test};
use beskid_aot::libraries::Search;
use beskid_aot::link::{self, Settings};
use beskid_aot::output::{self, Access};
use beskid_aot::{AotError, Runtime, Target};
use beskid_codegen::{Coverage, lower_tests};
use beskid_engine::Process;
use tempfile::TempDir;

use super::{coverage, display_name};
use crate::arguments::{self, TestBackend};
use crate::cache::{Cache, Functions};
use crate::commands::{aot_failure_in, build, run};
use crate::compile::{self, Cx, Warnings};
use crate::exit::Exit;
use crate::streams::plain;
use crate::{fault, program, progress, source};

/// What starts tests.
pub(super) enum Backend {
    /// This command, for one test.
    Jit {
        command: PathBuf,
        program: arguments::Program,
        release: bool,
        /// Whether it counts what runs.
        counts: bool,
        /// The program, if it came from standard input and cannot be read again.
        stdin: Option<Vec<u8>>,
    },
    /// An executable, in a folder that is removed in the end.
    Aot { executable: PathBuf, _folder: TempDir },
    /// Nothing is to be run.
    Idle,
}

impl Backend {
    /// Prepares to run some tests of a program.
    pub(super) fn new(
        cx: Cx,
        arguments: &arguments::Test,
        analysis: &Analysis,
        tests: &[&Test],
        coverage: Option<&Coverage>,
    ) -> Result<Self, Exit> {
        if tests.is_empty() {
            return Ok(Self::Idle);
        }
        match arguments.backend {
            TestBackend::Jit => {
                let command = env::current_exe()
                    .map_err(|error| refused(cx, "find the command itself", &error))?;
                let text = || analysis.sources.files().iter().next().map(|file| file.text.clone());
                let is_stdin = arguments.program.path.as_deref().is_some_and(source::is_stdin);
                let stdin = is_stdin.then(text).flatten().map(String::into_bytes);
                let program = arguments.program.clone();
                let release = arguments.optimisation.is_release();
                let counts = coverage.is_some();
                Ok(Self::Jit { command, program, release, counts, stdin })
            }
            TestBackend::Aot => executable(cx, arguments, analysis, tests, coverage),
        }
    }

    /// The command that runs a test, and its input; `place` is that among the tests to be run.
    pub(super) fn command(
        &self,
        analysis: &Analysis,
        place: usize,
        test: &Test,
    ) -> (Command, &[u8]) {
        match self {
            Self::Jit { command, program, release, counts, stdin } => {
                let index = analysis.tests.partition_point(|other| other.function < test.function);
                let mut command = Command::new(command);
                let only = format!("{index}={}", display_name(analysis, test));
                command.arg("test").arg(format!("--only-test={only}"));
                if *release {
                    command.arg("--release");
                }
                if *counts {
                    command.arg("--coverage");
                }
                command.args(program.options());
                command.args(
                    program.path.iter().flat_map(|path| [OsStr::new("--"), path.as_os_str()]),
                );
                (command, stdin.as_deref().unwrap_or_default())
            }
            Self::Aot { executable, .. } => {
                let mut command = Command::new(executable);
                command.arg(place.to_string());
                (command, &[])
            }
            // It is asked for tests that were to be run, of which there are none.
            Self::Idle => (Command::new(""), &[]),
        }
    }
}

/// Builds an executable of all tests.
fn executable(
    cx: Cx,
    arguments: &arguments::Test,
    analysis: &Analysis,
    tests: &[&Test],
    coverage: Option<&Coverage>,
) -> Result<Backend, Exit> {
    let failed = |error: AotError| aot_failure_in(cx, &analysis.sources, &error);
    let (target, runtime) = (Target::host(), Runtime::Embedded);
    link::check(&target, &runtime).map_err(failed)?;
    let artifact = lower_tests(analysis, tests, arguments.optimisation.level(), coverage)
        .map_err(|error| compile::lowering_failure(cx, analysis, &error))?;
    let cache = Cache::of_user();
    let (sources, opt) = (&analysis.sources, arguments.optimisation.level());
    // Each of the two kinds finds the functions of its own last build.
    let purpose = if coverage.is_some() { "measured tests" } else { "tests" };
    let functions = Functions::of(cache.as_ref(), sources, purpose, &target, opt);
    let (object, _) = Functions::compile(functions, &artifact, &target).map_err(failed)?;
    let linked = link::executable(
        object,
        &artifact.program().foreign,
        Settings {
            target: &target,
            runtime: &runtime,
            linker: &build::linker(None),
            search: &Search::new(&[]),
        },
    )
    .map_err(failed)?;
    let folder = TempDir::with_prefix("beskid-test-")
        .map_err(|error| refused(cx, "make a folder", &error))?;
    let executable = folder.path().join("tests");
    output::write(&executable, &linked.bytes, Access::Executable).map_err(failed)?;
    Ok(Backend::Aot { executable, _folder: folder })
}

fn refused(cx: Cx, what: &str, error: &io::Error) -> Exit {
    cx.report.failure(&format!("cannot {what}: {}", plain(error)));
    Exit::Errors
}

/// What this command does when it was started for one test: `INDEX=NAME`.
pub(super) fn run_only(cx: Cx, arguments: &arguments::Test, only: &str) -> Result<Exit, Exit> {
    let program = program::load(cx, &arguments.program)?;
    let (shown, fetched) = (program.shown.clone(), program.fetched.clone());
    let analysis = compile::analyse(cx, program, Goal::Check, Warnings::Hidden)?;
    let wanted = only.split_once('=').and_then(|(index, name)| {
        let test = analysis.tests.get(index.parse::<usize>().ok()?)?;
        (display_name(&analysis, test) == name).then_some(test)
    });
    let Some(test) = wanted else {
        cx.report.failure("the program was changed while its tests ran");
        return Err(Exit::Errors);
    };
    fault::activity(format!("compiling {shown}"));
    let coverage = match arguments.coverage {
        true => Some(coverage::of_program(cx, &analysis, &fetched)?),
        false => None,
    };
    let level = arguments.optimisation.level();
    let artifact = lower_tests(&analysis, &[test], level, coverage.as_ref())
        .map_err(|error| compile::lowering_failure(cx, &analysis, &error))?;
    let session = run::session(&artifact, &Search::new(&[]))
        .map_err(|error| run::failure(cx, &analysis.sources, &error))?;
    fault::activity(format!("running {shown}"));
    // The streams are the program's from here on.
    progress::end();
    let environment = env::vars_os().collect();
    let process = Process { arguments: vec![OsString::from("0")], environment };
    Ok(Exit::Program(session.run(&process)))
}
