//! The phases from a program's text to an artifact.

use std::{mem, thread};

use beskid_analysis::diagnostics::render_text::Color;
use beskid_analysis::diagnostics::{Code, Diagnostic, suggest};
use beskid_analysis::hir::{Analysis, FunctionId};
use beskid_analysis::source::SourceMap;
use beskid_analysis::{Goal, analyze};
use beskid_codegen::isa::OptLevel;
use beskid_codegen::{
    CodegenArtifact, CodegenError, Exportable, Reuse, exportable, lower_everything, lower_library,
    lower_program, source_name,
};

use crate::arguments::MessageFormat;
use crate::exit::Exit;
use crate::fault;
use crate::program::Program;
use crate::report::{Report, unplaced};

/// What every phase may need.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cx {
    pub(crate) report: Report,
    pub(crate) format: MessageFormat,
    /// Whether standard output is written in colours.
    pub(crate) stdout_color: Color,
}

/// Which diagnostics of a program without errors are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Warnings {
    /// They are what the command is for.
    Shown,
    /// Standard error belongs to the program that runs.
    Hidden,
}

/// Analyses a program and reports what it finds; errors end the command.
pub(crate) fn analyse(
    cx: Cx,
    program: Program,
    goal: Goal,
    warnings: Warnings,
) -> Result<Analysis, Exit> {
    fault::activity(format!("analysing {}", program.shown));
    let analysis = analyze(program.sources, goal);
    let failed = analysis.has_errors();
    if failed || warnings == Warnings::Shown {
        cx.report.diagnostics(analysis.diagnostics.clone(), &analysis.sources);
    }
    if failed { Err(Exit::Errors) } else { Ok(analysis) }
}

/// What both drivers receive, and the text that messages of theirs may point into.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) artifact: CodegenArtifact,
    pub(crate) sources: SourceMap,
    /// What there was to say of the program.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Compiled {
    fn new(artifact: CodegenArtifact, mut analysis: Analysis) -> Self {
        let sources = mem::take(&mut analysis.sources);
        let diagnostics = mem::take(&mut analysis.diagnostics);
        if Reuse::is_worth(&artifact) {
            drop_beside(analysis);
        }
        Self { artifact, sources, diagnostics }
    }
}

/// Drops a part of a large program beside what is done next: it has so many small objects that this takes longer
/// than to begin a thread.
pub(crate) fn drop_beside<T: Send + 'static>(part: T) {
    // Without a thread it is dropped here.
    let _ = thread::Builder::new().spawn(move || drop(part));
}

/// Compiles a program as far as both drivers do.
pub(crate) fn artifact(
    cx: Cx,
    program: Program,
    opt: OptLevel,
    warnings: Warnings,
) -> Result<Compiled, Exit> {
    let name = program.shown.clone();
    let analysis = analyse(cx, program, Goal::Program, warnings)?;
    fault::activity(format!("compiling {name}"));
    let artifact =
        lower_program(&analysis, opt).map_err(|error| lowering_failure(cx, &analysis, &error))?;
    Ok(Compiled::new(artifact, analysis))
}

