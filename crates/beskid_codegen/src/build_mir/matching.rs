//! `match` as a decision tree.
//!
//! The arms are rows of tests. The first test of the first row decides what is asked next; the rows
//! that can still match go on in each answer. A variant is asked for once for all rows, by a jump table;
//! so are values, in their ways ([`match_values`](super::match_values)).
//!
//! A tree can be exponential in the size of the patterns. Where it has grown out of proportion, the rest
//! is left to the chain of [`pattern_chain`](super::pattern_chain), which asks anew, arm after arm.
//!
//! *Invariants.* On one path nothing is tested twice, the chain aside, and no guard is asked twice for
//! one alternative. Rows keep their order, and a guard is asked where its row is the first one left. The
//! body of an arm is lowered once, whatever number of paths leads there; its bindings are locals that
//! each path assigns.

use std::collections::BTreeMap;
use std::rc::Rc;

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::hir::{Arm, Constant, ExprId, LocalId, Pattern};
use beskid_analysis::types::Ty;
use rustc_hash::FxHashMap;

use super::function::{FunctionCx, Locals, Value};
use crate::mir::{Block, Operand};

/// Steps that every tree may have, and those that come with each test in the patterns.
const STEPS: usize = 64;
const STEPS_A_TEST: usize = 4;
/// Many rows make a step count for more.
const ROWS_A_STEP: usize = 8;

/// A value that patterns look at.
#[derive(Debug)]
pub(super) struct Subject {
    /// Tells subjects apart.
    pub(super) id: usize,
    pub(super) value: Value,
    pub(super) ty: Ty,
}

/// What a row asks of a subject.
#[derive(Clone, Debug)]
pub(super) struct Test<'h> {
    pub(super) subject: Rc<Subject>,
    pub(super) pattern: &'h Pattern,
}

/// An arm, as far as it is not decided.
#[derive(Clone, Debug)]
pub(super) struct Row<'h> {
    arm: usize,
    pub(super) tests: Vec<Test<'h>>,
    bindings: Vec<(LocalId, Rc<Subject>)>,
}

/// The `match` that is lowered.
pub(super) struct MatchCx<'h> {
    pub(super) arms: &'h [Arm],
    /// The matched value.
    pub(super) root: Rc<Subject>,
    /// Where the body of each arm begins, once something leads there.
    bodies: Vec<Option<Block>>,
    /// Where the chain asks for each arm, and behind all of them, once something leads there.
    chain: Vec<Option<Block>>,
    /// How many paths assign each binding.
    assigned: BTreeMap<LocalId, usize>,
    subjects: usize,
    /// Steps that the tree may still have.
    steps: usize,
}

impl<'h> MatchCx<'h> {
    fn new(arms: &'h [Arm], value: Value, ty: Ty) -> Self {
        let tests: usize = arms.iter().map(|arm| tests_in(&arm.pattern)).sum();
        Self {
            arms,
            root: Rc::new(Subject { id: 0, value, ty }),
            bodies: vec![None; arms.len()],
            chain: vec![None; arms.len() + 1],
            assigned: BTreeMap::new(),
            subjects: 0,
            steps: STEPS + STEPS_A_TEST * tests,
        }
    }

