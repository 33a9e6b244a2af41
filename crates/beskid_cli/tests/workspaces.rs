//! Workspaces, locks of paths, and everything that can be wrong with manifests and locks: one clear error with
//! its place, status 1, and no file changed.

#![allow(clippy::print_stdout, reason = "a skipped check says why")]

mod workshop;

use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use workshop::{Ran, Workshop, contents, finish};

const APP: &str =
    "project { name = \"App\" }\ntarget \"App\" { kind = App  entry = \"Main.bd\" }\n";
const LIB: &str = "project { name = \"Base\" }\ntarget \"Lib\" { kind = Lib }\n";
const SPACE: &str = "workspace { name = \"W\" }\nmember \"app\" { path = \"app\" }\nmember \"base\" { path = \"base\" }\n";

fn folder(files: &[(&str, &str)]) -> Workshop {
    let workshop = Workshop::new();
    for (name, content) in files {
        put(&workshop, name, content);
    }
    workshop
}

fn put(workshop: &Workshop, name: &str, content: impl AsRef<[u8]>) {
    let path = workshop.at(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// A workspace of an application and a library that it uses.
fn space() -> Workshop {
    folder(&[
        ("Workspace.proj", SPACE),
        ("app/Project.proj", &format!("{APP}dependency \"Base\" {{ path = \"../base\" }}\n")),
        ("app/Src/Main.bd", "unit main() { println(Base.Say.It()); }\ntest Ran { }\n"),
        ("base/Project.proj", LIB),
        ("base/Src/Say.bd", "pub string It() => \"said\";\ntest Said { }\n"),
    ])
}

/// One error, of a size that people read, and nothing is changed.
fn one_error(workshop: &Workshop, arguments: &[&str], what: &str) -> Ran {
    let before = contents(workshop.path());
    let ran = workshop.run(arguments);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{what}: {ran:?}");
    assert_eq!(ran.stderr.matches("error[").count(), 1, "{what}: {}", ran.stderr);
    assert!(ran.stderr.len() < 4000, "{what}: {} bytes", ran.stderr.len());
    assert!(before == contents(workshop.path()), "{what}: files were changed");
    ran
}

fn fails(workshop: &Workshop, arguments: &[&str], code: &str, text: &str) {
    let ran = one_error(workshop, arguments, text);
    assert!(ran.stderr.contains(&format!("error[{code}]: ")), "{code}: {}", ran.stderr);
    assert!(ran.stderr.contains(text), "{text}: {}", ran.stderr);
}

#[test]
fn members_are_chosen_by_label() {
    let workshop = space();
    assert_eq!(workshop.must(&["run"]), "said\n");
    assert_eq!(workshop.must(&["run", "--member", "app"]), "said\n");
    assert_eq!(workshop.must(&["run", "Workspace.proj"]), "said\n");
    assert_eq!(workshop.must(&["run", "--project", "."]), "said\n");
    assert!(workshop.must(&["test", "--member", "base"]).contains("1 passed"));
    fails(&workshop, &["check", "--member", "bas"], "E3011", "did you mean `base`?");
    workshop.must(&["build", "-o", "out"]);
    assert_eq!(finish(&mut workshop.command(workshop.at("out"))).stdout, "said\n");
    put(
        &workshop,
        "base/Project.proj",
        format!("{LIB}target \"X\" {{ kind = App entry = \"Say.bd\" }}\n"),
    );
    put(&workshop, "base/Src/Say.bd", "pub string It() => \"said\";\nunit main() { }\n");
    fails(&workshop, &["run"], "E3011", "its members are `base`, `app`");
    fails(&workshop, &["build", "-o", "x"], "E3011", "--member NAME");
    assert_eq!(workshop.must(&["run", "--member", "app"]), "said\n");
    let lone = folder(&[("Project.proj", APP), ("Src/Main.bd", "unit main() { }\n")]);
    fails(&lone, &["check", "--member", "app"], "E3011", "there is no workspace");
    fails(&lone, &["check", "Src/Main.bd", "--member", "app"], "E3011", "is no workspace");
}

#[test]
fn tests_of_all_members_are_run_and_filtered() {
    let workshop = space();
    let all = workshop.must(&["test"]);
    assert_eq!(all.matches("1 passed").count(), 2, "{all}");
    // One member has it.
    let one = workshop.must(&["test", "--filter", "Ran"]);
    assert!(one.contains("app/Project.proj") && !one.contains("base/Project.proj"), "{one}");
    let ran = workshop.run(&["test", "--filter", "Nowhere"]);
    assert_eq!((ran.status, ran.stderr.matches("error").count()), (1, 1), "{ran:?}");
    // A failure of one does not stop the others, and is run again in its member.
    put(
        &workshop,
        "base/Src/Say.bd",
        "pub string It() => \"said\";\ntest Said { assert(false); }\n",
    );
    let ran = workshop.run(&["test"]);
    assert_eq!(ran.status, 1);
    assert!(
        ran.stdout.contains("beskid test --project base/Project.proj --filter Said"),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("1 passed"), "{ran:?}");
}

#[test]
fn a_mistake_is_said_once_and_what_needs_it_is_left_out() {
    let workshop = space();
    put(&workshop, "base/Src/Say.bd", "pub string It() => 1;\n");
    for verb in ["check", "build", "test"] {
        let ran = workshop.run(&[verb]);
        assert_eq!((ran.status, ran.stderr.matches("error[").count()), (1, 1), "{ran:?}");
        assert!(ran.stderr.contains("note: `app` is left out: it needs `base`"), "{ran:?}");
    }
}

#[test]
fn a_lock_follows_the_manifests() {
    let workshop = space();
    fails(&workshop, &["check", "--locked"], "E3022", "there is no `Project.lock`");
    workshop.must(&["check"]);
    let lock = fs::read_to_string(workshop.at("Project.lock")).unwrap();
    assert!(lock.ends_with("uses \"App\" { Base = \"Base\" }\nlock { version = 1 }\n"), "{lock}");
    workshop.must(&["check", "--locked"]);
    // Git may have changed the ends of lines.
    put(&workshop, "Project.lock", lock.replace('\n', "\r\n"));
    workshop.must(&["check", "--locked"]);
    put(&workshop, "base/Project.proj", LIB.replace("Base", "Other"));
    fails(&workshop, &["build", "--locked"], "E3022", "it has no `Other`");
    fails(&workshop, &["fetch", "--frozen"], "E3022", "nothing uses its `Base`");
    assert_eq!(workshop.run(&["lock"]).stderr, "note: wrote `Project.lock`\n");
    assert_eq!(workshop.run(&["lock"]).stderr, "");
    workshop.must(&["build", "--locked"]);
    fails(&workshop, &["update", "Base"], "E3013", "nothing is fetched as `Base`");
}

#[test]
fn a_lock_that_cannot_be_written_stops_nothing() {
    if workshop::is_superuser() {
        // Permissions do not stop the superuser; a folder in its place does.
        let workshop = space();
        fs::create_dir(workshop.at("Project.lock")).unwrap();
        fails(&workshop, &["check"], "E0004", "`Project.lock` is a directory");
        return;
    }
    let workshop = space();
    let mode = |mode| {
        fs::set_permissions(workshop.path(), std::os::unix::fs::PermissionsExt::from_mode(mode))
    };
    mode(0o555).unwrap();
    let (ran, locked) = (workshop.run(&["run"]), workshop.run(&["lock"]));
    mode(0o755).unwrap();
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (0, "said\n", ""));
    assert!(locked.stderr.contains("error[E4004]: cannot write `Project.lock`"), "{locked:?}");
}

/// Whether an error says where it is: a place in a file, or the file.
fn has_place(ran: &Ran) -> bool {
    ran.stderr.contains(" --> ")
        || ran.stderr.contains("Project.")
        || ran.stderr.contains("Workspace.proj")
}

#[test]
fn manifests_that_were_cut_off_are_one_error_wherever_that_is() {
    let manifest = format!("{APP}dependency \"Base\" {{ source = path  path = \"base\" }}");
    let workshop = folder(&[
        ("Src/Main.bd", "unit main() { println(Base.Say.It()); }\n"),
        ("base/Project.proj", LIB),
        ("base/Src/Say.bd", "pub string It() => \"said\";\n"),
    ]);
    for length in 0..manifest.len() {
        put(&workshop, "Project.proj", &manifest[..length]);
        let ran = one_error(&workshop, &["check"], &manifest[..length]);
        assert!(has_place(&ran), "{length}: {}", ran.stderr);
    }
    put(&workshop, "Project.proj", &manifest);
    assert_eq!(workshop.must(&["run"]), "said\n");
}

#[test]
fn workspaces_and_locks_that_were_cut_off_are_one_error_wherever_that_is() {
    let workshop = space();
    workshop.must(&["check"]);
    let lock = fs::read_to_string(workshop.at("Project.lock")).unwrap();
    for length in (0..lock.trim_end().len()).step_by(3) {
        put(&workshop, "Project.lock", &lock[..length]);
        let ran = one_error(&workshop, &["check"], &lock[..length]);
        assert!(ran.stderr.starts_with("error[E3020]: "), "{length}: {}", ran.stderr);
        assert!(ran.stderr.contains(" --> Project.lock:"), "{length}: {}", ran.stderr);
    }
    put(&workshop, "Project.lock", &lock);
    let first = SPACE.find("member \"base\"").unwrap();
    for length in (0..SPACE.trim_end().len()).filter(|&length| length < 27 || length > first) {
        put(&workshop, "Workspace.proj", &SPACE[..length]);
        let ran = one_error(&workshop, &["check"], &SPACE[..length]);
        assert!(has_place(&ran), "{length}: {}", ran.stderr);
    }
}

#[test]
fn broken_manifests_are_one_error_each() {
    let deep = "{".repeat(200_000);
    let long = format!("{APP}dependency \"B\" {{ path = \"{}\" }}", "a/".repeat(100_000));
    let many = format!("{APP}{}", "target \"X\" { kind = Lib }\n".repeat(2));
    let brace = format!("project {deep}");
    let with = |more: &str| format!("{APP}{more}");
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("E3001", b"project".to_vec()),
        ("E3001", b"}".to_vec()),
        ("E3001", b"\0\0\0\0".to_vec()),
        ("E3001", b"[project]\nname = \"App\"\n".to_vec()),
        ("E3001", b"{\"project\": {\"name\": \"App\"}}".to_vec()),
        ("E3001", b"project: name".to_vec()),
        ("E3001", brace.into_bytes()),
        ("E3001", deep.clone().into_bytes()),
        ("E3001", with("target { kind = { a = b } }").into_bytes()),
        ("E3001", with("dependency \"B\" { path = \"\\q\" }").into_bytes()),
        ("E3001", with("dependency \"B\" { path = \"x\n\" }").into_bytes()),
        ("E3001", with("dependency \"B\" \"C\" { }").into_bytes()),
        ("E3001", with("<<<<<<< HEAD").into_bytes()),
        ("E3001", with("dependency \"B\" { path = }").into_bytes()),
        ("E0003", b"project { name = \"\xff\" }".to_vec()),
        ("E0003", (0..=255).collect()),
        ("E3002", b"".to_vec()),
        ("E3002", b"# nothing\n".to_vec()),
        ("E3002", format!("{APP}project {{ name = \"B\" }}").into_bytes()),
        ("E3002", b"project { name = \"A\" }".to_vec()),
        ("E3002", b"target \"App\" { kind = App entry = \"Main.bd\" }".to_vec()),
        ("E3002", b"project { } target \"A\" { kind = Lib }".to_vec()),
        ("E3002", with("target { kind = Lib }").into_bytes()),
        ("E3002", with("target \"B\" { kind = App }").into_bytes()),
        ("E3002", with("target \"B\" { entry = \"Main.bd\" }").into_bytes()),
        ("E3002", with("dependncy \"B\" { path = \"b\" }").into_bytes()),
        ("E3002", with("dependency { path = \"b\" }").into_bytes()),
        ("E3002", with("dependency \"B\" { source = path }").into_bytes()),
        ("E3002", with("dependency \"B\" { source = git }").into_bytes()),
        ("E3002", with("dependency \"B\" { }").into_bytes()),
        ("E3002", many.into_bytes()),
        ("E3003", b"project { name = \"\" } target \"A\" { kind = Lib }".to_vec()),
        ("E3003", b"project { name = \"../x\" } target \"A\" { kind = Lib }".to_vec()),
        ("E3003", b"project { name = \"a\x1bb\" } target \"A\" { kind = Lib }".to_vec()),
        ("E3003", b"project { name = A version = new } target \"A\" { kind = Lib }".to_vec()),
        (
            "E3003",
            b"project { name = A version = \"1.2.3.4\" } target \"A\" { kind = Lib }".to_vec(),
        ),
        ("E3003", b"project { name = A root = \"..\" } target \"A\" { kind = Lib }".to_vec()),
        ("E3003", b"project { name = A root = \"/\" } target \"A\" { kind = Lib }".to_vec()),
        ("E3003", with("target \"B\" { kind = Apq entry = \"Main.bd\" }").into_bytes()),
        ("E3003", with("target \"B\" { kind = 7 }").into_bytes()),
        ("E3003", with("target \"../B\" { kind = Lib }").into_bytes()),
        ("E3003", with("target \"B\" { kind = App entry = \"../Main.bd\" }").into_bytes()),
        ("E3003", with("dependency \"a b\" { path = \"b\" }").into_bytes()),
        ("E3003", with("dependency \"B\" { source = pth path = \"b\" }").into_bytes()),
        ("E3003", with("dependency \"B\" { path = \"\" }").into_bytes()),
        ("E3003", with("dependency \"B\" { path = \"a\0b\" }").into_bytes()),
        ("E3003", with("dependency \"B\" { source = git url = \"x\" }").into_bytes()),
        ("E3004", b"project { name = A root = \"Sorc\" } target \"A\" { kind = Lib }".to_vec()),
        (
            "E3004",
            b"project { name = A root = \"Src/Main.bd\" } target \"A\" { kind = Lib }".to_vec(),
        ),
        ("E3004", APP.replace("Main.bd", "Mian.bd").into_bytes()),
        ("E3006", with("dependency \"B\" { path = \"nowhere\" }").into_bytes()),
        ("E3006", long.into_bytes()),
        ("E3006", with("dependency \"B\" { path = \"Src\" }").into_bytes()),
        (
            "E3007",
            APP.replace(
                "target",
                "target \"L\" { kind = Lib }\ndependency \"B\" { path = \".\" }\ntarget",
            )
            .into_bytes(),
        ),
        ("E3008", with("target \"B\" { kind = App entry = \"Main.bd\" }").into_bytes()),
        ("E3009", with("dependency \"B\" { path = \"tool\" }").into_bytes()),
        ("E0090", with("dependency \"B\" { source = registry name = b }").into_bytes()),
        ("E0005", vec![b' '; 17 << 20]),
    ];
    for (code, manifest) in cases {
        let workshop = folder(&[
            ("Src/Main.bd", "unit main() { }\n"),
            ("tool/Project.proj", APP),
            ("tool/Src/Main.bd", "unit main() { }\n"),
        ]);
        put(&workshop, "Project.proj", &manifest);
        let what = String::from_utf8_lossy(&manifest[..manifest.len().min(300)]).into_owned();
        let ran = one_error(&workshop, &["check"], &what);
        assert!(ran.stderr.starts_with(&format!("error[{code}]: ")), "{what}: {}", ran.stderr);
        assert!(code == "E3008" || has_place(&ran), "{what}: {}", ran.stderr);
    }
}

