//! The space of small and medium objects: lines in one reservation, and a mark byte for each line.
//!
//! ```text
//! reservation  | mark bytes, one a line | line | line | line | …      used ─┐          capacity
//!                                       base                                ▼
//! ```
//!
//! A mark byte that equals the *epoch* means: the line is in use, because a marked object overlaps it
//! or because it was handed out since the latest cycle. Each cycle takes a new epoch, which frees all
//! lines at once; marking then claims those that live. Sweeping is nothing but looking for holes when
//! somebody needs one.
//!
//! *Invariants.* Lines from `used` on were never handed out, or went back to the system: they are zero.
//! Mark bytes of the current epoch are exactly the lines in use, so two scans for holes cannot meet.

use core::ptr::{self, NonNull};

use crate::heap::Region;
use crate::platform::{self, PAGE, Purpose};

/// Bytes of a line.
pub(crate) const LINE: usize = 128;
/// Bytes the space grows by, and the largest hole that is handed out at once.
pub(crate) const BLOCK: usize = 32 * 1024;
/// Bytes of the largest object that is placed in lines.
pub(crate) const LARGEST: usize = BLOCK / 2;

const BLOCK_LINES: usize = BLOCK / LINE;
/// Bytes of address space to ask for first, and the least that will do.
const RESERVATION: usize = 256 << 30;
const SMALLEST_RESERVATION: usize = 1 << 20;
/// Free lines that are worth a system call to give back.
const WORTH_RELEASING: usize = 128 * 1024 / LINE;

/// Who looks for a hole.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scan {
    /// The small region: any hole will do.
    Small,
    /// The medium region: skips holes that are too small.
    Medium,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct LineSpace {
    reservation: Option<NonNull<u8>>,
    reserved_bytes: usize,
    marks: *mut u8,
    base: usize,
    /// Lines that fit in the reservation.
    capacity: usize,
    /// Lines that were handed out at least once.
    used: usize,
    epoch: u8,
    /// For each scan, the line to go on at.
    scans: [usize; 2],
}

impl LineSpace {
    pub(crate) const fn new() -> Self {
        Self {
            reservation: None,
            reserved_bytes: 0,
            marks: ptr::null_mut(),
            base: 0,
            capacity: 0,
            used: 0,
            epoch: 1,
            scans: [0; 2],
        }
    }

    pub(crate) fn used_bytes(&self) -> usize {
        self.used * LINE
    }

    /// What marking needs to claim lines.
    pub(crate) fn marker(&mut self) -> LineMarker {
        LineMarker {
            marks: self.marks,
            base: self.base,
            bytes: self.used_bytes(),
            epoch: self.epoch,
            live: 0,
        }
    }

    /// Frees all lines.
    pub(crate) fn begin_cycle(&mut self) {
        if self.epoch == u8::MAX {
            // SAFETY: the marks of used lines.
            unsafe { self.marks.write_bytes(0, self.used) };
            self.epoch = 0;
        }
        self.epoch += 1;
        self.scans = [0; 2];
    }

    /// Hands out a zeroed hole of at least so many lines, if there is one ahead.
    pub(crate) fn take_hole(&mut self, scan: Scan, lines: usize) -> Option<Region> {
        let mut at = self.scans[scan as usize];
        loop {
            let start = self.next_free(at);
            let end = self.next_in_use(start, self.used.min(start + BLOCK_LINES));
            self.scans[scan as usize] = end;
            if start == end {
                return None;
            }
            if end - start >= lines {
                let region = self.hand_out(start, end);
                // SAFETY: the lines were free, and are this region's now.
                unsafe { (region.start as *mut u8).write_bytes(0, region.limit - region.start) };
                return Some(region);
            }
            at = end;
        }
    }

    /// Hands out a block that was never used.
    pub(crate) fn take_fresh_block(&mut self) -> Option<Region> {
        if self.reservation.is_none() {
            self.reserve()?;
        }
        let (start, end) = (self.used, self.used + BLOCK_LINES);
        if end > self.capacity {
            return None;
        }
        self.used = end;
        for scan in &mut self.scans {
            if *scan == start {
                *scan = end;
            }
        }
        Some(self.hand_out(start, end))
    }

