//! What a decision tree asks of numbers, chars, `bool`s and strings.
//!
//! ```text
//! integers   a jump table
//! ranges     a binary search over the places where something changes:   | a  b | c |  d | …
//! strings    a jump table over lengths; many of one length by a binary search
//! floats     one after the other
//! ```
//!
//! *Invariants.* Rows keep their order in every group. Where several answers leave the same rows, they
//! lead to one block.

use std::collections::BTreeSet;
use std::rc::Rc;

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::hir::{Constant, Pattern};
use beskid_analysis::types::Ty;
use rustc_hash::FxHashMap;

use super::function::{FunctionCx, int};
use super::matching::{MatchCx, Row, Subject, Test, group};
use crate::mir::{BinaryOp, Block, CompareOp, OpKind, Operand, Scalar, Terminator};

/// So many strings are worth a jump table over their lengths.
const MANY_STRINGS: usize = 4;
/// So many strings of one length are worth a binary search.
const MANY_OF_A_LENGTH: usize = 8;

/// The last char as a number.
const MAX_CHAR: i128 = char::MAX as i128;

/// A jump table over something that strings have.
struct StringSwitch {
    value: Operand,
    keys: Vec<i64>,
    /// The key of strings that have none of `keys`, if any string of a pattern has it.
    default: Option<i64>,
}

