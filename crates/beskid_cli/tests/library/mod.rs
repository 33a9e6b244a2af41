//! A library that uses everything, and what tests of libraries share.

#![allow(dead_code, reason = "every test binary has its own copy and uses a part of it")]

use std::collections::BTreeSet;
use std::process::Command;

use object::ObjectSymbol;

use crate::workshop::{Workshop, finish};

/// The library.
pub(crate) const LIBRARY: &str = r#"
/// A point.
pub type Point { i64 x }
impl Point {
    pub i64 Twice() => this.x * 2;
    i64 Hidden() => this.x;
}
type Secret { i64 x }
impl Secret { pub i64 Unreachable() => this.x; }

[Extern(Abi: "C", Library: "./libhelper.so")]
contract Helper { i64 call_back(i64 depth, string label, i64[] numbers); }

[Export(Name: "add")]
pub i64 Add(i64 a, i64 b) => a + b;
[Export(Name: "greet")]
pub string Greet(string name) => "Hello, ${name}!";
[Export(Name: "sum")]
pub f64 Sum(f64[] values) {
    let mut sum = 0.0;
    for value in values { sum += value; }
    return sum;
}
[Export(Name: "squares")]
pub i32[] Squares(i32 count) => Array.Generate<i32>(count, i => cast<i32>(i * i));
[Export(Name: "bytes")]
pub u8[] Bytes(u8[] bytes, string text) {
    if text.Len() == 0 { return []; }
    return Array.Generate<u8>(bytes.Len(), i => bytes[bytes.Len() - 1 - i]);
}
[Export(Name: "narrow")]
pub i8 Narrow(i8 a, u8 b, i16 c, u16 d, i32 e, u32 f, bool first) {
    println("${a} ${b} ${c} ${d} ${e} ${f}");
    return if first { a } else { cast<i8>(b) };
}
[Export(Name: "wide")]
pub u16 Wide(i64 x) => cast<u16>(x);
[Export(Name: "many")]
pub f64 Many(f64 a, f32 b, i64 c, f64 d, i64 e, f64 f, i64 g, f64 h, i64 i, f64 j, i64 k, f64 l, i64 m,
             f64 n, i64 o, f64 p, bool q) {
    let whole = c + 2 * e + 3 * g + 4 * i + 5 * k + 6 * m + 7 * o;
    let sum = a + cast<f64>(b) + d + f + h + j + l + n + p + cast<f64>(whole);
    return if q { sum } else { -sum };
}
[Export(Name: "negate")]
pub bool Negate(bool x) => !x;
[Export(Name: "same")]
pub ptr Same(ptr address) => address;
[Export(Name: "say")]
pub unit Say(string text) { println(text); }

/// Goes down through C, and allocates on each level.
[Export(Name: "nest")]
pub i64 Nest(i64 depth) {
    let label = "level ${depth}";
    let numbers = [depth, depth + 1];
    if depth == 0 { return 0; }
    let below = Helper.call_back(depth - 1, "to ${depth - 1}", [depth, 7]);
    if label != "level ${depth}" || numbers != [depth, depth + 1] { panic("a root was lost"); }
    return below + label.Len();
}
[Export(Name: "fail_below")]
pub i64 FailBelow(i64 depth) => if depth == 0 { Fail([1, 2], 5) } else { Helper.call_back(depth, "f", []) };
i64 Fail(i64[] numbers, i64 index) => numbers[index];
[Export(Name: "recurse")]
pub i64 Recurse(i64 depth) => if depth == 0 { 0 } else { 1 + Recurse(depth - 1) };

pub Point Make(i64 x) => Point { x: x };
pub T Generic<T>(T x) => x;
pub i64 Plain(i64 x) => x + 1;
i64 Private() => 1;
unit main() { println(Private()); }
"#;

/// What it takes functions from: `libhelper.so`.
pub(crate) const HELPER: &str = r#"
#include <stdint.h>
#include <string.h>
static int64_t (*call)(int64_t);
static const char *(*other)(const char *);
void set_call(int64_t (*function)(int64_t)) { call = function; }
void set_other(const char *(*function)(const char *)) { other = function; }
int64_t call_back(int64_t depth, const char *label, const int64_t *numbers) {
    char before[32];
    strcpy(before, label);
    int64_t number = label[0] == 't' ? numbers[1] : 7;
    /* A call before and one behind: each must find the frames of the caller. */
    if (other) other("first");
    int64_t result = call(depth);
    if (other) other("last");
    return strcmp(before, label) || number != 7 ? -1000000 : result;
}
"#;

/// Whether there is a C compiler; says so if there is none.
pub(crate) fn has_compiler() -> bool {
    let found = Command::new("cc").arg("--version").output().is_ok();
    if !found {
        println!("skipped: no C compiler");
    }
    found
}

/// Compiles C.
pub(crate) fn cc(workshop: &Workshop, arguments: &[&str]) {
    let ran = finish(workshop.command("cc").args(["-Wall", "-Wextra", "-Werror"]).args(arguments));
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{arguments:?}");
}

/// The symbols that a unit must give to others.
pub(crate) fn exported() -> BTreeSet<String> {
    let own = [
        "add",
        "greet",
        "sum",
        "squares",
        "bytes",
        "narrow",
        "wide",
        "many",
        "negate",
        "same",
        "say",
        "nest",
        "fail_below",
        "recurse",
    ];
    let mangled = [
        "Add$function(i64,i64,i64)",
        "Greet$function(str,str)",
        "Sum$function(Array[f64],f64)",
        "Squares$function(i32,Array[i32])",
        "Bytes$function(Array[u8],str,Array[u8])",
        "Narrow$function(i8,u8,i16,u16,i32,u32,bool,i8)",
        "Wide$function(i64,u16)",
        "Many$function(f64,f32,i64,f64,i64,f64,i64,f64,i64,f64,i64,f64,i64,f64,i64,f64,bool,f64)",
        "Negate$function(bool,bool)",
        "Same$function(ptr,ptr)",
        "Say$function(str,unit)",
        "Nest$function(i64,i64)",
        "FailBelow$function(i64,i64)",
        "Recurse$function(i64,i64)",
        "Make$function(i64,library.Point)",
        "Plain$function(i64,i64)",
        "Point::Twice$method(self,i64)",
    ];
    let mangled = mangled.iter().map(|item| format!("pn::library::{item}"));
    own.iter().map(|&name| name.to_owned()).chain(mangled).collect()
}

/// Global symbols of a symbol table, defined ones or the others.
pub(crate) fn names<'d>(
    symbols: impl Iterator<Item = impl ObjectSymbol<'d>>,
    defined: bool,
) -> BTreeSet<String> {
    symbols
        .filter(|symbol| symbol.is_global() && symbol.is_undefined() != defined)
        .map(|symbol| symbol.name().unwrap().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}
