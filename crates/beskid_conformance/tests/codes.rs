//! The pages of `beskid explain`: their examples give what they say.
//!
//! *Invariants.* Every code has a page (or the compiler would not compile) and every page a code. The failing
//! example gives its code and nothing else, the mended one nothing at all.

use std::collections::BTreeSet;
use std::fs;
use std::process::ExitCode;

use beskid_analysis::diagnostics::page::{Checked, ExampleFile};
use beskid_analysis::diagnostics::{Code, Page};
use beskid_conformance::binary::{Beskid, limits};
use beskid_conformance::corpus::repository_root;
use beskid_conformance::matrix::Heap;
use beskid_conformance::process;
use beskid_conformance::reported::Reported;
use libtest_mimic::{Arguments, Failed, Trial};

/// Pages are read in terminals.
const WIDTH: usize = 80;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let beskid = Beskid::locate(&repository_root());
    let mut trials = vec![Trial::test("every page has a code", every_page_has_a_code)];
    for &code in Code::ALL {
        let beskid = beskid.clone();
        trials.push(Trial::test(format!("codes/{}", code.number()), move || {
            check(&beskid?, code).map_err(Failed::from)
        }));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn every_page_has_a_code() -> Result<(), Failed> {
    let codes: BTreeSet<String> =
        Code::ALL.iter().map(|code| format!("{}.md", code.number())).collect();
    for entry in fs::read_dir(repository_root().join("docs/codes"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !codes.contains(&name) {
            return Err(Failed::from(format!("docs/codes/{name} is the page of no code")));
        }
    }
    Ok(())
}

fn check(beskid: &Beskid, code: Code) -> Result<(), String> {
    if let Some(line) = code.page_text().lines().find(|line| line.chars().count() > WIDTH) {
        return Err(format!("longer than {WIDTH} columns: {line}"));
    }
    let page = code.page()?;
    if page.fails == page.mended {
        return Err("the mended example is the failing one".to_owned());
    }
    if let Checked::Not(_) = page.checked {
        return Ok(());
    }
    let (found, text) = diagnostics(beskid, &page, &page.fails)?;
    if found.is_empty() || found.iter().any(|found| found != code.number()) {
        return Err(format!("the failing example gives {found:?}\n{text}"));
    }
    let (found, text) = diagnostics(beskid, &page, &page.mended)?;
    if found.is_empty() {
        Ok(())
    } else {
        Err(format!("the mended example gives {found:?}\n{text}"))
    }
}

/// The codes that an example gives, and the rendered diagnostics.
fn diagnostics(
    beskid: &Beskid,
    page: &Page<'_>,
    files: &[ExampleFile<'_>],
) -> Result<(Vec<String>, String), String> {
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let program = folder.path().join("program");
    let mut argument = program.clone();
    for file in files {
        let path = program.join(file.path.unwrap_or("example.bd"));
        if file.path.is_none() {
            argument.clone_from(&path);
        }
        fs::create_dir_all(path.parent().unwrap_or(&program))
            .and_then(|()| fs::write(&path, file.text))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let verb = if page.checked == Checked::Build { "build" } else { "check" };
    let mut command = beskid.command(&[verb, "--message-format", "json"]);
    if verb == "build" {
        command.arg("-o").arg(folder.path().join("output"));
    }
    command.arg(&argument);
    let finished = process::run(&mut command, b"", limits(Heap::Normal))
        .map_err(|error| format!("cannot run `beskid {verb}`: {error}"))?;
    let text = String::from_utf8_lossy(&finished.stderr).into_owned();
    let reported = Reported::parse(&text)?;
    Ok((reported.into_iter().map(|reported| reported.code).collect(), text))
}
