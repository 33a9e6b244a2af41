//! Giving memory back that stays free after a full cycle.
//!
//! The heap keeps what it is about to hand out again before the next cycle, and half of that more, so
//! that a program in a steady state returns nothing. Looking for free runs between live lines costs a
//! pass over all line marks, so that is done in few cycles, and only if much is to be had.

use crate::heap::Heap;
use crate::platform::PAGE;

/// Cycles from one search between live lines to the next.
const INTERVAL: u64 = 8;
/// Surplus that is kept in any case.
const KEPT: usize = 4 << 20;
/// Free bytes between live lines that are worth a system call.
const WORTH_RELEASING: usize = 128 << 10;

/// Returns surplus memory to the system after a cycle. All regions are closed.
pub(crate) fn release(heap: &mut Heap, live: usize) {
    let wanted = live + heap.pacer.remaining();
    let kept = (wanted + wanted / 2 + KEPT).saturating_sub(heap.large.total_bytes());
    heap.lines.release_end(kept);
    if heap.lines.resident_bytes() > 2 * kept
        && heap.statistics.full_collections.is_multiple_of(INTERVAL)
    {
        heap.lines.release_runs(kept, WORTH_RELEASING);
    }
}

/// Returns all memory that is free, because the heap has reached its limit. All regions are closed.
pub(crate) fn release_all(heap: &mut Heap) {
    heap.large.release();
    heap.lines.release_end(0);
    heap.lines.release_runs(0, 2 * PAGE);
}
