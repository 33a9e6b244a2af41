//! Linux: other processes, pipes to them, waiting for time and for streams.
//!
//! A process is started as `vfork` does it: the child shares the parent's memory, which stands still, until it
//! runs the other program. So that costs the same however much memory a program has. The child runs on a stack
//! of its own, makes system calls and nothing else, and takes no signals.

use core::ffi::{CStr, c_char};
use core::ptr;

use crate::arch::{self, call_system, system_call};
use crate::platform::linux_file::{failure_of_number, move_up, outcome};
use crate::platform::linux_signal::{Disposition, MaskChange, SIGPIPE, change_signal_mask};
use crate::platform::{self, Purpose, close_file};

/// Bytes of a child's stack.
const STACK: usize = 64 << 10;
/// The status of a child that could not run its program; nobody sees it.
const STATUS_NOT_RUN: usize = 127;
const INTERRUPTED: isize = -4;
const LAST_SIGNAL: i32 = 64;

/// What a stream is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted {
    Readable = 1,
    Writable = 4,
}

/// A record of the system call `poll`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
struct Poll {
    descriptor: i32,
    wanted: i16,
    happened: i16,
}

/// Waits until something can be done with a stream that does not wait by itself.
pub(crate) fn wait_until(stream: i32, wanted: Wanted) {
    let mut poll = Poll { descriptor: stream, wanted: wanted as i16, happened: 0 };
    // SAFETY: one record, no time limit, no signal mask.
    unsafe { call_system(system_call::PPOLL, [(&raw mut poll).addr(), 1, 0, 0, 8]) };
}

/// Waits until one of up to four streams can go on; the last is one to write to, those below zero are none.
/// Gives a bit for each.
pub(crate) fn wait_for_files(files: &[i64]) -> i64 {
    let mut polls = [Poll { descriptor: -1, wanted: 0, happened: 0 }; 4];
    for (index, (poll, &file)) in polls.iter_mut().zip(files).enumerate() {
        let is_last = index + 1 == files.len();
        poll.descriptor = i32::try_from(file).unwrap_or(-1);
        poll.wanted = if is_last { Wanted::Writable } else { Wanted::Readable } as i16;
    }
    let arguments = [polls.as_mut_ptr().addr(), files.len().min(polls.len()), 0, 0, 8];
    loop {
        // SAFETY: as many records, no time limit, no signal mask.
        let result = unsafe { call_system(system_call::PPOLL, arguments) };
        if result < 0 && result != INTERRUPTED {
            return outcome(result);
        }
        let ready = polls.iter().enumerate().filter(|(_, poll)| poll.happened != 0);
        let bits = ready.fold(0, |bits, (index, _)| bits | 1 << index);
        if bits != 0 {
            return bits;
        }
    }
}

/// Makes a pipe; both ends are closed in programs that are started.
pub(crate) fn open_pipe(ends: &mut [i64]) -> i64 {
    const CLOSED_ON_EXEC: usize = 0x8_0000;
    let mut pair = [0_i32; 2];
    let arguments = [pair.as_mut_ptr().addr(), CLOSED_ON_EXEC, 0, 0, 0];
    // SAFETY: the kernel writes two numbers.
    let result = unsafe { call_system(system_call::PIPE2, arguments) };
    if result < 0 {
        return outcome(result);
    }
    let numbers = pair.map(|number| match number {
        0..=2 => move_up(number as usize),
        other => i64::from(other),
    });
    if let Some(&failed) = numbers.iter().find(|&&number| number < 0) {
        numbers.iter().filter(|&&number| number >= 0).for_each(|&number| {
            close_file(number);
        });
        return failed;
    }
    for (end, number) in ends.iter_mut().zip(numbers) {
        *end = number;
    }
    0
}

/// Waits for so many nanoseconds.
pub(crate) fn sleep(nanoseconds: i64) {
    const MONOTONIC: usize = 1;
    let mut rest = [nanoseconds.max(0) / 1_000_000_000, nanoseconds.max(0) % 1_000_000_000];
    let arguments = [MONOTONIC, 0, rest.as_ptr().addr(), rest.as_mut_ptr().addr(), 0];
    // SAFETY: the kernel reads seconds and nanoseconds, and writes what is left if a signal interrupts.
    while unsafe { call_system(system_call::CLOCK_NANOSLEEP, arguments) } == INTERRUPTED {}
}

/// Nanoseconds since the beginning of 1970.
pub(crate) fn wall_clock() -> u64 {
    const REALTIME: usize = 0;
    platform::clock(REALTIME)
}

/// The number of this process.
pub(crate) fn process_id() -> i64 {
    // SAFETY: no argument is an address.
    unsafe { call_system(system_call::GETPID, [0; 5]) as i64 }
}

/// Sends a signal to a process, or asks with signal 0 whether it lives.
pub(crate) fn signal_process(process: i64, signal: i64) -> i64 {
    // Zero and less are groups of processes.
    let Some(process) = usize::try_from(process).ok().filter(|&process| process > 0) else {
        return failure_of_number(rustix::io::Errno::SRCH.raw_os_error());
    };
    // SAFETY: no argument is an address.
    outcome(unsafe { call_system(system_call::KILL, [process, signal as usize, 0, 0, 0]) })
}

