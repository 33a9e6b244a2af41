//! The intermediate forms of an artifact as text, for people and goldens.
//!
//! *Invariants.* The text is the same in every run: symbols are numbered as an empty module would
//! number them, and their names stand beside the numbers as comments. What Cranelift prints is shown as
//! it is, positions aside, so CLIF can be read back by its own tools.

use std::fmt::{self, Display, Write};

use beskid_abi::demangle::demangle;
use beskid_abi::symbol;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::entity::SecondaryMap;
use cranelift_codegen::ir::entities::{AnyEntity, UserExternalNameRef};
use cranelift_codegen::ir::{self, ExternalName, GlobalValueData, UserExternalName};
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::print_errors::pretty_error;
use cranelift_codegen::settings;
use cranelift_codegen::write::{FuncWriter, PlainWriter, decorate_function};
use cranelift_module as module;

use crate::artifact::CodegenArtifact;
use crate::clif::{
    self,
    declare::{Declarations, RecordSymbols},
};
use crate::compile::{self, Scratch};
use crate::epilogue;
use crate::error::CodegenError;
use crate::isa::Imports;
use crate::mir::{Data, FuncId, Program, print};

/// The MIR of the functions whose source name is `function`, or of all.
#[must_use]
pub fn mir(artifact: &CodegenArtifact, function: Option<&str>) -> String {
    let program = artifact.program();
    let texts: Vec<String> =
        selected(program, function).map(|id| print::function(program, id)).collect();
    texts.join("\n")
}

/// The CLIF of the functions whose source name is `function`, or of all; after Cranelift's
/// optimisation if the instruction set asks for it.
///
/// # Errors
/// A fault of the compiler.
pub fn clif(
    artifact: &CodegenArtifact,
    isa: &dyn TargetIsa,
    function: Option<&str>,
) -> Result<String, CodegenError> {
    let optimises = isa.flags().opt_level() != settings::OptLevel::None;
    each(artifact, isa, function, |names, scratch| {
        if optimises {
            let outcome = scratch.context.optimize(isa, &mut ControlPlane::default());
            outcome.map_err(|error| pretty_error(&scratch.context.func, error))?;
        }
        scratch.context.func.srclocs.clear();
        let mut text = String::new();
        decorate_function(&mut NamedWriter { names }, &mut text, &scratch.context.func)
            .map_err(|error| error.to_string())?;
        Ok(text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect())
    })
}

/// The machine code as assembly of the functions whose source name is `function`, or of all.
///
/// # Errors
/// A fault of the compiler.
pub fn asm(
    artifact: &CodegenArtifact,
    isa: &dyn TargetIsa,
    function: Option<&str>,
) -> Result<String, CodegenError> {
    each(artifact, isa, function, |names, scratch| {
        scratch.context.set_disasm(true);
        let compiled = scratch
            .context
            .compile(isa, &mut ControlPlane::default())
            .map_err(|error| pretty_error(error.func, error.inner))?;
        let text = compiled.vcode.clone().unwrap_or_default();
        scratch.context.set_disasm(false);
        let text = epilogue::shorten_text(&without_notes(&text));
        Ok(names.put_into(&text, &scratch.context.func))
    })
}

