//! The checkout behind each dependency on a repository: what is locked, else what the revision is now.
//!
//! ```text
//! locked?  ── yes ──► commit ──► in the store? ── yes ──► as locked? ── yes ──► used
//!    │                              │ no                    │ no
//!    └─ no, or to be updated:       └──── fetched, or E3023 ─┴─ fetched again, or E3021
//!       git is asked, or E3023
//! ```
//!
//! *Invariants.* Without [`Access::Network`] nothing is asked and nothing is written. A revision is the same
//! commit for all packages of a graph.

use std::path::PathBuf;

use beskid_analysis::diagnostics::{Code, Diagnostic};
use beskid_analysis::source::Span;

use super::dependency::{Dependency, Git, is_commit};
use super::git::{self, Failure};
use super::lock::{Lock, Pin, shown_rev};
use super::store::{self, Store, Turn};
use crate::fault;
use crate::report::Report;
use crate::streams::plain;

/// Which revisions are asked for again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Update<'a> {
    /// Those that are not locked.
    Missing,
    /// All.
    All,
    /// Those of the dependencies with these labels or addresses, too.
    Named(&'a [String]),
}

/// What may be done for what is not there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Access<'a> {
    /// Nothing: it is an error, which another command mends.
    Local,
    /// Nothing, because the user refuses.
    Frozen,
    /// It is fetched.
    Network(Update<'a>),
}

/// The checkouts of a graph.
#[derive(Debug)]
pub(super) struct Checkouts<'a> {
    lock: &'a Lock,
    store: Store,
    access: Access<'a>,
    report: Report,
    /// Held from the first look at what is not there, to the end.
    turn: Option<Turn>,
    /// What is used.
    pins: Vec<Pin>,
    places: Vec<PathBuf>,
    /// Labels and addresses that there are.
    names: Vec<String>,
}

impl<'a> Checkouts<'a> {
    pub(super) fn new(lock: &'a Lock, store: Store, access: Access<'a>, report: Report) -> Self {
        let (turn, pins, places, names) = (None, Vec::new(), Vec::new(), Vec::new());
        Self { lock, store, access, report, turn, pins, places, names }
    }

    /// What the graph uses of repositories.
    pub(super) fn take_pins(&mut self) -> Vec<Pin> {
        if let Some(turn) = &self.turn {
            self.store.shrink(&self.places, turn);
        }
        std::mem::take(&mut self.pins)
    }

    /// The labels and addresses of all dependencies on repositories.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The checkout that a dependency uses, and its commit; reports why there is none.
    pub(super) fn of(
        &mut self,
        dependency: &Dependency,
        git: &Git,
        found: &mut Vec<Diagnostic>,
    ) -> Option<(PathBuf, String)> {
        let (url, rev) = (git.url.text.as_str(), git.revision());
        self.names.extend([dependency.label.text.clone(), url.to_owned()]);
        let known = self.pins.iter().position(|pin| pin.url == url && pin.rev == rev);
        if let Some(known) = known {
            return Some((self.places[known].clone(), self.pins[known].commit.clone()));
        }
        let place = git.rev.as_ref().map_or(git.url.span, |rev| rev.span);
        match self.find(dependency, url, rev) {
            Ok((folder, pin)) => {
                let commit = pin.commit.clone();
                self.pins.push(pin);
                self.places.push(folder.clone());
                Some((folder, commit))
            }
            Err(problem) => {
                found.push(problem.diagnostic(dependency, git, place));
                None
            }
        }
    }

    fn find(
        &mut self,
        dependency: &Dependency,
        url: &str,
        rev: &str,
    ) -> Result<(PathBuf, Pin), Problem> {
        let is_asked_again = match self.access {
            Access::Network(Update::All) => true,
            Access::Network(Update::Named(names)) => {
                names.iter().any(|name| *name == dependency.label.text || name == url)
            }
            _ => false,
        };
        let locked = self.lock.pin(url, rev);
        let commit = match locked.filter(|_| !is_asked_again) {
            Some(pin) => pin.commit.clone(),
            None if is_commit(rev) => rev.to_owned(),
            None => {
                self.take_turn(Problem::NotLocked)?;
                fault::activity(format!("asking {url} for its revisions"));
                git::resolve(url, rev)?
            }
        };
        let expected = locked.filter(|pin| pin.commit == commit).map(|pin| pin.content.as_str());
        let content = |folder: &PathBuf| {
            store::content(folder).map_err(|error| Problem::Unreadable(plain(&error)))
        };
        let pin = |content: String| Pin {
            url: url.to_owned(),
            rev: rev.to_owned(),
            commit: commit.clone(),
            content,
        };
        let there = self.store.find(url, &commit);
        if let Some(folder) = there {
            let found = content(&folder);
            match (found, expected) {
                (Ok(found), None) => return Ok((folder, pin(found))),
                (Ok(found), Some(expected)) if found == expected => {
                    return Ok((folder, pin(found)));
                }
                // It is fetched anew.
                (found, _) => self.take_turn(found.err().unwrap_or(Problem::Changed))?,
            }
        } else {
            self.take_turn(Problem::NotFetched)?;
        }
        let Some(turn) = &self.turn else { return Err(Problem::NotFetched) };
        // Another process may have fetched it in the meantime.
        let again = self.store.find(url, &commit);
        let is_right = |folder: &PathBuf| {
            store::content(folder).is_ok_and(|found| expected.is_none_or(|other| other == found))
        };
        let folder = match again.filter(is_right) {
            Some(folder) => folder,
            None => {
                fault::activity(format!("fetching {url}"));
                let folder = self.store.fetch(url, &commit, turn)?;
                let what = shown_rev(rev);
                self.report.note(&format!("fetched {url}, {what}: {}", &commit[..10]));
                folder
            }
        };
        let found = content(&folder)?;
        match expected {
            Some(expected) if expected != found => Err(Problem::Changed),
            _ => Ok((folder, pin(found))),
        }
    }

