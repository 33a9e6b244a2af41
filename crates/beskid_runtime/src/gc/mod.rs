//! The collector: precise, non-moving, mark-region (Blackburn and McKinley, *Immix*, PLDI 2008, without
//! its copying), with the program stopped for the whole cycle.
//!
//! ```text
//! compiled code ── region used up ──► allocate ──► pacer: due? ── no ──► next hole, or a new block
//!                                                        │
//!                                                       yes
//!                                                        ▼
//!   1 close the open regions         so that every object is complete and counted
//!   2 new mark and new epoch         all objects and all lines become free, at no cost
//!   3 mark the roots        root     kept references, slots of compiled frames
//!   4 drain the gray queue  mark     set mark bytes, claim lines
//!   5 sweep                 sweep    unmap dead large objects, return surplus memory;
//!                                    lines need no sweep: the allocator looks for holes later
//!   6 check                 verify   test modes: overwrite the dead, verify the living
//!   7 next limit            pacer    how much may be handed out before the next cycle
//! ```
//!
//! *Terms.* The **mark** byte of an object says which cycle reached it last; cycles use 1 and 2 in turn,
//! and 0 is an object made since. So "marked" is "equal to this cycle's mark", and no pass resets
//! anything. The **epoch** is the same idea for lines. An object is **gray** when it is marked and its
//! references still have to be looked at.
//!
//! *Invariants.*
//! - A cycle runs only inside a runtime function marked `MAY_COLLECT`. Every reference that is live in
//!   compiled code is then in a stack map slot, and every one the runtime itself still needs is in
//!   `keep`. There are no other roots: globals are static objects, which refer to static objects only.
//! - Static objects (mark 0xff) are never written.
//! - Between cycles no log byte is set: every cycle is a full one, so no object counts as old, and the
//!   barriers' slow paths (`barrier`) stay unused. They are complete nevertheless, since programs carry
//!   the barriers already.

pub(crate) mod barrier;
mod mark;
pub(crate) mod pacer;
mod root;
pub(crate) mod statistics;
mod sweep;
pub(crate) mod verify;

use crate::gc::mark::Marker;
use crate::heap::{Refusal, Region};
use crate::object::GcRef;
use crate::panic::Report;
use crate::platform;
use crate::thread::Thread;

/// There is no memory for an object, or none to go on marking.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutOfMemory;

/// Zeroed memory for an object of `size` bytes; see [`Thread::allocate`].
pub(crate) fn allocate(
    thread: &mut Thread<'_>,
    size: usize,
    keep: &[GcRef],
) -> Result<*mut u8, OutOfMemory> {
    take_region(thread);
    let memory = place(thread, size, keep);
    give_region(thread);
    memory
}

fn place(thread: &mut Thread<'_>, size: usize, keep: &[GcRef]) -> Result<*mut u8, OutOfMemory> {
    if thread.heap.settings.stress {
        collect(thread, keep)?;
    }
    let mut attempts = 0;
    loop {
        match thread.heap.place(size) {
            Ok(memory) => return Ok(memory),
            Err(Refusal::CycleDue) => collect(thread, keep)?,
            Err(Refusal::Full) => {
                let total = thread.heap.total();
                match attempts {
                    0 if thread.heap.pacer.last_resort(total) => collect(thread, keep)?,
                    // Lines that are free but not ahead of a scan, or too scattered for this object.
                    1 => {
                        thread.heap.close_regions();
                        sweep::release_all(&mut thread.heap);
                    }
                    _ => return Err(OutOfMemory),
                }
                attempts += 1;
            }
        }
    }
}

/// Takes the small region over from compiled code.
fn take_region(thread: &mut Thread<'_>) {
    // Under stress compiled code has no region, so that every allocation comes here.
    if !thread.heap.settings.stress {
        thread.heap.small.cursor = thread.context.cursor;
    }
}

/// Hands the small region to compiled code.
fn give_region(thread: &mut Thread<'_>) {
    let region = if thread.heap.settings.stress { Region::EMPTY } else { thread.heap.small };
    thread.context.cursor = region.cursor;
    thread.context.limit = region.limit;
}

/// A full cycle. The small region is the heap's, not the context's.
fn collect(thread: &mut Thread<'_>, keep: &[GcRef]) -> Result<(), OutOfMemory> {
    let trace = thread.heap.settings.trace;
    let started = platform::nanoseconds();
    let before = thread.heap.total();

    let heap = &mut thread.heap;
    heap.close_regions();
    heap.mark = 3 - heap.mark;
    heap.lines.begin_cycle();
    let mut marker = Marker::new(heap.mark, heap.lines.marker(), core::mem::take(&mut heap.gray));
    barrier::begin_full_cycle(heap, &mut marker);
    let stack_bytes = root::mark(&mut marker, &thread.context, &mut thread.code, keep);
    marker.drain();
    let marked = marker.finish()?;

    heap.gray = marked.gray;
    heap.large.sweep(heap.mark);
    let live = marked.line_bytes + heap.large.live_bytes();
    heap.cycles += 1;
    heap.live = live;
    heap.pacer.finish_cycle(live + stack_bytes);
    sweep::release(heap, live);
    if heap.registry.is_some() {
        verify::finish_cycle(heap);
    }
    let pause = platform::nanoseconds() - started;
    heap.pauses.add(pause);
    if trace {
        let mut report = Report::new();
        report.text("gc ").unsigned(heap.cycles).text(": ");
        report.unsigned(before as u64 >> 10).text(" KB -> ");
        report.unsigned(live as u64 >> 10).text(" KB live, next after ");
        report.unsigned(heap.pacer.remaining() as u64 >> 10).text(" KB, ");
        report.unsigned(pause / 1000).text(" us\n").send();
    }
    Ok(())
}

/// A full cycle that no allocation asked for.
pub(crate) fn collect_now(thread: &mut Thread<'_>) -> Result<(), OutOfMemory> {
    take_region(thread);
    let done = collect(thread, &[]);
    give_region(thread);
    done
}

#[cfg(test)]
mod tests;
