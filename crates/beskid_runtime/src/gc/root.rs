//! The roots of a cycle, all of them: references the runtime keeps, what the library keeps for the whole
//! program, and slots of compiled frames.
//!
//! Slots come from stack maps: for each call that is under way, the code map lists where in its frame
//! references are that live on when it returns. A return address without an entry has none.

use beskid_abi::thread_context::ThreadContext;

use crate::gc::mark::Marker;
use crate::object::GcRef;
use crate::stack::map_lookup::CodeIndex;
use crate::stack::walk::Frames;

/// Marks the roots; returns how many bytes of stack were walked.
pub(crate) fn mark(
    marker: &mut Marker,
    context: &ThreadContext,
    code: &mut CodeIndex<'_>,
    keep: &[GcRef],
    kept: &[GcRef],
) -> usize {
    for &object in keep.iter().chain(kept.iter().filter(|object| !object.is_null())) {
        // SAFETY: the runtime keeps objects.
        unsafe { marker.reach(object) };
    }
    let mut outermost = context.stack_pointer;
    for frame in Frames::of(context) {
        outermost = frame.stack_pointer;
        for offset in code.live_slots(frame.return_address) {
            // SAFETY: the stack map says that there is a reference, or null.
            unsafe {
                let object = *((frame.stack_pointer + offset) as *const GcRef);
                if !object.is_null() {
                    marker.reach(object);
                }
            }
        }
    }
    outermost - context.stack_pointer
}
