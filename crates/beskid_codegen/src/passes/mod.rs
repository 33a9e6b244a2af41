//! Optimisation of MIR, once for both drivers.
//!
//! Cranelift folds, numbers and schedules well; what it cannot do is inline across our calls with
//! honest traces, discharge bounds checks and know that an array's length never changes. That is done
//! here, in the order that pays: [`fold`] cleans what MIR building left, [`inline`] merges small
//! callees bottom-up, [`fold`] again, and both once more if that told which function an address is
//! (a function that calls its argument was inlined). In between, [`scalars`] makes locals of objects that stay in
//! their function, iterators and closures above all. Then [`forward`] reads known fields once,
//! [`lengths`] makes equal lengths equal operands, [`checks`] removes index checks, [`threading`] leads jumps
//! past branches that are decided, [`dead`] drops what nobody reads, and the lengths still read in loops
//! leave them.
//!
//! *Invariants.* A pass keeps the MIR verified (debug builds verify after each), keeps the meaning,
//! and reports what it did in [`Outcomes`], which goldens record: a lost optimisation fails a test.
//! Positions survive: an inlined operation's origin names the call it came through. All passes but inlining see
//! one function alone, so they run on all cores, and what they do does not depend on which one.

mod checks;
mod dead;
mod devirtualise;
mod fold;
mod forward;
mod inline;
mod lengths;
mod scalars;
mod threading;

use rayon::iter::{IntoParallelRefMutIterator, ParallelIterator};

use crate::compile::PARALLEL_FROM;
use crate::mir::cfg::Cfg;
use crate::mir::{Body, Program, verify};
use devirtualise::{Signatures, Targets};

/// What the passes did, as counts.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Outcomes {
    /// Calls of an address that are calls of a known function.
    pub calls_devirtualised: usize,
    /// Calls replaced by the callee's body.
    pub calls_inlined: usize,
    /// Operands replaced by the constant or local they equal, and operations evaluated.
    pub values_folded: usize,
    /// Branches whose way was known.
    pub branches_folded: usize,
    /// Branches that some who jump there know the way of.
    pub jumps_threaded: usize,
    /// Index checks proved.
    pub checks_removed: usize,
    /// Loads of fields whose value was known.
    pub loads_forwarded: usize,
    /// Objects that became locals.
    pub objects_removed: usize,
    /// Reads of an array's length that another read serves.
    pub lengths_shared: usize,
    /// Reads of an array's length that left a loop.
    pub lengths_hoisted: usize,
    /// Operations nobody needed.
    pub operations_removed: usize,
}

impl Outcomes {
    /// Both together.
    fn plus(self, other: Self) -> Self {
        Self {
            calls_devirtualised: self.calls_devirtualised + other.calls_devirtualised,
            calls_inlined: self.calls_inlined + other.calls_inlined,
            values_folded: self.values_folded + other.values_folded,
            branches_folded: self.branches_folded + other.branches_folded,
            jumps_threaded: self.jumps_threaded + other.jumps_threaded,
            checks_removed: self.checks_removed + other.checks_removed,
            loads_forwarded: self.loads_forwarded + other.loads_forwarded,
            objects_removed: self.objects_removed + other.objects_removed,
            lengths_shared: self.lengths_shared + other.lengths_shared,
            lengths_hoisted: self.lengths_hoisted + other.lengths_hoisted,
            operations_removed: self.operations_removed + other.operations_removed,
        }
    }
}

/// How often inlining may show new calls to inline: functions that take functions, so deep.
const INLINING_ROUNDS: usize = 4;
/// How many objects that refer to each other become locals one after the other.
const OBJECT_ROUNDS: usize = 12;

/// Optimises all functions of a program.
pub fn optimise(program: &mut Program) -> Outcomes {
    let mut outcomes = Outcomes::default();
    clean(program, &mut outcomes);
    for _ in 0..INLINING_ROUNDS {
        let before = outcomes.calls_devirtualised;
        inline::run(program, &mut outcomes);
        check("inlining", program);
        clean(program, &mut outcomes);
        take_apart(program, &mut outcomes);
        if outcomes.calls_devirtualised == before {
            break;
        }
    }
    each(program.functions.as_mut_slice(), &mut outcomes, |body, outcomes| {
        let cfg = Cfg::new(body);
        forward::run(body, &cfg, outcomes);
        lengths::share(body, &cfg, outcomes);
        checks::run(body, &cfg, outcomes);
    });
    check("check elimination", program);
    clean(program, &mut outcomes);
    each(program.functions.as_mut_slice(), &mut outcomes, threading::run);
    check("jump threading", program);
    clean(program, &mut outcomes);
    each(program.functions.as_mut_slice(), &mut outcomes, lengths::hoist);
    check("hoisting of lengths", program);
    outcomes
}

/// Objects that stay in their function become locals, and then what they alone refer to.
fn take_apart(program: &mut Program, outcomes: &mut Outcomes) {
    let signatures = Signatures::new(program);
    let targets = Targets { data: &program.data, signatures: &signatures };
    each(program.functions.as_mut_slice(), outcomes, |body, outcomes| {
        for _ in 0..OBJECT_ROUNDS {
            if !scalars::run(body, outcomes) {
                break;
            }
            fold::run(body, targets, outcomes);
            dead::run(body, outcomes);
        }
    });
    check("taking objects apart", program);
}

/// Folding and removal of what became dead.
fn clean(program: &mut Program, outcomes: &mut Outcomes) {
    let signatures = Signatures::new(program);
    let targets = Targets { data: &program.data, signatures: &signatures };
    each(program.functions.as_mut_slice(), outcomes, |body, outcomes| {
        fold::run(body, targets, outcomes);
        dead::run(body, outcomes);
    });
    check("folding", program);
}

/// Changes each function by itself, on all cores if there are many.
fn each(
    bodies: &mut [Body],
    outcomes: &mut Outcomes,
    change: impl Fn(&mut Body, &mut Outcomes) + Sync,
) {
    if bodies.len() < PARALLEL_FROM {
        bodies.iter_mut().for_each(|body| change(body, outcomes));
        return;
    }
    let changed = bodies.par_iter_mut().fold(Outcomes::default, |mut sum, body| {
        change(body, &mut sum);
        sum
    });
    *outcomes = outcomes.plus(changed.reduce(Outcomes::default, Outcomes::plus));
}

/// In debug builds, a pass that breaks MIR is named at once.
fn check(pass: &str, program: &Program) {
    if cfg!(debug_assertions)
        && let Err(fault) = verify::verify_program(program)
    {
        panic!("{pass} broke the MIR: {fault}");
    }
}

#[cfg(test)]
mod tests;
