//! The table of faults: what a program says when it cannot go on, in all forms that a program has.
//!
//! The programs are the cases of `tests/conformance/faults`; the corpus's own test runs them through both
//! drivers at both levels, and holds the whole text against the case. Here are the other columns: executables
//! static, linked with C and without symbols, shortened reports, little memory, and signals from outside.
//!
//! *Invariant.* Each trial compares texts. What the machine lacks is named, and the column left out.

#![allow(clippy::print_stdout, reason = "a skipped check says why")]

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};
use std::thread;
use std::time::Duration;

use beskid_conformance::binary::Beskid;
use beskid_conformance::case::Case;
use beskid_conformance::corpus::{discover, repository_root};
use beskid_conformance::directive::Mode;
use beskid_conformance::process;
use libtest_mimic::{Arguments, Failed, Trial};
use tempfile::TempDir;

const LEVELS: [&[&str]; 2] = [&[], &["--release"]];
const SIGNALS: [(&str, i32); 5] = [("SEGV", 11), ("BUS", 7), ("FPE", 8), ("INT", 2), ("TERM", 15)];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = repository_root();
    let beskid = Beskid::locate(&root);
    let mut trials = Vec::new();
    let mut add = |name: String, run: fn(&Beskid, &str) -> Result<(), String>, text: &str| {
        let (beskid, text) = (beskid.clone(), text.to_owned());
        trials.push(Trial::test(name, move || run(&beskid?, &text).map_err(Failed::from)));
    };
    for path in discover(&root, "conformance/faults") {
        add(format!("executables/{path}"), executables, &path);
        add(format!("shortened/{path}"), shortened, &path);
    }
    for (name, text) in HUNGRY {
        add(format!("little_memory/{name}"), little_memory, text);
    }
    add("signals/end_programs".to_owned(), signals, SPINNING);
    add("faults_while_collecting".to_owned(), broken_heap, BROKEN_HEAP);
    add("faults_while_marking".to_owned(), broken_old_objects, BROKEN_OLD_OBJECTS);
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A program in a folder of its own.
struct Workshop {
    folder: TempDir,
    source: PathBuf,
}

impl Workshop {
    fn new(text: &str) -> Result<Self, String> {
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        let source = folder.path().join("program.bd");
        fs::write(&source, text).map_err(|error| error.to_string())?;
        Ok(Self { folder, source })
    }

    fn source(&self) -> &str {
        self.source.to_str().unwrap_or_default()
    }
}

/// Builds a program at a level.
fn build(beskid: &Beskid, level: &[&str], source: &str, output: &Path) -> Result<(), String> {
    let mut command = beskid.command(&["build", "-o"]);
    let built = finish(command.arg(output).args(level).arg(source))?;
    if built.status.success() { Ok(()) } else { Err(text(&built.stderr)) }
}

