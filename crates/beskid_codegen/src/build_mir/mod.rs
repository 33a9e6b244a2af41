//! Checked program to MIR.
//!
//! Lowering begins at the entry and follows calls: only what is reached has a body. An [`Instance`]
//! names a body that is wanted; asking for one gives its id at once and puts it on a worklist, so
//! recursion needs no care. Equality and text of types that have structure are bodies of their own,
//! made once a type.
//!
//! Reading order: [`instances`] (which bodies there are), [`layout`] and [`enum_layout`] (which scalars
//! a value is, where they lie in memory), [`function`] (the body under construction), then by what is
//! lowered: [`expr`], [`operator`], [`convert`], [`call`], [`closures`], [`contracts`], [`place`],
//! [`stmt`], [`loops`], [`enums`], [`events`], [`matching`], [`match_values`], [`pattern_chain`],
//! [`text`], [`equality`], [`hashing`], [`foreign`], [`intrinsics`], [`entry`], [`export`], [`tests`].
//!
//! *Invariants.* Order of evaluation is the specification's (language.md §6.2): reading a mutable
//! local copies it, so nothing later can change an operand. A reference that is stored gets the
//! barrier that its object needs; [`function::FunctionCx`] knows whether a safepoint came between.
//! Ids follow the order in which bodies are asked for, which is that of the source.
//!
//! *Not here*: optimisation beyond not building what is plainly useless.

mod call;
mod closures;
mod contracts;
mod convert;
mod entry;
mod enum_layout;
mod enums;
mod equality;
mod events;
mod export;
mod expr;
mod foreign;
mod function;
mod hashing;
mod instances;
mod intrinsics;
mod layout;
mod loops;
mod match_values;
mod matching;
mod name;
mod object;
mod operator;
mod pattern_chain;
mod place;
mod stmt;
mod tests;
mod text;

use beskid_analysis::hir::{Analysis, FunctionId, Test};
use beskid_analysis::index::IndexVec;
use beskid_analysis::source::{Cursor, FileId};
use beskid_analysis::types::TyList;
use rustc_hash::FxHashMap;

use crate::artifact::CodegenArtifact;
use crate::coverage::Coverage;
use crate::error::CodegenError;
use crate::isa::OptLevel;
use crate::mir::{self, Body, DataId, FuncId, Origin, SourcePos, verify};
use crate::passes;
use instances::{Action, Instance, Instances};
use layout::Layouts;

/// The program under construction.
struct ProgramCx<'a> {
    analysis: &'a Analysis,
    layouts: Layouts<'a>,
    bodies: IndexVec<FuncId, Option<Body>>,
    instances: Instances,
    data: IndexVec<DataId, mir::Data>,
    data_ids: FxHashMap<mir::Data, DataId>,
    foreign: mir::ForeignFunctions,
    origins: Vec<Origin>,
    names: mir::Names,
    file_names: IndexVec<FileId, mir::Name>,
    /// Where text was found last.
    cursor: Cursor<'a>,
    /// The bodies of the tests that are to be run.
    tests: Vec<FunctionId>,
    /// How the code will be optimised.
    opt: OptLevel,
    /// See [`name::ordinals`].
    ordinals: IndexVec<FunctionId, u32>,
    /// What is counted, if the program is measured.
    coverage: Option<&'a Coverage>,
}

/// Lowers what the entry reaches, optimises it as `opt` says and verifies it.
///
/// # Errors
/// A fault of the compiler: the analysis has errors or no entry, or the MIR is contradictory.
pub fn lower_program(analysis: &Analysis, opt: OptLevel) -> Result<CodegenArtifact, CodegenError> {
    match analysis.entry {
        Some(main) => lower(analysis, Roots::Shim(Instance::Entry(main)), Vec::new(), opt, None),
        None => Err(fault("a program without entry was to be lowered".to_owned())),
    }
}

/// Lowers the functions that a library gives, each one of [`exportable`], and what these reach.
///
/// # Errors
/// As [`lower_program`].
pub fn lower_library(
    analysis: &Analysis,
    exports: &[FunctionId],
    opt: OptLevel,
) -> Result<CodegenArtifact, CodegenError> {
    lower(analysis, Roots::Exports(exports), Vec::new(), opt, None)
}

