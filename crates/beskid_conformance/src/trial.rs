//! The work of one case.
//!
//! Programs (`run`, `panic`) go through the whole [`matrix`](crate::matrix): first all runs must
//! agree, then they are compared with the expectation. The other modes have one command, whose
//! output is the golden; for diagnostics the annotations must hold as well.

use std::path::Path;

use crate::annotation::{Finding, annotations, mismatches, rendered_findings};
use crate::binary::{Beskid, limits};
use crate::bless::{Policy, settle};
use crate::case::Case;
use crate::directive::{Mode, Xfail};
use crate::expectation::{Expectations, Key};
use crate::matrix::{Config, Driver, Heap, Opt, agreement};
use crate::outcome::{End, Outcome, PANIC_STATUS, Stage};
use crate::process;
use crate::section;

/// What every trial needs beside its case.
#[derive(Clone, Copy, Debug)]
pub struct TrialCx<'a> {
    /// The command under test.
    pub beskid: &'a Beskid,
    /// What to do with expectations that do not hold.
    pub policy: Policy,
}

/// Does what the case's mode says.
///
/// # Errors
/// The case failed: why, for people.
pub fn run(cx: TrialCx<'_>, case: &Case) -> Result<(), String> {
    check_keys(case)?;
    check_program(case)?;
    match case.directives.mode {
        Mode::Run | Mode::Panic => run_program(cx, case),
        mode => {
            let result = run_golden(cx, case, mode);
            match (known_failure(case), result) {
                (None, result) => result,
                (Some(_), Err(_)) => Ok(()),
                (Some(xfail), Ok(())) => Err(unexpected_success(xfail, "the case")),
            }
        }
    }
}

/// Expectations that the mode never compares would be dead text.
fn check_keys(case: &Case) -> Result<(), String> {
    if case.directives.mode == Mode::Parse && !case.files.is_empty() {
        return Err("`//@ file:` has no meaning in this mode".to_owned());
    }
    let allowed: &[Key] = match case.directives.mode {
        Mode::Run => &[Key::Stdout, Key::Stderr, Key::Exit],
        Mode::Panic => &[Key::Stdout, Key::Stderr, Key::Panic, Key::Exit],
        Mode::Check | Mode::Build => &[Key::Diagnostics],
        Mode::Parse => &[Key::Tree],
        Mode::Mir => &[Key::Mir],
        Mode::Clif => &[Key::Clif],
    };
    match case.expectations.keys().find(|key| !allowed.contains(key)) {
        Some(key) => Err(format!("`//= {}:` has no meaning in this mode", key.name())),
        None => Ok(()),
    }
}

/// A case that names its program holds none itself, and the program is there.
fn check_program(case: &Case) -> Result<(), String> {
    let Some(program) = &case.directives.program else { return Ok(()) };
    if !matches!(case.directives.mode, Mode::Run | Mode::Panic) {
        return Err("`//@ program:` has no meaning in this mode".to_owned());
    }
    let blank = |line: &str| line.trim().is_empty() || line.starts_with("//");
    if !case.files.is_empty() || !case.text().lines().all(blank) {
        return Err("the case has a text of its own beside `//@ program:`".to_owned());
    }
    if !case.root.join(program).exists() {
        return Err(format!("`//@ program: {program}` is not there"));
    }
    Ok(())
}

fn known_failure(case: &Case) -> Option<&Xfail> {
    case.directives.xfail.iter().find(|xfail| xfail.covers_all())
}

fn unexpected_success(xfail: &Xfail, what: &str) -> String {
    format!("{what} passes, but is marked xfail: {}\nremove the directive", xfail.reason)
}

fn run_program(cx: TrialCx<'_>, case: &Case) -> Result<(), String> {
    let heap = case.directives.heap;
    let (mut required, mut known_to_fail) = (Vec::new(), Vec::new());
    for run in run_matrix(cx, case, heap)? {
        match case.directives.xfail.iter().find(|xfail| xfail.covers(run.0)) {
            Some(xfail) => known_to_fail.push((run, xfail)),
            None => required.push(run),
        }
    }
    if let Some((_, outcome)) = required.first() {
        agreement(&required)?;
        let actual = as_expectations(case, outcome);
        if canonical(case) != actual {
            refuse_to_bless(cx, case, outcome)?;
        }
        settle(&Case { expectations: canonical(case), ..case.clone() }, &actual, cx.policy)?;
    }
    for ((config, outcome), xfail) in known_to_fail {
        if as_expectations(case, &outcome) == canonical(case) {
            return Err(unexpected_success(xfail, &config.name()));
        }
    }
    Ok(())
}

