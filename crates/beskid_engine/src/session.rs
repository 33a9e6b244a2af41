//! One program in memory.

use std::ffi::OsString;
use std::fmt;
use std::mem::ManuallyDrop;
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use beskid_abi::program::Program;
use beskid_codegen::isa::{Imports, IsaConfig};
use beskid_codegen::{CodegenArtifact, CodegenError, DefinedUnit, define_artifact};
use beskid_runtime::start::{self, Texts};
use cranelift_jit::{ArenaMemoryProvider, JITBuilder, JITModule};
use cranelift_module::{FuncId, Linkage, Module};

use crate::EngineError;
use crate::failure;
use crate::foreign::Libraries;
use crate::streams;
use crate::symbols::Symbols;

/// Address space for code and data, in the order of trying: near calls reach 2 GiB, and only what is
/// used becomes memory. Where address space is limited, less must do.
const ARENA_SIZES: [usize; 3] = [1 << 30, 128 << 20, 16 << 20];

/// What the program sees of its process.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Process {
    /// The command line after the program's name.
    pub arguments: Vec<OsString>,
    /// Names and values.
    pub environment: Vec<(OsString, OsString)>,
}

/// A compiled program; dropping it frees its memory.
pub struct Session {
    /// Its memory is freed with the session.
    module: ManuallyDrop<JITModule>,
    program: *const Program,
    /// What was defined, once all is.
    unit: Option<DefinedUnit>,
    /// What the code calls; closed after its memory is freed.
    libraries: Libraries,
}

impl Session {
    /// Compiles `artifact` for this machine, against the runtime of this process; the system's loader
    /// finds the libraries.
    ///
    /// # Errors
    /// See [`EngineError`]; nothing has run.
    pub fn new(artifact: &CodegenArtifact) -> Result<Self, EngineError> {
        Self::with(artifact, &Symbols::of_runtime(), &|name| PathBuf::from(name))
    }

    /// Compiles `artifact` for this machine, against `symbols`; `locate` says what to open for the name of a
    /// library.
    ///
    /// # Errors
    /// See [`EngineError`]; nothing has run.
    pub fn with(
        artifact: &CodegenArtifact,
        symbols: &Symbols,
        locate: &dyn Fn(&str) -> PathBuf,
    ) -> Result<Self, EngineError> {
        symbols.check_version()?;
        let libraries = Libraries::open(&artifact.program().foreign, locate)?;
        let imports = Imports::Absolute;
        let isa = IsaConfig { triple: None, opt: artifact.opt(), imports }
            .build()
            .map_err(|unsupported| EngineError::Host(unsupported.0))?;

        // Cranelift would search the process for a name it does not know; what is not in the table of
        // the runtime must not be found there. The names of library calls are ours for that reason.
        let library_call = Box::new(|call| format!("beskid_rt_{call:?}"));
        let mut builder = JITBuilder::with_isa(isa.clone(), library_call);
        builder.symbols(symbols.iter());
        builder.symbols(libraries.iter());
        builder.memory_provider(Box::new(arena()?));
        // From here on an error frees the memory, too.
        let module = ManuallyDrop::new(JITModule::new(builder));
        let mut session = Self { module, program: std::ptr::null(), unit: None, libraries };

        let module = &mut *session.module;
        let unit = define_artifact(artifact, &*isa, imports, module, None)?;
        let record = unit.program.ok_or(EngineError::NoEntry)?;
        check_imports(module, symbols, &session.libraries)?;
        finalise(module)?;
        session.program = module.get_finalized_data(record).0.cast();
        session.unit = Some(unit);
        Ok(session)
    }

