//! Faults of a process with libraries: stack overflow above all, on the stack of the host's thread.
//!
//! The handlers stay as long as the process does, since changing them at each call would cost more than
//! most calls. A fault is a library's if its thread was running it; any other is the host's: its
//! disposition is put back in force, and the fault happens again. So is a signal that somebody sent.
//!
//! *Invariants.* What a broken pipe does is the host's decision. The thread that first calls a library
//! gets a signal stack: overflow leaves no room on its own.

use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::sync::atomic::{AtomicBool, Ordering};

use super::{STATES, State, room};
use crate::arch;
use crate::fault::{self, FAULTS};
use crate::platform::{self, Disposition, PAGE, SignalStack};
use crate::stack::memory::SIGNAL_STACK;

/// How far from the stack pointer an access is one of the stack. Compiled code touches every page of
/// larger frames.
const NEAR: usize = 64 << 10;

/// What the process did on these signals before the first library was called.
struct Previous {
    is_known: AtomicBool,
    dispositions: UnsafeCell<[Disposition; FAULTS.len()]>,
}

// SAFETY: written once, by whoever sets the flag, before the handler can run.
unsafe impl Sync for Previous {}

static PREVIOUS: Previous = Previous {
    is_known: AtomicBool::new(false),
    dispositions: UnsafeCell::new([Disposition::DEFAULT; FAULTS.len()]),
};

/// Gives the calling thread a signal stack, and the process the handlers if it has none of this runtime.
pub(super) fn install() {
    let memory = room::<[u8; SIGNAL_STACK]>().cast();
    // SAFETY: it stays mapped.
    unsafe { SignalStack::new(memory, SIGNAL_STACK).install() };
    if PREVIOUS.is_known.swap(true, Ordering::AcqRel) {
        return;
    }
    for (place, signal) in FAULTS.into_iter().enumerate() {
        // SAFETY: nobody else writes; the handler needs nothing but its signal stack.
        unsafe {
            let previous = platform::set_disposition(signal, &Disposition::handler(on_fault));
            (*PREVIOUS.dispositions.get())[place] = previous;
        }
    }
}

/// The state of the library that the calling thread is running, the one it called last before others.
fn running<'a>() -> Option<&'a mut State> {
    // SAFETY: there is a state, so threads have identities.
    let this = unsafe { arch::thread_identity() };
    let mut innermost: Option<*mut State> = None;
    let mut next = STATES.load(Ordering::Acquire).cast_const();
    while !next.is_null() {
        let state = next.cast_mut();
        // SAFETY: states stay; one of this thread is not being changed.
        unsafe {
            let entry = |state: *mut State| (*state).thread.context.entry;
            let is_inner = innermost.is_none_or(|other| entry(state) < entry(other));
            if *(*state).owner == this && entry(state) != 0 && is_inner {
                innermost = Some(state);
            }
            next = (*state).next;
        }
    }
    // SAFETY: what the thread was doing with it will not go on.
    innermost.map(|state| unsafe { &mut *state })
}

unsafe extern "C" fn on_fault(signal: i32, information: *const c_void, context: *const c_void) {
    // SAFETY: this is a handler's second argument.
    let is_sent = unsafe { platform::is_sent(information) };
    let Some(state) = running().filter(|_| !is_sent) else {
        let place = FAULTS.iter().position(|&known| known == signal);
        // SAFETY: reading what `install` wrote; it was in force before.
        return unsafe {
            let previous = place.map(|place| (*PREVIOUS.dispositions.get())[place]);
            fault::leave_to(previous, signal, is_sent)
        };
    };
    // SAFETY: these are the arguments of a handler; the thread is this one.
    unsafe {
        fault::report(&mut state.thread, signal, information, context, |address, stack_pointer| {
            // What can be accessed begins at a page.
            let above = (address & !(PAGE - 1)) + PAGE;
            (address.abs_diff(stack_pointer) < NEAR).then_some(above)
        })
    }
}
