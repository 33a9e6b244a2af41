//! The code blocks of a Markdown document.
//!
//! A fence ```` ```beskid WORDS ```` begins a program or a part of one; the words say what to do with it
//! (tests/README.md lists them). A fence ```` ```text ```` shows what the program before it prints. What
//! stands in `<!-- beskid … -->` in front of a block belongs to it, and is not shown to readers.
//!
//! *Invariants.* A word, a language of a fence or an order of blocks that means nothing is an error: no
//! block is passed over by mistake. Lines of a program are those of its block, because what is hidden
//! stands behind it.

use crate::section::Section;

/// The file of a program of one block.
pub const FILE: &str = "example.bd";

/// What must be true of a program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Claim {
    /// The compiler finds nothing.
    Checks,
    /// It runs, succeeds, and prints what is shown.
    Runs,
    /// It runs and panics; what is shown is its output, and then what it says about the panic.
    Panics,
    /// The compiler finds exactly these codes, and says what is shown, if anything is.
    Fails(Vec<String>),
    /// Its tests pass.
    Tests,
    /// The language has it, and this version of the compiler does not compile it yet.
    Unsupported,
}

/// A program in a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snippet {
    /// The line of its last fence.
    pub line: usize,
    /// What must be true of it.
    pub claim: Claim,
    /// Its files. A lone [`FILE`] is a program of one block.
    pub files: Vec<Section>,
    /// What it prints, as the document shows it.
    pub shown: Option<Shown>,
}

/// The text of a ```` ```text ```` block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shown {
    /// The lines of the document that it takes, from 0, without the fences.
    pub lines: std::ops::Range<usize>,
    /// The text.
    pub text: String,
}

/// What the words behind `beskid` say.
struct Words {
    claim: Option<Claim>,
    fragment: bool,
    file: Option<String>,
}

const UNTESTED: &[&str] = &["", "c", "python", "sh"];

/// The programs of a document, in order.
///
/// # Errors
/// Every fence that means nothing, with its line.
pub fn snippets(text: &str) -> Result<Vec<Snippet>, String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut snippets: Vec<Snippet> = Vec::new();
    let mut files: Vec<Section> = Vec::new();
    let mut hidden = String::new();
    // Whether the next fence may show what the last program prints.
    let mut may_show = false;
    let mut errors = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let number = at + 1;
        let start = at + 1;
        if lines[at].trim_end() == "<!-- beskid" {
            at = end_of(&lines, start, |line| line.trim_end() == "-->");
            hidden = joined(&lines[start..at]);
            at += 1;
            continue;
        }
        let Some(info) = lines[at].strip_prefix("```") else {
            at += 1;
            continue;
        };
        at = end_of(&lines, start, |line| line.trim_end() == "```");
        if at == lines.len() {
            errors.push(format!("line {number}: this block is not closed"));
        }
        let body = joined(&lines[start..at]);
        let (language, words) = info.split_once(' ').unwrap_or((info, ""));
        match language {
            "beskid" | "project" => match read_words(words) {
                Ok(words) => {
                    let hidden = std::mem::take(&mut hidden);
                    let program = program(body, &hidden, words.fragment);
                    let path = words.file.clone().unwrap_or_else(|| FILE.to_owned());
                    files.push(Section { path, lines_before: start, bytes: program.into_bytes() });
                    let claim = match (words.claim, &words.file) {
                        (None, Some(_)) => None,
                        (claim, _) => Some(claim.unwrap_or(Claim::Checks)),
                    };
                    may_show = claim.is_some();
                    if let Some(claim) = claim {
                        let files = std::mem::take(&mut files);
                        snippets.push(Snippet { line: number, claim, files, shown: None });
                    }
                }
                Err(error) => errors.push(format!("line {number}: {error}")),
            },
            "text" => {
                if let Some(snippet) = snippets.last_mut().filter(|_| may_show) {
                    snippet.shown = Some(Shown { lines: start..at, text: body });
                }
                may_show = false;
            }
            _ if UNTESTED.contains(&language) => may_show = false,
            _ => errors.push(format!("line {number}: `{language}` is no language that is known")),
        }
        at += 1;
    }
    if let Some(file) = files.first() {
        errors.push(format!("line {}: nothing is done with this file", file.lines_before));
    }
    if !hidden.is_empty() {
        errors.push("what is hidden at the end belongs to no block".to_owned());
    }
    for snippet in &snippets {
        let line = snippet.line;
        match (&snippet.claim, &snippet.shown) {
            (Claim::Runs | Claim::Panics, None) => {
                errors.push(format!("line {line}: no `text` block shows what this program prints"));
            }
            (Claim::Checks | Claim::Tests | Claim::Unsupported, Some(_)) => {
                errors.push(format!(
                    "line {line}: the `text` block behind it is compared with nothing"
                ));
            }
            _ => {}
        }
        let lone = snippet.files.len() == 1;
        if !lone && snippet.files.iter().any(|file| file.path == FILE) {
            errors.push(format!("line {line}: a file of several needs `file=PATH`"));
        }
    }
    if errors.is_empty() { Ok(snippets) } else { Err(errors.join("\n")) }
}

