//! Reading and filling objects by their descriptors.
//!
//! *Invariant.* Between two points where a collection may happen every object has its header, and an
//! array or string its length: size and references of any object can be told from memory alone.
//!
//! Marking may run beside the program, so bytes of the header and references are read and written
//! atomically, without order: of a reference that changes meanwhile the old value is as good as the new
//! one (`gc::barrier`). The descriptor never changes, but shares its word with mark and log byte; a load of
//! the word next to stores of those bytes is what the processors do, if not what the language promises.

pub(crate) mod array;
pub(crate) mod search;
pub(crate) mod string;

use core::ops::Range;
use core::sync::atomic::{AtomicPtr, AtomicU8, AtomicU64, Ordering};

use beskid_abi::header::{DESCRIPTOR_MASK, HEADER_SIZE, LOG_OFFSET, MARK_OFFSET, ObjectHeader};
use beskid_abi::object::{
    ARRAY_ELEMENTS_OFFSET, ArrayObject, OBJECT_ALIGNMENT, StringObject, array_size, string_size,
};
use beskid_abi::type_descriptor::{Kind, TypeDescriptor};

/// A reference as compiled code has it.
pub(crate) type GcRef = *mut ObjectHeader;

const STRING: u32 = Kind::String as u32;
const ARRAY: u32 = Kind::Array as u32;
const BOUND_METHOD: u32 = Kind::BoundMethod as u32;

/// Log byte of an old object that is not remembered.
pub(crate) const LOG_OLD: u8 = 1;

/// The descriptor of an object.
///
/// # Safety
/// `object` is one.
#[inline]
pub(crate) unsafe fn descriptor<'a>(object: GcRef) -> &'a TypeDescriptor {
    // SAFETY: as the caller promises.
    unsafe { mark_and_descriptor(object).1 }
}

/// Mark byte and descriptor, read at once: a load of the word right behind a store to one of its bytes would
/// have to wait until that has reached the cache.
///
/// # Safety
/// `object` is one.
#[inline]
pub(crate) unsafe fn mark_and_descriptor<'a>(object: GcRef) -> (u8, &'a TypeDescriptor) {
    // SAFETY: every object begins with a header that holds the address of a static descriptor.
    unsafe {
        let (mark, descriptor) = header(object);
        (mark, &*descriptor)
    }
}

/// The same of what another thread may have made a moment ago: then everything can still be zero.
///
/// # Safety
/// `object` is one, or will be.
#[inline]
pub(crate) unsafe fn header(object: GcRef) -> (u8, *const TypeDescriptor) {
    // SAFETY: as the caller promises.
    let word = unsafe { AtomicU64::from_ptr(&raw mut (*object).word) }.load(Ordering::Relaxed);
    (word.to_le_bytes()[MARK_OFFSET], (word & DESCRIPTOR_MASK) as *const TypeDescriptor)
}

/// A byte of the header.
///
/// # Safety
/// `object` is one.
unsafe fn header_byte<'a>(object: GcRef, offset: usize) -> &'a AtomicU8 {
    // SAFETY: as the caller promises; nothing accesses the byte by itself in another way.
    unsafe { AtomicU8::from_ptr(object.cast::<u8>().add(offset)) }
}

/// Whether two closures are the same method with receivers of the same bits.
///
/// # Safety
/// Both are closures.
pub(crate) unsafe fn is_same_bound_method(left: GcRef, right: GcRef) -> bool {
    // SAFETY: as the caller promises.
    let (a, b) = unsafe { (descriptor(left), descriptor(right)) };
    if a.kind != BOUND_METHOD || !core::ptr::eq(a, b) {
        return false;
    }
    let words = (a.size as usize - HEADER_SIZE) / size_of::<u64>();
    // SAFETY: behind its header an object has that many words, all of them initialised.
    let fields = |object: GcRef| unsafe {
        core::slice::from_raw_parts(object.cast::<u8>().add(HEADER_SIZE).cast::<u64>(), words)
    };
    fields(left) == fields(right)
}

/// The mark byte.
///
/// # Safety
/// `object` is one.
#[inline]
pub(crate) unsafe fn mark(object: GcRef) -> u8 {
    // SAFETY: as the caller promises.
    unsafe { header_byte(object, MARK_OFFSET) }.load(Ordering::Relaxed)
}

/// Sets the mark byte.
///
/// # Safety
/// `object` is one on the heap.
#[inline]
pub(crate) unsafe fn set_mark(object: GcRef, mark: u8) {
    // SAFETY: as the caller promises.
    unsafe { header_byte(object, MARK_OFFSET) }.store(mark, Ordering::Relaxed);
}

/// Sets the mark byte, and the log byte to "old, not remembered".
///
/// # Safety
/// `object` is one on the heap, and nobody else writes to its header meanwhile.
#[inline]
pub(crate) unsafe fn set_old(object: GcRef, descriptor: &TypeDescriptor, mark: u8) {
    const { assert!(LOG_OFFSET == MARK_OFFSET + 1 && LOG_OFFSET == HEADER_SIZE - 1) };
    let bytes = u64::from(u16::from_le_bytes([mark, LOG_OLD]));
    let word = core::ptr::from_ref(descriptor).addr() as u64 | bytes << (8 * MARK_OFFSET);
    // The whole word, so that the next load of it need not wait for the cache.
    // SAFETY: it is the header.
    unsafe { AtomicU64::from_ptr(&raw mut (*object).word) }.store(word, Ordering::Relaxed);
}

