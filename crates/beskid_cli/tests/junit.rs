//! `beskid test --junit`: what servers of continuous integration are told.

mod workshop;

use std::fs;

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use workshop::{Workshop, is_superuser};

/// An element.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    /// All text directly in it.
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn new(start: &BytesStart<'_>) -> Self {
        let attributes = start.attributes().map(|attribute| {
            let attribute = attribute.unwrap();
            let value = attribute.normalized_value(XmlVersion::Explicit1_0).unwrap().into_owned();
            (attribute.key.as_ref().to_owned(), value)
        });
        let attributes = attributes.collect();
        Self { name: start.name().as_ref().to_owned(), attributes, ..Self::default() }
    }

    fn get(&self, name: &str) -> &str {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map_or_else(|| panic!("no `{name}` in {self:?}"), |(_, value)| value)
    }

    fn child(&self, name: &str) -> &Self {
        let found = self.children.iter().find(|child| child.name == name);
        found.unwrap_or_else(|| panic!("no <{name}> in {self:?}"))
    }

    fn counts(&self) -> [&str; 4] {
        ["tests", "failures", "errors", "skipped"].map(|name| self.get(name))
    }

    /// The case of a name, wherever it is.
    fn case(&self, name: &str) -> &Self {
        let mut cases = self.children.iter().flat_map(|suite| &suite.children);
        cases.find(|case| case.get("name") == name).unwrap_or_else(|| panic!("no case {name}"))
    }
}

/// Parses a document, which must be well-formed XML 1.0 and follow the schema that Jenkins publishes, in what
/// elements there are and their order. Of its own are the attributes `file` and `line`, as other tools have
/// them.
fn parse(text: &str) -> Element {
    let is_char = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    assert!(text.chars().all(is_char), "{text:?}");
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => open.push(Element::new(&start)),
            Event::Empty(start) => open.last_mut().unwrap().children.push(Element::new(&start)),
            Event::End(_) => {
                let closed = open.pop().unwrap();
                open.last_mut().unwrap().children.push(closed);
            }
            Event::Text(text) => open.last_mut().unwrap().text += &text.xml10_content(),
            Event::GeneralRef(reference) => {
                let text = &mut open.last_mut().unwrap().text;
                match reference.resolve_char_ref().unwrap() {
                    Some(c) => text.push(c),
                    None => *text += resolve_xml_entity(&reference).unwrap(),
                }
            }
            Event::Decl(_) => {}
            Event::Eof => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(open.len(), 1, "an element has no end");
    let mut document = open.pop().unwrap();
    let root = document.children.pop().unwrap();
    assert!(document.children.is_empty() && document.text.trim().is_empty());
    check(&root, "testsuites", &["name", "tests", "failures", "errors", "skipped", "time"]);
    for suite in &root.children {
        check(suite, "testsuite", &["name", "tests", "failures", "errors", "skipped", "time"]);
        assert_eq!(suite.get("tests"), suite.children.len().to_string());
        for case in &suite.children {
            check(case, "testcase", &["classname", "name", "file", "line", "time"]);
            let order = ["skipped", "error", "failure", "system-out", "system-err"];
            let places = case.children.iter().map(|child| {
                check(child, &child.name, &["message", "type"]);
                assert!(child.children.is_empty());
                order.iter().position(|name| *name == child.name).unwrap()
            });
            assert!(places.is_sorted_by(|a, b| a < b), "{case:?}");
        }
    }
    root
}

fn check(element: &Element, name: &str, attributes: &[&str]) {
    assert_eq!(element.name, name);
    for (key, value) in &element.attributes {
        assert!(attributes.contains(&key.as_str()), "{key} in {element:?}");
        if matches!(key.as_str(), "tests" | "failures" | "errors" | "skipped" | "line") {
            assert!(value.parse::<u32>().is_ok(), "{element:?}");
        }
        if key == "time" {
            assert!(value.parse::<f64>().is_ok_and(|seconds| seconds >= 0.0), "{element:?}");
        }
    }
}

/// Every way for a test to end.
const ALL_WAYS: &str = r#"
use System.Process;

[Extern(Abi: "C", Library: "libc.so.6")]
contract C { i32 raise(i32 signal); }

i32 Double(i32 value) => value * 2;

test Passes { println("unseen"); assert(Double(2) == 4); }
test Fails {
    println("panic: no panic");
    assert(Double(2) == 5, "four & <five> \"it's\"");
}
test Exits { println("bye"); Process.Exit(7); }
test Hangs { print("before"); while true {} }
test Crashes { print("before"); C.raise(11); }
test Later { skip { reason = "needs <sockets>"; } }
test Never { skip { condition = true; } }
mod Inner { test Deep { panic("deep"); } }
"#;

