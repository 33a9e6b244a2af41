//! The allocator of the runtime's own data: the text buffer, the gray queue, lists of the collector.
//!
//! Beskid objects are not here but in the collected heap, so this is small and simple. Up to 16 KB: free
//! lists of powers of two, cut from chunks that are never given back. Above: pages from the system, which
//! grow in place or move without copying, and go back at once.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};

use beskid_runtime::platform::{self, PAGE, Purpose, SMALLEST_PAGE};

const SMALLEST: usize = 16;
const LARGEST: usize = 16 << 10;
const CLASSES: usize = (LARGEST.ilog2() - SMALLEST.ilog2()) as usize + 1;
const CHUNK: usize = 64 << 10;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator {
    locked: AtomicBool::new(false),
    state: UnsafeCell::new(State { free: [ptr::null_mut(); CLASSES], next: 0, end: 0 }),
};

struct Allocator {
    locked: AtomicBool,
    state: UnsafeCell<State>,
}

struct State {
    /// The first free cell of each class; a free cell begins with the address of the next.
    free: [*mut u8; CLASSES],
    /// The unused part of the latest chunk.
    next: usize,
    end: usize,
}

// SAFETY: the state is only touched by whoever holds the lock.
unsafe impl Sync for Allocator {}

/// The class of a request, or `None` if it is one for pages.
fn class(layout: Layout) -> Option<usize> {
    let size = layout.size().max(layout.align()).max(SMALLEST);
    (size <= LARGEST).then(|| (size.next_power_of_two().ilog2() - SMALLEST.ilog2()) as usize)
}

fn pages(size: usize) -> usize {
    size.saturating_add(PAGE - 1) & !(PAGE - 1)
}

impl Allocator {
    fn with<R>(&self, action: impl FnOnce(&mut State) -> R) -> R {
        // Held for a few instructions, now and then for a system call.
        while self.locked.swap(true, Ordering::Acquire) {
            core::hint::spin_loop();
        }
        // SAFETY: the lock is held.
        let result = action(unsafe { &mut *self.state.get() });
        self.locked.store(false, Ordering::Release);
        result
    }
}

impl State {
    fn allocate(&mut self, class: usize) -> *mut u8 {
        let cell = self.free[class];
        if !cell.is_null() {
            // SAFETY: a free cell holds the address of the next one.
            self.free[class] = unsafe { cell.cast::<*mut u8>().read() };
            return cell;
        }
        let size = SMALLEST << class;
        let mut start = self.next.next_multiple_of(size);
        if start + size > self.end || self.end == 0 {
            let Some(chunk) = platform::map(CHUNK, Purpose::Memory) else {
                return ptr::null_mut();
            };
            // Chunks begin at a page, and cells of more than the smallest need no more than its alignment.
            start = chunk.as_ptr().addr();
            self.end = start + CHUNK;
        }
        self.next = start + size;
        start as *mut u8
    }
}

// SAFETY: cells and pages are disjoint, as large as asked for, and aligned to their size up to the smallest page.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > SMALLEST_PAGE {
            return ptr::null_mut();
        }
        match class(layout) {
            Some(class) => self.with(|state| state.allocate(class)),
            None => platform::map(pages(layout.size()), Purpose::Memory)
                .map_or(ptr::null_mut(), ptr::NonNull::as_ptr),
        }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        match class(layout) {
            Some(class) => self.with(|state| {
                // SAFETY: the cell is free from here on, and holds at least an address.
                unsafe { memory.cast::<*mut u8>().write(state.free[class]) };
                state.free[class] = memory;
            }),
            // SAFETY: the pages were mapped for this.
            None => unsafe { platform::unmap(memory, pages(layout.size())) },
        }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller says that size and alignment fit together.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (class(layout), class(wanted)) {
            (Some(old), Some(new)) if old == new => memory,
            (None, None) => {
                let (old, new) = (pages(layout.size()), pages(size));
                // SAFETY: the old pages are one mapping, which the caller gives up.
                unsafe { platform::remap(memory, old, new) }
                    .map_or(ptr::null_mut(), ptr::NonNull::as_ptr)
            }
            _ => {
                // SAFETY: a new allocation, a copy of what fits, and the old one is freed.
                unsafe {
                    let moved = self.alloc(wanted);
                    if !moved.is_null() {
                        moved.copy_from_nonoverlapping(memory, layout.size().min(size));
                        self.dealloc(memory, layout);
                    }
                    moved
                }
            }
        }
    }
}
