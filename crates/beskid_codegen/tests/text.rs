//! What people see of the intermediate forms.

mod builder;

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_codegen::isa::{Imports, IsaConfig, OptLevel};
use beskid_codegen::mir::{
    Barrier, BinaryOp, Const, Conversion, DescriptorKind, Operand, Program, Scalar, Terminator,
};
use beskid_codegen::{CodegenArtifact, dump};

use builder::{BodyBuilder, Unit, float, int, programs};

/// A bit of everything the printer knows.
fn everything() -> Program {
    let mut unit = Unit::new();
    let point = unit.descriptor("Point", DescriptorKind::Object, 24, &[8]);
    let points = unit.descriptor("Point[]", DescriptorKind::Array, 8, &[0]);
    let pairs = unit.descriptor("Pair[]", DescriptorKind::Array, 16, &[]);
    let (short, long) = (unit.string("a \"b\"\n"), unit.string(&"long ".repeat(20)));
    let mut same = BodyBuilder::new("Same");
    same.parameter(Scalar::Ref, "self");
    let x = same.parameter(Scalar::F32, "x");
    same.returns(&[Scalar::F32]);
    same.ends_in(&[x.into()]);
    let same = unit.add(same);
    let plain = unit.descriptor("f32 => f32", DescriptorKind::Closure, 16, &[]);
    let closure = unit.static_closure(plain, same);
    let table = unit.table("Point as Shape", &[same, same]);
    let same = Operand::Const(Const::FunctionAddress(same));
    let start = unit.position("Show", 2, 1);
    let inside = unit.position("Show", 3, 9);
    let inlined = unit.position("Half", 9, 5);
    unit.program.origins[inlined.0 as usize].parent = Some(inside);
    let deeper = unit.position("Deep", 1, 2);
    unit.program.origins[deeper.0 as usize].parent = Some(inlined);
    unit.program.origins[deeper.0 as usize].file = unit.program.names.intern("q.bd");

    let mut body = BodyBuilder::new("Show");
    body.body.position = start;
    body.at(start);
    let (count, name) = (body.parameter(Scalar::I64, "count"), body.parameter(Scalar::Ref, "name"));
    let total = body.variable(Scalar::F64, "total");
    let other_total = body.variable(Scalar::F64, "total");
    body.returns(&[Scalar::F64, Scalar::Ref]);
    let (panics, next) = (body.cold_block(), body.block());
    body.copy(total, float(0.5));
    body.at(inside);
    body.copy(other_total, float(-1e300));
    let object = body.alloc(point);
    body.store(object, 8, name, Barrier::Initialising);
    body.store(object, 16, int(-3), Barrier::Scalar);
    body.at(inlined);
    let array = body.alloc_array(points, count);
    body.check_index(count, int(5));
    body.store_element(array, count, object, Barrier::Needed);
    body.at(deeper);
    let pairs = body.alloc_array(pairs, int(2));
    let narrow = body.convert(Conversion::Truncate, count, Scalar::I32);
    body.op(beskid_codegen::mir::OpKind::StoreElement {
        array: pairs.into(),
        index: int(1),
        stride: 16,
        offset: 8,
        value: narrow.into(),
        barrier: Barrier::Scalar,
    });
    let single = body.temp(Scalar::F32);
    body.copy(single, Operand::Const(Const::F32(0.1)));
    let nan = body.temp(Scalar::F64);
    body.copy(nan, float(f64::NAN));
    body.at(start);
    let joined = body.runtime_value(RuntimeFn::StringConcat, &[short, long], Scalar::Ref);
    let is_equal =
        body.runtime_value(RuntimeFn::StringEqual, &[joined, name].map(Into::into), Scalar::I8);
    let doubled = body.call_indirect(same, &[closure, single.into()], &[Scalar::F32])[0];
    let entry = body.load_table(table, 1);
    let code = body.load(Scalar::I64, name, 8);
    body.call_indirect(code, &[entry.into(), doubled.into()], &[]);
    body.branch(is_equal, panics, next);
    body.go_to(panics);
    body.runtime(RuntimeFn::Panic, &[name.into()]);
    body.end(Terminator::Unreachable);
    body.go_to(next);
    let done = body.block();
    let sum = body.binary(BinaryOp::FAdd, total, other_total);
    body.end(Terminator::Switch {
        value: narrow.into(),
        cases: vec![(-1, done), (7, done)],
        default: done,
    });
    body.go_to(done);
    body.ends_in(&[sum.into(), joined.into()]);
    unit.add(body);
    unit.program
}

