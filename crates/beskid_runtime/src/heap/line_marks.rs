//! The mark bytes of lines: which values mean "in use", and searching for them.
//!
//! Eight bytes are looked at in one step, as in a search for a byte in a text (Warren, *Hacker's Delight*,
//! 6-1), except while another thread writes them.
//!
//! Values come in turn, and each cycle takes one or two. So before one comes again, lines that still have it
//! must get another one: with every value that is taken a part of the lines is looked at, in *rounds*.
//!
//! *Invariant.* A value is taken only when a round has begun and ended since it last meant something, so no
//! free line has it.

use core::ptr;
use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use crate::heap::line::LINE;

/// The last value that lines in use can have, before the first comes again.
const LAST: u8 = u8::MAX - 1;
/// A value that lines in use never have.
pub(crate) const FREE: u8 = u8::MAX;
/// Parts of the lines, one of which is looked at with each value: two rounds are over before a value comes
/// again, mostly.
const PARTS: usize = 100;
/// Lines that are looked at in any case.
const SMALLEST_PART: usize = 4096;

/// See the module.
#[derive(Debug)]
pub(crate) struct LineMarks {
    bytes: *mut u8,
    live: u8,
    found: u8,
    fresh: u8,
    latest: u8,
    /// The round from which on each value may be taken.
    usable_from: [u32; 256],
    /// The round that is under way, and how far it is.
    round: u32,
    looked_at: usize,
    /// A marker beside the program may be at work: `found` is not `live`.
    is_shared: bool,
}

impl LineMarks {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: ptr::null_mut(),
            live: 1,
            found: 1,
            fresh: 2,
            latest: 2,
            usable_from: [0; 256],
            round: 0,
            looked_at: 0,
            is_shared: false,
        }
    }

    /// Gives the marks their memory, which is zero.
    pub(crate) fn adopt(&mut self, bytes: *mut u8) {
        self.bytes = bytes;
    }

    /// The value of lines in which cycles found something.
    pub(crate) fn live(&self) -> u8 {
        self.live
    }

    /// The value of lines that were handed out since the latest cycle.
    pub(crate) fn fresh(&self) -> u8 {
        self.fresh
    }

    /// Frees fresh lines, of the first `used` ones.
    pub(crate) fn renew_fresh(&mut self, used: usize) {
        self.retire(self.fresh);
        self.fresh = self.next_value(used);
    }

    /// Frees all lines.
    pub(crate) fn renew_all(&mut self, used: usize) {
        for value in [self.live, self.found, self.fresh] {
            self.retire(value);
        }
        self.live = self.next_value(used);
        self.found = self.live;
        self.fresh = self.next_value(used);
    }

    /// Lines that are found in use from now on are told from those that are live.
    pub(crate) fn begin_marking(&mut self, used: usize) {
        self.found = self.next_value(used);
        self.is_shared = true;
    }

    /// Lines that were live and not found since are free.
    pub(crate) fn finish_marking(&mut self) {
        self.is_shared = false;
        self.retire(self.live);
        self.live = self.found;
    }

    /// A value means nothing any more.
    fn retire(&mut self, value: u8) {
        self.usable_from[usize::from(value)] = self.round + 2;
    }

    /// A value that no line has.
    fn next_value(&mut self, used: usize) -> u8 {
        loop {
            self.latest = if self.latest == LAST { 1 } else { self.latest + 1 };
            if ![self.live, self.found, self.fresh].contains(&self.latest) {
                break;
            }
        }
        self.forget_past(used);
        while self.round < self.usable_from[usize::from(self.latest)] {
            self.forget_past(used);
        }
        self.latest
    }

    /// Gives free lines in a part of all one value, so that the others can come again. A marker beside the
    /// program writes to lines in use only.
    fn forget_past(&mut self, used: usize) {
        let known = [0, FREE, self.live, self.found, self.fresh];
        let start = self.looked_at;
        let end = used.min((start + SMALLEST_PART + used / PARTS).next_multiple_of(8));
        self.looked_at = end;
        if end == used {
            self.looked_at = 0;
            self.round += 1;
        }
        for at in (start..end).step_by(8) {
            // SAFETY: the lines exist, rounded up: they are handed out in blocks.
            unsafe {
                let word = AtomicU64::from_ptr(self.bytes.add(at).cast()).load(Ordering::Relaxed);
                let settled = known.iter().fold(0, |bits, &value| bits | equal_bytes(word, value));
                if settled == u64::from_ne_bytes([0x80; 8]) {
                    continue;
                }
                for line in at..at + 8 {
                    if !known.contains(&self.load(line)) {
                        AtomicU8::from_ptr(self.bytes.add(line)).store(FREE, Ordering::Relaxed);
                    }
                }
            }
        }
    }

    /// Gives lines a value.
    ///
    /// # Safety
    /// The lines exist, and no marker claims them.
    pub(crate) unsafe fn fill(&mut self, start: usize, end: usize, value: u8) {
        // SAFETY: as the caller promises. A marker beside the program leaves these bytes alone.
        unsafe { self.bytes.add(start).write_bytes(value, end - start) };
    }

    /// Lines that are known to be zero.
    ///
    /// # Safety
    /// The lines exist.
    pub(crate) unsafe fn count_zero(&self, start: usize, end: usize) -> usize {
        // SAFETY: as the caller promises.
        (start..end).filter(|&line| unsafe { self.load(line) } == 0).count()
    }

    /// The first free line from `at` on, or `end`.
    ///
    /// # Safety
    /// Lines up to `end` exist.
    pub(crate) unsafe fn next_free(&self, at: usize, end: usize) -> usize {
        // SAFETY: as the caller promises.
        unsafe { self.search(at, end, false) }
    }

    /// The first line in use from `at` on, or `end`.
    ///
    /// # Safety
    /// Lines up to `end` exist.
    pub(crate) unsafe fn next_in_use(&self, at: usize, end: usize) -> usize {
        // SAFETY: as the caller promises.
        unsafe { self.search(at, end, true) }
    }

    /// The first line from `at` on that is in use or not, as wanted, or `end`.
    #[inline]
    unsafe fn search(&self, mut at: usize, end: usize, in_use: bool) -> usize {
        const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
        while at < end {
            // SAFETY: the line exists; marks begin at a multiple of eight.
            unsafe {
                if !self.is_shared && at.is_multiple_of(8) && at + 8 <= end {
                    let word = self.bytes.add(at).cast::<u64>().read();
                    // Nobody marks beside the program: `found` is `live`.
                    let used = equal_bytes(word, self.live) | equal_bytes(word, self.fresh);
                    let wanted = if in_use { used } else { used ^ HIGH };
                    if wanted != 0 {
                        return at + wanted.trailing_zeros() as usize / 8;
                    }
                    at += 8;
                } else {
                    let mark = self.load(at);
                    let used = mark == self.live || mark == self.fresh || mark == self.found;
                    if used == in_use {
                        return at;
                    }
                    at += 1;
                }
            }
        }
        end.max(at)
    }

    unsafe fn load(&self, line: usize) -> u8 {
        // SAFETY: as the callers promise.
        unsafe { AtomicU8::from_ptr(self.bytes.add(line)) }.load(Ordering::Relaxed)
    }

    /// What claims lines for marked objects.
    pub(crate) fn marker(&self, base: usize, bytes: usize) -> LineMarker {
        LineMarker { marks: self.bytes, base, bytes, value: self.found, claimed: 0 }
    }
}

