//! `beskid doc`: what is written where, what is refused, and what is never touched.

mod workshop;

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use workshop::{Ran, Workshop, contents, finish, is_superuser};

const LIB: &str = "project { name = \"Base\" }\ntarget \"Lib\" { kind = Lib }\n";
const SAY: &str = "/// What is said.\npub string It() => \"said\";\nstring Quiet() => It();\n";

fn put(workshop: &Workshop, name: &str, content: &str) {
    let path = workshop.at(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// A library alone.
fn library() -> Workshop {
    let workshop = Workshop::new();
    put(&workshop, "Project.proj", LIB);
    put(&workshop, "Src/Say.bd", SAY);
    workshop
}

/// Succeeds, and says where the site is.
fn made(workshop: &Workshop, arguments: &[&str], place: &str) -> Ran {
    let ran = workshop.run(&[&["doc"], arguments].concat());
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stderr.ends_with(&format!("note: wrote {place}/index.html\n")), "{ran:?}");
    assert!(workshop.at(place).join("index.html").is_file());
    ran
}

/// One error, and no file is made or changed.
fn refused(workshop: &Workshop, arguments: &[&str], code: &str, text: &str) {
    let before = contents(workshop.path());
    let ran = workshop.run(&[&["doc"], arguments].concat());
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.starts_with(&format!("error[{code}]: ")), "{}", ran.stderr);
    assert!(ran.stderr.contains(text), "{text}: {}", ran.stderr);
    assert_eq!(ran.stderr.matches("error[").count(), 1, "{}", ran.stderr);
    assert!(before == contents(workshop.path()), "{arguments:?}: files were changed");
}

