//! The space of small and medium objects: lines in one reservation, and a mark byte for each line.
//!
//! ```text
//! reservation  | mark bytes, one a line | line | line | line | …      used ─┐          capacity
//!                                       base                                ▼
//! ```
//!
//! | mark byte | the line |
//! | --- | --- |
//! | *live* | in use: cycles found an object in it |
//! | *found* | in use: the marking that runs beside the program found one in it |
//! | *fresh* | in use: handed out since then |
//! | 0 | free and zero: never handed out, or its memory went back to the system |
//! | anything else | free |
//!
//! Every cycle takes new values instead of writing bytes: a minor cycle another *fresh*, which frees what
//! was handed out since the cycle before, and a full cycle another *live* too, which frees everything; then
//! marking claims the lines of what lives. Marking beside the program claims lines as *found*, which counts
//! beside *live* until its end and instead of it from then on. Sweeping is nothing but looking for holes
//! when somebody needs one.
//!
//! *Where holes are.* Behind the place that a scan has reached since the latest full cycle, and in the runs
//! that were handed out before the latest minor cycle, which are looked at first: so a program whose
//! objects die young uses the same memory again and again, and finds it in the cache.
//!
//! *Invariants.* Two scans for holes cannot meet, because what is handed out is in use at once. Lines
//! from `used` on have mark byte 0. While a marker runs on another thread, mark bytes are read and written
//! as bytes, atomically; it changes only lines in use, and they stay in use.

use alloc::vec::Vec;
use core::ptr::NonNull;
use core::sync::atomic::{Ordering, fence};

use crate::heap::Region;
use crate::heap::line_marks::{FREE, LineMarker, LineMarks};
use crate::platform::{self, PAGE, Purpose};

/// Bytes of a line.
pub(crate) const LINE: usize = 64;
/// Bytes the space grows by, and the largest hole that is handed out at once.
pub(crate) const BLOCK: usize = 32 * 1024;
/// Bytes of the largest object that is placed in lines.
pub(crate) const LARGEST: usize = BLOCK / 2;
const _: () = assert!(LARGEST < beskid_abi::object::BORN_OLD, "what is born old is a large object");

const BLOCK_LINES: usize = BLOCK / LINE;
/// Bytes of address space to ask for first, and the least that will do.
const RESERVATION: usize = 256 << 30;
const SMALLEST_RESERVATION: usize = 1 << 20;
/// Lines from which on huge pages are asked for: a heap of that size is used all over, and a huge page that
/// is touched in one place does not matter to it.
const HUGE_FROM: usize = (128 << 20) / LINE;
/// Runs that are remembered to be looked at first; more would be a heap in tiny pieces.
const MOST_RUNS: usize = 1 << 16;

/// Who looks for a hole.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scan {
    /// The small region: any hole will do.
    Small,
    /// The medium region: skips holes that are too small.
    Medium,
}

/// Lines from one up to another.
#[derive(Clone, Copy, Debug)]
struct Run {
    start: usize,
    end: usize,
}

/// Where a scan goes on.
#[derive(Clone, Copy, Debug)]
struct Position {
    /// The recycled run that is being searched; behind the last one the rest of the space is.
    run: usize,
    /// The line in it.
    in_run: usize,
    /// The line in the rest of the space.
    in_rest: usize,
}

impl Position {
    const START: Self = Self { run: 0, in_run: 0, in_rest: 0 };
}

/// See the module.
#[derive(Debug)]
pub(crate) struct LineSpace {
    reservation: Option<NonNull<u8>>,
    reserved_bytes: usize,
    marks: LineMarks,
    base: usize,
    /// Lines that fit in the reservation.
    capacity: usize,
    /// Lines that were handed out at least once.
    used: usize,
    /// Lines below `used` whose memory went back to the system.
    released: usize,
    /// Lines that cycles found in use.
    live: usize,
    /// Of these, lines claimed by minor cycles since marking began beside the program.
    promoted: usize,
    /// Where each scan goes on.
    scans: [Position; 2],
    /// Runs handed out since the latest cycle.
    recent: Vec<Run>,
    /// Runs that were handed out before, to be searched first.
    recycled: Vec<Run>,
}

