//! What `build` writes, where, and with what help.

#![allow(clippy::print_stdout, reason = "a skipped check says why")]

mod elf;
mod workshop;

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::elf::{Start, hardened};
use beskid_abi::manifest::DATA_SYMBOLS;
use beskid_abi::runtime_fn::RuntimeFn;
use beskid_abi::symbol::{CODE_MAP, PROGRAM as PROGRAM_SYMBOL};
use beskid_abi::version::{ABI_VERSION, ABI_VERSION_SYMBOL};
use object::elf::DT_NEEDED;
use object::read::elf::ElfFile64;
use object::{Endianness, Object, ObjectSection, ObjectSymbol};
use workshop::{Workshop, finish, is_superuser};

/// Text, numbers, memory and a call, so that all kinds of symbols and sections occur.
const PROGRAM: &str = "\
type Point { i32 x, f64 y }

i32 Twice(i32 n) => n * 2;

i32 main() {
    let point = Point { x: Twice(21), y: 0.5 };
    println(\"${point} of ${[1, 2, 3].Len()}\");
    return point.x;
}
";
const OUTPUT: &str = "Point { x: 42, y: 0.5 } of 3\n";

fn workshop() -> Workshop {
    let workshop = Workshop::new();
    workshop.file("point.bd", PROGRAM);
    workshop
}

fn assert_runs(command: &mut Command) {
    let ran = finish(command);
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (42, OUTPUT, ""));
}

