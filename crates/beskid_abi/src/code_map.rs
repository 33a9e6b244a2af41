//! Stack maps and source positions of compiled code: the at-rest format, its encoder and decoder.
//!
//! One map per compilation unit, a static data object that both drivers produce from the same bytes;
//! only the functions' addresses are relocated. Everything is little-endian; the map is aligned to 8
//! bytes and is read in place, never copied.
//!
//! ```text
//! header      | magic u32 | functions u32 | positions u32 | total bytes u32 | positions offset u32 | 0 u32 |
//! functions   | address u64 (relocated) | code bytes u32 | name string u32 | ranges u32 | ranges offset u32 | maps u32 | maps offset u32 |  ×functions
//! positions   | name string u32 | file string u32 | line u32 | author 1 bit, column 31 bits | parent u32 |  ×positions
//! ranges      | start u32 | position u32 |          per function, ascending by start
//! maps        | return offset u32 | slots offset u32 |   per function, ascending by return offset
//! slots       | count u32 | offset u32 … |           byte offsets from the caller's stack pointer
//! strings     | length u32 | bytes … | padding to 4 |
//! ```
//!
//! Offsets are bytes from the start of the map. A *range* says which position the code from `start`
//! to the next range belongs to; a return address is looked up by `return address - 1`. A *map* lists
//! the stack slots that hold live references when a call returns to that offset; a call without live
//! references has none. A position that was inlined names the position of the call in `parent`
//! ([`NO_PARENT`] otherwise), so a trace shows the same frames with and without inlining.
//!
//! *Invariants.* Functions are in the order of their definition, which need not be that of their
//! addresses: readers sort. Lines and columns count from 1; columns count Unicode scalar values. The highest
//! bit beside a column is set for text of the core library.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// `BCM1`.
pub const MAGIC: u32 = u32::from_le_bytes(*b"BCM1");
/// The parent of a position that was not inlined.
pub const NO_PARENT: u32 = u32::MAX;

const HEADER_SIZE: usize = 24;
const FUNCTION_SIZE: usize = 32;
const POSITION_SIZE: usize = 20;
const PAIR_SIZE: usize = 8;
/// Beside the column of a position in the core library.
const OF_LIBRARY: u32 = 1 << 31;

/// Where in the program's source an instruction comes from.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Position<'a> {
    /// Source name of the function the text stands in.
    pub function: &'a str,
    /// File as named on the command line.
    pub file: &'a str,
    /// Line, from 1.
    pub line: u32,
    /// Column in Unicode scalar values, from 1.
    pub column: u32,
    /// Index of the position of the call this was inlined into, or [`NO_PARENT`].
    pub parent: u32,
    /// Whose text it is.
    pub author: Author,
}

/// Who wrote a piece of source.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Author {
    /// The program's author: a panic is said to be here.
    Program,
    /// The core library: its panics are said to be where the program called it.
    Library,
}

/// What the encoder needs of one compiled function.
#[derive(Clone, Debug, Default)]
pub struct FunctionMap {
    /// Source name for traces.
    pub name: String,
    /// Bytes of code.
    pub code_length: u32,
    /// Ascending `(start, position index)`.
    pub ranges: Vec<(u32, u32)>,
    /// Ascending `(return offset, slot offsets)`.
    pub maps: Vec<(u32, Vec<u32>)>,
}

/// A finished map: bytes and where function addresses belong.
#[derive(Clone, Debug)]
pub struct EncodedCodeMap {
    /// The map; address fields are zero.
    pub bytes: Vec<u8>,
    /// Byte offset of the 8-byte address field of each function, in order.
    pub address_offsets: Vec<u32>,
}

/// Collects positions and functions of one unit.
#[derive(Debug, Default)]
pub struct CodeMapEncoder {
    position_ids: BTreeMap<(u32, u32, u32, u32, u32), u32>,
    positions: Vec<(u32, u32, u32, u32, u32)>,
    string_ids: BTreeMap<String, u32>,
    strings: Vec<u8>,
    functions: Vec<FunctionMap>,
}

impl CodeMapEncoder {
    /// An empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The index of a position, the same for equal positions.
    pub fn position(&mut self, position: &Position<'_>) -> u32 {
        let author = match position.author {
            Author::Program => 0,
            Author::Library => OF_LIBRARY,
        };
        let key = (
            self.string(position.function),
            self.string(position.file),
            position.line,
            position.column & !OF_LIBRARY | author,
            position.parent,
        );
        *self.position_ids.entry(key).or_insert_with(|| {
            self.positions.push(key);
            self.positions.len() as u32 - 1
        })
    }

    /// Appends a function; its address goes to the offset of the same index in
    /// [`EncodedCodeMap::address_offsets`].
    pub fn function(&mut self, function: FunctionMap) {
        self.functions.push(function);
    }

