//! The frames of a panic: compiled functions by their source names, innermost first.
//!
//! A machine frame gives one line for its function and one more for each call that was inlined on the
//! way, so a trace does not depend on optimisation. Code without a position (the entry shim, adapters
//! the compiler made) shows no line. A long trace is cut in the middle.

use crate::panic::Report;
use crate::stack::map_lookup::CodeIndex;
use crate::stack::walk::Frames;

/// Lines before the cut, and as many after it.
const KEPT: usize = 32;

/// What a cut says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cut {
    /// How many lines are missing.
    Counted,
    /// Only that some are: after a stack overflow their number depends on the size of frames.
    Marked,
}

/// Writes `  at …` for the innermost position and a line for each frame.
pub(crate) fn print(report: &mut Report, code: &mut CodeIndex<'_>, frames: Frames, cut: Cut) {
    let mut count = 0;
    // The latest positions, for the lines after the cut.
    let mut latest = [0_u32; KEPT];
    for frame in frames {
        let mut next = code.position(frame.return_address);
        while let Some(index) = next {
            if count == 0 {
                report.text("  at ");
                place(report, code, index);
            }
            if count < KEPT {
                line(report, code, index);
            } else {
                latest[count % KEPT] = index;
            }
            count += 1;
            next = code.parent(index);
        }
    }
    let hidden = count.saturating_sub(2 * KEPT);
    if hidden > 0 {
        report.text("  ...");
        if cut == Cut::Counted {
            report.text(" ").unsigned(hidden as u64).text(" more ...");
        }
        report.text("\n");
    }
    for number in (KEPT + hidden)..count {
        line(report, code, latest[number % KEPT]);
    }
}

/// `  in NAME at FILE:LINE:COLUMN`.
fn line(report: &mut Report, code: &CodeIndex<'_>, index: u32) {
    report.text("  in ").text(code.map().position(index).function).text(" at ");
    place(report, code, index);
}

fn place(report: &mut Report, code: &CodeIndex<'_>, index: u32) {
    let position = code.map().position(index);
    report.text(position.file).text(":").unsigned(u64::from(position.line));
    report.text(":").unsigned(u64::from(position.column)).text("\n");
}
