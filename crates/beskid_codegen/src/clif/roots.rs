//! Which references the stack map of each safepoint lists, and when they are written to their slots.
//!
//! The collector does not move objects, so a register stays good across a collection; all a live
//! reference needs is a copy in the frame, where the stack map finds it. The copy is made in one of two
//! ways, whichever runs less often (loops count tenfold a level, cold blocks not at all):
//!
//! ```text
//! with a home        p = load o.8             at the safepoint      p = load o.8
//!                    slot 0 = p                                     …
//!                    …                                              slot 2 = p
//!                    call F()  {slot 0}                             call F()  {slot 2}
//! ```
//!
//! An allocation calls the runtime in a cold block, so what lives across allocations alone costs nothing
//! until memory runs out. Homes are given to locals whose blocks do not overlap, the slots behind them
//! are used by every safepoint afresh.
//!
//! Liveness is found per local, from its reads backwards to its assignments (Boissinot et al.,
//! "Computing Liveness Sets for SSA-Form Programs", 2011, the variant by use): the time is that of the
//! live ranges of references alone.
//!
//! *Invariants.* A reference that is read behind a safepoint and assigned before it is in its map, and
//! so is what a foreign function is given. A
//! listed slot has been written on every path to the safepoint: for homes, because every assignment
//! writes them and verified MIR assigns before it reads.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use beskid_analysis::index::{Id, IndexVec};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::mir::cfg::Cfg;
use crate::mir::{Block, Body, Callee, Local, OpKind, Operand, Scalar};

/// The plan for one body.
#[derive(Debug)]
pub(super) struct Roots {
    homes: IndexVec<Local, Option<u32>>,
    /// References that live across an operation, ascending.
    live: BTreeMap<(Block, usize), Vec<Local>>,
    /// Slots from here on hold references without a home.
    first_shared: u32,
    slots: u32,
}

impl Roots {
    /// Plans a body; `collects` says whether a collection may happen in an operation.
    pub(super) fn new(body: &Body, cfg: &Cfg, collects: impl Fn(&OpKind) -> bool) -> Self {
        let mut roots = Self {
            homes: body.locals.iter().map(|_| None).collect(),
            live: BTreeMap::new(),
            first_shared: 0,
            slots: 0,
        };
        let has_safepoint =
            |&block: &Block| body.blocks[block].ops.iter().any(|op| collects(&op.kind));
        if !cfg.order.iter().any(has_safepoint) {
            return roots;
        }
        let liveness = Liveness::new(body, cfg);
        let mut costs: IndexVec<Local, Cost> =
            body.locals.iter().map(|_| Cost::default()).collect();
        for &block in &cfg.order {
            roots.visit_block(body, cfg, block, &liveness, &collects, &mut costs);
        }
        for &parameter in &body.parameters {
            costs[parameter].home += 1;
        }
        roots.give_homes(&costs, &liveness.ranges);
        roots
    }

    /// The slot that every assignment of a local writes.
    pub(super) fn home(&self, local: Local) -> Option<u32> {
        self.homes[local]
    }

    /// References to list at an operation, each with the slot it must be written to first, if its home
    /// does not hold it anyway.
    pub(super) fn at(&self, block: Block, op: usize) -> Vec<Root> {
        let live = self.live.get(&(block, op)).map_or(&[][..], Vec::as_slice);
        let mut shared = self.first_shared..;
        let root = |&local: &Local| match self.homes[local] {
            Some(slot) => Root { slot, written_from: None },
            None => Root { slot: shared.next().unwrap_or(u32::MAX), written_from: Some(local) },
        };
        live.iter().map(root).collect()
    }

    /// How many slots the frame needs.
    pub(super) fn slots(&self) -> u32 {
        self.slots
    }

    /// Walks a block backwards from what lives behind it.
    fn visit_block(
        &mut self,
        body: &Body,
        cfg: &Cfg,
        block: Block,
        liveness: &Liveness,
        collects: impl Fn(&OpKind) -> bool,
        costs: &mut IndexVec<Local, Cost>,
    ) {
        let data = &body.blocks[block];
        let weight = if data.cold { 0 } else { 10_u64.pow(cfg.loop_depth[block].min(6)) };
        let mut live = LiveSet::default();
        liveness.out[block].iter().for_each(|&local| live.insert(local));
        let read = |live: &mut LiveSet, operand: Operand| {
            if let Operand::Local(local) = operand
                && body.locals[local].scalar == Scalar::Ref
            {
                live.insert(local);
            }
        };
        data.terminator.for_each_operand(|operand| read(&mut live, operand));
        for (index, op) in data.ops.iter().enumerate().rev() {
            op.kind.for_each_dest(|dest| {
                live.remove(dest);
                costs[dest].home += weight;
            });
            // What C is given it must find until it returns.
            if matches!(op.kind, OpKind::Call { callee: Callee::Foreign(_), .. }) {
                op.kind.for_each_operand(|operand| read(&mut live, operand));
            }
            if collects(&op.kind) && !live.members.is_empty() {
                let cold = matches!(op.kind, OpKind::Alloc { .. });
                for &local in &live.members {
                    costs[local].safepoints += if cold { 0 } else { weight };
                }
                let mut members = live.members.clone();
                members.sort_unstable();
                self.live.insert((block, index), members);
            }
            op.kind.for_each_operand(|operand| read(&mut live, operand));
        }
    }

