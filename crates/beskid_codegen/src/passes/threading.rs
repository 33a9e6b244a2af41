//! A block whose way is known to who jumps there is passed over.
//!
//! What an inlined function gives, mostly an `Option`, is looked at right behind it, and each place that
//! gives it knows what it is:
//!
//! ```text
//! a: tag = 0, goto c                                  a: tag = 0, goto d
//! b: tag = 1, goto c                           ──►    b: tag = 1, goto e
//! c: is_some = eq tag, 0, branch is_some, d, e
//! ```
//!
//! So a loop over an iterator becomes the loop that one would write by hand. On the way there may be blocks
//! that only copy; operations that are passed are done before the jump.
//!
//! *Invariants.* Only few operations are passed, and only those that compute scalars of scalars. What they
//! assign has several definitions then and becomes mutable, so this comes behind the passes that want single
//! ones. The block where a loop begins is never passed: a loop keeps its one entrance.

use beskid_analysis::index::IndexVec;
use rustc_hash::FxHashMap;

use super::{Outcomes, fold};
use crate::mir::cfg::Cfg;
use crate::mir::{Block, Body, Const, Local, LocalDecl, Op, OpKind, Operand, Terminator};

/// Operations that are passed at most between two branches whose way is known.
const MOST_OPERATIONS: usize = 8;
/// Blocks that are looked at from one jump.
const MOST_BLOCKS: usize = 24;

/// What locals are known to hold.
type Known = FxHashMap<Local, Const>;

/// Leads jumps past the branches that are decided.
pub(super) fn run(body: &mut Body, outcomes: &mut Outcomes) {
    let cfg = Cfg::new(body);
    let mut is_header: IndexVec<Block, bool> = body.blocks.iter().map(|_| false).collect();
    for found in &cfg.loops {
        is_header[found.header] = true;
    }
    let readers = readers(body, &cfg);
    for &block in &cfg.order {
        let Terminator::Goto(first) = body.blocks[block].terminator else { continue };
        let Some(way) = find_way(body, &is_header, &readers, block, first) else { continue };
        for op in &way.passed {
            op.kind.for_each_dest(|dest| body.locals[dest].mutable = true);
        }
        body.blocks[block].ops.extend(way.passed);
        body.blocks[block].terminator = Terminator::Goto(way.end);
        outcomes.jumps_threaded += way.branches;
    }
}

/// The block that reads a local, if it is one alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    Nobody,
    Only(Block),
    Several,
}

fn readers(body: &Body, cfg: &Cfg) -> IndexVec<Local, Reader> {
    let mut readers: IndexVec<Local, Reader> = body.locals.iter().map(|_| Reader::Nobody).collect();
    for &block in &cfg.order {
        let mut read = |operand: Operand| {
            if let Operand::Local(local) = operand {
                readers[local] = match readers[local] {
                    Reader::Nobody => Reader::Only(block),
                    Reader::Only(other) if other == block => Reader::Only(block),
                    _ => Reader::Several,
                };
            }
        };
        let data = &body.blocks[block];
        data.ops.iter().for_each(|op| op.kind.for_each_operand(&mut read));
        data.terminator.for_each_operand(&mut read);
    }
    readers
}

/// Where a jump may lead instead.
struct Way {
    end: Block,
    /// What has to be done before.
    passed: Vec<Op>,
    /// Branches on the way.
    branches: usize,
}

/// Follows a jump as far as it is decided.
fn find_way(
    body: &Body,
    is_header: &IndexVec<Block, bool>,
    readers: &IndexVec<Local, Reader>,
    from: Block,
    first: Block,
) -> Option<Way> {
    let mut known = Known::default();
    for op in &body.blocks[from].ops {
        note(&op.kind, &mut known);
    }
    let (mut way, mut passed, mut branches) = (None, Vec::new(), 0);
    let (mut at, mut counted) = (first, 0);
    'blocks: for _ in 0..MOST_BLOCKS {
        let data = &body.blocks[at];
        if is_header[at] || at == from || counted + data.ops.len() > MOST_OPERATIONS {
            break;
        }
        for op in &data.ops {
            let Some(op) = pass(op, &body.locals, &mut known) else { break 'blocks };
            let is_kept =
                |dest: Local| readers[dest] != Reader::Only(at) || !known.contains_key(&dest);
            let mut stays = false;
            op.kind.for_each_dest(|dest| stays |= is_kept(dest));
            if stays {
                counted += 1;
                passed.push(op);
            }
        }
        match decided(&data.terminator, &known) {
            Next::Jump(next) => at = next,
            Next::Decided(next) => {
                at = next;
                branches += 1;
                counted = 0;
                way = Some(Way { end: at, passed: passed.clone(), branches });
            }
            Next::Open => break,
        }
    }
    way
}