/// The high bit of each byte that has that value.
fn equal_bytes(word: u64, value: u8) -> u64 {
    const LOW_BITS: u64 = u64::from_ne_bytes([0x7f; 8]);
    let difference = word ^ u64::from_ne_bytes([value; 8]);
    !(((difference & LOW_BITS) + LOW_BITS) | difference | LOW_BITS)
}

/// Claims lines for marked objects; what marking needs of the space, close together.
#[derive(Clone, Debug)]
pub(crate) struct LineMarker {
    marks: *mut u8,
    base: usize,
    bytes: usize,
    value: u8,
    /// Lines claimed so far.
    pub(crate) claimed: usize,
}

impl LineMarker {
    /// Claims the lines of an object; whether they are lines of this space.
    #[inline]
    pub(crate) fn claim(&mut self, address: usize, size: usize) -> bool {
        let offset = address.wrapping_sub(self.base);
        if offset >= self.bytes {
            return false;
        }
        let (first, last) = (offset / LINE, (offset + size - 1) / LINE);
        // SAFETY: the object lies in used lines.
        unsafe {
            self.claim_line(first);
            // Whether a small object reaches into the next line is anybody's guess: so there is no question.
            self.claim_line(last);
            for line in first + 1..last {
                self.claim_line(line);
            }
        }
        true
    }

    /// # Safety
    /// The line exists.
    #[inline]
    unsafe fn claim_line(&mut self, line: usize) {
        // SAFETY: as the caller promises.
        let mark = unsafe { AtomicU8::from_ptr(self.marks.add(line)) };
        self.claimed += (mark.load(Ordering::Relaxed) != self.value) as usize;
        mark.store(self.value, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_find_what_bytes_say() {
        let mut bytes = [0_u8; 64];
        let mut state = 12_345_u32;
        for byte in &mut bytes {
            state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            *byte = (state >> 24) as u8 % 4;
        }
        let mut marks = LineMarks::new();
        marks.adopt(bytes.as_mut_ptr());
        for shared in [false, true] {
            marks.is_shared = shared;
            for at in 0..64 {
                for end in at..=64 {
                    let used = |&line: &usize| matches!(bytes[line], 1 | 2);
                    let first_used = (at..end).find(used).unwrap_or(end);
                    let first_free = (at..end).find(|line| !used(line)).unwrap_or(end);
                    // SAFETY: there are 64 lines.
                    unsafe {
                        assert_eq!(marks.next_in_use(at, end), first_used);
                        assert_eq!(marks.next_free(at, end), first_free);
                    }
                }
            }
        }
    }
}
