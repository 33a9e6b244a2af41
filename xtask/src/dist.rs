//! What users install: a tarball with the command, its manual pages, completions and licences.
//!
//! ```text
//! beskid-0.1.0-x86_64-unknown-linux-gnu/
//!   bin/beskid
//!   share/man/man1/beskid.1, beskid-build.1, …
//!   share/bash-completion/completions/beskid and what other shells have
//!   share/doc/beskid/README.md, CHANGELOG.md, LICENSE-MIT, LICENSE-APACHE, THIRD-PARTY.md
//! ```
//!
//! *Invariants.* Equal inputs give equal bytes: entries are sorted, and have neither owner nor time.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::command::{self, cargo, output};
use crate::licences;

/// What `cargo xtask dist` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The profile that the command is compiled with.
    #[arg(long, default_value = "dist")]
    profile: String,
    /// Where the tarball goes; by default `dist` in the target folder.
    #[arg(long)]
    output: Option<PathBuf>,
}

/// Makes the tarball.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<(), String> {
    let target = command::target_folder(root);
    let profile = &arguments.profile;
    command::run(cargo(root).args([
        "build",
        "--locked",
        "-p",
        "beskid_cli",
        "--profile",
        profile,
    ]))?;
    let folder = if profile == "dev" { "debug" } else { profile };
    let binary = target.join(folder).join("beskid");
    let version = output(Command::new(&binary).arg("--version"))?;
    let version = version.trim().strip_prefix("beskid ").ok_or("the command has no version")?;
    let triple = host()?;
    let name = format!("beskid-{version}-{triple}");

    let out = arguments.output.clone().unwrap_or_else(|| target.join("dist"));
    let place = out.join(&name);
    if place.exists() {
        fs::remove_dir_all(&place).map_err(|error| failure(&place, &error))?;
    }
    copy(&binary, &place.join("bin/beskid"))?;
    command::run(Command::new(&binary).arg("manual").arg(place.join("share/man/man1")))?;
    for (shell, file) in [
        ("bash", "share/bash-completion/completions/beskid"),
        ("zsh", "share/zsh/site-functions/_beskid"),
        ("fish", "share/fish/vendor_completions.d/beskid.fish"),
    ] {
        let text = output(Command::new(&binary).args(["completions", shell]))?;
        write(&place.join(file), &text)?;
    }
    let documents = place.join("share/doc/beskid");
    for file in ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&root.join(file), &documents.join(file))?;
    }
    write(&documents.join("THIRD-PARTY.md"), &licences::of_others(root, &triple)?)?;

    let tarball = out.join(format!("{name}.tar.gz"));
    pack(&out, &name, &tarball)?;
    let size = fs::metadata(&tarball).map_err(|error| failure(&tarball, &error))?.len();
    println!("{}: {:.1} MB", tarball.display(), size as f64 / 1e6);
    Ok(())
}

/// Packs a folder with GNU tar and gzip.
fn pack(folder: &Path, name: &str, tarball: &Path) -> Result<(), String> {
    let stable = [
        "--sort=name",
        "--mtime=@0",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "--mode=u=rwX,go=rX",
        "--format=ustar",
        "--use-compress-program=gzip -9n",
    ];
    let mut tar = Command::new("tar");
    command::run(tar.args(stable).arg("-cf").arg(tarball).arg("-C").arg(folder).arg(name))
}

/// The target that cargo compiles for.
fn host() -> Result<String, String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let text = output(Command::new(rustc).arg("-vV"))?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not name its host".to_owned())
}

/// What is in a folder, sorted.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let read = fs::read_dir(folder).map_err(|error| failure(folder, &error))?;
    let mut paths: Vec<PathBuf> = read.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    Ok(paths)
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    make_parent(to)?;
    fs::copy(from, to).map(drop).map_err(|error| failure(from, &error))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    make_parent(path)?;
    fs::write(path, text).map_err(|error| failure(path, &error))
}

fn make_parent(path: &Path) -> Result<(), String> {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent).map_err(|error| failure(parent, &error))
}

pub(crate) fn failure(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
