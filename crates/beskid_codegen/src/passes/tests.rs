//! What the passes do to small functions, and what they must leave alone.

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::index::Id;

use super::devirtualise::{Signatures, Targets};
use super::{Outcomes, checks, dead, fold, inline, lengths, optimise};
use crate::builder::{BodyBuilder, NULL, Unit, int, int_of, programs, random};
use crate::mir::cfg::Cfg;
use crate::mir::{
    BinaryOp, Block, Body, CompareOp, Conversion, DescriptorKind, FuncId, Local, OpKind, Operand,
    Program, Scalar, Terminator, UnaryOp, print, verify,
};

/// The text of the first function after `change`, which must leave the program right.
pub(super) fn after(
    mut unit: Unit,
    change: impl FnOnce(&mut Program, &mut Outcomes),
) -> (String, Outcomes) {
    assert_eq!(verify::verify_program(&unit.program), Ok(()), "before");
    let mut outcomes = Outcomes::default();
    change(&mut unit.program, &mut outcomes);
    let text = print::function(&unit.program, FuncId::from_index(0));
    assert_eq!(verify::verify_program(&unit.program), Ok(()), "after\n{text}");
    (text, outcomes)
}

/// Folds the first function.
pub(super) fn fold_first<'a>(program: &'a mut Program, outcomes: &mut Outcomes) -> &'a mut Body {
    let signatures = Signatures::new(program);
    let targets = Targets { data: &program.data, signatures: &signatures };
    let body = &mut program.functions[FuncId::from_index(0)];
    fold::run(body, targets, outcomes);
    body
}

/// Whether the only index check of the first function is proved.
fn is_proved(unit: Unit) -> bool {
    let (_, outcomes) = after(unit, |program, outcomes| {
        let body = fold_first(program, outcomes);
        let cfg = Cfg::new(body);
        lengths::share(body, &cfg, outcomes);
        checks::run(body, &cfg, outcomes);
    });
    outcomes.checks_removed == 1
}

#[test]
fn programs_stay_right() {
    for (name, program) in programs::ALL {
        let mut program = program();
        optimise(&mut program);
        assert_eq!(verify::verify_program(&program), Ok(()), "{name}");
    }
}

#[test]
fn random_programs_stay_right() {
    let mut total = Outcomes::default();
    for seed in 0..200 {
        let mut program = random::program(seed);
        assert_eq!(verify::verify_program(&program), Ok(()), "seed {seed}");
        let outcomes = optimise(&mut program);
        assert_eq!(verify::verify_program(&program), Ok(()), "seed {seed}");
        total.checks_removed += outcomes.checks_removed;
        total.lengths_hoisted += outcomes.lengths_hoisted;
        total.calls_inlined += outcomes.calls_inlined;
    }
    assert!(total.checks_removed > 100 && total.lengths_hoisted > 10 && total.calls_inlined > 100);
}

#[test]
fn folding_evaluates_and_knows_the_way() {
    let mut unit = Unit::new();
    let mut body = BodyBuilder::new("F");
    let x = body.parameter(Scalar::I8, "x");
    body.returns(&[Scalar::I8]);
    let big = body.binary(BinaryOp::IMul, int_of(Scalar::I8, 100), int_of(Scalar::I8, 2));
    let sum = body.binary(BinaryOp::IAdd, big, int_of(Scalar::I8, 1));
    let same = body.binary(BinaryOp::Or, x, int_of(Scalar::I8, 0));
    body.op(OpKind::CheckDivisor { divisor: sum.into() });
    let quotient = body.binary(BinaryOp::UDiv, same, sum);
    let is_less = body.compare(CompareOp::ULt, big, int_of(Scalar::I8, 1));
    let not = body.temp(Scalar::I8);
    body.op(OpKind::Unary { dest: not, op: UnaryOp::BoolNot, value: is_less.into() });
    let (then, otherwise) = (body.block(), body.block());
    body.branch(not, then, otherwise);
    body.go_to(then);
    body.ends_in(&[quotient.into()]);
    body.go_to(otherwise);
    body.ends_in(&[x.into()]);
    unit.add(body);
    let (text, _) = after(unit, |program, outcomes| {
        let body = fold_first(program, outcomes);
        dead::run(body, outcomes);
    });
    assert_eq!(
        text,
        "fn F(x: i8) -> i8\nbb0:\n    _4: i8 = udiv x, -55\n    goto bb1\nbb1:\n    return _4\n"
    );
}

