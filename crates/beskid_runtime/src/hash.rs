//! Mixing values into a hash, as compiled code does it.
//!
//! A word is mixed in by exclusive or, a multiplication by an odd constant and a shift that brings the
//! high bits down (the step of Fibonacci hashing, Knuth, TAOCP 6.4). The seed is secret, so equal hashes
//! cannot be prepared without knowing it.
//!
//! *Invariants.* [`word`] is what [`beskid_abi::hash`] says, on both sides.

use beskid_abi::hash::{MULTIPLIER, SHIFT};

/// A hash with a word mixed in.
pub(crate) const fn word(hash: u64, value: u64) -> u64 {
    let mixed = (hash ^ value).wrapping_mul(MULTIPLIER);
    mixed ^ (mixed >> SHIFT)
}

/// A hash with bytes mixed in, and how many they are.
pub(crate) fn bytes(hash: u64, bytes: &[u8]) -> u64 {
    let mut hash = word(hash, bytes.len() as u64);
    let mut words = bytes.chunks_exact(size_of::<u64>());
    for chunk in &mut words {
        let mut value = [0; size_of::<u64>()];
        value.copy_from_slice(chunk);
        hash = word(hash, u64::from_le_bytes(value));
    }
    let mut rest = [0; size_of::<u64>()];
    let tail = words.remainder();
    rest[..tail.len()].copy_from_slice(tail);
    word(hash, u64::from_le_bytes(rest))
}
