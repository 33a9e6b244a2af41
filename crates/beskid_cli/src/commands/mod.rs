//! What each command does. A command that cannot go on has reported why when it returns `Err`.

mod abi;
mod build;
mod demangle;
mod doctor;
mod explain;
mod inspect;
mod manual;
mod run;
mod test;
mod tree;

use std::io;
use std::path::PathBuf;

use beskid_analysis::diagnostics::{Code, Diagnostic, suggest};
use beskid_analysis::source::{SourceMap, Span};
use beskid_aot::{AotError, target};

use crate::arguments::{Arguments, Check, Command};
use crate::compile::{self, Cx, Warnings};
use crate::exit::Exit;
use crate::program;
use crate::report::{Report, color, unplaced};
use crate::runtimes;

/// Does what the arguments ask for.
pub(crate) fn run(arguments: Arguments) -> Exit {
    let report = Report::new(arguments.message_format, arguments.color);
    let stdout_color = color(arguments.color, &io::stdout());
    let cx = Cx { report, format: arguments.message_format, stdout_color };
    let result = match arguments.command {
        Command::Run(arguments) => run::run(cx, &arguments),
        Command::Build(arguments) => build::run(cx, &arguments),
        Command::Check(arguments) => check(cx, &arguments),
        Command::Test(arguments) => test::run(cx, &arguments),
        Command::Clif(arguments) => inspect::clif(cx, &arguments),
        Command::Asm(arguments) => inspect::asm(cx, &arguments),
        Command::Mir(arguments) => inspect::mir(cx, &arguments),
        Command::Tree(arguments) => tree::run(cx, &arguments),
        Command::Abi(arguments) => abi::run(cx, &arguments),
        Command::Demangle(arguments) => demangle::run(cx, &arguments),
        Command::Doctor => doctor::run(cx),
        Command::Completions(arguments) => manual::completions(cx, &arguments),
        Command::Manual(arguments) => manual::pages(cx, &arguments),
        Command::Explain(explained) => explain::run(cx, &explained, arguments.color),
    };
    result.unwrap_or_else(|reported| reported)
}

fn check(cx: Cx, arguments: &Check) -> Result<Exit, Exit> {
    let program = program::load(cx, &arguments.program)?;
    let goal = program.goal;
    compile::analyse(cx, program, goal, Warnings::Shown)?;
    Ok(Exit::Done)
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