    /// Makes sure that something may be fetched; else that is the problem.
    fn take_turn(&mut self, otherwise: Problem) -> Result<(), Problem> {
        match self.access {
            Access::Local => return Err(otherwise),
            Access::Frozen => return Err(Problem::Frozen(Box::new(otherwise))),
            Access::Network(_) => {}
        }
        if self.turn.is_none() {
            let report = self.report;
            let waiting = || report.note("waiting for another `beskid` that fetches");
            self.turn = Some(self.store.turn(waiting)?);
        }
        Ok(())
    }
}

/// Why there is no checkout.
#[derive(Debug)]
enum Problem {
    NotLocked,
    NotFetched,
    Frozen(Box<Problem>),
    /// Its files are not those that were locked.
    Changed,
    Unreadable(String),
    Failed(Failure),
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Problem {
    fn diagnostic(self, dependency: &Dependency, git: &Git, place: Span) -> Diagnostic {
        let label = &dependency.label.text;
        let url = &git.url.text;
        match self {
            Self::NotLocked => {
                let rev = shown_rev(git.revision());
                let message = format!("`{label}` is not locked at {rev}");
                Diagnostic::new(Code::NotFetched, place, message)
                    .note("nothing but `beskid fetch` and `beskid update` uses the network")
                    .help("run `beskid fetch`")
            }
            Self::NotFetched => {
                let message = format!("`{label}` is not on this machine yet");
                Diagnostic::new(Code::NotFetched, git.url.span, message)
                    .note("nothing but `beskid fetch` and `beskid update` uses the network")
                    .help("run `beskid fetch`")
            }
            Self::Frozen(problem) => {
                let mut diagnostic = problem.diagnostic(dependency, git, place);
                diagnostic.notes = vec!["`--frozen` refuses the network".to_owned()];
                diagnostic
            }
            Self::Changed => {
                let message = format!("the files of `{label}` are not those that were locked");
                Diagnostic::new(Code::LockContent, git.url.span, message)
                    .note("`Project.lock` has a hash of them")
                    .help(
                        "`beskid fetch` fetches them anew; `beskid update` takes what there is now",
                    )
            }
            Self::Unreadable(reason) => {
                let message = format!("the files of `{label}` cannot be read: {reason}");
                Diagnostic::new(Code::LockContent, git.url.span, message)
                    .help("`beskid fetch` fetches them anew")
            }
            Self::Failed(failure) => failed(failure, label, url, git, place),
        }
    }
}

fn failed(failure: Failure, label: &str, url: &str, git: &Git, place: Span) -> Diagnostic {
    let fetch_failed = |message: String| Diagnostic::new(Code::FetchFailed, git.url.span, message);
    match failure {
        Failure::NoGit(error) => {
            fetch_failed(format!("`git` cannot be started: {}", plain(&error)))
                .help("install git, or keep a copy of the project and use `source = path`")
        }
        Failure::Git { what, said } => {
            let diagnostic = fetch_failed(format!("`{url}`: git could not {what}"));
            let notes = said.into_iter().map(|line| format!("git says: {line}"));
            notes
                .fold(diagnostic, Diagnostic::note)
                .help("git is asked for no password: it needs a credential helper or an ssh agent")
        }
        Failure::NoRevision { near, is_short_commit } => {
            let rev = git.revision();
            let message = match rev {
                "" => format!("`{url}` is empty"),
                rev => format!("`{url}` has no revision `{rev}`"),
            };
            let diagnostic = Diagnostic::new(Code::FetchFailed, place, message);
            match near.filter(|_| !rev.is_empty()) {
                Some(near) => {
                    let title = format!("did you mean `{near}`?");
                    diagnostic.fix(title, place, format!("\"{near}\""))
                }
                None if is_short_commit => diagnostic.help("write all digits of a commit"),
                None => diagnostic.note("a revision is a tag, a branch or a commit"),
            }
        }
        Failure::Unsafe(why) => {
            let message = format!("the repository of `{label}` is refused: {why}");
            Diagnostic::new(Code::UnsafeRepository, git.url.span, message)
        }
        Failure::System(message) => fetch_failed(message),
    }
}
