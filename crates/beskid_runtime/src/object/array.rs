//! Arrays: copying and clearing elements, with what the collector has to be told.
//!
//! *Invariants.* The two write barriers of a store hold for a whole copy: what is overwritten is noted
//! while marking runs, and the array that was written to is remembered. A marker that runs beside the
//! program sees whole references: while there is one they are copied word by word.

use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use beskid_abi::object::{ARRAY_ELEMENTS_OFFSET, ArrayObject, STRING_BYTES_OFFSET};

use crate::gc::barrier;
use crate::object::{self, GcRef, search, string};
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
        unsafe { string::copy(source, target, count as usize) };
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
        if let (Some(source), Some(target)) = places
            && count > 0
        {
            let bytes = count as usize * stride;
            if object::descriptor(to).reference_count == 0 {
                target.copy_from(source, bytes);
                return;
            }
            if thread.heap.marking.is_some() {
                overwrite(thread, to, at as usize, count as usize);
                copy_words(source.cast(), target.cast(), bytes / size_of::<u64>());
            } else {
                target.copy_from(source, bytes);
            }
            remember(thread, to, target, count as usize);
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
            let bytes = count as usize * stride;
            let holds_references = object::descriptor(array).reference_count > 0;
            if holds_references && thread.heap.marking.is_some() {
                overwrite(thread, array, start as usize, count as usize);
                for word in 0..bytes / size_of::<u64>() {
                    let word = &*target.cast::<AtomicU64>().add(word);
                    word.store(0, Ordering::Relaxed);
                }
            } else {
                target.write_bytes(0, bytes);
            }
        }
    }
}

/// Fills an array of strings with the parts of a text between the places where a separator is, as many as there
/// are elements; `empty` stands for those that are empty.
///
/// # Safety
/// The first three are strings, the last one is such an array, whose elements are null or static.
pub(crate) unsafe fn fill_with_parts(
    thread: &mut Thread<'_>,
    (of, separator): (GcRef, GcRef),
    empty: GcRef,
    parts: GcRef,
) {
    // SAFETY: as the caller promises; all of them are kept, and nothing moves.
    unsafe {
        let (text, between) = (string::text(of), string::text(separator));
        let keep = [of, separator, empty, parts];
        if let &[byte] = between.as_bytes() {
            let mut places = search::places(text.as_bytes(), byte);
            fill_between(thread, text, between.len(), keep, |_| places.next());
        } else {
            let next = |from: usize| search::find(text, between, from as i64);
            fill_between(thread, text, between.len(), keep, next);
        }
    }
}

/// Likewise, with what says where the next separator of so many bytes is, from a byte on. The last ones of `keep`
/// are the empty text and the array.
///
/// # Safety
/// As of [`fill_with_parts`].
unsafe fn fill_between(
    thread: &mut Thread<'_>,
    text: &str,
    between: usize,
    keep: [GcRef; 4],
    mut next: impl FnMut(usize) -> Option<usize>,
) {
    let [.., empty, parts] = keep;
    // SAFETY: it is an array.
    let count = unsafe { (*parts.cast::<ArrayObject>()).length as usize };
    let mut start = 0;
    for index in 0..count {
        let end = next(start).unwrap_or(text.len());
        let part = if start == end {
            empty
        } else {
            // SAFETY: separators are whole characters, and so is what lies between them.
            unsafe { string::of_part(thread, text.as_bytes(), (start, end), &keep) }
        };
        start = end + between;
        // SAFETY: the element is in the array, an aligned word; nothing is overwritten that a marker has to see.
        unsafe {
            let elements = parts.cast::<u8>().add(ARRAY_ELEMENTS_OFFSET).cast::<AtomicPtr<_>>();
            let place = elements.add(index);
            (*place).store(part, Ordering::Relaxed);
            if object::log(parts) != 0 {
                barrier::remember(&mut thread.heap, parts, place.addr(), part);
            }
        }
    }
}

/// Copies words, each at once; the two ranges may overlap.
///
/// # Safety
/// There are so many at both places, which hold elements of arrays.
unsafe fn copy_words(source: *mut AtomicU64, target: *mut AtomicU64, count: usize) {
    let copy = |index: usize| {
        // SAFETY: as the caller promises; elements with references are aligned words.
        let (from, to) = unsafe { (&*source.add(index), &*target.add(index)) };
        to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
    };
    if target < source {
        (0..count).for_each(copy);
    } else {
        (0..count).rev().for_each(copy);
    }
}

/// Tells the collector of the references that were stored into elements of an array.
///
/// # Safety
/// `count` elements of the array begin at `first`.
unsafe fn remember(thread: &mut Thread<'_>, array: GcRef, first: *mut u8, count: usize) {
    // SAFETY: the array is an object, whose descriptor has that many offsets; at each there is a reference.
    unsafe {
        let descriptor = object::descriptor(array);
        let (stride, references) = (descriptor.size as usize, descriptor.reference_count as usize);
        let offsets = core::slice::from_raw_parts(descriptor.references, references);
        for index in 0..count {
            // A new array, or one that is remembered as a whole.
            if object::log(array) == 0 {
                return;
            }
            for &offset in offsets {
                let place = first.add(index * stride + offset as usize);
                let value = *place.cast::<GcRef>();
                barrier::remember(&mut thread.heap, array, place.addr(), value);
            }
        }
    }
}

/// Notes the references in elements that are about to be overwritten.
///
/// # Safety
/// The array has `count` elements from `first` on.
unsafe fn overwrite(thread: &mut Thread<'_>, array: GcRef, first: usize, count: usize) {
    // SAFETY: as the caller promises; what elements refer to is an object.
    unsafe {
        let descriptor = object::descriptor(array);
        object::references_of_elements(array, descriptor, first..first + count, |old| {
            barrier::snapshot(&mut thread.heap, old);
        });
    }
}
