//! Outcomes as JUnit XML, the format that servers of continuous integration read.
//!
//! ```text
//! testsuites                      sums of all suites
//! └─ testsuite                    a module; of several programs, with the label of the program in front
//!    └─ testcase                  classname (the suite's name), name, file, line, time
//!       ├─ skipped                what was not run
//!       ├─ failure                what ended in a panic, or with a status
//!       ├─ error                  what did not come to an end of its own: time limit, signal, not started
//!       ├─ system-out             of what failed
//!       └─ system-err
//! ```
//!
//! *Invariants.* The elements of a case stand in the order that the schema of Jenkins asks for. The text is
//! XML 1.0 whatever a test writes: characters that it forbids are replaced, each by one that shows it, and all
//! others are kept. A program with errors has a case as well, so that it is not taken for one without tests.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use beskid_analysis::hir::{Analysis, Test};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::process::{Captured, Failure, Finished};
use super::report::quoted;
use super::{Outcome, again, place};
use crate::arguments;

/// Begins what a program says when it cannot go on.
const PANIC: &str = "panic: ";

/// The outcomes of all programs.
#[derive(Debug)]
pub(super) struct Junit {
    suites: Vec<Suite>,
    /// The suites of the program at hand begin here.
    first: usize,
    /// What stands before the names of its modules.
    label: Option<String>,
}

/// The tests of a module.
#[derive(Debug)]
struct Suite {
    name: String,
    cases: Vec<Case>,
}

/// A test.
#[derive(Debug)]
struct Case {
    name: String,
    /// File and line, if it has a place.
    place: Option<(String, u32)>,
    time: Duration,
    ending: Ending,
    /// What it wrote, if that is of interest.
    stdout: String,
    stderr: String,
}

#[derive(Debug)]
enum Ending {
    Passed,
    Skipped(Option<String>),
    Failure(Wrong),
    Error(Wrong),
}

/// What is wrong.
#[derive(Debug)]
struct Wrong {
    /// What kind of failure it is, for filters.
    kind: &'static str,
    /// In a line.
    message: String,
    /// All that is known.
    details: String,
}

/// How many cases there are of which kind, and how long they took.
#[derive(Clone, Copy, Default)]
struct Sums {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    time: Duration,
}

impl Junit {
    pub(super) fn new() -> Self {
        Self { suites: Vec::new(), first: 0, label: None }
    }

    /// What comes next is of another program, which has a label if there are several.
    pub(super) fn begin(&mut self, label: Option<&str>) {
        self.first = self.suites.len();
        self.label = label.map(str::to_owned);
    }

    /// How a test ended.
    pub(super) fn add(
        &mut self,
        analysis: &Analysis,
        arguments: &arguments::Test,
        test: &Test,
        outcome: &Outcome,
    ) {
        let (file, line, _) = place(analysis, test);
        let mut case = Case {
            name: analysis.interner.name(test.name).to_owned(),
            place: Some((file.to_owned(), line)),
            time: Duration::ZERO,
            ending: Ending::Passed,
            stdout: String::new(),
            stderr: String::new(),
        };
        match outcome {
            Outcome::Passed(finished) => case.time = finished.time,
            Outcome::Skipped(reason) => case.ending = Ending::Skipped(reason.clone()),
            Outcome::Failed(failure, finished) => {
                case.time = finished.time;
                case.stdout = captured(&finished.stdout);
                case.stderr = captured(&finished.stderr);
                let again: Vec<String> =
                    again(analysis, arguments, test).iter().map(|word| quoted(word)).collect();
                case.ending = ending(failure, finished, &again.join(" "));
            }
        }
        let module = &analysis.modules[test.module].path;
        self.suite(module).cases.push(case);
    }

