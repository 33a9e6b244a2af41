//! Which parts of a large array changed: a byte for each 512 bytes of it, behind its memory.
//!
//! ```text
//! mapping  | the array … up to whole pages | notes | card | card | …
//! ```
//!
//! A small old object that is written to is looked at as a whole by the next minor cycle. Of an array with
//! a million elements that would be far too much, so its log byte stays set, every store of a reference
//! tells its place, and only the cards that were touched are looked at. Whoever stores so often that most
//! cards are touched anyway is left in peace until then: the array counts as touched everywhere.
//!
//! *Invariant.* Cards are zero while `notes` is, and `notes` is not zero exactly if the array is among the
//! heap's touched ones.

use core::ops::Range;

use crate::heap::large;
use crate::object::{self, GcRef, LOG_OLD};

/// Bytes of an array behind each card.
const CARD: usize = 512;
/// Notes for each card after which the whole array counts as touched.
const MOST_NOTES: usize = 4;
/// Bytes in front of the cards.
const HEADER: usize = size_of::<usize>();

/// Bytes that an array whose memory has `area` bytes needs for its cards.
pub(crate) fn bytes_for(area: usize) -> usize {
    HEADER + area / CARD
}

/// The cards of one array.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cards {
    array: GcRef,
    notes: *mut usize,
    count: usize,
}

impl Cards {
    /// Those of a large object.
    ///
    /// # Safety
    /// It is one, alone in its mapping.
    pub(crate) unsafe fn of(array: GcRef, size: usize) -> Self {
        // SAFETY: as the caller promises.
        unsafe { Self::behind(array, large::area(size)) }
    }

    /// Those of an object in a mapping that has `area` bytes for it.
    ///
    /// # Safety
    /// It is alone in the mapping, which has room for cards behind it.
    pub(crate) unsafe fn behind(array: GcRef, area: usize) -> Self {
        // SAFETY: within the mapping.
        let notes = unsafe { array.cast::<u8>().add(area) }.cast::<usize>();
        Self { array, notes, count: area / CARD }
    }

    fn cards(&mut self) -> &mut [u8] {
        // SAFETY: the mapping has so many cards behind the notes.
        unsafe { core::slice::from_raw_parts_mut(self.notes.cast::<u8>().add(HEADER), self.count) }
    }

    /// Notes a store into the array; whether it was untouched before.
    pub(crate) fn note(mut self, place: usize) -> bool {
        // SAFETY: the notes are within the mapping.
        let notes = unsafe { &mut *self.notes };
        *notes += 1;
        let notes = *notes;
        let card = (place - self.array.addr()) / CARD;
        self.cards()[card] = 1;
        if notes == MOST_NOTES * self.count {
            self.cards().fill(1);
            // SAFETY: it is an object on the heap. Stores are no longer told.
            unsafe { object::set_log(self.array, 0) };
        }
        notes == 1
    }

    /// Calls `visit` with each run of touched bytes, and forgets them.
    pub(crate) fn take(mut self, mut visit: impl FnMut(Range<usize>)) {
        let mut start = None;
        let count = self.count;
        for (index, card) in self.cards().iter().enumerate() {
            match (*card != 0, start) {
                (true, None) => start = Some(index),
                (false, Some(first)) => {
                    visit(first * CARD..index * CARD);
                    start = None;
                }
                _ => {}
            }
        }
        if let Some(first) = start {
            visit(first * CARD..count * CARD);
        }
        self.forget();
    }

    /// Forgets what was touched; stores are told again.
    pub(crate) fn forget(mut self) {
        // SAFETY: the notes are within the mapping, and the array is an object on the heap.
        unsafe {
            if *self.notes == 0 {
                return;
            }
            *self.notes = 0;
            object::set_log(self.array, LOG_OLD);
        }
        self.cards().fill(0);
    }
}
