//! Strings: reading, making, comparing, decoding.

use beskid_abi::header::ObjectHeader;
use beskid_abi::object::{OBJECT_ALIGNMENT, STRING_BYTES_OFFSET, StringObject, string_size};
use beskid_abi::type_descriptor::{Kind, TypeDescriptor};

use crate::object::GcRef;
use crate::panic;
use crate::thread::Thread;

const NAME: &[u8; 6] = b"string";
/// Bytes of a word.
const WORD: usize = size_of::<u64>();
const _: () = assert!(OBJECT_ALIGNMENT == WORD && STRING_BYTES_OFFSET.is_multiple_of(WORD));
const _: () = assert!(string_size(0) == string_size(WORD - 1));
/// Strings of so many bytes at most are compared and copied in place.
const SHORT: usize = 64;

/// The descriptor of strings, the compiler's as well as the runtime's.
#[unsafe(export_name = beskid_abi::string_descriptor_symbol!())]
pub(crate) static DESCRIPTOR: TypeDescriptor = TypeDescriptor {
    kind: Kind::String as u32,
    size: 0,
    reference_count: 0,
    name_length: NAME.len() as u32,
    references: core::ptr::null(),
    name: NAME.as_ptr(),
};

/// The bytes of a string.
///
/// # Safety
/// `string` is one, and stays in place during `'a`.
#[inline]
pub(crate) unsafe fn bytes<'a>(string: GcRef) -> &'a [u8] {
    // SAFETY: length and bytes follow the header.
    unsafe {
        let length = (*string.cast::<StringObject>()).length as usize;
        core::slice::from_raw_parts(string.cast::<u8>().add(STRING_BYTES_OFFSET), length)
    }
}

/// The length of a string in bytes, and its bytes as words, with zeros for what lies behind them.
///
/// # Safety
/// As of [`bytes`].
#[inline]
pub(crate) unsafe fn words(string: GcRef) -> (usize, impl Iterator<Item = u64>) {
    // SAFETY: length and bytes follow the header; a string takes up whole words, which lie aligned.
    unsafe {
        let length = (*string.cast::<StringObject>()).length as usize;
        let words = string.cast::<u8>().add(STRING_BYTES_OFFSET).cast::<u64>();
        let word = move |index: usize| {
            let word = u64::from_le(words.add(index).read());
            let behind = ((index + 1) * WORD).saturating_sub(length);
            word << (8 * behind) >> (8 * behind)
        };
        (length, (0..length.div_ceil(WORD)).map(word))
    }
}

/// Whether two strings have the same bytes.
///
/// # Safety
/// Both are strings.
pub(crate) unsafe fn is_equal(left: GcRef, right: GcRef) -> bool {
    // SAFETY: as the caller promises.
    unsafe {
        let ((length, mut words), (other_length, mut others)) = (words(left), words(right));
        if length != other_length {
            return false;
        }
        if length > SHORT {
            return bytes(left) == bytes(right);
        }
        loop {
            match (words.next(), others.next()) {
                (Some(word), Some(other)) if word == other => {}
                (None, None) => return true,
                _ => return false,
            }
        }
    }
}

/// The text of a string.
///
/// # Safety
/// As of [`bytes`].
pub(crate) unsafe fn text<'a>(string: GcRef) -> &'a str {
    // SAFETY: strings are made of valid UTF-8 alone.
    unsafe { core::str::from_utf8_unchecked(bytes(string)) }
}

/// A new string of `length` bytes, all zero still. May collect, see [`Thread::allocate`].
pub(crate) fn allocate(thread: &mut Thread<'_>, length: usize, keep: &[GcRef]) -> GcRef {
    // SAFETY: the memory is new and large enough.
    unsafe { begin(thread.allocate(string_size(length), keep), length) }
}

