//! How the program and the collector's thread tell each other what there is to do.
//!
//! ```text
//! program                                 thread
//! announce: work += 1, wake ────────────► knows `work`; does what there is
//! is idle? idle == work ◄──────────────── nothing left: idle = the `work` it knew; sleeps on `work`
//! ```
//!
//! An *errand* is a list that the thread works off, and that the program may stop: it takes the list away
//! and waits for the item under way (after Dekker: each side says what it does before it looks at the
//! other).
//!
//! Marking goes by *steps*. A step has references in hand that it found and has not looked at. If the program
//! overwrites the place where one was, an object that was made meanwhile may die, and a minor cycle would
//! free it under the step's hands. So a minor cycle asks first for the end of the step under way; what a
//! later step finds in old objects is remembered, and survives.
//!
//! *Invariants.* If `idle` is `work`, the thread holds nothing, announced or not: so it takes only when something
//! was announced, however often it looks on its way from errand to errand. Behind
//! [`Errand::stop`] the thread looks at no item any more. Loom tries the interleavings of both in the tests
//! below.

use core::sync::atomic::Ordering;

use sync::{AtomicBool, AtomicU32, AtomicUsize, fence, spin_loop, wait, wake};

#[cfg(not(loom))]
mod sync {
    pub(super) use core::hint::spin_loop;
    pub(super) use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, fence};

    pub(super) use crate::platform::{wait, wake};
}

#[cfg(loom)]
mod sync {
    pub(super) use loom::hint::spin_loop;
    pub(super) use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, fence};

    /// Wakes for no reason, as it may.
    pub(super) fn wait(_: &AtomicU32, _: u32) {
        loom::thread::yield_now();
    }

    pub(super) fn wake(_: &AtomicU32) {}
}

/// See the module.
#[derive(Debug)]
pub(super) struct Handshake {
    /// Changes when there may be something to do.
    work: AtomicU32,
    /// The value of `work` that nothing is left of.
    idle: AtomicU32,
    quit: AtomicBool,
}

impl Handshake {
    pub(super) fn new() -> Self {
        Self { work: AtomicU32::new(0), idle: AtomicU32::new(0), quit: AtomicBool::new(false) }
    }

    /// Program: there is something to do.
    pub(super) fn announce(&self) {
        let before = self.work.fetch_add(1, Ordering::SeqCst);
        if self.idle.load(Ordering::SeqCst) == before {
            wake(&self.work);
        }
    }

    /// Program: whether the thread has done all that was announced.
    pub(super) fn is_idle(&self) -> bool {
        self.idle.load(Ordering::Acquire) == self.work.load(Ordering::Relaxed)
    }

    /// Program: waits for that.
    pub(super) fn wait_until_idle(&self) {
        loop {
            let idle = self.idle.load(Ordering::Acquire);
            if idle == self.work.load(Ordering::Relaxed) {
                return;
            }
            wait(&self.idle, idle);
        }
    }

    /// Program: the thread is to end.
    pub(super) fn quit(&self) {
        self.quit.store(true, Ordering::Relaxed);
        self.work.fetch_add(1, Ordering::SeqCst);
        wake(&self.work);
    }

    /// Thread: what is announced now.
    pub(super) fn announced(&self) -> u32 {
        self.work.load(Ordering::Acquire)
    }

    /// Thread: whether some of what it knows to be announced may be left. Otherwise it counts as idle, and
    /// takes nothing.
    pub(super) fn is_news(&self, known: u32) -> bool {
        self.idle.load(Ordering::Relaxed) != known
    }

    /// Thread: whether it is to end.
    pub(super) fn has_quit(&self) -> bool {
        self.quit.load(Ordering::Relaxed)
    }

    /// Thread: nothing is left of what it knew to be announced.
    pub(super) fn is_done(&self, known: u32) {
        if self.idle.swap(known, Ordering::SeqCst) != known {
            wake(&self.idle);
        }
    }

