//! All phases of analysis in their order.

use crate::ast::{Ast, ParameterMode};
use crate::diagnostics::{Code, Diagnostic, Limits, limit};
use crate::doc::{self, Commented, Documentation, Outline};
use crate::hir::{Analysis, Attributes, Body, Function, FunctionId, Intrinsic, Test};
use crate::index::IndexVec;
use crate::library;
use crate::parser::parse_file;
use crate::resolve::broken::Broken;
use crate::resolve::type_expr::receiver;
use crate::resolve::{FunctionItem, Items, imports, iteration, modules, resolve};
use crate::source::{FileId, SourceMap, Span};
use crate::symbol::Interner;
use crate::typeck::entry::entry;
use crate::typeck::foreign::Foreign;
use crate::typeck::reached::check_reached;
use crate::typeck::test::CheckedTest;
use crate::typeck::{TypeckCx, attribute, check_bodies, constant, foreign, test};
use crate::types::{Ty, TyStore};

/// What a program is analysed for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goal {
    /// Diagnostics, or a library: a file need not have a `main`.
    Check,
    /// A program that starts: a missing or ill-typed `main` is E1910 (language.md §17.2).
    Program,
}

/// Analyses all files of `sources`; the first is the entry file.
///
/// This recurses along the syntax tree, which is at most [`MAX_HEIGHT`](crate::ast::MAX_HEIGHT) nodes
/// high: the calling thread's stack must have 64 MB to be safe from any text.
#[must_use]
pub fn analyze(sources: SourceMap, goal: Goal) -> Analysis {
    analyze_with(sources, goal, Library::Reached, Commented::Own).0
}

/// As [`analyze`], with what is declared in the program and the packages that it depends on, whose
/// documentation is kept as well.
#[must_use]
pub fn outline(sources: SourceMap, goal: Goal) -> (Analysis, Outline) {
    analyze_with(sources, goal, Library::Reached, Commented::Program)
}

/// The core library alone with its documentation, all of it checked, and what is declared in it. It asks
/// for the stack that [`analyze`] does.
#[must_use]
pub fn outline_library() -> (Analysis, Outline) {
    analyze_with(SourceMap::new(), Goal::Check, Library::Whole, Commented::All)
}

/// Analyses a module of the core library with what it needs, all of its bodies.
#[cfg(test)]
pub(crate) fn check_library(index: usize) -> Analysis {
    analyze_with(SourceMap::new(), Goal::Check, Library::All(index), Commented::All).0
}

/// What is looked at of the core library.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Library {
    /// What the program needs.
    Reached,
    /// Everything, and its documentation.
    Whole,
    /// A module, whoever needs it, and its documentation.
    #[cfg(test)]
    All(usize),
}

