//! Names of compiled functions: exported, demangled, and shown by `clif`, `asm` and `mir`.

mod workshop;

use std::fs;

use object::{Object, ObjectSymbol};
use workshop::{Workshop, finish_with};

const MATHS: &str = "\
pub type Point { i64 x }

impl Point {
    pub i64 Double(i64 by) => this.x * by;
}

[Export(Name: \"maths_twice\")]
pub i64 Twice(i64 x) => Hidden(x, \"two\");

pub i64 Thrice(i64 x) => 3 * x;

i64 Hidden(i64 x, string reason) {
    return x * Plain(reason.Len());
}

i64 Unreached(i64 x) => x;

i64 Plain(i64 x) => x + 1;
";

fn workshop() -> Workshop {
    let workshop = Workshop::new();
    workshop.file("maths.bd", MATHS);
    workshop
}

#[test]
fn symbols_become_names_of_the_source() {
    let workshop = workshop();
    let names = workshop.must(&[
        "demangle",
        "pn::Net.Http::Connect$function(i64,str,Result[unit,str])",
        "printf",
        "<pn::::a::F$function(unit)::0$lambda()+16>",
    ]);
    let expected =
        "Net.Http.Connect(i64, string) -> Result<unit, string>\nprintf\n<lambda 0 in a.F()+16>\n";
    assert_eq!(names, expected);

    let stream =
        b"T pn::a::F$function(unit)\n\xff pn::a::F$function(unit)\nlast pn::a::G$function(i32)";
    let ran = finish_with(workshop.beskid().args(["demangle", "x"]), b"");
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "x\n"));
    let mut command = workshop.beskid();
    let output = {
        use std::io::Write;
        use std::process::Stdio;
        let mut child =
            command.arg("demangle").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(stream).unwrap();
        child.wait_with_output().unwrap()
    };
    assert_eq!(
        output.stdout, b"T a.F()\n\xff pn::a::F$function(unit)\nlast a.G() -> i32",
        "what is no text is copied as it is"
    );
}

/// Every symbol of a library that is the program's has a name, and `clif` and `asm` show both.
#[test]
fn every_symbol_has_a_name() {
    let workshop = workshop();
    workshop.must(&["build", "maths.bd", "--kind", "object", "--emit", "clif,asm"]);
    let bytes = fs::read(workshop.at("maths.o")).unwrap();
    let object = object::File::parse(&*bytes).unwrap();
    let symbols: Vec<&str> = object
        .symbols()
        .filter_map(|symbol| symbol.name().ok())
        .filter(|name| name.starts_with("pn::"))
        .collect();
    assert!(symbols.len() > 5, "{symbols:?}");
    for symbol in symbols {
        let name = workshop.must(&["demangle", symbol]);
        assert!(!name.contains("pn::"), "{symbol}");
    }
    let name = "; maths.Hidden(i64, string) -> i64\n; pn::maths::Hidden$function(i64,str,i64)\n";
    for file in ["maths.clif", "maths.s"] {
        let text = fs::read_to_string(workshop.at(file)).unwrap();
        assert!(text.contains(name), "{file}: {text}");
    }
}

#[test]
fn libraries_are_shown_function_by_function() {
    let workshop = workshop();
    for form in ["clif", "asm", "mir"] {
        let all = workshop.must(&[form, "maths.bd"]);
        // What nothing exports or calls is there as well: it is what one wants to look at.
        for name in ["Twice", "Thrice", "Hidden", "Unreached", "Double"] {
            assert!(all.contains(name), "{form} {name}: {all}");
            let name = if name == "Double" { "Point.Double" } else { name };
            let one = workshop.must(&[form, "maths.bd", "--function", name]);
            assert!(!one.is_empty() && all.contains(&one), "{form} {name}: {one}");
        }
        let ran = workshop.run(&[form, "maths.bd", "--function", "Thrize"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
        assert!(ran.stderr.contains("did you mean `Thrice`?"), "{ran:?}");
    }
    // So it is beside a `main` that does not call it.
    workshop.file("program.bd", "unit main() { }\ni64 Unreached(i64 x) => x;\n");
    assert!(!workshop.must(&["mir", "program.bd"]).contains("Unreached"));
    let one = workshop.must(&["mir", "program.bd", "--function", "Unreached"]);
    assert!(one.contains("fn Unreached"), "{one}");
}

#[test]
fn exports_are_chosen_by_name() {
    let workshop = workshop();
    let exported = |names: &[&str]| {
        let mut arguments = vec!["build", "maths.bd", "--kind", "shared", "--emit", "header"];
        arguments.extend(names.iter().flat_map(|name| ["--export", name]));
        workshop.must(&arguments);
        let bytes = fs::read(workshop.at("libmaths.so")).unwrap();
        let file = object::File::parse(&*bytes).unwrap();
        let mut names: Vec<String> = file
            .dynamic_symbols()
            .filter(|symbol| symbol.is_definition())
            .map(|symbol| symbol.name().unwrap().to_owned())
            .collect();
        names.sort();
        (names, fs::read_to_string(workshop.at("libmaths.h")).unwrap())
    };
    let (names, header) = exported(&["Twice"]);
    assert_eq!(names, ["maths_twice", "pn::maths::Twice$function(i64,i64)"]);
    assert!(header.contains("maths_twice"), "{header}");
    let (names, header) = exported(&["Point.Double", "Thrice"]);
    let expected =
        ["pn::maths::Point::Double$method(self,i64,i64)", "pn::maths::Thrice$function(i64,i64)"];
    assert_eq!(names, expected);
    assert!(!header.contains("maths_twice"), "{header}");
    let (names, _) = exported(&["maths_twice"]);
    assert_eq!(names.len(), 2, "{names:?}");

    for (name, text) in [
        ("Twise", "did you mean `Twice`?"),
        ("Hidden", "what is exported is `pub`"),
        ("Nothing", "by its name in C"),
    ] {
        let ran = workshop.run(&["build", "maths.bd", "--kind", "static", "--export", name]);
        assert_eq!(ran.status, 1);
        assert!(ran.stderr.starts_with("error[E4007]"), "{ran:?}");
        assert!(ran.stderr.contains(text), "{text}: {ran:?}");
        assert!(!workshop.at("libmaths.a").exists());
    }
    workshop.file("program.bd", "unit main() { }\n");
    let ran = workshop.run(&["build", "program.bd", "--export", "main"]);
    assert!(ran.stderr.starts_with("error[E4001]: an executable exports nothing\n"), "{ran:?}");
}
