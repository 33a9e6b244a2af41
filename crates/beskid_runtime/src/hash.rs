//! Mixing texts into a hash.
//!
//! *Invariants.* Words are mixed in as [`beskid_abi::hash`] says, as compiled code does it. The length comes
//! first, so that a text and its beginning have different words.

use beskid_abi::hash;

/// A hash with a text mixed in: its length in bytes and its words, what lies behind the text as 0.
pub(crate) fn text(hash: u64, length: usize, words: impl Iterator<Item = u64>) -> u64 {
    words.fold(hash::mixed(hash, length as u64), hash::mixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_in_high_bits_alone_is_told_apart() {
        // Two words whose differences would cancel each other if only the lower half of the product counted.
        let (one, other) = ([1, 2], [1 | 1 << 63, 2 ^ (1 << 63 | 1 << 31)]);
        for seed in 0..1000 {
            assert_ne!(text(seed, 16, one.into_iter()), text(seed, 16, other.into_iter()));
        }
    }
}
