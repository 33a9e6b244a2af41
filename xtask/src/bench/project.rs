//! A workspace of many modules: its check, its build, the build that has nothing to do, and the time from a save
//! of a file to its diagnostic under `--watch`.
//!
//! *Invariants.* The cache is one of its own, and empty at the beginning.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::BenchCx;
use super::generate::module;
use super::measure::{median_of, milliseconds};

/// Libraries, and an application that uses them.
const MEMBERS: usize = 4;
const MODULES: usize = 50;
const LINES: usize = 500;
/// Modules of the project that is watched.
const WATCHED: usize = 20;

/// Measures and prints.
pub(super) fn run(cx: &BenchCx) -> Result<(), String> {
    let folder = cx.folder.join("workspace");
    // Commands run elsewhere.
    let beskid =
        cx.beskid.canonicalize().map_err(|error| format!("{}: {error}", cx.beskid.display()))?;
    let lines = workspace(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    println!(
        "\nworkspace of {} modules, {lines} lines, median of {} runs",
        MEMBERS * MODULES,
        cx.runs
    );
    let cache = cx.folder.join("workspace-cache");
    // It may not be there.
    let _ = fs::remove_dir_all(&cache);
    let command = |cache: &Path, arguments: &[&str]| {
        let mut command = Command::new(&beskid);
        command.args(arguments).current_dir(&folder).env("BESKID_CACHE", cache);
        command
    };
    let show = |name: &str, time: Duration| println!("{name:<34} {:>14}", milliseconds(time));
    let nothing = Path::new("0");
    show("check", median_of(command(nothing, &["check"]), cx.runs)?);
    show(
        "check --member app",
        median_of(command(nothing, &["check", "--member", "app"]), cx.runs)?,
    );
    show("build", median_of(command(nothing, &["build"]), cx.runs.min(3))?);
    // The first run, which does not count, fills the cache.
    show("build, nothing changed", median_of(command(&cache, &["build"]), cx.runs)?);
    watched(cx, &beskid, &folder)
}

/// From saves to diagnostics.
fn watched(cx: &BenchCx, beskid: &Path, around: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", around.display());
    let folder = around.join("watched");
    let lines = project(&folder, "watched", WATCHED, &[]).map_err(failed)?;
    let mut child = Command::new(beskid)
        .args(["check", "--watch", "--message-format", "short"])
        .current_dir(&folder)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let times = saves(&mut child, &folder.join("Src/M7.bd"), cx.runs);
    // It has no other end.
    let _ = child.kill();
    let _ = child.wait();
    let mut times = times.map_err(failed)?;
    times.sort();
    let (median, longest) = (times[times.len() / 2], times[times.len() - 1]);
    println!(
        "{:<34} {:>14}   at most {} ({lines} lines)",
        "save to diagnostic, check --watch",
        milliseconds(median),
        milliseconds(longest)
    );
    Ok(())
}

fn saves(child: &mut Child, file: &Path, runs: usize) -> std::io::Result<Vec<Duration>> {
    let stderr = child.stderr.take().ok_or_else(|| std::io::Error::other("no standard error"))?;
    let mut lines = BufReader::new(stderr).lines();
    let mut wait_for = |text: &str| -> std::io::Result<()> {
        loop {
            match lines.next() {
                Some(line) if line.as_ref().is_ok_and(|line| line.contains(text)) => return Ok(()),
                Some(line) => drop(line?),
                None => return Err(std::io::Error::other("the command has ended")),
            }
        }
    };
    let text = fs::read_to_string(file)?;
    let mut times = Vec::new();
    wait_for("waiting for a change")?;
    for _ in 0..runs {
        let begun = Instant::now();
        fs::write(file, format!("{text}i32 Wrong() => true;\n"))?;
        wait_for("error[E1207]")?;
        times.push(begun.elapsed());
        wait_for("waiting for a change")?;
        fs::write(file, &text)?;
        wait_for("waiting for a change")?;
    }
    Ok(times)
}

/// Writes the workspace; gives its number of lines.
fn workspace(folder: &Path) -> std::io::Result<usize> {
    let libraries: Vec<String> = (1..MEMBERS).map(|number| format!("Lib{number}")).collect();
    let mut lines = 0;
    let mut text = String::from("workspace { name = \"Generated\" }\n");
    for library in &libraries {
        let _ = writeln!(text, "member \"{library}\" {{ path = \"{library}\" }}");
        lines += project(&folder.join(library), library, MODULES, &[])?;
    }
    text.push_str("member \"app\" { path = \"app\" }\n");
    lines += project(&folder.join("app"), "app", MODULES, &libraries)?;
    fs::write(folder.join("Workspace.proj"), text)?;
    Ok(lines)
}

/// Writes a project; with libraries that it uses it is an application. Gives its number of lines.
fn project(
    folder: &Path,
    name: &str,
    modules: usize,
    libraries: &[String],
) -> std::io::Result<usize> {
    let source = folder.join("Src");
    fs::create_dir_all(&source)?;
    let text = module(LINES);
    for number in 0..modules {
        fs::write(source.join(format!("M{number}.bd")), &text)?;
    }
    let mut manifest = format!("project {{ name = \"{name}\" }}\n");
    let mut main = String::from("unit main() {\n    i64 mut total = 0;\n");
    if libraries.is_empty() {
        manifest.push_str("target \"Lib\" { kind = Lib }\n");
    } else {
        manifest.push_str("target \"App\" { kind = App  entry = \"Main.bd\" }\n");
        for module in 0..modules {
            let _ = writeln!(main, "    total += M{module}.Total();");
        }
        for library in libraries {
            let _ = writeln!(manifest, "dependency \"{library}\" {{ path = \"../{library}\" }}");
            for module in 0..modules {
                let _ = writeln!(main, "    total += {library}.M{module}.Total();");
            }
        }
        main.push_str("    println(total);\n}\n");
        fs::write(source.join("Main.bd"), main)?;
    }
    fs::write(folder.join("Project.proj"), manifest)?;
    Ok(text.lines().count() * modules)
}
