//! Unwind tables (`.eh_frame`), taken apart and put together again.
//!
//! ```text
//! | CIE: what its functions have in common | FDE of a function | FDE | … | CIE | FDE | …
//!              ▲─────────────────────────────── distance
//! ```
//!
//! *Invariants.* An entry is copied as it is, but for the distance to its CIE.

use std::collections::{BTreeMap, BTreeSet};

use object::{ObjectSection, RelocationFlags, RelocationTarget, SymbolIndex};

/// Where the distance to the CIE stands in an entry; 0 there makes it one itself.
const COMMON: usize = 4;
/// Where the function's address stands in an entry.
const FUNCTION: u64 = 8;

/// A CIE or FDE.
#[derive(Debug)]
pub(super) struct Entry {
    bytes: Vec<u8>,
    /// Of the list: the CIE of an FDE, an entry itself otherwise.
    pub(super) common: usize,
    /// What an FDE is about.
    pub(super) function: Option<SymbolIndex>,
    /// With offsets into the entry.
    pub(super) relocations: Vec<Relocation>,
}

/// A place that a linker fills.
#[derive(Clone, Copy, Debug)]
pub(super) struct Relocation {
    pub(super) offset: u64,
    pub(super) symbol: SymbolIndex,
    pub(super) kind: u32,
    pub(super) addend: i64,
}

/// A table that entries were put together to.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) bytes: Vec<u8>,
    /// Each with the number of the list that it comes from.
    pub(super) relocations: Vec<(usize, Relocation)>,
}

/// The entries of a section.
pub(super) fn read<'d>(section: &impl ObjectSection<'d>) -> Result<Vec<Entry>, String> {
    const BROKEN: &str = "an unwind table is not well-formed";
    let data = section.data().map_err(|error| error.to_string())?;
    let mut relocations = BTreeMap::new();
    for (offset, relocation) in section.relocations() {
        let (RelocationTarget::Symbol(symbol), RelocationFlags::Elf { r_type: kind }) =
            (relocation.target(), relocation.flags())
        else {
            return Err(BROKEN.to_owned());
        };
        let addend = relocation.addend();
        relocations.insert(offset, Relocation { offset, symbol, kind, addend });
    }
    let word = |at: usize| {
        let bytes = data.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u32::from_le_bytes).ok_or_else(|| BROKEN.to_owned())
    };
    let mut entries: Vec<Entry> = Vec::new();
    let mut numbers = BTreeMap::new();
    let mut at = 0;
    while at < data.len() {
        let length = word(at)? as usize;
        // The end of a table; another one may follow. Lengths of 64 bits are of no compiler here.
        if length == 0 {
            at += 4;
            continue;
        }
        let end = at + 4 + length;
        let bytes = data.get(at..end).ok_or(BROKEN)?.to_vec();
        let distance = word(at + COMMON)? as usize;
        let start = at as u64;
        let own: Vec<Relocation> = relocations
            .range(start..end as u64)
            .map(|(_, &relocation)| Relocation { offset: relocation.offset - start, ..relocation })
            .collect();
        let (common, function) = match distance {
            0 => (entries.len(), None),
            distance => {
                let common = (at + COMMON).checked_sub(distance).ok_or(BROKEN)?;
                let function = own.iter().find(|relocation| relocation.offset == FUNCTION);
                let function = function.ok_or(BROKEN)?.symbol;
                (*numbers.get(&common).ok_or(BROKEN)?, Some(function))
            }
        };
        numbers.insert(at, entries.len());
        entries.push(Entry { bytes, common, function, relocations: own });
        at = end;
    }
    Ok(entries)
}

/// Puts chosen entries of several lists together; entries are named by list and place.
pub(super) fn join(lists: &[&[Entry]], chosen: &BTreeSet<(usize, usize)>) -> Table {
    let mut table = Table::default();
    let mut places = BTreeMap::new();
    for &(list, number) in chosen {
        let entry = &lists[list][number];
        let at = table.bytes.len();
        places.insert((list, number), at);
        table.bytes.extend_from_slice(&entry.bytes);
        if entry.function.is_some() {
            // A CIE stands before its FDEs, so it is placed already.
            let distance = (at + COMMON - places[&(list, entry.common)]) as u32;
            table.bytes[at + COMMON..][..4].copy_from_slice(&distance.to_le_bytes());
        }
        let relocations = entry.relocations.iter();
        table.relocations.extend(relocations.map(|&relocation| {
            (list, Relocation { offset: relocation.offset + at as u64, ..relocation })
        }));
    }
    table
}
