//! What a driver hands to the runtime: one static record per program.
//!
//! The executable's start code finds it under [`crate::symbol::PROGRAM`]; the JIT passes the address
//! of the same data object.

use crate::thread_context::ThreadContext;

/// The entry shim: loads the pinned register, calls `main`, returns the exit status.
pub type EntryShim = unsafe extern "C" fn(*mut ThreadContext) -> i64;

/// The record.
#[derive(Debug)]
#[repr(C)]
pub struct Program {
    /// Address of the symbol that only a matching runtime defines.
    pub abi_version: *const u8,
    /// The unit's [`crate::code_map`].
    pub code_map: *const u8,
    /// The entry shim.
    pub entry: EntryShim,
}

/// Offset of [`Program::abi_version`].
pub const PROGRAM_ABI_VERSION_OFFSET: usize = 0;
/// Offset of [`Program::code_map`].
pub const PROGRAM_CODE_MAP_OFFSET: usize = 8;
/// Offset of [`Program::entry`].
pub const PROGRAM_ENTRY_OFFSET: usize = 16;
/// Bytes of the record.
pub const PROGRAM_SIZE: usize = 24;

const _: () = {
    assert!(size_of::<Program>() == PROGRAM_SIZE);
    assert!(core::mem::offset_of!(Program, abi_version) == PROGRAM_ABI_VERSION_OFFSET);
    assert!(core::mem::offset_of!(Program, code_map) == PROGRAM_CODE_MAP_OFFSET);
    assert!(core::mem::offset_of!(Program, entry) == PROGRAM_ENTRY_OFFSET);
};

// SAFETY: the record is immutable static data.
unsafe impl Sync for Program {}
