//! What the collector has done so far, as numbers that a program can ask for.
//!
//! *Invariants.* Reading the numbers changes nothing. Every field is a total since the start of the
//! program, but those of the heap's size, which are how things are now.

use crate::heap::Heap;

/// See the module.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Statistics {
    /// Cycles so far, minor ones included.
    pub(crate) collections: u64,
    /// Cycles that looked at young objects alone.
    pub(crate) minor_collections: u64,
    /// Bytes that the latest cycle found in use.
    pub(crate) live_bytes: u64,
    /// Bytes the heap has from the system.
    pub(crate) heap_bytes: u64,
    /// Bytes handed out to the program, in whole lines.
    pub(crate) allocated_bytes: u64,
    /// Time for which the program was stopped, all cycles together.
    pub(crate) pause_nanoseconds: u64,
    /// The longest time for which it was stopped at once.
    pub(crate) longest_pause_nanoseconds: u64,
}

impl Heap {
    /// The numbers now.
    pub(crate) fn statistics(&self) -> Statistics {
        Statistics {
            collections: self.cycles,
            // Every cycle is a full one.
            minor_collections: 0,
            live_bytes: self.live as u64,
            heap_bytes: self.total() as u64,
            allocated_bytes: self.pacer.allocated(),
            pause_nanoseconds: self.pauses.total,
            longest_pause_nanoseconds: self.pauses.longest,
        }
    }
}

/// For how long the program was stopped, in nanoseconds.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Pauses {
    total: u64,
    longest: u64,
}

impl Pauses {
    /// Counts a pause.
    pub(crate) fn add(&mut self, nanoseconds: u64) {
        self.total += nanoseconds;
        self.longest = self.longest.max(nanoseconds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_add_up_and_the_longest_is_kept() {
        let mut pauses = Pauses::default();
        for nanoseconds in [3, 9, 4] {
            pauses.add(nanoseconds);
        }
        assert_eq!((pauses.total, pauses.longest), (16, 9));
    }
}
