//! The `beskid` command under test, and how it is called.
//!
//! *Invariants.* The command is the one that cargo built beside the running test, in the same
//! profile; one that is missing or older than its sources is an error, never a silent pass. Children
//! see no `BESKID_*` variable of the caller.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::matrix::Heap;
use crate::process::Limits;

/// The command and the directory that it runs in.
#[derive(Clone, Debug)]
pub struct Beskid {
    executable: PathBuf,
    root: PathBuf,
}

impl Beskid {
    /// Finds the command that belongs to the running test.
    ///
    /// # Errors
    /// It is not built, or it is older than a source file that it was built from.
    pub fn locate(root: &Path) -> Result<Self, String> {
        let test = env::current_exe().map_err(|error| format!("no path of this test: {error}"))?;
        // target/<profile>/deps/<test>-<hash>
        let profile = test
            .parent()
            .and_then(Path::parent)
            .ok_or_else(|| format!("{} is not in a target folder", test.display()))?;
        let executable = profile.join(format!("beskid{}", env::consts::EXE_SUFFIX));
        let built = fs::metadata(&executable).and_then(|metadata| metadata.modified()).map_err(
            |error| {
                format!(
                    "the command under test is not built: {}: {error}\n\
                     build it with `cargo build` (or test with `cargo test --workspace`)",
                    executable.display()
                )
            },
        )?;
        if let Some(source) = newer_source(&executable.with_extension("d"), built) {
            return Err(format!(
                "the command under test is older than {source}\n\
                 build it with `cargo build` (or test with `cargo test --workspace`)"
            ));
        }
        Ok(Self { executable, root: root.to_owned() })
    }

    /// A call of the command, in the repository's root.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = isolated(&self.executable, &self.root);
        command.args(arguments);
        command
    }

    /// The path of the command.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.executable
    }

    /// A call of a program that the command built.
    #[must_use]
    pub fn program(&self, executable: &Path) -> Command {
        isolated(executable, &self.root)
    }
}

/// The limits of a child.
#[must_use]
pub fn limits(heap: Heap) -> Limits {
    let seconds = match heap {
        Heap::Normal => 30,
        Heap::Stress => 120,
    };
    Limits { time: Duration::from_secs(seconds), bytes: 1 << 20 }
}

fn isolated(executable: &Path, root: &Path) -> Command {
    let mut command = Command::new(executable);
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("BESKID_") {
            command.env_remove(name);
        }
    }
    command.env("NO_COLOR", "1").env("BESKID_CACHE", "0").current_dir(root);
    command
}

/// A file of cargo's dependency list `path` that changed after `built`.
fn newer_source(path: &Path, built: SystemTime) -> Option<String> {
    let list = fs::read_to_string(path).ok()?;
    let (_, sources) = list.lines().next()?.split_once(": ")?;
    // A blank within a name is written `\ `.
    let sources = sources.replace("\\ ", "\0");
    sources.split(' ').map(|source| source.replace('\0', " ")).find(|source| {
        fs::metadata(source)
            .and_then(|metadata| metadata.modified())
            .is_ok_and(|modified| modified > built)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_source_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("a b.rs");
        let list = folder.path().join("beskid.d");
        fs::write(&source, "").unwrap();
        let escaped = source.display().to_string().replace(' ', "\\ ");
        fs::write(&list, format!("beskid: {escaped}\n")).unwrap();
        let now = SystemTime::now();
        assert_eq!(newer_source(&list, now + Duration::from_secs(60)), None);
        assert_eq!(
            newer_source(&list, now - Duration::from_secs(60)),
            Some(source.display().to_string())
        );
    }
}
