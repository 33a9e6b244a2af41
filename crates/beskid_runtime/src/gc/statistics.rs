//! What the collector did, for the program that asks.

/// Numbers since the start of the program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statistics {
    /// Minor cycles.
    pub(crate) minor_collections: u64,
    /// Full cycles, with the program standing or running.
    pub(crate) full_collections: u64,
    /// Nanoseconds of all pauses.
    pub(crate) pause_nanoseconds: u64,
    /// Nanoseconds of the longest pause.
    pub(crate) longest_pause_nanoseconds: u64,
}

impl Statistics {
    /// Nothing happened yet.
    pub(crate) const NONE: Self = Self {
        minor_collections: 0,
        full_collections: 0,
        pause_nanoseconds: 0,
        longest_pause_nanoseconds: 0,
    };

    /// Counts a pause.
    pub(crate) fn paused(&mut self, nanoseconds: u64) {
        self.pause_nanoseconds += nanoseconds;
        self.longest_pause_nanoseconds = self.longest_pause_nanoseconds.max(nanoseconds);
    }
}
