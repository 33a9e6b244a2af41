//! Slow paths of the two write barriers that compiled code has around a store of a reference.
//!
//! **Generational.** A minor cycle looks at new objects only, so it must know old objects that refer to
//! new ones:
//!
//! ```text
//! old.field = new          if old.log != 0: remember(old, place)       (after or before the store alike)
//! ```
//!
//! The log byte is set while an object is old and not remembered, so the first store into it comes here
//! and the following ones do not. *Invariant:* an old object's log byte is 0 exactly if it is in
//! `remembered`. A minor cycle looks at the remembered objects and sets their log bytes again. Large arrays
//! have `cards` instead.
//!
//! **Snapshot.** While marking runs beside the program, the only reference to an object that is not
//! marked yet could be overwritten after the marker read the place it was copied to:
//!
//! ```text
//! program: x = a.field          marker: has looked at x's home, not at a
//! program: a.field = null       marker: looks at a, never sees the object
//! ```
//!
//! So the object of every reference that is overwritten while `marking` is set is marked here and now
//! (Yuasa, *Real-time garbage collection on general-purpose machines*, 1990): what was reachable when
//! marking began gets marked. What was made since is the program's alone, and needs no mark.

use crate::heap::Heap;
use crate::heap::cards::Cards;
use crate::heap::line::LARGEST;
use crate::object::{self, GcRef};
use crate::panic;

/// An object may hold a reference to a newer one, at an address in it.
///
/// # Safety
/// `object` is one.
pub(crate) unsafe fn remember(heap: &mut Heap, object: GcRef, place: usize) {
    // SAFETY: it is an object, and an old one, so not static.
    unsafe {
        if object::log(object) == 0 {
            return;
        }
        let descriptor = object::descriptor(object);
        let size = object::size(object, descriptor);
        if size > LARGEST && object::array_length(object, descriptor).is_some() {
            if Cards::of(object, size).note(place) {
                append(&mut heap.touched, object);
            }
        } else {
            object::set_log(object, 0);
            append(&mut heap.remembered, object);
        }
    }
}

/// A reference is about to be overwritten.
///
/// # Safety
/// `old` is an object or null.
pub(crate) unsafe fn snapshot(heap: &mut Heap, old: GcRef) {
    let Some(marking) = &mut heap.marking else { return };
    if old.is_null() {
        return;
    }
    // SAFETY: it is an object.
    unsafe { marking.marker.reach(old) };
    if marking.marker.take_has_given()
        && let Some(background) = &mut heap.background
    {
        background.announce();
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
