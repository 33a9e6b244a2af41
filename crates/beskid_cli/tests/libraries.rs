//! Libraries (execution.md §6): C programs that call Beskid, which calls C, which calls Beskid.

#![allow(clippy::print_stdout, reason = "a skipped check says why")]

mod workshop;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use object::elf;
use object::read::elf::{Dyn, ElfFile64, FileHeader, ProgramHeader};
use object::{Endianness, Object, ObjectSymbol};
use workshop::{Ran, Workshop, finish};

/// Settings under which every mistake about a root shows.
const STRESS: [(&str, &str); 3] =
    [("BESKID_GC_STRESS", "1"), ("BESKID_GC_POISON", "1"), ("BESKID_GC_VERIFY", "1")];

const LIBRARY: &str = r#"
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

const HELPER: &str = r#"
#include <stdint.h>
#include <string.h>
static int64_t (*call)(int64_t);
void set_call(int64_t (*function)(int64_t)) { call = function; }
int64_t call_back(int64_t depth, const char *label, const int64_t *numbers) {
    char before[32];
    strcpy(before, label);
    int64_t number = label[0] == 't' ? numbers[1] : 7;
    int64_t result = call(depth);
    return strcmp(before, label) || number != 7 ? -1000000 : result;
}
"#;

const HOST: &str = r#"
#include "library.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
void set_call(int64_t (*function)(int64_t));
static int64_t fail_again(int64_t depth) { return fail_below(depth - 1); }
static void *second(void *unused) { (void)unused; add(1, 2); return 0; }
static void *overflow(void *unused) { (void)unused; recurse(100000000); return 0; }
static void in_thread(void *(*function)(void *)) {
    pthread_t thread;
    pthread_create(&thread, 0, function, 0);
    pthread_join(thread, 0);
}
static void all(void) {
    printf("%d\n", (int)add(40, 2));
    printf("%s\n", greet("C"));
    printf("%s\n", greet("\xff!"));
    printf("%s\n", greet(""));
    double values[] = {1.5, 2.5, 3};
    printf("%g %g\n", sum(values, 3), sum(0, 0));
    int64_t length = -1;
    const int32_t *numbers = squares(5, &length);
    for (int i = 0; i < length; i++) printf("%d ", numbers[i]);
    numbers = squares(3, 0);
    printf("%d\n", numbers[2]);
    uint8_t some[] = {1, 2, 3};
    const uint8_t *bytes_back = bytes(some, 3, "x", &length);
    printf("%d %d %d %d", (int)length, bytes_back[0], bytes_back[2], some[0]);
    printf(" %d", bytes(some, 3, "", &length) != 0);
    printf(" %d\n", (int)length);
    fflush(stdout);
    int small = narrow(-128, 255, -32768, 65535, -5, 4000000000u, true);
    printf("%d %d %d\n", small, narrow(0, 200, 0, 0, 0, 0, false), wide(-2));
    printf("%g\n", many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, true));
    printf("%d %d %d\n", negate(true), negate(false), same(&length) == &length);
    printf("first\n");
    fflush(stdout);
    say("second");
    printf("third\n");
    fflush(stdout);
    printf("%d\n", (int)nest(40));
}
int main(int count, char **words) {
    const char *word = count > 1 ? words[1] : "all";
    set_call(nest);
    if (!strcmp(word, "all")) all();
    if (!strcmp(word, "fail")) { set_call(fail_again); say("before"); fail_below(2); }
    if (!strcmp(word, "null")) greet(0);
    if (!strcmp(word, "null array")) sum(0, 2);
    if (!strcmp(word, "negative")) { double x; sum(&x, -1); }
    if (!strcmp(word, "overflow")) recurse(100000000);
    if (!strcmp(word, "overflow through C")) nest(100000000);
    if (!strcmp(word, "overflow elsewhere")) in_thread(overflow);
    if (!strcmp(word, "second thread")) { add(1, 2); in_thread(second); }
    if (!strcmp(word, "child")) {
        add(1, 2);
        pid_t child = fork();
        if (child == 0) add(1, 2);
        int status = 0;
        waitpid(child, &status, 0);
        add(1, 2);
        return WEXITSTATUS(status);
    }
    if (!strcmp(word, "child first")) {
        pid_t child = fork();
        if (child == 0) return (int)add(20, 22);
        int status = 0;
        add(1, 2);
        waitpid(child, &status, 0);
        return WEXITSTATUS(status);
    }
    if (!strcmp(word, "host")) { volatile int *volatile nowhere = 0; add(1, 2); *nowhere = 1; }
    if (!strcmp(word, "setting")) { setenv("BESKID_GC", "much", 1); add(1, 2); }
    return 0;
}
"#;

