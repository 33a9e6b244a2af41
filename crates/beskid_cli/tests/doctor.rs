//! `beskid doctor`, completions and manual pages.

mod workshop;

use std::fs;

use workshop::{Workshop, finish};

#[test]
fn everything_is_tried_and_told() {
    let workshop = Workshop::new();
    let text = workshop.must(&["doctor"]);
    for line in [
        "ok      compiler     beskid 0.",
        "ok      run          programs can be compiled in memory",
        "ok      build        the built-in linker makes executables of ",
        "ok      targets      executables and libraries for ",
        "ok                   objects for x86_64-unknown-linux-gnu, ",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(text.contains(", which run\n"), "{text}");
    assert!(!text.contains("fix ") && !text.contains("BROKEN"), "{text}");
}

#[test]
fn what_is_wrong_has_a_cure() {
    let workshop = Workshop::new();
    let mut command = workshop.beskid();
    command.arg("doctor").envs([("BESKID_LINKER", "no-such-linker"), ("BESKID_GCC", "50")]);
    command.env_remove("HOME").env("TMPDIR", "/nonexistent").env("PATH", "");
    let ran = finish(&mut command);
    // No program is broken by that.
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    for line in [
        "fix     linker       BESKID_LINKER is `no-such-linker`, which is not there: install it, or unset it\n",
        "fix     variable     BESKID_GCC means nothing; did you mean BESKID_GC?\n",
        "-       linkers      no other one; the built-in one needs none\n",
        "-       gdb          not installed\n",
        " (not started: there is no place for temporary files)\n",
    ] {
        assert!(ran.stdout.contains(line), "{line}: {}", ran.stdout);
    }
}

#[test]
fn shells_and_manuals_know_the_commands() {
    let workshop = Workshop::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = workshop.must(&["completions", shell]);
        for word in ["build", "target-triple", "demangle"] {
            assert!(text.contains(word), "{shell}: {word}");
        }
    }
    workshop.must(&["manual", "man"]);
    let page = fs::read_to_string(workshop.at("man/beskid-build.1")).unwrap();
    assert!(page.contains("Build an executable, a library or an object file"), "{page}");
    assert!(workshop.at("man/beskid.1").is_file());
}
