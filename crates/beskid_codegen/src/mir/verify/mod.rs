//! Checks the invariants of MIR, in time linear in the size of the program (and of the live ranges of
//! mutable locals).
//!
//! The order is that of what later checks rely on: ids are in range and blocks end properly
//! ([`structure`]), operands have the kinds their operation asks for ([`kinds`], [`calls`]), every use
//! has a definition ([`flow`]), objects have the fields that are accessed and stores tell the collector
//! what it needs ([`objects`]).
//!
//! *Invariants.* The first fault is reported, with function, block and operation. A fault is a bug of
//! the producer of the MIR; no program of a user can cause one.

mod calls;
mod flow;
mod kinds;
mod objects;
mod structure;

use beskid_analysis::index::Id;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rustc_hash::FxHashSet;

use super::cfg::Cfg;
use super::{
    Block, Body, Convention, Data, DataId, Descriptor, DescriptorKind, FuncId, Op, Program,
    StaticClosure, print,
};
use crate::compile::PARALLEL_FROM;
use beskid_abi::header::HEADER_SIZE;
use beskid_abi::object::CLOSURE_CAPTURES_OFFSET;

/// Checks a program.
///
/// # Errors
/// The first fault.
pub fn verify_program(program: &Program) -> Result<(), String> {
    verify_origins(program)?;
    verify_data(program)?;
    let fault = |body| verify_body(program, body).err().map(|fault| fault.describe(program, body));
    let bodies = program.functions.as_slice();
    let first = if bodies.len() < PARALLEL_FROM {
        bodies.iter().find_map(fault)
    } else {
        bodies.par_iter().find_map_first(fault)
    };
    if let Some(fault) = first {
        return Err(fault);
    }
    let mut symbols = FxHashSet::default();
    for (function, body) in program.functions.enumerate() {
        if !symbols.insert(body.symbol.as_str()) {
            return Err(format!("`{}`: another function has its symbol", body.symbol));
        }
        let is_entry = program.entry == Some(function);
        if is_entry != (body.convention == Convention::EntryShim) {
            return Err(format!("`{}`: the entry, and it alone, is an entry shim", body.name));
        }
    }
    match program.entry {
        Some(entry) if program.functions.get(entry).is_none() => {
            Err("the entry is no function of the program".to_owned())
        }
        Some(_) if !program.exports.is_empty() => {
            Err("a unit with an entry is no library".to_owned())
        }
        _ => verify_exports(program),
    }
}

/// C calls export shims alone, and each of them is there for it.
fn verify_exports(program: &Program) -> Result<(), String> {
    let mut shims = FxHashSet::default();
    for export in &program.exports {
        let body = program.functions.get(export.function);
        let is_shim = match body.map(|body| body.convention) {
            Some(Convention::ExportShim) => true,
            Some(Convention::Internal) => false,
            Some(Convention::EntryShim) | None => {
                return Err(format!("`{}` cannot be exported", export.source));
            }
        };
        if is_shim != export.signature.is_some() {
            return Err(format!("`{}`: C calls export shims, and these alone", export.source));
        }
        if is_shim {
            shims.insert(export.function);
        }
    }
    for (function, body) in program.functions.enumerate() {
        if body.convention == Convention::ExportShim && !shims.contains(&function) {
            return Err(format!("`{}` is a shim of nothing that is exported", body.name));
        }
    }
    Ok(())
}

/// What is wrong with a body, and where.
struct Fault {
    block: Option<Block>,
    op: Option<usize>,
    message: String,
}

impl Fault {
    /// Of the body as a whole.
    fn of_body(message: impl Into<String>) -> Self {
        Self { block: None, op: None, message: message.into() }
    }

    /// Of a block or its terminator.
    fn of_block(block: Block, message: impl Into<String>) -> Self {
        Self { block: Some(block), op: None, message: message.into() }
    }

    /// Of an operation.
    fn of_op(block: Block, op: usize, message: impl Into<String>) -> Self {
        Self { block: Some(block), op: Some(op), message: message.into() }
    }

    fn describe(&self, program: &Program, body: &Body) -> String {
        let mut text = format!("`{}`", body.name);
        if let Some(block) = self.block {
            text.push_str(&format!(", {block:?}"));
            match self.op.map(|index| (index, &body.blocks[block].ops[index])) {
                Some((_, op)) if structure::has_known_locals(body, &op.kind) => {
                    text.push_str(&format!(", `{}`", print::operation(program, body, &op.kind)));
                }
                Some((index, _)) => text.push_str(&format!(", operation {index}")),
                None => {}
            }
        }
        format!("{text}: {}", self.message)
    }
}

