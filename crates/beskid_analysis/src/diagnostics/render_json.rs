//! Diagnostics as JSON objects in the shape of the language server protocol, one a line.
//!
//! Lines and characters count from zero, characters in UTF-16 units. `data` holds what the protocol
//! has no field for: notes, helps and fixes. `file` is the name as the user gave it, `uri` the same as
//! a URI: `file://…` for an absolute path, else a relative reference.

use super::{Diagnostic, Severity};
use crate::source::{SourceMap, Span};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Renders one diagnostic on one line, without a line feed at its end.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    value(diagnostic, sources).to_string()
}

/// The diagnostic as a JSON value. Without a place, `file`, `uri` and `range` are absent.
#[must_use]
pub fn value(diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
    let severity = match diagnostic.code.severity() {
        Severity::Error => 1,
        Severity::Warning => 2,
    };
    let related: Vec<Value> = diagnostic.labels[1..]
        .iter()
        .filter_map(|label| {
            let (uri, range) = (uri_of(label.span, sources)?, range(label.span, sources)?);
            Some(json!({ "location": { "uri": uri, "range": range }, "message": label.text }))
        })
        .collect();
    let fixes: Vec<Value> = diagnostic
        .fixes
        .iter()
        .map(|fix| {
            let edits: Vec<Value> = fix
                .edits
                .iter()
                .filter_map(|edit| {
                    let (uri, range) = (uri_of(edit.span, sources)?, range(edit.span, sources)?);
                    Some(json!({ "uri": uri, "range": range, "newText": edit.replacement }))
                })
                .collect();
            json!({ "title": fix.title, "edits": edits })
        })
        .collect();
    let mut out = json!({
        "severity": severity,
        "code": diagnostic.code.number(),
        "source": "beskid",
        "message": diagnostic.message,
        "relatedInformation": related,
        "data": {
            "name": diagnostic.code.name(),
            "label": diagnostic.labels[0].text,
            "notes": diagnostic.notes,
            "helps": diagnostic.helps,
            "fixes": fixes,
        },
    });
    if let (Some(uri), Some(range)) =
        (uri_of(diagnostic.span(), sources), range(diagnostic.span(), sources))
    {
        let file = sources.file(sources.file_of(diagnostic.span()));
        out["file"] = json!(file.name);
        out["uri"] = json!(uri);
        out["range"] = range;
    }
    out
}

fn uri_of(span: Span, sources: &SourceMap) -> Option<String> {
    if span == Span::NOWHERE || sources.files().is_empty() {
        return None;
    }
    Some(uri(&sources.file(sources.file_of(span)).name))
}

/// A file's name as a URI.
#[must_use]
pub fn uri(name: &str) -> String {
    let path = name.replace('\\', "/");
    let bytes = path.as_bytes();
    let drive = bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':';
    let mut out = match (path.starts_with('/'), drive) {
        (true, _) => "file://".to_owned(),
        (_, true) => "file:///".to_owned(),
        _ => String::new(),
    };
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"/-._~:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A span as a range of zero-based lines and UTF-16 characters.
#[must_use]
pub fn range(span: Span, sources: &SourceMap) -> Option<Value> {
    if span == Span::NOWHERE || sources.files().is_empty() {
        return None;
    }
    let file = sources.file(sources.file_of(span));
    let position = |at: u32| {
        let at = at.saturating_sub(file.base).min(file.text.len() as u32);
        let line = file.line_starts().partition_point(|&start| start <= at) - 1;
        let start = file.line_starts()[line] as usize;
        let character = file.text[start..at as usize].encode_utf16().count();
        json!({ "line": line, "character": character })
    };
    Some(json!({ "start": position(span.lo), "end": position(span.hi) }))
}
