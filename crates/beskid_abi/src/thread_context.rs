//! The part of a thread's state that compiled code reads and writes through the pinned register.
//!
//! *Invariants.* Memory between `cursor` and `limit` is zero. `limit` may be lowered to stop a
//! thread at its next allocation. The frame fields are written by the entry of every runtime function
//! whose effects need the caller's frame, before anything else runs. Compiled code writes them before it
//! calls a function of C, with [`FOREIGN_CALL`] for the return address: C may call the program again.

/// Fields with fixed offsets; the runtime keeps its own state behind them.
#[derive(Debug)]
#[repr(C)]
pub struct ThreadContext {
    /// Next free byte of the open allocation region.
    pub cursor: usize,
    /// End of the open allocation region.
    pub limit: usize,
    /// Not 0: stop at the next poll.
    pub poll: u64,
    /// Not 0 while concurrent marking runs: stores log the overwritten reference.
    pub marking: u64,
    /// Frame pointer of the compiled function that called the runtime.
    pub frame_pointer: usize,
    /// Its stack pointer at the call (the address above the return address); 0 after a call of C.
    pub stack_pointer: usize,
    /// The return address of that call; [`FOREIGN_CALL`] if it is one of C.
    pub return_address: usize,
    /// Compiled code's own: the result of its slow path of allocation, from its return to the next
    /// instruction.
    pub result: usize,
    /// The innermost [`crate::library::EntryFrame`]: where C called the program last. 0 if nobody did.
    pub entry: usize,
    /// Where hashes begin: another number in each process, which does not change.
    pub hash_seed: u64,
    /// The first counter of [`crate::coverage`], of a program that is measured; 0 in others.
    pub counters: usize,
}

/// Stands for the return address of a call of C. The call itself puts it below the stack pointer.
pub const FOREIGN_CALL: usize = 0;

/// Offset of [`ThreadContext::cursor`].
pub const CURSOR_OFFSET: usize = 0;
/// Offset of [`ThreadContext::limit`].
pub const LIMIT_OFFSET: usize = 8;
/// Offset of [`ThreadContext::poll`].
pub const POLL_OFFSET: usize = 16;
/// Offset of [`ThreadContext::marking`].
pub const MARKING_OFFSET: usize = 24;
/// Offset of [`ThreadContext::frame_pointer`].
pub const FRAME_POINTER_OFFSET: usize = 32;
/// Offset of [`ThreadContext::stack_pointer`].
pub const STACK_POINTER_OFFSET: usize = 40;
/// Offset of [`ThreadContext::return_address`].
pub const RETURN_ADDRESS_OFFSET: usize = 48;
/// Offset of [`ThreadContext::result`].
pub const RESULT_OFFSET: usize = 56;
/// Offset of [`ThreadContext::entry`].
pub const ENTRY_OFFSET: usize = 64;
/// Offset of [`ThreadContext::hash_seed`].
pub const HASH_SEED_OFFSET: usize = 72;
/// Offset of [`ThreadContext::counters`].
pub const COUNTERS_OFFSET: usize = 80;

const _: () = {
    assert!(core::mem::offset_of!(ThreadContext, cursor) == CURSOR_OFFSET);
    assert!(core::mem::offset_of!(ThreadContext, limit) == LIMIT_OFFSET);
    assert!(core::mem::offset_of!(ThreadContext, poll) == POLL_OFFSET);
    assert!(core::mem::offset_of!(ThreadContext, marking) == MARKING_OFFSET);
    assert!(core::mem::offset_of!(ThreadContext, frame_pointer) == FRAME_POINTER_OFFSET);
    assert!(core::mem::offset_of!(ThreadContext, stack_pointer) == STACK_POINTER_OFFSET);
    assert!(core::mem::offset_of!(ThreadContext, return_address) == RETURN_ADDRESS_OFFSET);
    assert!(core::mem::offset_of!(ThreadContext, result) == RESULT_OFFSET);
    assert!(core::mem::offset_of!(ThreadContext, entry) == ENTRY_OFFSET);
    assert!(core::mem::offset_of!(ThreadContext, hash_seed) == HASH_SEED_OFFSET);
    assert!(core::mem::offset_of!(ThreadContext, counters) == COUNTERS_OFFSET);
};
