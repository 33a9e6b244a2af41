//! Panics that end a call instead of the program: what tests of panics need.
//!
//! The row `catch_panic` calls a closure and keeps a record on the stack while it runs; a panic of the runtime
//! meanwhile throws the frames inside of it away and goes on where the record is, with the message as result.
//!
//! ```text
//!  caller ──► catch_panic ──► body ──► … ──► panic
//!               │ Catch │ ◄─────────────────────┘
//! ```
//!
//! *Invariants.* Records form a list from the innermost outwards. Frames of compiled code and of the runtime own
//! nothing that has to be given back, so throwing them away is enough: texts under construction and entry frames
//! are what the thread knows of them. What the hardware reports is not caught: after a stack overflow or a fault
//! nothing is known of what was under way.

use core::ptr;

use beskid_abi::thread_context::ThreadContext;

use crate::arch;
use crate::object::{GcRef, string};
use crate::panic::Report;
use crate::thread::Thread;

/// A call whose panics are caught. `arch` makes it, and knows its first two fields.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Catch {
    pub(crate) context: *mut ThreadContext,
    pub(crate) body: GcRef,
    outer: *mut Catch,
    /// The entry frame that was innermost.
    entry: usize,
    /// Where texts under construction begin that are inside of the call.
    mark: usize,
}

/// Bytes of a record.
pub(crate) const CATCH_SIZE: usize = 40;
const _: () = assert!(size_of::<Catch>() == CATCH_SIZE);

/// The call begins.
///
/// # Safety
/// The record has its first two fields, and stays in place until [`end`] or [`caught`].
pub(crate) unsafe extern "C" fn begin(catch: *mut Catch) {
    // SAFETY: the context is that of the running thread; the record is nobody else's.
    unsafe {
        let thread = Thread::of((*catch).context);
        (*catch).outer = thread.catch;
        (*catch).entry = thread.context.entry;
        (*catch).mark = thread.text.begin();
        thread.catch = catch;
    }
}

/// The call has returned: no message.
///
/// # Safety
/// The record is that of the innermost call.
pub(crate) unsafe extern "C" fn end(catch: *mut Catch) -> GcRef {
    // SAFETY: as above.
    unsafe { Thread::of((*catch).context).catch = (*catch).outer };
    ptr::null_mut()
}

/// Goes on behind the innermost call whose panics are caught, if there is one.
pub(crate) fn resume(thread: &mut Thread<'_>, message: impl FnOnce(&mut Report)) {
    if thread.catch.is_null() {
        return;
    }
    let mut report = Report::kept();
    message(&mut report);
    // SAFETY: the record is in place as long as it is in the list.
    let mark = unsafe { (*thread.catch).mark };
    thread.text.close(mark);
    // Without memory for the message the panic has none.
    let _ = thread.text.append_lossy(report.so_far());
    // SAFETY: the record's frame is outside of all that run.
    unsafe { arch::resume_catch(thread.catch) }
}

/// The message of the panic that ended the call, with the frame of who called.
///
/// # Safety
/// The record is that of the innermost call, whose frames are gone; the rest is what the call has noted.
pub(crate) unsafe extern "C" fn caught(
    catch: *mut Catch,
    frame_pointer: usize,
    stack_pointer: usize,
    return_address: usize,
) -> GcRef {
    // SAFETY: the context is that of the running thread.
    let thread = unsafe { Thread::of((*catch).context) };
    // SAFETY: the record is still in place.
    let (outer, entry, mark) = unsafe { ((*catch).outer, (*catch).entry, (*catch).mark) };
    thread.catch = outer;
    thread.context.entry = entry;
    // A collection walks the stack from the caller on.
    thread.context.frame_pointer = frame_pointer;
    thread.context.stack_pointer = stack_pointer;
    thread.context.return_address = return_address;
    string::of_text(thread, mark, &[])
}
