//! Bounds checks that are proved: those of constants, those that a dominating check of the same index
//! implies, and those of a loop's counter below the loop's bound.
//!
//! A counter has two assignments, and the tests of an inverted loop around them:
//!
//! ```text
//!     i = 0                 start, not negative
//!     branch i < n  ──────► out
//!  ┌► header:               here 0 <= i < n
//!  │    c = i
//!  │    check_index c, n    proved
//!  │    …
//!  │  latch:
//!  │    i = i + 1           step: cannot wrap, since i < n
//!  └─ branch i < n ───────► out
//! ```
//!
//! *Invariants.* A check goes only if it cannot fail where it stands: the panic a program shows is the
//! same with and without the pass. Facts are about values, so only single-definition locals and
//! counters between their assignments take part.

use beskid_analysis::index::{Id, IndexVec};
use rustc_hash::FxHashMap;

use super::Outcomes;
use crate::mir::cfg::{Cfg, Loop};
use crate::mir::{
    BinaryOp, Block, Body, CompareOp, Const, Conversion, Local, LocalDecl, OpKind, Operand,
    Terminator,
};

/// Removes the checks that cannot fail.
pub(super) fn run(body: &mut Body, cfg: &Cfg, outcomes: &mut Outcomes) {
    let mut facts = Facts { body, cfg, definitions: definitions(body), counters: Vec::new() };
    facts.counters = find_counters(&facts);
    // Blocks in which a check of an index against a length stands.
    let mut held: FxHashMap<(Local, Length), Vec<Block>> = FxHashMap::default();
    let mut proved: IndexVec<Block, Vec<usize>> = body.blocks.iter().map(|_| Vec::new()).collect();
    for &block in &cfg.order {
        for (at, op) in body.blocks[block].ops.iter().enumerate() {
            let OpKind::CheckIndex { index, length, .. } = op.kind else { continue };
            let place = Place { block, op: at };
            let (index, length) = (facts.resolve(index), facts.resolve(length));
            if facts.is_constant_within(index, length)
                || facts.is_counter_within(index, length, place)
            {
                proved[block].push(at);
                continue;
            }
            let (Operand::Local(local), Some(length)) = (index, facts.length(length)) else {
                continue;
            };
            if body.locals[local].mutable {
                continue;
            }
            let earlier = held.entry((local, length)).or_default();
            if earlier.iter().any(|&by| cfg.dominates(by, block)) {
                proved[block].push(at);
            } else {
                earlier.push(block);
            }
        }
    }
    for (data, proved) in body.blocks.iter_mut().zip(&proved) {
        outcomes.checks_removed += proved.len();
        let (mut at, mut next) = (0, proved.iter().peekable());
        data.ops.retain(|_| {
            let goes = next.next_if(|&&proved| proved == at).is_some();
            at += 1;
            !goes
        });
    }
}

/// Where a single-definition local is assigned.
#[derive(Clone, Copy)]
pub(super) struct Definition {
    pub(super) block: Block,
    /// Index of the operation; `None` for a parameter.
    pub(super) op: Option<usize>,
}

/// The definitions of single-definition locals.
pub(super) fn definitions(body: &Body) -> IndexVec<Local, Option<Definition>> {
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

/// Whether a value is the same wherever it can be read.
pub(super) fn is_stable(value: Operand, locals: &IndexVec<Local, LocalDecl>) -> bool {
    match value {
        Operand::Const(_) => true,
        Operand::Local(local) => !locals[local].mutable,
    }
}

/// A length that can be compared for equality.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Length {
    Local(Local),
    Int(i64),
}

/// An operation of a body.
#[derive(Clone, Copy)]
struct Place {
    block: Block,
    op: usize,
}

/// How a loop's test compares.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Signed,
    Unsigned,
}

/// A counter: in `cycle`, up to its step, it is not negative and less than `bound`.
struct Counter<'a> {
    local: Local,
    bound: Operand,
    order: Order,
    cycle: &'a Loop,
    step: Place,
}

/// What is known of the values of one body.
struct Facts<'a> {
    body: &'a Body,
    cfg: &'a Cfg,
    definitions: IndexVec<Local, Option<Definition>>,
    counters: Vec<Counter<'a>>,
}

