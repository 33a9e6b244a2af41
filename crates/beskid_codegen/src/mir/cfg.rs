//! The shape of a body's control flow: orders, dominators, loops.
//!
//! Dominators by Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001). Whether one
//! block dominates another is then a question of intervals: the dominator tree is numbered so that a
//! subtree is a range.
//!
//! *Invariants.* Valid until blocks or terminators change. Unreachable blocks are in no order and
//! dominate nothing.

use beskid_analysis::index::{Id, IndexVec};

use super::{Block, Body};

/// The analysis of one body.
#[derive(Debug)]
pub(crate) struct Cfg {
    /// Reachable blocks, each before its successors, back edges aside.
    pub(crate) order: Vec<Block>,
    /// Position of a block in `order`.
    positions: IndexVec<Block, Option<usize>>,
    /// Predecessors of each block, reachable ones only.
    pub(crate) predecessors: IndexVec<Block, Vec<Block>>,
    dominators: IndexVec<Block, Option<Block>>,
    /// Number of a block in the dominator tree, and how many numbers its subtree has.
    intervals: IndexVec<Block, (usize, usize)>,
    /// How many loops a block is in.
    pub(crate) loop_depth: IndexVec<Block, u32>,
    /// The loops, in the order of their headers' ids.
    pub(crate) loops: Vec<Loop>,
}

/// A natural loop: the blocks that reach a back edge's source without passing its target. Loops that
/// share their header are one.
#[derive(Debug)]
pub(crate) struct Loop {
    /// The one block that is entered from outside.
    pub(crate) header: Block,
    /// Where back edges come from.
    pub(crate) latches: Vec<Block>,
    /// All of its blocks, ascending.
    blocks: Vec<Block>,
}

impl Loop {
    /// Whether a block is in the loop.
    pub(crate) fn contains(&self, block: Block) -> bool {
        self.blocks.binary_search(&block).is_ok()
    }
}

impl Cfg {
    pub(crate) fn new(body: &Body) -> Self {
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
            intervals: body.blocks.iter().map(|_| (0, 0)).collect(),
            loop_depth: body.blocks.iter().map(|_| 0).collect(),
            loops: Vec::new(),
            order,
            positions,
            predecessors,
        };
        cfg.find_dominators();
        cfg.number_dominators();
        cfg.find_loops(body);
        cfg
    }

    pub(crate) fn is_reachable(&self, block: Block) -> bool {
        self.positions[block].is_some()
    }

    /// The place of a reachable block in `order`.
    pub(crate) fn position(&self, block: Block) -> usize {
        self.positions[block].unwrap_or(usize::MAX)
    }

    /// Whether every path to `block` passes `dominator`.
    pub(crate) fn dominates(&self, dominator: Block, block: Block) -> bool {
        let (first, count) = self.intervals[dominator];
        let (number, _) = self.intervals[block];
        self.is_reachable(block) && (first..first + count).contains(&number)
    }

    /// The closest block that every path to `block` passes, itself aside; `None` for the entry.
    pub(crate) fn immediate_dominator(&self, block: Block) -> Option<Block> {
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

    /// Numbers the tree: a block's subtree follows it. The order has parents before their children.
    fn number_dominators(&mut self) {
        for &block in self.order.iter().rev() {
            let size = self.intervals[block].1 + 1;
            self.intervals[block].1 = size;
            if let Some(parent) = self.immediate_dominator(block) {
                self.intervals[parent].1 += size;
            }
        }
        // The number that a block's next child gets.
        let mut next: IndexVec<Block, usize> = self.dominators.iter().map(|_| 1).collect();
        for &block in &self.order {
            if let Some(parent) = self.immediate_dominator(block) {
                let number = next[parent];
                next[parent] += self.intervals[block].1;
                self.intervals[block].0 = number;
                next[block] = number + 1;
            }
        }
    }

    fn find_loops(&mut self, body: &Body) {
        let mut latches: IndexVec<Block, Vec<Block>> =
            body.blocks.iter().map(|_| Vec::new()).collect();
        for &block in &self.order {
            body.blocks[block].terminator.for_each_successor(|header| {
                if self.dominates(header, block) {
                    latches[header].push(block);
                }
            });
        }
        let mut seen: IndexVec<Block, Option<Block>> = body.blocks.iter().map(|_| None).collect();
        for (header, latches) in body.blocks.ids().zip(latches.iter_mut()) {
            if latches.is_empty() {
                continue;
            }
            seen[header] = Some(header);
            let mut blocks = vec![header];
            let mut pending = latches.clone();
            while let Some(block) = pending.pop() {
                if seen[block] != Some(header) {
                    seen[block] = Some(header);
                    blocks.push(block);
                    pending.extend_from_slice(&self.predecessors[block]);
                }
            }
            blocks.iter().for_each(|&block| self.loop_depth[block] += 1);
            blocks.sort_unstable();
            self.loops.push(Loop { header, latches: std::mem::take(latches), blocks });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mir::{BlockData, Const, Convention, Operand, Scalar, SourcePos, Terminator};

    /// A body of empty blocks with these successors: none returns, two branch.
    fn body(successors: &[&[usize]]) -> Body {
        let block = Block::from_index;
        let condition = Operand::Const(Const::Int(Scalar::I8, 1));
        let terminator = |next: &&[usize]| match **next {
            [] => Terminator::Return(Vec::new()),
            [next] => Terminator::Goto(block(next)),
            [then, otherwise] => {
                Terminator::Branch { condition, then: block(then), otherwise: block(otherwise) }
            }
            _ => panic!("at most two"),
        };
        let data = |next| BlockData { ops: Vec::new(), terminator: terminator(next), cold: false };
        Body {
            symbol: String::new(),
            name: String::new(),
            convention: Convention::Internal,
            parameters: Vec::new(),
            results: Vec::new(),
            locals: IndexVec::new(),
            bindings: Vec::new(),
            blocks: successors.iter().map(data).collect(),
            position: SourcePos(0),
        }
    }

    #[test]
    fn dominance_is_that_of_all_paths() {
        // 0 → 1 ⇄ 2, 1 → 3 → 4, 0 → 4; 5 is unreachable.
        let cfg = Cfg::new(&body(&[&[1, 4], &[2, 3], &[1], &[4], &[], &[4]]));
        let dominated = |by: usize| -> Vec<usize> {
            let by = Block::from_index(by);
            (0..6).filter(|&block| cfg.dominates(by, Block::from_index(block))).collect()
        };
        assert_eq!(dominated(0), [0, 1, 2, 3, 4]);
        assert_eq!(dominated(1), [1, 2, 3]);
        assert_eq!(dominated(2), [2]);
        assert_eq!(dominated(4), [4]);
        assert_eq!(dominated(5), [0; 0]);
        assert!(!cfg.is_reachable(Block::from_index(5)));
        assert_eq!(cfg.loop_depth.as_slice(), [0, 1, 1, 0, 0, 0]);
    }

    #[test]
    fn loops_that_share_a_header_are_one() {
        // 1 is the header of 1 → 2 → 1 and 1 → 2 → 3 → 1, in which 3 loops on itself.
        let cfg = Cfg::new(&body(&[&[1], &[2, 4], &[1, 3], &[3, 1], &[]]));
        assert_eq!(cfg.loop_depth.as_slice(), [0, 1, 1, 2, 0]);
    }
}
