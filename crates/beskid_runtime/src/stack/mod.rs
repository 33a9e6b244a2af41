//! The stack a program runs on: its memory, walking its frames, and what the code map says of them.

pub(crate) mod map_lookup;
pub(crate) mod memory;
pub(crate) mod walk;
