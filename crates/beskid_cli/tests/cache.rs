//! The cache: unchanged programs are not compiled again, of changed ones only what has changed, and nothing
//! depends on it.

mod workshop;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

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
    assert_eq!(entries(&cache), 2, "the output and the functions");
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
    let files = fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path());
    let whole: Vec<_> = files.map(|path| (fs::read(&path).unwrap(), path)).collect();
    for end in [usize::MAX, 100, 0] {
        for (content, path) in &whole {
            let mut content = content.clone();
            let middle = content.len() / 2;
            content[middle] ^= 1;
            fs::write(path, &content[..end.min(content.len())]).unwrap();
        }
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
    assert_eq!(entries(&workshop.at(".cache/beskid")), 2);
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
    assert_eq!(entries(&cache), 1, "functions say nothing");
}

/// 200 functions and `main`; one of them can be another, and a line can stand in front of all.
fn many(changed: Option<usize>, line: &str) -> String {
    let mut text = format!("{line}type Item {{ i64 key, string name }}\n");
    for n in 0..200 {
        let constant = if changed == Some(n) { 1000 } else { n };
        let _ = writeln!(
            text,
            "i64 F{n}(i64 count, i64[] values) {{\n\
             \x20   i64 mut sum = {constant};\n\
             \x20   for i in range(0, count) {{\n\
             \x20       let item = Item {{ key: values[i] + sum, name: \"item {n} ${{i}}\" }};\n\
             \x20       sum += item.key * {n} + item.name.Len();\n\
             \x20       if sum % 7 == 0 {{ sum += {}; }}\n\
             \x20   }}\n\
             \x20   return sum;\n\
             }}\n",
            if n > 0 { format!("F{}(1, values)", n - 1) } else { "1".to_owned() }
        );
    }
    text.push_str("unit main(string[] arguments) {\n    i64[] values = [3, 1, 4];\n");
    let calls = (0..200).map(|n| format!("    println(F{n}(3 + arguments.Len(), values));\n"));
    text.extend(calls);
    text + "}\n"
}

/// How many functions a build compiled, and how many there are.
fn compiled(ran: &Ran) -> (usize, usize) {
    let line = ran.stderr.lines().find(|line| line.contains("functions were in the cache"));
    let words: Vec<&str> = line.unwrap().split_whitespace().collect();
    let of = words.iter().position(|&word| word == "of").unwrap();
    let number = |at: usize| words[at].parse::<usize>().unwrap();
    (number(of + 1) - number(of - 1), number(of + 1))
}

/// A build as it is without any cache.
fn plain(workshop: &Workshop, arguments: &[&str]) -> Vec<u8> {
    workshop.must(&[&["build", "large.bd", "-o", "plain"], arguments].concat());
    fs::read(workshop.at("plain")).unwrap()
}

#[test]
fn of_a_changed_program_only_what_has_changed_is_compiled() {
    let workshop = Workshop::new();
    for (number, arguments) in [
        &[][..],
        &["--release"],
        &["--kind", "object"],
        &["--kind", "object", "--target-triple", "aarch64-unknown-linux-gnu", "--release"],
    ]
    .into_iter()
    .enumerate()
    {
        let cache = workshop.at(format!("cache{number}"));
        let again = |text: String| {
            workshop.file("large.bd", text);
            let output = [&["large.bd", "-o", "large"], arguments].concat();
            let made = compiled(&build(&workshop, &cache, &output));
            let same = fs::read(workshop.at("large")).unwrap() == plain(&workshop, arguments);
            assert!(same, "{arguments:?}: another output than without a cache");
            made
        };
        let (first, all) = again(many(None, ""));
        assert!(first == all && all > 200, "{first} of {all}");
        // Its own, and at most those that it was inlined into.
        let (changed, _) = again(many(Some(77), ""));
        assert!((1..=3).contains(&changed), "{arguments:?}: {changed} of {all}");
        assert_eq!(again(many(Some(77), "// A comment.\n\n")).0, 0, "text moves, code stays");
        assert_eq!(again(many(Some(77), "i64 Other(i64 x) => x;\n")).0, 0, "nothing reaches it");
        let (back, _) = again(many(None, "// As it was.\n"));
        assert!((1..=3).contains(&back), "{arguments:?}: {back} of {all}");
        // Nothing is kept of what was replaced.
        let sizes = fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().metadata().unwrap());
        let size: u64 = sizes.map(|metadata| metadata.len()).sum();
        assert!(size < 8 << 20, "{size} bytes");
    }
}

