//! The space of large objects: a mapping for each.
//!
//! Whether one lives is in its header's mark byte, like that of any object. The mappings of dead ones
//! wait one cycle for an object of the same size before they go back to the system: clearing memory is
//! several times faster than getting new pages. Sizes are rounded to eighths of a power of two, so that
//! "the same size" is not too rare; pages that are never touched cost nothing. Behind the object each
//! mapping has room for `cards`.
//!
//! *Invariant.* Objects from `young_from` on were made since the latest cycle.

use alloc::vec::Vec;
use core::ptr::NonNull;

use crate::heap::cards;
use crate::heap::line::settle_zeros;
use crate::object::{self, GcRef};
use crate::platform::{self, PAGE, Purpose};

/// Bytes of objects for which huge pages are asked.
const HUGE: usize = 4 << 20;
/// Bytes of a huge page, as most systems have them.
const HUGE_PAGE: usize = 2 << 20;
/// Bytes of the largest object whose memory waits, and of all that does.
const LARGEST_WAITING: usize = 1 << 20;
const MOST_WAITING: usize = 8 << 20;

/// See the module.
#[derive(Debug)]
pub(crate) struct LargeSpace {
    objects: Vec<Mapping>,
    young_from: usize,
    bytes: usize,
    waiting: Vec<Mapping>,
    waiting_bytes: usize,
    most_waiting: usize,
    /// Memory that is to go back to the system.
    dead: Vec<Mapping>,
}

/// The memory of an object.
#[derive(Debug)]
pub(crate) struct Mapping {
    memory: NonNull<u8>,
    /// Bytes for the object; those for its cards follow.
    area: usize,
}

impl Mapping {
    fn new(area: usize) -> Option<Self> {
        let memory = platform::map(Self::size(area), Purpose::Memory)?;
        if area >= HUGE {
            // SAFETY: it was just mapped.
            unsafe { platform::prefer_huge_pages(memory.as_ptr(), area) };
        }
        Some(Self { memory, area })
    }

    fn size(area: usize) -> usize {
        // The system puts a mapping of whole huge pages where huge pages can be.
        let unit = if area >= HUGE { HUGE_PAGE } else { PAGE };
        (area + cards::bytes_for(area)).next_multiple_of(unit)
    }

    /// Gives the memory back.
    ///
    /// # Safety
    /// Nothing refers to it any more.
    pub(crate) unsafe fn unmap(&self) {
        // SAFETY: as the caller promises.
        unsafe { platform::unmap(self.memory.as_ptr(), Self::size(self.area)) };
    }

    /// Its pages.
    pub(crate) fn pages(&self) -> (*mut u8, usize) {
        (self.memory.as_ptr(), Self::size(self.area))
    }

    fn object(&self) -> GcRef {
        self.memory.as_ptr().cast()
    }
}

impl LargeSpace {
    pub(crate) const fn new() -> Self {
        Self {
            objects: Vec::new(),
            young_from: 0,
            bytes: 0,
            waiting: Vec::new(),
            waiting_bytes: 0,
            most_waiting: MOST_WAITING,
            dead: Vec::new(),
        }
    }

    /// A space that gives all memory back at once, so that every use of a dead object faults.
    pub(crate) fn without_reuse() -> Self {
        let mut space = Self::new();
        space.most_waiting = 0;
        space
    }

    /// Bytes of all objects.
    pub(crate) fn live_bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes of those that were made since the latest cycle.
    pub(crate) fn young_bytes(&self) -> usize {
        self.objects[self.young_from..].iter().map(|mapping| mapping.area).sum()
    }

    /// Bytes of all mappings.
    pub(crate) fn total_bytes(&self) -> usize {
        self.bytes + self.waiting_bytes
    }

    /// Zeroed memory for an object.
    pub(crate) fn allocate(&mut self, size: usize) -> Option<*mut u8> {
        let area = checked_area(size)?;
        self.objects.try_reserve(1).ok()?;
        let mapping = match self.waiting.iter().rposition(|mapping| mapping.area == area) {
            Some(place) => {
                let mapping = self.waiting.swap_remove(place);
                self.waiting_bytes -= area;
                // SAFETY: its object is dead.
                unsafe { mapping.memory.as_ptr().write_bytes(0, area) };
                settle_zeros();
                mapping
            }
            None => Mapping::new(area)?,
        };
        let memory = mapping.memory.as_ptr();
        self.objects.push(mapping);
        self.bytes += area;
        Some(memory)
    }

    /// The object that was made last is old.
    pub(crate) fn make_latest_old(&mut self) {
        if let Some(last) = self.objects.len().checked_sub(1) {
            self.objects.swap(self.young_from, last);
            self.young_from += 1;
        }
    }

