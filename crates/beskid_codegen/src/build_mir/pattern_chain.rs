//! Patterns one after the other: what a `match` falls back to where a decision tree would be too large.
//!
//! ```text
//! chain of arm 0 ──► fits, guard holds ──► body
//!   └──► chain of arm 1 ──► …
//! ```
//!
//! *Invariants.* The chain asks from the matched value on and relies on nothing that was found out
//! before but that the arms above do not match. Its size is that of the patterns; an arm with a guard is
//! asked for each of its alternatives.

use std::slice;

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::hir::Pattern;
use beskid_analysis::types::{IntTy, Ty, TyKind};

use super::function::{FunctionCx, Value};
use super::matching::MatchCx;
use crate::mir::{Block, CompareOp};

impl FunctionCx<'_, '_> {
    /// Goes to the arm if it matches, else on along the chain.
    pub(super) fn ask_arm(&mut self, cx: &mut MatchCx<'_>, arm: usize) {
        let Some(source) = cx.arms.get(arm) else {
            // The arms cover every value.
            return self.run_runtime(RuntimeFn::PanicUnreachable, Vec::new());
        };
        let (value, ty) = (cx.root.value.clone(), cx.root.ty);
        let alternatives = match source.guard {
            Some(_) => without_alternatives(&source.pattern),
            None => vec![source.pattern.clone()],
        };
        for pattern in &alternatives {
            let no = self.new_block();
            self.require_match(cx, &value, ty, pattern, no);
            self.enter_arm(cx, arm, Some(no));
            self.begin(no);
        }
        let next = self.chain_of(cx, arm + 1);
        self.goto(next);
    }

    /// Goes on only if a value matches, and binds what it holds.
    fn require_match(
        &mut self,
        cx: &mut MatchCx<'_>,
        value: &Value,
        ty: Ty,
        pattern: &Pattern,
        no: Block,
    ) {
        match pattern {
            Pattern::Wildcard => {}
            Pattern::Bind(local) => self.bind(cx, *local, value),
            Pattern::Constant(_) | Pattern::Range(..) => {
                let yes = self.new_block();
                self.ask(value, ty, pattern, yes, no);
                self.begin(yes);
            }
            Pattern::Variant(variant, inner) => {
                let yes = self.new_block();
                self.switch_variant(value, ty, &[(*variant, yes)], no);
                self.begin(yes);
                let layout = self.program.layouts.enumeration(ty);
                for (index, pattern) in inner.iter().enumerate() {
                    if *pattern != Pattern::Wildcard {
                        let part = self.payload(value, ty, *variant, index);
                        let ty = layout.payloads[*variant][index];
                        self.require_match(cx, &part, ty, pattern, no);
                    }
                }
            }
            Pattern::Type(named, inner) => {
                let (ty, yes) = (self.concrete(*named), self.new_block());
                let tag = self.tag_behind(value);
                let is_it = self.is_behind(tag, ty);
                self.branch(is_it, yes, no);
                self.begin(yes);
                let value = self.behind(value, ty);
                self.require_match(cx, &value, ty, inner, no);
            }
            Pattern::Or(alternatives) => {
                let yes = self.new_block();
                for pattern in alternatives {
                    let next = self.new_block();
                    self.require_match(cx, value, ty, pattern, next);
                    self.goto(yes);
                    self.begin(next);
                }
                self.goto(no);
                self.begin(yes);
            }
        }
    }

    /// Asks for one value or range.
    pub(super) fn ask(&mut self, value: &Value, ty: Ty, pattern: &Pattern, yes: Block, no: Block) {
        let Some(&scalar) = value.first() else { return self.goto(yes) };
        match pattern {
            Pattern::Constant(constant) => {
                let wanted = self.constant(constant, ty);
                let equal = self.equal(value, &wanted, ty);
                self.branch(equal, yes, no);
            }
            Pattern::Range(low, high) => {
                let signed = match self.program.layouts.types.kind(ty) {
                    TyKind::Int(kind) => IntTy::is_signed(*kind),
                    _ => false,
                };
                let (above, below) = match signed {
                    true => (CompareOp::SGe, CompareOp::SLe),
                    false => (CompareOp::UGe, CompareOp::ULe),
                };
                let (low, high) = (self.constant(low, ty), self.constant(high, ty));
                let next = self.new_block();
                let is_above = self.compare(above, scalar, low[0]);
                self.branch(is_above, next, no);
                self.begin(next);
                let is_below = self.compare(below, scalar, high[0]);
                self.branch(is_below, yes, no);
            }
            _ => self.goto(yes),
        }
    }
}

/// The patterns without alternatives that a pattern stands for, in the order of trying.
fn without_alternatives(pattern: &Pattern) -> Vec<Pattern> {
    match pattern {
        Pattern::Or(alternatives) => alternatives.iter().flat_map(without_alternatives).collect(),
        Pattern::Variant(variant, inner) => {
            let mut rows = vec![Vec::new()];
            for pattern in inner {
                let patterns = without_alternatives(pattern);
                let longer = |row: Vec<Pattern>| {
                    patterns
                        .iter()
                        .map(move |pattern| [&row[..], slice::from_ref(pattern)].concat())
                };
                rows = rows.into_iter().flat_map(longer).collect();
            }
            rows.into_iter().map(|row| Pattern::Variant(*variant, row)).collect()
        }
        Pattern::Type(ty, inner) => without_alternatives(inner)
            .into_iter()
            .map(|inner| Pattern::Type(*ty, Box::new(inner)))
            .collect(),
        _ => vec![pattern.clone()],
    }
}