    /// Gives memory of free lines back to the system, those at the end and long runs of others, until
    /// no more than `kept` bytes are used or nothing is left to give. All regions are closed.
    pub(crate) fn release(&mut self, kept: usize, end_only: EndOnly) {
        let kept = kept / LINE;
        let mut live_end = self.used;
        while live_end > kept && live_end >= BLOCK_LINES {
            let block = live_end - BLOCK_LINES;
            if self.next_in_use(block, live_end) < live_end {
                break;
            }
            live_end = block;
        }
        if live_end < self.used && self.discard(live_end, self.used) {
            self.used = live_end;
        }
        if matches!(end_only, EndOnly::Yes) {
            return;
        }
        let mut surplus = self.used.saturating_sub(kept);
        let mut at = 0;
        while surplus > 0 && at < self.used {
            let start = self.next_free(at);
            let end = self.next_in_use(start, self.used);
            if end - start >= WORTH_RELEASING {
                self.discard(start, end);
                surplus = surplus.saturating_sub(end - start);
            }
            at = end;
        }
    }

    /// Returns the whole pages of free lines; whether that worked.
    fn discard(&self, start: usize, end: usize) -> bool {
        let first = (self.base + start * LINE).next_multiple_of(PAGE);
        let last = (self.base + end * LINE) & !(PAGE - 1);
        // SAFETY: nothing lives in free lines.
        first >= last || unsafe { platform::discard(first as *mut u8, last - first) }
    }

    /// Whether all lines of an object are in use.
    pub(crate) fn covers(&self, address: usize, size: usize) -> bool {
        let first = (address - self.base) / LINE;
        let last = (address + size - 1 - self.base) / LINE;
        last < self.used && self.next_free(first) > last
    }

    /// Whether an address lies in the used part.
    pub(crate) fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.base) < self.used_bytes()
    }

    fn hand_out(&mut self, start: usize, end: usize) -> Region {
        // SAFETY: both are within the used lines.
        unsafe { self.marks.add(start).write_bytes(self.epoch, end - start) };
        let address = self.base + start * LINE;
        Region { start: address, cursor: address, limit: self.base + end * LINE }
    }

    /// The first free line from `at` on, or the end of the used ones.
    fn next_free(&self, mut at: usize) -> usize {
        let marks = self.used_marks();
        let all = u64::from_ne_bytes([self.epoch; 8]);
        while let Some(&mark) = marks.get(at) {
            if at.is_multiple_of(8) && eight(marks, at) == Some(all) {
                at += 8;
            } else if mark != self.epoch {
                return at;
            } else {
                at += 1;
            }
        }
        self.used
    }

    /// The first line in use from `at` on, or `end`.
    fn next_in_use(&self, mut at: usize, end: usize) -> usize {
        const LOW: u64 = u64::from_ne_bytes([0x01; 8]);
        const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
        let marks = &self.used_marks()[..end];
        let all = u64::from_ne_bytes([self.epoch; 8]);
        while let Some(&mark) = marks.get(at) {
            // A byte of the difference is zero where the mark is the epoch.
            let difference = eight(marks, at).map_or(0, |marks| marks ^ all);
            if at.is_multiple_of(8) && difference.wrapping_sub(LOW) & !difference & HIGH == 0 {
                at += 8;
            } else if mark == self.epoch {
                return at;
            } else {
                at += 1;
            }
        }
        end
    }

    fn used_marks(&self) -> &[u8] {
        if self.used == 0 {
            return &[];
        }
        // SAFETY: the reservation begins with the marks of all lines.
        unsafe { core::slice::from_raw_parts(self.marks, self.used) }
    }

    /// Reserves address space, less of it where the system limits that.
    #[cold]
    fn reserve(&mut self) -> Option<()> {
        let mut bytes = RESERVATION;
        let reservation = loop {
            if let Some(reservation) = platform::map(bytes, Purpose::Reservation) {
                break reservation;
            }
            bytes /= 2;
            if bytes < SMALLEST_RESERVATION {
                return None;
            }
        };
        let start = reservation.as_ptr();
        self.capacity = bytes / (LINE + 1) - PAGE;
        self.base = (start.addr() + self.capacity).next_multiple_of(PAGE);
        self.marks = start;
        self.reserved_bytes = bytes;
        self.reservation = Some(reservation);
        Some(())
    }
}

impl Drop for LineSpace {
    fn drop(&mut self) {
        if let Some(reservation) = self.reservation {
            // SAFETY: the heap goes, and with it all references into it.
            unsafe { platform::unmap(reservation.as_ptr(), self.reserved_bytes) };
        }
    }
}

/// Whether to look at the end of the space alone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum EndOnly {
    Yes,
    No,
}

