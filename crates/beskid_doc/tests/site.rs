//! What is made of programs: `api.json` to the letter, and sites whose links all lead somewhere.

mod made;

use beskid_doc::{Shown, collect, json};
use expect_test::expect_file;
use made::{check_links, core, on_a_large_stack, program, site_of, values};

/// Every kind of item, and each way in which one refers to another.
const SHAPES: &str = include_str!("sample/Shapes.bd");
const UNITS: &str = include_str!("sample/Units.bd");
const MAIN: &str = include_str!("sample/Main.bd");

fn sample(place: &str) -> beskid_doc::Program {
    program("sample", &[("Main", MAIN), ("Geometry/Shapes", SHAPES), ("Units", UNITS)], place)
}

#[test]
fn the_description_of_a_program_is_known_to_the_letter() {
    let text = on_a_large_stack(|| json(&collect(&[sample("a")], Shown::Public).0));
    expect_file!["sample/api.json"].assert_eq(&text);
}

#[test]
fn every_key_of_the_description_is_documented() {
    fn keys(value: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
        match value {
            serde_json::Value::Object(entries) => {
                for (key, value) in entries {
                    found.insert(key.clone());
                    keys(value, found);
                }
            }
            serde_json::Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
            _ => {}
        }
    }
    let texts = on_a_large_stack(|| {
        let programs = [sample("a"), core()];
        [Shown::Public, Shown::Everything].map(|shown| json(&collect(&programs, shown).0))
    });
    let mut found = std::collections::BTreeSet::new();
    for text in texts {
        keys(&serde_json::from_str(&text).expect("JSON"), &mut found);
    }
    let page = include_str!("../../../docs/guide/documentation.md");
    for key in &found {
        assert!(page.contains(&format!("`{key}`")), "`{key}` is nowhere in the guide");
    }
    assert!(found.len() > 40, "{found:?}");
}

#[test]
fn private_items_are_shown_if_they_are_asked_for() {
    let (public, all) = on_a_large_stack(|| {
        let text = |shown| json(&collect(&[sample("a")], shown).0);
        (text(Shown::Public), text(Shown::Everything))
    });
    for name in ["\"Hidden\"", "\"main\"", "\"Secret\"", "\"hidden\"", "\"Inside\""] {
        assert!(!public.contains(name), "{name} is shown");
        assert!(all.contains(name), "{name} is not shown");
    }
}

#[test]
fn all_links_of_a_site_lead_somewhere() {
    on_a_large_stack(|| {
        for shown in [Shown::Public, Shown::Everything] {
            let files = site_of(&[sample("a")], shown);
            assert!(check_links(&files) > 100);
        }
    });
}

#[test]
fn all_links_of_the_core_library_lead_somewhere() {
    on_a_large_stack(|| {
        for shown in [Shown::Public, Shown::Everything] {
            let program = core();
            assert!(program.analysis.diagnostics.is_empty(), "{:#?}", program.analysis.diagnostics);
            let files = site_of(&[program], shown);
            assert!(check_links(&files) > 10_000);
        }
    });
}

#[test]
fn packages_refer_to_each_other() {
    on_a_large_stack(|| {
        let files = site_of(&[sample("a"), core()], Shown::Public);
        check_links(&files);
        let page = &files.iter().find(|file| file.path == "sample/Geometry.Shapes/Circle.html");
        let links = values(&page.expect("the page of a type").text, "href");
        assert!(links.contains(&"../../core/Prelude/Option.html"), "{links:?}");
    });
}

#[test]
fn bytes_depend_on_the_program_alone() {
    let [here, again, there] = on_a_large_stack(|| {
        ["a", "a", "/somewhere/else"].map(|place| site_of(&[sample(place)], Shown::Everything))
    });
    assert!(here == again, "two runs differ");
    assert!(here == there, "the place of the sources is in the site");
}

#[test]
fn names_that_files_cannot_have_and_names_that_differ_by_case_are_no_trouble() {
    on_a_large_stack(|| {
        let long = "L".repeat(300);
        let types = format!(
            "pub type Foo<T> {{ T foo }}\npub enum foo {{ Foo, fOO(Foo<i32> of) }}\n\
             pub type FOO {{ foo index }}\npub type Index {{ i32 x }}\npub type index {{ Index x }}\n\
             pub type {long} {{ i32 x }}\npub type {long}1 {{ {long} x }}\n\
             pub i32 Make() => 1;\npub i32 make(i32 x) => x;\npub i32 Make(Foo<{long}> x) => 2;\n\
             pub mod Deep {{ pub mod Deeper {{ pub type Foo {{ i32 x }} pub Foo Make() => Foo {{ x: 1 }}; }} }}\n"
        );
        let files: &[(&str, &str)] = &[
            ("A/Types", &types),
            ("A/Types_2", "pub i32 X() => 1;\n"),
            ("A", "pub i32 X() => 1;\n"),
        ];
        let names = ["", "..", "a b", "A B", "a-b", "source", "é/ü", "index.html", &long];
        let programs: Vec<_> = names.iter().map(|name| program(name, files, "x")).collect();
        let made = site_of(&programs, Shown::Public);
        check_links(&made);
        for file in &made {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
            assert!(file.path.chars().all(is_plain), "{}", file.path);
            assert!(file.path.split('/').all(|part| part.len() < 120), "{}", file.path);
            let is_hidden = |part: &str| part.starts_with('.');
            assert!(!file.path.split('/').any(is_hidden), "{}", file.path);
        }
        assert_eq!(made.iter().filter(|file| file.path.ends_with("/Foo.html")).count(), 2 * 9);
    });
}