#[test]
fn the_output_is_named_after_the_file() {
    let workshop = workshop();
    fs::create_dir(workshop.at("sub")).unwrap();
    fs::rename(workshop.at("point.bd"), workshop.at("sub/point.bd")).unwrap();
    workshop.must(&["build", "sub/point.bd"]);
    assert_runs(&mut workshop.command("./point"));
    workshop.must(&["build", "sub/point.bd", "--kind", "object"]);
    let names = |folder: &str| {
        let entries = fs::read_dir(workshop.at(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let names: BTreeSet<String> = names(".");
    assert_eq!(names, ["point", "point.o", "sub"].map(str::to_owned).into());
}

#[test]
fn outputs_are_where_they_were_asked_for() {
    let workshop = workshop();
    fs::create_dir(workshop.at("bin")).unwrap();
    workshop.must(&["build", "point.bd", "-o", "bin/p"]);
    assert_runs(&mut workshop.command("bin/p"));
    workshop.must(&["build", "point.bd", "-o", "bin/p", "--release"]);
    assert_runs(&mut workshop.command("bin/p"));
    workshop.must(&["build", "point.bd", "-o", "bin/p.o", "--kind", "object", "--emit", "obj,asm"]);
    for name in ["bin/p.o", "bin/p.s"] {
        assert!(workshop.at(name).is_file(), "{name}");
    }
    let mode = |name| fs::metadata(workshop.at(name)).unwrap().permissions().mode();
    assert_ne!(mode("bin/p") & 0o100, 0);
    assert_eq!(mode("bin/p.o") & 0o111, 0);
}

#[test]
fn other_forms_stand_beside_the_output() {
    let workshop = workshop();
    workshop.must(&["build", "point.bd", "--emit", "clif,asm,obj"]);
    let read = |name| fs::read(workshop.at(name)).unwrap();
    assert_eq!(read("point.clif"), workshop.must(&["clif", "point.bd"]).into_bytes());
    assert_eq!(read("point.s"), workshop.must(&["asm", "point.bd"]).into_bytes());
    assert!(object::File::parse(&*read("point.o")).is_ok());
    assert_runs(&mut workshop.command("./point"));
}

#[test]
fn outputs_that_cannot_be_are_refused_before_any_work() {
    let workshop = workshop();
    fs::create_dir(workshop.at("folder")).unwrap();
    workshop.file("point", "precious");
    workshop.file("script", "unit main() {}");
    for (arguments, text) in [
        (["-o", "folder"], "`folder`: it is a directory"),
        (["-o", "missing/p"], "there is no directory `missing`"),
        (["-o", "point.bd/p"], "`point.bd` is not a directory"),
        (["-o", "point.bd"], "it is the source file"),
    ] {
        let ran = workshop.run(&["build", "point.bd", arguments[0], arguments[1]]);
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{ran:?}");
        assert!(ran.stderr.starts_with("error[E4004]"), "{ran:?}");
        assert!(ran.stderr.contains(text), "{text}: {ran:?}");
    }
    let ran = workshop.run(&["build", "script"]);
    assert!(ran.stderr.contains("it is the source file"), "{ran:?}");
    workshop.file("wrong.bd", "unit main() { x }");
    assert_eq!(workshop.run(&["build", "wrong.bd", "-o", "point"]).status, 1);
    assert_eq!(fs::read(workshop.at("point")).unwrap(), b"precious");
    assert_eq!(fs::read(workshop.at("script")).unwrap(), b"unit main() {}");
}

#[test]
fn a_running_program_can_be_rebuilt() {
    let workshop = Workshop::new();
    workshop.file("wait.bd", "unit main() { i64 mut n = 0; while n >= 0 { n += 1; } println(n); }");
    workshop.must(&["build", "wait.bd"]);
    let mut child = workshop.command("./wait").stdout(Stdio::null()).spawn().unwrap();
    let again = workshop.run(&["build", "wait.bd"]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((again.status, again.stderr.as_str()), (0, ""));
}

#[test]
fn kinds_and_targets_that_are_not_there_yet_say_so() {
    let workshop = workshop();
    for (arguments, code) in [
        (["--target-triple", "pdp11-dec-unix"], "E4001"),
        (["--target-triple", "aarch64-apple-darwin"], "E4001"),
        (["--target-triple", "aarch64-unknown-linux-gnu"], "E4003"),
        (["--runtime-archive", "missing.a"], "E4003"),
        (["--runtime-archive", "point.bd"], "E4003"),
        (["--linker", "no-such-linker"], "E4002"),
    ] {
        let ran = workshop.run(&["build", "point.bd", arguments[0], arguments[1]]);
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{ran:?}");
        assert!(ran.stderr.starts_with(&format!("error[{code}]")), "{arguments:?}: {ran:?}");
        assert!(!workshop.at("point").exists());
    }
}

/// A runtime that is missing is asked for with all that helps; one below `BESKID_HOME` is taken, for every
/// triple that it serves.
#[test]
fn runtimes_of_other_targets_are_found() {
    let workshop = workshop();
    let build = ["build", "point.bd", "--target-triple", "aarch64-unknown-linux-musl"];
    let ran = workshop.run(&build);
    for part in [
        "error[E4003]: there is no runtime archive for `aarch64-unknown-linux-musl`\n",
        "home/runtimes/aarch64-unknown-linux-musl`",
        "`cargo xtask runtime`",
        "`--runtime-archive`",
    ] {
        assert!(ran.stderr.contains(part), "{part}: {ran:?}");
    }
    let place = workshop.at("home/runtimes/aarch64-unknown-linux-gnu");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("libbeskid_runtime_standalone.a"), "not one").unwrap();
    let ran = workshop.run(&build);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.starts_with("error[E4003]: the runtime archive `"), "{ran:?}");
    assert!(ran.stderr.contains("cannot be used: it is no static library"), "{ran:?}");
    assert!(workshop.must(&["doctor"]).contains("executables for aarch64-unknown-linux-gnu, by "));
    // The compiler's own is not looked for.
    let place = workshop.at("home/runtimes/x86_64-unknown-linux-gnu");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("libbeskid_runtime_standalone.a"), "not one").unwrap();
    workshop.must(&["build", "point.bd"]);
}

/// Objects of all targets, read back: for whom they are, what they define and import, whether their stack
/// maps are there, and whether what a linker fills lies in them.
#[test]
fn objects_are_made_for_foreign_targets() {
    use object::{Architecture, BinaryFormat};

    let workshop = workshop();
    for (triple, format, machine) in [
        ("x86_64-unknown-linux-gnu", BinaryFormat::Elf, Architecture::X86_64),
        ("x86_64-unknown-linux-musl", BinaryFormat::Elf, Architecture::X86_64),
        ("aarch64-unknown-linux-gnu", BinaryFormat::Elf, Architecture::Aarch64),
        ("x86_64-apple-darwin", BinaryFormat::MachO, Architecture::X86_64),
        ("aarch64-apple-darwin", BinaryFormat::MachO, Architecture::Aarch64),
        ("x86_64-pc-windows-msvc", BinaryFormat::Coff, Architecture::X86_64),
        ("riscv64gc-unknown-linux-gnu", BinaryFormat::Elf, Architecture::Riscv64),
    ] {
        for level in [&[][..], &["--release"]] {
            let options = ["--kind", "object", "--target-triple", triple, "-o", "out"];
            workshop.must(&[&["build", "point.bd"], &options[..], level].concat());
            let bytes = fs::read(workshop.at("out")).unwrap();
            let object = object::File::parse(&*bytes).unwrap();
            assert_eq!((object.format(), object.architecture()), (format, machine), "{triple}");

            // Mach-O puts a line in front of every name.
            let plain = |name: &'_ str| match format {
                BinaryFormat::MachO => name.strip_prefix('_').unwrap_or(name).to_owned(),
                _ => name.to_owned(),
            };
            let symbols: BTreeSet<(String, bool)> = object
                .symbols()
                .filter(|symbol| symbol.is_global())
                .map(|symbol| (plain(symbol.name().unwrap()), symbol.is_undefined()))
                .filter(|(name, _)| !name.is_empty())
                .collect();
            let named = |undefined: bool| -> BTreeSet<&str> {
                let of_kind = symbols.iter().filter(|&&(_, other)| other == undefined);
                of_kind.map(|(name, _)| name.as_str()).collect()
            };
            assert_eq!(named(false), [PROGRAM_SYMBOL].into(), "{triple}");
            let table: BTreeSet<&str> = RuntimeFn::ALL
                .iter()
                .map(|row| row.info().symbol)
                .chain(DATA_SYMBOLS.iter().copied())
                .collect();
            assert!(named(true).is_subset(&table), "{triple}: {:?}", named(true));
            assert!(named(true).contains(ABI_VERSION_SYMBOL), "{triple}");

            let map = object
                .symbols()
                .find(|symbol| symbol.name().is_ok_and(|name| plain(name) == CODE_MAP))
                .unwrap_or_else(|| panic!("{triple}: no stack maps"));
            let section = object.section_by_index(map.section_index().unwrap()).unwrap();
            let start = (map.address() - section.address()) as usize;
            let data = section.uncompressed_data().unwrap();
            assert!(data[start..].iter().take(64).any(|&byte| byte != 0), "{triple}");
            assert!(section.relocations().next().is_some(), "{triple}: it names its functions");

            let mut calls = 0;
            for section in object.sections() {
                for (offset, relocation) in section.relocations() {
                    assert!(offset < section.size(), "{triple}: a relocation outside its section");
                    calls += usize::from(section.kind() == object::SectionKind::Text);
                    if let object::RelocationTarget::Symbol(symbol) = relocation.target() {
                        object.symbol_by_index(symbol).unwrap();
                    }
                }
            }
            assert!(calls > 5, "{triple}: {calls} references in code");
        }
    }
}

