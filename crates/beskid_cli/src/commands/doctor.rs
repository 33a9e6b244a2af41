//! `beskid doctor`: what this machine has, each `ok` or with what to do.
//!
//! What a program needs is tried, not asked for: a program is compiled into memory, linked by the built-in
//! linker, written and started. Everything else is a convenience, and its absence no fault.
//!
//! *Invariants.* Nothing is left behind; the network is not touched.

use std::env;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use beskid_abi::version::ABI_VERSION;
use beskid_analysis::diagnostics::suggest;
use beskid_analysis::source::SourceMap;
use beskid_analysis::{Goal, analyze};
use beskid_aot::libraries::Search;
use beskid_aot::link::{self, Linker, Settings};
use beskid_aot::output::{self, Access};
use beskid_aot::{Runtime, Target, emit_object, target};
use beskid_codegen::isa::OptLevel;
use beskid_codegen::{CodegenArtifact, lower_program};
use beskid_engine::Session;
use tempfile::TempDir;

use super::build;
use crate::cache::Cache;
use crate::compile::Cx;
use crate::exit::Exit;
use crate::{runtimes, streams};

/// Says hello by its exit status.
const PROGRAM: &str = "i32 main() => 42;\n";
const STATUS: i32 = 42;

/// What may be set in the environment.
const VARIABLES: [&str; 12] = [
    "BESKID_BACKTRACE",
    "BESKID_CACHE",
    "BESKID_COVERAGE",
    "BESKID_GC",
    "BESKID_GC_POISON",
    "BESKID_GC_STRESS",
    "BESKID_GC_TRACE",
    "BESKID_GC_VERIFY",
    "BESKID_HEAP_MAX",
    "BESKID_HOME",
    "BESKID_LINKER",
    "BESKID_PERF_MAP",
];
/// Linkers that could be asked for.
const LINKERS: [&str; 5] = ["cc", "ld", "ld.lld", "mold", "clang"];
/// Libraries that programs are linked with if they call C at all.
const LIBRARIES: [&str; 2] = ["libc.so.6", "libm.so.6"];

/// How something is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Ok,
    /// It is not there, and no program needs it.
    Absent,
    /// It should be mended; programs work without.
    Wrong,
    /// Programs cannot be compiled, or do not run.
    Broken,
}

/// What was found.
#[derive(Debug, Default)]
struct Findings {
    text: String,
    broken: usize,
}

impl Findings {
    fn add(&mut self, state: State, what: &str, found: &str) {
        let word = match state {
            State::Ok => "ok",
            State::Absent => "-",
            State::Wrong => "fix",
            State::Broken => "BROKEN",
        };
        self.broken += usize::from(state == State::Broken);
        let _ = writeln!(self.text, "{word:<7} {what:<12} {found}");
    }

    /// Notes something that was tried.
    fn tried(&mut self, what: &str, outcome: Result<String, String>) {
        match outcome {
            Ok(found) => self.add(State::Ok, what, &found),
            Err(reason) => self.add(State::Broken, what, &reason),
        }
    }
}

pub(crate) fn run(cx: Cx) -> Result<Exit, Exit> {
    let mut findings = Findings::default();
    let version = concat!("beskid ", env!("CARGO_PKG_VERSION"));
    findings.add(State::Ok, "compiler", &format!("{version}, runtime ABI {ABI_VERSION}"));
    match program() {
        Ok(artifact) => {
            findings.tried("run", in_memory(&artifact));
            findings.tried("build", as_executable(&artifact));
        }
        Err(reason) => findings.add(State::Broken, "compile", &reason),
    }
    linkers(&mut findings);
    let host = Target::host().to_string();
    findings.add(State::Ok, "targets", &format!("executables and libraries for {host}"));
    for (triple, path) in runtimes::found() {
        let place = path.display();
        findings.add(State::Ok, "", &format!("executables for {triple}, by {place}"));
    }
    findings.add(State::Ok, "", &format!("objects for {}", target::SUPPORTED.join(", ")));
    libraries(&mut findings);
    for tool in ["gdb", "perf", "valgrind"] {
        match find(tool) {
            Some(path) => findings.add(State::Ok, tool, &path),
            None => findings.add(State::Absent, tool, "not installed"),
        }
    }
    match find("git") {
        Some(path) => findings.add(State::Ok, "git", &path),
        None => findings.add(State::Absent, "git", "not installed: nothing can be fetched"),
    }
    match Cache::of_user() {
        Some(cache) => {
            let (bytes, count) = cache.size();
            let place = cache.folder().display();
            let size = bytes as f64 / 1e6;
            findings.add(State::Ok, "cache", &format!("{place}: {count} entries, {size:.1} MB"));
        }
        None => {
            findings.add(State::Absent, "cache", "none: BESKID_CACHE is 0, or there is no HOME")
        }
    }
    variables(&mut findings);
    streams::write(&cx.report, &findings.text)?;
    match findings.broken {
        0 => Ok(Exit::Done),
        _ => Err(Exit::Errors),
    }
}

