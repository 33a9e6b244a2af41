//! The fault table: what stderr says of each fault, in every kind of output: under the JIT and in
//! executables, optimised or not, static or linked with the C library, stripped or not.
//!
//! The text is one: all ways are compared with the expectation letter by letter. A program that is linked
//! with the C library calls a function of it first, on a line of its own, so that places stay the same.

use std::path::Path;
use std::process::Command;

use beskid_conformance::binary::{Beskid, limits};
use beskid_conformance::corpus::repository_root;
use beskid_conformance::matrix::Heap;
use beskid_conformance::process::{self, Ending};
use tempfile::TempDir;

/// Stands in `main` where a program calls C.
const START: &str = "/* start */";
const LIBRARY: &str =
    "\n[Extern(Abi: \"C\", Library: \"libc.so.6\")] contract C { i32 getpid(); }\n";

struct Fault {
    text: &'static str,
    /// What stderr says, after what was printed before.
    stderr: &'static str,
    environment: &'static [(&'static str, &'static str)],
}

const NOTHING: &[(&str, &str)] = &[];

#[test]
fn faults_say_the_same_in_every_output() {
    let faults = [
        Fault {
            text: "i32 Half(i32 n) => 100 / n;
unit main() {
/* start */
    print(\"before\");
    println(Half(0));
}
",
            stderr: "panic: division by zero
  at fault.bd:1:20
  in Half at fault.bd:1:20
  in main at fault.bd:5:13
",
            environment: NOTHING,
        },
        Fault {
            text: "i32 At(i32[] xs, i32 i) => xs[i];
unit main() {
/* start */
    print(\"before\");
    println(At([1, 2], -1));
}
",
            stderr: "panic: index -1 out of bounds for length 2
  at fault.bd:1:28
  in At at fault.bd:1:28
  in main at fault.bd:5:13
",
            environment: NOTHING,
        },
        Fault {
            text: "char From(i32 n) => cast<char>(n);
unit main() {
/* start */
    print(\"before\");
    println(From(0xd800));
}
",
            stderr: "panic: invalid char 55296
  at fault.bd:1:21
  in From at fault.bd:1:21
  in main at fault.bd:5:13
",
            environment: NOTHING,
        },
        Fault {
            text: "i32 Get(Option<i32> found) => found.Unwrap();
unit main() {
/* start */
    print(\"before\");
    println(Get(Option::None));
}
",
            stderr: "panic: Unwrap on None
",
            environment: NOTHING,
        },
        Fault {
            text: "i32 Down(i32 n) => Down(n + 1) + 1;
unit main() {
/* start */
    print(\"before\");
    println(Down(0));
}
",
            stderr: "panic: stack overflow
  at fault.bd:1:20
  in Down at fault.bd:1:20
  ... the last frame repeats ...
  in main at fault.bd:5:13
",
            environment: NOTHING,
        },
        Fault {
            text: "i32 Even(i32 n) => Odd(n + 1) + 1;
i32 Odd(i32 n) => Even(n + 1) + 2;
unit main() {
/* start */
    print(\"before\");
    println(Even(0));
}
",
            stderr: "panic: stack overflow
",
            environment: NOTHING,
        },
        Fault {
            text: "type Node { Option<Node> next, i64 number }
unit main() {
/* start */
    print(\"before\");
    Option<Node> mut list = Option::None;
    i64 mut count = 0;
    while true {
        list = Option::Some(Node { next: list, number: count });
        count += 1;
    }
}
",
            stderr: "panic: out of memory
  at fault.bd:8:29
  in main at fault.bd:8:29
",
            environment: &[("BESKID_HEAP_MAX", "8M")],
        },
        Fault {
            text: "unit main() {
/* start */
    print(\"before\");
    string mut text = \"x\";
    while true { text = text + text; }
}
",
            stderr: "panic: out of memory
  at fault.bd:5:25
  in main at fault.bd:5:25
",
            environment: &[("BESKID_HEAP_MAX", "8M")],
        },
        Fault {
            text: "unit main() {
/* start */
    print(\"before\");
    let xs = Array.Filled<i64>(1 << 40, 1);
    println(xs.Len());
}
",
            stderr: "panic: out of memory
  at fault.bd:4:14
  in main at fault.bd:4:14
",
            environment: NOTHING,
        },
        Fault {
            text: "i32 Fail(i32 n) => if n > 0 { Fail(n - 1) } else { panic(\"at the bottom\") };
unit main() {
/* start */
    print(\"before\");
    println(Fail(7));
}
",
            stderr: "panic: at the bottom
  at fault.bd:1:52
",
            environment: &[("BESKID_BACKTRACE", "0")],
        },
        Fault {
            text: "i32 Fail(i32 n) => if n > 0 { Fail(n - 1) } else { panic(\"at the bottom\") };
unit main() {
/* start */
    print(\"before\");
    let f = (i32 n) => Fail(n) + 1;
    println(f(7));
}
",
            stderr: "panic: at the bottom
  at fault.bd:1:52
  in Fail at fault.bd:1:52
  in Fail at fault.bd:1:31
  ... the last frame repeats 6 more times ...
",
            environment: NOTHING,
        },
    ];
    let beskid = Beskid::locate(&repository_root()).unwrap();
    let strip = has_strip();
    if !strip {
        println!("skipped: stripped executables, as there is no strip");
    }
    for fault in &faults {
        for is_linked_with_c in [false, true] {
            check(&beskid, fault, is_linked_with_c, strip);
        }
    }
}

fn has_strip() -> bool {
    Command::new("strip").arg("--version").output().is_ok_and(|ran| ran.status.success())
}

/// Runs a program in all ways.
fn check(beskid: &Beskid, fault: &Fault, is_linked_with_c: bool, strip: bool) {
    let folder = TempDir::new().unwrap();
    let source = folder.path().join("fault.bd");
    let text = match is_linked_with_c {
        true => fault.text.replace(START, "C.getpid();") + LIBRARY,
        false => fault.text.to_owned(),
    };
    std::fs::write(&source, text).unwrap();
    for level in [&[][..], &["--release"]] {
        let mut run = beskid.command(&["run"]);
        run.current_dir(&folder).args(level).arg("fault.bd");
        let first = ends(&mut run, fault, &format!("run {level:?} {}", fault.text));
        let mut build = beskid.command(&["build", "-o", "program"]);
        build.current_dir(&folder).args(level).arg("fault.bd");
        let built = process::run(&mut build, b"", limits(Heap::Normal)).unwrap();
        assert!(built.stderr.is_empty(), "{}", String::from_utf8_lossy(&built.stderr));
        let executable = folder.path().join("program");
        let way = format!("build {level:?} {}", fault.text);
        assert_eq!(first, ends(&mut beskid.program(&executable), fault, &way), "{way}");
        if strip {
            let stripped = folder.path().join("stripped");
            strip_into(&executable, &stripped);
            let way = format!("stripped {level:?} {}", fault.text);
            assert_eq!(first, ends(&mut beskid.program(&stripped), fault, &way), "{way}");
        }
    }
}

fn strip_into(executable: &Path, stripped: &Path) {
    let done = Command::new("strip").arg("-o").arg(stripped).arg(executable).status().unwrap();
    assert!(done.success());
}

/// The program writes what it held back and ends with the fault; returns all it says of it.
fn ends(command: &mut Command, fault: &Fault, way: &str) -> String {
    command.envs(fault.environment.iter().copied());
    let ran = process::run(command, b"", limits(Heap::Normal)).unwrap();
    let stderr = String::from_utf8(ran.stderr).unwrap();
    assert!(stderr.starts_with(fault.stderr), "{way}\n{stderr}");
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "before", "{way}");
    match ran.ending {
        Ending::Status(status) => assert_eq!(status.code(), Some(101), "{way}"),
        other => panic!("{way}: {other:?}"),
    }
    stderr
}

/// A signal that somebody sends is not the program's fault.
#[test]
fn signals_that_are_sent_end_a_program_as_ever() {
    let beskid = Beskid::locate(&repository_root()).unwrap();
    let folder = TempDir::new().unwrap();
    let source = folder.path().join("loop.bd");
    std::fs::write(&source, "unit main() { i64 mut n = 0; while n >= 0 { n = (n + 1) % 1000; } }")
        .unwrap();
    let executable = folder.path().join("loop");
    let mut build = beskid.command(&["build", "-o"]);
    build.arg(&executable).arg(&source);
    process::run(&mut build, b"", limits(Heap::Normal)).unwrap();
    for (name, number) in [("SEGV", 11), ("INT", 2), ("TERM", 15)] {
        let mut child = process::start(|| {
            beskid.program(&executable).stderr(std::process::Stdio::piped()).spawn()
        })
        .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(200));
        let id = child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        if !sent.is_ok_and(|status| status.success()) {
            println!("skipped: there is no kill");
            child.kill().unwrap();
            child.wait().unwrap();
            return;
        }
        let ended = child.wait_with_output().unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&ended.status), Some(number));
        assert!(ended.stderr.is_empty(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
}
