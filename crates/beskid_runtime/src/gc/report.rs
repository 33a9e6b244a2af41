//! The lines of `BESKID_GC_TRACE=1`, one for each cycle.
//!
//! ```text
//! gc 7: minor, 118 KB survive, heap 9312 KB, pause 61 us
//! gc 8: full, 1024 KB live, 3072 KB freed, heap 4096 KB, next at 5120 KB, pause 310 us
//! gc 9: marked beside the program in 12400 us, 81920 KB live, …, pauses 120 us, thread 11800 us
//! ```
//!
//! Under stress there is a line `allocation N` for each allocation, in front of what it leads to.
//!
//! The pause of a minor cycle is that of the whole turn, with what was done for marking in it.

use crate::heap::Heap;
use crate::panic::Report;

/// A minor cycle in a turn of so many nanoseconds; so many bytes survived.
pub(super) fn minor(heap: &Heap, survivors: usize, pause: u64) {
    if !heap.settings.trace {
        return;
    }
    let mut report = begin(heap);
    report.text("minor, ").unsigned(survivors as u64 >> 10).text(" KB survive");
    sizes(&mut report, heap);
    report.text(", pause ").unsigned(pause / 1000).text(" us\n").send();
}

/// A full cycle of so many nanoseconds: bytes of the heap before, live bytes.
pub(super) fn full(heap: &Heap, before: usize, live: usize, pause: u64) {
    if !heap.settings.trace {
        return;
    }
    let mut report = begin(heap);
    report.text("full");
    result(&mut report, heap, before, live);
    report.text(", pause ").unsigned(pause / 1000).text(" us\n").send();
}

/// Marking beside the program: nanoseconds of pauses, from beginning to end, of the collector's thread.
pub(super) fn marking(heap: &Heap, before: usize, live: usize, paused: u64, took: u64, ran: u64) {
    if !heap.settings.trace {
        return;
    }
    let mut report = begin(heap);
    report.text("marked beside the program in ").unsigned(took / 1000).text(" us");
    result(&mut report, heap, before, live);
    report.text(", pauses ").unsigned(paused / 1000).text(" us");
    report.text(", thread ").unsigned(ran / 1000).text(" us\n").send();
}

/// An allocation under stress.
pub(super) fn allocation(heap: &Heap) {
    if heap.settings.trace {
        Report::new().text("allocation ").unsigned(heap.stress_turn).text("\n").send();
    }
}

fn begin(heap: &Heap) -> Report {
    let mut report = Report::new();
    report.text("gc ").unsigned(heap.statistics.collections()).text(": ");
    report
}

fn result(report: &mut Report, heap: &Heap, before: usize, live: usize) {
    report.text(", ").unsigned(live as u64 >> 10).text(" KB live, ");
    report.unsigned(before.saturating_sub(live) as u64 >> 10).text(" KB freed");
    sizes(report, heap);
    report.text(", next at ").unsigned(heap.pacer.goal() as u64 >> 10).text(" KB");
}

fn sizes(report: &mut Report, heap: &Heap) {
    report.text(", heap ").unsigned(heap.total() as u64 >> 10).text(" KB");
}
