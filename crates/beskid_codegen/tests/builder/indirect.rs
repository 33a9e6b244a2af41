//! Programs that call addresses: closures without and with captures, dispatch tables, functions that
//! take functions.
//!
//! The code of a closure takes the closure before its own arguments, a method of a contract the
//! object; that is what building MIR does, not a rule of MIR.

use beskid_abi::object::{CLOSURE_CAPTURES_OFFSET, CLOSURE_CODE_OFFSET};
use beskid_codegen::mir::{
    Barrier, BinaryOp, CompareOp, Const, Conversion, DataId, DescriptorKind, FuncId, Local, OpKind,
    Operand, Program, Scalar,
};

use super::{BodyBuilder, Unit, int, int_of};

const CODE: u32 = CLOSURE_CODE_OFFSET as u32;
/// The first capture.
const FIRST: u32 = CLOSURE_CAPTURES_OFFSET as u32;

/// The address of a function as a value.
fn address(function: FuncId) -> Operand {
    Operand::Const(Const::FunctionAddress(function))
}

/// Calls a closure with a number, for a number.
fn call_closure(
    body: &mut BodyBuilder,
    closure: impl Into<Operand>,
    argument: impl Into<Operand>,
) -> Local {
    let closure = closure.into();
    let code = body.load(Scalar::I64, closure, CODE);
    body.call_indirect(code, &[closure, argument.into()], &[Scalar::I64])[0]
}

/// `f(f(x))`
fn twice(unit: &mut Unit) -> FuncId {
    let mut body = BodyBuilder::new("Twice");
    body.at(unit.position("Twice", 3, 5));
    let (f, x) = (body.parameter(Scalar::Ref, "f"), body.parameter(Scalar::I64, "x"));
    body.returns(&[Scalar::I64]);
    let once = call_closure(&mut body, f, x);
    let again = call_closure(&mut body, f, once);
    body.ends_in(&[again.into()]);
    unit.add(body)
}

/// A closure that adds one, without captures.
fn add_one(unit: &mut Unit) -> Operand {
    let mut body = BodyBuilder::new("AddOne");
    body.parameter(Scalar::Ref, "self");
    let x = body.parameter(Scalar::I64, "x");
    body.returns(&[Scalar::I64]);
    let sum = body.binary(BinaryOp::IAdd, x, int(1));
    body.ends_in(&[sum.into()]);
    let code = unit.add(body);
    let descriptor = unit.descriptor("i64 => i64", DescriptorKind::Closure, FIRST, &[]);
    unit.static_closure(descriptor, code)
}

/// The layout of closures that capture a reference and a number.
fn captures(unit: &mut Unit) -> DataId {
    unit.descriptor("i64 => i64", DescriptorKind::Closure, FIRST + 16, &[FIRST])
}

