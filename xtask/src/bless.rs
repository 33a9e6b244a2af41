//! Runs the tests of the corpora with `BESKID_BLESS=1`.

use std::path::Path;

use crate::command;

/// Rewrites the expectations of the cases whose path contains `filter`; review is the diff.
///
/// The command under test is built first, so that what is blessed is what the sources do. What
/// cannot be blessed is reported, after everything else was.
pub(crate) fn run(root: &Path, filter: Option<&str>) -> Result<(), String> {
    command::run(command::cargo(root).args(["build", "--package", "beskid_cli"]))?;
    let mut tests = command::cargo(root);
    tests.args(["test", "--package", "beskid_conformance", "--no-fail-fast", "--test", "*"]);
    if let Some(filter) = filter {
        tests.args(["--", filter]);
    }
    command::run(tests.env("BESKID_BLESS", "1").env("UPDATE_EXPECT", "1"))
}
