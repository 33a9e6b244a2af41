//! Where the counters of a program that is measured are ([`beskid_abi::coverage`]).
//!
//! *Invariants.* The mapping stays until the process ends: the counts are in the file whatever ends it. A file
//! that does not fit ends the program before any of its code ran.

use beskid_abi::coverage::{HEADER_SIZE, MAX_COUNTERS, VARIABLE, file_size};
use beskid_abi::thread_context::ThreadContext;

use crate::panic;
use crate::platform::{self, Purpose};
use crate::thread::Thread;

pub(crate) unsafe extern "C" fn coverage_begin(cx: *mut ThreadContext, digest: i64, count: i64) {
    // SAFETY: `cx` is the running thread's.
    let thread = unsafe { Thread::of(cx) };
    let size = file_size((count as usize).min(MAX_COUNTERS));
    let mut environment = thread.environment;
    let path = environment
        .find_map(|entry| entry.strip_prefix(VARIABLE.as_bytes())?.strip_prefix(b"="))
        .filter(|path| !path.is_empty());
    let memory = match path {
        None => {
            platform::map(size, Purpose::Memory).unwrap_or_else(|| refuse("there is no memory"))
        }
        Some(path) => platform::map_file(path, size).unwrap_or_else(|| refuse("no such file fits")),
    };
    // SAFETY: the mapping is new, aligned to pages, and has a header.
    let found = unsafe { memory.cast::<i64>().read() };
    if path.is_some() && found != digest {
        refuse("the file is for another program");
    }
    thread.context.counters = memory.as_ptr().addr() + HEADER_SIZE;
}

fn refuse(why: &str) -> ! {
    panic::refuse(|report| {
        report.text("cannot count what runs, as ").text(VARIABLE).text(" asks for: ").text(why);
    })
}
