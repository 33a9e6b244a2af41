//! `--watch`: a command again after each change, one run at a time, and nothing left in the end.

mod workshop;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use workshop::Workshop;

const MANIFEST: &str =
    "project { name = \"App\" }\ntarget \"App\" { kind = App  entry = \"Main.bd\" }\n";
/// Much longer than anything takes, also on a machine that does something else as well.
const PATIENCE: Duration = Duration::from_secs(60);

/// A command that watches.
struct Watcher {
    child: Child,
    lines: Receiver<String>,
}

impl Watcher {
    fn new(workshop: &Workshop, arguments: &[&str]) -> Self {
        let mut command = workshop.beskid();
        command.args(arguments).arg("--watch");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, lines) = channel();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let other = sender.clone();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let _ = sender.send(line.unwrap());
            }
        });
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines() {
                let _ = other.send(line.unwrap());
            }
        });
        Self { child, lines }
    }

    /// Waits for a line with a text.
    fn wait_for(&self, text: &str) {
        self.wait_for_all(&[text]);
    }

    /// Waits until all of these texts have come: the streams are read beside each other.
    fn wait_for_all(&self, texts: &[&str]) {
        let begun = Instant::now();
        let mut seen: Vec<String> = Vec::new();
        while texts.iter().any(|text| !seen.iter().any(|line| line.contains(text))) {
            match self.lines.recv_timeout(PATIENCE.saturating_sub(begun.elapsed())) {
                Ok(line) => seen.push(line),
                Err(_) => panic!("no lines with {texts:?}: {seen:#?}"),
            }
        }
    }

    /// The processes that it has started and that are there.
    fn children(&self) -> Vec<u32> {
        processes()
            .into_iter()
            .filter(|(_, parent, _)| *parent == self.child.id())
            .map(|p| p.0)
            .collect()
    }

    /// Ends it as Ctrl-C does.
    fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("sh").args(["-c", &format!("kill -INT {id}")]).status().unwrap().success()
        );
        let begun = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // After a failure nothing may stay.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Number, parent and command line of every process that runs.
fn processes() -> Vec<(u32, u32, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let read = |name: &str| fs::read_to_string(entry.path().join(name)).unwrap_or_default();
        let status = read("stat");
        let Some((_, rest)) = status.rsplit_once(')') else { continue };
        let words: Vec<&str> = rest.split_whitespace().collect();
        // What has ended and was not asked for yet runs no more.
        if words[0] != "Z" {
            found.push((id, words[1].parse().unwrap(), read("cmdline").replace('\0', " ")));
        }
    }
    found
}

fn save(path: impl AsRef<Path>, text: &str) {
    fs::write(path, text).unwrap();
}

#[test]
fn each_save_is_checked() {
    let workshop = Workshop::new();
    fs::create_dir(workshop.at("Src")).unwrap();
    workshop.file("Project.proj", MANIFEST);
    workshop.file("Src/Main.bd", "unit main() { println(Words.Hello()); }\n");
    workshop.file("Src/Words.bd", "pub string Hello() => \"hello\";\n");
    let watcher = Watcher::new(&workshop, &["check"]);
    watcher.wait_for("ended with status 0; waiting for a change");
    save(workshop.at("Src/Words.bd"), "pub string Hello() => 1;\n");
    watcher.wait_for("error[E1207]");
    watcher.wait_for("ended with status 1");
    // Editors write another file and rename it.
    save(workshop.at("Src/.Words.bd.new"), "pub string Hello() => \"hi\";\n");
    fs::rename(workshop.at("Src/.Words.bd.new"), workshop.at("Src/Words.bd")).unwrap();
    watcher.wait_for("ended with status 0");
    // A file that was not there, in a folder that was not there.
    fs::create_dir(workshop.at("Src/Deep")).unwrap();
    thread::sleep(Duration::from_millis(200));
    save(workshop.at("Src/Deep/More.bd"), "i32 F() => true;\n");
    watcher.wait_for("error[E1207]");
    watcher.wait_for("ended with status 1");
    fs::remove_file(workshop.at("Src/Deep/More.bd")).unwrap();
    watcher.wait_for("ended with status 0");
    // The manifest, broken and mended; another project that is met with it.
    save(workshop.at("Project.proj"), "project {\n");
    watcher.wait_for("error[E3001]");
    watcher.wait_for("ended with status 1");
    fs::create_dir_all(workshop.at("base/Src")).unwrap();
    workshop
        .file("base/Project.proj", "project { name = \"Base\" }\ntarget \"L\" { kind = Lib }\n");
    workshop.file("base/Src/Say.bd", "pub string It() => \"x\";\n");
    save(
        workshop.at("Project.proj"),
        &format!("{MANIFEST}dependency \"Base\" {{ path = \"base\" }}\n"),
    );
    watcher.wait_for("ended with status 0");
    save(workshop.at("base/Src/Say.bd"), "pub string It() => 2;\n");
    watcher.wait_for("error[E1207]");
    watcher.stop();
}

