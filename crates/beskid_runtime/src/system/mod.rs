//! The rows of the operating system: what a program's strings and arrays are to `platform`.
//!
//! *Invariants.* Ranges of bytes are checked here once more, since what is outside of an object must not be
//! touched whatever the library does; a range that makes no sense is empty. Nothing here allocates from the
//! collected heap but the texts of `program`, so objects stay where they are during a call.

mod coverage;
mod files;
mod processes;
mod program;

use core::ffi::CStr;

use beskid_abi::object::{ARRAY_ELEMENTS_OFFSET, ArrayObject, STRING_BYTES_OFFSET};
use beskid_abi::system::Failure;

use crate::object::{GcRef, string};

pub(crate) use coverage::*;
pub(crate) use files::*;
pub(crate) use processes::*;
pub(crate) use program::*;

/// The text of a string as C has it; none if there is a NUL in it.
///
/// # Safety
/// `text` is a string that stays alive during `'a`.
unsafe fn c_text<'a>(text: GcRef) -> Option<&'a CStr> {
    // SAFETY: there is a NUL behind the bytes of a string.
    let bytes = unsafe {
        let bytes = string::bytes(text);
        core::slice::from_raw_parts(bytes.as_ptr(), bytes.len() + 1)
    };
    CStr::from_bytes_with_nul(bytes).ok()
}

/// Calls with a path, which must not be empty.
///
/// # Safety
/// `path` is a string.
unsafe fn with_path(path: GcRef, call: impl FnOnce(&CStr) -> i64) -> i64 {
    // SAFETY: as the caller promises.
    match unsafe { c_text(path) } {
        Some(path) if !path.is_empty() => call(path),
        _ => -(Failure::InvalidPath as i64),
    }
}

/// Some bytes of a string or an array of bytes.
///
/// # Safety
/// `object` is one, and stays alive during `'a`.
unsafe fn part<'a>(object: GcRef, start: i64, count: i64) -> &'a [u8] {
    const _: () = assert!(ARRAY_ELEMENTS_OFFSET == STRING_BYTES_OFFSET);
    // SAFETY: strings and arrays of bytes begin alike.
    let bytes = unsafe { string::bytes(object) };
    let end = start.saturating_add(count);
    bytes.get(start as usize..end as usize).unwrap_or(&[])
}

/// Some bytes of an array, to be written to.
///
/// # Safety
/// `array` is one of bytes, which nobody else uses during `'a`.
unsafe fn part_mut<'a>(array: GcRef, start: i64, count: i64) -> &'a mut [u8] {
    // SAFETY: as the caller promises.
    unsafe { elements_mut::<u8>(array) }
        .get_mut(start as usize..start.saturating_add(count) as usize)
        .unwrap_or(&mut [])
}

/// The elements of an array, to be written to.
///
/// # Safety
/// `array` is one of such numbers, which nobody else uses during `'a`.
unsafe fn elements_mut<'a, T>(array: GcRef) -> &'a mut [T] {
    // SAFETY: length and elements follow the header.
    unsafe {
        let length = (*array.cast::<ArrayObject>()).length as usize;
        let first = array.cast::<u8>().add(ARRAY_ELEMENTS_OFFSET);
        core::slice::from_raw_parts_mut(first.cast(), length)
    }
}
