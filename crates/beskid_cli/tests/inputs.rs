//! Input that is no program: one clear diagnostic each, status 1, no crash and no hang.

#![allow(clippy::print_stdout, reason = "a skipped check says why")]

mod workshop;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use workshop::{Ran, Workshop, finish_with, is_superuser};

/// Exactly one diagnostic, with this code, and of a size that people read.
fn assert_one(ran: &Ran, code: &str) {
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{ran:?}");
    let first = format!("error[{code}]: ");
    assert!(ran.stderr.starts_with(&first), "{ran:?}");
    let count = ran.stderr.lines().filter(|line| line.starts_with("error")).count();
    assert_eq!(count, 1, "{}", ran.stderr);
    assert!(ran.stderr.len() < 4000, "{} bytes", ran.stderr.len());
}

/// `check` and `run` and `build` say the same about a program with one mistake.
fn assert_rejected(content: impl AsRef<[u8]>, code: &str) {
    let workshop = Workshop::new();
    workshop.file("wrong.bd", content);
    for verb in ["check", "run", "build"] {
        assert_one(&workshop.run(&[verb, "wrong.bd"]), code);
    }
    assert!(!workshop.at("wrong").exists());
}

#[test]
fn a_missing_file_is_named_with_the_nearest() {
    let workshop = Workshop::new();
    workshop.file("hello.bd", "unit main() {}");
    for verb in ["run", "build", "check", "tree", "mir", "clif", "asm"] {
        let ran = workshop.run(&[verb, "helo.bd"]);
        assert_one(&ran, "E0001");
        assert!(ran.stderr.contains("there is no file `helo.bd`"), "{ran:?}");
        assert!(ran.stderr.contains("did you mean `hello.bd`?"), "{ran:?}");
    }
}

#[test]
fn a_folder_is_no_source_file() {
    let workshop = Workshop::new();
    let ran = workshop.run(&["tree", "."]);
    assert_one(&ran, "E0004");
    assert!(ran.stderr.contains("`.` is a directory"), "{ran:?}");
}

#[test]
fn a_device_is_no_source_file() {
    assert_one(&Workshop::new().run(&["check", "/dev/zero"]), "E0004");
}

#[test]
fn an_unreadable_file_says_why() {
    if is_superuser() {
        println!("skipped: permissions do not stop the superuser");
        return;
    }
    let workshop = Workshop::new();
    workshop.file("secret.bd", "unit main() {}");
    fs::set_permissions(workshop.at("secret.bd"), Permissions::from_mode(0o0)).unwrap();
    let ran = workshop.run(&["check", "secret.bd"]);
    assert_one(&ran, "E0002");
    assert!(ran.stderr.contains("permission denied"), "{ran:?}");
}

#[test]
fn invalid_utf8_names_the_byte_and_nothing_else() {
    let workshop = Workshop::new();
    workshop.file("latin.bd", b"unit main() { println(\"caf\xe9\"); }");
    let ran = workshop.run(&["check", "latin.bd"]);
    assert_one(&ran, "E0003");
    let expected = "error[E0003]: `latin.bd` is not UTF-8: byte 0xe9 at offset 26\n\n";
    assert_eq!(ran.stderr, expected);
}

#[test]
fn an_empty_file_is_a_module_but_no_program() {
    let workshop = Workshop::new();
    workshop.file("empty.bd", "");
    assert_eq!(workshop.must(&["check", "empty.bd"]), "");
    for verb in ["run", "build"] {
        assert_one(&workshop.run(&[verb, "empty.bd"]), "E1910");
    }
}

#[test]
fn a_huge_name_is_shown_in_part() {
    let name = "a".repeat(1 << 20);
    assert_rejected(format!("unit main() {{ println({name}); }}"), "E1101");
    let workshop = Workshop::new();
    workshop.file("long.bd", format!("unit main() {{ let {name} = 1; println({name}); }}"));
    assert_eq!(workshop.must(&["run", "long.bd"]), "1\n");
}

