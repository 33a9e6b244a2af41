//! Every rule is broken once, and right programs pass.

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::index::Id;

use super::verify_program;
use crate::builder::{BodyBuilder, NULL, Unit, float, int, int_of, programs};
use crate::mir::{
    Barrier, BinaryOp, Block, CSignature, CType, Callee, CompareOp, Const, Convention, Conversion,
    DataId, DescriptorKind, Export, FuncId, Local, OpKind, Operand, Scalar, SourcePos, Terminator,
    UnaryOp,
};

/// The fault of a unit whose only function is filled by `fill`.
fn fault(fill: impl FnOnce(&mut Unit, &mut BodyBuilder)) -> String {
    let mut unit = Unit::new();
    let mut body = BodyBuilder::new("F");
    fill(&mut unit, &mut body);
    unit.add(body);
    verify_program(&unit.program).err().unwrap_or_else(|| "no fault".to_owned())
}

/// Checks the fault of each row against its text.
macro_rules! faults {
    ($($name:ident: |$unit:ident, $body:ident| $fill:block => $text:literal;)*) => {$(
        #[test]
        fn $name() {
            let found = fault(|$unit, $body| $fill);
            assert_eq!(found, $text);
        }
    )*};
}

#[test]
fn right_programs_pass() {
    for (name, program) in programs::ALL {
        assert_eq!(verify_program(&program()), Ok(()), "{name}");
    }
}

