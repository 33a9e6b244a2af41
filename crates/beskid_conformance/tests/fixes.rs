//! Every fix of every diagnostic of the corpus, applied alone: the program has one mistake less.
//!
//! The rule. Of an error: there are fewer errors afterwards, and none of a code that was not there before. Of a
//! warning: fewer of its code, no more errors, no new code. Fixes with a placeholder `…` are for people. A
//! case lists exceptions by `//@ unfixed(E1201): REASON`; one that is not needed is a failure.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use beskid_conformance::binary::{Beskid, limits};
use beskid_conformance::case::Case;
use beskid_conformance::corpus::{DIAGNOSTICS, discover, repository_root};
use beskid_conformance::directive::Mode;
use beskid_conformance::matrix::Heap;
use beskid_conformance::process;
use beskid_conformance::reported::{Reported, ReportedFix};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = repository_root();
    let beskid = Beskid::locate(&root);
    let trials = discover(&root, DIAGNOSTICS.folder).into_iter().map(|path| {
        let (beskid, root) = (beskid.clone(), root.clone());
        Trial::test(path.trim_start_matches("tests/").to_owned(), move || {
            let case = Case::load(&root, &path, DIAGNOSTICS.mode)?;
            check(&beskid?, &case).map_err(|error| Failed::from(format!("{path}\n{error}")))
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn check(beskid: &Beskid, case: &Case) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let program = Program::of(case, folder.path());
    let before = program.diagnostics(beskid)?;
    let mut wrong = Vec::new();
    let mut excused = Vec::new();
    for diagnostic in &before {
        let exception = case.directives.unfixed.iter().find(|code| **code == diagnostic.code);
        for fix in diagnostic.fixes.iter().filter(|fix| !fix.has_placeholder()) {
            let after = program.with(fix)?.diagnostics(beskid)?;
            match (judge(diagnostic, &before, &after), exception) {
                (Ok(()), _) => {}
                (Err(_), Some(code)) => excused.push(code),
                (Err(error), None) => wrong.push(format!(
                    "{} {}\n  the fix `{}` {error}\n  afterwards: {}",
                    diagnostic.code,
                    diagnostic.message,
                    fix.title,
                    listed(&after)
                )),
            }
        }
    }
    let stale = case.directives.unfixed.iter().filter(|code| !excused.contains(code));
    wrong.extend(stale.map(|code| format!("all fixes of {code} hold: remove `unfixed({code})`")));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// Whether a fix holds, from what is reported before and after it.
fn judge(fixed: &Reported, before: &[Reported], after: &[Reported]) -> Result<(), String> {
    let errors = |list: &[Reported]| list.iter().filter(|found| found.is_error()).count();
    let of_code = |list: &[Reported]| list.iter().filter(|found| found.code == fixed.code).count();
    if let Some(new) = after.iter().find(|new| before.iter().all(|old| old.code != new.code)) {
        return Err(format!("brings {}", new.code));
    }
    let mended = if fixed.is_error() {
        errors(after) < errors(before)
    } else {
        of_code(after) < of_code(before) && errors(after) <= errors(before)
    };
    if mended { Ok(()) } else { Err("mends nothing".to_owned()) }
}

fn listed(reported: &[Reported]) -> String {
    let lines = reported.iter().map(|found| format!("{} {}", found.code, found.message));
    lines.collect::<Vec<_>>().join("\n              ")
}

/// A program in a folder.
struct Program<'a> {
    case: &'a Case,
    /// What the command is given.
    argument: String,
    /// Full paths and texts.
    files: Vec<(String, Vec<u8>)>,
}

impl<'a> Program<'a> {
    fn of(case: &'a Case, folder: &Path) -> Self {
        let at = |name: &str| folder.join("program").join(name).to_string_lossy().into_owned();
        let sections = case.files.iter();
        let mut files: Vec<(String, Vec<u8>)> =
            sections.map(|section| (at(&section.path), section.bytes.clone())).collect();
        let mut argument = folder.join("program").to_string_lossy().into_owned();
        if files.is_empty() {
            argument = at(case.file_name());
            files.push((argument.clone(), case.program.clone()));
        }
        Self { case, argument, files }
    }

    fn with(&self, fix: &ReportedFix) -> Result<Self, String> {
        let files = self.files.iter().map(|(name, bytes)| {
            let text = String::from_utf8_lossy(bytes);
            Ok((name.clone(), fix.apply(name, &text)?.into_bytes()))
        });
        let files: Vec<(String, Vec<u8>)> = files.collect::<Result<_, String>>()?;
        if files == self.files {
            return Err(format!("the fix `{}` changes nothing", fix.title));
        }
        Ok(Self { case: self.case, argument: self.argument.clone(), files })
    }

    /// Writes the files and reports what is wrong with them.
    fn diagnostics(&self, beskid: &Beskid) -> Result<Vec<Reported>, String> {
        for (name, bytes) in &self.files {
            let path = Path::new(name);
            fs::create_dir_all(path.parent().unwrap_or(path))
                .and_then(|()| fs::write(path, bytes))
                .map_err(|error| format!("{name}: {error}"))?;
        }
        let verb = if self.case.directives.mode == Mode::Build { "build" } else { "check" };
        let mut command = beskid.command(&[verb, "--message-format", "json"]);
        if verb == "build" {
            command.arg("-o").arg(format!("{}.out", self.argument));
        }
        let finished = process::run(command.arg(&self.argument), b"", limits(Heap::Normal))
            .map_err(|error| format!("cannot run `beskid {verb}`: {error}"))?;
        Reported::parse(&String::from_utf8_lossy(&finished.stderr))
    }
}
