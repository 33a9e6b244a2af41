//! Counts from the processes of tests, summed.
//!
//! *Invariants.* Each process has a file of its own, which it maps ([`beskid_abi::coverage`]): processes that run
//! at once do not disturb each other, and one that was killed has left what it had counted. Files are as large as
//! they will be before the process starts, so that it cannot run out of space in the middle.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use beskid_abi::coverage::{COUNTER_SIZE, HEADER_SIZE, VARIABLE, file_size};
use beskid_codegen::Coverage;
use tempfile::TempDir;

/// The counts of the tests of a program.
#[derive(Debug)]
pub(in super::super) struct Counting {
    folder: TempDir,
    /// The file before anything is counted.
    empty: Vec<u8>,
    sums: Mutex<Sums>,
}

#[derive(Debug)]
struct Sums {
    counts: Vec<u64>,
    /// What went wrong first.
    failure: Option<io::Error>,
}

impl Counting {
    /// Begins to count what has been chosen.
    pub(in super::super) fn new(coverage: &Coverage) -> io::Result<Self> {
        let folder = TempDir::with_prefix("beskid-coverage-")?;
        let count = coverage.points().len();
        let mut empty = vec![0; file_size(count)];
        empty[..HEADER_SIZE].copy_from_slice(&coverage.digest().to_ne_bytes());
        let sums = Sums { counts: vec![0; count], failure: None };
        Ok(Self { folder, empty, sums: Mutex::new(sums) })
    }

    /// Lets a process count; `place` tells it from all others.
    pub(in super::super) fn begin(&self, command: &mut Command, place: usize) -> io::Result<()> {
        let path = self.path(place);
        fs::write(&path, &self.empty)?;
        command.env(VARIABLE, path);
        Ok(())
    }

    /// Takes what a process has counted that is gone.
    pub(in super::super) fn end(&self, place: usize) {
        let path = self.path(place);
        let read = fs::read(&path);
        // The folder is removed in the end anyway.
        let _ = fs::remove_file(&path);
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        match read {
            Ok(bytes) => {
                let counters = bytes[HEADER_SIZE.min(bytes.len())..].chunks_exact(COUNTER_SIZE);
                for (sum, counter) in sums.counts.iter_mut().zip(counters) {
                    let counter = counter.try_into().map_or(0, u64::from_ne_bytes);
                    *sum = sum.saturating_add(counter);
                }
            }
            Err(error) => {
                sums.failure.get_or_insert(error);
            }
        }
    }

    /// The sums, in the order of the points.
    pub(in super::super) fn finish(self) -> io::Result<Vec<u64>> {
        let sums = self.sums.into_inner().unwrap_or_else(PoisonError::into_inner);
        match sums.failure {
            None => Ok(sums.counts),
            Some(error) => Err(error),
        }
    }

    fn path(&self, place: usize) -> PathBuf {
        self.folder.path().join(place.to_string())
    }
}
