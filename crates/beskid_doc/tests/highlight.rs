//! The classes of words against the scopes that the TextMate grammar gives the same text.
//!
//! `editors/textmate/sample.scopes` is what that grammar says of `sample.bd`; the tests of the formatter hold it
//! against the grammar itself.

use beskid_doc::highlight::{Class, highlight};

const SAMPLE: &str = include_str!("../../../editors/textmate/sample.bd");
const SCOPES: &str = include_str!("../../../editors/textmate/sample.scopes");

/// The class of a scope; nothing for marks, operators and names without one.
fn class(scopes: &str) -> Option<Class> {
    let mut found = None;
    // The innermost one that means something.
    for scope in scopes.split(' ') {
        let begins = |text: &str| scope.starts_with(text);
        if begins("comment.line.documentation") {
            return Some(Class::Documentation);
        } else if begins("comment") {
            return Some(Class::Comment);
        } else if begins("meta.embedded") {
            found = None;
        } else if begins("string") || begins("punctuation.definition.interpolation") {
            found = Some(Class::Text);
        } else if begins("keyword.operator") || begins("storage.type.function.arrow") {
            found = None;
        } else if ["keyword", "storage", "variable.language", "constant.language"]
            .into_iter()
            .any(begins)
        {
            found = Some(Class::Keyword);
        } else if begins("constant.numeric") {
            found = Some(Class::Number);
        } else if begins("support.type") || begins("entity.name.type") {
            found = Some(Class::Type);
        } else if begins("entity.name.function.attribute") {
            found = Some(Class::Attribute);
        } else if begins("entity.name.function") || begins("support.function") {
            found = Some(Class::Function);
        } else if begins("entity.name.namespace") {
            found = Some(Class::Module);
        } else if begins("variable.other.enummember") {
            found = Some(Class::Variant);
        }
    }
    found
}

#[test]
fn classes_are_those_of_the_grammar_for_editors() {
    let pieces = highlight(SAMPLE);
    let of = |at: usize| {
        pieces.iter().find(|piece| piece.start <= at && at < piece.end).map(|piece| piece.class)
    };
    let (mut start, mut at, mut compared) = (0, 0, 0);
    let mut end = 0;
    let mut wrong = Vec::new();
    for line in SCOPES.lines() {
        if let Some(text) = line.strip_prefix('>') {
            start = end;
            at = start;
            assert!(SAMPLE[start..].starts_with(text), "the sample and its scopes are of one text");
            end = start + text.len() + 1;
            continue;
        }
        let (text, scopes) = line.trim_start().rsplit_once("  ").expect("a text and its scopes");
        at += SAMPLE[at..end.min(SAMPLE.len())].find(text).expect("the text is on its line");
        // A path is one word there, and several here.
        for (index, word) in
            text.match_indices(|c: char| c.is_ascii_alphanumeric() || "_\"'/".contains(c))
        {
            let (ours, theirs) = (of(at + index), class(scopes));
            compared += 1;
            if ours != theirs {
                let line = SAMPLE[..start].matches('\n').count() + 1;
                wrong.push(format!(
                    "line {line}: `{word}` in `{text}`: {ours:?}, and {theirs:?} there"
                ));
                break;
            }
        }
        at += text.len();
    }
    assert!(compared > 500, "{compared}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pieces_are_in_order_and_within_lines() {
    for text in [
        "\u{feff}let x = \"a\nb${x}c\n\";/* a\r\n b */ /// d\r\n'x' \"open",
        "",
        "é ü \u{1F600} \"",
        SAMPLE,
    ] {
        let mut at = 0;
        for piece in highlight(text) {
            assert!(at <= piece.start && piece.start < piece.end, "{piece:?}");
            assert!(!text[piece.start..piece.end].contains('\n'), "{piece:?}");
            at = piece.end;
        }
    }
}