fn verify_body(program: &Program, body: &Body) -> Result<(), Fault> {
    structure::verify(program, body)?;
    kinds::verify(program, body)?;
    let cfg = Cfg::new(body);
    structure::verify_ends(body, &cfg)?;
    flow::verify(program, body, &cfg)?;
    objects::verify(program, body, &cfg)
}

/// Calls `check` with every operation of the blocks that are reached.
fn for_each_op(
    body: &Body,
    cfg: &Cfg,
    mut check: impl FnMut(Block, usize, &Op) -> Result<(), Fault>,
) -> Result<(), Fault> {
    for &block in &cfg.order {
        for (index, op) in body.blocks[block].ops.iter().enumerate() {
            check(block, index, op)?;
        }
    }
    Ok(())
}

/// Calls that positions came through stand before them, so chains end.
fn verify_origins(program: &Program) -> Result<(), String> {
    for (index, origin) in program.origins.iter().enumerate() {
        if origin.parent.is_some_and(|parent| parent.0 as usize >= index) {
            return Err(format!("position {index}: the call it came through stands behind it"));
        }
    }
    Ok(())
}

fn verify_data(program: &Program) -> Result<(), String> {
    for (id, data) in program.data.enumerate() {
        match data {
            Data::String(_) => {}
            Data::Descriptor(descriptor) => verify_descriptor(descriptor).map_err(|message| {
                format!("descriptor {id:?} of `{}`: {message}", descriptor.name)
            })?,
            Data::Closure(closure) => verify_closure(program, *closure)
                .map_err(|message| format!("closure {id:?}: {message}"))?,
            Data::Table(table) => table
                .functions
                .iter()
                .try_for_each(|&function| internal_of(program, function).map(drop))
                .map_err(|message| format!("table {id:?} of `{}`: {message}", table.name))?,
        }
    }
    Ok(())
}

/// A static closure has code, and nothing that a collection would have to look at.
fn verify_closure(program: &Program, closure: StaticClosure) -> Result<(), String> {
    internal_of(program, closure.code)?;
    match descriptor_of(program, closure.descriptor) {
        Some(record)
            if record.kind == DescriptorKind::Closure
                && record.size as usize == CLOSURE_CAPTURES_OFFSET
                && record.references.is_empty() =>
        {
            Ok(())
        }
        _ => {
            let descriptor = closure.descriptor;
            Err(format!("{descriptor:?} does not describe closures without captures"))
        }
    }
}

/// References are ascending, aligned and inside; an object begins with its header.
fn verify_descriptor(descriptor: &Descriptor) -> Result<(), &'static str> {
    let header = HEADER_SIZE as u32;
    let first = match descriptor.kind {
        DescriptorKind::Array => 0,
        DescriptorKind::Object | DescriptorKind::Payload if descriptor.size >= header => header,
        DescriptorKind::Object | DescriptorKind::Payload => return Err("too small for a header"),
        DescriptorKind::Closure | DescriptorKind::BoundMethod if descriptor.size >= 2 * header => {
            2 * header
        }
        DescriptorKind::Closure | DescriptorKind::BoundMethod => {
            return Err("too small for header and code address");
        }
    };
    let mut free = first;
    for &offset in &descriptor.references {
        if offset % header != 0 {
            return Err("a reference is not aligned");
        }
        if offset < free {
            return Err("references overlap the header or are not ascending");
        }
        free = offset + header;
    }
    if free > first && free > descriptor.size {
        return Err("a reference is outside");
    }
    Ok(())
}

/// The descriptor of an id.
fn descriptor_of(program: &Program, data: DataId) -> Option<&Descriptor> {
    match program.data.get(data) {
        Some(Data::Descriptor(descriptor)) => Some(descriptor),
        Some(_) | None => None,
    }
}

/// The body of a function that exists.
fn body_of(program: &Program, function: FuncId) -> Result<&Body, String> {
    let missing = || format!("function {} does not exist", function.index());
    program.functions.get(function).ok_or_else(missing)
}

/// The body of a function that exists and that functions of the program can call.
fn internal_of(program: &Program, function: FuncId) -> Result<&Body, String> {
    let body = body_of(program, function)?;
    match body.convention {
        Convention::Internal => Ok(body),
        Convention::EntryShim | Convention::ExportShim => {
            Err(format!("`{}` is not called by the program", body.name))
        }
    }
}

#[cfg(test)]
mod tests;
