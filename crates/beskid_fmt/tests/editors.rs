//! The grammars for editors: every program that the compiler parses is one for tree-sitter; the scopes that the
//! TextMate grammar gives are those of a snapshot.

#![allow(clippy::print_stdout, reason = "a skipped check says why")]

mod claims;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libloading::{Library, Symbol};
use tree_sitter::{Language, Node, Parser, Query};
use tree_sitter_generate::{
    ALLOC_HEADER, ARRAY_HEADER, OptLevel, PARSER_HEADER, generate_parser_for_grammar,
    load_grammar_file,
};

use claims::corpus::programs_below;
use claims::{on_large_stack, sources, tree};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../editors").join(name)
}

/// Whether a program is there.
fn exists(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Runs a command in a folder; what it said if it failed.
fn run(program: &str, arguments: &[&str], folder: &Path) -> Result<(), String> {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match output.status.success() {
        true => Ok(()),
        false => Err(said(&output.stdout) + &said(&output.stderr)),
    }
}

/// Makes the parser in a folder, and loads it.
fn parser(place: &Path) -> Library {
    let grammar = folder("tree-sitter-beskid").join("grammar.js");
    let json = load_grammar_file(&grammar, None).unwrap();
    let mut warnings = Vec::new();
    let optimisation = OptLevel::default();
    let (name, code) =
        generate_parser_for_grammar(&json, None, optimisation, &mut warnings).unwrap();
    assert_eq!((name.as_str(), warnings.len()), ("beskid", 0));
    fs::create_dir(place.join("tree_sitter")).unwrap();
    let headers = [("alloc", ALLOC_HEADER), ("array", ARRAY_HEADER), ("parser", PARSER_HEADER)];
    for (name, text) in headers {
        fs::write(place.join(format!("tree_sitter/{name}.h")), text).unwrap();
    }
    fs::write(place.join("parser.c"), code).unwrap();
    let arguments = ["-shared", "-fPIC", "-O1", "-I.", "parser.c", "-o", "parser.so"];
    run("cc", &arguments, place).unwrap();
    // SAFETY: the library was made just now, of generated code that runs nothing when it is loaded.
    unsafe { Library::new(place.join("parser.so")) }.unwrap()
}

/// The first part of a tree that is none.
fn first_error(node: Node<'_>) -> Option<Node<'_>> {
    if node.is_error() || node.is_missing() {
        return Some(node);
    }
    let mut cursor = node.walk();
    let broken = node.children(&mut cursor).find(|child| child.has_error());
    broken.and_then(first_error)
}

#[test]
fn tree_sitter_parses_what_the_compiler_parses() {
    if !exists("node") || !exists("cc") {
        println!("skipped: the grammar of tree-sitter needs node and cc");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let library = parser(place.path());
    on_large_stack(move || {
        // SAFETY: this is the type of the one function of a generated parser, and the library outlives all use.
        let language = unsafe {
            let function: Symbol<
                '_,
                unsafe extern "C" fn() -> *const tree_sitter::ffi::TSLanguage,
            > = library.get(b"tree_sitter_beskid").unwrap();
            Language::from_raw(function())
        };
        let mut parser = Parser::new();
        parser.set_language(&language).unwrap();
        let queries = folder("tree-sitter-beskid").join("queries/highlights.scm");
        Query::new(&language, &fs::read_to_string(queries).unwrap()).unwrap();
        let mut count = 0;
        for folder in ["benches", "corelib", "docs", "examples", "tests"] {
            for (path, text) in programs_below(folder) {
                if tree(&sources(&text)).is_none() {
                    continue;
                }
                count += 1;
                let tree = parser.parse(&text, None).unwrap();
                if let Some(node) = first_error(tree.root_node()) {
                    let line = node.start_position().row + 1;
                    let rest: String = text[node.start_byte()..].chars().take(60).collect();
                    panic!("{}, line {line} of its part: {rest}", path.display());
                }
            }
        }
        assert!(count > 1000, "{count} programs");
    });
}

#[test]
fn textmate_gives_the_scopes_of_the_snapshot() {
    if !exists("node") || !exists("npm") {
        println!("skipped: the grammar of TextMate is tested with node and npm");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(folder("textmate")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, place.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    if let Err(error) = run("npm", &arguments, place.path()) {
        println!("skipped: npm could not install what the test needs: {error}");
        return;
    }
    if let Err(wrong) = run("node", &["check.mjs"], place.path()) {
        panic!("{wrong}");
    }
}
