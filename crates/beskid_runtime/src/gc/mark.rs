//! Marking: from gray objects to everything they reach.
//!
//! Depth first, with a short queue in front: a reference that was found is prefetched and looked at
//! sixteen references later, when its header has arrived in the cache. That alone halves the time of a
//! cycle whose heap is larger than the cache (Cher, Hosking and Vitek, *Software prefetching for
//! mark-sweep garbage collection*, ASPLOS 2004).
//!
//! *Several markers* may work on one pool, with the program running. Each marks by itself: that two of them
//! may both find an object unmarked and look at it twice costs time and nothing else, so marking needs no
//! exchange. Such a marker takes only objects that were there when marking began, which have the mark of
//! the cycle before: an object made since belongs to the program alone.

use core::ops::Range;

use beskid_abi::header::MARK_STATIC;
use beskid_abi::type_descriptor::TypeDescriptor;

use crate::arch;
use crate::gc::gray::{Entry, GrayStack};
use crate::heap::line_marks::LineMarker;
use crate::object::{self, GcRef};

/// References in the queue.
const AHEAD: usize = 16;
/// Bytes of an array's elements that are looked at in one go.
const PORTION: usize = 16 << 10;

/// Which objects a marker marks, with what.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// Those that no cycle has reached, and they become old. The program stands.
    Young {
        /// The mark byte to set.
        mark: u8,
    },
    /// All but those with that mark, and they become old. The program stands.
    All {
        /// The mark byte to set.
        mark: u8,
    },
    /// Those that have the mark `from`. The program may run.
    Beside {
        /// The mark byte to set.
        mark: u8,
        /// The mark byte of objects that were there when marking began.
        from: u8,
    },
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Marker {
    goal: Goal,
    lines: LineMarker,
    gray: GrayStack,
    /// Bytes of objects that were marked and of arrays that were looked at again.
    work: usize,
    /// The pool got work from this marker since somebody asked.
    has_given: bool,
}

impl Marker {
    pub(crate) fn new(goal: Goal, lines: LineMarker, gray: GrayStack) -> Self {
        Self { goal, lines, gray, work: 0, has_given: false }
    }

    /// Marks an object, unless that is not this marker's business.
    ///
    /// # Safety
    /// `object` is one.
    #[inline]
    pub(crate) unsafe fn reach(&mut self, object: GcRef) {
        // SAFETY: it is an object, and those that are not static are on the heap. One whose header has not
        // reached this thread yet has no mark, and only a marker beside the program meets such.
        unsafe {
            let (found, descriptor) = object::header(object);
            match self.goal {
                Goal::Young { mark } => {
                    if found != 0 {
                        return;
                    }
                    object::set_old(object, &*descriptor, mark);
                }
                Goal::All { mark } => {
                    if found == mark || found == MARK_STATIC {
                        return;
                    }
                    object::set_old(object, &*descriptor, mark);
                }
                Goal::Beside { mark, from } => {
                    if found != from {
                        return;
                    }
                    object::set_mark(object, mark);
                }
            }
            let descriptor = &*descriptor;
            let size = object::size(object, descriptor);
            self.work += size;
            // Large objects have no lines; their mark byte is all they need.
            self.lines.claim(object.addr(), size);
            if descriptor.reference_count > 0 {
                self.has_given |= self.gray.push(object);
            }
        }
    }

    /// Looks at an object that need not be marked: an old one that may refer to new ones.
    ///
    /// # Safety
    /// `object` is one.
    pub(crate) unsafe fn look_at(&mut self, object: GcRef) {
        self.has_given |= self.gray.push(object);
    }

    /// Marks what some elements of arrays refer to.
    ///
    /// # Safety
    /// The arrays have them.
    pub(crate) unsafe fn look_at_elements(
        &mut self,
        parts: impl Iterator<Item = (GcRef, Range<usize>)>,
    ) {
        let mut queue = Queue::new();
        for (array, elements) in parts {
            // SAFETY: as the caller promises; the queue holds references.
            unsafe {
                let descriptor = object::descriptor(array);
                object::references_of_elements(array, descriptor, elements, |reference| {
                    if let Some(oldest) = queue.replace_oldest(reference) {
                        self.reach(oldest);
                    }
                });
            }
        }
        while let Some(oldest) = queue.take_oldest() {
            // SAFETY: the queue holds references.
            unsafe { self.reach(oldest) };
        }
    }

