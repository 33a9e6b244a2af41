//! The collector: precise, generational, non-moving, mark-region (Blackburn and McKinley, *Immix*, PLDI
//! 2008, without its copying; sticky mark bits after Demers et al., *Combining generational and
//! conservative garbage collection*, POPL 1990), with marking of the whole heap beside the program.
//!
//! ```text
//! compiled code ── region used up ──► allocate ──► pacer: a turn due? ── no ──► next hole, or a new block
//!                                                        │ yes
//!                                                        ▼
//! turn   minor cycle      close the regions: every object is complete and counted         minor
//!                         fresh lines become free, at no cost
//!                         mark from the roots and what old objects remember, new ones only
//!                         free dead large objects
//!        begin marking    if the heap is near its goal: another mark, the roots are gray   marking
//!        help             if the collector's thread is behind                              background
//!        finish marking   if nothing gray is left: lines not found become free, sweep
//! full cycle              all of it while the program stands: small heaps, heaps at        full
//!                         their limit, on request
//! ```
//!
//! *Terms.* The **mark** byte of an object is 0 until a cycle reaches it; then it says in which generation
//! of full cycles that was, by 1 and 2 in turn, and the object is **old**. A minor cycle marks objects with
//! 0 alone; full marking those with the mark of the generation before. So no pass ever resets marks. Lines
//! do the same by the values of their mark bytes (`heap::line`). An object is **gray** when it is marked and
//! its references still have to be looked at. While marking runs beside the program, minor cycles go on:
//! survivors get the new mark at once, so what is made meanwhile is never the marker's business.
//!
//! *Invariants.*
//! - A turn happens only inside a runtime function marked `MAY_COLLECT`. Every reference that is live in
//!   compiled code is then in a stack map slot, and every one the runtime itself still needs is in
//!   `keep`. Beside them there are the few values that the
//!   library keeps for the whole program. Globals are static objects, which refer to static objects only.
//! - Static objects (mark 0xff) are never written.
//! - An old object that refers to a new one is remembered (`barrier`): its log byte is 0 and it is in the
//!   list, or it is a large array with a touched card.
//! - While marking runs, what was reachable at its beginning is marked, gray, reachable from gray, or made
//!   gray when its last reference is overwritten; marking ends when nothing is gray.

mod ahead;
pub(crate) mod background;
pub(crate) mod barrier;
mod full;
mod gray;
mod handshake;
mod mark_beside;
mod mark_standing;
pub(crate) mod marking;
mod minor;
pub(crate) mod pacer;
pub(crate) mod release;
mod report;
mod root;
pub(crate) mod statistics;
mod stress;
pub(crate) mod verify;

use crate::gc::background::Background;
use crate::gc::mark_standing::StandingMarker;
use crate::gc::pacer::Next;
use crate::gc::report::Watch;
use crate::heap::{Heap, Refusal, Region};
use crate::object::GcRef;
use crate::platform;
use crate::thread::Thread;

/// There is no memory for an object, or none to go on marking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct OutOfMemory;

/// Zeroed memory for an object of `size` bytes; see [`Thread::allocate`].
pub(crate) fn allocate(
    thread: &mut Thread<'_>,
    size: usize,
    keep: &[GcRef],
) -> Result<*mut u8, OutOfMemory> {
    take_region(thread);
    let memory = with_turns(thread, keep, |heap| heap.place(size));
    give_region(thread);
    memory
}

/// Makes room for small objects of `size` bytes together in the region of compiled code.
pub(crate) fn reserve(thread: &mut Thread<'_>, size: usize) -> Result<(), OutOfMemory> {
    take_region(thread);
    let done = with_turns(thread, &[], |heap| heap.reserve(size));
    give_region(thread);
    if thread.heap.settings.stress && done.is_ok() {
        // Just that much, so that the next allocation comes here again.
        let start = thread.heap.small.cursor;
        thread.heap.small.cursor += size;
        (thread.context.cursor, thread.context.limit) = (start, start + size);
    }
    done
}

/// A full cycle that no allocation asked for; what is free goes back to the system.
pub(crate) fn collect_now(thread: &mut Thread<'_>, keep: &[GcRef]) -> Result<(), OutOfMemory> {
    take_region(thread);
    let done = collecting(thread, |thread| full::run(thread, keep));
    release::everything(&mut thread.heap);
    give_region(thread);
    done
}

/// Tries to get memory from the heap, with as many turns of the collector as that takes.
fn with_turns<T>(
    thread: &mut Thread<'_>,
    keep: &[GcRef],
    mut place: impl FnMut(&mut Heap) -> Result<T, Refusal>,
) -> Result<T, OutOfMemory> {
    if thread.heap.settings.stress {
        collecting(thread, |thread| stress::step(thread, keep))?;
    }
    let mut attempts = 0;
    loop {
        match place(&mut thread.heap) {
            Ok(placed) => return Ok(placed),
            Err(Refusal::CycleDue) => collecting(thread, |thread| turn(thread, keep))?,
            Err(Refusal::Full) => {
                let total = thread.heap.total();
                match attempts {
                    0 if thread.heap.pacer.last_resort(total) => {
                        collecting(thread, |thread| full::run(thread, keep))?;
                    }
                    // Lines that are free but not ahead of a scan, or too scattered for this object.
                    1 => {
                        thread.heap.close_regions();
                        release::everything(&mut thread.heap);
                    }
                    _ => return Err(OutOfMemory),
                }
                attempts += 1;
            }
        }
    }
}

/// Runs a part of the collector; a fault in it is the collector's.
fn collecting<R>(thread: &mut Thread<'_>, part: impl FnOnce(&mut Thread<'_>) -> R) -> R {
    thread.heap.is_collecting = true;
    let result = part(thread);
    thread.heap.is_collecting = false;
    result
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

/// The collector's turn. The small region is the heap's, not the context's.
fn turn(thread: &mut Thread<'_>, keep: &[GcRef]) -> Result<(), OutOfMemory> {
    let watch = Watch::start(&thread.heap);
    let (survivors, stack) = minor::run(thread, keep)?;
    let minor = watch.elapsed();
    if thread.heap.marking.is_some() {
        marking::help(thread)?;
    } else {
        let live = thread.heap.live();
        match thread.heap.pacer.after_minor(live, platform::nanoseconds()) {
            Next::Program => {}
            Next::Full => full::mark_and_sweep(thread, keep, watch)?,
            Next::Marking => marking::begin(thread, keep, true)?,
        }
    }
    let heap = &mut thread.heap;
    let pause = watch.elapsed();
    heap.statistics.paused(pause);
    report::minor(heap, survivors, pause, watch);
    heap.pacer.finish_turn(minor, stack, heap.marking.is_some());
    Ok(())
}

/// Marks all that the gray objects of a cycle reach; returns the lines that the marker claimed.
fn drain(heap: &mut Heap, marker: StandingMarker) -> Result<usize, OutOfMemory> {
    let claimed = marker.drain();
    if pools(heap)?.finish_cycle() { Err(OutOfMemory) } else { Ok(claimed) }
}

/// The pools of gray objects, made at the first cycle.
fn pools(heap: &mut Heap) -> Result<&mut Background, OutOfMemory> {
    if heap.background.is_none() {
        heap.background = Background::new();
    }
    heap.background.as_mut().ok_or(OutOfMemory)
}

#[cfg(test)]
mod tests;