/// Claims lines for marked objects; the fields of the space that marking needs, close together.
#[derive(Debug)]
pub(crate) struct LineMarker {
    marks: *mut u8,
    base: usize,
    bytes: usize,
    epoch: u8,
    /// Lines claimed so far.
    pub(crate) live: usize,
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
        for line in first..=last {
            // SAFETY: the object lies in used lines.
            unsafe {
                let mark = self.marks.add(line);
                if *mark != self.epoch {
                    *mark = self.epoch;
                    self.live += 1;
                }
            }
        }
        true
    }
}

fn eight(marks: &[u8], at: usize) -> Option<u64> {
    marks.get(at..at + 8)?.try_into().ok().map(u64::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_are_zero(region: Region) -> bool {
        let length = region.limit - region.start;
        // SAFETY: the region was just handed out.
        unsafe { core::slice::from_raw_parts(region.start as *const u8, length) }
            .iter()
            .all(|&byte| byte == 0)
    }

    #[test]
    fn holes_are_what_marking_left() {
        let mut space = LineSpace::new();
        let block = space.take_fresh_block().unwrap();
        assert_eq!(block.limit - block.start, BLOCK);
        assert!(space.take_hole(Scan::Small, 1).is_none());
        // SAFETY: the block is ours.
        unsafe { (block.start as *mut u8).write_bytes(0xaa, BLOCK) };

        space.begin_cycle();
        let mut marker = space.marker();
        // Lines 0, 2-4 and the last one live.
        assert!(marker.claim(block.start + 8, 24));
        assert!(marker.claim(block.start + 3 * LINE - 8, LINE + 16));
        assert!(marker.claim(block.limit - 8, 8));
        assert!(!marker.claim(block.limit, 8));
        assert!(!marker.claim(block.start - 8, 8));
        assert_eq!(marker.live, 5);
        assert!(space.covers(block.start + 3 * LINE - 8, LINE + 16));
        assert!(!space.covers(block.start + 3 * LINE - 8, 3 * LINE));

        let medium = space.take_hole(Scan::Medium, 2).unwrap();
        assert_eq!((medium.start, medium.limit), (block.start + 5 * LINE, block.limit - LINE));
        assert!(bytes_are_zero(medium));
        let small = space.take_hole(Scan::Small, 1).unwrap();
        assert_eq!((small.start, small.limit), (block.start + LINE, block.start + 2 * LINE));
        assert!(bytes_are_zero(small));
        assert!(space.take_hole(Scan::Small, 1).is_none());
        assert!(space.take_hole(Scan::Medium, 1).is_none());
    }

    #[test]
    fn epochs_wrap_around() {
        let mut space = LineSpace::new();
        let block = space.take_fresh_block().unwrap();
        for _ in 0..600 {
            space.begin_cycle();
            let mut marker = space.marker();
            marker.claim(block.start + LINE, 8);
            let hole = space.take_hole(Scan::Small, 1).unwrap();
            assert_eq!((hole.start, hole.limit), (block.start, block.start + LINE));
            let hole = space.take_hole(Scan::Small, 1).unwrap();
            assert_eq!((hole.start, hole.limit), (block.start + 2 * LINE, block.limit));
            assert!(space.take_hole(Scan::Small, 1).is_none());
        }
    }

    #[test]
    fn released_memory_is_zero_and_comes_again() {
        let mut space = LineSpace::new();
        let blocks: std::vec::Vec<_> = (0..64).map(|_| space.take_fresh_block().unwrap()).collect();
        for block in &blocks {
            // SAFETY: the block is ours.
            unsafe { (block.start as *mut u8).write_bytes(0xaa, BLOCK) };
        }
        space.begin_cycle();
        space.marker().claim(blocks[10].start, 8);
        space.marker().claim(blocks[40].start, 8);
        space.release(0, EndOnly::No);
        assert_eq!(space.used_bytes(), 41 * BLOCK);
        assert!(bytes_are_zero(blocks[20]));
        let mut holes = 0;
        while let Some(hole) = space.take_hole(Scan::Small, 1) {
            assert!(bytes_are_zero(hole));
            holes += hole.limit - hole.start;
        }
        assert_eq!(holes, 41 * BLOCK - 2 * LINE);
        let fresh = space.take_fresh_block().unwrap();
        assert_eq!(fresh.start, blocks[41].start);
        assert!(bytes_are_zero(fresh));
    }
}
