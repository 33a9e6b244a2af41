//! Every use has a definition: one that dominates it for a single-definition local, one on every path
//! for a mutable local.
//!
//! *Not here*: blocks that nothing reaches; they are not lowered.

use beskid_analysis::index::{Id, IndexVec};
use rustc_hash::FxHashSet;

use super::Fault;
use crate::mir::cfg::Cfg;
use crate::mir::{Block, Body, Local, Operand, Program, print};

/// Checks definitions and uses.
pub(super) fn verify(program: &Program, body: &Body, cfg: &Cfg) -> Result<(), Fault> {
    let name = |local| print::local(program, body, local);
    let definitions = single_definitions(body).map_err(|(local, mut fault)| {
        fault.message = format!("`{}` is assigned a second time", name(local));
        fault
    })?;
    let mut mutable = MutableUses { body, assigned: FxHashSet::default(), exposed: Vec::new() };
    mutable.note_parameters();
    for &block in &cfg.order {
        let data = &body.blocks[block];
        // Operations and, behind them, the terminator.
        for at in 0..=data.ops.len() {
            let mut missing = None;
            let mut read = |operand: Operand| {
                let Operand::Local(local) = operand else { return };
                if body.locals[local].mutable {
                    mutable.read(block, local);
                } else if !definitions[local].is_some_and(|by| by.reaches(block, at, cfg)) {
                    missing = Some(local);
                }
            };
            match data.ops.get(at) {
                Some(op) => op.kind.for_each_operand(&mut read),
                None => data.terminator.for_each_operand(&mut read),
            }
            if let Some(local) = missing {
                let message = format!("`{}` is read where it may not be assigned", name(local));
                let op = (at < data.ops.len()).then_some(at);
                return Err(Fault { block: Some(block), op, message });
            }
            if let Some(op) = data.ops.get(at) {
                op.kind.for_each_dest(|dest| mutable.assign(block, dest));
            }
        }
    }
    match mutable.find_unassigned(cfg) {
        None => Ok(()),
        Some((block, local)) => {
            let message = format!("`{}` is read where it may not be assigned", name(local));
            Err(Fault::of_block(block, message))
        }
    }
}

/// Where a single-definition local gets its value.
#[derive(Clone, Copy)]
struct Definition {
    block: Block,
    /// Operations from this index on see it; 0 for a parameter.
    from: usize,
}

impl Definition {
    fn reaches(self, block: Block, at: usize, cfg: &Cfg) -> bool {
        if self.block == block { self.from <= at } else { cfg.dominates(self.block, block) }
    }
}

/// The definitions, or the local that has two and the second one.
fn single_definitions(body: &Body) -> Result<IndexVec<Local, Option<Definition>>, (Local, Fault)> {
    let mut found: IndexVec<Local, Option<Definition>> = body.locals.iter().map(|_| None).collect();
    for &parameter in &body.parameters {
        found[parameter] = Some(Definition { block: Block::from_index(0), from: 0 });
    }
    for (block, data) in body.blocks.enumerate() {
        for (index, op) in data.ops.iter().enumerate() {
            let mut second = None;
            op.kind.for_each_dest(|dest| {
                let definition = Definition { block, from: index + 1 };
                if found[dest].replace(definition).is_some() && !body.locals[dest].mutable {
                    second = Some(dest);
                }
            });
            if let Some(local) = second {
                return Err((local, Fault::of_op(block, index, "")));
            }
        }
    }
    Ok(found)
}

/// Reads of mutable locals that the block itself has not assigned before.
struct MutableUses<'a> {
    body: &'a Body,
    /// Blocks that assign a local, as far as they were looked at.
    assigned: FxHashSet<(Block, Local)>,
    exposed: Vec<(Local, Block)>,
}

impl MutableUses<'_> {
    fn note_parameters(&mut self) {
        for &parameter in &self.body.parameters {
            self.assigned.insert((Block::from_index(0), parameter));
        }
    }

    fn assign(&mut self, block: Block, local: Local) {
        if self.body.locals[local].mutable {
            self.assigned.insert((block, local));
        }
    }

    fn read(&mut self, block: Block, local: Local) {
        if !self.assigned.contains(&(block, local)) {
            self.exposed.push((local, block));
        }
    }

    /// Follows each local from its reads to its assignments; one that gets to the entry has a path
    /// without. Parameters count as assigned in the entry.
    fn find_unassigned(mut self, cfg: &Cfg) -> Option<(Block, Local)> {
        self.exposed.sort_unstable();
        self.exposed.dedup();
        let mut seen: IndexVec<Block, Option<Local>> =
            self.body.blocks.iter().map(|_| None).collect();
        for &(local, read) in &self.exposed {
            let mut pending = vec![read];
            while let Some(block) = pending.pop() {
                if seen[block].replace(local) == Some(local) {
                    continue;
                }
                if block.index() == 0 {
                    return Some((read, local));
                }
                let before = cfg.predecessors[block].iter().copied();
                pending.extend(before.filter(|&from| !self.assigned.contains(&(from, local))));
            }
        }
        None
    }
}
