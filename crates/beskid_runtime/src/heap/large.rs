//! The space of large objects: a mapping for each.
//!
//! Whether one lives is in its header's mark byte, like that of any object. The mappings of dead ones
//! wait one cycle for an object of the same size before they go back to the system: clearing memory is
//! several times faster than getting new pages. Sizes are rounded to eighths of a power of two, so that
//! "the same size" is not too rare; pages that are never touched cost nothing.

use alloc::vec::Vec;
use core::ptr::NonNull;

use crate::object::{self, GcRef};
use crate::platform::{self, PAGE, Purpose};

/// Bytes of the largest mapping that waits, and of all that do.
const LARGEST_WAITING: usize = 1 << 20;
const MOST_WAITING: usize = 8 << 20;

/// See the module.
#[derive(Debug)]
pub(crate) struct LargeSpace {
    objects: Vec<Mapping>,
    bytes: usize,
    waiting: Vec<Mapping>,
    waiting_bytes: usize,
    most_waiting: usize,
}

#[derive(Debug)]
struct Mapping {
    memory: NonNull<u8>,
    size: usize,
}

impl Mapping {
    /// Gives the memory back.
    ///
    /// # Safety
    /// Nothing refers to it any more.
    unsafe fn unmap(&self) {
        // SAFETY: as the caller promises.
        unsafe { platform::unmap(self.memory.as_ptr(), self.size) };
    }
}

impl LargeSpace {
    pub(crate) const fn new() -> Self {
        Self {
            objects: Vec::new(),
            bytes: 0,
            waiting: Vec::new(),
            waiting_bytes: 0,
            most_waiting: MOST_WAITING,
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

    /// Bytes of all mappings.
    pub(crate) fn total_bytes(&self) -> usize {
        self.bytes + self.waiting_bytes
    }

    /// Zeroed memory for an object.
    pub(crate) fn allocate(&mut self, size: usize) -> Option<*mut u8> {
        let size = round(size)?;
        self.objects.try_reserve(1).ok()?;
        let memory = match self.waiting.iter().rposition(|mapping| mapping.size == size) {
            Some(place) => {
                let mapping = self.waiting.swap_remove(place);
                self.waiting_bytes -= size;
                // SAFETY: its object is dead.
                unsafe { mapping.memory.as_ptr().write_bytes(0, size) };
                mapping.memory
            }
            None => platform::map(size, Purpose::Memory)?,
        };
        self.objects.push(Mapping { memory, size });
        self.bytes += size;
        Some(memory.as_ptr())
    }

    /// Frees objects without that mark.
    pub(crate) fn sweep(&mut self, mark: u8) {
        self.release();
        self.objects.retain(|object| {
            // SAFETY: a mapping begins with its object.
            let live = unsafe { object::mark(object.memory.as_ptr().cast()) == mark };
            if !live {
                self.bytes -= object.size;
                if object.size <= LARGEST_WAITING
                    && self.waiting_bytes + object.size <= self.most_waiting
                    && self.waiting.try_reserve(1).is_ok()
                {
                    self.waiting.push(Mapping { memory: object.memory, size: object.size });
                    self.waiting_bytes += object.size;
                } else {
                    // SAFETY: a cycle found nothing that refers to it.
                    unsafe { object.unmap() };
                }
            }
            live
        });
    }

    /// Gives the memory back that waits to be used again.
    pub(crate) fn release(&mut self) {
        for mapping in self.waiting.drain(..) {
            // SAFETY: its object is dead.
            unsafe { mapping.unmap() };
        }
        self.waiting_bytes = 0;
    }

    /// All objects.
    pub(crate) fn objects(&self) -> impl Iterator<Item = GcRef> {
        self.objects.iter().map(|object| object.memory.as_ptr().cast())
    }
}

impl Drop for LargeSpace {
    fn drop(&mut self) {
        for mapping in self.objects.iter().chain(&self.waiting) {
            // SAFETY: the heap goes, and with it all references into it.
            unsafe { mapping.unmap() };
        }
    }
}

/// The size of the mapping for an object.
fn round(size: usize) -> Option<usize> {
    let step = if size <= LARGEST_WAITING { size.next_power_of_two() / 8 } else { PAGE };
    size.checked_next_multiple_of(step.max(PAGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_to_few_classes() {
        assert_eq!(round(16 << 10), Some(16 << 10));
        assert_eq!(round((16 << 10) + 1), Some(20 << 10));
        assert_eq!(round((128 << 10) + 1), Some(160 << 10));
        assert_eq!(round((1 << 20) + 1), Some((1 << 20) + PAGE));
        assert_eq!(round(usize::MAX), None);
    }

    #[test]
    fn memory_of_dead_objects_is_cleared_and_used_again() {
        let mut space = LargeSpace::new();
        let first = space.allocate(70_000).unwrap();
        // SAFETY: the memory is ours; the mark byte stays 0.
        unsafe { first.add(100).write_bytes(0xaa, 60_000) };
        space.sweep(1);
        assert_eq!((space.live_bytes(), space.total_bytes()), (0, 80 << 10));
        let second = space.allocate(75_000).unwrap();
        assert_eq!(first, second);
        // SAFETY: the memory is ours.
        let bytes = unsafe { core::slice::from_raw_parts(second, 75_000) };
        assert!(bytes.iter().all(|&byte| byte == 0));
        space.sweep(1);
        space.sweep(1);
        assert_eq!(space.total_bytes(), 0);
    }
}
