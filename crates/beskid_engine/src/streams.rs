//! Standard streams that the process began without.
//!
//! Before `main`, Rust's standard library opens `/dev/null` in the place of each one, so that no file becomes a
//! standard stream by accident. A program is to see what an executable would see: no stream at all. So they are
//! noted before that happens, and closed again when the program begins; the runtime keeps its files away from
//! their numbers.

use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicU8, Ordering};

/// The numbers of the standard streams.
const STREAMS: std::ops::Range<i32> = 0..3;

/// The closed ones, a bit each.
static CLOSED: AtomicU8 = AtomicU8::new(0);

/// Run by the system's loader, before the standard library begins.
#[used]
#[unsafe(link_section = ".init_array")]
static NOTE: extern "C" fn() = note;

extern "C" fn note() {
    for stream in STREAMS {
        // SAFETY: a number that is no open descriptor is answered with an error.
        let descriptor = unsafe { BorrowedFd::borrow_raw(stream) };
        if rustix::io::fcntl_getfd(descriptor).is_err() {
            CLOSED.fetch_or(1 << stream, Ordering::Relaxed);
        }
    }
}

/// Closes them again, once.
pub(crate) fn close_again() {
    let closed = CLOSED.swap(0, Ordering::Relaxed);
    for stream in STREAMS.filter(|stream| closed >> stream & 1 != 0) {
        // SAFETY: what is open there is the null device, which nobody has as theirs.
        unsafe { rustix::io::close(stream) };
    }
}
