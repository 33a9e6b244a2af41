//! The C libraries of a program that takes functions from them (language.md §14.2).
//!
//! ```text
//! library on this machine ──► its symbols are checked ──┬─► linked with, so that versions are noted
//!                                                       └─► a stub, if it goes by a path or has no name
//! library not here        ──► a stub; the system looks for it when the program starts
//! ```
//!
//! A function may lie in a library that the named one needs itself, as it may for a loader at run time.
//!
//! *Invariants.* Names and order are those of the program. Of executables the C library comes last and is
//! always there: their entry is its business.

use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::path::Path;

use beskid_codegen::mir::{ForeignFunction, ForeignFunctions, Span};
use object::elf::{DT_NEEDED, DT_SONAME, EM_X86_64, ET_DYN, FileHeader64};
use object::read::elf::{ElfFile64, FileHeader as _};
use object::{Endianness, Object, ObjectSymbol};

use super::stub;
use crate::AotError;
use crate::libraries::{Search, file_name};
use crate::runtime::Part;

/// The C library.
const LIBC: &str = "libc.so.6";
/// What the entry of a dynamic executable calls.
const LIBC_START: &str = "__libc_start_main";
/// What an executable is linked with beside the runtime.
#[derive(Debug)]
pub(super) struct Libraries {
    pub(super) parts: Vec<Part>,
    /// What the user should know of them.
    pub(super) notes: Vec<String>,
}

/// Who starts what is linked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Start {
    /// The C library.
    ByLibrary,
    /// A host, which has started already.
    ByHost,
}

/// Finds the libraries of a program, and checks that they have what it takes from them.
pub(super) fn find(
    functions: &ForeignFunctions,
    start: Start,
    search: &Search,
) -> Result<Libraries, AotError> {
    let mut wanted: Vec<(&str, Vec<&ForeignFunction>)> = Vec::new();
    for function in functions {
        match wanted.iter_mut().find(|(library, _)| *library == &*function.library) {
            Some((_, functions)) => functions.push(function),
            None => wanted.push((&function.library, vec![function])),
        }
    }
    let mut libraries = Libraries { parts: Vec::new(), notes: Vec::new() };
    let mut linked: BTreeSet<String> = BTreeSet::new();
    for (name, functions) in &wanted {
        let unusable = |reason: String| AotError::MissingLibrary {
            library: (*name).to_owned(),
            reason,
            span: functions.first().map_or(Span::NOWHERE, |first| first.span),
        };
        let Some(path) = search.locate(name) else {
            libraries.add_stub(&file_name(name), &symbols(functions)).map_err(unusable)?;
            libraries.notes.push(format!(
                "the library `{name}` is not on this machine; the program will look for it when it starts"
            ));
            continue;
        };
        let library = Library::read(&path).map_err(unusable)?;
        let mut own = Vec::new();
        for function in functions {
            if library.symbols.contains(&*function.symbol) {
                own.push(&*function.symbol);
                continue;
            }
            let Some(other) = provider(&library, &function.symbol, search) else {
                return Err(AotError::MissingForeignSymbol {
                    library: (*name).to_owned(),
                    symbol: function.symbol.to_string(),
                    span: function.span,
                    near: nearest(&library, &function.symbol),
                });
            };
            if linked.insert(other.file.clone()) {
                libraries.parts.push(other.part());
            }
        }
        if name.contains('/') || !library.is_named {
            libraries.add_stub(name, &own).map_err(unusable)?;
        } else if linked.insert(library.file.clone()) {
            libraries.parts.push(library.part());
        }
    }
    if start == Start::ByLibrary && !linked.contains(LIBC) {
        let found = search.locate(LIBC).and_then(|path| Library::read(&path).ok());
        match found.filter(|library| library.symbols.contains(LIBC_START)) {
            Some(library) => libraries.parts.push(library.part()),
            None => libraries.add_stub(LIBC, &[LIBC_START]).map_err(|reason| AotError::Link {
                linker: "the built-in linker".to_owned(),
                message: reason,
            })?,
        }
    }
    Ok(libraries)
}

fn symbols<'a>(functions: &[&'a ForeignFunction]) -> Vec<&'a str> {
    let set: BTreeSet<&str> = functions.iter().map(|function| &*function.symbol).collect();
    set.into_iter().collect()
}

impl Libraries {
    fn add_stub(&mut self, name: &str, symbols: &[&str]) -> Result<(), String> {
        let bytes = stub::shared_library(name, symbols)?;
        let name = format!("library_{}.so", self.parts.len());
        self.parts.push(Part { name, bytes: Cow::Owned(bytes) });
        Ok(())
    }
}

/// A shared library on this machine.
#[derive(Debug)]
struct Library {
    /// The name of its file.
    file: String,
    bytes: Vec<u8>,
    symbols: BTreeSet<String>,
    /// The libraries that it needs itself.
    needed: Vec<String>,
    /// Whether it says by which name it is to be found.
    is_named: bool,
}

impl Library {
    fn read(path: &Path) -> Result<Self, String> {
        let bytes = fs::read(path).map_err(|error| error.to_string())?;
        let no_library = |_| format!("`{}` is no shared library", path.display());
        let file = ElfFile64::<Endianness>::parse(&*bytes).map_err(no_library)?;
        let header: &FileHeader64<Endianness> = file.elf_header();
        let endian = file.endian();
        if header.e_type(endian) != ET_DYN || header.e_machine(endian) != EM_X86_64 {
            return Err(format!("`{}` is no shared library for x86-64", path.display()));
        }
        let symbols = file
            .dynamic_symbols()
            .filter(|symbol| symbol.is_global() && !symbol.is_undefined())
            .filter_map(|symbol| symbol.name().ok().map(str::to_owned))
            .collect();
        let dynamic = file
            .elf_section_table()
            .dynamic_table(endian, &*bytes)
            .map_err(|error| format!("`{}`: {error}", path.display()))?;
        let mut needed = Vec::new();
        let mut is_named = false;
        for entry in &dynamic {
            is_named |= entry.tag == DT_SONAME;
            if entry.tag == DT_NEEDED
                && let Ok(name) = dynamic.string(entry)
            {
                needed.push(String::from_utf8_lossy(name).into_owned());
            }
        }
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { file, symbols, needed, is_named, bytes })
    }

    fn part(self) -> Part {
        Part { name: self.file, bytes: Cow::Owned(self.bytes) }
    }
}

/// The library among those that one needs, directly or not, that has a symbol: the nearest.
fn provider(library: &Library, symbol: &str, search: &Search) -> Option<Library> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut pending: VecDeque<String> = library.needed.iter().cloned().collect();
    while let Some(name) = pending.pop_front() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let Some(found) = search.locate(&name).and_then(|path| Library::read(&path).ok()) else {
            continue;
        };
        if found.symbols.contains(symbol) {
            return Some(found);
        }
        pending.extend(found.needed);
    }
    None
}

/// The function of a library whose name is nearest to one that it does not have: another case, or a prefix
/// more or less.
fn nearest(library: &Library, symbol: &str) -> Option<String> {
    let names = library.symbols.iter();
    names
        .filter(|name| {
            name.eq_ignore_ascii_case(symbol)
                || name.ends_with(&format!("_{symbol}"))
                || symbol.ends_with(&format!("_{name}"))
        })
        .min_by_key(|name| name.len())
        .cloned()
}
