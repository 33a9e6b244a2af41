//! What a wrong name was probably meant to be.
//!
//! Distance is that of Damerau and Levenshtein in its restricted form (insert, delete, replace, swap
//! neighbours), and half a step for a letter of the other case.
//!
//! *Invariants.* The result depends on the candidates, not on their order.

use super::{Diagnostic, ERROR_LIMIT};

/// Longer names are not compared.
const MAX_LENGTH: usize = 80;

/// The candidate nearest to a name, if one is near: a third of the letters may differ.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.chars().take(MAX_LENGTH + 1).collect();
    if wanted.is_empty() || wanted.len() > MAX_LENGTH {
        return None;
    }
    // In half steps; names of one or two letters allow for the case alone.
    let limit = match wanted.len() {
        1 | 2 => wanted.len(),
        3..=5 => 2,
        length => 2 * (length / 3),
    };
    candidates
        .into_iter()
        .filter(|&candidate| candidate != name && !candidate.is_empty())
        .filter_map(|candidate| Some((distance(&wanted, candidate, limit)?, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Whether one more diagnostic can still be among those shown: comparing each of many wrong names with all
/// right ones would take quadratic time.
pub fn is_shown(reported: &[Diagnostic]) -> bool {
    // Twice, because the diagnostics shown are the first by place, not the first reported.
    reported.len() < 2 * ERROR_LIMIT
}

/// [`nearest`], as long as the diagnostic [can still be among those shown](is_shown).
pub fn nearest_if_shown<'a>(
    reported: &[Diagnostic],
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    is_shown(reported).then(|| nearest(name, candidates)).flatten()
}

/// The only candidate whose words have all words of a name behind each other, or the other way round: `ToUpper` for
/// `Upper`, `Trim` for `trim_all`.
pub fn related<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = words(name);
    let mut related = candidates.into_iter().filter(|candidate| {
        let known = words(candidate);
        let (few, many) =
            if wanted.len() < known.len() { (&wanted, &known) } else { (&known, &wanted) };
        !few.is_empty() && many.windows(few.len()).any(|part| part == few)
    });
    let first = related.next()?;
    related.all(|other| other == first).then_some(first)
}

/// The words of a name, in small letters: they begin with capital letters, and `_` is between them.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = '_';
    for letter in name.chars() {
        let is_capital = letter.is_ascii_uppercase() && !before.is_ascii_uppercase();
        if letter != '_' {
            if before == '_' || is_capital {
                words.push(String::new());
            }
            words.last_mut().expect("one was begun").push(letter.to_ascii_lowercase());
        }
        before = letter;
    }
    words
}

/// Names for a message, the first few of them: `` `A`, `B`, `C` and 4 more ``.
pub fn list(names: &[&str]) -> String {
    const SHOWN: usize = 8;
    // One more takes as much room as saying so.
    let shown = if names.len() <= SHOWN + 1 { names.len() } else { SHOWN };
    let quoted: Vec<String> = names[..shown].iter().map(|name| format!("`{name}`")).collect();
    match (&quoted[..], names.len() - shown) {
        ([], _) => String::new(),
        ([only], 0) => only.clone(),
        ([first @ .., last], 0) => format!("{} and {last}", first.join(", ")),
        (all, more) => format!("{} and {more} more", all.join(", ")),
    }
}

/// The distance in half steps, if it is at most `limit`.
fn distance(wanted: &[char], candidate: &str, limit: usize) -> Option<usize> {
    let mut other = ['\0'; MAX_LENGTH];
    let mut length = 0;
    for letter in candidate.chars() {
        *other.get_mut(length)? = letter;
        length += 1;
    }
    let other = &other[..length];
    if 2 * wanted.len().abs_diff(length) > limit {
        return None;
    }
    let mut before = [0; MAX_LENGTH + 1];
    let mut above: [usize; MAX_LENGTH + 1] = std::array::from_fn(|column| 2 * column);
    for (row, &a) in wanted.iter().enumerate() {
        let mut current = [2 * (row + 1); MAX_LENGTH + 1];
        for (column, &b) in other.iter().enumerate() {
            let replace = if a == b {
                0
            } else if a.eq_ignore_ascii_case(&b) {
                1
            } else {
                2
            };
            let mut best =
                (above[column] + replace).min(above[column + 1] + 2).min(current[column] + 2);
            if row > 0 && column > 0 && a == other[column - 1] && b == wanted[row - 1] {
                best = best.min(before[column - 1] + 2);
            }
            current[column + 1] = best;
        }
        // A swap reaches back two rows, so one row beyond the limit decides nothing.
        let nearest = |row: &[usize]| row[..=length].iter().min().copied();
        if row > 0 && nearest(&current) > Some(limit) && nearest(&above) > Some(limit) {
            return None;
        }
        before = std::mem::replace(&mut above, current);
    }
    Some(above[length]).filter(|&distance| distance <= limit)
}

