//! Which lines of the program the tests have run: `--coverage`, `--lcov`.
//!
//! ```text
//! analysis ── Coverage (which counter is which line) ──────────────┐
//! process of a test ── file of counters ──┐                        │
//! process of a test ── file of counters ──┼── counts: sums ── lines: by file ── text | lcov
//! …                                       ┘
//! ```
//!
//! Reading order: `counts` (from processes to sums), `lines` (from sums to lines, over all programs), `text` and
//! `lcov` (how they are told).
//!
//! *Invariants.* What is measured are the files of the program's own package and of those it depends on by path;
//! what was fetched belongs to others, and the core library to nobody here. Bodies of tests are not measured.
//! Both backends count the same, since the program is the same.

mod counts;
mod lcov;
mod lines;
mod text;

use std::collections::BTreeSet;

use beskid_analysis::hir::Analysis;
use beskid_analysis::source::PackageId;
use beskid_codegen::Coverage;

pub(super) use counts::Counting;
pub(super) use lcov::render as lcov;
pub(super) use lines::Lines;
pub(super) use text::{json, table};

use crate::compile::Cx;
use crate::exit::Exit;

/// What can be counted in a program; `fetched` are the packages of others.
pub(super) fn of_program(
    cx: Cx,
    analysis: &Analysis,
    fetched: &BTreeSet<PackageId>,
) -> Result<Coverage, Exit> {
    let sources = &analysis.sources;
    let is_measured =
        |file| !sources.is_library(file) && !fetched.contains(&sources.file(file).package);
    Coverage::new(analysis, is_measured).ok_or_else(|| {
        cx.report.failure("the program is too large for its coverage to be measured");
        Exit::Errors
    })
}
