//! Diagnostics as `--message-format json` reports them, and their fixes applied to text.

use beskid_analysis::diagnostics::render_json::uri;
use serde_json::Value;

/// A diagnostic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reported {
    /// Letter and number.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What mends it.
    pub fixes: Vec<ReportedFix>,
}

/// A change that mends a diagnostic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReportedFix {
    /// What it does.
    pub title: String,
    edits: Vec<Edit>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Edit {
    uri: String,
    start: Position,
    end: Position,
    replacement: String,
}

/// A line and a character of it in UTF-16 units, both from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Position {
    line: usize,
    character: usize,
}

impl Reported {
    /// Reads the diagnostics from standard error.
    ///
    /// # Errors
    /// A line that is no diagnostic.
    pub fn parse(text: &str) -> Result<Vec<Self>, String> {
        text.lines()
            .map(|line| {
                let value: Value = serde_json::from_str(line)
                    .map_err(|error| format!("no JSON ({error}): {line}"))?;
                Self::read(&value).ok_or_else(|| format!("no diagnostic: {line}"))
            })
            .collect()
    }

    fn read(value: &Value) -> Option<Self> {
        let fixes = value["data"]["fixes"].as_array()?.iter().map(ReportedFix::read);
        Some(Self {
            code: value["code"].as_str()?.to_owned(),
            message: value["message"].as_str()?.to_owned(),
            fixes: fixes.collect::<Option<_>>()?,
        })
    }

    /// Whether it keeps the program from compiling.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.code.starts_with('E')
    }
}

impl ReportedFix {
    fn read(value: &Value) -> Option<Self> {
        let edits = value["edits"].as_array()?.iter().map(|edit| {
            Some(Edit {
                uri: edit["uri"].as_str()?.to_owned(),
                start: Position::read(&edit["range"]["start"])?,
                end: Position::read(&edit["range"]["end"])?,
                replacement: edit["newText"].as_str()?.to_owned(),
            })
        });
        Some(Self {
            title: value["title"].as_str()?.to_owned(),
            edits: edits.collect::<Option<_>>()?,
        })
    }

    /// Whether a person has to write a part of it, where `…` stands.
    #[must_use]
    pub fn has_placeholder(&self) -> bool {
        self.edits.iter().any(|edit| edit.replacement.contains('…'))
    }

    /// The text of a file after the change.
    ///
    /// # Errors
    /// An edit lies outside of the text.
    pub fn apply(&self, file: &str, text: &str) -> Result<String, String> {
        let mut edits: Vec<(usize, usize, &str)> = Vec::new();
        for edit in self.edits.iter().filter(|edit| edit.uri == uri(file)) {
            let outside = || format!("the edit {edit:?} lies outside of {file}");
            let start = edit.start.offset(text).ok_or_else(outside)?;
            let end = edit.end.offset(text).ok_or_else(outside)?;
            edits.push((start, end, &edit.replacement));
        }
        edits.sort_unstable();
        let mut out = String::new();
        let mut done = 0;
        for (start, end, replacement) in edits {
            if start < done || end < start {
                return Err(format!("the edits of `{}` overlap", self.title));
            }
            out.push_str(&text[done..start]);
            out.push_str(replacement);
            done = end;
        }
        out.push_str(&text[done..]);
        Ok(out)
    }
}

impl Position {
    fn read(value: &Value) -> Option<Self> {
        let number = |key: &str| usize::try_from(value[key].as_u64()?).ok();
        Some(Self { line: number("line")?, character: number("character")? })
    }

    /// The byte at this place. A byte-order mark is no character of the first line.
    fn offset(self, text: &str) -> Option<usize> {
        let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let mut start = mark;
        for _ in 0..self.line {
            start += text[start..].find('\n')? + 1;
        }
        let line = text[start..].split('\n').next()?;
        let mut units = 0;
        for (at, character) in line.char_indices() {
            if units == self.character {
                return Some(start + at);
            }
            units += character.len_utf16();
        }
        (units == self.character).then_some(start + line.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"code":"E1214","message":"m","data":{"fixes":[{"title":"t","edits":[
        {"uri":"a.bd","range":{"start":{"line":1,"character":3},"end":{"line":1,"character":3}},"newText":"mut "},
        {"uri":"b.bd","range":{"start":{"line":0,"character":0},"end":{"line":0,"character":1}},"newText":"…"}
    ]}]}}"#;

    #[test]
    fn edits_are_applied_to_their_file() {
        let reported = Reported::parse(&LINE.replace('\n', " ")).unwrap();
        let fix = &reported[0].fixes[0];
        assert!(fix.has_placeholder() && reported[0].is_error());
        assert_eq!(fix.apply("a.bd", "x\n\u{1f600}i32 y").unwrap(), "x\n\u{1f600}imut 32 y");
        assert_eq!(fix.apply("b.bd", "\u{feff}xy").unwrap(), "\u{feff}…y");
        assert!(fix.apply("a.bd", "x").is_err());
    }

    #[test]
    fn what_is_no_diagnostic_is_refused() {
        assert!(Reported::parse("error: text").is_err());
        assert!(Reported::parse("{\"message\": \"m\"}").is_err());
    }
}