    /// Marks what gray objects reach, those of the pool included, for about so many bytes; whether nothing
    /// is left but what other markers hold.
    pub(crate) fn drain(&mut self, budget: usize) -> bool {
        let end = self.work.saturating_add(budget);
        let mut queue = Queue::new();
        while self.work < end {
            if let Some(entry) = self.gray.pop() {
                self.scan(entry, |marker, reference| {
                    if let Some(oldest) = queue.replace_oldest(reference) {
                        // SAFETY: the queue holds references.
                        unsafe { marker.reach(oldest) };
                    }
                });
            } else if let Some(oldest) = queue.take_oldest() {
                // SAFETY: the queue holds references.
                unsafe { self.reach(oldest) };
            } else {
                return true;
            }
        }
        while let Some(oldest) = queue.take_oldest() {
            // SAFETY: the queue holds references.
            unsafe { self.reach(oldest) };
        }
        false
    }

    /// Calls `visit` with the references of an entry, or of the first portion of it.
    #[inline]
    fn scan(&mut self, entry: Entry, mut visit: impl FnMut(&mut Self, GcRef)) {
        let (object, start) = match entry {
            Entry::Object(object) => (object, 0),
            Entry::Portion(array, index) => (array, index),
        };
        // SAFETY: gray objects are objects, and so is what they refer to.
        unsafe {
            let descriptor = object::descriptor(object);
            let Some(length) = object::array_length(object, descriptor) else {
                return object::references(object, descriptor, |reference| visit(self, reference));
            };
            let end = length.min(start + portion(descriptor));
            if end < length {
                self.has_given |= self.gray.push_portion(object, end);
            }
            if start > 0 {
                self.work += PORTION;
            }
            object::references_of_elements(object, descriptor, start..end, |reference| {
                visit(self, reference);
            });
        }
    }

    /// Bytes of work so far.
    pub(crate) fn work(&self) -> usize {
        self.work
    }

    /// Whether the pool got work from here since the latest question.
    pub(crate) fn take_has_given(&mut self) -> bool {
        core::mem::take(&mut self.has_given)
    }

    /// Hands what it has to the pool.
    pub(crate) fn give(&mut self) {
        self.has_given |= self.gray.give();
    }

    /// Gives others something to do, if there is nothing in the pool.
    pub(crate) fn share(&mut self) {
        self.gray.share();
    }

    /// Lines claimed.
    pub(crate) fn claimed_lines(&self) -> usize {
        self.lines.claimed
    }
}

/// Elements in a portion of an array of that type.
fn portion(descriptor: &TypeDescriptor) -> usize {
    (PORTION / (descriptor.size as usize).max(1)).max(1)
}

/// References whose headers are on their way into the cache.
struct Queue {
    waiting: [GcRef; AHEAD],
    next: usize,
    count: usize,
}

impl Queue {
    fn new() -> Self {
        Self { waiting: [core::ptr::null_mut(); AHEAD], next: 0, count: 0 }
    }

    #[inline]
    fn replace_oldest(&mut self, reference: GcRef) -> Option<GcRef> {
        // The first fields too, which may lie in the next line of the cache.
        arch::prefetch(reference.cast());
        arch::prefetch(reference.cast::<u8>().wrapping_add(16));
        let oldest = core::mem::replace(&mut self.waiting[self.next], reference);
        self.next = (self.next + 1) % AHEAD;
        if self.count == AHEAD {
            return Some(oldest);
        }
        self.count += 1;
        None
    }

    #[inline]
    fn take_oldest(&mut self) -> Option<GcRef> {
        let count = self.count.checked_sub(1)?;
        let oldest = self.waiting[(self.next + AHEAD - self.count) % AHEAD];
        self.count = count;
        Some(oldest)
    }
}
