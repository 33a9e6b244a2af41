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

const HELLO: &str = "\
unit main() { println(\"Hello, world!\"); }
test Adds { assert(1 + 1 == 2); }
";
/// What stands in `PATH` in the place of tools.
const HOSTILE: &str = "unit main() { println(\"a tool of the system\"); panic(\"a tool of the system was started\"); }\n";
/// Linkers and what may start one.
const TOOLS: [&str; 9] = ["as", "cc", "clang", "gcc", "gold", "ld", "ld.gold", "ld.lld", "mold"];
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
    for library in &libraries {
        copy(library, &root.join(library.strip_prefix("/").unwrap()));
    }
    workshop.file("hostile.bd", HOSTILE);
    for tool in TOOLS {
        workshop.must(&["build", "hostile.bd", "-o", &format!("root/tools/{tool}")]);
    }
    workshop.file("root/hello.bd", HELLO);

    // Whoever this is had to be somebody else to mount; inside it is a user without any capability.
    let nobody = "unshare --user --map-user=1000 --map-group=1000";
    let inside = format!("env -i PATH=/tools /usr/bin/{nobody} --root=root --wd=/");
    let temporary = inside.replace("PATH=/tools", "PATH=/tools TMPDIR=/out");
    let script = format!(
        "mount --bind root root\n\
         mount -o remount,bind,ro root\n\
         mount -t tmpfs none root/out\n\
         if touch root/file 2>/dev/null; then echo writable; fi\n\
         {nobody} sh -c 'id -u; grep CapEff /proc/self/status'\n\
         {inside} /beskid run hello.bd\n\
         {inside} /beskid build hello.bd -o /out/hello\n\
         {inside} /out/hello\n\
         {inside} /beskid build --release hello.bd -o /out/fast\n\
         {inside} /out/fast\n\
         {inside} /beskid build hello.bd -o /hello 2>/dev/null || echo refused $?\n\
         {inside} /beskid build --release --kind shared --emit header hello.bd -o /out/h.so || echo $?\n\
         {inside} /beskid check hello.bd\n\
         {temporary} /beskid test --backend aot hello.bd | tail -n 1 | cut -d, -f1\n\
         {temporary} /beskid doctor | head -n 3 | cut -c1-6\n\
         ls root/out\n\
         cd root; find . -type f | sort\n"
    );
    let ran = finish(&mut apart(&workshop, &script));
    let mut files = vec!["./beskid".to_owned(), "./hello.bd".to_owned()];
    files.extend(["./out/fast", "./out/hello"].map(str::to_owned));
    files.extend(libraries.iter().map(|library| format!(".{}", library.display())));
    files.extend(TOOLS.iter().map(|tool| format!("./tools/{tool}")));
    files.sort();
    let hello = "Hello, world!\n";
    let expected = format!(
        "1000\nCapEff:\t0000000000000000\n{hello}{hello}{hello}refused 1\n1\n\
         1 passed\nok    \nok    \nok    \nfast\nhello\n{}\n",
        files.join("\n")
    );
    assert_eq!((ran.status, ran.stdout.as_str()), (0, expected.as_str()), "{ran:?}");
    assert!(
        ran.stderr.starts_with("error[E4006]") && ran.stderr.matches("error").count() == 1,
        "nothing to export, and no other message: {ran:?}"
    );

    // The tools are hostile indeed, and would be found.
    let script = format!(
        "mount -t tmpfs none root/out\n\
         {temporary} /beskid build --linker ld hello.bd -o /out/hello\n"
    );
    let ran = finish(&mut apart(&workshop, &script));
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("a tool of the system was started"), "{ran:?}");
}
