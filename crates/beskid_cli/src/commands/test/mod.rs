//! `beskid test`: every test in a process of its own, so that none can stop the others.
//!
//! ```text
//! analyse ── select ──┬── worker ── process of test 0 ──┐
//!                     ├── worker ── process of test 1 ──┼── report, in the order of the source
//!                     └── …                             ┘
//! ```
//!
//! Reading order: `select` (which tests are wanted), `backend` (how one is started), `process` (limits
//! of time and output), `report` (what is said).
//!
//! *Invariants.* Outcomes are reported in the order of the source, whatever order the tests end in. The
//! status is 1 if a test failed.

mod backend;
mod coverage;
mod junit;
mod process;
mod report;
mod select;

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use beskid_analysis::Goal;
use beskid_analysis::diagnostics::Code;
use beskid_analysis::hir::{Analysis, Skip, Test};
use beskid_aot::output::{self, Access};

use super::each;
use crate::arguments::{self, DEFAULT_TIMEOUT, TestBackend};
use crate::compile::{self, Cx, Warnings};
use crate::exit::Exit;
use crate::program::{self, Program};
use crate::report::unplaced;
use crate::{fault, progress, streams};
use backend::Backend;
use coverage::{Counting, Lines};
use junit::Junit;
use process::{Failure, Finished, Limits};
use report::{Format, Reporter};

/// When nothing has ended for so long, it is said how far it is.
const PROGRESS: Duration = Duration::from_millis(500);

/// How a test ended.
#[derive(Debug)]
enum Outcome {
    Passed(Finished),
    /// With what went wrong.
    Failed(Failure, Finished),
    /// It was not run.
    Skipped(Option<String>),
}

pub(crate) fn run(cx: Cx, arguments: &arguments::Test) -> Result<Exit, Exit> {
    if let Some(only) = &arguments.only_test {
        return backend::run_only(cx, arguments, only);
    }
    let choices = program::choose(cx, &arguments.program)?;
    let mut junit = arguments.junit.as_ref().map(|_| Junit::new());
    let mut lines = arguments.is_measured().then(Lines::default);
    let mut nothing: Option<String> = None;
    let mut any = false;
    let result = each(cx, &choices, |choice| {
        let arguments = arguments::Test { program: choice.arguments.clone(), ..arguments.clone() };
        // Of several programs, each is said to be the one of its label.
        let label = choice.label().filter(|_| choices.len() > 1);
        if let Some(junit) = &mut junit {
            junit.begin(label);
        }
        let tested =
            choice.load(cx).and_then(|it| test(cx, &arguments, it, junit.as_mut(), lines.as_mut()));
        if let (Err(Exit::Errors), Some(junit)) = (&tested, &mut junit) {
            junit.broken();
        }
        match tested? {
            Tested::Ended(exit) => {
                any = true;
                Ok(exit)
            }
            Tested::Nothing(why) => {
                nothing.get_or_insert(why);
                Ok(Exit::Done)
            }
        }
    })?;
    // Of several members, one may have what is asked for.
    if let Some(why) = nothing.filter(|_| !any) {
        cx.report.failure(&why);
        return Err(Exit::Errors);
    }
    // Of programs with errors nothing is known, and an earlier file says more than an empty one.
    let lines = lines.filter(|_| any);
    if let Some(lines) = lines.as_ref().filter(|_| arguments.coverage) {
        let told = if arguments.json { coverage::json(lines) } else { coverage::table(lines) };
        streams::write(&cx.report, &told)?;
    }
    // If one file cannot be written, the other is all the same.
    let mut written = Ok(());
    if let Some((path, junit)) = arguments.junit.as_ref().zip(junit) {
        written = write_report(cx, path, &junit.render(), "--junit");
    }
    if let Some((path, lines)) = arguments.lcov.as_ref().zip(lines) {
        written = written.and(write_report(cx, path, coverage::lcov(&lines).as_bytes(), "--lcov"));
    }
    written.map(|()| result)
}

