//! Linux: threads that run the runtime's own code and nothing else, and waiting for each other.
//!
//! Such a thread is made by the system call alone, so a C library in the process does not know of it. It
//! must not call into one, nor use thread-local storage (it has that of the thread that made it), which
//! rules out the allocator under the JIT. It blocks all signals, since handlers of a host must not run on
//! it; a fault of it ends the process then without a word, unless it lets those signals through.

use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicU32, Ordering};

use crate::arch::{self, call_system, system_call};
use crate::platform::linux_signal::{MaskChange, change_signal_mask};
use crate::platform::{self, PAGE, Purpose};

/// Bytes of a thread's stack, and of the guard below.
const STACK: usize = 64 << 10;
const GUARD: usize = PAGE;

/// What a thread runs.
pub(crate) type Entry = unsafe extern "C" fn(*mut u8);

/// A thread that was started.
#[derive(Debug)]
pub(crate) struct BareThread {
    mapping: NonNull<u8>,
}

impl BareThread {
    /// Starts one that calls `entry(argument)`, if the system lets us.
    ///
    /// # Safety
    /// The entry keeps to what the module says, and `argument` is good until the thread is joined.
    pub(crate) unsafe fn spawn(entry: Entry, argument: *mut u8) -> Option<Self> {
        // Memory, file system, files, signal handlers and process shared; the word at `tid` is cleared and
        // woken at the end.
        const FLAGS: usize = 0x100 | 0x200 | 0x400 | 0x800 | 0x1_0000 | 0x4_0000 | 0x20_0000;
        let mapping = platform::map(GUARD + STACK, Purpose::Stack)?;
        let thread = Self { mapping };
        let everything = u64::MAX;
        // SAFETY: the guard is unused; the stack is new and ends below the word that is cleared at the end.
        unsafe {
            platform::forbid(mapping.as_ptr(), GUARD);
            thread.running().store(1, Ordering::Relaxed);
            let before = change_signal_mask(MaskChange::Set, everything);
            let tid = thread.running().as_ptr();
            let result = arch::clone_thread(FLAGS, tid.cast(), tid, entry, argument);
            change_signal_mask(MaskChange::Set, before);
            if result < 0 {
                platform::unmap(mapping.as_ptr(), GUARD + STACK);
                return None;
            }
        }
        Some(thread)
    }

    /// The word that the system clears when the thread has ended.
    fn running(&self) -> &AtomicU32 {
        // SAFETY: the last 16 bytes of the mapping are not part of the stack.
        unsafe { AtomicU32::from_ptr(self.mapping.as_ptr().add(GUARD + STACK - 16).cast()) }
    }

    /// Waits until the thread has ended.
    pub(crate) fn join(self) {
        loop {
            let running = self.running().load(Ordering::Acquire);
            if running == 0 {
                break;
            }
            // The system wakes in the manner for words that processes share.
            futex(self.running(), 0, running);
        }
        // SAFETY: the thread has ended, so nothing uses its stack.
        unsafe { platform::unmap(self.mapping.as_ptr(), GUARD + STACK) };
    }
}

const PRIVATE: usize = 128;

/// Sleeps while `word` has that value, or for no reason.
pub(crate) fn wait(word: &AtomicU32, value: u32) {
    futex(word, PRIVATE, value);
}

/// Wakes whoever sleeps on `word`.
pub(crate) fn wake(word: &AtomicU32) {
    futex(word, 1 | PRIVATE, i32::MAX as u32);
}

fn futex(word: &AtomicU32, operation: usize, value: u32) {
    let arguments = [ptr::from_ref(word).addr(), operation, value as usize, 0, 0];
    // SAFETY: the word lives; no time limit.
    unsafe { call_system(system_call::FUTEX, arguments) };
}

/// Nanoseconds that the calling thread ran.
pub(crate) fn thread_nanoseconds() -> u64 {
    const THREAD: usize = 3;
    platform::clock(THREAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    unsafe extern "C" fn add_until_thousand(argument: *mut u8) {
        // SAFETY: the test passes such a word.
        let word = unsafe { AtomicU32::from_ptr(argument.cast()) };
        while word.fetch_add(1, Ordering::SeqCst) < 999 {}
        wake(word);
    }

    #[test]
    fn a_thread_runs_and_ends() {
        for _ in 0..50 {
            let word = AtomicU32::new(0);
            // SAFETY: the function uses nothing but the word, which outlives the thread.
            let thread = unsafe { BareThread::spawn(add_until_thousand, word.as_ptr().cast()) };
            let thread = thread.expect("the system lets us start a thread");
            loop {
                let value = word.load(Ordering::SeqCst);
                if value >= 1000 {
                    break;
                }
                wait(&word, value);
            }
            thread.join();
            assert_eq!(word.load(Ordering::SeqCst), 1000);
        }
    }
}
