//! The frames of a panic: compiled functions by their source names, innermost first.
//!
//! A machine frame gives one line for its function and one more for each call that was inlined on the
//! way, so a trace does not depend on optimisation. Code without a position (the entry shim, adapters
//! the compiler made) shows no line. Repetitions are folded; what is long even so is cut in the middle:
//!
//! ```text
//!   in Odd at p.bd:2:25
//!   in Even at p.bd:1:25
//!   ... the last 2 frames repeat 10482 more times ...
//!   in main at p.bd:4:5
//! ```
//!
//! The place of the fault is the innermost position that is not in the core library: a program that asks the
//! library for what cannot be is wrong where it asks.
//!
//! At which call a stack overflows, and after how many, depends on the size of frames, which optimisation
//! changes. So a trace of an overflow has no numbers, and begins where the recursion that filled the stack
//! has its last whole turn, as counted from its beginning: the few calls that were under way in the turn
//! that did not fit are left out.

mod fold;

use core::iter;

use beskid_abi::code_map::Author;

use crate::panic::Report;
use crate::stack::map_lookup::CodeIndex;
use crate::stack::walk::Frames;

use fold::{Fold, Folder, Item, LONGEST_PERIOD};

/// Lines before the cut, and as many after it.
const KEPT: usize = 32;
/// The most calls of a broken turn that are left out of the trace of an overflow.
const BROKEN: usize = 32;
/// Items that are kept from the beginning: what may be left out, what is shown, and the rest of a fold.
const HEAD: usize = BROKEN + KEPT + LONGEST_PERIOD;

/// What a panic says of its frames.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cut {
    /// How many are missing.
    Counted,
    /// Only that some are: after a stack overflow their number depends on the size of frames.
    Marked,
}

/// How much of a trace is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Extent {
    /// The place and the frames.
    Full,
    /// The place alone.
    Place,
}

/// Writes `  at …` for the place of the fault and a line for each frame.
pub(crate) fn print(
    report: &mut Report,
    code: &mut CodeIndex<'_>,
    frames: Frames,
    cut: Cut,
    extent: Extent,
) {
    let mut trace = Trace::gather(code, frames);
    if cut == Cut::Marked {
        trace.begin_with_a_whole_turn();
    }
    let Some(at) = trace.place(code) else { return };
    report.text("  at ");
    place(report, code, at);
    if extent == Extent::Full {
        trace.write(report, code, cut);
    }
}

/// A line of a trace: two are equal if they read the same, however code was inlined.
#[derive(Clone, Copy, Debug)]
struct Line {
    index: u32,
    line: u32,
    column: u32,
    /// Texts of a map are stored once, so their addresses tell them apart.
    function: usize,
    file: usize,
}

impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
            || (self.line, self.column, self.function, self.file)
                == (other.line, other.column, other.function, other.file)
    }
}

impl Line {
    const BLANK: Self = Self { index: 0, line: 0, column: 0, function: 0, file: 0 };

    fn new(code: &CodeIndex<'_>, index: u32) -> Self {
        let position = code.map().position(index);
        Self {
            index,
            line: position.line,
            column: position.column,
            function: position.function.as_ptr().addr(),
            file: position.file.as_ptr().addr(),
        }
    }
}

/// The items of a trace, as far as they may be shown.
struct Trace {
    /// The first ones, innermost first.
    head: [Item<u32>; HEAD],
    /// The latest of the others, in a ring.
    tail: [Item<u32>; KEPT],
    count: usize,
    /// Lines of items that are in neither.
    lost: usize,
    /// The first item that is shown.
    start: usize,
}

impl Trace {
    fn gather(code: &mut CodeIndex<'_>, frames: Frames) -> Self {
        let blank = Item::One(0);
        let mut trace =
            Self { head: [blank; HEAD], tail: [blank; KEPT], count: 0, lost: 0, start: 0 };
        let mut folder = Folder::new(Line::BLANK);
        let mut out = |item: Item<Line>| {
            trace.add(match item {
                Item::One(line) => Item::One(line.index),
                Item::Fold(fold) => Item::Fold(fold),
            });
        };
        let mut inner = 0;
        for frame in frames {
            // A stack that somebody wrote over may lead around in circles.
            if frame.stack_pointer <= inner {
                break;
            }
            inner = frame.stack_pointer;
            let mut next = code.position(frame.return_address);
            while let Some(index) = next {
                folder.push(Line::new(code, index), frame.stack_pointer, &mut out);
                next = code.parent(index);
            }
        }
        folder.finish(&mut out);
        trace
    }