#[test]
fn mir() {
    let artifact = CodegenArtifact::new(everything(), OptLevel::None);
    assert_eq!(dump::mir(&artifact, Some("Show")), EVERYTHING);
}

fn x86_64(opt: OptLevel) -> IsaConfig {
    let triple = "x86_64-unknown-linux-gnu".parse().expect("a triple");
    IsaConfig { triple: Some(triple), opt, imports: Imports::Linked }
}

#[test]
fn clif() {
    let isa = x86_64(OptLevel::None).build().expect("a known target");
    let artifact = CodegenArtifact::new(programs::kept_over_calls(), OptLevel::None);
    let text = dump::clif(&artifact, &*isa, Some("Make"));
    assert_eq!(text.as_deref(), Ok(CLIF));
}

/// A reference lives across the call of an address; the closure is static.
#[test]
fn clif_of_indirect_calls() {
    let mut unit = Unit::new();
    let mut body = BodyBuilder::new("F");
    let (kept, table) = (body.parameter(Scalar::Ref, "kept"), body.parameter(Scalar::I64, "table"));
    body.returns(&[Scalar::Ref, Scalar::I64]);
    let code = unit.declare("G");
    let plain = unit.descriptor("() => i64", DescriptorKind::Closure, 16, &[]);
    let closure = unit.static_closure(plain, code);
    let entry = body.load_table(table, 2);
    let result = body.call_indirect(entry, &[closure], &[Scalar::I64])[0];
    let known = Operand::Const(Const::FunctionAddress(code));
    body.call_indirect(known, &[], &[]);
    body.ends_in(&[kept.into(), result.into()]);
    unit.add(body);
    let isa = x86_64(OptLevel::None).build().expect("a known target");
    let artifact = CodegenArtifact::new(unit.program, OptLevel::None);
    let text = dump::clif(&artifact, &*isa, Some("F"));
    assert_eq!(text.as_deref(), Ok(INDIRECT));
}

#[test]
fn asm() {
    let isa = x86_64(OptLevel::Speed).build().expect("a known target");
    let artifact = CodegenArtifact::new(programs::fib(), OptLevel::Speed);
    let text = dump::asm(&artifact, &*isa, Some("Fib"));
    assert_eq!(text.as_deref(), Ok(ASM));
}

#[test]
fn functions_are_chosen_by_their_source_name() {
    let artifact = CodegenArtifact::new(programs::fib(), OptLevel::None);
    let all = dump::mir(&artifact, None);
    assert!(all.contains("fn Fib(n: i64) -> i64\n") && all.contains("fn main() -> i64\n"));
    assert_eq!(
        dump::mir(&artifact, Some("shim")),
        "fn shim() -> i64 entry shim\nbb0:\n    _0: i64 = enter main()\n    return _0\n"
    );
    assert_eq!(dump::mir(&artifact, Some("Nothing")), "");
}

const EVERYTHING: &str = r#"fn Show(count: i64, name: ref) -> f64, ref
    mut total: f64
    mut total.3: f64
bb0:
    total = 0.5
    total.3 = -1e300                                    // 3:9
    _4: ref = alloc Point
    store _4.8 = name  [initialising]
    store _4.16 = -3
    _5: ref = alloc_array Point[], count                // 9:5 of Half, from 3:9
    check_index count, 5
    store _5[count] = _4  [barrier]
    _6: ref = alloc_array Pair[], 2                     // 1:2 of Deep in q.bd, from 9:5, from 3:9
    _7: i32 = truncate count
    store _6[1 by 16].8 = _7
    _8: f32 = 0.1_f32
    _9: f64 = nan(0x7ff8000000000000)
    _10: ref = call runtime.string_concat("a \"b\"\n", "long long long long long long long long "… (100 bytes))  [collects, panics]  // 2:1
    _11: i8 = call runtime.string_equal(_10, name)  [pure]
    _12: f32 = call_indirect &Same(closure Same, _8)
    _13: i64 = load_table table Point as Shape.1
    _14: i64 = load name.8
    call_indirect _14(_13, _12)
    branch _11, bb1, bb2