    /// Where the code of each function lies, as `perf` reads it from `/tmp/perf-PID.map`: a line with
    /// address and length in hexadecimal, and the name.
    #[must_use]
    pub fn perf_map(&self) -> String {
        let Some(unit) = &self.unit else { return String::new() };
        let functions = unit.functions.iter();
        let functions =
            functions.map(|function| (function.id, function.code_length, &*function.name));
        let slow_paths =
            unit.slow_paths.iter().map(|path| (path.id, path.code_length, path.symbol));
        let line = |(id, length, name): (FuncId, u32, &str)| {
            let address = self.module.get_finalized_function(id).addr();
            format!("{address:x} {length:x} {}\n", name.replace('\n', " "))
        };
        functions.chain(slow_paths).map(line).collect()
    }

    /// Runs the program to its end and returns its exit status. A panic of the program ends the
    /// process, as it does in an executable.
    #[must_use]
    pub fn run(&self, process: &Process) -> i32 {
        let environment: Vec<Vec<u8>> = process
            .environment
            .iter()
            .map(|(name, value)| [name.as_bytes(), b"=", value.as_bytes()].concat())
            .collect();
        let environment: Vec<&[u8]> = environment.iter().map(Vec::as_slice).collect();
        let arguments: Vec<&[u8]> =
            process.arguments.iter().map(|argument| argument.as_bytes()).collect();
        let process = start::Process {
            arguments: Texts::slices(&arguments),
            environment: Texts::slices(&environment),
        };
        failure::watch();
        streams::close_again();
        // SAFETY: the record and what it refers to were defined for this ABI and finalised; they stay
        // in place while the session lives.
        let status = unsafe { start::run(&*self.program, &process) };
        // The system looks at the lowest byte alone; so does an executable's end.
        status as i32
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: the module is not used again. The program runs only inside `run`, which borrows the
        // session, and leaves no address of its code behind.
        unsafe { ManuallyDrop::take(&mut self.module).free_memory() };
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("program", &self.program).finish_non_exhaustive()
    }
}

/// Compiles an artifact and runs it to its end; returns its exit status.
///
/// # Errors
/// See [`EngineError`]; nothing has run then.
pub fn run(artifact: &CodegenArtifact, process: &Process) -> Result<i32, EngineError> {
    Ok(Session::new(artifact)?.run(process))
}

/// Memory for code and data next to each other.
fn arena() -> Result<ArenaMemoryProvider, EngineError> {
    let mut reason = String::new();
    for size in ARENA_SIZES {
        match ArenaMemoryProvider::new_with_size(size) {
            Ok(arena) => return Ok(arena),
            Err(error) => reason = error.to_string(),
        }
    }
    Err(EngineError::Memory(reason))
}

/// Every import has an address: finalising the module would end the process otherwise.
fn check_imports(
    module: &JITModule,
    symbols: &Symbols,
    libraries: &Libraries,
) -> Result<(), EngineError> {
    let declarations = module.declarations();
    let functions = declarations
        .get_functions()
        .filter(|(_, declaration)| declaration.linkage == Linkage::Import)
        .map(|(id, declaration)| declaration.linkage_name(id));
    let data = declarations
        .get_data_objects()
        .filter(|(_, declaration)| declaration.linkage == Linkage::Import)
        .map(|(id, declaration)| declaration.linkage_name(id));
    match functions
        .chain(data)
        .find(|name| symbols.address(name).is_none() && libraries.address(name).is_none())
    {
        Some(symbol) => Err(EngineError::MissingSymbol { symbol: symbol.into_owned() }),
        None => Ok(()),
    }
}

/// Fills addresses in and makes code executable.
fn finalise(module: &mut JITModule) -> Result<(), EngineError> {
    // Imports are known to be there. What is left is a call that Cranelift made up, to a library
    // function that the runtime does not have: it says so by a panic.
    let finalise = || module.finalize_definitions().map_err(|error| error.to_string());
    match catch_unwind(AssertUnwindSafe(finalise)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(reason)) => Err(EngineError::Memory(reason)),
        Err(panic) => {
            let message =
                panic.downcast_ref::<String>().map_or("a panic without a message", String::as_str);
            Err(EngineError::Codegen(CodegenError::Symbol {
                symbol: "the program".into(),
                message: message.into(),
            }))
        }
    }
}