    /// Offset of a string within the string table.
    fn string(&mut self, text: &str) -> u32 {
        if let Some(&id) = self.string_ids.get(text) {
            return id;
        }
        let id = self.strings.len() as u32;
        self.strings.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.strings.extend_from_slice(text.as_bytes());
        self.strings.resize(self.strings.len().next_multiple_of(4), 0);
        self.string_ids.insert(text.into(), id);
        id
    }

    /// Lays the map out.
    #[must_use]
    pub fn encode(mut self) -> EncodedCodeMap {
        let functions = core::mem::take(&mut self.functions);
        let names: Vec<u32> =
            functions.iter().map(|function| self.string(&function.name)).collect();
        let positions_at = HEADER_SIZE + functions.len() * FUNCTION_SIZE;
        let ranges_at = positions_at + self.positions.len() * POSITION_SIZE;
        let maps_at =
            ranges_at + functions.iter().map(|f| f.ranges.len() * PAIR_SIZE).sum::<usize>();
        let slots_at = maps_at + functions.iter().map(|f| f.maps.len() * PAIR_SIZE).sum::<usize>();

        let mut slot_lists: BTreeMap<&[u32], u32> = BTreeMap::new();
        let mut slots = Vec::new();
        for (_, offsets) in functions.iter().flat_map(|function| &function.maps) {
            slot_lists.entry(offsets).or_insert_with(|| {
                let at = slots_at + slots.len();
                push(&mut slots, offsets.len() as u32);
                offsets.iter().for_each(|&offset| push(&mut slots, offset));
                at as u32
            });
        }
        let strings_at = slots_at + slots.len();
        let total = strings_at + self.strings.len();

        let mut bytes = Vec::with_capacity(total);
        for word in [
            MAGIC,
            functions.len() as u32,
            self.positions.len() as u32,
            total as u32,
            positions_at as u32,
            0,
        ] {
            push(&mut bytes, word);
        }
        let mut address_offsets = Vec::with_capacity(functions.len());
        let (mut range_at, mut map_at) = (ranges_at, maps_at);
        for (function, name) in functions.iter().zip(names) {
            address_offsets.push(bytes.len() as u32);
            bytes.extend_from_slice(&[0; 8]);
            for word in [
                function.code_length,
                strings_at as u32 + name,
                function.ranges.len() as u32,
                range_at as u32,
                function.maps.len() as u32,
                map_at as u32,
            ] {
                push(&mut bytes, word);
            }
            range_at += function.ranges.len() * PAIR_SIZE;
            map_at += function.maps.len() * PAIR_SIZE;
        }
        for &(name, file, line, column, parent) in &self.positions {
            for word in [strings_at as u32 + name, strings_at as u32 + file, line, column, parent] {
                push(&mut bytes, word);
            }
        }
        for &(start, position) in functions.iter().flat_map(|function| &function.ranges) {
            push(&mut bytes, start);
            push(&mut bytes, position);
        }
        for (offset, slots) in functions.iter().flat_map(|function| &function.maps) {
            push(&mut bytes, *offset);
            push(&mut bytes, slot_lists[slots.as_slice()]);
        }
        bytes.extend_from_slice(&slots);
        bytes.extend_from_slice(&self.strings);
        debug_assert_eq!(bytes.len(), total);
        EncodedCodeMap { bytes, address_offsets }
    }
}

fn push(bytes: &mut Vec<u8>, word: u32) {
    bytes.extend_from_slice(&word.to_le_bytes());
}

/// A map read in place.
#[derive(Clone, Copy, Debug)]
pub struct CodeMap<'a> {
    bytes: &'a [u8],
}

/// One function of a map.
#[derive(Clone, Copy, Debug)]
pub struct Function<'a> {
    map: CodeMap<'a>,
    at: usize,
}

impl<'a> CodeMap<'a> {
    /// Reads the map at `address`.
    ///
    /// # Safety
    /// `address` is that of a map made by [`CodeMapEncoder::encode`], with addresses filled in, which
    /// stays unchanged for `'a`.
    #[must_use]
    pub unsafe fn from_address(address: *const u8) -> Self {
        // SAFETY: the fixed header is readable by the caller's promise.
        let header = unsafe { core::slice::from_raw_parts(address, HEADER_SIZE) };
        let total = word(header, 12) as usize;
        // SAFETY: the header states the map's length.
        Self::new(unsafe { core::slice::from_raw_parts(address, total) })
    }

