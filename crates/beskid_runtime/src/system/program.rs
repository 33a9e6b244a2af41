//! What a program was started with, and what its library keeps for it.

use core::ptr;

use beskid_abi::thread_context::ThreadContext;

use crate::object::{GcRef, string};
use crate::thread::Thread;

type Cx = *mut ThreadContext;

pub(crate) unsafe extern "C" fn environment_value(cx: Cx, name: GcRef) -> GcRef {
    // SAFETY: `cx` is the running thread's, `name` a string.
    let (thread, name) = unsafe { (Thread::of(cx), string::bytes(name)) };
    let mut environment = thread.environment;
    let value = environment.find_map(|entry| entry.strip_prefix(name)?.strip_prefix(b"="));
    text(thread, value)
}

pub(crate) unsafe extern "C" fn environment_entry(cx: Cx, index: i64) -> GcRef {
    // SAFETY: `cx` is the running thread's.
    let thread = unsafe { Thread::of(cx) };
    let mut environment = thread.environment;
    text(thread, environment.nth(index as usize))
}

pub(crate) unsafe extern "C" fn program_argument(cx: Cx, index: i64) -> GcRef {
    // SAFETY: `cx` is the running thread's.
    let thread = unsafe { Thread::of(cx) };
    let mut arguments = thread.arguments;
    text(thread, arguments.nth(index as usize))
}

/// A string of bytes from outside, with a replacement character for what is no UTF-8; null for none.
fn text(thread: &mut Thread<'_>, bytes: Option<&[u8]>) -> GcRef {
    let Some(bytes) = bytes else { return ptr::null_mut() };
    let mark = thread.text.begin();
    if thread.text.append_lossy(bytes).is_err() {
        thread.out_of_memory();
    }
    string::of_text(thread, mark, &[])
}

pub(crate) unsafe extern "C" fn kept_get(cx: Cx, which: i64) -> GcRef {
    // SAFETY: `cx` is the running thread's.
    let kept = unsafe { &Thread::of(cx).kept };
    kept.get(which as usize).copied().unwrap_or(ptr::null_mut())
}

pub(crate) unsafe extern "C" fn kept_set(cx: Cx, which: i64, value: GcRef) {
    // No barrier: what is kept is a root of every collection, and those that run beside the program have
    // looked at the value before.
    // SAFETY: `cx` is the running thread's.
    if let Some(kept) = unsafe { Thread::of(cx) }.kept.get_mut(which as usize) {
        *kept = value;
    }
}