fn read(workshop: &Workshop, path: &str) -> String {
    fs::read_to_string(workshop.at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn a_project_has_its_site_among_its_outputs() {
    let workshop = library();
    made(&workshop, &[], "obj/beskid/doc");
    let api = read(&workshop, "obj/beskid/doc/api.json");
    assert!(api.starts_with("{\n  \"format\": 1,") && api.contains("\"name\": \"Base\""), "{api}");
    assert!(api.contains("\"file\": \"Src/Say.bd\"") && !api.contains("Quiet"), "{api}");
    let page = read(&workshop, "obj/beskid/doc/Base/Say/index.html");
    assert!(page.contains("What is said.") && page.contains("id=\"function.It\""), "{page}");
    assert!(workshop.at("obj/beskid/doc/source/Base/Src/Say.bd.html").is_file());

    // From anywhere, to the same bytes.
    let first = contents(&workshop.at("obj"));
    fs::create_dir(workshop.at("Src/Inner")).unwrap();
    let ran = finish(workshop.beskid().arg("doc").current_dir(workshop.at("Src/Inner")));
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(contents(&workshop.at("obj")) == first);
    let moved = library();
    made(&moved, &["--out", "elsewhere/site"], "elsewhere/site");
    for (path, bytes) in contents(&moved.at("elsewhere/site")) {
        let path = path.strip_prefix(moved.at("elsewhere/site")).unwrap().to_owned();
        assert!(first[&workshop.at("obj/beskid/doc").join(&path)] == bytes, "{}", path.display());
    }
    made(&workshop, &["--private"], "obj/beskid/doc");
    assert!(read(&workshop, "obj/beskid/doc/api.json").contains("Quiet"));
}

#[test]
fn a_workspace_is_one_site() {
    let workshop = Workshop::new();
    put(
        &workshop,
        "Workspace.proj",
        "workspace { name = \"W\" }\nmember \"app\" { path = \"app\" }\nmember \"base\" { path = \"base\" }\n",
    );
    let app = "project { name = \"App\" }\ntarget \"App\" { kind = App  entry = \"Main.bd\" }\n";
    put(
        &workshop,
        "app/Project.proj",
        &format!("{app}dependency \"B\" {{ path = \"../base\" }}\n"),
    );
    let main = "/// @ref(B.Say.It) is said.\npub B.Say.Word Speak() => B.Say.Word { text: B.Say.It() };\nunit main() {}\n";
    put(&workshop, "app/Src/Main.bd", main);
    put(
        &workshop,
        "base/Project.proj",
        &format!("{LIB}dependency \"Deep\" {{ path = \"../deep\" }}\n"),
    );
    put(
        &workshop,
        "base/Src/Say.bd",
        &format!("{SAY}pub type Word {{ string text }}\npub Deep.D.T Far(Deep.D.T t) => t;\n"),
    );
    put(&workshop, "deep/Project.proj", LIB);
    put(&workshop, "deep/Src/D.bd", "pub type T { i32 x }\n");
    made(&workshop, &[], "obj/beskid/doc");
    // What one package says of the other one is a link.
    let page = read(&workshop, "obj/beskid/doc/App/Main/index.html");
    assert!(page.contains("href=\"../../Base/Say/Word.html\""), "{page}");
    assert!(page.contains("href=\"../../Base/Say/index.html#function.It\""), "{page}");
    assert!(!workshop.at("obj/beskid/doc/Base_2").exists());
    made(&workshop, &["--dependencies", "--out", "all"], "all");
    let page = read(&workshop, "all/Base/Say/index.html");
    assert!(page.contains("href=\"../../Base_2/D/T.html\""), "{page}");
    made(&workshop, &["--member", "base"], "base/obj/beskid/doc");
    assert!(!read(&workshop, "base/obj/beskid/doc/api.json").contains("\"App\""));
}

#[test]
fn a_file_and_the_core_library_have_sites() {
    let workshop = Workshop::new();
    workshop.file("hello.bd", "/// Greets.\npub unit Hello(Option<string> name) {}\n");
    made(&workshop, &["hello.bd"], "obj/beskid/doc");
    let page = read(&workshop, "obj/beskid/doc/hello/hello/index.html");
    assert!(page.contains("Greets."), "{page}");
    made(&workshop, &["--corelib"], "obj/beskid/doc-core");
    assert!(workshop.at("obj/beskid/doc-core/core/Collections.Map/Map.html").is_file());
    assert!(read(&workshop, "obj/beskid/doc-core/api.json").contains("core::Prelude.Option.Map"));
    let ran = workshop.run(&["doc", "--corelib", "hello.bd"]);
    assert_eq!(ran.status, 2, "{ran:?}");
}

#[test]
fn warnings_are_reported_and_errors_leave_what_was_there() {
    let workshop = library();
    put(&workshop, "Src/Say.bd", &format!("/// See @ref(Nowhere).\n{SAY}"));
    let ran = made(&workshop, &[], "obj/beskid/doc");
    assert!(ran.stderr.contains("warning[W1615]: "), "{ran:?}");
    let short = made(&workshop, &["--message-format", "short"], "obj/beskid/doc");
    assert!(short.stderr.starts_with("Src/Say.bd:1:14: warning[W1615]"), "{short:?}");
    put(&workshop, "Src/Say.bd", "pub string It() => 1;\n");
    refused(&workshop, &[], "E1207", "Src/Say.bd:1");
    assert!(read(&workshop, "obj/beskid/doc/Base/Say/index.html").contains("What is said."));
}

#[test]
fn what_cannot_be_documented_is_one_error() {
    let empty = Workshop::new();
    refused(&empty, &[], "E3006", "there is no `Project.proj`");
    refused(&empty, &["nothing.bd"], "E0001", "there is no file `nothing.bd`");
    let workshop = library();
    refused(&workshop, &["--member", "x"], "E3011", "no member `x`");
}

#[test]
fn places_that_are_not_for_sites_are_refused() {
    let workshop = library();
    workshop.file("file", "mine");
    refused(&workshop, &["--out", "file"], "E4004", "`file`: it is not a folder");
    refused(&workshop, &["--out", "file/site"], "E4004", "not a folder");
    refused(&workshop, &["--out", "Src"], "E4004", "something in it that is no documentation");
    refused(&workshop, &["--out", "."], "E4004", "something in it that is no documentation");
    put(&workshop, "later/.beskid-doc", "beskid doc, format 2\nindex.html\n");
    refused(&workshop, &["--out", "later"], "E4004", "is no list of this version");
    // A folder that is empty is as good as none.
    fs::create_dir(workshop.at("empty")).unwrap();
    made(&workshop, &["--out", "empty"], "empty");
    if is_superuser() {
        refused(&workshop, &["--out", "/proc/site"], "E4004", "`/proc/site`");
    } else {
        fs::create_dir(workshop.at("locked")).unwrap();
        fs::set_permissions(workshop.at("locked"), Permissions::from_mode(0o555)).unwrap();
        refused(&workshop, &["--out", "locked/site"], "E4004", "permission denied");
    }
}

#[test]
fn files_of_others_stay_and_old_pages_go() {
    let workshop = library();
    put(&workshop, "Src/Old/Gone.bd", "pub i32 X() => 1;\n");
    made(&workshop, &["--out", "site"], "site");
    assert!(workshop.at("site/Base/Old.Gone/index.html").is_file());
    put(&workshop, "site/CNAME", "docs.example.org");
    put(&workshop, "site/Base/Old.Gone/notes.txt", "mine");
    fs::remove_dir_all(workshop.at("Src/Old")).unwrap();
    made(&workshop, &["--out", "site"], "site");
    assert_eq!(read(&workshop, "site/CNAME"), "docs.example.org");
    assert_eq!(read(&workshop, "site/Base/Old.Gone/notes.txt"), "mine");
    assert!(!workshop.at("site/Base/Old.Gone/index.html").exists());
    assert!(!workshop.at("site/source/Base/Src/Old").exists());
    let list = read(&workshop, "site/.beskid-doc");
    assert!(list.contains("\nBase/Say/index.html\n") && !list.contains("Gone"), "{list}");
}

#[test]
fn nothing_outside_of_the_folder_is_touched() {
    let workshop = library();
    workshop.file("precious", "mine");
    put(&workshop, "other/index.html", "mine");
    made(&workshop, &["--out", "site"], "site");
    let absolute = workshop.at("precious");
    let list = read(&workshop, "site/.beskid-doc")
        + &format!("../precious\n{}\nlink/index.html\n\n.\n", absolute.display());
    put(&workshop, "site/.beskid-doc", &list);
    symlink("../other", workshop.at("site/link")).unwrap();
    made(&workshop, &["--out", "site"], "site");
    assert_eq!(read(&workshop, "precious"), "mine");
    assert_eq!(read(&workshop, "other/index.html"), "mine");
    // A page is not written through a link that somebody has put there.
    fs::remove_dir_all(workshop.at("site/Base")).unwrap();
    symlink("../other", workshop.at("site/Base")).unwrap();
    let ran = workshop.run(&["doc", "--out", "site"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("is a link"), "{ran:?}");
    assert_eq!(read(&workshop, "other/index.html"), "mine");
}

#[test]
fn a_run_that_was_interrupted_is_finished_by_the_next_one() {
    let workshop = library();
    made(&workshop, &["--out", "site"], "site");
    let whole = contents(&workshop.at("site"));
    // As it is after the list and a few pages.
    for gone in ["index.html", "search-index.js", "Base/Say/index.html"] {
        fs::remove_file(workshop.at("site").join(gone)).unwrap();
    }
    made(&workshop, &["--out", "site"], "site");
    assert!(contents(&workshop.at("site")) == whole);
}
