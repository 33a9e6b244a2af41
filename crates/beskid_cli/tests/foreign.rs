//! Functions of C (language.md §14.2) by both drivers: libraries that are made here, zlib, and libraries
//! or functions that are missing.

#![allow(clippy::print_stdout, reason = "a skipped check says why")]

mod workshop;

use std::path::Path;
use std::process::Command;

use workshop::{Ran, Workshop, finish};

/// Runs a program in memory and as an executable, at both levels; all must say the same.
fn everywhere(workshop: &Workshop, file: &str) -> Ran {
    let ran = workshop.run(&["run", file]);
    for level in [&[][..], &["--release"]] {
        let again = workshop.run(&[&["run", file], level].concat());
        assert_eq!((again.status, &again.stdout), (ran.status, &ran.stdout), "{again:?}");
        workshop.must(&[&["build", file, "-o", "program"], level].concat());
        let built = finish(&mut workshop.command(workshop.at("program")));
        assert_eq!((built.status, &built.stdout), (ran.status, &ran.stdout), "{built:?}");
    }
    ran
}

/// Makes a shared library of C, if there is a compiler.
fn library(workshop: &Workshop, name: &str, source: &str, options: &[&str]) -> bool {
    workshop.file("library.c", source);
    let arguments = ["-shared", "-fPIC", "-O1", "-o", name, "library.c"];
    match workshop.command("cc").args(arguments).args(options).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            true
        }
        Err(error) => {
            println!("skipped: no C compiler ({error})");
            false
        }
    }
}

const KINDS: &str = r#"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
int64_t widened(signed char a, unsigned char b, short c, unsigned short d, int e, unsigned f) {
    return a + b + c + d + e + (int64_t)f;
}
int8_t narrow(int n) { return (int8_t)n; }
uint16_t wrapped(int n) { return (uint16_t)n; }
float half(float x) { return x / 2; }
bool both(bool a, bool b) { return a && b; }
bool any(int n) { return n; }
double many(double a, double b, double c, double d, double e, double f, double g, double h, double i,
            double j, int64_t k, int64_t l, int64_t m, int64_t n, int64_t o, int64_t p, int64_t q,
            signed char r, bool s) {
    return a + 2*b + 3*c + 4*d + 5*e + 6*f + 7*g + 8*h + 9*i + 10*j
        + 100*(k + 2*l + 3*m + 4*n + 5*o + 6*p + 7*q + 8*r + 9*s);
}
void *same(void *address) { return address; }
void *nothing(void) { return 0; }
void double_all(int32_t *values, int64_t count) { for (int64_t i = 0; i < count; i++) values[i] *= 2; }
float sum(const float *values, int64_t count) { float s = 0; while (count--) s += *values++; return s; }
static const char *kept;
int first_letter(const char *text) { kept = text; return kept[0]; }
int said;
void say(const char *text) { said++; printf("C says %s\n", text); fflush(stdout); }
int how_often(void) { return said; }
__attribute__((constructor)) static void begin(void) { said = 10; }
"#;

const CALLS: &str = r#"
[Extern(Abi: "C", Library: "./libkinds.so")]
contract Kinds {
    i64 widened(i8 a, u8 b, i16 c, u16 d, i32 e, u32 f);
    i8 narrow(i32 n);
    u16 wrapped(i32 n);
    f32 half(f32 x);
    bool both(bool a, bool b);
    bool any(i32 n);
    f64 many(f64 a, f64 b, f64 c, f64 d, f64 e, f64 f, f64 g, f64 h, f64 i, f64 j,
             i64 k, i64 l, i64 m, i64 n, i64 o, i64 p, i64 q, i8 r, bool s);
    ptr same(ptr address);
    ptr nothing();
    unit double_all(i32[] values, i64 count);
    f32 sum(f32[] values, i64 count);
    i32 first_letter(string text);
    unit say(string text);
    i32 how_often();
}