fn report(workshop: &Workshop, arguments: &[&str], status: i32) -> Element {
    let all = [&["test", "--junit", "report.xml"], arguments].concat();
    let ran = workshop.run(&all);
    assert_eq!((ran.status, ran.stderr.as_str()), (status, ""), "{}", ran.stdout);
    parse(&fs::read_to_string(workshop.at("report.xml")).unwrap())
}

#[test]
fn every_way_to_end_is_told_from_the_others() {
    let workshop = Workshop::new();
    workshop.file("ways.bd", ALL_WAYS);
    for backend in ["jit", "aot"] {
        let root = report(&workshop, &["ways.bd", "--timeout", "3", "--backend", backend], 1);
        assert_eq!(root.counts(), ["8", "3", "2", "2"]);
        let suites: Vec<_> =
            root.children.iter().map(|suite| (suite.get("name"), suite.counts())).collect();
        let expected = [("ways", ["7", "2", "2", "2"]), ("ways.Inner", ["1", "1", "0", "0"])];
        assert_eq!(suites, expected);

        let passes = root.case("Passes");
        assert!(passes.children.is_empty());
        let place = ["classname", "file", "line"].map(|name| passes.get(name));
        assert_eq!(place, ["ways", "ways.bd", "9"]);

        let fails = root.case("Fails");
        let failure = fails.child("failure");
        assert_eq!(failure.get("type"), "panic");
        let message = "panicked: assertion failed: four & <five> \"it's\"";
        assert_eq!(failure.get("message"), message);
        let begin = "panic: assertion failed: four & <five> \"it's\"\n  at ways.bd:12:";
        assert!(failure.text.starts_with(begin), "{}", failure.text);
        assert!(failure.text.contains("run it again: beskid test ways.bd --filter Fails"));
        assert_eq!(fails.child("system-out").text, "panic: no panic\n");
        assert!(fails.child("system-err").text.starts_with(begin));

        let status = root.case("Exits").child("failure");
        assert_eq!((status.get("type"), status.get("message")), ("status", "ended with status 7"));
        assert_eq!(root.case("Exits").child("system-out").text, "bye\n");
        let limit = root.case("Hangs").child("error");
        assert_eq!(limit.get("type"), "time-limit");
        assert_eq!(limit.get("message"), "timed out after 3 s");
        assert!(root.case("Hangs").get("time").parse::<f64>().unwrap() >= 3.0);
        let crash = root.case("Crashes").child("error");
        assert_eq!(crash.get("type"), "signal");
        assert!(crash.get("message").starts_with("crashed: signal 11"), "{crash:?}");
        let deep = root.case("Deep");
        assert_eq!((deep.get("classname"), deep.get("line")), ("ways.Inner", "19"));

        assert_eq!(root.case("Later").child("skipped").get("message"), "needs <sockets>");
        assert!(root.case("Never").child("skipped").attributes.is_empty());
    }
}

#[test]
fn a_report_looks_like_this() {
    let workshop = Workshop::new();
    let source = "test A { assert(1 < 2); }\ntest B { print(\"out\"); panic(\"end\"); }\n";
    workshop.file("two.bd", source);
    report(&workshop, &["two.bd"], 1);
    let text = fs::read_to_string(workshop.at("report.xml")).unwrap();
    let mut shown = String::new();
    for (at, part) in text.split(" time=\"").enumerate() {
        let rest = if at == 0 { part } else { part.split_once('"').unwrap().1 };
        shown += if at == 0 { "" } else { " time=\"_\"" };
        shown += rest;
    }
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="beskid test" tests="2" failures="1" errors="0" skipped="0" time="_">
  <testsuite name="two" tests="2" failures="1" errors="0" skipped="0" time="_">
    <testcase classname="two" name="A" file="two.bd" line="1" time="_"/>
    <testcase classname="two" name="B" file="two.bd" line="2" time="_">
      <failure message="panicked: end" type="panic">panic: end
  at two.bd:2:24
  in test B at two.bd:2:24
run it again: beskid test two.bd --filter B
</failure>
      <system-out>out</system-out>
      <system-err>panic: end
  at two.bd:2:24
  in test B at two.bd:2:24
</system-err>
    </testcase>
  </testsuite>
</testsuites>
"#;
    assert_eq!(shown, expected);
}

#[test]
fn whatever_a_test_writes_the_report_is_xml() {
    let workshop = Workshop::new();
    let source = "use System.IO;\n\
                  test Odd {\n\
                  println(\"a\\u{1b}[31m]]>&<b>\\u{0}\\u{8}\\u{c}\\u{fffe}\\u{ffff}\\u{7f}\\u{85}\\u{1f600}\\r\\n\\tz\");\n\
                  IO.Stdout().WriteBytes([104, 255, 254, 192, 105])?;\n\
                  panic(\"line\\none \\u{1}\"); }\n";
    workshop.file("odd.bd", source);
    let root = report(&workshop, &["odd.bd"], 1);
    let odd = root.case("Odd");
    let out = &odd.child("system-out").text;
    let expected = "a␛[31m]]>&<b>␀␈␌��\u{7f}\u{85}\u{1f600}\r\n\tz\nh���i";
    assert_eq!(out, expected);
    assert_eq!(odd.child("failure").get("message"), "panicked: line");
    assert!(odd.child("failure").text.starts_with("panic: line\none ␁\n"), "{odd:?}");
}

