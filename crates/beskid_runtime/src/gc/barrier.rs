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
//! and the following ones do not. A minor cycle looks at the remembered objects and sets their log bytes
//! again. Of large arrays, whose log bytes stay set, it looks at the `cards` that were touched.
//!
//! A program that changes very many old objects without allocating would make the next cycle long. So after
//! a certain number the *new* objects are noted that old ones are made to refer to: there are never more
//! than fit in the nursery, and often none. That costs a look at each, which is why it is not done from the
//! beginning.
//!
//! *Invariant.* If an old object refers to a new one, the old one is in `remembered` and its log byte is 0, or
//! it is in a touched card, or the new one is in `young_roots` and its log byte is not 0.
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
use crate::heap::cards::{CARD, Card};
use crate::heap::line::LARGEST;
use crate::object::{self, GcRef};
use crate::panic;

/// Bytes of remembered objects and cards, about, that a minor cycle looks at.
const MOST_TO_LOOK_AT: usize = 1 << 20;
/// What an object counts for.
const OBJECT: usize = 64;

/// An object is made to refer to another one, at an address in it.
///
/// # Safety
/// Both are objects, and the second may be null.
pub(crate) unsafe fn remember(heap: &mut Heap, object: GcRef, place: usize, value: GcRef) {
    // SAFETY: as the caller promises.
    unsafe {
        // A new object whose log byte is set is in `young_roots`.
        if object::log(object) == 0 || object::mark(object) == 0 {
            return;
        }
        if heap.to_look_at >= MOST_TO_LOOK_AT {
            return note_young(heap, value);
        }
        let descriptor = object::descriptor(object);
        let size = object::size(object, descriptor);
        if size > LARGEST && object::array_length(object, descriptor).is_some() {
            let (card, bit) = Card::at(object, size, place);
            if card.touch(bit) {
                heap.to_look_at += CARD;
                append(&mut heap.touched, card);
            }
        } else {
            object::set_log(object, 0);
            heap.to_look_at += OBJECT;
            append(&mut heap.remembered, object);
        }
    }
}

/// Notes an object that an old one refers to, if it is new.
///
/// # Safety
/// It is an object or null.
unsafe fn note_young(heap: &mut Heap, value: GcRef) {
    // SAFETY: it is an object if it is not null.
    unsafe {
        if !value.is_null() && object::mark(value) == 0 && object::log(value) == 0 {
            object::set_log(value, object::LOG_OLD);
            append(&mut heap.young_roots, value);
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
fn append<T>(list: &mut alloc::vec::Vec<T>, item: T) {
    if list.try_reserve(1).is_err() {
        panic::refuse(|report| {
            report.text("out of memory while noting a changed object");
        });
    }
    list.push(item);
}
