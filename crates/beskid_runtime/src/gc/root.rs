//! The roots of a cycle, all of them: references the runtime keeps, what the library keeps for the whole
//! program, and slots of compiled frames.
//!
//! Slots come from stack maps: for each call that is under way, the code map lists where in its frame
//! references are that live on when it returns. A return address without an entry has none.

use beskid_abi::thread_context::ThreadContext;

use crate::object::GcRef;
use crate::stack::map_lookup::CodeIndex;
use crate::stack::walk::Frames;

/// Calls `visit` with every root; returns how many bytes of stack were walked.
pub(crate) fn for_each(
    context: &ThreadContext,
    code: &mut CodeIndex<'_>,
    keep: &[GcRef],
    kept: &[GcRef],
    mut visit: impl FnMut(GcRef),
) -> usize {
    for &object in keep.iter().chain(kept.iter().filter(|object| !object.is_null())) {
        visit(object);
    }
    let mut outermost = context.stack_pointer;
    for frame in Frames::of(context) {
        outermost = frame.stack_pointer;
        for offset in code.live_slots(frame.return_address) {
            // SAFETY: the stack map says that there is a reference, or null.
            let object = unsafe { *((frame.stack_pointer + offset) as *const GcRef) };
            if !object.is_null() {
                visit(object);
            }
        }
    }
    outermost - context.stack_pointer
}
