//! Which parts of a large array changed: a byte for each 64 bytes of it, behind its memory.
//!
//! ```text
//! mapping  | the array … up to whole pages | card | card | card | …
//! ```
//!
//! A small old object that is written to is looked at as a whole by the next minor cycle. Of an array with
//! a million elements that would be far too much, so its log byte stays set, every store of a reference
//! tells its place, and only the places that were touched are looked at: a card has a bit for each word of
//! its part. The heap lists the cards that were touched, so nobody searches them.
//!
//! *Invariant.* A card is listed exactly if one of its bits is set.

use core::ops::Range;

use crate::heap::large;
use crate::object::GcRef;

/// Bytes of an array behind each card.
pub(crate) const CARD: usize = 64;
/// Bytes behind each bit.
const WORD: usize = CARD / u8::BITS as usize;

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
    /// The one that an address in a large array of `size` bytes belongs to, and the bit.
    ///
    /// # Safety
    /// It is one, alone in its mapping.
    pub(crate) unsafe fn at(array: GcRef, size: usize, place: usize) -> (Self, u8) {
        let offset = place - array.addr();
        let index = offset / CARD;
        // SAFETY: the cards lie behind the array's memory, one for each of its parts.
        let mark = unsafe { array.cast::<u8>().add(large::area(size) + index) };
        (Self { array, mark, index }, 1 << (offset % CARD / WORD))
    }

    /// The array.
    pub(crate) fn array(self) -> GcRef {
        self.array
    }

    /// Where its part of the array is.
    pub(crate) fn place(self) -> *const u8 {
        self.array.cast::<u8>().wrapping_add(self.index * CARD)
    }

    /// Notes that a word was touched; whether the card is to be listed.
    pub(crate) fn touch(self, bit: u8) -> bool {
        // SAFETY: the mapping has the card.
        unsafe {
            let is_new = *self.mark == 0;
            *self.mark |= bit;
            is_new
        }
    }

    /// It is listed no more; the words that were touched, in bytes from the beginning of the array.
    pub(crate) fn forget(self) -> impl Iterator<Item = Range<usize>> {
        // SAFETY: the mapping has the card; arrays leave the list before they are freed.
        let mut bits = unsafe { core::mem::take(&mut *self.mark) };
        core::iter::from_fn(move || {
            let word = bits.checked_ilog2()? as usize;
            bits ^= 1 << word;
            let start = self.index * CARD + word * WORD;
            Some(start..start + WORD)
        })
    }
}
