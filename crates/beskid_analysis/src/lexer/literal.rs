//! The values of numbers, chars and strings (language.md §1.5 to §1.7).
//!
//! The lexer only delimits literals; the parser reads their values here once, when it makes the node.
//!
//! *Invariants.* Errors are reported at the offending characters. A value is returned also where an
//! escape is broken, so that one mistake gives one error.

use crate::ast::Literal;
use crate::diagnostics::{Code, Diagnostic};
use crate::source::Span;

/// Reads a number. `lo` is its place.
pub fn number(text: &str, lo: u32, report: &mut dyn FnMut(Diagnostic)) -> Option<Literal> {
    let span = Span::new(lo, lo + text.len() as u32);
    let (radix, name, digits) = match text.as_bytes() {
        [b'0', b'x', ..] => (16, "hexadecimal", &text[2..]),
        [b'0', b'b', ..] => (2, "binary", &text[2..]),
        [b'0', b'o', ..] => (8, "octal", &text[2..]),
        _ => return decimal(text, span, report),
    };
    let bad = digits.find(|digit: char| digit != '_' && !digit.is_digit(radix));
    if let Some(at) = bad {
        let at = lo + 2 + at as u32;
        report(
            Diagnostic::new(Code::InvalidNumber, span, format!("this is no {name} number"))
                .also(Span::new(at, at + 1), format!("no {name} digit")),
        );
        return None;
    }
    if digits.trim_matches('_').is_empty() {
        report(Diagnostic::new(
            Code::InvalidNumber,
            span,
            format!("a {name} number needs at least one digit"),
        ));
        return None;
    }
    integer(digits, radix, span, report)
}

fn integer(
    digits: &str,
    radix: u32,
    span: Span,
    report: &mut dyn FnMut(Diagnostic),
) -> Option<Literal> {
    let mut value: u128 = 0;
    for digit in digits.bytes().filter(|&byte| byte != b'_') {
        let digit = u128::from(char::from(digit).to_digit(radix).unwrap_or(0));
        let next =
            value.checked_mul(u128::from(radix)).and_then(|scaled| scaled.checked_add(digit));
        let Some(next) = next else {
            report(
                Diagnostic::new(Code::LiteralRange, span, "this number fits no type")
                    .note("the largest integer type is `u64`, up to 18446744073709551615"),
            );
            return None;
        };
        value = next;
    }
    Some(Literal::Int(value))
}

fn decimal(text: &str, span: Span, report: &mut dyn FnMut(Diagnostic)) -> Option<Literal> {
    let bytes = text.as_bytes();
    let skip = |mut at: usize| {
        while matches!(bytes.get(at), Some(b'0'..=b'9' | b'_')) {
            at += 1;
        }
        at
    };
    let whole = skip(0);
    let mut end = whole;
    if bytes.get(end) == Some(&b'.') {
        end = skip(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let signed = matches!(bytes.get(end + 1), Some(b'+' | b'-'));
        let digits = end + 1 + usize::from(signed);
        if matches!(bytes.get(digits), Some(b'0'..=b'9')) {
            end = skip(digits);
        } else {
            report(
                Diagnostic::new(Code::InvalidNumber, span, "this number has an empty exponent")
                    .help("write the exponent's digits: `1e9`"),
            );
            return None;
        }
    }
    if end < text.len() {
        let suffix = &text[end..];
        let at = Span::new(span.lo + end as u32, span.hi);
        let mut diagnostic =
            Diagnostic::new(Code::InvalidNumber, at, format!("`{suffix}` cannot follow a number"));
        if let Some(ty) = suffix_type(suffix) {
            let number = &text[..end];
            diagnostic = diagnostic.note("a literal takes the type that its context expects").fix(
                format!("write a cast to `{ty}`"),
                span,
                format!("cast<{ty}>({number})"),
            );
        } else if suffix.bytes().any(|byte| !byte.is_ascii_digit()) {
            diagnostic = diagnostic.label("not part of the number");
        }
        report(diagnostic);
        return None;
    }
    if end == whole {
        return integer(text, 10, span, report);
    }
    let plain: String;
    let digits = if text.contains('_') {
        plain = text.replace('_', "");
        &plain
    } else {
        text
    };
    match digits.parse::<f64>() {
        Ok(value) if value.is_finite() => Some(Literal::Float(value)),
        _ => {
            report(Diagnostic::new(Code::LiteralRange, span, "this number is beyond `f64`"));
            None
        }
    }
}

/// The type that a suffix of C, C# or Rust stands for.
fn suffix_type(suffix: &str) -> Option<&'static str> {
    Some(match suffix {
        "i8" => "i8",
        "i16" => "i16",
        "i32" => "i32",
        "i64" | "l" | "L" => "i64",
        "u8" => "u8",
        "u16" => "u16",
        "u32" | "u" | "U" => "u32",
        "u64" | "ul" | "UL" | "usize" => "u64",
        "f32" | "f" | "F" => "f32",
        "f64" | "d" | "D" => "f64",
        _ => return None,
    })
}

/// What text stands for, between the quotes of a string piece that begins at `lo`.
pub fn text(raw: &str, lo: u32, report: &mut dyn FnMut(Diagnostic)) -> Box<str> {
    if !raw.as_bytes().iter().any(|&byte| byte == b'\\' || byte == b'\r') {
        return raw.into();
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['\\', '\r']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("\r") {
            // CRLF is one LF; a lone CR stays.
            if !after.starts_with('\n') {
                out.push('\r');
            }
            rest = after;
            continue;
        }
        let place = lo + (raw.len() - rest.len()) as u32;
        let (value, len) = escape(rest, place, Quote::Text, report);
        out.extend(value);
        rest = &rest[len..];
    }
    out.push_str(rest);
    out.into_boxed_str()
}