unit main() {
    i8 a = -128;
    u8 b = 255;
    i16 c = -32768;
    u16 d = 65535;
    u32 f = 4000000000;
    println(Kinds.widened(a, b, c, d, -5, f));
    println("${Kinds.narrow(200)} ${Kinds.wrapped(-1)} ${Kinds.half(3.0)}");
    println("${Kinds.both(true, true)} ${Kinds.both(true, false)} ${Kinds.any(256)} ${Kinds.any(0)}");
    println(Kinds.many(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1, 1, 1, 1, 1, 1, 1, -1, true));
    let nothing = Kinds.nothing();
    println("${Kinds.same(nothing) == nothing} ${nothing}");
    let values = [1, 2, 3];
    Kinds.double_all(values, values.Len());
    println(values);
    println(Kinds.sum([0.5, 0.25, 1.0], 3));
    println(Kinds.first_letter("Beskid"));
    println(Kinds.how_often());
    for i in range(0, 3) { Kinds.say("turn ${i}"); }
    println(Kinds.how_often());
}
"#;

#[test]
fn all_kinds_of_values_pass() {
    let workshop = Workshop::new();
    if !library(&workshop, "libkinds.so", KINDS, &[]) {
        return;
    }
    workshop.file("kinds.bd", CALLS);
    let ran = everywhere(&workshop, "kinds.bd");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let mut lines: Vec<&str> = ran.stdout.lines().collect();
    // C writes at once, the program when its buffer is full or it ends.
    lines.retain(|line| !line.starts_with("C says "));
    let expected = [
        "4000032889",
        "-56 65535 1.5",
        "true false true false",
        "2955.0",
        "true 0x0",
        "[2, 4, 6]",
        "1.75",
        "66",
        "10",
        "13",
    ];
    assert_eq!(lines, expected);
    assert_eq!(ran.stdout.matches("C says turn ").count(), 3);
}

#[test]
fn what_c_still_holds_back_is_written_at_the_end() {
    let workshop = Workshop::new();
    let source = "[Extern(Abi: \"C\", Library: \"libc.so.6\")]\n\
                  contract C { i32 puts(string text); }\n\
                  i32 main() { C.puts(\"from C\"); println(\"from here\"); return 3; }\n";
    workshop.file("puts.bd", source);
    let ran = everywhere(&workshop, "puts.bd");
    assert_eq!((ran.status, ran.stderr.as_str()), (3, ""));
    assert_eq!(ran.stdout, "from here\nfrom C\n");
}

const ZLIB: &str = r#"
[Extern(Abi: "C", Library: "libz.so.1")]
contract Zlib {
    i32 compress(u8[] to, u64[] to_length, u8[] from, u64 length);
    i32 uncompress(u8[] to, u64[] to_length, u8[] from, u64 length);
    u64 compressBound(u64 length);
    u64 crc32(u64 crc, u8[] bytes, u32 length);
}
[Extern(Abi: "C", Library: "libz.so.1")]
contract Text { u64 adler32(u64 adler, string text, u32 length); }

unit main() {
    let count = 10000;
    let bytes = Array.Filled<u8>(count, 0);
    for i in range(0, count) { bytes[i] = cast<u8>(i % 7); }
    println(Zlib.crc32(0, bytes, cast<u32>(count)));
    println(Text.adler32(1, "Wikipedia", 9));
    let bound = Zlib.compressBound(cast<u64>(count));
    let packed = Array.Filled<u8>(cast<i64>(bound), 0);
    let packed_length = [bound];
    println(Zlib.compress(packed, packed_length, bytes, cast<u64>(count)));
    println(packed_length[0] < 200);
    let unpacked = Array.Filled<u8>(count, 0);
    let unpacked_length = [cast<u64>(count)];
    println(Zlib.uncompress(unpacked, unpacked_length, packed, packed_length[0]));
    println("${unpacked_length} ${unpacked == bytes}");
    let short = [cast<u64>(10)];
    println(Zlib.uncompress(Array.Filled<u8>(10, 0), short, packed, packed_length[0]));
}
"#;

/// Whether a library is on this machine, in any version.
fn has(library: &str) -> bool {
    let folders = ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib"];
    let found = folders.iter().any(|folder| Path::new(folder).join(library).exists());
    if !found {
        println!("skipped: no {library} on this machine");
    }
    found
}

