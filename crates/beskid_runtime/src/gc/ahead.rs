//! References whose objects are on their way into the cache.
//!
//! A reference that was found is prefetched and looked at some references later, when its header has
//! arrived. That alone halves the time of a cycle whose heap is larger than the cache (Cher, Hosking and
//! Vitek, *Software prefetching for mark-sweep garbage collection*, ASPLOS 2004).

use crate::arch;
use crate::object::GcRef;

/// References in the queue.
const AHEAD: usize = 16;

/// See the module.
pub(super) struct Queue {
    waiting: [GcRef; AHEAD],
    next: usize,
    count: usize,
}

impl Queue {
    pub(super) fn new() -> Self {
        Self { waiting: [core::ptr::null_mut(); AHEAD], next: 0, count: 0 }
    }

    #[inline]
    pub(super) fn replace_oldest(&mut self, reference: GcRef) -> Option<GcRef> {
        // The first fields too, which may lie in the next line of the cache.
        arch::prefetch(reference.cast());
        arch::prefetch(reference.cast::<u8>().wrapping_add(16));
        let oldest = core::mem::replace(&mut self.waiting[self.next], reference);
        self.next = (self.next + 1) % AHEAD;
        if self.count == AHEAD {
            return Some(oldest);
        }
        self.count += 1;
        None
    }

    #[inline]
    pub(super) fn take_oldest(&mut self) -> Option<GcRef> {
        let count = self.count.checked_sub(1)?;
        let oldest = self.waiting[(self.next + AHEAD - self.count) % AHEAD];
        self.count = count;
        Some(oldest)
    }
}
