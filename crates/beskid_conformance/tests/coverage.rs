//! Nothing the compiler can say is untested: every diagnostic code has a case.

use std::collections::BTreeSet;
use std::fs;

use beskid_analysis::diagnostics::Code;
use beskid_conformance::annotation::annotations;
use beskid_conformance::corpus::{discover, repository_root};
use beskid_conformance::directive::{Directives, Mode};

/// Codes without a case, and why a case cannot show them.
const WITHOUT_CASE: &[(Code, &str)] = &[
    (Code::FileNotFound, "needs a file that is not there: tested with the command"),
    (Code::FileUnreadable, "needs permissions: tested with the command"),
    (Code::NotAFile, "needs a folder: tested with the command"),
    (Code::SourceTooLarge, "needs 4 GiB of source"),
    (Code::MissingLibrary, "the system says why in its own words: tested with the command"),
    (Code::UnknownWorkspaceMember, "needs options of the command: tested with the command"),
    (Code::PathOutside, "needs a repository: tested with the command"),
    (Code::UnknownDependency, "needs options of the command: tested with the command"),
    (Code::LockContent, "needs a repository: tested with the command"),
    (Code::LockOutdated, "needs options of the command: tested with the command"),
    (Code::FetchFailed, "needs a repository: tested with the command"),
    (Code::UnsafeRepository, "needs a repository: tested with the command"),
    (Code::ProjectName, "is that of a command without a program: tested with the command"),
    (Code::FolderInUse, "is that of a command without a program: tested with the command"),
    (Code::UnsupportedOutput, "needs options of the command"),
    (Code::NothingToExport, "needs options of the command: tested with the command"),
    (Code::UnknownExport, "needs options of the command: tested with the command"),
    (Code::LinkFailed, "needs a broken linker"),
    (Code::MissingRuntimeArchive, "needs a foreign target"),
    (Code::OutputUnwritable, "needs permissions: tested with the command"),
    (Code::MissingRuntimeSymbol, "needs a runtime of another version"),
];

#[test]
fn every_code_has_a_case() {
    let root = repository_root();
    let mut covered = BTreeSet::new();
    for folder in ["diagnostics", "conformance"] {
        for path in discover(&root, folder) {
            let source = fs::read(root.join(&path)).unwrap();
            let text = String::from_utf8_lossy(&source);
            let findings = annotations(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
            covered.extend(findings.into_iter().map(|finding| finding.code));
            if let Ok(directives) = Directives::parse(&text, Mode::Check) {
                covered.extend(directives.unplaced);
            }
        }
    }
    let excused = |code: &Code| WITHOUT_CASE.iter().any(|(other, _)| other == code);
    let missing: Vec<String> = Code::ALL
        .iter()
        .filter(|code| !covered.contains(code.number()) && !excused(code))
        .map(|code| format!("{} {}", code.number(), code.name()))
        .collect();
    assert!(missing.is_empty(), "codes without a case below tests/diagnostics: {missing:#?}");
    let stale: Vec<&str> = WITHOUT_CASE
        .iter()
        .map(|(code, _)| code.number())
        .filter(|number| covered.contains(*number))
        .collect();
    assert!(stale.is_empty(), "these have a case now, drop their excuse: {stale:?}");
}