fn analyze_with(
    mut sources: SourceMap,
    goal: Goal,
    library: Library,
    commented: Commented,
) -> (Analysis, Outline) {
    let all = library != Library::Reached;
    let mut interner = Interner::new();
    let mut diagnostics = Vec::new();
    let mut broken = Broken::default();
    let mut asts: IndexVec<FileId, Ast> = IndexVec::with_capacity(sources.files().len() + 1);
    let mut parse = |sources: &SourceMap, interner: &mut Interner| {
        for file in sources.files().ids().skip(asts.len()) {
            let (ast, found) = parse_file(file, sources, interner);
            broken.add_file(&ast, &found);
            diagnostics.extend(found);
            asts.push(ast);
        }
    };
    parse(&sources, &mut interner);
    let fits = match library {
        Library::Reached => library::load(&mut sources, library::wanted(&interner), |s| s.text),
        Library::Whole => library::load(&mut sources, library::whole(), |s| s.documented),
        #[cfg(test)]
        Library::All(index) => {
            library::load(&mut sources, library::wanted_by(index), |source| source.documented)
        }
    };
    parse(&sources, &mut interner);
    if fits.is_err() {
        let message = "the sources exceed 4 GiB";
        diagnostics.push(Diagnostic::new(Code::SourceTooLarge, Span::NOWHERE, message));
    }
    let mut types = TyStore::new();
    let tree = modules::build(&sources, &asts, &broken, &mut interner, &mut diagnostics);
    let items = resolve(&sources, &asts, &interner, &mut types, &broken, tree, &mut diagnostics);
    let documentation = doc::check(
        &sources,
        &asts,
        &interner,
        (&items, commented),
        &types,
        &broken,
        &mut diagnostics,
    );
    let (bodies, tests, attributes, foreign, intrinsics) = {
        let mut cx = TypeckCx::new(
            &items,
            &asts,
            &sources,
            &interner,
            &broken,
            &mut types,
            &mut diagnostics,
        );
        constant::evaluate(&mut cx);
        let mut bodies = check_bodies(&mut cx, all);
        let tests = test::check(&mut cx);
        check_reached(&mut cx, &mut bodies);
        let attributes = attribute::evaluate(&mut cx);
        let foreign = foreign::check(&mut cx, &attributes);
        (bodies, tests, attributes, foreign, cx.intrinsics)
    };
    imports::report_unused(&items, &asts, &sources, &interner, &mut diagnostics);
    let mut outline = match commented {
        // Nobody asks for it.
        Commented::Own => Outline::default(),
        Commented::Program | Commented::All => {
            doc::outline(&sources, &asts, &items, |file| commented.has(&sources, file))
        }
    };
    let entry = match entry(&items, &interner, &mut types) {
        Ok(entry) => Some(entry),
        Err(diagnostic) => {
            let wanted = goal == Goal::Program && !broken.any();
            diagnostics.extend(diagnostic.filter(|_| wanted).map(|boxed| *boxed));
            None
        }
    };
    // What others wrote may be worth a warning to them.
    let is_foreign = |found: &Diagnostic| {
        found.span() != Span::NOWHERE && sources.is_dependency(sources.file_of(found.span()))
    };
    diagnostics.retain(|found| found.is_error() || all || !is_foreign(found));
    // Nobody can mend the library.
    for diagnostic in &mut diagnostics {
        let is_own = |span: Span| !sources.is_library(sources.file_of(span));
        diagnostic.fixes.retain(|fix| fix.edits.iter().all(|edit| is_own(edit.span)));
    }
    let diagnostics = limit(diagnostics, Limits::USUAL);
    let checked = Checked {
        bodies,
        tests,
        entry,
        attributes,
        foreign,
        intrinsics,
        documentation,
        diagnostics,
    };
    let analysis = finish(sources, interner, types, items, checked);
    outline.asts = asts;
    (analysis, outline)
}

/// What the phases after resolution have found.
struct Checked {
    bodies: IndexVec<FunctionId, Option<Body>>,
    tests: Vec<CheckedTest>,
    entry: Option<FunctionId>,
    attributes: Attributes,
    foreign: Foreign,
    /// The functions that are declared as such.
    intrinsics: Vec<FunctionId>,
    documentation: Documentation,
    diagnostics: Vec<Diagnostic>,
}

fn finish(
    sources: SourceMap,
    interner: Interner,
    mut types: TyStore,
    items: Items,
    checked: Checked,
) -> Analysis {
    let receivers: Vec<Option<Ty>> = items
        .functions
        .iter()
        .map(|item| item.owner.map(|owner| receiver(&items, &mut types, owner)))
        .collect();
    let compare_to = items
        .known
        .comparable
        .and_then(|comparable| items.types[comparable].def.methods.as_ref()?.first().copied());
    let iteration = iteration::known(&items);
    let modules = items.modules();
    let own_modules = items.tree.own_modules();
    let functions = items.functions.into_items().zip(receivers);
    let mut functions: IndexVec<FunctionId, Function> =
        functions.map(|(item, receiver)| function(item, receiver)).collect();
    for &id in &checked.intrinsics {
        functions[id].intrinsic = Intrinsic::of_name(interner.name(functions[id].name));
    }
    for (function, library) in checked.foreign.taken {
        functions[function].foreign = Some(library);
    }
    for (function, name) in checked.foreign.exported {
        functions[function].exported = Some(name);
    }
    let mut bodies = checked.bodies;
    let mut tests = Vec::with_capacity(checked.tests.len());
    for test in checked.tests {
        let function = functions.push(function_of_test(&test));
        bodies.push(Some(test.body));
        tests.push(Test {
            module: test.module,
            name: test.name.name,
            function,
            tags: test.tags,
            group: test.group,
            skip: test.skip,
            span: test.name.span,
            item: test.item,
        });
    }
    Analysis {
        sources,
        interner,
        types,
        modules,
        own_modules,
        functions,
        type_params: items.type_params.into_items().map(|param| param.name).collect(),
        type_defs: items.types.into_items().map(|item| item.def).collect(),
        bodies,
        tests,
        compare_to,
        iteration,
        entry: checked.entry,
        attributes: checked.attributes,
        documentation: checked.documentation,
        diagnostics: checked.diagnostics,
    }
}

