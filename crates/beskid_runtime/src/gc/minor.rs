//! Minor cycles: new objects only, while the program stands.
//!
//! Most objects die young, so what a cycle over the new ones costs, their survivors, is little next to what
//! it frees. Survivors are old from then on.
//!
//! *Invariants.* What old objects refer to is either old or found through the remembered ones: so marking
//! stops at everything that is not new. Afterwards nothing is remembered, because nothing is new.

use core::ops::Range;

use beskid_abi::object::ARRAY_ELEMENTS_OFFSET;

use crate::arch;
use crate::gc::mark_standing::{Goal, StandingMarker};
use crate::gc::{OutOfMemory, drain, pools, release, root, verify};
use crate::heap::Heap;
use crate::object::{self, GcRef, LOG_OLD};
use crate::thread::Thread;

/// What is remembered is fetched into the cache so many entries before it is looked at.
const AHEAD: usize = 8;

/// Runs one; returns bytes that survived and bytes of stack that were walked.
pub(super) fn run(thread: &mut Thread<'_>, keep: &[GcRef]) -> Result<(usize, usize), OutOfMemory> {
    let heap = &mut thread.heap;
    heap.close_regions();
    if heap.settings.verify {
        verify::remembered(heap);
    }
    // Nobody holds a reference to a new object that may die.
    if heap.marking.is_some()
        && let Some(background) = &heap.background
    {
        background.finish_step();
    }
    let before = heap.live();
    let stack = pools(heap)?.stack();
    let lines = heap.lines.begin_minor();
    let mut marker = StandingMarker::new(Goal::young(heap.mark), lines, stack);
    let stack_bytes =
        root::for_each(&thread.context, &mut thread.code, keep, &thread.kept, |root| {
            marker.reach(root);
        });
    look_at_remembered(heap, &mut marker);
    let claimed = drain(heap, marker)?;
    heap.lines.finish_minor(claimed);
    let young = heap.large.young_bytes();
    heap.large.sweep_young(heap.mark);
    release::dead_objects(heap);
    heap.statistics.minor_collections += 1;
    if heap.registry.is_some() {
        verify::finish_minor(heap);
    }
    // Young large objects were counted as live already.
    Ok(((heap.live() + young).saturating_sub(before), stack_bytes))
}

/// Makes old objects gray that may refer to new ones, and forgets that.
fn look_at_remembered(heap: &mut Heap, marker: &mut StandingMarker) {
    for (index, &object) in heap.remembered.iter().enumerate() {
        if let Some(&later) = heap.remembered.get(index + AHEAD) {
            arch::prefetch(later.cast());
        }
        // SAFETY: old objects are not freed before a full cycle has removed them from the list.
        unsafe {
            object::set_log(object, LOG_OLD);
            marker.look_at(object);
        }
    }
    heap.remembered.clear();
    for object in heap.young_roots.drain(..) {
        marker.reach(object);
    }
    heap.to_look_at = 0;
    for (index, &card) in heap.touched.iter().enumerate() {
        if let Some(later) = heap.touched.get(index + AHEAD) {
            arch::prefetch(later.place());
        }
        let array = card.array();
        // SAFETY: as for objects; only parts of large arrays are in this list.
        unsafe {
            let descriptor = object::descriptor(array);
            let length = object::array_length(array, descriptor).unwrap_or(0);
            for bytes in card.forget() {
                let elements = elements_at(&bytes, descriptor.size as usize, length);
                marker.look_at_elements(array, elements);
            }
        }
    }
    heap.touched.clear();
}

/// The elements that some bytes of an array touch.
fn elements_at(bytes: &Range<usize>, stride: usize, length: usize) -> Range<usize> {
    let first = bytes.start.saturating_sub(ARRAY_ELEMENTS_OFFSET) / stride.max(1);
    let end = bytes.end.saturating_sub(ARRAY_ELEMENTS_OFFSET).div_ceil(stride.max(1));
    first.min(length)..end.min(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touched_bytes_are_elements() {
        assert_eq!(elements_at(&(0..512), 8, 1000), 0..62);
        assert_eq!(elements_at(&(512..1024), 8, 1000), 62..126);
        // An element may begin in one card and end in the next.
        assert_eq!(elements_at(&(512..1024), 24, 1000), 20..42);
        assert_eq!(elements_at(&(512..1024), 24, 30), 20..30);
        assert_eq!(elements_at(&(1024..1536), 24, 30), 30..30);
    }
}
