//! Speed of the compiler: a generated program in two sizes, and the smallest one.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::BenchCx;
use super::generate::program;
use super::measure::{median_of, milliseconds, ratio};

const LARGE: usize = 50_000;
const SMALL: usize = 2_500;

/// Measures and prints.
pub(super) fn run(cx: &BenchCx) -> Result<(), String> {
    println!("\ncompiler, median of {} runs", cx.runs);
    let (large, large_lines) = write(cx, LARGE)?;
    let (small, small_lines) = write(cx, SMALL)?;
    println!("{:<26} {:>14} {:>14} {:>10} {:>16}", "", "large", "small", "ratio", "lines a second");
    let sizes = large_lines as f64 / small_lines as f64;
    for (name, arguments, cores) in [
        ("check, one core", &["check"][..], Some("1")),
        ("check", &["check"][..], None),
        ("build, one core", &["build"][..], Some("1")),
        ("build", &["build"][..], None),
        ("build --release", &["build", "--release"][..], None),
    ] {
        let time = |source: &PathBuf| {
            let mut command = Command::new(&cx.beskid);
            command.args(arguments);
            if arguments[0] == "build" {
                command.arg("-o").arg(cx.folder.join("generated"));
            }
            if let Some(cores) = cores {
                command.env("RAYON_NUM_THREADS", cores);
            }
            command.arg(source);
            median_of(command, cx.runs)
        };
        let (large, small): (Duration, Duration) = (time(&large)?, time(&small)?);
        println!(
            "{name:<26} {:>14} {:>14} {:>10.2} {:>16.0}",
            milliseconds(large),
            milliseconds(small),
            ratio(large, small),
            large_lines as f64 / large.as_secs_f64()
        );
    }
    println!("({large_lines} and {small_lines} lines: linear time is a ratio of {sizes:.1})");

    let hello = super::start_up::hello_beskid(cx)?;
    for arguments in [&["run"][..], &["build"][..], &["build", "--release"][..]] {
        let mut command = Command::new(&cx.beskid);
        command.args(arguments);
        if arguments[0] == "build" {
            command.arg("-o").arg(cx.folder.join("hello"));
        }
        command.arg(&hello);
        let time = median_of(command, cx.runs.max(15))?;
        println!("{:<26} {:>14}", format!("{} hello", arguments.join(" ")), milliseconds(time));
    }
    Ok(())
}

fn write(cx: &BenchCx, lines: usize) -> Result<(PathBuf, usize), String> {
    let text = program(lines);
    let path = cx.folder.join(format!("generated-{lines}.bd"));
    fs::write(&path, &text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok((path, text.lines().count()))
}
