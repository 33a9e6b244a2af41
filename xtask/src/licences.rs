//! What the licences of others ask for: their names and texts, of every package that is in the command.
//!
//! Some packages come without the text of their licence. Theirs is that of another package with the same one, or
//! that of this project: Apache's is the same for all, MIT's differs in the line of the authors.
//!
//! *Invariants.* Every package has a text, or there is no list.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::command::{cargo, output};
use crate::dist::{entries, failure};

/// What cargo does not list.
const STANDARD_LIBRARY: &str = "the standard library of Rust";

/// A package, as cargo names it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Package<'t> {
    name: &'t str,
    version: &'t str,
    /// An SPDX expression.
    licence: &'t str,
}

/// The packages that are in the command for a target, their licences, and the texts of these.
pub(crate) fn of_others(root: &Path, triple: &str) -> Result<String, String> {
    let tree = output(cargo(root).args([
        "tree",
        "--locked",
        "-p",
        "beskid_cli",
        "--edges",
        "normal,no-proc-macro",
        "--target",
        triple,
        "--prefix",
        "none",
        "--format",
        "{p}\t{l}",
    ]))?;
    let packages: BTreeSet<Package<'_>> = tree.lines().filter_map(of_line).collect();
    let sources = registry_sources()?;
    let mut list = "# Software of others in this program\n\n".to_owned();
    // Many packages have the same text.
    let mut texts: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    // The text of a licence that is one alone.
    let mut known: BTreeMap<&str, String> = BTreeMap::new();
    let mut without = Vec::new();
    for package in packages {
        let Package { name, version, licence } = package;
        list.push_str(&format!("- {name} {version}: {licence}\n"));
        let mut folders = sources.iter().map(|folder| folder.join(format!("{name}-{version}")));
        let Some(folder) = folders.find(|folder| folder.is_dir()) else {
            return Err(format!("the source of {name} {version} is not in cargo's registry"));
        };
        let files = licence_files(&folder)?;
        for file in &files {
            let text = read(file)?;
            if files.len() == 1 {
                known.entry(licence).or_insert_with(|| text.clone());
            }
            texts.entry(text).or_default().push(name);
        }
        if files.is_empty() {
            without.push((package, folder));
        }
    }
    for (package, folder) in without {
        let text = substitute(root, package, &folder, &known)?;
        texts.entry(text).or_default().push(package.name);
    }
    list.push_str(&format!("- {STANDARD_LIBRARY}: MIT OR Apache-2.0\n"));
    texts.entry(read(&root.join("LICENSE-APACHE"))?).or_default().push(STANDARD_LIBRARY);
    for (text, names) in texts {
        list.push_str(&format!("\n## {}\n\n```text\n{text}\n```\n", names.join(", ")));
    }
    Ok(list)
}

/// The package of a line of cargo's tree, if it is one of others.
fn of_line(line: &str) -> Option<Package<'_>> {
    let (package, licence) = line.split_once('\t')?;
    let (name, rest) = package.split_once(" v")?;
    let version = rest.split(' ').next()?;
    // What has a path behind its version is of this project.
    let is_own = rest.contains('/') || name.starts_with("beskid_");
    let licence = licence.trim_end_matches(" (*)");
    (!is_own).then_some(Package { name, version, licence })
}

/// The text of the licence of a package that has none with it.
fn substitute(
    root: &Path,
    package: Package<'_>,
    folder: &Path,
    known: &BTreeMap<&str, String>,
) -> Result<String, String> {
    let Package { name, version, licence } = package;
    let choices: Vec<&str> = licence.split(" OR ").map(str::trim).collect();
    if choices.contains(&"Apache-2.0") {
        return read(&root.join("LICENSE-APACHE"));
    }
    if choices.contains(&"MIT") {
        let authors = authors(&read(&folder.join("Cargo.toml"))?);
        let holders = if authors.is_empty() { format!("the authors of {name}") } else { authors };
        let own = read(&root.join("LICENSE-MIT"))?;
        let line = own.lines().find(|line| line.starts_with("Copyright"));
        let line = line.ok_or("LICENSE-MIT has no line of copyright")?;
        return Ok(own.replace(line, &format!("Copyright (c) {holders}")));
    }
    known
        .get(licence)
        .cloned()
        .ok_or_else(|| format!("{name} {version} comes without the text of its licence, {licence}"))
}

/// Whom a manifest names as authors. Cargo has written it, in one form.
fn authors(manifest: &str) -> String {
    let list = manifest.split_once("\nauthors = [").and_then(|(_, rest)| rest.split_once(']'));
    let quoted = list.map_or("", |(list, _)| list).split('"').skip(1).step_by(2);
    quoted.collect::<Vec<_>>().join(", ")
}

fn read(path: &Path) -> Result<String, String> {
    let bytes = fs::read(path).map_err(|error| failure(path, &error))?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

/// Where cargo keeps the sources of packages.
fn registry_sources() -> Result<Vec<PathBuf>, String> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    let folder = home.ok_or("neither CARGO_HOME nor HOME is set")?.join("registry/src");
    entries(&folder)
}

fn licence_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = entries(folder)?;
    files.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        let is_licence = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"];
        path.is_file() && is_licence.iter().any(|prefix| name.starts_with(prefix))
    });
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_told_from_those_of_the_project() {
        let of =
            |line| of_line(line).map(|package| (package.name, package.version, package.licence));
        assert_eq!(
            of("object v0.39.1\tApache-2.0 OR MIT (*)"),
            Some(("object", "0.39.1", "Apache-2.0 OR MIT"))
        );
        assert_eq!(of("beskid_abi v0.1.0 (/somewhere)\tMIT OR Apache-2.0"), None);
    }

    #[test]
    fn authors_are_those_of_the_manifest() {
        let manifest =
            "[package]\nname = \"a\"\nauthors = [\n    \"A <a@b>\",\n    \"B\",\n]\nx = [\"c\"]\n";
        assert_eq!(authors(manifest), "A <a@b>, B");
        assert_eq!(authors("[package]\nname = \"a\"\n"), "");
    }

    #[test]
    fn every_licence_has_a_text() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let folder = root.join("xtask");
        let text = |licence, known: &BTreeMap<&str, String>| {
            substitute(&root, Package { name: "p", version: "1.0.0", licence }, &folder, known)
        };
        let none = BTreeMap::new();
        assert!(text("MIT OR Apache-2.0", &none).unwrap().contains("Apache License"));
        assert!(text("MIT", &none).unwrap().contains("Copyright (c) the authors of p\n"));
        assert!(text("Zlib", &none).unwrap_err().contains("without the text of its licence, Zlib"));
        let known = BTreeMap::from([("Zlib", "zlib".to_owned())]);
        assert_eq!(text("Zlib", &known), Ok("zlib".to_owned()));
    }
}