/// The documentation comments of a source as a document: each line stands where it did, without what
/// makes it a comment.
#[must_use]
pub fn documentation(source: &str) -> String {
    let comment = |line: &str| {
        let text = line.trim_start().strip_prefix("///").filter(|text| !text.starts_with('/'));
        text.map_or(String::new(), |text| text.strip_prefix(' ').unwrap_or(text).to_owned())
    };
    source.lines().map(|line| comment(line) + "\n").collect()
}

fn end_of(lines: &[&str], start: usize, ends: impl Fn(&str) -> bool) -> usize {
    lines[start..].iter().position(|line| ends(line)).map_or(lines.len(), |count| start + count)
}

fn joined(lines: &[&str]) -> String {
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}

fn program(body: String, hidden: &str, fragment: bool) -> String {
    if fragment { format!("unit main() {{\n{body}}}\n{hidden}") } else { body + hidden }
}

fn read_words(words: &str) -> Result<Words, String> {
    let mut read = Words { claim: None, fragment: false, file: None };
    for word in words.split_whitespace() {
        let claim = match word {
            "fragment" => {
                read.fragment = true;
                continue;
            }
            "run" => Claim::Runs,
            "panic" => Claim::Panics,
            "check" => Claim::Checks,
            "error" => Claim::Fails(Vec::new()),
            "test" => Claim::Tests,
            "unsupported" => Claim::Unsupported,
            _ => {
                if let Some(path) = word.strip_prefix("file=") {
                    read.file = Some(path.to_owned());
                    continue;
                }
                match &mut read.claim {
                    Some(Claim::Fails(codes)) if word.starts_with(['E', 'W']) => {
                        codes.push(word.to_owned());
                        continue;
                    }
                    _ => return Err(format!("`{word}` means nothing behind `beskid`")),
                }
            }
        };
        if read.claim.replace(claim).is_some() {
            return Err(format!("`{word}` is a second thing to do with this block"));
        }
    }
    if matches!(&read.claim, Some(Claim::Fails(codes)) if codes.is_empty()) {
        return Err("`error` needs the codes".to_owned());
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_programs() {
        let text = "# A\n\n```beskid\nconst i32 A = 1;\n```\n\n<!-- beskid\ni32 F() => 1;\n-->\n\
                    ```beskid run fragment\nprintln(F());\n```\nprints\n```text\n1\n```\n\
                    ```sh\nbeskid run x\n```\n```beskid error E1101 E1201\nx\n```\n";
        let found = snippets(text).unwrap();
        assert_eq!(found.len(), 3);
        assert_eq!((found[0].line, &found[0].claim), (3, &Claim::Checks));
        assert_eq!(found[0].files[0].bytes, b"const i32 A = 1;\n");
        assert_eq!(found[1].claim, Claim::Runs);
        assert_eq!(found[1].files[0].bytes, b"unit main() {\nprintln(F());\n}\ni32 F() => 1;\n");
        assert_eq!(found[1].shown, Some(Shown { lines: 14..15, text: "1\n".to_owned() }));
        assert_eq!(found[2].claim, Claim::Fails(vec!["E1101".to_owned(), "E1201".to_owned()]));
        assert_eq!(found[2].shown, None);
    }

    #[test]
    fn comments_are_documents() {
        let source = "/// A.\n\n    /// ```beskid\n    ///   x\n    //// no\nunit F() {}\n///\n";
        assert_eq!(documentation(source), "A.\n\n```beskid\n  x\n\n\n\n");
    }

    #[test]
    fn files_are_gathered() {
        let text =
            "```beskid file=Main.bd\na\n```\n```beskid run file=B.bd\nb\n```\n```text\n```\n";
        let found = snippets(text).unwrap();
        let paths: Vec<&str> = found[0].files.iter().map(|file| &*file.path).collect();
        assert_eq!(paths, ["Main.bd", "B.bd"]);
        assert_eq!(found[0].shown.as_ref().unwrap().text, "");
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for (text, message) in [
            ("```beskd\n```\n", "line 1: `beskd` is no language"),
            ("```beskid runs\n```\n", "line 1: `runs` means nothing"),
            ("```beskid run check\n```\n", "`check` is a second thing"),
            ("```beskid error\n```\n", "`error` needs the codes"),
            ("```beskid run\n```\n", "no `text` block shows"),
            ("```beskid\n```\n```text\n```\n", "compared with nothing"),
            ("```beskid run\n```\n```sh\n```\n```text\n```\n", "no `text` block shows"),
            ("```beskid file=A.bd\n```\n", "nothing is done with this file"),
            ("```beskid file=A.bd\n```\n```beskid\n```\n", "needs `file=PATH`"),
            ("```beskid\n", "not closed"),
            ("<!-- beskid\nx\n-->\n", "belongs to no block"),
        ] {
            let error = snippets(text).unwrap_err();
            assert!(error.contains(message), "{error:?} should contain {message:?}");
        }
    }
}