/// The value of a char literal, quotes included in `raw`; `None` if it was reported.
pub fn char(raw: &str, lo: u32, report: &mut dyn FnMut(Diagnostic)) -> Option<char> {
    let span = Span::new(lo, lo + raw.len() as u32);
    let inner = &raw[1..raw.len() - 1];
    let len = first_unit(inner);
    if inner.is_empty() || inner == "'" {
        let mut diagnostic =
            Diagnostic::new(Code::InvalidChar, span, "a char holds exactly one character");
        diagnostic = if inner == "'" {
            diagnostic.fix("escape the quote", Span::new(lo + 1, lo + 2), "\\'")
        } else {
            diagnostic.label("this one holds none")
        };
        report(diagnostic);
        return None;
    }
    if len == inner.len() {
        if inner.starts_with('\\') {
            return escape(inner, lo + 1, Quote::Char, report).0.or(Some('?'));
        }
        return inner.chars().next();
    }
    let mut diagnostic =
        Diagnostic::new(Code::InvalidChar, span, "a char holds exactly one character");
    if inner.contains(['"', '\\', '$']) {
        diagnostic = diagnostic.help("write text in double quotes");
    } else {
        diagnostic = diagnostic.fix("write text in double quotes", span, format!("\"{inner}\""));
    }
    report(diagnostic);
    None
}

/// Length in bytes of the first character or escape.
#[must_use]
pub fn first_unit(text: &str) -> usize {
    let mut chars = text.chars();
    match chars.next() {
        None => 0,
        Some('\\') if text[1..].starts_with("u{") => text.find('}').map_or(text.len(), |at| at + 1),
        Some('\\') => 1 + chars.next().map_or(0, char::len_utf8),
        Some(first) => first.len_utf8(),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Quote {
    Text,
    Char,
}

/// Reads the escape that `text` begins with: its value and its length.
fn escape(
    text: &str,
    lo: u32,
    quote: Quote,
    report: &mut dyn FnMut(Diagnostic),
) -> (Option<char>, usize) {
    let mut chars = text[1..].chars();
    let next = chars.next();
    let value = match next {
        Some('n') => '\n',
        Some('t') => '\t',
        Some('r') => '\r',
        Some('0') => '\0',
        Some('\\') => '\\',
        Some('"') => '"',
        Some('$') => '$',
        Some('\'') if quote == Quote::Char => '\'',
        Some('u') => return unicode_escape(text, lo, report),
        _ => {
            let len = 1 + next.map_or(0, char::len_utf8);
            let shown = match next {
                Some(c) if !c.is_control() => format!("`\\{c}`"),
                _ => "this escape".to_owned(),
            };
            let span = Span::new(lo, lo + len as u32);
            let diagnostic =
                Diagnostic::new(Code::InvalidEscape, span, format!("{shown} is not an escape"));
            let digits = text[len..].bytes().take_while(u8::is_ascii_hexdigit).take(2).count();
            report(match (next, quote) {
                (Some('x'), _) if digits > 0 => {
                    let number = &text[len..len + digits];
                    let whole = Span::new(lo, span.hi + digits as u32);
                    let meant = format!("\\u{{{number}}}");
                    diagnostic.fix(format!("write `{meant}`"), whole, meant)
                }
                (Some('{'), Quote::Text) => diagnostic.help("write `\\${` for the characters `${`"),
                (_, Quote::Text) => diagnostic
                    .note("the escapes are `\\n \\t \\r \\0 \\\\ \\\" \\$ \\u{…}`")
                    .fix("write a backslash", span.start(), "\\"),
                (_, Quote::Char) => {
                    diagnostic.note("the escapes are `\\n \\t \\r \\0 \\\\ \\' \\\" \\$ \\u{…}`")
                }
            });
            return (next, len);
        }
    };
    (Some(value), 2)
}

/// `\u{1F600}`
fn unicode_escape(
    text: &str,
    lo: u32,
    report: &mut dyn FnMut(Diagnostic),
) -> (Option<char>, usize) {
    let digits = text[2..].strip_prefix('{').and_then(|rest| Some(&rest[..rest.find('}')?]));
    let Some(digits) = digits.filter(|digits| digits.len() <= 64) else {
        let count = text[2..].bytes().take_while(u8::is_ascii_hexdigit).take(4).count();
        let span = Span::new(lo, lo + 2 + count as u32);
        let diagnostic =
            Diagnostic::new(Code::InvalidEscape, span, "`\\u` needs a number in braces");
        report(match &text[2..2 + count] {
            "" => diagnostic.help("write it as `\\u{1F600}`"),
            number => {
                let meant = format!("\\u{{{number}}}");
                diagnostic.fix(format!("write `{meant}`"), span, meant)
            }
        });
        return (None, 2 + count);
    };
    let len = digits.len() + 4;
    let span = Span::new(lo, lo + len as u32);
    let hex = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let value = u32::from_str_radix(digits.trim_start_matches('0'), 16);
    let value = if digits.bytes().all(|digit| digit == b'0') { Ok(0) } else { value };
    match value.ok().filter(|_| hex).and_then(char::from_u32) {
        Some(value) => (Some(value), len),
        None => {
            let diagnostic = Diagnostic::new(
                Code::InvalidEscape,
                span,
                format!("`\\u{{{digits}}}` is no Unicode character"),
            );
            report(if hex {
                diagnostic.note("characters are 0 to 10FFFF without D800 to DFFF")
            } else {
                diagnostic.help("write the number in hexadecimal: `\\u{1F600}`")
            });
            (None, len)
        }
    }
}
