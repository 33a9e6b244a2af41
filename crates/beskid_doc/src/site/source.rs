//! A file with its colours, each line an anchor `L12`.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

use super::Cx;
use super::code::write;
use super::frame::{Frame, frame};
use crate::SourceText;
use crate::highlight::{Piece, highlight};

pub(super) fn page(cx: &Cx<'_>, text: &SourceText) -> Markup {
    let body = html! {
        h1 class="file" { (text.file) }
        pre class="source" { code { (lines(&text.text)) } }
    };
    let title = format!("{} - {}", text.file, text.package);
    frame(
        cx,
        &Frame {
            title,
            path: vec![(text.file.clone(), None)],
            module: String::new(),
            contents: html! {},
            body,
        },
    )
}

fn lines(text: &str) -> Markup {
    let pieces = highlight(text);
    let mut rest = &pieces[..];
    let mut out = String::with_capacity(text.len() * 3);
    let mut at = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let number = index + 1;
        // The number is written by the style, so that it is not copied with the text.
        let _ = write!(
            out,
            "<a id=\"L{number}\" href=\"#L{number}\" data-n=\"{number}\" aria-label=\"line {number}\"></a>"
        );
        let end = at + line.len();
        let count = rest.partition_point(|piece| piece.start < end);
        let (own, behind) = rest.split_at(count);
        let shifted: Vec<Piece> = own
            .iter()
            .map(|piece| Piece { start: piece.start - at, end: piece.end - at, class: piece.class })
            .collect();
        write(&mut out, line, &shifted, &[]);
        (rest, at) = (behind, end);
    }
    PreEscaped(out)
}
