//! A Rust compiler with the core library for aarch64, from Debian's packages.
//!
//! Debian's security archive keeps a current Rust for the sake of browsers (`rustc-web`). Packages are fetched by
//! `apt-get`, which checks signatures and sums, with lists and caches of its own, and unpacked into a folder:
//! the system's packages stay as they are.
//!
//! *Invariants.* A toolchain is there as a whole or not at all. It is fetched once.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::command;

/// Where the libraries of this machine lie in the packages.
pub(super) const LIBRARIES: &str = "x86_64-linux-gnu";

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
const SUITES: [&str; 2] = [
    "http://deb.debian.org/debian bookworm main",
    "http://deb.debian.org/debian-security bookworm-security main",
];
/// The oldest compiler that the runtime can be compiled by: that of the workspace.
const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");

/// The folder of the toolchain, fetched if need be.
pub(super) fn toolchain(cross: &Path) -> Result<PathBuf, String> {
    let root = cross.join("debian");
    if root.is_dir() {
        return Ok(root);
    }
    if !(cfg!(target_os = "linux") && cfg!(target_arch = "x86_64")) {
        return Err("Debian's compiler is taken for x86-64 Linux alone".to_owned());
    }
    for (program, argument) in [("apt-get", "--version"), ("dpkg-deb", "--version")] {
        if !command::exists(Path::new(program), argument) {
            return Err(format!("there is no `{program}`"));
        }
    }
    if !Path::new(KEYRING).exists() {
        return Err(format!("there are no keys of Debian in `{KEYRING}`"));
    }
    let apt = Apt::new(&cross.join("apt"))?;
    println!("fetching a compiler with Rust's core library for aarch64 from Debian");
    quietly(apt.command("apt-get").arg("update"))?;
    let version = apt.version("rustc-web")?;
    let release = release(&version).ok_or_else(|| format!("rustc-web has version {version}"))?;
    if Some(release) < number(OLDEST) {
        return Err(format!("rustc-web has version {version}, {OLDEST} is needed"));
    }
    let standard = format!("libstd-rust-web-{}.{}", release.0, release.1);
    let mut packages = vec![
        "rustc-web:amd64".to_owned(),
        "libstd-rust-web-dev:arm64".to_owned(),
        format!("{standard}:amd64"),
    ];
    // The libraries that the compiler is linked with, but for those that the system has.
    let needed = apt.needed(&standard)?;
    packages.extend(needed.iter().map(|name| format!("{name}:amd64")));

    let debs = apt.folder.join("packages");
    make(&debs)?;
    quietly(apt.command("apt-get").arg("download").args(&packages).current_dir(&debs))?;
    let unpacked = cross.join("debian.part");
    let _ = fs::remove_dir_all(&unpacked);
    make(&unpacked)?;
    let entries = fs::read_dir(&debs).map_err(|error| format!("{}: {error}", debs.display()))?;
    for entry in entries.flatten() {
        quietly(Command::new("dpkg-deb").arg("-x").arg(entry.path()).arg(&unpacked))?;
    }
    fs::rename(&unpacked, &root).map_err(|error| format!("{}: {error}", root.display()))?;
    let _ = fs::remove_dir_all(&apt.folder);
    Ok(root)
}

/// `apt` with a state of its own.
struct Apt {
    folder: PathBuf,
    options: Vec<String>,
}

impl Apt {
    fn new(folder: &Path) -> Result<Self, String> {
        let _ = fs::remove_dir_all(folder);
        let (state, cache) = (folder.join("state"), folder.join("cache"));
        make(&state.join("lists").join("partial"))?;
        make(&cache.join("archives").join("partial"))?;
        let (status, sources) = (folder.join("status"), folder.join("sources.list"));
        let lines = SUITES.map(|suite| format!("deb [signed-by={KEYRING}] {suite}\n")).concat();
        for (path, text) in [(&status, ""), (&sources, &*lines)] {
            fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        let settings = [
            format!("Dir::State={}", state.display()),
            format!("Dir::State::status={}", status.display()),
            format!("Dir::Cache={}", cache.display()),
            format!("Dir::Etc::sourcelist={}", sources.display()),
            "Dir::Etc::sourceparts=-".to_owned(),
            "APT::Architecture=amd64".to_owned(),
            "APT::Architectures::=amd64".to_owned(),
            "APT::Architectures::=arm64".to_owned(),
            "APT::Sandbox::User=".to_owned(),
            "Acquire::Languages=none".to_owned(),
            "Acquire::Retries=2".to_owned(),
            "Acquire::http::Timeout=30".to_owned(),
        ];
        let options = settings.into_iter().flat_map(|text| ["-o".to_owned(), text]).collect();
        Ok(Self { folder: folder.to_owned(), options })
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.args(&self.options).env("LC_ALL", "C");
        command
    }

    /// The newest version of a package.
    fn version(&self, package: &str) -> Result<String, String> {
        let mut command = self.command("apt-cache");
        let text = command::output(command.args(["show", "--no-all-versions", package]))?;
        let version = text.lines().find_map(|line| line.strip_prefix("Version: "));
        version.map(str::to_owned).ok_or_else(|| format!("there is no package {package}"))
    }

    /// The packages that one needs, directly or not, and that are not installed.
    fn needed(&self, package: &str) -> Result<Vec<String>, String> {
        let mut command = self.command("apt-cache");
        command.args(["depends", "--recurse", "--important", "--no-pre-depends", package]);
        let text = command::output(&mut command)?;
        let name = |line: &str| {
            let is_name = !line.starts_with([' ', '<']) && !line.contains(':');
            is_name.then(|| line.trim().to_owned())
        };
        let mut names: Vec<String> = text.lines().filter_map(name).collect();
        names.retain(|name| name != package && !is_installed(name));
        names.sort();
        names.dedup();
        Ok(names)
    }
}

fn is_installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat", "${db:Status-Status}", package]).stderr(Stdio::null());
    query.output().is_ok_and(|output| output.stdout == b"installed")
}

/// The release of Rust in a package's version: `1.96.0+dfsg1-1~deb12u2` is 1.96.
fn release(version: &str) -> Option<(u32, u32)> {
    let upstream = version.split_once(':').map_or(version, |(_, rest)| rest);
    number(upstream)
}

fn number(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split(['.', '+', '-', '~']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn make(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

/// Runs a command whose output is of interest if it fails.
fn quietly(command: &mut Command) -> Result<(), String> {
    command::output(command).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_compared_as_numbers() {
        assert_eq!(release("1.96.0+dfsg1-1~deb12u2"), Some((1, 96)));
        assert_eq!(release("1:1.100.0-1"), Some((1, 100)));
        assert_eq!(release("nightly"), None);
        assert!(release("1.100.0") > release("1.96.0"));
        assert!(number(OLDEST).is_some());
    }
}
