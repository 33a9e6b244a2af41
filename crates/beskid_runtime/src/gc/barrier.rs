//! Slow paths of the two write barriers that compiled code has around a store of a reference.
//!
//! **Generational.** A minor cycle looks at new objects only, so it must know old objects that refer to
//! new ones:
//!
//! ```text
//! old.field = new          if old.log != 0: remember(old)       (after or before the store alike)
//! ```
//!
//! The log byte is set while an object is old and not remembered, so the first store into it comes here
//! and the following ones do not. *Invariant:* an old object's log byte is 0 exactly if it is in
//! `remembered`. A minor cycle scans the remembered objects as roots and sets their log bytes again.
//!
//! **Snapshot.** While marking runs beside the program, the only reference to an object that is not
//! marked yet could be overwritten after the marker read the place it was copied to:
//!
//! ```text
//! program: x = a.field          marker: has scanned x's home, not a
//! program: a.field = null       marker: scans a, never sees the object
//! ```
//!
//! So every reference that is overwritten while `marking` is set is noted (Yuasa, *Real-time garbage
//! collection on general-purpose machines*, 1990), and the end of marking marks what was noted.
//!
//! *Today* every cycle is full and stops the program: no log byte is ever set and `marking` is always 0,
//! so neither path is taken. A full cycle starts both lists afresh: what is remembered does not matter
//! to it, and what was noted must live, as it was reachable when marking began.

use beskid_abi::thread_context::ThreadContext;

use crate::gc::mark::Marker;
use crate::heap::Heap;
use crate::object::{self, GcRef};
use crate::panic;

/// An object may hold a reference to a newer one.
///
/// # Safety
/// `object` is one.
pub(crate) unsafe fn remember(heap: &mut Heap, object: GcRef) {
    // SAFETY: it is an object; a static one is not written.
    unsafe {
        if object::is_static(object) || object::log(object) == 0 {
            return;
        }
        object::set_log(object, 0);
    }
    append(&mut heap.remembered, object);
}

/// A reference is about to be overwritten.
///
/// # Safety
/// `old` is an object or null.
pub(crate) unsafe fn snapshot(context: &ThreadContext, heap: &mut Heap, old: GcRef) {
    // SAFETY: it is an object if it is not null.
    if context.marking == 0 || old.is_null() || unsafe { object::is_static(old) } {
        return;
    }
    append(&mut heap.snapshot, old);
}

/// Empties both lists at the start of a full cycle.
pub(crate) fn begin_full_cycle(heap: &mut Heap, marker: &mut Marker) {
    heap.remembered.clear();
    for object in heap.snapshot.drain(..) {
        // SAFETY: only objects are noted, and none was freed since: that takes a cycle.
        unsafe { marker.reach(object) };
    }
}

/// A barrier cannot fail: without memory for its list the heap could not be collected any more.
fn append(list: &mut alloc::vec::Vec<GcRef>, object: GcRef) {
    if list.try_reserve(1).is_err() {
        panic::refuse(|report| {
            report.text("out of memory while noting a changed object");
        });
    }
    list.push(object);
}
