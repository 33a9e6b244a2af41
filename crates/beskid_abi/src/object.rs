//! Layouts of strings, arrays, plain objects, closures and contract values.
//!
//! ```text
//! string   | header | u64 length in bytes | UTF-8 bytes … | NUL |
//! array    | header | u64 length          | elements, each at its natural alignment … |
//! object   | header | fields by descending alignment … |
//! closure  | header | code address | captures … |
//! contract | object reference | dispatch table |            (two words, never in memory alone)
//! ```
//!
//! Sizes of heap objects are rounded up to [`OBJECT_ALIGNMENT`].

use crate::header::{HEADER_SIZE, ObjectHeader};

/// Every object starts and ends at a multiple of this.
pub const OBJECT_ALIGNMENT: usize = 8;
/// The largest object that compiled code allocates inline; larger ones go to the runtime.
pub const MAX_INLINE_OBJECT: usize = 8 * 1024;

/// An array with references that has at least so many bytes is old from the beginning: all stores into it
/// need barriers.
pub const BORN_OLD: usize = 64 * 1024;

/// Offset of a string's length in bytes.
pub const STRING_LENGTH_OFFSET: usize = 8;
/// Offset of a string's first byte.
pub const STRING_BYTES_OFFSET: usize = 16;
/// Offset of an array's length in elements.
pub const ARRAY_LENGTH_OFFSET: usize = 8;
/// Offset of an array's first element.
pub const ARRAY_ELEMENTS_OFFSET: usize = 16;
/// Offset of an object's first field.
pub const OBJECT_FIELDS_OFFSET: usize = HEADER_SIZE;
/// Offset of a closure's code address.
pub const CLOSURE_CODE_OFFSET: usize = 8;
/// Offset of a closure's first capture.
pub const CLOSURE_CAPTURES_OFFSET: usize = 16;

/// The fixed part of a string.
#[derive(Debug)]
#[repr(C)]
pub struct StringObject {
    /// See [`crate::header`].
    pub header: ObjectHeader,
    /// Bytes of text, the closing NUL not counted.
    pub length: u64,
}

/// The fixed part of an array.
#[derive(Debug)]
#[repr(C)]
pub struct ArrayObject {
    /// See [`crate::header`].
    pub header: ObjectHeader,
    /// Number of elements.
    pub length: u64,
}

const _: () = {
    assert!(size_of::<StringObject>() == STRING_BYTES_OFFSET);
    assert!(core::mem::offset_of!(StringObject, length) == STRING_LENGTH_OFFSET);
    assert!(size_of::<ArrayObject>() == ARRAY_ELEMENTS_OFFSET);
    assert!(core::mem::offset_of!(ArrayObject, length) == ARRAY_LENGTH_OFFSET);
};

/// Heap bytes of a string of `length` bytes: fixed part, text, NUL, rounded up.
#[must_use]
pub const fn string_size(length: usize) -> usize {
    // What `next_multiple_of` says, without its test for what is one.
    (STRING_BYTES_OFFSET + length + OBJECT_ALIGNMENT) & !(OBJECT_ALIGNMENT - 1)
}

/// Heap bytes of an array of `length` elements of `stride` bytes, or `None` beyond `usize`.
#[must_use]
pub const fn array_size(length: usize, stride: usize) -> Option<usize> {
    let Some(elements) = length.checked_mul(stride) else { return None };
    let Some(size) = elements.checked_add(ARRAY_ELEMENTS_OFFSET + OBJECT_ALIGNMENT - 1) else {
        return None;
    };
    Some(size & !(OBJECT_ALIGNMENT - 1))
}