    /// Rows in which nothing but the pattern of one value, variant or range is asked of a subject:
    /// alternatives become rows of their own.
    pub(super) fn split_all(&mut self, rows: Vec<Row<'h>>, subject: usize) -> Vec<Row<'h>> {
        let mut split = Vec::with_capacity(rows.len());
        let mut pending = rows;
        pending.reverse();
        while let Some(mut row) = pending.pop() {
            settle(&mut row);
            match row.test_of(subject) {
                Some((at, Pattern::Or(_))) => {
                    pending.extend(self.split(&row, at).into_iter().rev());
                }
                _ => split.push(row),
            }
        }
        split
    }

    /// A row for each alternative of a test.
    fn split(&mut self, row: &Row<'h>, at: usize) -> Vec<Row<'h>> {
        let Pattern::Or(alternatives) = row.tests[at].pattern else { return vec![row.clone()] };
        let mut rows = Vec::new();
        for pattern in alternatives {
            let mut row = row.clone();
            row.tests[at].pattern = pattern;
            let arm = row.arm;
            rows.push(row);
            if *pattern == Pattern::Wildcard && self.arms[arm].guard.is_none() {
                // Nothing is left for the others.
                break;
            }
        }
        rows
    }

    fn subject(&mut self, value: Value, ty: Ty) -> Rc<Subject> {
        self.subjects += 1;
        Rc::new(Subject { id: self.subjects, value, ty })
    }
}

impl FunctionCx<'_, '_> {
    pub(super) fn match_expr(&mut self, scrutinee: ExprId, arms: &[Arm], ty: Ty) -> Value {
        let matched = self.ty(scrutinee);
        let value = self.expr(scrutinee);
        if !self.is_reachable() {
            return Value::new();
        }
        let shape = self.shape(ty);
        let results = self.variables(&shape);
        let mut cx = MatchCx::new(arms, value, matched);
        let subject = Rc::clone(&cx.root);
        let rows = arms.iter().enumerate().map(|(arm, source)| Row {
            arm,
            tests: vec![Test { subject: Rc::clone(&subject), pattern: &source.pattern }],
            bindings: Vec::new(),
        });
        let rows = rows.collect();
        self.decide(&mut cx, rows, None);
        for arm in 0..=arms.len() {
            if let Some(block) = cx.chain[arm] {
                self.begin(block);
                self.ask_arm(&mut cx, arm);
            }
        }
        for (&local, _) in cx.assigned.iter().filter(|&(_, &paths)| paths == 1) {
            self.assigned_once(local);
        }
        let after = self.new_block();
        for (index, arm) in arms.iter().enumerate() {
            if let Some(body) = cx.bodies[index] {
                self.arm(body, arm.body, &results, after);
            }
        }
        self.begin(after);
        results.iter().map(|&local| Operand::Local(local)).collect()
    }

    /// Decides between rows, from the current block on. `asked` is the arm whose guard was the last to be
    /// asked: it may have other alternatives.
    pub(super) fn decide<'h>(
        &mut self,
        cx: &mut MatchCx<'h>,
        mut rows: Vec<Row<'h>>,
        mut asked: Option<usize>,
    ) {
        loop {
            let cost = 1 + rows.len() / ROWS_A_STEP;
            let Some(first) = rows.first_mut() else {
                // The arms cover every value.
                return self.run_runtime(RuntimeFn::PanicUnreachable, Vec::new());
            };
            settle(first);
            let Some(test) = first.tests.first() else {
                let row = rows.remove(0);
                for (local, subject) in &row.bindings {
                    self.bind(cx, *local, &subject.value);
                }
                if cx.arms[row.arm].guard.is_none() {
                    return self.enter_arm(cx, row.arm, None);
                }
                let no = self.new_block();
                self.enter_arm(cx, row.arm, Some(no));
                self.begin(no);
                asked = Some(row.arm);
                continue;
            };
            if cx.steps == 0 && asked != Some(first.arm) {
                let next = self.chain_of(cx, first.arm);
                return self.goto(next);
            }
            cx.steps = cx.steps.saturating_sub(cost);
            if let Pattern::Or(_) = test.pattern {
                let row = rows.remove(0);
                rows.splice(0..0, cx.split(&row, 0));
                continue;
            }
            let test = test.clone();
            return match test.pattern {
                Pattern::Variant(..) => self.decide_variant(cx, &test.subject, rows, asked),
                Pattern::Type(..) => self.decide_type(cx, &test.subject, rows, asked),
                Pattern::Constant(Constant::Int(_) | Constant::Char(_) | Constant::Bool(_)) => {
                    self.decide_integer(cx, &test.subject, rows, asked);
                }
                Pattern::Range(..) => self.decide_range(cx, &test.subject, rows, asked),
                Pattern::Constant(Constant::String(_)) => {
                    self.decide_string(cx, &test, rows, asked);
                }
                _ => self.decide_one(cx, &test, rows, asked),
            };
        }
    }

    /// Assigns a binding.
    pub(super) fn bind(&mut self, cx: &mut MatchCx<'_>, local: LocalId, value: &Value) {
        let locals = self.pattern_binding(local);
        self.copy_all(&locals, value);
        *cx.assigned.entry(local).or_default() += 1;
    }

    /// Goes to an arm whose pattern matches; with a guard that does not hold, to `otherwise`.
    pub(super) fn enter_arm(&mut self, cx: &mut MatchCx<'_>, arm: usize, otherwise: Option<Block>) {
        let body = self.body_of(cx, arm);
        let (Some(guard), Some(otherwise)) = (cx.arms[arm].guard, otherwise) else {
            return self.goto(body);
        };
        self.condition(guard, body, otherwise);
    }

    /// Where the chain asks for an arm.
    pub(super) fn chain_of(&mut self, cx: &mut MatchCx<'_>, arm: usize) -> Block {
        *cx.chain[arm].get_or_insert_with(|| self.new_block())
    }

    fn body_of(&mut self, cx: &mut MatchCx<'_>, arm: usize) -> Block {
        *cx.bodies[arm].get_or_insert_with(|| self.new_block())
    }

    /// The locals of a pattern's name, which every path to its arm assigns.
    fn pattern_binding(&mut self, local: LocalId) -> Locals {
        let locals = self.binding(local);
        if locals.is_empty() { self.declare_variable(local) } else { locals }
    }

    fn decide_variant<'h>(
        &mut self,
        cx: &mut MatchCx<'h>,
        subject: &Rc<Subject>,
        rows: Vec<Row<'h>>,
        asked: Option<usize>,
    ) {
        let rows = cx.split_all(rows, subject.id);
        let groups = group(&rows, subject.id, |pattern| match pattern {
            Pattern::Variant(variant, _) => Some(*variant),
            _ => None,
        });
        let cases: Vec<(usize, Block)> =
            groups.order.iter().map(|&variant| (variant, self.new_block())).collect();
        let layout = self.program.layouts.enumeration(subject.ty);
        let is_complete = cases.len() == layout.payloads.len();
        let default = if is_complete { cases[0].1 } else { self.new_block() };
        self.switch_variant(&subject.value, subject.ty, &cases, default);
        for &(variant, block) in &cases {
            self.begin(block);
            let mut payload: Vec<Option<Rc<Subject>>> = vec![None; layout.payloads[variant].len()];
            let mut kept = Vec::new();
            for &index in &groups.of(&variant) {
                let mut row = rows[index].clone();
                if let Some((at, Pattern::Variant(_, inner))) = row.test_of(subject.id) {
                    row.tests.remove(at);
                    for (index, pattern) in inner.iter().enumerate() {
                        if *pattern == Pattern::Wildcard {
                            continue;
                        }
                        let subject = match &payload[index] {
                            Some(known) => Rc::clone(known),
                            None => {
                                let value =
                                    self.payload(&subject.value, subject.ty, variant, index);
                                let known = cx.subject(value, layout.payloads[variant][index]);
                                payload[index] = Some(Rc::clone(&known));
                                known
                            }
                        };
                        row.tests.push(Test { subject, pattern });
                    }
                }
                kept.push(row);
            }
            self.decide(cx, kept, asked);
        }
        if !is_complete {
            self.begin(default);
            self.decide(cx, groups.rest_of(&rows), asked);
        }
    }
}