    /// Decides who has a home, gives homes by the first fit in the order of the ranges, and counts the
    /// slots for the others.
    fn give_homes(&mut self, costs: &IndexVec<Local, Cost>, ranges: &IndexVec<Local, Range>) {
        let mut owners: Vec<Local> = costs
            .enumerate()
            .filter(|(_, cost)| cost.home < cost.safepoints)
            .map(|(local, _)| local)
            .collect();
        owners.sort_by_key(|&local| (ranges[local].first, local));
        // The free homes, and those in use with the end of the range they are used for.
        let mut free = BinaryHeap::new();
        let mut used = BinaryHeap::new();
        for local in owners {
            let range = ranges[local];
            while let Some(&Reverse((last, home))) = used.peek()
                && last < range.first
            {
                used.pop();
                free.push(Reverse(home));
            }
            let home = match free.pop() {
                Some(Reverse(home)) => home,
                None => {
                    self.first_shared += 1;
                    self.first_shared - 1
                }
            };
            used.push(Reverse((range.last, home)));
            self.homes[local] = Some(home);
        }
        let homeless = |members: &Vec<Local>| {
            members.iter().filter(|&&local| self.homes[local].is_none()).count() as u32
        };
        let shared = self.live.values().map(homeless).max();
        self.slots = self.first_shared + shared.unwrap_or(0);
    }
}

/// A reference in a stack map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Root {
    /// Index of the slot.
    pub(super) slot: u32,
    /// The local to write there before the safepoint; `None` if its home holds it.
    pub(super) written_from: Option<Local>,
}

/// How often a local is written to its slot, by either way.
#[derive(Clone, Copy, Default)]
struct Cost {
    home: u64,
    safepoints: u64,
}

/// The part of the block order in which a local lives.
#[derive(Clone, Copy)]
struct Range {
    first: usize,
    last: usize,
}

impl Range {
    fn include(&mut self, position: usize) {
        self.first = self.first.min(position);
        self.last = self.last.max(position);
    }
}

/// A set of locals that can be listed.
#[derive(Default)]
struct LiveSet {
    members: Vec<Local>,
    places: FxHashMap<Local, usize>,
}

impl LiveSet {
    fn insert(&mut self, local: Local) {
        if !self.places.contains_key(&local) {
            self.places.insert(local, self.members.len());
            self.members.push(local);
        }
    }

    fn remove(&mut self, local: Local) {
        if let Some(place) = self.places.remove(&local) {
            self.members.swap_remove(place);
            if let Some(&moved) = self.members.get(place) {
                self.places.insert(moved, place);
            }
        }
    }
}

/// Where references live.
struct Liveness {
    /// References that live behind each block.
    out: IndexVec<Block, Vec<Local>>,
    ranges: IndexVec<Local, Range>,
}

impl Liveness {
    fn new(body: &Body, cfg: &Cfg) -> Self {
        let empty = Range { first: usize::MAX, last: 0 };
        let mut ranges: IndexVec<Local, Range> = body.locals.iter().map(|_| empty).collect();
        let entry = Block::from_index(0);
        let mut assigned: FxHashSet<(Block, Local)> = FxHashSet::default();
        for &parameter in &body.parameters {
            assigned.insert((entry, parameter));
            ranges[parameter].include(0);
        }
        // Reads of references that their block has not assigned before.
        let mut exposed: Vec<(Local, Block)> = Vec::new();
        for (position, &block) in cfg.order.iter().enumerate() {
            let data = &body.blocks[block];
            let mut read = |assigned: &FxHashSet<_>, operand: Operand| {
                let Operand::Local(local) = operand else { return };
                if body.locals[local].scalar == Scalar::Ref && !assigned.contains(&(block, local)) {
                    exposed.push((local, block));
                }
            };
            for op in &data.ops {
                op.kind.for_each_operand(|operand| read(&assigned, operand));
                op.kind.for_each_dest(|dest| {
                    if body.locals[dest].scalar == Scalar::Ref {
                        assigned.insert((block, dest));
                        ranges[dest].include(position);
                    }
                });
            }
            data.terminator.for_each_operand(|operand| read(&assigned, operand));
        }
        exposed.sort_unstable();
        exposed.dedup();

        let mut out: IndexVec<Block, Vec<Local>> = body.blocks.iter().map(|_| Vec::new()).collect();
        let mut lives_in: IndexVec<Block, Option<Local>> =
            body.blocks.iter().map(|_| None).collect();
        let mut pending = Vec::new();
        for (local, read) in exposed {
            pending.push(read);
            while let Some(block) = pending.pop() {
                if lives_in[block].replace(local) == Some(local) {
                    continue;
                }
                ranges[local].include(cfg.position(block));
                for &before in &cfg.predecessors[block] {
                    if out[before].last() != Some(&local) {
                        out[before].push(local);
                        ranges[local].include(cfg.position(before));
                    }
                    if !assigned.contains(&(before, local)) {
                        pending.push(before);
                    }
                }
            }
        }
        Self { out, ranges }
    }
}
