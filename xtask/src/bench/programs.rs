//! `benches/`: one program in Beskid, C and Go each, with the same output.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::BenchCx;
use super::measure::{Contender, geometric_mean, medians, milliseconds, ratio};
use crate::command::output;

const BESKID: &str = "Beskid";
const C: &str = "C";
const GO: &str = "Go";

/// Builds, checks that the outputs are equal, measures and prints a table.
pub(super) fn run(cx: &BenchCx) -> Result<(), String> {
    let names: Vec<String> = program_names(&cx.root)?
        .into_iter()
        .filter(|name| cx.wants("programs") || cx.wants(name))
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    println!("\nprograms, time from start to end, median of {} interleaved runs", cx.runs);
    println!("{:<16} {:>12} {:>12} {:>12} {:>10} {:>10}", "", BESKID, C, GO, "to C", "to Go");
    let mut ratios: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for name in &names {
        let times = measure(cx, name)?;
        let column =
            |peer: &str| times.iter().find(|(name, _)| *name == peer).map(|(_, time)| *time);
        let beskid = column(BESKID).ok_or("no Beskid program")?;
        let time = |peer: &str| column(peer).map_or("-".to_owned(), milliseconds);
        let to_peer = |peer: &str| column(peer).map(|time| ratio(beskid, time));
        println!(
            "{name:<16} {:>12} {:>12} {:>12} {:>10} {:>10}",
            milliseconds(beskid),
            time(C),
            time(GO),
            shown(to_peer(C)),
            shown(to_peer(GO))
        );
        for peer in [C, GO] {
            ratios.entry(peer).or_default().extend(to_peer(peer));
        }
    }
    let mean = |peer: &str| {
        ratios.get(peer).filter(|ratios| !ratios.is_empty()).map(|ratios| geometric_mean(ratios))
    };
    println!(
        "{:<16} {:>12} {:>12} {:>12} {:>10} {:>10}",
        "geometric mean",
        "",
        "",
        "",
        shown(mean(C)),
        shown(mean(GO))
    );
    Ok(())
}

fn shown(ratio: Option<f64>) -> String {
    ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}"))
}

fn program_names(root: &Path) -> Result<Vec<String>, String> {
    let folder = root.join("benches");
    let entries =
        fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().join("main.bd").exists())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

fn measure(cx: &BenchCx, name: &str) -> Result<Vec<(&'static str, std::time::Duration)>, String> {
    let mut contenders = Vec::new();
    let mut outputs: Vec<(&str, String)> = Vec::new();
    for (peer, executable) in build(cx, name)? {
        outputs.push((peer, output(&mut Command::new(&executable))?));
        contenders.push(Contender { name: peer, command: Command::new(executable) });
    }
    for (peer, text) in &outputs[1..] {
        if *text != outputs[0].1 {
            return Err(format!(
                "{name}: {} and {peer} do not print the same\n{}---\n{text}",
                outputs[0].0, outputs[0].1
            ));
        }
    }
    medians(&mut contenders, cx.runs)
}

/// The executables of a program, Beskid's first.
fn build(cx: &BenchCx, name: &str) -> Result<Vec<(&'static str, PathBuf)>, String> {
    let source = cx.root.join("benches").join(name);
    let target = |peer: &str| cx.folder.join(format!("{name}-{}", peer.to_lowercase()));
    let mut built = vec![(BESKID, target(BESKID))];
    output(
        Command::new(&cx.beskid)
            .args(["build", "--release", "-o"])
            .arg(target(BESKID))
            .arg(source.join("main.bd")),
    )?;
    if let Some(c) = &cx.peers.c
        && source.join("main.c").exists()
    {
        output(
            Command::new(c)
                .args(["-O2", "-o"])
                .arg(target(C))
                .arg(source.join("main.c"))
                .arg("-lm"),
        )?;
        built.push((C, target(C)));
    }
    if let Some(go) = &cx.peers.go
        && source.join("main.go").exists()
    {
        output(
            Command::new(go)
                .args(["build", "-o"])
                .arg(target(GO))
                .arg(source.join("main.go"))
                .env("GOFLAGS", "-mod=mod")
                .env("GOCACHE", cx.folder.join("go-cache")),
        )?;
        built.push((GO, target(GO)));
    }
    Ok(built)
}
