//! Marking while the program stands: minor cycles, and full ones of small heaps.
//!
//! Gray here are *references*, not yet looked at, because nothing changes meanwhile: each object is touched
//! once, when the oldest reference of a short queue comes out of it. Then it is marked and its references
//! are pushed, without a branch for those that are null (the edges of Garner, Blackburn and Frampton,
//! *Effective prefetch for mark-sweep garbage collection*, ISMM 2007).
//!
//! *Several markers* may work on one pool. Each marks by itself: that two of them may both find an object
//! unmarked and look at it twice costs time and nothing else, so marking needs no exchange.

use core::ops::Range;

use beskid_abi::object::ARRAY_ELEMENTS_OFFSET;
use beskid_abi::type_descriptor::TypeDescriptor;

use crate::gc::ahead::Queue;
use crate::gc::gray::{Entry, GrayStack};
use crate::heap::line_marks::LineMarker;
use crate::object::{self, GcRef};

/// Elements of an array that are looked at in one go.
const PORTION: usize = 1024;

/// What to mark, with what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    /// The mark byte to set.
    mark: u8,
    /// The mark byte of objects that are marked besides new ones; 0 if none are.
    from: u8,
}

impl Goal {
    /// New objects, and they become old.
    pub(crate) fn young(mark: u8) -> Self {
        Self { mark, from: 0 }
    }

    /// All but those that have that mark, and they become old.
    pub(crate) fn all(mark: u8) -> Self {
        Self { mark, from: 3 - mark }
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct StandingMarker {
    goal: Goal,
    lines: LineMarker,
    gray: GrayStack,
}

impl StandingMarker {
    pub(crate) fn new(goal: Goal, lines: LineMarker, gray: GrayStack) -> Self {
        Self { goal, lines, gray }
    }

    /// Has an object marked, unless that is not this cycle's business.
    pub(crate) fn reach(&mut self, object: GcRef) {
        self.gray.push(object);
    }

    /// Has marked what an object refers to.
    ///
    /// # Safety
    /// `object` is one.
    #[inline]
    pub(crate) unsafe fn look_at(&mut self, object: GcRef) {
        // SAFETY: as the caller promises.
        unsafe { self.push_references_of(object, object::descriptor(object)) };
    }

    /// Has marked what some elements of an array refer to.
    ///
    /// # Safety
    /// The array has them.
    pub(crate) unsafe fn look_at_elements(&mut self, array: GcRef, elements: Range<usize>) {
        // SAFETY: as the caller promises.
        unsafe { self.push_references_of_elements(array, object::descriptor(array), elements) };
    }

    /// Marks all that was reached, and everything it refers to; returns the lines claimed.
    pub(crate) fn drain(mut self) -> usize {
        let mut queue = Queue::new();
        loop {
            let oldest = match self.gray.pop() {
                Some(Entry::Object(reference)) => queue.replace_oldest(reference),
                Some(Entry::Portion(array, start)) => {
                    // SAFETY: the array was looked at up to there.
                    unsafe { self.push_portion(array, object::descriptor(array), start) };
                    continue;
                }
                None => match queue.take_oldest() {
                    None => return self.lines.claimed,
                    oldest => oldest,
                },
            };
            if let Some(oldest) = oldest {
                // SAFETY: gray are references to objects.
                unsafe { self.mark(oldest) };
            }
        }
    }

    #[inline]
    unsafe fn mark(&mut self, object: GcRef) {
        // SAFETY: it is an object, and those that are marked are on the heap.
        unsafe {
            let (found, descriptor) = object::mark_and_descriptor(object);
            if found != 0 && found != self.goal.from {
                return;
            }
            object::set_old(object, descriptor, self.goal.mark);
            // Large objects have no lines; their mark byte is all they need.
            self.lines.claim(object.addr(), object::size(object, descriptor));
            if descriptor.reference_count > 0 {
                self.push_references_of(object, descriptor);
            }
        }
    }

    #[inline]
    unsafe fn push_references_of(&mut self, object: GcRef, descriptor: &TypeDescriptor) {
        // SAFETY: it is an object of that descriptor.
        unsafe {
            if object::array_length(object, descriptor).is_some() {
                self.push_portion(object, descriptor, 0);
            } else {
                self.gray.push_found(object.cast(), object::reference_offsets(descriptor));
            }
        }
    }

    /// A portion of an array from an index on; the rest is for later.
    unsafe fn push_portion(&mut self, array: GcRef, descriptor: &TypeDescriptor, start: usize) {
        // SAFETY: it is an array of that descriptor.
        unsafe {
            let length = object::array_length(array, descriptor).unwrap_or(0);
            let end = length.min(start + PORTION);
            if end < length {
                self.gray.push_portion(array, end);
            }
            self.push_references_of_elements(array, descriptor, start..end);
        }
    }

    unsafe fn push_references_of_elements(
        &mut self,
        array: GcRef,
        descriptor: &TypeDescriptor,
        elements: Range<usize>,
    ) {
        if descriptor.reference_count == 0 {
            return;
        }
        for index in elements {
            // SAFETY: elements follow the fixed part of an array.
            unsafe {
                let offset = ARRAY_ELEMENTS_OFFSET + index * descriptor.size as usize;
                let element = array.cast::<u8>().add(offset);
                self.gray.push_found(element, object::reference_offsets(descriptor));
            }
        }
    }
}
