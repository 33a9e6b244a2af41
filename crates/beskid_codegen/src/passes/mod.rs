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
//! Positions survive: an inlined operation's origin names the call it came through.

mod checks;
mod dead;
mod devirtualise;
mod fold;
mod forward;
mod inline;
mod lengths;
mod scalars;
mod threading;

use crate::mir::cfg::Cfg;
use crate::mir::{Program, verify};
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
    for body in program.functions.iter_mut() {
        let cfg = Cfg::new(body);
        forward::run(body, &cfg, &mut outcomes);
        lengths::share(body, &cfg, &mut outcomes);
        checks::run(body, &cfg, &mut outcomes);
    }
    check("check elimination", program);
    clean(program, &mut outcomes);
    for body in program.functions.iter_mut() {
        threading::run(body, &mut outcomes);
    }
    check("jump threading", program);
    clean(program, &mut outcomes);
    for body in program.functions.iter_mut() {
        lengths::hoist(body, &mut outcomes);
    }
    check("hoisting of lengths", program);
    outcomes
}

/// Objects that stay in their function become locals, and then what they alone refer to.
fn take_apart(program: &mut Program, outcomes: &mut Outcomes) {
    let signatures = Signatures::new(program);
    let targets = Targets { data: &program.data, signatures: &signatures };
    for body in program.functions.iter_mut() {
        for _ in 0..OBJECT_ROUNDS {
            if !scalars::run(body, outcomes) {
                break;
            }
            fold::run(body, targets, outcomes);
            dead::run(body, outcomes);
        }
    }
    check("taking objects apart", program);
}

/// Folding and removal of what became dead.
fn clean(program: &mut Program, outcomes: &mut Outcomes) {
    let signatures = Signatures::new(program);
    let targets = Targets { data: &program.data, signatures: &signatures };
    for body in program.functions.iter_mut() {
        fold::run(body, targets, outcomes);
        dead::run(body, outcomes);
    }
    check("folding", program);
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
