//! Programs of the repository with other blanks, line ends and comments between their tokens: the layout may
//! not depend on them where it should not, and no comment is lost wherever it stands.

mod claims;

use std::fs;
use std::path::{Path, PathBuf};

use beskid_analysis::index::Id;
use beskid_analysis::lexer::{TokenKind, lex};
use beskid_analysis::source::FileId;

use claims::{Claimed, Random, claim, on_large_stack, sources};

/// What is put between tokens.
#[derive(Clone, Copy)]
enum Gaps {
    /// Blanks and line ends.
    Blanks,
    /// A comment now and then.
    SomeComments,
    /// Comments everywhere.
    ManyComments,
}

fn gap(random: &mut Random, gaps: Gaps, must_part: bool, number: usize) -> String {
    let chance = match gaps {
        Gaps::Blanks => 0,
        Gaps::SomeComments => 4,
        Gaps::ManyComments => 50,
    };
    if random.below(100) < chance {
        return match random.below(9) {
            0 => format!(" // {number}\n"),
            1 => format!("\n// {number}\n"),
            2 => format!("\n\n// {number}\n\n\n// and {number}\n"),
            3 => format!(" /* {number} */ "),
            4 => format!("/*{number}*/"),
            5 => format!("\n/* {number}\n   goes on */\n"),
            6 => format!(" /* {number} */ // {number}\n"),
            7 => format!(" /* {number} */\n"),
            _ => format!("\n\t/* {number} */ /* again */ "),
        };
    }
    match random.below(12) {
        0 => "\n".to_owned(),
        1 => "\n\n\n".to_owned(),
        2 => "\r\n  ".to_owned(),
        3 => "\t".to_owned(),
        4 | 5 if !must_part => String::new(),
        _ => " ".to_owned(),
    }
}

/// The tokens of a text with other gaps; strings stay as they are.
fn mangle(text: &str, random: &mut Random, gaps: Gaps) -> String {
    let sources = sources(text);
    let file = sources.file(FileId::from_index(0));
    let lexed = lex(file);
    let mut out = String::new();
    let mut open_texts = 0;
    for (index, pair) in lexed.tokens.windows(2).enumerate() {
        let [token, next] = [pair[0], pair[1]];
        out.push_str(sources.text(token.span()));
        match token.kind {
            TokenKind::TextStart => open_texts += 1,
            TokenKind::TextEnd => open_texts -= 1,
            _ => {}
        }
        let original = &file.text[(token.hi - file.base) as usize..(next.lo - file.base) as usize];
        if open_texts > 0 {
            out.push_str(original);
        } else if original.contains("//") || original.contains("/*") {
            out.push_str(original);
        } else if original.is_empty() && (token.kind == TokenKind::Gt || next.kind == TokenKind::Gt)
        {
            // `>>` is one operator.
        } else {
            out.push_str(&gap(random, gaps, !original.is_empty(), index));
        }
    }
    out
}

fn programs() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in ["examples", "corelib", "tests/parse/ok", "tests/conformance/lang"] {
        claims::files_below(&root.join(folder), "bd", &mut files);
    }
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

fn check(gaps: Gaps, seed: u64, every: usize) {
    on_large_stack(move || {
        let mut random = Random::new(seed);
        let (mut formatted, mut total) = (0, 0);
        let mut failures = Vec::new();
        for (path, text) in programs().into_iter().skip(seed as usize % every).step_by(every) {
            let mangled = mangle(&text, &mut random, gaps);
            total += 1;
            match claim(&mangled) {
                Ok(Claimed::Formatted) => formatted += 1,
                Ok(Claimed::Refused) => {}
                Err(wrong) => failures.push(format!("{}: {wrong}", path.display())),
            }
        }
        let first = failures.iter().take(4).map(String::as_str).collect::<Vec<_>>().join("\n\n");
        assert!(failures.is_empty(), "{} of {total} programs:\n{first}", failures.len());
        assert!(formatted * 10 > total * 8, "{formatted} of {total} could be parsed");
    });
}

#[test]
fn blanks_and_line_ends_do_no_harm() {
    for seed in 0..3 {
        check(Gaps::Blanks, seed, 3);
    }
}

#[test]
fn some_comments_stay() {
    for seed in 100..104 {
        check(Gaps::SomeComments, seed, 3);
    }
}

#[test]
fn comments_may_stand_everywhere() {
    for seed in 200..208 {
        check(Gaps::ManyComments, seed, 4);
    }
}