fn program() -> Result<CodegenArtifact, String> {
    let mut sources = SourceMap::new();
    sources.add("doctor.bd", PROGRAM.to_owned()).map_err(|_| "no room for a program".to_owned())?;
    let analysis = analyze(sources, Goal::Program);
    lower_program(&analysis, OptLevel::None).map_err(|error| error.to_string())
}

/// Compiles the program into memory, which must become executable.
fn in_memory(artifact: &CodegenArtifact) -> Result<String, String> {
    match Session::new(artifact) {
        Ok(_) => Ok("programs can be compiled in memory".to_owned()),
        Err(error) => {
            Err(format!("{error}; is memory limited, or made executable by nobody here?"))
        }
    }
}

/// Links the program, writes it where temporary files go, and starts it.
fn as_executable(artifact: &CodegenArtifact) -> Result<String, String> {
    let target = Target::host();
    let object = emit_object(artifact, &target, None).map_err(|error| error.to_string())?;
    let settings = Settings {
        target: &target,
        runtime: &Runtime::Embedded,
        linker: &Linker::BuiltIn,
        search: &Search::new(&[]),
    };
    let foreign = &artifact.program().foreign;
    let linked = link::executable(object, foreign, settings).map_err(|error| error.to_string())?;
    let made = format!("{} makes executables of {} bytes", linked.linker, linked.bytes.len());
    let Ok(folder) = TempDir::with_prefix("beskid-doctor-") else {
        return Ok(format!("{made} (not started: there is no place for temporary files)"));
    };
    let path = folder.path().join("doctor");
    if let Err(error) = output::write(&path, &linked.bytes, Access::Executable) {
        return Ok(format!("{made} (not started: {error})"));
    }
    // There may be no `/dev/null` for the input.
    match Command::new(&path).env_clear().stdin(Stdio::piped()).status() {
        Ok(status) if status.code() == Some(STATUS) => Ok(format!("{made}, which run")),
        Ok(status) => Err(format!("{made}, which end by {status}")),
        // Programs may not be started from there, which says nothing of other places.
        Err(error) => {
            let folder = env::temp_dir();
            let reason = streams::plain(&error);
            Ok(format!("{made} (not started in `{}`: {reason})", folder.display()))
        }
    }
}

fn linkers(findings: &mut Findings) {
    if let Some(name) = env::var_os("BESKID_LINKER").filter(|name| !name.is_empty()) {
        let name = name.to_string_lossy();
        let is_there = match build::linker(None) {
            Linker::BuiltIn => true,
            Linker::External(program) => {
                let program = if program == "lld" { "ld.lld" } else { &program };
                find(program).is_some()
            }
        };
        match is_there {
            true => findings.add(State::Ok, "linker", &format!("BESKID_LINKER is `{name}`")),
            false => findings.add(
                State::Wrong,
                "linker",
                &format!("BESKID_LINKER is `{name}`, which is not there: install it, or unset it"),
            ),
        }
    }
    let others: Vec<&str> = LINKERS.into_iter().filter(|name| find(name).is_some()).collect();
    match others.is_empty() {
        true => findings.add(State::Absent, "linkers", "no other one; the built-in one needs none"),
        false => findings.add(State::Ok, "linkers", &format!("others: {}", others.join(", "))),
    }
}

fn libraries(findings: &mut Findings) {
    let search = Search::new(&[]);
    for name in LIBRARIES {
        match search.locate(name) {
            Some(path) => findings.add(State::Ok, name, &path.display().to_string()),
            None => findings.add(
                State::Absent,
                name,
                "not here; programs that take functions from C look for it when they start",
            ),
        }
    }
}

/// Variables that are set, and those that mean nothing.
fn variables(findings: &mut Findings) {
    for (name, value) in env::vars_os() {
        let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
        if !name.starts_with("BESKID_") {
            continue;
        }
        if VARIABLES.contains(&&*name) {
            findings.add(State::Ok, "variable", &format!("{name}={value}"));
            continue;
        }
        let mut text = format!("{name} means nothing");
        if let Some(near) = suggest::nearest(&name, VARIABLES) {
            let _ = write!(text, "; did you mean {near}?");
        }
        findings.add(State::Wrong, "variable", &text);
    }
}

/// Where a program lies, as a shell finds it.
fn find(program: &str) -> Option<String> {
    if program.contains('/') {
        return Path::new(program).is_file().then(|| program.to_owned());
    }
    let path = env::var_os("PATH")?;
    let mut places = env::split_paths(&path).map(|folder| folder.join(program));
    places.find(|place| place.is_file()).map(|place| place.display().to_string())
}