#[test]
fn what_is_no_file_is_no_manifest() {
    let workshop = folder(&[("Src/Main.bd", "unit main() { }\n")]);
    fs::create_dir(workshop.at("Project.proj")).unwrap();
    let ran = workshop.run(&["check", "."]);
    assert!(ran.status == 1 && ran.stderr.starts_with("error[E0004]"), "{ran:?}");
    fs::remove_dir(workshop.at("Project.proj")).unwrap();
    let made = Command::new("mkfifo").arg(workshop.at("Project.proj")).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: there is no mkfifo");
        return;
    }
    // Nobody writes to it: whoever reads it waits for ever.
    let ran = workshop.run(&["check", "."]);
    assert!(ran.stderr.contains("error[E0004]: `Project.proj` is a pipe"), "{ran:?}");
}

#[test]
fn broken_workspaces_are_one_error_each() {
    let with = |more: &str| format!("{SPACE}{more}");
    for (code, text) in [
        ("E3001", "workspace".to_owned()),
        ("E3001", "workspace { name = \"W\"".to_owned()),
        ("E3002", String::new()),
        ("E3002", "workspace { name = \"W\" }".to_owned()),
        ("E3002", "member \"app\" { path = \"app\" }".to_owned()),
        ("E3002", with("workspace { name = \"V\" }")),
        ("E3002", with("membr \"x\" { path = \"app\" }")),
        ("E3002", with("member { path = \"app\" }")),
        ("E3002", with("member \"x\" { }")),
        ("E3002", with("member \"app\" { path = \"more\" }")),
        ("E3002", with("member \"x\" { path = \"./app\" }")),
        ("E3002", SPACE.replace("name = \"W\"", "")),
        ("E3003", with("member \"x\" { path = \"../x\" }")),
        ("E3003", with("member \"x\" { path = \"/tmp\" }")),
        ("E3003", with("member \"\" { path = \"app\" }")),
        ("E3006", with("member \"x\" { path = \"nowhere\" }")),
        ("E3006", with("member \"x\" { path = \"app/Src\" }")),
    ] {
        let workshop = space();
        put(&workshop, "Workspace.proj", &text);
        let ran = one_error(&workshop, &["check"], &text);
        assert!(ran.stderr.starts_with(&format!("error[{code}]: ")), "{text}: {}", ran.stderr);
        assert!(ran.stderr.contains(" --> Workspace.proj:"), "{text}: {}", ran.stderr);
        // It is the same from inside of a member.
        let ran = finish(workshop.beskid().arg("check").current_dir(workshop.at("app")));
        assert!(ran.stderr.contains(" --> ../Workspace.proj:"), "{text}: {}", ran.stderr);
    }
    let workshop = space();
    put(
        &workshop,
        "base/Project.proj",
        format!("{LIB}dependency \"App\" {{ path = \"../app\" }}\n"),
    );
    fails(&workshop, &["check"], "E3009", "the project `App` is no library");
    let both = format!(
        "{}target \"L\" {{ kind = Lib }}\n",
        fs::read_to_string(workshop.at("app/Project.proj")).unwrap()
    );
    put(&workshop, "app/Project.proj", both);
    fails(&workshop, &["check"], "E3007", "the chain is `App` → `Base` → `App`");
}