#[test]
fn many_saves_leave_one_process_and_the_end_none() {
    let workshop = Workshop::new();
    // A program that does not end, with one below it that does not, either.
    let mark = format!("98{}", std::process::id());
    let program = |number: u32| {
        format!(
            "unit main() {{\n    println(\"run {number}\");\n    \
             let done = System.Process.NewCommand(\"sleep\").Argument(\"{mark}\").RunHere();\n    \
             println(\"never ${{done}}\");\n}}\n"
        )
    };
    save(workshop.at("main.bd"), &program(0));
    let watcher = Watcher::new(&workshop, &["run", "main.bd"]);
    watcher.wait_for("run 0");
    for number in 1..=100 {
        save(workshop.at("main.bd"), &program(number));
        thread::sleep(Duration::from_millis(u64::from(number % 7)));
    }
    watcher.wait_for("run 100");
    let sleeping = || processes().iter().filter(|process| process.2.contains(&mark)).count();
    let begun = Instant::now();
    while sleeping() != 1 && begun.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!((watcher.children().len(), sleeping()), (1, 1));
    watcher.stop();
    assert_eq!(sleeping(), 0);
}

#[test]
fn a_run_does_not_outlive_who_watches() {
    let workshop = Workshop::new();
    save(
        workshop.at("main.bd"),
        "unit main() { System.IO.ErrorLine(\"begun\"); while true { } }\n",
    );
    let mut watcher = Watcher::new(&workshop, &["run", "main.bd"]);
    watcher.wait_for("begun");
    let children = watcher.children();
    assert_eq!(children.len(), 1);
    watcher.child.kill().unwrap();
    watcher.child.wait().unwrap();
    let begun = Instant::now();
    while processes().iter().any(|process| children.contains(&process.0)) {
        assert!(begun.elapsed() < PATIENCE, "it is still there");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn tests_and_builds_are_done_again_and_begin_no_circle() {
    let workshop = Workshop::new();
    fs::create_dir_all(workshop.at("base")).unwrap();
    // The outputs lie below the sources, and the lock beside them.
    let manifest = MANIFEST.replace("\"App\" }\n", "\"App\" root = \".\" }\n");
    workshop.file("Project.proj", format!("{manifest}dependency \"Base\" {{ path = \"base\" }}\n"));
    workshop.file("Main.bd", "unit main() { }\ntest T { assert(true); }\n");
    workshop.file(
        "base/Project.proj",
        "project { name = \"B\" root = \".\" }\ntarget \"L\" { kind = Lib }\n",
    );
    workshop.file("base/Say.bd", "pub string It() => \"x\";\n");
    const ENDED: &str = "ended with status 0";
    for (verb, done) in [("test", &["1 passed", ENDED][..]), ("build", &[ENDED])] {
        let watcher = Watcher::new(&workshop, &[verb]);
        watcher.wait_for_all(done);
        let again = watcher.lines.recv_timeout(Duration::from_millis(700));
        assert!(again.is_err(), "{verb}: {again:?}");
        save(workshop.at("Main.bd"), "unit main() { println(1); }\ntest T { assert(true); }\n");
        watcher.wait_for_all(done);
        watcher.stop();
    }
    assert!(workshop.at("bin/App").exists() && workshop.at("Project.lock").exists());
}

#[test]
fn standard_input_is_not_watched() {
    let ran = Workshop::new().run(&["run", "-", "--watch"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("cannot watch standard input"), "{ran:?}");
}
