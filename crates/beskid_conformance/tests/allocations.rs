//! How often programs allocate: the trace of a stressed collector has a line for each allocation.
//!
//! *Invariants.* The numbers hold in both drivers. What is promised not to allocate does not by its form, at
//! both optimisation levels; objects that stay in their function are gone where code is optimised.

use std::path::Path;

use beskid_conformance::binary::{Beskid, limits};
use beskid_conformance::corpus::repository_root;
use beskid_conformance::matrix::Heap;
use beskid_conformance::process;
use tempfile::TempDir;

const TRACED: [(&str, &str); 2] = [("BESKID_GC_STRESS", "1"), ("BESKID_GC_TRACE", "1")];

/// Runs a program in all ways; each has to print the text and to allocate so often.
fn allocates(times: usize, prints: &str, text: &str) {
    allocates_at([times; 2], prints, text);
}

/// The same with a number for each level of optimisation.
fn allocates_at(times: [usize; 2], prints: &str, text: &str) {
    let beskid = Beskid::locate(&repository_root()).unwrap();
    let folder = TempDir::new().unwrap();
    let source = folder.path().join("program.bd");
    std::fs::write(&source, text).unwrap();
    let source = source.to_str().unwrap();
    for (level, times) in [&[][..], &["--release"]].into_iter().zip(times) {
        let mut jit = beskid.command(&["run"]);
        jit.args(level).arg(source);
        check(&mut jit, times, prints, &format!("run {level:?}"));
        let executable = folder.path().join("program");
        let mut build = beskid.command(&["build", "-o", executable.to_str().unwrap()]);
        build.args(level).arg(source);
        let built = process::run(&mut build, b"", limits(Heap::Normal)).unwrap();
        assert!(built.stderr.is_empty(), "{}", String::from_utf8_lossy(&built.stderr));
        check(&mut beskid.program(Path::new(&executable)), times, prints, &format!("{level:?}"));
    }
}

fn check(command: &mut std::process::Command, times: usize, prints: &str, way: &str) {
    command.envs(TRACED);
    let ran = process::run(command, b"", limits(Heap::Stress)).unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stdout), prints, "{way}");
    let stderr = String::from_utf8_lossy(&ran.stderr);
    let allocations = stderr.lines().filter(|line| line.starts_with("allocation ")).count();
    assert_eq!(allocations, times, "{way}\n{stderr}");
}

#[test]
fn an_iterator_of_options_allocates_nothing() {
    let text = "
        type Count { i64 at, i64 end }
        impl Count {
            Option<i64> Next() {
                if this.at == this.end { return Option::None; }
                this.at += 1;
                return Option::Some(this.at);
            }
        }
        unit main() {
            i64 mut sum = 0;
            for x in (Count { at: 0, end: 1000 }) { sum += x; }
            println(sum);
        }";
    // The iterator itself, unless it became locals.
    allocates_at([1, 0], "500500\n", text);
}

#[test]
fn a_chain_of_results_allocates_nothing() {
    let text = "
        Result<i64, i32> Half(i64 x) {
            if x % 2 == 1 { return Result::Error(7); }
            return Result::Ok(x / 2);
        }
        Result<i64, i32> Quarter(i64 x) => Result::Ok(Half(Half(x)?)?);
        unit main() {
            i64 mut sum = 0;
            for x in range(cast<i64>(0), 1000) {
                sum += match Quarter(x) { Result::Ok(value) => value, Result::Error(e) => cast<i64>(e) };
            }
            println(sum);
        }";
    allocates(0, "36375\n", text);
}

#[test]
fn a_match_on_a_small_enum_allocates_nothing() {
    let text = "
        enum Step { Up(i32 by), Down(i32 by, i32 more), Stay }
        Step Choose(i32 x) => match x % 3 { 0 => Step::Up(x), 1 => Step::Down(x, 1), _ => Step::Stay };
        unit main() {
            let mut sum = 0;
            for x in range(0, 999) {
                sum += match Choose(x) { Step::Up(by) => by, Step::Down(by, more) => -by - more, Step::Stay => 0 };
            }
            println(sum);
        }";
    allocates(0, "-666\n", text);
}

#[test]
fn functions_without_captures_allocate_nothing() {
    let text = "
        i32 Twice((i32) -> i32 f, i32 x) => f(f(x));
        i32 Double(i32 x) => x * 2;
        unit main() {
            let mut sum = 0;
            for i in range(0, 100) { sum += Twice(x => x + 1, i) + Twice(Double, i); }
            println(sum);
        }";
    allocates(0, "24950\n", text);
}

#[test]
fn contract_values_of_objects_and_dispatch_allocate_nothing() {
    let text = "
        contract Shape { i64 Area(); }
        type Square : Shape { i64 side }
        impl Square { i64 Area() => this.side * this.side; }
        i64 Measure(Shape shape) => shape.Area();
        T Largest<T : Comparable>(T a, T b) => if a < b { b } else { a };
        unit main() {
            let square = Square { side: 3 };
            i64 mut sum = 0;
            for i in range(0, 100) { sum += Measure(square) + Largest(cast<i64>(1), 2); }
            println(sum);
        }";
    allocates_at([1, 0], "1100\n", text);
}

#[test]
fn events_allocate_nothing_themselves() {
    let text = "
        type Bell { i32 rung, event{4} Ring(i32 times) }
        impl Bell { unit Press(i32 times) { this.Ring(times); } }
        unit Ignore(i32 times) { }
        unit main() {
            let bell = Bell { rung: 0 };
            for i in range(0, 100) {
                bell.Ring += Ignore;
                bell.Press(i);
                bell.Ring -= Ignore;
            }
            println(bell.rung);
        }";
    allocates(1, "0\n", text);
}

#[test]
fn ranges_arrays_and_strings_iterate_without_allocating() {
    let text = "
        unit main() {
            let numbers = [1, 2, 3];
            let mut sum = 0;
            for i in range(0, 100, 3) { sum += i; }
            for n in numbers { sum += n; }
            for c in \"h\\u{e9}llo\" { sum += cast<i32>(c); }
            println(sum);
        }";
    allocates(1, "2353\n", text);
}

#[test]
fn a_pipeline_allocates_nothing() {
    let text = "
        unit main() {
            let factor = 3;
            let sum = range(0, 1000)
                .Where(x => x % 2 == 0)
                .Select(x => x * factor)
                .Skip(10)
                .TakeWhile(x => x < 2000)
                .Sum();
            println(sum);
        }";
    // Range, iterator, four steps, and the closure that captures.
    allocates_at([7, 0], "333396\n", text);
}
