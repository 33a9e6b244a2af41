//! Every symbol of a unit, declared before any code is lowered.
//!
//! *Invariants.* Both drivers declare the same symbols in the same order, so ids, and with them
//! relocations, are equal. After this a function can be lowered without the module: a symbol is
//! named by its id alone. Only runtime functions that the program can call are imported.

use beskid_abi::effects::Effects;
use beskid_abi::runtime_fn::RuntimeFn;
use beskid_abi::{symbol, version};
use beskid_analysis::index::IndexVec;
use cranelift_codegen::isa::TargetIsa;
use cranelift_module as module;
use cranelift_module::{Linkage, Module};
use rustc_hash::FxHashMap;

use super::signature;
use super::slow_path::SlowPath;
use crate::error::CodegenError;
use crate::isa::Imports;
use crate::mir;

/// The module's ids of what a program refers to.
pub(crate) struct Declarations {
    /// How imported symbols are reached.
    pub(crate) imports: Imports,
    /// Functions of the program.
    pub(crate) functions: IndexVec<mir::FuncId, module::FuncId>,
    /// Whether a collection may happen in a call of each function.
    collects: IndexVec<mir::FuncId, bool>,
    /// Data of the program.
    pub(crate) data: IndexVec<mir::DataId, module::DataId>,
    /// Imported runtime functions, in the order of the table.
    pub(crate) runtime: Vec<(RuntimeFn, module::FuncId)>,
    /// Foreign functions; those of one symbol share their id.
    foreign: IndexVec<mir::ForeignId, module::FuncId>,
    /// Slow paths that the program can take, in order.
    pub(crate) slow_paths: Vec<(SlowPath, module::FuncId)>,
    /// The runtime's descriptor of strings, if the unit has a string.
    pub(crate) string_descriptor: Option<module::DataId>,
    /// The record of the unit, if it is a program or a library.
    pub(crate) record: Option<RecordSymbols>,
}

/// What a record of a unit is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RecordKind {
    /// That of a program, which the runtime starts from by this shim.
    Program { entry: mir::FuncId },
    /// That of a library, which export shims pass to the runtime.
    Library,
}

/// The record of a unit, and what it refers to.
#[derive(Clone, Copy)]
pub(crate) struct RecordSymbols {
    pub(crate) kind: RecordKind,
    pub(crate) record: module::DataId,
    /// The code map.
    pub(crate) code_map: module::DataId,
    /// The symbol that only a matching runtime defines.
    pub(crate) abi_version: module::DataId,
}

impl Declarations {
    /// Declares everything in `module`.
    pub(crate) fn new(
        program: &mir::Program,
        isa: &dyn TargetIsa,
        imports: Imports,
        module: &mut dyn Module,
    ) -> Result<Self, CodegenError> {
        let collects = mir::collecting_functions(program);
        let mut functions = IndexVec::new();
        for body in &program.functions {
            let signature = signature::of_body(body, isa);
            let id = module
                .declare_function(&body.symbol, Linkage::Local, &signature)
                .map_err(|error| fault(&body.symbol, &error))?;
            functions.push(id);
        }

        let mut data = IndexVec::new();
        let mut has_string = false;
        for item in &program.data {
            has_string |= matches!(item, mir::Data::String(_));
            let id = module
                .declare_anonymous_data(false, false)
                .map_err(|error| fault("static data", &error))?;
            data.push(id);
        }

        let mut runtime = Vec::new();
        for function in imported_functions(program) {
            let signature = signature::of_runtime_function(function, isa);
            let symbol = function.info().symbol;
            let id = module
                .declare_function(symbol, Linkage::Import, &signature)
                .map_err(|error| fault(symbol, &error))?;
            runtime.push((function, id));
        }

        let mut slow_paths = Vec::new();
        for path in slow_paths_of(&runtime) {
            let id = module
                .declare_function(path.symbol(), Linkage::Local, &path.signature(isa))
                .map_err(|error| fault(path.symbol(), &error))?;
            slow_paths.push((path, id));
        }

        let mut symbols: FxHashMap<&str, module::FuncId> = FxHashMap::default();
        let mut foreign = IndexVec::new();
        for function in &program.foreign {
            let symbol = &*function.symbol;
            let id = match symbols.get(symbol) {
                Some(&id) => id,
                None => {
                    let signature = signature::of_foreign(function, isa);
                    let id = module
                        .declare_function(symbol, Linkage::Import, &signature)
                        .map_err(|error| fault(symbol, &error))?;
                    symbols.insert(symbol, id);
                    id
                }
            };
            foreign.push(id);
        }

        let mut declare_data = |name: &str, linkage| {
            let writable = name == symbol::LIBRARY;
            module.declare_data(name, linkage, writable, false).map_err(|error| fault(name, &error))
        };
        let string_descriptor = match has_string {
            true => Some(declare_data(symbol::STRING_DESCRIPTOR, Linkage::Import)?),
            false => None,
        };
        let kind = record_kind(program);
        let record = match kind {
            Some(RecordKind::Program { .. }) => Some((symbol::PROGRAM, Linkage::Export)),
            Some(RecordKind::Library) => Some((symbol::LIBRARY, Linkage::Local)),
            None => None,
        };
        let record = match kind.zip(record) {
            Some((kind, (name, linkage))) => Some(RecordSymbols {
                kind,
                record: declare_data(name, linkage)?,
                code_map: declare_data(symbol::CODE_MAP, Linkage::Local)?,
                abi_version: declare_data(version::ABI_VERSION_SYMBOL, Linkage::Import)?,
            }),
            None => None,
        };
        Ok(Self {
            imports,
            functions,
            collects,
            data,
            runtime,
            foreign,
            slow_paths,
            string_descriptor,
            record,
        })
    }

