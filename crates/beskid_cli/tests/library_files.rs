//! Libraries as files (execution.md §6.2): their symbols, what protects them, their headers and names.

#![allow(clippy::print_stdout, reason = "a skipped check says why")]

mod elf;
mod library;
mod workshop;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::elf::{Start, hardened};
use library::{LIBRARY, cc, exported, has_compiler, names};
use object::read::elf::ElfFile64;
use object::{Endianness, Object};
use workshop::{Workshop, finish};

#[test]
fn libraries_give_what_is_public_and_nothing_else() {
    let workshop = Workshop::new();
    workshop.file("library.bd", LIBRARY);
    let missing = BTreeSet::from(["call_back".to_owned(), "environ".to_owned()]);
    for level in [&[][..], &["--release"]] {
        let build = |kind: &str, output: &str| {
            let arguments = ["build", "library.bd", "--kind", kind, "-o", output];
            assert_eq!(workshop.run(&[&arguments[..], level].concat()).status, 0);
            fs::read(workshop.at(output)).unwrap()
        };
        let bytes = build("shared", "library.so");
        let file = ElfFile64::<Endianness>::parse(&*bytes).unwrap();
        assert_eq!(names(file.dynamic_symbols(), true), exported());
        assert_eq!(names(file.dynamic_symbols(), false), missing);

        let bytes = build("static", "library.a");
        let archive = object::read::archive::ArchiveFile::parse(&*bytes).unwrap();
        let index = archive.symbols().unwrap().unwrap();
        let index = index.map(|s| String::from_utf8(s.unwrap().name().to_vec()).unwrap());
        assert_eq!(index.collect::<BTreeSet<_>>(), exported());
        let members: Vec<_> = archive.members().map(Result::unwrap).collect();
        let [member] = &members[..] else { panic!("{} members", members.len()) };
        let object = object::File::parse(member.data(&*bytes).unwrap()).unwrap();
        assert_eq!(names(object.symbols(), true), exported());
        assert_eq!(names(object.symbols(), false), missing);

        let bytes = build("object", "unit.o");
        let object = object::File::parse(&*bytes).unwrap();
        // With a `main` it is the object of a program.
        assert_eq!(names(object.symbols(), true), ["beskid_program".to_owned()].into());
        workshop.file("library.bd", LIBRARY.replace("unit main()", "unit Main()"));
        let bytes = build("object", "unit.o");
        let object = object::File::parse(&*bytes).unwrap();
        assert_eq!(names(object.symbols(), true), exported());
        workshop.file("library.bd", LIBRARY);
    }
}

