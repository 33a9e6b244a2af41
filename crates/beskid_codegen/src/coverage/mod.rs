//! What is counted when a program is measured: which lines ran, and how often.
//!
//! ```text
//! analysis ──Coverage──► points: counter 0 is line 3 of a.bd, counter 1 …     known to the command alone
//!     │                     ▲ by expression, function
//!     └──lowering──► count n3 ──clif──► add 1 to the word at ThreadContext::counters + 8·3
//!                                          ▲ a file that the command made, mapped by the runtime
//! ```
//!
//! The points of a program follow from its checked bodies, of every function of the files that are measured:
//! one that nothing reaches, or that is generic and never instantiated, has its points like any other, and their
//! counters stay 0. Lowering a body, whichever instance it is of, writes an operation `count` where a point is
//! passed, so all instances of a generic function add to the same counters, and so do copies that inlining makes.
//! An operation with an effect stays where it is: what is counted has begun to run, at every level of
//! optimisation.
//!
//! A point is where a line begins to run: the first expression or statement that begins on a line, in the
//! order of evaluation, has one. A branch, an arm, the body of a loop, what stands behind `&&`, a lambda are
//! *regions* that may run less often than what is around them. A line that a region begins has a point of its
//! own there, also if another region has one; a line that began to run before the region has none again, as it
//! ran anyway. A line has run as often as the point of it that ran most. Blocks are no expressions in this
//! sense: `} else {` is no line of code.
//!
//! *Invariants.* Points depend on texts and on which files are measured, not on which tests are lowered nor on who
//! lowers: each test of a program can be compiled alone, and the counts of all are summed by number. The
//! [digest](Coverage::digest) tells whether two commands have the same points. Lowering without a `Coverage`
//! emits nothing for it. Lowering passes every point of a body it lowers, unless the code there cannot be
//! reached; a test compares the two.
//!
//! *Not here*: files of counters ([`beskid_abi::coverage`]), reports (the command).

#[cfg(test)]
mod tests;
mod walk;

use beskid_abi::coverage::MAX_COUNTERS;
use beskid_analysis::hir::{Analysis, ExprId, FunctionId, LocalId};
use beskid_analysis::index::{Id, IndexVec};
use beskid_analysis::source::FileId;
use rustc_hash::FxHashMap;

use crate::build_mir::source_name;
use crate::mir::CounterId;

/// What has a point.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Owner {
    /// The beginning of a function.
    Function,
    /// An expression, or the place that a statement assigns.
    Expr(ExprId),
    /// The statement that declares a local.
    Local(LocalId),
}

/// What a counter stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Point {
    /// The file.
    pub file: FileId,
    /// The line, from 1.
    pub line: u32,
    /// What begins there.
    pub what: What,
}

/// What is counted at a point.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// Calls of a function, of that source name. The line is that of its name, which is no line of code by
    /// that.
    Function(String),
    /// Runs of a line.
    Line,
}

/// The points of a program.
#[derive(Debug)]
pub struct Coverage {
    points: IndexVec<CounterId, Point>,
    owners: FxHashMap<(FunctionId, Owner), CounterId>,
    digest: u64,
}

impl Coverage {
    /// The points of all functions in some files, but for the bodies of tests. There are at most
    /// [`MAX_COUNTERS`]; nothing if there would be more.
    #[must_use]
    pub fn new(analysis: &Analysis, is_measured: impl Fn(FileId) -> bool) -> Option<Self> {
        let points = IndexVec::new();
        let mut coverage = Self { points, owners: FxHashMap::default(), digest: 0 };
        for (function, body) in analysis.bodies.enumerate() {
            let Some(body) = body else { continue };
            let (file, place) = analysis.sources.line_column(analysis.functions[function].span);
            if analysis.is_test(function) || !is_measured(file) {
                continue;
            }
            let what = What::Function(source_name(analysis, function));
            coverage.add(function, Owner::Function, Point { file, line: place.line, what });
            walk::body(&analysis.sources, body, |owner, file, line| {
                coverage.add(function, owner, Point { file, line, what: What::Line });
            });
        }
        coverage.digest = coverage.digest_of(analysis);
        (coverage.points.len() <= MAX_COUNTERS).then_some(coverage)
    }

    /// What the counters stand for, in their order.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        self.points.as_slice()
    }

    /// A number that others have who have the same points of the same text.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// The counter of what has a point.
    pub(crate) fn counter(&self, function: FunctionId, owner: Owner) -> Option<CounterId> {
        self.owners.get(&(function, owner)).copied()
    }

    fn add(&mut self, function: FunctionId, owner: Owner, point: Point) {
        let counter = self.points.push(point);
        self.owners.insert((function, owner), counter);
    }

    fn digest_of(&self, analysis: &Analysis) -> u64 {
        let mut hasher = blake3::Hasher::new();
        let mut files: Vec<FileId> = self.points.iter().map(|point| point.file).collect();
        files.sort_unstable();
        files.dedup();
        for file in files {
            let text = &analysis.sources.file(file).text;
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        for point in &self.points {
            hasher.update(&(point.file.index() as u64).to_le_bytes());
            hasher.update(&point.line.to_le_bytes());
        }
        let digest = hasher.finalize();
        digest.as_bytes()[..8].iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
    }
}
