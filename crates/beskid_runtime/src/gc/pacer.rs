//! When the collector has its next turn, when a full cycle begins, and how large the heap may get.
//!
//! *Minor cycles* come whenever the program was handed out the *nursery*. What one of them costs is what
//! survives, so the nursery shrinks while pauses are longer than wanted and grows while they are short.
//! While marking runs it is smaller, and smaller still when the heap has outgrown its goal: the program then
//! helps more often, not longer.
//! The stack counts too: deep recursion does not pay for its stack again and again.
//!
//! *Full cycles* keep the heap below the *goal*: what was live after the latest one and the growth that the
//! settings allow. Marking beside the program begins before that, by as much as old objects are expected
//! to grow meanwhile; if they grow faster, the program helps, in proportion (Hudson, *Go GC: prioritizing
//! low latency and simplicity*, 2015). A heap that has not grown is looked at once in a while too: much of
//! it may have died.
//!
//! *The most the heap may have* is set by the user or, asked for only when the heap is large enough for
//! the answer to matter, what the machine or the control group has. At that limit a cycle is tried; if
//! two such tries come with next to nothing allocated in between, the heap is full: the program ends
//! instead of spending all its time in cycles.

use crate::platform;

/// Bytes that may always be handed out between full cycles.
const FLOOR: usize = 4 << 20;
/// Bounds of the nursery.
const SMALLEST_NURSERY: usize = 256 << 10;
const LARGEST_NURSERY: usize = 8 << 20;
const FIRST_NURSERY: usize = 4 << 20;
/// The largest while marking runs: its end is seen in a turn, and help comes in turns.
const NURSERY_WHILE_MARKING: usize = 1 << 20;
/// Nanoseconds of a pause from which the nursery shrinks, and up to which it grows.
const LONG_PAUSE: u64 = 550_000;
const SHORT_PAUSE: u64 = 350_000;
/// Nanoseconds in which the goal sinks by as much as it is, if less is live than it was meant for.
const SINKING: u64 = 800_000_000;
/// Full cycles in a row that found little to free, from which on a heap may grow by half as much more.
const SOME_FRUITLESS: u32 = 2;
/// If it is so large that cycles take time.
const LARGE_HEAP: usize = 64 << 20;
/// Up to so many live bytes a full cycle is so short that the program may stand meanwhile.
const SMALL_HEAP: usize = 2 << 20;
/// Bytes of live heap from which it is looked at once in a while.
const WORTH_LOOKING: usize = 16 << 20;
/// Nanoseconds from a full cycle to a look, and the most it may become if looks find nothing.
const FIRST_LOOK: u64 = 1_000_000_000;
const LAST_LOOK: u64 = 16 * FIRST_LOOK;
/// Nanoseconds for which the program marks at most in one turn.
const LONGEST_HELP: u64 = 300_000;
/// How many times as often it has turns while marking when the heap has grown beyond its goal.
const URGENT: usize = 4;
/// Turns in which the program marks the whole heap if nobody helps it.
const TURNS_ALONE: usize = 64;
/// From this size on the system's limit matters.
const ASK_SYSTEM: usize = 16 << 20;
/// Part of a full heap that must be allocated between two last resorts.
const PROGRESS: usize = 64;

/// What the program does of marking in a turn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Help {
    /// So much of it.
    pub(crate) bytes: usize,
    /// But no longer.
    pub(crate) nanoseconds: u64,
}

/// What comes after a minor cycle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Next {
    /// The program.
    Program,
    /// A full cycle while the program stands.
    Full,
    /// Marking beside the program.
    Marking,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Pacer {
    growth: usize,
    /// Most bytes of the heap, once known.
    maximum: Option<usize>,
    /// Bytes left until the collector's next turn.
    remaining: usize,
    /// Bytes to hand out between turns.
    nursery: usize,
    /// Bytes that were to be handed out before the turn under way.
    given: usize,
    /// The heap has grown beyond its goal, and marking is behind.
    is_urgent: bool,
    /// Live bytes that should not be exceeded.
    goal: usize,
    /// Bytes that old objects are expected to grow by while marking runs.
    runway: usize,
    /// Live bytes when marking began.
    begun_at: usize,
    /// Bytes of the objects that the latest full cycle marked, and live bytes then.
    found: usize,
    found_live: usize,
    /// When the latest full cycle ended; none did at 0.
    ended: u64,
    /// Full cycles in a row that found little to free.
    fruitless: u32,
    /// Nanoseconds from then to a look.
    look: u64,
    /// Marking runs only to have a look.
    is_look: bool,
    /// Bytes handed out so far.
    allocated: u64,
    /// `allocated` at the end of the latest turn.
    turned_at: u64,
    /// `allocated` at the latest last resort.
    last_resort: Option<u64>,
}

