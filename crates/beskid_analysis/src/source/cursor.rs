//! Lines of places that are asked for one after the other, most of them near the last one.
//!
//! *Invariants.* The answer is that of [`SourceMap::line_column`]; only the time differs: a line is found in the
//! logarithm of the distance to the last one instead of the file's length, and columns are counted from the last
//! place if that is in front in the same line.

use super::{FileId, LineColumn, SourceMap, Span};
use crate::index::Id;

/// Remembers where it was last.
#[derive(Clone, Debug)]
pub struct Cursor<'s> {
    sources: &'s SourceMap,
    file: FileId,
    /// Index of the line in the file.
    line: usize,
    /// The offset in the file that was asked for last, and its column: the next one is often in the same line.
    last: (u32, u32),
}

impl<'s> Cursor<'s> {
    pub(super) fn new(sources: &'s SourceMap) -> Self {
        Self { sources, file: FileId::from_index(0), line: 0, last: (0, 1) }
    }

    /// File, line and column of a span's first byte.
    pub fn line_column(&mut self, span: Span) -> (FileId, LineColumn) {
        let is_here = |file: Span| file.lo <= span.lo && span.lo <= file.hi;
        if !self.sources.files().get(self.file).is_some_and(|file| is_here(file.span())) {
            self.file = self.sources.file_of(span);
            (self.line, self.last) = (0, (0, 1));
        }
        let file = self.sources.file(self.file);
        let offset = file.offset(span);
        let line = last_at_most(&file.line_starts, offset, self.line);
        if line != self.line || offset < self.last.0 {
            (self.line, self.last) = (line, (file.line_starts[line], 1));
        }
        let (from, column) = self.last;
        let passed = file.text[from as usize..offset as usize].chars().count() as u32;
        self.last = (offset, column + passed);
        (self.file, LineColumn { line: line as u32 + 1, column: column + passed })
    }
}

/// The index of the last of some ascending numbers that is at most `value`, as the first is; looked for from
/// `near` on (Bentley and Yao 1976).
fn last_at_most(numbers: &[u32], value: u32, near: usize) -> usize {
    let (mut low, mut high) = (near, near);
    let mut step = 1;
    if numbers[near] <= value {
        while high < numbers.len() && numbers[high] <= value {
            low = high;
            high = (high + step).min(numbers.len());
            step *= 2;
        }
    } else {
        while numbers[low] > value {
            high = low;
            low = low.saturating_sub(step);
            step *= 2;
        }
    }
    low + numbers[low..high].partition_point(|&number| number <= value) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_search_from_the_start_finds() {
        let numbers = [0, 3, 4, 10, 11, 12, 20, 50];
        for value in 0..60 {
            let expected = numbers.partition_point(|&number| number <= value) - 1;
            for near in 0..numbers.len() {
                assert_eq!(last_at_most(&numbers, value, near), expected, "{value} from {near}");
            }
        }
    }

    #[test]
    fn agrees_with_the_map_in_every_order_and_file() {
        let mut sources = SourceMap::new();
        for (name, text) in [("a.bd", "one\ntwo ä\n\nthree"), ("b.bd", ""), ("c.bd", "\nfour\n")] {
            sources.add(name, text.to_owned()).expect("a small file");
        }
        let ends = sources.files().iter().map(|file| file.span().hi).max();
        let ends = ends.expect("there are files");
        // Every place with a character, from every other.
        let is_start = |at: u32| {
            let file = sources.file(sources.file_of(Span::new(at, at)));
            file.text.is_char_boundary((at - file.base) as usize)
        };
        let places: Vec<Span> =
            (0..=ends).filter(|&at| is_start(at)).map(|at| Span::new(at, at)).collect();
        for &from in &places {
            for &to in &places {
                let mut cursor = sources.cursor();
                assert_eq!(cursor.line_column(from), sources.line_column(from));
                assert_eq!(cursor.line_column(to), sources.line_column(to));
            }
        }
    }
}
