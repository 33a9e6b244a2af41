//! The walk of a new user: what `beskid new` makes does all that it should, as it is.

mod workshop;

use std::fs;
use std::path::{Path, PathBuf};

use workshop::{Ran, Workshop, contents, finish};

fn inside(workshop: &Workshop, folder: &str, arguments: &[&str]) -> Ran {
    finish(workshop.beskid().args(arguments).current_dir(workshop.at(folder)))
}

/// Succeeds, and has nothing to complain about.
fn must(workshop: &Workshop, folder: &str, arguments: &[&str]) -> String {
    let ran = inside(workshop, folder, arguments);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{arguments:?}: {ran:?}");
    ran.stdout
}

fn made(workshop: &Workshop, arguments: &[&str], what: &str) {
    let ran = workshop.run(arguments);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stderr.contains(&format!("note: made the {what}")), "{ran:?}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    contents(folder).into_keys().collect()
}

fn refused(workshop: &Workshop, arguments: &[&str], code: &str, text: &str) {
    let before = files(workshop.path());
    let ran = workshop.run(arguments);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.starts_with(&format!("error[{code}]: ")), "{}", ran.stderr);
    assert!(ran.stderr.contains(text), "{text}: {}", ran.stderr);
    assert_eq!(files(workshop.path()), before);
}

#[test]
fn an_application_runs_tests_and_builds() {
    let workshop = Workshop::new();
    made(&workshop, &["new", "demo"], "application `demo`");
    assert_eq!(must(&workshop, "demo", &["run"]), "Hello, world!\n");
    assert_eq!(must(&workshop, "demo", &["run", "--", "Ada"]), "Hello, Ada!\n");
    assert!(must(&workshop, "demo", &["test"]).contains("1 passed, 0 failed"));
    assert_eq!(must(&workshop, "demo", &["check"]), "");
    must(&workshop, "demo", &["build", "--release"]);
    let ran = finish(workshop.command(workshop.at("demo/bin/demo")).arg("Grace"));
    assert_eq!(ran.stdout, "Hello, Grace!\n");
    // Nothing is locked, because nothing is needed.
    let names: Vec<String> = files(&workshop.at("demo"))
        .iter()
        .map(|path| path.strip_prefix(workshop.at("demo")).unwrap().display().to_string())
        .collect();
    let expected = [".gitignore", "Project.proj", "Src/Greeting.bd", "Src/Main.bd", "bin/demo"];
    assert_eq!(names, expected);
    // A folder around has no manifest.
    assert_eq!(workshop.must(&["run", "demo"]), "Hello, world!\n");
}

#[test]
fn a_library_is_used_by_an_application() {
    let workshop = Workshop::new();
    made(&workshop, &["new", "--lib", "words"], "library `words`");
    assert!(must(&workshop, "words", &["test"]).contains("1 passed, 0 failed"));
    must(&workshop, "words", &["check"]);
    must(&workshop, "words", &["build"]);
    assert!(!workshop.at("words/bin").exists());
    must(&workshop, "words", &["build", "--kind", "shared"]);
    assert!(workshop.at("words/bin/libLib.so").exists());

    made(&workshop, &["new", "deep/demo"], "application `demo`");
    let manifest = workshop.at("deep/demo/Project.proj");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text + "dependency \"Words\" { path = \"../../words\" }\n").unwrap();
    let main = "unit main() { println(Words.Greeting.Hello(\"you\")); }\n";
    fs::write(workshop.at("deep/demo/Src/Main.bd"), main).unwrap();
    assert_eq!(must(&workshop, "deep/demo", &["run"]), "Hello, you!\n");
    let lock = fs::read_to_string(workshop.at("deep/demo/Project.lock")).unwrap();
    assert!(lock.contains("package \"words\" { path = \"../../words\" }"), "{lock}");
}