/// Closures from an array, so that no pass knows which is called: two without captures, two with a cell
/// that the closure changes and a factor. Every call allocates, and the caller holds a cell across it.
pub(crate) fn closures() -> Program {
    let mut unit = Unit::new();
    let cell = unit.descriptor("Cell", DescriptorKind::Object, 16, &[]);
    let closures = unit.descriptor("(i64 => i64)[]", DescriptorKind::Array, 8, &[0]);
    let with_captures = captures(&mut unit);
    let plain = add_one(&mut unit);

    let mut body = BodyBuilder::new("Count");
    let (this, x) = (body.parameter(Scalar::Ref, "self"), body.parameter(Scalar::I64, "x"));
    body.returns(&[Scalar::I64]);
    let garbage = body.alloc(cell);
    body.store(garbage, 8, int(-1), Barrier::Scalar);
    let counter = body.load(Scalar::Ref, this, FIRST);
    let factor = body.load(Scalar::I64, this, FIRST + 8);
    let count = body.load(Scalar::I64, counter, 8);
    let next = body.binary(BinaryOp::IAdd, count, int(1));
    body.store(counter, 8, next, Barrier::Scalar);
    let product = body.binary(BinaryOp::IMul, count, factor);
    let sum = body.binary(BinaryOp::IAdd, x, product);
    body.ends_in(&[sum.into()]);
    let count = unit.add(body);

    let mut body = BodyBuilder::new("Make");
    let factor = body.parameter(Scalar::I64, "factor");
    body.returns(&[Scalar::Ref]);
    let counter = body.alloc(cell);
    body.store(counter, 8, int(5), Barrier::Scalar);
    let closure = body.alloc(with_captures);
    body.store(closure, CODE, address(count), Barrier::Scalar);
    body.store(closure, FIRST, counter, Barrier::Initialising);
    body.store(closure, FIRST + 8, factor, Barrier::Scalar);
    body.ends_in(&[closure.into()]);
    let make = unit.add(body);

    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let i = main.variable(Scalar::I64, "i");
    let array = main.alloc_array(closures, int(4));
    main.store_element(array, int(0), plain, Barrier::Needed);
    main.store_element(array, int(3), plain, Barrier::Needed);
    for (index, factor) in [(1, 10), (2, 100)] {
        let closure = main.call(make, &[int(factor)], Scalar::Ref);
        main.store_element(array, int(index), closure, Barrier::Needed);
    }
    main.copy(i, int(0));
    let (again, done) = (main.block(), main.block());
    main.goto(again);
    main.go_to(again);
    let held = main.alloc(cell);
    main.store(held, 8, int(1000), Barrier::Scalar);
    let index = main.binary(BinaryOp::And, i, int(3));
    let closure = main.load_element(Scalar::Ref, array, index);
    let result = call_closure(&mut main, closure, i);
    let base = main.load(Scalar::I64, held, 8);
    let sum = main.binary(BinaryOp::IAdd, base, result);
    main.print_line(sum);
    let next = main.binary(BinaryOp::IAdd, i, int(1));
    main.copy(i, next);
    let more = main.compare(CompareOp::SLt, next, int(8));
    main.branch(more, again, done);
    main.go_to(done);
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}