#[test]
fn what_is_not_closed_is_said_once() {
    assert_rejected("unit main() { println(\"abc); }\n", "E0102");
    assert_rejected("unit main() { /* and so on\n", "E0103");
    assert_rejected("unit main() { println(1);\n", "E0111");
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [("(", ")"), ("[", "]"), ("-(", ")"), ("!", "")] {
        let (open, close) = (open.repeat(20_000), close.repeat(20_000));
        assert_rejected(format!("unit main() {{ let x = {open}1{close}; }}"), "E0113");
    }
    let (open, close) = ("{".repeat(20_000), "}".repeat(20_000));
    assert_rejected(format!("unit main() {open}{close}"), "E0113");
}

#[test]
fn long_is_not_deep() {
    let workshop = Workshop::new();
    let sum = vec!["1"; 4000].join(" + ");
    let many: String = (0..2000).map(|n| format!("    let x{n} = {n};\n")).collect();
    workshop.file("long.bd", format!("unit main() {{\n{many}    println({sum});\n}}\n"));
    assert_eq!(workshop.must(&["run", "long.bd"]), "4000\n");
}

#[test]
fn literals_out_of_range_are_refused() {
    assert_rejected("unit main() { i32 x = 2147483648; }", "E1220");
    assert_rejected("unit main() { u8 x = 256; }", "E1220");
    assert_rejected(format!("unit main() {{ i64 x = {}; }}", "9".repeat(100_000)), "E1220");
}

#[test]
fn control_characters_are_shown_and_not_sent() {
    let workshop = Workshop::new();
    workshop.file("wrong.bd", "unit main() { \u{1b}[31m \u{0} }");
    let ran = workshop.run(&["check", "wrong.bd"]);
    assert_eq!(ran.status, 1);
    assert!(!ran.stderr.contains(['\u{1b}', '\u{0}']), "{ran:?}");
}

#[test]
fn a_shebang_line_and_a_byte_order_mark_are_allowed() {
    let workshop = Workshop::new();
    workshop
        .file("script.bd", "\u{feff}#!/usr/bin/env -S beskid run\nunit main() { println(7); }\n");
    assert_eq!(workshop.must(&["run", "script.bd"]), "7\n");
}

#[test]
fn a_program_can_come_from_standard_input() {
    let workshop = Workshop::new();
    let ran = finish_with(workshop.beskid().args(["run", "-"]), b"unit main() { println(1); }");
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (0, "1\n", ""));
    let ran = finish_with(workshop.beskid().args(["check", "-"]), b"unit main() { x; }");
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("--> <stdin>:1:15"), "{ran:?}");
}

#[test]
fn a_thousand_mistakes_are_cut_at_the_limit() {
    let workshop = Workshop::new();
    let lines: String = (0..1000).map(|n| format!("    y{n} = z{n};\n")).collect();
    workshop.file("many.bd", format!("unit main() {{\n{lines}}}\n"));
    let ran = workshop.run(&["check", "--message-format", "short", "many.bd"]);
    assert_eq!(ran.status, 1);
    assert_eq!(ran.stderr.lines().count(), 101, "{}", ran.stderr);
    assert!(ran.stderr.contains("error[E0190]: too many errors"), "{}", ran.stderr);
}

#[test]
fn many_mistakes_on_one_line_are_cut_at_the_limits_and_take_no_time() {
    let workshop = Workshop::new();
    let warnings: String = (0..50_000).map(|n| format!("{{ let a = {n}; }} ")).collect();
    workshop.file("warnings.bd", format!("unit main() {{ let a = 1; {warnings} b; }}\n"));
    let errors: String = (0..50_000).map(|n| format!("y{n} = z{n}; ")).collect();
    workshop.file("errors.bd", format!("unit main() {{ {errors} }}\n"));
    let start = Instant::now();
    let ran = workshop.run(&["check", "--message-format", "short", "warnings.bd"]);
    assert_eq!(ran.status, 1);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(lines.len(), 102, "{}", ran.stderr);
    let rest = "warning[W0191]: too many warnings: 49900 more warnings are not shown";
    assert!(lines[100].ends_with(rest), "{}", lines[100]);
    assert!(lines[101].contains("error[E1101]: unknown name `b`"), "{}", lines[101]);
    let ran = workshop.run(&["check", "errors.bd"]);
    assert!(ran.stderr.contains("error[E0190]: too many errors: 99900 more"), "{}", ran.stderr);
    // With a search of the line for each of them it was minutes.
    assert!(start.elapsed() < Duration::from_secs(20));
}