/// Waits for the end of a child; gives its status, 128 and the number of the signal that ended it.
pub(crate) fn wait_for_process(process: i64) -> i64 {
    let mut status = 0_i32;
    let arguments = [process as usize, (&raw mut status).addr(), 0, 0, 0];
    loop {
        // SAFETY: the kernel writes a status.
        match unsafe { call_system(system_call::WAIT4, arguments) } {
            INTERRUPTED => {}
            result if result < 0 => return outcome(result),
            _ => break,
        }
    }
    let signal = i64::from(status & 0x7f);
    if signal == 0 { i64::from(status >> 8 & 0xff) } else { 128 + signal }
}

/// A program to be started.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    pub(crate) path: &'a CStr,
    /// Ends with a null pointer, as `environment` does.
    pub(crate) arguments: &'a [*const c_char],
    pub(crate) environment: &'a [*const c_char],
    /// The working directory of the child.
    pub(crate) directory: Option<&'a CStr>,
    /// What become its standard streams.
    pub(crate) files: [i64; 3],
}

/// What parent and child share.
struct Shared<'a> {
    start: &'a Start<'a>,
    mask: u64,
    error: isize,
}

impl Start<'_> {
    /// Starts the program; gives the number of its process.
    pub(crate) fn run(&self) -> i64 {
        const SHARE_MEMORY: usize = 0x100;
        const WAIT_FOR_EXEC: usize = 0x4000;
        const TELL_THE_END: usize = 17;
        let Some(stack) = platform::map(STACK, Purpose::Stack) else {
            return failure_of_number(rustix::io::Errno::NOMEM.raw_os_error());
        };
        let mut shared = Shared { start: self, mask: 0, error: 0 };
        let argument = (&raw mut shared).cast();
        // SAFETY: the child has a stack of its own, and keeps to what the module says; this thread goes on when
        // the child uses neither that stack nor `shared` any more.
        let result = unsafe {
            shared.mask = change_signal_mask(MaskChange::Set, u64::MAX);
            let result = arch::clone_thread(
                SHARE_MEMORY | WAIT_FOR_EXEC | TELL_THE_END,
                stack.as_ptr().add(STACK),
                ptr::null_mut(),
                in_child,
                argument,
            );
            change_signal_mask(MaskChange::Set, shared.mask);
            platform::unmap(stack.as_ptr(), STACK);
            result
        };
        // The child has written to it.
        // SAFETY: it is a local variable.
        let error = unsafe { (&raw const shared.error).read_volatile() };
        if result > 0 && error != 0 {
            wait_for_process(result as i64);
            return outcome(error);
        }
        outcome(result)
    }
}

/// The child's side; ends only if its program cannot be run.
unsafe extern "C" fn in_child(argument: *mut u8) {
    // SAFETY: this is what the parent passes; it stands still meanwhile.
    let shared = unsafe { &mut *argument.cast::<Shared<'_>>() };
    // SAFETY: dispositions and mask are the child's own; those that are put in force run no code.
    unsafe {
        for signal in 1..=LAST_SIGNAL {
            let before = platform::set_disposition(signal, &Disposition::DEFAULT);
            // What is ignored stays so in the program, but for the signal that the runtime ignores for itself.
            if before.is_ignored() && signal != SIGPIPE {
                platform::set_disposition(signal, &Disposition::IGNORE);
            }
        }
        let error = prepare(shared.start);
        shared.error = if error < 0 {
            error
        } else {
            change_signal_mask(MaskChange::Set, shared.mask);
            let start = shared.start;
            let vectors = [start.arguments.as_ptr().addr(), start.environment.as_ptr().addr()];
            let arguments = [start.path.as_ptr().addr(), vectors[0], vectors[1], 0, 0];
            call_system(system_call::EXECVE, arguments)
        };
        call_system(system_call::EXIT_GROUP, [STATUS_NOT_RUN, 0, 0, 0, 0]);
    }
}

/// Streams and working directory of the child; negative if that cannot be.
///
/// # Safety
/// In the child.
unsafe fn prepare(start: &Start<'_>) -> isize {
    const DUPLICATE_CLOSED_ON_EXEC: usize = 1030;
    const SET_FLAGS: usize = 2;
    let mut files = start.files.map(|file| file as usize);
    // SAFETY: no argument is an address but the path.
    unsafe {
        for (index, file) in files.iter_mut().enumerate() {
            // What becomes another stream must not be overwritten before.
            if *file < 3 && *file != index {
                let moved =
                    call_system(system_call::FCNTL, [*file, DUPLICATE_CLOSED_ON_EXEC, 3, 0, 0]);
                if moved < 0 {
                    return moved;
                }
                *file = moved as usize;
            }
        }
        for (index, &file) in files.iter().enumerate() {
            let result = match file == index {
                // A stream that is closed stays closed.
                true => call_system(system_call::FCNTL, [file, SET_FLAGS, 0, 0, 0]).max(0),
                false => call_system(system_call::DUP3, [file, index, 0, 0, 0]),
            };
            if result < 0 {
                return result;
            }
        }
        start.directory.map_or(0, |directory| {
            call_system(system_call::CHDIR, [directory.as_ptr().addr(), 0, 0, 0, 0])
        })
    }
}