/// A new string of the bytes from `start` to `end` of an object; panics if it has none such. May collect.
///
/// # Safety
/// They are valid UTF-8, and the object is among those of `keep` or of stack maps.
#[inline(always)]
pub(crate) unsafe fn of_part(
    thread: &mut Thread<'_>,
    bytes: &[u8],
    (start, end): (usize, usize),
    keep: &[GcRef],
) -> GcRef {
    of_part_at_once(thread, bytes, start, end)
        .unwrap_or_else(|| of_part_slow(thread, bytes, start, end, keep))
}

/// The same, if there is room without further ado.
#[inline(always)]
fn of_part_at_once(
    thread: &mut Thread<'_>,
    bytes: &[u8],
    start: usize,
    end: usize,
) -> Option<GcRef> {
    let part = bytes.get(start..end)?;
    let memory = thread.bump(string_size(part.len()))?;
    // SAFETY: the memory is new, and large enough.
    let string = unsafe { begin(memory, part.len()) };
    match bytes.get(start..start + WORD) {
        // Few bytes are cut from a whole word, which takes no branch that depends on how many they are.
        Some(&[a, b, c, d, e, f, g, h]) if part.len() < WORD => {
            let behind = u64::MAX << (8 * part.len());
            let word = u64::from_le_bytes([a, b, c, d, e, f, g, h]) & !behind;
            // SAFETY: every string has room for a word.
            unsafe { string.byte_add(STRING_BYTES_OFFSET).cast::<u64>().write(word.to_le()) };
        }
        // SAFETY: the string was made for these bytes.
        _ => unsafe { fill(string, 0, part) },
    }
    Some(string)
}

#[cold]
#[inline(never)]
fn of_part_slow(
    thread: &mut Thread<'_>,
    bytes: &[u8],
    start: usize,
    end: usize,
    keep: &[GcRef],
) -> GcRef {
    let Some(part) = bytes.get(start..end) else {
        panic::raise(thread, |report| {
            report.text("slice from ").signed(start as i64).text(" to ").signed(end as i64);
            report.text(" out of bounds for length ").signed(bytes.len() as i64);
        });
    };
    let string = allocate(thread, part.len(), keep);
    // SAFETY: the string was made for these bytes; their object is kept and does not move.
    unsafe { fill(string, 0, part) };
    string
}

/// Makes memory a string, but for its bytes.
///
/// # Safety
/// It is as large as one of `length` bytes, aligned, and nobody else's.
#[inline]
unsafe fn begin(memory: *mut u8, length: usize) -> GcRef {
    let word = (&raw const DESCRIPTOR).addr() as u64;
    let object = StringObject { header: ObjectHeader { word }, length: length as u64 };
    // SAFETY: as the caller promises.
    unsafe { memory.cast::<StringObject>().write(object) };
    memory.cast()
}

/// The text under construction that was opened at `mark`, as a string; closes it. May collect.
pub(crate) fn of_text(thread: &mut Thread<'_>, mark: usize, keep: &[GcRef]) -> GcRef {
    let string = allocate(thread, thread.text.since(mark).len(), keep);
    // SAFETY: the string was made for this text.
    unsafe { fill(string, 0, thread.text.since(mark)) };
    thread.text.close(mark);
    string
}

/// Copies `bytes` to offset `at` of a string that was just allocated.
///
/// # Safety
/// They fit, and do not overlap the string.
pub(crate) unsafe fn fill(string: GcRef, at: usize, bytes: &[u8]) {
    // SAFETY: as the caller promises.
    unsafe {
        let target = string.cast::<u8>().add(STRING_BYTES_OFFSET + at);
        copy(bytes.as_ptr(), target, bytes.len());
    }
}