impl Pacer {
    pub(crate) fn new(growth: usize, maximum: Option<usize>) -> Self {
        let mut pacer = Self {
            growth,
            maximum,
            remaining: FIRST_NURSERY,
            nursery: FIRST_NURSERY,
            given: FIRST_NURSERY,
            is_urgent: false,
            goal: 0,
            runway: 0,
            begun_at: 0,
            found: 0,
            found_live: 0,
            ended: 0,
            fruitless: 0,
            look: FIRST_LOOK,
            is_look: false,
            allocated: 0,
            turned_at: 0,
            last_resort: None,
        };
        pacer.set_goal(0);
        pacer
    }

    /// Live bytes that should not be exceeded.
    pub(crate) fn goal(&self) -> usize {
        self.goal
    }

    /// Bytes that a heap of so many live ones may be handed out before the next full cycle is over.
    pub(crate) fn room(&self, live: usize) -> usize {
        self.goal.saturating_sub(live) + self.nursery
    }

    /// Whether the collector must have a turn before more memory is handed out.
    pub(crate) fn is_due(&self) -> bool {
        self.remaining == 0
    }

    /// Bytes handed out so far.
    pub(crate) fn allocated(&self) -> u64 {
        self.allocated
    }

    /// Bytes handed out since the latest turn.
    pub(crate) fn allocated_since_turn(&self) -> u64 {
        self.allocated - self.turned_at
    }

    /// Counts bytes that were handed out.
    pub(crate) fn charge(&mut self, bytes: usize) {
        self.remaining = self.remaining.saturating_sub(bytes);
        self.allocated += bytes as u64;
    }

    /// Whether a heap of `total` bytes may grow by `more`.
    pub(crate) fn allows(&mut self, total: usize, more: usize) -> bool {
        let Some(wanted) = total.checked_add(more) else { return false };
        if self.maximum.is_none() && wanted >= ASK_SYSTEM {
            let limit = platform::memory_limit().unwrap_or(usize::MAX);
            self.maximum = Some(limit - limit / 16);
        }
        self.maximum.is_none_or(|maximum| wanted <= maximum)
    }

    /// Whether a cycle may still help a heap that is full with `total` bytes.
    pub(crate) fn last_resort(&mut self, total: usize) -> bool {
        let progress = total / PROGRESS;
        let before = self.last_resort.replace(self.allocated);
        before.is_none_or(|before| self.allocated - before >= progress as u64)
    }

    /// What comes after a minor cycle that ended at `now` with so many live bytes.
    pub(crate) fn after_minor(&mut self, live: usize, now: u64) -> Next {
        if self.ended == 0 {
            self.ended = now;
        }
        let is_full = live >= self.goal.saturating_sub(self.runway);
        self.is_look = !is_full && live >= WORTH_LOOKING && now - self.ended >= self.look;
        if !is_full && !self.is_look {
            Next::Program
        } else if live <= SMALL_HEAP {
            Next::Full
        } else {
            self.begun_at = live;
            self.is_urgent = false;
            Next::Marking
        }
    }

    /// Marking that the program should do now: `live` bytes are, `done` bytes were marked since marking
    /// began, and there is somebody else who marks or not.
    pub(crate) fn help(&mut self, live: usize, done: usize, is_alone: bool) -> Help {
        let grown = live.saturating_sub(self.begun_at);
        let room = self.goal.saturating_sub(self.begun_at).max(FLOOR / 4);
        // Below the goal it is as it was the last time; beyond, everything may have to be marked.
        let all = if grown < room { self.to_mark() } else { self.begun_at };
        let expected = (all as u128 * grown as u128 / room as u128) as usize;
        let behind = expected.saturating_sub(done);
        let alone = if is_alone { self.begun_at / TURNS_ALONE } else { 0 };
        self.is_urgent = behind > 0 && grown >= room;
        Help { bytes: behind.max(alone), nanoseconds: LONGEST_HELP }
    }

