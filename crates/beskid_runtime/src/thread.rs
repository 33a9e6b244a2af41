//! The state of a thread that runs compiled code.
//!
//! ```text
//! pinned register ──► | ThreadContext: fields compiled code knows | heap, text, output, … |
//! ```
//!
//! *Invariant.* Compiled code touches only the context, and only while no runtime function runs, so a
//! runtime function may hold the whole as a unique reference.

use core::ptr;

use beskid_abi::system::KEPT_VALUES;
use beskid_abi::thread_context::ThreadContext;

use crate::catch::Catch;
use crate::gc;
use crate::heap::Heap;
use crate::heap::line::LARGEST;
use crate::object::GcRef;
use crate::output::Output;
use crate::panic;
use crate::platform;
use crate::settings::Settings;
use crate::stack::map_lookup::CodeIndex;
use crate::start::Texts;
use crate::text::TextBuffer;

/// See the module.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Thread<'p> {
    /// Must be the first field.
    pub(crate) context: ThreadContext,
    pub(crate) heap: Heap,
    pub(crate) text: TextBuffer,
    pub(crate) output: Output<'p>,
    pub(crate) code: CodeIndex<'p>,
    pub(crate) arguments: Texts<'p>,
    pub(crate) environment: Texts<'p>,
    /// Values that the library keeps for the whole program, or null.
    pub(crate) kept: [GcRef; KEPT_VALUES],
    /// A panic is being reported.
    pub(crate) is_ending: bool,
    /// The innermost call whose panics are caught.
    pub(crate) catch: *mut Catch,
}

const _: () = assert!(core::mem::offset_of!(Thread<'_>, context) == 0);

impl<'p> Thread<'p> {
    pub(crate) fn new(
        settings: Settings,
        code: CodeIndex<'p>,
        output: Output<'p>,
        arguments: Texts<'p>,
        environment: Texts<'p>,
    ) -> Self {
        Self {
            context: ThreadContext {
                cursor: 0,
                limit: 0,
                poll: 0,
                marking: 0,
                frame_pointer: 0,
                stack_pointer: 0,
                return_address: 0,
                result: 0,
                entry: 0,
                hash_seed: platform::random(),
                counters: 0,
            },
            heap: Heap::new(settings),
            text: TextBuffer::new(),
            output,
            code,
            arguments,
            environment,
            kept: [ptr::null_mut(); KEPT_VALUES],
            is_ending: false,
            catch: ptr::null_mut(),
        }
    }

    /// The state around a context.
    ///
    /// # Safety
    /// `context` is that of a running thread, and no other reference to its state is in use.
    pub(crate) unsafe fn of<'a>(context: *mut ThreadContext) -> &'a mut Thread<'p> {
        // SAFETY: contexts are only ever made as the first field of a `Thread`.
        unsafe { &mut *context.cast::<Thread<'p>>() }
    }

    /// Zeroed memory for an object of `size` bytes. May collect: of the caller's references only those
    /// in stack maps and in `keep` survive. Panics if there is no memory.
    #[inline]
    pub(crate) fn allocate(&mut self, size: usize, keep: &[GcRef]) -> *mut u8 {
        match self.bump(size) {
            Some(memory) => memory,
            None => self.allocate_slow(size, keep),
        }
    }

    /// The same if there is room in the small region, as compiled code does it: that is its own while there is.
    #[inline]
    pub(crate) fn bump(&mut self, size: usize) -> Option<*mut u8> {
        let start = self.context.cursor;
        let has_room = size <= LARGEST && start + size <= self.context.limit;
        has_room.then(|| {
            self.context.cursor = start + size;
            start as *mut u8
        })
    }

    #[cold]
    #[inline(never)]
    fn allocate_slow(&mut self, size: usize, keep: &[GcRef]) -> *mut u8 {
        match gc::allocate(self, size, keep) {
            Ok(memory) => memory,
            Err(_) => self.out_of_memory(),
        }
    }

    /// Ends the program for want of memory.
    pub(crate) fn out_of_memory(&mut self) -> ! {
        panic::raise(self, |report| {
            report.text("out of memory");
        })
    }
}
