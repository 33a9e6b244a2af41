//! Whether the programs of a document do what it says.
//!
//! A program that runs does so through both drivers, one of them optimised: they agree on everything the
//! corpus tests, so that one more level says nothing new about a document.
//!
//! *Invariants.* As in [`trial`](crate::trial): each command is a child process with limits, and nothing
//! is compared with a document before the drivers agree.

use std::fs;
use std::path::Path;

use crate::annotation::rendered_findings;
use crate::binary::{Beskid, limits};
use crate::bless::diff;
use crate::document::{Claim, Snippet, snippets};
use crate::matrix::{Heap, Opt};
use crate::outcome::{End, Outcome, PANIC_STATUS, Stage};
use crate::process;
use crate::section;

/// What is specified and not compiled yet.
const NOT_SUPPORTED: &str = "E0090";

/// Holds a snippet against what the command does.
///
/// # Errors
/// What it says is not true: how, for people.
pub fn verify(beskid: &Beskid, snippet: &Snippet) -> Result<(), String> {
    let printed = printed(beskid, snippet)?;
    match (&snippet.shown, printed) {
        (Some(shown), Some(printed)) if shown.text != printed => Err(format!(
            "the document shows something else\n{}",
            diff(&shown.text, &printed, ("shown", "what came out"))
        )),
        _ => Ok(()),
    }
}

/// The document with what its programs print in the places where it shows that. `markdown` is the
/// document, or what of its lines is Markdown if they are comments of a source.
///
/// # Errors
/// The document is malformed, or one of its programs does not do what it says otherwise.
pub fn blessed(beskid: &Beskid, text: &str, markdown: &str) -> Result<String, String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for snippet in snippets(markdown)?.into_iter().rev() {
        let Some(shown) = &snippet.shown else { continue };
        if let Some(printed) =
            printed(beskid, &snippet).map_err(|error| format!("line {}: {error}", snippet.line))?
        {
            // What stands before the fence makes these lines comments as well.
            let fence = &lines[shown.lines.start - 1];
            let before = fence[..fence.find("```").unwrap_or(0)].to_owned();
            let printed = printed.lines().map(|line| (before.clone() + line).trim_end().to_owned());
            let printed: Vec<String> = printed.collect();
            lines.splice(shown.lines.clone(), printed);
        }
    }
    Ok(lines.join("\n") + "\n")
}

/// Checks everything but the text; gives what that should be, if the claim has one.
fn printed(beskid: &Beskid, snippet: &Snippet) -> Result<Option<String>, String> {
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let program = folder.path().join("program");
    section::write(&snippet.files, &program)?;
    let path = match &*snippet.files {
        [file] => program.join(&file.path).display().to_string(),
        _ => format!("{}/", program.display()),
    };
    let call = Call { beskid, path: &path };
    let checked = call.command("check", &["--color", "never"])?;
    let found = codes_in(&checked);
    if let Claim::Fails(codes) = &snippet.claim {
        return if found == sorted(codes.clone()) {
            Ok(Some(checked.stderr.trim_end().to_owned() + "\n"))
        } else {
            Err(format!("{codes:?} are claimed, {found:?} found\n{}", checked.describe()))
        };
    }
    if snippet.claim == Claim::Unsupported {
        return if found.is_empty() {
            Err("this compiles now: remove the word `unsupported`".to_owned())
        } else if found.iter().all(|code| code == NOT_SUPPORTED) {
            Ok(None)
        } else {
            Err(format!("this has other mistakes\n{}", checked.describe()))
        };
    }
    if checked.end != End::Status(0) || !found.is_empty() {
        return Err(format!("the compiler finds mistakes\n{}", checked.describe()));
    }
    match snippet.claim {
        Claim::Runs => {
            let ran = call.run(folder.path())?;
            if ran.end != End::Status(0) || !ran.stderr.is_empty() {
                return Err(format!("the program fails\n{}", ran.describe()));
            }
            Ok(Some(without_blanks(&ran.stdout)))
        }
        Claim::Panics => {
            let ran = call.run(folder.path())?;
            if ran.end != End::Status(PANIC_STATUS) {
                return Err(format!("the program does not panic\n{}", ran.describe()));
            }
            Ok(Some(without_blanks(&(ran.stdout + &ran.stderr))))
        }
        Claim::Tests => {
            let tested = call.command("test", &[])?;
            if tested.end == End::Status(0) {
                Ok(None)
            } else {
                Err(format!("the tests fail\n{}", tested.describe()))
            }
        }
        Claim::Checks | Claim::Fails(_) | Claim::Unsupported => Ok(None),
    }
}

/// Text without blanks at the ends of its lines, which documents have not either.
fn without_blanks(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').map(str::trim_end).collect();
    lines.join("\n")
}

/// A program and the command.
struct Call<'a> {
    beskid: &'a Beskid,
    path: &'a str,
}

impl Call<'_> {
    fn command(&self, verb: &str, arguments: &[&str]) -> Result<Outcome, String> {
        let mut command = self.beskid.command(&[verb]);
        command.args(arguments).arg(self.path);
        let finished = process::run(&mut command, b"", limits(Heap::Normal))
            .map_err(|error| format!("cannot run `beskid {verb}`: {error}"))?;
        Ok(Outcome::new(&finished, Stage::Ran, self.path))
    }

    /// Runs the program through both drivers, which must agree.
    fn run(&self, folder: &Path) -> Result<Outcome, String> {
        let executable = folder.join(format!("example{}", std::env::consts::EXE_SUFFIX));
        let output = executable.display().to_string();
        let jit = self.command("run", Opt::None.arguments())?;
        let mut arguments = Opt::Speed.arguments().to_vec();
        arguments.extend(["-o", &output]);
        let built = self.command("build", &arguments)?;
        if built.end != End::Status(0) {
            return Err(format!("the program cannot be built\n{}", built.describe()));
        }
        let mut program = self.beskid.program(&executable);
        let finished = process::run(&mut program, b"", limits(Heap::Normal))
            .map_err(|error| format!("cannot run the program: {error}"))?;
        let aot = Outcome::new(&finished, Stage::Ran, self.path);
        if jit.same(&aot) {
            return Ok(jit);
        }
        Err(format!(
            "DIVERGENCE: one program, different behaviour\n--- jit\n{}--- aot\n{}",
            jit.describe(),
            aot.describe()
        ))
    }
}

fn codes_in(outcome: &Outcome) -> Vec<String> {
    let findings = rendered_findings(&outcome.stderr, |_| 0);
    sorted(findings.into_iter().map(|finding| finding.code).collect())
}

fn sorted(mut codes: Vec<String>) -> Vec<String> {
    codes.sort();
    codes
}

/// Reads a document.
///
/// # Errors
/// It cannot be read.
pub fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
