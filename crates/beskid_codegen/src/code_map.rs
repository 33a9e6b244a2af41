//! The code map of a unit, from what Cranelift says of each compiled function.
//!
//! *Invariants.* A position is kept where a call returns to and where a trap stands; positions of
//! other code are only in [`crate::define::DefinedFunction::lines`]. Parents of inlined positions are
//! in the map before their children.

use beskid_abi::code_map::{CodeMapEncoder, EncodedCodeMap, FunctionMap, NO_PARENT, Position};
use cranelift_codegen::ir::SourceLoc;
use cranelift_codegen::{Final, MachBufferFinalized};

use crate::epilogue;
use crate::machine_code::CompiledFunction;
use crate::mir::{self, SourcePos};

/// Collects the functions of a unit in order.
pub(crate) struct UnitMap<'a> {
    program: &'a mir::Program,
    encoder: CodeMapEncoder,
    /// Index in the map of each origin that is in it.
    positions: Vec<Option<u32>>,
}

impl<'a> UnitMap<'a> {
    pub(crate) fn new(program: &'a mir::Program) -> Self {
        Self {
            program,
            encoder: CodeMapEncoder::new(),
            positions: vec![None; program.origins.len()],
        }
    }

    /// Appends the next function.
    pub(crate) fn add(&mut self, body: &mir::Body, compiled: &CompiledFunction) {
        let ranges =
            compiled.places.iter().map(|&(start, place)| (start, self.position(place))).collect();
        self.encoder.function(FunctionMap {
            name: body.name.clone(),
            code_length: compiled.code.len() as u32,
            ranges,
            maps: compiled.stack_maps.clone(),
        });
    }

    /// Lays the map out.
    pub(crate) fn encode(self) -> EncodedCodeMap {
        self.encoder.encode()
    }

    /// The index of a position in the map; its chain of parents comes first.
    fn position(&mut self, place: SourcePos) -> u32 {
        let mut chain = vec![];
        let mut next = Some(place);
        while let Some(place) = next
            && self.positions[place.0 as usize].is_none()
        {
            chain.push(place);
            next = self.program.origins[place.0 as usize].parent;
        }
        for place in chain.into_iter().rev() {
            let origin = &self.program.origins[place.0 as usize];
            let parent = origin
                .parent
                .and_then(|parent| self.positions[parent.0 as usize])
                .unwrap_or(NO_PARENT);
            let index = self.encoder.position(&Position {
                function: self.program.names.text(origin.function),
                file: self.program.names.text(origin.file),
                line: origin.line,
                column: origin.column,
                parent,
                author: origin.author,
            });
            self.positions[place.0 as usize] = Some(index);
        }
        self.positions[place.0 as usize].unwrap_or(NO_PARENT)
    }
}

/// `(return offset, slots)` of every call with live references.
pub(crate) fn stack_maps(buffer: &MachBufferFinalized<Final>) -> Vec<(u32, Vec<u32>)> {
    let maps = buffer.user_stack_maps().iter();
    maps.map(|(offset, _, map)| {
        let mut slots: Vec<u32> = map.entries().map(|(_, slot)| slot).collect();
        slots.sort_unstable();
        slots.dedup();
        (*offset, slots)
    })
    .collect()
}

/// `(code offset, number of the position)` of every change of position.
pub(crate) fn lines(buffer: &MachBufferFinalized<Final>) -> Vec<(u32, u32)> {
    let mut lines: Vec<(u32, u32)> = Vec::new();
    for range in buffer.get_srclocs_sorted() {
        let Some(place) = place_of(range.loc) else { continue };
        if lines.last().is_none_or(|&(_, last)| last != place) {
            lines.push((range.start, place));
        }
    }
    lines
}

/// The positions of calls and traps, as ranges: what a trace can ask for.
pub(crate) fn places(buffer: &MachBufferFinalized<Final>) -> Vec<(u32, u32)> {
    let calls = buffer.call_sites().map(|site| site.ret_addr - 1);
    let traps = buffer.traps().iter().map(|trap| trap.offset);
    let mut offsets: Vec<u32> = calls.chain(traps).collect();
    offsets.sort_unstable();

    let srclocs = buffer.get_srclocs_sorted();
    let mut places: Vec<(u32, u32)> = Vec::new();
    for offset in offsets {
        let after = srclocs.partition_point(|range| range.start <= offset);
        let Some(range) = after.checked_sub(1).map(|index| &srclocs[index]) else { continue };
        let Some(place) = place_of(range.loc).filter(|_| offset < range.end) else { continue };
        if places.last().is_none_or(|&(_, last)| last != place) {
            places.push((range.start, place));
        }
    }
    places
}

/// The number of the position of a location.
fn place_of(loc: SourceLoc) -> Option<u32> {
    let number = if loc.is_default() { 0 } else { loc.bits() & !epilogue::RETURN };
    (number != 0).then_some(number)
}
