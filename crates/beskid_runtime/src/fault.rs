//! Faults of the processor: stack overflow and accesses that should not happen.
//!
//! A handler runs on the alternate signal stack of its thread. The lowest bytes of that stack hold a
//! [`Header`], so the handler asks the kernel where the stack is and finds the thread without
//! thread-local storage. A fault on a thread that is none of ours (a host has such) puts the host's
//! disposition back in force and lets the fault happen again. A signal that somebody sent is no fault: the
//! process ends by it, as by others that no program handles.
//!
//! Whose fault it is follows from where it happened: in compiled code and in C functions that it calls, the
//! program's; in the runtime, and on the collector's thread, the runtime's own, and the message says so.
//! A fault while one is reported says one line and ends the process.
//!
//! *Invariant.* While any [`Guard`] lives, the handlers are ours; the first guard notes what was
//! before, the last one puts it back.

use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};

use beskid_abi::thread_context::FOREIGN_CALL;

use crate::arch::{self, Interrupted};
use crate::panic::{self, Report};
use crate::platform::{self, Disposition, SIGBUS, SIGFPE, SIGILL, SIGPIPE, SIGSEGV, SignalStack};
use crate::stack::memory::{SIGNAL_STACK, Stack};
use crate::stack::walk::{Frame, Frames};
use crate::thread::Thread;
use crate::trace::Cut;

const MAGIC: u64 = u64::from_le_bytes(*b"BESKIDTH");

/// The lowest bytes of a signal stack of ours.
#[repr(C)]
struct Header {
    magic: u64,
    guard: (usize, usize),
    /// Null for a thread of the collector.
    thread: *mut Thread<'static>,
}

/// Faults that are handled.
pub(crate) const FAULTS: [i32; 4] = [SIGSEGV, SIGBUS, SIGILL, SIGFPE];

/// These, and the pipe signal, so that a broken pipe is an error code in every process.
const SIGNALS: [i32; 5] = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGPIPE];

/// What the process did on these signals before the first guard.
struct Previous {
    locked: AtomicBool,
    state: UnsafeCell<(usize, [Disposition; SIGNALS.len()])>,
}

// SAFETY: the state is only touched by whoever holds the lock.
unsafe impl Sync for Previous {}

static PREVIOUS: Previous = Previous {
    locked: AtomicBool::new(false),
    state: UnsafeCell::new((0, [Disposition::DEFAULT; SIGNALS.len()])),
};

impl Previous {
    /// Runs `action` with the number of guards and the saved dispositions.
    fn with<R>(&self, action: impl FnOnce(&mut (usize, [Disposition; SIGNALS.len()])) -> R) -> R {
        // Held for a few system calls, and only when programs begin and end.
        while self.locked.swap(true, Ordering::Acquire) {
            core::hint::spin_loop();
        }
        // SAFETY: the lock is held.
        let result = action(unsafe { &mut *self.state.get() });
        self.locked.store(false, Ordering::Release);
        result
    }
}

/// Handles faults of the calling thread until it is dropped.
#[derive(Debug)]
pub(crate) struct Guard {
    previous_stack: SignalStack,
}

impl Guard {
    /// Installs the signal stack of `stack` for this thread and the handlers for the process.
    ///
    /// # Safety
    /// Stack and thread outlive the guard, which is dropped on the thread that made it.
    pub(crate) unsafe fn install(stack: &Stack, thread: *mut Thread<'static>) -> Self {
        let memory = stack.signal_stack();
        // SAFETY: the signal stack is not in use yet and far larger than the header.
        unsafe {
            memory.cast::<Header>().write(Header { magic: MAGIC, guard: stack.guard(), thread });
        }
        // SAFETY: the stack outlives the guard.
        let previous_stack = unsafe { SignalStack::new(memory, SIGNAL_STACK).install() };
        PREVIOUS.with(|(users, previous)| {
            if *users == 0 {
                for (signal, previous) in SIGNALS.into_iter().zip(previous) {
                    let ours = match signal {
                        SIGPIPE => Disposition::IGNORE,
                        _ => Disposition::handler(on_fault),
                    };
                    // SAFETY: the handler relies on nothing but its signal stack.
                    *previous = unsafe { platform::set_disposition(signal, &ours) };
                }
            }
            *users += 1;
        });
        Self { previous_stack }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        PREVIOUS.with(|(users, previous)| {
            *users -= 1;
            if *users == 0 {
                for (signal, previous) in SIGNALS.into_iter().zip(previous) {
                    // SAFETY: it was in force before.
                    unsafe { platform::set_disposition(signal, previous) };
                }
            }
        });
        // SAFETY: it was in force before.
        unsafe { self.previous_stack.install() };
    }
}