impl FunctionCx<'_, '_> {
    /// Asks for an integer by a jump table.
    pub(super) fn decide_integer<'h>(
        &mut self,
        cx: &mut MatchCx<'h>,
        subject: &Rc<Subject>,
        rows: Vec<Row<'h>>,
        asked: Option<usize>,
    ) {
        let rows = cx.split_all(rows, subject.id);
        let groups = group(&rows, subject.id, |pattern| match pattern {
            Pattern::Constant(constant) => number(constant),
            _ => None,
        });
        let value = subject.value[0];
        let scalar = self.scalar(value);
        let bits = |number: i128| bits(scalar, number);
        let cases: Vec<(i128, Block)> =
            groups.order.iter().map(|&number| (number, self.new_block())).collect();
        let is_complete = subject.ty == Ty::BOOL && cases.len() == 2;
        let default = if is_complete { cases[1].1 } else { self.new_block() };
        match cases.as_slice() {
            &[(number, block)] => {
                let is_it = self.compare(CompareOp::Eq, value, int(scalar, bits(number)));
                self.branch(is_it, block, default);
            }
            cases => {
                let last = cases.len() - usize::from(is_complete);
                let cases =
                    cases[..last].iter().map(|&(number, block)| (bits(number), block)).collect();
                self.terminate(Terminator::Switch { value, cases, default });
            }
        }
        for &(key, block) in &cases {
            self.begin(block);
            let mut kept = Vec::new();
            for &index in &groups.of(&key) {
                let mut row = rows[index].clone();
                match row.test_of(subject.id) {
                    Some((at, Pattern::Constant(_))) => {
                        row.tests.remove(at);
                    }
                    Some((at, Pattern::Range(low, high))) => {
                        if number(low) > Some(key) || number(high) < Some(key) {
                            continue;
                        }
                        row.tests.remove(at);
                    }
                    _ => {}
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

    /// Asks where an integer or char lies among the ranges that rows ask for.
    pub(super) fn decide_range<'h>(
        &mut self,
        cx: &mut MatchCx<'h>,
        subject: &Rc<Subject>,
        rows: Vec<Row<'h>>,
        asked: Option<usize>,
    ) {
        let rows = cx.split_all(rows, subject.id);
        let (least, most) = self.bounds(subject.ty);
        let asks = |row: &Row<'h>| row.test_of(subject.id).and_then(|(_, pattern)| range(pattern));
        let mut starts = BTreeSet::from([least]);
        for (low, high) in rows.iter().filter_map(asks) {
            starts.insert(low);
            if high < most {
                starts.insert(high + 1);
            }
        }
        let starts: Vec<i128> = starts.into_iter().collect();
        let place = |number: i128| starts.partition_point(|&start| start <= number) - 1;
        // The rows that go on in each part between two starts.
        let mut parts: Vec<Vec<usize>> = vec![Vec::new(); starts.len()];
        for (index, row) in rows.iter().enumerate() {
            let (low, high) = asks(row).unwrap_or((least, most));
            if low <= high {
                parts[place(low)..=place(high)].iter_mut().for_each(|part| part.push(index));
            }
        }
        let mut blocks: FxHashMap<&[usize], Block> = FxHashMap::default();
        let mut order: Vec<(&[usize], Block)> = Vec::new();
        let mut intervals: Vec<(i128, Block)> = Vec::new();
        for (&start, part) in starts.iter().zip(&parts) {
            let block = *blocks.entry(part).or_insert_with(|| {
                let block = self.new_block();
                order.push((part, block));
                block
            });
            if intervals.last().is_none_or(|last| last.1 != block) {
                intervals.push((start, block));
            }
        }
        let below = if least < 0 { CompareOp::SLt } else { CompareOp::ULt };
        self.search(subject.value[0], below, &intervals);
        for (part, block) in order {
            self.begin(block);
            let kept = part.iter().map(|&index| rows[index].without(subject.id)).collect();
            self.decide(cx, kept, asked);
        }
    }

    /// Goes to the block of the interval that holds a value; each begins at a number and ends before the
    /// next.
    fn search(&mut self, value: Operand, below: CompareOp, intervals: &[(i128, Block)]) {
        let scalar = self.scalar(value);
        match *intervals {
            [] => {}
            [(_, block)] => self.goto(block),
            [(_, outside), (start, inside), (end, other)] if outside == other => {
                // Numbers below the start are large ones without sign.
                let from_start =
                    self.binary(BinaryOp::ISub, value, int(scalar, bits(scalar, start)));
                let width = int(scalar, bits(scalar, end - start));
                let is_inside = self.compare(CompareOp::ULt, from_start, width);
                self.branch(is_inside, inside, outside);
            }
            _ => {
                let (low, high) = intervals.split_at(intervals.len() / 2);
                let mut block_of = |half: &[(i128, Block)]| match *half {
                    [(_, block)] => block,
                    _ => self.new_block(),
                };
                let (if_low, if_high) = (block_of(low), block_of(high));
                let middle = int(scalar, bits(scalar, high[0].0));
                let is_low = self.compare(below, value, middle);
                self.branch(is_low, if_low, if_high);
                for (half, block) in [(low, if_low), (high, if_high)] {
                    if half.len() > 1 {
                        self.begin(block);
                        self.search(value, below, half);
                    }
                }
            }
        }
    }

    /// The least and the largest value of an integer type or `char`.
    fn bounds(&self, ty: Ty) -> (i128, i128) {
        match self.program.layouts.types.as_int(ty) {
            Some(kind) => (kind.min(), kind.max()),
            None => (0, MAX_CHAR),
        }
    }

    /// Asks for the length of a string, then for its order among many, then for one after the other.
    pub(super) fn decide_string<'h>(
        &mut self,
        cx: &mut MatchCx<'h>,
        test: &Test<'h>,
        rows: Vec<Row<'h>>,
        asked: Option<usize>,
    ) {
        let subject = &test.subject;
        let rows = cx.split_all(rows, subject.id);
        let strings: BTreeSet<&'h str> = rows
            .iter()
            .filter_map(|row| row.test_of(subject.id).and_then(|(_, pattern)| string(pattern)))
            .collect();
        let lengths: BTreeSet<usize> = strings.iter().map(|text| text.len()).collect();
        let string = subject.value[0];
        if lengths.len() > 1 && strings.len() >= MANY_STRINGS {
            let dest = self.temp(Scalar::I64);
            self.emit(OpKind::StringLen { dest, string });
            let lengths = lengths.into_iter().map(|length| length as i64).collect();
            let key = |text: &str| text.len() as i64;
            let switch = StringSwitch { value: Operand::Local(dest), keys: lengths, default: None };
            self.switch_strings(cx, subject.id, (switch, key), rows, asked);
        } else if lengths.len() == 1 && strings.len() >= MANY_OF_A_LENGTH {
            let strings: Vec<&str> = strings.into_iter().collect();
            let middle = strings[strings.len() / 2];
            let wanted = self.static_string(middle);
            let arguments = vec![string, wanted];
            let order = self.call_runtime(RuntimeFn::StringCompare, arguments, Scalar::I32);
            let key = |text: &str| text.cmp(middle) as i64;
            let switch = StringSwitch { value: order, keys: vec![-1, 0], default: Some(1) };
            self.switch_strings(cx, subject.id, (switch, key), rows, asked);
        } else {
            self.decide_one(cx, test, rows, asked);
        }
    }

    /// Goes on with the rows whose strings have the key that a value stands for.
    fn switch_strings<'h>(
        &mut self,
        cx: &mut MatchCx<'h>,
        subject: usize,
        (switch, key_of): (StringSwitch, impl Fn(&str) -> i64),
        rows: Vec<Row<'h>>,
        asked: Option<usize>,
    ) {
        let groups = group(&rows, subject, |pattern| string(pattern).map(&key_of));
        let default = self.new_block();
        let cases: Vec<(i64, Block)> =
            switch.keys.into_iter().map(|key| (key, self.new_block())).collect();
        let value = switch.value;
        self.terminate(Terminator::Switch { value, cases: cases.clone(), default });
        let known = cases.into_iter().map(|(key, block)| (Some(key), block));
        for (key, block) in known.chain([(switch.default, default)]) {
            self.begin(block);
            let group = key.map_or_else(|| groups.rest.clone(), |key| groups.of(&key));
            let kept = group.into_iter().map(|index| rows[index].clone()).collect();
            self.decide(cx, kept, asked);
        }
    }

    /// Asks for one value, yes or no.
    pub(super) fn decide_one<'h>(
        &mut self,
        cx: &mut MatchCx<'h>,
        test: &Test<'h>,
        rows: Vec<Row<'h>>,
        asked: Option<usize>,
    ) {
        let (yes, no) = (self.new_block(), self.new_block());
        self.ask(&test.subject.value, test.subject.ty, test.pattern, yes, no);
        let rows = cx.split_all(rows, test.subject.id);
        let is_same = |row: &Row<'h>| match row.test_of(test.subject.id) {
            Some((at, pattern)) if pattern == test.pattern => Some(at),
            _ => None,
        };
        self.begin(yes);
        let mut kept = Vec::new();
        for row in &rows {
            let mut row = row.clone();
            if let Some(at) = is_same(&row) {
                row.tests.remove(at);
            } else if let (
                Pattern::Constant(Constant::String(_)),
                Some((_, Pattern::Constant(_))),
            ) = (test.pattern, row.test_of(test.subject.id))
            {
                // Another string.
                continue;
            }
            kept.push(row);
        }
        self.decide(cx, kept, asked);
        self.begin(no);
        let kept = rows.into_iter().filter(|row| is_same(row).is_none()).collect();
        self.decide(cx, kept, asked);
    }
}

/// A number as a scalar has it: the low bits, sign-extended.
fn bits(scalar: Scalar, number: i128) -> i64 {
    let unused = 64 - scalar.bytes() * 8;
    ((number as i64) << unused) >> unused
}

/// The least and the largest number that a pattern of an integer or char matches.
fn range(pattern: &Pattern) -> Option<(i128, i128)> {
    match pattern {
        Pattern::Constant(constant) => number(constant).map(|number| (number, number)),
        Pattern::Range(low, high) => number(low).zip(number(high)),
        _ => None,
    }
}

fn string(pattern: &Pattern) -> Option<&str> {
    match pattern {
        Pattern::Constant(Constant::String(text)) => Some(text),
        _ => None,
    }
}

/// An integer, char or `bool` as a number.
fn number(constant: &Constant) -> Option<i128> {
    match constant {
        Constant::Int(value) => Some(*value),
        Constant::Char(value) => Some(i128::from(u32::from(*value))),
        Constant::Bool(value) => Some(i128::from(*value)),
        _ => None,
    }
}
