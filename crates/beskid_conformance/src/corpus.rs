//! A folder of cases as named trials.
//!
//! *Invariants.* Trials are named by the file's path under `tests/` and sorted by it, so any part of
//! a path is a filter. A folder without cases is a failure.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use crate::binary::Beskid;
use crate::bless::Policy;
use crate::case::Case;
use crate::directive::Mode;
use crate::spec::{Claim, Document, coverage};
use crate::trial::{TrialCx, run};

/// A folder under `tests/` with the mode of its cases.
#[derive(Clone, Copy, Debug)]
pub struct Corpus {
    /// The folder's name.
    pub folder: &'static str,
    /// The mode of cases that state none.
    pub mode: Mode,
}

/// Programs that run.
pub const CONFORMANCE: Corpus = Corpus { folder: "conformance", mode: Mode::Run };
/// Programs with mistakes.
pub const DIAGNOSTICS: Corpus = Corpus { folder: "diagnostics", mode: Mode::Check };
/// Syntax trees.
pub const PARSE: Corpus = Corpus { folder: "parse", mode: Mode::Parse };
/// MIR of single functions.
pub const MIR: Corpus = Corpus { folder: "mir", mode: Mode::Mir };
/// CLIF of single functions.
pub const CLIF: Corpus = Corpus { folder: "clif", mode: Mode::Clif };

/// The repository's root.
#[must_use]
pub fn repository_root() -> PathBuf {
    let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.pop();
    root.pop();
    root
}

/// The paths of a folder's cases, relative to `root`, sorted.
#[must_use]
pub fn discover(root: &Path, folder: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut folders = vec![format!("tests/{folder}")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(root.join(&folder)) else { continue };
        for entry in entries.flatten() {
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                folders.push(path);
            } else if path.ends_with(".bd") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    paths
}

/// Runs a corpus as the main function of a test.
#[must_use]
pub fn main(corpus: Corpus) -> ExitCode {
    let arguments = Arguments::from_args();
    let root = repository_root();
    let paths = discover(&root, corpus.folder);
    let mut claims = BTreeSet::new();
    let mut trials = vec![corpus_has_cases(corpus, paths.len())];
    // Listing must work without a built command (nextest lists first).
    let beskid = Beskid::locate(&root);
    for path in paths {
        let case = Case::load(&root, &path, corpus.mode);
        if let Ok(case) = &case {
            claims.extend(case.directives.spec.iter().cloned());
        }
        let beskid = beskid.clone();
        let root = root.clone();
        let name = path.trim_start_matches("tests/").to_owned();
        trials.push(Trial::test(name, move || {
            let case = case?;
            check_claims(&root, &case)?;
            let cx = TrialCx { beskid: &beskid?, policy: Policy::from_environment() };
            run(cx, &case).map_err(|error| Failed::from(format!("{path}\n{error}")))
        }));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if corpus.folder == CONFORMANCE.folder && arguments.filter.is_none() && !arguments.list {
        report_coverage(&root, &claims);
    }
    conclusion.exit_code()
}

fn corpus_has_cases(corpus: Corpus, count: usize) -> Trial {
    Trial::test(format!("{} has cases", corpus.folder), move || match count {
        0 => Err(Failed::from(format!("no `.bd` file under tests/{}", corpus.folder))),
        _ => Ok(()),
    })
}

fn check_claims(root: &Path, case: &Case) -> Result<(), String> {
    for Claim { document, section } in &case.directives.spec {
        if !Document::load(&root.join("docs/spec"), document)?.has(*section) {
            return Err(format!("{}: {document} has no section {section}", case.path));
        }
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "part of the test's report")]
fn report_coverage(root: &Path, claims: &BTreeSet<Claim>) {
    let name = "language.md";
    match Document::load(&root.join("docs/spec"), name) {
        Ok(document) => println!("{}\n", coverage(name, &document, claims)),
        Err(error) => println!("{error}\n"),
    }
}
