//! Where a program that is measured keeps count of the code that ran.
//!
//! ```text
//! file | digest, u64 | counter 0, u64 | counter 1, u64 | …      mapped, shared with whoever made the file
//!                      ▲ ThreadContext::counters
//! ```
//!
//! Compiled code adds to the counters in memory. The memory is that of a file, which whoever starts the program
//! makes and names in the environment, so the counts are there however the program ends.
//!
//! *Invariants.* What the counters stand for is known to the compiler alone. The digest tells programs apart: a
//! file with another one, or of another size, is not touched.

/// The variable of the environment that names the file.
pub const VARIABLE: &str = "BESKID_COVERAGE";
/// Bytes in front of the counters.
pub const HEADER_SIZE: usize = 8;
/// Bytes of a counter.
pub const COUNTER_SIZE: usize = 8;
/// Most counters of a program: the last one is within reach of an offset of 32 bits.
pub const MAX_COUNTERS: usize = 1 << 27;

/// Bytes of a file with so many counters.
#[must_use]
pub const fn file_size(counters: usize) -> usize {
    HEADER_SIZE + counters * COUNTER_SIZE
}

const _: () = assert!(file_size(MAX_COUNTERS) <= i32::MAX as usize);
