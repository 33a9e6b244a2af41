//! Symbols of compiled items back to what the source calls them (execution.md §5).
//!
//! ```text
//! pn:: <module> :: <item> $ <kind> ( <types>,<result> )                    an item
//! pn:: :: <item without its pn::> :: <what> $ <kind> ( )                   code that belongs to one
//! item  = name { :: name } [ "[" types "]" [ ordinal ] ]
//! type  = name [ "[" types "]" ]
//! ```
//!
//! *Invariants.* [`parse`] inverts [`crate::symbol::mangle`]: what was put together comes apart again, so no
//! two items share a symbol.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::symbol::{ITEM_PREFIX, ItemKind};

/// A symbol, taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol<'s> {
    /// The dotted path of the module; empty if there is none.
    pub module: &'s str,
    /// The names of the item, outermost first, the last one with the arguments of its instance.
    pub item: &'s str,
    /// What it is.
    pub kind: ItemKind,
    /// Parameter types and result type.
    pub signature: Vec<&'s str>,
    /// Code that belongs to the item, outermost last: what it is, and its kind.
    pub within: Vec<(&'s str, ItemKind)>,
}

/// Takes a symbol apart.
#[must_use]
pub fn parse(symbol: &str) -> Option<Symbol<'_>> {
    let (parsed, length) = parse_start(symbol)?;
    (length == symbol.len()).then_some(parsed)
}

/// What the source calls the item of a symbol, with its types: `Net.Http.Connect(i64) -> unit`.
#[must_use]
pub fn demangle(symbol: &str) -> Option<String> {
    parse(symbol).map(|symbol| symbol.to_string())
}

/// A text with every symbol in it replaced by what the source calls it.
#[must_use]
pub fn demangle_all(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(ITEM_PREFIX) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        // A name that ends in `pn` is no prefix.
        let is_part = before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
        match parse_start(from).filter(|_| !is_part) {
            Some((symbol, length)) => {
                out.push_str(&symbol.to_string());
                rest = &from[length..];
            }
            None => {
                out.push_str(ITEM_PREFIX);
                rest = &from[ITEM_PREFIX.len()..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Takes the symbol apart that a text begins with; returns its length as well.
fn parse_start(text: &str) -> Option<(Symbol<'_>, usize)> {
    let start = text.strip_prefix(ITEM_PREFIX)?;
    let (path, kind, signature, mut rest) = parse_part(start)?;
    let mut within = Vec::new();
    while let Some(next) = rest.strip_prefix("::")
        && let Some((what, kind, signature, after)) = parse_part(next)
        && signature.is_empty()
        && !what.contains("::")
    {
        within.push((what, kind));
        rest = after;
    }
    // Each piece of code that belongs to an item has an empty module of its own in front.
    let mut path = path;
    for _ in &within {
        path = path.strip_prefix("::")?;
    }
    let (module, item) = path.split_once("::")?;
    if item.is_empty() {
        return None;
    }
    Some((Symbol { module, item, kind, signature, within }, text.len() - rest.len()))
}

/// `<path>$<kind>(<types>)`: the path, the kind, the types, and what follows.
fn parse_part(text: &str) -> Option<(&str, ItemKind, Vec<&str>, &str)> {
    let (path, rest) = text.split_once('$')?;
    if path.contains(['\n', '(', ')']) {
        return None;
    }
    let (word, rest) = rest.split_once('(')?;
    let kind = ItemKind::ALL.into_iter().find(|kind| kind.word() == word)?;
    let end = end_of_list(rest).filter(|&end| rest[end..].starts_with(')'))?;
    Some((path, kind, split_list(&rest[..end]), &rest[end + 1..]))
}

/// Where a list ends: at a bracket that it did not open.
fn end_of_list(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '[' => depth += 1,
            ']' | ')' if depth == 0 => return Some(at),
            ']' => depth -= 1,
            ')' | '\n' => return None,
            _ => {}
        }
    }
    None
}

/// The parts of a list, of which brackets enclose lists of their own.
fn split_list(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !text.is_empty() {
        parts.push(&text[start..]);
    }
    parts
}

impl core::fmt::Display for Symbol<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for &(what, kind) in self.within.iter().rev() {
            match kind {
                ItemKind::Lambda => write!(f, "lambda {what} in ")?,
                _ => write!(f, "{what} of ")?,
            }
        }
        let types: Vec<String> = self.signature.iter().map(|ty| type_name(ty)).collect();
        if let (ItemKind::Thunk, "", Some(first)) = (self.kind, self.module, types.first()) {
            // Code that was made for a type, by what it does.
            let (what, behind) = match self.item.strip_suffix(" behind") {
                Some(what) => (what, " behind a contract"),
                None => (self.item, ""),
            };
            let what = if what == "equal" { "equality" } else { what };
            return write!(f, "{what} of {first}{behind}");
        }
        if self.kind == ItemKind::Test {
            f.write_str("test ")?;
        }
        if !self.module.is_empty() {
            write!(f, "{}.", self.module)?;
        }
        f.write_str(&item_name(self.item))?;
        let Some((result, parameters)) = types.split_last() else { return Ok(()) };
        let is_method = self.kind == ItemKind::Method;
        let parameters = &parameters[usize::from(is_method && !parameters.is_empty())..];
        write!(f, "({})", parameters.join(", "))?;
        match result.as_str() {
            "unit" => Ok(()),
            result => write!(f, " -> {result}"),
        }
    }
}

