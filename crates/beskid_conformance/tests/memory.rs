//! How much memory programs have from the system, as the system sees it.
//!
//! Limits are twice and more of what was measured, so that a busy machine does not fail them; a leak or a
//! collector that does not run exceeds them by far.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use beskid_conformance::binary::{Beskid, limits};
use beskid_conformance::corpus::repository_root;
use beskid_conformance::matrix::Heap;
use beskid_conformance::process;
use tempfile::TempDir;

const MB: u64 = 1 << 20;

struct Program {
    _folder: TempDir,
    beskid: Beskid,
    executable: PathBuf,
}

impl Program {
    fn build(text: &str) -> Self {
        let beskid = Beskid::locate(&repository_root()).unwrap();
        let folder = TempDir::new().unwrap();
        let source = folder.path().join("program.bd");
        fs::write(&source, text).unwrap();
        let executable = folder.path().join("program");
        let mut build = beskid.command(&["build", "--release", "-o"]);
        build.arg(&executable).arg(&source);
        let built = process::run(&mut build, b"", limits(Heap::Normal)).unwrap();
        assert!(built.stderr.is_empty(), "{}", String::from_utf8_lossy(&built.stderr));
        Self { _folder: folder, beskid, executable }
    }

    fn start(&self) -> Child {
        let start = || self.beskid.program(&self.executable).stdout(Stdio::null()).spawn();
        process::start(start).unwrap()
    }

    /// Bytes of memory, at most, of a run to the end. What the system says of a process that has ended
    /// counts what this one had when it was started.
    fn most_memory(&self) -> u64 {
        let mut child = self.start();
        let mut most = 0;
        loop {
            most = most.max(memory(&child, "VmHWM:").unwrap_or(0));
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success());
                assert!(most > 0, "the program ran too short");
                return most;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Bytes of memory by the line of that name.
fn memory(child: &Child, name: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}

#[test]
fn short_lived_objects_need_little() {
    let program = Program::build(
        "type Point { i64 x, i64 y }
        unit main() {
            let recent = Array.Generate(16, number => Point { x: number, y: number });
            i64 mut sum = 0;
            for step in range(0, cast<i64>(10_000_000)) {
                let before = recent[step % 16];
                recent[step % 16] = Point { x: before.y + step, y: step };
                sum += before.x;
            }
            println(sum);
        }",
    );
    let most = program.most_memory();
    assert!(most < 32 * MB, "{} MB", most / MB);
}

#[test]
fn a_growing_text_is_held_four_times_at_most() {
    let program = Program::build(
        "use Text.StringBuilder;
        unit main() {
            let builder = StringBuilder.New();
            for step in range(0, 20_000) { builder.Append(\"line ${step} of a text that grows and grows\\n\"); }
            let text = builder.ToString();
            let lines = text.Split(\"\\n\");
            println(\"${text.Len()} ${lines.Len()}\");
        }",
    );
    // The text has 0.9 MB, its lines as much again.
    let most = program.most_memory();
    assert!(most < 16 * MB, "{} MB", most / MB);
}

/// A gigabyte of small and large objects that is dropped at once.
const DROPS: &str = "type Node { Option<Node> next, i64[] numbers, i64 a, i64 b, i64 c }
    Option<Node> Grow() {
        Option<Node> mut list = Option::None;
        let few: i64[] = [];
        for step in range(0, 12_000_000) {
            let numbers = if step % 20_000 == 0 { Array.Filled<i64>(131_072, 1) } else { few };
            list = Option::Some(Node { next: list, numbers: numbers, a: 1, b: 2, c: 3 });
        }
        return list;
    }
    i64 Length(Option<Node> list) {
        Option<Node> mut at = list;
        i64 mut length = 0;
        while true {
            match at {
                Option::Some(node) => { at = node.next; length += 1; },
                Option::None => { return length; },
            };
        }
    }
    unit main() {
        let mut list = Grow();
        let length = Length(list);
        list = Option::None;
        i64 mut sum = length;
        while sum >= 0 {
            let node = Node { next: Option::None, numbers: [sum % 10], a: sum, b: 2, c: 3 };
            sum = (sum + node.a + node.numbers[0]) % 1_000_000;
        }
    }";

#[test]
fn a_dropped_gigabyte_goes_back() {
    let text = DROPS.replace("let few: i64[] = [];", "i64[] few = [];");
    let program = Program::build(&text);
    let mut child = program.start();
    let (mut most, mut since) = (0, Instant::now());
    let waited = loop {
        let now = memory(&child, "VmRSS:").expect("the program runs on");
        if now > most {
            (most, since) = (now, Instant::now());
        } else if most > 800 * MB && now < 150 * MB {
            break since.elapsed();
        }
        if since.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{} MB of {} MB are still there", now / MB, most / MB);
        }
        thread::sleep(Duration::from_millis(20));
    };
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(waited < Duration::from_secs(6), "{waited:?}");
}
