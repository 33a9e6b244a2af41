//! The configurations that a program runs in: driver × optimisation × heap.
//!
//! *Invariants.* [`agreement`] holds only if a user could not tell any two of the runs apart; it is
//! asked before any run is compared with the expectation.

use crate::bless::diff;
use crate::outcome::Outcome;

/// Which driver makes machine code of the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Driver {
    /// `beskid run`.
    Jit,
    /// `beskid build`, and then the executable.
    Aot,
}

impl Driver {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Jit, Self::Aot];

    /// The word in names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jit => "jit",
            Self::Aot => "aot",
        }
    }
}

/// Optimisation level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opt {
    /// The default of the command.
    None,
    /// `--release`.
    Speed,
}

impl Opt {
    /// Both.
    pub const ALL: [Self; 2] = [Self::None, Self::Speed];

    /// The word in names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Speed => "speed",
        }
    }

    /// The arguments that ask a command for it.
    #[must_use]
    pub const fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::None => &[],
            Self::Speed => &["--release"],
        }
    }
}

/// How the collector behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Heap {
    /// As for users.
    Normal,
    /// It collects at every allocation, poisons what it frees and verifies the heap.
    Stress,
}

impl Heap {
    /// The word in names.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Normal => None,
            Self::Stress => Some("stress"),
        }
    }

    /// The environment that asks the runtime for it.
    #[must_use]
    pub const fn environment(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Normal => &[],
            Self::Stress => {
                &[("BESKID_GC_STRESS", "1"), ("BESKID_GC_POISON", "1"), ("BESKID_GC_VERIFY", "1")]
            }
        }
    }
}

/// One way to run a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// Who compiles.
    pub driver: Driver,
    /// How much is optimised.
    pub opt: Opt,
    /// How the collector behaves.
    pub heap: Heap,
}

impl Config {
    /// Every configuration, plain ones first; with `Heap::Stress`, each under stress as well.
    #[must_use]
    pub fn all(heap: Heap) -> Vec<Self> {
        let heaps: &[Heap] = match heap {
            Heap::Normal => &[Heap::Normal],
            Heap::Stress => &[Heap::Normal, Heap::Stress],
        };
        let mut configs = Vec::new();
        for heap in heaps {
            for driver in Driver::ALL {
                for opt in Opt::ALL {
                    configs.push(Self { driver, opt, heap: *heap });
                }
            }
        }
        configs
    }

    /// `jit/none`, `aot/speed/stress`.
    #[must_use]
    pub fn name(self) -> String {
        let plain = format!("{}/{}", self.driver.name(), self.opt.name());
        match self.heap.name() {
            Some(heap) => format!("{plain}/{heap}"),
            None => plain,
        }
    }

    /// Whether `word` is a part of the name.
    #[must_use]
    pub fn has_word(self, word: &str) -> bool {
        word == self.driver.name()
            || word == self.opt.name()
            || self.heap.name().is_some_and(|heap| word == heap)
    }
}

/// Checks that all runs did the same.
///
/// # Errors
/// They did not: who did what, and how the first two kinds of outcome differ.
pub fn agreement(runs: &[(Config, Outcome)]) -> Result<(), String> {
    let mut groups: Vec<(Vec<Config>, &Outcome)> = Vec::new();
    for (config, outcome) in runs {
        match groups.iter_mut().find(|(_, other)| outcome.same(other)) {
            Some((configs, _)) => configs.push(*config),
            None => groups.push((vec![*config], outcome)),
        }
    }
    if groups.len() <= 1 {
        return Ok(());
    }
    let mut text = "DIVERGENCE: one program, different behaviour\n".to_owned();
    let mut names = Vec::new();
    for (configs, outcome) in &groups {
        let name = configs.iter().map(|config| config.name()).collect::<Vec<_>>().join(", ");
        text.push_str(&format!("\n--- {name}\n{}", outcome.describe()));
        names.push(name);
    }
    let (first, second) = (groups[0].1.describe(), groups[1].1.describe());
    text.push_str(&format!("\n{}", diff(&first, &second, (&names[0], &names[1]))));
    Err(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{End, Stage};

    fn outcome(status: i32) -> Outcome {
        Outcome {
            end: End::Status(status),
            stdout: String::new(),
            stderr: String::new(),
            stage: Stage::Ran,
        }
    }

    #[test]
    fn the_matrix_is_the_whole_cross_product() {
        let names: Vec<String> = Config::all(Heap::Stress).into_iter().map(Config::name).collect();
        assert_eq!(
            names,
            [
                "jit/none",
                "jit/speed",
                "aot/none",
                "aot/speed",
                "jit/none/stress",
                "jit/speed/stress",
                "aot/none/stress",
                "aot/speed/stress",
            ]
        );
        assert_eq!(Config::all(Heap::Normal).len(), 4);
    }

    #[test]
    fn a_divergence_names_both_sides() {
        let runs: Vec<(Config, Outcome)> = Config::all(Heap::Normal)
            .into_iter()
            .map(|config| (config, outcome(i32::from(config.name() == "aot/speed"))))
            .collect();
        let error = agreement(&runs).unwrap_err();
        assert!(error.contains("DIVERGENCE"), "{error}");
        assert!(error.contains("--- jit/none, jit/speed, aot/none\n"), "{error}");
        assert!(error.contains("-exit: 0\n+exit: 1\n"), "{error}");
        assert!(agreement(&runs[..3]).is_ok());
    }
}
