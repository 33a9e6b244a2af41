//! When the next cycle is due, and how large the heap may get.
//!
//! After a cycle the program may hand out as many bytes as are live, times the growth setting, but no
//! less than a floor under which cycles would cost more than the memory is worth. What a cycle has to
//! walk counts as live, the stack included, so deep recursion does not pay for its stack again and
//! again.
//!
//! The most the heap may have is set by the user or, asked for only when the heap is large enough for
//! the answer to matter, what the machine or the control group has. At that limit a cycle is tried; if
//! two such tries come with next to nothing allocated in between, the heap is full: the program ends
//! instead of spending all its time in cycles.

use crate::platform;

/// Bytes that may always be handed out between cycles.
const FLOOR: usize = 4 << 20;
/// From this size on the system's limit matters.
const ASK_SYSTEM: usize = 128 << 20;
/// Part of a full heap that must be allocated between two last resorts.
const PROGRESS: usize = 64;

/// See the module.
#[derive(Debug)]
pub(crate) struct Pacer {
    growth: usize,
    /// Most bytes of the heap, once known.
    maximum: Option<usize>,
    /// Bytes left until the next cycle.
    remaining: usize,
    /// Bytes handed out so far.
    allocated: u64,
    /// `allocated` at the latest last resort.
    last_resort: Option<u64>,
}

impl Pacer {
    pub(crate) fn new(growth: usize, maximum: Option<usize>) -> Self {
        Self { growth, maximum, remaining: FLOOR, allocated: 0, last_resort: None }
    }

    /// Bytes left until the next cycle.
    pub(crate) fn remaining(&self) -> usize {
        self.remaining
    }

    /// Whether a cycle must come before more memory is handed out.
    pub(crate) fn is_due(&self) -> bool {
        self.remaining == 0
    }

    /// Bytes handed out so far.
    pub(crate) fn allocated(&self) -> u64 {
        self.allocated
    }

    /// Counts bytes that were handed out.
    pub(crate) fn charge(&mut self, bytes: usize) {
        self.remaining = self.remaining.saturating_sub(bytes);
        self.allocated += bytes as u64;
    }

    /// Whether a heap of `total` bytes may grow by `more`.
    pub(crate) fn allows(&mut self, total: usize, more: usize) -> bool {
        let Some(wanted) = total.checked_add(more) else { return false };
        if self.maximum.is_none() && wanted >= ASK_SYSTEM {
            let limit = platform::memory_limit().unwrap_or(usize::MAX);
            self.maximum = Some(limit - limit / 16);
        }
        self.maximum.is_none_or(|maximum| wanted <= maximum)
    }

    /// Whether a cycle may still help a heap that is full with `total` bytes.
    pub(crate) fn last_resort(&mut self, total: usize) -> bool {
        let progress = total / PROGRESS;
        let before = self.last_resort.replace(self.allocated);
        before.is_none_or(|before| self.allocated - before >= progress as u64)
    }

    /// Sets the next limit after a cycle that found so many bytes live.
    pub(crate) fn finish_cycle(&mut self, live: usize) {
        self.remaining = (live / 100).saturating_mul(self.growth).max(FLOOR);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_with_what_is_live_but_not_below_the_floor() {
        let mut pacer = Pacer::new(50, None);
        assert_eq!(pacer.remaining(), FLOOR);
        pacer.charge(FLOOR - 1);
        assert!(!pacer.is_due());
        pacer.charge(100);
        assert!(pacer.is_due());
        pacer.finish_cycle(100 << 20);
        assert_eq!(pacer.remaining(), (100 << 20) / 100 * 50);
        pacer.finish_cycle(0);
        assert_eq!(pacer.remaining(), FLOOR);
    }

    #[test]
    fn gives_up_when_cycles_free_next_to_nothing() {
        let mut pacer = Pacer::new(100, Some(64 << 20));
        assert!(pacer.allows(60 << 20, 4 << 20));
        assert!(!pacer.allows(60 << 20, (4 << 20) + 1));
        assert!(!pacer.allows(1, usize::MAX));
        assert!(pacer.last_resort(64 << 20));
        pacer.charge(1 << 20);
        assert!(pacer.last_resort(64 << 20));
        pacer.charge((1 << 20) - 1);
        assert!(!pacer.last_resort(64 << 20));
    }
}
