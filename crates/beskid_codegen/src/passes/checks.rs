//! Bounds checks: lengths read once, checks proved once.
//!
//! An array's length never changes, so every `array_len` of one single-definition reference may be
//! served by one read where the reference is defined; that makes equal lengths equal operands. Then a
//! check that a dominating one implies, or that the guard of a `range` loop implies, goes.
//!
//! *Invariants.* A check goes only if it cannot fail where it stands: the panic a program shows is
//! the same with and without the pass.

use beskid_analysis::index::{Id, IndexVec};
use rustc_hash::FxHashMap;

use super::Outcomes;
use crate::mir::cfg::Cfg;
use crate::mir::{
    BinaryOp, Block, Body, CompareOp, Const, Conversion, Local, LocalDecl, Op, OpKind, Operand,
    Scalar, Terminator,
};

/// Improves one body.
pub(super) fn run(body: &mut Body, outcomes: &mut Outcomes) {
    let cfg = Cfg::new(body);
    share_lengths(body, &cfg, outcomes);
    let cfg = Cfg::new(body);
    remove_checks(body, &cfg, outcomes);
}

/// Where a single-definition local is assigned.
#[derive(Clone, Copy)]
struct Definition {
    block: Block,
    /// Index of the operation; `None` for a parameter.
    op: Option<usize>,
}

fn definitions(body: &Body) -> IndexVec<Local, Option<Definition>> {
    let mut found: IndexVec<Local, Option<Definition>> = body.locals.iter().map(|_| None).collect();
    let entry = Block::from_index(0);
    for &parameter in &body.parameters {
        found[parameter] = Some(Definition { block: entry, op: None });
    }
    for (block, data) in body.blocks.enumerate() {
        for (index, op) in data.ops.iter().enumerate() {
            op.kind.for_each_dest(|dest| found[dest] = Some(Definition { block, op: Some(index) }));
        }
    }
    for (local, decl) in body.locals.enumerate() {
        if decl.mutable {
            found[local] = None;
        }
    }
    found
}

/// Reads the length of an array once, right after its definition, if it is read in a deeper loop or
/// more than once.
fn share_lengths(body: &mut Body, cfg: &Cfg, outcomes: &mut Outcomes) {
    let definitions = definitions(body);
    let mut reads: FxHashMap<Local, (u32, bool)> = FxHashMap::default();
    let mut arrays = Vec::new();
    for &block in &cfg.order {
        for op in &body.blocks[block].ops {
            if let OpKind::ArrayLen { array: Operand::Local(array), .. } = op.kind
                && let Some(definition) = definitions[array]
            {
                let entry = reads.entry(array).or_insert_with(|| {
                    arrays.push(array);
                    (0, false)
                });
                entry.0 += 1;
                entry.1 |= cfg.loop_depth[block] > cfg.loop_depth[definition.block];
            }
        }
    }
    let mut lengths: FxHashMap<Local, Operand> = FxHashMap::default();
    let mut insertions: Vec<(Definition, Op)> = Vec::new();
    for array in arrays {
        let (count, deeper) = reads[&array];
        let Some(definition) = definitions[array] else { continue };
        if count < 2 && !deeper {
            continue;
        }
        let source = definition.op.map(|index| &body.blocks[definition.block].ops[index]);
        if let Some(Op { kind: OpKind::AllocArray { length, .. }, .. }) = source
            && is_stable(*length, &body.locals)
        {
            lengths.insert(array, *length);
            continue;
        }
        let position = source.map_or(body.position, |op| op.position);
        let dest = body.locals.push(LocalDecl { scalar: Scalar::I64, mutable: false, name: None });
        lengths.insert(array, Operand::Local(dest));
        let kind = OpKind::ArrayLen { dest, array: Operand::Local(array) };
        insertions.push((definition, Op { kind, position }));
    }
    for data in body.blocks.iter_mut() {
        for op in &mut data.ops {
            if let OpKind::ArrayLen { dest, array: Operand::Local(array) } = op.kind
                && let Some(&value) = lengths.get(&array)
            {
                op.kind = OpKind::Copy { dest, value };
                outcomes.lengths_shared += 1;
            }
        }
    }
    // From the back, so that earlier indices stay true.
    insertions.sort_by_key(|(definition, _)| {
        std::cmp::Reverse((definition.block, definition.op.map_or(0, |op| op + 1)))
    });
    for (definition, op) in insertions {
        body.blocks[definition.block].ops.insert(definition.op.map_or(0, |op| op + 1), op);
    }
}

fn is_stable(value: Operand, locals: &IndexVec<Local, LocalDecl>) -> bool {
    match value {
        Operand::Const(_) => true,
        Operand::Local(local) => !locals[local].mutable,
    }
}