#[test]
fn a_division_by_zero_keeps_its_check() {
    let mut unit = Unit::new();
    let mut body = BodyBuilder::new("F");
    body.returns(&[Scalar::I64]);
    body.op(OpKind::CheckDivisor { divisor: int(0) });
    let quotient = body.binary(BinaryOp::SDiv, int(1), int(0));
    body.ends_in(&[quotient.into()]);
    unit.add(body);
    let (text, _) = after(unit, |program, _| {
        optimise(program);
    });
    assert_eq!(
        text,
        "fn F() -> i64\nbb0:\n    check_divisor 0\n    _0: i64 = sdiv 1, 0\n    return _0\n"
    );
}

#[test]
fn mutable_locals_are_not_copied_over_their_change() {
    let mut unit = Unit::new();
    let mut body = BodyBuilder::new("F");
    body.returns(&[Scalar::I64]);
    let x = body.variable(Scalar::I64, "x");
    body.copy(x, int(1));
    let old = body.temp(Scalar::I64);
    body.copy(old, x);
    body.copy(x, int(2));
    body.ends_in(&[old.into()]);
    unit.add(body);
    let (text, _) = after(unit, |program, _| {
        optimise(program);
    });
    assert!(text.contains("_1: i64 = x\n") && text.contains("return _1\n"), "{text}");
}

/// `G(x)` returns `x + 1` from one place or, if it is negative, 0 from another.
fn clamped(unit: &mut Unit) -> FuncId {
    let mut body = BodyBuilder::new("G");
    body.returns(&[Scalar::I64]);
    let x = body.parameter(Scalar::I64, "x");
    body.at(unit.position("G", 7, 3));
    let (negative, positive) = (body.block(), body.block());
    let is_negative = body.compare(CompareOp::SLt, x, int(0));
    body.branch(is_negative, negative, positive);
    body.go_to(negative);
    body.ends_in(&[int(0)]);
    body.go_to(positive);
    let next = body.binary(BinaryOp::IAdd, x, int(1));
    body.ends_in(&[next.into()]);
    unit.add(body)
}

#[test]
fn inlining_keeps_places_and_joins_results() {
    let mut unit = Unit::new();
    let caller = unit.declare("F");
    let callee = clamped(&mut unit);
    let mut body = BodyBuilder::new("F");
    body.returns(&[Scalar::I64]);
    let a = body.parameter(Scalar::I64, "a");
    body.at(unit.position("F", 2, 5));
    let first = body.call(callee, &[a.into()], Scalar::I64);
    body.at(unit.position("F", 3, 5));
    let second = body.call(callee, &[first.into()], Scalar::I64);
    body.ends_in(&[second.into()]);
    unit.define(caller, body);
    let (text, outcomes) = after(unit, inline::run);
    assert_eq!(outcomes.calls_inlined, 2);
    assert_eq!(
        text,
        "\
fn F(a: i64) -> i64
    mut _1: i64
    mut _2: i64
bb0:
    x: i64 = a                                          // 2:5
    goto bb1
bb1:
    _4: i8 = slt x, 0                                   // 7:3 of G, from 2:5
    branch _4, bb2, bb3
bb2:
    _1 = 0                                              // 2:5
    goto bb4
bb3:
    _5: i64 = add x, 1                                  // 7:3 of G, from 2:5
    _1 = _5                                             // 2:5
    goto bb4
bb4:
    x.6: i64 = _1                                       // 3:5
    goto bb5
bb5:
    _7: i8 = slt x.6, 0                                 // 7:3 of G, from 3:5
    branch _7, bb6, bb7
bb6:
    _2 = 0                                              // 3:5
    goto bb8
bb7:
    _8: i64 = add x.6, 1                                // 7:3 of G, from 3:5
    _2 = _8                                             // 3:5
    goto bb8
bb8:
    return _2
"
    );
}

