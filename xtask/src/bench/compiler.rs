//! Speed of the compiler: a generated program in two sizes, and the smallest one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{fs, io};

use super::BenchCx;
use super::generate::program;
use super::measure::{median, median_of, milliseconds, once, ratio};

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
            // What an earlier build has kept is measured apart.
            command.env("BESKID_CACHE", "0");
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
    for arguments in [&["build"][..], &["build", "--release"][..]] {
        edits(cx, &large, arguments)?;
    }

    let hello = super::start_up::hello_beskid(cx)?;
    for arguments in [&["run"][..], &["build"][..], &["build", "--release"][..]] {
        let mut command = Command::new(&cx.beskid);
        command.args(arguments);
        if arguments[0] == "build" {
            command.arg("-o").arg(cx.folder.join("hello"));
        }
        command.env("BESKID_CACHE", "0").arg(&hello);
        let time = median_of(command, cx.runs.max(15))?;
        println!("{:<26} {:>14}", format!("{} hello", arguments.join(" ")), milliseconds(time));
    }
    Ok(())
}

/// Measures the first build, one without change, and those after changes of one function, with a cache of
/// their own.
fn edits(cx: &BenchCx, source: &Path, arguments: &[&str]) -> Result<(), String> {
    let failed = |path: &Path, error: io::Error| format!("{}: {error}", path.display());
    let cache = cx.folder.join("edits-cache");
    let edited = cx.folder.join("edited.bd");
    let text = fs::read_to_string(source).map_err(|error| failed(source, error))?;
    let build = |text: &str| {
        fs::write(&edited, text).map_err(|error| failed(&edited, error))?;
        let mut command = Command::new(&cx.beskid);
        command.args(arguments).arg("-o").arg(cx.folder.join("edited")).arg(&edited);
        once(command.env("BESKID_CACHE", &cache), None).map(|usage| usage.time)
    };
    let (mut first, mut unchanged, mut after) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..cx.runs {
        match fs::remove_dir_all(&cache) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed(&cache, error));
            }
            _ => {}
        }
        first.push(build(&text)?);
        unchanged.push(build(&text)?);
        let changed = text.replacen("value * 17 - 5", &format!("value * 17 - {}", run + 6), 1);
        if changed == text {
            return Err("the generated program has not the expression that is edited".to_owned());
        }
        after.push(build(&changed)?);
    }
    let mean = |a: Duration, b: Duration| (a + b) / 2;
    let first = median(first, mean);
    for (what, times) in [("unchanged", unchanged), ("one function edited", after)] {
        let time = median(times, mean);
        println!(
            "{:<42} {:>14} {:>6.3} of the first",
            format!("{} again, {what}", arguments.join(" ")),
            milliseconds(time),
            ratio(time, first)
        );
    }
    Ok(())
}

fn write(cx: &BenchCx, lines: usize) -> Result<(PathBuf, usize), String> {
    let text = program(lines);
    let path = cx.folder.join(format!("generated-{lines}.bd"));
    fs::write(&path, &text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok((path, text.lines().count()))
}
