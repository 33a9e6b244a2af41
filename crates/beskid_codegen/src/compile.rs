//! MIR bodies to machine code, on all cores.
//!
//! *Invariants.* A function is lowered and compiled from its body and the declarations alone, so the
//! bytes do not depend on which thread made them or what it made before. A panic or an error of
//! Cranelift becomes a [`CodegenError`] that names the function. Few functions are compiled on the
//! calling thread: starting the pool costs more than they do.

use std::cell::Cell;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir;
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::FunctionBuilderContext;
use cranelift_module::ModuleReloc;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::clif;
use crate::clif::Positions;
use crate::clif::bindings;
use crate::clif::declare::Declarations;
use crate::clif::slow_path::{self, SlowPath};
use crate::code_map;
use crate::epilogue;
use crate::error::CodegenError;
use crate::machine_code::{Compiled, CompiledFunction};
use crate::mir::{self, SourcePos};
use crate::reuse::form::Form;
use crate::reuse::piece::Piece;
use crate::reuse::{Keys, Pack, Provenance, Reuse};

/// From this many functions on they are worked on in parallel.
pub(crate) const PARALLEL_FROM: usize = 16;

/// The function with the symbols and positions of its program.
fn place(
    compiled: Compiled,
    func: &ir::Function,
    id: cranelift_module::FuncId,
    positions: &Positions,
) -> CompiledFunction {
    let relocation = |at| Ok(ModuleReloc::from_mach_reloc(&at, func, id));
    let placed: Result<_, Infallible> = compiled.map(|number| Ok(positions.at(number)), relocation);
    let Ok(placed) = placed;
    placed
}

/// What a thread keeps between functions.
pub(crate) struct Scratch {
    pub(crate) context: Context,
    pub(crate) builder: FunctionBuilderContext,
    /// Of the function at hand, if it may have been compiled before.
    pub(crate) form: Form,
}

impl Default for Scratch {
    fn default() -> Self {
        Self {
            context: Context::new(),
            builder: FunctionBuilderContext::new(),
            form: Form::default(),
        }
    }
}

/// Compiles all functions of a program, in order, but those that an earlier build has compiled.
pub(crate) fn functions(
    program: &mir::Program,
    declarations: &Declarations,
    isa: &dyn TargetIsa,
    reuse: Option<&mut Reuse>,
) -> Result<Vec<CompiledFunction>, CodegenError> {
    let Some(reuse) = reuse else {
        return each(program, |scratch, function| {
            compile_function(program, function, declarations, isa, scratch)
        });
    };
    let (keys, earlier) = (Keys::new(isa, declarations.imports), reuse.earlier());
    let compiled = each(program, |scratch, function| {
        reuse_function(program, function, declarations, isa, &keys, earlier, scratch)
    })?;
    let (compiled, provenance): (Vec<_>, Vec<_>) = compiled.into_iter().unzip();
    reuse.note(&provenance);
    Ok(compiled)
}

/// Does something to each function, on all cores.
fn each<T: Send>(
    program: &mir::Program,
    compile: impl Fn(&mut Scratch, mir::FuncId) -> Result<T, CodegenError> + Sync,
) -> Result<Vec<T>, CodegenError> {
    let ids = program.functions.ids();
    if ids.len() < PARALLEL_FROM {
        let mut scratch = Scratch::default();
        return ids.map(|function| compile(&mut scratch, function)).collect();
    }
    let ids: Vec<_> = ids.collect();
    // The results first, so that the error of the first function is the one that is told.
    let results: Vec<_> = ids
        .into_par_iter()
        .map_init(Scratch::default, |scratch, id| compile(scratch, id))
        .collect();
    results.into_iter().collect()
}

/// Compiles the slow paths that a program can take, in order.
pub(crate) fn slow_paths(
    declarations: &Declarations,
    isa: &dyn TargetIsa,
) -> Result<Vec<CompiledFunction>, CodegenError> {
    let mut scratch = Scratch::default();
    let compile = |&(path, id): &(SlowPath, cranelift_module::FuncId)| {
        slow_path::lower(path, id, declarations, isa, &mut scratch);
        let compiled = finish(isa, &mut scratch.context).map_err(|message| {
            CodegenError::Symbol { symbol: path.symbol().into(), message: message.into() }
        })?;
        Ok(place(compiled, &scratch.context.func, id, &Positions::default()))
    };
    declarations.slow_paths.iter().map(compile).collect()
}

/// Lowers and compiles one function.
fn compile_function(
    program: &mir::Program,
    function: mir::FuncId,
    declarations: &Declarations,
    isa: &dyn TargetIsa,
    scratch: &mut Scratch,
) -> Result<CompiledFunction, CodegenError> {
    guarded(program, function, scratch, |scratch, position| {
        let (compiled, positions) =
            lower_and_finish(program, function, declarations, isa, scratch, position)?;
        let id = declarations.functions[function];
        Ok(place(compiled, &scratch.context.func, id, &positions))
    })
}

