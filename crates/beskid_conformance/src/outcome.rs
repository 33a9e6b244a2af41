//! What a program did, in a form that can be compared between drivers.
//!
//! *Invariants.* Two outcomes are equal exactly if a user could not tell the runs apart, addresses
//! and the folder of the source aside. A signal counts as status 128+n, which is what `beskid run`
//! gives for it (tools.md §1).

use std::fmt::Write;
use std::process::ExitStatus;

use crate::expectation::{Expectations, Key};
use crate::process::{Ending, Finished};

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// With this exit status.
    Status(i32),
    /// Killed: it took too long.
    Timeout,
    /// Killed: it wrote too much.
    OutputLimit,
}

/// Whether there was a program to run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// The program ran.
    Ran,
    /// The compiler made no program of the source; the rest of the outcome is the compiler's.
    NotBuilt,
}

/// What one run did.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error, normalised.
    pub stderr: String,
    /// Whose outcome it is.
    pub stage: Stage,
}

impl Outcome {
    /// The outcome of a finished process; `path` is the source as given on the command line, with a `/` at
    /// its end if it is a folder.
    #[must_use]
    pub fn new(finished: &Finished, stage: Stage, path: &str) -> Self {
        let end = match finished.ending {
            Ending::Status(status) => End::Status(status_number(status)),
            Ending::TimedOut => End::Timeout,
            Ending::TooMuchOutput => End::OutputLimit,
        };
        Self {
            end,
            stdout: String::from_utf8_lossy(&finished.stdout).into_owned(),
            stderr: normalise(&String::from_utf8_lossy(&finished.stderr), path),
            stage,
        }
    }

    /// Whether a user could not tell the two apart.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.end == other.end && self.stdout == other.stdout && self.stderr == other.stderr
    }

    /// The message of the panic that ended the program.
    #[must_use]
    pub fn panic(&self) -> Option<&str> {
        self.stderr.lines().find_map(|line| line.strip_prefix("panic: "))
    }

    /// The outcome of a `mode: run` case as expectations: what is empty or zero is left out.
    #[must_use]
    pub fn as_run(&self) -> Expectations {
        let mut actual = Expectations::default();
        actual.set_unless_empty(Key::Stdout, &self.stdout);
        actual.set_unless_empty(Key::Stderr, &self.stderr);
        if self.end != End::Status(0) {
            actual.set(Key::Exit, self.end_text());
        }
        actual
    }

    /// The outcome of a `mode: panic` case as expectations: status 101 is understood, and the trace
    /// counts only where the case states it.
    #[must_use]
    pub fn as_panic(&self, expected: &Expectations) -> Expectations {
        let mut actual = self.as_run();
        if self.end == End::Status(PANIC_STATUS) {
            actual.remove(Key::Exit);
        }
        if let Some(message) = self.panic().map(str::to_owned) {
            actual.set(Key::Panic, message);
            if expected.get(Key::Stderr).is_none() {
                actual.remove(Key::Stderr);
            }
        }
        actual
    }

    /// Everything, as text for people.
    #[must_use]
    pub fn describe(&self) -> String {
        let stage = if self.stage == Stage::NotBuilt { " (no program was built)" } else { "" };
        let mut text = format!("exit: {}{stage}\n", self.end_text());
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            let _ = writeln!(text, "{name}:");
            for line in stream.lines() {
                let _ = writeln!(text, "  {line}");
            }
        }
        text
    }

    fn end_text(&self) -> String {
        match self.end {
            End::Status(status) => status.to_string(),
            End::Timeout => "killed, out of time".to_owned(),
            End::OutputLimit => "killed, too much output".to_owned(),
        }
    }
}

/// The status of a program that panics (language.md §12.3).
pub const PANIC_STATUS: i32 = 101;

#[cfg(unix)]
fn status_number(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1)
}

#[cfg(not(unix))]
fn status_number(status: ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}

/// Names the source by its file name, the files of a folder by their path in it, and hides addresses.
#[must_use]
pub fn normalise(text: &str, path: &str) -> String {
    if let Some(folder) = path.strip_suffix('/') {
        return hide_addresses(&text.replace(path, "").replace(folder, "program"));
    }
    let file_name = path.rsplit('/').next().unwrap_or(path);
    hide_addresses(&text.replace(path, file_name))
}

/// `0x7f12…` of six digits or more becomes `0x…`.
fn hide_addresses(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("0x") {
        let (before, number) = rest.split_at(start);
        let digits = number[2..].bytes().take_while(u8::is_ascii_hexdigit).count();
        out.push_str(before);
        out.push_str(if digits >= 6 { "0x…" } else { &number[..2 + digits] });
        rest = &number[2 + digits..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: i32, stdout: &str, stderr: &str) -> Outcome {
        Outcome {
            end: End::Status(status),
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
            stage: Stage::Ran,
        }
    }

    #[test]
    fn addresses_and_folders_are_hidden() {
        assert_eq!(
            normalise("  at tests/a/b.bd:3:1 0x7ffe1234 0x10 0x", "tests/a/b.bd"),
            "  at b.bd:3:1 0x… 0x10 0x"
        );
        assert_eq!(normalise("--> /tmp/x/Net/Http.bd:3:1", "/tmp/x/"), "--> Net/Http.bd:3:1");
        assert_eq!(normalise("the folder `/tmp/x`", "/tmp/x/"), "the folder `program`");
    }

    #[test]
    fn a_run_leaves_out_what_is_empty() {
        assert_eq!(outcome(0, "", "").as_run(), Expectations::default());
        assert_eq!(outcome(3, "x\n", "").as_run().render(), "//= stdout:\n//=   x\n//= exit: 3\n");
    }

    #[test]
    fn a_panic_states_its_message() {
        let panicked = outcome(101, "", "panic: boom\n  at a.bd:1:1\n");
        let none = Expectations::default();
        assert_eq!(panicked.as_panic(&none).render(), "//= panic: boom\n");
        let mut trace = Expectations::default();
        trace.set(Key::Stderr, "");
        assert_eq!(
            panicked.as_panic(&trace).render(),
            "//= stderr:\n//=   panic: boom\n//=     at a.bd:1:1\n//= panic: boom\n"
        );
        assert_eq!(outcome(0, "", "").as_panic(&none), none);
        assert!(outcome(0, "", "").panic().is_none());
    }
}
