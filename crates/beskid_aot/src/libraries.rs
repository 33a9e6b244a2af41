//! Where C libraries lie on this machine.
//!
//! ```text
//! libm.so.6        the file of that name in the folders
//! ./libown.so      that file
//! sqlite3          libsqlite3.so in the folders, or the newest libsqlite3.so.N
//! ```
//!
//! *Invariants.* Folders that the user names come first, then those of `LD_LIBRARY_PATH`, then the system's.

use std::path::{Path, PathBuf};
use std::{env, fs};

use object::elf::ELFMAG;

/// Where the system has libraries.
const FOLDERS: [&str; 7] = [
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
    "/usr/local/lib",
];

/// The folders in which libraries are looked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Search {
    /// Those that the user named.
    named: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Search {
    /// `named` before the folders of the environment and of the system.
    #[must_use]
    pub fn new(named: &[PathBuf]) -> Self {
        let around = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
        let around: Vec<PathBuf> = env::split_paths(&around).collect();
        let system = FOLDERS.iter().map(PathBuf::from);
        let folders = named.iter().cloned().chain(around).chain(system).collect();
        Self { named: named.to_vec(), folders }
    }

    /// The file of a library that a program names.
    #[must_use]
    pub fn locate(&self, name: &str) -> Option<PathBuf> {
        if name.contains('/') {
            return Some(PathBuf::from(name)).filter(|path| path.is_file());
        }
        let file = file_name(name);
        let is_short = file != name;
        let found = self.folders.iter().find_map(|folder| {
            let path = folder.join(&file);
            // What compilers are shown in a library's place may be a text that names it.
            let is_there = path.is_file() && (!is_short || is_library(&path));
            is_there.then_some(path).or_else(|| newest(folder, &file).filter(|_| is_short))
        });
        found.or_else(|| {
            // An empty folder in a path is the one where the command runs.
            Some(PathBuf::from(&file)).filter(|path| {
                self.folders.iter().any(|folder| folder.as_os_str().is_empty()) && path.is_file()
            })
        })
    }

    /// What a loader is asked for to have the library: its name, if the loader will find it by that, else
    /// where it is.
    #[must_use]
    pub fn to_open(&self, name: &str) -> PathBuf {
        let file = file_name(name);
        let is_plain = file == name && !self.named.iter().any(|folder| folder.join(name).is_file());
        if is_plain || name.contains('/') {
            return PathBuf::from(name);
        }
        self.locate(name).unwrap_or_else(|| PathBuf::from(file))
    }
}

/// The name of the file of a library: `sqlite3` is short for `libsqlite3.so`.
#[must_use]
pub(crate) fn file_name(name: &str) -> String {
    let is_file = name.contains('/') || name.contains(".so") || name.contains(".dylib");
    if is_file { name.to_owned() } else { format!("lib{name}.so") }
}

fn is_library(path: &Path) -> bool {
    fs::read(path).is_ok_and(|bytes| bytes.starts_with(&ELFMAG))
}

/// The library of the highest version in a folder: `libz.so.1.2` is behind `libz.so.1.10`.
fn newest(folder: &Path, file: &str) -> Option<PathBuf> {
    let version = |name: &str| -> Option<Vec<u64>> {
        let numbers = name.strip_prefix(file)?.strip_prefix('.')?.split('.');
        numbers.map(|number| number.parse().ok()).collect()
    };
    let entries = fs::read_dir(folder).ok()?.flatten();
    let named = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let versions = named.filter_map(|name| Some((version(&name)?, name)));
    // Names of one version are links to each other; the shortest is the one that lasts.
    let best = versions.max_by_key(|(numbers, name)| {
        (numbers.first().copied(), usize::MAX - name.len(), numbers.clone())
    })?;
    Some(folder.join(best.1)).filter(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_and_short_ones() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        write("liba.so", b"\x7fELF");
        write("libb.so", b"GROUP ( libb.so.2 )");
        for name in ["libb.so.2", "libb.so.10", "libb.so.10.3", "libb.so.backup", "libc.so.1"] {
            write(name, b"\x7fELF");
        }
        let search = Search::new(&[folder.path().to_owned()]);
        let found = |name: &str| {
            let path = search.locate(name)?;
            (path.parent() == Some(folder.path())).then(|| path.file_name().unwrap().to_owned())
        };
        assert_eq!(found("liba.so").unwrap(), "liba.so");
        assert_eq!(found("a").unwrap(), "liba.so");
        assert_eq!(found("b").unwrap(), "libb.so.10");
        assert_eq!(found("libb.so.2").unwrap(), "libb.so.2");
        assert_eq!(found("beskid-none"), None);
        assert_eq!(search.to_open("b"), folder.path().join("libb.so.10"));
        assert_eq!(search.to_open("libc.so.1"), folder.path().join("libc.so.1"));
        assert_eq!(search.to_open("libm.so.6"), Path::new("libm.so.6"));
        assert_eq!(search.to_open("beskid-none"), Path::new("libbeskid-none.so"));
    }
}