#[test]
fn broken_locks_are_one_error_each() {
    let workshop = space();
    workshop.must(&["check"]);
    let lock = fs::read_to_string(workshop.at("Project.lock")).unwrap();
    let commit = "0".repeat(40);
    let content = "0".repeat(64);
    let git = |url: &str, rev: &str, commit: &str, content: &str| {
        format!(
            "git \"{url}\" {{ rev = \"{rev}\" commit = \"{commit}\" content = \"{content}\" }}\n{lock}"
        )
    };
    let right = git("https://example.org/x", "v1", &commit, &content);
    for text in [
        String::new(),
        "{}".to_owned(),
        "lock".to_owned(),
        "lock { version = 2 }".to_owned(),
        "lock { }".to_owned(),
        format!("{lock}package \"X\" {{ path = \"x\" }}\n"),
        format!("<<<<<<< HEAD\n{lock}"),
        format!("package \"App\" {{ path = \"app\" }}\n{lock}"),
        format!("package {{ path = \"app\" }}\n{lock}"),
        format!("package \"X\" {{ }}\n{lock}"),
        format!("pakage \"X\" {{ path = \"app\" }}\n{lock}"),
        format!("uses \"X\" {{ A = \"App\" }}\n{lock}"),
        format!("package \"X\" {{ path = \"app\" paht = \"x\" }}\n{lock}"),
        git("--upload-pack=x", "v1", &commit, &content),
        git("ext::sh", "v1", &commit, &content),
        git("https://example.org/x", "-v1", &commit, &content),
        git("https://example.org/x", "v1", "--x", &content),
        git("https://example.org/x", "v1", &commit[1..], &content),
        git("https://example.org/x", "v1", &commit, &commit),
        format!("{}{right}", right.lines().next().unwrap()),
        "{".repeat(200_000),
    ] {
        put(&workshop, "Project.lock", &text);
        let what: String = text.chars().take(200).collect();
        let ran = one_error(&workshop, &["check"], &what);
        assert!(ran.stderr.starts_with("error[E3020]: "), "{what}: {}", ran.stderr);
        assert!(ran.stderr.contains(" --> Project.lock:"), "{what}: {}", ran.stderr);
    }
    put(&workshop, "Project.lock", b"\xff\xfe\0");
    fails(&workshop, &["check"], "E0003", "`Project.lock` is not UTF-8");
    fs::remove_file(workshop.at("Project.lock")).unwrap();
    std::os::unix::fs::symlink("nowhere", workshop.at("Project.lock")).unwrap();
    let ran = workshop.run(&["check"]);
    assert!(ran.stderr.starts_with("error[E0001]: there is no file `Project.lock`"), "{ran:?}");
    // What nothing asks for any more is dropped.
    fs::remove_file(workshop.at("Project.lock")).unwrap();
    put(&workshop, "Project.lock", &right);
    workshop.must(&["check"]);
    assert_eq!(fs::read_to_string(workshop.at("Project.lock")).unwrap(), lock);
}

#[test]
fn a_build_that_was_killed_is_in_nobodys_way() {
    let workshop = space();
    for milliseconds in 0..12 {
        let mut child = workshop.beskid().arg("build").spawn().unwrap();
        thread::sleep(Duration::from_millis(2 * milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(workshop.must(&["run"]), "said\n");
    }
    workshop.must(&["build", "--locked"]);
    let program = workshop.at("app/bin/App");
    assert_eq!(finish(&mut workshop.command(program)).stdout, "said\n");
}
