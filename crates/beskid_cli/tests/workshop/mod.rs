//! A folder of its own for each test, and the command run in it.

#![allow(dead_code, reason = "every test binary has its own copy and uses a part of it")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use beskid_conformance::process::{self, Ending, Limits};
use tempfile::TempDir;

// The library's tests take a minute on a machine that does something else as well.
const LIMITS: Limits = Limits { time: Duration::from_secs(240), bytes: 16 << 20 };

/// A folder with files, in which commands run.
pub(crate) struct Workshop {
    folder: TempDir,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit status; 128 and the number of a signal.
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Workshop {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file and returns its name.
    pub(crate) fn file<'n>(&self, name: &'n str, content: impl AsRef<[u8]>) -> &'n str {
        fs::write(self.at(name), content).unwrap();
        name
    }

    pub(crate) fn at(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command that knows nothing of the caller's settings.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("BESKID_") || text == "NO_COLOR" {
                command.env_remove(&name);
            }
        }
        // No test may find what another has made, nor leave anything.
        command.env("BESKID_CACHE", "0").env("BESKID_HOME", self.at("home"));
        command.current_dir(self.path());
        command
    }

    pub(crate) fn beskid(&self) -> Command {
        self.command(env!("CARGO_BIN_EXE_beskid"))
    }

    /// Runs `beskid` with arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        finish(self.beskid().args(arguments))
    }

    /// Runs `beskid` with arguments; it must have nothing to complain about.
    pub(crate) fn must(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{arguments:?}");
        ran.stdout
    }
}

/// All files below a folder; of a link, where it leads.
pub(crate) fn contents(top: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![top.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_symlink() {
                let target = fs::read_link(&path).unwrap();
                found.insert(path, target.into_os_string().into_vec());
            } else if path.is_dir() {
                folders.push(path);
            } else {
                let content = fs::read(&path).unwrap();
                found.insert(path, content);
            }
        }
    }
    found
}

/// Runs a command to its end.
pub(crate) fn finish(command: &mut Command) -> Ran {
    finish_with(command, b"")
}

/// Runs a command with an input to its end.
pub(crate) fn finish_with(command: &mut Command, stdin: &[u8]) -> Ran {
    let finished = process::run(command, stdin, LIMITS).unwrap();
    let Ending::Status(status) = finished.ending else {
        panic!("{command:?} was killed: {:?}", finished.ending);
    };
    Ran {
        status: status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap(),
        stdout: String::from_utf8(finished.stdout).unwrap(),
        stderr: String::from_utf8(finished.stderr).unwrap(),
    }
}

/// Whether tests run as the superuser, whom permissions do not stop.
pub(crate) fn is_superuser() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o0)).unwrap();
    fs::read(&file).is_ok()
}