    /// The ids that an empty module would give, to show what is lowered without one.
    pub(crate) fn without_module(program: &mir::Program, imports: Imports) -> Self {
        let first_import = program.functions.len();
        let number = |index: usize| module::FuncId::from_u32(index as u32);
        let runtime: Vec<_> =
            imported_functions(program).zip((first_import..).map(number)).collect();
        let first_slow_path = first_import + runtime.len();
        let slow_paths: Vec<_> =
            slow_paths_of(&runtime).zip((first_slow_path..).map(number)).collect();
        let first_foreign = first_slow_path + slow_paths.len();
        let mut symbols: FxHashMap<&str, module::FuncId> = FxHashMap::default();
        let mut foreign = IndexVec::new();
        for function in &program.foreign {
            let next = number(first_foreign + symbols.len());
            foreign.push(*symbols.entry(&function.symbol).or_insert(next));
        }
        // Behind the data that every unit may have; code refers to the record of a library alone.
        let after_data = module::DataId::from_u32(program.data.len() as u32);
        let is_library = |kind: &RecordKind| *kind == RecordKind::Library;
        let record = record_kind(program).filter(is_library).map(|kind| RecordSymbols {
            kind,
            record: after_data,
            code_map: after_data,
            abi_version: after_data,
        });
        Self {
            imports,
            functions: (0..first_import).map(number).collect(),
            collects: mir::collecting_functions(program),
            data: (0..program.data.len() as u32).map(module::DataId::from_u32).collect(),
            runtime,
            foreign,
            slow_paths,
            string_descriptor: None,
            record,
        }
    }

    /// The id of the library's record.
    pub(crate) fn library_record(&self) -> module::DataId {
        self.record.expect("only libraries have export shims").record
    }

    /// Whether a collection may happen in an operation.
    pub(crate) fn collects(&self, op: &mir::OpKind) -> bool {
        match op {
            mir::OpKind::Call { callee, .. } => self.collects_callee(*callee),
            _ => op.is_safepoint(),
        }
    }

    /// Whether a collection may happen in a call.
    pub(crate) fn collects_callee(&self, callee: mir::Callee) -> bool {
        match callee {
            mir::Callee::Direct(function) => self.collects[function],
            mir::Callee::Foreign(_) => true,
            mir::Callee::Runtime(row) => row.info().effects.contains(Effects::MAY_COLLECT),
        }
    }

    /// The id of a slow path.
    pub(crate) fn slow_path(&self, path: SlowPath) -> module::FuncId {
        let found = self.slow_paths.binary_search_by_key(&path, |&(path, _)| path);
        self.slow_paths[found.expect("every slow path in use is declared")].1
    }

