//! Arguments from files; the line that says on a terminal what takes long.

#![allow(clippy::print_stdout, reason = "a skipped test says why")]

mod workshop;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use workshop::{Workshop, finish};

#[test]
fn arguments_may_stand_in_a_file() {
    let workshop = Workshop::new();
    workshop.file("my program.bd", "unit main(string[] words) { println(words); }\n");
    workshop.file("arguments", "run\nmy program.bd\n--\n");
    assert_eq!(workshop.must(&["@arguments", "@a", "b c"]), "[\"@a\", \"b c\"]\n");
    workshop.file("circle", "@circle\n");
    let ran = workshop.run(&["run", "@circle"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("there is no file `@circle`"), "{ran:?}");
    for missing in ["@nowhere", "@.", "@"] {
        let ran = workshop.run(&["check", missing]);
        assert_eq!(ran.status, 2, "{ran:?}");
        assert!(ran.stderr.contains("cannot read the arguments in"), "{ran:?}");
    }
}

/// Runs the command on a terminal of its own, with a setting; gives what appears on it.
fn on_terminal(workshop: &Workshop, setting: (&str, &str), arguments: &str) -> Option<String> {
    let words = format!("'{}' {arguments}", env!("CARGO_BIN_EXE_beskid"));
    if Command::new("script").arg("--version").output().is_err() {
        println!("skipped: there is no `script`, which makes terminals");
        return None;
    }
    let mut command = workshop.command("script");
    command.args(["--quiet", "--return", "--command", &words, "/dev/null"]).env("TERM", "xterm");
    command.env("BESKID_CACHE", workshop.at("cache")).env(setting.0, setting.1);
    Some(finish(&mut command).stdout)
}

#[test]
fn what_takes_long_is_said_on_a_terminal_and_nowhere_else() {
    let workshop = Workshop::new();
    fs::create_dir(workshop.at("Src")).unwrap();
    let dependency = "dependency \"X\" { source = git  url = \"https://example.org/x.git\" }\n";
    workshop.file(
        "Project.proj",
        format!("project {{ name = \"A\" }}\ntarget \"A\" {{ kind = Lib }}\n{dependency}"),
    );
    fs::create_dir(workshop.at("slow")).unwrap();
    workshop.file("slow/git", "#!/bin/sh\nsleep 1.2\necho 'fatal: nobody is there' >&2\nexit 1\n");
    fs::set_permissions(workshop.at("slow/git"), Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", workshop.at("slow").display(), std::env::var("PATH").unwrap());

    let ran = finish(
        workshop.beskid().arg("fetch").env("PATH", &path).env("BESKID_CACHE", workshop.at("cache")),
    );
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.starts_with("error[E3024]: "), "{ran:?}");

    let Some(shown) = on_terminal(&workshop, ("PATH", &path), "fetch") else { return };
    assert!(shown.contains("asking https://example.org/x.git for its revisions"), "{shown}");
    assert!(shown.contains("git says: fatal: nobody is there"), "{shown}");
    // The line is emptied before something else is written.
    let last = shown.rfind("asking ").unwrap();
    let error = shown.rfind("E3024").unwrap();
    assert!(last < error && shown[last..error].contains("\u{1b}[2K"), "{shown:?}");
}

#[test]
fn colours_are_for_terminals_and_refused_by_no_color() {
    let workshop = Workshop::new();
    workshop.file("wrong.bd", "unit main() { x; }");
    for (value, is_coloured) in [("", true), ("1", false)] {
        let setting = ("NO_COLOR", value);
        let Some(shown) = on_terminal(&workshop, setting, "check wrong.bd") else { return };
        assert!(shown.contains("E1101"), "{shown:?}");
        assert_eq!(shown.contains("\u{1b}["), is_coloured, "{shown:?}");
    }
    let ran = workshop.run(&["check", "wrong.bd"]);
    assert!(!ran.stderr.contains('\u{1b}'), "{ran:?}");
}
