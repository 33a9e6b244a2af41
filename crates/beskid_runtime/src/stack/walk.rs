//! Walking the frames of compiled code.
//!
//! The innermost frame is known from the thread context: the entry of the runtime function noted frame
//! pointer, stack pointer and return address before anything else ran. From there on frame pointers
//! lead outwards, because all compiled code keeps them:
//!
//! ```text
//!            | caller's frame …   |
//!  sp ──►    | arguments          |   sp: the caller's stack pointer at the call
//!            | return address     |   [fp + 8]
//!  fp ──►    | caller's fp        |   [fp]
//!            | callee's frame …   |
//! ```
//!
//! Behind a function that C has called the frames are C's, whose frame pointers mean nothing. There the
//! walk goes on at the function that called C, which its entry frame knows:
//!
//! ```text
//!   function ── calls C ──► C … ──► export shim ──► function ──► runtime
//!      ▲                             | EntryFrame |                 ▲ the walk begins here
//!      └──── caller_* ────────────────────┘
//! ```
//!
//! *Invariants.* In a program the chain ends with frame pointer 0, which the runtime sets before it calls
//! the entry shim; in a library with the outermost entry frame. The runtime's own frames are not in the
//! chain: they keep no frame pointers.

use beskid_abi::library::EntryFrame;
use beskid_abi::thread_context::{FOREIGN_CALL, ThreadContext};

use crate::arch;

/// A frame, as seen from the call it is in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    /// Where the call returns to.
    pub(crate) return_address: usize,
    /// The frame's stack pointer at the call: stack maps count from here.
    pub(crate) stack_pointer: usize,
    /// The frame's frame pointer.
    pub(crate) frame_pointer: usize,
}

impl Frame {
    /// That of a function that calls C, whose call is under way.
    ///
    /// # Safety
    /// It is.
    unsafe fn of_foreign_call(frame_pointer: usize, stack_pointer: usize) -> Self {
        // SAFETY: as the caller promises.
        let return_address = unsafe { arch::return_address_of_call(stack_pointer) };
        Self { return_address, stack_pointer, frame_pointer }
    }
}

/// The frames from an innermost one outwards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frames {
    next: Option<Frame>,
    /// The entry frame that the walk has not passed yet, or 0.
    entry: usize,
}

impl Frames {
    /// Those of the call of the runtime, or of C, that `context` has noted.
    pub(crate) fn of(context: &ThreadContext) -> Self {
        let innermost = match context.return_address {
            // SAFETY: the noted call is under way.
            FOREIGN_CALL if context.stack_pointer != 0 => unsafe {
                Frame::of_foreign_call(context.frame_pointer, context.stack_pointer)
            },
            return_address => Frame {
                return_address,
                stack_pointer: context.stack_pointer,
                frame_pointer: context.frame_pointer,
            },
        };
        Self::from(innermost, context)
    }

    /// Those from `innermost` on, of the thread of `context`.
    pub(crate) fn from(innermost: Frame, context: &ThreadContext) -> Self {
        Self { next: Some(innermost), entry: context.entry }
    }

    /// None at all.
    pub(crate) fn none() -> Self {
        Self { next: None, entry: 0 }
    }

    /// The frame outside of one.
    fn outside(&mut self, frame: Frame) -> Option<Frame> {
        if frame.frame_pointer == 0 {
            return None;
        }
        if self.entry != 0 {
            // SAFETY: entry frames stay in place while their shims run.
            let entry = unsafe { &*(self.entry as *const EntryFrame) };
            if frame.frame_pointer == entry.frame_pointer {
                self.entry = entry.outer;
                // SAFETY: the function called C, which called the shim, which still runs.
                return (entry.outer != 0).then(|| unsafe {
                    Frame::of_foreign_call(entry.caller_frame_pointer, entry.caller_stack_pointer)
                });
            }
        }
        let saved = frame.frame_pointer as *const usize;
        // SAFETY: a frame pointer that is not 0 is the address of a saved frame pointer, with the return
        // address above it.
        Some(unsafe {
            Frame {
                return_address: *saved.add(1),
                stack_pointer: frame.frame_pointer + 2 * size_of::<usize>(),
                frame_pointer: *saved,
            }
        })
    }
}

impl Iterator for Frames {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        let frame = self.next?;
        self.next = self.outside(frame);
        Some(frame)
    }
}
