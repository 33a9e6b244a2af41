//! Texts under construction: one growable buffer per thread, in which texts nest.
//!
//! ```text
//! | outer text so far … | inner text so far … |
//! 0 = outer's mark      inner's mark          length
//! ```
//!
//! An interpolated string opens a text, appends its parts, and closes it; a part may build texts of
//! its own meanwhile. A mark is the length of the buffer when the text was opened.

mod float;
pub(crate) mod number;
mod quote;

use alloc::vec::Vec;

/// Capacity that an empty buffer keeps.
const KEPT: usize = 64 << 10;

/// The buffer could not grow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Full;

/// See the module.
#[derive(Debug)]
pub(crate) struct TextBuffer {
    bytes: Vec<u8>,
}

impl TextBuffer {
    pub(crate) const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// Opens a text.
    pub(crate) fn begin(&self) -> usize {
        self.bytes.len()
    }

    /// The text that was opened at `mark`.
    pub(crate) fn since(&self, mark: usize) -> &[u8] {
        self.bytes.get(mark..).unwrap_or(&[])
    }

    /// Closes the text that was opened at `mark`.
    pub(crate) fn close(&mut self, mark: usize) {
        self.bytes.truncate(mark);
        if mark == 0 && self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
    }

    /// Appends bytes.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), Full> {
        self.bytes.try_reserve(bytes.len()).map_err(|_| Full)?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// Appends bytes that should be UTF-8, with a replacement character for what is not.
    pub(crate) fn append_lossy(&mut self, bytes: &[u8]) -> Result<(), Full> {
        for chunk in bytes.utf8_chunks() {
            self.append(chunk.valid().as_bytes())?;
            if !chunk.invalid().is_empty() {
                self.append_char(char::REPLACEMENT_CHARACTER)?;
            }
        }
        Ok(())
    }

    /// Appends a signed integer.
    pub(crate) fn append_signed(&mut self, value: i64) -> Result<(), Full> {
        if value < 0 {
            self.append(b"-")?;
        }
        self.append_unsigned(value.unsigned_abs())
    }

    /// Appends an unsigned integer.
    pub(crate) fn append_unsigned(&mut self, value: u64) -> Result<(), Full> {
        self.append(number::Digits::new().decimal(value))
    }

    /// Appends a machine address.
    pub(crate) fn append_address(&mut self, value: u64) -> Result<(), Full> {
        self.append(b"0x")?;
        self.append(number::Digits::new().hexadecimal(value))
    }

    /// Appends a char.
    pub(crate) fn append_char(&mut self, value: char) -> Result<(), Full> {
        self.append(value.encode_utf8(&mut [0; 4]).as_bytes())
    }
}

#[cfg(test)]
pub(crate) fn text_of(
    append: impl FnOnce(&mut TextBuffer) -> Result<(), Full>,
) -> std::string::String {
    let mut buffer = TextBuffer::new();
    append(&mut buffer).unwrap();
    std::string::String::from_utf8(buffer.bytes).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn texts_nest() {
        let mut buffer = TextBuffer::new();
        let outer = buffer.begin();
        buffer.append(b"a").unwrap();
        let inner = buffer.begin();
        buffer.append(b"bc").unwrap();
        assert_eq!(buffer.since(inner), b"bc");
        buffer.close(inner);
        buffer.append_char('é').unwrap();
        assert_eq!(buffer.since(outer), "aé".as_bytes());
    }

    #[test]
    fn integers_are_decimal() {
        for value in [0, 1, -1, 9, 10, 99, 100, 12345, i64::MAX, i64::MIN] {
            assert_eq!(text_of(|text| text.append_signed(value)), value.to_string());
        }
        assert_eq!(text_of(|text| text.append_unsigned(u64::MAX)), u64::MAX.to_string());
        assert_eq!(text_of(|text| text.append_address(0x7f00_beef)), "0x7f00beef");
        assert_eq!(text_of(|text| text.append_address(0)), "0x0");
    }
}
