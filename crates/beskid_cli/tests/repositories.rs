//! Dependencies on repositories: fetched by git, locked, offline from then on; hostile and broken ones.

#![allow(clippy::print_stdout, reason = "a skipped test says why")]

mod workshop;

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use workshop::{Ran, Workshop, finish};

const MANIFEST: &str =
    "project { name = \"App\" }\ntarget \"App\" { kind = App  entry = \"Main.bd\" }\n";
const LIBRARY: &str = "project { name = \"Words\" }\ntarget \"Lib\" { kind = Lib }\n";
const MAIN: &str = "unit main() { println(Words.Say.It()); }\n";

/// A project, a repository that it depends on, and a cache of their own.
struct Scene {
    workshop: Workshop,
}

impl Scene {
    /// Nothing if there is no git, which is said.
    fn new() -> Option<Self> {
        if Command::new("git").arg("--version").output().is_err() {
            println!("skipped: there is no git");
            return None;
        }
        let scene = Self { workshop: Workshop::new() };
        scene.write("words/Project.proj", LIBRARY);
        scene.write("words/Src/Say.bd", &say("one"));
        scene.git("words", &["init", "--quiet", "--initial-branch=main"]);
        scene.commit("words");
        scene.git("words", &["tag", "v1"]);
        scene.write("app/Src/Main.bd", MAIN);
        scene.depend("rev = \"main\"");
        Some(scene)
    }

    fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        self.workshop.at(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }

    fn url(&self) -> String {
        format!("file://{}", self.at("words").display())
    }

    /// Makes the application depend on the repository.
    fn depend(&self, keys: &str) {
        self.depend_on(&self.url(), keys);
    }

    fn depend_on(&self, url: &str, keys: &str) {
        let dependency =
            format!("dependency \"Words\" {{ source = git  url = \"{url}\"  {keys} }}");
        self.write("app/Project.proj", &format!("{MANIFEST}{dependency}\n"));
    }

