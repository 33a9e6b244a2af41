//! Checked program to MIR.
//!
//! Lowering begins at the entry and follows calls: only what is reached has a body. A [`Instance`]
//! names a body that is wanted; asking for one gives its id at once and puts it on the worklist of
//! [`ProgramCx`], so recursion needs no care. Equality and text of types that have structure are
//! bodies of their own, made once a type.
//!
//! Reading order: [`layout`] (which scalars a value is, where they lie in memory), [`function`] (the
//! body under construction), then by what is lowered: [`expr`], [`operator`], [`convert`], [`call`],
//! [`place`], [`stmt`], [`loops`], [`text`], [`equality`], [`entry`].
//!
//! *Invariants.* Order of evaluation is the specification's (language.md §6.2): reading a mutable
//! local copies it, so nothing later can change an operand. A reference that is stored gets the
//! barrier that its object needs; [`function::FunctionCx`] knows whether a safepoint came between.
//! Ids follow the order in which bodies are asked for, which is that of the source.
//!
//! *Not here*: optimisation beyond not building what is plainly useless.

mod call;
mod convert;
mod entry;
mod enum_layout;
mod enums;
mod equality;
mod expr;
mod function;
mod layout;
mod loops;
mod matching;
mod name;
mod operator;
mod place;
mod stmt;
mod text;

use std::collections::VecDeque;
use std::sync::Arc;

use beskid_analysis::hir::{Analysis, FunctionId};
use beskid_analysis::index::{Id, IndexVec};
use beskid_analysis::source::FileId;
use beskid_analysis::types::{Ty, TyList};
use rustc_hash::FxHashMap;

use crate::artifact::CodegenArtifact;
use crate::error::CodegenError;
use crate::isa::OptLevel;
use crate::mir::{self, Body, DataId, FuncId, Origin, SourcePos, verify};
use crate::passes;
use layout::Layouts;

/// A body that something asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Instance {
    /// The shim that calls `main`.
    Entry(FunctionId),
    /// Calls a `main` that returns a `Result`, and makes an exit status of it.
    Main(FunctionId),
    /// A function of the program, with the arguments of its type parameters.
    Function(FunctionId, TyList),
    /// Structural equality of two values of a type.
    Equal(Ty),
    /// Appends the text of a value, with the depth it stands at.
    Text(Ty),
}

/// Type arguments nest at most this deep (language.md §9.1).
const MAX_NESTING: usize = 64;

/// What is instantiated without end.
#[derive(Clone, Copy, Debug)]
enum Nesting {
    Function(FunctionId, TyList),
    /// Code made for a type, whose parts nest deeper than itself.
    Type(Ty),
}

/// An instance that is one too many.
#[derive(Clone, Copy, Debug)]
struct Endless {
    of: Nesting,
    /// Where it is asked for, if by a text.
    at: Option<SourcePos>,
}

/// The program under construction.
struct ProgramCx<'a> {
    analysis: &'a Analysis,
    layouts: Layouts<'a>,
    bodies: IndexVec<FuncId, Option<Body>>,
    instances: FxHashMap<Instance, FuncId>,
    pending: VecDeque<(FuncId, Instance)>,
    data: IndexVec<DataId, mir::Data>,
    data_ids: FxHashMap<mir::Data, DataId>,
    origins: Vec<Origin>,
    file_names: IndexVec<FileId, Arc<str>>,
    /// The instance that is one too many.
    endless: Option<Endless>,
}

/// Lowers what the entry reaches, optimises it as `opt` says and verifies it.
///
/// # Errors
/// A fault of the compiler: the analysis has errors or no entry, or the MIR is contradictory.
pub fn lower_program(analysis: &Analysis, opt: OptLevel) -> Result<CodegenArtifact, CodegenError> {
    let fault = |message: String| CodegenError::Symbol {
        symbol: beskid_abi::symbol::PROGRAM.into(),
        message: message.into(),
    };
    if analysis.has_errors() {
        return Err(fault("a program with errors was to be lowered".to_owned()));
    }
    let Some(main) = analysis.entry else {
        return Err(fault("a program without entry was to be lowered".to_owned()));
    };
    let mut cx = ProgramCx::new(analysis);
    let entry = cx.instance(Instance::Entry(main));
    while let Some((id, instance)) = cx.pending.pop_front() {
        let body = cx.build(instance)?;
        cx.bodies[id] = Some(body);
        if let Some(error) = cx.endless_error() {
            return Err(error);
        }
    }
    let mut functions = IndexVec::with_capacity(cx.bodies.len());
    for body in cx.bodies.into_items().flatten() {
        functions.push(body);
    }
    let mut program =
        mir::Program { functions, data: cx.data, origins: cx.origins, entry: Some(entry) };
    if cfg!(debug_assertions) {
        verify::verify_program(&program).map_err(&fault)?;
    }
    if opt == OptLevel::Speed {
        passes::optimise(&mut program);
        verify::verify_program(&program).map_err(&fault)?;
    }
    Ok(CodegenArtifact::new(program, opt))
}