const ALL: &str = "42\nHello, C!\nHello, \u{fffd}!!\nHello, !\n7 0\n0 1 4 9 16 4\n3 3 1 1 1 0\n\
                   -128 255 -32768 65535 -5 4000000000\n0 200 0 0 0 0\n-128 -56 65534\n\
                   381\n0 1 1\nfirst\nsecond\nthird\n311\n";

/// Whether there is a C compiler; says so if there is none.
fn has_compiler() -> bool {
    let found = Command::new("cc").arg("--version").output().is_ok();
    if !found {
        println!("skipped: no C compiler");
    }
    found
}

/// Compiles C.
fn cc(workshop: &Workshop, arguments: &[&str]) {
    let ran = finish(workshop.command("cc").args(["-Wall", "-Wextra", "-Werror"]).args(arguments));
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{arguments:?}");
}

/// A folder with the sources, and what the library takes functions from.
fn sources() -> Workshop {
    let workshop = Workshop::new();
    workshop.file("library.bd", LIBRARY);
    workshop.file("helper.c", HELPER);
    workshop.file("host.c", HOST);
    // Without frame pointers, so that no walk of the stack can get through C's frames by luck.
    let options =
        ["-shared", "-fPIC", "-O2", "-fomit-frame-pointer", "-o", "libhelper.so", "helper.c"];
    cc(&workshop, &options);
    workshop
}

/// Builds the library in one way, and the host with it.
fn host(workshop: &Workshop, kind: &str, level: &[&str]) {
    let output = if kind == "shared" { "library.so" } else { "library.a" };
    let arguments = ["build", "library.bd", "--kind", kind, "--emit", "header", "-o", output];
    let ran = workshop.run(&[&arguments[..], level].concat());
    let note = "note: what is linked with the output needs the library `./libhelper.so`\n";
    let expected = if kind == "shared" { "" } else { note };
    assert_eq!((ran.status, ran.stderr.as_str()), (0, expected));
    let options =
        ["-O2", "-pthread", "-o", "host", "host.c", output, "libhelper.so", "-Wl,-rpath,."];
    cc(workshop, &options);
}

fn run(workshop: &Workshop, words: &[&str], stressed: bool) -> Ran {
    let mut command = workshop.command(workshop.at("host"));
    command.args(words);
    if stressed {
        command.envs(STRESS);
    }
    finish(&mut command)
}

#[test]
fn c_calls_beskid_calls_c_calls_beskid() {
    if !has_compiler() {
        return;
    }
    let workshop = sources();
    for kind in ["shared", "static"] {
        for level in [&[][..], &["--release"]] {
            host(&workshop, kind, level);
            for stressed in [false, true] {
                let ran = run(&workshop, &[], stressed);
                assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{kind} {level:?}");
                assert_eq!(ran.stdout, ALL, "{kind} {level:?} {stressed}");
            }
        }
    }
}

