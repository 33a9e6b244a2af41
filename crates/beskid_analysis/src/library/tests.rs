//! The table against the parser, and every module of the library on its own.

use super::*;
use crate::analyze::check_library;
use crate::ast::{ItemKind, TypeExprKind};
use crate::diagnostics::render_short;
use crate::hir::Intrinsic;
use crate::parser::parse_file;

/// The stack that an analysis asks for.
fn on_a_large_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(run);
    thread.expect("a thread").join().expect("it ends")
}

#[test]
fn rows_say_what_the_parser_finds() {
    on_a_large_stack(|| {
        for source in SOURCES {
            let (mut sources, mut interner) = (SourceMap::new(), Interner::new());
            let file =
                sources.add(source.name, source.documented.to_owned()).expect("a small file");
            let (ast, diagnostics) = parse_file(file, &sources, &mut interner);
            assert!(diagnostics.is_empty(), "{}", source.name);
            let mut declared = Vec::new();
            for &item in &ast.root {
                match &ast.items[item].kind {
                    ItemKind::Type(def) => declared.push(def.name.name),
                    ItemKind::Enum(def) => declared.push(def.name.name),
                    ItemKind::Contract(def) => declared.push(def.name.name),
                    _ => {}
                }
            }
            let (mut added, mut used): (Vec<(&str, &str)>, Vec<String>) = (Vec::new(), Vec::new());
            for &item in &ast.root {
                match &ast.items[item].kind {
                    ItemKind::Impl(block) => {
                        let (own, receiver) = match &ast.types[block.target].kind {
                            TypeExprKind::Path(path) => {
                                let name = path.segments[0].ident.name;
                                (declared.contains(&name), interner.name(name))
                            }
                            _ => (false, "[]"),
                        };
                        let methods = block
                            .methods
                            .iter()
                            .filter(|&&method| !own && ast.items[method].public);
                        for &method in methods {
                            let ItemKind::Function(function) = &ast.items[method].kind else {
                                continue;
                            };
                            let name = interner.name(function.name.name);
                            if !added.contains(&(receiver, name)) {
                                added.push((receiver, name));
                            }
                        }
                    }
                    ItemKind::Use(import) => {
                        used.push(sources.text(import.path.span).to_owned());
                    }
                    _ => {}
                }
            }
            assert_eq!(added, source.adds, "{}", source.name);
            assert_eq!(used.len(), source.uses.len(), "{}: {used:?}", source.name);
            for (path, &index) in used.iter().zip(source.uses) {
                assert!(path.starts_with(&SOURCES[index].path.join(".")), "{path}");
            }
        }
    });
}

#[test]
fn every_module_is_complete_and_clean_on_its_own() {
    let mut all = Vec::new();
    for index in 0..SOURCES.len() {
        all.extend(on_a_large_stack(move || {
            let analysis = check_library(index);
            let render = |d: &_| render_short::render(d, &analysis.sources);
            analysis.diagnostics.iter().map(render).collect::<Vec<String>>()
        }));
    }
    all.sort();
    all.dedup();
    assert_eq!(all, [""; 0]);
}

#[test]
fn intrinsics_are_declared_once_and_known() {
    let source = SOURCES.iter().find(|source| source.path == ["Core", "Intrinsics"]);
    let text = source.expect("the module of intrinsics").documented;
    let (declared, _) = text.rsplit_once(" => __intrinsic;").expect("some");
    let names: Vec<&str> = declared
        .split(" => __intrinsic;")
        .filter_map(|lines| lines.rsplit_once("\npub "))
        .filter_map(|(_, declaration)| declaration.split('(').next()?.rsplit_once(" __"))
        .filter_map(|(_, name)| name.split('<').next())
        .collect();
    for name in &names {
        assert!(Intrinsic::of_name(&format!("__{name}")).is_some(), "{name}");
    }
    assert_eq!(names.len(), Intrinsic::ALL.len());
}