    /// Frees young objects without that mark; the others are old from now on.
    pub(crate) fn sweep_young(&mut self, mark: u8) {
        self.release();
        self.sweep(self.young_from, self.objects.len(), mark);
        self.young_from = self.objects.len();
    }

    /// Frees all objects without that mark; the others are old from now on.
    pub(crate) fn sweep_all(&mut self, mark: u8) {
        self.release();
        self.sweep(0, self.objects.len(), mark);
        self.young_from = self.objects.len();
    }

    /// Frees old objects without that mark.
    pub(crate) fn sweep_old(&mut self, mark: u8) {
        self.release();
        self.young_from -= self.sweep(0, self.young_from, mark);
    }

    /// Frees those of some objects that have no such mark; returns how many.
    fn sweep(&mut self, start: usize, end: usize, mark: u8) -> usize {
        let mut index = 0;
        let before = self.objects.len();
        // Separate borrows, because the list is lent to `retain`.
        let (bytes, waiting, waiting_bytes, dead) =
            (&mut self.bytes, &mut self.waiting, &mut self.waiting_bytes, &mut self.dead);
        let most_waiting = self.most_waiting;
        self.objects.retain(|mapping| {
            let in_range = (start..end).contains(&index);
            index += 1;
            // SAFETY: a mapping begins with its object.
            if !in_range || unsafe { object::mark(mapping.object()) } == mark {
                return true;
            }
            *bytes -= mapping.area;
            if mapping.area <= LARGEST_WAITING
                && *waiting_bytes + mapping.area <= most_waiting
                && waiting.try_reserve(1).is_ok()
            {
                waiting.push(Mapping { memory: mapping.memory, area: mapping.area });
                *waiting_bytes += mapping.area;
            } else if dead.try_reserve(1).is_ok() {
                dead.push(Mapping { memory: mapping.memory, area: mapping.area });
            } else {
                // SAFETY: a cycle found nothing that refers to it.
                unsafe { mapping.unmap() };
            }
            false
        });
        before - self.objects.len()
    }

    /// Memory that waited to be used again waits no more.
    pub(crate) fn release(&mut self) {
        if self.dead.try_reserve(self.waiting.len()).is_ok() {
            self.dead.append(&mut self.waiting);
        }
        self.waiting_bytes = self.waiting.iter().map(|mapping| mapping.area).sum();
    }

    /// Memory of dead objects, for whoever gives it back.
    pub(crate) fn dead(&mut self) -> &mut Vec<Mapping> {
        &mut self.dead
    }

    /// All objects.
    pub(crate) fn objects(&self) -> impl Iterator<Item = GcRef> {
        self.objects.iter().map(Mapping::object)
    }
}

impl Drop for LargeSpace {
    fn drop(&mut self) {
        for mapping in self.objects.iter().chain(&self.waiting).chain(&self.dead) {
            // SAFETY: the heap goes, and with it all references into it.
            unsafe { mapping.unmap() };
        }
    }
}

/// The bytes that an object of so many gets.
pub(crate) fn area(size: usize) -> usize {
    checked_area(size).unwrap_or(usize::MAX)
}

fn checked_area(size: usize) -> Option<usize> {
    let step = if size <= LARGEST_WAITING { size.next_power_of_two() / 8 } else { PAGE };
    let area = size.checked_next_multiple_of(step.max(PAGE))?;
    // With room for the cards.
    area.checked_add(cards::bytes_for(area) + PAGE).map(|_| area)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_to_few_classes() {
        assert_eq!(checked_area(16 << 10), Some(16 << 10));
        assert_eq!(checked_area((16 << 10) + 1), Some(20 << 10));
        assert_eq!(checked_area((128 << 10) + 1), Some(160 << 10));
        assert_eq!(checked_area((1 << 20) + 1), Some((1 << 20) + PAGE));
        assert_eq!(checked_area(usize::MAX), None);
    }

    #[test]
    fn memory_of_dead_objects_is_cleared_and_used_again() {
        let mut space = LargeSpace::new();
        let first = space.allocate(70_000).unwrap();
        // SAFETY: the memory is ours; the mark byte stays 0.
        unsafe { first.add(100).write_bytes(0xaa, 60_000) };
        space.sweep_all(1);
        assert_eq!((space.live_bytes(), space.total_bytes()), (0, 80 << 10));
        let second = space.allocate(75_000).unwrap();
        assert_eq!(first, second);
        // SAFETY: the memory is ours.
        let bytes = unsafe { core::slice::from_raw_parts(second, 75_000) };
        assert!(bytes.iter().all(|&byte| byte == 0));
        space.sweep_all(1);
        space.sweep_all(1);
        assert_eq!(space.total_bytes(), 0);
    }
}