/// Assembly without what is no instruction: notes for unwinding and register allocation.
fn without_notes(text: &str) -> String {
    let is_note = |line: &str| {
        let line = line.trim_start();
        ["unwind ", "uninit ", "; UserStackMap"].iter().any(|note| line.starts_with(note))
    };
    let lines = text.lines().filter(|line| !is_note(line));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Lowers the functions that are asked for and joins what `show` makes of them, each under its symbol.
fn each(
    artifact: &CodegenArtifact,
    isa: &dyn TargetIsa,
    function: Option<&str>,
    show: impl Fn(&Names<'_>, &mut Scratch) -> Result<String, String>,
) -> Result<String, CodegenError> {
    let program = artifact.program();
    let declarations = Declarations::without_module(program, Imports::Linked);
    let names = Names { program, declarations: &declarations };
    let mut scratch = Scratch::default();
    let mut texts = Vec::new();
    for id in selected(program, function) {
        let text = compile::guarded(program, id, &mut scratch, |scratch, position| {
            clif::lower_function(program, id, &declarations, isa, scratch, position);
            show(&names, scratch)
        })?;
        let symbol = &program.functions[id].symbol;
        // What people read first, what tools know second.
        let name = demangle(symbol).map(|name| format!("; {name}\n")).unwrap_or_default();
        texts.push(format!("{name}; {symbol}\n{text}"));
    }
    Ok(texts.join("\n"))
}

fn selected(program: &Program, function: Option<&str>) -> impl Iterator<Item = FuncId> {
    let named = program.functions.enumerate();
    named.filter(move |(_, body)| function.is_none_or(|name| body.name == name)).map(|(id, _)| id)
}

/// Names of the numbered symbols.
struct Names<'a> {
    program: &'a Program,
    declarations: &'a Declarations,
}

impl Names<'_> {
    /// What a symbol stands for.
    fn of(&self, name: &UserExternalName) -> Option<String> {
        let index = name.index as usize;
        if name.namespace == 1 {
            let is_record = |symbols: RecordSymbols| symbols.record.as_u32() == name.index;
            if self.declarations.record.is_some_and(is_record) {
                return Some(symbol::LIBRARY.to_owned());
            }
            return self.program.data.as_slice().get(index).map(|data| match data {
                Data::String(text) => format!("{text:?}"),
                Data::Descriptor(record) => format!("descriptor of {}", record.name),
                Data::Closure(closure) => {
                    format!("closure of {}", self.program.functions[closure.code].name)
                }
                Data::Table(table) => format!("table of {}", table.name),
            });
        }
        if let Some(body) = self.program.functions.as_slice().get(index) {
            return Some(body.symbol.clone());
        }
        let id = module::FuncId::from_u32(name.index);
        let mut slow_paths = self.declarations.slow_paths.iter();
        if let Some((path, _)) = slow_paths.find(|&&(_, path)| path == id) {
            return Some(path.symbol().to_owned());
        }
        let found = self.declarations.runtime.iter().find(|&&(_, row)| row == id);
        found.map(|(row, _)| row.info().symbol.to_owned())
    }

    /// Assembly with its references to symbols, `User(userextname3)` or the part in the parentheses,
    /// replaced by their names.
    fn put_into(&self, text: &str, func: &ir::Function) -> String {
        const REFERENCE: &str = "userextname";
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(REFERENCE) {
            let (before, reference) = rest.split_at(at);
            let in_parentheses = before.strip_suffix("User(");
            out.push_str(in_parentheses.unwrap_or(before));
            let reference = &reference[REFERENCE.len()..];
            let digits = reference.bytes().take_while(u8::is_ascii_digit).count();
            let name = reference[..digits].parse().ok().and_then(|index: u32| {
                let name = UserExternalNameRef::from_u32(index);
                self.of(func.params.user_named_funcs().get(name)?)
            });
            match name {
                Some(name) => out.push_str(&name),
                None => out.push_str(&rest[at..][..REFERENCE.len() + digits]),
            }
            rest = &reference[digits..];
            if in_parentheses.is_some() {
                rest = rest.strip_prefix(')').unwrap_or(rest);
            }
        }
        out.push_str(rest);
        out
    }

    fn of_external(&self, func: &ir::Function, name: &ExternalName) -> Option<String> {
        let ExternalName::User(name) = name else { return None };
        self.of(&func.params.user_named_funcs()[*name])
    }
}

/// Writes CLIF with a comment behind each declaration of a symbol.
struct NamedWriter<'a, 'b> {
    names: &'a Names<'b>,
}

impl FuncWriter for NamedWriter<'_, '_> {
    fn write_block_header(
        &mut self,
        out: &mut dyn Write,
        func: &ir::Function,
        block: ir::Block,
        indent: usize,
    ) -> fmt::Result {
        PlainWriter.write_block_header(out, func, block, indent)
    }

    fn write_instruction(
        &mut self,
        out: &mut dyn Write,
        func: &ir::Function,
        aliases: &SecondaryMap<ir::Value, Vec<ir::Value>>,
        inst: ir::Inst,
        indent: usize,
    ) -> fmt::Result {
        PlainWriter.write_instruction(out, func, aliases, inst, indent)
    }

    fn write_entity_definition(
        &mut self,
        out: &mut dyn Write,
        func: &ir::Function,
        entity: AnyEntity,
        value: &dyn Display,
    ) -> fmt::Result {
        let name = match entity {
            AnyEntity::FuncRef(function) => {
                self.names.of_external(func, &func.dfg.ext_funcs[function].name)
            }
            AnyEntity::GlobalValue(global) => match &func.global_values[global] {
                GlobalValueData::Symbol { name, .. } => self.names.of_external(func, name),
                _ => None,
            },
            _ => None,
        };
        match name {
            Some(name) => writeln!(out, "    {entity} = {value}  ; {name}"),
            None => writeln!(out, "    {entity} = {value}"),
        }
    }
}