impl LineSpace {
    pub(crate) const fn new() -> Self {
        Self {
            reservation: None,
            reserved_bytes: 0,
            marks: LineMarks::new(),
            base: 0,
            capacity: 0,
            used: 0,
            released: 0,
            live: 0,
            promoted: 0,
            scans: [Position::START; 2],
            recent: Vec::new(),
            recycled: Vec::new(),
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

    /// Bytes of the lines that cycles found in use.
    pub(crate) fn live_bytes(&self) -> usize {
        self.live * LINE
    }

    /// Frees the lines that were handed out since the latest cycle; the marker claims those that live.
    pub(crate) fn begin_minor(&mut self) -> LineMarker {
        self.marks.renew_fresh(self.used);
        // What the small scan has not looked at yet is looked at later.
        let Position { run, in_run, .. } = self.scans[Scan::Small as usize];
        for (index, left) in self.recycled.iter().enumerate().skip(run) {
            let start = if index == run { left.start.max(in_run) } else { left.start };
            if start < left.end && self.recent.len() < MOST_RUNS {
                note_run(&mut self.recent, start, left.end);
            }
        }
        self.recycled.clear();
        core::mem::swap(&mut self.recycled, &mut self.recent);
        for scan in &mut self.scans {
            (scan.run, scan.in_run) = (0, 0);
        }
        self.marker()
    }

    /// Ends a minor cycle whose marker claimed so many lines.
    pub(crate) fn finish_minor(&mut self, claimed: usize) {
        self.live += claimed;
        self.promoted += claimed;
    }

    /// Frees all lines; the marker claims those that live.
    pub(crate) fn begin_full(&mut self) -> LineMarker {
        self.marks.renew_all(self.used);
        self.recent.clear();
        self.recycled.clear();
        self.scans = [Position::START; 2];
        self.marker()
    }

    /// Ends a full cycle whose marker claimed so many lines.
    pub(crate) fn finish_full(&mut self, claimed: usize) {
        self.live = claimed;
    }

    /// Begins marking beside the program: nothing is free that was not. Markers may work on other threads.
    pub(crate) fn begin_marking(&mut self) {
        self.marks.begin_marking(self.used);
        self.promoted = 0;
    }

    /// Bytes of the lines that minor cycles found in use since then.
    pub(crate) fn promoted_bytes(&self) -> usize {
        self.promoted * LINE
    }

    /// Ends it, if markers claimed so many lines.
    pub(crate) fn finish_marking(&mut self, claimed: usize) {
        self.marks.finish_marking();
        self.live = claimed + self.promoted;
        for scan in &mut self.scans {
            scan.in_rest = 0;
        }
    }

    /// Claims lines, for objects that are there now.
    pub(crate) fn marker(&self) -> LineMarker {
        self.marks.marker(self.base, self.used_bytes())
    }

    /// Hands out a zeroed hole of at least so many lines, if there is one ahead.
    pub(crate) fn take_hole(&mut self, scan: Scan, lines: usize) -> Option<Region> {
        let (start, end) = self.find_hole(scan, lines)?;
        let zero = match self.released {
            // None went back to the system: lines that are zero are in fresh blocks.
            0 => 0,
            // SAFETY: the lines exist.
            _ => unsafe { self.marks.count_zero(start, end) },
        };
        let region = self.hand_out(start, end);
        self.released -= zero;
        if zero < end - start {
            // SAFETY: the lines were free, and are this region's now.
            unsafe { (region.start as *mut u8).write_bytes(0, region.limit - region.start) };
            settle_zeros();
        }
        Some(region)
    }

    fn find_hole(&mut self, scan: Scan, lines: usize) -> Option<(usize, usize)> {
        let position = &mut self.scans[scan as usize];
        loop {
            let run = self.recycled.get(position.run);
            let (from, end) = match run {
                Some(run) => (position.in_run.max(run.start), run.end.min(self.used)),
                None => (position.in_rest, self.used),
            };
            // SAFETY: lines below `used` exist.
            let (start, stop) = unsafe {
                let start = self.marks.next_free(from, end);
                (start, self.marks.next_in_use(start, end.min(start + BLOCK_LINES)))
            };
            match run {
                Some(_) if start >= end => {
                    position.run += 1;
                    position.in_run = 0;
                    continue;
                }
                Some(_) => position.in_run = stop,
                None => position.in_rest = stop,
            }
            if start >= end {
                return None;
            }
            if stop - start >= lines {
                return Some((start, stop));
            }
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
        if start == HUGE_FROM {
            self.prefer_huge_pages();
        }
        for scan in &mut self.scans {
            if scan.in_rest == start {
                scan.in_rest = end;
            }
        }
        Some(self.hand_out(start, end))
    }

    /// Asks for huge pages for all lines to come.
    #[cold]
    fn prefer_huge_pages(&self) {
        let start = (self.base + HUGE_FROM * LINE) as *mut u8;
        // SAFETY: the range is part of the reservation.
        unsafe { platform::prefer_huge_pages(start, (self.capacity - HUGE_FROM) * LINE) };
    }

    /// Locks runs of free lines with memory that are whole pages and have at least `smallest` bytes, those
    /// at the end first, until they have `wanted` bytes; calls `found` with the address, the first line and
    /// the line behind the last one of each. No marker is at work beside the program.
    pub(crate) fn lock_free_runs(
        &mut self,
        wanted: usize,
        smallest: usize,
        mut found: impl FnMut(*mut u8, usize, usize),
    ) {
        const PAGE_LINES: usize = PAGE / LINE;
        let mut runs: Vec<Run> = Vec::new();
        let mut at = 0;
        while at < self.used {
            // SAFETY: lines below `used` exist.
            let (start, end) = unsafe {
                let start = self.marks.next_free(at, self.used);
                (start, self.marks.next_in_use(start, self.used))
            };
            at = end;
            let (start, end) = (start.next_multiple_of(PAGE_LINES), end / PAGE_LINES * PAGE_LINES);
            if start < end && (end - start) * LINE >= smallest && runs.try_reserve(1).is_ok() {
                runs.push(Run { start, end });
            }
        }
        let mut locked = 0;
        while let Some(Run { mut start, end }) = runs.pop()
            && locked < wanted
        {
            let more = (wanted - locked).div_ceil(PAGE).saturating_mul(PAGE_LINES);
            start = start.max(end.saturating_sub(more));
            // SAFETY: lines below `used` exist, and these are free.
            unsafe {
                let zero = self.marks.count_zero(start, end);
                if zero == end - start {
                    continue;
                }
                // From here on they count as not released, whatever is known of some of them.
                self.released -= zero;
                self.marks.fill(start, end, self.marks.live());
            }
            locked += (end - start) * LINE;
            found((self.base + start * LINE) as *mut u8, start, end);
        }
    }

    /// Frees lines that were locked; they are zero if their memory went back to the system.
    ///
    /// # Safety
    /// They were, and no marker beside the program claims lines.
    pub(crate) unsafe fn unlock(&mut self, start: usize, end: usize, is_zero: bool) {
        if is_zero {
            self.released += end - start;
        }
        // SAFETY: the lines exist, and nothing is in them.
        unsafe { self.marks.fill(start, end, if is_zero { 0 } else { FREE }) };
    }

    /// Whether all lines of an object are in use.
    pub(crate) fn covers(&self, address: usize, size: usize) -> bool {
        let first = (address - self.base) / LINE;
        let end = (address + size - 1 - self.base) / LINE + 1;
        // SAFETY: lines below `used` exist.
        end <= self.used && unsafe { self.marks.next_free(first, end) } >= end
    }

    /// Whether an address lies in the used part.
    pub(crate) fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.base) < self.used_bytes()
    }

    fn hand_out(&mut self, start: usize, end: usize) -> Region {
        // SAFETY: both are within the used lines, and the lines are free.
        unsafe { self.marks.fill(start, end, self.marks.fresh()) };
        note_run(&mut self.recent, start, end);
        let address = self.base + start * LINE;
        Region { start: address, cursor: address, limit: self.base + end * LINE }
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
        self.marks.adopt(start);
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

/// Lists a run, as part of the latest one if they meet. Without memory for the list the run is found
/// again after the next full cycle.
fn note_run(runs: &mut Vec<Run>, start: usize, end: usize) {
    if let Some(last) = runs.last_mut().filter(|last| last.end == start) {
        last.end = end;
    } else if runs.try_reserve(1).is_ok() {
        runs.push(Run { start, end });
    }
}

/// A marker beside the program may come to an object through a reference that was stored a moment ago, before
/// the object's header has reached it. From here on it sees zeros there, which make it turn away; never what a
/// dead object has left. Processors that keep stores in order need no instruction for that.
pub(super) fn settle_zeros() {
    fence(Ordering::Release);
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

        let mut marker = space.begin_full();
        // Lines 0, 2-4 and the last one live.
        assert!(marker.claim(block.start + 8, 24));
        assert!(marker.claim(block.start + 3 * LINE - 8, LINE + 16));
        assert!(marker.claim(block.limit - 8, 8));
        assert!(!marker.claim(block.limit, 8));
        assert!(!marker.claim(block.start - 8, 8));
        assert_eq!(marker.claimed, 5);
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
    fn values_begin_again() {
        let mut space = LineSpace::new();
        let block = space.take_fresh_block().unwrap();
        for _ in 0..600 {
            space.begin_full().claim(block.start + LINE, 8);
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
        let blocks: Vec<_> = (0..64).map(|_| space.take_fresh_block().unwrap()).collect();
        for block in &blocks {
            // SAFETY: the block is ours.
            unsafe { (block.start as *mut u8).write_bytes(0xaa, BLOCK) };
        }
        let mut marker = space.begin_full();
        marker.claim(blocks[10].start, 8);
        marker.claim(blocks[40].start, 8);
        let mut runs = Vec::new();
        space.lock_free_runs(usize::MAX, 2 * PAGE, |address, start, end| {
            // SAFETY: nothing lives there.
            unsafe { assert!(platform::discard(address, (end - start) * LINE)) };
            runs.push((start, end));
        });
        assert_eq!(runs.len(), 3);
        assert_eq!(space.resident_bytes(), 64 * BLOCK);
        let holes_while_locked = core::iter::from_fn(|| space.take_hole(Scan::Small, 1)).count();
        assert!(holes_while_locked <= 4);
        for (start, end) in runs {
            // SAFETY: they were locked.
            unsafe { space.unlock(start, end, true) };
        }
        // All but the page that each live line is in.
        assert_eq!(space.resident_bytes(), 2 * PAGE);
        space.scans = [Position::START; 2];
        assert!(bytes_are_zero(blocks[20]));
        let mut holes = 0;
        while let Some(hole) = space.take_hole(Scan::Small, 1) {
            assert!(bytes_are_zero(hole));
            holes += hole.limit - hole.start;
        }
        assert_eq!(holes, 64 * BLOCK - 2 * PAGE);
        assert_eq!(space.resident_bytes(), 64 * BLOCK);
    }
}
