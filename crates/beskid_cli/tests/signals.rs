//! Calls of the system that signals interrupt, and that do a part of their work: nothing is lost.
//!
//! A C library that the program calls installs a handler that lets calls be interrupted, makes a timer send
//! ten thousand signals a second, and the pipes of the program as small as the system lets it.

#![allow(clippy::print_stdout, reason = "a skipped check says why")]

mod workshop;

use std::fs;

use workshop::{Workshop, finish};

const STORM: &str = r#"
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

static volatile sig_atomic_t count;

static void handle(int number) { (void)number; count++; }

int storm_begins(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    struct itimerval every = { { 0, 100 }, { 0, 100 } };
    fcntl(0, F_SETPIPE_SZ, 4096);
    fcntl(1, F_SETPIPE_SZ, 4096);
    return sigaction(SIGALRM, &action, 0) || setitimer(ITIMER_REAL, &every, 0);
}

/* The library may be gone before the process is. */
int storm_ends(void) {
    struct itimerval never = { { 0, 0 }, { 0, 0 } };
    setitimer(ITIMER_REAL, &never, 0);
    signal(SIGALRM, SIG_IGN);
    return count;
}
"#;

const PROGRAM: &str = r#"
use System.FS;
use System.IO;
use System.IoError;
use System.Process;
use System.Time;
use System.Time.Duration;
use System.Time.Instant;

[Extern(Abi: "C", Library: "./libstorm.so")]
contract Storm {
    i32 storm_begins();
    i32 storm_ends();
}

Result<unit, IoError> main() {
    assert(Storm.storm_begins() == 0);
    // Many small writes and few large ones, each to a pipe that takes a part of it.
    i64 mut lines = 0;
    for line in IO.Lines() {
        println(line?);
        lines += 1;
    }
    IO.Stdout().Write("${lines}\n".Repeat(50_000))?;
    IO.Flush()?;
    let file = FS.TempFile()?;
    let text = "0123456789".Repeat(300_000);
    file.Write(text)?;
    assert(FS.ReadText(file.Path())? == text);
    FS.Delete(file.Path())?;
    let before = Instant.Now();
    Time.Sleep(Duration.Milliseconds(30));
    assert(before.Elapsed().IsLongerThan(Duration.Milliseconds(29)));
    let big = "x".Repeat(500_000);
    assert(Process.RunWithInput("cat", [], big).Unwrap().output == big);
    assert(Process.Run("sh", ["-c", "sleep 0.05; exit 7"]).Unwrap().status == 7);
    IO.ErrorLine(Storm.storm_ends() > 100);
    return Result::Ok(());
}
"#;

#[test]
fn signals_and_small_pipes_lose_nothing() {
    let workshop = Workshop::new();
    workshop.file("storm.c", STORM);
    workshop.file("program.bd", PROGRAM);
    let options = ["-Wall", "-Werror", "-shared", "-fPIC", "storm.c", "-o", "libstorm.so"];
    match workshop.command("cc").args(options).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        Err(_) => {
            println!("skipped: there is no C compiler to make signals with");
            return;
        }
    }
    workshop.must(&["build", "program.bd"]);
    let mut input: String = (0..20_000).map(|line| format!("line {line} of the input\n")).collect();
    input.push_str(&"long".repeat(100_000));
    input.push('\n');
    workshop.file("input", &input);
    let expected = input + &"20001\n".repeat(50_000);
    for program in
        [format!("'{}' run program.bd", env!("CARGO_BIN_EXE_beskid")), "./program".into()]
    {
        let line = format!("(cat input; sleep 0.05) | {program} | (sleep 0.05; cat) > output");
        let ran = finish(workshop.command("sh").arg("-c").arg(line));
        assert_eq!((ran.status, ran.stderr.as_str()), (0, "true\n"), "{program}");
        let output = fs::read_to_string(workshop.at("output")).unwrap();
        assert!(output == expected, "{program}: {} bytes", output.len());
    }
}
