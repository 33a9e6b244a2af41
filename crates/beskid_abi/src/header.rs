//! The first word of every object.
//!
//! ```text
//!  63      56 55      48 47                                             0
//! +----------+----------+-----------------------------------------------+
//! | log byte | mark byte|  address of the TypeDescriptor                 |
//! +----------+----------+-----------------------------------------------+
//! ```
//!
//! *Invariants.* A fresh object has mark and log byte 0, so allocation writes the header with one
//! store of the descriptor's address. Mark and log byte are bytes of their own because the marker
//! and the mutator write them at the same time. The log byte is not 0 exactly while the object is
//! old and not yet remembered: the barrier's fast path tests that byte alone.

/// Bytes of the header.
pub const HEADER_SIZE: usize = 8;
/// Offset of the mark byte (little-endian word).
pub const MARK_OFFSET: usize = 6;
/// Offset of the log byte (little-endian word).
pub const LOG_OFFSET: usize = 7;
/// The bits that hold the descriptor's address.
pub const DESCRIPTOR_MASK: u64 = (1 << 48) - 1;
/// Mark byte of objects in static data: never marked, moved or freed, and never written.
pub const MARK_STATIC: u8 = 0xff;
/// What is added to a descriptor's address to make the header of a static object.
pub const STATIC_HEADER_ADDEND: i64 = ((MARK_STATIC as u64) << 48) as i64;

/// The header as the runtime sees it.
#[derive(Debug)]
#[repr(C)]
pub struct ObjectHeader {
    /// Descriptor address, mark byte, log byte.
    pub word: u64,
}

const _: () = assert!(size_of::<ObjectHeader>() == HEADER_SIZE);
const _: () =
    assert!(cfg!(target_endian = "little"), "mark and log byte offsets assume little-endian");
