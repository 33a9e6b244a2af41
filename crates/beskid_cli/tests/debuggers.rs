//! What tools that look into programs see: gdb, valgrind, perf.

#![allow(clippy::print_stdout, reason = "a skipped check says why")]

mod workshop;

use std::fs;
use std::path::{Path, PathBuf};
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
    // Debuggers list the locals of a block in an order of their own.
    for local in [
        "total = 204",
        "half = 0.5",
        "third = 0.25",
        "letter = 120 U'x'",
        "small = 200",
        "negative = -3",
    ] {
        assert_shows(&ran, &[local]);
    }
    assert!(!ran.stdout.contains("square"), "it is not in scope there: {ran:?}");
}

/// Functions of large programs are described in several units, each with lines, types and places of its own.
#[test]
fn a_debugger_finds_its_way_in_large_programs() {
    if !is_installed("gdb") {
        return;
    }
    let function = |n: u32| {
        let next = if n < 2400 { format!("F{}(value + 1)", n + 1) } else { "value".to_owned() };
        format!(
            "i64 F{n}(i64 value) {{\n    i64 mine = value + {n};\n    return {next} + mine;\n}}\n"
        )
    };
    let functions: String = (0..=2400).map(function).collect();
    // Functions of the first unit, of one in the middle and of the last one. Optimised ones are in each other.
    for (arguments, stops) in [(&[][..], &[3, 1500, 2400][..]), (&["--release"], &[1500])] {
        let workshop = Workshop::new();
        let main = "unit main() {\n    println(F0(1));\n}\n";
        workshop.file("weigh.bd", format!("{functions}{main}"));
        workshop.must(&[&["build", "weigh.bd"], arguments].concat());
        let line = |n: u32| 4 * n + 3;
        let mut commands: Vec<String> =
            stops.iter().map(|&n| format!("tbreak weigh.bd:{}", line(n))).collect();
        for next in ["run", "continue", "continue"].iter().take(stops.len()) {
            commands.extend([next, "backtrace 2", "info locals"].map(str::to_owned));
        }
        commands.push("kill".to_owned());
        let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
        let ran = gdb(&workshop, &commands);
        for &n in stops {
            let place = format!("F{n} (value=");
            let here = format!(") at weigh.bd:{}", line(n));
            let from = format!(") at weigh.bd:{}", line(n - 1));
            let mine = match arguments {
                [] => format!("mine = {}", n + 1 + n),
                _ => "mine = <optimized out>".to_owned(),
            };
            assert_shows(&ran, &["#0", &place, &here, "#1", &from, &mine]);
        }
    }
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
            "#0  Weigh (limit=<optimized out>, name=<optimized out>, is_heavy=<optimized out>) at weigh.bd:14",
            "#1  main () at weigh.bd:19",
            "19\t    i64 weight = Weigh(7",
        ],
    );
    let ran = gdb(&workshop, &["break Fibonacci if $rdi == 0", "run", "backtrace", "kill"]);
    assert_shows(
        &ran,
        &[
            "#0  Fibonacci (n=<optimized out>)",
            "in Fibonacci (n=<optimized out>) at weigh.bd:1",
            "at weigh.bd:7",
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

const SCOPES: &str = "\
i64 Twice(i64 n) {
    i64 doubled = n * 2;
    return doubled;
}

i64 Scopes(i64 n) {
    i64 mut total = 0;
    if n > 2 {
        i64 value = n + 100;
        total += value;
        println(value);
    } else {
        string value = \"small\";
        println(value);
    }
    for i in range(0, 2) {
        i64 value = i * 10 + 7;
        total += value;
        println(total);
    }
    f64 value = 0.5;
    println(value);
    match n {
        3 => {
            i64 value = 33;
            println(value);
        }
        _ => println(n),
    }
    println(total);
    return total + Twice(n);
}

i32 main() {
    println(Scopes(3));
    println(Scopes(1));
    return 0;
}
";

/// What `info locals` says each time that the program stops at one of some lines, sorted.
fn locals_at(lines: &[u32], arguments: &[&str]) -> Vec<String> {
    let workshop = Workshop::new();
    workshop.file("weigh.bd", SCOPES);
    assert_eq!(workshop.run(&[&["build", "weigh.bd"], arguments].concat()).status, 0);
    let breaks = lines.iter().map(|line| format!("break weigh.bd:{line}\n"));
    let stop = "echo stop\\n\ninfo locals\ncontinue\n";
    let script = breaks.collect::<String>() + "run > /dev/null\n" + &stop.repeat(20);
    workshop.file("stops", script);
    let mut gdb = workshop.command("gdb");
    gdb.args(["-nx", "-batch", "-ex", "set confirm off", "-x", "stops", "./weigh"]);
    // The script goes on after the end of the program, which gdb does not like.
    let ran = finish(&mut gdb);
    let stops = ran.stdout.split("stop\n").skip(1);
    let locals = stops.map(|stop| {
        let lines = stop.lines().take_while(|line| !line.is_empty() && !line.starts_with('['));
        let mut lines: Vec<&str> = lines.collect();
        lines.sort_unstable();
        lines.join(", ")
    });
    locals.filter(|locals| locals.contains('=')).collect()
}

#[test]
fn variables_of_one_name_are_told_apart_by_their_blocks() {
    if !is_installed("gdb") {
        return;
    }
    let text = "value = <optimized out>";
    let found = locals_at(&[9, 11, 14, 19, 22, 26, 30], &[]);
    // What has no value yet says so.
    let expected = [
        format!("total = 0, {text}, {text}"),
        format!("total = 103, value = 103, {text}"),
        format!("i = 0, total = 110, value = 7, {text}"),
        format!("i = 1, total = 127, value = 17, {text}"),
        "total = 127, value = 0.5".to_owned(),
        "total = 127, value = 0.5, value = 33".to_owned(),
        "total = 127, value = 0.5".to_owned(),
    ];
    assert_eq!(found[..expected.len()], expected);
    let other = &found[expected.len()];
    assert!(other.contains("value = 0x"), "the text of the other branch: {found:?}");
}

#[test]
fn optimised_code_has_lines_functions_and_variables_without_values() {
    if !is_installed("gdb") {
        return;
    }
    let gone = "<optimized out>";
    let found = locals_at(&[11, 30], &["--release"]);
    assert_eq!(found[0], format!("total = {gone}, value = {gone}, value = {gone}"));
    assert_eq!(found[1], format!("total = {gone}, value = {gone}"));

    let workshop = built(&["--release"]);
    let commands = [
        "break weigh.bd:7",
        "run",
        "info args",
        "info locals",
        "backtrace",
        "next",
        "step",
        "up",
        "info locals",
        "break weigh.bd:20",
        "delete 1",
        "continue",
        "backtrace",
        "kill",
    ];
    let ran = gdb(&workshop, &commands);
    assert_shows(
        &ran,
        &[
            "at weigh.bd:7",
            "limit = <optimized out>",
            "name = <optimized out>",
            "is_heavy = <optimized out>",
            "total = <optimized out>",
            "square = <optimized out>",
            "#0  Weigh (limit=<optimized out>, name=<optimized out>, is_heavy=<optimized out>)",
            "main () at weigh.bd:19",
            "5\t    for i in range(0, 4) {",
            "7\t        total +=",
            "#1  main () at weigh.bd:19",
            "weight = <optimized out>",
            "main () at weigh.bd:20",
        ],
    );
    assert_eq!(ran.stderr, "");
}

/// Tables for debuggers refer to nothing that a loader would have to write.
#[test]
fn unwind_tables_are_constant_and_names_are_in_every_build() {
    for arguments in [&[][..], &["--release"]] {
        let workshop = built(arguments);
        let bytes = fs::read(workshop.at("weigh")).unwrap();
        let file = object::File::parse(&*bytes).unwrap();
        let frames = file.section_by_name(".eh_frame").unwrap();
        let object::SectionFlags::Elf { sh_flags } = frames.flags() else { panic!("an ELF file") };
        assert_eq!(sh_flags & u64::from(object::elf::SHF_WRITE), 0, "read-only");
        let names = file.section_by_name(".debug_info").unwrap().uncompressed_data().unwrap();
        let has = |name: &[u8]| names.windows(name.len()).any(|known| known == name);
        assert!(has(b"Weigh\0") && has(b"is_heavy\0"), "{arguments:?}");
    }
}

#[test]
fn valgrind_finds_nothing_in_the_examples() {
    if !is_installed("valgrind") {
        return;
    }
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let within = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let mut all = within(&examples);
    all.retain(|path| !path.ends_with("tour"));
    all.extend(within(&examples.join("tour")));
    all.sort();
    assert!(all.len() > 20, "{all:?}");
    let workshop = Workshop::new();
    for example in all {
        for level in [&[][..], &["--release"]] {
            let arguments = ["build", example.to_str().unwrap(), "-o", "example"];
            workshop.must(&[&arguments, level].concat());
            let alone = finish(workshop.command("./example").stdin(Stdio::null()));
            let mut valgrind = workshop.command("valgrind");
            valgrind.args(["-q", "--error-exitcode=99", "./example"]).stdin(Stdio::null());
            let ran = finish(&mut valgrind);
            let (expected, ran) = ((alone.status, alone.stderr), (ran.status, ran.stderr));
            assert_eq!(ran, expected, "{} {level:?}", example.display());
            assert_ne!(ran.0, 99);
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
