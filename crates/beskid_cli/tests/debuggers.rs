//! What tools that look into programs see: gdb, valgrind, perf.

#![allow(clippy::print_stdout, reason = "a skipped check says why")]

mod workshop;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use object::{Object, ObjectSection};
use workshop::{Ran, Workshop, finish};

const PROGRAM: &str = "\
i64 Fibonacci(i64 n) => if n < 2 { n } else { Fibonacci(n - 1) + Fibonacci(n - 2) };

i64 Weigh(i64 limit, string name, bool is_heavy) {
    i64 mut total = 0;
    for i in range(0, 4) {
        i64 square = limit * limit;
        total += square + Fibonacci(3);
    }
    f64 half = 0.5;
    f32 third = 0.25;
    char letter = 'x';
    u8 small = 200;
    i16 negative = -3;
    println(\"${name} ${is_heavy} ${total} ${half} ${third} ${letter} ${small} ${negative}\");
    return total;
}

i32 main() {
    i64 weight = Weigh(7, \"seven\", true);
    println(weight);
    return 0;
}
";

fn is_installed(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        println!("skipped: {program} is not installed");
    }
    found
}

fn built(arguments: &[&str]) -> Workshop {
    let workshop = Workshop::new();
    workshop.file("weigh.bd", PROGRAM);
    workshop.must(&[&["build", "weigh.bd"], arguments].concat());
    workshop
}

/// Runs gdb commands on the program.
fn gdb(workshop: &Workshop, commands: &[&str]) -> Ran {
    let mut gdb = workshop.command("gdb");
    // Where a machine forbids it to lay programs out anew, gdb says so and goes on.
    gdb.args(["-nx", "-batch", "-ex", "set confirm off"]);
    gdb.args(commands.iter().flat_map(|command| ["-ex", command])).arg("./weigh");
    let ran = finish(&mut gdb);
    assert_eq!(ran.status, 0, "{ran:?}");
    ran
}

fn assert_shows(ran: &Ran, texts: &[&str]) {
    let mut rest = ran.stdout.as_str();
    for text in texts {
        let Some(at) = rest.find(text) else {
            panic!("`{text}` is not there, or too early: {ran:?}")
        };
        rest = &rest[at + text.len()..];
    }
}

#[test]
fn a_debugger_stops_at_lines_and_shows_variables() {
    if !is_installed("gdb") {
        return;
    }
    let workshop = built(&[]);
    let ran = gdb(
        &workshop,
        &[
            "break weigh.bd:14",
            "run",
            "info args",
            "info locals",
            "print total * 2",
            "print *name",
            "ptype letter",
            "x/s name->bytes",
            "backtrace",
            "info source",
            "kill",
        ],
    );
    assert_shows(
        &ran,
        &[
            "Weigh (limit=7, name=0x",
            "is_heavy=true) at weigh.bd:14",
            "limit = 7",
            "is_heavy = true",
            "total = 204",
            "square = 49",
            "half = 0.5",
            "third = 0.25",
            "letter = 120 U'x'",
            "small = 200",
            "negative = -3",
            "= 408",
            "{length = 5, bytes = 0x",
            "\"seven\"}",
            "type = char",
            "\"seven\"",
            "#0  Weigh (limit=7",
            "#1  0x",
            "in main () at weigh.bd:19",
            "beskid 0.",
        ],
    );
}

#[test]
fn a_debugger_enters_a_function_behind_its_parameters_and_steps_by_lines() {
    if !is_installed("gdb") {
        return;
    }
    let workshop = built(&[]);
    let ran = gdb(
        &workshop,
        &["break Weigh", "run", "next", "next", "next", "step", "finish", "print total", "kill"],
    );
    assert_shows(
        &ran,
        &[
            "Weigh (limit=7, name=0x",
            "at weigh.bd:4",
            "5\t    for i",
            "6\t        i64 square",
            "7\t        total +=",
            "Fibonacci (n=3) at weigh.bd:1",
            "Weigh (limit=7",
            "$1 = 0",
        ],
    );
}

#[test]
fn a_debugger_shows_the_frames_of_inlined_calls() {
    if !is_installed("gdb") {
        return;
    }
    let workshop = built(&["--release"]);
    let ran = gdb(&workshop, &["break weigh.bd:14", "run", "backtrace", "up", "kill"]);
    assert_shows(
        &ran,
        &[
            "#0  Weigh () at weigh.bd:14",
            "#1  main () at weigh.bd:19",
            "19\t    i64 weight = Weigh(7",
        ],
    );
    let ran = gdb(&workshop, &["break Fibonacci if $rdi == 0", "run", "backtrace", "kill"]);
    assert_shows(
        &ran,
        &[
            "#0  Fibonacci ()",
            "in Fibonacci () at weigh.bd:1",
            "Weigh () at weigh.bd:7",
            "main () at",
        ],
    );
}

/// Prints the function of each return address that frame pointers lead to.
const WALK: &str = "\
break Fibonacci if $rdi == 1
run
set $frame = (long *)$rbp
set $depth = 0
while $frame != 0 && $depth < 20
  info symbol $frame[1]
  set $frame = (long *)$frame[0]
  set $depth = $depth + 1
end
kill
";

/// Profilers follow frame pointers: from the innermost frame they lead through every caller to the start.
#[test]
fn frame_pointers_lead_to_every_caller() {
    if !is_installed("gdb") {
        return;
    }
    for arguments in [&[][..], &["--release"]] {
        let workshop = built(arguments);
        workshop.file("walk", WALK);
        let ran = gdb(&workshop, &["source walk"]);
        let frames: Vec<&str> = ran.stdout.lines().filter(|line| line.contains(" + ")).collect();
        assert!(frames.iter().any(|line| line.contains("Fibonacci")), "{ran:?}");
        assert!(frames.iter().any(|line| line.contains("main")), "{ran:?}");
        assert!(frames.iter().any(|line| line.contains("beskid_entry")), "{ran:?}");
    }
}

/// Tables for debuggers refer to nothing that a loader would have to write.
#[test]
fn unwind_tables_are_constant_and_variables_only_in_debug_builds() {
    for (arguments, has_variables) in [(&[][..], true), (&["--release"], false)] {
        let workshop = built(arguments);
        let bytes = fs::read(workshop.at("weigh")).unwrap();
        let file = object::File::parse(&*bytes).unwrap();
        let frames = file.section_by_name(".eh_frame").unwrap();
        let object::SectionFlags::Elf { sh_flags } = frames.flags() else { panic!("an ELF file") };
        assert_eq!(sh_flags & u64::from(object::elf::SHF_WRITE), 0, "read-only");
        let names = file.section_by_name(".debug_str").unwrap().uncompressed_data().unwrap();
        let has = |name: &[u8]| names.split(|&byte| byte == 0).any(|known| known == name);
        assert!(has(b"Weigh"));
        assert_eq!(has(b"is_heavy"), has_variables, "{arguments:?}");
    }
}

#[test]
fn valgrind_finds_nothing_in_the_examples() {
    if !is_installed("valgrind") {
        return;
    }
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let workshop = Workshop::new();
    for name in ["hello.bd", "wordfreq.bd", "bank.bd", "json", "lisp", "sheet"] {
        for level in [&[][..], &["--release"]] {
            let example = examples.join(name);
            let arguments = ["build", example.to_str().unwrap(), "-o", "example"];
            workshop.must(&[&arguments, level].concat());
            let mut valgrind = workshop.command("valgrind");
            valgrind.args(["-q", "--error-exitcode=99", "./example"]).stdin(Stdio::null());
            let ran = finish(&mut valgrind);
            assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{name} {level:?}");
        }
    }
}

#[test]
fn perf_learns_where_code_in_memory_lies() {
    let workshop = Workshop::new();
    workshop.file("weigh.bd", PROGRAM);
    let run = |value: &str| {
        let mut command = workshop.beskid();
        command.args(["run", "weigh.bd"]).env("BESKID_PERF_MAP", value);
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let path = format!("/tmp/perf-{}.map", child.id());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let map = fs::read_to_string(&path).ok();
        if map.is_some() {
            fs::remove_file(&path).unwrap();
        }
        map
    };
    let map = run("1").unwrap();
    let mut names = Vec::new();
    for line in map.lines() {
        let [address, length, name] = line.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let number = |text| u64::from_str_radix(text, 16).unwrap();
        assert!(number(address) > 0 && number(length) > 0, "{line}");
        names.push(name);
    }
    assert!(names.contains(&"Weigh") && names.contains(&"main"), "{names:?}");
    assert_eq!(run("0"), None);
}
