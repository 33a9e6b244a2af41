//! Drops operations whose results nobody reads, and empties blocks nothing reaches.
//!
//! *Invariants.* Only operations that [`OpKind::is_removable`](crate::mir::OpKind::is_removable) go.
//! Block ids stay; an unreachable block keeps its place with nothing in it.

use beskid_analysis::index::IndexVec;

use super::Outcomes;
use crate::mir::cfg::Cfg;
use crate::mir::{Body, Local, Operand, Terminator};

/// Cleans one body.
pub(super) fn run(body: &mut Body, outcomes: &mut Outcomes) {
    let cfg = Cfg::new(body);
    for (block, data) in
        body.blocks.ids().collect::<Vec<_>>().into_iter().zip(body.blocks.iter_mut())
    {
        if !cfg.is_reachable(block) {
            outcomes.operations_removed += data.ops.len();
            data.ops.clear();
            data.terminator = Terminator::Unreachable;
        }
    }
    let mut uses = count_uses(body);
    // Backwards, so that what only fed a dropped operation is seen after it; a value that is carried
    // around a loop needs another round.
    loop {
        let mut removed = 0;
        for &block in cfg.order.iter().rev() {
            let ops = &mut body.blocks[block].ops;
            let mut index = ops.len();
            while index > 0 {
                index -= 1;
                let kind = &ops[index].kind;
                let mut needed = !kind.is_removable();
                kind.for_each_dest(|dest| needed |= uses[dest] > 0);
                if !needed {
                    kind.for_each_operand(|operand| {
                        if let Operand::Local(local) = operand {
                            uses[local] -= 1;
                        }
                    });
                    ops.remove(index);
                    removed += 1;
                }
            }
        }
        outcomes.operations_removed += removed;
        if removed == 0 {
            return;
        }
    }
}

/// How often each local is read.
fn count_uses(body: &Body) -> IndexVec<Local, u32> {
    let mut uses: IndexVec<Local, u32> = body.locals.iter().map(|_| 0).collect();
    let mut count = |operand: Operand| {
        if let Operand::Local(local) = operand {
            uses[local] += 1;
        }
    };
    for data in &body.blocks {
        data.ops.iter().for_each(|op| op.kind.for_each_operand(&mut count));
        data.terminator.for_each_operand(&mut count);
    }
    uses
}
