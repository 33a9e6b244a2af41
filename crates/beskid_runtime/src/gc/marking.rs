//! Marking beside the program: its beginning, the program's part in it, and its end.
//!
//! ```text
//! turn n      turn n+1 …                                  turn m
//! minor       minor, help if behind                       minor
//! begin:      ◄── the program runs, the collector's ──►   finish: nothing is gray
//! roots gray      thread marks (`background`)             lines, large objects
//! ```
//!
//! *Invariants.* Marking begins right behind a minor cycle, so that everything that is there is old. What is
//! reachable then gets marked (`barrier`). What is made since has mark 0, or the new mark once it is old,
//! and lives in lines that marking does not touch.

use crate::gc::background::Background;
use crate::gc::mark_beside::{BesideMarker, Goal};
use crate::gc::{OutOfMemory, pools, release, report, root, verify};
use crate::heap::Heap;
use crate::object::{self, GcRef};
use crate::platform;
use crate::thread::Thread;

/// Bytes that the program marks between two looks at the clock.
const STEP: usize = 16 << 10;
/// Bytes that the program marks at most at the end, in one turn.
const LAST_STEP: usize = 128 << 10;

/// Marking under way.
#[derive(Debug)]
pub(crate) struct Marking {
    /// The program's own marker.
    pub(super) marker: BesideMarker,
    /// Bytes of the heap when it began.
    before: usize,
    /// When it began.
    began: u64,
    /// Nanoseconds of its pauses.
    paused: u64,
}

/// Begins, with the collector's thread or without.
pub(super) fn begin(
    thread: &mut Thread<'_>,
    keep: &[GcRef],
    threaded: bool,
) -> Result<(), OutOfMemory> {
    let began = platform::nanoseconds();
    let heap = &mut thread.heap;
    let before = heap.total();
    let from = heap.mark;
    heap.mark = 3 - from;
    release::settle(heap);
    heap.lines.begin_marking();
    let lines = heap.lines.marker();
    let goal = Goal { mark: heap.mark, from };
    let mut marker = pools(heap)?.begin_marking(goal, lines, threaded);
    root::for_each(&thread.context, &mut thread.code, keep, &thread.kept, |root| {
        // SAFETY: roots are objects.
        unsafe { marker.reach(root) };
    });
    marker.give();
    let paused = platform::nanoseconds() - began;
    heap.marking = Some(Marking { marker, before, began, paused });
    thread.context.marking = 1;
    pools(heap)?.announce();
    Ok(())
}

/// The program's part in a turn: marks if that is behind, and ends it if nothing is left.
pub(super) fn help(thread: &mut Thread<'_>) -> Result<(), OutOfMemory> {
    let started = platform::nanoseconds();
    let heap = &mut thread.heap;
    let live = heap.live();
    let (Some(marking), Some(background)) = (&mut heap.marking, &mut heap.background) else {
        return Ok(());
    };
    let done = background.marked() + marking.marker.work();
    let help = heap.pacer.help(live, done, background.is_alone());
    let end = marking.marker.work() + help.bytes;
    while marking.marker.work() < end
        && !marking.marker.drain(STEP.min(help.bytes), None)
        && platform::nanoseconds() - started < help.nanoseconds
    {}
    if background.is_idle() && marking.marker.drain(LAST_STEP, None) && background.is_idle() {
        marking.paused += platform::nanoseconds() - started;
        return finish(thread);
    }
    hand_over(&mut marking.marker, background);
    marking.paused += platform::nanoseconds() - started;
    Ok(())
}

/// Marks a little; ends marking if nothing is left. For tests.
pub(super) fn step(thread: &mut Thread<'_>, budget: usize) -> Result<(), OutOfMemory> {
    let is_done =
        thread.heap.marking.as_mut().is_none_or(|marking| marking.marker.drain(budget, None));
    if is_done { finish_now(thread) } else { Ok(()) }
}

/// Ends marking if it is under way, however long that takes.
pub(super) fn finish_now(thread: &mut Thread<'_>) -> Result<(), OutOfMemory> {
    let heap = &mut thread.heap;
    let (Some(marking), Some(background)) = (&mut heap.marking, &mut heap.background) else {
        return Ok(());
    };
    loop {
        marking.marker.drain(usize::MAX, None);
        background.wait_until_idle();
        if background.is_idle() {
            return finish(thread);
        }
    }
}

/// Gives the thread what the program's marker holds.
fn hand_over(marker: &mut BesideMarker, background: &mut Background) {
    if background.is_alone() {
        return;
    }
    marker.give();
    if marker.take_has_given() {
        background.announce();
    }
}

/// Nothing is gray: what has not the new mark is dead.
fn finish(thread: &mut Thread<'_>) -> Result<(), OutOfMemory> {
    thread.context.marking = 0;
    let heap = &mut thread.heap;
    heap.close_regions();
    let started = platform::nanoseconds();
    let Some(Marking { marker, before, began, paused }) = heap.marking.take() else {
        return Ok(());
    };
    let claimed = marker.claimed_lines();
    let found = marker.work() + heap.background.as_ref().map_or(0, Background::marked);
    drop(marker);
    let (claimed_by_thread, exhausted) = pools(heap)?.finish_marking();
    if exhausted {
        return Err(OutOfMemory);
    }
    release::settle(heap);
    let old = heap.live();
    forget_dead(heap);
    heap.lines.finish_marking(claimed + claimed_by_thread);
    heap.large.sweep_old(heap.mark);
    heap.statistics.full_collections += 1;
    let live = heap.live();
    let now = platform::nanoseconds();
    let promoted = heap.lines.promoted_bytes();
    heap.pacer.finish_full(old, live, promoted, found, now);
    if heap.registry.is_some() {
        verify::finish_marking(heap);
    }
    release::surplus(heap);
    let paused = paused + platform::nanoseconds() - started;
    let ran = heap.background.as_ref().map_or(0, Background::ran);
    report::marking(heap, before, live, paused, now - began, ran);
    Ok(())
}

/// Removes objects that die from what is remembered.
fn forget_dead(heap: &mut Heap) {
    let mark = heap.mark;
    // SAFETY: objects leave the lists before they are freed.
    heap.remembered.retain(|&object| unsafe { object::mark(object) } == mark);
    heap.touched.retain(|&card| {
        // SAFETY: as above.
        let lives = unsafe { object::mark(card.array()) } == mark;
        if !lives {
            let _ = card.forget();
        }
        lives
    });
}
