//! `beskid fmt`: what is written, what is left alone, what is said.

mod workshop;

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Stdio;

use workshop::Workshop;

const UGLY: &str = "i32 main(){\n  return  1+2 ; // why\n}";
const PRETTY: &str = "i32 main() {\n    return 1 + 2; // why\n}\n";

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap()
}

/// Runs `beskid fmt` with a text as its standard input.
fn piped(workshop: &Workshop, arguments: &[&str], input: &[u8]) -> (Option<i32>, String, String) {
    let mut child = workshop
        .beskid()
        .arg("fmt")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_file_is_written_only_if_it_changes() {
    let workshop = Workshop::new();
    workshop.file("a.bd", UGLY);
    assert_eq!(workshop.must(&["fmt", "a.bd"]), "");
    assert_eq!(read(workshop.at("a.bd")), PRETTY);
    let before = fs::metadata(workshop.at("a.bd")).unwrap();
    workshop.must(&["format", "a.bd"]);
    let after = fs::metadata(workshop.at("a.bd")).unwrap();
    assert_eq!((before.ino(), before.mtime_nsec()), (after.ino(), after.mtime_nsec()));
}

#[test]
fn permissions_and_links_stay() {
    let workshop = Workshop::new();
    workshop.file("a.bd", UGLY);
    fs::set_permissions(workshop.at("a.bd"), Permissions::from_mode(0o755)).unwrap();
    symlink("a.bd", workshop.at("link.bd")).unwrap();
    workshop.must(&["fmt", "link.bd"]);
    assert!(fs::symlink_metadata(workshop.at("link.bd")).unwrap().is_symlink());
    assert_eq!(read(workshop.at("a.bd")), PRETTY);
    assert_eq!(fs::metadata(workshop.at("a.bd")).unwrap().mode() & 0o777, 0o755);
    let names = fs::read_dir(workshop.path()).unwrap().count();
    assert_eq!(names, 2, "nothing else is left");
}

#[test]
fn check_shows_what_would_change() {
    let workshop = Workshop::new();
    workshop.file("a.bd", UGLY);
    workshop.file("b.bd", PRETTY);
    let ran = workshop.run(&["fmt", "--check", "a.bd", "b.bd"]);
    assert_eq!(ran.status, 1);
    assert_eq!(
        ran.stdout,
        "--- a.bd\n+++ a.bd (formatted)\n@@ -1,3 +1,3 @@\n-i32 main(){\n-  return  1+2 ; // why\n-}\n\
         \\ No newline at end of file\n+i32 main() {\n+    return 1 + 2; // why\n+}\n"
    );
    assert_eq!(ran.stderr, "error: 1 of 2 files would change\n");
    assert_eq!(read(workshop.at("a.bd")), UGLY);
    assert_eq!(workshop.must(&["fmt", "--check", "b.bd"]), "");
    let colored = workshop.run(&["fmt", "--check", "--color", "always", "a.bd"]);
    assert!(colored.stdout.contains("\u{1b}[32m+i32 main() {"), "{colored:?}");
}

#[test]
fn errors_leave_a_file_as_it_is_and_the_others_are_formatted() {
    let workshop = Workshop::new();
    let broken = "i32 main(){ return 1 +; }";
    workshop.file("a.bd", broken);
    workshop.file("b.bd", UGLY);
    let ran = workshop.run(&["fmt", "a.bd", "b.bd", "missing.bd"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.starts_with("error[E0"), "{ran:?}");
    assert!(ran.stderr.contains("error[E0001]: there is no file `missing.bd`"), "{ran:?}");
    assert_eq!(read(workshop.at("a.bd")), broken);
    assert_eq!(read(workshop.at("b.bd")), PRETTY);
    workshop.file("c.bd", b"\xff");
    let ran = workshop.run(&["fmt", "c.bd"]);
    assert!(ran.status == 1 && ran.stderr.contains("is not UTF-8"), "{ran:?}");
}

#[test]
fn standard_input_goes_to_standard_output() {
    let workshop = Workshop::new();
    assert_eq!(piped(&workshop, &["-"], UGLY.as_bytes()), (Some(0), PRETTY.into(), String::new()));
    let (status, stdout, stderr) = piped(&workshop, &["-"], b"i32 main( {");
    assert_eq!((status, stdout.as_str()), (Some(1), ""));
    assert!(stderr.contains("<stdin>:1:"), "{stderr}");
    let (status, stdout, _) = piped(&workshop, &["--check", "-"], UGLY.as_bytes());
    assert_eq!(status, Some(1));
    assert!(stdout.starts_with("--- <stdin>\n"), "{stdout}");
    let (status, stdout, _) = piped(&workshop, &["--check", "-"], PRETTY.as_bytes());
    assert_eq!((status, stdout.as_str()), (Some(0), ""));
}

#[test]
fn folders_and_projects_are_formatted_as_a_whole() {
    let workshop = Workshop::new();
    for folder in ["Src/Net", "Tests", "bin", "obj", ".hidden", "inner/bin"] {
        fs::create_dir_all(workshop.at(folder)).unwrap();
    }
    let manifest = "project { name = \"A\" }\ntarget \"A\" { kind = App entry = \"Main.bd\" }\n";
    workshop.file("Project.proj", manifest);
    workshop.file("inner/Project.proj", manifest);
    let formatted = ["Src/Main.bd", "Src/Net/Http.bd", "Tests/T.bd", "inner/I.bd"];
    let left = ["bin/A.bd", "obj/A.bd", ".hidden/A.bd", "inner/bin/A.bd", "Src/notes.txt"];
    for way in [&[][..], &["."], &["Project.proj"], &["--project", "."]] {
        for name in formatted.iter().chain(&left) {
            workshop.file(name, UGLY);
        }
        let arguments: Vec<&str> = ["fmt"].iter().chain(way).copied().collect();
        workshop.must(&arguments);
        for name in formatted {
            assert_eq!(read(workshop.at(name)), PRETTY, "{name} {way:?}");
        }
        for name in left {
            assert_eq!(read(workshop.at(name)), UGLY, "{name} {way:?}");
        }
    }
    // Links are no reason to go round in circles.
    symlink(workshop.path(), workshop.at("Src/circle")).unwrap();
    workshop.must(&["fmt"]);
    let lone = Workshop::new();
    let ran = lone.run(&["fmt"]);
    assert!(ran.status == 1 && ran.stderr.starts_with("error[E3006]"), "{ran:?}");
}

#[test]
fn a_name_twice_is_one_file() {
    let workshop = Workshop::new();
    workshop.file("a.bd", UGLY);
    let ran = workshop.run(&["fmt", "--check", "a.bd", "a.bd"]);
    assert_eq!(ran.stderr, "error: 1 of 1 file would change\n");
}

#[test]
fn new_projects_are_formatted() {
    let workshop = Workshop::new();
    for (name, arguments) in [("a", &["new", "a"][..]), ("b", &["new", "b", "--lib"])] {
        assert_eq!(workshop.run(arguments).status, 0);
        assert_eq!(workshop.must(&["fmt", "--check", name]), "");
    }
}

#[test]
fn deep_and_large_input_is_no_harm() {
    let workshop = Workshop::new();
    let deep = format!("i32 f() => {}x{};\n", "(".repeat(900), ")".repeat(900));
    workshop.file("deep.bd", &deep);
    workshop.must(&["fmt", "deep.bd"]);
    let too_deep = format!("i32 f() => {}x{};\n", "[".repeat(100_000), "]".repeat(100_000));
    workshop.file("too_deep.bd", &too_deep);
    let ran = workshop.run(&["fmt", "too_deep.bd"]);
    assert!(ran.status == 1 && ran.stderr.contains("E0113"), "{}", ran.stderr.len());
    assert_eq!(read(workshop.at("too_deep.bd")), too_deep);
}

#[test]
fn examples_and_the_library_are_formatted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let workshop = Workshop::new();
    for folder in ["examples", "corelib"] {
        let path = root.join(folder);
        let ran = workshop.run(&["fmt", "--check", path.to_str().unwrap()]);
        assert_eq!((ran.status, ran.stdout.as_str()), (0, ""), "`beskid fmt {folder}` mends it");
    }
}