enum Next {
    Jump(Block),
    Decided(Block),
    Open,
}

fn decided(terminator: &Terminator, known: &Known) -> Next {
    let value = |operand: Operand| match operand {
        Operand::Const(Const::Int(_, value)) => Some(value),
        Operand::Local(local) => match known.get(&local) {
            Some(&Const::Int(_, value)) => Some(value),
            _ => None,
        },
        Operand::Const(_) => None,
    };
    match terminator {
        Terminator::Goto(next) => Next::Jump(*next),
        Terminator::Branch { condition, then, otherwise } => match value(*condition) {
            Some(0) => Next::Decided(*otherwise),
            Some(_) => Next::Decided(*then),
            None => Next::Open,
        },
        Terminator::Switch { value: operand, cases, default } => match value(*operand) {
            Some(value) => {
                let case = cases.iter().find(|&&(case, _)| case == value);
                Next::Decided(case.map_or(*default, |&(_, block)| block))
            }
            None => Next::Open,
        },
        Terminator::Return(_) | Terminator::Unreachable => Next::Open,
    }
}

/// The operation with what is known put in, if it may be passed.
fn pass(op: &Op, locals: &IndexVec<Local, LocalDecl>, known: &mut Known) -> Option<Op> {
    let may_pass = matches!(
        op.kind,
        OpKind::Copy { .. }
            | OpKind::Unary { .. }
            | OpKind::Binary { .. }
            | OpKind::Compare { .. }
            | OpKind::Convert { .. }
    );
    if !may_pass {
        return None;
    }
    let mut op = op.clone();
    op.kind.for_each_operand_mut(|operand| {
        if let Operand::Local(local) = *operand
            && let Some(&value) = known.get(&local)
        {
            *operand = Operand::Const(value);
        }
    });
    if let Some((dest, value)) = fold::evaluate(&op.kind, locals) {
        op.kind = OpKind::Copy { dest, value };
    }
    note(&op.kind, known);
    Some(op)
}

/// Takes note of what an operation assigns.
fn note(kind: &OpKind, known: &mut Known) {
    kind.for_each_dest(|dest| {
        known.remove(&dest);
    });
    if let OpKind::Copy { dest, value: Operand::Const(value) } = *kind {
        known.insert(dest, value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::after;
    use super::*;
    use crate::builder::{BodyBuilder, Unit, int, int_of};
    use crate::mir::{BinaryOp, CompareOp, FuncId, Scalar};
    use beskid_analysis::index::Id;

    fn threaded(unit: Unit) -> (String, Outcomes) {
        after(unit, |program, outcomes| {
            run(&mut program.functions[FuncId::from_index(0)], outcomes);
        })
    }

    /// `if x { tag = 0 } else { tag = 1 }; if tag == 0 { 10 } else { 20 }`
    #[test]
    fn who_knows_the_tag_goes_where_it_leads() {
        let mut unit = Unit::new();
        let mut body = BodyBuilder::new("f");
        let x = body.parameter(Scalar::I8, "x");
        body.returns(&[Scalar::I64]);
        let tag = body.variable(Scalar::I8, "tag");
        let (a, b, c, d, e) =
            (body.block(), body.block(), body.block(), body.block(), body.block());
        body.branch(x, a, b);
        for (block, value) in [(a, 0), (b, 1)] {
            body.go_to(block);
            body.copy(tag, int_of(Scalar::I8, value));
            body.goto(c);
        }
        body.go_to(c);
        let is_none = body.compare(CompareOp::Eq, tag, int_of(Scalar::I8, 0));
        body.branch(is_none, d, e);
        for (block, value) in [(d, 10), (e, 20)] {
            body.go_to(block);
            body.ends_in(&[int(value)]);
        }
        unit.add(body);
        let (text, outcomes) = threaded(unit);
        assert_eq!(outcomes.jumps_threaded, 2, "{text}");
    }

    /// A loop that is known to have a first round keeps its one entrance.
    #[test]
    fn the_beginning_of_a_loop_is_not_passed() {
        let mut unit = Unit::new();
        let mut body = BodyBuilder::new("f");
        body.returns(&[Scalar::I64]);
        let at = body.variable(Scalar::I64, "at");
        let (head, round, end) = (body.block(), body.block(), body.block());
        body.copy(at, int(0));
        body.goto(head);
        body.go_to(head);
        let goes_on = body.compare(CompareOp::SLt, at, int(10));
        body.branch(goes_on, round, end);
        body.go_to(round);
        let next = body.binary(BinaryOp::IAdd, at, int(1));
        body.copy(at, next);
        body.goto(head);
        body.go_to(end);
        body.ends_in(&[at.into()]);
        unit.add(body);
        let (text, outcomes) = threaded(unit);
        assert_eq!(outcomes.jumps_threaded, 0, "{text}");
    }
}