/// Copies bytes, also where the two places overlap: few of them, as words usually are, without a call.
///
/// # Safety
/// There are so many at both places.
#[inline]
pub(crate) unsafe fn copy(source: *const u8, target: *mut u8, count: usize) {
    /// Copies `count` bytes by the first `T` of them and the last one, which overlap.
    ///
    /// # Safety
    /// As of [`copy`]; a `T` has at most so many bytes, and at least half as many.
    #[inline]
    unsafe fn by_ends<T>(source: *const u8, target: *mut u8, count: usize) {
        let last = count - size_of::<T>();
        // SAFETY: as the caller promises; both are read before anything is written.
        unsafe {
            let first = source.cast::<T>().read_unaligned();
            let end = source.add(last).cast::<T>().read_unaligned();
            target.cast::<T>().write_unaligned(first);
            target.add(last).cast::<T>().write_unaligned(end);
        }
    }
    // SAFETY: as the caller promises.
    unsafe {
        match count {
            0 => {}
            1 => target.write(source.read()),
            2..4 => by_ends::<u16>(source, target, count),
            4..8 => by_ends::<u32>(source, target, count),
            8..16 => by_ends::<u64>(source, target, count),
            16..=32 => by_ends::<u128>(source, target, count),
            _ => target.copy_from(source, count),
        }
    }
}

/// The scalar value at the beginning of valid UTF-8 text, and how many bytes it takes; nothing at the
/// end of the text.
pub(crate) fn decode(bytes: &[u8]) -> (u32, usize) {
    let continued = |index: usize| u32::from(bytes.get(index).copied().unwrap_or(0) & 0x3f);
    match bytes.first().copied().map_or(0, u32::from) {
        lead if lead < 0x80 => (lead, usize::from(!bytes.is_empty())),
        lead if lead < 0xe0 => ((lead & 0x1f) << 6 | continued(1), 2),
        lead if lead < 0xf0 => ((lead & 0x0f) << 12 | continued(1) << 6 | continued(2), 3),
        lead => {
            let low = continued(1) << 12 | continued(2) << 6 | continued(3);
            ((lead & 0x07) << 18 | low, 4)
        }
    }
}

/// -1, 0 or 1. The order of UTF-8 bytes is that of code points.
pub(crate) fn compare(left: &[u8], right: &[u8]) -> i32 {
    left.cmp(right) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    #[test]
    fn decodes_every_length() {
        for scalar in [
            '\0',
            'a',
            '\u{7f}',
            '\u{80}',
            'é',
            '\u{7ff}',
            '\u{800}',
            '€',
            '\u{ffff}',
            '𝄞',
            '\u{10ffff}',
        ] {
            let text = String::from(scalar);
            assert_eq!(decode(text.as_bytes()), (scalar as u32, scalar.len_utf8()));
        }
        assert_eq!(decode(b""), (0, 0));
    }

    #[test]
    fn copies_any_number_of_bytes_onto_themselves() {
        for count in 0..80 {
            for shift in 0..40 {
                let bytes: Vec<u8> = (0..200).collect();
                let (mut up, mut down) = (bytes.clone(), bytes.clone());
                // SAFETY: both ranges are within the vectors.
                unsafe {
                    copy(up.as_ptr().add(50), up.as_mut_ptr().add(50 + shift), count);
                    copy(down.as_ptr().add(50), down.as_mut_ptr().add(50 - shift), count);
                }
                assert_eq!(up[50 + shift..][..count], bytes[50..][..count]);
                assert_eq!(up[..50 + shift], bytes[..50 + shift]);
                assert_eq!(down[50 - shift..][..count], bytes[50..][..count]);
                assert_eq!(down[50 - shift + count..], bytes[50 - shift + count..]);
            }
        }
    }

    #[test]
    fn orders_by_code_point() {
        assert_eq!(compare(b"abc", b"abd"), -1);
        assert_eq!(compare("z".as_bytes(), "é".as_bytes()), -1);
        assert_eq!(compare("\u{ffff}".as_bytes(), "𝄞".as_bytes()), -1);
        assert_eq!(compare(b"ab", b"a"), 1);
        assert_eq!(compare(b"", b""), 0);
    }
}