impl FunctionCx<'_, '_> {
    /// Asks for the type behind a contract value, one after the other.
    fn decide_type<'h>(
        &mut self,
        cx: &mut MatchCx<'h>,
        subject: &Rc<Subject>,
        rows: Vec<Row<'h>>,
        asked: Option<usize>,
    ) {
        let rows = cx.split_all(rows, subject.id);
        let groups = group(&rows, subject.id, |pattern| match pattern {
            Pattern::Type(ty, _) => Some(*ty),
            _ => None,
        });
        let tag = self.tag_behind(&subject.value);
        for &named in &groups.order {
            let ty = self.concrete(named);
            let (yes, no) = (self.new_block(), self.new_block());
            let is_it = self.is_behind(tag, ty);
            self.branch(is_it, yes, no);
            self.begin(yes);
            let value = self.behind(&subject.value, ty);
            let inner = cx.subject(value, ty);
            let mut kept = Vec::new();
            for &index in &groups.of(&named) {
                let mut row = rows[index].clone();
                if let Some((at, Pattern::Type(_, pattern))) = row.test_of(subject.id) {
                    row.tests.remove(at);
                    row.tests.push(Test { subject: Rc::clone(&inner), pattern });
                }
                kept.push(row);
            }
            self.decide(cx, kept, asked);
            self.begin(no);
        }
        self.decide(cx, groups.rest_of(&rows), asked);
    }
}