impl Facts<'_> {
    fn definition(&self, operand: Operand) -> Option<&OpKind> {
        let Operand::Local(local) = operand else { return None };
        let definition = self.definitions[local]?;
        Some(&self.body.blocks[definition.block].ops[definition.op?].kind)
    }

    /// The value behind copies of single-definition locals.
    fn resolve(&self, mut operand: Operand) -> Operand {
        while let Some(&OpKind::Copy { value, .. }) = self.definition(operand)
            && is_stable(value, &self.body.locals)
        {
            operand = value;
        }
        operand
    }

    fn length(&self, length: Operand) -> Option<Length> {
        match length {
            Operand::Local(local) if !self.body.locals[local].mutable => Some(Length::Local(local)),
            Operand::Const(Const::Int(_, value)) => Some(Length::Int(value)),
            _ => None,
        }
    }

    fn is_constant_within(&self, index: Operand, length: Operand) -> bool {
        match (index, length) {
            (Operand::Const(Const::Int(_, index)), Operand::Const(Const::Int(_, length))) => {
                0 <= index && index < length
            }
            _ => false,
        }
    }

    /// Whether an index that is read at `place` is a counter's value before its step, widened or not,
    /// and the counter's bound is at most the length.
    fn is_counter_within(&self, index: Operand, length: Operand, place: Place) -> bool {
        let (mut value, mut place) = (index, place);
        let mut widened = None;
        loop {
            let Operand::Local(local) = value else { return false };
            if self.body.locals[local].mutable {
                return self.counters.iter().any(|counter| {
                    counter.local == local
                        && widened.is_none_or(|by| counter.order.survives(by))
                        && self.is_before_step(counter, place)
                        && self.is_at_most(counter, length)
                });
            }
            let Some(definition) = self.definitions[local] else { return false };
            let Some(op) = definition.op else { return false };
            place = Place { block: definition.block, op };
            value = match self.body.blocks[place.block].ops[place.op].kind {
                OpKind::Copy { value, .. } => value,
                OpKind::Convert {
                    conversion: by @ (Conversion::SignExtend | Conversion::ZeroExtend),
                    value,
                    ..
                } if widened.is_none() => {
                    widened = Some(by);
                    value
                }
                _ => return false,
            };
        }
    }

    /// Whether the counter has at `place` the value that the test let into the loop.
    fn is_before_step(&self, counter: &Counter<'_>, place: Place) -> bool {
        counter.cycle.contains(place.block)
            && (place.block != counter.step.block || place.op < counter.step.op)
    }

    /// Whether a counter's bound, an integer of any width, is at most the length.
    fn is_at_most(&self, counter: &Counter<'_>, length: Operand) -> bool {
        match (counter.bound, length) {
            (Operand::Local(bound), Operand::Local(length)) if bound == length => true,
            (Operand::Const(Const::Int(_, bound)), Operand::Const(Const::Int(_, length))) => {
                0 <= bound && bound <= length
            }
            // A length that was made from the bound: the array was allocated with it. (The reverse,
            // a bound made by truncating the length, may have lost bits.)
            _ => match self.definition(length) {
                Some(&OpKind::Convert { conversion, value, .. }) => {
                    let order = match conversion {
                        Conversion::SignExtend => Order::Signed,
                        Conversion::ZeroExtend => Order::Unsigned,
                        _ => return false,
                    };
                    counter.order == order && self.resolve(value) == counter.bound
                }
                _ => false,
            },
        }
    }
}

impl Order {
    /// Whether a counter below its bound in this order is the same number when it is widened so. A
    /// signed counter is not negative, so zeros are as good as its sign.
    fn survives(self, by: Conversion) -> bool {
        self == Self::Signed || by == Conversion::ZeroExtend
    }
}

/// Finds the counters of loops.
fn find_counters<'a>(facts: &Facts<'a>) -> Vec<Counter<'a>> {
    let body = facts.body;
    let mut assignments: IndexVec<Local, Vec<Place>> =
        body.locals.iter().map(|_| Vec::new()).collect();
    for &block in &facts.cfg.order {
        for (op, found) in body.blocks[block].ops.iter().enumerate() {
            found.kind.for_each_dest(|dest| {
                if body.locals[dest].mutable {
                    assignments[dest].push(Place { block, op });
                }
            });
        }
    }
    let mut is_parameter: IndexVec<Local, bool> = body.locals.iter().map(|_| false).collect();
    body.parameters.iter().for_each(|&parameter| is_parameter[parameter] = true);
    let counters = assignments.enumerate().filter_map(|(local, places)| match places[..] {
        [first, step] if !is_parameter[local] => find_counter(facts, local, first, step),
        _ => None,
    });
    counters.collect()
}