#[test]
fn recursion_is_not_inlined() {
    let mut program = programs::fib();
    let mut outcomes = Outcomes::default();
    inline::run(&mut program, &mut outcomes);
    assert_eq!(outcomes.calls_inlined, 0);
}

#[test]
fn what_does_not_return_can_be_inlined() {
    let mut unit = Unit::new();
    let caller = unit.declare("F");
    let mut body = BodyBuilder::new("Fail");
    body.returns(&[Scalar::I64]);
    body.runtime(RuntimeFn::PanicDivision, &[]);
    body.end(Terminator::Unreachable);
    let fail = unit.add(body);
    let mut body = BodyBuilder::new("F");
    body.returns(&[Scalar::I64]);
    let value = body.call(fail, &[], Scalar::I64);
    body.ends_in(&[value.into()]);
    unit.define(caller, body);
    let (text, _) = after(unit, |program, _| {
        optimise(program);
    });
    assert!(text.contains("unreachable\n") && !text.contains("return _"), "{text}");
}

/// A loop around `check_index`, in the shape of `range`.
struct Counting {
    unit: Unit,
    body: BodyBuilder,
    array: Local,
    length: Local,
    counter: Local,
    header: Block,
    latch: Block,
    done: Block,
}

impl Counting {
    /// Everything up to the header, where the test goes on: `start` below `bound`, or below the
    /// length of the parameter.
    fn new(start: i64, bound: Option<Operand>) -> Self {
        let mut body = BodyBuilder::new("F");
        let array = body.parameter(Scalar::Ref, "xs");
        body.parameter(Scalar::I64, "n");
        body.parameter(Scalar::I8, "c");
        let counter = body.variable(Scalar::I64, "i");
        let length = body.array_len(array);
        let (header, latch, done) = (body.block(), body.block(), body.block());
        body.copy(counter, int(start));
        let bound = bound.unwrap_or(length.into());
        let enters = body.compare(CompareOp::SLt, int(start), bound);
        body.branch(enters, header, done);
        body.go_to(latch);
        let next = body.binary(BinaryOp::IAdd, counter, int(1));
        body.copy(counter, next);
        let again = body.compare(CompareOp::SLt, next, bound);
        body.branch(again, header, done);
        body.go_to(header);
        body.goto(latch);
        Self { unit: Unit::new(), body, array, length, counter, header, latch, done }
    }

    fn check(&mut self, block: Block, index: Operand) {
        self.body.go_to(block);
        let length = self.body.array_len(self.array);
        self.body.check_index(index, length);
    }

    fn proves(mut self) -> bool {
        self.unit.add(self.body);
        is_proved(self.unit)
    }
}

#[test]
fn counters_below_the_length_need_no_check() {
    let mut counting = Counting::new(0, None);
    let (header, counter) = (counting.header, counting.counter);
    counting.body.go_to(header);
    let index = counting.body.temp(Scalar::I64);
    counting.body.copy(index, counter);
    counting.check(header, index.into());
    assert!(counting.proves());
}

#[test]
fn counters_may_be_read_directly() {
    let mut counting = Counting::new(3, None);
    counting.check(counting.header, counting.counter.into());
    assert!(counting.proves());
}

#[test]
fn a_copy_of_the_counter_stays_below_the_length_behind_the_step() {
    let mut counting = Counting::new(0, None);
    let (header, counter) = (counting.header, counting.counter);
    counting.body.go_to(header);
    let index = counting.body.temp(Scalar::I64);
    counting.body.copy(index, counter);
    counting.check(counting.latch, index.into());
    assert!(counting.proves());
}

#[test]
fn the_counter_itself_does_not_behind_the_step() {
    let mut counting = Counting::new(0, None);
    counting.check(counting.latch, counting.counter.into());
    assert!(!counting.proves());
}

