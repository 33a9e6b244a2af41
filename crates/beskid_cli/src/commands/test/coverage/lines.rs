//! Counts by file and line, over all programs whose tests ran.
//!
//! *Invariants.* A line has run as often as the point of it that ran most in a program; runs in several programs,
//! members of a workspace that share a file, are added up. Files are in the order of their names.

use std::collections::BTreeMap;
use std::fs;

use beskid_analysis::hir::Analysis;
use beskid_codegen::{Coverage, What};

/// The lines of all programs.
#[derive(Debug, Default)]
pub(in super::super) struct Lines {
    /// By the place of the file in the system, which several programs may name differently.
    pub(super) files: BTreeMap<String, File>,
}

/// A file that was measured.
#[derive(Debug, Default)]
pub(super) struct File {
    /// Its name as the user gave it.
    pub(super) name: String,
    /// How often each line of code has run.
    pub(super) lines: BTreeMap<u32, u64>,
    /// How often each function was called, by its line and source name.
    pub(super) functions: BTreeMap<(u32, String), u64>,
}

/// How much of a file, or of all, has run.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Share {
    pub(super) covered: usize,
    pub(super) all: usize,
}

impl Lines {
    /// Adds the counts of a program.
    pub(in super::super) fn add(
        &mut self,
        analysis: &Analysis,
        coverage: &Coverage,
        counts: &[u64],
    ) {
        let mut found: BTreeMap<_, File> = BTreeMap::new();
        for (point, &count) in coverage.points().iter().zip(counts) {
            let file = found.entry(point.file).or_default();
            match &point.what {
                What::Line => {
                    let runs = file.lines.entry(point.line).or_default();
                    *runs = count.max(*runs);
                }
                What::Function(name) => {
                    *file.functions.entry((point.line, name.clone())).or_default() += count;
                }
            }
        }
        for (id, file) in found {
            let name = &analysis.sources.file(id).name;
            let path = fs::canonicalize(name)
                .ok()
                .and_then(|path| path.into_os_string().into_string().ok());
            let known = self.files.entry(path.unwrap_or_else(|| name.clone())).or_default();
            if known.name.is_empty() {
                known.name.clone_from(name);
            }
            for (line, count) in file.lines {
                let sum = known.lines.entry(line).or_default();
                *sum = sum.saturating_add(count);
            }
            for (function, count) in file.functions {
                let sum = known.functions.entry(function).or_default();
                *sum = sum.saturating_add(count);
            }
        }
    }

    /// How much of all files has run.
    pub(super) fn share(&self) -> Share {
        let shares = self.files.values().map(File::share);
        shares.fold(Share::default(), |sum, share| Share {
            covered: sum.covered + share.covered,
            all: sum.all + share.all,
        })
    }
}

impl File {
    /// How much of the file has run.
    pub(super) fn share(&self) -> Share {
        let covered = self.lines.values().filter(|&&count| count > 0).count();
        Share { covered, all: self.lines.len() }
    }

    /// The lines that have not run, as first and last ones of ranges in which no line of code has.
    pub(super) fn uncovered(&self) -> Vec<(u32, u32)> {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        let mut is_open = false;
        for (&line, &count) in &self.lines {
            match ranges.last_mut() {
                Some(range) if is_open && count == 0 => range.1 = line,
                _ if count == 0 => ranges.push((line, line)),
                _ => {}
            }
            is_open = count == 0;
        }
        ranges
    }
}

impl Share {
    /// In tenths of a percent, rounded towards what is less extreme: only all is 100 %, only nothing is 0 %.
    pub(super) fn per_mille(self) -> usize {
        if self.all == 0 {
            return 1000;
        }
        let exact = self.covered * 1000 / self.all;
        if self.covered > 0 { exact.max(1) } else { exact }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_reach_over_lines_without_code() {
        let lines = [(1, 1), (2, 0), (5, 0), (6, 3), (7, 0), (9, 2), (12, 0), (13, 0)];
        let file = File { lines: lines.into(), ..File::default() };
        assert_eq!(file.uncovered(), [(2, 5), (7, 7), (12, 13)]);
        assert_eq!(file.share(), Share { covered: 3, all: 8 });
    }

    #[test]
    fn only_all_is_all_and_only_nothing_is_nothing() {
        let share = |covered, all| Share { covered, all }.per_mille();
        assert_eq!([share(0, 9), share(9, 9), share(0, 0)], [0, 1000, 1000]);
        assert_eq!([share(1, 5000), share(4999, 5000), share(1, 3)], [1, 999, 333]);
    }
}