/// `gc` has no vectors, and what Cranelift has to keep all registers would use them.
#[test]
fn code_for_risc_v_has_no_vector_instructions() {
    /// The opcodes of vector arithmetic; loads and stores of vectors, by their widths, are among those of floats.
    const VECTORS: u32 = 0x57;
    let workshop = workshop();
    workshop.file(
        "kept.bd",
        "type P { i64 x }\nunit main() { P[] all = [P { x: 1 }]; println(all); }\n",
    );
    let target = "riscv64gc-unknown-linux-gnu";
    let build = ["build", "kept.bd", "--kind", "object", "--target-triple", target, "-o", "out"];
    for level in [&[][..], &["--release"]] {
        workshop.must(&[&build[..], level].concat());
        let bytes = fs::read(workshop.at("out")).unwrap();
        let object = object::File::parse(&*bytes).unwrap();
        let code = object.section_by_name(".text").unwrap().uncompressed_data().unwrap();
        let words = code.chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().unwrap()));
        assert!(words.clone().count() > 50);
        assert_eq!(words.filter(|word| word & 0x7f == VECTORS).count(), 0);
        let slow = object.symbols().any(|symbol| symbol.name() == Ok("beskid_slow_path_alloc"));
        assert!(slow, "an allocation has a slow path");
    }
}

