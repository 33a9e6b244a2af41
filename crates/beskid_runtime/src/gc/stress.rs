//! A test mode: the collector has a turn at every allocation, and every kind of turn comes soon.
//!
//! Marking beside the program is done by the program itself here, a few objects at each allocation, so that
//! a run can be repeated exactly and every store happens at every stage of marking sooner or later.

use crate::gc::{OutOfMemory, full, marking, minor, report};
use crate::object::GcRef;
use crate::thread::Thread;

/// Allocations until the kinds begin again.
const PERIOD: u64 = 16;
/// Bytes of marking in a step.
const STEP: usize = 256;

/// The turn of an allocation.
pub(super) fn step(thread: &mut Thread<'_>, keep: &[GcRef]) -> Result<(), OutOfMemory> {
    let turn = thread.heap.stress_turn % PERIOD;
    thread.heap.stress_turn += 1;
    report::allocation(&thread.heap);
    match turn {
        0 => full::run(thread, keep),
        8 => {
            minor::run(thread, keep)?;
            marking::begin(thread, keep, false)
        }
        9 | 11 | 13 | 14 => marking::step(thread, STEP),
        15 => marking::finish_now(thread),
        _ => minor::run(thread, keep).map(|_| ()),
    }
}
