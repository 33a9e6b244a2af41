//! `//~ E1104` on lines: which diagnostics a case must give, and where.
//!
//! `//~ CODE…` is about its own line, `//~^ CODE…` about the line above, `//~^^ CODE…` about the one
//! above that. Every diagnostic must be annotated and every annotation matched, by code and line of
//! the primary label; wording is checked by the rendered golden alone.

use std::fmt;

/// A diagnostic that is expected or was found: its code and the line of its primary label.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Finding {
    /// The line, from 1; 0 if the diagnostic has no place in the file.
    pub line: usize,
    /// Letter and number.
    pub code: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(formatter, "{} (without a place)", self.code),
            line => write!(formatter, "line {line}: {}", self.code),
        }
    }
}

/// The annotations of a case's text, sorted.
///
/// # Errors
/// Every annotation that is not a list of codes or points above the file.
pub fn annotations(text: &str) -> Result<Vec<Finding>, String> {
    let mut findings = Vec::new();
    let mut errors = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let Some((_, rest)) = line.split_once("//~") else { continue };
        let codes = rest.trim_start_matches('^');
        let above = rest.len() - codes.len();
        if above >= number {
            errors.push(format!("line {number}: the annotation points above the file"));
        }
        let mut any = false;
        for code in codes.split([' ', ',', '\t', '\r']).filter(|word| !word.is_empty()) {
            any = true;
            if is_code(code) {
                findings
                    .push(Finding { line: number.saturating_sub(above), code: code.to_owned() });
            } else {
                errors.push(format!("line {number}: `{code}` is no diagnostic code"));
            }
        }
        if !any {
            errors.push(format!("line {number}: an annotation needs a code"));
        }
    }
    findings.sort();
    if errors.is_empty() { Ok(findings) } else { Err(errors.join("\n")) }
}

/// The diagnostics in rendered text, sorted: a line `error[E1104]: …` and the `--> file:line:column`
/// that follows it before the next one. `lines_before` says for a file how many lines of the case stand
/// before it.
#[must_use]
pub fn rendered_findings(rendered: &str, lines_before: impl Fn(&str) -> usize) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for line in rendered.lines() {
        if let Some(code) = header_code(line) {
            findings.push(Finding { line: 0, code: code.to_owned() });
        } else if let Some((_, place)) = line.split_once("--> ")
            && let Some(finding) = findings.last_mut()
            && finding.line == 0
        {
            finding.line = place_line(place).map_or(0, |(file, line)| lines_before(file) + line);
        }
    }
    findings.sort();
    findings
}

/// What is expected and missing, and what was found without being expected; both sorted inputs.
#[must_use]
pub fn mismatches(expected: &[Finding], found: &[Finding]) -> (Vec<Finding>, Vec<Finding>) {
    let mut missing = expected.to_vec();
    let mut unexpected = Vec::new();
    for finding in found {
        match missing.iter().position(|other| other == finding) {
            Some(index) => drop(missing.remove(index)),
            None => unexpected.push(finding.clone()),
        }
    }
    (missing, unexpected)
}

fn is_code(word: &str) -> bool {
    word.len() == 5
        && word.starts_with(['E', 'W'])
        && word[1..].bytes().all(|byte| byte.is_ascii_digit())
}

fn header_code(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("error[").or_else(|| line.strip_prefix("warning["))?;
    let (code, _) = rest.split_once("]:")?;
    is_code(code).then_some(code)
}

fn place_line(place: &str) -> Option<(&str, usize)> {
    let (place, _column) = place.trim().rsplit_once(':')?;
    let (file, line) = place.rsplit_once(':')?;
    Some((file, line.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(line: usize, code: &str) -> Finding {
        Finding { line, code: code.to_owned() }
    }

    #[test]
    fn annotations_point_at_lines() {
        let text = "a //~ E1101\nb\n//~^ E1102, W1103\n//~^^^ E0101\n";
        assert_eq!(
            annotations(text).unwrap(),
            [finding(1, "E0101"), finding(1, "E1101"), finding(2, "E1102"), finding(2, "W1103")]
        );
        for (text, message) in [
            ("x //~ unknown", "is no diagnostic code"),
            ("x //~", "needs a code"),
            ("x //~^ E1101", "points above"),
        ] {
            let error = annotations(text).unwrap_err();
            assert!(error.contains(message), "{error:?} should contain {message:?}");
        }
    }

    #[test]
    fn findings_are_read_from_rendered_text() {
        let rendered = "error[E1101]: unknown name `x`\n  --> a.bd:3:5\n   |\n3  | x\n   | ^\n\
                        warning[W1103]: shadowed\n --> b.bd:12:1\n\
                        error[E1910]: no `main`\n\nerror: could not compile\n";
        assert_eq!(
            rendered_findings(rendered, |file| usize::from(file == "b.bd") * 100),
            [finding(0, "E1910"), finding(3, "E1101"), finding(112, "W1103")]
        );
    }

    #[test]
    fn mismatches_count_repetitions() {
        let expected = [finding(1, "E1101"), finding(1, "E1101"), finding(2, "E1102")];
        let found = [finding(1, "E1101"), finding(3, "E1102")];
        let (missing, unexpected) = mismatches(&expected, &found);
        assert_eq!(missing, [finding(1, "E1101"), finding(2, "E1102")]);
        assert_eq!(unexpected, [finding(3, "E1102")]);
    }
}