/// Writes what was asked for beside the results. These were shown: they do not get lost if it cannot be written.
fn write_report(cx: Cx, path: &Path, bytes: &[u8], option: &str) -> Result<(), Exit> {
    output::write(path, bytes, Access::Data).map_err(|error| {
        let diagnostic = unplaced(Code::OutputUnwritable, error.to_string());
        cx.report.error(diagnostic.help(format!("name another place with `{option} PATH`")));
        Exit::Errors
    })
}

/// What came of the tests of a program.
enum Tested {
    Ended(Exit),
    /// No test passes the filters, for this reason.
    Nothing(String),
}

fn test(
    cx: Cx,
    arguments: &arguments::Test,
    program: Program,
    mut junit: Option<&mut Junit>,
    lines: Option<&mut Lines>,
) -> Result<Tested, Exit> {
    let (shown, fetched) = (program.shown.clone(), program.fetched.clone());
    let analysis = compile::analyse(cx, program, Goal::Check, Warnings::Shown)?;
    let selected = match select::select(&analysis, arguments) {
        Ok(selected) => selected,
        Err(select::Nothing(why)) => return Ok(Tested::Nothing(why)),
    };
    let format = match arguments.json {
        true => Format::Json,
        false => Format::Human(cx.stdout_color),
    };
    let mut reporter = Reporter::new(cx, format, &analysis, arguments);
    let filtered = analysis.tests.len() - selected.len();
    reporter.begin(&shown, &selected, filtered)?;
    let wanted: Vec<&Test> =
        selected.iter().copied().filter(|test| test.skip == Skip::No).collect();
    fault::activity(format!("testing {shown}"));
    let start = Instant::now();
    let coverage = match lines {
        Some(_) => Some(coverage::of_program(cx, &analysis, &fetched)?),
        None => None,
    };
    let counting = coverage.as_ref().map(Counting::new).transpose();
    let counting = counting.map_err(|error| {
        cx.report.failure(&format!("cannot make a folder: {}", streams::plain(&error)));
        Exit::Errors
    })?;
    let backend = Backend::new(cx, arguments, &analysis, &wanted, coverage.as_ref())?;
    // From here on it is counted how many have ended.
    progress::pause();
    let started = Started { analysis: &analysis, backend: &backend, counting: counting.as_ref() };
    run_all(started, arguments, &selected, |event| match event {
        Event::Outcome(index, outcome) => {
            let test = selected[index];
            if let Some(junit) = &mut junit {
                junit.add(&analysis, arguments, test, outcome);
            }
            reporter.outcome(test, outcome)
        }
        Event::Waiting(done) => {
            reporter.progress(done, selected.len());
            Ok(())
        }
    })?;
    let exit = reporter.end(filtered, start.elapsed())?;
    if let (Some(lines), Some(coverage), Some(counting)) = (lines, &coverage, counting) {
        let counts = counting.finish().map_err(|error| {
            cx.report.failure(&format!("cannot read the counts: {}", streams::plain(&error)));
            Exit::Errors
        })?;
        lines.add(&analysis, coverage, &counts);
    }
    Ok(Tested::Ended(exit))
}

