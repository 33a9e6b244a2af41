//! `beskid doc`: documentation as a site and as data.
//!
//! Every program is analysed as for `check`, and its diagnostics are reported, those of documentation among
//! them; with errors nothing is written. What is said of it then is made by `beskid_doc`; [`folder`] puts it
//! where it belongs.

mod folder;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use beskid_analysis::hir::Analysis;
use beskid_analysis::index::Id;
use beskid_analysis::source::{PackageId, SourceMap};
use beskid_analysis::{outline, outline_library};
use beskid_doc::{CORE, PackageName, Shown};

use crate::arguments::Doc;
use crate::compile::Cx;
use crate::exit::Exit;
use crate::fault;
use crate::folder::shown;
use crate::program::{self, Choice};

/// Where sites lie, below the folder of the project.
const PLACE: &str = "obj/beskid/doc";
/// Where that of the core library lies.
const CORE_PLACE: &str = "obj/beskid/doc-core";

pub(crate) fn run(cx: Cx, arguments: &Doc) -> Result<Exit, Exit> {
    if arguments.corelib {
        let out = arguments.out.clone().unwrap_or_else(|| PathBuf::from(CORE_PLACE));
        folder::check(cx, &out)?;
        let core = core(cx)?;
        return write(cx, arguments, &out, &[core]);
    }
    let choices = program::choose(cx, &arguments.program)?;
    let out = arguments.out.clone().unwrap_or_else(|| place(&choices));
    folder::check(cx, &out)?;
    let mut known = BTreeSet::new();
    // The packages of members are documented as such, those of others where they first appear.
    known.extend(choices.iter().filter_map(own_package));
    let mut programs = Vec::new();
    let mut worst = Exit::Done;
    for choice in &choices {
        match document(cx, arguments, choice, &mut known) {
            Ok(program) => programs.push(program),
            Err(Exit::Errors) => worst = Exit::Errors,
            Err(other) => return Err(other),
        }
    }
    if worst != Exit::Done {
        return Err(worst);
    }
    write(cx, arguments, &out, &programs)
}

/// What a program is in a workspace.
fn own_package(choice: &Choice) -> Option<usize> {
    Some(choice.member()?.packages().first()?.node)
}

/// Where the site of some programs goes.
fn place(choices: &[Choice]) -> PathBuf {
    let folder = match choices {
        [only] => only.member().map(crate::project::Member::folder),
        [first, ..] => first.member().map(crate::project::Member::around),
        [] => None,
    };
    let place = folder.unwrap_or_default().join(PLACE);
    PathBuf::from(shown(&place))
}

/// Analyses a program.
fn document(
    cx: Cx,
    arguments: &Doc,
    choice: &Choice,
    known: &mut BTreeSet<usize>,
) -> Result<beskid_doc::Program, Exit> {
    let program = choice.load(cx)?;
    fault::activity(format!("documenting {}", program.shown));
    let (packages, nodes): (Vec<PackageName>, Vec<usize>) = match choice.member() {
        Some(member) => {
            let packages = member.packages().into_iter();
            let named = |of: crate::project::Package| {
                (PackageName { name: of.name, root: of.root }, of.node)
            };
            packages.map(named).unzip()
        }
        None => {
            let name = program.name.to_string_lossy();
            let name = if name == CORE { format!("{name}_2") } else { name.into_owned() };
            (vec![PackageName { name, root: String::new() }], Vec::new())
        }
    };
    let (analysis, outline) = outline(program.sources, program.goal);
    report(cx, &analysis)?;
    let mut subjects = vec![SourceMap::OWN];
    if arguments.dependencies {
        let others = nodes.iter().enumerate().skip(1);
        let new = others.filter(|&(_, &node)| known.insert(node));
        subjects.extend(new.map(|(at, _)| PackageId::from_index(at)));
    }
    Ok(beskid_doc::Program { analysis, outline, packages, subjects })
}

/// Analyses the core library.
fn core(cx: Cx) -> Result<beskid_doc::Program, Exit> {
    fault::activity("documenting the core library".to_owned());
    let (analysis, outline) = outline_library();
    report(cx, &analysis)?;
    let core = analysis.sources.packages().ids().next_back().unwrap_or(SourceMap::OWN);
    let own = PackageName { name: String::new(), root: String::new() };
    Ok(beskid_doc::Program { analysis, outline, packages: vec![own], subjects: vec![core] })
}

fn report(cx: Cx, analysis: &Analysis) -> Result<(), Exit> {
    cx.report.diagnostics(analysis.diagnostics.clone(), &analysis.sources);
    if analysis.has_errors() { Err(Exit::Errors) } else { Ok(()) }
}

fn write(
    cx: Cx,
    arguments: &Doc,
    out: &Path,
    programs: &[beskid_doc::Program],
) -> Result<Exit, Exit> {
    let to_show = if arguments.private { Shown::Everything } else { Shown::Public };
    let (api, texts) = beskid_doc::collect(programs, to_show);
    let files = beskid_doc::site(&api, &texts);
    folder::write(cx, out, &files)?;
    cx.report.note(&format!("wrote {}", shown(&out.join("index.html"))));
    Ok(Exit::Done)
}