/// The counter that `local` is, if it has the shape that the module describes.
fn find_counter<'a>(
    facts: &Facts<'a>,
    local: Local,
    first: Place,
    step: Place,
) -> Option<Counter<'a>> {
    let (body, cfg) = (facts.body, facts.cfg);
    let OpKind::Copy { value: start, .. } = body.blocks[first.block].ops[first.op].kind else {
        return None;
    };
    if !grows_by_one(facts, step, local) {
        return None;
    }
    let test = test(facts, step.block, Some(step.op), local, None)?;
    let header = test.target;
    let index = cfg.loops.binary_search_by_key(&header, |cycle| cycle.header).ok()?;
    let cycle = &cfg.loops[index];
    // Out of the latch leads to the header or out of the loop, and nothing else leads back: so between
    // the header and the step there is no step.
    let is_latch = cycle.latches == [step.block] && !cycle.contains(test.other);
    let starts_low = match test.order {
        Order::Signed => matches!(start, Operand::Const(Const::Int(_, value)) if value >= 0),
        Order::Unsigned => true,
    };
    if !is_latch || !starts_low || cycle.contains(first.block) {
        return None;
    }
    let guards = cfg.predecessors[header].iter().filter(|&&from| from != step.block);
    let is_guarded = |&from: &Block| {
        // What the counter starts with is what it has at the end of the block that assigns it.
        let after = (from == first.block).then_some(first.op);
        let known = after.and(Some(start)).filter(|&start| is_stable(start, &body.locals));
        if known.is_some_and(|start| is_below(start, test.bound, test.order)) {
            return true;
        }
        let guard = self::test(facts, from, after, local, known);
        guard.is_some_and(|guard| {
            guard.target == header
                && guard.other != header
                && guard.order == test.order
                && guard.bound == test.bound
        })
    };
    (guards.into_iter().all(is_guarded) && is_stable(test.bound, &body.locals)).then_some(Counter {
        local,
        bound: test.bound,
        order: test.order,
        cycle,
        step,
    })
}

/// Whether both are constants and the first is less: the guard was folded away.
fn is_below(start: Operand, bound: Operand, order: Order) -> bool {
    match (start, bound) {
        (Operand::Const(Const::Int(_, start)), Operand::Const(Const::Int(_, bound))) => match order
        {
            Order::Signed => start < bound,
            // Sign-extended numbers of one width are in the order of their bits.
            Order::Unsigned => (start as u64) < bound as u64,
        },
        _ => false,
    }
}

/// `counter = counter + 1`, directly or through one single-definition local of the same block. A larger
/// step might wrap around.
fn grows_by_one(facts: &Facts<'_>, step: Place, counter: Local) -> bool {
    let ops = &facts.body.blocks[step.block].ops;
    // Where a value is read, and what of it must be the counter.
    let read_here = |operand: Operand, at: usize| match operand {
        Operand::Local(local) if local == counter => Some(at),
        Operand::Local(local) => {
            let definition = facts.definitions[local]?;
            (definition.block == step.block).then_some(definition.op?)
        }
        Operand::Const(_) => None,
    };
    let mut kind = &ops[step.op].kind;
    let mut at = step.op;
    if let OpKind::Copy { value, .. } = *kind {
        let Some(op) = read_here(value, at) else { return false };
        (kind, at) = (&ops[op].kind, op);
    }
    let OpKind::Binary { op: BinaryOp::IAdd, left, right, .. } = *kind else { return false };
    let other = match (left, right) {
        (other, Operand::Const(Const::Int(_, 1))) | (Operand::Const(Const::Int(_, 1)), other) => {
            other
        }
        _ => return false,
    };
    if other == Operand::Local(counter) {
        return at <= step.op;
    }
    // A copy of the counter, taken anywhere in this round: it has not changed since.
    let is_copy = |kind: &OpKind| matches!(kind, OpKind::Copy { value: Operand::Local(local), .. } if *local == counter);
    facts.definition(other).is_some_and(is_copy)
        && read_here(other, at).is_some_and(|op| op < step.op)
}

/// A branch on `counter < bound`.
struct Test {
    bound: Operand,
    order: Order,
    /// Where it leads if that holds.
    target: Block,
    /// Where it leads otherwise.
    other: Block,
}

/// The test that a block ends in. The comparison stands in the block behind the operation `after`, and
/// reads the counter, the value that `after` has just assigned to it, or the `known` value it has.
fn test(
    facts: &Facts<'_>,
    block: Block,
    after: Option<usize>,
    counter: Local,
    known: Option<Operand>,
) -> Option<Test> {
    let data = &facts.body.blocks[block];
    let Terminator::Branch { condition: Operand::Local(condition), then, otherwise } =
        data.terminator
    else {
        return None;
    };
    let definition = facts.definitions[condition]?;
    let OpKind::Compare { op, left, right, .. } =
        facts.body.blocks[definition.block].ops[definition.op?].kind
    else {
        return None;
    };
    let order = match op {
        CompareOp::SLt => Order::Signed,
        CompareOp::ULt => Order::Unsigned,
        _ => return None,
    };
    let is_known = known.is_some_and(|known| left == known);
    let reads_counter = left == Operand::Local(counter)
        && definition.block == block
        && after.is_none_or(|after| definition.op.is_some_and(|op| op > after));
    let is_new_value = after.is_some_and(|after| {
        is_stable(left, &facts.body.locals)
            && data.ops[after].kind == OpKind::Copy { dest: counter, value: left }
    });
    let bound = facts.resolve(right);
    (is_known || reads_counter || is_new_value).then_some(Test {
        bound,
        order,
        target: then,
        other: otherwise,
    })
}
