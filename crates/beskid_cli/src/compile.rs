//! The phases from a program's text to an artifact.

use beskid_analysis::diagnostics::render_text::Color;
use beskid_analysis::diagnostics::{Code, Diagnostic};
use beskid_analysis::hir::Analysis;
use beskid_analysis::{Goal, analyze};
use beskid_codegen::isa::OptLevel;
use beskid_codegen::{CodegenArtifact, CodegenError, lower_library, lower_program};

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
    let mut analysis = analyze(program.sources, goal);
    let failed = analysis.has_errors();
    if failed || warnings == Warnings::Shown {
        let diagnostics = std::mem::take(&mut analysis.diagnostics);
        cx.report.diagnostics(diagnostics, &analysis.sources);
    }
    if failed { Err(Exit::Errors) } else { Ok(analysis) }
}

/// Compiles a program as far as both drivers do.
pub(crate) fn artifact(
    cx: Cx,
    program: Program,
    opt: OptLevel,
    warnings: Warnings,
) -> Result<CodegenArtifact, Exit> {
    let name = program.shown.clone();
    let analysis = analyse(cx, program, Goal::Program, warnings)?;
    fault::activity(format!("compiling {name}"));
    lower_program(&analysis, opt).map_err(|error| lowering_failure(cx, &analysis, &error))
}

/// What a unit is that need not be a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unit {
    /// A library, whatever it has.
    Library,
    /// A program if it has a `main`, else a library.
    Either,
}

/// Compiles a unit that need not be a program, for the AOT driver.
pub(crate) fn unit(
    cx: Cx,
    program: Program,
    opt: OptLevel,
    unit: Unit,
) -> Result<CodegenArtifact, Exit> {
    let name = program.shown.clone();
    let analysis = analyse(cx, program, Goal::Check, Warnings::Shown)?;
    fault::activity(format!("compiling {name}"));
    let failed = |error: &CodegenError| lowering_failure(cx, &analysis, error);
    if unit == Unit::Either && analysis.entry.is_some() {
        return lower_program(&analysis, opt).map_err(|error| failed(&error));
    }
    let artifact = lower_library(&analysis, opt).map_err(|error| failed(&error))?;
    if artifact.program().exports.is_empty() {
        let diagnostic = unplaced(Code::NothingToExport, "there is nothing to export")
            .note("a library exports functions that are `pub` and not generic");
        cx.report.error(match unit {
            Unit::Library => diagnostic.help("make a function `pub`"),
            Unit::Either => diagnostic.help("make a function `pub`, or write a `main`"),
        });
        return Err(Exit::Errors);
    }
    Ok(artifact)
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