#[test]
fn documentation_of_others_brings_nothing_but_text() {
    let text = on_a_large_stack(|| {
        let hostile = "/// <script>alert(1)</script> <img src=x onerror=alert(1)>\n///\n/// **bold** <b>x</b>\n\
             /// [one](javascript:alert(1)) [two](JaVaScRiPt:alert(1)) [three](data:text/html,x)\n\
             /// ![picture](https://example.org/x.png \"title\") [four](https://example.org/\"onclick=\"x)\n\
             /// <https://example.org/?a=\"b> <javascript:alert(1)> [five](../../../etc/passwd) [six](//evil)\n\
             /// [@ref(Point) and `Point`](https://example.org) `</code><script>`\n\
             ///\n\
             /// ```\"><script>\n/// </code></pre><script>alert(1)</script>\n/// ```\n\
             /// ```beskid\n/// \"</code><script>\" /* <script> */\n/// ```\n\
             /// <!-- hidden -->\n\
             pub type Point { i32 x }\n";
        let files = site_of(&[program("<b>&\"", &[("Main", hostile)], "x")], Shown::Public);
        check_links(&files);
        files.iter().map(|file| (file.path.clone(), file.text.clone())).collect::<Vec<_>>()
    });
    for (path, page) in text.iter().filter(|(path, _)| path.ends_with(".html")) {
        assert_eq!(page.matches("<script").count(), 1, "{path}: {page}");
        for wrong in ["<img", "<b>", "onerror=alert(1)>", "onclick=\"x\"", "href=\"j", "href=\"d"] {
            assert!(!page.contains(wrong), "{path} has {wrong}: {page}");
        }
        for link in values(page, "href").iter().chain(&values(page, "src")) {
            let lower = link.to_lowercase();
            assert!(!lower.contains("javascript:") && !lower.starts_with("//"), "{path}: {link}");
        }
    }
    let (_, page) = text.iter().find(|(path, _)| path.ends_with("/Point.html")).expect("a page");
    assert!(page.contains("&lt;script&gt;") && page.contains("<strong>bold</strong>"), "{page}");
    assert!(page.contains("href=\"https://example.org/x.png\"") && !page.contains("hidden --"));
}

#[test]
fn a_program_without_anything_public_has_a_site() {
    on_a_large_stack(|| {
        let files = site_of(&[program("x", &[("Main", "unit main() {}\n")], "x")], Shown::Public);
        check_links(&files);
        let index = files.last().expect("the first page");
        assert!(
            index.path == "index.html" && index.text.contains("Nothing in this package is public")
        );
    });
}

#[test]
fn a_large_package_shows_the_modules_around_a_page() {
    on_a_large_stack(|| {
        let files: Vec<(String, &str)> = (0..400)
            .map(|n| (format!("Part{}/Piece{n}", n / 20), "pub type T { i32 x }\n"))
            .collect();
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        let made = site_of(&[program("x", &files, "x")], Shown::Public);
        check_links(&made);
        let page = made.iter().find(|file| file.path == "x/Part3.Piece65/T.html").expect("a page");
        let links = values(&page.text, "href");
        assert!(links.contains(&"../Part3.Piece79/index.html"), "{links:?}");
        assert!(links.len() < 60, "{} links", links.len());
    });
}

#[test]
fn time_is_linear_in_names_and_links() {
    on_a_large_stack(|| {
        let mut text = String::from("pub type T { i32 x }\n");
        for number in 0..5000 {
            text.push_str(&format!(
                "/// See `T` and @ref(T).\npub T F{number}(T a, T[] b{number}, i32 c) => a;\n"
            ));
            if number % 10 == 0 {
                text.push_str(&format!("impl T {{ pub T M{number}() => this; }}\n"));
            }
        }
        let begun = std::time::Instant::now();
        let program = program("x", &[("Main", &text)], "x");
        let analysed = begun.elapsed();
        check_links(&site_of(&[program], Shown::Public));
        // A quadratic step would take minutes.
        assert!(begun.elapsed() < analysed * 20 + std::time::Duration::from_secs(20));
    });
}