#[test]
fn an_unknown_target_is_told_with_those_that_are_known() {
    let workshop = workshop();
    for (triple, near) in [
        ("x86-64-unknown-linux-gnu", Some("x86_64-unknown-linux-gnu")),
        ("x86_64-pc-windows-mcvs", Some("x86_64-pc-windows-msvc")),
        ("pdp11", None),
        ("loongarch64-unknown-linux-gnu", None),
    ] {
        let options = ["--kind", "object", "--target-triple", triple];
        let ran = workshop.run(&[&["build", "point.bd"], &options[..]].concat());
        assert_eq!(ran.status, 1, "{ran:?}");
        assert!(ran.stderr.starts_with("error[E4001]: cannot compile for"), "{ran:?}");
        assert!(ran.stderr.contains("supported are x86_64-unknown-linux-gnu, "), "{ran:?}");
        if let Some(near) = near {
            assert!(ran.stderr.contains(&format!("did you mean `{near}`?")), "{ran:?}");
        }
    }
}

#[test]
fn objects_import_rows_of_the_table_and_export_the_program() {
    let workshop = workshop();
    workshop.must(&["build", "point.bd", "--kind", "object"]);
    let bytes = fs::read(workshop.at("point.o")).unwrap();
    let object = object::File::parse(&*bytes).unwrap();
    let table: BTreeSet<&str> = RuntimeFn::ALL
        .iter()
        .map(|row| row.info().symbol)
        .chain(DATA_SYMBOLS.iter().copied())
        .collect();
    let names = |undefined: bool| -> BTreeSet<&str> {
        let symbols = object.symbols();
        symbols
            .filter(|symbol| symbol.is_global() && symbol.is_undefined() == undefined)
            .map(|symbol| symbol.name().unwrap())
            .filter(|name| !name.is_empty())
            .collect()
    };
    assert!(names(true).is_subset(&table), "{:?}", names(true));
    assert_eq!(names(false), [beskid_abi::symbol::PROGRAM].into());
    assert!(object.section_by_name(".eh_frame").is_some());
}

#[test]
fn executables_need_nothing_and_are_hardened() {
    let workshop = workshop();
    for release in [false, true] {
        let mut arguments = vec!["build", "point.bd"];
        arguments.extend(release.then_some("--release"));
        workshop.must(&arguments);
        let bytes = fs::read(workshop.at("point")).unwrap();
        let file = ElfFile64::<Endianness>::parse(&*bytes).unwrap();
        let entries = hardened(&file, &bytes, Start::Direct);
        let needs = |&(tag, _): &(i64, u64)| tag == DT_NEEDED;
        assert!(!entries.iter().any(needs), "{entries:x?}");
        assert_eq!(file.dynamic_symbols().count(), 0, "executables export nothing");
        // What `strip` would leave.
        let kept: u64 = file
            .sections()
            .filter(|section| section.address() != 0)
            .filter_map(|section| section.file_range())
            .map(|(_, size)| size)
            .sum();
        assert!(kept < 120 << 10, "{kept} bytes");
    }
}

