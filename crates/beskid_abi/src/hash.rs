//! How compiled code and runtime mix a word into a hash: by a folded multiplication.
//!
//! ```text
//! hash, word ──► upper half ^ lower half of the 128 bits of (hash ^ word) * MULTIPLIER
//! ```
//!
//! This is the step of wyhash (Wang Yi, *Modern non-cryptographic hash function and pseudorandom number
//! generator*, 2019) and of foldhash. The hash is secret as it begins with the seed of the process, so nobody
//! can prepare words for which one half of the product takes back what the other one says, as would be
//! possible with the lower half and a shift of it.

/// What the exclusive or of hash and word is multiplied by: 2 to the 64th by the golden ratio, odd.
pub const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

/// A hash with a word mixed in.
#[must_use]
pub const fn mixed(hash: u64, word: u64) -> u64 {
    let product = (hash ^ word) as u128 * MULTIPLIER as u128;
    (product >> 64) as u64 ^ product as u64
}