impl<'h> Row<'h> {
    /// The place of the test of a subject, and what it asks.
    pub(super) fn test_of(&self, subject: usize) -> Option<(usize, &'h Pattern)> {
        let at = self.tests.iter().position(|test| test.subject.id == subject)?;
        Some((at, self.tests[at].pattern))
    }

    /// The row where the test of a subject holds.
    pub(super) fn without(&self, subject: usize) -> Self {
        let mut row = self.clone();
        row.tests.retain(|test| test.subject.id != subject);
        row
    }
}

/// Takes away what needs no test: names are bound, wildcards dropped.
fn settle(row: &mut Row<'_>) {
    let tests = std::mem::take(&mut row.tests);
    for test in tests {
        match test.pattern {
            Pattern::Wildcard => {}
            Pattern::Bind(local) => row.bindings.push((*local, test.subject)),
            _ => row.tests.push(test),
        }
    }
}

/// Rows by what they ask of a subject.
pub(super) struct Groups<K> {
    keyed: FxHashMap<K, Vec<usize>>,
    /// The keys as the rows first ask for them.
    pub(super) order: Vec<K>,
    /// Rows that ask for no key, in order: they belong to every group.
    pub(super) rest: Vec<usize>,
}

impl<K: std::hash::Hash + Eq> Groups<K> {
    /// The rows that can match where the subject has a key, in order.
    pub(super) fn of(&self, key: &K) -> Vec<usize> {
        let mut rows = self.rest.clone();
        rows.extend(self.keyed.get(key).into_iter().flatten());
        rows.sort_unstable();
        rows
    }

    /// The rows that can match where the subject has none of the keys.
    pub(super) fn rest_of<'h>(&self, rows: &[Row<'h>]) -> Vec<Row<'h>> {
        self.rest.iter().map(|&index| rows[index].clone()).collect()
    }
}

pub(super) fn group<K: std::hash::Hash + Eq + Copy>(
    rows: &[Row<'_>],
    subject: usize,
    key: impl Fn(&Pattern) -> Option<K>,
) -> Groups<K> {
    let mut groups = Groups { keyed: FxHashMap::default(), order: Vec::new(), rest: Vec::new() };
    for (index, row) in rows.iter().enumerate() {
        match row.test_of(subject).and_then(|(_, pattern)| key(pattern)) {
            Some(key) => {
                let group = groups.keyed.entry(key).or_insert_with(Vec::new);
                if group.is_empty() {
                    groups.order.push(key);
                }
                group.push(index);
            }
            None => groups.rest.push(index),
        }
    }
    groups
}

/// How many values, ranges and variants a pattern asks for.
fn tests_in(pattern: &Pattern) -> usize {
    match pattern {
        Pattern::Wildcard | Pattern::Bind(_) => 0,
        Pattern::Constant(_) | Pattern::Range(..) => 1,
        Pattern::Type(_, inner) => 1 + tests_in(inner),
        Pattern::Variant(_, inner) => 1 + inner.iter().map(tests_in).sum::<usize>(),
        Pattern::Or(alternatives) => alternatives.iter().map(tests_in).sum(),
    }
}