#[test]
fn a_workspace_does_everything_for_all_members() {
    let workshop = Workshop::new();
    made(&workshop, &["new", "--workspace", "shop"], "workspace `shop`");
    assert_eq!(must(&workshop, "shop", &["run"]), "Hello, world!\n");
    let tests = must(&workshop, "shop", &["test"]);
    // The library comes first: the application depends on it.
    let places = ["lib/Project.proj", "app/Project.proj"].map(|name| tests.find(name).unwrap());
    assert!(places[0] < places[1], "{tests}");
    must(&workshop, "shop", &["check", "--locked"]);
    must(&workshop, "shop", &["build"]);
    assert!(workshop.at("shop/app/bin/shop").exists());
    assert!(!workshop.at("shop/lib/bin").exists());
    // A member is a member from inside, too: there is one lock.
    assert_eq!(must(&workshop, "shop/app/Src", &["run"]), "Hello, world!\n");
    assert!(workshop.at("shop/Project.lock").exists());
    assert!(!workshop.at("shop/app/Project.lock").exists());

    let ran = finish(workshop.beskid().args(["new", "more"]).current_dir(workshop.at("shop")));
    assert!(ran.stderr.contains("`member \"more\" { path = \"more\" }`"), "{}", ran.stderr);
    assert_eq!(must(&workshop, "shop/more", &["run"]), "Hello, world!\n");
}

#[test]
fn what_is_there_is_left_alone() {
    let workshop = Workshop::new();
    fs::create_dir_all(workshop.at("full/deep")).unwrap();
    workshop.file("full/notes.txt", "mine");
    workshop.file("file", "mine");
    refused(&workshop, &["new", "full"], "E3031", "`full` is there, and not empty");
    refused(&workshop, &["new", "file"], "E3031", "`file` is there, and no folder");
    std::os::unix::fs::symlink("nowhere", workshop.at("link")).unwrap();
    refused(&workshop, &["new", "link"], "E3031", "`link`");
    fs::create_dir(workshop.at("empty")).unwrap();
    made(&workshop, &["new", "empty"], "application `empty`");
    refused(&workshop, &["new", "empty"], "E3031", "there is a project in it");
    assert_eq!(must(&workshop, "empty", &["run"]), "Hello, world!\n");
    fs::create_dir(workshop.at("here")).unwrap();
    let ran = inside(&workshop, "here", &["new", "."]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(must(&workshop, "here", &["run"]), "Hello, world!\n");
}

#[test]
fn names_that_cannot_be_had_come_with_others() {
    let workshop = Workshop::new();
    for (name, near) in
        [("my app", "my-app"), ("1st", "app-1st"), ("a\u{1b}[31mb", "a-31mb"), ("café", "caf")]
    {
        refused(&workshop, &["new", name], "E3030", &format!("did you mean `{near}`?"));
    }
    assert_eq!(workshop.run(&["new"]).status, 2);
    assert_eq!(workshop.run(&["new", "--lib", "--workspace", "x"]).status, 2);
}

/// What somebody types who tries all of it for the first time, and all that they see.
#[test]
fn a_first_walk() {
    const TYPED: &str = "beskid new demo && cd demo && beskid run && beskid test && beskid build --release \
                         && beskid doc && beskid fmt --check && bin/demo";
    let workshop = Workshop::new();
    let beskid = Path::new(env!("CARGO_BIN_EXE_beskid"));
    let mut paths = vec![beskid.parent().unwrap().to_owned()];
    paths.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let mut shell = workshop.command("sh");
    shell.args(["-c", &format!("exec 2>&1; {TYPED}")]);
    let ran = finish(shell.env("PATH", std::env::join_paths(paths).unwrap()));
    // Times differ.
    let lines: Vec<String> = ran.stdout.lines().map(without_times).collect();
    let expected = [
        "note: made the application `demo`; `beskid test` in its folder tests it",
        "Hello, world!",
        "running 1 test of Project.proj",
        "  ok    Greeting.GreetsByName",
        "",
        "1 passed, 0 failed, 0 skipped, 0 filtered out",
        "note: wrote obj/beskid/doc/index.html",
        "Hello, world!",
    ];
    assert_eq!((ran.status, lines), (0, expected.map(str::to_owned).to_vec()));
}

/// A line without the time at its end.
fn without_times(line: &str) -> String {
    let Some((front, time)) = line.strip_suffix(" ms").and_then(|line| line.rsplit_once(' '))
    else {
        return line.to_owned();
    };
    assert!(time.parse::<u64>().is_ok(), "{line}");
    front.trim_end_matches(", in").trim_end().to_owned()
}