#[test]
fn zlib_compresses() {
    if !has("libz.so.1") {
        return;
    }
    let workshop = Workshop::new();
    // By the name of its file, and by the name that linkers have for it.
    for library in ["libz.so.1", "z"] {
        workshop.file("zlib.bd", ZLIB.replace("libz.so.1", library));
        let ran = everywhere(&workshop, "zlib.bd");
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
        let lines: Vec<&str> = ran.stdout.lines().collect();
        assert_eq!(lines[1..], ["300286872", "0", "true", "0", "[10000] true", "-5"]);
    }
}

const SQLITE: &str = r#"
[Extern(Abi: "C", Library: "sqlite3")]
contract Sqlite {
    i32 sqlite3_open(string file, i64[] database);
    i32 sqlite3_exec(i64 database, string sql, i64 callback, i64 argument, i64 message);
    i32 sqlite3_prepare_v2(i64 database, string sql, i32 length, i64[] statement, i64 rest);
    i32 sqlite3_bind_double(i64 statement, i32 index, f64 value);
    i32 sqlite3_bind_text(i64 statement, i32 index, string text, i32 length, i64 destructor);
    i32 sqlite3_step(i64 statement);
    i64 sqlite3_column_int64(i64 statement, i32 column);
    f64 sqlite3_column_double(i64 statement, i32 column);
    i32 sqlite3_reset(i64 statement);
    i32 sqlite3_finalize(i64 statement);
    i32 sqlite3_close(i64 database);
}

/// What `sqlite3_step` says when there is a row, and when there is none left.
const i32 ROW = 100;
const i32 DONE = 101;
/// Asks for a copy of a text.
const i64 TRANSIENT = -1;

type Database { i64 handle }

impl Database {
    unit Run(string sql) {
        assert(Sqlite.sqlite3_exec(this.handle, sql, 0, 0, 0) == 0, sql);
    }

    i64 Prepare(string sql) {
        let statement = [cast<i64>(0)];
        assert(Sqlite.sqlite3_prepare_v2(this.handle, sql, -1, statement, 0) == 0, sql);
        return statement[0];
    }
}

unit main() {
    let handle = [cast<i64>(0)];
    assert(Sqlite.sqlite3_open(":memory:", handle) == 0);
    let database = Database { handle: handle[0] };
    database.Run("create table cities (name text, height real)");
    let insert = database.Prepare("insert into cities values (?1, ?2)");
    for i in range(0, 1000) {
        let name = "city ${i}";
        assert(Sqlite.sqlite3_bind_text(insert, 1, name, -1, TRANSIENT) == 0);
        assert(Sqlite.sqlite3_bind_double(insert, 2, cast<f64>(i) * 0.5) == 0);
        assert(Sqlite.sqlite3_step(insert) == DONE);
        assert(Sqlite.sqlite3_reset(insert) == 0);
    }
    assert(Sqlite.sqlite3_finalize(insert) == 0);

    let query = database.Prepare("select count(*), avg(height), sum(length(name)) from cities where height < 100");
    assert(Sqlite.sqlite3_step(query) == ROW);
    println(Sqlite.sqlite3_column_int64(query, 0));
    println(Sqlite.sqlite3_column_double(query, 1));
    println(Sqlite.sqlite3_column_int64(query, 2));
    assert(Sqlite.sqlite3_step(query) == DONE);
    assert(Sqlite.sqlite3_finalize(query) == 0);
    println(Sqlite.sqlite3_exec(database.handle, "select nonsense", 0, 0, 0));
    println(Sqlite.sqlite3_close(database.handle));
}
"#;

#[test]
fn sqlite_keeps_and_counts() {
    if !has("libsqlite3.so.0") {
        return;
    }
    let workshop = Workshop::new();
    workshop.file("sqlite.bd", SQLITE);
    let ran = everywhere(&workshop, "sqlite.bd");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    assert_eq!(ran.stdout, "200\n49.75\n1490\n1\n0\n");
}