    /// The id of a foreign function.
    pub(crate) fn foreign(&self, function: mir::ForeignId) -> module::FuncId {
        self.foreign[function]
    }

    /// Whether a call of an imported symbol can be relative to the instruction.
    pub(crate) fn imports_are_near(&self) -> bool {
        self.imports == Imports::Linked
    }

    /// The id of an imported runtime function.
    pub(crate) fn runtime_function(&self, function: RuntimeFn) -> module::FuncId {
        self.find_runtime_function(function).expect("every runtime function in use is declared")
    }

    /// The id of a runtime function, if it is imported.
    pub(crate) fn find_runtime_function(&self, function: RuntimeFn) -> Option<module::FuncId> {
        let found = self.runtime.binary_search_by_key(&function, |&(row, _)| row).ok()?;
        Some(self.runtime[found].1)
    }
}

fn record_kind(program: &mir::Program) -> Option<RecordKind> {
    match program.entry {
        Some(entry) => Some(RecordKind::Program { entry }),
        None => (!program.exports.is_empty()).then_some(RecordKind::Library),
    }
}

/// The slow paths to the imported runtime functions.
fn slow_paths_of(
    imported: &[(RuntimeFn, module::FuncId)],
) -> impl Iterator<Item = SlowPath> + use<> {
    let called = |path: &SlowPath| imported.iter().any(|&(row, _)| row == path.runtime_function());
    let all = [SlowPath::Alloc, SlowPath::Reserve, SlowPath::Remember, SlowPath::Snapshot];
    all.into_iter().filter(called).collect::<Vec<_>>().into_iter()
}

/// The runtime functions that lowering the program will call, in the order of the table.
fn imported_functions(program: &mir::Program) -> impl Iterator<Item = RuntimeFn> {
    let mut used = vec![false; RuntimeFn::ALL.len()];
    for block in program.functions.iter().flat_map(|body| &body.blocks) {
        let mut allocations = 0;
        for op in &block.ops {
            for &function in runtime_functions_of(&op.kind) {
                used[function as usize] = true;
            }
            match op.kind {
                mir::OpKind::Call { callee: mir::Callee::Runtime(function), .. } => {
                    used[function as usize] = true;
                }
                mir::OpKind::Alloc { .. } => allocations += 1,
                _ => {}
            }
        }
        // They may share a check.
        used[RuntimeFn::AllocReserve as usize] |= allocations > 1;
    }
    RuntimeFn::ALL.iter().copied().filter(move |&function| used[function as usize])
}

/// What an operation other than a call may call.
fn runtime_functions_of(op: &mir::OpKind) -> &'static [RuntimeFn] {
    use mir::{Barrier, OpKind};
    match op {
        OpKind::Alloc { .. } => &[RuntimeFn::AllocSlow],
        OpKind::AllocArray { .. } => &[RuntimeFn::AllocArray],
        OpKind::StoreField { barrier: Barrier::Needed, .. }
        | OpKind::StoreElement { barrier: Barrier::Needed, .. } => {
            &[RuntimeFn::GcRemember, RuntimeFn::GcSnapshot]
        }
        OpKind::CheckIndex { unsigned: false, .. } => &[RuntimeFn::PanicIndex],
        OpKind::CheckIndex { unsigned: true, .. } => &[RuntimeFn::PanicIndexUnsigned],
        OpKind::CheckDivisor { .. } => &[RuntimeFn::PanicDivision],
        OpKind::CheckChar { unsigned: false, .. } => &[RuntimeFn::PanicChar],
        OpKind::CheckChar { unsigned: true, .. } => &[RuntimeFn::PanicCharUnsigned],
        OpKind::EnterLibrary => &[RuntimeFn::LibraryEnter],
        OpKind::LeaveLibrary => &[RuntimeFn::LibraryLeave],
        OpKind::EnterProgram { arguments_descriptor: Some(_), .. } => {
            &[RuntimeFn::ProgramArguments]
        }
        _ => &[],
    }
}

fn fault(symbol: &str, error: &module::ModuleError) -> CodegenError {
    CodegenError::Symbol { symbol: symbol.into(), message: error.to_string().into() }
}
