//! The memory of the collected heap: how it is cut and handed out.
//!
//! ```text
//! up to 16 KB:  lines of 64 bytes in one reservation (`line`)
//! larger:       a mapping each                        (`large`)
//! ```
//!
//! Lines are handed out in *holes*, runs of free lines. Compiled code bumps a cursor through the hole
//! that is open for small objects (the *small region*, mirrored in the thread context while compiled
//! code runs). An object of more than a line that does not fit there goes to a second open hole, the
//! *medium region*, so that one such object does not waste the rest of a hole.
//!
//! *Invariants.* Memory in an open region, beyond its cursor, is zero. Objects never move. How much may
//! be handed out before the next cycle is the pacer's business (`gc::pacer`).

pub(crate) mod cards;
pub(crate) mod large;
pub(crate) mod line;
pub(crate) mod line_marks;

use alloc::vec::Vec;

use crate::gc::background::Background;
use crate::gc::marking::Marking;
use crate::gc::pacer::Pacer;
use crate::gc::release::{self, Release};
use crate::gc::statistics::Statistics;
use crate::gc::verify::Registry;
use crate::heap::cards::Card;
use crate::heap::large::LargeSpace;
use crate::heap::line::{BLOCK, LARGEST, LINE, LineSpace, Scan};
use crate::object::{self, GcRef};
use crate::settings::Settings;

/// Why memory could not be handed out at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// A cycle is due.
    CycleDue,
    /// The heap may not or cannot grow.
    Full,
}

/// Zeroed memory that objects are cut from, one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Region {
    /// Where the first object begins.
    pub(crate) start: usize,
    /// Where the next object begins.
    pub(crate) cursor: usize,
    /// Where the region ends.
    pub(crate) limit: usize,
}

impl Region {
    /// No room at all.
    pub(crate) const EMPTY: Self = Self { start: 0, cursor: 0, limit: 0 };

    fn bump(&mut self, size: usize) -> Option<*mut u8> {
        let start = self.cursor;
        (size <= self.limit - start).then(|| {
            self.cursor = start + size;
            start as *mut u8
        })
    }
}

/// A thread's heap.
#[derive(Debug)]
pub(crate) struct Heap {
    pub(crate) settings: Settings,
    /// Marking that runs beside the program. Fields are dropped in order: this one and the
    /// next come before what they use.
    pub(crate) marking: Option<Marking>,
    /// Gray objects and the collector's thread, from the first cycle on.
    pub(crate) background: Option<Background>,
    /// Memory that the collector's thread gives back.
    pub(crate) release: Release,
    pub(crate) lines: LineSpace,
    pub(crate) large: LargeSpace,
    pub(crate) small: Region,
    pub(crate) medium: Region,
    pub(crate) pacer: Pacer,
    /// Mark byte that cycles give what they reach: 1 or 2.
    pub(crate) mark: u8,
    /// Old objects that may hold references to newer ones.
    pub(crate) remembered: Vec<GcRef>,
    /// Parts of old large arrays that may hold references to newer objects.
    pub(crate) touched: Vec<Card>,
    /// New objects that old ones refer to, if those are not remembered.
    pub(crate) young_roots: Vec<GcRef>,
    /// Bytes, about, that the next minor cycle looks at because of these lists.
    pub(crate) to_look_at: usize,
    /// All objects in lines, in the test modes that need them.
    pub(crate) registry: Option<Registry>,
    /// What happened so far.
    pub(crate) statistics: Statistics,
    /// The collector has a turn.
    pub(crate) is_collecting: bool,
    /// Turns that the test mode for them has had.
    pub(crate) stress_turn: u64,
}

/// Lines of a hole that is worth opening while the heap is small: survivors that lie scattered leave many that
/// hold one object, or none.
const LEAST_HOLE: usize = 8;
/// Bytes of a heap that is small.
const SMALL_HEAP: usize = 16 << 20;
/// Bytes by which such a heap may be larger than its goal for that.
const ROOM_FOR_HOLES: usize = 2 << 20;

