//! Quoted text, as strings and chars look inside structure: `"a\n"`, `'\''`. Only what
//! language.md §9.6 lists is escaped.

use crate::text::{Full, TextBuffer};

impl TextBuffer {
    /// Appends a string in quotes.
    pub(crate) fn append_quoted_string(&mut self, text: &[u8]) -> Result<(), Full> {
        self.append_quoted(text, b'"')
    }

    /// Appends a char in quotes.
    pub(crate) fn append_quoted_char(&mut self, value: char) -> Result<(), Full> {
        self.append_quoted(value.encode_utf8(&mut [0; 4]).as_bytes(), b'\'')
    }

    fn append_quoted(&mut self, text: &[u8], quote: u8) -> Result<(), Full> {
        self.append(&[quote])?;
        let mut plain = 0;
        for (at, &byte) in text.iter().enumerate() {
            let escape = match byte {
                b'\n' => b'n',
                b'\t' => b't',
                b'\r' => b'r',
                0 => b'0',
                b'\\' => b'\\',
                _ if byte == quote => quote,
                _ => continue,
            };
            self.append(&text[plain..at])?;
            self.append(&[b'\\', escape])?;
            plain = at + 1;
        }
        self.append(&text[plain..])?;
        self.append(&[quote])
    }
}

#[cfg(test)]
mod tests {
    use crate::text::text_of;

    #[test]
    fn strings_escape_what_the_specification_lists() {
        for (text, quoted) in [
            ("", r#""""#),
            ("plain é 𝄞", r#""plain é 𝄞""#),
            ("a\nb\tc\rd\0e", r#""a\nb\tc\rd\0e""#),
            ("\\ \" '", r#""\\ \" '""#),
            ("\u{1b}\u{7f}\u{a0}", "\"\u{1b}\u{7f}\u{a0}\""),
            ("\n", r#""\n""#),
        ] {
            assert_eq!(text_of(|buffer| buffer.append_quoted_string(text.as_bytes())), quoted);
        }
    }

    #[test]
    fn chars_escape_their_own_quote() {
        for (value, quoted) in [
            ('a', "'a'"),
            ('\'', r"'\''"),
            ('"', "'\"'"),
            ('\\', r"'\\'"),
            ('\0', r"'\0'"),
            ('€', "'€'"),
        ] {
            assert_eq!(text_of(|buffer| buffer.append_quoted_char(value)), quoted);
        }
    }
}
