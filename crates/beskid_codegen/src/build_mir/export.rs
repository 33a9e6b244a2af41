//! Export shims (execution.md §6.2): for each function of a library that C can call a body that C calls.
//!
//! ```text
//! C's arguments ──► enter the library ──► values of the program ──► the function
//!                                                                       │
//! C's result    ◄── leave it          ◄── value for C           ◄───────┘
//! ```
//!
//! | type | parameters in C | result in C |
//! | --- | --- | --- |
//! | numbers, `bool`, `ptr` | as they are | as they are; narrow ones fill 32 bits |
//! | `string` | an address, copied | the address of a copy |
//! | array of numbers | address and count, copied | the address of a copy; behind the other parameters one more, where the count goes |

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_abi::symbol::ItemKind;
use beskid_analysis::c_words;
use beskid_analysis::hir::{Analysis, FunctionId};
use beskid_analysis::types::{FloatTy, Ty, TyKind, TyList, TyStore};

use super::function::{FunctionCx, int};
use super::layout::of_int;
use super::{Instance, ProgramCx, name};
use crate::mir::{
    Body, CSignature, CType, CompareOp, Convention, Conversion, Export, Local, Number, OpKind,
    Operand, Scalar, SourcePos, Terminator,
};

/// The functions that a library can give: those of the program's own package that are `pub`, as are their
/// types, and that are not generic, in the order of the source.
pub(super) fn exported(analysis: &Analysis) -> Vec<FunctionId> {
    let mut functions = with_code(analysis);
    functions.retain(|&function| {
        let item = &analysis.functions[function];
        item.public && item.owner.is_none_or(|owner| analysis.type_defs[owner].public)
    });
    functions
}

/// The functions of a program's own package for which there is code to make without knowing more: not generic, and with
/// a body.
pub(super) fn with_code(analysis: &Analysis) -> Vec<FunctionId> {
    let has_code = |function: FunctionId| {
        let item = &analysis.functions[function];
        !item.required
            && item.foreign.is_none()
            && item.type_parameters.is_empty()
            && analysis.is_own(item.module)
            && !analysis.is_test(function)
            && analysis.bodies[function].is_some()
    };
    analysis.functions.ids().filter(|&function| has_code(function)).collect()
}

/// What a library gives of a function, which asks for the body.
pub(super) fn of_function(program: &mut ProgramCx<'_>, function: FunctionId) -> Export {
    let signature = signature(program, function);
    let instance = match signature {
        Some(_) => Instance::Export(function),
        None => Instance::Function(function, TyList::EMPTY),
    };
    Export {
        source: name::of_function(program.analysis, function).into(),
        symbol: program.symbol_of(function, TyList::EMPTY).into(),
        name: program.analysis.functions[function].exported.clone(),
        function: program.instance(instance, SourcePos::NOWHERE),
        signature,
    }
}

/// How C calls a function, if it can.
fn signature(program: &ProgramCx<'_>, function: FunctionId) -> Option<CSignature> {
    let analysis = program.analysis;
    let item = &analysis.functions[function];
    let body = analysis.bodies[function].as_ref()?;
    if !item.outs.is_empty() {
        return None;
    }
    let types = &program.layouts.types;
    let names = body.locals.iter().map(|local| analysis.interner.name(local.name));
    let parameters = names.zip(&item.parameters).map(|(name, &ty)| match c_type(types, ty)? {
        CType::Unit => None,
        passed => Some((c_name(name).into(), passed)),
    });
    Some(CSignature {
        parameters: parameters.collect::<Option<_>>()?,
        result: c_type(types, item.result)?,
    })
}

/// The name of a parameter, changed if it means something to C, C++ or their headers of numbers.
fn c_name(name: &str) -> String {
    let has_meaning = c_words::language_of(name).is_some()
        || name.starts_with('_')
        || name.ends_with("_t")
        || name.chars().all(|c| !c.is_ascii_lowercase());
    if has_meaning { format!("p_{name}") } else { name.to_owned() }
}

fn c_type(types: &TyStore, ty: Ty) -> Option<CType> {
    Some(match *types.kind(ty) {
        TyKind::Unit => CType::Unit,
        TyKind::Bool => CType::Bool,
        TyKind::Ptr => CType::Address,
        TyKind::String => CType::Text,
        TyKind::Array(element) => CType::Numbers(number(types.kind(element))?),
        ref other => CType::Number(number(other)?),
    })
}

fn number(kind: &TyKind) -> Option<Number> {
    Some(match *kind {
        TyKind::Int(kind) => {
            let bits = of_int(kind).bytes() * 8;
            match kind.is_signed() {
                true => Number::Signed(bits),
                false => Number::Unsigned(bits),
            }
        }
        TyKind::Float(FloatTy::F32) => Number::Float(32),
        TyKind::Float(FloatTy::F64) => Number::Float(64),
        _ => return None,
    })
}