/// The log byte.
///
/// # Safety
/// `object` is one.
pub(crate) unsafe fn log(object: GcRef) -> u8 {
    // SAFETY: as the caller promises.
    unsafe { header_byte(object, LOG_OFFSET) }.load(Ordering::Relaxed)
}

/// Sets the log byte.
///
/// # Safety
/// `object` is one on the heap.
pub(crate) unsafe fn set_log(object: GcRef, log: u8) {
    // SAFETY: as the caller promises.
    unsafe { header_byte(object, LOG_OFFSET) }.store(log, Ordering::Relaxed);
}

/// Bytes of an object.
///
/// # Safety
/// `object` is one of that descriptor.
#[inline]
pub(crate) unsafe fn size(object: GcRef, descriptor: &TypeDescriptor) -> usize {
    match descriptor.kind {
        STRING => {
            // SAFETY: a string begins like this.
            string_size(unsafe { (*object.cast::<StringObject>()).length as usize })
        }
        ARRAY => {
            // SAFETY: an array begins like this; its size was checked when it was made.
            let length = unsafe { (*object.cast::<ArrayObject>()).length as usize };
            array_size(length, descriptor.size as usize).unwrap_or(0)
        }
        _ => (descriptor.size as usize).next_multiple_of(OBJECT_ALIGNMENT),
    }
}

/// The length of an object that is an array.
///
/// # Safety
/// `object` is one of that descriptor.
#[inline]
pub(crate) unsafe fn array_length(object: GcRef, descriptor: &TypeDescriptor) -> Option<usize> {
    // SAFETY: an array begins like this.
    (descriptor.kind == ARRAY).then(|| unsafe { (*object.cast::<ArrayObject>()).length as usize })
}

/// Calls `visit` with every reference in an object that is not null.
///
/// # Safety
/// `object` is one of that descriptor.
#[inline]
pub(crate) unsafe fn references(
    object: GcRef,
    descriptor: &TypeDescriptor,
    mut visit: impl FnMut(GcRef),
) {
    // SAFETY: as the caller promises.
    unsafe {
        match array_length(object, descriptor) {
            Some(length) => references_of_elements(object, descriptor, 0..length, visit),
            None => references_of_part(object.cast(), descriptor, &mut visit),
        }
    }
}

/// Where the references are in what a descriptor describes: an object or an element.
#[inline]
pub(crate) fn reference_offsets(descriptor: &TypeDescriptor) -> &[u32] {
    match descriptor.reference_count {
        0 => &[],
        // SAFETY: the descriptor has that many.
        count => unsafe { core::slice::from_raw_parts(descriptor.references, count as usize) },
    }
}

/// What is stored at an offset from `part`; others may write there meanwhile.
///
/// # Safety
/// There is a reference, or null.
#[inline]
pub(crate) unsafe fn reference_at(part: *mut u8, offset: u32) -> GcRef {
    // SAFETY: as the caller promises.
    unsafe {
        AtomicPtr::from_ptr(part.add(offset as usize).cast::<GcRef>()).load(Ordering::Relaxed)
    }
}

/// Copies what is stored at some places and not null; returns how much that is. What is null is
/// overwritten by the next one: about every other reference is, at random, so there is no question.
///
/// # Safety
/// There is a reference at each offset from `part`, or null, and room for that many.
#[inline]
pub(crate) unsafe fn copy_references(part: *mut u8, offsets: &[u32], room: &mut [GcRef]) -> usize {
    let mut copied = 0;
    for &offset in offsets {
        // SAFETY: as the caller promises.
        unsafe {
            let reference = reference_at(part, offset);
            *room.get_unchecked_mut(copied) = reference;
            copied += !reference.is_null() as usize;
        }
    }
    copied
}

/// Calls `visit` with every reference in some elements of an array that is not null.
///
/// # Safety
/// `array` is one of that descriptor and has these elements.
#[inline]
pub(crate) unsafe fn references_of_elements(
    array: GcRef,
    descriptor: &TypeDescriptor,
    elements: Range<usize>,
    mut visit: impl FnMut(GcRef),
) {
    if descriptor.reference_count == 0 {
        return;
    }
    for index in elements {
        // SAFETY: elements follow the fixed part of an array.
        unsafe {
            let offset = ARRAY_ELEMENTS_OFFSET + index * descriptor.size as usize;
            references_of_part(array.cast::<u8>().add(offset), descriptor, &mut visit);
        }
    }
}

/// Likewise for what a descriptor describes: an object or an element.
#[inline]
unsafe fn references_of_part(
    part: *mut u8,
    descriptor: &TypeDescriptor,
    visit: &mut impl FnMut(GcRef),
) {
    for &offset in reference_offsets(descriptor) {
        // SAFETY: the descriptor says that a reference is stored there.
        let reference = unsafe { reference_at(part, offset) };
        if !reference.is_null() {
            visit(reference);
        }
    }
}
