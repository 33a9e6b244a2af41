//! Where fetched repositories lie: sources and manifests of one commit in a folder each.
//!
//! ```text
//! CACHE/git/URL-COMMIT/…      the user's cache folder (tools.md §1), or `obj/beskid/git` of the project
//! CACHE/git/.fetch-…          what is being fetched
//! CACHE/git/.lock             held by who fetches
//! ```
//!
//! *Invariants.* A checkout is complete or not there: it is fetched beside its place and then renamed. One
//! process fetches at a time, so what another left that was killed is known to be waste, and is removed. What
//! a lock says of a checkout's content is compared each time: a changed file is never compiled. Checkouts
//! together stay below [`LIMIT`]; those that were not used for longest go first, and can be fetched again.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::git::{self, Failure};
use crate::cache::{Cache, LIMIT};
use crate::streams::plain;

/// Digits of the hash that stands for an address.
const DIGITS: usize = 16;
/// What begins the name of a folder that is being fetched.
const SCRATCH: &str = ".fetch-";

/// The folder of all checkouts.
#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
}

/// The right to fetch.
#[derive(Debug)]
pub(super) struct Turn {
    /// Locked until it is dropped.
    _file: File,
}

impl Store {
    /// The store for a project or workspace in a folder.
    pub(super) fn for_project(folder: &Path) -> Self {
        let base = match Cache::of_user() {
            Some(cache) => cache.folder().to_owned(),
            None => folder.join("obj").join("beskid"),
        };
        Self { folder: base.join("git") }
    }

    /// The checkout of a commit, if it is there.
    pub(super) fn find(&self, url: &str, commit: &str) -> Option<PathBuf> {
        let place = self.place(url, commit);
        if !place.is_dir() {
            return None;
        }
        // It was used now; where that cannot be noted, it may go earlier.
        let _ = File::open(&place).and_then(|folder| folder.set_modified(SystemTime::now()));
        Some(place)
    }

    fn place(&self, url: &str, commit: &str) -> PathBuf {
        let hash = blake3::hash(url.as_bytes()).to_hex();
        self.folder.join(format!("{}-{commit}", &hash.as_str()[..DIGITS]))
    }

    /// Waits for the right to fetch; says so if somebody else has it.
    pub(super) fn turn(&self, waiting: impl FnOnce()) -> Result<Turn, Failure> {
        let refused = |error: io::Error| {
            let folder = self.folder.display();
            Failure::System(format!("cannot write to `{folder}`: {}", plain(&error)))
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).map_err(refused)?;
        let path = self.folder.join(".lock");
        let file = File::options().create(true).append(true).open(path).map_err(refused)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                waiting();
                file.lock().map_err(refused)?;
            }
            Err(TryLockError::Error(error)) => return Err(refused(error)),
        }
        for entry in self.entries() {
            if entry.file_name().to_string_lossy().starts_with(SCRATCH) {
                // What cannot be removed is in nobody's way.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        Ok(Turn { _file: file })
    }

    /// Fetches a commit, in place of what may be there.
    pub(super) fn fetch(&self, url: &str, commit: &str, _: &Turn) -> Result<PathBuf, Failure> {
        let refused = |error: io::Error| {
            let folder = self.folder.display();
            Failure::System(format!("cannot write to `{folder}`: {}", plain(&error)))
        };
        let scratch =
            tempfile::Builder::new().prefix(SCRATCH).tempdir_in(&self.folder).map_err(refused)?;
        let files = scratch.path().join("files");
        git::fetch(url, commit, scratch.path(), &files)?;
        let place = self.place(url, commit);
        if place.exists() {
            fs::rename(&place, scratch.path().join("before")).map_err(refused)?;
        }
        fs::rename(&files, &place).map_err(refused)?;
        Ok(place)
    }

    /// Lets the checkouts go that were not used for longest, if there are too many.
    pub(super) fn shrink(&self, used: &[PathBuf], _: &Turn) {
        let mut checkouts: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in self.entries() {
            let path = entry.path();
            if let Ok(metadata) = entry.metadata()
                && metadata.is_dir()
                && let Ok(files) = files(&path)
            {
                let size =
                    files.iter().filter_map(|file| Some(fs::metadata(file).ok()?.len())).sum();
                let time = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                checkouts.push((time, size, path));
            }
        }
        checkouts.sort();
        let mut size: u64 = checkouts.iter().map(|checkout| checkout.1).sum();
        for (_, bytes, path) in checkouts {
            if size <= LIMIT {
                return;
            }
            if !used.contains(&path) && fs::remove_dir_all(path).is_ok() {
                size -= bytes;
            }
        }
    }

    fn entries(&self) -> Vec<fs::DirEntry> {
        fs::read_dir(&self.folder).map(|entries| entries.flatten().collect()).unwrap_or_default()
    }
}

/// The hash of all files of a checkout, and of nothing else: equal checkouts have equal ones everywhere.
pub(super) fn content(checkout: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    let mut part = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    for path in files(checkout)? {
        let name = path.strip_prefix(checkout).unwrap_or(&path);
        part(name.as_os_str().as_encoded_bytes());
        part(&fs::read(&path)?);
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// All files below a folder, sorted. Nothing but files and folders is ever put there.
fn files(top: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![top.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            match (kind.is_dir(), kind.is_file()) {
                (true, _) => folders.push(entry.path()),
                (_, true) => found.push(entry.path()),
                _ => return Err(io::Error::other("there is something that is no file")),
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_names_and_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("a")).unwrap();
        fs::write(at("a/x.bd"), "1").unwrap();
        fs::write(at("b.bd"), "2").unwrap();
        let before = content(folder.path()).unwrap();
        fs::write(at("b.bd"), "3").unwrap();
        let changed = content(folder.path()).unwrap();
        fs::write(at("b.bd"), "2").unwrap();
        assert_ne!(before, changed);
        assert_eq!(before, content(folder.path()).unwrap());
        fs::rename(at("b.bd"), at("c.bd")).unwrap();
        assert_ne!(before, content(folder.path()).unwrap());
        std::os::unix::fs::symlink("c.bd", at("d.bd")).unwrap();
        assert!(content(folder.path()).is_err());
    }

    #[test]
    fn one_fetches_at_a_time_and_removes_what_was_left() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store { folder: folder.path().join("git") };
        let first = store.turn(|| panic!("nobody else")).unwrap();
        let left = store.folder.join(".fetch-left");
        fs::create_dir(&left).unwrap();
        let other = Store { folder: store.folder.clone() };
        let (sender, waits) = std::sync::mpsc::channel();
        let second = std::thread::spawn(move || {
            other.turn(|| sender.send(()).unwrap()).map(|_| ()).unwrap();
        });
        waits.recv().unwrap();
        assert!(left.exists());
        drop(first);
        second.join().unwrap();
        assert!(!left.exists());
    }
}
