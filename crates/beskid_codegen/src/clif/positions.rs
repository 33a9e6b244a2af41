//! Positions as Cranelift's locations: numbered in the order in which a function's lowering meets them.
//!
//! *Invariants.* Equal functions have equal locations wherever they stand, so that one need not be compiled
//! again because text in front of it has changed. Different positions have different numbers.

use cranelift_codegen::ir::SourceLoc;
use rustc_hash::FxHashMap;

use crate::mir::SourcePos;

/// The positions of one function.
#[derive(Default)]
pub(crate) struct Positions {
    numbers: FxHashMap<SourcePos, u32>,
    positions: Vec<SourcePos>,
}

impl Positions {
    /// The location of a position. 0 would be read as "nowhere" by nothing, but keeps dumps legible.
    pub(super) fn location(&mut self, position: SourcePos) -> SourceLoc {
        if position == SourcePos::NOWHERE {
            return SourceLoc::default();
        }
        let positions = &mut self.positions;
        let number = *self.numbers.entry(position).or_insert_with(|| {
            positions.push(position);
            positions.len() as u32
        });
        SourceLoc::new(number)
    }

    /// The position of a number.
    pub(crate) fn at(&self, number: u32) -> SourcePos {
        self.positions[number as usize - 1]
    }
}
