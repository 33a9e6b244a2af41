//! How much memory programs have from the system, as the system sees it.
//!
//! Limits are twice and more of what was measured, so that a busy machine does not fail them; a leak or a
//! collector that does not run exceeds them by far.

#![allow(
    clippy::print_stdout,
    reason = "a skipped check says why, and what was measured is of interest"
)]

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use beskid_conformance::binary::{Beskid, limits};
use beskid_conformance::corpus::repository_root;
use beskid_conformance::matrix::Heap;
use beskid_conformance::process::{self, Ending};
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
        self.start_with(&[])
    }

    /// Starts it with variables of the environment.
    fn start_with(&self, variables: &[(&str, &str)]) -> Child {
        let start = || {
            let mut command = self.beskid.program(&self.executable);
            command.envs(variables.iter().copied()).stdout(Stdio::null()).spawn()
        };
        process::start(start).unwrap()
    }

    /// Bytes of memory, at most, of a run to the end. What the system says of a process that has ended
    /// counts what this one had when it was started.
    fn most_memory(&self) -> u64 {
        self.most_memory_with(&[])
    }

    fn most_memory_with(&self, variables: &[(&str, &str)]) -> u64 {
        let mut child = self.start_with(variables);
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

/// A heap that has some 20 MB of live objects while much more is allocated: `DEPTH` and `TURNS` are its size.
const TREES: &str = "type Tree { Option<Tree> left, Option<Tree> right }
    Option<Tree> Grow(i32 depth) {
        if depth == 0 { return Option::None; }
        return Option::Some(Tree { left: Grow(depth - 1), right: Grow(depth - 1) });
    }
    i64 Count(Option<Tree> tree) => match tree {
        Option::Some(node) => Count(node.left) + Count(node.right) + 1,
        Option::None => 0,
    };
    unit main() {
        let mut kept = Grow(DEPTH);
        i64 mut sum = 0;
        for step in range(0, TURNS) {
            sum += Count(Grow(DEPTH - 4));
            if step % 16 == 0 { kept = Grow(DEPTH); }
        }
        println(sum + Count(kept));
    }";

fn trees(depth: u32, turns: u32) -> Program {
    let text = TREES.replace("DEPTH", &depth.to_string()).replace("TURNS", &turns.to_string());
    Program::build(&text)
}

#[test]
fn the_growth_that_is_asked_for_is_the_growth_there_is() {
    // 2 to the power of 19 nodes of 24 bytes: 12 MB.
    let program = trees(19, 400);
    let most = |growth| program.most_memory_with(&[("BESKID_GC", growth)]);
    let (little, usual, much) = (most("20"), program.most_memory(), most("400"));
    assert!(little < 48 * MB, "{} MB with little growth", little / MB);
    assert!(usual < 56 * MB, "{} MB with the usual growth", usual / MB);
    assert!(
        much > usual + usual / 4,
        "{} MB with much growth, {} MB usually",
        much / MB,
        usual / MB
    );
}

#[test]
fn a_heap_beyond_what_is_allowed_is_a_panic() {
    let program = Program::build(
        "unit main() {
            i64[][] mut kept = [];
            for step in range(0, 100_000) {
                let before = kept;
                kept = Array.Generate(step + 1, i => if i < step { before[i] } else { Array.Filled<i64>(1000, 1) });
            }
            println(kept.Len());
        }",
    );
    let mut command = program.beskid.program(&program.executable);
    command.env("BESKID_HEAP_MAX", "32M");
    let finished = process::run(&mut command, b"", limits(Heap::Normal)).unwrap();
    let stderr = String::from_utf8_lossy(&finished.stderr);
    let Ending::Status(status) = finished.ending else { panic!("{:?}", finished.ending) };
    assert_eq!(status.code(), Some(101), "{stderr}");
    assert!(stderr.starts_with("panic: out of memory\n"), "{stderr}");
}

