//! Libraries (execution.md §6): C programs that call Beskid, which calls C, which calls Beskid.

#![allow(clippy::print_stdout, reason = "a skipped check says why")]

mod library;
mod workshop;

use std::fs;
use std::process::Command;

use beskid_conformance::corpus::repository_root;
use library::{HELPER, LIBRARY, cc, exported, has_compiler, names};
use object::Endianness;
use object::Object;
use object::read::elf::ElfFile64;
use workshop::{Ran, Workshop, finish};

/// Settings under which every mistake about a root shows.
const STRESS: [(&str, &str); 3] =
    [("BESKID_GC_STRESS", "1"), ("BESKID_GC_POISON", "1"), ("BESKID_GC_VERIFY", "1")];

const HOST: &str = r#"
#include "library.h"
#include <execinfo.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
void set_call(int64_t (*function)(int64_t));
void set_other(const char *(*function)(const char *));
static int64_t fail_again(int64_t depth) { return fail_below(depth - 1); }
static int64_t frames(int64_t unused) { void *all[64]; return backtrace(all, 64) + 0 * unused; }
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
    if (!strcmp(word, "all")) { set_other(greet); all(); }
    if (!strcmp(word, "fail")) { set_call(fail_again); say("before"); fail_below(2); }
    if (!strcmp(word, "unwind")) { set_call(frames); return nest(1) >= 13 ? 42 : (int)nest(1); }
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
            // Six frames at least, that of `main` among them, and the length of a text.
            ("unwind", 42, ""),
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
fn the_guide_shows_what_works() {
    let path = repository_root().join("docs/guide/c.md");
    let guide = fs::read_to_string(path).unwrap();
    let block = |fence: &str| {
        let (_, rest) = guide.split_once(&format!("```{fence}\n")).unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    };
    let workshop = Workshop::new();
    workshop.file("maths.bd", block("beskid"));
    workshop.must(&["build", "--release", "maths.bd", "--kind", "shared", "--emit", "header"]);
    workshop.must(&["build", "--release", "maths.bd", "--kind", "static"]);
    if has_compiler() {
        workshop.file("main.c", block("c"));
        for library in ["libmaths.so", "libmaths.a"] {
            cc(&workshop, &["main.c", library, "-Wl,-rpath,.", "-o", "main"]);
            let ran = finish(&mut workshop.command(workshop.at("main")));
            assert_eq!((ran.status, ran.stdout.as_str()), (0, "mean 3.0\n"), "{library}");
        }
    }
    if Command::new("python3").arg("--version").output().is_ok() {
        workshop.file("maths.py", block("python"));
        let ran = finish(workshop.command("python3").arg("maths.py"));
        assert_eq!((ran.status, ran.stdout.as_str()), (0, "mean 3.0\n"));
    }
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
