//! `--watch`: a command again after each change of the files that it is about.
//!
//! ```text
//!            ┌────────────── changed: settled, the group of the last run is ended ─────────────┐
//!            ▼                                                                                 │
//! places ── run: this command again, without `--watch`, in a process group of its own ── wait ─┤
//!                                                                                              └─ Ctrl-C: the same, and done
//! ```
//!
//! *Invariants.* At most one run is there, with all that it has started: its group is ended before the next
//! one begins, and at the end. What a run writes itself begins no other: only sources and manifests count. A
//! change is never lost: what happens while a run begins is seen after it. A run has no input, because the
//! terminal's belongs to who ends it.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process_group, set_parent_process_death_signal, waitid,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::arguments::{self, MessageFormat};
use crate::compile::Cx;
use crate::exit::Exit;
use crate::program::{self, Place};
use crate::{progress, response, source, streams};

/// So long nothing may change before a run: editors and tools write several files at once.
const QUIET: Duration = Duration::from_millis(15);
/// But it is not waited longer than this.
const LONGEST: Duration = Duration::from_millis(150);
/// So long a run has to end by itself when it is told to.
const GRACE: Duration = Duration::from_millis(300);
/// Empties a terminal.
const CLEAR: &str = "\x1b[2J\x1b[3J\x1b[H";

/// What can happen.
enum Event {
    /// A source or manifest was changed.
    Changed,
    /// The run of this number has ended, with this status.
    Ended(usize, Option<i32>),
    /// The user has had enough.
    Stop,
    /// The watcher cannot go on.
    Broken(String),
}

/// What happened while a run was ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meanwhile {
    /// Nothing that the next run does not see.
    Nothing,
    /// The user has had enough.
    Stopped,
}

/// A run.
struct Run {
    child: Child,
    number: usize,
    has_ended: bool,
}

pub(crate) fn run(cx: Cx, program: &arguments::Program) -> Result<Exit, Exit> {
    // The terminal is that of the runs.
    progress::end();
    let failed = |what: &str, reason: &str| {
        cx.report.failure(&format!("cannot {what}: {reason}"));
        Exit::Errors
    };
    if program.path.as_deref().is_some_and(source::is_stdin) {
        return Err(failed("watch standard input", "it can be read once"));
    }
    let command = env::current_exe()
        .map_err(|error| failed("find the command itself", &streams::plain(&error)))?;
    let words = response::expand(env::args_os()).map_err(|error| failed("begin", &error))?;
    let words = as_watched(words);
    let (sender, events) = channel();
    stop_on_signals(&sender)
        .map_err(|error| failed("wait for signals", &streams::plain(&error)))?;
    let mut watched = Watched::new(&sender).map_err(|error| failed("watch files", &error))?;
    let mut number = 0;
    loop {
        watched
            .follow(program::places(cx, program))
            .map_err(|error| failed("watch files", &error))?;
        number += 1;
        let mut run = Run::start(&command, &words, number, &sender)
            .map_err(|error| failed("start the command again", &streams::plain(&error)))?;
        let next = wait(cx, &events, &mut run);
        let meanwhile = run.end(&events);
        match (next, meanwhile) {
            (Event::Broken(reason), _) => return Err(failed("watch files", &reason)),
            (Event::Stop, _) | (_, Meanwhile::Stopped) => return Ok(Exit::Done),
            _ => {}
        }
        if cx.format == MessageFormat::Human && io::stderr().is_terminal() {
            streams::write_error(CLEAR);
        }
    }
}

/// The arguments of this command for a run.
fn as_watched(words: Vec<OsString>) -> Vec<OsString> {
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let word =
        |(index, word)| if index < end && word == "--watch" { "--watched".into() } else { word };
    words.into_iter().enumerate().skip(1).map(word).collect()
}

/// What a run does first: if who watches is killed, it does not stay.
pub(super) fn end_with_parent(cx: Cx) -> Result<(), Exit> {
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|error| {
        cx.report.failure(&format!("cannot be watched: {}", streams::plain(&error.into())));
        Exit::Errors
    })
}