    /// Thread: sleeps until more is announced.
    pub(super) fn sleep(&self, known: u32) {
        wait(&self.work, known);
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Errand {
    count: AtomicUsize,
    done: AtomicUsize,
    is_busy: AtomicU32,
}

impl Errand {
    pub(super) fn new() -> Self {
        Self { count: AtomicUsize::new(0), done: AtomicUsize::new(0), is_busy: AtomicU32::new(0) }
    }

    /// Program: there are so many items, which the thread finds where it looks. None were there.
    pub(super) fn begin(&self, count: usize) {
        self.done.store(0, Ordering::Relaxed);
        self.count.store(count, Ordering::Release);
    }

    /// Program: whether all items are done, and not stopped yet.
    pub(super) fn is_done(&self) -> bool {
        let count = self.count.load(Ordering::Relaxed);
        count > 0 && self.done.load(Ordering::Acquire) == count
    }

    /// Program: no more items are looked at from here on; how many are done, the first ones.
    pub(super) fn stop(&self) -> usize {
        if self.count.swap(0, Ordering::AcqRel) == 0 {
            return 0;
        }
        fence(Ordering::SeqCst);
        while self.is_busy.load(Ordering::Acquire) != 0 {
            wait(&self.is_busy, 1);
        }
        self.done.load(Ordering::Acquire)
    }

    /// Thread: does the next item, if there is one; whether there was.
    pub(super) fn next(&self, item: impl FnOnce(usize)) -> bool {
        self.is_busy.store(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        // The program may have said that it is enough, before it looked whether we are busy.
        let count = self.count.load(Ordering::Acquire);
        let next = self.done.load(Ordering::Relaxed);
        if next < count {
            item(next);
            self.done.store(next + 1, Ordering::Release);
        }
        self.is_busy.store(0, Ordering::Release);
        wake(&self.is_busy);
        next < count
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Steps {
    /// Odd during a step.
    number: AtomicU32,
    /// The program waits.
    is_end_wanted: AtomicBool,
}

/// How often the program looks for the end of a step before it sleeps: the end is near, if the thread runs.
const LOOKS: usize = 1000;

impl Steps {
    pub(super) fn new() -> Self {
        Self { number: AtomicU32::new(0), is_end_wanted: AtomicBool::new(false) }
    }

    /// Thread: does a step.
    pub(super) fn run<T>(&self, step: impl FnOnce() -> T) -> T {
        self.number.fetch_add(1, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        let result = step();
        self.number.fetch_add(1, Ordering::SeqCst);
        if self.is_end_wanted() {
            wake(&self.number);
        }
        result
    }

    /// Thread: whether the step under way should end soon.
    pub(super) fn is_end_wanted(&self) -> bool {
        self.is_end_wanted.load(Ordering::SeqCst)
    }

    /// Program: waits for the end of the step under way. Later ones see all that was written before.
    pub(super) fn wait_for_end(&self) {
        fence(Ordering::SeqCst);
        let number = self.number.load(Ordering::Acquire);
        if number.is_multiple_of(2) {
            return;
        }
        self.is_end_wanted.store(true, Ordering::SeqCst);
        let mut looks = 0;
        while self.number.load(Ordering::SeqCst) == number {
            looks += 1;
            if looks < LOOKS {
                spin_loop();
            } else {
                wait(&self.number, number);
            }
        }
        self.is_end_wanted.store(false, Ordering::Relaxed);
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;
    use loom::thread;

    /// A turn of the thread, which may come without an announcement.
    fn serve(handshake: &Handshake, pool: &AtomicUsize, done: &AtomicUsize) {
        let known = handshake.announced();
        if handshake.is_news(known) {
            let taken = pool.swap(0, Ordering::AcqRel);
            done.fetch_add(taken, Ordering::Relaxed);
        }
        handshake.is_done(known);
        handshake.sleep(known);
    }

    /// What the program has not announced it finds in the pool, or done: an idle thread has nothing in hand.
    #[test]
    fn an_idle_thread_takes_nothing() {
        loom::model(|| {
            let shared = Arc::new((Handshake::new(), AtomicUsize::new(0), AtomicUsize::new(0)));
            let other = shared.clone();
            let worker = thread::spawn(move || {
                let (handshake, pool, done) = &*other;
                for _ in 0..2 {
                    serve(handshake, pool, done);
                }
            });
            let (handshake, pool, done) = &*shared;
            pool.fetch_add(1, Ordering::AcqRel);
            let own = pool.swap(0, Ordering::AcqRel);
            if handshake.is_idle() {
                assert_eq!(own + done.load(Ordering::Relaxed), 1);
            }
            worker.join().unwrap();
        });
    }

    /// Work is announced, done, and seen to be done; nothing is left when the thread is idle.
    #[test]
    fn nothing_announced_is_left_when_idle() {
        loom::model(|| {
            let shared = Arc::new((Handshake::new(), AtomicUsize::new(0), AtomicUsize::new(0)));
            let other = shared.clone();
            let worker = thread::spawn(move || {
                let (handshake, pool, done) = &*other;
                while !handshake.has_quit() {
                    serve(handshake, pool, done);
                }
            });
            let (handshake, pool, done) = &*shared;
            for announced in 1..=2 {
                pool.fetch_add(1, Ordering::AcqRel);
                handshake.announce();
                handshake.wait_until_idle();
                assert!(handshake.is_idle());
                assert_eq!(done.load(Ordering::Relaxed), announced);
            }
            handshake.quit();
            worker.join().unwrap();
        });
    }

    /// What a step found is there until its end, if the program waits before it frees what it cut off.
    #[test]
    fn what_a_step_found_lives_until_its_end() {
        loom::model(|| {
            let shared = Arc::new((Steps::new(), AtomicBool::new(true), UnsafeCell::new(1)));
            let other = shared.clone();
            let worker = thread::spawn(move || {
                let (steps, refers, object) = &*other;
                for _ in 0..2 {
                    steps.run(|| {
                        if refers.load(Ordering::Relaxed) {
                            // SAFETY: loom says if somebody frees it now.
                            object.with(|object| assert_eq!(unsafe { *object }, 1));
                        }
                    });
                }
            });
            let (steps, refers, object) = &*shared;
            refers.store(false, Ordering::Relaxed);
            steps.wait_for_end();
            // SAFETY: as above.
            object.with_mut(|object| unsafe { *object = 0 });
            worker.join().unwrap();
        });
    }

    /// Behind `stop` the program has the items to itself, and knows which are done.
    #[test]
    fn items_belong_to_the_program_behind_stop() {
        loom::model(|| {
            let items = [UnsafeCell::new(0), UnsafeCell::new(0)];
            let shared = Arc::new((Errand::new(), items));
            let (errand, items) = &*shared;
            errand.begin(items.len());
            let other = shared.clone();
            let worker = thread::spawn(move || {
                let (errand, items) = &*other;
                for _ in 0..2 {
                    errand.next(|item| {
                        // SAFETY: loom says if somebody else looks at it now.
                        items[item].with_mut(|item| unsafe { *item += 1 });
                    });
                }
            });
            let done = errand.stop();
            for (index, item) in items.iter().enumerate() {
                // SAFETY: as above.
                item.with(|item| assert_eq!(unsafe { *item }, usize::from(index < done)));
            }
            assert!(!errand.is_done());
            worker.join().unwrap();
        });
    }
}
