//! `//=` lines at the end of a case: what must come out, and what bless rewrites.
//!
//! ```text
//! //= stdout:
//! //=   each line of the block is one line of the text,
//! //=
//! //=   behind three blanks; an empty one may be `//=` alone
//! //= exit: 3
//! ```
//!
//! A line that ends in a blank or a backslash is written with one more backslash behind it, and a
//! text without a line feed at its end has `(no line feed at the end)` behind its key.
//!
//! *Invariants.* [`Expectations::parse`] of [`Expectations::render`] is the identity; entries are kept
//! in the order of [`Key`], whatever the order in the file.

use std::collections::BTreeMap;
use std::fmt::Write;

/// What an expectation is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Key {
    /// The program's standard output.
    Stdout,
    /// The program's standard error, addresses aside.
    Stderr,
    /// The message of the panic that ends the program.
    Panic,
    /// The exit status.
    Exit,
    /// The syntax tree.
    Tree,
    /// The rendered diagnostics.
    Diagnostics,
    /// The MIR.
    Mir,
    /// The CLIF.
    Clif,
}

impl Key {
    const ALL: &'static [Self] = &[
        Self::Stdout,
        Self::Stderr,
        Self::Panic,
        Self::Exit,
        Self::Tree,
        Self::Diagnostics,
        Self::Mir,
        Self::Clif,
    ];

    /// The word in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Panic => "panic",
            Self::Exit => "exit",
            Self::Tree => "tree",
            Self::Diagnostics => "diagnostics",
            Self::Mir => "mir",
            Self::Clif => "clif",
        }
    }

    /// Whether the text stands on the key's own line.
    #[must_use]
    pub const fn is_one_line(self) -> bool {
        matches!(self, Self::Panic | Self::Exit)
    }
}

const MARK: &str = "//=";
const UNTERMINATED: &str = " (no line feed at the end)";

/// All expectations of one case: exact texts by key.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Expectations {
    entries: BTreeMap<Key, String>,
}

impl Expectations {
    /// The text expected for `key`.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<&str> {
        self.entries.get(&key).map(String::as_str)
    }

    /// States the text expected for `key`.
    pub fn set(&mut self, key: Key, text: impl Into<String>) {
        self.entries.insert(key, text.into());
    }

    /// States a text that an absent entry would say as well if it is empty.
    pub fn set_unless_empty(&mut self, key: Key, text: &str) {
        if !text.is_empty() {
            self.set(key, text);
        }
    }

    /// Drops an entry.
    pub fn remove(&mut self, key: Key) {
        self.entries.remove(&key);
    }

    /// The keys present, in order.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.entries.keys().copied()
    }

    /// The offset at which the expectations begin in a case's bytes (its length if there are none).
    #[must_use]
    pub fn offset(source: &[u8]) -> usize {
        let mut offset = 0;
        for line in source.split_inclusive(|byte| *byte == b'\n') {
            if line.starts_with(MARK.as_bytes()) {
                return offset;
            }
            offset += line.len();
        }
        offset
    }

    /// Reads the part of a case from [`Expectations::offset`] on.
    ///
    /// # Errors
    /// Every line that is no expectation.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut expectations = Self::default();
        let mut open: Option<Block> = None;
        for line in text.lines() {
            let Some(rest) = line.strip_prefix(MARK) else {
                if line.trim().is_empty() {
                    continue;
                }
                return Err(format!("nothing may follow the expectations, but there is `{line}`"));
            };
            if let Some(text) = block_line(rest) {
                let Some(block) = &mut open else {
                    return Err(format!("`{line}` belongs to no `//= key:`"));
                };
                block.text.push_str(text.strip_suffix('\\').unwrap_or(text));
                block.text.push('\n');
                continue;
            }
            if let Some(block) = open.take() {
                expectations.close(block)?;
            }
            let (key, value, unterminated) = key_line(rest)
                .ok_or_else(|| format!("`{line}` is neither `//= key: …` nor `//=   text`"))?;
            if key.is_one_line() {
                if value.is_empty() {
                    return Err(format!("`{}` needs its text on the same line", key.name()));
                }
                expectations.insert(key, value.to_owned())?;
            } else if value.is_empty() {
                open = Some(Block { key, text: String::new(), unterminated });
            } else {
                return Err(format!(
                    "the text of `{}` stands in the lines below it, behind `//=   `",
                    key.name()
                ));
            }
        }
        if let Some(block) = open {
            expectations.close(block)?;
        }
        Ok(expectations)
    }

    fn close(&mut self, mut block: Block) -> Result<(), String> {
        if block.unterminated {
            block.text.pop();
        }
        self.insert(block.key, block.text)
    }

    fn insert(&mut self, key: Key, text: String) -> Result<(), String> {
        match self.entries.insert(key, text) {
            None => Ok(()),
            Some(_) => Err(format!("`{}` stands twice", key.name())),
        }
    }

    /// The lines of the expectations, ready for the file.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = String::new();
        for (key, text) in &self.entries {
            if key.is_one_line() {
                let _ = writeln!(out, "{MARK} {}: {text}", key.name());
                continue;
            }
            let unterminated =
                if text.is_empty() || text.ends_with('\n') { "" } else { UNTERMINATED };
            let _ = writeln!(out, "{MARK} {}{unterminated}:", key.name());
            for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
                let end = if line.ends_with([' ', '\t', '\r', '\\']) { "\\" } else { "" };
                if line.is_empty() {
                    let _ = writeln!(out, "{MARK}");
                } else {
                    let _ = writeln!(out, "{MARK}   {line}{end}");
                }
            }
        }
        out
    }
}