#[test]
fn nor_behind_the_loop_even_if_its_guard_is_folded() {
    let mut counting = Counting::new(0, Some(int(10)));
    let numbers = counting.unit.descriptor("i64[]", DescriptorKind::Array, 8, &[]);
    counting.body.go_to(counting.done);
    let array = counting.body.alloc_array(numbers, int(10));
    counting.array = array;
    counting.check(counting.done, counting.counter.into());
    assert!(!counting.proves());
}

#[test]
fn negative_starts_prove_nothing() {
    let mut counting = Counting::new(-1, None);
    counting.check(counting.header, counting.counter.into());
    assert!(!counting.proves());
}

#[test]
fn other_bounds_prove_nothing() {
    let mut counting = Counting::new(0, Some(Local::from_index(1).into()));
    counting.check(counting.header, counting.counter.into());
    assert!(!counting.proves());
}

#[test]
fn a_loop_without_a_guard_proves_nothing() {
    let mut counting = Counting::new(0, None);
    let header = counting.header;
    let mut entry = BodyBuilder::new("");
    std::mem::swap(&mut entry, &mut counting.body);
    entry.go_to(Block::from_index(0));
    entry.goto(header);
    counting.body = entry;
    counting.check(header, counting.counter.into());
    assert!(!counting.proves());
}

#[test]
fn a_second_way_back_proves_nothing() {
    let mut counting = Counting::new(0, None);
    let (header, latch) = (counting.header, counting.latch);
    let middle = counting.body.block();
    // Out of the latch back into the middle of the loop, past the test.
    counting.body.go_to(header);
    counting.body.goto(middle);
    counting.body.go_to(latch);
    let again = counting.body.compare(CompareOp::SLt, counting.counter, counting.length);
    counting.body.branch(again, header, middle);
    counting.body.go_to(middle);
    let out = counting.body.block();
    counting.body.branch(Local::from_index(2), latch, out);
    counting.check(middle, counting.counter.into());
    assert!(!counting.proves());
}

#[test]
fn narrow_counters_are_widened() {
    let mut unit = Unit::new();
    let numbers = unit.descriptor("i64[]", DescriptorKind::Array, 8, &[]);
    let mut body = BodyBuilder::new("F");
    let n = body.parameter(Scalar::I32, "n");
    let i = body.variable(Scalar::I32, "i");
    let wide = body.convert(Conversion::SignExtend, n, Scalar::I64);
    let array = body.alloc_array(numbers, wide);
    let (header, done) = (body.block(), body.block());
    body.copy(i, int_of(Scalar::I32, 0));
    let enters = body.compare(CompareOp::SLt, int_of(Scalar::I32, 0), n);
    body.branch(enters, header, done);
    body.go_to(header);
    let copy = body.temp(Scalar::I32);
    body.copy(copy, i);
    let index = body.convert(Conversion::SignExtend, copy, Scalar::I64);
    let length = body.array_len(array);
    body.check_index(index, length);
    let next = body.binary(BinaryOp::IAdd, copy, int_of(Scalar::I32, 1));
    body.copy(i, next);
    let again = body.compare(CompareOp::SLt, next, n);
    body.branch(again, header, done);
    unit.add(body);
    assert!(is_proved(unit));
}

#[test]
fn unsigned_counters_keep_their_order() {
    let proved = |conversion| {
        let mut unit = Unit::new();
        let numbers = unit.descriptor("i64[]", DescriptorKind::Array, 8, &[]);
        let mut body = BodyBuilder::new("F");
        let n = body.parameter(Scalar::I32, "n");
        let i = body.variable(Scalar::I32, "i");
        let wide = body.convert(Conversion::ZeroExtend, n, Scalar::I64);
        let array = body.alloc_array(numbers, wide);
        let (header, done) = (body.block(), body.block());
        body.copy(i, int_of(Scalar::I32, 0));
        let enters = body.compare(CompareOp::ULt, int_of(Scalar::I32, 0), n);
        body.branch(enters, header, done);
        body.go_to(header);
        let index = body.convert(conversion, i, Scalar::I64);
        let length = body.array_len(array);
        body.check_index(index, length);
        let next = body.binary(BinaryOp::IAdd, i, int_of(Scalar::I32, 1));
        body.copy(i, next);
        let again = body.compare(CompareOp::ULt, next, n);
        body.branch(again, header, done);
        unit.add(body);
        is_proved(unit)
    };
    assert!(proved(Conversion::ZeroExtend));
    assert!(!proved(Conversion::SignExtend));
}

