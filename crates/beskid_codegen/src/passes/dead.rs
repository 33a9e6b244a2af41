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
            let mut stays = vec![true; ops.len()];
            for (op, stays) in ops.iter().zip(&mut stays).rev() {
                *stays = !op.kind.is_removable();
                op.kind.for_each_dest(|dest| *stays |= uses[dest] > 0);
                if !*stays {
                    removed += 1;
                    op.kind.for_each_operand(|operand| {
                        if let Operand::Local(local) = operand {
                            uses[local] -= 1;
                        }
                    });
                }
            }
            let mut stays = stays.into_iter();
            ops.retain(|_| stays.next().unwrap_or(true));
        }
        outcomes.operations_removed += removed;
        if removed == 0 {
            break;
        }
    }
    // What is left of a block may only panic; the entry alone is never cold.
    for data in body.blocks.iter_mut().skip(1) {
        data.cold |= data.ops.first().is_some_and(|op| op.kind.is_final());
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
