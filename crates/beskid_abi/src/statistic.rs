//! The numbers of the collector that a program can ask for.

/// Which number of the collector; the value is what compiled code passes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i64)]
pub enum GcStatistic {
    /// Collections so far, minor ones included.
    Collections,
    /// Collections that looked at young objects alone.
    MinorCollections,
    /// Bytes that the latest collection found in use.
    LiveBytes,
    /// Bytes the heap has from the system.
    HeapBytes,
    /// Bytes handed out to the program so far.
    AllocatedBytes,
    /// Nanoseconds for which the program was stopped, all collections together.
    PauseNanoseconds,
    /// The longest time in nanoseconds for which it was stopped at once.
    LongestPauseNanoseconds,
}

impl GcStatistic {
    /// Every number, by its value.
    pub const ALL: [Self; 7] = [
        Self::Collections,
        Self::MinorCollections,
        Self::LiveBytes,
        Self::HeapBytes,
        Self::AllocatedBytes,
        Self::PauseNanoseconds,
        Self::LongestPauseNanoseconds,
    ];

    /// The number of a value.
    #[must_use]
    pub fn from_value(value: i64) -> Option<Self> {
        Self::ALL.get(usize::try_from(value).ok()?).copied()
    }
}

const _: () = {
    let mut value = 0;
    while value < GcStatistic::ALL.len() {
        assert!(GcStatistic::ALL[value] as usize == value);
        value += 1;
    }
};