/// Lowers every function that is not generic, and what these reach: a unit to look at, which has no entry
/// and gives nothing.
///
/// # Errors
/// As [`lower_program`].
pub fn lower_everything(
    analysis: &Analysis,
    opt: OptLevel,
) -> Result<CodegenArtifact, CodegenError> {
    lower(analysis, Roots::Functions(&export::with_code(analysis)), Vec::new(), opt, None)
}

/// Lowers every function that is not generic, counting what runs, to see what is counted.
#[cfg(test)]
pub(crate) fn lower_everything_measured(
    analysis: &Analysis,
    coverage: &Coverage,
    opt: OptLevel,
) -> Result<CodegenArtifact, CodegenError> {
    let functions = export::with_code(analysis);
    lower(analysis, Roots::Functions(&functions), Vec::new(), opt, Some(coverage))
}

/// The name of a function as traces show it.
#[must_use]
pub fn source_name(analysis: &Analysis, function: FunctionId) -> String {
    name::of_function(analysis, function)
}

/// A function that a library can give to others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exportable {
    /// The function.
    pub function: FunctionId,
    /// Its source name.
    pub source: String,
    /// Its name in C, if the program gives it one.
    pub name: Option<Box<str>>,
}

/// The functions that a library can give: those that are `pub` and not generic, in the order of the source.
#[must_use]
pub fn exportable(analysis: &Analysis) -> Vec<Exportable> {
    let describe = |function| Exportable {
        function,
        source: name::of_function(analysis, function),
        name: analysis.functions[function].exported.clone(),
    };
    export::exported(analysis).into_iter().map(describe).collect()
}

/// Lowers tests, of which the program will run the one whose place in `tests` is its argument; it keeps count
/// of what runs, if that is to be measured.
///
/// # Errors
/// As [`lower_program`].
pub fn lower_tests(
    analysis: &Analysis,
    tests: &[&Test],
    opt: OptLevel,
    coverage: Option<&Coverage>,
) -> Result<CodegenArtifact, CodegenError> {
    let tests = tests.iter().map(|test| test.function).collect();
    lower(analysis, Roots::Shim(Instance::TestEntry), tests, opt, coverage)
}

fn fault(message: String) -> CodegenError {
    CodegenError::Symbol { symbol: beskid_abi::symbol::PROGRAM.into(), message: message.into() }
}