#[test]
fn libraries_are_found_where_the_user_says() {
    let workshop = Workshop::new();
    let source = "int answer(void) { return 42; }\n";
    std::fs::create_dir(workshop.at("own")).unwrap();
    if !library(&workshop, "own/libanswer.so.2", source, &["-Wl,-soname,libanswer.so.2"]) {
        return;
    }
    for name in ["answer", "libanswer.so.2"] {
        workshop.file(
            "answer.bd",
            taking(name, "answer").replace("main()", "Main()") + "i32 main() => L.answer();\n",
        );
        let there = ["--library-path", "own"];
        assert_eq!(
            workshop.run(&[&["run", "answer.bd"], &there[..]].concat()).status,
            42,
            "{name}"
        );
        workshop.must(&[&["build", "answer.bd"], &there[..]].concat());
        // The output has no path in it: where the library lies is its user's business.
        assert_eq!(finish(&mut workshop.command("./answer")).status, 127);
        let mut command = workshop.command("./answer");
        assert_eq!(finish(command.env("LD_LIBRARY_PATH", "own")).status, 42, "{name}");
        let ran = workshop.run(&["run", "answer.bd"]);
        assert_eq!(ran.status, 1);
        assert!(ran.stderr.starts_with("error[E1905]"), "{ran:?}");
    }
}

fn taking(library: &str, function: &str) -> String {
    format!(
        "unit main() {{\n    println(\"begun\");\n    L.{function}();\n}}\n\
         [Extern(Abi: \"C\", Library: \"{library}\")]\ncontract L {{ i32 {function}(); }}\n"
    )
}

