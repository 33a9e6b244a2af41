//! What happens when an expectation does not hold: fail with a diff, or write the new one.
//!
//! *Invariants.* Expectations are rewritten only under `BESKID_BLESS=1` and never under `CI=true`;
//! the program's bytes never change.

use std::env;
use std::fs;

use similar::TextDiff;

use crate::case::Case;
use crate::expectation::Expectations;

/// What to do with an expectation that does not hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Policy {
    /// Fail.
    Verify,
    /// Write what came out.
    Bless,
    /// Fail: blessing was asked for where it is not allowed.
    Refuse,
}

impl Policy {
    /// The policy that the environment asks for.
    #[must_use]
    pub fn from_environment() -> Self {
        let is_set =
            |name| env::var(name).is_ok_and(|value| !matches!(&*value, "" | "0" | "false"));
        Self::choose(is_set("BESKID_BLESS"), is_set("CI"))
    }

    fn choose(bless: bool, continuous_integration: bool) -> Self {
        match (bless, continuous_integration) {
            (false, _) => Self::Verify,
            (true, false) => Self::Bless,
            (true, true) => Self::Refuse,
        }
    }
}

/// Compares a case's expectations with what came out; blesses if the policy says so.
///
/// # Errors
/// They differ and were not blessed, with a diff and the command that accepts it.
pub fn settle(case: &Case, actual: &Expectations, policy: Policy) -> Result<(), String> {
    if case.expectations == *actual {
        return Ok(());
    }
    match policy {
        Policy::Bless => {
            let path = case.root.join(&case.path);
            fs::write(&path, case.with_expectations(actual))
                .map_err(|error| format!("{}: {error}", case.path))
        }
        Policy::Refuse => Err("BESKID_BLESS is refused while CI is set".to_owned()),
        Policy::Verify => {
            let difference =
                diff(&case.expectations.render(), &actual.render(), ("expected", "what came out"));
            Err(format!(
                "the expectation does not hold\n{difference}\nto accept: cargo xtask bless {}",
                case.path.trim_start_matches("tests/")
            ))
        }
    }
}

/// A unified diff of two texts.
#[must_use]
pub fn diff(old: &str, new: &str, names: (&str, &str)) -> String {
    TextDiff::from_lines(old, new).unified_diff().header(names.0, names.1).to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::directive::Mode;
    use crate::expectation::Key;

    fn case(root: &Path) -> Case {
        fs::write(root.join("a.bd"), "i32 main() { 3 }\n//= exit: 2\n").unwrap();
        Case::load(root, "a.bd", Mode::Run).unwrap()
    }

    fn actual() -> Expectations {
        let mut actual = Expectations::default();
        actual.set(Key::Exit, "3");
        actual
    }

    #[test]
    fn policy_follows_the_environment() {
        assert_eq!(Policy::choose(false, true), Policy::Verify);
        assert_eq!(Policy::choose(true, false), Policy::Bless);
        assert_eq!(Policy::choose(true, true), Policy::Refuse);
    }

    #[test]
    fn verifying_shows_a_diff_and_the_command() {
        let root = tempfile::tempdir().unwrap();
        let error = settle(&case(root.path()), &actual(), Policy::Verify).unwrap_err();
        assert!(error.contains("-//= exit: 2\n+//= exit: 3\n"), "{error}");
        assert!(error.contains("cargo xtask bless a.bd"), "{error}");
    }

    #[test]
    fn blessing_rewrites_the_expectation_alone() {
        let root = tempfile::tempdir().unwrap();
        settle(&case(root.path()), &actual(), Policy::Bless).unwrap();
        let text = fs::read_to_string(root.path().join("a.bd")).unwrap();
        assert_eq!(text, "i32 main() { 3 }\n//= exit: 3\n");
    }

    #[test]
    fn refusing_writes_nothing() {
        let root = tempfile::tempdir().unwrap();
        let case = case(root.path());
        assert!(settle(&case, &actual(), Policy::Refuse).is_err());
        assert_eq!(
            Case::load(root.path(), "a.bd", Mode::Run).unwrap().expectations,
            case.expectations
        );
    }
}
