//! Makes the table of the core library's modules from its sources, `corelib/` at the root.
//!
//! A row says of a module where its text is, which modules it uses, and which names its `impl`s add to
//! types that are not its own: what `src/library` needs to know before any text is parsed. The sources
//! are read by their layout (an item begins in the first column, a method in the fifth); a test of
//! `src/library` compares the rows with what the parser finds.

#![expect(clippy::disallowed_methods, reason = "this runs when the analysis is built, not in it")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let root = manifest.join("../../corelib");
    let mut files = Vec::new();
    find(&root, &mut Vec::new(), &mut files)?;
    files.sort();
    let out = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    let mut table = String::from("&[\n");
    for (index, path) in files.iter().enumerate() {
        let file = path.join("/");
        let text = fs::read_to_string(root.join(format!("{file}.bd")))?;
        println!("cargo::rerun-if-changed=../../corelib/{file}.bd");
        fs::write(out.join(format!("{index}.bd")), without_comments(&text))?;
        let used = uses(&text, &files);
        let added = added(&text);
        let _ = writeln!(
            table,
            "    Source {{ path: &{path:?}, name: \"core/{file}.bd\", \
             text: include_str!(concat!(env!(\"OUT_DIR\"), \"/{index}.bd\")), \
             documented: include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/../../corelib/{file}.bd\")), \
             uses: &{used:?}, adds: &{added:?} }},"
        );
    }
    table.push_str("]\n");
    fs::write(out.join("library.rs"), table)
}

/// A text whose lines of comments are empty: they are most of it, and nothing that is compiled looks at them.
/// What is left stands where it stood.
fn without_comments(text: &str) -> String {
    let is_comment = |line: &&str| line.trim_start().starts_with("//");
    let lines = text.lines().map(|line| if is_comment(&line) { "" } else { line });
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// The modules of a folder. The prelude is none of them, nor are the library's tests.
fn find(folder: &Path, path: &mut Vec<String>, files: &mut Vec<Vec<String>>) -> io::Result<()> {
    // A new file in a folder is noticed, one beside the folders is not: watching the root would build the
    // compiler anew for every change of the library's tests.
    if !path.is_empty() {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_top = path.is_empty();
        if entry.file_type()?.is_dir() {
            let is_left_out = name.starts_with('.') || (is_top && name == "Tests");
            if !is_left_out {
                path.push(name);
                find(&entry.path(), path, files)?;
                path.pop();
            }
        } else if let Some(stem) = name.strip_suffix(".bd")
            && !(is_top && stem == "Prelude")
        {
            let mut module = path.clone();
            module.push(stem.to_owned());
            files.push(module);
        }
    }
    Ok(())
}

/// The modules that a text imports, or imports something of, by their place in the table.
fn uses(text: &str, files: &[Vec<String>]) -> Vec<usize> {
    let lines = text.lines().map(|line| line.strip_prefix("pub ").unwrap_or(line));
    let lines = lines.filter_map(|line| line.strip_prefix("use "));
    let paths = lines.map(|line| line.split([';', ' ']).next().unwrap_or(""));
    let index = |path: &str| {
        let parts: Vec<&str> = path.split('.').collect();
        (1..=parts.len()).rev().find_map(|length| {
            files.iter().position(|file| file.iter().eq(parts[..length].iter().copied()))
        })
    };
    paths.filter_map(index).collect()
}

/// The methods that a text adds to types it does not declare, each with the name of the type; that of arrays
/// is `[]`.
fn added(text: &str) -> Vec<(&str, &str)> {
    let declares = |name: &str| {
        ["type", "enum", "contract"].iter().any(|kind| {
            let item = format!("pub {kind} {name}");
            text.lines().any(|line| {
                line.strip_prefix(&item)
                    .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
            })
        })
    };
    let mut names = Vec::new();
    let mut receiver = None;
    for line in text.lines() {
        if let Some(target) = line.strip_prefix("impl ") {
            let end = target.find(|c: char| !c.is_alphanumeric() && c != '_');
            let name = &target[..end.unwrap_or(target.len())];
            let is_array = target.contains("[]");
            receiver = match name {
                _ if is_array => Some("[]"),
                _ if declares(name) => None,
                _ => Some(name),
            };
        }
        let Some(receiver) = receiver else { continue };
        if let Some(name) = line.strip_prefix("    pub ").and_then(method_name)
            && !names.contains(&(receiver, name))
        {
            names.push((receiver, name));
        }
    }
    names
}

/// The name in `string[] Split<T>(string text) {`.
fn method_name(line: &str) -> Option<&str> {
    let mut head = &line[..line.find('(')?];
    if head.ends_with('>') {
        let mut depth = 0;
        let open = head.char_indices().rev().find(|&(_, c)| {
            depth += i32::from(c == '>') - i32::from(c == '<');
            depth == 0
        })?;
        head = &head[..open.0];
    }
    head.rsplit(' ').next().filter(|name| !name.is_empty())
}
