//! A line on the terminal that says what is being done, if that takes longer than people like to wait.
//!
//! ```text
//! step ── DELAY of silence ──► shown ── clear: something else is written ──► hidden, and so on
//! ```
//!
//! *Invariants.* It is on standard error, only if that is a terminal, and gone before anything else is written.
//! After [`end`] nothing appears any more: the streams belong to somebody else.

use std::io::{self, IsTerminal};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// So long nothing is said.
const DELAY: Duration = Duration::from_millis(500);
/// Between two looks.
const TICK: Duration = Duration::from_millis(100);

struct State {
    phase: Phase,
    text: String,
    /// The last time that something was written.
    quiet_since: Option<Instant>,
    bar: Option<ProgressBar>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nobody would see it, or nothing was begun.
    Off,
    On,
    Ended,
}

static STATE: Mutex<State> =
    Mutex::new(State { phase: Phase::Off, text: String::new(), quiet_since: None, bar: None });

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins, if there is a terminal.
pub(crate) fn begin() {
    let mut state = state();
    if state.phase != Phase::Off || !io::stderr().is_terminal() {
        return;
    }
    state.phase = Phase::On;
    state.quiet_since = Some(Instant::now());
    // Without the thread there is no line, and all else is as it was.
    let _ = thread::Builder::new().name("progress".to_owned()).spawn(watch);
}

fn watch() {
    loop {
        thread::sleep(TICK);
        let mut state = state();
        if state.phase != Phase::On {
            return;
        }
        let State { text, quiet_since, bar, .. } = &mut *state;
        if text.is_empty() || quiet_since.is_none_or(|since| since.elapsed() < DELAY) {
            continue;
        }
        let bar = bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            // The template is a constant, and a right one.
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
                bar.set_style(style);
            }
            bar
        });
        bar.set_message(text.clone());
        bar.tick();
    }
}

/// Says what is done from now on.
pub(crate) fn step(text: &str) {
    let mut state = state();
    if state.phase == Phase::On {
        if state.text.is_empty() {
            state.quiet_since = Some(Instant::now());
        }
        text.clone_into(&mut state.text);
    }
}

/// Removes the line, because something else is written.
pub(crate) fn clear() {
    let mut state = state();
    if state.phase == Phase::On {
        remove(&mut state);
        state.quiet_since = Some(Instant::now());
    }
}

/// Removes the line until the next step.
pub(crate) fn pause() {
    let mut state = state();
    if state.phase == Phase::On {
        remove(&mut state);
        state.text.clear();
    }
}

/// Removes the line for good.
pub(crate) fn end() {
    let mut state = state();
    remove(&mut state);
    state.phase = Phase::Ended;
}

fn remove(state: &mut State) {
    if let Some(bar) = state.bar.take() {
        bar.finish_and_clear();
    }
}