/// What `readelf -d` and `readelf -l` say, of every kind of output and whoever linked it.
#[test]
fn outputs_of_every_kind_are_hardened() {
    const FOREIGN: &str = "[Extern(Abi: \"C\", Library: \"libm.so.6\")]\n\
                           contract M { f64 floor(f64 x); }\n\
                           pub f64 Down(f64 x) => M.floor(x);\n\
                           unit main() { println(Down(-2.5)); }\n";
    let workshop = workshop();
    workshop.file("foreign.bd", FOREIGN);
    workshop.file("library.bd", "pub i64 Twice(i64 x) => 2 * x;\n");
    for linker in ["builtin", "cc", "ld", "ld.lld", "mold"] {
        if linker != "builtin" && Command::new(linker).arg("--version").output().is_err() {
            println!("skipped: {linker} is not installed");
            continue;
        }
        for level in [&[][..], &["--release"]] {
            for (source, kind, start) in [
                ("point.bd", "exe", Start::Direct),
                ("foreign.bd", "exe", Start::Loader),
                ("library.bd", "shared", Start::Direct),
                ("foreign.bd", "shared", Start::Direct),
            ] {
                let options = ["--kind", kind, "--linker", linker, "-o", "out"];
                workshop.must(&[&["build", source], &options[..], level].concat());
                let bytes = fs::read(workshop.at("out")).unwrap();
                let file = ElfFile64::<Endianness>::parse(&*bytes).unwrap();
                hardened(&file, &bytes, start);
            }
        }
    }
    // What is linked later asks for no executable stack either, and holds no writable code.
    for kind in ["object", "static"] {
        workshop.must(&["build", "library.bd", "--kind", kind, "-o", "out"]);
        let bytes = fs::read(workshop.at("out")).unwrap();
        let bytes = match kind {
            "object" => bytes,
            _ => {
                let archive = object::read::archive::ArchiveFile::parse(&*bytes).unwrap();
                let member = archive.members().next().unwrap().unwrap();
                member.data(&*bytes).unwrap().to_vec()
            }
        };
        let file = object::File::parse(&*bytes).unwrap();
        let flags = |section: &object::Section<'_, '_>| match section.flags() {
            object::SectionFlags::Elf { sh_flags } => sh_flags,
            other => panic!("{other:?}"),
        };
        let stack = file.section_by_name(".note.GNU-stack").expect("it says what stack it needs");
        let (writable, code) =
            (u64::from(object::elf::SHF_WRITE), u64::from(object::elf::SHF_EXECINSTR));
        assert_eq!(flags(&stack) & code, 0, "{kind}");
        for section in file.sections() {
            assert_ne!(flags(&section) & (writable | code), writable | code, "{kind}");
        }
    }
}

/// So many functions that all cores compile some, and something of every kind to export.
fn crowd() -> String {
    let function = |n: u32| {
        format!(
            "pub i64 F{n}(i64 x, string s) {{ let p = Point {{ x: {n}, y: 0.5 }}; \
             return x * {n} + s.Len() + p.x; }}\n"
        )
    };
    (0..150).map(function).collect::<String>() + PROGRAM
}

