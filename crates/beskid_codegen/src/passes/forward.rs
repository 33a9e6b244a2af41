//! Fields that were just stored or loaded are not loaded again.
//!
//! One walk over the blocks, in an order in which a block stands behind the one that leads to it. What is
//! known of a field is the operand that was stored there or loaded from there; it is known in the rest of
//! the block, and in blocks that are entered from that one alone.
//!
//! *Invariants.* Objects in locals that are assigned once alone are followed, and such values. A store
//! makes that field unknown in all other objects, as they may be the same one. What may run code of the
//! program makes all fields unknown; the runtime writes no fields.

use beskid_abi::effects::Effects;
use beskid_analysis::index::IndexVec;
use rustc_hash::FxHashMap;

use super::Outcomes;
use super::checks::is_stable;
use crate::mir::cfg::Cfg;
use crate::mir::{Block, Body, Callee, Local, LocalDecl, OpKind, Operand};

/// What fields hold: by object and offset.
type Known = FxHashMap<(Local, u32), Operand>;

/// Replaces loads of fields whose value is known.
pub(super) fn run(body: &mut Body, cfg: &Cfg, outcomes: &mut Outcomes) {
    let mut after: IndexVec<Block, Option<Known>> = body.blocks.iter().map(|_| None).collect();
    for &block in &cfg.order {
        let mut known = match cfg.predecessors[block][..] {
            [only] => after[only].clone().unwrap_or_default(),
            _ => Known::default(),
        };
        for op in &mut body.blocks[block].ops {
            if let OpKind::LoadField { dest, object: Operand::Local(object), offset } = op.kind
                && let Some(&value) = known.get(&(object, offset))
                && value.scalar(&body.locals) == body.locals[dest].scalar
            {
                op.kind = OpKind::Copy { dest, value };
                outcomes.loads_forwarded += 1;
                continue;
            }
            note(&op.kind, &body.locals, &mut known);
        }
        after[block] = Some(known);
    }
}

/// Takes note of what an operation tells of fields.
fn note(kind: &OpKind, locals: &IndexVec<Local, LocalDecl>, known: &mut Known) {
    match *kind {
        OpKind::LoadField { dest, object: Operand::Local(object), offset }
            if !locals[object].mutable && !locals[dest].mutable =>
        {
            known.insert((object, offset), Operand::Local(dest));
        }
        OpKind::StoreField { object, offset, value, .. } => {
            known.retain(|&(_, other), _| other != offset);
            if let Operand::Local(object) = object
                && !locals[object].mutable
                && is_stable(value, locals)
            {
                known.insert((object, offset), value);
            }
        }
        OpKind::Call { callee: Callee::Runtime(function), .. }
            if !function.info().effects.contains(Effects::RUNS_PROGRAM) => {}
        OpKind::Call { .. } | OpKind::CallIndirect { .. } | OpKind::EnterProgram { .. } => {
            known.clear();
        }
        _ => {}
    }
}
