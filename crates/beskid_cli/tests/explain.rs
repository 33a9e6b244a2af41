//! `beskid explain`: what is printed, where, and with which status.

mod workshop;

use beskid_analysis::diagnostics::Code;
use workshop::Workshop;

#[test]
fn a_page_has_both_examples() {
    let page = Workshop::new().must(&["explain", "E1214"]);
    assert!(page.starts_with("E1214 (assign-immutable)\n\nA variable or parameter"), "{page}");
    assert!(page.contains("\nThis fails\n\n    i32 main() {\n        let count = 0;\n"), "{page}");
    assert!(
        page.contains("\nThis works\n\n    i32 main() {\n        let mut count = 0;\n"),
        "{page}"
    );
    assert!(page.contains("\nWhy\n\n"), "{page}");
    assert!(!page.contains('\u{1b}'), "no colour into a pipe: {page}");
}

#[test]
fn codes_are_named_in_several_ways() {
    let workshop = Workshop::new();
    let page = workshop.must(&["explain", "E1214"]);
    for word in ["e1214", "1214", "assign-immutable"] {
        assert_eq!(workshop.must(&["explain", word]), page, "{word}");
    }
}

#[test]
fn files_of_an_example_are_named() {
    let page = Workshop::new().must(&["explain", "E1104"]);
    assert!(page.contains("\n  Main.bd:\n\n    use Left.Name;\n"), "{page}");
}

#[test]
fn an_unknown_code_is_an_error() {
    let workshop = Workshop::new();
    let ran = workshop.run(&["explain", "E9214"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert!(
        ran.stderr.starts_with("error: there is no code `E9214`; did you mean `E1214`"),
        "{ran:?}"
    );
    let ran = workshop.run(&["explain", "tomorrow"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.ends_with("`beskid explain` lists all codes\n"), "{ran:?}");
}

#[test]
fn without_a_code_all_are_listed() {
    let list = Workshop::new().must(&["explain"]);
    for code in Code::ALL {
        let line = format!("{}  {}\n", code.number(), code.summary());
        assert!(list.contains(&line), "{line}");
    }
}

#[test]
fn colours_are_there_when_asked_for() {
    let page = Workshop::new().must(&["explain", "E1214", "--color", "always"]);
    assert!(page.contains("\u{1b}[1mWhy\u{1b}[0m"), "{page:?}");
}