    fn git(&self, folder: &str, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=Tester", "-c", "user.email=tester@example.org"])
            .args(["-c", "commit.gpgSign=false", "-c", "core.hooksPath=/dev/null"])
            .args(arguments)
            .current_dir(self.at(folder))
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn commit(&self, folder: &str) -> String {
        self.git(folder, &["add", "--all"]);
        self.git(folder, &["commit", "--quiet", "--allow-empty", "--message=change"]);
        self.git(folder, &["rev-parse", "HEAD"])
    }

    fn beskid(&self) -> Command {
        let mut command = self.workshop.beskid();
        command.env("BESKID_CACHE", self.at("cache")).current_dir(self.at("app"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        finish(self.beskid().args(arguments))
    }

    fn must(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.status, 0, "{arguments:?}: {ran:?}");
        ran
    }

    fn says(&self, text: &str) {
        let ran = self.run(&["run"]);
        assert_eq!((ran.status, ran.stdout.trim(), ran.stderr.as_str()), (0, text, ""));
    }

    /// Fails with one error, and leaves the lock as it was.
    fn fails(&self, arguments: &[&str], code: &str, text: &str) -> Ran {
        let lock = fs::read(self.at("app/Project.lock")).ok();
        let ran = self.run(arguments);
        assert_eq!(ran.status, 1, "{arguments:?}: {ran:?}");
        assert_eq!(ran.stderr.matches("error[").count(), 1, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(&format!("error[{code}]: ")), "{code}: {}", ran.stderr);
        assert!(ran.stderr.contains(text), "{text}: {}", ran.stderr);
        assert_eq!(lock, fs::read(self.at("app/Project.lock")).ok(), "{arguments:?}");
        ran
    }

    /// The folders of the store.
    fn checkouts(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.at("cache/git")) else { return vec![] };
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
    }
}

fn say(text: &str) -> String {
    format!("pub string It() => \"{text}\";\n")
}

#[test]
fn what_was_fetched_is_locked_until_it_is_updated() {
    let Some(scene) = Scene::new() else { return };
    scene.fails(&["run"], "E3023", "run `beskid fetch`");
    scene.fails(&["lock"], "E3023", "`Words` is not locked at `main`");
    let ran = scene.must(&["fetch"]);
    assert!(ran.stderr.contains("note: fetched file://"), "{ran:?}");
    assert!(ran.stderr.contains("note: wrote `Project.lock`"), "{ran:?}");
    scene.says("one");

    // Nothing that happens to the repository changes the program.
    let first = scene.read("app/Project.lock");
    scene.write("words/Src/Say.bd", &say("two"));
    let commit = scene.commit("words");
    assert_eq!(scene.must(&["fetch"]).stderr, "");
    scene.must(&["lock", "--frozen"]);
    fs::rename(scene.at("words"), scene.at("away")).unwrap();
    scene.says("one");
    for verb in ["check", "build", "test"] {
        scene.must(&[verb, "--frozen"]);
    }
    assert_eq!(scene.read("app/Project.lock"), first);
    scene.fails(&["update"], "E3024", "could not list its revisions");
    fs::rename(scene.at("away"), scene.at("words")).unwrap();

    scene.fails(&["update", "Word"], "E3013", "did you mean `Words`?");
    scene.fails(&["update", "--locked"], "E3022", "is another commit of `main`");
    scene.must(&["update", "Words"]);
    assert!(scene.read("app/Project.lock").contains(&commit));
    scene.says("two");

    // Another machine has the lock and no cache.
    fs::remove_dir_all(scene.at("cache")).unwrap();
    scene.fails(&["run"], "E3023", "is not on this machine yet");
    scene.fails(&["fetch", "--frozen"], "E3023", "`--frozen` refuses the network");
    scene.must(&["fetch", "--locked"]);
    scene.says("two");
}

#[test]
fn tags_branches_and_commits_are_revisions() {
    let Some(scene) = Scene::new() else { return };
    let first = scene.git("words", &["rev-parse", "HEAD"]);
    scene.write("words/Src/Say.bd", &say("annotated"));
    scene.commit("words");
    scene.git("words", &["tag", "--annotate", "--message=x", "v2"]);
    scene.write("words/Src/Say.bd", &say("newest"));
    scene.commit("words");
    scene.git("words", &["branch", "v1"]);
    scene.git("words", &["branch", "side/way", "v2"]);
    for (rev, text) in [
        ("rev = \"v1\"", "one"),
        ("rev = \"v2\"", "annotated"),
        ("rev = \"main\"", "newest"),
        ("rev = \"side/way\"", "annotated"),
        ("", "newest"),
        (&format!("rev = \"{first}\""), "one"),
    ] {
        scene.depend(rev);
        scene.must(&["fetch"]);
        scene.says(text);
        scene.must(&["check", "--locked"]);
    }
    scene.depend("rev = \"v3\"");
    scene.fails(&["fetch"], "E3024", "has no revision `v3`");
    scene.depend("rev = \"side/wax\"");
    scene.fails(&["fetch"], "E3024", "did you mean `side/way`?");
    scene.depend(&format!("rev = \"{}\"", &first[..12]));
    scene.fails(&["fetch"], "E3024", "write all digits of a commit");
    scene.depend(&format!("rev = \"{}\"", "0".repeat(40)));
    scene.fails(&["fetch"], "E3024", "has no revision");
    scene.depend_on(&format!("file://{}", scene.at("nowhere").display()), "");
    scene.fails(&["fetch"], "E3024", "git says: ");
}

#[test]
fn a_lock_is_the_same_on_every_machine() {
    let (Some(one), Some(two)) = (Scene::new(), Scene::new()) else { return };
    // The repository is one; the folders, the caches and the settings of git are not.
    two.depend_on(&one.url(), "rev = \"main\"");
    two.write("settings", "[core]\n\tautocrlf = true\n\teol = crlf\n[init]\n\tdefaultBranch = x\n");
    one.write("words/.gitattributes", "*.bd text eol=crlf ident\n");
    one.write("words/Src/Say.bd", "// $Id$\npub string It() => \"one\";\n");
    one.commit("words");
    one.must(&["fetch"]);
    let ran = finish(two.beskid().arg("fetch").env("GIT_CONFIG_GLOBAL", two.at("settings")));
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(one.read("app/Project.lock"), two.read("app/Project.lock"));
    // So are the programs.
    one.must(&["build"]);
    two.must(&["build"]);
    assert_eq!(fs::read(one.at("app/bin/App")).unwrap(), fs::read(two.at("app/bin/App")).unwrap());
}

#[test]
fn projects_of_a_repository_depend_on_each_other_and_on_nothing_outside() {
    let Some(scene) = Scene::new() else { return };
    scene.write(
        "words/deep/Project.proj",
        &format!("{LIBRARY}dependency \"Base\" {{ path = \"..\" }}\n"),
    );
    scene.write("words/deep/Src/Say.bd", "pub string It() => \"deep ${Base.Say.It()}\";\n");
    scene.commit("words");
    scene.depend("path = \"deep\"");
    scene.must(&["fetch"]);
    scene.says("deep one");

    for outside in ["../..", "../../../app", "/tmp"] {
        let dependency = format!("dependency \"Base\" {{ path = \"{outside}\" }}\n");
        scene.write("words/deep/Project.proj", &format!("{LIBRARY}{dependency}"));
        scene.commit("words");
        let ran = scene.fails(&["update"], "E3012", "leads out of the repository");
        assert!(ran.stderr.contains("--> Words@"), "{}", ran.stderr);
    }
    scene.depend("path = \"depe\"");
    scene.fails(&["update"], "E3006", "there is no folder at `depe` in the repository");
}

#[test]
fn repositories_depend_on_repositories() {
    let Some(scene) = Scene::new() else { return };
    scene.write(
        "more/Project.proj",
        &format!(
            "{}dependency \"Words\" {{ source = git  url = \"{}\"  rev = \"v1\" }}\n",
            LIBRARY.replace("Words", "More"),
            scene.url(),
        ),
    );
    scene.write("more/Src/Say.bd", "pub string It() => \"more ${Words.Say.It()}\";\n");
    scene.git("more", &["init", "--quiet", "--initial-branch=main"]);
    scene.commit("more");
    let url = format!("file://{}", scene.at("more").display());
    let both = format!(
        "{MANIFEST}dependency \"Words\" {{ source = git  url = \"{url}\" }}\n\
         dependency \"Other\" {{ source = git  url = \"{}\"  rev = \"main\" }}\n",
        scene.url(),
    );
    scene.write("app/Project.proj", &both);
    scene.write(
        "app/Src/Main.bd",
        "unit main() { println(\"${Words.Say.It()}, ${Other.Say.It()}\"); }\n",
    );
    scene.must(&["fetch"]);
    // Both revisions are one commit: one package.
    scene.says("more one, one");
    assert_eq!(scene.checkouts().len(), 2);
    scene.write("words/Src/Say.bd", &say("two"));
    scene.commit("words");
    scene.must(&["update", "Other"]);
    scene.says("more one, two");
    assert_eq!(scene.checkouts().len(), 3);
}

#[test]
fn what_a_manifest_says_never_becomes_an_option_of_git() {
    let Some(scene) = Scene::new() else { return };
    let mark = scene.at("mark");
    let touch = format!("touch {}", mark.display());
    for url in [
        format!("--upload-pack={touch}"),
        format!("ext::sh -c {touch}"),
        "fd::17".to_owned(),
        "-oProxyCommand=x".to_owned(),
        format!("ssh://-oProxyCommand={touch}/x"),
        "../words".to_owned(),
    ] {
        scene.depend_on(&url, "");
        scene.fails(&["fetch"], "E3003", "Project.proj:3:");
    }
    for rev in ["-x", "--upload-pack=x", "a..b", "HEAD~1", "v1^{}", "a b", "@{-1}"] {
        scene.depend(&format!("rev = \"{rev}\""));
        scene.fails(&["fetch"], "E3003", "no revision can have this name");
    }
    for path in ["..", "/etc", "a/../../b", ""] {
        scene.depend(&format!("path = \"{path}\""));
        scene.fails(&["fetch"], "E3003", "inside of the repository");
    }
    assert!(!mark.exists());
    assert_eq!(scene.checkouts(), Vec::<PathBuf>::new());
}

#[test]
fn what_a_repository_has_runs_nothing_and_reaches_nothing() {
    let Some(scene) = Scene::new() else { return };
    let mark = scene.at("mark");
    let script = format!("#!/bin/sh\ntouch {}\n", mark.display());
    // Hooks and filters that the user has set up for everything.
    for hook in ["post-checkout", "post-index-change", "reference-transaction"] {
        let path = format!("hooks/{hook}");
        scene.write(&path, &script);
        fs::set_permissions(scene.at(path), Permissions::from_mode(0o755)).unwrap();
    }
    scene.write("settings", &format!(
        "[core]\n\thooksPath = {}\n[init]\n\ttemplateDir = {}\n[filter \"x\"]\n\tsmudge = touch {}\n",
        scene.at("hooks").display(),
        scene.at("hooks").display(),
        mark.display(),
    ));
    scene.write("words/.gitattributes", "* filter=x\n");
    scene.write(
        "words/.gitmodules",
        "[submodule \"x\"]\n\tpath = x\n\turl = ext::sh -c touch% mark\n",
    );
    scene.commit("words");
    let ran = finish(scene.beskid().arg("fetch").env("GIT_CONFIG_GLOBAL", scene.at("settings")));
    assert_eq!(ran.status, 0, "{ran:?}");
    scene.says("one");
    assert!(!mark.exists());

    // Links are nothing that a program can be made of.
    scene.write("secret.bd", "pub string Secret() => \"secret\";\n");
    symlink(scene.at("secret.bd"), scene.at("words/Src/Secret.bd")).unwrap();
    scene.commit("words");
    scene.fails(&["update"], "E3025", "`Src/Secret.bd` is a link");
    fs::remove_file(scene.at("words/Src/Secret.bd")).unwrap();
    fs::remove_dir_all(scene.at("words/Src")).unwrap();
    symlink("/", scene.at("words/Src")).unwrap();
    scene.commit("words");
    scene.fails(&["update"], "E3004", "there is no folder");
}

#[test]
fn changed_files_are_not_compiled_and_fetched_anew() {
    let Some(scene) = Scene::new() else { return };
    scene.must(&["fetch"]);
    let checkout = scene.checkouts().remove(0);
    let source = checkout.join("Src/Say.bd");
    fs::write(&source, say("changed")).unwrap();
    scene.fails(&["run"], "E3021", "are not those that were locked");
    scene.must(&["fetch"]);
    scene.says("one");
    fs::remove_file(&source).unwrap();
    symlink("/etc/passwd", &source).unwrap();
    scene.fails(&["run"], "E3021", "cannot be read");
    scene.must(&["fetch"]);
    scene.says("one");

    // A commit whose files are not those of the lock.
    let lock = scene.read("app/Project.lock");
    let (head, rest) = lock.split_once("content = \"").unwrap();
    scene
        .write("app/Project.lock", &format!("{head}content = \"{}{}", "0".repeat(64), &rest[64..]));
    scene.fails(&["fetch"], "E3021", "are not those that were locked");
}

#[test]
fn a_fetch_that_was_killed_is_in_nobodys_way() {
    let Some(scene) = Scene::new() else { return };
    let path = std::env::var_os("PATH").unwrap();
    let mut folders = std::env::split_paths(&path);
    let real = folders.find_map(|folder| Some(folder.join("git")).filter(|git| git.is_file()));
    // What takes long, in the middle of a fetch.
    let wrapper = format!(
        "#!/bin/sh\ncase \" $* \" in *\" cat-file --batch \"*) sleep 30 ;; esac\nexec '{}' \"$@\"\n",
        real.unwrap().display(),
    );
    scene.write("slow/git", &wrapper);
    fs::set_permissions(scene.at("slow/git"), Permissions::from_mode(0o755)).unwrap();
    let slow =
        std::env::join_paths(std::iter::once(scene.at("slow")).chain(std::env::split_paths(&path)))
            .unwrap();
    let mut child = scene
        .beskid()
        .arg("fetch")
        .env("PATH", &slow)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let is_writing = || scene.checkouts().iter().any(|folder| folder.join("files").exists());
    for _ in 0..400 {
        if is_writing() {
            break;
        }
        thread::sleep(Duration::from_millis(25));
    }
    assert!(is_writing(), "{:?}", scene.checkouts());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!scene.at("app/Project.lock").exists());
    scene.fails(&["run"], "E3023", "run `beskid fetch`");
    scene.must(&["fetch"]);
    scene.says("one");
    // What it left is gone.
    assert_eq!(scene.checkouts().len(), 1, "{:?}", scene.checkouts());
}

