//! For how long the collector stops a program with a large heap, and what its trace says.
//!
//! Time of the processor counts here: a machine that has other things to do stops programs too. Limits are
//! twice and more of what was measured; to mark this heap while the program stands takes ten times as much.

#![allow(clippy::print_stdout, reason = "what was measured is of interest")]

use std::fs;

use beskid_conformance::binary::{Beskid, limits};
use beskid_conformance::corpus::repository_root;
use beskid_conformance::matrix::Heap;
use beskid_conformance::process::{self, Ending};
use tempfile::TempDir;

/// The number in front of a unit, behind a word.
fn number(line: &str, before: &str, unit: &str) -> Option<u64> {
    let (_, rest) = line.split_once(before)?;
    rest.split_once(unit)?.0.parse().ok()
}

#[test]
fn a_large_heap_has_short_pauses() {
    let root = repository_root();
    let beskid = Beskid::locate(&root).unwrap();
    let folder = TempDir::new().unwrap();
    let source = folder.path().join("Graph.bd");
    fs::copy(root.join("benches/graph/main.bd"), &source).unwrap();
    let executable = folder.path().join("graph");
    let mut build = beskid.command(&["build", "--release", "-o"]);
    let built = process::run(build.arg(&executable).arg(&source), b"", limits(Heap::Normal));
    let built = built.unwrap();
    assert!(built.stderr.is_empty(), "{}", String::from_utf8_lossy(&built.stderr));
    let mut program = beskid.program(&executable);
    program.args(["2000000", "400000"]).env("BESKID_GC_TRACE", "1");
    let ran = process::run(&mut program, b"", limits(Heap::Normal)).unwrap();
    let Ending::Status(status) = ran.ending else { panic!("{:?}", ran.ending) };
    assert!(status.success());
    let trace = String::from_utf8(ran.stderr).unwrap();
    let (mut pauses, mut live, mut marked) = (Vec::new(), 0, 0);
    for line in trace.lines() {
        let (_, what) = line.split_once(": ").unwrap();
        let has = |before, unit| {
            number(what, before, unit).unwrap_or_else(|| panic!("no number of {before:?}: {line}"))
        };
        let kilobytes = what.split_once(" KB live, ").and_then(|(front, rest)| {
            rest.split_once(" KB freed")?.0.parse::<u64>().ok()?;
            front.rsplit_once(' ')?.1.parse::<u64>().ok()
        });
        live = live.max(kilobytes.unwrap_or_else(|| panic!("no live bytes: {line}")));
        let _ = has(", heap ", " KB");
        if what.starts_with("marked beside the program in ") {
            let _ = (has(", pauses ", " us"), has(", cpu ", " us"), has("next at ", " KB"));
            marked += 1;
        } else {
            assert!(what.starts_with("minor, ") || what.starts_with("full, "), "{line}");
            let _ = has(", pause ", " us");
            pauses.push(has(", cpu ", " us"));
        }
    }
    pauses.sort_unstable();
    let (most, longest) = (pauses[pauses.len() * 99 / 100], pauses[pauses.len() - 1]);
    println!(
        "{} pauses, 99 % up to {most} us, the longest {longest} us, {live} KB live",
        pauses.len()
    );
    assert!(live > 100 << 10, "{live} KB live");
    assert!(marked > 3, "marked {marked} times");
    assert!(most < 2500, "99 % of the pauses take up to {most} us");
    assert!(longest < 10_000, "the longest pause takes {longest} us");
}