/// Contract values, an object and its dispatch table, from an array: areas, and objects made by a method.
pub(crate) fn dispatch() -> Program {
    let mut unit = Unit::new();
    let square = unit.descriptor("Square", DescriptorKind::Object, 16, &[]);
    let sum = unit.descriptor("Sum", DescriptorKind::Object, 24, &[8, 16]);
    let shapes = unit.descriptor("Shape[]", DescriptorKind::Array, 16, &[0]);

    let mut body = BodyBuilder::new("Square.Area");
    let this = body.parameter(Scalar::Ref, "self");
    body.returns(&[Scalar::I64]);
    let side = body.load(Scalar::I64, this, 8);
    let area = body.binary(BinaryOp::IMul, side, side);
    body.ends_in(&[area.into()]);
    let square_area = unit.add(body);

    let mut body = BodyBuilder::new("Square.Scaled");
    let (this, by) = (body.parameter(Scalar::Ref, "self"), body.parameter(Scalar::I64, "by"));
    body.returns(&[Scalar::Ref]);
    let new = body.alloc(square);
    let side = body.load(Scalar::I64, this, 8);
    let side = body.binary(BinaryOp::IMul, side, by);
    body.store(new, 8, side, Barrier::Scalar);
    body.ends_in(&[new.into()]);
    let square_scaled = unit.add(body);

    let mut body = BodyBuilder::new("Sum.Area");
    let this = body.parameter(Scalar::Ref, "self");
    body.returns(&[Scalar::I64]);
    let first = body.load(Scalar::Ref, this, 8);
    let first = body.call(square_area, &[first.into()], Scalar::I64);
    let second = body.load(Scalar::Ref, this, 16);
    let second = body.call(square_area, &[second.into()], Scalar::I64);
    let area = body.binary(BinaryOp::IAdd, first, second);
    body.ends_in(&[area.into()]);
    let sum_area = unit.add(body);

    let mut body = BodyBuilder::new("Sum.Scaled");
    let (this, by) = (body.parameter(Scalar::Ref, "self"), body.parameter(Scalar::I64, "by"));
    body.returns(&[Scalar::Ref]);
    let parts = [8, 16].map(|offset| {
        let part = body.load(Scalar::Ref, this, offset);
        body.call(square_scaled, &[part.into(), by.into()], Scalar::Ref)
    });
    let new = body.alloc(sum);
    body.store(new, 8, parts[0], Barrier::Initialising);
    body.store(new, 16, parts[1], Barrier::Initialising);
    body.ends_in(&[new.into()]);
    let sum_scaled = unit.add(body);

    let of_square = unit.table("Square as Shape", &[square_area, square_scaled]);
    let of_sum = unit.table("Sum as Shape", &[sum_area, sum_scaled]);

    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let i = main.variable(Scalar::I64, "i");
    let array = main.alloc_array(shapes, int(3));
    let part = |index: i64, offset: u32, value: Operand, barrier: Barrier| OpKind::StoreElement {
        array: array.into(),
        index: int(index),
        stride: 16,
        offset,
        value,
        barrier,
    };
    let mut squares = Vec::new();
    for index in 0..2 {
        let object = main.alloc(square);
        main.store(object, 8, int(index + 3), Barrier::Scalar);
        main.op(part(index, 0, object.into(), Barrier::Needed));
        main.op(part(index, 8, of_square, Barrier::Scalar));
        squares.push(object);
    }
    let object = main.alloc(sum);
    main.store(object, 8, squares[0], Barrier::Initialising);
    main.store(object, 16, squares[1], Barrier::Initialising);
    main.op(part(2, 0, object.into(), Barrier::Needed));
    main.op(part(2, 8, of_sum, Barrier::Scalar));
    main.copy(i, int(0));
    let (again, done) = (main.block(), main.block());
    main.goto(again);
    main.go_to(again);
    let (object, table) = (main.temp(Scalar::Ref), main.temp(Scalar::I64));
    for (dest, offset) in [(object, 0), (table, 8)] {
        let (array, index) = (array.into(), i.into());
        main.op(OpKind::LoadElement { dest, array, index, stride: 16, offset });
    }
    let area = main.load_table(table, 0);
    let value = main.call_indirect(area, &[object.into()], &[Scalar::I64])[0];
    main.print_line(value);
    let scaled = main.load_table(table, 1);
    let larger = main.call_indirect(scaled, &[object.into(), int(10)], &[Scalar::Ref])[0];
    // Of the same type, so the same table.
    let area = main.load_table(table, 0);
    let value = main.call_indirect(area, &[larger.into()], &[Scalar::I64])[0];
    main.print_line(value);
    let next = main.binary(BinaryOp::IAdd, i, int(1));
    main.copy(i, next);
    let more = main.compare(CompareOp::SLt, next, int(3));
    main.branch(more, again, done);
    main.go_to(done);
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}

/// A call of an address with more operands than registers, of every kind, and several results.
pub(crate) fn wide_indirect_call() -> Program {
    const KINDS: [Scalar; 7] =
        [Scalar::I8, Scalar::F64, Scalar::I16, Scalar::Ref, Scalar::I32, Scalar::F32, Scalar::I64];
    let mut unit = Unit::new();
    let text = unit.string("kept");
    let mut body = BodyBuilder::new("Wide");
    let parameters: Vec<Local> =
        KINDS.iter().chain(&KINDS).map(|&kind| body.parameter(kind, "p")).collect();
    body.returns(&[Scalar::Ref, Scalar::F64, Scalar::I64, Scalar::I8]);
    let mut sum: Operand = int(0);
    for &parameter in &parameters {
        let scalar = body.body.locals[parameter].scalar;
        let wide: Operand = match scalar {
            Scalar::F32 | Scalar::F64 => {
                body.convert(Conversion::FloatToSigned, parameter, Scalar::I64).into()
            }
            Scalar::Ref => continue,
            Scalar::I64 => parameter.into(),
            _ => body.convert(Conversion::SignExtend, parameter, Scalar::I64).into(),
        };
        sum = body.binary(BinaryOp::IMul, sum, int(3)).into();
        sum = body.binary(BinaryOp::IAdd, sum, wide).into();
    }
    body.ends_in(&[parameters[10].into(), parameters[8].into(), sum, parameters[0].into()]);
    let wide = unit.add(body);
    // From a table that a function gives, which is not inlined because it calls itself.
    let table = unit.table("Wide", &[wide]);
    let give = unit.declare("Give");
    let mut body = BodyBuilder::new("Give");
    let n = body.parameter(Scalar::I64, "n");
    body.returns(&[Scalar::I64]);
    let (now, later) = (body.block(), body.block());
    let is_now = body.compare(CompareOp::SLe, n, int(0));
    body.branch(is_now, now, later);
    body.go_to(now);
    body.ends_in(&[table]);
    body.go_to(later);
    let below = body.binary(BinaryOp::ISub, n, int(1));
    let given = body.call(give, &[below.into()], Scalar::I64);
    body.ends_in(&[given.into()]);
    unit.define(give, body);

    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let given = main.call(give, &[int(3)], Scalar::I64);
    let code = main.load_table(given, 0);
    let value = |(scalar, number): (Scalar, i64)| match scalar {
        Scalar::F32 => Operand::Const(Const::F32(number as f32)),
        Scalar::F64 => super::float(number as f64),
        Scalar::Ref => text,
        _ => int_of(scalar, number),
    };
    let arguments: Vec<Operand> = KINDS.iter().chain(&KINDS).copied().zip(1..).map(value).collect();
    let results = [Scalar::Ref, Scalar::F64, Scalar::I64, Scalar::I8];
    let results = main.call_indirect(code, &arguments, &results);
    main.runtime(beskid_abi::runtime_fn::RuntimeFn::PrintLine, &[results[0].into()]);
    let float = main.convert(Conversion::FloatToSigned, results[1], Scalar::I64);
    let byte = main.convert(Conversion::SignExtend, results[3], Scalar::I64);
    for number in [float, results[2], byte] {
        main.print_line(number);
    }
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}

