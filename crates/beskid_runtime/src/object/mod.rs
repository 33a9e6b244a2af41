//! Reading and filling objects by their descriptors.
//!
//! *Invariant.* Between two points where a collection may happen every object has its header, and an
//! array or string its length: size and references of any object can be told from memory alone.

pub(crate) mod array;
pub(crate) mod string;

use beskid_abi::header::{
    DESCRIPTOR_MASK, HEADER_SIZE, LOG_OFFSET, MARK_OFFSET, MARK_STATIC, ObjectHeader,
};
use beskid_abi::object::{
    ARRAY_ELEMENTS_OFFSET, ArrayObject, OBJECT_ALIGNMENT, StringObject, array_size, string_size,
};
use beskid_abi::type_descriptor::{Kind, TypeDescriptor};

/// A reference as compiled code has it.
pub(crate) type GcRef = *mut ObjectHeader;

const STRING: u32 = Kind::String as u32;
const ARRAY: u32 = Kind::Array as u32;
const BOUND_METHOD: u32 = Kind::BoundMethod as u32;

/// The descriptor of an object.
///
/// # Safety
/// `object` is one.
#[inline]
pub(crate) unsafe fn descriptor<'a>(object: GcRef) -> &'a TypeDescriptor {
    // SAFETY: every object begins with a header that holds the address of a static descriptor.
    unsafe { &*(((*object).word & DESCRIPTOR_MASK) as *const TypeDescriptor) }
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
    // SAFETY: a byte of the header.
    unsafe { object.cast::<u8>().add(MARK_OFFSET).read() }
}

/// Sets the mark byte.
///
/// # Safety
/// `object` is one on the heap.
#[inline]
pub(crate) unsafe fn set_mark(object: GcRef, mark: u8) {
    // SAFETY: a byte of the header.
    unsafe { object.cast::<u8>().add(MARK_OFFSET).write(mark) }
}

/// Whether the object is static data, which must not be written.
///
/// # Safety
/// `object` is one.
pub(crate) unsafe fn is_static(object: GcRef) -> bool {
    // SAFETY: as the caller promises.
    unsafe { mark(object) == MARK_STATIC }
}

/// The log byte.
///
/// # Safety
/// `object` is one.
pub(crate) unsafe fn log(object: GcRef) -> u8 {
    // SAFETY: a byte of the header.
    unsafe { object.cast::<u8>().add(LOG_OFFSET).read() }
}

/// Sets the log byte.
///
/// # Safety
/// `object` is one on the heap.
pub(crate) unsafe fn set_log(object: GcRef, log: u8) {
    // SAFETY: a byte of the header.
    unsafe { object.cast::<u8>().add(LOG_OFFSET).write(log) }
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
    if descriptor.reference_count == 0 {
        return;
    }
    // SAFETY: the descriptor has that many offsets.
    let offsets = unsafe {
        core::slice::from_raw_parts(descriptor.references, descriptor.reference_count as usize)
    };
    let mut visit_part = |part: *mut u8| {
        for &offset in offsets {
            // SAFETY: the descriptor says that a reference is stored there.
            let reference = unsafe { *part.add(offset as usize).cast::<GcRef>() };
            if !reference.is_null() {
                visit(reference);
            }
        }
    };
    if descriptor.kind == ARRAY {
        // SAFETY: an array begins like this, and its elements follow.
        unsafe {
            let length = (*object.cast::<ArrayObject>()).length as usize;
            let elements = object.cast::<u8>().add(ARRAY_ELEMENTS_OFFSET);
            for index in 0..length {
                visit_part(elements.add(index * descriptor.size as usize));
            }
        }
    } else {
        visit_part(object.cast());
    }
}
