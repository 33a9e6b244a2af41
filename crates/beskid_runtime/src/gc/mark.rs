//! Marking: from gray objects to everything they reach.
//!
//! Depth first, with a short queue in front: a reference that was found is prefetched and looked at
//! sixteen references later, when its header has arrived in the cache. That alone halves the time of a
//! cycle whose heap is larger than the cache (Cher, Hosking and Vitek, *Software prefetching for
//! mark-sweep garbage collection*, ASPLOS 2004).

use alloc::vec::Vec;

use beskid_abi::header::MARK_STATIC;

use crate::arch;
use crate::gc::OutOfMemory;
use crate::heap::line::LineMarker;
use crate::object::{self, GcRef};

/// References in the queue.
const AHEAD: usize = 16;
/// Gray objects that the next cycle keeps room for.
const KEPT: usize = 128 << 10;

/// See the module.
#[derive(Debug)]
pub(crate) struct Marker {
    mark: u8,
    lines: LineMarker,
    gray: Vec<GcRef>,
    /// The gray queue could not grow, so objects were left out.
    exhausted: bool,
}

/// What a marker leaves.
#[derive(Debug)]
pub(crate) struct Marked {
    /// The empty gray queue, for the next cycle.
    pub(crate) gray: Vec<GcRef>,
    /// Bytes of lines that live.
    pub(crate) line_bytes: usize,
}

impl Marker {
    pub(crate) fn new(mark: u8, lines: LineMarker, gray: Vec<GcRef>) -> Self {
        Self { mark, lines, gray, exhausted: false }
    }

    /// Marks an object, unless it is marked or static.
    ///
    /// # Safety
    /// `object` is one.
    #[inline]
    pub(crate) unsafe fn reach(&mut self, object: GcRef) {
        // SAFETY: it is an object, and those that are not static are on the heap.
        unsafe {
            let mark = object::mark(object);
            if mark == self.mark || mark == MARK_STATIC {
                return;
            }
            object::set_mark(object, self.mark);
            let descriptor = object::descriptor(object);
            // Large objects have no lines; their mark byte is all they need.
            self.lines.claim(object.addr(), object::size(object, descriptor));
            if descriptor.reference_count > 0 {
                self.push(object);
            }
        }
    }

    #[inline]
    fn push(&mut self, object: GcRef) {
        if self.gray.len() == self.gray.capacity() && self.gray.try_reserve(1).is_err() {
            self.exhausted = true;
            return;
        }
        self.gray.push(object);
    }

    /// Marks everything that gray objects reach.
    pub(crate) fn drain(&mut self) {
        let mut queue = [core::ptr::null_mut(); AHEAD];
        let (mut next, mut waiting) = (0, 0);
        loop {
            if let Some(object) = self.gray.pop() {
                // SAFETY: gray objects are objects, and so is what they refer to.
                unsafe {
                    object::references(object, object::descriptor(object), |reference| {
                        arch::prefetch(reference.cast());
                        let oldest = core::mem::replace(&mut queue[next], reference);
                        next = (next + 1) % AHEAD;
                        if waiting == AHEAD {
                            self.reach(oldest);
                        } else {
                            waiting += 1;
                        }
                    });
                }
            } else if waiting > 0 {
                let oldest = queue[(next + AHEAD - waiting) % AHEAD];
                waiting -= 1;
                // SAFETY: the queue holds references.
                unsafe { self.reach(oldest) };
            } else {
                return;
            }
        }
    }

    /// Ends the cycle's marking.
    pub(crate) fn finish(mut self) -> Result<Marked, OutOfMemory> {
        if self.exhausted {
            return Err(OutOfMemory);
        }
        if self.gray.capacity() > KEPT {
            self.gray = Vec::new();
        }
        Ok(Marked { gray: self.gray, line_bytes: self.lines.live * crate::heap::line::LINE })
    }
}