bb1 (cold):
    call runtime.panic(name)  [panics, does not return]
    unreachable
bb2:
    _15: f64 = fadd total, total.3
    switch _7, -1: bb3, 7: bb3, else bb3
bb3:
    return _15, _10
"#;

/// A reference lives across the slow path of an allocation.
const CLIF: &str = r#"; Make
; pn::::Make$function()
function u0:0(i64, i64) -> i64 tail {
    ss0 = explicit_slot 8, align = 8
    region0 = 1 "thread context"
    region1 = 3 "header"
    region2 = 2 "roots"
    region3 = 8 "fields at 8"
    region4 = 16 "fields at 16"
    gv0 = symbol colocated userextname0  ; descriptor of Cell
    sig0 = (i64, i64) preserve_all
    fn0 = colocated u0:9 sig0  ; beskid_slow_path_alloc

block0(v0: i64, v1: i64):
    v2 = symbol_value.i64 gv0
    v3 = get_pinned_reg.i64
    v4 = load.i64 notrap aligned region0 v3
    v5 = iconst.i64 24
    v6 = iadd v4, v5  ; v5 = 24
    v7 = load.i64 notrap aligned region0 v3+8
    v8 = icmp ugt v6, v7
    brif v8, block2, block1

block1:
    store.i64 notrap aligned region0 v6, v3
    store.i64 notrap aligned region1 v2, v4
    jump block3(v4)

block2 cold:
    v10 = symbol_value.i64 gv0
    v11 = get_pinned_reg.i64
    v12 = get_pinned_reg.i64
    v13 = isub v11, v12
    v14 = iadd v10, v13
    v15 = iconst.i64 24
    v16 = stack_addr.i64 ss0
    store.i64 notrap aligned region2 v1, v16
    call fn0(v14, v15), stack_map=[i64 @ ss0+0]  ; v15 = 24
    v17 = get_pinned_reg.i64
    v18 = load.i64 notrap aligned region0 v17+56
    jump block3(v18)

block3(v9: i64):
    store.i64 notrap aligned region3 v1, v9+8
    store.i64 notrap aligned region4 v0, v9+16
    return v9
}
"#;

const INDIRECT: &str = r#"; F
; pn::::F$function()
function u0:1(i64, i64) -> i64, i64 tail {
    ss0 = explicit_slot 8, align = 8
    region0 = 2 "roots"
    region1 = 5 "dispatch table"
    gv0 = symbol colocated userextname0  ; closure of G
    sig0 = (i64) -> i64 tail
    sig1 = () tail
    sig2 = () tail
    fn0 = colocated u0:0 sig2  ; pn::::G$function()

block0(v0: i64, v1: i64):
    v2 = stack_addr.i64 ss0
    store notrap aligned region0 v0, v2
    v3 = load.i64 notrap aligned readonly region1 v1+16
    v4 = symbol_value.i64 gv0
    v5 = call_indirect sig0, v3(v4), stack_map=[i64 @ ss0+0]
    v6 = func_addr.i64 fn0
    call_indirect sig1, v6(), stack_map=[i64 @ ss0+0]
    return v0, v5
}
"#;

const ASM: &str = r#"; Fib
; pn::::Fib$function()
  pushq %rbp
  movq %rsp, %rbp
  subq $0x10, %rsp
  movq %r12, (%rsp)
  movq %r13, 8(%rsp)
block0:
  movq %rdi, %r12
  cmpq $0x2, %rdi
  jl      label2; j label1
block1:
  movq %r12, %rdi
  subq $0x1, %rdi
  call    pn::::Fib$function()
  movq %r12, %rdi
  movq %rax, %r13
  subq $0x2, %rdi
  call    pn::::Fib$function()
  movq %r13, %rcx
  leaq (%rcx, %rax), %rax
  movq (%rsp), %r12
  movq 8(%rsp), %r13
  addq $0x10, %rsp
  nopl (%rax)
  popq %rbp
  retq
block2:
  movq %r12, %rax
  movq (%rsp), %r12
  movq 8(%rsp), %r13
  addq $0x10, %rsp
  nopl (%rax)
  popq %rbp
  retq
"#;