pub(crate) fn as_expectations(case: &Case, outcome: &Outcome) -> Expectations {
    match case.directives.mode {
        Mode::Panic => outcome.as_panic(&case.expectations),
        _ => outcome.as_run(),
    }
}

/// The expectations without what goes without saying: the status of the mode, empty streams.
pub(crate) fn canonical(case: &Case) -> Expectations {
    let mut expectations = case.expectations.clone();
    let understood = if case.directives.mode == Mode::Panic { PANIC_STATUS } else { 0 };
    if expectations.get(Key::Exit) == Some(&understood.to_string()) {
        expectations.remove(Key::Exit);
    }
    for key in [Key::Stdout, Key::Stderr] {
        if expectations.get(key) == Some("") {
            expectations.remove(key);
        }
    }
    expectations
}

/// Outcomes that must never become an expectation.
fn refuse_to_bless(cx: TrialCx<'_>, case: &Case, outcome: &Outcome) -> Result<(), String> {
    let reason = if outcome.stage == Stage::NotBuilt {
        "the program does not compile"
    } else if !matches!(outcome.end, End::Status(_)) {
        "the program was killed"
    } else if case.directives.mode == Mode::Panic && outcome.panic().is_none() {
        "the program does not panic"
    } else {
        return Ok(());
    };
    let refused = if cx.policy == Policy::Bless { " (refused to bless)" } else { "" };
    Err(format!("{reason}{refused}\n{}", outcome.describe()))
}

/// The path of the program on the command line: the one that the case names, the case itself, or a
/// folder with its files. That of a folder ends in `/`.
pub(crate) fn program_of(case: &Case, folder: &Path) -> Result<String, String> {
    if let Some(program) = &case.directives.program {
        let folder = case.root.join(program).is_dir();
        return Ok(if folder {
            format!("{}/", program.trim_end_matches('/'))
        } else {
            program.clone()
        });
    }
    if case.files.is_empty() {
        return Ok(case.path.clone());
    }
    let program = folder.join("program");
    section::write(&case.files, &program)?;
    Ok(format!("{}/", program.display()))
}

fn run_matrix(cx: TrialCx<'_>, case: &Case, heap: Heap) -> Result<Vec<(Config, Outcome)>, String> {
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let program = program_of(case, folder.path())?;
    // From here on the case is where its program is.
    let case = &Case { path: program, ..case.clone() };
    let mut not_built: Vec<(Opt, Outcome)> = Vec::new();
    for opt in Opt::ALL {
        let built = build(cx, case, opt, &executable(folder.path(), opt), &[])?;
        if built.end != End::Status(0) {
            not_built.push((opt, built));
        }
    }
    let mut runs = Vec::new();
    for config in Config::all(heap) {
        let failed = not_built.iter().find(|(opt, _)| *opt == config.opt);
        let outcome = match (config.driver, failed) {
            (Driver::Jit, failed) => {
                let mut outcome = run_jit(cx, case, config)?;
                // `run` does not tell a program's status from its own: the build does.
                if failed.is_some_and(|(_, built)| built.same(&outcome)) {
                    outcome.stage = Stage::NotBuilt;
                }
                outcome
            }
            (Driver::Aot, Some((_, built))) => built.clone(),
            (Driver::Aot, None) => {
                run_aot(cx, case, config, &executable(folder.path(), config.opt))?
            }
        };
        runs.push((config, outcome));
    }
    Ok(runs)
}

pub(crate) fn executable(folder: &Path, opt: Opt) -> std::path::PathBuf {
    folder.join(format!("program-{}{}", opt.name(), std::env::consts::EXE_SUFFIX))
}

pub(crate) fn build(
    cx: TrialCx<'_>,
    case: &Case,
    opt: Opt,
    output: &Path,
    more: &[&str],
) -> Result<Outcome, String> {
    let mut command = cx.beskid.command(&["build"]);
    command.args(opt.arguments()).args(more).arg("-o").arg(output).arg(&case.path);
    let finished = process::run(&mut command, b"", limits(Heap::Normal))
        .map_err(|error| format!("cannot run `beskid build`: {error}"))?;
    Ok(Outcome::new(&finished, Stage::NotBuilt, &case.path))
}

fn run_jit(cx: TrialCx<'_>, case: &Case, config: Config) -> Result<Outcome, String> {
    let mut command = cx.beskid.command(&["run"]);
    command.args(config.opt.arguments()).arg(&case.path);
    if !case.directives.args.is_empty() {
        command.arg("--").args(&case.directives.args);
    }
    observe(command, case, config)
}