fn finish(command: &mut Command) -> Result<Output, String> {
    process::start(|| command.stdin(Stdio::null()).output()).map_err(|error| error.to_string())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn load(path: &str) -> Result<Case, String> {
    Case::load(&repository_root(), path, Mode::Run)
}

/// Where a run differs from another.
fn same(what: &str, one: &Output, other: &Output) -> Result<(), String> {
    if one.status == other.status && one.stdout == other.stdout && one.stderr == other.stderr {
        return Ok(());
    }
    let show =
        |ran: &Output| format!("{:?}\n{}{}", ran.status, text(&ran.stdout), text(&ran.stderr));
    Err(format!("{what}\n--- expected\n{}--- found\n{}", show(one), show(other)))
}

/// What a program is linked with that calls C, on lines that are there already or at the end.
const LIBRARY: &str = "\n[Extern(Abi: \"C\", Library: \"libc.so.6\")]\n\
    pub contract LinkedLibrary { i32 getpid(); }\n";

/// Executables say the same at both levels, static or linked with the C library, with symbols or without.
fn executables(beskid: &Beskid, path: &str) -> Result<(), String> {
    let case = load(path)?;
    let mut sources = vec![case.text()];
    if sources[0].contains(" main() {\n") && !sources[0].contains("[Extern(") {
        let calls_c = sources[0].replace(" main() {\n", " main() { LinkedLibrary.getpid();\n");
        sources.push(calls_c + LIBRARY);
    }
    let strip = find("strip");
    if strip.is_none() {
        skip("no `strip`");
    }
    let mut first: Option<Output> = None;
    for source in &sources {
        let workshop = Workshop::new(source)?;
        for level in LEVELS {
            let program = workshop.folder.path().join(format!("program{}", level.len()));
            build(beskid, level, workshop.source(), &program)?;
            let run = || {
                let mut command = beskid.program(&program);
                let environment = case.directives.environment.iter().cloned();
                finish(command.current_dir(&workshop.folder).envs(environment))
            };
            let mut outputs = vec![run()?];
            if let Some(strip) = &strip {
                let done = finish(Command::new(strip).arg("--strip-all").arg(&program))?;
                if !done.status.success() {
                    return Err(format!("strip: {}", text(&done.stderr)));
                }
                outputs.push(run()?);
            }
            for output in outputs {
                // Places are named as the command line named the file.
                let shown = text(&output.stderr).replace(workshop.source(), "program.bd");
                let output = Output { stderr: shown.into_bytes(), ..output };
                match &first {
                    Some(first) => same(&format!("{level:?}\n{source}"), first, &output)?,
                    None => first = Some(output),
                }
            }
        }
    }
    Ok(())
}

/// `BESKID_BACKTRACE=0` leaves the message and the place, and 1 everything.
fn shortened(beskid: &Beskid, path: &str) -> Result<(), String> {
    let case = load(path)?;
    let folder = TempDir::new().map_err(|error| error.to_string())?;
    for level in LEVELS {
        let program = folder.path().join(format!("program{}", level.len()));
        build(beskid, level, path, &program)?;
        let mut run = beskid.command(&["run"]);
        run.args(level).arg(path);
        for mut command in [run, beskid.program(&program)] {
            command.envs(case.directives.environment.iter().cloned());
            let long = finish(command.env("BESKID_BACKTRACE", "1"))?;
            let short = finish(command.env("BESKID_BACKTRACE", "0"))?;
            let expected = Output { stderr: without_frames(&long.stderr), ..long };
            same(&format!("{level:?} shortened"), &expected, &short)?;
        }
    }
    Ok(())
}

/// A report up to its place.
fn without_frames(report: &[u8]) -> Vec<u8> {
    let report = text(report);
    let mut short = String::new();
    for line in report.split_inclusive('\n') {
        short.push_str(line);
        if line.starts_with("  at ") {
            break;
        }
    }
    short.into_bytes()
}

/// Programs that need more and more, each in another way; their last line but one is what needs it.
const HUNGRY: [(&str, &str); 5] = [
    (
        "objects",
        "type Node { i64 value, Node[] next }\n\
        i64 Grow() {\n    let mut list = [Node { value: 0, next: [] }];\n    \
        while true { list = [Node { value: 1, next: list }]; }\n}\n\
        unit main() { println(\"before\"); println(Grow()); }\n",
    ),
    (
        "arrays",
        "i64 Grow() {\n    i64 mut n = 16;\n    \
        while true { n = Array.Filled<i64>(2 * n, 1).Len(); }\n}\n\
        unit main() { println(\"before\"); println(Grow()); }\n",
    ),
    (
        "texts",
        "i64 Grow() {\n    let mut s = \"12345678\";\n    \
        while true { s = \"${s}${s}\"; }\n}\n\
        unit main() { println(\"before\"); println(Grow()); }\n",
    ),
    (
        "strings",
        "i64 Grow() {\n    let mut s = \"12345678\";\n    \
        while true { s = s + s; }\n}\n\
        unit main() { println(\"before\"); println(Grow()); }\n",
    ),
    (
        "closures",
        "i64 Grow() {\n    let mut f = (i64 x) => x;\n    \
        while true { let g = f; f = (i64 x) => g(x) + 1; }\n}\n\
        unit main() { println(\"before\"); println(Grow()); }\n",
    ),
];

/// Out of memory has one text, whoever refuses: the heap's limit or the system. (The compiler itself needs
/// more than the smallest of these, so the JIT is asked with limits of the heap alone.)
fn little_memory(beskid: &Beskid, source: &str) -> Result<(), String> {
    let workshop = Workshop::new(source)?;
    for level in LEVELS {
        let program = workshop.folder.path().join(format!("program{}", level.len()));
        build(beskid, level, workshop.source(), &program)?;
        for most in ["1", "4K", "1M", "24M"] {
            let mut run = beskid.command(&["run"]);
            run.args(level).arg(workshop.source());
            for mut command in [run, beskid.program(&program)] {
                let ran = finish(command.env("BESKID_HEAP_MAX", most))?;
                is_out_of_memory(&format!("{level:?} heap {most}"), &ran)?;
            }
        }
        for kilobytes in ["8000", "30000", "100000", "250000"] {
            let mut command = beskid.program(Path::new("sh"));
            let script = format!("ulimit -v {kilobytes} && exec \"$0\"");
            let ran = finish(command.args(["-c", &script]).arg(&program))?;
            is_out_of_memory(&format!("{level:?} address space {kilobytes} KB"), &ran)?;
        }
    }
    Ok(())
}

fn is_out_of_memory(what: &str, ran: &Output) -> Result<(), String> {
    let stderr = text(&ran.stderr);
    let lines: Vec<&str> = stderr.lines().collect();
    let holds = ran.status.code() == Some(101)
        && ran.stdout == b"before\n"
        && matches!(lines[..], ["panic: out of memory", at, inner, outer]
            if at.starts_with("  at ")
            && inner.starts_with("  in Grow at ")
            && outer.starts_with("  in main at "));
    let shown = || format!("{what}: {:?}\n{}{stderr}", ran.status, text(&ran.stdout));
    if holds { Ok(()) } else { Err(shown()) }
}

const SPINNING: &str = "i32 main() {\n    println(\"before\");\n    i64 mut i = 0;\n    \
    while i < 100000000000 { i += 1; }\n    return 7;\n}\n";

/// A signal that somebody sends is no fault: the program ends by it, and says nothing.
fn signals(beskid: &Beskid, source: &str) -> Result<(), String> {
    let workshop = Workshop::new(source)?;
    let program = workshop.folder.path().join("program");
    build(beskid, &[], workshop.source(), &program)?;
    let mut run = beskid.command(&["run"]);
    run.arg(workshop.source());
    for (who, mut command) in [("aot", beskid.program(&program)), ("jit", run)] {
        for (name, number) in SIGNALS {
            if is_ignored(number)? {
                println!("skipped: whoever started this ignores {name}, and so do its children");
                continue;
            }
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let child = process::start(|| command.spawn()).map_err(|error| error.to_string())?;
            wait_until_it_runs(child.id());
            let kill = format!("kill -{name} {}", child.id());
            finish(Command::new("sh").args(["-c", &kill]))?;
            let ran = child.wait_with_output().map_err(|error| error.to_string())?;
            if ran.status.signal() != Some(number) || !ran.stderr.is_empty() {
                return Err(format!("{who} {name}: {:?}\n{}", ran.status, text(&ran.stderr)));
            }
        }
    }
    Ok(())
}

/// Whether this process ignores a signal.
fn is_ignored(signal: i32) -> Result<bool, String> {
    let status = fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = u64::from_str_radix(mask.unwrap_or_default().trim(), 16);
    Ok(mask.map_err(|error| error.to_string())? >> (signal - 1) & 1 == 1)
}

/// Until a process has spent a while on its own: it is in its loop then.
fn wait_until_it_runs(process: u32) {
    const TICKS: u64 = 30;
    loop {
        let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // Behind the name, which may hold anything: state, then ten numbers, then ticks in user mode.
        let ticks = status
            .rsplit_once(')')
            .and_then(|(_, fields)| fields.split_whitespace().nth(11)?.parse::<u64>().ok());
        if ticks.is_none_or(|ticks| ticks > TICKS) {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// C writes beyond the end of an array, over the headers of the objects behind it.
const BROKEN_HEAP: &str = "[Extern(Abi: \"C\", Library: \"libc.so.6\")]\n\
    pub contract C { ptr memset(i64[] place, i32 byte, u64 bytes); }\n\
    type Node { i64 value, i64[] data }\n\
    unit main() {\n    println(\"before\");\n    let first = Array.Filled<i64>(4, 7);\n    \
    let nodes = Array.Generate<Node>(100, i => Node { value: 1, data: [1, 2] });\n    \
    C.memset(first, 0, 2000);\n    i64 mut sum = 0;\n    \
    for i in range(0, 100000) { sum += Array.Filled<i64>(1000, 1).Len() + nodes.Len() + first.Len(); }\n    println(sum);\n}\n";

/// The collector's faults are the runtime's own. (Where the compiler was built with checks, the runtime in it
/// may notice before the processor does.)
fn broken_heap(beskid: &Beskid, source: &str) -> Result<(), String> {
    let workshop = Workshop::new(source)?;
    for level in LEVELS {
        let program = workshop.folder.path().join(format!("program{}", level.len()));
        build(beskid, level, workshop.source(), &program)?;
        let mut run = beskid.command(&["run"]);
        run.args(level).arg(workshop.source());
        let where_it_was = " while collecting\n  at ";
        for (mut command, rest) in [(run, ""), (beskid.program(&program), where_it_was)] {
            let ran = finish(&mut command)?;
            let stderr = text(&ran.stderr);
            if ran.status.code() != Some(101)
                || ran.stdout != b"before\n"
                || !stderr.starts_with("panic: internal error of the Beskid runtime: ")
                || !stderr.contains(rest)
            {
                return Err(format!("{level:?}: {:?}\n{stderr}", ran.status));
            }
        }
    }
    Ok(())
}

/// C writes over old objects of a heap that is large enough to be marked beside the program.
// One of the two values is the mark byte of what the next marking looks at.
const BROKEN_OLD_OBJECTS: &str = "[Extern(Abi: \"C\", Library: \"libc.so.6\")]\n\
    pub contract C { ptr memset(i64[] place, i32 byte, u64 bytes); }\n\
    type Node { Option<Node> left, Option<Node> right }\n\
    Option<Node> Tree(i32 depth) {\n    if depth == 0 { return Option::None; }\n    \
    return Option::Some(Node { left: Tree(depth - 1), right: Tree(depth - 1) });\n}\n\
    unit main() {\n    let first = Array.Filled<i64>(4, 7);\n    let one = Tree(19);\n    \
    let second = Array.Filled<i64>(4, 7);\n    let two = Tree(19);\n    \
    C.memset(first, 1, 200000);\n    C.memset(second, 2, 200000);\n    \
    Option<Node> mut list = Option::None;\n    \
    for i in range(0, 300) { list = Option::Some(Node { left: list, right: Tree(14) }); }\n    \
    println(one == list || two == list);\n}\n";

/// Whichever thread meets them, it is the collector's fault. What the program printed may be lost with it.
fn broken_old_objects(beskid: &Beskid, source: &str) -> Result<(), String> {
    let workshop = Workshop::new(source)?;
    let program = workshop.folder.path().join("program");
    build(beskid, &["--release"], workshop.source(), &program)?;
    for _ in 0..5 {
        let ran = finish(&mut beskid.program(&program))?;
        let stderr = text(&ran.stderr);
        let first = stderr.lines().next().unwrap_or_default();
        let fault = "panic: internal error of the Beskid runtime: invalid memory access at 0x";
        if ran.status.code() != Some(101)
            || !first.starts_with(fault)
            || !(first.ends_with(" while collecting")
                || first.ends_with(" in the collector's thread"))
        {
            return Err(format!("{:?}\n{stderr}", ran.status));
        }
    }
    Ok(())
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file())
}

#[expect(clippy::print_stdout, reason = "part of the test's report")]
fn skip(reason: &str) {
    println!("left out: {reason}");
}
