//! Exit statuses, streams, formats and usage (tools.md §1).

#![allow(clippy::print_stdout, reason = "a skipped check says why")]

mod workshop;

use std::fs::File;
use std::io::Read;
use std::process::Stdio;

use workshop::{Workshop, finish};

const HELLO: &str = "unit main() { println(\"Hello, world!\"); }\n";
const WRONG: &str = "unit main() { i32 x = \"text\"; }\n";

#[test]
fn help_and_version_are_data() {
    let workshop = Workshop::new();
    assert!(workshop.must(&["--version"]).starts_with("beskid 0."));
    let help = workshop.must(&["--help"]);
    for verb in [
        "run",
        "build",
        "check",
        "test",
        "clif",
        "asm",
        "mir",
        "tree",
        "abi",
        "demangle",
        "doctor",
        "completions",
    ] {
        assert!(help.contains(&format!("\n  {verb} ")), "{verb} is not in {help}");
        let help = workshop.must(&[verb, "--help"]);
        assert!(help.contains("Examples:\n  beskid "), "{verb}: {help}");
    }
}

#[test]
fn wrong_usage_is_status_2() {
    let workshop = Workshop::new();
    workshop.file("hello.bd", HELLO);
    let calls: &[&[&str]] = &[
        &[],
        &["bulid", "hello.bd"],
        &["tree"],
        &["run", "hello.bd", "--fast"],
        &["run", "hello.bd", "argument"],
        &["build", "hello.bd", "--kind", "dll"],
        &["check", "hello.bd", "--message-format", "xml"],
        &["abi", "--json", "--header"],
        &["completions", "cmd"],
    ];
    for call in calls {
        let ran = workshop.run(call);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{call:?}");
        assert!(!ran.stderr.is_empty(), "{call:?}");
    }
    assert!(workshop.run(&["bulid"]).stderr.contains("build"), "the nearest command is named");
}

#[test]
fn the_status_of_run_is_the_program_s() {
    let workshop = Workshop::new();
    for (source, status) in [
        ("unit main() {}", 0),
        ("i32 main() => 3;", 3),
        ("i32 main() => 256;", 0),
        ("i32 main() => -1;", 255),
        ("i64 main() => 300;", 44),
        ("unit main() { panic(\"end\"); }", 101),
    ] {
        workshop.file("status.bd", source);
        assert_eq!(workshop.run(&["run", "status.bd"]).status, status, "{source}");
        workshop.must(&["build", "status.bd"]);
        assert_eq!(finish(&mut workshop.command("./status")).status, status, "{source}");
    }
}

#[test]
fn run_hands_arguments_and_input_over() {
    let workshop = Workshop::new();
    let source = "i32 main(string[] args) {\n    for a in args { println(\"[${a}]\"); }\n    \
                  return 0;\n}\n";
    workshop.file("args.bd", source);
    let arguments = ["one", "", "--release", "-o", "zwei drei", "ü"];
    let expected = "[one]\n[]\n[--release]\n[-o]\n[zwei drei]\n[ü]\n";
    let call: Vec<&str> = ["run", "args.bd", "--"].into_iter().chain(arguments).collect();
    assert_eq!(workshop.must(&call), expected);
    workshop.must(&["build", "args.bd"]);
    let ran = finish(workshop.command("./args").args(arguments));
    assert_eq!((ran.status, ran.stdout.as_str()), (0, expected));
}

#[test]
fn warnings_do_not_mix_with_the_output_of_a_program() {
    let workshop = Workshop::new();
    workshop.file("warn.bd", "i32 main() { return 5; println(1); }\n");
    let ran = workshop.run(&["run", "warn.bd"]);
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (5, "", ""));
    let ran = workshop.run(&["check", "warn.bd"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""));
    assert!(ran.stderr.contains("warning[W1403]"), "{ran:?}");
}

