//! Arrays: copying and clearing elements, with what the collector has to be told.
//!
//! *Invariants.* The two write barriers of a store hold for a whole copy: what is overwritten is noted
//! while marking runs, and the array that was written to is remembered.

use beskid_abi::object::{ARRAY_ELEMENTS_OFFSET, ArrayObject, STRING_BYTES_OFFSET};

use crate::gc::barrier;
use crate::object::{self, GcRef};
use crate::thread::Thread;

// Bytes of a string lie where the elements of an array of bytes do.
const _: () = assert!(ARRAY_ELEMENTS_OFFSET == STRING_BYTES_OFFSET);

/// The place of an element of `stride` bytes, if `count` of them are within an array or string.
///
/// # Safety
/// `array` is one.
unsafe fn elements(array: GcRef, start: i64, count: i64, stride: usize) -> Option<*mut u8> {
    // SAFETY: arrays and strings begin alike.
    let length = unsafe { (*array.cast::<ArrayObject>()).length };
    let (first, count) = (u64::try_from(start).ok()?, u64::try_from(count).ok()?);
    let end = first.checked_add(count)?;
    // SAFETY: the elements follow the fixed part, and this one is among them or behind the last.
    (end <= length)
        .then(|| unsafe { array.cast::<u8>().add(ARRAY_ELEMENTS_OFFSET + first as usize * stride) })
}

/// Copies bytes of a string or an array of bytes. Bounds that make no sense copy nothing.
///
/// # Safety
/// `from` is such an object, `to` an array of bytes.
pub(crate) unsafe fn copy_bytes(from: GcRef, start: i64, to: GcRef, at: i64, count: i64) {
    // SAFETY: as the caller promises.
    let places = unsafe { (elements(from, start, count, 1), elements(to, at, count, 1)) };
    if let (Some(source), Some(target)) = places {
        // SAFETY: both ranges are within their objects.
        unsafe { target.copy_from(source, count as usize) };
    }
}

/// Copies elements. Bounds that make no sense copy nothing.
///
/// # Safety
/// Both are arrays of one type.
pub(crate) unsafe fn copy(
    thread: &mut Thread<'_>,
    (from, start): (GcRef, i64),
    (to, at): (GcRef, i64),
    count: i64,
) {
    // SAFETY: as the caller promises; both ranges are within their arrays.
    unsafe {
        let stride = object::descriptor(to).size as usize;
        let places = (elements(from, start, count, stride), elements(to, at, count, stride));
        if let (Some(source), Some(target)) = places {
            overwrite(thread, to, target, count as usize);
            target.copy_from(source, count as usize * stride);
            if object::descriptor(to).reference_count > 0 {
                barrier::remember(&mut thread.heap, to);
            }
        }
    }
}

/// Makes elements zero. Bounds that make no sense change nothing.
///
/// # Safety
/// It is an array.
pub(crate) unsafe fn clear(thread: &mut Thread<'_>, array: GcRef, start: i64, count: i64) {
    // SAFETY: as the caller promises; the range is within the array.
    unsafe {
        let stride = object::descriptor(array).size as usize;
        if let Some(target) = elements(array, start, count, stride) {
            overwrite(thread, array, target, count as usize);
            target.write_bytes(0, count as usize * stride);
        }
    }
}

/// Notes the references in elements that are about to be overwritten.
///
/// # Safety
/// `count` elements of the array begin at `first`.
unsafe fn overwrite(thread: &mut Thread<'_>, array: GcRef, first: *mut u8, count: usize) {
    if thread.context.marking == 0 {
        return;
    }
    // SAFETY: the array has a descriptor, which has that many offsets.
    let (stride, offsets) = unsafe {
        let descriptor = object::descriptor(array);
        if descriptor.reference_count == 0 {
            return;
        }
        let count = descriptor.reference_count as usize;
        (descriptor.size as usize, core::slice::from_raw_parts(descriptor.references, count))
    };
    for index in 0..count {
        for &offset in offsets {
            // SAFETY: the descriptor says that each element has a reference there.
            unsafe {
                let old = *first.add(index * stride + offset as usize).cast::<GcRef>();
                barrier::snapshot(&thread.context, &mut thread.heap, old);
            }
        }
    }
}
