//! Calls that were inlined, so that debuggers show the frames that the source has.
//!
//! ```text
//! rows of lines           0 main:5 │ 8 Twice:3 in main:5 │ 14 main:6
//! calls of `main`                    Twice, called at 5: 8 to 14
//! ```
//!
//! *Invariants.* Ranges of a call lie within those of the call around it, in ascending order.

use std::sync::OnceLock;

use beskid_codegen::DefinedFunction;
use beskid_codegen::mir::{Body, Name, Origin, Program, SourcePos};
use gimli::write::{AttributeValue, DwarfUnit, RangeList, UnitEntryId};
use rustc_hash::FxHashMap;

use super::bindings::{self, Entries, Types};
use super::scopes::Code;
use super::{Files, range};

/// A call whose code is in another function.
struct Call {
    /// Who was called.
    function: Name,
    /// Where.
    at: SourcePos,
    /// Where its code is.
    ranges: Vec<Code>,
    inner: Vec<Call>,
}

/// The functions that were inlined somewhere, as entries that say so, with what they declare.
pub(super) struct Functions<'p> {
    callees: &'p Callees<'p>,
    known: FxHashMap<Name, UnitEntryId>,
}

/// The functions of a program, which all units share.
pub(super) struct Callees<'p> {
    program: &'p Program,
    /// By their names, once there is an inlined call.
    bodies: OnceLock<FxHashMap<&'p str, &'p Body>>,
}

impl<'p> Callees<'p> {
    pub(super) fn of(program: &'p Program) -> Self {
        Self { program, bodies: OnceLock::new() }
    }

    /// The body of a function, or of one of its instances: they declare the same.
    fn body(&self, name: &str) -> Option<&'p Body> {
        let all = self.bodies.get_or_init(|| {
            self.program.functions.iter().map(|body| (body.name.as_str(), body)).collect()
        });
        all.get(name).copied()
    }
}

/// Describes the inlined calls of a function that starts at `start`, each within the block where it stands;
/// `files` has their numbers.
pub(super) fn describe(
    dwarf: &mut DwarfUnit,
    (functions, types): (&mut Functions<'_>, &mut Types),
    entries: &Entries,
    (start, function): (u64, &DefinedFunction),
    files: &Files<'_>,
) {
    let origins = &functions.callees.program.origins;
    let calls = calls(function, origins);
    let mut pending: Vec<(UnitEntryId, Call)> = calls
        .into_iter()
        .rev()
        .map(|call| (entries.at(&origins[call.at.0 as usize]), call))
        .collect();
    while let Some((parent, call)) = pending.pop() {
        let callee = functions.entry(dwarf, types, call.function);
        let id = dwarf.unit.add(parent, gimli::DW_TAG_inlined_subroutine);
        let at = &origins[call.at.0 as usize];
        let ranges = call.ranges.iter().map(|&code| range(start, code));
        let ranges = dwarf.unit.ranges.add(RangeList(ranges.collect()));
        let described = dwarf.unit.get_mut(id);
        described.set(gimli::DW_AT_abstract_origin, AttributeValue::UnitRef(callee));
        described.set(gimli::DW_AT_ranges, AttributeValue::RangeListRef(ranges));
        described.set(gimli::DW_AT_call_file, AttributeValue::FileIndex(files.get(at.file)));
        described.set(gimli::DW_AT_call_line, AttributeValue::Udata(u64::from(at.line)));
        described.set(gimli::DW_AT_call_column, AttributeValue::Udata(u64::from(at.column)));
        pending.extend(call.inner.into_iter().rev().map(|inner| (id, inner)));
    }
}

impl<'p> Functions<'p> {
    /// None yet.
    pub(super) fn of(callees: &'p Callees<'p>) -> Self {
        Self { callees, known: FxHashMap::default() }
    }

    /// The entry that says what was inlined.
    fn entry(&mut self, dwarf: &mut DwarfUnit, types: &mut Types, name: Name) -> UnitEntryId {
        let Callees { program, .. } = self.callees;
        *self.known.entry(name).or_insert_with(|| {
            let text = program.names.text(name);
            let root = dwarf.unit.root();
            let id = dwarf.unit.add(root, gimli::DW_TAG_subprogram);
            let entry = dwarf.unit.get_mut(id);
            entry.set(gimli::DW_AT_name, super::name(text));
            entry.set(gimli::DW_AT_inline, AttributeValue::Inline(gimli::DW_INL_inlined));
            for binding in self.callees.body(text).iter().flat_map(|body| &body.bindings) {
                bindings::variable(dwarf, types, id, binding, &program.origins);
            }
            id
        })
    }
}

/// The calls that were inlined into a function, outermost first.
fn calls(function: &DefinedFunction, origins: &[Origin]) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let ends = function.lines.iter().skip(1).map(|&(start, _)| start);
    let ends = ends.chain([function.code_length]);
    for (&(start, position), end) in function.lines.iter().zip(ends) {
        let mut chain = Vec::new();
        let mut next = position;
        while let Some(at) = origins[next.0 as usize].parent {
            chain.push((origins[next.0 as usize].function, at));
            next = at;
        }
        let mut level = &mut calls;
        for (name, at) in chain.into_iter().rev() {
            let known = level.iter().rposition(|call| call.at == at && call.function == name);
            let number = known.unwrap_or_else(|| {
                level.push(Call { function: name, at, ranges: Vec::new(), inner: Vec::new() });
                level.len() - 1
            });
            let call = &mut level[number];
            match call.ranges.last_mut() {
                Some((_, last)) if *last == start => *last = end,
                _ => call.ranges.push((start, end)),
            }
            level = &mut call.inner;
        }
    }
    calls
}