/// Lowers one function and compiles it, unless its code is in the pack.
fn reuse_function(
    program: &mir::Program,
    function: mir::FuncId,
    declarations: &Declarations,
    isa: &dyn TargetIsa,
    keys: &Keys,
    earlier: &Pack,
    scratch: &mut Scratch,
) -> Result<(CompiledFunction, Provenance), CodegenError> {
    guarded(program, function, scratch, |scratch, position| {
        scratch.form.set(program, function, declarations);
        let key = keys.of(&scratch.form);
        let id = declarations.functions[function];
        let found = earlier.find(&key);
        let placed = found.and_then(Piece::decode);
        let placed = placed.and_then(|piece| piece.place(id, &scratch.form, declarations));
        let placed = match placed {
            Some(placed) if !cfg!(debug_assertions) => {
                return Ok((placed, Provenance { key, encoded: None }));
            }
            placed => placed,
        };
        let piece = compile_form(program, function, declarations, isa, scratch, position)?;
        let encoded = piece.encode();
        if let Some(placed) = placed {
            return match found {
                Some(found) if found == encoded => Ok((placed, Provenance { key, encoded: None })),
                _ => Err("a function of the same form was compiled to something else".to_owned()),
            };
        }
        let placed = piece.place(id, &scratch.form, declarations);
        let placed = placed.ok_or("code refers to what is not in the program")?;
        Ok((placed, Provenance { key, encoded: Some(encoded) }))
    })
}

/// Compiles the function whose form was set.
pub(crate) fn compile_form(
    program: &mir::Program,
    function: mir::FuncId,
    declarations: &Declarations,
    isa: &dyn TargetIsa,
    scratch: &mut Scratch,
    position: &Cell<SourcePos>,
) -> Result<Piece, String> {
    let (compiled, positions) =
        lower_and_finish(program, function, declarations, isa, scratch, position)?;
    let func = &scratch.context.func;
    let piece = Piece::of(compiled, func, &positions, &scratch.form, declarations);
    Ok(piece.ok_or("code refers to what is not in the function")?)
}

/// Lowers a function and compiles it; says which positions its locations stand for.
fn lower_and_finish(
    program: &mir::Program,
    function: mir::FuncId,
    declarations: &Declarations,
    isa: &dyn TargetIsa,
    scratch: &mut Scratch,
    position: &Cell<SourcePos>,
) -> Result<(Compiled, Positions), String> {
    let positions = clif::lower_function(program, function, declarations, isa, scratch, position);
    let body = &program.functions[function];
    position.set(body.position);
    let mut compiled = finish(isa, &mut scratch.context)?;
    if let Some(code) = scratch.context.compiled_code() {
        compiled.bindings = bindings::frame_offsets(body, &code.buffer);
    }
    Ok((compiled, positions))
}

/// Runs a step of a function's compilation and turns whatever goes wrong into an error that names
/// the function and the last position that was set.
pub(crate) fn guarded<T>(
    program: &mir::Program,
    function: mir::FuncId,
    scratch: &mut Scratch,
    step: impl FnOnce(&mut Scratch, &Cell<SourcePos>) -> Result<T, String>,
) -> Result<T, CodegenError> {
    let body = &program.functions[function];
    let position = Cell::new(body.position);
    let outcome = catch_unwind(AssertUnwindSafe(|| step(scratch, &position)));
    let message = match outcome {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(message)) => message,
        Err(panic) => {
            // The panic may have left anything behind.
            *scratch = Scratch::default();
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            text.or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "a panic without a message".to_owned())
        }
    };
    let place = match program.origins.get(position.get().0 as usize) {
        Some(origin) => {
            let file = program.names.text(origin.file);
            format!("{file}:{}:{}", origin.line, origin.column)
        }
        None => "an unknown place".to_owned(),
    };
    Err(CodegenError::Function {
        name: body.name.as_str().into(),
        place: place.into(),
        message: message.into(),
    })
}

