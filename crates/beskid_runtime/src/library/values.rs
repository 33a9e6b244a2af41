//! Values on their way between C and a library: texts and numbers are copied, in both directions.
//!
//! *Invariants.* Nothing of C is kept, and C gets no address of the heap: results lie in buffers of the
//! library, each until the next result of its kind.

use alloc::vec::Vec;
use core::ffi::{CStr, c_char};

use beskid_abi::object::{ARRAY_ELEMENTS_OFFSET, ArrayObject};
use beskid_abi::thread_context::ThreadContext;

use super::State;
use crate::object::{self, GcRef, string};
use crate::panic;
use crate::thread::Thread;

/// The latest results that C got an address of.
pub(super) struct Results {
    text: Vec<u8>,
    /// In words, so that every number is aligned.
    numbers: Vec<u64>,
}

impl Results {
    pub(super) const NONE: Self = Self { text: Vec::new(), numbers: Vec::new() };
}

/// See [`RuntimeFn::StringFromC`](beskid_abi::runtime_fn::RuntimeFn::StringFromC).
///
/// # Safety
/// As the row says.
pub(crate) unsafe fn string_from_c(cx: *mut ThreadContext, text: *const c_char) -> GcRef {
    // SAFETY: `cx` is the running thread's.
    let thread = unsafe { Thread::of(cx) };
    if text.is_null() {
        panic::raise(thread, |report| {
            report.text("C passed a null pointer for a string");
        });
    }
    // SAFETY: it ends with a NUL.
    let bytes = unsafe { CStr::from_ptr(text) }.to_bytes();
    if core::str::from_utf8(bytes).is_ok() {
        let result = string::allocate(thread, bytes.len(), &[]);
        // SAFETY: the string was made for this text.
        unsafe { string::fill(result, 0, bytes) };
        return result;
    }
    let mark = thread.text.begin();
    if thread.text.append_lossy(bytes).is_err() {
        thread.out_of_memory();
    }
    string::of_text(thread, mark, &[])
}

/// See [`RuntimeFn::StringToC`](beskid_abi::runtime_fn::RuntimeFn::StringToC).
///
/// # Safety
/// As the row says.
pub(crate) unsafe fn string_to_c(cx: *mut ThreadContext, text: GcRef) -> *const u8 {
    // SAFETY: `cx` is that of a library's thread, `text` a string.
    let (state, bytes) = unsafe { (State::of(cx), string::bytes(text)) };
    let buffer = &mut state.results.text;
    buffer.clear();
    if buffer.try_reserve(bytes.len() + 1).is_err() {
        state.thread.out_of_memory();
    }
    buffer.extend_from_slice(bytes);
    buffer.push(0);
    buffer.as_ptr()
}

/// See [`RuntimeFn::ArrayFromC`](beskid_abi::runtime_fn::RuntimeFn::ArrayFromC).
///
/// # Safety
/// As the row says.
pub(crate) unsafe fn array_from_c(cx: *mut ThreadContext, array: GcRef, elements: *const u8) {
    // SAFETY: it is an array of numbers.
    let (target, bytes) = unsafe { contents(array) };
    if bytes == 0 {
        return;
    }
    if elements.is_null() {
        // SAFETY: it is an array, and `cx` is the running thread's.
        let (length, thread) = unsafe { ((*array.cast::<ArrayObject>()).length, Thread::of(cx)) };
        panic::raise(thread, |report| {
            report.text("C passed a null pointer for an array of length ").unsigned(length);
        });
    }
    // SAFETY: C has as many numbers there, and the array is new.
    unsafe { target.copy_from_nonoverlapping(elements, bytes) };
}

/// See [`RuntimeFn::ArrayToC`](beskid_abi::runtime_fn::RuntimeFn::ArrayToC).
///
/// # Safety
/// As the row says.
pub(crate) unsafe fn array_to_c(
    cx: *mut ThreadContext,
    array: GcRef,
    length: *mut u64,
) -> *const u8 {
    // SAFETY: `cx` is that of a library's thread, the other an array of numbers.
    let (state, (elements, bytes)) = unsafe { (State::of(cx), contents(array)) };
    let words = bytes.div_ceil(size_of::<u64>());
    let buffer = &mut state.results.numbers;
    buffer.clear();
    // One word at least, so that the address is one.
    if buffer.try_reserve(words.max(1)).is_err() {
        state.thread.out_of_memory();
    }
    // SAFETY: the buffer has room for all bytes, and C for the length if it asks for it.
    unsafe {
        buffer.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(elements, bytes);
        if !length.is_null() {
            length.write((*array.cast::<ArrayObject>()).length);
        }
    }
    buffer.as_ptr().cast()
}

/// Where the elements of an array of numbers are, and how many bytes.
///
/// # Safety
/// It is one.
unsafe fn contents(array: GcRef) -> (*mut u8, usize) {
    // SAFETY: as the caller promises; an array fits into memory.
    unsafe {
        let stride = object::descriptor(array).size as usize;
        let length = (*array.cast::<ArrayObject>()).length as usize;
        (array.cast::<u8>().add(ARRAY_ELEMENTS_OFFSET), stride * length)
    }
}