#[test]
fn shared_libraries_are_hardened() {
    let workshop = Workshop::new();
    workshop.file("library.bd", LIBRARY);
    workshop.file("alone.bd", "pub i64 Twice(i64 x) => 2 * x;\n");
    for (source, needed) in [("library.bd", Some("./libhelper.so")), ("alone.bd", None)] {
        assert_eq!(workshop.run(&["build", source, "--kind", "shared", "-o", "out.so"]).status, 0);
        let bytes = fs::read(workshop.at("out.so")).unwrap();
        let file = ElfFile64::<Endianness>::parse(&*bytes).unwrap();
        let endian = file.endian();
        let sections = file.elf_section_table();
        let entries = hardened(&file, &bytes, Start::Direct);
        let dynamic = sections.dynamic_table(endian, &*bytes).unwrap();
        let texts = |tag| -> Vec<String> {
            let of_tag = dynamic.iter().filter(|entry| entry.tag == tag);
            of_tag
                .map(|entry| String::from_utf8(dynamic.string(entry).unwrap().to_vec()).unwrap())
                .collect()
        };
        let is_kept = entries.iter().any(|&(tag, value)| {
            tag == object::elf::DT_FLAGS_1 && value & u64::from(object::elf::DF_1_NODELETE) != 0
        });
        assert!(is_kept, "never unloaded");
        assert_eq!(texts(object::elf::DT_SONAME), ["out.so"]);
        assert_eq!(texts(object::elf::DT_NEEDED), needed.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn headers_are_c_and_cpp() {
    let workshop = Workshop::new();
    let source = "[Export(Name: \"odd\")]\n\
                  pub f32[] Odd(i64 int, string class, bool[] flags, u16[] size, ptr size_length) => [];\n";
    workshop.file("odd.bd", source);
    let ran = workshop.run(&["build", "odd.bd", "--kind", "shared"]);
    assert!(ran.stderr.contains("E1901"), "arrays of bools do not pass: {ran:?}");
    workshop.file("odd.bd", source.replace("bool[] flags", "u8[] flags"));
    workshop.must(&["build", "odd.bd", "--kind", "shared", "--emit", "header"]);
    let header = fs::read_to_string(workshop.at("libodd.h")).unwrap();
    let expected = "const float *odd(int64_t p_int, const char *p_class, const uint8_t *flags, int64_t \
                    flags_length, const uint16_t *size, int64_t size_length, void *size_length_, \
                    int64_t *result_length);\n";
    assert!(header.contains(expected), "{header}");
    if !has_compiler() {
        return;
    }
    workshop.file("use.c", "#include \"libodd.h\"\nint main(void) { return odd != 0 ? 0 : 1; }\n");
    let options = ["-Wno-address", "-pedantic", "libodd.so", "-Wl,-rpath,.", "-o", "use"];
    cc(&workshop, &[&["use.c"], &options[..]].concat());
    if Command::new("c++").arg("--version").output().is_err() {
        println!("skipped: no C++ compiler");
        return;
    }
    cc(&workshop, &[&["-x", "c++", "use.c", "-x", "none"], &options[..]].concat());
}

#[test]
fn libraries_are_reproducible() {
    let (first, second) = (Workshop::new(), Workshop::new());
    for kind in ["shared", "static"] {
        let build = |workshop: &Workshop, threads: &str| {
            workshop.file("library.bd", LIBRARY);
            let arguments = ["build", "library.bd", "--kind", kind, "-o", "out"];
            let ran = finish(workshop.beskid().args(arguments).env("RAYON_NUM_THREADS", threads));
            assert_eq!(ran.status, 0, "{ran:?}");
            fs::read(workshop.at("out")).unwrap()
        };
        assert!(build(&first, "2") == build(&second, "1"), "{kind}");
    }
}

#[test]
fn what_cannot_be_a_library_is_an_error() {
    let workshop = Workshop::new();
    workshop.file("nothing.bd", "i64 F() => 1;\npub T G<T>(T x) => x;\n");
    for kind in ["shared", "static", "object"] {
        let ran = workshop.run(&["build", "nothing.bd", "--kind", kind]);
        assert_eq!(ran.status, 1, "{kind}");
        assert!(ran.stderr.starts_with("error[E4006]: there is nothing to export\n"), "{ran:?}");
    }
    workshop.file("program.bd", "unit main() { }\n");
    let ran = workshop.run(&["build", "program.bd", "--emit", "header"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.starts_with("error[E4001]: an executable has no header\n"), "{ran:?}");
    workshop.file("maths.bd", "pub i64 Twice(i64 x) => 2 * x;\n");
    for triple in ["aarch64-unknown-linux-gnu", "x86_64-apple-darwin"] {
        let ran =
            workshop.run(&["build", "maths.bd", "--kind", "shared", "--target-triple", triple]);
        assert_eq!(ran.status, 1, "{triple}");
        let ran =
            workshop.run(&["build", "maths.bd", "--kind", "object", "--target-triple", triple]);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{triple}");
    }
}

#[test]
fn outputs_have_names_of_libraries() {
    let workshop = Workshop::new();
    workshop.file("maths.bd", "pub i64 Twice(i64 x) => 2 * x;\n");
    workshop.must(&["build", "maths.bd", "--kind", "shared", "--emit", "header,obj"]);
    workshop.must(&["build", "maths.bd", "--kind", "static"]);
    for name in ["libmaths.so", "libmaths.h", "libmaths.o", "libmaths.a"] {
        assert!(workshop.at(name).exists(), "{name}");
    }
}