/// In other folders, by other numbers of threads, at other times, by other environments, with files of other ages:
/// the bytes are the same.
#[test]
fn builds_are_reproducible_and_name_no_folder() {
    const FOREIGN: &str = "[Extern(Abi: \"C\", Library: \"libm.so.6\")]\n\
                           contract M { f64 floor(f64 x); }\n\
                           unit main() { println(M.floor(-2.5)); }\n";
    let kinds = [
        ("crowd.bd", "exe"),
        ("crowd.bd", "object"),
        ("crowd.bd", "shared"),
        ("crowd.bd", "static"),
        ("foreign.bd", "exe"),
    ];
    let outputs = |threads: &str, more: &[(&str, &str)], age: u64| -> Vec<Vec<u8>> {
        let workshop = Workshop::new();
        workshop.file("crowd.bd", crowd());
        workshop.file("foreign.bd", FOREIGN);
        let time = SystemTime::now() - Duration::from_secs(age);
        for name in ["crowd.bd", "foreign.bd"] {
            let file = fs::File::options().write(true).open(workshop.at(name)).unwrap();
            file.set_modified(time).unwrap();
        }
        let own = [workshop.path().to_str().unwrap(), env!("CARGO_MANIFEST_DIR")];
        let mut all = Vec::new();
        for level in [&[][..], &["--release"]] {
            for (source, kind) in kinds {
                let arguments = ["build", source, "--kind", kind, "-o", "out"];
                let mut command = workshop.beskid();
                command.args(arguments).args(level).env("RAYON_NUM_THREADS", threads);
                let ran = finish(command.envs(more.iter().copied()));
                assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{arguments:?}");
                let bytes = fs::read(workshop.at("out")).unwrap();
                for folder in own.map(str::as_bytes) {
                    let mut parts = bytes.windows(folder.len());
                    assert!(parts.all(|part| part != folder), "{arguments:?} names a folder");
                }
                all.push(bytes);
            }
        }
        all
    };
    let first = outputs("1", &[], 0);
    // The clock goes on to another second.
    thread::sleep(Duration::from_millis(1100));
    let zone = [("TZ", "Asia/Tokyo"), ("LC_ALL", "tr_TR.UTF-8"), ("USER", "somebody")];
    for other in [outputs("2", &zone, 1_000_000_000), outputs("7", &[], 5)] {
        for (number, (one, two)) in first.iter().zip(&other).enumerate() {
            let kind = kinds[number % kinds.len()];
            assert!(one == two, "{kind:?} gave different bytes");
        }
    }
}

/// A static library that defines a symbol, for a machine.
fn archive(symbol: &str, architecture: object::Architecture) -> Vec<u8> {
    use object::write::{Object, Symbol, SymbolSection};

    let (format, endian) = (object::BinaryFormat::Elf, Endianness::Little);
    let mut made = Object::new(format, architecture, endian);
    let section = made.section_id(object::write::StandardSection::Data);
    made.append_section_data(section, &[0; 8], 8);
    made.add_symbol(Symbol {
        name: symbol.into(),
        value: 0,
        size: 8,
        kind: object::SymbolKind::Data,
        scope: object::SymbolScope::Dynamic,
        weak: false,
        section: SymbolSection::Section(section),
        flags: object::SymbolFlags::None,
    });
    let member = made.write().unwrap();
    let length = member.len();
    let head = format!("!<arch>\n{:<16}{:<12}{:<6}{:<6}{:<8}{length:<10}`\n", "r.o/", 0, 0, 0, 644);
    [head.into_bytes(), member].concat()
}

#[test]
fn runtimes_of_other_versions_and_machines_are_refused() {
    use object::Architecture::{Aarch64, X86_64};

    let workshop = workshop();
    workshop.file("library.bd", "pub i64 Twice(i64 x) => 2 * x;\n");
    let version = |number: u32| format!("beskid_rt_abi_v{number}");
    let needs = format!("this compiler needs version {ABI_VERSION}");
    let has = |number: u32| format!("it has version {number} of the runtime ABI");
    let machine = "it is for aarch64 (elf), the program for x86_64-unknown-linux-gnu";
    for (name, symbol, architecture, texts) in [
        ("stale.a", version(ABI_VERSION - 1), X86_64, vec![has(ABI_VERSION - 1), needs.clone()]),
        ("newer.a", version(ABI_VERSION + 1), X86_64, vec![has(ABI_VERSION + 1), needs]),
        ("foreign.a", version(ABI_VERSION), Aarch64, vec![machine.to_owned()]),
        ("other.a", "main".to_owned(), X86_64, vec!["it holds no Beskid runtime".to_owned()]),
    ] {
        workshop.file(name, archive(&symbol, architecture));
        for (source, kind) in
            [("point.bd", "exe"), ("library.bd", "shared"), ("library.bd", "static")]
        {
            let ran = workshop.run(&[
                "build",
                source,
                "--kind",
                kind,
                "--runtime-archive",
                name,
                "-o",
                "out",
            ]);
            assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{name}: {ran:?}");
            assert!(ran.stderr.starts_with("error[E4003]"), "{name} {kind}: {ran:?}");
            for text in &texts {
                assert!(ran.stderr.contains(text), "{text}: {ran:?}");
            }
            assert!(ran.stderr.contains(name), "{ran:?}");
            assert!(!workshop.at("out").exists(), "{name} {kind}");
        }
    }
}