#[test]
fn a_missing_function_is_an_error_before_main() {
    let workshop = Workshop::new();
    workshop.file("missing.bd", taking("libc.so.6", "no_such_function_of_c"));
    for command in ["run", "build"] {
        let ran = workshop.run(&[command, "missing.bd"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{command}");
        let expected = "error[E1906]: the library `libc.so.6` has no function `no_such_function_of_c`\n \
                        --> missing.bd:6:18\n";
        assert!(ran.stderr.starts_with(expected), "{command}: {ran:?}");
        assert!(ran.stderr.contains("^^^^ it is declared here\n"), "{command}: {ran:?}");
    }
    // A name that is near is told when the library is there to be read.
    workshop.file("near.bd", taking("libc.so.6", "PRINTF"));
    let ran = workshop.run(&["build", "near.bd"]);
    assert!(ran.stderr.contains("= help: it has `printf`"), "{ran:?}");
}

#[test]
fn a_missing_library_is_an_error_before_main() {
    let workshop = Workshop::new();
    workshop.file("missing.bd", taking("libbeskid_no_such.so.1", "f"));
    let ran = workshop.run(&["run", "missing.bd"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    let expected = "error[E1905]: the library `libbeskid_no_such.so.1` cannot be loaded: ";
    assert!(ran.stderr.starts_with(expected), "{}", ran.stderr);
    assert!(ran.stderr.contains("--> missing.bd:6:18\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("^ this is taken from it\n"), "{}", ran.stderr);

    let ran = workshop.run(&["build", "missing.bd", "-o", "missing"]);
    assert_eq!(ran.status, 0);
    let note = "note: the library `libbeskid_no_such.so.1` is not on this machine; the program will look \
                for it when it starts\n";
    assert_eq!(ran.stderr, note);
    let started = finish(&mut workshop.command(workshop.at("missing")));
    assert_eq!((started.status, started.stdout.as_str()), (127, ""));
    assert!(started.stderr.contains("libbeskid_no_such.so.1"), "{}", started.stderr);
}

#[test]
fn a_file_that_is_no_library_is_an_error() {
    let workshop = Workshop::new();
    workshop.file("libtext.so", "this is text\n");
    workshop.file("text.bd", taking("./libtext.so", "f"));
    for command in ["run", "build"] {
        let ran = workshop.run(&[command, "text.bd"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{command}");
        let expected = "error[E1905]: the library `./libtext.so` cannot be ";
        assert!(ran.stderr.starts_with(expected), "{command}: {}", ran.stderr);
    }
}

#[test]
fn a_library_that_comes_after_the_build_is_used() {
    let workshop = Workshop::new();
    workshop.file("late.bd", taking("./liblate.so", "f"));
    let ran = workshop.run(&["build", "late.bd", "-o", "late"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    if !library(&workshop, "liblate.so", "int f(void) { return 1; }", &[]) {
        return;
    }
    let started = finish(&mut workshop.command(workshop.at("late")));
    assert_eq!((started.status, started.stdout.as_str()), (0, "begun\n"), "{started:?}");
    assert!(library(&workshop, "liblate.so", "int other(void) { return 1; }", &[]));
    let started = finish(&mut workshop.command(workshop.at("late")));
    assert_eq!(started.stdout, "");
    assert!(started.stderr.contains("undefined symbol: f"), "{}", started.stderr);
}

#[test]
fn a_library_brings_those_it_needs() {
    let workshop = Workshop::new();
    if !library(&workshop, "libinner.so", "int inner(void) { return 41; }", &[]) {
        return;
    }
    let options = ["-L.", "-linner", "-Wl,-rpath,$ORIGIN"];
    let source = "int inner(void); int outer(void) { return inner() + 1; }";
    assert!(library(&workshop, "libouter.so", source, &options));
    let program = "[Extern(Abi: \"C\", Library: \"./libouter.so\")]\ncontract L { i32 outer(); }\n\
                   unit main() { println(L.outer()); }\n";
    workshop.file("outer.bd", program);
    assert_eq!(everywhere(&workshop, "outer.bd").stdout, "42\n");
}

#[test]
fn a_crash_in_c_is_the_end_and_says_so() {
    let workshop = Workshop::new();
    let source = "[Extern(Abi: \"C\", Library: \"libc.so.6\")]\n\
                  contract C { ptr getenv(string name); u64 strlen(ptr text); unit abort(); }\n\
                  unit main() { println(\"begun\"); println(C.strlen(C.getenv(\"BESKID_NOT_SET\"))); }\n";
    workshop.file("crash.bd", source);
    let ran = workshop.run(&["run", "crash.bd"]);
    workshop.must(&["build", "crash.bd", "-o", "crash"]);
    let built = finish(&mut workshop.command(workshop.at("crash")));
    for ran in [&ran, &built] {
        assert_eq!((ran.status, ran.stdout.as_str()), (101, "begun\n"), "{ran:?}");
        assert!(ran.stderr.starts_with("panic: invalid memory access at 0x"), "{ran:?}");
        assert!(ran.stderr.ends_with("\n  in main at crash.bd:3:41\n"), "{ran:?}");
    }
}

#[test]
fn tests_may_call_foreign_functions() {
    let workshop = Workshop::new();
    let source = "[Extern(Abi: \"C\", Library: \"libm.so.6\")]\ncontract M { f64 floor(f64 x); }\n\
                  test Floors { assert(M.floor(2.5) == 2.0); }\n";
    workshop.file("floor.bd", source);
    for backend in ["jit", "aot"] {
        let shown = workshop.must(&["test", "floor.bd", "--backend", backend]);
        assert!(shown.contains("\n1 passed, 0 failed"), "{shown}");
    }
}

#[test]
fn other_linkers_link_libraries_too() {
    let workshop = Workshop::new();
    let source = "[Extern(Abi: \"C\", Library: \"libm.so.6\")]\ncontract M { f64 floor(f64 x); }\n\
                  unit main() { println(M.floor(-2.5)); }\n";
    workshop.file("floor.bd", source);
    for linker in ["builtin", "cc", "ld", "mold", "ld.lld"] {
        if linker != "builtin" && Command::new(linker).arg("--version").output().is_err() {
            println!("skipped: `{linker}` is not installed");
            continue;
        }
        let ran = workshop.run(&["build", "floor.bd", "-o", "floor", "--linker", linker]);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{linker}");
        let built = finish(&mut workshop.command(workshop.at("floor")));
        assert_eq!((built.status, built.stdout.as_str()), (0, "-3.0\n"), "{linker}: {built:?}");
    }
}
