//! Programs of the repository with other blanks, line ends and comments between their tokens: the layout may
//! not depend on them where it should not, and no comment is lost wherever it stands.

mod claims;

use std::fs;
use std::path::{Path, PathBuf};

use claims::corpus::files_below;
use claims::mangle::{Gaps, mangle};
use claims::{Claimed, Random, claim, on_large_stack};

fn programs() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in ["examples", "corelib", "tests/parse/ok", "tests/conformance/lang"] {
        files_below(&root.join(folder), "bd", &mut files);
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
