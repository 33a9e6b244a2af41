//! The command where there is nothing else (execution.md §6.1): a root folder that holds `beskid`, the C
//! library that it was linked with itself, and a source; read-only, without `/proc`, `/dev` and `HOME`, for a
//! user without rights, with linkers and compilers first in `PATH` that must not be started.

#![allow(clippy::print_stdout, reason = "a skipped check says why")]

mod workshop;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use workshop::{Workshop, finish, is_superuser};

const HELLO: &str = "unit main() { println(\"Hello, world!\"); }\n";
/// What stands in `PATH` in the place of tools.
const HOSTILE: &str =
    "unit main() { println(\"a tool of the system was started\"); panic(\"hostile\"); }\n";
/// Somebody without rights.
const NOBODY: &str = "65534";

/// What the command needs itself, by paths of this machine.
fn own_libraries() -> Option<Vec<PathBuf>> {
    let output = Command::new("ldd").arg(env!("CARGO_BIN_EXE_beskid")).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let words = text.split_whitespace().filter(|word| word.starts_with('/'));
    Some(words.map(PathBuf::from).collect())
}

/// Runs a script with a namespace of its own for users and mounts, as a user without rights.
fn apart(workshop: &Workshop, script: &str) -> Command {
    let mut words = vec!["unshare", "--map-root-user", "--mount", "sh", "-e", "-c", script];
    if is_superuser() {
        let drop = ["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"];
        words.splice(..0, [&["setpriv"], &drop[..]].concat());
    }
    let mut command = workshop.command(words[0]);
    command.args(&words[1..]);
    command
}

#[test]
fn a_machine_with_nothing_but_the_command_builds_and_runs() {
    let workshop = Workshop::new();
    fs::set_permissions(workshop.path(), Permissions::from_mode(0o755)).unwrap();
    match apart(&workshop, "mount -t tmpfs none .").output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            let reason = String::from_utf8_lossy(&output.stderr);
            println!("skipped: no namespaces for users without rights here ({})", reason.trim());
            return;
        }
        Err(error) => {
            println!("skipped: unshare or setpriv cannot be started ({error})");
            return;
        }
    }
    let Some(libraries) = own_libraries() else {
        println!("skipped: ldd does not say what the command needs");
        return;
    };

    let root = workshop.at("root");
    for folder in ["root/out", "root/tools"] {
        fs::create_dir_all(workshop.at(folder)).unwrap();
    }
    let copy = |from: &Path, to: &Path| {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
        fs::set_permissions(to, Permissions::from_mode(0o755)).unwrap();
    };
    copy(Path::new(env!("CARGO_BIN_EXE_beskid")), &root.join("beskid"));
    for library in libraries {
        copy(&library, &root.join(library.strip_prefix("/").unwrap()));
    }
    workshop.file("hostile.bd", HOSTILE);
    for tool in ["ld", "cc", "gcc", "ld.lld", "mold", "as"] {
        workshop.must(&["build", "hostile.bd", "-o", &format!("root/tools/{tool}")]);
    }
    workshop.file("root/hello.bd", HELLO);

    let inside = "env -i PATH=/tools /usr/sbin/chroot root";
    let script = format!(
        "mount --bind root root\n\
         mount -o remount,bind,ro root\n\
         mount -t tmpfs none root/out\n\
         if touch root/file 2>/dev/null; then echo writable; fi\n\
         {inside} /beskid run hello.bd\n\
         {inside} /beskid build hello.bd -o /out/hello\n\
         {inside} /out/hello\n\
         {inside} /beskid build --release --kind shared --emit header hello.bd -o /out/h.so || echo $?\n\
         {inside} /beskid check hello.bd\n\
         ls root/out\n"
    );
    let ran = finish(&mut apart(&workshop, &script));
    let expected = "Hello, world!\nHello, world!\n1\nhello\n";
    assert_eq!((ran.status, ran.stdout.as_str()), (0, expected), "{ran:?}");
    assert!(
        ran.stderr.starts_with("error[E4006]"),
        "nothing to export, and no other message: {ran:?}"
    );
}