faults! {
    constants_fit: |_unit, body| {
        let x = body.temp(Scalar::I8);
        body.copy(x, int_of(Scalar::I8, 200));
    } => "`F`, bb0, `_0: i8 = 200`: a constant does not fit its kind";

    integers_are_integers: |_unit, body| {
        let x = body.temp(Scalar::F64);
        body.copy(x, int_of(Scalar::F64, 1));
    } => "`F`, bb0, `_0: f64 = 1`: an integer constant is of a kind that is none";

    static_references_are_objects: |unit, body| {
        let descriptor = unit.descriptor("P", DescriptorKind::Object, 8, &[]);
        let x = body.temp(Scalar::Ref);
        body.copy(x, Operand::Const(Const::StaticRef(descriptor)));
    } => "`F`, bb0, `_0: ref = static d0`: a static reference is not to an object";

    addresses_of_tables_are_so: |unit, body| {
        unit.string("no table");
        let x = body.temp(Scalar::I64);
        body.copy(x, Operand::Const(Const::TableAddress(DataId::from_index(0))));
    } => "`F`, bb0, `_0: i64 = \"no table\"`: the address of a table is not that of one";

    addresses_are_of_functions: |_unit, body| {
        let x = body.temp(Scalar::I64);
        body.copy(x, Operand::Const(Const::FunctionAddress(FuncId::from_index(9))));
    } => "`F`, bb0, `_0: i64 = &?`: the address is of no function that the program calls";

    addresses_are_no_references: |unit, body| {
        let callee = unit.declare("G");
        let x = body.temp(Scalar::Ref);
        body.copy(x, Operand::Const(Const::FunctionAddress(callee)));
    } => "`F`, bb0, `_0: ref = &G`: the value is i64 and must be ref";

    code_is_an_address: |_unit, body| {
        body.call_indirect(NULL, &[], &[]);
    } => "`F`, bb0, `call_indirect null()`: the code is ref and must be i64";

    numbers_are_not_called: |_unit, body| {
        body.call_indirect(int(64), &[], &[]);
    } => "`F`, bb0, `call_indirect 64()`: the code is no address";

    tables_are_not_called: |unit, body| {
        let table = unit.table("P as C", &[]);
        body.call_indirect(table, &[], &[]);
    } => "`F`, bb0, `call_indirect table P as C()`: the code is no address";

    arguments_fit_the_address: |unit, body| {
        let mut callee = BodyBuilder::new("G");
        callee.parameter(Scalar::Ref, "self");
        let callee = unit.add(callee);
        let callee = Operand::Const(Const::FunctionAddress(callee));
        body.call_indirect(callee, &[int(1)], &[]);
    } => "`F`, bb0, `call_indirect &G(1)`: argument 0 is i64 and must be ref";

    results_fit_the_address: |unit, body| {
        let callee = Operand::Const(Const::FunctionAddress(unit.declare("G")));
        body.call_indirect(callee, &[], &[Scalar::F64]);
    } => "`F`, bb0, `_0: f64 = call_indirect &G()`: 1 results where 0 are due";

    tables_are_addresses: |_unit, body| {
        body.load_table(NULL, 0);
    } => "`F`, bb0, `_0: i64 = load_table null.0`: the table is ref and must be i64";

    functions_are_no_tables: |unit, body| {
        let callee = unit.declare("G");
        body.load_table(Operand::Const(Const::FunctionAddress(callee)), 0);
    } => "`F`, bb0, `_0: i64 = load_table &G.0`: the table is no address of one";

    entries_are_addresses: |unit, body| {
        let table = unit.table("P as C", &[]);
        let dest = body.temp(Scalar::Ref);
        body.op(OpKind::LoadTable { dest, table, index: 0 });
    } => "`F`, bb0, `_0: ref = load_table table P as C.0`: the destination is ref and must be i64";

    entries_exist: |unit, body| {
        let callee = unit.declare("G");
        let table = unit.table("P as C", &[callee]);
        body.load_table(table, 1);
    } => "`F`, bb0, `_0: i64 = load_table table P as C.1`: `P as C` has 1 entries";

    entries_are_functions: |unit, _body| {
        unit.table("P as C", &[FuncId::from_index(3)]);
    } => "table d0 of `P as C`: function 3 does not exist";

    entries_are_no_shims: |unit, _body| {
        let mut shim = BodyBuilder::new("shim");
        shim.body.convention = Convention::EntryShim;
        let shim = unit.add(shim);
        unit.table("P as C", &[shim]);
    } => "table d0 of `P as C`: `shim` is not called by the program";

    static_closures_have_code: |unit, _body| {
        let descriptor = unit.descriptor("() => ()", DescriptorKind::Closure, 16, &[]);
        unit.static_closure(descriptor, FuncId::from_index(3));
    } => "closure d1: function 3 does not exist";

    static_closures_capture_nothing: |unit, _body| {
        let descriptor = unit.descriptor("() => ()", DescriptorKind::Closure, 24, &[16]);
        let code = unit.declare("G");
        unit.static_closure(descriptor, code);
    } => "closure d1: d0 does not describe closures without captures";

    static_closures_are_closures: |unit, _body| {
        let descriptor = unit.descriptor("Point", DescriptorKind::Object, 16, &[]);
        let code = unit.declare("G");
        unit.static_closure(descriptor, code);
    } => "closure d1: d0 does not describe closures without captures";

    code_of_closures_is_an_address: |unit, body| {
        let descriptor = unit.descriptor("() => ()", DescriptorKind::Closure, 16, &[]);
        let closure = body.alloc(descriptor);
        body.load(Scalar::I32, closure, 8);
    } => "`F`, bb0, `_1: i32 = load _0.8`: the code of a closure is an i64, not i32";

    closures_keep_their_code: |unit, body| {
        let descriptor = unit.descriptor("() => ()", DescriptorKind::Closure, 16, &[]);
        let code = Operand::Const(Const::FunctionAddress(unit.declare("G")));
        let closure = body.alloc(descriptor);
        body.store(closure, 8, code, Barrier::Scalar);
        body.store(closure, 8, code, Barrier::Scalar);
    } => "`F`, bb0, `store _0.8 = &G`: a closure gets its code once, where it is made";

    closures_get_their_code_at_once: |unit, body| {
        let descriptor = unit.descriptor("() => ()", DescriptorKind::Closure, 16, &[]);
        let code = Operand::Const(Const::FunctionAddress(unit.declare("G")));
        let closure = body.alloc(descriptor);
        body.call_indirect(code, &[], &[]);
        body.store(closure, 8, code, Barrier::Scalar);
    } => "`F`, bb0, `store _0.8 = &G`: a closure gets its code once, where it is made";

    indirect_calls_may_collect: |unit, body| {
        let node = unit.descriptor("Node", DescriptorKind::Object, 16, &[8]);
        let code = body.parameter(Scalar::I64, "code");
        let object = body.alloc(node);
        body.call_indirect(code, &[], &[]);
        body.store(object, 8, NULL, Barrier::Initialising);
    } => "`F`, bb0, `store _1.8 = null  [initialising]`: a collection may have seen the object it initialises";

    locals_exist: |_unit, body| {
        body.op(OpKind::Copy { dest: Local::from_index(3), value: int(1) });
    } => "`F`, bb0, operation 0: a local does not exist";

    positions_exist: |_unit, body| {
        let x = body.temp(Scalar::I64);
        body.at(SourcePos(9));
        body.copy(x, int(1));
    } => "`F`, bb0, `_0: i64 = 1`: its position does not exist";

    blocks_exist: |_unit, body| {
        body.goto(Block::from_index(5));
    } => "`F`, bb0: it jumps to a block that does not exist";

    the_entry_is_not_jumped_to: |_unit, body| {
        body.goto(Block::from_index(0));
    } => "`F`, bb0: it jumps to the entry";

    copies_keep_the_kind: |_unit, body| {
        let x = body.temp(Scalar::I32);
        body.copy(x, int(1));
    } => "`F`, bb0, `_0: i32 = 1`: the value is i64 and must be i32";

    operands_of_arithmetic_agree: |_unit, body| {
        body.binary(BinaryOp::IAdd, int(1), int_of(Scalar::I32, 2));
    } => "`F`, bb0, `_0: i64 = add 1, 2`: the right operand is i32 and must be i64";

    float_arithmetic_takes_floats: |_unit, body| {
        body.binary(BinaryOp::FAdd, int(1), int(2));
    } => "`F`, bb0, `_0: i64 = fadd 1, 2`: not an operation on i64";

    integer_arithmetic_takes_no_references: |_unit, body| {
        body.binary(BinaryOp::IAdd, NULL, NULL);
    } => "`F`, bb0, `_0: ref = add null, null`: not an operation on ref";

    negation_of_bools_takes_bytes: |_unit, body| {
        let dest = body.temp(Scalar::I32);
        body.op(OpKind::Unary { dest, op: UnaryOp::BoolNot, value: int_of(Scalar::I32, 1) });
    } => "`F`, bb0, `_0: i32 = bool_not 1`: not an operation on i32";

    comparisons_give_bytes: |_unit, body| {
        let dest = body.temp(Scalar::I64);
        let (left, right) = (int(1), int(2));
        body.op(OpKind::Compare { dest, op: CompareOp::Eq, left, right });
    } => "`F`, bb0, `_0: i64 = eq 1, 2`: the destination is i64 and must be i8";

    references_have_no_order: |_unit, body| {
        body.compare(CompareOp::ULt, NULL, NULL);
    } => "`F`, bb0, `_0: i8 = ult null, null`: not an operation on ref";

    conversions_lead_somewhere: |_unit, body| {
        body.convert(Conversion::ZeroExtend, int(1), Scalar::I32);
    } => "`F`, bb0, `_0: i32 = zero_extend 1`: it does not lead from i64 to i32";

    branches_take_bytes: |_unit, body| {
        let next = body.block();
        body.branch(int(1), next, next);
    } => "`F`, bb0: the condition is i64 and must be i8";

    cases_are_distinct: |_unit, body| {
        let next = body.block();
        let cases = vec![(3, next), (4, next), (3, next)];
        body.end(Terminator::Switch { value: int(1), cases, default: next });
    } => "`F`, bb0: case 3 stands twice";

    cases_fit: |_unit, body| {
        let next = body.block();
        let value = int_of(Scalar::I8, 1);
        body.end(Terminator::Switch { value, cases: vec![(128, next)], default: next });
    } => "`F`, bb0: a case does not fit i8";

    results_are_returned: |_unit, body| {
        body.returns(&[Scalar::I64]);
    } => "`F`, bb0: 0 results where 1 are due";

    results_have_their_kind: |_unit, body| {
        body.returns(&[Scalar::I64]);
        body.ends_in(&[float(1.0)]);
    } => "`F`, bb0: result 0 is f64 and must be i64";

    single_definitions_are_single: |_unit, body| {
        let x = body.temp(Scalar::I64);
        body.copy(x, int(1));
        body.copy(x, int(2));
    } => "`F`, bb0, `_0: i64 = 2`: `_0` is assigned a second time";

    parameters_are_assigned: |_unit, body| {
        let x = body.parameter(Scalar::I64, "x");
        body.copy(x, int(1));
    } => "`F`, bb0, `x: i64 = 1`: `x` is assigned a second time";

    uses_come_behind_definitions: |_unit, body| {
        let x = body.temp(Scalar::I64);
        body.binary(BinaryOp::IAdd, x, int(1));
        body.copy(x, int(1));
    } => "`F`, bb0, `_1: i64 = add _0, 1`: `_0` is read where it may not be assigned";

    an_operation_does_not_read_its_result: |_unit, body| {
        let x = body.temp(Scalar::I64);
        body.copy(x, x);
    } => "`F`, bb0, `_0: i64 = _0`: `_0` is read where it may not be assigned";

    definitions_dominate_uses: |_unit, body| {
        let c = body.parameter(Scalar::I8, "c");
        let (then, join) = (body.block(), body.block());
        let x = body.temp(Scalar::I64);
        body.branch(c, then, join);
        body.go_to(then);
        body.copy(x, int(1));
        body.goto(join);
        body.go_to(join);
        body.binary(BinaryOp::IAdd, x, int(1));
    } => "`F`, bb2, `_2: i64 = add _1, 1`: `_1` is read where it may not be assigned";

    mutable_locals_are_assigned_on_all_paths: |_unit, body| {
        let c = body.parameter(Scalar::I8, "c");
        let x = body.variable(Scalar::I64, "x");
        let (then, join) = (body.block(), body.block());
        body.returns(&[Scalar::I64]);
        body.branch(c, then, join);
        body.go_to(then);
        body.copy(x, int(1));
        body.goto(join);
        body.go_to(join);
        body.ends_in(&[x.into()]);
    } => "`F`, bb2: `x` is read where it may not be assigned";

    calls_have_all_arguments: |unit, body| {
        let mut callee = BodyBuilder::new("G");
        callee.parameter(Scalar::I64, "x");
        callee.returns(&[Scalar::I64]);
        callee.ends_in(&[int(1)]);
        let callee = unit.add(callee);
        body.call(callee, &[], Scalar::I64);
    } => "`F`, bb0, `_0: i64 = call G()`: 0 arguments where 1 are due";

    results_of_calls_fit: |unit, body| {
        let mut callee = BodyBuilder::new("G");
        callee.returns(&[Scalar::Ref]);
        callee.ends_in(&[NULL]);
        let callee = unit.add(callee);
        body.call(callee, &[], Scalar::I64);
    } => "`F`, bb0, `_0: i64 = call G()`: result 0 is i64 and must be ref";

    runtime_functions_get_what_their_row_says: |_unit, body| {
        body.runtime(RuntimeFn::TextBool, &[int(1)]);
    } => "`F`, bb0, `call runtime.text_bool(1)  [panics]`: argument 0 is i64 and must be i8";

    functions_exist: |unit, body| {
        let callee = unit.program.functions.next_id();
        let results = Vec::new();
        let callee = Callee::Direct(Id::from_index(callee.index() + 7));
        body.op(OpKind::Call { results, callee, arguments: Vec::new() });
    } => "`F`, bb0, `call ?()`: function 7 does not exist";

    nothing_follows_a_panic: |_unit, body| {
        body.runtime(RuntimeFn::PanicDivision, &[]);
        body.binary(BinaryOp::IAdd, int(1), int(2));
    } => "`F`, bb0, `call runtime.panic_division()  [panics, does not return]`: it does not return, but more follows";

    blocks_end_in_a_panic: |_unit, body| {
        body.runtime(RuntimeFn::PanicDivision, &[]);
    } => "`F`, bb0, `call runtime.panic_division()  [panics, does not return]`: it does not return, but the block goes on";


    what_is_unreachable_is_so_for_a_reason: |_unit, body| {
        body.end(Terminator::Unreachable);
    } => "`F`, bb0: unreachable without a call before it";

    references_are_stored_with_a_barrier: |_unit, body| {
        let object = body.parameter(Scalar::Ref, "p");
        body.store(object, 8, NULL, Barrier::Scalar);
    } => "`F`, bb0, `store p.8 = null`: a store has a barrier exactly if it stores a reference";

    scalars_have_no_barrier: |_unit, body| {
        let object = body.parameter(Scalar::Ref, "p");
        body.store(object, 8, int(1), Barrier::Needed);
    } => "`F`, bb0, `store p.8 = 1  [barrier]`: a store has a barrier exactly if it stores a reference";

    headers_are_not_fields: |_unit, body| {
        let object = body.parameter(Scalar::Ref, "p");
        body.load(Scalar::I64, object, 0);
    } => "`F`, bb0, `_1: i64 = load p.0`: it accesses the header";

    fields_are_aligned: |_unit, body| {
        let object = body.parameter(Scalar::Ref, "p");
        body.load(Scalar::I64, object, 12);
    } => "`F`, bb0, `_1: i64 = load p.12`: 12 is no place for a i64";

    fields_are_inside: |unit, body| {
        let point = unit.descriptor("Point", DescriptorKind::Object, 16, &[]);
        let object = body.alloc(point);
        body.load(Scalar::I32, object, 16);
    } => "`F`, bb0, `_1: i32 = load _0.16`: `Point` has 16 bytes";

    references_are_where_the_collector_looks: |unit, body| {
        let point = unit.descriptor("Point", DescriptorKind::Object, 24, &[16]);
        let object = body.alloc(point);
        body.store(object, 8, NULL, Barrier::Initialising);
    } => "`F`, bb0, `store _0.8 = null  [initialising]`: `Point` has no reference at 8";

    scalars_are_where_the_collector_does_not_look: |unit, body| {
        let point = unit.descriptor("Point", DescriptorKind::Object, 24, &[16]);
        let object = body.alloc(point);
        body.load(Scalar::I32, object, 20);
    } => "`F`, bb0, `_1: i32 = load _0.20`: `Point` has a reference at 16";

    arrays_have_no_fields: |unit, body| {
        let numbers = unit.descriptor("i32[]", DescriptorKind::Array, 4, &[]);
        let array = body.alloc_array(numbers, int(3));
        body.load(Scalar::I64, array, 8);
    } => "`F`, bb0, `_1: i64 = load _0.8`: `i32[]` is an array";

    elements_have_their_size: |unit, body| {
        let numbers = unit.descriptor("i32[]", DescriptorKind::Array, 4, &[]);
        let array = body.alloc_array(numbers, int(3));
        body.load_element(Scalar::I64, array, int(0));
    } => "`F`, bb0, `_1: i64 = load _0[0]`: elements of `i32[]` have 4 bytes";

    objects_have_no_length: |unit, body| {
        let point = unit.descriptor("Point", DescriptorKind::Object, 16, &[]);
        let object = body.alloc(point);
        body.array_len(object);
    } => "`F`, bb0, `_1: i64 = len _0`: `Point` is no array";

    objects_are_allocated_by_their_descriptor: |unit, body| {
        let numbers = unit.descriptor("i32[]", DescriptorKind::Array, 4, &[]);
        body.alloc(numbers);
    } => "`F`, bb0, `_0: ref = alloc i32[]`: `i32[]` is Array";

    descriptors_are_sorted: |unit, _body| {
        unit.descriptor("P", DescriptorKind::Object, 32, &[16, 8]);
    } => "descriptor d0 of `P`: references overlap the header or are not ascending";

    references_of_descriptors_are_inside: |unit, _body| {
        unit.descriptor("P", DescriptorKind::Array, 12, &[8]);
    } => "descriptor d0 of `P`: a reference is outside";

    objects_are_initialised_before_the_next_safepoint: |unit, body| {
        let node = unit.descriptor("Node", DescriptorKind::Object, 16, &[8]);
        let first = body.alloc(node);
        let second = body.alloc(node);
        body.store(second, 8, first, Barrier::Initialising);
        body.store(first, 8, second, Barrier::Initialising);
    } => "`F`, bb0, `store _0.8 = _1  [initialising]`: a collection may have seen the object it initialises";

    loops_may_collect: |unit, body| {
        let node = unit.descriptor("Node", DescriptorKind::Object, 16, &[8]);
        let c = body.parameter(Scalar::I8, "c");
        let (again, done) = (body.block(), body.block());
        let first = body.alloc(node);
        body.goto(again);
        body.go_to(again);
        body.store(first, 8, NULL, Barrier::Initialising);
        body.alloc(node);
        body.branch(c, again, done);
    } => "`F`, bb1, `store _1.8 = null  [initialising]`: a collection may have seen the object it initialises";

    shims_only_enter: |_unit, body| {
        body.body.convention = Convention::EntryShim;
        body.returns(&[Scalar::I64]);
        body.runtime_value(RuntimeFn::TextBegin, &[], Scalar::I64);
        body.ends_in(&[int(0)]);
    } => "`F`, bb0, `_0: i64 = call runtime.text_begin()`: a shim computes a status, no more";

    shims_enter: |_unit, body| {
        body.body.convention = Convention::EntryShim;
        body.returns(&[Scalar::I64]);
        body.ends_in(&[int(0)]);
    } => "`F`: the shim does not enter the program";

    export_shims_enter_first: |_unit, body| {
        body.body.convention = Convention::ExportShim;
        let x = body.temp(Scalar::I64);
        body.copy(x, int(0));
        body.op(OpKind::EnterLibrary);
        body.op(OpKind::LeaveLibrary);
    } => "`F`, bb0, `_0: i64 = 0`: the library is not entered here";

    export_shims_leave_last: |_unit, body| {
        body.body.convention = Convention::ExportShim;
        body.op(OpKind::EnterLibrary);
        body.op(OpKind::LeaveLibrary);
        let x = body.temp(Scalar::I64);
        body.copy(x, int(0));
    } => "`F`, bb0, `leave_library`: a shim enters first and leaves last";

    nothing_else_enters: |_unit, body| {
        body.op(OpKind::EnterLibrary);
    } => "`F`, bb0, `enter_library`: a shim enters first and leaves last";

    export_shims_are_one_block: |_unit, body| {
        body.body.convention = Convention::ExportShim;
        let next = body.block();
        body.goto(next);
        body.go_to(next);
    } => "`F`: an export shim is one block with at most one result";

    export_shims_are_exported: |_unit, body| {
        body.body.convention = Convention::ExportShim;
        body.op(OpKind::EnterLibrary);
        body.op(OpKind::LeaveLibrary);
    } => "`F` is a shim of nothing that is exported";

    symbols_are_unique: |unit, _body| {
        unit.declare("F");
    } => "`pn::::F$function()`: another function has its symbol";
}

