//! The lines of `BESKID_GC_TRACE=1`, one for each cycle.
//!
//! ```text
//! gc 7: minor, 9190 KB live, 3978 KB freed, heap 9312 KB, 118 KB survive, pause 61 us, cpu 60 us
//! gc 8: full, 1024 KB live, 3072 KB freed, heap 4096 KB, next at 5120 KB, pause 310 us, cpu 309 us
//! gc 9: marked beside the program in 12400 us, 81920 KB live, …, pauses 120 us, cpu 11800 us
//! ```
//!
//! The time of the processor says whether a long pause was the collector's work or the machine's delay; of
//! marking beside the program it is that of the collector's thread.
//!
//! Under stress there is a line `allocation N` for each allocation, in front of what it leads to.
//!
//! The pause of a minor cycle is that of the whole turn, with what was done for marking in it.

use crate::heap::Heap;
use crate::panic::Report;
use crate::platform;

/// A stretch of the program's time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch {
    began: u64,
    /// Of the processor; if there is a trace.
    ran: Option<u64>,
}

impl Watch {
    /// Begins now.
    pub(super) fn start(heap: &Heap) -> Self {
        let ran = heap.settings.trace.then(platform::thread_nanoseconds);
        Self { began: platform::nanoseconds(), ran }
    }

    /// Nanoseconds since then.
    pub(super) fn elapsed(&self) -> u64 {
        platform::nanoseconds() - self.began
    }

    fn write(&self, report: &mut Report, pause: u64) {
        report.text(", pause ").unsigned(pause / 1000).text(" us");
        if let Some(before) = self.ran {
            let ran = platform::thread_nanoseconds() - before;
            report.text(", cpu ").unsigned(ran / 1000).text(" us");
        }
    }
}

/// A turn with a minor cycle, of whose new bytes so many survived.
pub(super) fn minor(heap: &Heap, survivors: usize, pause: u64, watch: Watch) {
    if !heap.settings.trace {
        return;
    }
    let mut report = begin(heap);
    report.text("minor");
    let dead = heap.pacer.allocated_since_turn().saturating_sub(survivors as u64);
    result(&mut report, heap, dead, heap.live());
    report.text(", ").unsigned(survivors as u64 >> 10).text(" KB survive");
    watch.write(&mut report, pause);
    report.text("\n").send();
}

/// A full cycle while the program stands: bytes of the heap before, live bytes.
pub(super) fn full(heap: &Heap, before: usize, live: usize, watch: Watch) {
    if !heap.settings.trace {
        return;
    }
    let mut report = begin(heap);
    report.text("full");
    result(&mut report, heap, before.saturating_sub(live) as u64, live);
    next(&mut report, heap);
    watch.write(&mut report, watch.elapsed());
    report.text("\n").send();
}

/// Marking beside the program: nanoseconds of pauses, from beginning to end, of the collector's thread.
pub(super) fn marking(heap: &Heap, before: usize, live: usize, paused: u64, took: u64, ran: u64) {
    if !heap.settings.trace {
        return;
    }
    let mut report = begin(heap);
    report.text("marked beside the program in ").unsigned(took / 1000).text(" us");
    result(&mut report, heap, before.saturating_sub(live) as u64, live);
    next(&mut report, heap);
    report.text(", pauses ").unsigned(paused / 1000).text(" us");
    report.text(", cpu ").unsigned(ran / 1000).text(" us\n").send();
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

fn result(report: &mut Report, heap: &Heap, freed: u64, live: usize) {
    report.text(", ").unsigned(live as u64 >> 10).text(" KB live, ");
    report.unsigned(freed >> 10).text(" KB freed");
    report.text(", heap ").unsigned(heap.total() as u64 >> 10).text(" KB");
}

fn next(report: &mut Report, heap: &Heap) {
    report.text(", next at ").unsigned(heap.pacer.goal() as u64 >> 10).text(" KB");
}
