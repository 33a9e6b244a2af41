//! Gray objects: marked, with references still to be looked at; in chunks that threads hand each other.
//!
//! ```text
//! stack of one thread   | chunk being filled and emptied |
//!                            full ▼          ▲ empty
//! pool of all           chunk ─► chunk ─► chunk …
//! ```
//!
//! Chunks come from pages of their own, not from the allocator: a thread of the collector may run beside a
//! C library that knows nothing of it, so it must not use what that library keeps for each thread.
//!
//! An entry is an object, or the object of an array too long to be looked at in one go and, above it, the
//! [`Entry::Portion`] to go on at, which is told from an address by its low bit.
//!
//! *Invariants.* A chunk belongs to one stack or is in one of the two lists. The lists are stacks without
//! locks (Treiber, *Systems programming: coping with parallelism*, 1986); a counter in the upper bits of
//! the head makes a head that was popped and pushed again another one. Memory of chunks stays mapped
//! until [`Pool::trim`], which runs when no other thread uses the pool.

use core::ptr::{self, NonNull};
use core::slice;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};

use crate::object::{self, GcRef};
use crate::platform::{self, PAGE, Purpose};

/// Bytes of a chunk.
const CHUNK: usize = PAGE;
/// Entries of a chunk.
const ENTRIES: usize = (CHUNK - 2 * size_of::<usize>()) / size_of::<usize>();
/// Chunks that are mapped together; the first of them holds only the link to other such groups.
const GROUP: usize = 16;
/// Mapped bytes that stay for the next cycle, and groups that go after each: giving memory back takes time.
const KEPT: usize = 1 << 20;
const MOST_TO_UNMAP: usize = 16;

/// Bits of an address in the head of a list.
const ADDRESS_BITS: u32 = 48;
const ADDRESS: u64 = (1 << ADDRESS_BITS) - 1;

#[derive(Debug)]
#[repr(C)]
struct Chunk {
    next: AtomicPtr<Chunk>,
    length: usize,
    entries: [usize; ENTRIES],
}

const _: () = assert!(size_of::<Chunk>() == CHUNK);

/// A list of chunks.
#[derive(Debug)]
struct List {
    head: AtomicU64,
}

impl List {
    const fn new() -> Self {
        Self { head: AtomicU64::new(0) }
    }

    fn is_empty(&self) -> bool {
        self.head.load(Ordering::Acquire) & ADDRESS == 0
    }

    fn push(&self, chunk: NonNull<Chunk>) {
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            // SAFETY: the chunk is the caller's to give.
            let next = unsafe { &(*chunk.as_ptr()).next };
            next.store((head & ADDRESS) as *mut Chunk, Ordering::Relaxed);
            let new = (head & !ADDRESS).wrapping_add(1 << ADDRESS_BITS) | chunk.addr().get() as u64;
            match self.head.compare_exchange_weak(head, new, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return,
                Err(changed) => head = changed,
            }
        }
    }

    fn pop(&self) -> Option<NonNull<Chunk>> {
        let mut head = self.head.load(Ordering::Acquire);
        loop {
            let first = NonNull::new((head & ADDRESS) as *mut Chunk)?;
            // SAFETY: chunks stay mapped; if this one was taken meanwhile, the exchange fails.
            let next = unsafe { &(*first.as_ptr()).next }.load(Ordering::Relaxed);
            let new = (head & !ADDRESS).wrapping_add(1 << ADDRESS_BITS) | next.addr() as u64;
            match self.head.compare_exchange_weak(head, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some(first),
                Err(changed) => head = changed,
            }
        }
    }
}

/// The chunks of a heap.
#[derive(Debug)]
pub(crate) struct Pool {
    gray: List,
    free: List,
    /// Groups, linked through their first words.
    groups: AtomicPtr<Chunk>,
    mapped: AtomicUsize,
    exhausted: AtomicBool,
}

impl Pool {
    pub(crate) const fn new() -> Self {
        Self {
            gray: List::new(),
            free: List::new(),
            groups: AtomicPtr::new(ptr::null_mut()),
            mapped: AtomicUsize::new(0),
            exhausted: AtomicBool::new(false),
        }
    }

    /// Whether there is a chunk for whoever has nothing to do.
    pub(crate) fn has_gray(&self) -> bool {
        !self.gray.is_empty()
    }