    /// The program has errors, which were reported.
    pub(super) fn broken(&mut self) {
        let wrong = Wrong {
            kind: "program",
            message: "the tests could not be run".to_owned(),
            details: "what is wrong was written to standard error\n".to_owned(),
        };
        let case = Case {
            name: "program".to_owned(),
            place: None,
            time: Duration::ZERO,
            ending: Ending::Error(wrong),
            stdout: String::new(),
            stderr: String::new(),
        };
        self.suite("").cases.push(case);
    }

    /// The suite of a module of the program at hand.
    fn suite(&mut self, module: &str) -> &mut Suite {
        let name = match &self.label {
            Some(label) if module.is_empty() => label.clone(),
            Some(label) => format!("{label}.{module}"),
            None if module.is_empty() => "program".to_owned(),
            None => module.to_owned(),
        };
        let known = self.suites[self.first..].iter().position(|suite| suite.name == name);
        let index = known.map_or(self.suites.len(), |at| self.first + at);
        if index == self.suites.len() {
            self.suites.push(Suite { name, cases: Vec::new() });
        }
        &mut self.suites[index]
    }

    /// The document.
    pub(super) fn render(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new_with_indent(&mut bytes, b' ', 2);
        self.write(&mut writer).expect("memory takes all that is written");
        bytes.push(b'\n');
        bytes
    }

    fn write(&self, writer: &mut Writer<&mut Vec<u8>>) -> io::Result<()> {
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        let all = self.suites.iter().fold(Sums::default(), |all, suite| all.and(suite.sums()));
        let mut element = BytesStart::new("testsuites");
        element.push_attribute(("name", "beskid test"));
        all.write(&mut element);
        writer.write_event(Event::Start(element))?;
        for suite in &self.suites {
            suite.write(writer)?;
        }
        writer.write_event(Event::End(BytesEnd::new("testsuites")))
    }
}

impl Suite {
    fn sums(&self) -> Sums {
        self.cases.iter().fold(Sums::default(), |sums, case| sums.and(case.sums()))
    }

    fn write(&self, writer: &mut Writer<&mut Vec<u8>>) -> io::Result<()> {
        let mut element = BytesStart::new("testsuite");
        element.push_attribute(("name", &*allowed(&self.name)));
        self.sums().write(&mut element);
        writer.write_event(Event::Start(element))?;
        for case in &self.cases {
            case.write(&self.name, writer)?;
        }
        writer.write_event(Event::End(BytesEnd::new("testsuite")))
    }
}

impl Case {
    fn sums(&self) -> Sums {
        let is = |yes: bool| usize::from(yes);
        Sums {
            tests: 1,
            failures: is(matches!(self.ending, Ending::Failure(_))),
            errors: is(matches!(self.ending, Ending::Error(_))),
            skipped: is(matches!(self.ending, Ending::Skipped(_))),
            time: self.time,
        }
    }

    fn write(&self, class: &str, writer: &mut Writer<&mut Vec<u8>>) -> io::Result<()> {
        let mut element = BytesStart::new("testcase");
        element.push_attribute(("classname", &*allowed(class)));
        element.push_attribute(("name", &*allowed(&self.name)));
        if let Some((file, line)) = &self.place {
            element.push_attribute(("file", &*allowed(file)));
            element.push_attribute(("line", line.to_string().as_str()));
        }
        element.push_attribute(("time", seconds(self.time).as_str()));
        if matches!(self.ending, Ending::Passed) {
            return writer.write_event(Event::Empty(element));
        }
        writer.write_event(Event::Start(element))?;
        match &self.ending {
            Ending::Passed => {}
            Ending::Skipped(reason) => {
                let mut element = BytesStart::new("skipped");
                if let Some(reason) = reason {
                    element.push_attribute(("message", &*allowed(reason)));
                }
                writer.write_event(Event::Empty(element))?;
            }
            Ending::Failure(wrong) => wrong.write("failure", writer)?,
            Ending::Error(wrong) => wrong.write("error", writer)?,
        }
        for (name, text) in [("system-out", &self.stdout), ("system-err", &self.stderr)] {
            if !text.is_empty() {
                write_text(BytesStart::new(name), text, writer)?;
            }
        }
        writer.write_event(Event::End(BytesEnd::new("testcase")))
    }
}