/// Handles faults of the calling thread, which belongs to the collector.
///
/// # Safety
/// `memory` has [`SIGNAL_STACK`] bytes and stays in place as long as the thread runs.
pub(crate) unsafe fn watch_collector(memory: *mut u8) {
    let header = Header { magic: MAGIC, guard: (0, 0), thread: ptr::null_mut() };
    // SAFETY: as the caller promises.
    unsafe {
        memory.cast::<Header>().write(header);
        SignalStack::new(memory, SIGNAL_STACK).install();
        platform::unblock(&FAULTS);
    }
}

/// The Beskid thread that the caller runs on, if it is one.
pub(crate) fn current_thread() -> Option<*mut Thread<'static>> {
    header().map(|header| header.thread).filter(|thread| !thread.is_null())
}

/// Whether the caller runs on a thread of the runtime: a program's or the collector's.
pub(crate) fn is_own_thread() -> bool {
    header().is_some()
}

fn header<'a>() -> Option<&'a Header> {
    let memory = SignalStack::current().of_size(SIGNAL_STACK)?;
    // SAFETY: a signal stack of this size, ours or not, has readable memory at its lowest address.
    let header = unsafe { &*memory.cast::<Header>() };
    (header.magic == MAGIC).then_some(header)
}

unsafe extern "C" fn on_fault(signal: i32, information: *const c_void, context: *const c_void) {
    // SAFETY: this is a handler's second argument.
    let is_sent = unsafe { platform::is_sent(information) };
    let Some(header) = header().filter(|_| !is_sent) else {
        let place = SIGNALS.iter().position(|&known| known == signal);
        // No lock: a thread that faults may hold it. The table is written before handlers can run.
        // A host's own handler may take a signal that was sent for a fault, and wait for it to come again.
        let place = place.filter(|_| !is_sent);
        // SAFETY: reading what `install` wrote.
        let previous = place.map(|place| unsafe { (*PREVIOUS.state.get()).1[place] });
        // SAFETY: it was in force before.
        return unsafe { leave_to(previous, signal, is_sent) };
    };
    if header.thread.is_null() {
        // SAFETY: this is a handler's second argument.
        let address = unsafe { platform::fault_address(information) };
        panic::last_words(|report| {
            describe(report, signal, address);
            report.text(" in the collector's thread");
        });
    }
    let (start, end) = header.guard;
    // SAFETY: these are the arguments of a handler. The header's thread is this one; what it was doing
    // will not go on.
    unsafe {
        report(&mut *header.thread, signal, information, context, |address, _| {
            (start..end).contains(&address).then_some(end)
        })
    }
}

/// Leaves a signal to a disposition, or to the system's own: a fault happens again, what was sent is sent
/// again.
///
/// # Safety
/// The disposition was in force before.
pub(crate) unsafe fn leave_to(disposition: Option<Disposition>, signal: i32, is_sent: bool) {
    // SAFETY: as the caller promises.
    unsafe { platform::set_disposition(signal, &disposition.unwrap_or(Disposition::DEFAULT)) };
    if is_sent {
        platform::send_to_thread(signal);
    }
}

/// Ends the process with what a fault of a thread was. `full_stack` says of an address, and the stack
/// pointer, whether an access to it is one of a stack that is full: then it gives the stack's lowest address.
///
/// # Safety
/// The others are the arguments of a signal handler, which runs on that thread.
pub(crate) unsafe fn report(
    thread: &mut Thread<'_>,
    signal: i32,
    information: *const c_void,
    context: *const c_void,
    full_stack: impl Fn(usize, usize) -> Option<usize>,
) -> ! {
    // SAFETY: as the caller promises.
    let (address, machine) =
        unsafe { (platform::fault_address(information), Interrupted::read(context)) };
    if thread.is_ending {
        panic::last_words(|report| {
            describe(report, signal, address);
            report.text(" while a panic was reported");
        });
    }
    thread.is_ending = true;
    let (frames, owner) = interrupted_frames(thread, machine);
    if signal == SIGSEGV
        && let Some(address) = address
        && let Some(lowest) = full_stack(address, machine.stack_pointer)
    {
        let frames = frames.unwrap_or_else(|| nearby_frames(thread, machine, lowest));
        panic::raise_at(thread, frames, Cut::Marked, |report| {
            report.text("stack overflow");
        });
    }
    let frames = frames.unwrap_or(Frames::none());
    let is_collecting = thread.heap.is_collecting;
    panic::raise_at(thread, frames, Cut::Counted, |report| {
        if owner == Owner::Runtime {
            report.text("internal error of the Beskid runtime: ");
        }
        describe(report, signal, address);
        report.text(match owner {
            Owner::Program => " (runtime fault)",
            Owner::Foreign => " in a foreign function",
            Owner::Runtime if is_collecting => " while collecting",
            Owner::Runtime => "",
        });
    })
}

