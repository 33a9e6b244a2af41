//! The collector's thread: marks beside the program, gives memory back, and sleeps while there is nothing
//! to do.
//!
//! The thread is started when a heap is first worth it, and ended with the heap. It runs on a small stack
//! of its own, takes no signals but faults, uses neither the allocator nor thread-local storage: so it does
//! not matter whether a C library is in the process.
//!
//! Memory is given back a piece at a time, marking comes first. How the two tell each other what there is to
//! do and what is done is in `handshake`.
//!
//! *Invariants.* The job changes only while the thread is idle. While it is, the thread holds nothing gray, and
//! the pool holds what the program put there since, which is nothing unless it announced that.

use core::cell::UnsafeCell;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};

use crate::fault;
use crate::gc::gray::{GrayStack, Pool};
use crate::gc::handshake::{Errand, Handshake, Steps};
use crate::gc::mark_beside::{BesideMarker, Goal};
use crate::gc::release::Piece;
use crate::heap::line_marks::LineMarker;
use crate::platform::{self, BareThread, PAGE, Purpose};
use crate::stack::memory::SIGNAL_STACK;

/// Bytes of marking between two reports.
const SLICE: usize = 128 << 10;

/// What both sides see.
#[derive(Debug)]
struct Shared {
    /// Gray objects of minor and full cycles.
    pool: Pool,
    /// Gray objects of marking beside the program.
    marking_pool: Pool,
    handshake: Handshake,
    job: UnsafeCell<Option<Job>>,
    /// Bytes marked since marking began.
    marked: AtomicUsize,
    /// Lines claimed since then.
    claimed: AtomicUsize,
    /// Nanoseconds the thread ran since then.
    ran: AtomicU64,
    /// Pieces of memory to give back; they stay in place until the program has stopped that.
    pieces: AtomicPtr<Piece>,
    giving_back: Errand,
    steps: Steps,
}

/// What to mark.
#[derive(Clone, Debug)]
struct Job {
    goal: Goal,
    lines: LineMarker,
}

const _: () = assert!(size_of::<Shared>() <= PAGE);

/// The program's side.
#[derive(Debug)]
pub(crate) struct Background {
    shared: NonNull<Shared>,
    thread: Option<BareThread>,
    /// The system refused a thread; the program marks alone.
    is_refused: bool,
}

impl Background {
    /// The pools; no thread yet.
    pub(crate) fn new() -> Option<Self> {
        let shared = platform::map(PAGE, Purpose::Memory)?.cast::<Shared>();
        // SAFETY: the memory is new, aligned and large enough.
        unsafe {
            shared.as_ptr().write(Shared {
                pool: Pool::new(),
                marking_pool: Pool::new(),
                handshake: Handshake::new(),
                job: UnsafeCell::new(None),
                marked: AtomicUsize::new(0),
                claimed: AtomicUsize::new(0),
                ran: AtomicU64::new(0),
                pieces: AtomicPtr::new(ptr::null_mut()),
                giving_back: Errand::new(),
                steps: Steps::new(),
            });
        }
        Some(Self { shared, thread: None, is_refused: false })
    }

    fn shared(&self) -> &Shared {
        // SAFETY: mapped as long as this lives.
        unsafe { self.shared.as_ref() }
    }

    /// A stack for minor and full cycles.
    pub(crate) fn stack(&self) -> GrayStack {
        // SAFETY: stacks are used within a cycle, the pool lives as long as the heap.
        unsafe { GrayStack::new(&raw const self.shared().pool) }
    }

    /// Whether a cycle had no memory for its gray objects; gives memory back that it had too much of.
    pub(crate) fn finish_cycle(&mut self) -> bool {
        // SAFETY: mapped as long as this lives; the thread does not use this pool.
        let pool = unsafe { &mut (*self.shared.as_ptr()).pool };
        let exhausted = pool.is_exhausted();
        pool.trim();
        exhausted
    }

    /// Begins marking, with the thread if `threaded`; returns the program's own marker.
    pub(crate) fn begin_marking(
        &mut self,
        goal: Goal,
        lines: LineMarker,
        threaded: bool,
    ) -> BesideMarker {
        let shared = self.shared();
        // SAFETY: the thread is idle between markings.
        unsafe { *shared.job.get() = Some(Job { goal, lines: lines.clone() }) };
        shared.marked.store(0, Ordering::Relaxed);
        shared.claimed.store(0, Ordering::Relaxed);
        shared.ran.store(0, Ordering::Relaxed);
        // SAFETY: the marker ends before the heap, and with it the pool.
        let stack = unsafe { GrayStack::new(&raw const shared.marking_pool) };
        if threaded {
            self.start_thread();
        }
        BesideMarker::new(goal, lines, stack)
    }

    /// Starts the thread, unless it runs; whether it does then.
    fn start_thread(&mut self) -> bool {
        if self.thread.is_none() && !self.is_refused {
            // SAFETY: the shared page outlives the thread, which is joined before it is unmapped.
            self.thread = unsafe { BareThread::spawn(run, self.shared.as_ptr().cast()) };
            self.is_refused = self.thread.is_none();
        }
        self.thread.is_some()
    }

