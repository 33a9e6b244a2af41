//! `beskid test --coverage` and `--lcov`: which lines ran, by both backends, however a test ends.

#![allow(clippy::print_stdout, reason = "a skipped test says why")]

mod workshop;

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde_json::Value;
use workshop::{Ran, Workshop, finish, finish_with};

const BACKENDS: [&str; 2] = ["jit", "aot"];

/// A program; each line of code ends in `//=` and how often it runs.
const MARKED: &str = r#"
use System.Process;

enum Shape { Circle(i64 r), Square(i64 side), Point }

type Counter : Countable { i64 count, }

contract Countable { unit Add(i64 by); }

impl Counter {
    pub unit Add(i64 by) {
        if by < 0 {                                  //= 2
            return;                                  //= 1
        }
        this.count =                                 //= 1
            this.count                               //= 1
            + by;                                    //= 1
    }
    i64 Never() => this.count;                       //= 0
}

i64 Area(Shape shape) => match shape {               //= 2
    Shape::Circle(r) => 3 * r * r,                   //= 1
    Shape::Square(side) when side > 100 => {         //= 1
        println("large");                            //= 0
        side                                         //= 0
    }
    Shape::Square(side) =>
        side * side,                                 //= 1
    Shape::Point => 0,                               //= 0
};

T Twice<T>((T) -> T f, T value) {
    let once = f(value);                             //= 2
    f(once)                                          //= 2
}

T Unused<T>(T value) {
    let same = value;                                //= 0
    same                                             //= 0
}

Result<i64, string> Parse(string text) {
    if text == "1" {                                 //= 2
        return Result::Ok(1);                        //= 1
    } else {
        println("no");                               //= 1
    }
    Result::Error(                                   //= 1
        "`${text}`",                                 //= 1
    )
}

Result<i64, string> Both(string a, string b) {
    let x = Parse(a)?;                               //= 1
    let y = Parse(b)?;                               //= 1
    Result::Ok(x + y)                                //= 0
}

i64 Loops(i64[] xs) {
    i64 mut sum = 0;                                 //= 1
    for x in xs {                                    //= 1
        if x == 2 { continue; }                      //= 3
        sum += x;                                    //= 2
    }
    while sum > 1000 {                               //= 1
        sum -= 1;                                    //= 0
    }
    for i in range(5, 5) {                           //= 1
        sum += 1;                                    //= 0
    }
    while true {                                     //= 2
        sum += 1;                                    //= 2
        if sum > 5 { break; }                        //= 2
    }
    sum                                              //= 1
}

bool Either(bool a, bool b) =>
    a                                                //= 1
    || Deep(b);                                      //= 0

bool Deep(bool a) => !a;                             //= 0

// A comment is no code.
pub i64 Lambdas() {
    let add = (i64 n) => {                           //= 1
        n + 1                                        //= 3
    };
    let never = (i64 n) => {                         //= 1
        n - 1                                        //= 0
    };
    let chosen = if add(1) > 5 {                     //= 1
        never                                        //= 0
    } else {
        add                                          //= 1
    };
    chosen(chosen(3))                                //= 1
}

i64 Panics(i64[] xs) {
    let first = xs[0];                               //= 1
    let third = xs[2];                               //= 1
    first + third                                    //= 0
}

i64 Hangs() {
    println("on and on");                            //= 1
    while true {}                                    //= 0
}

unit Leaves() {
    println("bye");                                  //= 1
    Process.Exit(3);                                 //= 1
}

test Shapes { assert(Area(Shape::Circle(2)) == 12); assert(Area(Shape::Square(2)) == 4); }
test Counts {
    let counter = Counter { count: 1 };
    counter.Add(2);
    Countable countable = counter;
    countable.Add(-1);
    assert(counter.count == 3);
}
test Generic { assert(Twice(x => x + 1, 1) == 3); assert(Twice(x => x + "a", "b") == "baa"); }
test Tries { Both("1", "2")?; }
test Turns { assert(Loops([1, 2, 3]) == 6); }
test Shortly { assert(Either(true, true)); }
test Closures { assert(Lambdas() == 5); }
test Breaks { Panics([1, 2]); }
test Waits { Hangs(); }
test Exits { Leaves(); }
unit main() { println("main"); }                     //= 0
"#;

/// The marks of a text: lines and how often they run.
fn marks(text: &str) -> BTreeMap<u32, u64> {
    let marked = (1..).zip(text.lines()).filter_map(|(line, text)| {
        let (_, count) = text.split_once("//=")?;
        Some((line, count.trim().parse().unwrap()))
    });
    marked.collect()
}

