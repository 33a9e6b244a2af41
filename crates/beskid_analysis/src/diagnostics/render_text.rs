//! Diagnostics for people: message, marked source, notes, helps and suggested changes.

use super::excerpt::{self, Excerpt};
use super::{Diagnostic, Fix, Severity};
use crate::source::{SourceMap, Span};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Padding, Patch, Renderer, Snippet};

/// Whether the text holds colour sequences.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Color {
    /// Terminal colours.
    Always,
    /// Plain text.
    Never,
}

/// Renders one diagnostic, without a line feed at its end.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &SourceMap, color: Color) -> String {
    let level = match diagnostic.code.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.number());
    let mut primary = Group::with_title(title);
    let mut corrections = Vec::new();
    let labels: Vec<_> =
        diagnostic.labels.iter().filter(|label| is_placed(label.span, sources)).collect();
    let spans: Vec<Span> = labels.iter().map(|label| label.span).collect();
    for (excerpt, members) in excerpt::excerpts(&spans, sources) {
        let annotations = members.iter().map(|&index| {
            let label = labels[index];
            let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let text = Some(label.text.clone()).filter(|text| !text.is_empty());
            kind.span(excerpt.range(label.span, sources)).label(text)
        });
        let annotations: Vec<_> = annotations.collect();
        if excerpt.cut {
            // The renderer counts columns of what it is shown.
            let (wrong, right) = places(&excerpt, spans[members[0]], sources);
            corrections.push((wrong, right));
        }
        primary = primary.element(snippet(&excerpt, sources).annotations(annotations));
    }
    if !diagnostic.notes.is_empty() || !diagnostic.helps.is_empty() {
        primary = primary.element(Padding);
    }
    for note in &diagnostic.notes {
        primary = primary.element(Level::NOTE.message(note.as_str()));
    }
    for help in &diagnostic.helps {
        primary = primary.element(Level::HELP.message(help.as_str()));
    }
    let mut report = vec![primary];
    report.extend(diagnostic.fixes.iter().map(|fix| suggestion(fix, sources)));
    let renderer = match color {
        Color::Always => Renderer::styled(),
        Color::Never => Renderer::plain(),
    };
    let mut out = renderer.decor_style(DecorStyle::Ascii).render(&report);
    for (wrong, right) in corrections {
        out = out.replacen(&wrong, &right, 1);
    }
    out
}

/// Renders several diagnostics, each followed by an empty line.
#[must_use]
pub fn render_all(diagnostics: &[Diagnostic], sources: &SourceMap, color: Color) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&render(diagnostic, sources, color));
        out.push_str("\n\n");
    }
    out
}

/// A fix: its title, and the lines as they would be.
fn suggestion<'a>(fix: &'a Fix, sources: &'a SourceMap) -> Group<'a> {
    let title = Level::HELP.secondary_title(fix.title.as_str());
    let edits: Vec<(Span, &str)> =
        fix.edits.iter().map(|edit| (edit.span, edit.replacement.as_str())).collect();
    let shown = if edits.iter().all(|&(span, _)| is_placed(span, sources)) {
        excerpt::edited(&edits, sources)
    } else {
        None
    };
    let Some((excerpt, ranges)) = shown else { return Group::with_title(title) };
    let patches = ranges.into_iter().map(|(range, text)| Patch::new(range, text));
    let snippet = Snippet::source(excerpt.text).line_start(excerpt.first_line);
    title.element(snippet.patches(patches))
}

fn snippet<'a>(
    excerpt: &Excerpt,
    sources: &'a SourceMap,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let name = sources.file(excerpt.file).name.as_str();
    Snippet::source(excerpt.text.clone()).line_start(excerpt.first_line).path(name)
}

/// A span's place as counted in an excerpt and as it is in the file.
fn places(excerpt: &Excerpt, span: Span, sources: &SourceMap) -> (String, String) {
    let before = &excerpt.text[..excerpt.range(span, sources).start];
    let line = excerpt.first_line + before.matches('\n').count();
    let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
    let name = &sources.file(excerpt.file).name;
    (format!("{name}:{line}:{column}"), excerpt::place(span, sources))
}

/// Whether a span is a place in a file.
fn is_placed(span: Span, sources: &SourceMap) -> bool {
    span != Span::NOWHERE && !sources.files().is_empty()
}