    /// Whether memory for a chunk was missing, so that objects were left out.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.exhausted.load(Ordering::Relaxed)
    }

    fn empty_chunk(&self) -> Option<NonNull<Chunk>> {
        let chunk = self.free.pop().or_else(|| self.map_group())?;
        // SAFETY: the chunk is in no list.
        unsafe { (*chunk.as_ptr()).length = 0 };
        Some(chunk)
    }

    /// Maps a group and returns one of its chunks.
    #[cold]
    fn map_group(&self) -> Option<NonNull<Chunk>> {
        let Some(memory) = platform::map(GROUP * CHUNK, Purpose::Memory) else {
            self.exhausted.store(true, Ordering::Relaxed);
            return None;
        };
        self.mapped.fetch_add(GROUP * CHUNK, Ordering::Relaxed);
        let group = memory.cast::<Chunk>();
        let mut first = self.groups.load(Ordering::Relaxed);
        loop {
            // SAFETY: the memory is new and zero, which is an empty chunk.
            unsafe { &(*group.as_ptr()).next }.store(first, Ordering::Relaxed);
            match self.groups.compare_exchange_weak(
                first,
                group.as_ptr(),
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(changed) => first = changed,
            }
        }
        for index in 2..GROUP {
            // SAFETY: within the mapping.
            self.free.push(unsafe { group.add(index) });
        }
        // SAFETY: within the mapping.
        Some(unsafe { group.add(1) })
    }

    /// Gives some memory back, if there is much of it. There is nothing gray, no stack holds a chunk, and no
    /// other thread uses the pool.
    pub(crate) fn trim(&mut self) {
        *self.exhausted.get_mut() = false;
        if *self.mapped.get_mut() > KEPT {
            self.unmap(KEPT, MOST_TO_UNMAP);
        }
    }

    /// Unmaps so many groups, or until no more than `kept` bytes are mapped.
    fn unmap(&mut self, kept: usize, mut groups: usize) {
        *self.gray.head.get_mut() = 0;
        *self.free.head.get_mut() = 0;
        let mut group = core::mem::replace(self.groups.get_mut(), ptr::null_mut());
        while let Some(first) = NonNull::new(group) {
            // SAFETY: groups are whole mappings, whose first word links them; nothing uses their chunks.
            unsafe {
                group = (*first.as_ptr()).next.load(Ordering::Relaxed);
                if *self.mapped.get_mut() > kept && groups > 0 {
                    groups -= 1;
                    *self.mapped.get_mut() -= GROUP * CHUNK;
                    platform::unmap(first.as_ptr().cast(), GROUP * CHUNK);
                } else {
                    *(*first.as_ptr()).next.get_mut() = *self.groups.get_mut();
                    *self.groups.get_mut() = first.as_ptr();
                    (1..GROUP).for_each(|index| self.free.push(first.add(index)));
                }
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.unmap(0, usize::MAX);
    }
}

/// What is gray.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Entry {
    /// A whole object.
    Object(GcRef),
    /// Elements of an array from an index on.
    Portion(GcRef, usize),
}

/// The gray objects of one thread; what it has too many of goes to the pool, where it also gets more.
#[derive(Debug)]
pub(crate) struct GrayStack {
    pool: *const Pool,
    chunk: Option<NonNull<Chunk>>,
}

impl GrayStack {
    /// # Safety
    /// The pool stays in place longer than the stack.
    pub(crate) unsafe fn new(pool: *const Pool) -> Self {
        Self { pool, chunk: None }
    }

    fn pool(&self) -> &Pool {
        // SAFETY: by the promise of `new`.
        unsafe { &*self.pool }
    }

    /// Adds an object; whether others may take work from the pool that was not there before.
    #[inline]
    pub(crate) fn push(&mut self, object: GcRef) -> bool {
        self.push_words([object.addr()])
    }

    /// Adds the elements of an array from an index on.
    pub(crate) fn push_portion(&mut self, array: GcRef, index: usize) -> bool {
        self.push_words([array.addr(), index << 1 | 1])
    }

    #[inline]
    fn push_words<const N: usize>(&mut self, words: [usize; N]) -> bool {
        let mut given = false;
        loop {
            if let Some(chunk) = self.chunk {
                // SAFETY: the chunk is this stack's.
                let chunk = unsafe { &mut *chunk.as_ptr() };
                if let Some(place) = chunk.entries.get_mut(chunk.length..chunk.length + N) {
                    place.copy_from_slice(&words);
                    chunk.length += N;
                    return given;
                }
            }
            given |= self.give();
            self.chunk = self.pool().empty_chunk();
            if self.chunk.is_none() {
                return given;
            }
        }
    }

    /// Adds what is stored at some places and not null; others may write there meanwhile, references too.
    ///
    /// # Safety
    /// At each offset from `part` there is a reference.
    #[inline]
    pub(crate) unsafe fn push_found(&mut self, part: *mut u8, offsets: &[u32]) {
        if let Some(chunk) = self.chunk {
            // SAFETY: the chunk is this stack's.
            let chunk = unsafe { &mut *chunk.as_ptr() };
            if let Some(room) = chunk.entries.get_mut(chunk.length..chunk.length + offsets.len()) {
                // SAFETY: as the caller promises; entries are addresses.
                chunk.length += unsafe {
                    let room = slice::from_raw_parts_mut(room.as_mut_ptr().cast(), room.len());
                    object::copy_references(part, offsets, room)
                };
                return;
            }
        }
        for &offset in offsets {
            // SAFETY: as the caller promises.
            let reference = unsafe { object::reference_at(part, offset) };
            if !reference.is_null() {
                self.push(reference);
            }
        }
    }