impl Wrong {
    fn write(&self, name: &'static str, writer: &mut Writer<&mut Vec<u8>>) -> io::Result<()> {
        let mut element = BytesStart::new(name);
        element.push_attribute(("message", &*allowed(&self.message)));
        element.push_attribute(("type", self.kind));
        write_text(element, &self.details, writer)
    }
}

impl Sums {
    fn and(self, other: Self) -> Self {
        Self {
            tests: self.tests + other.tests,
            failures: self.failures + other.failures,
            errors: self.errors + other.errors,
            skipped: self.skipped + other.skipped,
            time: self.time + other.time,
        }
    }

    fn write(self, element: &mut BytesStart<'_>) {
        let counts = [
            ("tests", self.tests),
            ("failures", self.failures),
            ("errors", self.errors),
            ("skipped", self.skipped),
        ];
        for (name, count) in counts {
            element.push_attribute((name, count.to_string().as_str()));
        }
        element.push_attribute(("time", seconds(self.time).as_str()));
    }
}

/// What to say of a failure; `again` is the command that runs the test again.
fn ending(failure: &Failure, finished: &Finished, again: &str) -> Ending {
    let stderr = String::from_utf8_lossy(&finished.stderr.bytes);
    // The last one: a program may write what looks like it before.
    let panic = match failure {
        Failure::Panicked => stderr
            .rmatch_indices(PANIC)
            .map(|(at, _)| at)
            .find(|&at| at == 0 || stderr.as_bytes()[at - 1] == b'\n')
            .map(|at| &stderr[at..]),
        _ => None,
    };
    let first = panic.and_then(|panic| panic.lines().next());
    let message = match first.and_then(|line| line.strip_prefix(PANIC)) {
        Some(what) => format!("{failure}: {what}"),
        None => failure.to_string(),
    };
    let mut details = panic.map_or_else(|| format!("{failure}\n"), |panic| panic.to_owned());
    if !details.ends_with('\n') {
        details.push('\n');
    }
    let _ = writeln!(details, "run it again: {again}");
    let wrong = |kind| Wrong { kind, message, details };
    match failure {
        Failure::Panicked => Ending::Failure(wrong("panic")),
        Failure::Status(_) => Ending::Failure(wrong("status")),
        Failure::TimedOut(_) => Ending::Error(wrong("time-limit")),
        Failure::Signal(_) => Ending::Error(wrong("signal")),
        Failure::Abnormal => Ending::Error(wrong("abnormal")),
        Failure::NotStarted(_) => Ending::Error(wrong("not-started")),
    }
}

/// An element that has a text and nothing else.
fn write_text(
    element: BytesStart<'_>,
    text: &str,
    writer: &mut Writer<&mut Vec<u8>>,
) -> io::Result<()> {
    let end = element.to_end().into_owned();
    writer.write_event(Event::Start(element))?;
    writer.write_event(Event::Text(BytesText::new(&allowed(text))))?;
    writer.write_event(Event::End(end))
}

/// What a test wrote, and how much more it was.
fn captured(captured: &Captured) -> String {
    let mut text = String::from_utf8_lossy(&captured.bytes).into_owned();
    if captured.dropped > 0 {
        let _ = write!(text, "\n… {} bytes more\n", captured.dropped);
    }
    text
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

/// A text without the characters that XML 1.0 has no way to write. Control characters become their pictures
/// (␛ for the escape character), the two others that are no characters become �.
fn allowed(text: &str) -> Cow<'_, str> {
    let is_forbidden = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if !text.contains(is_forbidden) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| match c {
        c if !is_forbidden(c) => c,
        '\0'..='\u{1f}' => {
            char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        _ => char::REPLACEMENT_CHARACTER,
    };
    Cow::Owned(text.chars().map(shown).collect())
}
