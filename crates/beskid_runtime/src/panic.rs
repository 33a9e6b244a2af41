//! Ending a program that cannot go on: what stderr says, and status 101.
//!
//! ```text
//! panic: division by zero
//!   at half.bd:3:14
//!   in Half at half.bd:3:14
//!   in main at half.bd:8:5
//! ```

use core::panic::Location;

use crate::catch;
use crate::fault;
use crate::platform::{self, STDERR};
use crate::stack::walk::Frames;
use crate::text::number;
use crate::thread::Thread;
use crate::trace::{self, Extent};

/// Exit status after a panic.
pub(crate) const STATUS_PANIC: i32 = 101;
/// Exit status if the program could not even begin, or not write its output.
const STATUS_REFUSED: i32 = 1;

/// Text for stderr, gathered so that it leaves in few pieces.
#[derive(Debug)]
pub struct Report {
    buffer: [u8; 1024],
    length: usize,
    full: Full,
}

/// What becomes of a full buffer.
#[derive(Debug)]
enum Full {
    /// It is written to stderr.
    Sent,
    /// It stays, and what comes after it is left out.
    Kept,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self { buffer: [0; 1024], length: 0, full: Full::Sent }
    }

    /// A text for the program, of which the beginning is enough.
    pub(crate) fn kept() -> Self {
        Self { full: Full::Kept, ..Self::new() }
    }

    /// What was gathered and not sent.
    pub(crate) fn so_far(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// Appends a text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// Appends bytes as they are.
    // Panics are rare: one copy of this in a program is enough.
    #[inline(never)]
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        for &byte in bytes {
            if self.length == self.buffer.len() {
                match self.full {
                    Full::Sent => self.send(),
                    Full::Kept => return self,
                }
            }
            self.buffer[self.length] = byte;
            self.length += 1;
        }
        self
    }

    /// Appends a number.
    pub fn signed(&mut self, value: i64) -> &mut Self {
        if value < 0 {
            self.text("-");
        }
        self.unsigned(value.unsigned_abs())
    }

    /// Appends a number.
    #[inline(never)]
    pub fn unsigned(&mut self, value: u64) -> &mut Self {
        let mut digits = number::Digits::new();
        self.bytes(digits.decimal(value))
    }

    /// Appends an address.
    pub(crate) fn address(&mut self, value: usize) -> &mut Self {
        let mut digits = number::Digits::new();
        self.text("0x").bytes(digits.hexadecimal(value as u64))
    }

    /// Writes what was gathered to stderr. That nobody may be able to read it changes nothing.
    #[inline(never)]
    pub(crate) fn send(&mut self) {
        let length = core::mem::take(&mut self.length);
        let _ = platform::write(STDERR, &self.buffer[..length]);
    }
}

/// Ends the program with a panic at the position of the runtime function that compiled code called; or what
/// was called to see whether it panics.
pub(crate) fn raise(thread: &mut Thread<'_>, message: impl Fn(&mut Report)) -> ! {
    catch::resume(thread, &message);
    let frames = Frames::of(&thread.context);
    raise_at(thread, frames, trace::Cut::Counted, message)
}

/// Ends the program with a panic at the innermost of `frames`.
pub(crate) fn raise_at(
    thread: &mut Thread<'_>,
    frames: Frames,
    cut: trace::Cut,
    message: impl FnOnce(&mut Report),
) -> ! {
    thread.is_ending = true;
    thread.output.flush();
    let mut report = Report::new();
    report.text("panic: ");
    message(&mut report);
    // A trace through what is broken may not come to its end.
    report.text("\n").send();
    let extent = if thread.heap.settings.backtrace { Extent::Full } else { Extent::Place };
    trace::print(&mut report, &mut thread.code, frames, cut, extent);
    report.send();
    platform::exit(STATUS_PANIC)
}

/// Ends the process with `error: …` for a reason outside the program.
pub fn refuse(message: impl FnOnce(&mut Report)) -> ! {
    let mut report = Report::new();
    report.text("error: ");
    message(&mut report);
    report.text("\n").send();
    platform::exit(STATUS_REFUSED)
}

/// Ends the process because Rust code of the runtime panicked. Messages with values would need the library's
/// formatting machinery, so such a panic has none.
pub fn of_rust(message: Option<&str>, place: Option<&Location<'_>>) -> ! {
    runtime_fault(|report| {
        report.text(message.unwrap_or("a check failed"));
        if let Some(place) = place {
            report.text(" (").text(place.file()).text(":");
            report.unsigned(u64::from(place.line())).text(")");
        }
    })
}

/// Whether the calling thread runs a program, or collects for one. What fails there in Rust is a fault of
/// the runtime.
#[must_use]
pub fn is_own_thread() -> bool {
    fault::is_own_thread()
}

/// Ends the process because the runtime itself is at fault.
pub fn runtime_fault(message: impl FnOnce(&mut Report)) -> ! {
    if let Some(thread) = fault::current_thread() {
        // SAFETY: the thread is this one, and nothing of it runs on.
        unsafe { (*thread).output.flush() };
    }
    last_words(message)
}

/// Ends the process because of a fault of the runtime after which nothing else of it can be relied on.
pub(crate) fn last_words(message: impl FnOnce(&mut Report)) -> ! {
    let mut report = Report::new();
    report.text("panic: internal error of the Beskid runtime: ");
    message(&mut report);
    report.text("\n").send();
    platform::exit(STATUS_PANIC)
}
