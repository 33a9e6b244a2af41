//! Lengths of arrays: read once where one read serves several, and before a loop instead of in it.
//!
//! *Invariants.* An array's length never changes. A read stays behind whatever made sure that there is
//! an array: a reference may be null, or something else than an array, until a branch has looked (a
//! variant's slot, an `Option`). So a read is served by one that dominates it, and it leaves a loop
//! only if it stands in the block in which every round begins, for a place that the loop alone is
//! entered from.

use beskid_analysis::index::IndexVec;
use rustc_hash::FxHashMap;

use super::Outcomes;
use super::checks::{definitions, is_stable};
use crate::mir::cfg::Cfg;
use crate::mir::{Block, BlockData, Body, Local, Op, OpKind, Operand, Terminator};

/// Replaces reads by the length the array was allocated with, or by a read that dominates them; equal
/// lengths are equal operands then.
pub(super) fn share(body: &mut Body, cfg: &Cfg, outcomes: &mut Outcomes) {
    let definitions = definitions(body);
    // Reads of an array so far that none before them dominates.
    let mut reads: FxHashMap<Local, Vec<(Block, Local)>> = FxHashMap::default();
    for &block in &cfg.order {
        for index in 0..body.blocks[block].ops.len() {
            let OpKind::ArrayLen { dest, array: Operand::Local(array) } =
                body.blocks[block].ops[index].kind
            else {
                continue;
            };
            let Some(definition) = definitions[array] else { continue };
            let source = definition.op.map(|op| &body.blocks[definition.block].ops[op].kind);
            let known = match source {
                Some(&OpKind::AllocArray { length, .. }) if is_stable(length, &body.locals) => {
                    Some(length)
                }
                _ => {
                    let earlier = reads.entry(array).or_default();
                    let found = earlier.iter().find(|(by, _)| cfg.dominates(*by, block));
                    let known = found.map(|&(_, length)| Operand::Local(length));
                    if known.is_none() && !body.locals[dest].mutable {
                        earlier.push((block, dest));
                    }
                    known
                }
            };
            if let Some(value) = known {
                body.blocks[block].ops[index].kind = OpKind::Copy { dest, value };
                outcomes.lengths_shared += 1;
            }
        }
    }
}

/// Moves reads out of the loops that do not change the array.
pub(super) fn hoist(body: &mut Body, outcomes: &mut Outcomes) {
    let cfg = Cfg::new(body);
    let definitions = definitions(body);
    // Where new blocks come from: the block that jumps to the loop, made at need.
    let mut entrances: IndexVec<Block, Option<Block>> = body.blocks.iter().map(|_| None).collect();
    // Inner loops first, so that a read may leave several.
    let mut loops: Vec<_> = cfg.loops.iter().collect();
    loops.sort_by_key(|found| std::cmp::Reverse(cfg.loop_depth[found.header]));
    for found in loops {
        let is_outside = |array: Operand| match array {
            Operand::Const(_) => true,
            Operand::Local(array) => {
                definitions[array].is_some_and(|definition| !found.contains(definition.block))
            }
        };
        let header = found.header;
        let moves = |op: &Op| match op.kind {
            OpKind::ArrayLen { dest, array } => is_outside(array) && !body.locals[dest].mutable,
            _ => false,
        };
        if !body.blocks[header].ops.iter().any(moves) {
            continue;
        }
        let (moved, kept): (Vec<Op>, Vec<Op>) =
            std::mem::take(&mut body.blocks[header].ops).into_iter().partition(moves);
        outcomes.lengths_hoisted += moved.len();
        body.blocks[header].ops = kept;
        let entrance = match entrances[header] {
            Some(entrance) => entrance,
            None => {
                let entrance = make_entrance(body, &cfg, header);
                entrances[header] = Some(entrance);
                entrance
            }
        };
        body.blocks[entrance].ops.extend(moved);
    }
}

/// A block that every way into a loop ends with.
fn make_entrance(body: &mut Body, cfg: &Cfg, header: Block) -> Block {
    let outside = |&&from: &&Block| !cfg.dominates(header, from);
    let before: Vec<Block> = cfg.predecessors[header].iter().filter(outside).copied().collect();
    if let [only] = before[..]
        && body.blocks[only].terminator == Terminator::Goto(header)
    {
        return only;
    }
    let entrance = body.blocks.push(BlockData {
        ops: Vec::new(),
        terminator: Terminator::Goto(header),
        cold: body.blocks[header].cold,
    });
    for from in before {
        body.blocks[from].terminator.for_each_successor_mut(|next| {
            if *next == header {
                *next = entrance;
            }
        });
    }
    entrance
}
