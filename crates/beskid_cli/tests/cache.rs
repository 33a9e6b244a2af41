//! The cache of outputs: unchanged programs are not compiled again, and nothing depends on it.

mod workshop;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use workshop::{Ran, Workshop, finish};

/// So large that compiling it is worth a file.
fn large(constant: u32) -> String {
    let mut text = String::from("i64 F0(i64 x) => x;\n");
    for n in 1..1500 {
        let _ = writeln!(
            text,
            "i64 F{n}(i64 x) {{ let mut y = x; for i in range(0, 3) {{ y = y * {n} + i + F{}(x % 7); \
             if y > 1000000 {{ y = y / 3; }} }} return y + {constant}; }}",
            n / 2
        );
    }
    let calls: Vec<String> = (0..1500).map(|n| format!("F{n}(2)")).collect();
    let _ = writeln!(text, "unit main() {{ println({}); }}", calls.join(" + "));
    text
}

fn build(workshop: &Workshop, cache: &Path, arguments: &[&str]) -> Ran {
    let mut command = workshop.beskid();
    command.arg("build").args(arguments).arg("--verbose").env("BESKID_CACHE", cache);
    let ran = finish(&mut command);
    assert_eq!(ran.status, 0, "{ran:?}");
    ran
}

fn was_found(ran: &Ran) -> bool {
    ran.stderr.contains("found what an earlier build has made")
}

fn entries(cache: &Path) -> usize {
    fs::read_dir(cache).map_or(0, |entries| entries.count())
}

fn runs(workshop: &Workshop) -> String {
    finish(&mut workshop.command("./large")).stdout
}

#[test]
fn an_unchanged_program_is_not_built_again() {
    let workshop = Workshop::new();
    let cache = workshop.at("cache");
    workshop.file("large.bd", large(1));
    assert!(!was_found(&build(&workshop, &cache, &["large.bd"])));
    assert_eq!(entries(&cache), 1);
    let (first, said) = (fs::read(workshop.at("large")).unwrap(), runs(&workshop));
    let time = || fs::metadata(workshop.at("large")).unwrap().modified().unwrap();
    let before = time();
    assert!(was_found(&build(&workshop, &cache, &["large.bd"])));
    assert_eq!(time(), before, "what is there already is not written");

    fs::remove_file(workshop.at("large")).unwrap();
    assert!(was_found(&build(&workshop, &cache, &["large.bd"])));
    assert!(fs::read(workshop.at("large")).unwrap() == first);
    assert_eq!(runs(&workshop), said);

    // Everything that could change the output is in the key.
    for other in [
        &["large.bd", "--kind", "object"][..],
        &["large.bd", "--release"],
        &["large.bd", "--kind", "object", "--target-triple", "aarch64-unknown-linux-gnu"],
    ] {
        assert!(!was_found(&build(&workshop, &cache, other)), "{other:?}");
        assert!(was_found(&build(&workshop, &cache, other)), "{other:?}");
    }
    workshop.file("large.bd", large(2));
    assert!(!was_found(&build(&workshop, &cache, &["large.bd"])));
    assert_ne!(runs(&workshop), said);
    workshop.file("large.bd", large(1));
    assert!(was_found(&build(&workshop, &cache, &["large.bd"])));
    assert_eq!(runs(&workshop), said);
}

#[test]
fn nothing_depends_on_the_cache() {
    let workshop = Workshop::new();
    let cache = workshop.at("cache");
    workshop.file("large.bd", large(1));
    workshop.file("file", "no folder");
    build(&workshop, &cache, &["large.bd"]);
    let good = fs::read(workshop.at("large")).unwrap();

    // A broken entry is none.
    let entry = fs::read_dir(&cache).unwrap().next().unwrap().unwrap().path();
    let mut content = fs::read(&entry).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    for broken in [&content[..], &content[..100], &[]] {
        fs::write(&entry, broken).unwrap();
        assert!(!was_found(&build(&workshop, &cache, &["large.bd"])));
        assert!(fs::read(workshop.at("large")).unwrap() == good);
    }
    for place in ["file", "file/below", "/proc/nonexistent", "0"] {
        let ran = build(&workshop, Path::new(place), &["large.bd"]);
        assert!(!was_found(&ran) && !ran.stderr.contains("error"), "{place}: {ran:?}");
    }
    // Without HOME there is none, with it there is one, where the user's others are.
    let mut command = workshop.beskid();
    command.args(["build", "large.bd"]).env_remove("BESKID_CACHE").env_remove("XDG_CACHE_HOME");
    command.env_remove("HOME");
    assert_eq!(finish(&mut command).status, 0);
    command.env("HOME", workshop.path());
    assert_eq!(finish(&mut command).status, 0);
    assert_eq!(entries(&workshop.at(".cache/beskid")), 1);
}

#[test]
fn what_is_not_worth_it_or_has_warnings_is_not_kept() {
    let workshop = Workshop::new();
    let cache = workshop.at("cache");
    workshop.file("small.bd", "unit main() { println(1); }\n");
    build(&workshop, &cache, &["small.bd"]);
    assert_eq!(entries(&cache), 0);
    workshop.file(
        "large.bd",
        large(1) + "i64 Shadow(i64 x) { if x > 0 { let x = 1; return x; } return x; }\n",
    );
    for _ in 0..2 {
        let ran = build(&workshop, &cache, &["large.bd"]);
        assert!(ran.stderr.contains("warning[W1103]"), "it is said again: {}", ran.stderr);
    }
    assert_eq!(entries(&cache), 0);
}

#[test]
fn that_nothing_is_wrong_with_a_library_is_remembered() {
    let workshop = Workshop::new();
    let cache = workshop.at("cache");
    fs::create_dir(workshop.at("Src")).unwrap();
    workshop.file("Project.proj", "project { name = \"L\" }\ntarget \"L\" { kind = Lib }\n");
    for n in 0..4 {
        let text = large(n);
        let functions = text.split("unit main()").next().unwrap();
        workshop.file(&format!("Src/M{n}.bd"), functions);
    }
    let checked = |ran: &Ran| ran.stderr.contains("checked Project.proj");
    let first = build(&workshop, &cache, &[]);
    assert!(checked(&first) && !workshop.at("bin").exists(), "{first:?}");
    assert_eq!(entries(&cache), 1);
    build(&workshop, &cache, &[]);
    assert_eq!(entries(&cache), 1);
    // What is wrong is said each time.
    workshop.file("Src/Wrong.bd", "i32 F() => true;\n");
    for _ in 0..2 {
        let mut command = workshop.beskid();
        let ran = finish(command.arg("build").env("BESKID_CACHE", &cache));
        assert!(ran.status == 1 && ran.stderr.contains("error[E1207]"), "{ran:?}");
    }
    assert_eq!(entries(&cache), 1);
}