/// A function that takes a function, with closures and a table that are known: nothing is indirect once
/// it is inlined.
pub(crate) fn higher_order() -> Program {
    let mut unit = Unit::new();
    let with_captures = captures(&mut unit);
    let plain = add_one(&mut unit);
    let twice = twice(&mut unit);
    let mut body = BodyBuilder::new("AddLength");
    let (this, x) = (body.parameter(Scalar::Ref, "self"), body.parameter(Scalar::I64, "x"));
    body.returns(&[Scalar::I64]);
    let text = body.load(Scalar::Ref, this, FIRST);
    let length = body.temp(Scalar::I64);
    body.op(OpKind::StringLen { dest: length, string: text.into() });
    let factor = body.load(Scalar::I64, this, FIRST + 8);
    let product = body.binary(BinaryOp::IMul, length, factor);
    let sum = body.binary(BinaryOp::IAdd, x, product);
    body.ends_in(&[sum.into()]);
    let add_length = unit.add(body);
    let text = unit.string("four");
    let table = unit.table("Twice", &[twice]);

    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let result = main.call(twice, &[plain, int(5)], Scalar::I64);
    main.print_line(result);
    let closure = main.alloc(with_captures);
    main.store(closure, CODE, address(add_length), Barrier::Scalar);
    main.store(closure, FIRST, text, Barrier::Initialising);
    main.store(closure, FIRST + 8, int(10), Barrier::Scalar);
    let result = main.call(twice, &[closure.into(), int(1)], Scalar::I64);
    main.print_line(result);
    let code = main.load_table(table, 0);
    let result = main.call_indirect(code, &[plain, int(7)], &[Scalar::I64])[0];
    main.print_line(result);
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}

/// A panic in a closure: the trace names the closure's code and who called it, inlined or not.
pub(crate) fn closure_panics() -> Program {
    let mut unit = Unit::new();
    let mut body = BodyBuilder::new("Invert");
    body.parameter(Scalar::Ref, "self");
    let x = body.parameter(Scalar::I64, "x");
    body.returns(&[Scalar::I64]);
    body.at(unit.position("Invert", 7, 12));
    body.op(OpKind::CheckDivisor { divisor: x.into() });
    let quotient = body.binary(BinaryOp::SDiv, int(1), x);
    body.ends_in(&[quotient.into()]);
    let code = unit.add(body);
    let descriptor = unit.descriptor("i64 => i64", DescriptorKind::Closure, FIRST, &[]);
    let invert = unit.static_closure(descriptor, code);
    let twice = twice(&mut unit);
    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    main.at(unit.position("main", 9, 5));
    let result = main.call(twice, &[invert, int(2)], Scalar::I64);
    main.print_line(result);
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}
