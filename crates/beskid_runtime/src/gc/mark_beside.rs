//! Marking beside the program: by the collector's thread, and by the program in its turns.
//!
//! Gray are objects that are marked and whose references are still to be looked at. Within a step an object
//! is mostly looked at when it is marked; the references that it holds are kept at hand, and none is left
//! when the step ends: the object of one may be new, and die meanwhile.
//!
//! *Several markers* may work on one pool, with the program running. Each marks by itself: that two of them
//! may both find an object unmarked and look at it twice costs time and nothing else, so marking needs no
//! exchange. Such a marker takes only objects that were there when marking began, which have the mark of
//! the cycle before: an object made since belongs to the program alone.

use core::ptr;

use beskid_abi::object::ARRAY_ELEMENTS_OFFSET;
use beskid_abi::type_descriptor::TypeDescriptor;

use crate::gc::ahead::Queue;
use crate::gc::gray::{Entry, GrayStack};
use crate::gc::handshake::Steps;
use crate::heap::line_marks::LineMarker;
use crate::object::{self, GcRef};

/// What to mark, with what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    /// The mark byte to set.
    pub(super) mark: u8,
    /// The mark byte of objects that were there when marking began.
    pub(super) from: u8,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct BesideMarker {
    goal: Goal,
    lines: LineMarker,
    gray: GrayStack,
    /// Bytes of objects that were marked and of arrays that were looked at again.
    work: usize,
    /// The pool got work from this marker since somebody asked.
    has_given: bool,
}

impl BesideMarker {
    pub(crate) fn new(goal: Goal, lines: LineMarker, gray: GrayStack) -> Self {
        Self { goal, lines, gray, work: 0, has_given: false }
    }

    /// Marks an object and makes it gray, unless that is not this marker's business.
    ///
    /// # Safety
    /// `object` is one.
    #[inline]
    pub(crate) unsafe fn reach(&mut self, object: GcRef) {
        // SAFETY: as the caller promises.
        if let Some(descriptor) = unsafe { self.mark(object) }
            && descriptor.reference_count > 0
        {
            self.has_given |= self.gray.push(object);
        }
    }

    /// Marks an object; its descriptor if that is to be looked at.
    ///
    /// # Safety
    /// `object` is one.
    #[inline]
    unsafe fn mark<'a>(&mut self, object: GcRef) -> Option<&'a TypeDescriptor> {
        // SAFETY: it is an object, and those that are not static are on the heap. One whose header has not
        // reached this thread yet has no mark.
        unsafe {
            let (found, descriptor) = object::header(object);
            if found != self.goal.from {
                return None;
            }
            let descriptor = &*descriptor;
            object::set_mark(object, self.goal.mark);
            let size = object::size(object, descriptor);
            self.work += size;
            // Large objects have no lines; their mark byte is all they need.
            self.lines.claim(object.addr(), size);
            Some(descriptor)
        }
    }

    /// Marks what gray objects reach, those of the pool included, for about so many bytes, or until the
    /// end of the step that it is in is wanted; whether nothing is left but what other markers hold.
    #[inline(never)]
    pub(super) fn drain(&mut self, budget: usize, step: Option<&Steps>) -> bool {
        let end = self.work.saturating_add(budget);
        let mut found = Found::new();
        let mut queue = Queue::new();
        while self.work < end && !step.is_some_and(Steps::is_end_wanted) {
            let oldest = if let Some(reference) = found.pop() {
                queue.replace_oldest(reference)
            } else if let Some(entry) = self.gray.pop() {
                self.look_at(entry, &mut found);
                continue;
            } else if let Some(oldest) = queue.take_oldest() {
                Some(oldest)
            } else {
                return true;
            };
            if let Some(oldest) = oldest {
                // SAFETY: the queue holds references.
                unsafe { self.reach_and_look(oldest, &mut found) };
            }
        }
        loop {
            let oldest = match found.pop() {
                Some(reference) => queue.replace_oldest(reference),
                None => match queue.take_oldest() {
                    None => return false,
                    oldest => oldest,
                },
            };
            if let Some(oldest) = oldest {
                // SAFETY: the queue holds references.
                unsafe { self.reach(oldest) };
            }
        }
    }

    /// Marks an object, and notes what it refers to if there is room; otherwise it is gray.
    ///
    /// # Safety
    /// `object` is one.
    #[inline]
    unsafe fn reach_and_look(&mut self, object: GcRef, found: &mut Found) {
        // SAFETY: as the caller promises.
        unsafe {
            let Some(descriptor) = self.mark(object) else { return };
            if descriptor.reference_count == 0 {
                return;
            }
            if object::array_length(object, descriptor).is_some()
                || !found.add(object.cast(), object::reference_offsets(descriptor))
            {
                self.has_given |= self.gray.push(object);
            }
        }
    }

    /// Notes the references of an entry, or of as much of it as there is room for. There is room for some.
    fn look_at(&mut self, entry: Entry, found: &mut Found) {
        let (object, start) = match entry {
            Entry::Object(object) => (object, 0),
            Entry::Portion(array, index) => (array, index),
        };
        // SAFETY: gray objects are objects, and so is what they refer to.
        unsafe {
            let descriptor = object::descriptor(object);
            let offsets = object::reference_offsets(descriptor);
            let Some(length) = object::array_length(object, descriptor) else {
                if !found.add(object.cast(), offsets) {
                    self.reach_all(object.cast(), offsets);
                }
                return;
            };
            let size = descriptor.size as usize;
            let end = length.min(start + (AT_HAND / offsets.len().max(1)).max(1));
            if end < length {
                self.has_given |= self.gray.push_portion(object, end);
            }
            if start > 0 {
                self.work += (end - start) * size;
            }
            for index in start..end {
                let element = object.cast::<u8>().add(ARRAY_ELEMENTS_OFFSET + index * size);
                if !found.add(element, offsets) {
                    self.reach_all(element, offsets);
                }
            }
        }
    }

    /// Marks what an object or element refers to that has too many references to keep them at hand.
    #[cold]
    unsafe fn reach_all(&mut self, part: *mut u8, offsets: &[u32]) {
        for &offset in offsets {
            // SAFETY: there is a reference, or null.
            unsafe {
                let reference = object::reference_at(part, offset);
                if !reference.is_null() {
                    self.reach(reference);
                }
            }
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

/// References that are kept at hand.
const AT_HAND: usize = 256;

/// References that were found within a step.
struct Found {
    references: [GcRef; AT_HAND],
    length: usize,
}

impl Found {
    fn new() -> Self {
        Self { references: [ptr::null_mut(); AT_HAND], length: 0 }
    }

    /// Adds what is stored at some places and not null; nothing if there is no room.
    ///
    /// # Safety
    /// At each offset from `part` there is a reference.
    #[inline]
    unsafe fn add(&mut self, part: *mut u8, offsets: &[u32]) -> bool {
        let Some(room) = self.references.get_mut(self.length..self.length + offsets.len()) else {
            return false;
        };
        // SAFETY: as the caller promises.
        self.length += unsafe { object::copy_references(part, offsets, room) };
        true
    }

    #[inline]
    fn pop(&mut self) -> Option<GcRef> {
        self.length = self.length.checked_sub(1)?;
        Some(self.references[self.length])
    }
}