fn run_aot(
    cx: TrialCx<'_>,
    case: &Case,
    config: Config,
    executable: &Path,
) -> Result<Outcome, String> {
    let mut command = cx.beskid.program(executable);
    command.args(&case.directives.args);
    observe(command, case, config)
}

pub(crate) fn observe(
    mut command: std::process::Command,
    case: &Case,
    config: Config,
) -> Result<Outcome, String> {
    command.envs(config.heap.environment().iter().copied());
    command.envs(case.directives.environment.iter().cloned());
    let finished =
        process::run(&mut command, case.directives.stdin.as_bytes(), limits(config.heap))
            .map_err(|error| format!("{}: cannot run: {error}", config.name()))?;
    Ok(Outcome::new(&finished, Stage::Ran, &case.path))
}

fn run_golden(cx: TrialCx<'_>, case: &Case, mode: Mode) -> Result<(), String> {
    match mode {
        Mode::Parse => settle_output(cx, case, "tree", Key::Tree),
        Mode::Mir => settle_output(cx, case, "mir", Key::Mir),
        Mode::Clif => settle_output(cx, case, "clif", Key::Clif),
        Mode::Build => settle_diagnostics(cx, case, "build"),
        Mode::Check | Mode::Run | Mode::Panic => settle_diagnostics(cx, case, "check"),
    }
}

/// Standard output is the golden. A tree is printed for files with syntax errors, too (status 1).
fn settle_output(cx: TrialCx<'_>, case: &Case, verb: &str, key: Key) -> Result<(), String> {
    let mut command = cx.beskid.command(&[verb, "--color", "never"]);
    command.args(case.directives.opt.arguments());
    if let Some(function) = &case.directives.function {
        command.args(["--function", function]);
    }
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let program = program_of(case, folder.path())?;
    command.arg(&program);
    let finished = process::run(&mut command, b"", limits(Heap::Normal))
        .map_err(|error| format!("cannot run `beskid {verb}`: {error}"))?;
    let outcome = Outcome::new(&finished, Stage::NotBuilt, &program);
    let done = match key {
        Key::Tree if outcome.end == End::Status(1) => !outcome.stdout.is_empty(),
        _ => outcome.end == End::Status(0),
    };
    if !done {
        return Err(format!("`beskid {verb}` failed\n{}", outcome.describe()));
    }
    let mut actual = Expectations::default();
    actual.set(key, outcome.stdout);
    settle(case, &actual, cx.policy)
}

fn settle_diagnostics(cx: TrialCx<'_>, case: &Case, verb: &str) -> Result<(), String> {
    let mut expected = annotations(&case.text())?;
    let unplaced = case.directives.unplaced.iter();
    expected.extend(unplaced.map(|code| Finding { line: 0, code: code.clone() }));
    expected.sort();

    let mut command = cx.beskid.command(&[verb, "--color", "never"]);
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    if verb == "build" {
        command.arg("-o").arg(executable(folder.path(), Opt::None));
    }
    // The program alone: what its mistakes leave open must not swallow the expectations.
    let program = if case.files.is_empty() {
        let program = folder.path().join(case.file_name());
        std::fs::write(&program, &case.program)
            .map_err(|error| format!("{}: {error}", program.display()))?;
        program.to_string_lossy().into_owned()
    } else {
        program_of(case, folder.path())?
    };
    command.arg(&program);
    let finished = process::run(&mut command, b"", limits(Heap::Normal))
        .map_err(|error| format!("cannot run `beskid {verb}`: {error}"))?;
    let outcome = Outcome::new(&finished, Stage::NotBuilt, &program);

    let lines_before = |file: &str| {
        let section = case.files.iter().find(|section| section.path == file);
        section.map_or(0, |section| section.lines_before)
    };
    let found = rendered_findings(&outcome.stderr, lines_before);
    let (missing, unexpected) = mismatches(&expected, &found);
    if !missing.is_empty() || !unexpected.is_empty() {
        let list = |findings: &[Finding]| {
            findings.iter().map(|finding| format!("  {finding}\n")).collect::<String>()
        };
        return Err(format!(
            "the annotations do not hold\nannotated, not found:\n{}found, not annotated:\n{}\n{}",
            list(&missing),
            list(&unexpected),
            outcome.describe()
        ));
    }
    let status = i32::from(found.iter().any(|finding| finding.code.starts_with('E')));
    if outcome.end != End::Status(status) {
        return Err(format!("the status should be {status}\n{}", outcome.describe()));
    }
    let mut actual = Expectations::default();
    actual.set_unless_empty(Key::Diagnostics, &outcome.stderr);
    settle(case, &actual, cx.policy)
}
