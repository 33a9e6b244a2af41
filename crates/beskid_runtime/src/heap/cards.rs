//! Which parts of a large array changed: a byte for each 64 bytes of it, behind its memory.
//!
//! ```text
//! mapping  | the array … up to whole pages | card | card | card | …
//! ```
//!
//! A small old object that is written to is looked at as a whole by the next minor cycle. Of an array with
//! a million elements that would be far too much, so its log byte stays set, every store of a reference
//! tells its place, and only the cards that were touched are looked at. The heap lists them, so nobody
//! searches the cards; they only say what is listed.
//!
//! *Invariant.* A card is 1 exactly if it is listed, else 0.

use core::ops::Range;

use crate::heap::large;
use crate::object::GcRef;

/// Bytes of an array behind each card.
pub(crate) const CARD: usize = 64;

/// Bytes that an array whose memory has `area` bytes needs for its cards.
pub(crate) fn bytes_for(area: usize) -> usize {
    area / CARD
}

/// A part of a large array.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Card {
    array: GcRef,
    /// Its byte.
    mark: *mut u8,
    index: usize,
}

impl Card {
    /// The one that an address in a large array of `size` bytes belongs to.
    ///
    /// # Safety
    /// It is one, alone in its mapping.
    pub(crate) unsafe fn at(array: GcRef, size: usize, place: usize) -> Self {
        let index = (place - array.addr()) / CARD;
        // SAFETY: the cards lie behind the array's memory, one for each of its parts.
        let mark = unsafe { array.cast::<u8>().add(large::area(size) + index) };
        Self { array, mark, index }
    }

    /// The array.
    pub(crate) fn array(self) -> GcRef {
        self.array
    }

    /// Its bytes, counted from the beginning of the array.
    pub(crate) fn bytes(self) -> Range<usize> {
        self.index * CARD..(self.index + 1) * CARD
    }

    /// Notes that it is listed; whether it was not.
    pub(crate) fn touch(self) -> bool {
        // SAFETY: the mapping has the card.
        unsafe {
            let is_new = *self.mark == 0;
            *self.mark = 1;
            is_new
        }
    }

    /// It is listed no more.
    pub(crate) fn forget(self) {
        // SAFETY: the mapping has the card; arrays leave the list before they are freed.
        unsafe { *self.mark = 0 };
    }
}
