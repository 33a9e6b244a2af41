//! The core library's sources, and which of them a program needs.
//!
//! The sources lie in `corelib/` at the root and are part of the compiler. A module of the library is
//! parsed only if the program names it, so that what is not used costs nothing. Names decide, before any
//! of them is resolved: a module is loaded if the program's files have
//!
//! - the last name of its path (`use Text.StringBuilder;`, `Collections.List.New()`), or
//! - the name of a method that it adds to types of others (`text.Trim()`),
//!
//! and so are the modules that a loaded one uses: their files say so by `use`. This may load too much,
//! never too little; a module that nothing refers to changes nothing. The prelude is always loaded. Bodies
//! are checked only if something reaches them ([`crate::typeck`]).
//!
//! *Invariants.* The table is made from the sources by the build script; nothing is written twice.

use crate::source::{SourceMap, SourceTooLarge};
use crate::symbol::Interner;

/// Name and text of the module that is visible everywhere (language.md §13.6).
pub(crate) const PRELUDE: (&str, &str) = (
    "core/Prelude.bd",
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corelib/Prelude.bd")),
);

/// A module of the library.
#[derive(Debug)]
pub(crate) struct Source {
    /// The names of its path.
    pub(crate) path: &'static [&'static str],
    /// The name of its file, as traces show it.
    pub(crate) name: &'static str,
    /// Its text; lines of comments are empty.
    pub(crate) text: &'static str,
    /// Its text with comments.
    pub(crate) documented: &'static str,
    /// The modules that it uses.
    uses: &'static [usize],
    /// The methods that it adds to types of other modules and of the language, each with the name of the
    /// type; that of arrays is `[]`.
    adds: &'static [(&'static str, &'static str)],
}

/// All modules, in the order of their paths.
pub(crate) const SOURCES: &[Source] = include!(concat!(env!("OUT_DIR"), "/library.rs"));

/// The modules inside of others that programs see at the top, by their last name (language.md §13.6). The
/// compiler itself knows `Array`.
pub(crate) const AT_THE_TOP: &[&str] = &["Assert", "Char", "Process"];

/// Adds the files of the modules that are wanted, with a text of each; the prelude comes last.
pub(crate) fn load(
    sources: &mut SourceMap,
    wanted: Vec<bool>,
    text: impl Fn(&Source) -> &'static str,
) -> Result<(), SourceTooLarge> {
    sources.add_core();
    for (source, wanted) in SOURCES.iter().zip(wanted) {
        if wanted {
            sources.add_library(source.name, Some(source.path.join("/")), text(source))?;
        }
    }
    sources.add_library(PRELUDE.0, None, PRELUDE.1)?;
    Ok(())
}

/// Whether each module has to be loaded for a program whose files were parsed with this interner.
pub(crate) fn wanted(interner: &Interner) -> Vec<bool> {
    let mut wanted = vec![false; SOURCES.len()];
    for (index, source) in SOURCES.iter().enumerate() {
        if is_named(source, interner) || source.adds.iter().any(|(_, name)| interner.is_used(name))
        {
            want(&mut wanted, index);
        }
    }
    wanted
}

/// All modules.
pub(crate) fn whole() -> Vec<bool> {
    vec![true; SOURCES.len()]
}

/// A module and those that it uses.
#[cfg(test)]
pub(crate) fn wanted_by(index: usize) -> Vec<bool> {
    let mut wanted = vec![false; SOURCES.len()];
    want(&mut wanted, index);
    wanted
}

fn want(wanted: &mut [bool], index: usize) {
    if !std::mem::replace(&mut wanted[index], true) {
        for &used in SOURCES[index].uses {
            want(wanted, used);
        }
    }
}

/// The paths of modules that are not loaded and begin with a name of the program's.
pub(crate) fn unloaded(sources: &SourceMap, interner: &Interner) -> Vec<&'static [&'static str]> {
    let is_loaded = |source: &&Source| {
        sources.files().iter().skip(sources.own_files()).any(|file| file.name == source.name)
    };
    let named = SOURCES.iter().filter(|source| interner.is_used(source.path[0]));
    named.filter(|source| !is_loaded(source)).map(|source| source.path).collect()
}

/// The names of the methods that the library gives a type of the language, loaded or not.
pub(crate) fn methods_of(receiver: &str) -> impl Iterator<Item = &'static str> {
    let adds = SOURCES.iter().flat_map(|source| source.adds);
    adds.filter(move |(of, _)| *of == receiver).map(|&(_, name)| name)
}

/// Whether a program may name a module.
fn is_named(source: &Source, interner: &Interner) -> bool {
    let [first, .., last] = source.path else {
        return source.path.iter().all(|name| interner.is_used(name));
    };
    // `Array.Filled` is a part of the language, and needs no module.
    interner.is_used(last) && (*last != "Array" || interner.is_used(first))
}

#[cfg(test)]
mod tests;
