//! The smallest program: time from start to end, and size.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::BenchCx;
use super::measure::{Contender, medians, milliseconds, ratio};
use crate::command::output;

const RUNS: usize = 201;

/// Measures and prints.
pub(super) fn run(cx: &BenchCx) -> Result<(), String> {
    println!(
        "\nhello, start to end, median of {RUNS} interleaved runs; size as built and stripped"
    );
    let mut built = vec![("Beskid", build_beskid(cx)?)];
    if let Some(c) = &cx.peers.c {
        let source = cx.folder.join("hello.c");
        let text =
            "#include <stdio.h>\n\nint main(void) {\n    puts(\"hello\");\n    return 0;\n}\n";
        fs::write(&source, text).map_err(|error| format!("{}: {error}", source.display()))?;
        let executable = cx.folder.join("hello-c");
        output(Command::new(c).args(["-O2", "-static", "-o"]).arg(&executable).arg(&source))?;
        built.push(("C, static", executable));
    }
    if let Some(go) = &cx.peers.go {
        let source = cx.folder.join("hello.go");
        let text = "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println(\"hello\")\n}\n";
        fs::write(&source, text).map_err(|error| format!("{}: {error}", source.display()))?;
        let executable = cx.folder.join("hello-go");
        output(
            Command::new(go)
                .args(["build", "-o"])
                .arg(&executable)
                .arg(&source)
                .env("GOCACHE", cx.folder.join("go-cache")),
        )?;
        built.push(("Go", executable));
    }
    let mut contenders: Vec<Contender> = built
        .iter()
        .map(|(name, executable)| Contender {
            name,
            command: Command::new(executable),
            input: None,
        })
        .collect();
    let usages = medians(&mut contenders, RUNS)?;
    let beskid = usages[0].1.time;
    for ((name, usage), (_, executable)) in usages.iter().zip(&built) {
        println!(
            "{name:<26} {:>14} {:>10.2} {:>14} {:>14}",
            milliseconds(usage.time),
            ratio(beskid, usage.time),
            size(executable),
            stripped_size(executable)
        );
    }
    Ok(())
}

/// The program that says hello.
pub(super) fn hello_beskid(cx: &BenchCx) -> Result<PathBuf, String> {
    let source = cx.folder.join("hello.bd");
    let text = "i32 main() {\n    println(\"hello\");\n    return 0;\n}\n";
    fs::write(&source, text).map_err(|error| format!("{}: {error}", source.display()))?;
    Ok(source)
}

fn build_beskid(cx: &BenchCx) -> Result<PathBuf, String> {
    let source = hello_beskid(cx)?;
    let executable = cx.folder.join("hello-beskid");
    output(
        Command::new(&cx.beskid).args(["build", "--release", "-o"]).arg(&executable).arg(source),
    )?;
    Ok(executable)
}

fn size(path: &Path) -> String {
    fs::metadata(path).map_or("-".to_owned(), |metadata| format!("{} bytes", metadata.len()))
}

fn stripped_size(executable: &Path) -> String {
    let stripped = executable.with_extension("stripped");
    match output(Command::new("strip").arg("-o").arg(&stripped).arg(executable)) {
        Ok(_) => size(&stripped),
        Err(_) => "no strip".to_owned(),
    }
}