#[test]
fn data_goes_to_stdout_and_diagnostics_to_stderr() {
    let workshop = Workshop::new();
    workshop.file("hello.bd", HELLO);
    workshop.file("broken.bd", "unit main( {}\n");
    for verb in ["tree", "parse", "mir", "clif", "asm"] {
        let text = workshop.must(&[verb, "hello.bd"]);
        assert!(text.ends_with('\n') && text.contains("main"), "{verb}: {text}");
    }
    let ran = workshop.run(&["tree", "broken.bd"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.starts_with("Function"), "{ran:?}");
    assert!(ran.stderr.starts_with("error[E01"), "{ran:?}");
    let json = workshop.must(&["tree", "--json", "hello.bd"]);
    assert!(json.starts_with('{') || json.starts_with('['), "{json}");
}

#[test]
fn one_function_can_be_asked_for() {
    let workshop = Workshop::new();
    let source = "i32 Fibonacci(i32 n) => if n < 2 { n } else { Fibonacci(n - 1) + \
                  Fibonacci(n - 2) };\ni32 main() => Fibonacci(9);\n";
    workshop.file("fib.bd", source);
    for verb in ["mir", "clif", "asm"] {
        let one = workshop.must(&[verb, "--function", "Fibonacci", "fib.bd"]);
        assert!(one.contains("Fibonacci"), "{verb}: {one}");
        assert!(one.len() < workshop.must(&[verb, "fib.bd"]).len(), "{verb}");
        let ran = workshop.run(&[verb, "--function", "Fibonaci", "fib.bd"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
        assert!(ran.stderr.contains("did you mean `Fibonacci`?"), "{ran:?}");
    }
}

#[test]
fn code_can_be_shown_for_other_machines() {
    let workshop = Workshop::new();
    workshop.file("hello.bd", HELLO);
    let here = workshop.must(&["asm", "hello.bd", "--target-triple", "x86_64-unknown-linux-gnu"]);
    let there = workshop.must(&["asm", "hello.bd", "--target-triple", "aarch64-unknown-linux-gnu"]);
    assert_ne!(here, there);
    workshop.must(&["clif", "hello.bd", "--target-triple", "aarch64-unknown-linux-gnu"]);
    for verb in ["clif", "asm"] {
        let ran = workshop.run(&[verb, "hello.bd", "--target-triple", "pdp11"]);
        assert_eq!(ran.status, 1);
        assert!(ran.stderr.starts_with("error[E4001]"), "{ran:?}");
    }
}

#[test]
fn diagnostics_have_three_formats() {
    let workshop = Workshop::new();
    workshop.file("wrong.bd", WRONG);
    let human = workshop.run(&["check", "wrong.bd"]);
    assert!(human.stderr.starts_with("error[E1206]"), "{human:?}");
    assert!(human.stderr.contains("--> wrong.bd:1:23"), "{human:?}");
    let short = workshop.run(&["check", "wrong.bd", "--message-format", "short"]);
    assert!(short.stderr.starts_with("wrong.bd:1:23: error[E1206]: "), "{short:?}");
    assert_eq!(short.stderr.lines().count(), 1);
    let json = workshop.run(&["--message-format", "json", "check", "wrong.bd"]);
    let lines: Vec<&str> = json.stderr.lines().collect();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with('{') && lines[0].contains("\"code\":\"E1206\""), "{json:?}");
    for ran in [human, short, json] {
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    }
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let workshop = Workshop::new();
    workshop.file("wrong.bd", WRONG);
    let coloured = |color: &str, no_color: Option<&str>| {
        let mut command = workshop.beskid();
        command.args(["check", "wrong.bd", "--color", color]);
        if let Some(value) = no_color {
            command.env("NO_COLOR", value);
        }
        finish(&mut command).stderr.contains('\u{1b}')
    };
    assert!(!coloured("auto", None), "standard error is a pipe here");
    assert!(!coloured("never", None));
    assert!(coloured("always", None));
    assert!(coloured("always", Some("1")), "an argument is stronger than the environment");
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let workshop = Workshop::new();
    let lines: String = (0..20_000).map(|n| format!("i32 F{n}() => {n};\n")).collect();
    workshop.file("long.bd", lines);
    let mut child = workshop
        .beskid()
        .args(["tree", "long.bd"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 100];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(141), ""));
}

#[test]
fn a_full_disk_is_an_error() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        println!("skipped: there is no /dev/full");
        return;
    };
    let output = Workshop::new().beskid().arg("abi").stdout(full).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr, "error: cannot write to standard output: no space left on device\n");
}

#[test]
fn the_abi_has_three_forms() {
    let workshop = Workshop::new();
    assert!(workshop.must(&["abi"]).starts_with("abi version "));
    assert!(workshop.must(&["abi", "--json"]).contains("\"symbol\": \"beskid_rt_alloc_slow\""));
    workshop.file("abi.h", workshop.must(&["abi", "--header"]));
    workshop.file("use.c", "#include \"abi.h\"\nint main(void) { return 0; }\n");
    match workshop.command("cc").args(["-Wall", "-Werror", "-fsyntax-only", "use.c"]).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        Err(_) => println!("skipped: there is no C compiler to read the header with"),
    }
}
