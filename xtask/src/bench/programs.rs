//! `benches/`: one program in Beskid, C and Go each, with the same output.
//!
//! A file `arguments` has the command lines that a program is measured with, one a line; `< lines` at the end
//! makes that input ([`input`]) its standard input.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::BenchCx;
use super::input;
use super::measure::{
    Contender, Usage, geometric_mean, medians, megabytes, milliseconds, ratio, stdin,
};
use super::pauses;
use crate::command::output;

const BESKID: &str = "Beskid";
const C: &str = "C";
const GO: &str = "Go";

/// A program and its command line.
struct Case {
    name: String,
    arguments: Vec<String>,
    /// The name of its standard input.
    input: Option<String>,
}

impl Case {
    fn label(&self) -> String {
        let words = [&self.name[..]].into_iter().chain(self.arguments.iter().map(String::as_str));
        words.collect::<Vec<_>>().join(" ")
    }

    fn command(&self, executable: &Path) -> Command {
        let mut command = Command::new(executable);
        command.args(&self.arguments);
        command
    }
}

/// Builds, checks that the outputs are equal, measures and prints tables.
pub(super) fn run(cx: &BenchCx) -> Result<(), String> {
    let cases: Vec<Case> = cases(&cx.root)?
        .into_iter()
        .filter(|case| cx.wants("programs") || cx.wants(&case.name))
        .collect();
    if cases.is_empty() {
        return Ok(());
    }
    println!("\nprograms, from start to end, medians of {} interleaved runs", cx.runs);
    println!(
        "{:<24} {:>12} {:>12} {:>12} {:>7} {:>7} {:>10} {:>10} {:>10}",
        "", BESKID, C, GO, "to C", "to Go", "memory", C, GO
    );
    let mut ratios: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for case in &cases {
        let usages = measure(cx, case)?;
        let of = |peer: &str| usages.iter().find(|(name, _)| *name == peer).map(|(_, it)| *it);
        let beskid = of(BESKID).ok_or("no Beskid program")?;
        let time = |peer: &str| of(peer).map_or("-".to_owned(), |it| milliseconds(it.time));
        let memory = |peer: &str| of(peer).map_or("-".to_owned(), |it| megabytes(it.memory));
        let to_peer = |peer: &str| of(peer).map(|it| ratio(beskid.time, it.time));
        println!(
            "{:<24} {:>12} {:>12} {:>12} {:>7} {:>7} {:>10} {:>10} {:>10}",
            case.label(),
            time(BESKID),
            time(C),
            time(GO),
            shown(to_peer(C)),
            shown(to_peer(GO)),
            memory(BESKID),
            memory(C),
            memory(GO)
        );
        for peer in [C, GO] {
            ratios.entry(peer).or_default().extend(to_peer(peer));
        }
    }
    let mean = |peer: &str| {
        ratios.get(peer).filter(|ratios| !ratios.is_empty()).map(|ratios| geometric_mean(ratios))
    };
    println!(
        "{:<24} {:>12} {:>12} {:>12} {:>7} {:>7}",
        "geometric mean",
        "",
        "",
        "",
        shown(mean(C)),
        shown(mean(GO))
    );
    println!("\npauses of the collector, one run each");
    println!(
        "{:<24} {:>8} {:>10} {:>10} {:>10} {:>10}",
        "", "count", "median", "99 %", "longest", "work"
    );
    for case in &cases {
        let executable = executable(cx, case, BESKID);
        let input = case.input.as_ref().map(|name| input::path(cx, name)).transpose()?;
        let stdin = stdin(input.as_deref())?;
        pauses::print(&case.label(), &mut case.command(&executable), stdin)?;
    }
    Ok(())
}

fn shown(ratio: Option<f64>) -> String {
    ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}"))
}

/// All programs with all their command lines.
fn cases(root: &Path) -> Result<Vec<Case>, String> {
    let folder = root.join("benches");
    let entries =
        fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().join("main.bd").exists())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let mut cases = Vec::new();
    for name in names {
        let lines = fs::read_to_string(folder.join(&name).join("arguments")).unwrap_or_default();
        let lines = if lines.is_empty() { "\n".to_owned() } else { lines };
        for line in lines.lines() {
            let (line, input) = match line.split_once('<') {
                Some((line, input)) => (line, Some(input.trim().to_owned())),
                None => (line, None),
            };
            let arguments = line.split_whitespace().map(str::to_owned).collect();
            cases.push(Case { name: name.clone(), arguments, input });
        }
    }
    Ok(cases)
}

fn measure(cx: &BenchCx, case: &Case) -> Result<Vec<(&'static str, Usage)>, String> {
    let mut contenders = Vec::new();
    let mut outputs: Vec<(&str, String)> = Vec::new();
    let input = case.input.as_ref().map(|name| input::path(cx, name)).transpose()?;
    for (peer, executable) in build(cx, case)? {
        let mut command = case.command(&executable);
        outputs.push((peer, output(command.stdin(stdin(input.as_deref())?))?));
        contenders.push(Contender { name: peer, command, input: input.clone() });
    }
    for (peer, text) in &outputs[1..] {
        if *text != outputs[0].1 {
            return Err(format!(
                "{}: {} and {peer} do not print the same\n{}---\n{text}",
                case.label(),
                outputs[0].0,
                outputs[0].1
            ));
        }
    }
    medians(&mut contenders, cx.runs)
}

fn executable(cx: &BenchCx, case: &Case, peer: &str) -> PathBuf {
    cx.folder.join(format!("{}-{}", case.name, peer.to_lowercase()))
}

/// The executables of a program, Beskid's first.
fn build(cx: &BenchCx, case: &Case) -> Result<Vec<(&'static str, PathBuf)>, String> {
    let source = cx.root.join("benches").join(&case.name);
    let target = |peer: &str| executable(cx, case, peer);
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