/// Runs a mixed load and looks at its memory all the time: for some seconds, or as many as
/// `BESKID_SOAK_SECONDS` says.
#[test]
fn memory_stays_flat() {
    let seconds = std::env::var("BESKID_SOAK_SECONDS").ok();
    let seconds = seconds.map_or(8, |text| text.parse::<u64>().expect("a number of seconds"));
    let program = Program::build(
        &fs::read_to_string(repository_root().join("crates/beskid_conformance/tests/soak.bd"))
            .unwrap(),
    );
    let mut child = program.start();
    let begin = Instant::now();
    let whole = Duration::from_secs(seconds);
    // It may settle in the first half.
    let (mut first, mut later) = (Vec::new(), Vec::new());
    while begin.elapsed() < whole {
        assert!(child.try_wait().unwrap().is_none(), "the program runs until it is ended");
        let half = if begin.elapsed() < whole / 2 { &mut first } else { &mut later };
        half.extend(memory(&child, "VmRSS:"));
        thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // On a busy machine the collector's thread is late now and then, and the heap has a peak; what leaks does
    // not come back from it.
    let middle = |samples: &mut Vec<u64>| {
        samples.sort_unstable();
        samples[samples.len() / 2]
    };
    let (first, later) = (middle(&mut first), middle(&mut later));
    println!("{} MB at first, {} MB later, {seconds} s", first / MB, later / MB);
    let limit = first + first / 4 + 4 * MB;
    assert!(first > 4 * MB && later < limit, "{} MB, then {} MB", first / MB, later / MB);
}

/// A control group of this test's own with a limit, made below the group that it runs in.
struct Group {
    folder: PathBuf,
}

impl Group {
    /// Nothing if this process may not make one.
    fn new(limit: u64) -> Option<Self> {
        let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
        let name = format!("beskid-test-{}", std::process::id());
        groups.lines().find_map(|line| {
            let mut parts = line.splitn(3, ':');
            let (_, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
            let (root, file) = match controllers {
                "" => ("/sys/fs/cgroup", "memory.max"),
                "memory" => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
                _ => return None,
            };
            // In a container the path may be that of the host.
            [path, "/"].iter().find_map(|path| {
                let folder = PathBuf::from(format!("{root}{path}/{name}"));
                fs::create_dir(&folder).ok()?;
                let group = Self { folder };
                fs::write(group.folder.join(file), limit.to_string()).ok()?;
                Some(group)
            })
        })
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // The last process may not be gone yet.
        for _ in 0..100 {
            if fs::remove_dir(&self.folder).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn the_limit_of_a_control_group_is_a_limit() {
    let Some(group) = Group::new(48 * MB) else {
        println!("skipped: this process may make no control group with a limit of memory");
        return;
    };
    // Live objects without end: a panic, not the end that the system would put to it.
    let endless = Program::build(
        "type Node { Option<Node> next, i64 a, i64 b }
        unit main() {
            Option<Node> mut list = Option::None;
            i64 mut count = 0;
            while true {
                list = Option::Some(Node { next: list, a: count, b: 1 });
                count += 1;
            }
        }",
    );
    let run = |program: &Program| {
        let script = "echo $$ > \"$1/cgroup.procs\" && exec \"$2\"";
        let mut command = std::process::Command::new("/bin/sh");
        command.args(["-c", script, "sh"]).arg(&group.folder).arg(&program.executable);
        let finished = process::run(&mut command, b"", limits(Heap::Normal)).unwrap();
        let Ending::Status(status) = finished.ending else { panic!("{:?}", finished.ending) };
        (status.code(), String::from_utf8_lossy(&finished.stderr).into_owned())
    };
    let (status, stderr) = run(&endless);
    assert_eq!(status, Some(101), "{stderr}");
    assert!(stderr.starts_with("panic: out of memory\n"), "{stderr}");
    // What fits runs.
    let (status, stderr) = run(&trees(18, 100));
    assert_eq!(status, Some(0), "{stderr}");
}
