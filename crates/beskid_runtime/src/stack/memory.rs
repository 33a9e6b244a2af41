//! The memory of a program's stack.
//!
//! ```text
//! low                                                                   high
//! | guard, no access | the stack, grows down  ◄── top | signal stack, grows down |
//! ```
//!
//! One lazily backed mapping: only touched pages count. The lowest bytes of the signal stack belong
//! to `fault`, which finds the thread there.

use core::ptr::NonNull;

use crate::platform::{self, PAGE, Purpose};

/// Bytes of the stack (language.md §12.3), unless the system does not have them.
const SIZE: usize = 64 << 20;
/// The least that makes sense.
const SMALLEST: usize = 256 << 10;
/// Bytes that fault below the stack. Compiled code touches every page of larger frames.
const GUARD: usize = 64 << 10;
/// Bytes of the signal stack.
pub(crate) const SIGNAL_STACK: usize = (32_usize << 10).next_multiple_of(PAGE);

/// A stack; its memory goes back to the system with it.
#[derive(Debug)]
pub(crate) struct Stack {
    mapping: NonNull<u8>,
    size: usize,
}

impl Stack {
    /// Reserves one, smaller if address space is short.
    pub(crate) fn new() -> Option<Self> {
        let mut size = SIZE;
        loop {
            if let Some(mapping) = platform::map(GUARD + size + SIGNAL_STACK, Purpose::Stack) {
                let stack = Self { mapping, size };
                // SAFETY: the mapping is new.
                return unsafe { platform::forbid(mapping.as_ptr(), GUARD) }.then_some(stack);
            }
            size /= 2;
            if size < SMALLEST {
                return None;
            }
        }
    }

    /// The address the stack pointer starts at.
    pub(crate) fn top(&self) -> *mut u8 {
        // SAFETY: within the mapping.
        unsafe { self.mapping.as_ptr().add(GUARD + self.size) }
    }

    /// The lowest address of the signal stack.
    pub(crate) fn signal_stack(&self) -> *mut u8 {
        self.top()
    }

    /// First and last-plus-one address of the guard.
    pub(crate) fn guard(&self) -> (usize, usize) {
        let start = self.mapping.as_ptr().addr();
        (start, start + GUARD)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: whoever runs on the stack holds a reference to it, so nobody does.
        unsafe { platform::unmap(self.mapping.as_ptr(), GUARD + self.size + SIGNAL_STACK) };
    }
}

const _: () = assert!(SIGNAL_STACK.is_multiple_of(PAGE) && GUARD.is_multiple_of(PAGE));
