//! The order of reported diagnostics and the limits of their number.

use super::{Code, Diagnostic};
use crate::source::Span;

/// How many errors are reported before E0190 stands for the rest.
pub const ERROR_LIMIT: usize = 100;
/// How many warnings are reported before W0191 stands for the rest.
pub const WARNING_LIMIT: usize = 100;

/// How many of each kind are reported.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of errors.
    pub errors: usize,
    /// Of warnings.
    pub warnings: usize,
}

impl Limits {
    /// Those of the command.
    pub const USUAL: Self = Self { errors: ERROR_LIMIT, warnings: WARNING_LIMIT };
}

/// Puts diagnostics in order of place, drops repetitions, and leaves out warnings beyond their limit, and
/// everything behind the last error that is within its: W0191 and E0190 then say how many are left out.
/// Limiting twice changes nothing.
#[must_use]
pub fn limit(mut diagnostics: Vec<Diagnostic>, limits: Limits) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span().lo, diagnostic.code));
    diagnostics.dedup();
    let mut errors = LeftOut::new(limits.errors);
    let mut warnings = LeftOut::new(limits.warnings);
    diagnostics.retain(|diagnostic| match diagnostic.code {
        Code::TooManyErrors | Code::TooManyWarnings => true,
        _ if diagnostic.is_error() => errors.keeps(diagnostic),
        // What follows is that of a program whose errors are not all known.
        _ => errors.first.is_none() && warnings.keeps(diagnostic),
    });
    if let Some(span) = errors.first {
        let message = format!("too many errors: {} not shown", errors.counted("error"));
        diagnostics.push(
            Diagnostic::new(Code::TooManyErrors, span, message).label("the next one is here"),
        );
    }
    if let Some(span) = warnings.first {
        let message = format!("too many warnings: {} not shown", warnings.counted("warning"));
        let rest =
            Diagnostic::new(Code::TooManyWarnings, span, message).label("the next one is here");
        let at = diagnostics.partition_point(|diagnostic| diagnostic.span().lo <= span.lo);
        diagnostics.insert(at, rest);
    }
    diagnostics
}

/// What is beyond a limit.
struct LeftOut {
    limit: usize,
    seen: usize,
    /// The first one.
    first: Option<Span>,
}

impl LeftOut {
    fn new(limit: usize) -> Self {
        Self { limit, seen: 0, first: None }
    }

    /// Whether a diagnostic is within the limit.
    fn keeps(&mut self, diagnostic: &Diagnostic) -> bool {
        self.seen += 1;
        let keeps = self.seen <= self.limit;
        if !keeps && self.first.is_none() {
            self.first = Some(diagnostic.span());
        }
        keeps
    }

    fn counted(&self, word: &str) -> String {
        match self.seen - self.limit {
            1 => format!("1 more {word} is"),
            count => format!("{count} more {word}s are"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { errors: 100, warnings: 50 };

    fn error(at: u32) -> Diagnostic {
        Diagnostic::new(Code::UnexpectedToken, Span::new(at, at), "x")
    }

    fn warning(at: u32) -> Diagnostic {
        Diagnostic::new(Code::ShadowedName, Span::new(at, at), "y")
    }

    #[test]
    fn the_limit_says_how_many_are_left_out() {
        let limited = limit((0..1000).map(error).collect(), LIMITS);
        assert_eq!(limited.len(), 101);
        assert_eq!(limited[100].message, "too many errors: 900 more errors are not shown");
        assert_eq!(limit(limited.clone(), LIMITS), limited);
        assert_eq!(limit(vec![error(1), error(1)], LIMITS).len(), 1);
    }

    #[test]
    fn warnings_beyond_the_limit_hide_no_error() {
        let mut diagnostics: Vec<Diagnostic> = (0..51).map(warning).collect();
        diagnostics.push(error(1000));
        let limited = limit(diagnostics, LIMITS);
        assert_eq!(limited.len(), 52);
        assert_eq!(limited[50].message, "too many warnings: 1 more warning is not shown");
        assert_eq!(
            (limited[50].code, limited[51].code),
            (Code::TooManyWarnings, Code::UnexpectedToken)
        );
        assert_eq!(limit(limited.clone(), LIMITS), limited);
    }

    #[test]
    fn warnings_behind_errors_that_are_not_shown_are_not_shown() {
        let limited =
            limit((0..200).flat_map(|at| [error(at), warning(200 + at)]).collect(), LIMITS);
        assert_eq!(limited.len(), 101);
        assert_eq!(limited[100].code, Code::TooManyErrors);
        assert_eq!(limit(limited.clone(), LIMITS), limited);
    }
}
