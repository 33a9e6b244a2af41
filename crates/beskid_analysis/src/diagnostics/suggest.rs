//! What a wrong name was probably meant to be.
//!
//! Distance is that of Damerau and Levenshtein in its restricted form (insert, delete, replace, swap
//! neighbours), and half a step for a letter of the other case.
//!
//! *Invariants.* The result depends on the candidates, not on their order.

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

/// The distance in half steps, if it is at most `limit`.
fn distance(wanted: &[char], candidate: &str, limit: usize) -> Option<usize> {
    let other: Vec<char> = candidate.chars().take(MAX_LENGTH + 1).collect();
    if other.len() > MAX_LENGTH || 2 * wanted.len().abs_diff(other.len()) > limit {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).map(|column| 2 * column).collect();
    for (row, &a) in wanted.iter().enumerate() {
        let mut current = vec![2 * (row + 1)];
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
            current.push(best);
        }
        before = std::mem::replace(&mut above, current);
    }
    above.last().copied().filter(|&distance| distance <= limit)
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
    fn ties_do_not_depend_on_order() {
        assert_eq!(nearest("bat", ["cat", "bar"]), nearest("bat", ["bar", "cat"]));
    }
}
