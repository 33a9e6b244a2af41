//! The part of the source that a rendered diagnostic shows.
//!
//! Snippets are cut to the lines around the labels, and long lines to a window around what is marked
//! on them, so a label on a megabyte of text prints a few lines.
//!
//! *Invariants.* Places that were cut away map to the edge of what is shown, on a character boundary.

use crate::source::{FileId, SourceMap, Span};
use std::fmt::Write as _;
use std::ops::Range;

/// Lines longer than this many bytes are cut.
const LONG_LINE: usize = 200;
/// What stays before and behind the marked part of a long line.
const AROUND: usize = 60;
/// Spans over more lines are cut to their first one.
const MANY_LINES: usize = 60;
/// Labels farther apart are shown in excerpts of their own.
const FAR: usize = 30;

/// Lines of one file, as shown.
pub(super) struct Excerpt {
    /// The file.
    pub(super) file: FileId,
    /// Number of the first line, from 1.
    pub(super) first_line: usize,
    /// The lines.
    pub(super) text: String,
    /// Whether a line was cut, so that columns differ from the file's.
    pub(super) cut: bool,
    lines: Vec<Line>,
}

/// Where a line's text comes from: offsets in the file, and where it starts in the excerpt.
struct Line {
    from: usize,
    to: usize,
    shown: usize,
}

impl Excerpt {
    /// The range of the excerpt that shows a span.
    pub(super) fn range(&self, span: Span, sources: &SourceMap) -> Range<usize> {
        let base = sources.file(self.file).base;
        let lo = self.offset((span.lo - base) as usize);
        let hi = self.offset((span.hi.max(span.lo) - base) as usize);
        lo..hi.max(lo)
    }

    fn offset(&self, at: usize) -> usize {
        let index = self.lines.partition_point(|line| line.from <= at).saturating_sub(1);
        let line = &self.lines[index];
        line.shown + at.clamp(line.from, line.to) - line.from
    }

    /// Whether a span begins within the lines shown.
    fn holds(&self, line: usize) -> bool {
        (self.first_line..self.first_line + self.lines.len()).contains(&(line + 1))
    }
}

/// Excerpts that show all spans, each with the spans it shows, the first span's first.
pub(super) fn excerpts(spans: &[Span], sources: &SourceMap) -> Vec<(Excerpt, Vec<usize>)> {
    // First and last line of each span, by file.
    let placed: Vec<(FileId, usize, usize)> = spans
        .iter()
        .map(|&span| {
            let file = sources.file_of(span);
            let (first, last) = lines_of(span, file, sources);
            (file, first, last)
        })
        .collect();
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|&index| (placed[index].0, placed[index].1, index));
    let mut groups: Vec<(FileId, usize, usize, Vec<usize>)> = Vec::new();
    for index in order {
        let (file, first, last) = placed[index];
        match groups.last_mut() {
            Some((group_file, _, end, members)) if *group_file == file && first <= *end + FAR => {
                *end = (*end).max(last);
                members.push(index);
            }
            _ => groups.push((file, first, last, vec![index])),
        }
    }
    if let Some(primary) = groups.iter().position(|(.., members)| members.contains(&0)) {
        groups[..=primary].rotate_right(1);
    }
    groups
        .into_iter()
        .map(|(file, first, last, mut members)| {
            members.sort_unstable();
            let shown: Vec<Span> = members.iter().map(|&index| spans[index]).collect();
            (excerpt(file, first, last, &shown, sources), members)
        })
        .collect()
}

/// First and last line of a span, from 0; the last is cut where there are many.
fn lines_of(span: Span, file: FileId, sources: &SourceMap) -> (usize, usize) {
    let file = sources.file(file);
    let line = |at: u32| {
        let at = at.saturating_sub(file.base).min(file.text.len() as u32);
        file.line_starts().partition_point(|&start| start <= at) - 1
    };
    let first = line(span.lo);
    let last = line(if span.is_empty() { span.lo } else { span.hi - 1 });
    (first, if last - first > MANY_LINES { first } else { last })
}

fn excerpt(
    file: FileId,
    first: usize,
    last: usize,
    spans: &[Span],
    sources: &SourceMap,
) -> Excerpt {
    let source = sources.file(file);
    let starts = source.line_starts();
    let mut excerpt =
        Excerpt { file, first_line: first + 1, text: String::new(), cut: false, lines: Vec::new() };
    for line in first..=last {
        let start = starts[line] as usize;
        let end = starts.get(line + 1).map_or(source.text.len(), |&next| next as usize - 1);
        let end = if source.text[start..end].ends_with('\r') { end - 1 } else { end };
        let (from, to) = if end - start <= LONG_LINE {
            (start, end)
        } else {
            excerpt.cut = true;
            window(&source.text, start, end, spans, source.base)
        };
        if from > start {
            excerpt.text.push('…');
        }
        excerpt.lines.push(Line { from, to, shown: excerpt.text.len() });
        excerpt.text.push_str(&source.text[from..to]);
        if to < end {
            excerpt.text.push('…');
        }
        excerpt.text.push('\n');
    }
    excerpt
}

/// The part of a long line that shows what is marked on it.
fn window(text: &str, start: usize, end: usize, spans: &[Span], base: u32) -> (usize, usize) {
    let marked = spans
        .iter()
        .map(|span| ((span.lo - base) as usize, (span.hi - base) as usize))
        .find(|&(lo, hi)| lo <= end && hi >= start);
    let (lo, hi) = marked.unwrap_or((start, start));
    let (lo, hi) = (lo.clamp(start, end), hi.clamp(start, end));
    let mut from = lo.saturating_sub(AROUND).max(start);
    let mut to = hi.min(lo + LONG_LINE - 2 * AROUND).saturating_add(AROUND).min(end);
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    while !text.is_char_boundary(to) {
        to += 1;
    }
    (from, to)
}

/// `FILE:LINE:COLUMN` of a span's start.
pub(super) fn place(span: Span, sources: &SourceMap) -> String {
    let (file, at) = sources.line_column(span);
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = write!(out, "{}:{}:{}", sources.file(file).name, at.line, at.column);
    out
}

/// A replacement and the range of an excerpt that it replaces.
pub(super) type Replacement<'a> = (Range<usize>, &'a str);

/// The lines that edits touch, and the edits in them. `None` where an edit is too large to be shown.
pub(super) fn edited<'a>(
    edits: &[(Span, &'a str)],
    sources: &SourceMap,
) -> Option<(Excerpt, Vec<Replacement<'a>>)> {
    let spans: Vec<Span> = edits.iter().map(|&(span, _)| span).collect();
    let mut groups = excerpts(&spans, sources);
    let (excerpt, _) = groups.pop().filter(|_| groups.is_empty())?;
    let small = edits.iter().all(|&(span, replacement)| {
        let (first, last) = lines_of(span, excerpt.file, sources);
        replacement.len() <= 2 * LONG_LINE
            && span.len() <= LONG_LINE - AROUND
            && excerpt.holds(first)
            && excerpt.holds(last)
    });
    let many = edits.len() > 1 && excerpt.cut;
    if !small || many {
        return None;
    }
    let ranges = edits.iter().map(|&(span, text)| (excerpt.range(span, sources), text)).collect();
    Some((excerpt, ranges))
}
