//! Where in a function's code the names of its bindings mean something: lexical blocks, and from where on each
//! of their bindings has a value.
//!
//! ```text
//! i64 Sum(i64 n) {                     Sum
//!     for i in range(0, n) {           └─ block of the loop: `i`
//!         i64 square = i * i;             └─ block of its body: `square`, once it is computed
//!     }
//!     i64 square = 2;                  └─ block of the function: `square`
//! }
//! ```
//!
//! Code belongs to the block of the text that it was made of. What was inlined belongs where the call stands.
//!
//! *Invariants.* Blocks are in the order of the text and lie within each other or apart, as those of the source do.
//! Ranges of code are ascending and do not touch.

use std::collections::BTreeMap;

use beskid_codegen::DefinedFunction;
use beskid_codegen::mir::{Binding, Origin, Place, Scope, SourcePos};

/// A stretch of code: offsets, from and to.
pub(super) type Code = (u32, u32);

/// A block of the source that has bindings.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Block {
    from: Place,
    to: Place,
    /// The block around it, by its number.
    pub(super) parent: Option<usize>,
    pub(super) code: Vec<Code>,
}

/// The code of one function, with the place in its text that each piece comes from.
pub(super) struct Pieces {
    pieces: Vec<(Code, Place)>,
}

impl Pieces {
    pub(super) fn of(function: &DefinedFunction, origins: &[Origin]) -> Self {
        let ends = function.lines.iter().skip(1).map(|&(start, _)| start);
        let ends = ends.chain([function.code_length]);
        let piece = |(&(start, position), end): (&(u32, SourcePos), u32)| {
            let mut origin = &origins[position.0 as usize];
            while let Some(call) = origin.parent {
                origin = &origins[call.0 as usize];
            }
            ((start, end), (origin.line, origin.column))
        };
        Self { pieces: function.lines.iter().zip(ends).map(piece).collect() }
    }

    /// The blocks of bindings, outer ones first, and the number of each binding's; parameters have none.
    pub(super) fn blocks(&self, bindings: &[Binding]) -> (Vec<Block>, Vec<Option<usize>>) {
        let key = |scope: Scope| (scope.from, std::cmp::Reverse(scope.to));
        let local = |binding: &&Binding| !binding.is_parameter;
        let mut scopes: Vec<Scope> =
            bindings.iter().filter(local).map(|binding| binding.scope).collect();
        scopes.sort_unstable_by_key(|&scope| key(scope));
        scopes.dedup_by_key(|scope| key(*scope));

        let mut blocks: Vec<Block> = Vec::with_capacity(scopes.len());
        for &Scope { from, to, .. } in &scopes {
            let parent = around(&blocks, blocks.len().checked_sub(1), from);
            blocks.push(Block { from, to, parent, code: Vec::new() });
        }
        for &(code, place) in &self.pieces {
            let mut next = innermost(&blocks, place);
            while let Some(number) = next {
                append(&mut blocks[number].code, code);
                next = blocks[number].parent;
            }
        }
        let number = |binding: &Binding| {
            let same = scopes.binary_search_by_key(&key(binding.scope), |&scope| key(scope));
            same.ok().filter(|_| !binding.is_parameter)
        };
        let numbers = bindings.iter().map(number).collect();
        (blocks, numbers)
    }

    /// The code of what stands behind each of some places.
    pub(super) fn behind(&self, places: &[Place]) -> Vec<Vec<Code>> {
        let mut pieces: Vec<&(Code, Place)> = self.pieces.iter().collect();
        pieces.sort_by_key(|&&(_, place)| place);
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by_key(|&index| std::cmp::Reverse(places[index]));

        let mut all = vec![Vec::new(); places.len()];
        let mut union: BTreeMap<u32, u32> = BTreeMap::new();
        for index in order {
            while let Some((code, _)) = pieces.pop_if(|(_, place)| *place >= places[index]) {
                insert(&mut union, *code);
            }
            all[index] = union.iter().map(|(&start, &end)| (start, end)).collect();
        }
        all
    }
}

/// The innermost block that holds a place.
pub(super) fn innermost(blocks: &[Block], place: Place) -> Option<usize> {
    let after = blocks.partition_point(|block| block.from <= place);
    around(blocks, after.checked_sub(1), place)
}

/// The innermost block that holds a place: this one or one around it.
fn around(blocks: &[Block], mut block: Option<usize>, place: Place) -> Option<usize> {
    while let Some(number) = block
        && blocks[number].to <= place
    {
        block = blocks[number].parent;
    }
    block
}

/// Appends code that lies behind what is there.
fn append(all: &mut Vec<Code>, (start, end): Code) {
    match all.last_mut() {
        Some((_, last)) if *last == start => *last = end,
        _ => all.push((start, end)),
    }
}

/// Adds code that is apart from what is there.
fn insert(union: &mut BTreeMap<u32, u32>, (start, end): Code) {
    let end = union.remove(&end).unwrap_or(end);
    if let Some((_, before)) = union.range_mut(..start).next_back()
        && *before == start
    {
        *before = end;
        return;
    }
    union.insert(start, end);
}
