//! The programs of the repository, and those in its documents.

use std::fs;
use std::path::{Path, PathBuf};

/// All programs and parts of programs in files below a folder of the repository.
pub(crate) fn programs_below(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let mut files = Vec::new();
    files_below(&folder, "bd", &mut files);
    files_below(&folder, "md", &mut files);
    files.sort();
    let mut programs = Vec::new();
    for path in files {
        // Some cases are no text.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let is_document = path.extension().is_some_and(|ending| ending == "md");
        let texts = if is_document { blocks(&text) } else { parts(&text) };
        programs.extend(texts.into_iter().map(|text| (path.clone(), text)));
    }
    programs
}

/// The files with an ending in a folder and those within.
pub(crate) fn files_below(folder: &Path, ending: &str, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, ending, files);
        } else if path.extension().is_some_and(|found| found == ending) {
            files.push(path);
        }
    }
}

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