fn stop_on_signals(sender: &Sender<Event>) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT])?;
    let sender = sender.clone();
    thread::spawn(move || {
        for _ in signals.forever() {
            if sender.send(Event::Stop).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Waits for a reason to go on, and says when a run has ended.
fn wait(cx: Cx, events: &Receiver<Event>, run: &mut Run) -> Event {
    loop {
        match events.recv() {
            Ok(Event::Changed) => return settle(events, run),
            Ok(Event::Ended(number, status)) if number == run.number => {
                run.has_ended = true;
                let status =
                    status.map_or("by a signal".to_owned(), |s| format!("with status {s}"));
                cx.report.note(&format!("ended {status}; waiting for a change, Ctrl-C ends this"));
            }
            Ok(Event::Ended(..)) => {}
            Ok(other) => return other,
            // This function's caller has a sender.
            Err(_) => return Event::Stop,
        }
    }
}

/// Waits until nothing changes for a moment.
fn settle(events: &Receiver<Event>, run: &mut Run) -> Event {
    let begun = Instant::now();
    loop {
        let left = LONGEST.saturating_sub(begun.elapsed());
        match events.recv_timeout(QUIET.min(left)) {
            Ok(Event::Changed) if !left.is_zero() => {}
            Ok(Event::Ended(number, _)) => run.has_ended |= number == run.number,
            Ok(other @ (Event::Stop | Event::Broken(_))) => return other,
            Ok(Event::Changed) | Err(_) => return Event::Changed,
        }
    }
}

impl Run {
    fn start(
        command: &Path,
        words: &[OsString],
        number: usize,
        sender: &Sender<Event>,
    ) -> io::Result<Self> {
        let mut command = Command::new(command);
        command.args(words).stdin(Stdio::null()).process_group(0);
        let child = command.spawn()?;
        let (id, sender) = (pid(&child), sender.clone());
        thread::spawn(move || {
            // It is left unreaped: its number stays its own until the group is ended.
            let how = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            if let Some(id) = id
                && let Ok(status) = waitid(WaitId::Pid(id), how)
            {
                let status = status.and_then(|status| status.exit_status());
                // Without a receiver the command has ended.
                let _ = sender.send(Event::Ended(number, status));
            }
        });
        Ok(Self { child, number, has_ended: false })
    }

    /// Ends it with all that it has started, and waits until it is gone.
    fn end(mut self, events: &Receiver<Event>) -> Meanwhile {
        let Some(group) = pid(&self.child) else { return Meanwhile::Nothing };
        let mut meanwhile = Meanwhile::Nothing;
        if !self.has_ended {
            let _ = kill_process_group(group, Signal::TERM);
            meanwhile = self.wait_for_end(events);
        }
        // A run that ends leaves nothing behind, either.
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.child.wait();
        meanwhile
    }

    /// Waits for the end of its first process, but not for long.
    fn wait_for_end(&mut self, events: &Receiver<Event>) -> Meanwhile {
        let begun = Instant::now();
        let mut meanwhile = Meanwhile::Nothing;
        loop {
            let left = GRACE.saturating_sub(begun.elapsed());
            match events.recv_timeout(left) {
                Ok(Event::Ended(number, _)) if number == self.number => return meanwhile,
                Ok(Event::Stop) => meanwhile = Meanwhile::Stopped,
                // A change that comes now is seen by the next run, which begins behind this.
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    return meanwhile;
                }
            }
        }
    }
}

fn pid(child: &Child) -> Option<Pid> {
    Pid::from_raw(i32::try_from(child.id()).ok()?)
}

/// The places that are watched.
struct Watched {
    watcher: RecommendedWatcher,
    places: BTreeSet<Place>,
}

impl Watched {
    fn new(sender: &Sender<Event>) -> Result<Self, String> {
        let sender = sender.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let event = match event {
                Ok(event) if counts(&event) => Event::Changed,
                Ok(_) => return,
                Err(error) => Event::Broken(error.to_string()),
            };
            // Without a receiver the command has ended.
            let _ = sender.send(event);
        });
        let watcher = watcher.map_err(|error| error.to_string())?;
        Ok(Self { watcher, places: BTreeSet::new() })
    }

    /// Watches these places and no others.
    fn follow(&mut self, places: BTreeSet<Place>) -> Result<(), String> {
        if places == self.places {
            return Ok(());
        }
        for place in &self.places {
            // It may be gone.
            let _ = self.watcher.unwatch(folder(place));
        }
        for place in &places {
            let mode = match place {
                Place::Folder(_) => RecursiveMode::NonRecursive,
                Place::Tree(_) => RecursiveMode::Recursive,
            };
            let path = folder(place);
            if path.is_dir() {
                self.watcher.watch(path, mode).map_err(|error| error.to_string())?;
            }
        }
        self.places = places;
        Ok(())
    }
}

fn folder(place: &Place) -> &PathBuf {
    match place {
        Place::Folder(path) | Place::Tree(path) => path,
    }
}

/// Whether an event is a change of a source or manifest.
fn counts(event: &notify::Event) -> bool {
    let is_change = match event.kind {
        EventKind::Access(_) => false,
        EventKind::Modify(notify::event::ModifyKind::Metadata(_)) => false,
        EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) => true,
        EventKind::Other => false,
    };
    // A queue that ran over says nothing of what was lost.
    event.need_rescan() || is_change && event.paths.iter().any(|path| program::is_input(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_the_same_arguments() {
        let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(
            as_watched(words("beskid run --watch x.bd -- --watch a")),
            words("run --watched x.bd -- --watch a")
        );
    }
}
