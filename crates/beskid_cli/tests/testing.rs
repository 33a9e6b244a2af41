//! `beskid test` (language.md §16, tools.md §1): isolation, limits, filters, what is shown.

mod workshop;

use std::time::{Duration, Instant};

use serde_json::Value;
use workshop::{Ran, Workshop, finish, finish_with};

/// One test of each outcome.
const MIXED: &str = r#"
i32 Double(i32 value) => value * 2;
i32 Deep(i32 n) { return Deep(n + 1) + 1; }

Result<i32, string> Parse(string text) {
    if text == "1" { return Result::Ok(1); }
    return Result::Error("no number: ${text}");
}

test Doubles {
    meta { tags = "fast, pure"; group = "math.double"; }
    println("unseen");
    assert(Double(2) == 4);
}

test Asserts {
    meta { group = "math"; }
    print("be");
    println("fore");
    let value = Double(3);
    assert(value == 7, "${value} is not 7");
}

test Propagates {
    let one = Parse("1")?;
    println("one is ${one}");
    let two = Parse("2")?;
}

test Divides { meta { tags = "fast"; } let zero = Double(0); println(1 / zero); }

test Waits {
    skip { condition = true; reason = "needs sockets"; }
    panic("never");
}

test Runs {
    skip { condition = 1 > 2; reason = "never"; }
    for i in range(0, 3) { println(i); }
}

unit main() { println("main"); }
"#;

fn mixed(arguments: &[&str]) -> Ran {
    let workshop = Workshop::new();
    workshop.file("mixed.bd", MIXED);
    workshop.run(&[&["test", "mixed.bd"], arguments].concat())
}

/// Times differ from run to run: numbers before `ms` and `s` become `_`, and blanks before them one.
fn without_times(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let mut kept: Vec<String> = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let unit = words.get(at + 1).is_some_and(|next| matches!(*next, "ms" | "s"));
            if unit && word.parse::<f64>().is_ok() {
                while kept.last().is_some_and(String::is_empty) {
                    kept.pop();
                }
                kept.push("_".to_owned());
            } else {
                kept.push((*word).to_owned());
            }
        }
        out.push_str(&kept.join(" "));
        out.push('\n');
    }
    out
}

