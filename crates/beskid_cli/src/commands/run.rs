//! `beskid run`: the JIT.

use std::fs::File;
use std::io::Write;
use std::{env, process};

use beskid_analysis::diagnostics::Code;
use beskid_engine::{EngineError, Process, Session};

use crate::arguments::Run;
use crate::compile::{self, Cx, Warnings};
use crate::exit::Exit;
use crate::report::unplaced;
use crate::{fault, program, streams};

pub(crate) fn run(cx: Cx, arguments: &Run) -> Result<Exit, Exit> {
    let program = program::load(cx, &arguments.program)?;
    let name = program.shown.clone();
    let opt = arguments.optimisation.level();
    let artifact = compile::artifact(cx, program, opt, Warnings::Hidden)?;
    let session = Session::new(&artifact).map_err(|error| failure(cx, &error))?;
    write_perf_map(cx, &session)?;
    fault::activity(format!("running {name}"));
    let process =
        Process { arguments: arguments.arguments.clone(), environment: env::vars_os().collect() };
    Ok(Exit::Program(session.run(&process)))
}

/// Writes what `perf` needs to name the functions of a program in memory, where it looks for it, if
/// `BESKID_PERF_MAP=1` asks for that.
fn write_perf_map(cx: Cx, session: &Session) -> Result<(), Exit> {
    if env::var_os("BESKID_PERF_MAP").is_none_or(|value| value != "1") {
        return Ok(());
    }
    let path = format!("/tmp/perf-{}.map", process::id());
    // A name that others can foresee may be a link that they made: only a new file is written.
    let written =
        File::create_new(&path).and_then(|mut file| file.write_all(session.perf_map().as_bytes()));
    written.map_err(|error| {
        cx.report.failure(&format!("cannot write `{path}`: {}", streams::plain(&error)));
        Exit::Errors
    })
}

pub(super) fn failure(cx: Cx, error: &EngineError) -> Exit {
    let code = match error {
        EngineError::Codegen(error) => return compile::codegen_fault(cx, error),
        EngineError::MissingSymbol { .. } | EngineError::AbiVersion { .. } => {
            Code::MissingRuntimeSymbol
        }
        EngineError::Host(_) => Code::UnsupportedOutput,
        EngineError::NoEntry => Code::MissingMain,
        EngineError::MissingLibrary { place, .. } => {
            let diagnostic = unplaced(Code::MissingLibrary, error.to_string());
            cx.report.error(diagnostic.note(format!("a function is taken from it at {place}")));
            return Exit::Errors;
        }
        EngineError::MissingForeignSymbol { place, .. } => {
            let diagnostic = unplaced(Code::MissingForeignSymbol, error.to_string());
            cx.report.error(diagnostic.note(format!("it is declared at {place}")));
            return Exit::Errors;
        }
        EngineError::Memory(_) => {
            cx.report.failure(&error.to_string());
            return Exit::Errors;
        }
    };
    cx.report.error(unplaced(code, error.to_string()));
    Exit::Errors
}