#[test]
fn a_check_serves_those_it_dominates() {
    let mut unit = Unit::new();
    let mut body = BodyBuilder::new("F");
    let (array, i) = (body.parameter(Scalar::Ref, "xs"), body.parameter(Scalar::I64, "i"));
    let c = body.parameter(Scalar::I8, "c");
    let length = body.variable(Scalar::I64, "length");
    let (then, join) = (body.block(), body.block());
    body.branch(c, then, join);
    body.go_to(then);
    let first = body.array_len(array);
    body.check_index(i, first);
    let second = body.array_len(array);
    body.check_index(i, second);
    body.goto(join);
    body.go_to(join);
    // Neither dominated nor of a length that stays.
    let third = body.array_len(array);
    body.check_index(i, third);
    body.copy(length, third);
    body.check_index(i, length);
    body.copy(length, int(1));
    body.check_index(i, length);
    unit.add(body);
    assert!(is_proved(unit));
}

/// A loop whose header reads the length of its parameter.
fn reading(null_test: bool) -> Unit {
    let mut unit = Unit::new();
    let mut body = BodyBuilder::new("F");
    let (array, c) = (body.parameter(Scalar::Ref, "xs"), body.parameter(Scalar::I8, "c"));
    let (header, reads, latch, done) = (body.block(), body.block(), body.block(), body.block());
    body.branch(c, header, done);
    body.go_to(header);
    if null_test {
        let is_array = body.compare(CompareOp::Ne, array, NULL);
        body.branch(is_array, reads, latch);
    } else {
        body.goto(reads);
    }
    body.go_to(if null_test { reads } else { header });
    let length = body.array_len(array);
    body.check_index(int(3), length);
    body.go_to(reads);
    body.goto(latch);
    body.go_to(latch);
    body.branch(c, header, done);
    unit.add(body);
    unit
}

#[test]
fn lengths_leave_loops() {
    let (text, outcomes) = after(reading(false), |program, outcomes| {
        lengths::hoist(&mut program.functions[FuncId::from_index(0)], outcomes);
    });
    assert_eq!(outcomes.lengths_hoisted, 1);
    assert_eq!(
        text,
        "\
fn F(xs: ref, c: i8)
bb0:
    branch c, bb5, bb4
bb1:
    check_index 3, _2
    goto bb2
bb2:
    goto bb3
bb3:
    branch c, bb1, bb4
bb4:
    return
bb5:
    _2: i64 = len xs
    goto bb1
"
    );
}

#[test]
fn lengths_stay_behind_what_makes_sure_there_is_an_array() {
    let (_, outcomes) = after(reading(true), |program, outcomes| {
        let body = &mut program.functions[FuncId::from_index(0)];
        let cfg = Cfg::new(body);
        lengths::share(body, &cfg, outcomes);
        lengths::hoist(body, outcomes);
    });
    assert_eq!((outcomes.lengths_hoisted, outcomes.lengths_shared), (0, 0));
}

#[test]
fn lengths_leave_several_loops() {
    let mut unit = Unit::new();
    let mut body = BodyBuilder::new("F");
    let (array, c) = (body.parameter(Scalar::Ref, "xs"), body.parameter(Scalar::I8, "c"));
    let (outer, inner, done) = (body.block(), body.block(), body.block());
    body.goto(outer);
    body.go_to(outer);
    body.goto(inner);
    body.go_to(inner);
    let length = body.array_len(array);
    body.check_index(int(3), length);
    let after_inner = body.block();
    body.branch(c, inner, after_inner);
    body.go_to(after_inner);
    body.branch(c, outer, done);
    unit.add(body);
    let (text, _) = after(unit, |program, outcomes| {
        lengths::hoist(&mut program.functions[FuncId::from_index(0)], outcomes);
    });
    assert!(text.starts_with("fn F(xs: ref, c: i8)\nbb0:\n    _2: i64 = len xs\n"), "{text}");
}