/// A file of a tracefile.
#[derive(Default, Debug, PartialEq, Eq)]
struct Record {
    lines: BTreeMap<u32, u64>,
    functions: BTreeMap<String, (u32, u64)>,
}

/// A tracefile, by the names of its files behind the folder. Its sums must be right.
fn records(workshop: &Workshop, text: &str) -> BTreeMap<String, Record> {
    let folder = fs::canonicalize(workshop.path()).unwrap();
    let mut records = BTreeMap::new();
    let (mut name, mut record) = (String::new(), Record::default());
    let mut sums = BTreeMap::new();
    for line in text.lines() {
        if line == "end_of_record" {
            let hit = |counts: Vec<u64>| counts.iter().filter(|&&count| count > 0).count();
            let lines: Vec<u64> = record.lines.values().copied().collect();
            let calls: Vec<u64> = record.functions.values().map(|&(_, count)| count).collect();
            let expected = [
                ("FNF", calls.len()),
                ("FNH", hit(calls)),
                ("LF", lines.len()),
                ("LH", hit(lines)),
            ];
            assert_eq!(sums, expected.into());
            records.insert(std::mem::take(&mut name), std::mem::take(&mut record));
            sums.clear();
            continue;
        }
        let (key, value) = line.split_once(':').unwrap();
        let pair = || value.split_once(',').unwrap();
        match key {
            "TN" => assert_eq!(value, ""),
            "SF" => {
                name = value.strip_prefix(folder.to_str().unwrap()).unwrap()[1..].to_owned();
            }
            "FN" => {
                let (line, name) = pair();
                record.functions.insert(name.to_owned(), (line.parse().unwrap(), 0));
            }
            "FNDA" => {
                let (count, name) = pair();
                record.functions.get_mut(name).unwrap().1 = count.parse().unwrap();
            }
            "DA" => {
                let (line, count) = pair();
                record.lines.insert(line.parse().unwrap(), count.parse().unwrap());
            }
            _ => {
                let key = ["FNF", "FNH", "LF", "LH"].into_iter().find(|known| *known == key);
                sums.insert(key.unwrap(), value.parse::<usize>().unwrap());
            }
        }
    }
    assert!(name.is_empty());
    records
}

/// Measures; the tracefile, and the table.
fn measure(workshop: &Workshop, arguments: &[&str], status: i32) -> (String, String) {
    let lcov = workshop.at("lcov.info");
    let all = [&["test", "--coverage", "--lcov", "lcov.info"], arguments].concat();
    let ran = workshop.run(&all);
    assert_eq!((ran.status, ran.stderr.as_str()), (status, ""), "{}", ran.stdout);
    let table = ran.stdout.split_once("\ncoverage").unwrap().1.to_owned();
    let text = fs::read_to_string(&lcov).unwrap();
    fs::remove_file(lcov).unwrap();
    (text, table)
}

#[test]
fn every_line_has_run_as_often_as_it_says() {
    let workshop = Workshop::new();
    workshop.file("marked.bd", MARKED);
    let expected = marks(MARKED);
    for backend in BACKENDS {
        for level in [&["--release"][..], &[]] {
            let arguments = [&["marked.bd", "--timeout", "4", "--backend", backend], level];
            let (lcov, table) = measure(&workshop, &arguments.concat(), 1);
            let records = records(&workshop, &lcov);
            assert_eq!(records.len(), 1);
            let record = &records["marked.bd"];
            // A turn of a loop that does nothing is no line of its own, but its condition is.
            let mut lines = record.lines.clone();
            let hanging = lines.iter().find(|&(_, &count)| count > 1000).map(|(&line, _)| line);
            let hanging = hanging.expect("the loop that hangs has turned often");
            lines.insert(hanging, 0);
            assert_eq!(lines, expected, "{backend} {level:?}");
            let calls = |name: &str| record.functions[name].1;
            assert_eq!(["Counter.Add", "Counter.Never", "Area"].map(calls), [2, 0, 2]);
            assert_eq!(["Twice", "Unused", "Parse", "main"].map(calls), [2, 0, 2, 0]);
            let covered = expected.values().filter(|&&count| count > 0).count() + 1;
            let sum = format!("  all files  {covered} of {} lines  ", expected.len());
            assert!(table.contains(&sum), "{table}");
        }
    }
}

