//! Points against what lowering passes, and where points are.

use std::collections::BTreeSet;
use std::fs;

use super::*;
use crate::build_mir::lower_everything_measured;
use crate::corpus::{self, analysis};
use crate::isa::OptLevel;
use crate::mir::OpKind;

/// The counters that the code of a program has.
fn counted(analysis: &Analysis, coverage: &Coverage, opt: OptLevel) -> Option<BTreeSet<CounterId>> {
    let artifact = lower_everything_measured(analysis, coverage, opt).ok()?;
    let blocks = artifact.program().functions.iter().flat_map(|body| &body.blocks);
    let counters = blocks.flat_map(|block| &block.ops).filter_map(|op| match op.kind {
        OpKind::Count { counter } => Some(counter),
        _ => None,
    });
    Some(counters.collect())
}

#[test]
fn lowering_passes_every_point_of_the_corpus() {
    let files = ["examples", "tests/conformance", "benches"].into_iter().flat_map(corpus::sources);
    let (mut points, mut missing) = (0, Vec::new());
    for file in files {
        let text = fs::read_to_string(&file).expect("a file of the project");
        let analysis = analysis(&file.to_string_lossy(), &text);
        // What needs other files, or is wrong on purpose.
        if analysis.has_errors() {
            continue;
        }
        let coverage =
            Coverage::new(&analysis, |file| !analysis.sources.is_library(file)).expect("few");
        let Some(counted) = counted(&analysis, &coverage, OptLevel::None) else { continue };
        let mut owners: Vec<_> = coverage.owners.iter().collect();
        owners.sort_by_key(|&(_, counter)| *counter);
        for (&(function, _), counter) in owners {
            if !counted.contains(&coverage.owners[&(function, Owner::Function)]) {
                continue;
            }
            points += 1;
            if !counted.contains(counter) {
                missing.push(format!("{}:{}", file.display(), coverage.points[*counter].line));
            }
        }
    }
    missing.sort();
    // Some cases have code that nothing reaches, behind `return` and in arms that never match; nothing else has.
    assert!(points > 5000, "{points}");
    assert!(missing.len() * 500 < points, "of {points} points are not passed: {missing:#?}");
    let in_cases = missing.iter().all(|place| {
        place.contains("tests/conformance/lang") || place.contains("tests/conformance/runtime")
    });
    assert!(in_cases, "{missing:#?}");
}

/// The lines with points, and which of them are lines of functions.
fn lines(text: &str) -> (Vec<u32>, Vec<(String, u32)>) {
    let analysis = analysis("a.bd", text);
    assert!(!analysis.has_errors(), "{:?}", analysis.diagnostics);
    let coverage =
        Coverage::new(&analysis, |file| !analysis.sources.is_library(file)).expect("few");
    let mut functions = Vec::new();
    let mut lines = Vec::new();
    for point in coverage.points() {
        match &point.what {
            What::Function(name) => functions.push((name.clone(), point.line)),
            What::Line => lines.push(point.line),
        }
    }
    (lines, functions)
}

#[test]
fn a_line_has_one_point_in_a_region() {
    let text = "\
i32 Twice(i32 x) => x + x;
unit main() {
    let a = Twice(1) + Twice(2); let b = a;
    if a > b { println(a); println(b); } else {
        println(
            a,
        );
    }
    println(\"${a}\"); }
test T {
    assert(Twice(1) == 2);
}
";
    let (lines, functions) = lines(text);
    assert_eq!(lines, [1, 3, 4, 5, 6, 9]);
    assert_eq!(functions, [("Twice".to_owned(), 1), ("main".to_owned(), 2)]);
}

#[test]
fn what_may_not_run_has_points_of_its_own() {
    let text = "\
bool Both(bool a, bool b) => a &&
    b;
i32 Sum(i32[] xs) {
    let mut sum = 0;
    for x in xs { sum += x;
        sum += 1; }
    let add = (i32 n) => {
        n + 1
    };
    sum +
        1
}
";
    assert_eq!(lines(text).0, [1, 2, 4, 5, 6, 7, 8, 10, 11]);
}

#[test]
fn the_digest_is_that_of_text_and_points() {
    let digest = |text: &str, library: bool| {
        let analysis = analysis("a.bd", text);
        let is_measured = |file| library || !analysis.sources.is_library(file);
        Coverage::new(&analysis, is_measured).expect("few").digest()
    };
    let text = "unit main() { println(\"a\".Trim()); }\n";
    assert_eq!(digest(text, false), digest(text, false));
    assert_ne!(digest(text, false), digest("unit main() { println(2); }\n", false));
    assert_ne!(digest(text, false), digest(text, true));
}