struct Block {
    key: Key,
    text: String,
    unterminated: bool,
}

/// The text of `//=   text` behind the mark, or `None` if the line is none of a block.
fn block_line(rest: &str) -> Option<&str> {
    if rest.trim().is_empty() { Some("") } else { rest.strip_prefix("   ") }
}

/// Key, text on the line, and whether the text lacks its line feed.
fn key_line(rest: &str) -> Option<(Key, &str, bool)> {
    let rest = rest.strip_prefix(' ')?;
    let key = *Key::ALL.iter().find(|key| {
        rest.strip_prefix(key.name()).is_some_and(|tail| tail.starts_with([':', ' ']))
    })?;
    let rest = &rest[key.name().len()..];
    let (rest, unterminated) = match rest.strip_prefix(UNTERMINATED) {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    Some((key, rest.strip_prefix(':')?.trim(), unterminated))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(key: Key, text: &str) {
        let mut expectations = Expectations::default();
        expectations.set(key, text);
        let rendered = expectations.render();
        assert!(rendered.lines().all(|line| line == line.trim_end()), "{rendered:?}");
        assert_eq!(Expectations::parse(&rendered).as_ref(), Ok(&expectations), "{rendered}");
    }

    #[test]
    fn rendering_and_parsing_are_inverse() {
        for text in [
            "one\n",
            "one\ntwo\n",
            "one",
            "\n",
            "\n\n",
            "a\n\nb\n",
            "  indented\n",
            "blank \n",
            "back\\\n",
            "back\\",
            "\\\n",
            "\t\n",
            "//= exit: 3\n",
            "x\r\n",
            "a\n\n",
        ] {
            round_trip(Key::Stdout, text);
        }
        round_trip(Key::Exit, "42");
        round_trip(Key::Panic, "index 3 out of bounds for length 3");
    }

    #[test]
    fn reads_what_people_write() {
        let text = "//= exit: 3\n//= stdout:\n//=   hello\n//=\n//=     deeper\n\n";
        let expectations = Expectations::parse(text).unwrap();
        assert_eq!(expectations.get(Key::Stdout), Some("hello\n\n  deeper\n"));
        assert_eq!(expectations.get(Key::Exit), Some("3"));
        assert_eq!(expectations.keys().collect::<Vec<_>>(), [Key::Stdout, Key::Exit]);
    }

    #[test]
    fn rejects_what_it_does_not_know() {
        for (text, message) in [
            ("//= stdin:\n", "neither"),
            ("//= stdout: hello\n", "stands in the lines below"),
            ("//=   hello\n", "belongs to no"),
            ("//= exit: 1\n//= exit: 1\n", "stands twice"),
            ("//= panic:\n", "needs its text"),
            ("//= exit: 1\ni32 main() { 0 }\n", "nothing may follow"),
        ] {
            let error = Expectations::parse(text).unwrap_err();
            assert!(error.contains(message), "{error:?} should contain {message:?}");
        }
    }

    #[test]
    fn offset_is_the_first_marked_line() {
        assert_eq!(Expectations::offset(b"a\n//= exit: 1\n"), 2);
        assert_eq!(Expectations::offset(b"a\n"), 2);
        assert_eq!(Expectations::offset(b""), 0);
    }
}