/// Whose code was interrupted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Owner {
    /// Compiled code.
    Program,
    /// A C function that it called.
    Foreign,
    /// The runtime, as far as that can be told.
    Runtime,
}

fn describe(report: &mut Report, signal: i32, address: Option<usize>) {
    match (signal, address) {
        (SIGILL, _) => report.text("illegal instruction"),
        (SIGFPE, _) => report.text("arithmetic fault"),
        (_, Some(address)) => report.text("invalid memory access at ").address(address),
        (_, None) => report.text("invalid memory access at an address that no memory can have"),
    };
}

/// The frames of compiled code that was interrupted, if they are known, and whose code was.
fn interrupted_frames(thread: &mut Thread<'_>, machine: Interrupted) -> (Option<Frames>, Owner) {
    let after = machine.program_counter.wrapping_add(1);
    if let Some(function) = thread.code.function(after) {
        if function.address() == machine.program_counter {
            // The first instruction saves the frame pointer, so there is no frame yet.
            // SAFETY: it is the one.
            let (return_address, stack_pointer) = unsafe { machine.caller() };
            let frame_pointer = machine.frame_pointer;
            let innermost = Frame { return_address, stack_pointer, frame_pointer };
            return (Some(Frames::from(innermost, &thread.context)), Owner::Program);
        }
        let innermost = Frame {
            return_address: after,
            stack_pointer: machine.stack_pointer,
            frame_pointer: machine.frame_pointer,
        };
        return (Some(Frames::from(innermost, &thread.context)), Owner::Program);
    }
    // Code of the runtime or of somebody else. If the latest noted call of the runtime or of C is still
    // under way, its return address still stands below the caller's frame.
    let noted = thread.context.stack_pointer;
    if noted > machine.stack_pointer {
        // SAFETY: the slot lies on the stack, above the stack pointer.
        let return_address = unsafe { arch::return_address_of_call(noted) };
        let (is_under_way, owner) = match thread.context.return_address {
            FOREIGN_CALL => (thread.code.function(return_address).is_some(), Owner::Foreign),
            expected => (return_address == expected, Owner::Runtime),
        };
        if is_under_way {
            return (Some(Frames::of(&thread.context)), owner);
        }
    }
    (None, Owner::Runtime)
}

/// The frames around code of the runtime that noted none, found on a stack that is full: there a function
/// without effects of its own may be the last straw. `lowest` is the stack's lowest address.
///
/// Such a function has a small frame, so the first saved frame pointer above that leads on through
/// compiled code is its caller's. What the caller itself was doing is not known; the trace of an overflow
/// does without it.
fn nearby_frames(thread: &mut Thread<'_>, machine: Interrupted, lowest: usize) -> Frames {
    const WORD: usize = size_of::<usize>();
    /// As far as such functions reach.
    const REACH: usize = 16 << 10;
    /// The widest frame that is found.
    const WIDEST: usize = 128 << 10;
    let start = machine.stack_pointer.max(lowest).next_multiple_of(WORD);
    // SAFETY: the stack is far larger than what is read, and full.
    let read = |address: usize| unsafe { *(address as *const usize) };
    // A function that has not stored anything yet has its caller's frame pointer still.
    let Interrupted { stack_pointer, frame_pointer, .. } = machine;
    if let Some(return_address) = machine.latest_return_address()
        && (start..start + WIDEST).contains(&frame_pointer)
        && thread.code.function(return_address).is_some()
        && read(frame_pointer + WORD) != return_address
        && thread.code.function(read(frame_pointer + WORD)).is_some()
    {
        let frame = Frame { return_address, stack_pointer, frame_pointer };
        return Frames::from(frame, &thread.context);
    }
    for saved in (start..start + REACH).step_by(WORD) {
        let (frame_pointer, return_address) = (read(saved), read(saved + WORD));
        if frame_pointer > saved
            && frame_pointer - saved < WIDEST
            && frame_pointer.is_multiple_of(2 * WORD)
            && thread.code.function(return_address).is_some()
            && thread.code.function(read(frame_pointer + WORD)).is_some()
        {
            let stack_pointer = saved + 2 * WORD;
            let frame = Frame { return_address, stack_pointer, frame_pointer };
            return Frames::from(frame, &thread.context);
        }
    }
    Frames::none()
}
