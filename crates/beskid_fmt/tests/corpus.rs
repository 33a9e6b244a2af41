//! Every program of the repository: formatting keeps its tree and comments, and formatting again changes
//! nothing. What has syntax errors is refused.

mod claims;

use std::fs;
use std::path::Path;

use claims::{Claimed, claim, files_below, on_large_stack};

/// The repository's folders with programs, and how many at least are formatted in each.
const FOLDERS: &[(&str, usize)] =
    &[("benches", 5), ("corelib", 50), ("examples", 20), ("tests", 500), ("docs", 100)];

/// A case may hold several files.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if line.starts_with("//@ file:") {
            parts.push(String::new());
        }
        parts.last_mut().unwrap().push_str(line);
    }
    parts
}

/// The blocks of a document that are programs or parts of one.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut inside = false;
    for line in text.split_inclusive('\n') {
        if line.starts_with("```") {
            inside = !inside && line.starts_with("```beskid");
            if inside {
                blocks.push(String::new());
            }
        } else if inside {
            blocks.last_mut().unwrap().push_str(line);
        }
    }
    // A fragment stands in a function.
    let wrapped: Vec<String> =
        blocks.iter().map(|block| format!("unit f() {{\n{block}}}\n")).collect();
    blocks.extend(wrapped);
    blocks
}

#[test]
fn every_program_keeps_its_meaning() {
    on_large_stack(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for &(folder, least) in FOLDERS {
            let mut files = Vec::new();
            files_below(&root.join(folder), "bd", &mut files);
            files_below(&root.join(folder), "md", &mut files);
            let mut count = 0;
            for path in files {
                let Ok(text) = fs::read_to_string(&path) else { continue };
                let is_document = path.extension().is_some_and(|ending| ending == "md");
                let texts = if is_document { blocks(&text) } else { parts(&text) };
                for text in texts {
                    match claim(&text) {
                        Ok(Claimed::Formatted) => count += 1,
                        Ok(Claimed::Refused) => {}
                        Err(wrong) => panic!("{}: {wrong}", path.display()),
                    }
                }
            }
            assert!(count >= least, "{folder}: {count} programs were formatted");
        }
    });
}
