//! Programs of several files: which files belong to them, where outputs go, and what is said of folders that
//! hold no program.

#![allow(clippy::print_stdout, reason = "a skipped check says why")]

mod workshop;

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use workshop::{Ran, Workshop, finish, is_superuser};

const MANIFEST: &str =
    "project { name = \"Greeter\" }\ntarget \"App\" { kind = App entry = \"Main.bd\" }\n";
const MAIN: &str = "unit main() { println(Words.Hello()); }\n";
const WORDS: &str = "pub string Hello() => \"hello\";\n";

/// A folder with files, which need not be at its top.
fn folder(files: &[(&str, &str)]) -> Workshop {
    let workshop = Workshop::new();
    for (name, content) in files {
        let path = workshop.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    workshop
}

fn assert_fails(ran: &Ran, code: &str, texts: &[&str]) {
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains(&format!("error[{code}]: ")), "{ran:?}");
    for text in texts {
        assert!(ran.stderr.contains(text), "{text}: {}", ran.stderr);
    }
}

#[test]
fn a_folder_is_a_program() {
    let workshop = folder(&[("greet/Main.bd", MAIN), ("greet/Words.bd", WORDS)]);
    assert_eq!(workshop.must(&["run", "greet"]), "hello\n");
    assert_eq!(workshop.must(&["check", "greet/"]), "");
    assert!(
        workshop.must(&["mir", "greet", "--function", "Words.Hello"]).contains("fn Words.Hello")
    );
    assert_eq!(
        finish(workshop.beskid().args(["run", "."]).current_dir(workshop.at("greet"))).stdout,
        "hello\n"
    );
    // The file alone is another program.
    assert_fails(&workshop.run(&["run", "greet/Main.bd"]), "E1101", &["unknown name `Words`"]);
}

#[test]
fn the_output_of_a_folder_has_its_name() {
    let workshop = folder(&[("greet/Main.bd", MAIN), ("greet/Words.bd", WORDS)]);
    // Here that is the name of the folder itself.
    workshop.must(&["build", "greet"]);
    assert_eq!(finish(&mut workshop.command(workshop.at("greet/greet"))).stdout, "hello\n");
    let ran = finish(workshop.beskid().args(["build", "greet"]).arg("-o").arg("hello"));
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(finish(&mut workshop.command(workshop.at("hello"))).stdout, "hello\n");
    let ran = workshop.run(&["build", "greet", "-o", "greet/Words.bd"]);
    assert_fails(&ran, "E4004", &["it is the source file"]);
    assert_eq!(fs::read_to_string(workshop.at("greet/Words.bd")).unwrap(), WORDS);
}

#[test]
fn outputs_do_not_depend_on_the_place() {
    let files = [("p/Main.bd", MAIN), ("p/Words.bd", WORDS), ("p/A/B.bd", WORDS)];
    let (one, two) = (folder(&files), folder(&files));
    for workshop in [&one, &two] {
        workshop.must(&["build", "p", "-o", "out"]);
    }
    assert_eq!(fs::read(one.at("out")).unwrap(), fs::read(two.at("out")).unwrap());
}

#[test]
fn a_project_is_found_from_below() {
    let workshop = folder(&[
        ("Project.proj", MANIFEST),
        ("Src/Main.bd", MAIN),
        ("Src/Words.bd", WORDS),
        ("Src/Deep/Down.bd", ""),
    ]);
    assert_eq!(workshop.must(&["run"]), "hello\n");
    assert_eq!(workshop.must(&["run", "."]), "hello\n");
    assert_eq!(workshop.must(&["run", "Project.proj"]), "hello\n");
    assert_eq!(workshop.must(&["run", "--project", "."]), "hello\n");
    assert_eq!(workshop.must(&["run", "--project", "Project.proj", "--target", "App"]), "hello\n");
    let below = workshop.at("Src/Deep");
    assert_eq!(finish(workshop.beskid().arg("run").current_dir(&below)).stdout, "hello\n");

    fs::write(workshop.at("Src/Words.bd"), "pub string Hello() => 1;").unwrap();
    let ran = finish(workshop.beskid().arg("check").current_dir(&below));
    assert_fails(&ran, "E1207", &["--> ../../Src/Words.bd:1:23"]);
}

