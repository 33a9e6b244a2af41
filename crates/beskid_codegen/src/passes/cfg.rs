//! The shape of a body's control flow: orders, dominators, loops.
//!
//! Dominators by Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001).
//!
//! *Invariants.* Valid until blocks or terminators change. Unreachable blocks are in no order and
//! dominate nothing.

use beskid_analysis::index::{Id, IndexVec};

use crate::mir::{Block, Body};

/// The analysis of one body.
#[derive(Debug)]
pub(super) struct Cfg {
    /// Reachable blocks, each before its successors, back edges aside.
    pub(super) order: Vec<Block>,
    /// Position of a block in `order`.
    positions: IndexVec<Block, Option<usize>>,
    /// Predecessors of each block, reachable ones only.
    pub(super) predecessors: IndexVec<Block, Vec<Block>>,
    dominators: IndexVec<Block, Option<Block>>,
    /// How many loops a block is in.
    pub(super) loop_depth: IndexVec<Block, u32>,
}

impl Cfg {
    pub(super) fn new(body: &Body) -> Self {
        let order = reverse_postorder(body);
        let mut positions: IndexVec<Block, Option<usize>> =
            body.blocks.iter().map(|_| None).collect();
        for (position, &block) in order.iter().enumerate() {
            positions[block] = Some(position);
        }
        let mut predecessors: IndexVec<Block, Vec<Block>> =
            body.blocks.iter().map(|_| Vec::new()).collect();
        for &block in &order {
            body.blocks[block].terminator.for_each_successor(|next| predecessors[next].push(block));
        }
        let mut cfg = Self {
            dominators: body.blocks.iter().map(|_| None).collect(),
            loop_depth: body.blocks.iter().map(|_| 0).collect(),
            order,
            positions,
            predecessors,
        };
        cfg.find_dominators();
        cfg.find_loops(body);
        cfg
    }

    pub(super) fn is_reachable(&self, block: Block) -> bool {
        self.positions[block].is_some()
    }

    /// Whether every path to `block` passes `dominator`.
    pub(super) fn dominates(&self, dominator: Block, mut block: Block) -> bool {
        let Some(target) = self.positions[dominator] else { return false };
        loop {
            match self.positions[block] {
                Some(position) if position > target => {}
                Some(position) => return position == target,
                None => return false,
            }
            match self.dominators[block] {
                Some(next) if next != block => block = next,
                _ => return false,
            }
        }
    }

    /// The closest block that every path to `block` passes, itself aside; `None` for the entry.
    pub(super) fn immediate_dominator(&self, block: Block) -> Option<Block> {
        self.dominators[block].filter(|&dominator| dominator != block)
    }

    fn find_dominators(&mut self) {
        let Some(&entry) = self.order.first() else { return };
        self.dominators[entry] = Some(entry);
        let mut changed = true;
        while changed {
            changed = false;
            for &block in &self.order[1..] {
                let mut new: Option<Block> = None;
                for &predecessor in &self.predecessors[block] {
                    if self.dominators[predecessor].is_some() {
                        new = Some(match new {
                            None => predecessor,
                            Some(other) => self.common_dominator(predecessor, other),
                        });
                    }
                }
                if new.is_some() && self.dominators[block] != new {
                    self.dominators[block] = new;
                    changed = true;
                }
            }
        }
    }

    fn common_dominator(&self, mut a: Block, mut b: Block) -> Block {
        while a != b {
            while self.positions[a] > self.positions[b] {
                let Some(next) = self.dominators[a] else { return b };
                a = next;
            }
            while self.positions[b] > self.positions[a] {
                let Some(next) = self.dominators[b] else { return a };
                b = next;
            }
        }
        a
    }

    /// Natural loops: the blocks that reach a back edge's source without passing its target. Loops
    /// that share their header are one.
    fn find_loops(&mut self, body: &Body) {
        let mut headers: Vec<(Block, Vec<Block>)> = Vec::new();
        for &block in &self.order {
            body.blocks[block].terminator.for_each_successor(|header| {
                if self.dominates(header, block) {
                    match headers.iter_mut().find(|(known, _)| *known == header) {
                        Some((_, sources)) => sources.push(block),
                        None => headers.push((header, vec![block])),
                    }
                }
            });
        }
        let mut seen: IndexVec<Block, usize> = body.blocks.iter().map(|_| 0).collect();
        for (index, (header, sources)) in headers.into_iter().enumerate() {
            let mark = index + 1;
            let mut pending = sources;
            seen[header] = mark;
            self.loop_depth[header] += 1;
            while let Some(block) = pending.pop() {
                if seen[block] != mark {
                    seen[block] = mark;
                    self.loop_depth[block] += 1;
                    pending.extend_from_slice(&self.predecessors[block]);
                }
            }
        }
    }
}

/// Depth first without recursion: bodies may have many thousand blocks.
fn reverse_postorder(body: &Body) -> Vec<Block> {
    let mut visited: IndexVec<Block, bool> = body.blocks.iter().map(|_| false).collect();
    let mut order = Vec::with_capacity(body.blocks.len());
    let entry = Block::from_index(0);
    visited[entry] = true;
    let mut stack = vec![(entry, successors(body, entry))];
    while let Some((block, pending)) = stack.last_mut() {
        match pending.pop() {
            Some(next) if visited[next] => {}
            Some(next) => {
                visited[next] = true;
                stack.push((next, successors(body, next)));
            }
            None => {
                order.push(*block);
                stack.pop();
            }
        }
    }
    order.reverse();
    order
}

fn successors(body: &Body, block: Block) -> Vec<Block> {
    let mut list = Vec::new();
    body.blocks[block].terminator.for_each_successor(|next| list.push(next));
    list
}
