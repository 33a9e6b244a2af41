//! Which parts of a large array changed: a byte for each 512 bytes of it, behind its memory.
//!
//! ```text
//! mapping  | the array … up to whole pages | touched | card | card | …
//! ```
//!
//! A small old object that is written to is looked at as a whole by the next minor cycle. Of an array with
//! a million elements that would be far too much, so its log byte stays set, every store of a reference
//! tells its place, and only the cards that were touched are looked at.
//!
//! *Invariant.* Cards are zero while `touched`, the number of those that are not, is; and that is not zero
//! exactly if the array is among the heap's touched ones.

use core::ops::Range;

use crate::heap::large;
use crate::object::GcRef;

/// Bytes of an array behind each card.
pub(crate) const CARD: usize = 512;
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
    touched: *mut usize,
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
        let touched = unsafe { array.cast::<u8>().add(area) }.cast::<usize>();
        Self { array, touched, count: area / CARD }
    }

    fn cards(&mut self) -> &mut [u8] {
        // SAFETY: the mapping has so many cards behind the number.
        unsafe {
            core::slice::from_raw_parts_mut(self.touched.cast::<u8>().add(HEADER), self.count)
        }
    }

    /// Notes a store into the array; whether that touches a card that was not.
    pub(crate) fn touch(&mut self, place: usize) -> bool {
        let card = (place - self.array.addr()) / CARD;
        let card = &mut self.cards()[card];
        if *card != 0 {
            return false;
        }
        *card = 1;
        // SAFETY: the number is within the mapping.
        unsafe { *self.touched += 1 };
        true
    }

    /// Whether one card is touched, and no more.
    pub(crate) fn is_first(&self) -> bool {
        // SAFETY: the number is within the mapping.
        unsafe { *self.touched == 1 }
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

    /// Forgets what was touched.
    pub(crate) fn forget(mut self) {
        // SAFETY: the number is within the mapping.
        unsafe {
            if *self.touched == 0 {
                return;
            }
            *self.touched = 0;
        }
        self.cards().fill(0);
    }
}