/// Three files of a program with a dependency by path, and what the tests run of them.
fn project(workshop: &Workshop) {
    for folder in ["app/Src/Net", "words/Src"] {
        fs::create_dir_all(workshop.at(folder)).unwrap();
    }
    let manifest = "project { name = \"App\" }\ntarget \"App\" { kind = App  entry = \"Main.bd\" }\n\
                    dependency \"Words\" { source = path  path = \"../words\" }\n";
    workshop.file("app/Project.proj", manifest);
    workshop.file(
        "words/Project.proj",
        "project { name = \"Words\" }\ntarget \"Lib\" { kind = Lib }\n",
    );
    let main = "use Net.Http;\nunit main() {\n    println(Http.Port());\n}\n\
                test Ports { assert(Http.Port() == 80); }\n\
                test Says { assert(Words.Say.It(1) == \"one\"); }\n";
    workshop.file("app/Src/Main.bd", main);
    let http = "pub i32 Port() =>\n    80;\n\npub i32 Secure() {\n    let port = 443;\n\n    // Its own.\n    port\n}\n";
    workshop.file("app/Src/Net/Http.bd", http);
    let say = "pub string It(i32 n) => match n {\n    1 => \"one\",\n    _ => \"many\",\n};\n\
               pub T Same<T>(T x) => x;\nmod Inner { unit Never() { println(1); } }\n";
    workshop.file("words/Src/Say.bd", say);
}

#[test]
fn a_project_is_measured_with_what_it_depends_on_by_path() {
    let workshop = Workshop::new();
    project(&workshop);
    for backend in BACKENDS {
        let (lcov, table) = measure(&workshop, &["--project", "app", "--backend", backend], 0);
        let expected = "
  app/Src/Main.bd      0 of 1 lines    0.0 %  not run: 3
  app/Src/Net/Http.bd  1 of 3 lines   33.3 %  not run: 5-8
  words/Src/Say.bd     2 of 5 lines   40.0 %  not run: 3-6
  all files            3 of 9 lines   33.3 %
";
        assert_eq!(table, expected);
        let folder = fs::canonicalize(workshop.path()).unwrap();
        let expected = "\
TN:
SF:FOLDER/app/Src/Main.bd
FN:2,main
FNDA:0,main
FNF:1
FNH:0
DA:3,0
LF:1
LH:0
end_of_record
TN:
SF:FOLDER/app/Src/Net/Http.bd
FN:1,Net.Http.Port
FN:4,Net.Http.Secure
FNDA:1,Net.Http.Port
FNDA:0,Net.Http.Secure
FNF:2
FNH:1
DA:2,1
DA:5,0
DA:8,0
LF:3
LH:1
end_of_record
TN:
SF:FOLDER/words/Src/Say.bd
FN:1,Words.Say.It
FN:5,Words.Say.Same
FN:6,Words.Say.Inner.Never
FNDA:1,Words.Say.It
FNDA:0,Words.Say.Same
FNDA:0,Words.Say.Inner.Never
FNF:3
FNH:1
DA:1,1
DA:2,1
DA:3,0
DA:5,0
DA:6,0
LF:5
LH:2
end_of_record
";
        assert_eq!(lcov.replace(folder.to_str().unwrap(), "FOLDER"), expected);
    }
}

#[test]
fn members_of_a_workspace_add_up() {
    let workshop = Workshop::new();
    project(&workshop);
    let members = "workspace { name = \"W\" }\nmember \"app\" { path = \"app\" }\nmember \"words\" { path = \"words\" }\n";
    workshop.file("Workspace.proj", members);
    let say = fs::read_to_string(workshop.at("words/Src/Say.bd")).unwrap();
    let tested = say + "test Many { assert(It(2) == \"many\"); assert(Same(1) == 1); }\n";
    workshop.file("words/Src/Say.bd", tested);
    for backend in BACKENDS {
        let (lcov, table) = measure(&workshop, &["--backend", backend], 0);
        let records = records(&workshop, &lcov);
        let lines = [(1, 2), (2, 1), (3, 1), (5, 1), (6, 0)];
        assert_eq!(records["words/Src/Say.bd"].lines, lines.into());
        assert!(table.contains("  all files            5 of 9 lines   55.5 %\n"), "{table}");
    }
}