#[test]
fn the_output_of_a_project_is_in_its_bin() {
    let workshop =
        folder(&[("Project.proj", MANIFEST), ("Src/Main.bd", MAIN), ("Src/Words.bd", WORDS)]);
    let ran = finish(workshop.beskid().arg("build").current_dir(workshop.at("Src")));
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    assert_eq!(finish(&mut workshop.command(workshop.at("bin/Greeter"))).stdout, "hello\n");
    workshop.must(&["build", "--kind", "object"]);
    assert!(workshop.at("bin/Greeter.o").exists());
    workshop.must(&["build", "-o", "elsewhere"]);
    assert!(workshop.at("elsewhere").exists());
    let flat = MANIFEST.replace("\"Greeter\"", "\"Flat\" root = \".\"");
    let workshop = folder(&[("Project.proj", &flat), ("Main.bd", "unit main() { }")]);
    workshop.must(&["build", "--kind", "object"]);
    assert!(workshop.at("bin/Flat.o").exists());
}

#[test]
fn targets_are_chosen_by_name() {
    let manifest = "project { name = \"Two\" }\n\
                    target \"One\" { kind = App entry = \"One.bd\" }\n\
                    target \"Other\" { kind = App entry = \"Tools/Other.bd\" }\n";
    let workshop = folder(&[
        ("Project.proj", manifest),
        ("Src/One.bd", "pub unit main() { println(1); }"),
        ("Src/Tools/Other.bd", "unit main() { println(2); One.main(); }\n"),
    ]);
    assert_fails(&workshop.run(&["run"]), "E3008", &["`One`, `Other`", "--target NAME"]);
    assert_eq!(workshop.must(&["run", "--target", "One"]), "1\n");
    assert_eq!(workshop.must(&["run", "--target", "Other"]), "2\n1\n");
    workshop.must(&["build", "--target", "Other"]);
    assert!(workshop.at("bin/Other").exists());
    assert_fails(&workshop.run(&["run", "--target", "Othr"]), "E3008", &["did you mean `Other`?"]);
    let ran = workshop.run(&["run", "Src/One.bd", "--target", "One"]);
    assert_fails(&ran, "E3008", &["`Src/One.bd` is no project"]);
}

#[test]
fn a_command_without_program_says_what_to_name() {
    let workshop = folder(&[("Main.bd", MAIN)]);
    for verb in ["run", "build", "check"] {
        assert_fails(&workshop.run(&[verb]), "E3006", &["`beskid run .`"]);
    }
    let ran = workshop.run(&["run", "--project", "nowhere"]);
    assert_fails(&ran, "E3006", &["there is no manifest `nowhere`"]);
    assert_eq!(workshop.run(&["run", "Main.bd", "--project", "."]).status, 2);
    assert_eq!(workshop.run(&["tree"]).status, 2);
}

#[test]
fn a_folder_without_entry_is_no_program() {
    let workshop = folder(&[("a/hello.bd", ""), ("b/main.bd", ""), ("c/notes.txt", "")]);
    assert_fails(
        &workshop.run(&["run", "a"]),
        "E0006",
        &["the folder `a`", "`beskid run a/hello.bd`"],
    );
    assert_fails(&workshop.run(&["run", "b"]), "E0006", &["rename `main.bd` to `Main.bd`"]);
    assert_fails(&workshop.run(&["run", "c"]), "E0006", &["has no `Main.bd`"]);
    assert_fails(&workshop.run(&["run", "nowhere"]), "E0001", &["there is no file `nowhere`"]);
}