/// What is known of the values of one body.
struct Facts<'a> {
    body: &'a Body,
    definitions: IndexVec<Local, Option<Definition>>,
    inductions: Vec<Induction>,
}

/// A counter of a loop: starts at a value that is not negative, grows by 1, and is less than
/// `bound` wherever `body` dominates, up to its increment.
struct Induction {
    counter: Local,
    bound: Operand,
    body: Block,
    /// Where it is incremented.
    latch: Block,
    /// The operation that does it.
    step: usize,
}

/// Removes the checks that cannot fail.
fn remove_checks(body: &mut Body, cfg: &Cfg, outcomes: &mut Outcomes) {
    let removed = {
        let mut facts = Facts { body, definitions: definitions(body), inductions: Vec::new() };
        facts.inductions = find_inductions(&facts, cfg);
        // The checks that hold on entry of a block: those of the blocks that dominate it.
        let mut held: FxHashMap<(Local, OperandKey), Vec<Block>> = FxHashMap::default();
        let mut removed: Vec<(Block, usize)> = Vec::new();
        for &block in &cfg.order {
            for (index, op) in facts.body.blocks[block].ops.iter().enumerate() {
                let OpKind::CheckIndex { index: checked, length, .. } = op.kind else { continue };
                let (checked, length) = (facts.resolve(checked), facts.resolve(length));
                if facts.is_constant_within(checked, length)
                    || facts.is_counter_within(checked, length, cfg)
                {
                    removed.push((block, index));
                    continue;
                }
                let Operand::Local(local) = checked else { continue };
                if facts.definitions[local].is_none() {
                    continue;
                }
                let blocks = held.entry((local, key(length))).or_default();
                if blocks.iter().any(|&earlier| earlier == block || cfg.dominates(earlier, block)) {
                    removed.push((block, index));
                } else {
                    blocks.push(block);
                }
            }
        }
        removed
    };
    outcomes.checks_removed += removed.len();
    for (block, index) in removed.into_iter().rev() {
        body.blocks[block].ops.remove(index);
    }
}

/// An operand as a key of a table.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum OperandKey {
    Local(Local),
    Int(i64),
    Other,
}

fn key(operand: Operand) -> OperandKey {
    match operand {
        Operand::Local(local) => OperandKey::Local(local),
        Operand::Const(Const::Int(_, value)) => OperandKey::Int(value),
        Operand::Const(_) => OperandKey::Other,
    }
}

impl Facts<'_> {
    fn definition(&self, operand: Operand) -> Option<&OpKind> {
        let Operand::Local(local) = operand else { return None };
        let definition = self.definitions[local]?;
        Some(&self.body.blocks[definition.block].ops[definition.op?].kind)
    }

    /// The value behind copies of single-definition locals.
    fn resolve(&self, mut operand: Operand) -> Operand {
        while let Some(&OpKind::Copy { value, .. }) = self.definition(operand) {
            if !is_stable(value, &self.body.locals) {
                break;
            }
            operand = value;
        }
        operand
    }

    fn is_constant_within(&self, index: Operand, length: Operand) -> bool {
        match (index, length) {
            (Operand::Const(Const::Int(_, index)), Operand::Const(Const::Int(_, length))) => {
                0 <= index && index < length
            }
            _ => false,
        }
    }

    /// Whether the index is a copy of a loop's counter, taken in the loop's body before the increment,
    /// and the loop's bound is the length.
    fn is_counter_within(&self, index: Operand, length: Operand, cfg: &Cfg) -> bool {
        let mut index = index;
        loop {
            match self.definition(index) {
                Some(&OpKind::Convert {
                    conversion: Conversion::SignExtend | Conversion::ZeroExtend,
                    value,
                    ..
                }) if is_stable(value, &self.body.locals) => index = self.resolve(value),
                Some(&OpKind::Copy { value: Operand::Local(counter), .. }) => {
                    let Operand::Local(copy) = index else { return false };
                    let Some(definition) = self.definitions[copy] else { return false };
                    return self.inductions.iter().any(|induction| {
                        induction.counter == counter
                            && cfg.dominates(induction.body, definition.block)
                            && (definition.block != induction.latch
                                || definition.op.is_some_and(|op| op < induction.step))
                            && self.is_at_most(induction.bound, length)
                    });
                }
                _ => return false,
            }
        }
    }

    /// Whether a loop's bound, an integer of any width, is at most the length.
    fn is_at_most(&self, bound: Operand, length: Operand) -> bool {
        let bound = self.resolve(bound);
        match (bound, length) {
            (Operand::Local(bound), Operand::Local(length)) if bound == length => true,
            (Operand::Const(Const::Int(_, bound)), Operand::Const(Const::Int(_, length))) => {
                bound <= length
            }
            _ => match (self.definition(bound), self.definition(length)) {
                // `cast<i32>(a.Len())`: a positive result of the truncation is at most the length only
                // if nothing was cut off, which is not known; but a length made from the bound is it.
                (_, Some(&OpKind::Convert { conversion: Conversion::SignExtend, value, .. })) => {
                    self.resolve(value) == bound
                }
                _ => false,
            },
        }
    }
}