/// What is made of a unit that need not be a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unit<'u> {
    /// A library, whatever it has, which gives the functions of these names, or all it can.
    Library(&'u [String]),
    /// A program if it has a `main`, else a library.
    Either(&'u [String]),
}

/// Compiles a unit that need not be a program, for the AOT driver.
pub(crate) fn unit(
    cx: Cx,
    program: Program,
    opt: OptLevel,
    unit: Unit<'_>,
) -> Result<Compiled, Exit> {
    let name = program.shown.clone();
    let analysis = analyse(cx, program, Goal::Check, Warnings::Shown)?;
    fault::activity(format!("compiling {name}"));
    let failed = |error: CodegenError| lowering_failure(cx, &analysis, &error);
    let (names, is_program) = match unit {
        Unit::Library(names) => (names, false),
        Unit::Either(names) => (names, analysis.entry.is_some() && names.is_empty()),
    };
    if is_program {
        let artifact = lower_program(&analysis, opt).map_err(failed)?;
        return Ok(Compiled::new(artifact, analysis));
    }
    let exportable = exportable(&analysis);
    if exportable.is_empty() {
        let diagnostic = unplaced(Code::NothingToExport, "there is nothing to export")
            .note("a library exports functions that are `pub` and not generic");
        cx.report.error(match unit {
            Unit::Library(_) => diagnostic.help("make a function `pub`"),
            Unit::Either(_) => diagnostic.help("make a function `pub`, or write a `main`"),
        });
        return Err(Exit::Errors);
    }
    let exports = chosen(cx, &analysis, &exportable, names)?;
    let artifact = lower_library(&analysis, &exports, opt).map_err(failed)?;
    Ok(Compiled::new(artifact, analysis))
}

/// The functions of these source names or names in C, in the order of the source; all if none is named.
fn chosen(
    cx: Cx,
    analysis: &Analysis,
    exportable: &[Exportable],
    names: &[String],
) -> Result<Vec<FunctionId>, Exit> {
    let is_called = |known: &Exportable, name: &str| {
        known.source == name || known.name.as_deref() == Some(name)
    };
    for name in names {
        if exportable.iter().any(|known| is_called(known, name)) {
            continue;
        }
        let functions = analysis.functions.ids();
        let others: Vec<String> = functions.map(|id| source_name(analysis, id)).collect();
        let message = format!("there is no function `{name}` to export");
        let mut diagnostic = unplaced(Code::UnknownExport, message);
        if others.contains(name) {
            diagnostic = diagnostic.note(
                "what is exported is `pub`, as is its type, not generic, and no function of C",
            );
        } else {
            let known = exportable
                .iter()
                .flat_map(|known| [Some(&*known.source), known.name.as_deref()])
                .flatten();
            diagnostic = match suggest::nearest(name, known) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.help("name it as traces do, `Type.Method`, or by its name in C"),
            };
        }
        cx.report.error(diagnostic);
        return Err(Exit::Errors);
    }
    let is_wanted =
        |known: &&Exportable| names.is_empty() || names.iter().any(|name| is_called(known, name));
    Ok(exportable.iter().filter(is_wanted).map(|known| known.function).collect())
}

/// Compiles a unit to look at: the program, or everything that has code if it has no `main` or if a
/// function was asked for that `main` does not reach.
pub(crate) fn shown(
    cx: Cx,
    program: Program,
    opt: OptLevel,
    function: Option<&str>,
) -> Result<CodegenArtifact, Exit> {
    let name = program.shown.clone();
    let analysis = analyse(cx, program, Goal::Check, Warnings::Shown)?;
    fault::activity(format!("compiling {name}"));
    let failed = |error: CodegenError| lowering_failure(cx, &analysis, &error);
    if analysis.entry.is_some() {
        let artifact = lower_program(&analysis, opt).map_err(failed)?;
        let mut functions = artifact.program().functions.iter();
        if function.is_none_or(|wanted| functions.any(|body| body.name == wanted)) {
            return Ok(artifact);
        }
    }
    lower_everything(&analysis, opt).map_err(failed)
}

/// Reports why a checked program could not be lowered.
pub(crate) fn lowering_failure(cx: Cx, analysis: &Analysis, error: &CodegenError) -> Exit {
    match error {
        CodegenError::EndlessInstantiation { name, span, place, chain } => {
            let message = format!("the type arguments of `{name}` nest deeper and deeper");
            let mut diagnostic = Diagnostic::new(Code::EndlessInstantiation, *span, message)
                .note(format!("every instance asks for the next: {chain}"))
                .help("let the recursion keep its type arguments");
            if let Some(place) = place {
                diagnostic = diagnostic.note(format!("the last one is asked for at {place}"));
            }
            cx.report.diagnostics(vec![diagnostic], &analysis.sources);
            Exit::Errors
        }
        _ => codegen_fault(cx, error),
    }
}

/// Reports a fault of code generation.
pub(crate) fn codegen_fault(cx: Cx, error: &CodegenError) -> Exit {
    fault::report_codegen(cx.format, error)
}
