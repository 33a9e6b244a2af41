//! Objects and the runtime to an executable or a library.
//!
//! The linker is a library in this process ([`builtin`]) unless the user names a program
//! ([`external`]). Whoever links is told the same: a position-independent executable that starts at the
//! runtime's entry, with constant relocated data and no executable stack. It is static, without
//! interpreter, unless the program takes functions from C libraries: then it is linked with these
//! ([`libraries`]), and the system's loader and C library start it.
//!
//! A library is one object of unit and runtime ([`merge`]): as it is in a static one ([`archive`]), linked
//! with the libraries that it takes functions from in a shared one.
//!
//! *Invariants.* Only a failure of the built-in linker makes another one try, and then a note says so;
//! a linker that was asked for is the only one.

mod archive;
mod builtin;
mod external;
mod frames;
mod libraries;
mod merge;
mod stub;

use std::borrow::Cow;
use std::collections::BTreeSet;

use beskid_abi::symbol::{START_DYNAMIC, START_STATIC};
use beskid_codegen::mir::{Export, ForeignFunctions};

use crate::libraries::Search;
use crate::runtime::Part;
use crate::{AotError, Runtime, Target};

/// Programs that are tried when the built-in linker fails.
const SYSTEM_LINKERS: [&str; 2] = ["cc", "ld"];

/// Who links.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Linker {
    /// The one inside the compiler.
    BuiltIn,
    /// A program: `cc`, `mold`, `lld` or a path.
    External(String),
}

impl Linker {
    /// The linker that the user named.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "builtin" | "wild" => Self::BuiltIn,
            name => Self::External(name.to_owned()),
        }
    }
}

/// How everything is linked.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'s> {
    /// For whom.
    pub target: &'s Target,
    /// With which runtime.
    pub runtime: &'s Runtime,
    /// By whom.
    pub linker: &'s Linker,
    /// Where libraries are looked for.
    pub search: &'s Search,
}

/// An executable or library.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Linked {
    /// The file's content.
    pub bytes: Vec<u8>,
    /// Who linked, for people.
    pub linker: String,
    /// What the user should know about how it was made.
    pub notes: Vec<String>,
}

/// The loader of programs that are linked with libraries.
const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";

/// What is made.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Form {
    /// An executable that the kernel starts.
    Static,
    /// An executable that the loader starts, which brings the libraries.
    Dynamic,
    /// A shared library of that name.
    Shared(String),
}

/// What every linker is told.
#[derive(Debug)]
struct Plan {
    emulation: &'static str,
    form: Form,
    /// The program's object first, libraries last.
    inputs: Vec<Part>,
}

impl Plan {
    /// What is said the same way to linkers and, behind `-Wl,`, to compiler drivers.
    fn options(&self) -> Vec<String> {
        let own: &[&str] = match &self.form {
            Form::Static => &["-e", START_STATIC],
            Form::Dynamic => &["-e", START_DYNAMIC],
            // What a library exports, it calls itself, whatever the host has of that name. Once it was
            // called, handlers and the collector's thread may be in it, so it is never unloaded.
            Form::Shared(name) => &["-soname", name, "-Bsymbolic", "-z", "nodelete"],
        };
        let all = [
            "--gc-sections",
            "--build-id=none",
            "--eh-frame-hdr",
            "-z",
            "relro",
            "-z",
            "now",
            "-z",
            "noexecstack",
        ];
        own.iter().chain(&all).map(|&word| word.to_owned()).collect()
    }

    /// Adds the libraries that have functions of C; returns notes for people.
    fn add_libraries(
        &mut self,
        functions: &ForeignFunctions,
        start: libraries::Start,
        search: &Search,
    ) -> Result<Vec<String>, AotError> {
        let libraries = libraries::find(functions, start, search)?;
        self.inputs.extend(libraries.parts);
        Ok(libraries.notes)
    }

    /// All arguments of a linker that is called directly; `name` gives the inputs' paths.
    fn arguments(&self, output: &str, name: impl Fn(&Part) -> String) -> Vec<String> {
        let form: &[&str] = match self.form {
            Form::Static => &["-pie", "-static", "--no-dynamic-linker"],
            Form::Dynamic => &["-pie", "-dynamic-linker", LOADER],
            Form::Shared(_) => &["-shared"],
        };
        let words = ["-m", self.emulation, "-o", output];
        let mut arguments: Vec<String> =
            words.iter().chain(form).map(|&word| word.to_owned()).collect();
        arguments.extend(self.options());
        arguments.extend(self.inputs.iter().map(name));
        arguments
    }
}

/// Checks what can be known before there is anything to link.
///
/// # Errors
/// Executables for the target cannot be linked, or not with this runtime.
pub fn check(target: &Target, runtime: &Runtime) -> Result<(), AotError> {
    plan(target, runtime).map(drop)
}

/// Links the object of a program with the runtime, and with the libraries that it takes functions from.
///
/// # Errors
/// Executables for the target cannot be linked, a library on this machine lacks a function, or the linker
/// failed.
pub fn executable(
    object: Vec<u8>,
    foreign: &ForeignFunctions,
    settings: Settings<'_>,
) -> Result<Linked, AotError> {
    let Settings { target, runtime, linker, search } = settings;
    let mut plan = plan(target, runtime)?;
    plan.inputs.insert(0, Part { name: "program.o".to_owned(), bytes: object.into() });
    if foreign.is_empty() {
        return link(&plan, linker, Vec::new());
    }
    check_emulation(&plan, target, "programs that call C")?;
    plan.form = Form::Dynamic;
    let notes = plan.add_libraries(foreign, libraries::Start::ByLibrary, search)?;
    link(&plan, linker, notes)
}

