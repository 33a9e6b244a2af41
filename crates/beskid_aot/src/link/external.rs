//! Linkers that are programs: GNU ld and those that are called like it, directly or through a
//! compiler driver.
//!
//! *Invariants.* Inputs and output lie in a temporary folder that is gone afterwards.

use std::path::Path;
use std::process::{Command, Stdio};
use std::{fs, io};

use super::{Form, LOADER, Linked, Plan};
use crate::AotError;

/// How a program wants its arguments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Dialect {
    /// As a linker does.
    Linker,
    /// As a C compiler does that will call a linker.
    Driver,
}

impl Dialect {
    /// By the name of the program: `x86_64-linux-gnu-gcc-12` is a driver.
    fn of(program: &str) -> Self {
        let name = Path::new(program).file_name().unwrap_or_default().to_string_lossy();
        let name = name.strip_suffix(".exe").unwrap_or(&name);
        let unversioned = match name.rsplit_once('-') {
            Some((rest, version)) if version.starts_with(|c: char| c.is_ascii_digit()) => rest,
            _ => name,
        };
        let last = unversioned.rsplit('-').next().unwrap_or(unversioned);
        match last {
            "cc" | "gcc" | "clang" | "c++" | "g++" | "clang++" => Self::Driver,
            _ => Self::Linker,
        }
    }
}

/// Links with the program that `name` stands for.
pub(super) fn link(plan: &Plan, name: &str) -> Result<Linked, AotError> {
    let failed = |message: String| AotError::Link { linker: format!("`{name}`"), message };
    let folder = tempfile::Builder::new()
        .prefix("beskid-link-")
        .tempdir()
        .map_err(|error| failed(format!("no temporary folder: {error}")))?;
    let place = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    for part in &plan.inputs {
        fs::write(place(&part.name), &part.bytes)
            .map_err(|error| failed(format!("cannot write its input: {error}")))?;
    }
    let output = place("program");

    let program = if name == "lld" { "ld.lld" } else { name };
    let arguments = match Dialect::of(program) {
        Dialect::Linker => plan.arguments(&output, |part| place(&part.name)),
        Dialect::Driver => {
            let mut arguments = ["-nostdlib", "-o", &output].map(str::to_owned).to_vec();
            match plan.form {
                Form::Static => arguments.push("-static-pie".to_owned()),
                Form::Dynamic => {
                    arguments.extend(["-pie".to_owned(), format!("-Wl,-dynamic-linker,{LOADER}")]);
                }
                Form::Shared(_) => arguments.push("-shared".to_owned()),
            }
            // One by one, since a name may hold the comma that would separate them.
            for option in plan.options() {
                arguments.extend(["-Xlinker".to_owned(), option]);
            }
            arguments.extend(plan.inputs.iter().map(|part| place(&part.name)));
            arguments
        }
    };
    // An empty input by a pipe: there may be no `/dev/null`.
    let started = Command::new(program).args(arguments).stdin(Stdio::piped()).output();
    let finished = started.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => failed("there is no such program".to_owned()),
        _ => failed(format!("it cannot be started: {error}")),
    })?;
    let said = |bytes: &[u8]| {
        // The folder is of no interest, and gone when this is read.
        let text = String::from_utf8_lossy(bytes);
        text.replace(&format!("{}/", folder.path().display()), "").trim_end().to_owned()
    };
    if !finished.status.success() {
        let text = [said(&finished.stderr), said(&finished.stdout)].concat();
        let message = if text.is_empty() { finished.status.to_string() } else { text };
        return Err(failed(message));
    }
    let bytes =
        fs::read(&output).map_err(|error| failed(format!("it wrote no output: {error}")))?;
    let notes = Some(said(&finished.stderr)).filter(|text| !text.is_empty());
    let notes = notes.map(|text| format!("`{name}`: {text}")).into_iter().collect();
    Ok(Linked { bytes, linker: format!("`{name}`"), notes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_are_told_by_name() {
        for driver in ["cc", "gcc", "/usr/bin/x86_64-linux-gnu-gcc-12", "clang-17", "g++"] {
            assert_eq!(Dialect::of(driver), Dialect::Driver, "{driver}");
        }
        for linker in ["ld", "ld.lld", "mold", "/opt/aarch64-linux-gnu-ld", "wild", "ld.bfd-2.40"] {
            assert_eq!(Dialect::of(linker), Dialect::Linker, "{linker}");
        }
    }

    #[test]
    fn a_missing_program_is_named() {
        let plan = Plan { emulation: "elf_x86_64", form: Form::Static, inputs: Vec::new() };
        assert_eq!(
            link(&plan, "beskid-no-such-linker"),
            Err(AotError::Link {
                linker: "`beskid-no-such-linker`".to_owned(),
                message: "there is no such program".to_owned(),
            })
        );
    }
}
