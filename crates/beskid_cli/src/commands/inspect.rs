//! `beskid mir`, `clif`, `asm`: the forms between source and machine code.
//!
//! *Invariants.* Code is made as `build` makes it, for the target and not for the machine at hand, so
//! equal programs give equal text everywhere.

use beskid_analysis::diagnostics::suggest;
use beskid_aot::{AotError, Target};
use beskid_codegen::{CodegenArtifact, CodegenError, dump};

use super::aot_failure;
use crate::arguments::{Inspect, Mir};
use crate::compile::{self, Cx};
use crate::exit::Exit;
use crate::{program, streams};

pub(crate) fn mir(cx: Cx, arguments: &Mir) -> Result<Exit, Exit> {
    let artifact = artifact(cx, arguments)?;
    streams::write(&cx.report, &dump::mir(&artifact, arguments.function.as_deref()))?;
    Ok(Exit::Done)
}

pub(crate) fn clif(cx: Cx, arguments: &Inspect) -> Result<Exit, Exit> {
    machine(cx, arguments, Form::Clif)
}

pub(crate) fn asm(cx: Cx, arguments: &Inspect) -> Result<Exit, Exit> {
    machine(cx, arguments, Form::Asm)
}

/// A form that depends on the target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    Clif,
    Asm,
}

/// The target that the user named, or that of the machine at hand.
pub(super) fn target_named(triple: Option<&str>) -> Result<Target, AotError> {
    triple.map_or_else(|| Ok(Target::host()), Target::parse)
}

/// A form of an artifact as text.
pub(super) fn text(
    cx: Cx,
    form: Form,
    artifact: &CodegenArtifact,
    target: &Target,
    function: Option<&str>,
) -> Result<String, Exit> {
    let isa = target.isa(artifact.opt()).map_err(|error| aot_failure(cx, &error))?;
    let text = match form {
        Form::Clif => dump::clif(artifact, &*isa, function),
        Form::Asm => dump::asm(artifact, &*isa, function),
    };
    text.map_err(|error: CodegenError| compile::codegen_fault(cx, &error))
}

fn machine(cx: Cx, arguments: &Inspect, form: Form) -> Result<Exit, Exit> {
    let target = target_named(arguments.target_triple.as_deref())
        .map_err(|error| aot_failure(cx, &error))?;
    let artifact = artifact(cx, &arguments.code)?;
    let text = text(cx, form, &artifact, &target, arguments.code.function.as_deref())?;
    streams::write(&cx.report, &text)?;
    Ok(Exit::Done)
}

/// The unit, which has the function that was asked for.
fn artifact(cx: Cx, arguments: &Mir) -> Result<CodegenArtifact, Exit> {
    let opt = arguments.optimisation.level();
    let program = program::load(cx, &arguments.program)?;
    let artifact = compile::shown(cx, program, opt, arguments.function.as_deref())?;
    let Some(wanted) = arguments.function.as_deref() else { return Ok(artifact) };
    let names = || artifact.program().functions.iter().map(|body| body.name.as_str());
    if names().any(|name| name == wanted) {
        return Ok(artifact);
    }
    let mut message = format!("no function `{wanted}` was compiled");
    match suggest::nearest(wanted, names()) {
        Some(near) => message.push_str(&format!("; did you mean `{near}`?")),
        None => message.push_str(": generic ones are if something calls them"),
    }
    cx.report.failure(&message);
    Err(Exit::Errors)
}