/// Everything gets another number if something stands in front of it that is reached.
#[test]
fn code_from_the_cache_refers_to_what_has_other_numbers_now() {
    let front = "\
        use Collections.List;\n\
        type Before { i64 x, string name }\n\
        pub i64 Ahead(i64 x) {\n\
        \x20   let all = List.Of([Before { x: x, name: \"before\" }]);\n\
        \x20   println(all.Get(0).name + \" all others\");\n\
        \x20   return x;\n\
        }\n";
    let public = |text: String| text.replace("\ni64 F", "\npub i64 F");
    let called = |text: String| {
        let main = "unit main(string[] arguments) {\n";
        text.replace(main, &format!("{main}    println(Ahead(1));\n"))
    };
    let workshop = Workshop::new();
    fs::create_dir(workshop.at("fresh")).unwrap();
    for (number, arguments) in
        [&[][..], &["--release"], &["--kind", "shared"], &["--kind", "static", "--release"]]
            .into_iter()
            .enumerate()
    {
        let cache = workshop.at(format!("cache{number}"));
        let output = [&["large.bd", "-o", "large"], arguments].concat();
        workshop.file("large.bd", public(many(None, "")));
        let (first, all) = compiled(&build(&workshop, &cache, &output));
        assert!(first == all && all > 200, "{first} of {all}");
        workshop.file("large.bd", called(public(many(None, front))));
        let (made, all) = compiled(&build(&workshop, &cache, &output));
        assert!(made > 0 && made < all / 4, "{arguments:?}: {made} of {all}");
        // A shared library knows its name.
        let fresh = &["build", "large.bd", "-o", "fresh/large"];
        workshop.must(&[&fresh[..], arguments].concat());
        let read = |name: &str| fs::read(workshop.at(name)).unwrap();
        let same = read("large") == read("fresh/large");
        assert!(same, "{arguments:?}: another output than without a cache");
    }
}

#[test]
fn code_from_the_cache_has_the_positions_of_the_text_as_it_is() {
    let workshop = Workshop::new();
    let cache = workshop.at("cache");
    let trace = |line: &str, level: &[&str]| {
        workshop.file("large.bd", many(None, line));
        build(&workshop, &cache, &[&["large.bd"], level].concat());
        let ran = finish(workshop.command("./large").arg("one too many"));
        assert_eq!(ran.status, 101, "{ran:?}");
        ran.stderr
    };
    for level in [&[][..], &["--release"]] {
        let first = trace("", level);
        let moved = trace("// One\n// and another line.\n", level);
        assert!(first.contains("large.bd:5:") && moved.contains("large.bd:7:"), "{first}{moved}");
    }
}

#[test]
fn damaged_functions_are_compiled() {
    let workshop = Workshop::new();
    let cache = workshop.at("cache");
    workshop.file("large.bd", many(None, ""));
    let (_, all) = compiled(&build(&workshop, &cache, &["large.bd"]));
    let good = plain(&workshop, &[]);
    let files = fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path());
    // A slow machine has kept the output as well.
    for path in files.filter(|path| fs::read(path).unwrap().len() > good.len()) {
        fs::remove_file(path).unwrap();
    }
    let pack = fs::read_dir(&cache).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&pack).unwrap();
    let mut piece = whole.clone();
    piece[whole.len() - 40] ^= 1;
    let mut head = whole.clone();
    head[30] ^= 1;
    for (content, expected) in [
        (whole.clone(), 0),
        (piece, all),
        (head, all),
        (whole[..whole.len() / 2].to_vec(), all),
        (whole[..10].to_vec(), all),
        (b"something else that is no pack at all, but as long as one".to_vec(), all),
    ] {
        fs::remove_dir_all(&cache).unwrap();
        fs::create_dir(&cache).unwrap();
        fs::write(&pack, content).unwrap();
        let (made, _) = compiled(&build(&workshop, &cache, &["large.bd"]));
        assert_eq!(made, expected, "of {all}");
        assert!(fs::read(workshop.at("large")).unwrap() == good);
        assert!(fs::read(&pack).unwrap() == whole, "mended");
    }
}