    /// Reads a map from its bytes.
    ///
    /// # Panics
    /// If the bytes do not begin as a map does.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        assert_eq!(word(bytes, 0), MAGIC, "not a code map");
        Self { bytes }
    }

    /// Number of functions.
    #[must_use]
    pub fn len(self) -> usize {
        word(self.bytes, 4) as usize
    }

    /// Whether the unit has no function.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The function of an index.
    #[must_use]
    pub fn function(self, index: usize) -> Function<'a> {
        Function { map: self, at: HEADER_SIZE + index * FUNCTION_SIZE }
    }

    /// The position of an index.
    #[must_use]
    pub fn position(self, index: u32) -> Position<'a> {
        let at = word(self.bytes, 16) as usize + index as usize * POSITION_SIZE;
        let column = word(self.bytes, at + 12);
        Position {
            function: self.text(word(self.bytes, at)),
            file: self.text(word(self.bytes, at + 4)),
            line: word(self.bytes, at + 8),
            column: column & !OF_LIBRARY,
            parent: word(self.bytes, at + 16),
            author: if column & OF_LIBRARY == 0 { Author::Program } else { Author::Library },
        }
    }

    fn text(self, at: u32) -> &'a str {
        let at = at as usize;
        let length = word(self.bytes, at) as usize;
        core::str::from_utf8(&self.bytes[at + 4..at + 4 + length]).unwrap_or("?")
    }

    /// The last pair of an ascending table whose first word is at most `key`.
    fn floor_pair(self, at: usize, count: usize, key: u32) -> Option<(u32, u32)> {
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = usize::midpoint(low, high);
            if word(self.bytes, at + middle * PAIR_SIZE) <= key {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let at = at + low.checked_sub(1)? * PAIR_SIZE;
        Some((word(self.bytes, at), word(self.bytes, at + 4)))
    }
}

impl<'a> Function<'a> {
    /// Address of the function's first byte.
    #[must_use]
    pub fn address(self) -> usize {
        let bytes = &self.map.bytes[self.at..self.at + 8];
        u64::from_le_bytes(bytes.try_into().unwrap_or_default()) as usize
    }

    /// Bytes of code.
    #[must_use]
    pub fn code_length(self) -> usize {
        self.word(8) as usize
    }

    /// Source name.
    #[must_use]
    pub fn name(self) -> &'a str {
        self.map.text(self.word(12))
    }

    /// Index of the position the code at `offset` belongs to.
    #[must_use]
    pub fn position_at(self, offset: usize) -> Option<u32> {
        let pair =
            self.map.floor_pair(self.word(20) as usize, self.word(16) as usize, offset as u32)?;
        Some(pair.1)
    }

    /// Slots that hold references when a call returns to `offset`, as byte offsets from the stack
    /// pointer at the call; empty if no reference is live there.
    pub fn live_slots(self, offset: usize) -> impl Iterator<Item = usize> + 'a {
        let found = self
            .map
            .floor_pair(self.word(28) as usize, self.word(24) as usize, offset as u32)
            .filter(|&(start, _)| start as usize == offset);
        let (at, count) = match found {
            Some((_, at)) => (at as usize, word(self.map.bytes, at as usize) as usize),
            None => (0, 0),
        };
        let bytes = self.map.bytes;
        (0..count).map(move |index| word(bytes, at + 4 + index * 4) as usize)
    }

    fn word(self, offset: usize) -> u32 {
        word(self.map.bytes, self.at + offset)
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn decodes_what_was_encoded() {
        let mut encoder = CodeMapEncoder::new();
        let outer = encoder.position(&Position {
            function: "main",
            file: "a.bd",
            line: 3,
            column: 5,
            parent: NO_PARENT,
            author: Author::Program,
        });
        let inner = encoder.position(&Position {
            function: "Half",
            file: "a.bd",
            line: 9,
            column: 1,
            parent: outer,
            author: Author::Library,
        });
        encoder.function(FunctionMap {
            name: "main".into(),
            code_length: 64,
            ranges: vec![(0, outer), (16, inner)],
            maps: vec![(20, vec![0, 8]), (40, vec![])],
        });
        encoder.function(FunctionMap {
            name: "Other".into(),
            code_length: 4,
            ..Default::default()
        });
        let mut encoded = encoder.encode();
        let at = encoded.address_offsets[1] as usize;
        encoded.bytes[at..at + 8].copy_from_slice(&0x1234_5678_9abc_u64.to_le_bytes());

        let map = CodeMap::new(&encoded.bytes);
        assert_eq!(map.len(), 2);
        let main = map.function(0);
        assert_eq!((main.name(), main.code_length()), ("main", 64));
        assert_eq!(main.position_at(15), Some(outer));
        assert_eq!(main.position_at(16), Some(inner));
        assert_eq!(map.position(inner).parent, outer);
        assert_eq!(map.position(inner).function, "Half");
        assert_eq!((map.position(inner).column, map.position(inner).author), (1, Author::Library));
        assert_eq!(map.position(outer).author, Author::Program);
        assert_eq!(main.live_slots(20).collect::<Vec<_>>(), [0, 8]);
        assert_eq!(main.live_slots(21).count(), 0);
        assert_eq!(main.live_slots(40).count(), 0);
        let other = map.function(1);
        assert_eq!(other.address(), 0x1234_5678_9abc);
        assert_eq!(other.position_at(0), None);
    }
}