#[test]
fn no_tool_of_the_system_is_needed() {
    let workshop = workshop();
    let ran = finish(workshop.beskid().args(["build", "point.bd"]).env_clear());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "without any variable");
    let ran = finish(workshop.beskid().args(["build", "point.bd"]).env("PATH", ""));
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "with an empty PATH");
    assert_runs(workshop.command("./point").env_clear());
}

#[test]
fn the_disk_may_be_read_only_but_for_the_output() {
    let workshop = workshop();
    let output = tempfile::tempdir().unwrap();
    let path = output.path().join("point");
    let run = |arguments: &[&str]| {
        let mut command = workshop.beskid();
        command.args(arguments).env_remove("HOME").env("TMPDIR", "/nonexistent");
        finish(&mut command)
    };
    fs::set_permissions(workshop.path(), Permissions::from_mode(0o555)).unwrap();
    let ran = run(&["build", "point.bd", "-o", path.to_str().unwrap()]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let ran = run(&["run", "point.bd"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (42, OUTPUT));
    if is_superuser() {
        println!("skipped in part: permissions do not stop the superuser");
    } else {
        let ran = run(&["build", "point.bd"]);
        assert_eq!(ran.status, 1);
        assert!(ran.stderr.contains("error[E4004]"), "{ran:?}");
        assert!(ran.stderr.contains("no permission to write"), "{ran:?}");
    }
    fs::set_permissions(workshop.path(), Permissions::from_mode(0o755)).unwrap();
    assert_runs(&mut workshop.command(path));
}

#[test]
fn executables_run_where_there_is_nothing_else() {
    let workshop = workshop();
    fs::create_dir(workshop.at("root")).unwrap();
    workshop.must(&["build", "point.bd", "-o", "root/point"]);
    let mut command = workshop.command("chroot");
    command.args(["root", "/point"]).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    if !is_superuser() || Command::new("chroot").arg("--version").output().is_err() {
        println!("skipped: changing the root needs the superuser and the chroot command");
        return;
    }
    assert_runs(&mut command);
}

#[test]
fn other_linkers_can_be_chosen() {
    let workshop = workshop();
    for (linker, program) in [("cc", "cc"), ("lld", "ld.lld"), ("mold", "mold"), ("ld", "ld")] {
        if Command::new(program).arg("--version").output().is_err() {
            println!("skipped: {program} is not installed");
            continue;
        }
        workshop.must(&["build", "point.bd", "-o", linker, "--linker", linker]);
        assert_runs(&mut workshop.command(format!("./{linker}")));
        let ran = finish(
            workshop
                .beskid()
                .args(["build", "point.bd", "-o", "other", "--verbose"])
                .env("BESKID_LINKER", linker),
        );
        assert_eq!(ran.status, 0);
        assert!(ran.stderr.contains(&format!("linked with `{linker}`")), "{ran:?}");
    }
    let ran = finish(
        workshop
            .beskid()
            .args(["build", "point.bd", "--linker", "builtin", "--verbose"])
            .env("BESKID_LINKER", "no-such-linker"),
    );
    assert_eq!(ran.status, 0, "an argument is stronger than the environment");
    assert!(ran.stderr.contains("linked with the built-in linker"), "{ran:?}");
}

#[test]
fn a_failing_linker_is_heard() {
    let workshop = workshop();
    workshop.file("ld", "#!/bin/sh\necho 'the disk is made of cheese' >&2\nexit 3\n");
    fs::set_permissions(workshop.at("ld"), Permissions::from_mode(0o755)).unwrap();
    let ran = workshop.run(&["build", "point.bd", "--linker", "./ld"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.starts_with("error[E4002]: `./ld` failed"), "{ran:?}");
    assert!(ran.stderr.contains("made of cheese"), "{ran:?}");
    assert!(!workshop.at("point").exists());
}