/// Makes a shared library of the object of a unit with exports; `name` is what the system's loader will
/// know it by.
///
/// # Errors
/// As for [`executable`].
pub fn shared_library(
    object: &[u8],
    exports: &[Export],
    foreign: &ForeignFunctions,
    name: &str,
    settings: Settings<'_>,
) -> Result<Linked, AotError> {
    let Settings { target, runtime, linker, search } = settings;
    let mut plan = library_plan(target, runtime)?;
    let bytes = merged(object, exports, &plan)?;
    plan.form = Form::Shared(name.to_owned());
    plan.inputs = vec![Part { name: "library.o".to_owned(), bytes: bytes.into() }];
    let notes = match foreign.is_empty() {
        true => Vec::new(),
        false => plan.add_libraries(foreign, libraries::Start::ByHost, search)?,
    };
    link(&plan, linker, notes)
}

/// Makes a static library of the object of a unit with exports. Functions of C libraries are left to
/// whoever links a program with it.
///
/// # Errors
/// Libraries for the target cannot be made.
pub fn static_library(
    object: &[u8],
    exports: &[Export],
    foreign: &ForeignFunctions,
    target: &Target,
    runtime: &Runtime,
) -> Result<Linked, AotError> {
    let plan = library_plan(target, runtime)?;
    let bytes = merged(object, exports, &plan)?;
    let libraries: BTreeSet<&str> = foreign.iter().map(|function| &*function.library).collect();
    let note = |library| format!("what is linked with the output needs the library `{library}`");
    Ok(Linked {
        bytes: archive::of_one(&bytes, &names(exports)),
        linker: "beskid".to_owned(),
        notes: libraries.into_iter().map(note).collect(),
    })
}

/// Checks what can be known before there is a library to make.
///
/// # Errors
/// Libraries for the target cannot be made, or not with this runtime.
pub fn check_library(target: &Target, runtime: &Runtime) -> Result<(), AotError> {
    library_plan(target, runtime).map(drop)
}

fn library_plan(target: &Target, runtime: &Runtime) -> Result<Plan, AotError> {
    let plan = plan(target, runtime)?;
    check_emulation(&plan, target, "libraries")?;
    Ok(plan)
}

/// Whether what is not a static executable can be linked for the target.
fn check_emulation(plan: &Plan, target: &Target, output: &'static str) -> Result<(), AotError> {
    match plan.emulation {
        "elf_x86_64" => Ok(()),
        _ => Err(AotError::UnsupportedLink { output, triple: target.to_string() }),
    }
}

/// All symbols of exports, in order.
fn names(exports: &[Export]) -> Vec<&str> {
    exports.iter().flat_map(Export::symbols).collect()
}

/// The object of a unit and what it needs of the runtime, as one.
fn merged(object: &[u8], exports: &[Export], plan: &Plan) -> Result<Vec<u8>, AotError> {
    let failed = |message| AotError::Link { linker: "merging objects".to_owned(), message };
    let others: Vec<Cow<'_, [u8]>> =
        plan.inputs.iter().map(|part| Cow::Borrowed(&*part.bytes)).collect();
    let kept: BTreeSet<&str> = names(exports).into_iter().collect();
    merge::merge(object, &others, &kept).map_err(failed)
}

fn link(plan: &Plan, linker: &Linker, notes: Vec<String>) -> Result<Linked, AotError> {
    let mut linked = match linker {
        Linker::BuiltIn => with_fallback(plan, builtin::link),
        Linker::External(name) => external::link(plan, name),
    }?;
    linked.notes.splice(..0, notes);
    Ok(linked)
}

fn plan(target: &Target, runtime: &Runtime) -> Result<Plan, AotError> {
    let emulation = target.emulation().ok_or_else(|| AotError::UnsupportedLink {
        output: "programs",
        triple: target.to_string(),
    })?;
    Ok(Plan { emulation, form: Form::Static, inputs: runtime.parts(target)? })
}

/// Links with `builtin`, and if that fails with the first program of the system that can.
fn with_fallback(
    plan: &Plan,
    builtin: impl Fn(&Plan) -> Result<Linked, AotError>,
) -> Result<Linked, AotError> {
    let failure = match builtin(plan) {
        Ok(linked) => return Ok(linked),
        Err(failure) => failure,
    };
    for name in SYSTEM_LINKERS {
        if let Ok(mut linked) = external::link(plan, name) {
            linked.notes.push(format!("{failure}; linked with `{name}` instead"));
            return Ok(linked);
        }
    }
    Err(failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_linkers() {
        assert_eq!(Linker::named("wild"), Linker::BuiltIn);
        assert_eq!(Linker::named("/opt/ld"), Linker::External("/opt/ld".to_owned()));
    }

    #[test]
    fn a_failure_of_the_built_in_linker_stays_the_error_if_nothing_else_links() {
        let failure =
            AotError::Link { linker: "the built-in linker".to_owned(), message: "no".to_owned() };
        let nothing = Plan {
            emulation: "elf_x86_64",
            form: Form::Static,
            inputs: vec![Part { name: "program.o".to_owned(), bytes: b"no object".into() }],
        };
        assert_eq!(with_fallback(&nothing, |_| Err(failure.clone())), Err(failure));
    }

    #[test]
    fn a_foreign_target_needs_its_runtime() {
        let foreign = Target::parse("aarch64-unknown-linux-gnu").unwrap();
        assert!(matches!(
            check(&foreign, &Runtime::Embedded),
            Err(AotError::MissingRuntime { .. })
        ));
        let mac = Target::parse("aarch64-apple-darwin").unwrap();
        assert!(matches!(check(&mac, &Runtime::Embedded), Err(AotError::UnsupportedLink { .. })));
    }
}
