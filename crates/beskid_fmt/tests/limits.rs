//! Large and odd input: time, depth, line ends, what is never changed.

#![allow(clippy::print_stdout, reason = "a test that measures says what")]

mod claims;

use std::time::{Duration, Instant};

use beskid_analysis::index::Id;
use beskid_analysis::source::FileId;

use claims::{Claimed, claim, format, on_large_stack, sources};

/// Whether a text keeps its meaning, and is formatted in time.
fn quickly(text: String) {
    on_large_stack(move || {
        let start = Instant::now();
        let formatted = format(&text).expect("a program without errors");
        let took = start.elapsed();
        // A release build takes a hundredth of it; this finds what is not linear.
        assert!(took < Duration::from_secs(5), "{took:?} for {} bytes", text.len());
        assert!(formatted.len() < 100 * text.len() + 1000, "{} bytes", formatted.len());
        assert_eq!(format(&formatted).as_ref(), Some(&formatted));
    });
}

#[test]
fn a_megabyte_is_formatted_at_once() {
    let unit = "/// Adds.\nimpl Sum { pub i32 Of(i32 a, List<i32> b) { // Both.\n\
                let c = a + b.Get(0) * 2; if c > 1 { return match c { 2 => 1, _ => f(c, x => x + 1) }; }\n\
                return \"${c} and ${a}\".Len(); } }\n\n";
    let text = unit.repeat((1 << 20) / unit.len());
    on_large_stack(move || {
        let sources = sources(&text);
        let start = Instant::now();
        let formatted = beskid_fmt::format(FileId::from_index(0), &sources).unwrap();
        let took = start.elapsed();
        println!("{:.1} ms for {} bytes", took.as_secs_f64() * 1e3, text.len());
        assert!(formatted.len() > text.len());
        let most = if cfg!(debug_assertions) { 5000 } else { 500 };
        assert!(took < Duration::from_millis(most), "{took:?}");
    });
}

#[test]
fn everything_may_be_nested_to_the_limit() {
    let nested = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(300), close.repeat(300))
    };
    for (open, inner, close) in [
        ("(", "x", ")"),
        ("[", "x", "]"),
        ("f(", "x", ")"),
        ("f(1, ", "x", ")"),
        ("a.b(", "x", ").c()"),
        ("P { a: ", "x", " }"),
        ("x => { ", "x", " }"),
        ("if a { ", "x", " } else { b }"),
        ("match a { 1 => ", "x", ", _ => 2 }"),
        ("f(\n// c\n", "x", "\n// d\n)"),
        ("a[", "x", "]"),
        ("-", "x", ""),
        ("!", "x", ""),
        ("x => ", "x", ""),
        ("1 + (", "x", ")"),
    ] {
        let text = format!("i32 f() => {};\n", nested(open, inner, close));
        quickly(text);
    }
    quickly(format!("unit f() {{ {} }}\n", nested("{ a(); ", "", " }")));
    let generic = nested("List<", "i32", ">");
    quickly(format!("{generic} F({} a) => b;\n", nested("(", "i32", ")")));
    quickly(format!("{}\n", nested("mod A { ", "", " }")));
}

#[test]
fn chains_may_be_long() {
    for (first, link, last) in [
        ("x", " + y", ""),
        ("x", " && y", ""),
        ("x", ".a(1)", ""),
        ("x", ".a(y => { y })", ""),
        ("x", "[1]", ""),
        ("x", "?", ""),
        ("if a { b }", " else if c { d }", " else { e }"),
    ] {
        quickly(format!("i32 f() => {first}{}{last};\n", link.repeat(1600)));
    }
}

#[test]
fn long_lists_take_linear_time() {
    let many = |each: &str| each.repeat((1 << 20) / each.len());
    quickly(format!("unit f() => g([{}1]);\n", many("1234, ")));
    quickly(format!("unit f() => g([\n{}1]);\n", many("1234,\n5, 6,\n")));
    quickly(format!("unit f() {{ {} }}\n", many("f(); ")));
    quickly(format!("unit f() {{ {} }}\n", many("; ")));
    quickly(format!("unit f() {{ {} }}\n", many(";\n// c\n")));
    quickly(format!("unit f() {{ {} }}\n", many("/**/")));
    quickly(format!("unit f() {{ g({}1); }}\n", many("/**/ 1, ")));
    quickly(many("// c\n"));
    quickly(many("\n\n\n"));
    quickly(format!("unit f() {{ g({}); }}\n", " ".repeat(1 << 20)));
    quickly(format!("enum E {{ {} }}\n", many("A(i32 b), ")));
    quickly(format!("unit f() => g({}1);\n", many("x => { y }, ")));
    quickly(format!("unit f() => g(\"{}\");\n", many("${\"${x}\"} ")));
}

#[test]
fn line_ends_are_those_of_the_first_line() {
    let lf = "unit f() {\n    g(\"a\nb\"); /* c\n d */ // e\n}\n";
    assert_eq!(format(lf).as_deref(), Some(lf));
    let crlf = lf.replace('\n', "\r\n");
    assert_eq!(format(&crlf).as_ref(), Some(&crlf));
    assert_eq!(
        format("unit f() {\n  g(); // c \t\r\n}").unwrap(),
        "unit f() {\n    g(); // c\n}\n"
    );
    // A CR of its own is a character of the text.
    for text in ["unit f() { g(\"a\rb\"); }\n", "unit f() {\n    g(\"a\r\r\nb\");\n}\n"] {
        assert_eq!(claim(text), Ok(Claimed::Formatted));
        assert_eq!(format(text).as_deref(), Some(text));
    }
}

#[test]
fn the_end_and_the_beginning_of_a_file() {
    for (text, formatted) in [
        ("", ""),
        ("\n\n", ""),
        (" \t\r\n", ""),
        ("\u{feff}unit f() {}", "unit f() {}\n"),
        ("// c", "// c\n"),
        ("\n\n// c\n\n\n// d  \n\n", "// c\n\n// d\n"),
        ("#!/usr/bin/env beskid\nunit f(){}", "#!/usr/bin/env beskid\nunit f() {}\n"),
        ("unit f() {}\n\n\n\n// c", "unit f() {}\n\n// c\n"),
        ("/// Nothing follows.", "/// Nothing follows.\n"),
    ] {
        assert_eq!(format(text).as_deref(), Some(formatted), "{text:?}");
        assert_eq!(claim(text), Ok(Claimed::Formatted), "{text:?}");
    }
}

#[test]
fn texts_and_interpolations_are_copied() {
    for text in [
        "\"a\tb  c\"",
        "\"${  1+2  } ${ f( 1,2 ) }\"",
        "\"${ match x {1=>\"a${ y }\",_=>\"b\"} }\"",
        "\"${ /* c */ x // d\n }\"",
        "\"\\u{1F600}\\\"\\${\"",
        "\"two\n    lines  \n\tand more\"",
        "'\\u{17B}'",
        "0xFF_ff",
        "1_000.50e-3",
    ] {
        let program = format!("unit f() {{\n    g({text});\n}}\n");
        assert_eq!(format(&program).as_ref(), Some(&program));
        assert_eq!(claim(&program), Ok(Claimed::Formatted));
    }
    let long = format!("unit f() {{\n    g(\"{}\");\n}}\n", "x".repeat(1000));
    assert_eq!(format(&long).as_ref(), Some(&long));
}

#[test]
fn what_has_errors_is_refused() {
    for text in ["unit f() {", "unit f() { x = ; }", "f", "\"", "/*", "unit f() { a < b < c; }"] {
        assert_eq!(format(text), None, "{text}");
    }
}
