//! How C calls a program that is a library.
//!
//! ```text
//! C ──► export shim ──library_enter──► the context of the library's thread
//!         │  EntryFrame on the shim's stack, linked into the context
//!         └─► function of the program ──► C ──► export shim ──► …
//! ```
//!
//! A library has one static record, which its shims pass to the runtime; the runtime keeps there what it
//! makes at the first call. Each shim has an [`EntryFrame`], so that a walk of the stack goes on behind
//! C's frames.
//!
//! *Invariants.* Entry frames form a list from the innermost outwards, in the order of their addresses.

/// The record. It is writable data of the unit.
#[derive(Debug)]
#[repr(C)]
pub struct Library {
    /// Address of the symbol that only a matching runtime defines.
    pub abi_version: *const u8,
    /// The unit's [`crate::code_map`].
    pub code_map: *const u8,
    /// The runtime's: 0 before the first call.
    pub state: usize,
}

/// Offset of [`Library::abi_version`].
pub const LIBRARY_ABI_VERSION_OFFSET: usize = 0;
/// Offset of [`Library::code_map`].
pub const LIBRARY_CODE_MAP_OFFSET: usize = 8;
/// Offset of [`Library::state`].
pub const LIBRARY_STATE_OFFSET: usize = 16;
/// Bytes of the record.
pub const LIBRARY_SIZE: usize = 24;

/// Where C has called the program; it lies in the frame of the shim.
#[derive(Debug)]
#[repr(C)]
pub struct EntryFrame {
    /// The frame pointer of the shim: its caller's frame is C's. The shim writes it.
    pub frame_pointer: usize,
    /// The next one outwards, or 0.
    pub outer: usize,
    /// If there is one: the frame pointer of the function that called C.
    pub caller_frame_pointer: usize,
    /// Its stack pointer at that call, which put the return address below.
    pub caller_stack_pointer: usize,
}

/// Offset of [`EntryFrame::frame_pointer`].
pub const ENTRY_FRAME_POINTER_OFFSET: usize = 0;
/// Bytes of an entry frame.
pub const ENTRY_FRAME_SIZE: usize = 32;

const _: () = {
    assert!(size_of::<Library>() == LIBRARY_SIZE);
    assert!(core::mem::offset_of!(Library, abi_version) == LIBRARY_ABI_VERSION_OFFSET);
    assert!(core::mem::offset_of!(Library, code_map) == LIBRARY_CODE_MAP_OFFSET);
    assert!(core::mem::offset_of!(Library, state) == LIBRARY_STATE_OFFSET);
    assert!(size_of::<EntryFrame>() == ENTRY_FRAME_SIZE);
    assert!(core::mem::offset_of!(EntryFrame, frame_pointer) == ENTRY_FRAME_POINTER_OFFSET);
};
