//! Programs of the project that tests go through.

use std::fs;
use std::path::{Path, PathBuf};

use beskid_analysis::hir::Analysis;
use beskid_analysis::source::SourceMap;
use beskid_analysis::{Goal, analyze};

/// All sources in a folder of the project, in order; some need other files, or are wrong on purpose.
pub(crate) fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    find(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder), &mut found);
    found
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("a folder of the project");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            find(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "bd") {
            found.push(path);
        }
    }
}

/// Analyses a file alone.
pub(crate) fn analysis(name: &str, text: &str) -> Analysis {
    let mut sources = SourceMap::new();
    sources.add(name, text.to_owned()).expect("a small file");
    analyze(sources, Goal::Check)
}
