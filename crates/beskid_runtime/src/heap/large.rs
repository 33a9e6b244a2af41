//! The space of large objects: a mapping for each.
//!
//! Whether one lives is in its header's mark byte, like that of any object; what is dead after a cycle
//! goes back to the system at once.

use alloc::vec::Vec;
use core::ptr::NonNull;

use crate::object::{self, GcRef};
use crate::platform::{self, PAGE, Purpose};

/// See the module.
#[derive(Debug)]
pub(crate) struct LargeSpace {
    objects: Vec<Large>,
    bytes: usize,
}

#[derive(Debug)]
struct Large {
    mapping: NonNull<u8>,
    size: usize,
}

impl LargeSpace {
    pub(crate) const fn new() -> Self {
        Self { objects: Vec::new(), bytes: 0 }
    }

    /// Bytes of all mappings.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Zeroed memory for an object.
    pub(crate) fn allocate(&mut self, size: usize) -> Option<*mut u8> {
        let size = size.checked_next_multiple_of(PAGE)?;
        self.objects.try_reserve(1).ok()?;
        let mapping = platform::map(size, Purpose::Memory)?;
        self.objects.push(Large { mapping, size });
        self.bytes += size;
        Some(mapping.as_ptr())
    }

    /// Frees objects without that mark.
    pub(crate) fn sweep(&mut self, mark: u8) {
        self.objects.retain(|object| {
            // SAFETY: a mapping begins with its object.
            let live = unsafe { object::mark(object.mapping.as_ptr().cast()) == mark };
            if !live {
                // SAFETY: nothing refers to it any more.
                unsafe { platform::unmap(object.mapping.as_ptr(), object.size) };
                self.bytes -= object.size;
            }
            live
        });
    }

    /// All objects.
    pub(crate) fn objects(&self) -> impl Iterator<Item = GcRef> {
        self.objects.iter().map(|object| object.mapping.as_ptr().cast())
    }
}

impl Drop for LargeSpace {
    fn drop(&mut self) {
        for object in &self.objects {
            // SAFETY: the heap goes, and with it all references into it.
            unsafe { platform::unmap(object.mapping.as_ptr(), object.size) };
        }
    }
}