#[test]
fn every_file_that_cannot_be_read_is_named() {
    let workshop = folder(&[("Main.bd", MAIN)]);
    fs::write(workshop.at("Words.bd"), b"// caf\xe9\n").unwrap();
    fs::write(workshop.at("Other.bd"), b"\xff").unwrap();
    symlink("nowhere.bd", workshop.at("Dangling.bd")).unwrap();
    let ran = workshop.run(&["check", "."]);
    assert_fails(&ran, "E0003", &["`Words.bd` is not UTF-8: byte 0xe9 at offset 6", "`Other.bd`"]);
    assert_fails(&ran, "E0001", &["there is no file `Dangling.bd`"]);
}

#[test]
fn what_is_no_file_is_refused() {
    let workshop = folder(&[("Main.bd", MAIN)]);
    if Command::new("mkfifo")
        .arg(workshop.at("Pipe.bd"))
        .status()
        .is_ok_and(|status| status.success())
    {
        assert_fails(&workshop.run(&["check", "."]), "E0004", &["`Pipe.bd` is a pipe"]);
        fs::remove_file(workshop.at("Pipe.bd")).unwrap();
    } else {
        println!("skipped: there is no mkfifo");
    }
    let name = OsStr::from_bytes(b"caf\xe9.bd");
    fs::write(workshop.at(name), "").unwrap();
    assert_fails(&workshop.run(&["check", "."]), "E1508", &["is not UTF-8", "rename the file"]);
}

#[test]
fn links_are_followed_and_circles_are_told() {
    let workshop = folder(&[("p/Main.bd", MAIN), ("shared/Words.bd", WORDS)]);
    symlink("../shared/Words.bd", workshop.at("p/Words.bd")).unwrap();
    symlink("../shared", workshop.at("p/Shared")).unwrap();
    assert_eq!(workshop.must(&["run", "p"]), "hello\n");
    symlink("..", workshop.at("shared/up")).unwrap();
    let ran = workshop.run(&["run", "p"]);
    assert_fails(&ran, "E0002", &["a folder that the program has already", "remove the link"]);
}

#[test]
fn an_unreadable_folder_is_told() {
    if is_superuser() {
        println!("skipped: permissions do not stop the superuser");
        return;
    }
    let workshop = folder(&[("Main.bd", MAIN), ("Words.bd", WORDS), ("Secret/A.bd", "")]);
    fs::set_permissions(workshop.at("Secret"), Permissions::from_mode(0o0)).unwrap();
    let ran = workshop.run(&["check", "."]);
    fs::set_permissions(workshop.at("Secret"), Permissions::from_mode(0o755)).unwrap();
    assert_fails(&ran, "E0002", &["the folder `Secret`: permission denied"]);
}

#[test]
fn manifests_are_text() {
    let workshop = folder(&[("Src/Main.bd", MAIN)]);
    fs::write(workshop.at("Project.proj"), b"project { name = \"\xff\" }").unwrap();
    assert_fails(&workshop.run(&["run"]), "E0003", &["`Project.proj` is not UTF-8"]);
    fs::write(workshop.at("Project.proj"), "").unwrap();
    assert_fails(&workshop.run(&["run"]), "E3002", &["the manifest has no `project`"]);
    let json = workshop.run(&["run", "--message-format", "json"]);
    assert!(json.stderr.contains("\"E3002\"") && json.stderr.contains("Project.proj"), "{json:?}");
}

#[test]
fn a_thousand_modules_in_a_chain_of_imports() {
    let workshop = folder(&[("Main.bd", "use M0.F;\nunit main() { println(F()); }\n")]);
    for n in 0..1000 {
        let next = n + 1;
        fs::write(workshop.at(format!("M{n}.bd")), format!("pub use M{next}.F;\n")).unwrap();
    }
    fs::write(workshop.at("M1000.bd"), "pub i32 F() => 7;\n").unwrap();
    assert_eq!(workshop.must(&["run", "."]), "7\n");
    fs::write(workshop.at("M1000.bd"), "pub use M0.F;\n").unwrap();
    let ran = workshop.run(&["run", "."]);
    assert_fails(&ran, "E1105", &["the import of `M1.F` comes back to itself"]);
    assert_eq!(ran.stderr.matches("error[").count(), 1, "{}", ran.stderr);
}