fn json(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Name and outcome of each test, in order.
fn outcomes(lines: &[Value]) -> Vec<(&str, &str)> {
    let tests = lines.iter().filter(|line| line["kind"] == "test");
    tests.map(|test| (test["name"].as_str().unwrap(), test["outcome"].as_str().unwrap())).collect()
}

#[test]
fn outcomes_are_listed_and_failures_explained() {
    let ran = mixed(&[]);
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
    let expected = "\
running 6 tests of mixed.bd
  ok    Doubles _ ms
  FAIL  Asserts _ ms  panicked
  FAIL  Propagates _ ms  panicked
  FAIL  Divides _ ms  panicked
  skip  Waits       needs sockets
  ok    Runs _ ms

Asserts panicked, at mixed.bd:16:6
  stdout
    before
  stderr
    panic: assertion failed: 6 is not 7
      at mixed.bd:21:5
      in test Asserts at mixed.bd:21:5
  run it again: beskid test mixed.bd --filter Asserts

Propagates panicked, at mixed.bd:24:6
  stdout
    one is 1
  stderr
    panic: Error(\"no number: 2\")
      at mixed.bd:27:15
      in test Propagates at mixed.bd:27:15
  run it again: beskid test mixed.bd --filter Propagates

Divides panicked, at mixed.bd:30:6
  stderr
    panic: division by zero
      at mixed.bd:30:70
      in test Divides at mixed.bd:30:70
  run it again: beskid test mixed.bd --filter Divides

2 passed, 3 failed, 1 skipped, 0 filtered out, in _ ms
";
    assert_eq!(without_times(&ran.stdout), expected);
}

#[test]
fn both_backends_at_both_levels_agree() {
    let plain = |ran: Ran| {
        assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
        let shown = without_times(&ran.stdout);
        let lines = shown.lines().filter(|line| !line.contains("run it again"));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    let first = plain(mixed(&[]));
    assert_eq!(plain(mixed(&["--release"])), first);
    assert_eq!(plain(mixed(&["--backend", "aot"])), first);
    let aot = mixed(&["--backend", "aot", "--release"]);
    let again = "beskid test mixed.bd --filter Asserts --backend aot --release\n";
    assert!(aot.stdout.contains(again), "{}", aot.stdout);
    assert_eq!(plain(aot), first);
}

#[test]
fn crashes_and_hangs_stop_no_other_test() {
    let workshop = Workshop::new();
    let source = "i32 Deep(i32 n) { return Deep(n + 1) + 1; }\n\
                  test Hangs { while true {} }\n\
                  test Overflows { println(Deep(0)); }\n\
                  test Writes { while true { println(\"again and again and again\"); } }\n\
                  test Allocates { let mut xs = [[0]]; while true { xs = [xs[0], Array.Filled<i32>(9, 9)]; } }\n\
                  test Passes { assert(true); }\n";
    workshop.file("hard.bd", source);
    for backend in ["jit", "aot"] {
        let start = Instant::now();
        let arguments =
            ["test", "hard.bd", "--timeout", "5", "--backend", backend, "--json", "--jobs", "4"];
        let ran = workshop.run(&arguments);
        assert!(start.elapsed() < Duration::from_secs(60));
        assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
        let lines = json(&ran.stdout);
        let expected = [
            ("Hangs", "failed"),
            ("Overflows", "failed"),
            ("Writes", "failed"),
            ("Allocates", "failed"),
            ("Passes", "passed"),
        ];
        assert_eq!(outcomes(&lines), expected);
        assert_eq!(lines[0]["message"], "timed out after 5 s");
        assert_eq!(lines[0]["status"], Value::Null);
        assert_eq!((&lines[1]["message"], &lines[1]["status"]), (&"panicked".into(), &101.into()));
        assert!(lines[1]["stderr"].as_str().unwrap().starts_with("panic: stack overflow\n"));
        assert_eq!(lines[2]["stdout"].as_str().unwrap().len(), 1 << 20);
    }
}

#[test]
fn json_has_a_line_for_each_test_and_the_sums() {
    let ran = mixed(&["--json"]);
    let lines = json(&ran.stdout);
    assert_eq!(lines.len(), 7);
    let first = &lines[0];
    assert_eq!(first["module"], "mixed");
    assert_eq!((&first["file"], &first["line"]), (&"mixed.bd".into(), &10.into()));
    assert_eq!(first["tags"], serde_json::json!(["fast", "pure"]));
    assert_eq!(first["group"], "math.double");
    assert!(first["seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(lines[1]["stdout"], "before\n");
    assert_eq!(lines[1]["again"][4], "Asserts");
    assert_eq!(lines[4]["reason"], "needs sockets");
    let sums = ["passed", "failed", "skipped", "filtered"].map(|key| lines[6][key].as_u64());
    assert_eq!((&lines[6]["kind"], sums), (&"summary".into(), [2, 3, 1, 0].map(Some)));
}

#[test]
fn filters_choose_tests() {
    let chosen = |arguments: &[&str]| {
        let ran = mixed(&[arguments, &["--json"]].concat());
        let lines = json(&ran.stdout);
        let names: Vec<String> =
            outcomes(&lines).iter().map(|(name, _)| (*name).to_owned()).collect();
        let filtered = lines.last().unwrap()["filtered"].as_u64().unwrap() as usize;
        assert_eq!(names.len() + filtered, 6, "{arguments:?}");
        names.join(" ")
    };
    assert_eq!(chosen(&["--filter", "Doubles"]), "Doubles");
    assert_eq!(chosen(&["Doubles", "Runs"]), "Doubles Runs");
    assert_eq!(chosen(&["--filter", "mixed.Doubles"]), "Doubles");
    assert_eq!(chosen(&["--filter", "es"]), "Doubles Propagates Divides");
    assert_eq!(chosen(&["--filter", "mixed.bd:12"]), "Doubles");
    assert_eq!(chosen(&["--filter", "mixed.bd:30"]), "Divides");
    assert_eq!(chosen(&["--include-tag", "fast"]), "Doubles Divides");
    assert_eq!(chosen(&["--include-tag", "pure,fast"]), "Doubles Divides");
    assert_eq!(chosen(&["--exclude-tag", "fast"]), "Asserts Propagates Waits Runs");
    assert_eq!(chosen(&["--include-tag", "fast", "--exclude-tag", "pure"]), "Divides");
    assert_eq!(chosen(&["--group", "math"]), "Doubles Asserts");
    assert_eq!(chosen(&["--group", "math.double"]), "Doubles");
    assert_eq!(chosen(&["--group", "math", "--filter", "Asserts"]), "Asserts");
}

#[test]
fn a_filter_that_matches_nothing_is_an_error() {
    let cases: &[(&[&str], &str)] = &[
        (&["Doubels"], "no test has `Doubels` in its name; did you mean `Doubles`?"),
        (&["--filter", "quite other"], "no test has `quite other` in its name"),
        (&["--filter", "mixed.bd:2"], "there is no test at line 2 of `mixed.bd`"),
        (&["--include-tag", "fsat"], "no test has the tag `fsat`; did you mean `fast`?"),
        (&["--group", "mat"], "no test has the group `mat`; did you mean `math`?"),
        (&["--group", "math", "--filter", "Runs"], "no test passes all filters"),
    ];
    for (arguments, message) in cases {
        let ran = mixed(arguments);
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{arguments:?}");
        assert_eq!(ran.stderr, format!("error: {message}\n"), "{arguments:?}");
    }
}

#[test]
fn a_program_without_tests_says_so() {
    let workshop = Workshop::new();
    workshop.file("none.bd", "unit main() {}\n");
    assert_eq!(workshop.must(&["test", "none.bd"]), "there are no tests in none.bd\n");
    let lines = json(&workshop.must(&["test", "none.bd", "--json"]));
    assert_eq!((lines.len(), &lines[0]["passed"]), (1, &0.into()));
}

#[test]
fn skipped_tests_alone_need_no_process() {
    let workshop = Workshop::new();
    workshop.file(
        "skip.bd",
        "test A { skip { reason = \"later\"; } }\ntest B { skip { condition = true; } }\n",
    );
    for backend in ["jit", "aot"] {
        let shown = without_times(&workshop.must(&["test", "skip.bd", "--backend", backend]));
        let expected = "running 2 tests of skip.bd\n  skip  A  later\n  skip  B\n\n\
                        0 passed, 0 failed, 2 skipped, 0 filtered out, in _ ms\n";
        assert_eq!(shown, expected);
    }
}

#[test]
fn a_program_with_errors_runs_no_test() {
    let workshop = Workshop::new();
    workshop
        .file("wrong.bd", "test A { println(\"ran\"); }\ntest B { let x = y; }\nunit main() {}\n");
    for command in ["test", "check", "run", "build"] {
        let ran = workshop.run(&[command, "wrong.bd", "--message-format", "short"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{command}");
        assert_eq!(ran.stderr, "wrong.bd:2:18: error[E1101]: unknown name `y`\n", "{command}");
    }
}

#[test]
fn programs_have_no_tests_in_them() {
    let workshop = Workshop::new();
    workshop.file("mixed.bd", MIXED);
    assert_eq!(workshop.must(&["run", "mixed.bd"]), "main\n");
    let mir = workshop.must(&["mir", "mixed.bd"]);
    assert!(mir.contains("main") && !mir.contains("Asserts"), "{mir}");
    workshop.must(&["build", "mixed.bd", "-o", "mixed"]);
    let ran = finish(&mut workshop.command(workshop.at("mixed")));
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "main\n"));
}

#[test]
fn tests_share_names_with_functions_and_types() {
    let workshop = Workshop::new();
    let source = "type Point { i32 x }\nunit Adds() { println(\"function\"); }\nunit main() {}\n\
                  test Adds { Adds(); assert(Point { x: 1 }.x == 1); }\ntest Point { Adds(); }\n\
                  test main { main(); }\n";
    workshop.file("names.bd", source);
    for backend in ["jit", "aot"] {
        let shown = workshop.must(&["test", "names.bd", "--backend", backend]);
        assert!(shown.contains("\n3 passed, 0 failed, 0 skipped, 0 filtered out"), "{shown}");
    }
}

#[test]
fn many_tests_keep_their_order() {
    let workshop = Workshop::new();
    let source: String = (0..40)
        .map(|n| format!("test T{n} {{ println({n}); assert({n} % 13 != 5); }}\n"))
        .collect();
    workshop.file("many.bd", source);
    for backend in ["jit", "aot"] {
        let ran = workshop.run(&["test", "many.bd", "--json", "--jobs", "8", "--backend", backend]);
        let lines = json(&ran.stdout);
        let found = outcomes(&lines);
        assert_eq!(found.len(), 40);
        for (n, &(name, outcome)) in found.iter().enumerate() {
            let expected = if n % 13 == 5 { "failed" } else { "passed" };
            assert_eq!((name, outcome), (format!("T{n}").as_str(), expected));
        }
        assert_eq!(lines[5]["stdout"], "5\n");
    }
}

#[test]
fn a_program_from_standard_input_is_tested() {
    let workshop = Workshop::new();
    let source = "test A { println(\"out\"); panic(\"end\"); }\ntest B {}\n";
    let ran = finish_with(workshop.beskid().args(["test", "-"]), source.as_bytes());
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
    assert!(
        ran.stdout.contains("A panicked, at <stdin>:1:6\n  stdout\n    out\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("\n1 passed, 1 failed"), "{}", ran.stdout);
}

#[test]
fn odd_file_names_are_quoted() {
    let workshop = Workshop::new();
    workshop.file("-my tests.bd", "test A { panic(\"x\"); }\n");
    let ran = workshop.run(&["test", "./-my tests.bd"]);
    let again = "run it again: beskid test './-my tests.bd' --filter A\n";
    assert!(ran.status == 1 && ran.stdout.contains(again), "{}", ran.stdout);
}

#[test]
fn a_test_runs_again_within_the_same_time() {
    let workshop = Workshop::new();
    workshop.file("slow.bd", "test A { while true {} }\n");
    let ran = workshop.run(&["test", "slow.bd", "--timeout", "1"]);
    let again = "run it again: beskid test slow.bd --filter A --timeout 1\n";
    assert!(ran.status == 1 && ran.stdout.contains(again), "{}", ran.stdout);
}

#[test]
fn colours_mark_outcomes_where_they_are_wanted() {
    let ran = mixed(&["--color", "always", "--filter", "Doubles"]);
    assert!(ran.stdout.contains("\u{1b}[32mok\u{1b}[0m"), "{:?}", ran.stdout);
    assert!(!mixed(&["--filter", "Doubles"]).stdout.contains('\u{1b}'));
}

#[test]
fn wrong_limits_are_wrong_usage() {
    for arguments in [["--timeout", "0"], ["--timeout", "x"], ["--jobs", "0"], ["--backend", "c"]] {
        let ran = mixed(&arguments);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{arguments:?}");
    }
}

#[test]
fn a_reader_that_goes_away_ends_all_tests() {
    let workshop = Workshop::new();
    workshop.file("slow.bd", "test A {}\ntest B { while true {} }\ntest C {}\n");
    let start = Instant::now();
    let beskid = env!("CARGO_BIN_EXE_beskid");
    let script = format!("'{beskid}' test slow.bd --jobs 2; echo status $? >&2");
    let mut command = workshop.command("bash");
    command.args(["-c", &format!("exec 3>&1; {{ {script}; }} | true")]);
    let ran = finish(&mut command);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", "status 141\n"));
    assert!(start.elapsed() < Duration::from_secs(30));
}

/// The names of the tests that passed; there are no others.
fn passed(workshop: &Workshop, arguments: &[&str]) -> String {
    let shown = workshop.must(&[&["test"], arguments].concat());
    let lines = shown.lines().filter_map(|line| line.strip_prefix("  ok    "));
    let names: Vec<&str> = lines.filter_map(|line| line.split(' ').next()).collect();
    names.join(" ")
}

#[test]
fn tests_may_hold_lambdas() {
    let workshop = Workshop::new();
    let source = "\
T Twice<T>((T) -> T f, T value) => f(f(value));
Result<i32, string> Parse(string text) {
    if text == \"1\" { return Result::Ok(1); }
    return Result::Error(\"no number: ${text}\");
}
test Captures {
    let mut count = 0;
    let add = (i32 n) => { count = count + n; };
    add(2);
    add(3);
    assert(count == 5);
    let by = 10;
    assert(Twice(x => x + by, 1) == 21);
    assert(Twice(x => Twice(y => y + x, x), 1) == 9);
}
test Leaves {
    let next = (string text) => { let n = Parse(text)?; Result::Ok(n + 1) };
    let two = next(\"1\")?;
    assert(two == 2);
    let three = next(\"3\")?;
}
test Panics {
    let fail = (i32 n) => { panic(\"${n} in a lambda\"); };
    fail(7);
}
";
    workshop.file("lambdas.bd", source);
    for backend in ["jit", "aot"] {
        for level in [&["--release"][..], &[]] {
            let arguments = [&["test", "lambdas.bd", "--json", "--backend", backend], level];
            let ran = workshop.run(&arguments.concat());
            let lines = json(&ran.stdout);
            let expected = [("Captures", "passed"), ("Leaves", "failed"), ("Panics", "failed")];
            assert_eq!(outcomes(&lines), expected, "{}", ran.stdout);
            let said = |line: usize| lines[line]["stderr"].as_str().unwrap();
            assert!(said(1).starts_with("panic: Error(\"no number: 3\")\n  at lambdas.bd:20:"));
            assert!(
                said(2).starts_with("panic: 7 in a lambda\n  at lambdas.bd:23:"),
                "{}",
                said(2)
            );
            assert!(said(2).contains("  in test Panics at lambdas.bd:24:5\n"), "{}", said(2));
        }
    }
}

/// `Main.bd` and `Net/Http.bd` below a folder, with tests of the same names.
fn several_files(workshop: &Workshop, root: &str) {
    std::fs::create_dir_all(workshop.at(format!("{root}/Net"))).unwrap();
    let main = "use Net.Http;\ntest Adds { assert(Http.Port() == 80); }\n\
                mod Inner { test Adds { assert(Net.Http.Port() > 1); } }\nunit main() {}\n";
    workshop.file(&format!("{root}/Main.bd"), main);
    let http = "pub i32 Port() => 80;\ni32 Kept() => 1;\n\
                test Adds { assert(Kept() == 1); }\ntest Keeps { assert(Kept() == 1); }\n";
    workshop.file(&format!("{root}/Net/Http.bd"), http);
}

#[test]
fn folders_have_the_tests_of_all_their_modules() {
    let workshop = Workshop::new();
    several_files(&workshop, "app");
    let all = "Main.Adds Main.Inner.Adds Net.Http.Adds Net.Http.Keeps";
    for backend in ["jit", "aot"] {
        assert_eq!(passed(&workshop, &["app", "--backend", backend]), all);
    }
    assert_eq!(passed(&workshop, &["app", "Keeps"]), "Net.Http.Keeps");
    assert_eq!(passed(&workshop, &["app", "Net.Http.Adds"]), "Net.Http.Adds");
    let adds = "Main.Adds Main.Inner.Adds Net.Http.Adds";
    assert_eq!(passed(&workshop, &["app", "--filter", "Adds"]), adds);
    assert_eq!(passed(&workshop, &["app", "--filter", "Net/Http.bd:4"]), "Net.Http.Keeps");
    let lines = json(&workshop.must(&["test", "app", "--json"]));
    assert_eq!(outcomes(&lines[1..2]), [("Adds", "passed")]);
    assert_eq!(
        (&lines[1]["module"], &lines[3]["module"]),
        (&"Main.Inner".into(), &"Net.Http".into())
    );
    let shown = workshop.must(&["test", "app"]);
    assert!(shown.starts_with("running 4 tests of app\n"), "{shown}");
}

#[test]
fn projects_are_tested_like_folders() {
    let workshop = Workshop::new();
    several_files(&workshop, "app/Src");
    let manifest = "project { name = \"App\" version = \"0.1.0\" }\n\
                    target \"App\" { kind = App entry = \"Main.bd\" }\n\
                    target \"Http\" { kind = Lib entry = \"Net/Http.bd\" }\n";
    workshop.file("app/Project.proj", manifest);
    let all = "Main.Adds Main.Inner.Adds Net.Http.Adds Net.Http.Keeps";
    for backend in ["jit", "aot"] {
        assert_eq!(passed(&workshop, &["app", "--backend", backend]), all);
        let arguments = ["--project", "app", "--target", "Http", "--backend", backend];
        let names = passed(&workshop, &arguments);
        assert!(names.starts_with("Net.Http.Adds"), "{names}");
    }
    let ran = finish(workshop.beskid().current_dir(workshop.at("app/Src/Net")).arg("test"));
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.contains("\n4 passed, 0 failed"), "{}", ran.stdout);
    // The command that runs it again names the project as the first one did.
    let failing = "pub i32 Port() => 80;\ntest Fails { panic(\"x\"); }\n";
    workshop.file("app/Src/Net/Http.bd", failing);
    let ran = workshop.run(&["test", "--project", "app", "--target", "App"]);
    let again = "beskid test --target App --project app --filter Net.Http.Fails\n";
    assert!(ran.status == 1 && ran.stdout.contains(again), "{}", ran.stdout);
}

#[test]
fn nested_modules_of_a_file_have_tests_of_their_own() {
    let workshop = Workshop::new();
    let source = "test Adds { assert(true); }\n\
                  mod Inner {\n i32 One() => 1;\n test Adds { assert(One() == 1); }\n\
                  mod Deep { test Adds { assert(One() == 1); } }\n}\n";
    workshop.file("nested.bd", source);
    for backend in ["jit", "aot"] {
        let names = passed(&workshop, &["nested.bd", "--backend", backend]);
        assert_eq!(names, "Adds Inner.Adds Inner.Deep.Adds");
        let one = |name| passed(&workshop, &["nested.bd", name, "--backend", backend]);
        assert_eq!(one("Adds"), "Adds");
        assert_eq!(one("Inner.Adds"), "Inner.Adds");
        assert_eq!(one("nested.Inner.Deep.Adds"), "Inner.Deep.Adds");
    }
}

#[test]
fn the_core_library_passes_its_tests_by_both_backends() {
    let library = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corelib");
    let workshop = Workshop::new();
    for backend in ["jit", "aot"] {
        let ran = workshop.run(&["test", library, "--backend", backend, "--json"]);
        assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.lines().count() > 600, "{}", ran.stdout);
    }
}