/// The body of the shim of a function that C can call.
pub(super) fn build(program: &mut ProgramCx<'_>, function: FunctionId) -> Body {
    let analysis = program.analysis;
    let symbol = program.symbol_of(function, TyList::EMPTY);
    let symbol = name::symbol_within(&symbol, "export", ItemKind::Thunk);
    let source_name = format!("export of {}", name::of_function(analysis, function));
    let item = &analysis.functions[function];
    let passing = |types: &TyStore, ty| c_type(types, ty).unwrap_or(CType::Unit);
    let result = passing(&program.layouts.types, item.result);

    let mut cx = FunctionCx::thunk(program);
    let mut given: Vec<(Ty, CType, Vec<Local>)> = Vec::with_capacity(item.parameters.len());
    for &ty in &item.parameters {
        let kind = passing(&cx.program.layouts.types, ty);
        let locals = match kind {
            CType::Text => vec![cx.temp(Scalar::I64)],
            CType::Numbers(_) => vec![cx.temp(Scalar::I64), cx.temp(Scalar::I64)],
            CType::Unit | CType::Bool | CType::Number(_) | CType::Address => {
                let shape = cx.shape(ty);
                shape.iter().map(|&scalar| cx.temp(scalar)).collect()
            }
        };
        given.push((ty, kind, locals));
    }
    let mut parameters: Vec<Local> =
        given.iter().flat_map(|(_, _, locals)| locals).copied().collect();
    let length_to = matches!(result, CType::Numbers(_)).then(|| cx.temp(Scalar::I64));
    parameters.extend(length_to);

    cx.emit(OpKind::EnterLibrary);
    let mut arguments = Vec::with_capacity(given.len());
    for (ty, kind, locals) in given {
        let first = Operand::Local(locals[0]);
        arguments.push(match kind {
            CType::Bool => cx.compare(CompareOp::Ne, first, int(Scalar::I8, 0)),
            CType::Text => cx.call_runtime(RuntimeFn::StringFromC, vec![first], Scalar::Ref),
            CType::Numbers(_) => {
                let TyKind::Array(element) = *cx.program.layouts.types.kind(ty) else {
                    unreachable!("numbers are an array");
                };
                let array = cx.alloc_array(element, Operand::Local(locals[1]));
                cx.run_runtime(RuntimeFn::ArrayFromC, vec![array, first]);
                array
            }
            CType::Unit | CType::Number(_) | CType::Address => first,
        });
    }
    let results = cx.call_function(function, TyList::EMPTY, arguments);
    let value = results.first().map(|&value| match result {
        CType::Text | CType::Numbers(_) => {
            let arguments = [value].into_iter().chain(length_to.map(Operand::Local)).collect();
            let row = match result {
                CType::Text => RuntimeFn::StringToC,
                _ => RuntimeFn::ArrayToC,
            };
            cx.call_runtime(row, arguments, Scalar::I64)
        }
        CType::Bool | CType::Number(Number::Unsigned(8 | 16)) => {
            cx.convert(Conversion::ZeroExtend, Scalar::I32, value)
        }
        CType::Number(Number::Signed(8 | 16)) => {
            cx.convert(Conversion::SignExtend, Scalar::I32, value)
        }
        CType::Unit | CType::Number(_) | CType::Address => value,
    });
    cx.emit(OpKind::LeaveLibrary);
    let scalars = value.iter().map(|&value| cx.scalar(value)).collect();
    cx.terminate(Terminator::Return(value.into_iter().collect()));
    let convention = Convention::ExportShim;
    cx.finish(symbol, source_name, convention, parameters, scalars, SourcePos::NOWHERE)
}

#[cfg(test)]
mod tests {
    use beskid_analysis::source::SourceMap;
    use beskid_analysis::{Goal, analyze};

    use super::*;
    use crate::isa::OptLevel;
    use crate::{dump, lower_library};

    #[test]
    fn shims_convert_what_passes() {
        let mut sources = SourceMap::new();
        let text = "pub i64[] F(string text, u8[] bytes, bool on, i16 x) => [];\n\
                    pub i8 Small() => 1;\n\
                    pub unit OfTheProgram(string[] texts) { }\n\
                    i64 Private() => 2;\n";
        sources.add("lib.bd", text.to_owned()).expect("a small file");
        let analysis = analyze(sources, Goal::Check);
        let artifact =
            lower_library(&analysis, &exported(&analysis), OptLevel::None).expect("a library");
        let exports = &artifact.program().exports;
        let names: Vec<(&str, bool)> =
            exports.iter().map(|export| (&*export.source, export.signature.is_some())).collect();
        assert_eq!(names, [("F", true), ("Small", true), ("OfTheProgram", false)]);
        let shims = ["export of F", "export of Small"];
        let text = shims.map(|name| dump::mir(&artifact, Some(name))).concat();
        let expected = "\
fn export of F(_0: i64, _1: i64, _2: i64, _3: i8, _4: i16, _5: i64) -> i64 export shim
bb0:
    enter_library
    _6: ref = call runtime.string_from_c(_0)  [collects, panics]
    _7: ref = alloc_array u8[], _2
    call runtime.array_from_c(_7, _1)  [panics]
    _8: i8 = ne _3, 0
    _9: ref = call F(_6, _7, _8, _4)
    _10: i64 = call runtime.array_to_c(_9, _5)  [panics]
    leave_library
    return _10
fn export of Small() -> i32 export shim
bb0:
    enter_library
    _0: i8 = call Small()
    _1: i32 = sign_extend _0
    leave_library
    return _1
";
        assert_eq!(text, expected);
    }

    #[test]
    fn parameters_have_names_that_c_can_have() {
        assert_eq!(c_name("size"), "size");
        for name in ["int", "class", "_", "size_t", "INT8_MAX"] {
            assert_eq!(c_name(name), format!("p_{name}"));
        }
    }
}