    /// Bytes that marking will find, about: what it found the last time, and what came since.
    fn to_mark(&self) -> usize {
        let since = self.begun_at.saturating_sub(self.found_live);
        (self.found + since).min(self.begun_at)
    }

    /// Ends marking beside the program, or a full cycle: so many bytes were live before and after. Of these,
    /// `promoted` became old meanwhile, and may have died since. Objects of `found` bytes were marked.
    pub(crate) fn finish_full(
        &mut self,
        before: usize,
        live: usize,
        promoted: usize,
        found: usize,
        now: u64,
    ) {
        (self.found, self.found_live) = (found, live);
        let found_much = live < before - before / 8;
        self.fruitless = if found_much { 0 } else { self.fruitless.saturating_add(1) };
        self.look = match self.is_look && !found_much {
            true => (self.look * 2).min(LAST_LOOK),
            false => FIRST_LOOK,
        };
        self.is_look = false;
        // Memory that was in use a moment ago is had already, and is not given back at once.
        let since = (now - self.ended).min(SINKING);
        let recent =
            (self.goal as u128 * u128::from(SINKING - since) / u128::from(SINKING)) as usize;
        self.ended = now;
        let grown = before.saturating_sub(self.begun_at);
        // What became old meanwhile was not looked at; much of it has died.
        let certain = live - promoted.min(live) / 4 * 3;
        self.set_goal(certain);
        // But not at once again.
        self.goal = self.goal.max(live + FLOOR.max(live / 20)).max(recent);
        // What it was this time, and half of that more.
        self.runway = (grown + grown / 2 + self.nursery).min((self.goal - live) / 2);
    }

    fn set_goal(&mut self, live: usize) {
        // A large heap that only grows has fewer cycles.
        let only_grows = self.fruitless >= SOME_FRUITLESS && live >= LARGE_HEAP;
        let more = if only_grows { self.growth / 2 } else { 0 };
        let growth = self.growth.saturating_add(more);
        self.goal = live.saturating_add((live / 100).saturating_mul(growth).max(FLOOR));
        if let Some(maximum) = self.maximum {
            // Near the limit cycles come early, in preference to those of a heap that is full.
            self.goal = self.goal.min(live.max(maximum - maximum / 8));
        }
    }

