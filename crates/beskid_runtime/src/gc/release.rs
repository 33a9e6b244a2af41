//! Giving memory back to the system: lines that stay free, and the memory of dead large objects.
//!
//! The heap keeps what it is about to hand out again before the next full cycle, and half of that more, so
//! that a program in a steady state returns nothing. Returning a gigabyte takes the system a tenth of a
//! second, so the collector's thread does it, a piece at a time; little is returned on the spot.
//!
//! ```text
//! full cycle: lock free runs, list pieces ──► thread: piece, piece, …       program runs
//! next turn, all done: runs are free and zero
//! before line marks get other meanings: no more pieces, wait for the one under way, unlock the rest
//! ```
//!
//! *Invariant.* Lines of pieces that are not done are locked: their marks say "live", so they are not handed
//! out.

use alloc::vec::Vec;

use crate::gc::background::Background;
use crate::heap::Heap;
use crate::heap::line::LINE;
use crate::platform::{self, PAGE};

/// Surplus that is kept in any case.
const KEPT: usize = 4 << 20;
/// Free bytes in a row between live lines that are worth a system call.
const WORTH_RELEASING: usize = 64 << 10;
/// Bytes that are returned on the spot at most.
const MOST_AT_ONCE: usize = 2 << 20;
/// Bytes of a piece.
const PIECE: usize = 1 << 20;

/// Pages to give back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    address: *mut u8,
    size: usize,
    /// Lines they belong to; none if their mapping goes.
    lines: Option<(usize, usize)>,
}

impl Piece {
    /// Gives them back.
    ///
    /// # Safety
    /// Nothing uses them, and nobody else gives them back.
    pub(crate) unsafe fn give_back(&self) {
        // SAFETY: as the caller promises. Where the system refuses to discard, the pages stay as they are,
        // which is found out only by their content: so they are cleared.
        unsafe {
            if self.lines.is_none() {
                platform::unmap(self.address, self.size);
            } else if !platform::discard(self.address, self.size) {
                self.address.write_bytes(0, self.size);
            }
        }
    }
}

/// What the collector's thread gives back.
#[derive(Debug, Default)]
pub(crate) struct Release {
    pieces: Vec<Piece>,
    /// The thread is at it.
    is_under_way: bool,
}

/// After a full cycle, which has settled what was under way: what is more than the program will soon need.
pub(super) fn surplus(heap: &mut Heap) {
    let wanted = heap.live() + heap.pacer.room(heap.live());
    let kept = (wanted + wanted / 2 + KEPT).saturating_sub(heap.large.total_bytes());
    let surplus = heap.lines.resident_bytes().saturating_sub(kept);
    let mut pieces = core::mem::take(&mut heap.release.pieces);
    if surplus > 0 {
        heap.lines.lock_free_runs(surplus, WORTH_RELEASING, |address, start, end| {
            list_pieces(&mut pieces, address, start, end);
        });
    }
    heap.release.pieces = pieces;
    start(heap);
}

/// After any cycle: the memory of dead large objects; and what is done is noted.
pub(super) fn dead_objects(heap: &mut Heap) {
    let is_done = heap.background.as_ref().is_some_and(Background::has_given_all_back);
    let is_stopped = !heap.release.is_under_way && !heap.release.pieces.is_empty();
    if is_done || is_stopped || !heap.large.dead().is_empty() {
        settle(heap);
        start(heap);
    }
}

/// All memory that is free, now: the heap has reached its limit, or the program asks for it.
pub(super) fn everything(heap: &mut Heap) {
    settle(heap);
    heap.large.release();
    let mut pieces = core::mem::take(&mut heap.release.pieces);
    heap.lines.lock_free_runs(usize::MAX, 2 * PAGE, |address, start, end| {
        list_pieces(&mut pieces, address, start, end);
    });
    heap.release.pieces = pieces;
    list_dead(heap);
    give_back_here(heap);
}

/// Ends what is under way; pieces that are not done are those of dead objects alone afterwards.
pub(super) fn settle(heap: &mut Heap) {
    let done = heap.background.as_mut().map_or(0, Background::stop_giving_back);
    heap.release.is_under_way = false;
    let lines = &mut heap.lines;
    let mut index = 0;
    heap.release.pieces.retain(|piece| {
        let is_done = index < done;
        index += 1;
        match piece.lines {
            // SAFETY: locked when the piece was listed.
            Some((start, end)) => unsafe { lines.unlock(start, end, is_done) },
            None if is_done => {}
            None => return true,
        }
        false
    });
}

/// At the end of the heap.
pub(crate) fn abandon(heap: &mut Heap) {
    settle(heap);
    give_back_here(heap);
}

/// Has all listed pieces given back, and the memory of dead objects.
fn start(heap: &mut Heap) {
    list_dead(heap);
    let bytes: usize = heap.release.pieces.iter().map(|piece| piece.size).sum();
    if bytes == 0 {
        return;
    }
    if bytes > MOST_AT_ONCE
        && let Some(background) = &mut heap.background
        && background.give_back(&heap.release.pieces)
    {
        heap.release.is_under_way = true;
        return;
    }
    give_back_here(heap);
}

fn give_back_here(heap: &mut Heap) {
    for piece in heap.release.pieces.drain(..) {
        // SAFETY: the pages are locked or those of a dead object, and the thread does not know the piece.
        unsafe {
            piece.give_back();
            if let Some((start, end)) = piece.lines {
                heap.lines.unlock(start, end, true);
            }
        }
    }
}

/// Lists the memory of dead objects; without memory for the list it goes back at once.
fn list_dead(heap: &mut Heap) {
    for mapping in heap.large.dead().drain(..) {
        let (address, size) = mapping.pages();
        if !list_mapping(&mut heap.release.pieces, address, size) {
            // SAFETY: its object is dead.
            unsafe { mapping.unmap() };
        }
    }
}

fn list_mapping(pieces: &mut Vec<Piece>, address: *mut u8, size: usize) -> bool {
    if pieces.try_reserve(size.div_ceil(PIECE)).is_err() {
        return false;
    }
    for at in (0..size).step_by(PIECE) {
        // SAFETY: within the mapping.
        let address = unsafe { address.add(at) };
        pieces.push(Piece { address, size: PIECE.min(size - at), lines: None });
    }
    true
}

/// Lists lines from one up to another, whose memory begins at an address; they are whole pages. Without
/// memory for the list they stay locked until the next full cycle.
fn list_pieces(pieces: &mut Vec<Piece>, address: *mut u8, start: usize, end: usize) {
    const LINES: usize = PIECE / LINE;
    if pieces.try_reserve((end - start).div_ceil(LINES)).is_err() {
        return;
    }
    for first in (start..end).step_by(LINES) {
        let last = end.min(first + LINES);
        // SAFETY: within the run.
        let address = unsafe { address.add((first - start) * LINE) };
        pieces.push(Piece { address, size: (last - first) * LINE, lines: Some((first, last)) });
    }
}
