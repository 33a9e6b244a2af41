//! Which crate may depend on which.
//!
//! The forbidden edges are the architecture (execution.md §1): analysis knows no runtime and no code
//! generator, code generation no driver, the runtime only the ABI. Development dependencies are
//! free.

use std::path::Path;

use super::Finding;
use crate::command::{cargo, output};

/// Crates, and prefixes of the names that must not appear below them.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("beskid_abi", &[""]),
    ("beskid_analysis", &["beskid_", "cranelift"]),
    (
        "beskid_codegen",
        &["beskid_runtime", "beskid_engine", "beskid_aot", "cranelift-jit", "cranelift-object"],
    ),
    ("beskid_doc", &["beskid_codegen", "beskid_runtime", "beskid_engine", "beskid_aot"]),
    ("beskid_fmt", &["beskid_codegen", "beskid_runtime", "beskid_engine", "beskid_aot"]),
    ("beskid_engine", &["beskid_aot", "cranelift-object", "libwild"]),
    ("beskid_aot", &["beskid_runtime", "beskid_engine", "cranelift-jit"]),
    (
        "beskid_runtime",
        &["beskid_analysis", "beskid_codegen", "beskid_engine", "beskid_aot", "cranelift"],
    ),
    ("xtask", &["beskid_"]),
];

pub(super) fn check(root: &Path) -> Result<Vec<Finding>, String> {
    let mut findings = Vec::new();
    for (name, forbidden) in FORBIDDEN {
        let tree = output(cargo(root).args([
            "tree",
            "--offline",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--package",
            name,
        ]))?;
        for dependency in offending(&tree, forbidden) {
            findings.push(Finding::new(
                &manifest(name),
                1,
                format!("must not depend on {dependency}, directly or not"),
            ));
        }
    }
    Ok(findings)
}

fn manifest(name: &str) -> String {
    if name == "xtask" {
        "xtask/Cargo.toml".to_owned()
    } else {
        format!("crates/{name}/Cargo.toml")
    }
}

/// The first line is the crate itself.
fn offending<'a>(tree: &'a str, forbidden: &[&str]) -> Vec<&'a str> {
    let mut names: Vec<&str> = tree
        .lines()
        .skip(1)
        .filter_map(|line| line.split(' ').next())
        .filter(|name| !name.is_empty())
        .filter(|name| forbidden.iter().any(|prefix| name.starts_with(prefix)))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_read_from_the_tree() {
        let tree = "beskid_abi v0.1.0 (path)\nrustix v1.0.0\nbeskid_aot v0.1.0 (path)\nrustix v1.0.0 (*)\n";
        assert_eq!(offending(tree, &["beskid_"]), ["beskid_aot"]);
        assert_eq!(offending(tree, &[""]), ["beskid_aot", "rustix"]);
        assert_eq!(offending(tree, &["cranelift"]), [""; 0]);
    }
}