/// Runs the selected tests on all cores, and reports them in their order.
fn run_all(
    started: Started<'_>,
    arguments: &arguments::Test,
    selected: &[&Test],
    report: impl FnMut(Event<'_>) -> Result<(), Exit>,
) -> Result<(), Exit> {
    let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let jobs = arguments.jobs.map_or_else(cores, NonZeroUsize::get).min(selected.len());
    let time = Duration::from_secs(arguments.timeout.get());
    // The place of each test among those that run.
    let mut places = Vec::with_capacity(selected.len());
    let mut count = 0;
    for test in selected {
        places.push(count);
        count += usize::from(test.skip == Skip::No);
    }
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let (sender, outcomes) = channel();
    thread::scope(|scope| {
        for _ in 0..jobs {
            let sender = sender.clone();
            let (next, places) = (&next, &places);
            let limits = Limits { time, stop: &stop };
            scope.spawn(move || {
                while !limits.is_stopped() {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&test) = selected.get(index) else { return };
                    let outcome = match &test.skip {
                        Skip::Yes(reason) => Outcome::Skipped(reason.clone()),
                        Skip::No => started.run_one(places[index], test, limits),
                    };
                    // Without a receiver the command has ended.
                    if sender.send((index, outcome)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let reported = in_order(&outcomes, report);
        // Without a reader no test is of use any more.
        stop.store(reported.is_err(), Ordering::Relaxed);
        reported
    })
}

/// What happens while tests run.
enum Event<'o> {
    /// The next test in order has ended.
    Outcome(usize, &'o Outcome),
    /// Nothing has ended for a while; so many tests have.
    Waiting(usize),
}

/// Hands on outcomes in the order of their numbers, as soon as those before have come.
fn in_order(
    outcomes: &Receiver<(usize, Outcome)>,
    mut report: impl FnMut(Event<'_>) -> Result<(), Exit>,
) -> Result<(), Exit> {
    let mut early: Vec<Option<Outcome>> = Vec::new();
    let (mut next, mut done) = (0, 0);
    loop {
        let (index, outcome) = match outcomes.recv_timeout(PROGRESS) {
            Ok(outcome) => outcome,
            Err(RecvTimeoutError::Timeout) => {
                report(Event::Waiting(done))?;
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        };
        done += 1;
        if early.len() <= index {
            early.resize_with(index + 1, || None);
        }
        early[index] = Some(outcome);
        while let Some(outcome) = early.get_mut(next).and_then(Option::take) {
            report(Event::Outcome(next, &outcome))?;
            next += 1;
        }
    }
}

/// What all tests of a program are started with.
#[derive(Clone, Copy)]
struct Started<'a> {
    analysis: &'a Analysis,
    backend: &'a Backend,
    counting: Option<&'a Counting>,
}

impl Started<'_> {
    fn run_one(self, place: usize, test: &Test, limits: Limits<'_>) -> Outcome {
        let (mut command, stdin) = self.backend.command(self.analysis, place, test);
        let counts = self.counting.map_or(Ok(()), |counting| counting.begin(&mut command, place));
        let finished = counts.and_then(|()| process::run(&mut command, stdin, limits));
        if let Some(counting) = self.counting {
            counting.end(place);
        }
        match finished {
            Ok(finished) => match process::failure(&finished, limits.time) {
                None => Outcome::Passed(finished),
                Some(failure) => Outcome::Failed(failure, finished),
            },
            Err(error) => {
                let failure = Failure::NotStarted(streams::plain(&error));
                Outcome::Failed(failure, Finished::default())
            }
        }
    }
}

/// The name of a test as users write it: with the path of its module, if there are several. In a program
/// of one file that path begins in the file.
fn display_name(analysis: &Analysis, test: &Test) -> String {
    let name = analysis.interner.name(test.name);
    let path = &analysis.modules[test.module].path;
    if analysis.own_modules <= 1 {
        return name.to_owned();
    }
    if analysis.sources.own_files() > 1 {
        return format!("{path}.{name}");
    }
    let file = &analysis.modules.iter().next().map_or("", |module| &module.path);
    match path.strip_prefix(*file).and_then(|rest| rest.strip_prefix('.')) {
        Some(nested) => format!("{nested}.{name}"),
        None => name.to_owned(),
    }
}

/// The place of a test's name.
fn place<'a>(analysis: &'a Analysis, test: &Test) -> (&'a str, u32, u32) {
    let (file, place) = analysis.sources.line_column(test.span);
    (&analysis.sources.file(file).name, place.line, place.column)
}

/// The command that runs a test again.
fn again(analysis: &Analysis, arguments: &arguments::Test, test: &Test) -> Vec<String> {
    let mut words = vec!["beskid".to_owned(), "test".to_owned()];
    let program = &arguments.program;
    let path = program.path.iter().map(Into::into);
    let of_program = program.options().into_iter().chain(path);
    words.extend(of_program.map(|word| word.to_string_lossy().into_owned()));
    words.extend(["--filter".to_owned(), display_name(analysis, test)]);
    if arguments.backend == TestBackend::Aot {
        words.extend(["--backend".to_owned(), "aot".to_owned()]);
    }
    if arguments.optimisation.is_release() {
        words.push("--release".to_owned());
    }
    if arguments.timeout != DEFAULT_TIMEOUT {
        words.extend(["--timeout".to_owned(), arguments.timeout.to_string()]);
    }
    words
}