#[test]
fn long_output_is_cut_and_said_to_be() {
    let workshop = Workshop::new();
    let source = "test Long { for i in range(0, 30000) { println(\"0123456789012345678901234567890123456789\"); } panic(\"x\"); }\n";
    workshop.file("long.bd", source);
    let root = report(&workshop, &["long.bd"], 1);
    let out = &root.case("Long").child("system-out").text;
    let dropped = 30_000 * 41 - (1 << 20);
    assert!(out.ends_with(&format!("\n… {dropped} bytes more\n")), "{}", &out[out.len() - 80..]);
}

#[test]
fn a_report_that_cannot_be_written_loses_no_result() {
    let workshop = Workshop::new();
    workshop.file("a.bd", "test A { assert(true); }\n");
    fs::create_dir(workshop.at("folder")).unwrap();
    let mut cases = vec![
        ("missing/report.xml", "there is no directory `missing`"),
        ("folder", "it is a directory"),
        ("a.bd/report.xml", "`a.bd` is not a directory"),
    ];
    if !is_superuser() {
        let closed = workshop.at("closed");
        fs::create_dir(&closed).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o555);
        fs::set_permissions(closed, mode).unwrap();
        cases.push(("closed/report.xml", "no permission to write in `closed`"));
    }
    for (path, reason) in cases {
        let short = ["--message-format", "short"];
        let ran = workshop.run(&[&["test", "a.bd", "--junit", path], &short[..]].concat());
        assert!(ran.stdout.contains("\n1 passed, 0 failed"), "{}", ran.stdout);
        assert_eq!(ran.stderr, format!("error[E4004]: cannot write `{path}`: {reason}\n"));
        assert_eq!(ran.status, 1);
    }
}

#[test]
fn standard_output_has_the_results_alone() {
    let workshop = Workshop::new();
    workshop.file("a.bd", "test A { assert(true); }\n");
    let ran = workshop.run(&["test", "a.bd", "--junit", "-"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("standard output has the results; name a file"), "{}", ran.stderr);
    assert!(!workshop.at("-").exists());
}

#[test]
fn what_is_filtered_out_is_not_reported_and_nothing_is_an_empty_report() {
    let workshop = Workshop::new();
    workshop.file("two.bd", "test A { assert(true); }\ntest B { panic(\"end\"); }\n");
    let root = report(&workshop, &["two.bd", "--filter", "A"], 0);
    assert_eq!(root.counts(), ["1", "0", "0", "0"]);
    workshop.file("none.bd", "unit main() {}\n");
    let root = report(&workshop, &["none.bd"], 0);
    assert_eq!((root.counts(), root.children.len()), (["0"; 4], 0));
}

#[test]
fn programs_with_errors_are_errors_of_the_report() {
    let workshop = Workshop::new();
    workshop.file("wrong.bd", "test A { let x = y; }\n");
    let ran = workshop.run(&["test", "wrong.bd", "--junit", "report.xml"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    let root = parse(&fs::read_to_string(workshop.at("report.xml")).unwrap());
    assert_eq!(root.counts(), ["1", "0", "1", "0"]);
}

#[test]
fn members_of_a_workspace_are_told_apart() {
    let workshop = Workshop::new();
    workshop.file("Workspace.proj", "workspace { name = \"W\" }\nmember \"one\" { path = \"one\" }\nmember \"two\" { path = \"two\" }\nmember \"bad\" { path = \"bad\" }\n");
    for (name, test) in [("one", "assert(true);"), ("two", "panic(\"x\");"), ("bad", "let x = y;")]
    {
        fs::create_dir_all(workshop.at(format!("{name}/Src"))).unwrap();
        let manifest = format!(
            "project {{ name = \"{name}\" version = \"0.1.0\" }}\n\
             target \"{name}\" {{ kind = Lib entry = \"Lib.bd\" }}\n"
        );
        workshop.file(&format!("{name}/Project.proj"), manifest);
        workshop.file(&format!("{name}/Src/Lib.bd"), format!("test A {{ {test} }}\n"));
    }
    let ran = workshop.run(&["test", "--junit", "report.xml"]);
    assert_eq!(ran.status, 1);
    let root = parse(&fs::read_to_string(workshop.at("report.xml")).unwrap());
    assert_eq!(root.counts(), ["3", "1", "1", "0"]);
    let names: Vec<_> = root.children.iter().map(|suite| suite.get("name")).collect();
    assert_eq!(names, ["one.Lib", "two.Lib", "bad"]);
}
