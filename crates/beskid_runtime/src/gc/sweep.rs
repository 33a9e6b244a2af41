//! Giving memory back that stays free.
//!
//! The heap keeps what it is about to hand out again before the next cycle, and half of that more, so
//! that a program in a steady state returns nothing. Looking for free runs between live lines costs a
//! pass over all line marks, so that is done in few cycles, and only if much is to be had.

use crate::heap::Heap;
use crate::heap::line::EndOnly;

/// Cycles from one search between live lines to the next.
const INTERVAL: u64 = 8;
/// Surplus that is kept in any case.
const KEPT: usize = 4 << 20;

/// Returns surplus memory to the system. All regions are closed.
pub(crate) fn release(heap: &mut Heap, live: usize) {
    let wanted = live + heap.pacer.remaining();
    let kept = wanted + wanted / 2 + KEPT;
    let used = heap.lines.used_bytes();
    if used > kept {
        let search = used > 2 * kept && heap.cycles.is_multiple_of(INTERVAL);
        heap.lines.release(kept, if search { EndOnly::No } else { EndOnly::Yes });
    }
}