    fn add(&mut self, item: Item<u32>) {
        if let Some(place) = self.head.get_mut(self.count) {
            *place = item;
        } else {
            let place = &mut self.tail[self.count % KEPT];
            if self.count >= HEAD + KEPT {
                self.lost += lines(*place);
            }
            *place = item;
        }
        self.count += 1;
    }

    /// An item that is in the head or among the last.
    fn item(&self, index: usize) -> Item<u32> {
        self.head.get(index).copied().unwrap_or_else(|| self.tail[index % KEPT])
    }

    /// Turns the fold that most of the stack went to so that it ends with a whole turn, and leaves out what
    /// comes before it, unless that is much.
    fn begin_with_a_whole_turn(&mut self) {
        let size = |fold: &Fold| fold.extent.1 - fold.extent.0;
        let mut largest: Option<(usize, Fold)> = None;
        let mut inner = 0;
        for (at, &item) in self.head[..self.count.min(HEAD)].iter().enumerate() {
            if let Item::Fold(fold) = item
                && largest.is_none_or(|(_, other)| size(&fold) > size(&other))
            {
                // Before it are the lines of its first turn.
                if inner > BROKEN + fold.period {
                    break;
                }
                largest = Some((at, fold));
            }
            inner += lines(item);
        }
        let Some((at, Fold { period, rest, .. })) = largest else { return };
        let end = at + 1 + rest;
        if end > HEAD {
            return;
        }
        // What is left of a turn goes from behind the fold to the end of the turn before it.
        self.head[at - period..at].rotate_left(rest);
        self.head[at - period..end].rotate_right(rest);
        self.start = at - period + rest;
    }

    /// Where the program went wrong: in its own innermost text, not in what the core library makes of it.
    fn place(&self, code: &CodeIndex<'_>) -> Option<u32> {
        let mut places = (self.start..self.count).filter_map(|index| match self.item(index) {
            Item::One(position) => Some(position),
            Item::Fold(_) => None,
        });
        let innermost = places.next()?;
        let is_own = |&index: &u32| code.map().position(index).author == Author::Program;
        Some(iter::once(innermost).chain(places).find(is_own).unwrap_or(innermost))
    }

    fn write(&self, report: &mut Report, code: &CodeIndex<'_>, cut: Cut) {
        let cut_start = (self.start + KEPT).min(self.count);
        let cut_end = self.count.saturating_sub(KEPT).max(cut_start);
        for index in self.start..cut_start {
            line(report, code, self.item(index), cut);
        }
        if cut_start < cut_end {
            let known = &self.head[cut_start..cut_end.min(HEAD)];
            let hidden = self.lost + known.iter().map(|&item| lines(item)).sum::<usize>();
            report.text("  ...");
            if cut == Cut::Counted {
                report.text(" ").unsigned(hidden as u64).text(" more ...");
            }
            report.text("\n");
        }
        for index in cut_end..self.count {
            line(report, code, self.item(index), cut);
        }
    }
}

/// How many lines an item stands for.
fn lines(item: Item<u32>) -> usize {
    match item {
        Item::One(_) => 1,
        Item::Fold(fold) => fold.period * fold.count,
    }
}

/// `  in NAME at FILE:LINE:COLUMN`, or what a fold hides.
fn line(report: &mut Report, code: &CodeIndex<'_>, item: Item<u32>, cut: Cut) {
    match item {
        Item::One(index) => {
            report.text("  in ").text(code.map().position(index).function).text(" at ");
            place(report, code, index);
        }
        Item::Fold(Fold { period, count, .. }) => {
            report.text("  ... the last ");
            match period {
                1 => report.text("frame repeats"),
                _ => report.unsigned(period as u64).text(" frames repeat"),
            };
            if cut == Cut::Counted {
                report.text(" ").unsigned(count as u64).text(" more times");
            }
            report.text(" ...\n");
        }
    }
}

fn place(report: &mut Report, code: &CodeIndex<'_>, index: u32) {
    let position = code.map().position(index);
    report.text(position.file).text(":").unsigned(u64::from(position.line));
    report.text(":").unsigned(u64::from(position.column)).text("\n");
}
