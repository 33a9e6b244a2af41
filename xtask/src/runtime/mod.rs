//! The runtime for aarch64 Linux, built on another machine.
//!
//! ```text
//! Debian ──► its Rust compiler, Rust's core library for aarch64 ──► cross, below the target folder (debian)
//!                                   │ this cargo, with that compiler
//!                                   ▼
//!               lib/beskid/runtimes/TRIPLE/libbeskid_runtime_standalone.a
//! ```
//!
//! There the compiler in the target folder finds it. Rust's own installer would bring the core library as well;
//! what is here needs none, and changes nothing outside the target folder.
//!
//! *Invariants.* Only code for the other processor is compiled by the fetched compiler: build scripts run here,
//! and are the own one's business.

mod debian;
#[path = "../../../crates/beskid_aot/build/library.rs"]
mod library;

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::command;

const TARGET: &str = "aarch64-unknown-linux-gnu";

/// What `cargo xtask runtime` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// If it cannot be built here, say why and succeed.
    #[arg(long)]
    pub(crate) optional: bool,
}

/// Builds the library and puts it where the compiler finds it.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<(), String> {
    let folder = command::target_folder(root);
    let folder = if folder.is_absolute() { folder } else { root.join(folder) };
    let cross = folder.join("cross");
    let toolchain = match debian::toolchain(&cross) {
        Err(reason) if arguments.optional => {
            println!("skipped: no runtime for {TARGET}: {reason}");
            return Ok(());
        }
        other => other?,
    };
    let compiler = compiler(&cross, &toolchain)?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = cross.join("target");
    command::run(library::command(&cargo, root, TARGET, &built).env("RUSTC", compiler))?;
    let from = library::library(&built, TARGET);
    let place = folder.join("lib").join("beskid").join("runtimes").join(TARGET);
    let to = place.join(from.file_name().unwrap_or_default());
    fs::create_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
    fs::copy(&from, &to).map_err(|error| format!("{}: {error}", to.display()))?;
    println!("{}", to.display());
    Ok(())
}

/// A command like `rustc`: the fetched one for the target, the own one for build scripts.
fn compiler(cross: &Path, toolchain: &Path) -> Result<PathBuf, String> {
    let usr = toolchain.join("usr");
    let usr = usr
        .to_str()
        .filter(|path| !path.contains('\''))
        .ok_or_else(|| format!("{}: a folder of that name cannot be used", toolchain.display()))?;
    let script = format!(
        "#!/bin/sh\n\
         case \" $* \" in\n\
         *\" --target {TARGET} \"*) ;;\n\
         *) exec rustc \"$@\" ;;\n\
         esac\n\
         export LD_LIBRARY_PATH='{usr}/lib/{machine}':'{usr}/lib'\n\
         exec '{usr}/bin/rustc' --sysroot '{usr}' \"$@\"\n",
        machine = debian::LIBRARIES,
    );
    let path = cross.join("rustc");
    let written = fs::write(&path, script)
        .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o755)));
    written.map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}