/// A function as code generation sees it: the receiver is its first parameter.
fn function(item: FunctionItem, receiver: Option<Ty>) -> Function {
    let first = usize::from(receiver.is_some());
    let modes = item.modes.iter().enumerate();
    let outs = modes.filter(|&(_, &mode)| mode == ParameterMode::Out);
    let outs = outs.map(|(index, _)| first + index).collect();
    let mut parameters = Vec::with_capacity(item.parameters.len() + 1);
    parameters.extend(receiver);
    parameters.extend(item.parameters);
    Function {
        module: item.module,
        owner: item.owner,
        required: item.required,
        foreign: None,
        intrinsic: None,
        exported: None,
        name: item.name.name,
        public: item.public,
        type_parameters: item.generics.iter().map(|&(_, param)| param).collect(),
        parameters,
        outs,
        result: item.result,
        span: item.name.span,
    }
}

/// The function that is the body of a test.
fn function_of_test(item: &CheckedTest) -> Function {
    Function {
        module: item.module,
        owner: None,
        name: item.name.name,
        public: false,
        required: false,
        foreign: None,
        intrinsic: None,
        exported: None,
        type_parameters: Vec::new(),
        parameters: Vec::new(),
        outs: Vec::new(),
        result: Ty::UNIT,
        span: item.name.span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::render_short;

    fn check(text: String) -> Vec<String> {
        // The stack that `analyze` asks for.
        let run = move || {
            let mut sources = SourceMap::new();
            sources.add("main.bd", text).expect("a small file");
            let analysis = analyze(sources, Goal::Check);
            let render = |d: &Diagnostic| render_short::render(d, &analysis.sources);
            analysis.diagnostics.iter().map(render).collect()
        };
        let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(run);
        thread.expect("a thread").join().expect("analysis ends")
    }

    #[test]
    fn long_blocks_and_files_are_not_deep() {
        let assignments = "x = 1;\n".repeat(6000);
        let block = format!("unit F() {{ let mut x = 0; if x == 0 {{ {assignments} }} }}\n");
        assert_eq!(check(block), [""; 0]);
        let items = "type T# { i32 x } impl T# { unit F() { this.x = 1; } }\n";
        let file: String = (0..6000).map(|n: u32| items.replace('#', &n.to_string())).collect();
        assert_eq!(check(file), [""; 0]);
    }

    #[test]
    fn chains_fit_the_stack_and_deep_nesting_is_one_error() {
        let chain = format!("i64 F(i64 x) => x{};\n", " + x".repeat(4900));
        assert_eq!(check(chain), [""; 0]);
        let methods = "type T { i32 x } impl T { T F() => this; }\nT G(T t) => t#;\n";
        assert_eq!(check(methods.replace('#', &".F()".repeat(2400))), [""; 0]);
        let branches = "if x == 1 { 1 } else ".repeat(2400);
        assert_eq!(check(format!("i32 F(i32 x) {{ {branches} {{ 2 }} }}\n")), [""; 0]);
        let arrays = format!("{}1{}", "[".repeat(900), "]".repeat(900));
        assert_eq!(check(format!("unit F() {{ println({arrays}); }}\n")), [""; 0]);
        let calls = format!("i32 F(i32 x) => {}x{};\n", "F(".repeat(900), ")".repeat(900));
        assert_eq!(check(calls), [""; 0]);
        let deep = format!("i32 F() => {}1{};\n", "(".repeat(20_000), ")".repeat(20_000));
        let found = check(deep);
        assert!(found.len() == 1 && found[0].contains("E0113"), "{found:?}");
    }
}