impl<'a> ProgramCx<'a> {
    fn new(analysis: &'a Analysis) -> Self {
        Self {
            analysis,
            layouts: Layouts::new(analysis),
            bodies: IndexVec::new(),
            instances: FxHashMap::default(),
            pending: VecDeque::new(),
            data: IndexVec::new(),
            data_ids: FxHashMap::default(),
            origins: Vec::new(),
            file_names: analysis
                .sources
                .files()
                .iter()
                .map(|file| Arc::from(file.name.as_str()))
                .collect(),
            endless: None,
        }
    }

    /// The error for type arguments that nest without end.
    fn endless_error(&self) -> Option<CodegenError> {
        let endless = self.endless?;
        let (name, span, argument) = match endless.of {
            Nesting::Function(function, arguments) => {
                let first = self.layouts.types.types(arguments).first();
                let argument = first.map(|&ty| self.layouts.type_name(ty)).unwrap_or_default();
                let span = self.analysis.functions[function].span;
                (name::of_function(self.analysis, function), span, argument)
            }
            Nesting::Type(ty) => {
                let (def, _) = self.layouts.types.as_declared(ty)?;
                let item = &self.analysis.type_defs[def];
                let name = self.analysis.interner.name(item.name).to_owned();
                (name, item.span, self.layouts.type_name(ty))
            }
        };
        let shown: String = argument.chars().take(60).collect();
        let origin = endless.at.and_then(|at| self.origins.get(at.0 as usize));
        let place = origin.map(|o| format!("{}:{}:{}", o.file, o.line, o.column));
        Some(CodegenError::EndlessInstantiation {
            span,
            place: place.map(Into::into),
            chain: format!("the last one is of `{shown}…`").into(),
            name: name.into(),
        })
    }

    /// The id of a body, which will be built.
    fn instance(&mut self, instance: Instance) -> FuncId {
        if let Some(&id) = self.instances.get(&instance) {
            return id;
        }
        let id = self.bodies.push(None);
        self.instances.insert(instance, id);
        self.pending.push_back((id, instance));
        id
    }

    /// The id of a function's body, which will be built, unless its type arguments nest without end.
    fn function(&mut self, function: FunctionId, arguments: TyList, at: SourcePos) -> FuncId {
        let types = &self.layouts.types;
        let depth = types.types(arguments).iter().map(|&ty| types.depth(ty)).max().unwrap_or(0);
        let of = Nesting::Function(function, arguments);
        self.unless_endless(
            depth,
            Endless { of, at: Some(at) },
            Instance::Function(function, arguments),
        )
    }

    /// The id of a body made for a type, unless the type nests without end.
    fn of_type(&mut self, ty: Ty, instance: Instance) -> FuncId {
        let depth = self.layouts.types.depth(ty);
        self.unless_endless(depth, Endless { of: Nesting::Type(ty), at: None }, instance)
    }

    fn unless_endless(&mut self, depth: usize, endless: Endless, instance: Instance) -> FuncId {
        if depth > MAX_NESTING && self.endless.is_none() {
            self.endless = Some(endless);
        }
        if self.endless.is_some() {
            // Nothing is built any more.
            return FuncId::from_index(0);
        }
        self.instance(instance)
    }

    fn build(&mut self, instance: Instance) -> Result<Body, CodegenError> {
        match instance {
            Instance::Entry(main) => Ok(entry::build(self, main)),
            Instance::Main(main) => Ok(entry::build_main(self, main)),
            Instance::Function(function, arguments) => function::build(self, function, arguments),
            Instance::Equal(ty) => Ok(equality::build(self, ty)),
            Instance::Text(ty) => Ok(text::build(self, ty)),
        }
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