#[test]
fn what_goes_wrong_ends_the_process_and_says_where() {
    if !has_compiler() {
        return;
    }
    let workshop = sources();
    for kind in ["shared", "static"] {
        host(&workshop, kind, &[]);
        // The frames of the program on both sides of C's.
        let ran = run(&workshop, &["fail"], false);
        let expected = "panic: index 5 out of bounds for length 2\n\
                        \x20 at library.bd:64:39\n\
                        \x20 in Fail at library.bd:64:39\n\
                        \x20 in FailBelow at library.bd:63:49\n\
                        \x20 in FailBelow at library.bd:63:74\n\
                        \x20 in FailBelow at library.bd:63:74\n";
        assert_eq!((ran.status, ran.stderr.as_str()), (101, expected));
        assert_eq!(ran.stdout, "before\n");
        for (word, status, start) in [
            ("null", 101, "panic: C passed a null pointer for a string\n"),
            ("null array", 101, "panic: C passed a null pointer for an array of length 2\n"),
            ("negative", 101, "panic: negative array length -1\n"),
            ("overflow", 101, "panic: stack overflow\n  at library.bd:66:"),
            ("overflow through C", 101, "panic: stack overflow\n"),
            ("overflow elsewhere", 101, "panic: stack overflow\n  at library.bd:66:"),
            (
                "second thread",
                1,
                "error: a Beskid library belongs to the thread that called it first, and was called \
                 from a second thread\n",
            ),
            (
                "child",
                1,
                "error: a Beskid library was called in a child process, and belongs to the process that \
                 called it first\n",
            ),
            ("child first", 42, ""),
            ("setting", 1, "error: the environment variable BESKID_GC cannot be much\n"),
            // A fault of the host itself is none of the library's business.
            ("host", 128 + 11, ""),
        ] {
            let ran = run(&workshop, &[word], false);
            assert_eq!((ran.status, ran.stdout.as_str()), (status, ""), "{kind}, {word}: {ran:?}");
            assert!(ran.stderr.starts_with(start), "{kind}, {word}: {}", ran.stderr);
            assert!(word != "host" || ran.stderr.is_empty(), "{ran:?}");
        }
    }
}

