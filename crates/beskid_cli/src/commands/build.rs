//! `beskid build`: the AOT driver.

use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs};

use beskid_analysis::diagnostics::Code;
use beskid_aot::link::{self, Linker};
use beskid_aot::output::{self, Access};
use beskid_aot::{AotError, Runtime, Target, emit_object};

use super::aot_failure;
use super::inspect::{Form, target_named, text};
use crate::arguments::{Build, Emit, Kind};
use crate::compile::{self, Cx, Warnings};
use crate::exit::Exit;
use crate::program::{self, Program};
use crate::report::unplaced;
use crate::{fault, streams};

pub(crate) fn run(cx: Cx, arguments: &Build) -> Result<Exit, Exit> {
    let failed = |error: AotError| aot_failure(cx, &error);
    let target = target_named(arguments.target_triple.as_deref()).map_err(failed)?;
    let runtime = match &arguments.runtime_archive {
        Some(path) => Runtime::Archive(path.clone()),
        None => Runtime::Embedded,
    };
    // What cannot be done at all is said before any work.
    match arguments.kind {
        Kind::Exe => link::check(&target, &runtime).map_err(failed)?,
        Kind::Object => {}
        Kind::Shared | Kind::Static => return Err(unsupported_kind(cx, arguments.kind)),
    }
    let mut progress = Progress::new(arguments.verbose);
    let program = program::load(cx, &arguments.program)?;
    let output = output_path(arguments, &program, &target);
    if arguments.output.is_none()
        && let Some(folder) = &program.output_folder
    {
        make_folder(folder).map_err(failed)?;
    }
    output::check(&output).map_err(failed)?;
    refuse_source(cx, &program, &output)?;

    let opt = arguments.optimisation.level();
    let artifact = compile::artifact(cx, program, opt, Warnings::Shown)?;
    progress.step("analysed and lowered");
    let object = emit_object(&artifact, &target).map_err(failed)?;
    progress.step(&format!("compiled for {target}: {} bytes", object.len()));

    fault::activity(format!("building {}", output.display()));
    for form in forms(arguments) {
        let (ending, bytes) = match form {
            Emit::Clif => ("clif", text(cx, Form::Clif, &artifact, &target, None)?.into_bytes()),
            Emit::Asm => ("s", text(cx, Form::Asm, &artifact, &target, None)?.into_bytes()),
            Emit::Obj => (target.object_extension(), object.clone()),
        };
        let path = beside(&output, &target, ending);
        output::write(&path, &bytes, Access::Data).map_err(failed)?;
        progress.step(&format!("wrote {}", path.display()));
    }

    if arguments.kind == Kind::Object {
        output::write(&output, &object, Access::Data).map_err(failed)?;
    } else {
        let foreign = &artifact.program().foreign;
        let linked = link::executable(
            object,
            foreign,
            &target,
            &runtime,
            &linker(arguments.linker.as_deref()),
        )
        .map_err(failed)?;
        progress.step(&format!("linked with {}: {} bytes", linked.linker, linked.bytes.len()));
        for note in &linked.notes {
            cx.report.note(note);
        }
        output::write(&output, &linked.bytes, Access::Executable).map_err(failed)?;
    }
    progress.step(&format!("wrote {}", output.display()));
    Ok(Exit::Done)
}

fn unsupported_kind(cx: Cx, kind: Kind) -> Exit {
    let message = format!("outputs of kind `{}` are not supported yet", kind.name());
    cx.report.error(
        unplaced(Code::UnsupportedOutput, message).help("the kinds so far are `exe` and `object`"),
    );
    Exit::Errors
}

/// Where the output goes.
fn output_path(arguments: &Build, program: &Program, target: &Target) -> PathBuf {
    if let Some(path) = &arguments.output {
        return path.clone();
    }
    let mut name = program.name.clone();
    match arguments.kind {
        Kind::Object => {
            name.push(".");
            name.push(target.object_extension());
        }
        _ => name.push(target.executable_suffix()),
    }
    match &program.output_folder {
        Some(folder) => folder.join(name),
        // `beskid build hello`, where `hello` is the folder of the program.
        None if Path::new(&name).is_dir() => Path::new(&name).join(&name),
        None => PathBuf::from(name),
    }
}

fn make_folder(folder: &Path) -> Result<(), AotError> {
    fs::create_dir_all(folder).map_err(|error| AotError::Output {
        path: folder.to_owned(),
        reason: streams::plain(&error),
    })
}

/// A source without an ending would be overwritten by its own executable.
fn refuse_source(cx: Cx, program: &Program, output: &Path) -> Result<(), Exit> {
    let Ok(written) = fs::canonicalize(output) else { return Ok(()) };
    let mut files = program.sources.files().iter();
    if !files.any(|file| fs::canonicalize(&file.name).is_ok_and(|source| source == written)) {
        return Ok(());
    }
    let path = output.to_owned();
    let reason = "it is the source file".to_owned();
    Err(aot_failure(cx, &AotError::Output { path, reason }))
}

/// The linker that the user named, here or in the environment.
pub(super) fn linker(name: Option<&str>) -> Linker {
    let name = name
        .map(str::to_owned)
        .or_else(|| env::var("BESKID_LINKER").ok().filter(|name| !name.is_empty()));
    name.map_or(Linker::BuiltIn, |name| Linker::named(&name))
}

/// What to write beside the output, each once.
fn forms(arguments: &Build) -> Vec<Emit> {
    let mut forms = arguments.emit.clone();
    forms.sort_unstable();
    forms.dedup();
    if arguments.kind == Kind::Object {
        forms.retain(|&form| form != Emit::Obj);
    }
    forms
}

/// The output's path with another ending.
fn beside(output: &Path, target: &Target, ending: &str) -> PathBuf {
    let endings = [target.object_extension(), target.executable_suffix().trim_start_matches('.')];
    let has_own = output.extension().is_some_and(|own| endings.iter().any(|&known| own == known));
    if has_own && output.extension().is_some_and(|own| own != ending) {
        output.with_extension(ending)
    } else {
        output.with_added_extension(ending)
    }
}

/// What `--verbose` says.
struct Progress {
    since: Option<Instant>,
}

impl Progress {
    fn new(verbose: bool) -> Self {
        Self { since: verbose.then(Instant::now) }
    }

    /// Says what was done, and how long it took.
    fn step(&mut self, what: &str) {
        if let Some(since) = &mut self.since {
            let milliseconds = since.elapsed().as_secs_f64() * 1000.0;
            streams::write_error(&format!("{milliseconds:8.1} ms  {what}\n"));
            *since = Instant::now();
        }
    }
}
