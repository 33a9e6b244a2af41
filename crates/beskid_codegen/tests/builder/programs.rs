//! Programs for tests, one idea each.

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_codegen::mir::{
    Barrier, BinaryOp, Callee, CompareOp, Conversion, DescriptorKind, OpKind, Program, Scalar,
    Terminator,
};

use super::{BodyBuilder, NULL, Unit, indirect, int, int_of};

/// A name and how to make the program.
pub(crate) type Named = (&'static str, fn() -> Program);

/// All of them by name.
pub(crate) const ALL: &[Named] = &[
    ("hello", hello),
    ("fib", fib),
    ("sum_of_array", sum_of_array),
    ("index_panics", index_panics),
    ("list", list),
    ("tree", tree),
    ("old_objects", old_objects),
    ("several_results", several_results),
    ("switches", switches),
    ("characters", characters),
    ("kept_over_calls", kept_over_calls),
    ("structures_in_arrays", structures_in_arrays),
    ("arguments", arguments),
    ("closures", indirect::closures),
    ("dispatch", indirect::dispatch),
    ("wide_indirect_call", indirect::wide_indirect_call),
    ("higher_order", indirect::higher_order),
    ("closure_panics", indirect::closure_panics),
    ("arithmetic", super::arithmetic::arithmetic),
];

pub(crate) fn hello() -> Program {
    let mut unit = Unit::new();
    let text = unit.string("hello");
    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    main.runtime(RuntimeFn::PrintLine, &[text]);
    main.ends_in(&[int(7)]);
    let main = unit.add(main);
    unit.enter(main)
}

pub(crate) fn fib() -> Program {
    let mut unit = Unit::new();
    let function = unit.declare("Fib");
    let mut body = BodyBuilder::new("Fib");
    body.returns(&[Scalar::I64]);
    let n = body.parameter(Scalar::I64, "n");
    let (small, large) = (body.block(), body.block());
    let is_small = body.compare(CompareOp::SLt, n, int(2));
    body.branch(is_small, small, large);
    body.go_to(small);
    body.ends_in(&[n.into()]);
    body.go_to(large);
    let one = body.binary(BinaryOp::ISub, n, int(1));
    let first = body.call(function, &[one.into()], Scalar::I64);
    let two = body.binary(BinaryOp::ISub, n, int(2));
    let second = body.call(function, &[two.into()], Scalar::I64);
    let sum = body.binary(BinaryOp::IAdd, first, second);
    body.ends_in(&[sum.into()]);
    unit.define(function, body);

    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let result = main.call(function, &[int(25)], Scalar::I64);
    main.print_line(result);
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}

/// Fills an array with its indices and adds them up.
pub(crate) fn sum_of_array() -> Program {
    let mut unit = Unit::new();
    let numbers = unit.descriptor("i64[]", DescriptorKind::Array, 8, &[]);
    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let (i, total) = (main.variable(Scalar::I64, "i"), main.variable(Scalar::I64, "total"));
    let array = main.alloc_array(numbers, int(100));
    main.copy(i, int(0));
    main.copy(total, int(0));
    let (fill, add_first, add, done) = (main.block(), main.block(), main.block(), main.block());
    main.goto(fill);
    main.go_to(fill);
    let length = main.array_len(array);
    main.check_index(i, length);
    main.store_element(array, i, i, Barrier::Scalar);
    let next = main.binary(BinaryOp::IAdd, i, int(1));
    main.copy(i, next);
    let more = main.compare(CompareOp::SLt, next, int(100));
    main.branch(more, fill, add_first);
    main.go_to(add_first);
    main.copy(i, int(0));
    main.goto(add);
    main.go_to(add);
    let length = main.array_len(array);
    main.check_index(i, length);
    let element = main.load_element(Scalar::I64, array, i);
    let sum = main.binary(BinaryOp::IAdd, total, element);
    main.copy(total, sum);
    let next = main.binary(BinaryOp::IAdd, i, int(1));
    main.copy(i, next);
    let more = main.compare(CompareOp::SLt, next, length);
    main.branch(more, add, done);
    main.go_to(done);
    main.print_line(total);
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}

pub(crate) fn index_panics() -> Program {
    let mut unit = Unit::new();
    let numbers = unit.descriptor("i64[]", DescriptorKind::Array, 8, &[]);
    let mut get = BodyBuilder::new("Get");
    get.returns(&[Scalar::I64]);
    let (array, index) = (get.parameter(Scalar::Ref, "xs"), get.parameter(Scalar::I64, "i"));
    get.at(unit.position("Get", 4, 9));
    let length = get.array_len(array);
    get.check_index(index, length);
    let element = get.load_element(Scalar::I64, array, index);
    get.ends_in(&[element.into()]);
    let get = unit.add(get);

    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let array = main.alloc_array(numbers, int(3));
    main.at(unit.position("main", 9, 5));
    let element = main.call(get, &[array.into(), int(5)], Scalar::I64);
    main.ends_in(&[element.into()]);
    let main = unit.add(main);
    unit.enter(main)
}

/// A linked list of 1000 numbers: allocation in a loop, references across safepoints.
pub(crate) fn list() -> Program {
    let mut unit = Unit::new();
    let node = unit.descriptor("Node", DescriptorKind::Object, 24, &[8]);
    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let (head, i) = (main.variable(Scalar::Ref, "head"), main.variable(Scalar::I64, "i"));
    let total = main.variable(Scalar::I64, "total");
    main.copy(head, NULL);
    main.copy(i, int(1));
    let (build, walk_first, walk, done) = (main.block(), main.block(), main.block(), main.block());
    main.goto(build);
    main.go_to(build);
    let new = main.alloc(node);
    main.store(new, 8, head, Barrier::Initialising);
    main.store(new, 16, i, Barrier::Scalar);
    main.copy(head, new);
    let next = main.binary(BinaryOp::IAdd, i, int(1));
    main.copy(i, next);
    let more = main.compare(CompareOp::SLe, next, int(1000));
    main.branch(more, build, walk_first);
    main.go_to(walk_first);
    main.copy(total, int(0));
    main.goto(walk);
    main.go_to(walk);
    // Garbage, so that a node that is not kept is reused.
    let garbage = main.alloc(node);
    main.store(garbage, 16, int(-1), Barrier::Scalar);
    let value = main.load(Scalar::I64, head, 16);
    let sum = main.binary(BinaryOp::IAdd, total, value);
    main.copy(total, sum);
    let next = main.load(Scalar::Ref, head, 8);
    main.copy(head, next);
    let more = main.compare(CompareOp::Ne, next, NULL);
    main.branch(more, walk, done);
    main.go_to(done);
    main.print_line(total);
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}

/// Builds a binary tree by recursion and counts its nodes: references that live across calls.
pub(crate) fn tree() -> Program {
    let mut unit = Unit::new();
    let node = unit.descriptor("Tree", DescriptorKind::Object, 24, &[8, 16]);
    let build = unit.declare("Build");
    let mut body = BodyBuilder::new("Build");
    body.returns(&[Scalar::Ref]);
    let depth = body.parameter(Scalar::I64, "depth");
    let (leaf, inner) = (body.block(), body.block());
    let is_leaf = body.compare(CompareOp::Eq, depth, int(0));
    body.branch(is_leaf, leaf, inner);
    body.go_to(leaf);
    let object = body.alloc(node);
    body.ends_in(&[object.into()]);
    body.go_to(inner);
    let below = body.binary(BinaryOp::ISub, depth, int(1));
    let left = body.call(build, &[below.into()], Scalar::Ref);
    let right = body.call(build, &[below.into()], Scalar::Ref);
    let object = body.alloc(node);
    body.store(object, 8, left, Barrier::Initialising);
    body.store(object, 16, right, Barrier::Initialising);
    body.ends_in(&[object.into()]);
    unit.define(build, body);

    let count = unit.declare("Count");
    let mut body = BodyBuilder::new("Count");
    body.returns(&[Scalar::I64]);
    let tree = body.parameter(Scalar::Ref, "tree");
    let (none, some) = (body.block(), body.block());
    let is_none = body.compare(CompareOp::Eq, tree, NULL);
    body.branch(is_none, none, some);
    body.go_to(none);
    body.ends_in(&[int(0)]);
    body.go_to(some);
    let left = body.load(Scalar::Ref, tree, 8);
    let left = body.call(count, &[left.into()], Scalar::I64);
    let right = body.load(Scalar::Ref, tree, 16);
    let right = body.call(count, &[right.into()], Scalar::I64);
    let sum = body.binary(BinaryOp::IAdd, left, right);
    let sum = body.binary(BinaryOp::IAdd, sum, int(1));
    body.ends_in(&[sum.into()]);
    unit.define(count, body);

    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let kept = main.call(build, &[int(7)], Scalar::Ref);
    let dropped = main.call(build, &[int(5)], Scalar::Ref);
    let nodes = main.call(count, &[dropped.into()], Scalar::I64);
    main.print_line(nodes);
    let nodes = main.call(count, &[kept.into()], Scalar::I64);
    main.print_line(nodes);
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}

/// Stores new objects into an old one, with barriers, through a field and through elements.
pub(crate) fn old_objects() -> Program {
    let mut unit = Unit::new();
    let cell = unit.descriptor("Cell", DescriptorKind::Object, 24, &[8]);
    let cells = unit.descriptor("Cell[]", DescriptorKind::Array, 8, &[0]);
    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let (i, total) = (main.variable(Scalar::I64, "i"), main.variable(Scalar::I64, "total"));
    let array = main.alloc_array(cells, int(10));
    let head = main.alloc(cell);
    main.copy(i, int(0));
    main.copy(total, int(0));
    let (fill, add_first, add, done) = (main.block(), main.block(), main.block(), main.block());
    main.goto(fill);
    main.go_to(fill);
    let new = main.alloc(cell);
    main.store(new, 16, i, Barrier::Scalar);
    main.store(head, 8, new, Barrier::Needed);
    main.store_element(array, i, new, Barrier::Needed);
    let next = main.binary(BinaryOp::IAdd, i, int(1));
    main.copy(i, next);
    let more = main.compare(CompareOp::SLt, next, int(10));
    main.branch(more, fill, add_first);
    main.go_to(add_first);
    main.copy(i, int(0));
    let last = main.load(Scalar::Ref, head, 8);
    let last = main.load(Scalar::I64, last, 16);
    main.print_line(last);
    main.store(head, 8, NULL, Barrier::Needed);
    main.goto(add);
    main.go_to(add);
    main.alloc(cell);
    let element = main.load_element(Scalar::Ref, array, i);
    let value = main.load(Scalar::I64, element, 16);
    let sum = main.binary(BinaryOp::IAdd, total, value);
    main.copy(total, sum);
    let next = main.binary(BinaryOp::IAdd, i, int(1));
    main.copy(i, next);
    let more = main.compare(CompareOp::SLt, next, int(10));
    main.branch(more, add, done);
    main.go_to(done);
    main.print_line(total);
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}

/// A call with results of several kinds.
pub(crate) fn several_results() -> Program {
    let mut unit = Unit::new();
    let kinds = [Scalar::I8, Scalar::Ref, Scalar::F64, Scalar::I32];
    let text = unit.string("both");
    let mut body = BodyBuilder::new("Make");
    body.returns(&kinds);
    let n = body.parameter(Scalar::I64, "n");
    let tag = body.convert(Conversion::Truncate, n, Scalar::I8);
    let half = body.convert(Conversion::SignedToFloat, n, Scalar::F64);
    let half = body.binary(BinaryOp::FDiv, half, super::float(2.0));
    let narrow = body.convert(Conversion::Truncate, n, Scalar::I32);
    body.ends_in(&[tag.into(), text, half.into(), narrow.into()]);
    let make = unit.add(body);

    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let results: Vec<_> = kinds.iter().map(|&kind| main.temp(kind)).collect();
    main.op(OpKind::Call {
        results: results.clone(),
        callee: Callee::Direct(make),
        arguments: vec![int(0x1_0000_0103)],
    });
    main.runtime(RuntimeFn::PrintLine, &[results[1].into()]);
    let mark = main.runtime_value(RuntimeFn::TextBegin, &[], Scalar::I64);
    main.runtime(RuntimeFn::TextF64, &[results[2].into()]);
    main.runtime(RuntimeFn::TextPrintLine, &[mark.into()]);
    let tag = main.convert(Conversion::ZeroExtend, results[0], Scalar::I64);
    main.print_line(tag);
    let narrow = main.convert(Conversion::SignExtend, results[3], Scalar::I64);
    main.print_line(narrow);
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}

/// A switch with dense, sparse and negative cases, over every integer kind.
pub(crate) fn switches() -> Program {
    let mut unit = Unit::new();
    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    for scalar in [Scalar::I8, Scalar::I16, Scalar::I32, Scalar::I64] {
        let mut body = BodyBuilder::new(&format!("Choose_{}", scalar.name()));
        body.returns(&[Scalar::I64]);
        let n = body.parameter(scalar, "n");
        let values = [-128, -1, 0, 1, 2, 3, 4, 5, 100];
        let blocks: Vec<_> = values.iter().map(|_| body.block()).collect();
        let default = body.block();
        let cases = values.iter().copied().zip(blocks.iter().copied()).collect();
        body.end(Terminator::Switch { value: n.into(), cases, default });
        for (&block, number) in blocks.iter().zip(1..) {
            body.go_to(block);
            body.ends_in(&[int(number)]);
        }
        body.go_to(default);
        body.ends_in(&[int(0)]);
        let choose = unit.add(body);
        let mut sum = main.binary(BinaryOp::IAdd, int(0), int(0));
        for value in [-128, -127, -1, 0, 5, 6, 100, 101] {
            let chosen = main.call(choose, &[int_of(scalar, value)], Scalar::I64);
            sum = main.binary(BinaryOp::IMul, sum, int(10));
            sum = main.binary(BinaryOp::IAdd, sum, chosen);
        }
        main.print_line(sum);
    }
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}

/// The borders of what a char is; the last is none.
pub(crate) fn characters() -> Program {
    let mut unit = Unit::new();
    let mut body = BodyBuilder::new("Check");
    body.returns(&[Scalar::I64]);
    let n = body.parameter(Scalar::I64, "n");
    body.at(unit.position("Check", 5, 3));
    body.op(OpKind::CheckChar { value: n.into(), unsigned: false });
    body.ends_in(&[n.into()]);
    let check = unit.add(body);
    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    for value in [0, 0xd7ff, 0xe000, 0x10_ffff, 0xdfff] {
        let value = main.call(check, &[int(value)], Scalar::I64);
        main.print_line(value);
    }
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}

/// References that live across calls in a loop, and one that changes in it.
pub(crate) fn kept_over_calls() -> Program {
    let mut unit = Unit::new();
    let cell = unit.descriptor("Cell", DescriptorKind::Object, 24, &[8]);
    let mut body = BodyBuilder::new("Make");
    body.returns(&[Scalar::Ref]);
    let (n, next) = (body.parameter(Scalar::I64, "n"), body.parameter(Scalar::Ref, "next"));
    let object = body.alloc(cell);
    body.store(object, 8, next, Barrier::Initialising);
    body.store(object, 16, n, Barrier::Scalar);
    body.ends_in(&[object.into()]);
    let make = unit.add(body);

    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let (latest, i) = (main.variable(Scalar::Ref, "latest"), main.variable(Scalar::I64, "i"));
    let base = main.call(make, &[int(1000), NULL], Scalar::Ref);
    main.copy(latest, NULL);
    main.copy(i, int(0));
    let (again, done) = (main.block(), main.block());
    main.goto(again);
    main.go_to(again);
    let first = main.call(make, &[i.into(), latest.into()], Scalar::Ref);
    let second = main.call(make, &[int(7), base.into()], Scalar::Ref);
    let third = main.call(make, &[int(8), first.into()], Scalar::Ref);
    main.copy(latest, third);
    main.store(second, 8, third, Barrier::Needed);
    let chained = main.load(Scalar::Ref, second, 8);
    let chained = main.load(Scalar::Ref, chained, 8);
    let value = main.load(Scalar::I64, chained, 16);
    main.print_line(value);
    let next = main.binary(BinaryOp::IAdd, i, int(1));
    main.copy(i, next);
    let more = main.compare(CompareOp::SLt, next, int(4));
    main.branch(more, again, done);
    main.go_to(done);
    let value = main.load(Scalar::I64, base, 16);
    main.print_line(value);
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}

/// Elements of 24 and 40 bytes, written and read by parts, and a constant index.
pub(crate) fn structures_in_arrays() -> Program {
    let mut unit = Unit::new();
    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let i = main.variable(Scalar::I64, "i");
    for stride in [12, 24, 40, 56] {
        let array = unit.descriptor(&format!("S{stride}[]"), DescriptorKind::Array, stride, &[]);
        let array = main.alloc_array(array, int(4));
        main.copy(i, int(0));
        let (fill, read) = (main.block(), main.block());
        main.goto(fill);
        main.go_to(fill);
        let narrow = main.convert(Conversion::Truncate, i, Scalar::I32);
        let square = main.binary(BinaryOp::IMul, narrow, narrow);
        for (offset, value) in [(0, narrow), (8, square)] {
            main.op(OpKind::StoreElement {
                array: array.into(),
                index: i.into(),
                stride,
                offset,
                value: value.into(),
                barrier: Barrier::Scalar,
            });
        }
        let next = main.binary(BinaryOp::IAdd, i, int(1));
        main.copy(i, next);
        let more = main.compare(CompareOp::SLt, next, int(4));
        main.branch(more, fill, read);
        main.go_to(read);
        let index = main.binary(BinaryOp::ISub, i, int(2));
        for (index, offset) in [(int(3), 8), (index.into(), 0), (index.into(), 8)] {
            let dest = main.temp(Scalar::I32);
            main.op(OpKind::LoadElement { dest, array: array.into(), index, stride, offset });
            let wide = main.convert(Conversion::SignExtend, dest, Scalar::I64);
            main.print_line(wide);
        }
    }
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}

/// Prints how many arguments the command line has; the shim gets them from the runtime.
pub(crate) fn arguments() -> Program {
    let mut unit = Unit::new();
    let strings = unit.descriptor("string[]", DescriptorKind::Array, 8, &[0]);
    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let arguments = main.parameter(Scalar::Ref, "arguments");
    let count = main.array_len(arguments);
    main.print_line(count);
    main.ends_in(&[count.into()]);
    let main = unit.add(main);
    unit.enter_with(main, Some(strings))
}