#[test]
fn many_may_fetch_at_once() {
    let Some(scene) = Scene::new() else { return };
    let children: Vec<_> = (0..6)
        .map(|index| {
            let verb = if index % 2 == 0 { "fetch" } else { "update" };
            scene.beskid().arg(verb).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    scene.says("one");
    assert_eq!(scene.checkouts().len(), 1);
}

#[test]
fn without_a_cache_of_the_user_the_project_has_one() {
    let Some(scene) = Scene::new() else { return };
    let bare = |arguments: &[&str]| {
        let mut command = scene.beskid();
        for name in ["HOME", "XDG_CACHE_HOME", "BESKID_CACHE"] {
            command.env_remove(name);
        }
        finish(command.args(arguments))
    };
    let ran = bare(&["fetch"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(scene.at("app/obj/beskid/git").is_dir());
    assert_eq!(bare(&["run"]).stdout, "one\n");
}

#[test]
fn nothing_but_fetch_and_update_asks_git() {
    let Some(scene) = Scene::new() else { return };
    scene.must(&["fetch"]);
    let mark = scene.at("mark");
    scene.write("fake/git", &format!("#!/bin/sh\ntouch '{}'\nexit 1\n", mark.display()));
    fs::set_permissions(scene.at("fake/git"), Permissions::from_mode(0o755)).unwrap();
    let run = |arguments: &[&str]| {
        let path = format!("{}:/usr/bin:/bin", scene.at("fake").display());
        finish(scene.beskid().args(arguments).env("PATH", path))
    };
    for verb in ["run", "check", "build", "test", "clif", "lock", "fetch"] {
        let ran = run(&[verb]);
        assert!(ran.status == 0 && !mark.exists(), "{verb}: {ran:?}");
    }
    // Nor do they if something is missing.
    fs::remove_dir_all(scene.at("cache")).unwrap();
    for arguments in [&["run"][..], &["lock"], &["fetch", "--frozen"]] {
        let ran = run(arguments);
        assert!(ran.stderr.contains("error[E3023]") && !mark.exists(), "{ran:?}");
    }
    assert!(run(&["update"]).stderr.contains("error[E3024]") && mark.exists());
}

#[test]
fn without_git_it_is_said() {
    let Some(scene) = Scene::new() else { return };
    let ran = finish(scene.beskid().arg("fetch").env("PATH", scene.at("nothing")));
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("error[E3024]: `git` cannot be started"), "{ran:?}");
}