impl Heap {
    pub(crate) fn new(settings: Settings) -> Self {
        let registry = (settings.poison || settings.verify).then(Registry::new);
        let large = if settings.poison { LargeSpace::without_reuse() } else { LargeSpace::new() };
        let pacer = Pacer::new(settings.growth, settings.heap_max);
        Self {
            settings,
            lines: LineSpace::new(),
            large,
            small: Region::EMPTY,
            medium: Region::EMPTY,
            pacer,
            mark: 1,
            marking: None,
            background: None,
            release: Release::default(),
            remembered: Vec::new(),
            touched: Vec::new(),
            young_roots: Vec::new(),
            to_look_at: 0,
            registry,
            statistics: Statistics::default(),
            is_collecting: false,
            stress_turn: 0,
        }
    }

    /// Zeroed memory for an object, if that needs no cycle.
    pub(crate) fn place(&mut self, size: usize) -> Result<*mut u8, Refusal> {
        // By size alone: from the size of an object it follows where it is (`gc::barrier`).
        if size > LARGEST {
            return self.place_large(size);
        }
        if let Some(memory) = self.small.bump(size) {
            return Ok(memory);
        }
        if size > LINE {
            if let Some(memory) = self.medium.bump(size) {
                return Ok(memory);
            }
            let fresh = self.open(Scan::Medium, size.div_ceil(LINE))?;
            note(&mut self.registry, core::mem::replace(&mut self.medium, fresh));
            return self.medium.bump(size).ok_or(Refusal::Full);
        }
        let fresh = self.open(Scan::Small, self.least_hole())?;
        note(&mut self.registry, core::mem::replace(&mut self.small, fresh));
        self.small.bump(size).ok_or(Refusal::Full)
    }

    /// Makes room for small objects of `size` bytes together in the small region, if that needs no cycle.
    pub(crate) fn reserve(&mut self, size: usize) -> Result<(), Refusal> {
        if size > self.small.limit - self.small.cursor {
            let fresh = self.open(Scan::Small, size.div_ceil(LINE).max(self.least_hole()))?;
            note(&mut self.registry, core::mem::replace(&mut self.small, fresh));
        }
        Ok(())
    }

    /// The array that was just made is old from the beginning: a minor cycle would have to look at all of
    /// it.
    ///
    /// # Safety
    /// It is the latest large object.
    pub(crate) unsafe fn make_old(&mut self, array: GcRef) {
        self.large.make_latest_old();
        // SAFETY: it is an object on the heap that no marker knows.
        unsafe { object::set_old(array, object::descriptor(array), self.mark) };
    }

    /// Closes both regions; what is left of them stays unused until the next cycle finds it free.
    pub(crate) fn close_regions(&mut self) {
        note(&mut self.registry, core::mem::replace(&mut self.small, Region::EMPTY));
        note(&mut self.registry, core::mem::replace(&mut self.medium, Region::EMPTY));
    }

    /// Bytes the heap has from the system.
    pub(crate) fn total(&self) -> usize {
        self.lines.resident_bytes() + self.large.total_bytes()
    }

    /// Bytes that cycles found live.
    pub(crate) fn live(&self) -> usize {
        self.lines.live_bytes() + self.large.live_bytes()
    }

    /// Lines of the smallest hole that is worth opening for small objects.
    fn least_hole(&self) -> usize {
        let total = self.total();
        let has_room = total < SMALL_HEAP && total < self.pacer.goal() + ROOM_FOR_HOLES;
        if has_room { LEAST_HOLE } else { 1 }
    }

    /// Opens a hole of at least so many lines.
    fn open(&mut self, scan: Scan, lines: usize) -> Result<Region, Refusal> {
        if self.pacer.is_due() {
            return Err(Refusal::CycleDue);
        }
        let hole = match self.lines.take_hole(scan, lines) {
            Some(hole) => hole,
            None if self.pacer.allows(self.total(), BLOCK) => {
                self.lines.take_fresh_block().ok_or(Refusal::Full)?
            }
            None => return Err(Refusal::Full),
        };
        self.pacer.charge(hole.limit - hole.start);
        Ok(hole)
    }

    fn place_large(&mut self, size: usize) -> Result<*mut u8, Refusal> {
        if self.pacer.is_due() {
            return Err(Refusal::CycleDue);
        }
        if !self.pacer.allows(self.total(), size) {
            return Err(Refusal::Full);
        }
        let memory = self.large.allocate(size).ok_or(Refusal::Full)?;
        self.pacer.charge(size);
        Ok(memory)
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        release::abandon(self);
    }
}

/// Tells the registry of the objects in a region that is closed.
fn note(registry: &mut Option<Registry>, region: Region) {
    if let Some(registry) = registry {
        registry.note(region);
    }
}