#[test]
fn an_object_may_be_initialised_behind_a_join() {
    let found = fault(|unit, body| {
        let node = unit.descriptor("Node", DescriptorKind::Object, 16, &[8]);
        let c = body.parameter(Scalar::I8, "c");
        let (then, otherwise, join) = (body.block(), body.block(), body.block());
        let object = body.alloc(node);
        body.branch(c, then, otherwise);
        body.go_to(then);
        body.goto(join);
        body.go_to(otherwise);
        body.goto(join);
        body.go_to(join);
        body.store(object, 8, NULL, Barrier::Initialising);
    });
    assert_eq!(found, "no fault");
}

#[test]
fn only_shims_are_entries() {
    let mut unit = Unit::new();
    let main = unit.declare("main");
    unit.program.entry = Some(main);
    let found = verify_program(&unit.program);
    assert_eq!(found, Err("`main`: the entry, and it alone, is an entry shim".to_owned()));
}

#[test]
fn c_calls_shims() {
    let export = |function, signature| Export {
        source: "F".into(),
        symbol: "pn::::F$function()".into(),
        name: None,
        function,
        signature,
    };
    let mut unit = Unit::new();
    let function = unit.declare("F");
    let signature = CSignature { parameters: [].into(), result: CType::Unit };
    unit.program.exports = vec![export(function, None)];
    assert_eq!(verify_program(&unit.program), Ok(()));
    unit.program.exports = vec![export(function, Some(signature))];
    let found = verify_program(&unit.program);
    assert_eq!(found, Err("`F`: C calls export shims, and these alone".to_owned()));
}

#[test]
fn positions_come_behind_the_calls_they_came_through() {
    let mut unit = Unit::new();
    let position = unit.position("F", 2, 1);
    unit.program.origins[0].parent = Some(position);
    let found = verify_program(&unit.program);
    assert_eq!(found, Err("position 0: the call it came through stands behind it".to_owned()));
}
