//! Code and data of an artifact, defined in a driver's Cranelift module.
//!
//! Order: declare every symbol; lower and compile functions (in parallel if there are many); define
//! their bytes one after the other; define static data, the code map and the program record.
//!
//! *Invariants.* The module ends up the same whatever the number of threads: results are collected
//! in the order of the functions. Compiled bytes and relocations do not depend on the kind of
//! module.
//!
//! *Not here*: what a driver does with the module, and the unwind tables that only an object file
//! carries.

use beskid_abi::runtime_fn::RuntimeFn;
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::isa::unwind::UnwindInfo;
use cranelift_module::{DataId, FuncId, Module};

use crate::artifact::CodegenArtifact;
use crate::clif::declare::{Declarations, RecordKind};
use crate::error::CodegenError;
use crate::isa::Imports;
use crate::machine_code::CompiledFunction;
use crate::mir::SourcePos;
use crate::reuse::Reuse;
use crate::{code_map, compile, data};

/// What [`define_artifact`] put into a module.
#[derive(Debug)]
pub struct DefinedUnit {
    /// The program record ([`beskid_abi::program::Program`]), if the artifact has an entry.
    pub program: Option<DataId>,
    /// All functions, in the order of the artifact.
    pub functions: Vec<DefinedFunction>,
    /// What the functions share, behind them.
    pub slow_paths: Vec<DefinedSlowPath>,
    /// What others may call: names and functions. The module knows these by other symbols, since one
    /// function may have several names.
    pub exports: Vec<(Box<str>, FuncId)>,
    /// Runtime functions that the code calls, in the order of the table.
    pub imports: Vec<RuntimeFn>,
}

/// One compiled function.
#[derive(Debug)]
pub struct DefinedFunction {
    /// Its id in the module.
    pub id: FuncId,
    /// Mangled symbol.
    pub symbol: Box<str>,
    /// Source name.
    pub name: Box<str>,
    /// Bytes of code.
    pub code_length: u32,
    /// How to unwind it, if the instruction set was configured to say so.
    pub unwind: Option<UnwindInfo>,
    /// Where the function stands in the source: an index into the program's origins.
    pub position: SourcePos,
    /// Ascending `(code offset, position)`: the code from there on comes from that position.
    pub lines: Vec<(u32, SourcePos)>,
    /// Where each of the function's bindings lies: bytes from the frame pointer.
    pub bindings: Vec<i32>,
}

/// A piece of code that belongs to no function of the source: a way to the runtime that keeps all
/// registers.
#[derive(Debug)]
pub struct DefinedSlowPath {
    /// Its id in the module.
    pub id: FuncId,
    /// Its symbol.
    pub symbol: &'static str,
    /// Bytes of code.
    pub code_length: u32,
    /// How to unwind it, if the instruction set was configured to say so.
    pub unwind: Option<UnwindInfo>,
}

/// Compiles an artifact for `isa`, or takes what an earlier build has compiled where that is the same, and
/// defines it in `module`, which must have been made for the same instruction set.
///
/// # Errors
/// If Cranelift cannot compile a function or the module refuses a symbol: an internal fault.
pub fn define_artifact(
    artifact: &CodegenArtifact,
    isa: &dyn TargetIsa,
    imports: Imports,
    module: &mut dyn Module,
    reuse: Option<&mut Reuse>,
) -> Result<DefinedUnit, CodegenError> {
    let program = artifact.program();
    let declarations = Declarations::new(program, isa, imports, module)?;
    let compiled = compile::functions(program, &declarations, isa, reuse)?;

    let mut functions = Vec::with_capacity(compiled.len());
    let mut maps = code_map::UnitMap::new(program);
    for (compiled, (function, body)) in compiled.into_iter().zip(program.functions.enumerate()) {
        let id = declarations.functions[function];
        define_one(module, id, &body.symbol, &compiled)?;
        maps.add(body, &compiled);
        functions.push(DefinedFunction {
            id,
            symbol: body.symbol.as_str().into(),
            name: body.name.as_str().into(),
            code_length: compiled.code.len() as u32,
            unwind: compiled.unwind,
            position: body.position,
            lines: compiled.lines,
            bindings: compiled.bindings,
        });
    }

    let mut slow_paths = Vec::new();
    let compiled = compile::slow_paths(&declarations, isa)?;
    for (compiled, &(path, id)) in compiled.into_iter().zip(&declarations.slow_paths) {
        let symbol = path.symbol();
        define_one(module, id, symbol, &compiled)?;
        let (code_length, unwind) = (compiled.code.len() as u32, compiled.unwind);
        slow_paths.push(DefinedSlowPath { id, symbol, code_length, unwind });
    }

    data::define(program, &declarations, module)?;
    if let Some(symbols) = &declarations.record {
        data::define_record(symbols, maps.encode(), &declarations, module)?;
    }
    let exports = program.exports.iter().flat_map(|export| {
        let id = declarations.functions[export.function];
        export.symbols().map(move |symbol| (symbol.into(), id))
    });
    Ok(DefinedUnit {
        program: declarations
            .record
            .filter(|symbols| matches!(symbols.kind, RecordKind::Program { .. }))
            .map(|symbols| symbols.record),
        functions,
        slow_paths,
        exports: exports.collect(),
        imports: declarations.runtime.iter().map(|&(function, _)| function).collect(),
    })
}

/// Defines the bytes of one function.
fn define_one(
    module: &mut dyn Module,
    id: FuncId,
    symbol: &str,
    compiled: &CompiledFunction,
) -> Result<(), CodegenError> {
    module
        .define_function_bytes(id, compiled.alignment, &compiled.code, &compiled.relocations)
        .map_err(|error| CodegenError::Symbol {
            symbol: symbol.into(),
            message: error.to_string().into(),
        })
}