    /// The latest entry, or one of the pool.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Entry> {
        loop {
            if let Some(chunk) = self.chunk {
                // SAFETY: the chunk is this stack's.
                let chunk = unsafe { &mut *chunk.as_ptr() };
                if let Some(last) = chunk.length.checked_sub(1) {
                    let word = chunk.entries[last];
                    if word & 1 == 0 {
                        chunk.length = last;
                        return Some(Entry::Object(word as GcRef));
                    }
                    // Both words were pushed into one chunk.
                    chunk.length = last - 1;
                    return Some(Entry::Portion(chunk.entries[last - 1] as GcRef, word >> 1));
                }
            }
            let next = self.pool().gray.pop()?;
            self.drop_empty();
            self.chunk = Some(next);
        }
    }

    /// Whether nothing is in this stack; there may be something in the pool.
    fn is_empty(&self) -> bool {
        // SAFETY: the chunk is this stack's.
        self.chunk.is_none_or(|chunk| unsafe { (*chunk.as_ptr()).length == 0 })
    }

    /// Hands everything to the pool; whether there was anything.
    pub(crate) fn give(&mut self) -> bool {
        if self.is_empty() {
            return false;
        }
        if let Some(chunk) = self.chunk.take() {
            self.pool().gray.push(chunk);
        }
        true
    }

    /// Hands the older half to the pool if there is nothing: the oldest entries lead to the most.
    pub(crate) fn share(&mut self) {
        let Some(chunk) = self.chunk.filter(|_| !self.pool().has_gray()) else { return };
        // SAFETY: the chunk is this stack's.
        let chunk = unsafe { &mut *chunk.as_ptr() };
        let mut half = chunk.length / 2;
        if half == 0 {
            return;
        }
        // Both words of a portion go together.
        half += chunk.entries[half] & 1;
        let Some(shared) = self.pool().empty_chunk() else { return };
        // SAFETY: the chunk is in no list.
        let given = unsafe { &mut *shared.as_ptr() };
        given.entries[..half].copy_from_slice(&chunk.entries[..half]);
        given.length = half;
        chunk.entries.copy_within(half..chunk.length, 0);
        chunk.length -= half;
        self.pool().gray.push(shared);
    }

    fn drop_empty(&mut self) {
        if let Some(chunk) = self.chunk.take() {
            self.pool().free.push(chunk);
        }
    }
}

impl Drop for GrayStack {
    fn drop(&mut self) {
        self.give();
        self.drop_empty();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn a_stack_gives_back_what_it_was_given() {
        let mut pool = Pool::new();
        // SAFETY: the pool outlives the stack.
        let mut stack = unsafe { GrayStack::new(&raw const pool) };
        let mut expected = Vec::new();
        for number in 1..5000_usize {
            let object = (number * 8) as GcRef;
            if number.is_multiple_of(7) {
                stack.push_portion(object, number);
                expected.push(Entry::Portion(object, number));
            } else {
                stack.push(object);
                expected.push(Entry::Object(object));
            }
        }
        let mut found = Vec::new();
        while let Some(entry) = stack.pop() {
            found.push(entry);
        }
        found.reverse();
        assert_eq!(found, expected);
        assert!(stack.is_empty() && !stack.give());
        drop(stack);
        assert!(!pool.has_gray() && !pool.is_exhausted());
        pool.trim();
    }

    #[test]
    fn half_of_a_stack_is_shared() {
        let pool = Pool::new();
        // SAFETY: the pool outlives the stacks.
        let (mut one, mut other) = unsafe { (GrayStack::new(&pool), GrayStack::new(&pool)) };
        one.share();
        assert_eq!(other.pop(), None);
        let object = |number: usize| (number * 8) as GcRef;
        for number in 1..=4 {
            one.push(object(number));
            one.push_portion(object(number), 100 + number);
        }
        one.share();
        one.share();
        let portion = |number| Some(Entry::Portion(object(number), 100 + number));
        for number in [2, 1] {
            assert_eq!(other.pop(), portion(number));
            assert_eq!(other.pop(), Some(Entry::Object(object(number))));
        }
        assert_eq!(other.pop(), None);
        for number in [4, 3] {
            assert_eq!(one.pop(), portion(number));
            assert_eq!(one.pop(), Some(Entry::Object(object(number))));
        }
        assert_eq!(one.pop(), None);
    }

    #[test]
    fn threads_hand_each_other_work() {
        let pool = Pool::new();
        let seen: Vec<AtomicUsize> = (0..40_000).map(|_| AtomicUsize::new(0)).collect();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (pool, seen) = (&pool, &seen);
                scope.spawn(move || {
                    // SAFETY: the pool outlives the threads.
                    let mut stack = unsafe { GrayStack::new(pool) };
                    for number in 0..10_000_usize {
                        stack.push(((thread * 10_000 + number) * 8) as GcRef);
                        if number % 3 == 0
                            && let Some(Entry::Object(object)) = stack.pop()
                        {
                            seen[object.addr() / 8].fetch_add(1, Ordering::Relaxed);
                        }
                    }
                    while let Some(Entry::Object(object)) = stack.pop() {
                        seen[object.addr() / 8].fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert!(seen.iter().all(|count| count.load(Ordering::Relaxed) == 1));
    }
}
