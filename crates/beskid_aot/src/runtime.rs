//! The runtime that executables are linked with.
//!
//! *Invariants.* A runtime of another ABI is refused before anything is linked, with both versions:
//! the object's reference to `beskid_rt_abi_v<N>` would not find its symbol, and linkers say that
//! less plainly.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use beskid_abi::version::{ABI_VERSION, ABI_VERSION_SYMBOL};
use object::read::archive::ArchiveFile;
use object::{Object, ObjectSymbol};

use crate::{AotError, Target, members};

/// Objects of the runtime, by name, for [`TARGET`]; empty if it was built without.
static EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/runtime.rs"));
/// What [`EMBEDDED`] was built for.
const TARGET: &str = env!("BESKID_RUNTIME_TARGET");
/// What comes before the number in the symbol of the version.
const VERSION_PREFIX: &str = "beskid_rt_abi_v";
const _: () = assert!(matches!(
    ABI_VERSION_SYMBOL.as_bytes().split_at(VERSION_PREFIX.len()),
    (prefix, number) if equal(prefix, VERSION_PREFIX.as_bytes()) && !number.is_empty()
));

/// Where the runtime comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Runtime {
    /// From inside the compiler.
    Embedded,
    /// From a static library.
    Archive(PathBuf),
}

/// A part of the runtime: a name for messages, and an object.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) bytes: Cow<'static, [u8]>,
}

impl Runtime {
    /// Whether the compiler carries one for `target`.
    #[must_use]
    pub fn is_embedded_for(target: &Target) -> bool {
        !EMBEDDED.is_empty() && target.is_served_by(TARGET)
    }

    /// The parts that an executable for `target` is linked with.
    pub(crate) fn parts(&self, target: &Target) -> Result<Vec<Part>, AotError> {
        match self {
            Self::Embedded if !Self::is_embedded_for(target) => {
                Err(AotError::MissingRuntime { triple: target.to_string() })
            }
            Self::Embedded => Ok(EMBEDDED
                .iter()
                .map(|&(name, bytes)| Part { name: name.to_owned(), bytes: bytes.into() })
                .collect()),
            Self::Archive(path) => {
                let bytes = fs::read(path).map_err(|error| unusable(path, &error.to_string()))?;
                check_version(path, &bytes, target)?;
                let objects = members::select(&bytes).map_err(|reason| unusable(path, &reason))?;
                let part = |(index, bytes): (usize, Vec<u8>)| Part {
                    name: format!("runtime_{index}.o"),
                    bytes: bytes.into(),
                };
                Ok(objects.into_iter().enumerate().map(part).collect())
            }
        }
    }
}

fn check_version(path: &Path, bytes: &[u8], target: &Target) -> Result<(), AotError> {
    let archive = ArchiveFile::parse(bytes)
        .map_err(|error| unusable(path, &format!("it is no static library ({error})")))?;
    let mut other = None;
    for member in archive.members() {
        let data = member
            .and_then(|member| member.data(bytes))
            .map_err(|error| unusable(path, &error.to_string()))?;
        // A library may hold members that are no objects.
        let Ok(object) = object::File::parse(data) else { continue };
        let versions = object
            .symbols()
            .filter(|symbol| symbol.is_global() && !symbol.is_undefined())
            .filter_map(|symbol| {
                Some(symbol.name().ok()?.strip_prefix(VERSION_PREFIX)?.to_owned())
            });
        for version in versions {
            if version == ABI_VERSION.to_string() {
                return match target.is_of(&object) {
                    true => Ok(()),
                    false => Err(unusable(path, &other_machine(&object, target))),
                };
            }
            other = Some(version);
        }
    }
    let reason = match other {
        Some(version) => format!(
            "it has version {version} of the runtime ABI, this compiler needs version {ABI_VERSION}"
        ),
        None => format!("it holds no Beskid runtime (`{ABI_VERSION_SYMBOL}` is not defined)"),
    };
    Err(unusable(path, &reason))
}

fn other_machine(object: &object::File<'_>, target: &Target) -> String {
    let (architecture, format) = (object.architecture(), object.format());
    let found = format!("{architecture:?} ({format:?})");
    format!("it is for {}, the program for {target}", found.to_lowercase())
}

fn unusable(path: &Path, reason: &str) -> AotError {
    AotError::UnusableRuntime { path: path.to_owned(), reason: reason.to_owned() }
}

const fn equal(left: &[u8], right: &[u8]) -> bool {
    let mut index = 0;
    while index < left.len() && index < right.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    left.len() == right.len()
}
