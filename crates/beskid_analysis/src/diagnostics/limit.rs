//! The order of reported diagnostics and the limit of their number.

use super::{Code, Diagnostic};

/// How many errors are reported before E0190 stands for the rest.
pub const ERROR_LIMIT: usize = 100;

/// Puts diagnostics in order of place, drops repetitions, and cuts them after `limit` errors: an E0190
/// then says how many are left out.
#[must_use]
pub fn limit_errors(mut diagnostics: Vec<Diagnostic>, limit: usize) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span().lo, diagnostic.code));
    diagnostics.dedup();
    let mut errors = 0;
    let cut = diagnostics.iter().position(|diagnostic| {
        // Limiting twice changes nothing: E0190 is about errors, not one more of them.
        errors += usize::from(diagnostic.is_error() && diagnostic.code != Code::TooManyErrors);
        errors > limit
    });
    let Some(cut) = cut else { return diagnostics };
    let rest = diagnostics.split_off(cut);
    let left_out = rest.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let word = if left_out == 1 { "error is" } else { "errors are" };
    diagnostics.push(
        Diagnostic::new(
            Code::TooManyErrors,
            rest[0].span(),
            format!("too many errors: {left_out} more {word} not shown"),
        )
        .label("the next one is here"),
    );
    diagnostics
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    #[test]
    fn the_limit_says_how_many_are_left_out() {
        let error = |at| Diagnostic::new(Code::UnexpectedToken, Span::new(at, at), "x");
        let diagnostics: Vec<Diagnostic> = (0..1000).map(error).collect();
        let limited = limit_errors(diagnostics, 100);
        assert_eq!(limited.len(), 101);
        assert_eq!(limited[100].message, "too many errors: 900 more errors are not shown");
        assert_eq!(limit_errors(limited.clone(), 100), limited);
        assert_eq!(limit_errors(vec![error(1), error(1)], 1).len(), 1);
    }
}
