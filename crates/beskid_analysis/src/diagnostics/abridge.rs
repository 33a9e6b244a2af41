//! Texts of diagnostics that quote something huge.
//!
//! A name may have a million letters, and a diagnostic that quotes it is still to be read by a person.
//! Words that are too long are shown by their beginning and end.
//!
//! *Absent*: excerpts of the source, which are cut where they are rendered, and the edits of fixes,
//! which must stay complete.

use super::Diagnostic;

/// Longer words are shortened.
const LONGEST: usize = 160;
/// Letters that stay of a long word.
const HEAD: usize = 60;
const TAIL: usize = 20;

/// Shortens overlong words in all texts of a diagnostic.
pub fn abridge(diagnostic: &mut Diagnostic) {
    let texts = [&mut diagnostic.message].into_iter().chain(&mut diagnostic.notes);
    let labels = diagnostic.labels.iter_mut().map(|label| &mut label.text);
    let titles = diagnostic.fixes.iter_mut().map(|fix| &mut fix.title);
    for text in texts.chain(&mut diagnostic.helps).chain(labels).chain(titles) {
        if text.len() > LONGEST {
            *text = text.split_inclusive(char::is_whitespace).map(word).collect();
        }
    }
}

fn word(word: &str) -> String {
    if word.chars().nth(LONGEST).is_none() {
        return word.to_owned();
    }
    let end_of = |letters: usize| word.char_indices().nth(letters).map_or(word.len(), |(at, _)| at);
    let start_of_tail = word.char_indices().rev().nth(TAIL - 1).map_or(0, |(at, _)| at);
    format!("{}…{}", &word[..end_of(HEAD)], &word[start_of_tail..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Code;
    use crate::source::Span;

    #[test]
    fn long_words_keep_their_ends() {
        let name = format!("start{}end", "é".repeat(1_000_000));
        let mut diagnostic = Diagnostic::new(
            Code::UnknownName,
            Span::NOWHERE,
            format!("unknown name `{name}` in `main`"),
        )
        .label("short")
        .help(format!("write {} words", "many ".repeat(100)))
        .fix("add it", Span::NOWHERE, name.clone());
        let help = diagnostic.helps[0].clone();
        abridge(&mut diagnostic);
        assert!(diagnostic.message.starts_with("unknown name `startéé"), "{}", diagnostic.message);
        assert!(diagnostic.message.ends_with("ééend` in `main`"), "{}", diagnostic.message);
        assert!(diagnostic.message.contains("é…é"), "{}", diagnostic.message);
        assert!(diagnostic.message.chars().count() < 120);
        assert_eq!(diagnostic.helps[0], help, "many words are not a long word");
        assert_eq!(diagnostic.fixes[0].edits[0].replacement, name);
    }
}