    /// Waits until the thread has looked at every reference that it has found so far.
    pub(crate) fn finish_step(&self) {
        self.shared().steps.wait_for_end();
    }

    /// Has the thread give pieces back, which stay in place until that is stopped; false without a thread.
    pub(crate) fn give_back(&mut self, pieces: &[Piece]) -> bool {
        if !self.start_thread() {
            return false;
        }
        let shared = self.shared();
        shared.pieces.store(pieces.as_ptr().cast_mut(), Ordering::Relaxed);
        shared.giving_back.begin(pieces.len());
        self.announce();
        true
    }

    /// Whether all pieces are given back, and nobody has asked how many were.
    pub(crate) fn has_given_all_back(&self) -> bool {
        self.shared().giving_back.is_done()
    }

    /// No more pieces are given back from here on; how many were, the first ones.
    pub(crate) fn stop_giving_back(&mut self) -> usize {
        self.shared().giving_back.stop()
    }

    /// Tells the thread that there is something in the pool.
    pub(crate) fn announce(&mut self) {
        if self.thread.is_some() {
            self.shared().handshake.announce();
        }
    }

    /// Whether there is no thread that marks.
    pub(crate) fn is_alone(&self) -> bool {
        self.thread.is_none()
    }

    /// Whether nothing is left but what the program's own marker holds.
    pub(crate) fn is_idle(&self) -> bool {
        let shared = self.shared();
        (self.thread.is_none() || shared.handshake.is_idle()) && !shared.marking_pool.has_gray()
    }

    /// Waits until the thread has nothing left.
    pub(crate) fn wait_until_idle(&self) {
        if self.thread.is_some() {
            self.shared().handshake.wait_until_idle();
        }
    }

    /// Bytes marked by the thread since marking began.
    pub(crate) fn marked(&self) -> usize {
        self.shared().marked.load(Ordering::Relaxed)
    }

    /// Nanoseconds that the thread ran since then.
    pub(crate) fn ran(&self) -> u64 {
        self.shared().ran.load(Ordering::Relaxed)
    }

    /// Ends marking: how many lines the thread claimed, and whether it had no memory for gray objects. The
    /// thread is idle.
    pub(crate) fn finish_marking(&mut self) -> (usize, bool) {
        // SAFETY: mapped as long as this lives; the thread is idle.
        let pool = unsafe { &mut (*self.shared.as_ptr()).marking_pool };
        let exhausted = pool.is_exhausted();
        pool.trim();
        (self.shared().claimed.load(Ordering::Relaxed), exhausted)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            self.shared().handshake.quit();
            thread.join();
        }
        // SAFETY: nothing uses the page any more.
        unsafe {
            self.shared.drop_in_place();
            platform::unmap(self.shared.as_ptr().cast(), PAGE);
        }
    }
}

/// The thread.
unsafe extern "C" fn run(shared: *mut u8) {
    // SAFETY: the page stays mapped until the thread has ended.
    let shared = unsafe { &*shared.cast::<Shared>() };
    let signal_stack = platform::map(SIGNAL_STACK, Purpose::Stack);
    if let Some(memory) = signal_stack {
        // SAFETY: it is mapped until the thread ends. Without it a fault ends the process without a word.
        unsafe { fault::watch_collector(memory.as_ptr()) };
    }
    work(shared);
    if let Some(memory) = signal_stack {
        // SAFETY: nothing can fault behind this.
        unsafe { platform::unmap(memory.as_ptr(), SIGNAL_STACK) };
    }
}

/// Does what there is to do until the heap ends.
fn work(shared: &Shared) {
    loop {
        let known = shared.handshake.announced();
        if shared.handshake.is_news(known) && shared.marking_pool.has_gray() {
            mark(shared);
        }
        if shared.handshake.has_quit() {
            return;
        }
        shared.handshake.is_done(known);
        let had_piece = shared.giving_back.next(|piece| {
            // SAFETY: the pieces stay in place until the program has stopped the errand.
            unsafe { (*shared.pieces.load(Ordering::Relaxed).add(piece)).give_back() };
        });
        if !had_piece {
            shared.handshake.sleep(known);
        }
    }
}

/// Marks until nothing is left.
fn mark(shared: &Shared) {
    // SAFETY: the job stays as it is until the thread is idle.
    let Some(job) = (unsafe { (*shared.job.get()).clone() }) else { return };
    // SAFETY: the pool is in the shared page.
    let stack = unsafe { GrayStack::new(&raw const shared.marking_pool) };
    let mut marker = BesideMarker::new(job.goal, job.lines, stack);
    let started = platform::thread_nanoseconds();
    let mut reported = 0;
    loop {
        let is_done = shared.steps.run(|| marker.drain(SLICE, Some(&shared.steps)));
        shared.marked.fetch_add(marker.work() - reported, Ordering::Relaxed);
        reported = marker.work();
        if is_done || shared.handshake.has_quit() {
            break;
        }
        // The program may want to help.
        marker.share();
    }
    shared.claimed.fetch_add(marker.claimed_lines(), Ordering::Relaxed);
    shared.ran.fetch_add(platform::thread_nanoseconds() - started, Ordering::Relaxed);
}