/// `Table::Set[str,i32]1` as `Table.Set<string, i32>#1`.
fn item_name(item: &str) -> String {
    let (path, instance) = match item.find('[') {
        Some(at) => item.split_at(at),
        None => (item, ""),
    };
    let mut name = path.replace("::", ".");
    let arguments = instance.strip_prefix('[').and_then(|list| list.rsplit_once(']'));
    if let Some((arguments, ordinal)) = arguments {
        let types: Vec<String> = split_list(arguments).iter().map(|ty| type_name(ty)).collect();
        name.push_str(&format!("<{}>", types.join(", ")));
        if !ordinal.is_empty() {
            name.push_str(&format!("#{ordinal}"));
        }
    }
    name
}

/// `Array[Result[str,i32]]` as `Result<string, i32>[]`.
fn type_name(ty: &str) -> String {
    let Some((name, list)) = ty.strip_suffix(']').and_then(|ty| ty.split_once('[')) else {
        return if ty == "str" { "string".to_string() } else { ty.to_string() };
    };
    let types: Vec<String> = split_list(list).iter().map(|ty| type_name(ty)).collect();
    match (name, &*types) {
        ("Array", [element]) if element.contains(" -> ") => format!("({element})[]"),
        ("Array", [element]) => format!("{element}[]"),
        ("Fn", [parameters @ .., result]) => format!("({}) -> {result}", parameters.join(", ")),
        _ => format!("{name}<{}>", types.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::vec;

    use super::*;
    use crate::symbol::mangle;

    #[test]
    fn names_are_those_of_the_source() {
        for (symbol, name) in [
            ("pn::main::main$function(unit)", "main.main()"),
            (
                "pn::Net.Http::Connect$function(i64,str,Result[unit,str])",
                "Net.Http.Connect(i64, string) -> Result<unit, string>",
            ),
            (
                "pn::Collections.Map::Map::Set[str,i32]1$method(self,str,i32,unit)",
                "Collections.Map.Map.Set<string, i32>#1(string, i32)",
            ),
            (
                "pn::F::Each$function(Array[Fn[i32,Array[str],bool]],unit)",
                "F.Each(((i32, string[]) -> bool)[])",
            ),
            (
                "pn::::F::Each$function(Fn[i32],i64)::2$lambda()",
                "lambda 2 in F.Each(() -> i32) -> i64",
            ),
            ("pn::::F::Each$function(unit)::value$thunk()", "value of F.Each()"),
            ("pn::::text$thunk(Array[f64],i64,unit)", "text of f64[]"),
            ("pn::::equal behind$thunk(A.B,A.B,bool)", "equality of A.B behind a contract"),
            ("pn::A::adds$test(unit)", "test A.adds()"),
        ] {
            assert_eq!(demangle(symbol).as_deref(), Some(name), "{symbol}");
        }
    }

    #[test]
    fn what_is_no_symbol_stays_as_it_is() {
        for text in [
            "main",
            "pn::",
            "pn::main",
            "pn::a::b$function(",
            "pn::a::b$function(i32]",
            "pn::a::b$procedure(unit)",
            "pn::a::b$function(unit) ",
            "pn::$function(unit)",
            "_ZN4core3fmt9Formatter3padE",
        ] {
            assert_eq!(demangle(text), None, "{text}");
        }
        let text = "spn::a::b$function(unit) pn:: pn::a::b$function(\nunit)";
        assert_eq!(demangle_all(text), text);
    }

    #[test]
    fn symbols_in_a_text_are_replaced() {
        let text = "0 T pn::a::b$function(i32,unit)+0x4 <pn::::a::b$function(unit)::0$lambda()>:\n";
        assert_eq!(demangle_all(text), "0 T a.b(i32)+0x4 <lambda 0 in a.b()>:\n");
    }

    /// What random choices are made of (Marsaglia, Xorshift RNGs, 2003).
    struct Random(u64);

    impl Random {
        fn below(&mut self, limit: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % limit as u64) as usize
        }

        fn name(&mut self) -> String {
            const NAMES: [&str; 8] = ["a", "b", "A", "_", "str", "function", "größe", "Array"];
            NAMES[self.below(NAMES.len())].to_string()
        }

        fn path(&mut self, separator: &str) -> String {
            let names: Vec<String> = (0..=self.below(3)).map(|_| self.name()).collect();
            names.join(separator)
        }

        fn ty(&mut self, depth: usize) -> String {
            match self.below(3) {
                0 if depth > 0 => {
                    let list: Vec<String> =
                        (0..=self.below(3)).map(|_| self.ty(depth - 1)).collect();
                    format!("{}[{}]", self.path("."), list.join(","))
                }
                _ => self.path("."),
            }
        }
    }

    #[test]
    fn mangling_is_injective() {
        let mut random = Random(0x9E37_79B9_7F4A_7C15);
        let mut known = BTreeMap::new();
        for _ in 0..20_000 {
            let module = if random.below(4) == 0 { String::new() } else { random.path(".") };
            let mut item = random.path("::");
            if random.below(3) == 0 {
                item = format!("{item}[{}]", random.ty(2));
            }
            let kind = ItemKind::ALL[random.below(ItemKind::ALL.len())];
            let signature: Vec<String> = (0..=random.below(3)).map(|_| random.ty(3)).collect();
            let words: Vec<&str> = signature.iter().map(String::as_str).collect();
            let mut symbol = mangle(&module, &item, kind, &words);
            let mut within = vec![];
            for _ in 0..random.below(3) {
                let what = random.name();
                let inner = symbol.strip_prefix(ITEM_PREFIX).unwrap().to_string();
                symbol = mangle("", &format!("{inner}::{what}"), ItemKind::Lambda, &[]);
                within.push(what);
            }
            let parsed = parse(&symbol).unwrap_or_else(|| panic!("{symbol}"));
            assert_eq!((parsed.module, parsed.item, parsed.kind), (&*module, &*item, kind));
            assert_eq!(parsed.signature, words, "{symbol}");
            assert_eq!(parsed.within.len(), within.len(), "{symbol}");
            let parts = (module, item, kind, signature, within);
            if let Some(other) = known.get(&symbol) {
                assert_eq!(other, &parts, "{symbol}");
            }
            known.insert(symbol, parts);
        }
    }
}
