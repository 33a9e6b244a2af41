//! `beskid run`: the JIT.

use std::fs::File;
use std::io::Write;
use std::{env, process};

use beskid_analysis::diagnostics::Code;
use beskid_analysis::source::SourceMap;
use beskid_aot::libraries::Search;
use beskid_codegen::CodegenArtifact;
use beskid_engine::symbols::Symbols;
use beskid_engine::{EngineError, Process, Session};

use super::{missing_library, missing_symbol};
use crate::arguments::Run;
use crate::compile::{self, Compiled, Cx, Warnings};
use crate::exit::Exit;
use crate::report::unplaced;
use crate::{fault, program, progress, streams};

pub(crate) fn run(cx: Cx, arguments: &Run) -> Result<Exit, Exit> {
    let program = program::load(cx, &arguments.program)?;
    let name = program.shown.clone();
    let opt = arguments.optimisation.level();
    let Compiled { artifact, sources, .. } = compile::artifact(cx, program, opt, Warnings::Hidden)?;
    let search = Search::new(&arguments.library_path);
    let session = session(&artifact, &search).map_err(|error| failure(cx, &sources, &error))?;
    write_perf_map(cx, &session)?;
    fault::activity(format!("running {name}"));
    // The streams are the program's from here on.
    progress::end();
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

/// Compiles an artifact into memory; libraries are where a build would find them.
pub(super) fn session(artifact: &CodegenArtifact, search: &Search) -> Result<Session, EngineError> {
    Session::with(artifact, &Symbols::of_runtime(), &|name| search.to_open(name))
}

pub(super) fn failure(cx: Cx, sources: &SourceMap, error: &EngineError) -> Exit {
    let code = match error {
        EngineError::Codegen(error) => return compile::codegen_fault(cx, error),
        EngineError::MissingSymbol { .. } | EngineError::AbiVersion { .. } => {
            Code::MissingRuntimeSymbol
        }
        EngineError::Host(_) => Code::UnsupportedOutput,
        EngineError::NoEntry => Code::MissingMain,
        EngineError::MissingLibrary { span, .. } => {
            cx.report.diagnostics(vec![missing_library(*span, error.to_string())], sources);
            return Exit::Errors;
        }
        EngineError::MissingForeignSymbol { span, .. } => {
            cx.report.diagnostics(vec![missing_symbol(*span, error.to_string())], sources);
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
