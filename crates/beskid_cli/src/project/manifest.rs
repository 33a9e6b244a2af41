//! The text of a manifest to blocks of keys and values (tools.md §2).
//!
//! ```text
//! manifest = { word [ string ] "{" { word "=" ( word | string ) } "}" }
//! ```
//!
//! Comments begin with `#` or `//`. A string may hold `\"` and `\\`, and ends on its line.
//!
//! *Invariants.* The first mistake ends the reading: it is one diagnostic, with its place. What blocks and
//! keys mean is not known here.

use beskid_analysis::diagnostics::{Code, Diagnostic};
use beskid_analysis::source::Span;

/// A word or string with its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) span: Span,
}

/// `key = value`
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    pub(super) key: Word,
    pub(super) value: Word,
}

/// `word "label" { … }`
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Block {
    pub(super) word: Word,
    pub(super) label: Option<Word>,
    pub(super) entries: Vec<Entry>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Token {
    Word(Word),
    String(Word),
    Mark(u8, Span),
    End(Span),
}

impl Token {
    fn span(&self) -> Span {
        match self {
            Self::Word(word) | Self::String(word) => word.span,
            Self::Mark(_, span) | Self::End(span) => *span,
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Word(word) => format!("`{}`", word.text),
            Self::String(word) => format!("\"{}\"", word.text),
            Self::Mark(mark, _) => format!("`{}`", char::from(*mark)),
            Self::End(_) => "the end of the file".to_owned(),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    /// The place of its first byte.
    base: u32,
    at: usize,
    next: Token,
}

/// The blocks of a manifest, whose text begins at `base` in the space of places.
///
/// # Errors
/// The first mistake.
pub(super) fn parse(text: &str, base: u32) -> Result<Vec<Block>, Box<Diagnostic>> {
    let mut reader = Reader { text, base, at: 0, next: Token::End(Span::new(base, base)) };
    reader.advance()?;
    let mut blocks = Vec::new();
    while !matches!(reader.next, Token::End(_)) {
        blocks.push(block(&mut reader)?);
    }
    Ok(blocks)
}

fn block(reader: &mut Reader<'_>) -> Result<Block, Box<Diagnostic>> {
    let word = reader.word("a block, such as `project`")?;
    let label = match &reader.next {
        Token::String(label) => Some(label.clone()),
        _ => None,
    };
    if label.is_some() {
        reader.advance()?;
    }
    let open = reader.next.span();
    reader.mark(b'{', &format!("`{{` after `{}`", word.text))?;
    let mut entries = Vec::new();
    loop {
        match &reader.next {
            Token::Mark(b'}', _) => break,
            Token::End(_) => {
                let message = "this block is never closed";
                return Err(Diagnostic::new(Code::ManifestSyntax, open, message)
                    .help("close it with `}`")
                    .into());
            }
            _ => {}
        }
        let key = reader.word("a key, such as `name`, or `}`")?;
        if matches!(reader.next, Token::String(_) | Token::Mark(b'{', _)) {
            let diagnostic =
                Diagnostic::new(Code::ManifestSyntax, open, "this block is never closed");
            let diagnostic = diagnostic.also(key.span, "another one begins here");
            return Err(diagnostic.help("close it with `}`").into());
        }
        reader.mark(b'=', &format!("`=` after `{}`", key.text))?;
        let value = match &reader.next {
            Token::Word(value) | Token::String(value) => value.clone(),
            other => return Err(unexpected(other, &format!("the value of `{}`", key.text))),
        };
        reader.advance()?;
        entries.push(Entry { key, value });
    }
    reader.advance()?;
    Ok(Block { word, label, entries })
}

fn unexpected(found: &Token, wanted: &str) -> Box<Diagnostic> {
    let message = format!("expected {wanted}, found {}", found.shown());
    let diagnostic = Diagnostic::new(Code::ManifestSyntax, found.span(), message);
    match found {
        Token::Mark(b',' | b';', span) => diagnostic
            .note("nothing stands between the entries of a block")
            .fix("remove it", *span, ""),
        _ => diagnostic,
    }
    .into()
}

impl Reader<'_> {
    /// The place of a range of the text.
    fn span(&self, lo: usize, hi: usize) -> Span {
        Span::new(self.base + lo as u32, self.base + hi as u32)
    }

    fn word(&mut self, wanted: &str) -> Result<Word, Box<Diagnostic>> {
        match &self.next {
            Token::Word(word) => {
                let word = word.clone();
                self.advance()?;
                Ok(word)
            }
            other => Err(unexpected(other, wanted)),
        }
    }

    fn mark(&mut self, mark: u8, wanted: &str) -> Result<(), Box<Diagnostic>> {
        match self.next {
            Token::Mark(found, _) if found == mark => self.advance(),
            ref other => Err(unexpected(other, wanted)),
        }
    }

    fn advance(&mut self) -> Result<(), Box<Diagnostic>> {
        let bytes = self.text.as_bytes();
        loop {
            match &bytes[self.at..] {
                [b' ' | b'\t' | b'\r' | b'\n', ..] => self.at += 1,
                [b'#', ..] | [b'/', b'/', ..] => {
                    let rest = &bytes[self.at..];
                    let line = rest.iter().position(|&byte| byte == b'\n');
                    self.at += line.unwrap_or(rest.len());
                }
                _ => break,
            }
        }
        let start = self.at;
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        self.next = match bytes.get(start) {
            None => Token::End(self.span(start, start)),
            Some(b'"') => Token::String(self.string()?),
            Some(&mark @ (b'{' | b'}' | b'=' | b',' | b';')) => {
                self.at += 1;
                Token::Mark(mark, self.span(start, self.at))
            }
            Some(&first) if is_part(first) => {
                while self.at < bytes.len() && is_part(bytes[self.at]) {
                    self.at += 1;
                }
                Token::Word(Word {
                    text: self.text[start..self.at].to_owned(),
                    span: self.span(start, self.at),
                })
            }
            Some(_) => {
                let found = self.text[start..].chars().next().unwrap_or(' ');
                let place = self.span(start, start + found.len_utf8());
                let message = format!("`{}` has no meaning here", found.escape_debug());
                let diagnostic = Diagnostic::new(Code::ManifestSyntax, place, message);
                return Err(diagnostic
                    .help("values stand in double quotes: `name = \"App\"`")
                    .into());
            }
        };
        Ok(())
    }

    fn string(&mut self) -> Result<Word, Box<Diagnostic>> {
        let start = self.at;
        let mut text = String::new();
        let mut letters = self.text[start + 1..].char_indices();
        while let Some((offset, letter)) = letters.next() {
            let end = start + 1 + offset;
            match letter {
                '"' => {
                    self.at = end + 1;
                    return Ok(Word { text, span: self.span(start, self.at) });
                }
                '\n' => break,
                '\\' => match letters.next() {
                    Some((_, escaped @ ('"' | '\\'))) => text.push(escaped),
                    _ => {
                        let place = self.span(end, end + 1);
                        let message = "a string of a manifest knows the escapes `\\\"` and `\\\\`";
                        return Err(Diagnostic::new(Code::ManifestSyntax, place, message).into());
                    }
                },
                other => text.push(other),
            }
        }
        let place = self.span(start, start + 1);
        let diagnostic = Diagnostic::new(Code::ManifestSyntax, place, "this string has no end");
        Err(diagnostic.help("close it with `\"` on its line").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_labels_and_entries() {
        let text = "# a\nproject { name = \"My \\\"App\\\"\" }\ntarget \"A\" { kind = App } // b";
        let blocks = parse(text, 0).unwrap();
        assert_eq!(blocks.len(), 2);
        assert_eq!(blocks[0].entries[0].value.text, "My \"App\"");
        assert_eq!(blocks[1].label.as_ref().unwrap().text, "A");
        assert_eq!(blocks[1].entries[0].value.text, "App");
        assert_eq!(parse("", 0).unwrap(), []);
    }

    #[test]
    fn the_first_mistake_is_told_with_its_place() {
        for (text, at, message) in [
            ("project name", 8, "expected `{` after `project`, found `name`"),
            ("project {", 8, "this block is never closed"),
            ("project { target \"A\" {}", 8, "this block is never closed"),
            ("project { name }", 15, "expected `=` after `name`, found `}`"),
            ("project { name = }", 17, "expected the value of `name`, found `}`"),
            ("project { name = \"a }\n", 17, "this string has no end"),
            ("project { name = \"a\", x = 1 }", 20, "expected a key"),
            ("[project]", 0, "`[` has no meaning here"),
            ("é", 0, "`é` has no meaning here"),
            ("project { name = \"\\q\" }", 18, "escapes"),
        ] {
            let error = parse(text, 0).unwrap_err();
            assert_eq!(error.span().lo, at, "{text}");
            assert!(error.message.contains(message), "{text}: {}", error.message);
        }
    }
}
