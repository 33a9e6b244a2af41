//! `beskid build`: the AOT driver.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs, thread};

use beskid_analysis::Goal;
use beskid_analysis::diagnostics::Code;
use beskid_aot::libraries::Search;
use beskid_aot::link::{self, Linked, Linker, Settings};
use beskid_aot::output::{self, Access};
use beskid_aot::{AotError, Runtime, Target, header};
use beskid_codegen::Reuse;

use super::inspect::{Form, target_named, text};
use super::{aot_failure, aot_failure_in, each};
use crate::arguments::{Build, Emit, Kind};
use crate::cache::{Cache, Functions, Key, Reused};
use crate::compile::{self, Compiled, Cx, Unit, Warnings};
use crate::exit::Exit;
use crate::program::{self, Choice, Program};
use crate::report::unplaced;
use crate::{fault, runtimes, streams};

pub(crate) fn run(cx: Cx, arguments: &Build) -> Result<Exit, Exit> {
    // One output is that of one program.
    let choices = match arguments.output {
        Some(_) => vec![program::choose_one(cx, &arguments.program)?],
        None => program::choose(cx, &arguments.program)?,
    };
    each(cx, &choices, |choice| build(cx, arguments, choice))
}

/// Builds one program. A library of a project is an output only if a kind is asked for: others take its
/// sources.
fn build(cx: Cx, arguments: &Build, choice: &Choice) -> Result<Exit, Exit> {
    let failed = |error: AotError| aot_failure(cx, &error);
    let kind = arguments.kind();
    let target = target_named(arguments.target_triple.as_deref()).map_err(failed)?;
    let runtime = runtimes::of(&target, arguments.runtime_archive.as_deref());
    // What cannot be done at all is said before any work.
    match kind {
        Kind::Exe => link::check(&target, &runtime).map_err(failed)?,
        Kind::Object => {}
        Kind::Shared | Kind::Static => link::check_library(&target, &runtime).map_err(failed)?,
    }
    if kind == Kind::Exe && arguments.emit.contains(&Emit::Header) {
        return Err(header_of_executable(cx));
    }
    if kind == Kind::Exe && !arguments.export.is_empty() {
        return Err(export_of_executable(cx));
    }
    let mut progress = Progress::new(arguments.verbose);
    let program = choice.load(cx)?;
    if program.output_folder.is_some() && program.goal == Goal::Check && arguments.kind.is_none() {
        let shown = program.shown.clone();
        let result = checked(cx, program)?;
        progress.step(&format!("checked {shown}, which makes no output by itself"));
        return Ok(result);
    }
    let output = output_path(arguments, &program, &target);
    if arguments.output.is_none()
        && let Some(folder) = &program.output_folder
    {
        make_folder(folder).map_err(failed)?;
    }
    output::check(&output).map_err(failed)?;
    refuse_source(cx, &program, &output)?;

    let access = match kind {
        Kind::Exe | Kind::Shared => Access::Executable,
        Kind::Static | Kind::Object => Access::Data,
    };
    let user = Cache::of_user();
    let cache = user.as_ref().zip(key(arguments, &program, (&target, &runtime), &output));
    if let Some((cache, key)) = &cache
        && let Some(bytes) = cache.find(key)
    {
        progress.step("found what an earlier build has made of the same program");
        output::update(&output, &bytes, access).map_err(failed)?;
        progress.step(&format!("wrote {}", output.display()));
        return Ok(Exit::Done);
    }
    let opt = arguments.optimisation.level();
    let purpose = format!("{kind:?} {}", program.name.display());
    let functions = Functions::of(user.as_ref(), &program.sources, &purpose, &target, opt);
    let Compiled { artifact, sources, diagnostics } = match kind {
        Kind::Exe => compile::artifact(cx, program, opt, Warnings::Shown)?,
        Kind::Object => compile::unit(cx, program, opt, Unit::Either(&arguments.export))?,
        Kind::Shared | Kind::Static => {
            compile::unit(cx, program, opt, Unit::Library(&arguments.export))?
        }
    };
    let exports = &artifact.program().exports;
    progress.step("analysed and lowered");
    let (object, reused) = Functions::compile(functions, &artifact, &target).map_err(failed)?;
    let reused = reused.map_or_else(String::new, |Reused { functions, all }| {
        format!("; {functions} of {all} functions were in the cache")
    });
    progress.step(&format!("compiled for {target}: {} bytes{reused}", object.len()));

    fault::activity(format!("building {}", output.display()));
    for form in forms(arguments) {
        let (ending, bytes) = match form {
            Emit::Clif => ("clif", text(cx, Form::Clif, &artifact, &target, None)?.into_bytes()),
            Emit::Asm => ("s", text(cx, Form::Asm, &artifact, &target, None)?.into_bytes()),
            Emit::Obj => (target.object_extension(), object.clone()),
            Emit::Header => {
                let name = output.file_stem().unwrap_or_default().to_string_lossy();
                ("h", header::render(exports, &name).into_bytes())
            }
        };
        let path = beside(&output, &target, ending);
        output::write(&path, &bytes, Access::Data).map_err(failed)?;
        progress.step(&format!("wrote {}", path.display()));
    }

    let foreign = &artifact.program().foreign;
    let linker = linker(arguments.linker.as_deref());
    let search = Search::new(&arguments.library_path);
    let settings =
        Settings { target: &target, runtime: &runtime, linker: &linker, search: &search };
    let linked = match kind {
        Kind::Object => {
            let linker = "nobody".to_owned();
            Ok(Linked { bytes: object, linker, notes: Vec::new() })
        }
        Kind::Exe => link::executable(object, foreign, settings),
        Kind::Shared => {
            let name = output.file_name().unwrap_or_default().to_string_lossy();
            link::shared_library(&object, exports, foreign, &name, settings)
        }
        Kind::Static => link::static_library(&object, exports, foreign, &target, &runtime),
    };
    let linked = linked.map_err(|error| aot_failure_in(cx, &sources, &error))?;
    if kind != Kind::Object {
        progress.step(&format!("linked with {}: {} bytes", linked.linker, linked.bytes.len()));
    }
    for note in &linked.notes {
        cx.report.note(note);
    }
    let is_kept = foreign.is_empty()
        && diagnostics.is_empty()
        && linked.notes.is_empty()
        && Reuse::is_worth(&artifact);
    let written = thread::scope(|scope| {
        if let Some((cache, key)) = cache.filter(|_| is_kept) {
            let bytes = &linked.bytes;
            // Without a thread it is not kept.
            let _ = thread::Builder::new().spawn_scoped(scope, move || cache.keep(&key, bytes));
        }
        output::write(&output, &linked.bytes, access)
    });
    written.map_err(failed)?;
    progress.step(&format!("wrote {}", output.display()));
    if Reuse::is_worth(&artifact) {
        compile::drop_beside(artifact);
    }
    Ok(Exit::Done)
}