/// The symbols that a unit must give to others.
fn exported() -> BTreeSet<String> {
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
fn names<'d>(
    symbols: impl Iterator<Item = impl ObjectSymbol<'d>>,
    defined: bool,
) -> BTreeSet<String> {
    symbols
        .filter(|symbol| symbol.is_global() && symbol.is_undefined() != defined)
        .map(|symbol| symbol.name().unwrap().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn libraries_give_what_is_public_and_nothing_else() {
    let workshop = Workshop::new();
    workshop.file("library.bd", LIBRARY);
    let missing = BTreeSet::from(["call_back".to_owned(), "environ".to_owned()]);
    for level in [&[][..], &["--release"]] {
        let build = |kind: &str, output: &str| {
            let arguments = ["build", "library.bd", "--kind", kind, "-o", output];
            assert_eq!(workshop.run(&[&arguments[..], level].concat()).status, 0);
            fs::read(workshop.at(output)).unwrap()
        };
        let bytes = build("shared", "library.so");
        let file = ElfFile64::<Endianness>::parse(&*bytes).unwrap();
        assert_eq!(names(file.dynamic_symbols(), true), exported());
        assert_eq!(names(file.dynamic_symbols(), false), missing);

        let bytes = build("static", "library.a");
        let archive = object::read::archive::ArchiveFile::parse(&*bytes).unwrap();
        let index = archive.symbols().unwrap().unwrap();
        let index = index.map(|s| String::from_utf8(s.unwrap().name().to_vec()).unwrap());
        assert_eq!(index.collect::<BTreeSet<_>>(), exported());
        let members: Vec<_> = archive.members().map(Result::unwrap).collect();
        let [member] = &members[..] else { panic!("{} members", members.len()) };
        let object = object::File::parse(member.data(&*bytes).unwrap()).unwrap();
        assert_eq!(names(object.symbols(), true), exported());
        assert_eq!(names(object.symbols(), false), missing);

        let bytes = build("object", "unit.o");
        let object = object::File::parse(&*bytes).unwrap();
        // With a `main` it is the object of a program.
        assert_eq!(names(object.symbols(), true), ["beskid_program".to_owned()].into());
        workshop.file("library.bd", LIBRARY.replace("unit main()", "unit Main()"));
        let bytes = build("object", "unit.o");
        let object = object::File::parse(&*bytes).unwrap();
        assert_eq!(names(object.symbols(), true), exported());
        workshop.file("library.bd", LIBRARY);
    }
}

#[test]
fn shared_libraries_are_hardened() {
    let workshop = Workshop::new();
    workshop.file("library.bd", LIBRARY);
    workshop.file("alone.bd", "pub i64 Twice(i64 x) => 2 * x;\n");
    for (source, needed) in [("library.bd", Some("./libhelper.so")), ("alone.bd", None)] {
        assert_eq!(workshop.run(&["build", source, "--kind", "shared", "-o", "out.so"]).status, 0);
        let bytes = fs::read(workshop.at("out.so")).unwrap();
        let file = ElfFile64::<Endianness>::parse(&*bytes).unwrap();
        let endian = file.endian();
        assert_eq!(file.elf_header().e_type(endian), elf::ET_DYN);
        let headers = file.elf_program_headers();
        let flags = |kind: u32| -> Vec<u32> {
            let of_kind = headers.iter().filter(|header| header.p_type(endian) == kind);
            of_kind.map(|header| header.p_flags(endian)).collect()
        };
        assert_eq!(flags(elf::PT_INTERP), [0; 0], "no interpreter");
        assert_eq!(flags(elf::PT_GNU_RELRO).len(), 1, "RELRO");
        assert_eq!(flags(elf::PT_GNU_STACK), [elf::PF_R | elf::PF_W], "no executable stack");
        let both = elf::PF_W | elf::PF_X;
        assert!(flags(elf::PT_LOAD).iter().all(|&flags| flags & both != both), "W^X");

        let sections = file.elf_section_table();
        let table = headers.iter().find_map(|header| header.dynamic(endian, &*bytes).unwrap());
        let entries: Vec<(i64, u64)> =
            table.unwrap().iter().map(|entry| (entry.d_tag(endian), entry.d_val(endian))).collect();
        for tag in [elf::DT_TEXTREL, elf::DT_RPATH, elf::DT_RUNPATH] {
            assert!(entries.iter().all(|&(other, _)| other != tag), "tag {tag}: {entries:x?}");
        }
        let has = |tag, flag: u32| {
            entries.iter().any(|&(other, value)| other == tag && value & u64::from(flag) != 0)
        };
        assert!(!has(elf::DT_FLAGS, elf::DF_TEXTREL));
        assert!(has(elf::DT_FLAGS, elf::DF_BIND_NOW) || has(elf::DT_FLAGS_1, elf::DF_1_NOW));
        let dynamic = sections.dynamic_table(endian, &*bytes).unwrap();
        let texts = |tag| -> Vec<String> {
            let of_tag = dynamic.iter().filter(|entry| entry.tag == tag);
            of_tag
                .map(|entry| String::from_utf8(dynamic.string(entry).unwrap().to_vec()).unwrap())
                .collect()
        };
        assert!(has(elf::DT_FLAGS_1, elf::DF_1_NODELETE), "never unloaded");
        assert_eq!(texts(elf::DT_SONAME), ["out.so"]);
        assert_eq!(texts(elf::DT_NEEDED), needed.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn libraries_live_side_by_side() {
    if !has_compiler() {
        return;
    }
    let workshop = Workshop::new();
    let source = |name: &str| {
        format!(
            "[Export(Name: \"{name}_join\")]\npub string Join(string a, string b) => \"{name}: \" + a + b;\n\
             [Export(Name: \"{name}_third\")]\npub i64 Third(i64[] numbers) => numbers[2];\n\
             [Export(Name: \"{name}_deep\")]\npub i64 Deep(i64 x) => if x == 0 {{ 0 }} else {{ 1 + Deep(x - 1) }};\n"
        )
    };
    let host = r#"
#include "one.h"
#include "two.h"
#include <stdio.h>
int main(int count, char **words) {
    (void)words;
    for (int i = 0; i < 1000; i++) {
        one_join("some", "text");
        two_join("some", "text");
    }
    printf("%s %s\n", one_join("a", "b"), two_join("c", "d"));
    fflush(stdout);
    int64_t numbers[2] = {1, 2};
    if (count == 1) return one_third(numbers, 2);
    if (count == 2) return two_deep(100000000);
    return one_deep(100000000);
}
"#;
    workshop.file("one.bd", source("one"));
    workshop.file("two.bd", source("two"));
    workshop.file("host.c", host);
    for (first, second) in [("shared", "shared"), ("static", "static"), ("static", "shared")] {
        let mut files = Vec::new();
        for (name, kind) in [("one", first), ("two", second)] {
            let output = format!("{name}.{}", if kind == "shared" { "so" } else { "a" });
            let file = format!("{name}.bd");
            workshop.must(&["build", &file, "--kind", kind, "--emit", "header", "-o", &output]);
            files.push(output);
        }
        cc(&workshop, &["-o", "host", "host.c", &files[0], &files[1], "-Wl,-rpath,."]);
        for (words, start) in [
            (&[][..], "panic: index 2 out of bounds for length 2\n  at one.bd:4:"),
            (&["1"], "panic: stack overflow\n  at two.bd:6:"),
            (&["1", "2"], "panic: stack overflow\n  at one.bd:6:"),
        ] {
            let ran = finish(workshop.command(workshop.at("host")).args(words).envs(STRESS));
            assert_eq!((ran.status, ran.stdout.as_str()), (101, "one: ab two: cd\n"), "{ran:?}");
            assert!(ran.stderr.starts_with(start), "{first}, {second}: {}", ran.stderr);
        }
    }
}

#[test]
fn headers_are_c_and_cpp() {
    let workshop = Workshop::new();
    let source = "[Export(Name: \"odd\")]\n\
                  pub f32[] Odd(i64 int, string class, bool[] flags, u16[] size, ptr size_length) => [];\n";
    workshop.file("odd.bd", source);
    let ran = workshop.run(&["build", "odd.bd", "--kind", "shared"]);
    assert!(ran.stderr.contains("E1901"), "arrays of bools do not pass: {ran:?}");
    workshop.file("odd.bd", source.replace("bool[] flags", "u8[] flags"));
    workshop.must(&["build", "odd.bd", "--kind", "shared", "--emit", "header"]);
    let header = fs::read_to_string(workshop.at("libodd.h")).unwrap();
    let expected = "const float *odd(int64_t p_int, const char *p_class, const uint8_t *flags, int64_t \
                    flags_length, const uint16_t *size, int64_t size_length, void *size_length_, \
                    int64_t *result_length);\n";
    assert!(header.contains(expected), "{header}");
    if !has_compiler() {
        return;
    }
    workshop.file("use.c", "#include \"libodd.h\"\nint main(void) { return odd != 0 ? 0 : 1; }\n");
    let options = ["-Wno-address", "-pedantic", "libodd.so", "-Wl,-rpath,.", "-o", "use"];
    cc(&workshop, &[&["use.c"], &options[..]].concat());
    if Command::new("c++").arg("--version").output().is_err() {
        println!("skipped: no C++ compiler");
        return;
    }
    cc(&workshop, &[&["-x", "c++", "use.c", "-x", "none"], &options[..]].concat());
}

#[test]
fn python_calls_a_shared_library() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: no Python");
        return;
    }
    let workshop = Workshop::new();
    let source = "[Export(Name: \"greet\")]\npub string Greet(string name) => \"Hello, ${name}!\";\n\
                  [Export(Name: \"share\")]\npub i64 Share(i64 all, i64 parts) { println(all); return all / parts; }\n";
    workshop.file("python.bd", source);
    workshop.must(&["build", "python.bd", "--kind", "shared", "-o", "python.so"]);
    let script = "import ctypes\n\
                  library = ctypes.CDLL('./python.so')\n\
                  library.greet.restype = ctypes.c_char_p\n\
                  for _ in range(1000): library.greet(b'x')\n\
                  print(library.greet('Pythön'.encode()).decode(), flush=True)\n\
                  share = library['pn::python::Share$function(i64,i64,i64)']\n\
                  print(share(ctypes.c_int64(7), ctypes.c_int64(2)), flush=True)\n\
                  library.share(ctypes.c_int64(8), ctypes.c_int64(0))\n";
    workshop.file("script.py", script);
    let mut command = workshop.command("python3");
    let ran = finish(command.arg("script.py").env("PYTHONIOENCODING", "utf-8").envs(STRESS));
    assert_eq!((ran.status, ran.stdout.as_str()), (101, "Hello, Pythön!\n7\n3\n8\n"), "{ran:?}");
    assert!(ran.stderr.starts_with("panic: division by zero\n  at python.bd:4:"), "{ran:?}");
}

#[test]
fn other_linkers_link_shared_libraries() {
    if !has_compiler() {
        return;
    }
    let workshop = sources();
    host(&workshop, "shared", &[]);
    for linker in ["cc", "ld", "mold", "ld.lld"] {
        if Command::new(linker).arg("--version").output().is_err() {
            println!("skipped: `{linker}` is not installed");
            continue;
        }
        let arguments = ["build", "library.bd", "--kind", "shared", "-o", "library.so", "--linker"];
        let ran = workshop.run(&[&arguments[..], &[linker]].concat());
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{linker}");
        let bytes = fs::read(workshop.at("library.so")).unwrap();
        let file = ElfFile64::<Endianness>::parse(&*bytes).unwrap();
        assert_eq!(names(file.dynamic_symbols(), true), exported(), "{linker}");
        assert_eq!(run(&workshop, &[], true).stdout, ALL, "{linker}");
    }
}

#[test]
fn libraries_are_reproducible() {
    let (first, second) = (Workshop::new(), Workshop::new());
    for kind in ["shared", "static"] {
        let build = |workshop: &Workshop, threads: &str| {
            workshop.file("library.bd", LIBRARY);
            let arguments = ["build", "library.bd", "--kind", kind, "-o", "out"];
            let ran = finish(workshop.beskid().args(arguments).env("RAYON_NUM_THREADS", threads));
            assert_eq!(ran.status, 0, "{ran:?}");
            fs::read(workshop.at("out")).unwrap()
        };
        assert!(build(&first, "2") == build(&second, "1"), "{kind}");
    }
}

#[test]
fn what_cannot_be_a_library_is_an_error() {
    let workshop = Workshop::new();
    workshop.file("nothing.bd", "i64 F() => 1;\npub T G<T>(T x) => x;\n");
    for kind in ["shared", "static", "object"] {
        let ran = workshop.run(&["build", "nothing.bd", "--kind", kind]);
        assert_eq!(ran.status, 1, "{kind}");
        assert!(ran.stderr.starts_with("error[E4006]: there is nothing to export\n"), "{ran:?}");
    }
    workshop.file("program.bd", "unit main() { }\n");
    let ran = workshop.run(&["build", "program.bd", "--emit", "header"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.starts_with("error[E4001]: an executable has no header\n"), "{ran:?}");
    workshop.file("maths.bd", "pub i64 Twice(i64 x) => 2 * x;\n");
    for triple in ["aarch64-unknown-linux-gnu", "x86_64-apple-darwin"] {
        let ran =
            workshop.run(&["build", "maths.bd", "--kind", "shared", "--target-triple", triple]);
        assert_eq!(ran.status, 1, "{triple}");
        let ran =
            workshop.run(&["build", "maths.bd", "--kind", "object", "--target-triple", triple]);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{triple}");
    }
}

#[test]
fn outputs_have_names_of_libraries() {
    let workshop = Workshop::new();
    workshop.file("maths.bd", "pub i64 Twice(i64 x) => 2 * x;\n");
    workshop.must(&["build", "maths.bd", "--kind", "shared", "--emit", "header,obj"]);
    workshop.must(&["build", "maths.bd", "--kind", "static"]);
    for name in ["libmaths.so", "libmaths.h", "libmaths.o", "libmaths.a"] {
        assert!(workshop.at(name).exists(), "{name}");
    }
}
