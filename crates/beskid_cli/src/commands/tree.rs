//! `beskid tree`: the syntax tree of a file, broken parts included.

use beskid_analysis::ast::print;
use beskid_analysis::diagnostics::Diagnostic;
use beskid_analysis::index::Id;
use beskid_analysis::parser::parse_file;
use beskid_analysis::source::FileId;
use beskid_analysis::symbol::Interner;

use crate::arguments::Tree;
use crate::compile::Cx;
use crate::exit::Exit;
use crate::{fault, source, streams};

pub(crate) fn run(cx: Cx, arguments: &Tree) -> Result<Exit, Exit> {
    let path = &arguments.file;
    let sources = source::load(path).map_err(|diagnostic| {
        cx.report.error(*diagnostic);
        Exit::Errors
    })?;
    fault::activity(format!("parsing {}", path.display()));
    let mut interner = Interner::new();
    let (tree, diagnostics) = parse_file(FileId::from_index(0), &sources, &mut interner);
    let text = if arguments.json {
        format!("{:#}\n", print::json(&tree, &sources, &interner))
    } else {
        print::text(&tree, &sources, &interner)
    };
    let broken = diagnostics.iter().any(Diagnostic::is_error);
    cx.report.diagnostics(diagnostics, &sources);
    streams::write(&cx.report, &text)?;
    Ok(if broken { Exit::Errors } else { Exit::Done })
}