    /// Ends a turn that took so long and walked so many bytes of stack; whether marking goes on beside the
    /// program.
    pub(crate) fn finish_turn(&mut self, pause: u64, stack: usize, is_marking: bool) {
        self.turned_at = self.allocated;
        // After a whole nursery it would have been longer.
        let whole = pause * self.nursery as u64 / self.given.min(self.nursery) as u64;
        if pause > LONG_PAUSE {
            self.nursery /= 2;
        } else if whole < SHORT_PAUSE {
            self.nursery += self.nursery / 2;
        }
        // A heap that must stay small has a small nursery.
        let growth = self.growth.min(100) * FIRST_NURSERY / 100;
        let largest = LARGEST_NURSERY.min(growth.max(self.goal / 8));
        self.nursery = self.nursery.min(largest).max(SMALLEST_NURSERY);
        let next = if is_marking {
            let most = NURSERY_WHILE_MARKING.max(self.runway / 16);
            self.nursery.min(if self.is_urgent { most / URGENT } else { most })
        } else {
            self.nursery
        };
        self.given = next.max(2 * stack);
        self.remaining = self.given;
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn a_full_cycle_comes_with_the_growth_but_not_below_the_floor() {
        let mut pacer = Pacer::new(50, None);
        assert_eq!(pacer.after_minor(FLOOR - 1, 5), Next::Program);
        assert_eq!(pacer.after_minor(FLOOR, 5), Next::Marking);
        pacer.finish_full(200 << 20, 100 << 20, 0, 100 << 20, 5);
        assert_eq!(pacer.after_minor(124 << 20, 5), Next::Program);
        assert_eq!(pacer.after_minor(150 << 20, 5), Next::Marking);
        let mut pacer = Pacer::new(0, None);
        pacer.finish_full(0, 0, 0, 0, 5);
        assert_eq!(pacer.after_minor(SMALL_HEAP, 5), Next::Full);
    }

    #[test]
    fn a_large_heap_that_only_grows_has_fewer_cycles() {
        let mut pacer = Pacer::new(40, None);
        let live = LARGE_HEAP;
        let mut goals = Vec::new();
        for before in [live, live, live, 2 * live, live] {
            // Long after the one before, so that its goal does not count.
            pacer.finish_full(before, live, 0, live, pacer.ended + SINKING);
            goals.push(pacer.goal / (live / 100) - 100);
        }
        assert_eq!(goals, [40, 60, 60, 40, 40]);
        let mut pacer = Pacer::new(40, None);
        for _ in 0..3 {
            pacer.finish_full(live / 2, live / 2, 0, live / 2, pacer.ended + SINKING);
        }
        assert!(pacer.goal < live);
    }

    #[test]
    fn a_large_heap_is_looked_at_less_and_less_often_if_that_finds_nothing() {
        let mut pacer = Pacer::new(100, None);
        let live = 100 << 20;
        let mut now = 1;
        pacer.finish_full(live, live, 0, live, now);
        for seconds in [1, 2, 4, 8, 16, 16] {
            now += seconds * FIRST_LOOK - 1;
            assert_eq!(pacer.after_minor(live, now), Next::Program);
            now += 1;
            assert_eq!(pacer.after_minor(live, now), Next::Marking);
            pacer.finish_full(live, live, 0, live, now);
        }
        now += LAST_LOOK;
        assert_eq!(pacer.after_minor(live, now), Next::Marking);
        pacer.finish_full(live, live / 2, 0, live / 2, now);
        assert_eq!(pacer.after_minor(live / 2, now + FIRST_LOOK), Next::Marking);
    }

    #[test]
    fn the_program_helps_if_marking_is_behind() {
        let mut pacer = Pacer::new(100, None);
        pacer.finish_full(0, 100 << 20, 0, 100 << 20, 1);
        assert_eq!(pacer.after_minor(197 << 20, 2), Next::Marking);
        let mut help = |live, done, is_alone| {
            let Help { bytes, nanoseconds } = pacer.help(live, done, is_alone);
            assert_eq!(nanoseconds, LONGEST_HELP);
            (bytes, pacer.is_urgent)
        };
        assert_eq!(help(197 << 20, 0, false), (0, false));
        // A quarter of the room, and of what is to be marked.
        assert_eq!(help(197 << 20 | 3 << 18, 0, false), (197 << 18, false));
        assert_eq!(help(198 << 20, 99 << 20, false), (0, false));
        assert!(help(197 << 20, 0, true).0 > 0);
        // Behind the goal all of it may have to be marked, and turns come more often.
        let (bytes, is_urgent) = help(220 << 20, 190 << 20, false);
        assert!(bytes > 100 << 20 && is_urgent);
        pacer.finish_turn(LONG_PAUSE, 0, true);
        assert_eq!(pacer.remaining, NURSERY_WHILE_MARKING / URGENT);
    }

    #[test]
    fn the_nursery_follows_the_pauses() {
        let mut pacer = Pacer::new(100, None);
        for _ in 0..20 {
            pacer.finish_turn(2 * LONG_PAUSE, 0, false);
        }
        assert_eq!(pacer.remaining, SMALLEST_NURSERY);
        pacer.finish_turn(2 * LONG_PAUSE, 1 << 20, false);
        assert_eq!(pacer.remaining, 2 << 20);
        for _ in 0..20 {
            pacer.finish_turn(1, 0, false);
        }
        assert_eq!(pacer.remaining, FIRST_NURSERY);
        pacer.finish_full(0, 100 << 20, 0, 100 << 20, 1);
        for _ in 0..20 {
            pacer.finish_turn(1, 0, false);
        }
        assert_eq!(pacer.remaining, LARGEST_NURSERY);
        pacer.finish_turn(1, 0, true);
        assert_eq!(pacer.remaining, NURSERY_WHILE_MARKING);
        pacer.finish_turn(1, 0, false);
        pacer.charge(LARGEST_NURSERY - 1);
        assert!(!pacer.is_due());
        pacer.charge(100);
        assert!(pacer.is_due());
    }

    #[test]
    fn gives_up_when_cycles_free_next_to_nothing() {
        let mut pacer = Pacer::new(100, Some(64 << 20));
        assert!(pacer.allows(60 << 20, 4 << 20));
        assert!(!pacer.allows(60 << 20, (4 << 20) + 1));
        assert!(!pacer.allows(1, usize::MAX));
        assert!(pacer.last_resort(64 << 20));
        pacer.charge(1 << 20);
        assert!(pacer.last_resort(64 << 20));
        pacer.charge((1 << 20) - 1);
        assert!(!pacer.last_resort(64 << 20));
    }
}