#[test]
fn builds_at_the_same_time_leave_whole_entries() {
    let workshop = Workshop::new();
    let cache = workshop.at("cache");
    workshop.file("large.bd", many(None, ""));
    let good = plain(&workshop, &[]);
    for round in 0..3 {
        let builds: Vec<_> = (0..4)
            .map(|number| {
                let output = format!("out{number}");
                let mut command = workshop.beskid();
                command.args(["build", "large.bd", "-o", &output]).env("BESKID_CACHE", &cache);
                (command.spawn().unwrap(), output)
            })
            .collect();
        for (mut child, output) in builds {
            assert!(child.wait().unwrap().success(), "{round}");
            assert!(fs::read(workshop.at(output)).unwrap() == good, "{round}");
        }
        workshop.file("large.bd", many(None, &"\n".repeat(round + 1)));
        workshop.must(&["build", "large.bd", "-o", "plain"]);
        let ran = build(&workshop, &cache, &["large.bd"]);
        assert_eq!(compiled(&ran).0, 0, "{round}");
        assert!(fs::read(workshop.at("large")).unwrap() == plain(&workshop, &[]));
        workshop.file("large.bd", many(None, ""));
    }
    let names = fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.into_iter().all(|name| name.len() == 64), "nothing half done is left");
}

#[test]
fn what_was_not_used_for_longest_goes() {
    let workshop = Workshop::new();
    let cache = workshop.at("cache");
    fs::create_dir(&cache).unwrap();
    // They have holes, and take no room on the disk.
    let day = Duration::from_secs(24 * 60 * 60);
    for age in 1..=5 {
        let file = fs::File::create(cache.join(format!("old{age}"))).unwrap();
        file.set_len(250 << 20).unwrap();
        file.set_modified(SystemTime::now() - day * age).unwrap();
    }
    workshop.file("large.bd", many(None, ""));
    let (made, all) = compiled(&build(&workshop, &cache, &["large.bd"]));
    assert_eq!(made, all);
    let left = |age: u32| cache.join(format!("old{age}")).exists();
    assert!(left(1) && (2..=5).all(|age| !left(age)), "half of what there may be");
    workshop.file("large.bd", many(Some(3), ""));
    assert!(compiled(&build(&workshop, &cache, &["large.bd"])).0 <= 3, "the newest is left");
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

#[test]
fn tests_that_are_built_are_compiled_with_the_cache_too() {
    let workshop = Workshop::new();
    let cache = workshop.at("cache");
    let test = |changed: Option<usize>| {
        let calls = (0..200).map(|n| format!(" + F{n}(0, values)")).collect::<String>();
        let text = format!("test Sums {{ i64[] values = [1]; assert(0{calls} == 19900); }}\n");
        workshop.file("large.bd", many(changed, "") + &text);
        let mut command = workshop.beskid();
        command.args(["test", "--backend", "aot", "large.bd"]).env("BESKID_CACHE", &cache);
        let status = finish(&mut command).status;
        let files = fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path());
        let files: Vec<_> = files.map(|path| fs::read(path).unwrap()).collect();
        assert_eq!(files.len(), 1);
        (status, files)
    };
    let (status, first) = test(None);
    assert_eq!(status, 0);
    assert_eq!(test(None), (0, first.clone()));
    let (status, second) = test(Some(7));
    assert!(status == 1 && second != first, "the changed function is the one that runs");
    assert_eq!(test(None), (0, first));
}