/// Checks a program that makes no output. That nothing was found in it is remembered.
fn checked(cx: Cx, program: Program) -> Result<Exit, Exit> {
    let key = Key::of_compiler().map(|mut key| {
        key.add(format!("checked {:?}", program.goal));
        key.add_sources(&program.sources);
        key
    });
    let cache = Cache::of_user().zip(key);
    if cache.as_ref().is_some_and(|(cache, key)| cache.find(key).is_some()) {
        return Ok(Exit::Done);
    }
    let begun = Instant::now();
    let goal = program.goal;
    let analysis = compile::analyse(cx, program, goal, Warnings::Shown)?;
    if let Some((cache, key)) = &cache
        && analysis.diagnostics.is_empty()
    {
        cache.remember(key, begun.elapsed());
    }
    Ok(Exit::Done)
}

/// What the output is known by in the cache, if it depends on nothing but the program, the compiler and what
/// is asked for. Of programs that take functions from C it does: nothing is kept of these.
fn key(
    arguments: &Build,
    program: &Program,
    (target, runtime): (&Target, &Runtime),
    output: &Path,
) -> Option<Key> {
    let is_plain = arguments.emit.is_empty()
        && *runtime == Runtime::Embedded
        && linker(arguments.linker.as_deref()) == Linker::BuiltIn;
    let mut key = is_plain.then(Key::of_compiler).flatten()?;
    key.add(target.to_string());
    key.add(format!("{:?} {:?}", arguments.kind(), arguments.optimisation.level()));
    key.add(format!("{:?}", arguments.export));
    // Shared libraries know the names of their files.
    key.add(if arguments.kind() == Kind::Shared { output.file_name()? } else { OsStr::new("") });
    key.add_sources(&program.sources);
    Some(key)
}

fn header_of_executable(cx: Cx) -> Exit {
    let diagnostic = unplaced(Code::UnsupportedOutput, "an executable has no header");
    cx.report.error(
        diagnostic
            .note("executables export nothing")
            .help("build a library: `--kind shared` or `--kind static`"),
    );
    Exit::Errors
}

fn export_of_executable(cx: Cx) -> Exit {
    let diagnostic = unplaced(Code::UnsupportedOutput, "an executable exports nothing");
    cx.report.error(diagnostic.help("build a library: `--kind shared` or `--kind static`"));
    Exit::Errors
}

/// Where the output goes.
fn output_path(arguments: &Build, program: &Program, target: &Target) -> PathBuf {
    if let Some(path) = &arguments.output {
        return path.clone();
    }
    let mut name = program.name.clone();
    match arguments.kind() {
        Kind::Object => {
            name.push(".");
            name.push(target.object_extension());
        }
        Kind::Exe => name.push(target.executable_suffix()),
        Kind::Shared | Kind::Static => {
            let ending = if arguments.kind() == Kind::Shared { ".so" } else { ".a" };
            let mut library = OsString::from("lib");
            library.push(&name);
            library.push(ending);
            name = library;
        }
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
    if arguments.kind() == Kind::Object {
        forms.retain(|&form| form != Emit::Obj);
    }
    forms
}

/// The output's path with another ending.
fn beside(output: &Path, target: &Target, ending: &str) -> PathBuf {
    let executable = target.executable_suffix().trim_start_matches('.');
    let endings = [target.object_extension(), executable, "so", "a"];
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
