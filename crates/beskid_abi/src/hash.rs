//! How compiled code and runtime mix a word into a hash.

/// What the exclusive or of hash and word is multiplied by: 2 to the 64th by the golden ratio, odd.
pub const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
/// How far the product's high bits are brought down.
pub const SHIFT: u32 = 32;
