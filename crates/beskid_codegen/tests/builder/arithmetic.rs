//! A program that counts wrong results of arithmetic, comparisons and conversions: at the borders of
//! each kind, with operands that are unknown, half known and known when the operation is compiled.
//!
//! What is right is computed here by Rust, whose integers wrap and whose casts saturate.

use beskid_codegen::mir::{
    BinaryOp, CompareOp, Const, Conversion, FuncId, Local, OpKind, Operand, Program, Scalar,
    UnaryOp,
};

use super::{BodyBuilder, Unit, float, int, int_of};

const INTS: [Scalar; 4] = [Scalar::I8, Scalar::I16, Scalar::I32, Scalar::I64];
const BINARY: [BinaryOp; 13] = [
    BinaryOp::IAdd,
    BinaryOp::ISub,
    BinaryOp::IMul,
    BinaryOp::SDiv,
    BinaryOp::UDiv,
    BinaryOp::SRem,
    BinaryOp::URem,
    BinaryOp::And,
    BinaryOp::Or,
    BinaryOp::Xor,
    BinaryOp::Shl,
    BinaryOp::UShr,
    BinaryOp::SShr,
];
const COMPARE: [CompareOp; 10] = [
    CompareOp::Eq,
    CompareOp::Ne,
    CompareOp::SLt,
    CompareOp::SLe,
    CompareOp::SGt,
    CompareOp::SGe,
    CompareOp::ULt,
    CompareOp::ULe,
    CompareOp::UGt,
    CompareOp::UGe,
];
const COMPARE_FLOATS: [CompareOp; 6] = [
    CompareOp::FEq,
    CompareOp::FNe,
    CompareOp::FLt,
    CompareOp::FLe,
    CompareOp::FGt,
    CompareOp::FGe,
];
const FLOATS: [f64; 22] = [
    0.0,
    -0.5,
    1.5,
    -1.5,
    127.5,
    128.0,
    -128.9,
    -129.0,
    255.9,
    256.0,
    32768.0,
    65536.5,
    2_147_483_648.0,
    -2_147_483_649.0,
    4_294_967_296.0,
    9.3e18,
    -9.3e18,
    1.9e19,
    1e300,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

/// Prints the number of wrong results of each group, which is 0.
pub(crate) fn arithmetic() -> Program {
    let mut unit = Unit::new();
    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let mut groups = Vec::new();
    for scalar in INTS {
        groups.extend(BINARY.iter().map(|&op| binary_group(&mut unit, op, scalar)));
        groups.extend(COMPARE.iter().map(|&op| compare_group(&mut unit, op, scalar)));
        groups.push(unary_group(&mut unit, scalar));
        groups.extend(INTS.iter().map(|&to| resize_group(&mut unit, scalar, to)));
        groups.push(to_float_group(&mut unit, scalar));
        groups.push(from_float_group(&mut unit, scalar));
    }
    groups.push(binary_group(&mut unit, BinaryOp::UMulHigh, Scalar::I64));
    groups.push(compare_floats_group(&mut unit));
    groups.push(float_group(&mut unit));
    for group in groups {
        let wrong = main.call(group, &[], Scalar::I64);
        let is_wrong = main.compare(CompareOp::Ne, wrong, int(0));
        let (show, next) = (main.cold_block(), main.block());
        main.branch(is_wrong, show, next);
        main.go_to(show);
        main.print_line(int(group_number(group)));
        main.print_line(wrong);
        main.goto(next);
        main.go_to(next);
    }
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}

fn group_number(group: FuncId) -> i64 {
    beskid_analysis::index::Id::index(group) as i64
}

/// Values at the borders of a kind, as bits, and some between.
fn values(scalar: Scalar) -> Vec<i64> {
    let bits = scalar.bytes() * 8;
    let (min, max) = (i64::MIN >> (64 - bits), i64::MAX >> (64 - bits));
    vec![min, -7, -1, 0, 1, 3, 24, max]
}

/// The low bits of a value as a signed number of a kind.
fn signed(scalar: Scalar, value: i64) -> i64 {
    let unused = 64 - scalar.bytes() * 8;
    value << unused >> unused
}

fn unsigned(scalar: Scalar, value: i64) -> u64 {
    let unused = 64 - scalar.bytes() * 8;
    (value as u64) << unused >> unused
}

/// What an operation gives; nothing if a check would have stopped it.
fn expected(op: BinaryOp, scalar: Scalar, left: i64, right: i64) -> Option<i64> {
    let (uleft, uright) = (unsigned(scalar, left), unsigned(scalar, right));
    let count = (uright % u64::from(scalar.bytes() * 8)) as u32;
    let result = match op {
        BinaryOp::IAdd => left.wrapping_add(right),
        BinaryOp::ISub => left.wrapping_sub(right),
        BinaryOp::IMul => left.wrapping_mul(right),
        BinaryOp::UMulHigh => ((u128::from(uleft) * u128::from(uright)) >> 64) as i64,
        BinaryOp::SDiv => left.checked_div(right).or((right == -1).then_some(left))?,
        BinaryOp::SRem => left.checked_rem(right).or((right == -1).then_some(0))?,
        BinaryOp::UDiv => uleft.checked_div(uright)? as i64,
        BinaryOp::URem => uleft.checked_rem(uright)? as i64,
        BinaryOp::And => left & right,
        BinaryOp::Or => left | right,
        BinaryOp::Xor => left ^ right,
        BinaryOp::Shl => left << count,
        BinaryOp::UShr => (uleft >> count) as i64,
        BinaryOp::SShr => left >> count,
        BinaryOp::FAdd | BinaryOp::FSub | BinaryOp::FMul | BinaryOp::FDiv => return None,
    };
    Some(signed(scalar, result))
}

fn holds(op: CompareOp, scalar: Scalar, left: i64, right: i64) -> bool {
    let (uleft, uright) = (unsigned(scalar, left), unsigned(scalar, right));
    match op {
        CompareOp::Eq => left == right,
        CompareOp::Ne => left != right,
        CompareOp::SLt => left < right,
        CompareOp::SLe => left <= right,
        CompareOp::SGt => left > right,
        CompareOp::SGe => left >= right,
        CompareOp::ULt => uleft < uright,
        CompareOp::ULe => uleft <= uright,
        CompareOp::UGt => uleft > uright,
        _ => uleft >= uright,
    }
}

/// A function that counts wrong results.
struct Group {
    body: BodyBuilder,
    wrong: Local,
    /// Gives a value back that nobody can know.
    opaque: Vec<(Scalar, FuncId)>,
}

impl Group {
    fn new(unit: &mut Unit, name: &str, kinds: &[Scalar]) -> Self {
        let mut body = BodyBuilder::new(name);
        body.returns(&[Scalar::I64]);
        let wrong = body.variable(Scalar::I64, "wrong");
        body.copy(wrong, int(0));
        let opaque = kinds.iter().map(|&kind| (kind, opaque(unit, name, kind))).collect();
        Self { body, wrong, opaque }
    }

    /// The value, unknown to the compiler.
    fn unknown(&mut self, value: Operand) -> Operand {
        let kind = value.scalar(&self.body.body.locals);
        let (_, function) = self.opaque.iter().find(|(of, _)| *of == kind).expect("declared");
        self.body.call(*function, &[value], kind).into()
    }

    /// Calls `compute` with each way to know the two operands.
    fn each_way(
        &mut self,
        left: Operand,
        right: Operand,
        mut compute: impl FnMut(&mut Self, Operand, Operand),
    ) {
        let (unknown_left, unknown_right) = (self.unknown(left), self.unknown(right));
        compute(self, unknown_left, unknown_right);
        compute(self, unknown_left, right);
        compute(self, left, unknown_right);
        compute(self, left, right);
    }

    /// Counts a result that is not what is expected.
    fn expect(&mut self, result: Local, expected: Operand) {
        let op = match expected {
            Operand::Const(Const::F64(value)) if value.is_nan() => return self.expect_nan(result),
            Operand::Const(Const::F64(_) | Const::F32(_)) => CompareOp::FNe,
            _ => CompareOp::Ne,
        };
        let is_wrong = self.body.compare(op, result, expected);
        self.count(is_wrong);
    }

    fn expect_nan(&mut self, result: Local) {
        let is_wrong = self.body.compare(CompareOp::FEq, result, result);
        self.count(is_wrong);
    }

    fn count(&mut self, is_wrong: Local) {
        let one = self.body.convert(Conversion::ZeroExtend, is_wrong, Scalar::I64);
        let sum = self.body.binary(BinaryOp::IAdd, self.wrong, one);
        self.body.copy(self.wrong, sum);
    }

    fn finish(mut self, unit: &mut Unit) -> FuncId {
        self.body.ends_in(&[self.wrong.into()]);
        unit.add(self.body)
    }
}

/// A function that returns its parameter; recursion, never taken, keeps it from being inlined.
fn opaque(unit: &mut Unit, group: &str, kind: Scalar) -> FuncId {
    let name = format!("Same_{group}_{}", kind.name());
    let function = unit.declare(&name);
    let mut body = BodyBuilder::new(&name);
    body.returns(&[kind]);
    let value = body.parameter(kind, "value");
    let (again, done) = (body.block(), body.block());
    let is_odd = if kind.is_float() {
        let odd = match kind {
            Scalar::F32 => Operand::Const(Const::F32(-123.25)),
            _ => float(-123.25),
        };
        body.compare(CompareOp::FEq, value, odd)
    } else {
        body.compare(CompareOp::Eq, value, int_of(kind, 99))
    };
    body.branch(is_odd, again, done);
    body.go_to(again);
    let same = body.call(function, &[value.into()], kind);
    body.ends_in(&[same.into()]);
    body.go_to(done);
    body.ends_in(&[value.into()]);
    unit.define(function, body);
    function
}

fn binary_group(unit: &mut Unit, op: BinaryOp, scalar: Scalar) -> FuncId {
    let mut group = Group::new(unit, &format!("{op:?}_{}", scalar.name()), &[scalar]);
    for left in values(scalar) {
        for right in values(scalar) {
            let Some(result) = expected(op, scalar, left, right) else { continue };
            group.each_way(int_of(scalar, left), int_of(scalar, right), |group, left, right| {
                let found = group.body.binary(op, left, right);
                group.expect(found, int_of(scalar, result));
            });
        }
    }
    group.finish(unit)
}

fn compare_group(unit: &mut Unit, op: CompareOp, scalar: Scalar) -> FuncId {
    let mut group = Group::new(unit, &format!("{op:?}_{}", scalar.name()), &[scalar]);
    for left in values(scalar) {
        for right in values(scalar) {
            let result = i64::from(holds(op, scalar, left, right));
            group.each_way(int_of(scalar, left), int_of(scalar, right), |group, left, right| {
                let found = group.body.compare(op, left, right);
                group.expect(found, int_of(Scalar::I8, result));
                let not = group.body.temp(Scalar::I8);
                group.body.op(OpKind::Unary {
                    dest: not,
                    op: UnaryOp::BoolNot,
                    value: found.into(),
                });
                group.expect(not, int_of(Scalar::I8, 1 - result));
            });
        }
    }
    group.finish(unit)
}

fn unary_group(unit: &mut Unit, scalar: Scalar) -> FuncId {
    let mut group = Group::new(unit, &format!("Unary_{}", scalar.name()), &[scalar]);
    for value in values(scalar) {
        for (op, result) in [(UnaryOp::INeg, value.wrapping_neg()), (UnaryOp::INot, !value)] {
            let unknown = group.unknown(int_of(scalar, value));
            for value in [unknown, int_of(scalar, value)] {
                let dest = group.body.temp(scalar);
                group.body.op(OpKind::Unary { dest, op, value });
                group.expect(dest, int_of(scalar, signed(scalar, result)));
            }
        }
    }
    group.finish(unit)
}

fn resize_group(unit: &mut Unit, from: Scalar, to: Scalar) -> FuncId {
    let name = format!("Resize_{}_{}", from.name(), to.name());
    let mut group = Group::new(unit, &name, &[from]);
    for value in values(from) {
        let conversions: &[(Conversion, i64)] = if from.bytes() < to.bytes() {
            &[
                (Conversion::SignExtend, value),
                (Conversion::ZeroExtend, unsigned(from, value) as i64),
            ]
        } else if from.bytes() > to.bytes() {
            &[(Conversion::Truncate, signed(to, value))]
        } else {
            &[]
        };
        for &(conversion, result) in conversions {
            let unknown = group.unknown(int_of(from, value));
            for value in [unknown, int_of(from, value)] {
                let found = group.body.convert(conversion, value, to);
                group.expect(found, int_of(to, result));
            }
        }
    }
    group.finish(unit)
}

fn to_float_group(unit: &mut Unit, from: Scalar) -> FuncId {
    let mut group = Group::new(unit, &format!("ToFloat_{}", from.name()), &[from]);
    for value in values(from) {
        let unsigned = unsigned(from, value);
        for (conversion, wide, narrow) in [
            (Conversion::SignedToFloat, value as f64, value as f32),
            (Conversion::UnsignedToFloat, unsigned as f64, unsigned as f32),
        ] {
            let unknown = group.unknown(int_of(from, value));
            for value in [unknown, int_of(from, value)] {
                let found = group.body.convert(conversion, value, Scalar::F64);
                group.expect(found, float(wide));
                let found = group.body.convert(conversion, value, Scalar::F32);
                group.expect(found, Operand::Const(Const::F32(narrow)));
            }
        }
    }
    group.finish(unit)
}

fn from_float_group(unit: &mut Unit, to: Scalar) -> FuncId {
    let kinds = [Scalar::F32, Scalar::F64];
    let mut group = Group::new(unit, &format!("FromFloat_{}", to.name()), &kinds);
    let cast_signed = |value: f64| match to {
        Scalar::I8 => i64::from(value as i8),
        Scalar::I16 => i64::from(value as i16),
        Scalar::I32 => i64::from(value as i32),
        _ => value as i64,
    };
    let cast_unsigned = |value: f64| match to {
        Scalar::I8 => u64::from(value as u8),
        Scalar::I16 => u64::from(value as u16),
        Scalar::I32 => u64::from(value as u32),
        _ => value as u64,
    };
    for value in FLOATS {
        let narrow = value as f32;
        for (constant, exact) in
            [(float(value), value), (Operand::Const(Const::F32(narrow)), f64::from(narrow))]
        {
            for (conversion, result) in [
                (Conversion::FloatToSigned, cast_signed(exact)),
                (Conversion::FloatToUnsigned, signed(to, cast_unsigned(exact) as i64)),
            ] {
                let unknown = group.unknown(constant);
                for value in [unknown, constant] {
                    let found = group.body.convert(conversion, value, to);
                    group.expect(found, int_of(to, result));
                }
            }
        }
    }
    group.finish(unit)
}

fn compare_floats_group(unit: &mut Unit) -> FuncId {
    let mut group = Group::new(unit, "CompareFloats", &[Scalar::F64]);
    let values = [f64::NAN, f64::NEG_INFINITY, -1.0, -0.0, 0.0, 1.0];
    for (left, right) in values.iter().flat_map(|&left| values.map(|right| (left, right))) {
        for op in COMPARE_FLOATS {
            let result = match op {
                CompareOp::FEq => left == right,
                CompareOp::FNe => left != right,
                CompareOp::FLt => left < right,
                CompareOp::FLe => left <= right,
                CompareOp::FGt => left > right,
                _ => left >= right,
            };
            group.each_way(float(left), float(right), |group, left, right| {
                let found = group.body.compare(op, left, right);
                group.expect(found, int_of(Scalar::I8, i64::from(result)));
                // The opposite is not the opposite comparison: NaN makes both false.
                let not = group.body.temp(Scalar::I8);
                let value = found.into();
                group.body.op(OpKind::Unary { dest: not, op: UnaryOp::BoolNot, value });
                group.expect(not, int_of(Scalar::I8, i64::from(!result)));
            });
        }
    }
    group.finish(unit)
}

fn float_group(unit: &mut Unit) -> FuncId {
    let mut group = Group::new(unit, "Floats", &[Scalar::F32, Scalar::F64]);
    for (left, right) in FLOATS.iter().flat_map(|&left| FLOATS.map(|right| (left, right))) {
        for (op, result) in [
            (BinaryOp::FAdd, left + right),
            (BinaryOp::FSub, left - right),
            (BinaryOp::FMul, left * right),
            (BinaryOp::FDiv, left / right),
        ] {
            group.each_way(float(left), float(right), |group, left, right| {
                let found = group.body.binary(op, left, right);
                group.expect(found, float(result));
            });
        }
    }
    for value in FLOATS {
        let unknown = group.unknown(float(value));
        let narrow = group.body.convert(Conversion::Demote, unknown, Scalar::F32);
        let wide = group.body.convert(Conversion::Promote, narrow, Scalar::F64);
        group.expect(wide, float(f64::from(value as f32)));
        let dest = group.body.temp(Scalar::F64);
        group.body.op(OpKind::Unary { dest, op: UnaryOp::FNeg, value: unknown });
        group.expect(dest, float(-value));
    }
    group.finish(unit)
}
