//! What the collector has done so far, as numbers that a program can ask for.

use beskid_abi::statistic::GcStatistic;

use crate::heap::Heap;

/// Totals since the start of the program.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Statistics {
    /// Cycles that looked at young objects alone.
    pub(crate) minor_collections: u64,
    /// Cycles that looked at all objects, with the program standing or running.
    pub(crate) full_collections: u64,
    /// Time for which the program stood, all pauses together.
    pause_nanoseconds: u64,
    /// The longest time for which it stood at once.
    longest_pause_nanoseconds: u64,
}

impl Statistics {
    /// All cycles.
    pub(crate) fn collections(&self) -> u64 {
        self.minor_collections + self.full_collections
    }

    /// Counts a pause.
    pub(crate) fn paused(&mut self, nanoseconds: u64) {
        self.pause_nanoseconds += nanoseconds;
        self.longest_pause_nanoseconds = self.longest_pause_nanoseconds.max(nanoseconds);
    }
}

impl Heap {
    /// A number, as it is now.
    pub(crate) fn statistic(&self, which: GcStatistic) -> u64 {
        let statistics = &self.statistics;
        match which {
            GcStatistic::Collections => statistics.collections(),
            GcStatistic::MinorCollections => statistics.minor_collections,
            GcStatistic::LiveBytes => self.live() as u64,
            GcStatistic::HeapBytes => self.total() as u64,
            GcStatistic::AllocatedBytes => self.pacer.allocated(),
            GcStatistic::PauseNanoseconds => statistics.pause_nanoseconds,
            GcStatistic::LongestPauseNanoseconds => statistics.longest_pause_nanoseconds,
        }
    }
}
