//! The space of small and medium objects: lines in one reservation, and a mark byte for each line.
//!
//! ```text
//! reservation  | mark bytes, one a line | line | line | line | …      used ─┐          capacity
//!                                       base                                ▼
//! ```
//!
//! | mark byte | the line |
//! | --- | --- |
//! | the *epoch* | in use: a marked object overlaps it, or it was handed out since the latest cycle |
//! | another epoch | free |
//! | 0 | free and zero: never handed out, or its memory went back to the system |
//!
//! Each cycle takes a new epoch, which frees all lines at once; marking then claims those that live.
//! Sweeping is nothing but looking for holes when somebody needs one.
//!
//! *Invariants.* Two scans for holes cannot meet, because what is handed out is in use at once. Lines
//! from `used` on have mark byte 0.

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
/// The last epoch, before they begin again; the byte after it stands for all epochs that are past then.
const LAST_EPOCH: u8 = u8::MAX - 1;

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
    /// Lines below `used` whose memory went back to the system.
    released: usize,
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
            released: 0,
            epoch: 1,
            scans: [0; 2],
        }
    }

    /// Bytes up to the end of the used lines.
    fn used_bytes(&self) -> usize {
        self.used * LINE
    }

    /// Bytes that have memory behind them.
    pub(crate) fn resident_bytes(&self) -> usize {
        (self.used - self.released) * LINE
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
        if self.epoch == LAST_EPOCH {
            self.forget_epochs();
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
                let zero = self.count_zero(start, end);
                let region = self.hand_out(start, end);
                self.released -= zero;
                if zero < end - start {
                    // SAFETY: the lines were free, and are this region's now.
                    unsafe {
                        (region.start as *mut u8).write_bytes(0, region.limit - region.start)
                    };
                }
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

    /// Gives the memory of free blocks at the end back to the system, as long as more than `kept` bytes
    /// have memory. All regions are closed.
    pub(crate) fn release_end(&mut self, kept: usize) {
        let mut end = self.used;
        let surplus = self.resident_bytes().saturating_sub(kept) / LINE;
        while end > self.used.saturating_sub(surplus) && end >= BLOCK_LINES {
            let block = end - BLOCK_LINES;
            if self.next_in_use(block, end) < end {
                break;
            }
            end = block;
        }
        if self.discard(end, self.used) {
            self.released -= self.count_zero(end, self.used);
            self.used = end;
        }
    }

    /// Likewise for runs of free lines anywhere, if they have at least `smallest` bytes.
    pub(crate) fn release_runs(&mut self, kept: usize, smallest: usize) {
        let mut at = 0;
        while self.resident_bytes() > kept && at < self.used {
            let start = self.next_free(at);
            let end = self.next_in_use(start, self.used);
            if (end - start) * LINE >= smallest {
                self.discard(start, end);
            }
            at = end;
        }
    }

    /// Returns the whole pages of free lines to the system; whether that worked.
    fn discard(&mut self, start: usize, end: usize) -> bool {
        const PAGE_LINES: usize = PAGE / LINE;
        let (first, last) = (start.next_multiple_of(PAGE_LINES), end / PAGE_LINES * PAGE_LINES);
        if first >= last {
            return true;
        }
        let already = self.count_zero(first, last);
        let address = (self.base + first * LINE) as *mut u8;
        // SAFETY: nothing lives in free lines, and the base is the beginning of a page.
        let done =
            already == last - first || unsafe { platform::discard(address, (last - first) * LINE) };
        if done {
            self.released += last - first - already;
            // SAFETY: the marks of these lines.
            unsafe { self.marks.add(first).write_bytes(0, last - first) };
        }
        done
    }

    /// Lines with mark byte 0.
    fn count_zero(&self, start: usize, end: usize) -> usize {
        self.used_marks()[start..end].iter().filter(|&&mark| mark == 0).count()
    }

    /// Makes room for the first epochs to come again.
    #[cold]
    fn forget_epochs(&mut self) {
        for line in 0..self.used {
            // SAFETY: the marks of used lines.
            unsafe {
                let mark = self.marks.add(line);
                if *mark != 0 {
                    *mark = LAST_EPOCH + 1;
                }
            }
        }
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

    /// Reserves address space. Where the system limits that, half of what there is: large objects and
    /// the collector's own lists need some too.
    #[cold]
    fn reserve(&mut self) -> Option<()> {
        let mut bytes = RESERVATION;
        while bytes >= SMALLEST_RESERVATION {
            let reservation = platform::map(bytes, Purpose::Reservation);
            if let Some(reservation) = reservation.filter(|_| bytes == RESERVATION) {
                self.adopt(reservation, bytes);
                return Some(());
            }
            bytes /= 2;
            if let Some(too_large) = reservation {
                // SAFETY: nobody uses it yet.
                unsafe { platform::unmap(too_large.as_ptr(), 2 * bytes) };
                self.adopt(platform::map(bytes, Purpose::Reservation)?, bytes);
                return Some(());
            }
        }
        None
    }

    fn adopt(&mut self, reservation: NonNull<u8>, bytes: usize) {
        let start = reservation.as_ptr();
        // A byte and a line each, and less than a page to align the lines.
        self.capacity = (bytes - PAGE) / (LINE + 1);
        self.base = (start.addr() + self.capacity).next_multiple_of(PAGE);
        self.marks = start;
        self.reserved_bytes = bytes;
        self.reservation = Some(reservation);
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
        space.release_end(0);
        assert_eq!((space.used_bytes(), space.resident_bytes()), (41 * BLOCK, 41 * BLOCK));
        space.release_runs(0, 2 * PAGE);
        // All but the page that each live line is in.
        assert_eq!(space.resident_bytes(), 2 * PAGE);
        assert!(bytes_are_zero(blocks[20]));
        let mut holes = 0;
        while let Some(hole) = space.take_hole(Scan::Small, 1) {
            assert!(bytes_are_zero(hole));
            holes += hole.limit - hole.start;
        }
        assert_eq!(holes, 41 * BLOCK - 2 * LINE);
        assert_eq!(space.resident_bytes(), 41 * BLOCK);
        let fresh = space.take_fresh_block().unwrap();
        assert_eq!(fresh.start, blocks[41].start);
        assert!(bytes_are_zero(fresh));
    }
}