/// The type that a name of another language stands for: `int` is `i32`.
#[must_use]
pub fn foreign_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "int" | "Int32" | "int32" | "Integer" => "i32",
        "long" | "Int64" | "int64" | "isize" | "ssize_t" => "i64",
        "short" | "Int16" | "int16" => "i16",
        "sbyte" | "int8" | "Int8" => "i8",
        "byte" | "uint8" | "UInt8" => "u8",
        "ushort" | "uint16" | "UInt16" => "u16",
        "uint" | "uint32" | "UInt32" => "u32",
        "ulong" | "uint64" | "UInt64" | "usize" | "size_t" => "u64",
        "float" | "float32" | "single" | "Float32" => "f32",
        "double" | "float64" | "Double" | "Float64" => "f64",
        "boolean" | "Boolean" | "Bool" => "bool",
        "str" | "String" => "string",
        "rune" | "Char" | "wchar" => "char",
        "void" | "Unit" | "Void" | "nil" => "unit",
        "IntPtr" | "uintptr" | "intptr" => "ptr",
        "Vec" | "ArrayList" => "List",
        "HashMap" | "Dictionary" | "Dict" => "Map",
        "HashSet" => "Set",
        _ => return None,
    })
}

/// What to write for a value or function of another language: `null` has no counterpart.
#[must_use]
pub fn foreign_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "null" | "nil" | "None" | "nullptr" | "undefined" => {
            "there is no null: a value that may be absent is an `Option`, `Option::None`"
        }
        "self" | "me" => "the receiver of a method is `this`",
        "True" => "write `true`",
        "False" => "write `false`",
        "printf" | "print_line" | "echo" | "puts" | "log" => "write `println(…)`",
        "Console" | "System.out" | "fmt" => "write `println(…)`",
        "len" => "the length is a method: `a.Len()`",
        "throw" | "raise" => "there are no exceptions: return `Result::Error(…)`, or `panic(…)`",
        "new" => "an object is made by a literal: `Point { x: 1, y: 2 }`",
        "typeof" | "sizeof" => "there is no reflection of types",
        "and" => "write `&&`",
        "or" => "write `||`",
        "not" => "write `!`",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_wins() {
        let names = ["points", "point", "print", "println", "x", "Count"];
        assert_eq!(nearest("pont", names), Some("point"));
        assert_eq!(nearest("pirntln", names), Some("println"));
        assert_eq!(nearest("count", names), Some("Count"));
        assert_eq!(nearest("X", names), Some("x"));
        assert_eq!(nearest("y", names), None);
        assert_eq!(nearest("completely", names), None);
        assert_eq!(nearest(&"a".repeat(1_000_000), names), None);
    }

    #[test]
    fn a_related_name_is_the_only_one() {
        let names = ["ToUpper", "ToLower", "Len", "Trim", "TrimStart", "home_address", "ToUpper"];
        assert_eq!(related("Upper", names), Some("ToUpper"));
        assert_eq!(related("lower", names), Some("ToLower"));
        assert_eq!(related("LenOfAll", names), Some("Len"));
        assert_eq!(related("address", names), Some("home_address"));
        assert_eq!(related("toUpperCase", names), Some("ToUpper"));
        assert_eq!(related("Trim", ["TrimStart", "TrimEnd"]), None, "two have it");
        for other in ["Lenient", "Challenge", "ppe", "Size", "Uppercase", "dress", "", "_"] {
            assert_eq!(related(other, names), None, "{other}");
        }
        assert_eq!(words("__HTTPServer_2x"), ["httpserver", "2x"]);
    }

    #[test]
    fn lists_end_where_a_line_does() {
        assert_eq!(list(&[]), "");
        assert_eq!(list(&["A"]), "`A`");
        assert_eq!(list(&["A", "B", "C"]), "`A`, `B` and `C`");
        assert_eq!(list(&["A"; 9]), format!("{} and `A`", ["`A`"; 8].join(", ")));
        assert_eq!(list(&["A"; 12]), format!("{} and 4 more", ["`A`"; 8].join(", ")));
    }

    #[test]
    fn ties_do_not_depend_on_order() {
        assert_eq!(nearest("bat", ["cat", "bar"]), nearest("bat", ["bar", "cat"]));
    }
}