/// Where lowering begins.
#[derive(Clone, Copy)]
enum Roots<'r> {
    /// At the shim that the runtime calls.
    Shim(Instance),
    /// At what others may call.
    Exports(&'r [FunctionId]),
    /// At functions that nothing need call.
    Functions(&'r [FunctionId]),
}

/// Lowers what some roots reach.
fn lower(
    analysis: &Analysis,
    roots: Roots<'_>,
    tests: Vec<FunctionId>,
    opt: OptLevel,
    coverage: Option<&Coverage>,
) -> Result<CodegenArtifact, CodegenError> {
    if analysis.has_errors() {
        return Err(fault("a program with errors was to be lowered".to_owned()));
    }
    let mut cx = ProgramCx::new(analysis, tests, opt, coverage);
    let (entry, exports) = match roots {
        Roots::Shim(shim) => (Some(cx.instance(shim, SourcePos::NOWHERE)), Vec::new()),
        Roots::Exports(functions) => {
            let exports = functions.iter().map(|&function| export::of_function(&mut cx, function));
            (None, exports.collect())
        }
        Roots::Functions(functions) => {
            for &function in functions {
                let instance = Instance::Function(function, TyList::EMPTY);
                cx.instance(instance, SourcePos::NOWHERE);
            }
            (None, Vec::new())
        }
    };
    while let Some((id, instance)) = cx.instances.next() {
        let body = cx.build(instance)?;
        cx.bodies[id] = Some(body);
        let places = (&*cx.origins, &cx.names);
        if let Some(error) = cx.instances.endless(analysis, &cx.layouts.types, places) {
            return Err(error);
        }
    }
    let mut functions = IndexVec::with_capacity(cx.bodies.len());
    for body in cx.bodies.into_items().flatten() {
        functions.push(body);
    }
    let mut program = mir::Program {
        functions,
        data: cx.data,
        foreign: cx.foreign,
        origins: cx.origins,
        names: cx.names,
        entry,
        exports,
    };
    if cfg!(debug_assertions) {
        verify::verify_program(&program).map_err(fault)?;
    }
    if opt == OptLevel::Speed {
        passes::optimise(&mut program);
        verify::verify_program(&program).map_err(fault)?;
    }
    Ok(CodegenArtifact::new(program, opt))
}

impl<'a> ProgramCx<'a> {
    fn new(
        analysis: &'a Analysis,
        tests: Vec<FunctionId>,
        opt: OptLevel,
        coverage: Option<&'a Coverage>,
    ) -> Self {
        let mut names = mir::Names::default();
        let files = analysis.sources.files().iter();
        let file_names = files.map(|file| names.intern(&file.name)).collect();
        Self {
            analysis,
            layouts: Layouts::new(analysis),
            bodies: IndexVec::new(),
            instances: Instances::default(),
            data: IndexVec::new(),
            data_ids: FxHashMap::default(),
            foreign: IndexVec::new(),
            origins: Vec::new(),
            names,
            file_names,
            cursor: analysis.sources.cursor(),
            tests,
            opt,
            ordinals: name::ordinals(analysis),
            coverage,
        }
    }

    /// The id of a body, which will be built; `at` is where it is asked for.
    fn instance(&mut self, instance: Instance, at: SourcePos) -> FuncId {
        let id = self.instances.ask(&self.layouts.types, instance, at);
        if self.bodies.get(id).is_none() {
            self.bodies.push(None);
        }
        id
    }

    fn build(&mut self, instance: Instance) -> Result<Body, CodegenError> {
        match instance {
            Instance::Entry(main) => Ok(entry::build(self, main)),
            Instance::Main(main) => Ok(entry::build_main(self, main)),
            Instance::TestEntry => Ok(entry::build_for_tests(self)),
            Instance::Export(function) => Ok(export::build(self, function)),
            Instance::Tests => Ok(tests::build(self)),
            Instance::Function(function, arguments) => {
                match &self.analysis.functions[function].foreign {
                    Some(library) => Ok(foreign::build(self, function, library)),
                    None => function::build(self, function, arguments),
                }
            }
            Instance::Lambda(function, arguments, lambda) => {
                closures::build_lambda(self, function, arguments, lambda)
            }
            Instance::FunctionValue(function, arguments) => {
                Ok(closures::build_function_value(self, function, arguments))
            }
            Instance::BoundMethod(function, arguments) => {
                Ok(closures::build_bound_method(self, function, arguments))
            }
            Instance::Event(ty, event, action) => Ok(events::build(self, ty, event, action)),
            Instance::EqualBehind(ty) => Ok(contracts::build_equal(self, ty)),
            Instance::IterateBehind(ty, contract) => {
                Ok(contracts::build_iterate(self, ty, contract))
            }
            Instance::TextBehind(ty) => Ok(contracts::build_text(self, ty)),
            Instance::MethodBehind(method, arguments) => {
                Ok(contracts::build_method(self, method, arguments))
            }
            Instance::Equal(ty) => Ok(equality::build(self, ty)),
            Instance::Hash(ty) => Ok(hashing::build(self, ty)),
            Instance::HashBehind(ty) => Ok(contracts::build_hash(self, ty)),
            Instance::Text(ty) => Ok(text::build(self, ty)),
        }
    }

    /// The symbol of a function of the program.
    fn symbol_of(&mut self, function: FunctionId, arguments: TyList) -> String {
        let arguments = self.layouts.types.types(arguments).to_vec();
        let ordinal = self.ordinals[function];
        name::symbol_of_function(&mut self.layouts, function, ordinal, &arguments)
    }

    /// The id of a static object.
    fn data(&mut self, data: mir::Data) -> DataId {
        if let Some(&id) = self.data_ids.get(&data) {
            return id;
        }
        let id = self.data.push(data.clone());
        self.data_ids.insert(data, id);
        id
    }

    fn origin(&mut self, origin: Origin) -> SourcePos {
        self.origins.push(origin);
        SourcePos(self.origins.len() as u32 - 1)
    }
}