/// Finds counters of the shape that `range` loops are built in: one assignment before the loop, one
/// addition of 1 in the latch (a larger step might wrap around), and the test `counter < bound` both in front of the
/// loop's body and behind the increment.
fn find_inductions(facts: &Facts<'_>, cfg: &Cfg) -> Vec<Induction> {
    let body = facts.body;
    let mut assignments: IndexVec<Local, Vec<(Block, usize)>> =
        body.locals.iter().map(|_| Vec::new()).collect();
    for &block in &cfg.order {
        for (index, op) in body.blocks[block].ops.iter().enumerate() {
            op.kind.for_each_dest(|dest| {
                if body.locals[dest].mutable {
                    assignments[dest].push((block, index));
                }
            });
        }
    }
    let mut inductions = Vec::new();
    for (counter, places) in assignments.enumerate() {
        let &[(first, initial), (latch, step)] = places.as_slice() else { continue };
        if body.parameters.contains(&counter) || cfg.dominates(latch, first) {
            continue;
        }
        let OpKind::Copy { value: start, .. } = body.blocks[first].ops[initial].kind else {
            continue;
        };
        let starts_low = matches!(start, Operand::Const(Const::Int(_, value)) if value >= 0);
        if !starts_low || !grows(facts, &body.blocks[latch].ops[step].kind, counter) {
            continue;
        }
        // The body: the block that the tests lead to.
        let Some((bound, header)) = test(facts, latch, Some(step), counter, None) else { continue };
        let guarded = cfg.predecessors[header].iter().all(|&from| {
            let after = (from == first).then_some(initial);
            from == latch
                || cfg.dominates(first, from)
                    && !cfg.dominates(header, from)
                    && (is_below(start, facts.resolve(bound))
                        || test(facts, from, after, counter, Some(start)).is_some_and(
                            |(other, to)| {
                                to == header && facts.resolve(other) == facts.resolve(bound)
                            },
                        ))
        });
        if guarded && cfg.dominates(header, latch) && is_stable(bound, &body.locals) {
            inductions.push(Induction { counter, bound, body: header, latch, step });
        }
    }
    inductions
}

/// Whether both are constants and the first is less: the guard was folded away.
fn is_below(start: Operand, bound: Operand) -> bool {
    match (start, bound) {
        (Operand::Const(Const::Int(_, start)), Operand::Const(Const::Int(_, bound))) => {
            start < bound
        }
        _ => false,
    }
}

/// `counter = counter + 1`, directly or through one single-definition local.
fn grows(facts: &Facts<'_>, kind: &OpKind, counter: Local) -> bool {
    match *kind {
        OpKind::Binary {
            op: BinaryOp::IAdd,
            left,
            right: Operand::Const(Const::Int(_, step)),
            ..
        } => {
            step == 1
                && (left == Operand::Local(counter)
                    || matches!(facts.definition(left), Some(&OpKind::Copy { value, .. }) if value == Operand::Local(counter)))
        }
        OpKind::Copy { value, .. } => facts.definition(value).is_some_and(|kind| {
            matches!(kind, OpKind::Binary { .. }) && grows(facts, kind, counter)
        }),
        _ => false,
    }
}

/// The bound and the target of a block that ends in `branch counter < bound, target, …`, signed,
/// where the comparison stands in the block behind the operation `after`. The counter may be tested
/// through the value just assigned to it, or as the `start` it has.
fn test(
    facts: &Facts<'_>,
    block: Block,
    after: Option<usize>,
    counter: Local,
    start: Option<Operand>,
) -> Option<(Operand, Block)> {
    let data = &facts.body.blocks[block];
    let Terminator::Branch { condition: Operand::Local(condition), then, .. } = data.terminator
    else {
        return None;
    };
    let definition = facts.definitions[condition]?;
    let &OpKind::Compare { op: CompareOp::SLt, left, right, .. } =
        facts.definition(Operand::Local(condition))?
    else {
        return None;
    };
    let is_start = start.is_some_and(|start| left == start);
    let reads_counter = left == Operand::Local(counter)
        && definition.block == block
        && after.is_none_or(|after| definition.op.is_some_and(|op| op > after));
    let is_new_value = after.is_some_and(|after| {
        matches!(data.ops[after].kind, OpKind::Copy { dest, value } if dest == counter && value == left)
    });
    (is_start || reads_counter || is_new_value).then_some((right, then))
}