/// Compiles the function in `context`.
fn finish(isa: &dyn TargetIsa, context: &mut Context) -> Result<Compiled, String> {
    context
        .compile(isa, &mut ControlPlane::default())
        .map_err(|error| cranelift_codegen::print_errors::pretty_error(error.func, error.inner))?;
    let Some(compiled) = context.compiled_code() else {
        return Err("no code was made".to_owned());
    };
    let unwind = if isa.flags().unwind_info() {
        compiled.create_unwind_info(isa).map_err(|error| error.to_string())?
    } else {
        None
    };
    let buffer = &compiled.buffer;
    let mut code = compiled.code_buffer().to_vec();
    epilogue::shorten(&mut code, buffer, isa);
    Ok(Compiled {
        code,
        alignment: u64::from(buffer.alignment),
        relocations: buffer.relocs().to_vec(),
        unwind,
        lines: code_map::lines(buffer),
        places: code_map::places(buffer),
        stack_maps: code_map::stack_maps(buffer),
        bindings: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use beskid_analysis::index::Id;

    use super::*;
    use crate::builder::programs;
    use crate::isa::{Imports, IsaConfig, OptLevel};

    /// Everything that is made of a program, as text.
    fn compiled(program: &mir::Program, config: &IsaConfig, threads: usize) -> Vec<String> {
        compiled_with(program, config, threads, None)
    }

    fn compiled_with(
        program: &mir::Program,
        config: &IsaConfig,
        threads: usize,
        reuse: Option<&mut Reuse>,
    ) -> Vec<String> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let isa = config.build().expect("a known target");
        let declarations = Declarations::without_module(program, config.imports);
        let compiled = pool.install(|| functions(program, &declarations, &*isa, reuse));
        let compiled = compiled.unwrap_or_else(|error| panic!("{error}"));
        let text = |function: &CompiledFunction| {
            let relocations: Vec<_> = function
                .relocations
                .iter()
                .map(|at| (at.offset, at.kind, at.name.to_string(), at.addend))
                .collect();
            format!(
                "{:x?} {} {relocations:?} {:?} {:?} {:?} {:?} {:?}",
                function.code,
                function.alignment,
                function.bindings,
                function.lines,
                function.places,
                function.stack_maps,
                function.unwind,
            )
        };
        compiled.iter().map(text).collect()
    }

    #[test]
    fn bytes_do_not_depend_on_threads_and_runs() {
        let program = crate::builder::arithmetic::arithmetic();
        assert!(program.functions.len() > PARALLEL_FROM);
        let config = IsaConfig { triple: None, opt: OptLevel::None, imports: Imports::Linked };
        let first = compiled(&program, &config, 1);
        assert_eq!(first, compiled(&program, &config, 2));
    }

    /// A position that stands in front of a program's own.
    fn moved(mut program: mir::Program) -> mir::Program {
        let first = program.origins.first().copied();
        program.origins.extend(first);
        program.origins.rotate_right(1);
        let moved = |position: &mut SourcePos| {
            if *position != SourcePos::NOWHERE {
                position.0 = (position.0 + 1) % program.origins.len() as u32;
            }
        };
        for body in program.functions.iter_mut() {
            moved(&mut body.position);
            for op in body.blocks.iter_mut().flat_map(|block| &mut block.ops) {
                moved(&mut op.position);
            }
        }
        program
    }

    #[test]
    fn what_was_compiled_earlier_is_what_would_be_compiled_now() {
        for triple in ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"] {
            for (name, program) in programs::ALL {
                for opt in [OptLevel::None, OptLevel::Speed] {
                    let triple = Some(triple.parse().expect("a triple"));
                    let config = IsaConfig { triple, opt, imports: Imports::Linked };
                    let all = program().functions.len();
                    let expected = compiled(&program(), &config, 2);

                    let mut first = Reuse::new(Pack::default());
                    let code = compiled_with(&program(), &config, 2, Some(&mut first));
                    assert_eq!((code, first.reused()), (expected.clone(), (0, all)), "{name}");
                    let pack = first.into_next().expect("all is new");

                    let mut second = Reuse::new(Pack::decode(pack.clone()));
                    let code = compiled_with(&program(), &config, 2, Some(&mut second));
                    assert_eq!((code, second.reused()), (expected, (all, all)), "{name}");
                    assert_eq!(second.into_next(), None, "nothing is new");

                    let elsewhere = moved(program());
                    let mut third = Reuse::new(Pack::decode(pack.clone()));
                    let code = compiled_with(&elsewhere, &config, 2, Some(&mut third));
                    assert_eq!(third.reused(), (all, all), "{name}: positions are no part of keys");
                    assert_eq!(code, compiled(&elsewhere, &config, 2), "{name}");

                    // Whatever else the code is for, it is not this.
                    let other_opt = match opt {
                        OptLevel::None => OptLevel::Speed,
                        OptLevel::Speed => OptLevel::None,
                    };
                    for other in [
                        IsaConfig { opt: other_opt, ..config.clone() },
                        IsaConfig { imports: Imports::Absolute, ..config.clone() },
                    ] {
                        let mut reuse = Reuse::new(Pack::decode(pack.clone()));
                        compiled_with(&program(), &other, 2, Some(&mut reuse));
                        assert_eq!(reuse.reused().0, 0, "{name} {other:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_program_compiles_for_every_target() {
        for triple in ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"] {
            for (name, program) in programs::ALL {
                let program = program();
                for opt in [OptLevel::None, OptLevel::Speed] {
                    let triple = Some(triple.parse().expect("a triple"));
                    let config = IsaConfig { triple, opt, imports: Imports::Linked };
                    let code = compiled(&program, &config, 2);
                    assert_eq!(code.len(), program.functions.len(), "{name}");
                }
            }
        }
    }

    #[test]
    fn a_panic_inside_names_the_function_and_the_place() {
        let mut program = programs::hello();
        let id = mir::FuncId::from_index(0);
        program.functions[id].name = "Broken".to_owned();
        let mut scratch = Scratch::default();
        let outcome: Result<(), _> = guarded(&program, id, &mut scratch, |_, position| {
            position.set(SourcePos(0));
            panic!("{} is wrong", "something")
        });
        let text = outcome.map_err(|error| error.to_string());
        let expected =
            "internal fault while compiling `Broken` at p.bd:1:1: something is wrong".to_owned();
        assert_eq!(text, Err(expected));
    }
}
