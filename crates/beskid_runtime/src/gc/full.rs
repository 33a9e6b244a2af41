//! Full cycles while the program stands: for heaps so small that it takes no time, for heaps at their
//! limit, and because somebody asks for one.

use crate::gc::mark_standing::{Goal, StandingMarker};
use crate::gc::report::Watch;
use crate::gc::{OutOfMemory, drain, marking, pools, release, report, root, verify};
use crate::heap::Heap;
use crate::object::GcRef;
use crate::platform;
use crate::thread::Thread;

/// Ends what is under way and runs one.
pub(super) fn run(thread: &mut Thread<'_>, keep: &[GcRef]) -> Result<(), OutOfMemory> {
    let watch = Watch::start(&thread.heap);
    marking::finish_now(thread)?;
    mark_and_sweep(thread, keep, watch)?;
    let heap = &mut thread.heap;
    let pause = watch.elapsed();
    heap.pacer.finish_turn(pause, 0, false);
    heap.statistics.paused(pause);
    Ok(())
}

/// Runs one in a pause that has begun. Nobody marks beside the program.
pub(super) fn mark_and_sweep(
    thread: &mut Thread<'_>,
    keep: &[GcRef],
    watch: Watch,
) -> Result<(), OutOfMemory> {
    let heap = &mut thread.heap;
    let before = heap.total();
    let old = heap.live();
    heap.close_regions();
    release::settle(heap);
    forget_remembered(heap);
    heap.mark = 3 - heap.mark;
    let stack = pools(heap)?.stack();
    let mut marker = StandingMarker::new(Goal::all(heap.mark), heap.lines.begin_full(), stack);
    root::for_each(&thread.context, &mut thread.code, keep, &thread.kept, |root| {
        marker.reach(root)
    });
    let claimed = drain(heap, marker)?;
    heap.lines.finish_full(claimed);
    heap.large.sweep_all(heap.mark);
    heap.statistics.full_collections += 1;
    let live = heap.live();
    heap.pacer.finish_full(old, live, 0, live, platform::nanoseconds());
    if heap.registry.is_some() {
        verify::finish_full(heap);
    }
    release::surplus(heap);
    report::full(heap, before, live, watch);
    Ok(())
}

/// A full cycle looks at everything, and everything is old afterwards.
fn forget_remembered(heap: &mut Heap) {
    heap.remembered.clear();
    heap.young_roots.clear();
    heap.to_look_at = 0;
    for card in heap.touched.drain(..) {
        let _ = card.forget();
    }
}
