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
//! *Invariants.* The chain ends with frame pointer 0, which the runtime sets before it calls the entry
//! shim. The runtime's own frames are not in the chain: they keep no frame pointers.

use beskid_abi::thread_context::ThreadContext;

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

/// The frames from an innermost one outwards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frames {
    next: Option<Frame>,
}

impl Frames {
    /// Those of the call of the runtime that `context` has noted.
    pub(crate) fn of(context: &ThreadContext) -> Self {
        Self::from(Frame {
            return_address: context.return_address,
            stack_pointer: context.stack_pointer,
            frame_pointer: context.frame_pointer,
        })
    }

    /// Those from `innermost` on.
    pub(crate) fn from(innermost: Frame) -> Self {
        Self { next: Some(innermost) }
    }

    /// None at all.
    pub(crate) fn none() -> Self {
        Self { next: None }
    }
}

impl Iterator for Frames {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        let frame = self.next?;
        self.next = (frame.frame_pointer != 0).then(|| {
            let saved = frame.frame_pointer as *const usize;
            // SAFETY: a frame pointer that is not 0 is the address of a saved frame pointer, with the
            // return address above it.
            unsafe {
                Frame {
                    return_address: *saved.add(1),
                    stack_pointer: frame.frame_pointer + 2 * size_of::<usize>(),
                    frame_pointer: *saved,
                }
            }
        });
        Some(frame)
    }
}