#[test]
fn what_was_fetched_is_not_measured() {
    if Command::new("git").arg("--version").output().is_err() {
        println!("skipped: there is no git");
        return;
    }
    let workshop = Workshop::new();
    project(&workshop);
    let git = |arguments: &[&str]| {
        let mut command = workshop.command("git");
        command.args(["-c", "user.name=T", "-c", "user.email=t@example.org"]).args(arguments);
        let ran = finish(command.current_dir(workshop.at("words")));
        assert_eq!(ran.status, 0, "{}", ran.stderr);
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "Words"]);
    let url = workshop.at("words");
    let manifest = format!(
        "project {{ name = \"App\" }}\ntarget \"App\" {{ kind = App  entry = \"Main.bd\" }}\n\
         dependency \"Words\" {{ source = git  url = \"file://{}\"  rev = \"main\" }}\n",
        url.display()
    );
    workshop.file("app/Project.proj", manifest);
    let cached = |arguments: &[&str]| {
        finish(workshop.beskid().env("BESKID_CACHE", workshop.at("cache")).args(arguments))
    };
    let fetched = cached(&["fetch", "--project", "app"]);
    assert_eq!(fetched.status, 0, "{}", fetched.stderr);
    for backend in BACKENDS {
        let ran = cached(&["test", "--project", "app", "--coverage", "--backend", backend]);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
        assert!(!ran.stdout.contains("Say.bd"), "{}", ran.stdout);
        assert!(
            ran.stdout.contains("  all files            1 of 4 lines   25.0 %\n"),
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn a_test_that_is_killed_has_counted() {
    let workshop = Workshop::new();
    let source = "\
[Extern(Abi: \"C\", Library: \"libc.so.6\")]
contract C { i32 raise(i32 signal); }
i32 Deep(i32 n) {
    Deep(n + 1) + 1
}
unit Kill(i32 signal) {
    println(\"before\");
    C.raise(signal);
    println(\"after\");
}
test Kills { Kill(9); }
test Crashes { Kill(11); }
test Overflows { println(Deep(0)); }
";
    workshop.file("killed.bd", source);
    for backend in BACKENDS {
        let (lcov, _) = measure(&workshop, &["killed.bd", "--backend", backend], 1);
        let mut lines = records(&workshop, &lcov)["killed.bd"].lines.clone();
        assert!(lines.remove(&4).unwrap() > 1000);
        assert_eq!(lines, [(7, 2), (8, 2), (9, 0)].into());
    }
}

#[test]
fn json_has_an_object_for_each_file_and_the_sums() {
    let workshop = Workshop::new();
    project(&workshop);
    let ran = workshop.run(&["test", "--project", "app", "--coverage", "--json"]);
    let lines: Vec<Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    let expected = ["test", "test", "summary", "coverage", "coverage", "coverage", "coverage-sum"];
    assert_eq!(kinds, expected);
    let http = serde_json::json!({
        "kind": "coverage", "file": "app/Src/Net/Http.bd", "covered": 1, "lines": 3,
        "uncovered": [[5, 8]],
    });
    assert_eq!(lines[4], http);
    let sums = serde_json::json!({ "kind": "coverage-sum", "covered": 3, "lines": 9 });
    assert_eq!(lines[6], sums);
}

#[test]
fn nothing_run_is_nothing_covered() {
    let workshop = Workshop::new();
    let source =
        "unit Never() {\n    println(1);\n}\ntest A { skip { condition = true; } Never(); }\n";
    workshop.file("skipped.bd", source);
    workshop.file("tests.bd", "test A { assert(true); }\n");
    for backend in BACKENDS {
        let (lcov, table) = measure(&workshop, &["skipped.bd", "--backend", backend], 0);
        assert_eq!(records(&workshop, &lcov)["skipped.bd"].lines, [(2, 0)].into());
        assert!(table.contains("  skipped.bd  0 of 1 lines    0.0 %  not run: 2\n"), "{table}");
        let (lcov, table) = measure(&workshop, &["tests.bd", "--backend", backend], 0);
        assert_eq!(
            (lcov.as_str(), table.as_str()),
            ("", ": there are no lines of code to measure\n")
        );
    }
}

#[test]
fn a_filter_measures_what_it_leaves() {
    let workshop = Workshop::new();
    let source = "i32 One() => 1;\ni32 Two() => 2;\n\
                  test A { assert(One() == 1); }\ntest B { assert(Two() == 2); }\n";
    workshop.file("two.bd", source);
    for backend in BACKENDS {
        let (lcov, _) = measure(&workshop, &["two.bd", "--filter", "B", "--backend", backend], 0);
        assert_eq!(records(&workshop, &lcov)["two.bd"].lines, [(1, 0), (2, 1)].into());
    }
}

#[test]
fn a_program_from_standard_input_is_measured() {
    let workshop = Workshop::new();
    let source = "i32 One() => 1;\ntest A { assert(One() == 1); }\n";
    for backend in BACKENDS {
        let mut command = workshop.beskid();
        command.args(["test", "-", "--coverage", "--backend", backend]);
        let ran = finish_with(&mut command, source.as_bytes());
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
        let row = "  <stdin>    1 of 1 lines  100.0 %\n";
        assert!(ran.stdout.contains(row), "{}", ran.stdout);
    }
}

#[test]
fn what_cannot_be_written_or_read_is_told() {
    let workshop = Workshop::new();
    workshop.file("a.bd", "i32 One() => 1;\ntest A { assert(One() == 1); }\n");
    let run = |arguments: &[&str]| -> Ran {
        let short = ["--message-format", "short"];
        workshop.run(&[&["test", "a.bd"], arguments, &short[..]].concat())
    };
    let ran = run(&["--lcov", "missing/lcov.info", "--coverage", "--junit", "report.xml"]);
    assert!(
        ran.stdout.contains("\n1 passed") && ran.stdout.contains("all files"),
        "{}",
        ran.stdout
    );
    let expected =
        "error[E4004]: cannot write `missing/lcov.info`: there is no directory `missing`\n";
    assert_eq!((ran.status, ran.stderr.as_str()), (1, expected));
    assert!(workshop.at("report.xml").exists());
    let ran = run(&["--lcov", "lcov.info", "--junit", "missing/report.xml"]);
    assert_eq!(ran.status, 1);
    assert!(workshop.at("lcov.info").exists());
    let ran = run(&["--lcov", "-"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("standard output has the results; name a file"), "{}", ran.stderr);

    // What an earlier run has left is not replaced by nothing.
    workshop.file("lcov.info", "earlier");
    workshop.file("a.bd", "test A { let x = y; }\n");
    let ran = run(&["--lcov", "lcov.info", "--coverage"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert_eq!(fs::read_to_string(workshop.at("lcov.info")).unwrap(), "earlier");
}

#[test]
fn counters_of_another_program_are_not_touched() {
    let workshop = Workshop::new();
    workshop.file("a.bd", "i32 One() => 1;\ntest A { assert(One() == 1); }\n");
    let run = |counters: Option<&str>| {
        let mut command = workshop.beskid();
        command.args(["test", "--only-test=0=A", "--coverage", "--", "a.bd"]);
        if let Some(counters) = counters {
            command.env("BESKID_COVERAGE", workshop.at(counters));
        }
        finish(&mut command)
    };
    // Without a file it counts for itself.
    assert_eq!(run(None).status, 0);
    workshop.file("short", [0; 8]);
    workshop.file("wrong", [7; 24]);
    let begin = "error: cannot count what runs, as BESKID_COVERAGE asks for: ";
    let cases = [
        ("missing", "no such file fits"),
        (".", "no such file fits"),
        ("short", "no such file fits"),
        ("wrong", "the file is for another program"),
    ];
    for (counters, why) in cases {
        let ran = run(Some(counters));
        assert_eq!(ran.stderr, format!("{begin}{why}\n"), "{counters}");
        assert!(ran.status != 0, "{counters}");
    }
    assert_eq!(fs::read(workshop.at("wrong")).unwrap(), [7; 24]);
}

#[test]
fn the_cache_keeps_measured_code_apart() {
    let workshop = Workshop::new();
    // So many functions are worth keeping.
    let mut source = String::new();
    for n in 0..120 {
        source += &format!("i64 F{n}(i64 x) {{\n    if x > {n} {{ return x; }}\n    x + {n}\n}}\n");
    }
    source += "test All {\n";
    for n in 0..120 {
        source += &format!("assert(F{n}(1) > 0);\n");
    }
    source += "}\nunit main() { println(F1(2)); }\n";
    workshop.file("many.bd", source);
    let run = |arguments: &[&str]| {
        let mut command = workshop.beskid();
        command.env("BESKID_CACHE", workshop.at("cache"));
        let ran = finish(command.args(arguments));
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{arguments:?}");
        ran.stdout
    };
    let table = |text: String| text.split_once("\ncoverage").map(|(_, table)| table.to_owned());
    let measured = ["test", "many.bd", "--backend", "aot", "--coverage"];
    let plain = ["test", "many.bd", "--backend", "aot"];
    run(&["build", "many.bd", "-o", "first"]);
    let first = table(run(&measured)).expect("a table");
    assert_eq!(table(run(&plain)), None);
    assert_eq!(table(run(&measured)).as_ref(), Some(&first));
    assert_eq!(table(run(&plain)), None);
    run(&["build", "many.bd", "-o", "second"]);
    let built = ["first", "second"].map(|name| fs::read(workshop.at(name)).unwrap());
    assert_eq!(built[0], built[1]);
    let by_jit = table(run(&["test", "many.bd", "--coverage"]));
    assert_eq!(by_jit, Some(first));
}
