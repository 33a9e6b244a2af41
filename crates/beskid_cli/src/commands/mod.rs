//! What each command does. A command that cannot go on has reported why when it returns `Err`.

mod abi;
mod build;
mod demangle;
mod doc;
mod doctor;
mod explain;
mod fmt;
mod inspect;
mod manual;
mod new;
mod relock;
mod run;
mod test;
mod tree;
mod watch;

use std::io;
use std::path::PathBuf;

use beskid_analysis::diagnostics::{Code, Diagnostic, suggest};
use beskid_analysis::source::{SourceMap, Span};
use beskid_aot::{AotError, target};

use crate::arguments::{self, Arguments, Check, Command, MessageFormat, Watch};
use crate::compile::{self, Cx, Warnings};
use crate::exit::Exit;
use crate::program::{self, Choice, Program};
use crate::progress;
use crate::report::{Report, color, unplaced};
use crate::runtimes;

/// Does what the arguments ask for.
pub(crate) fn run(arguments: Arguments) -> Exit {
    let report = Report::new(arguments.message_format, arguments.color);
    let stdout_color = color(arguments.color, &io::stdout());
    let cx = Cx { report, format: arguments.message_format, stdout_color };
    if arguments.message_format == MessageFormat::Human {
        progress::begin();
    }
    match watched(&arguments.command) {
        Some((watch, program)) if watch.watch => {
            return watch::run(cx, program).unwrap_or_else(|reported| reported);
        }
        Some((watch, _)) if watch.watched => {
            if let Err(reported) = watch::end_with_parent(cx) {
                return reported;
            }
        }
        _ => {}
    }
    let result = match arguments.command {
        Command::Run(arguments) => run::run(cx, &arguments),
        Command::Build(arguments) => build::run(cx, &arguments),
        Command::Check(arguments) => check(cx, &arguments),
        Command::Test(arguments) => test::run(cx, &arguments),
        Command::Fmt(arguments) => fmt::run(cx, &arguments),
        Command::Doc(arguments) => doc::run(cx, &arguments),
        Command::Clif(arguments) => inspect::clif(cx, &arguments),
        Command::Asm(arguments) => inspect::asm(cx, &arguments),
        Command::Mir(arguments) => inspect::mir(cx, &arguments),
        Command::Tree(arguments) => tree::run(cx, &arguments),
        Command::Abi(arguments) => abi::run(cx, &arguments),
        Command::Demangle(arguments) => demangle::run(cx, &arguments),
        Command::Doctor => doctor::run(cx),
        Command::Completions(arguments) => manual::completions(cx, &arguments),
        Command::Manual(arguments) => manual::pages(cx, &arguments),
        Command::New(arguments) => new::run(cx, &arguments),
        Command::Lock(arguments) => relock::lock(cx, &arguments),
        Command::Fetch(arguments) => relock::fetch(cx, &arguments),
        Command::Update(arguments) => relock::update(cx, &arguments),
        Command::Explain(explained) => explain::run(cx, &explained, arguments.color),
    };
    result.unwrap_or_else(|reported| reported)
}

/// Of a command that can be done again and again, whether it is, and its program.
fn watched(command: &Command) -> Option<(Watch, &arguments::Program)> {
    match command {
        Command::Run(run) => Some((run.watch, &run.program)),
        Command::Build(build) => Some((build.watch, &build.program)),
        Command::Check(check) => Some((check.watch, &check.program)),
        Command::Test(test) => Some((test.watch, &test.program)),
        Command::Doc(doc) => Some((doc.watch, &doc.program)),
        _ => None,
    }
}

fn check(cx: Cx, arguments: &Check) -> Result<Exit, Exit> {
    each(cx, &program::choose(cx, &arguments.program)?, |choice| check_one(cx, choice.load(cx)?))
}

fn check_one(cx: Cx, program: Program) -> Result<Exit, Exit> {
    let goal = program.goal;
    compile::analyse(cx, program, goal, Warnings::Shown)?;
    Ok(Exit::Done)
}

/// Does something to each of some programs. What has files of one with errors is left out: they were
/// reported.
fn each(
    cx: Cx,
    choices: &[Choice],
    mut action: impl FnMut(&Choice) -> Result<Exit, Exit>,
) -> Result<Exit, Exit> {
    let mut failed: Vec<&Choice> = Vec::new();
    let mut worst = Exit::Done;
    for choice in choices {
        if let Some(on) = failed.iter().find(|other| choice.depends_on(other)) {
            let labels = choice.label().zip(on.label());
            if let Some((label, on)) = labels {
                cx.report.note(&format!("`{label}` is left out: it needs `{on}`"));
            }
            failed.push(choice);
            continue;
        }
        match action(choice) {
            Ok(Exit::Done) => {}
            Ok(Exit::Errors) => worst = Exit::Errors,
            Err(Exit::Errors) => {
                worst = Exit::Errors;
                failed.push(choice);
            }
            Ok(other) | Err(other) => return Err(other),
        }
    }
    Ok(worst)
}

/// Reports that an output could not be made, before there was a program to point into.
fn aot_failure(cx: Cx, error: &AotError) -> Exit {
    aot_failure_in(cx, &SourceMap::new(), error)
}

/// Reports that an output of a program could not be made.
fn aot_failure_in(cx: Cx, sources: &SourceMap, error: &AotError) -> Exit {
    let diagnostic: Diagnostic = match error {
        AotError::Codegen(error) => return compile::codegen_fault(cx, error),
        AotError::UnsupportedTarget { triple, .. } => {
            let diagnostic = unplaced(Code::UnsupportedOutput, error.to_string())
                .note(format!("supported are {}", target::SUPPORTED.join(", ")));
            match suggest::nearest(triple, target::SUPPORTED) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic,
            }
        }
        AotError::UnsupportedLink { .. } => unplaced(Code::UnsupportedOutput, error.to_string())
            .help("`--kind object` writes an object file for that target"),
        AotError::MissingRuntime { triple } => {
            let place = runtimes::folder().unwrap_or_else(|| PathBuf::from("runtimes"));
            let place = place.join(triple);
            unplaced(Code::MissingRuntimeArchive, error.to_string())
                .note(format!("it was looked for in `{}`", place.display()))
                .help(
                    "`cargo xtask runtime` in the compiler's sources builds one for aarch64 Linux",
                )
                .help("name one with `--runtime-archive`, or write an object with `--kind object`")
        }
        AotError::UnusableRuntime { .. } => {
            unplaced(Code::MissingRuntimeArchive, error.to_string())
        }
        AotError::MissingLibrary { span, .. } => missing_library(*span, error.to_string()),
        AotError::MissingForeignSymbol { span, near, .. } => {
            let diagnostic = missing_symbol(*span, error.to_string());
            match near {
                Some(near) => diagnostic.help(format!("it has `{near}`")),
                None => diagnostic,
            }
        }
        AotError::Link { .. } => unplaced(Code::LinkFailed, error.to_string()),
        AotError::Output { .. } => unplaced(Code::OutputUnwritable, error.to_string())
            .help("name another place with `-o PATH`"),
    };
    cx.report.diagnostics(vec![diagnostic], sources);
    Exit::Errors
}

/// E1905 at the declaration of a function that is taken from a library.
fn missing_library(span: Span, message: String) -> Diagnostic {
    Diagnostic::new(Code::MissingLibrary, span, message).label("this is taken from it")
}

/// E1906 at the declaration of the function.
fn missing_symbol(span: Span, message: String) -> Diagnostic {
    Diagnostic::new(Code::MissingForeignSymbol, span, message).label("it is declared here")
}
