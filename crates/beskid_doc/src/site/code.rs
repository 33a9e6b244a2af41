//! Source text as HTML: colours, and links in signatures.

use std::fmt::Write as _;

use maud::{Escaper, Markup, PreEscaped};

use crate::highlight::{Piece, highlight};
use crate::model::Linked;

/// From here on a signature is broken at its parameters.
const WIDTH: usize = 88;

/// A text with its colours.
pub(super) fn plain(text: &str) -> Markup {
    let mut out = String::with_capacity(text.len() * 2);
    write(&mut out, text, &highlight(text), &[]);
    PreEscaped(out)
}

/// A part of a text that leads somewhere.
pub(super) struct Anchor {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) href: Option<String>,
}

/// Writes a text with colours and links; where a link begins, a piece or nothing begins as well.
pub(super) fn write(out: &mut String, text: &str, pieces: &[Piece], anchors: &[Anchor]) {
    let mut at = 0;
    let mut pieces = pieces.iter().peekable();
    for anchor in anchors {
        if anchor.start < at {
            continue;
        }
        pieces_until(out, text, &mut at, anchor.start, &mut pieces);
        while pieces.next_if(|piece| piece.start < anchor.end).is_some() {}
        let name = &text[anchor.start..anchor.end];
        match &anchor.href {
            Some(href) => {
                out.push_str("<a class=\"t\" href=\"");
                escape(out, href);
                out.push_str("\">");
                escape(out, name);
                out.push_str("</a>");
            }
            None => {
                out.push_str("<span class=\"t\">");
                escape(out, name);
                out.push_str("</span>");
            }
        }
        at = anchor.end;
    }
    pieces_until(out, text, &mut at, text.len(), &mut pieces);
}

fn pieces_until<'p>(
    out: &mut String,
    text: &str,
    at: &mut usize,
    end: usize,
    pieces: &mut std::iter::Peekable<impl Iterator<Item = &'p Piece>>,
) {
    while let Some(piece) = pieces.next_if(|piece| piece.start < end) {
        if piece.start < *at {
            continue;
        }
        escape(out, &text[*at..piece.start]);
        let _ = write!(out, "<span class=\"{}\">", piece.class.name());
        escape(out, &text[piece.start..piece.end]);
        out.push_str("</span>");
        *at = piece.end;
    }
    escape(out, &text[*at..end]);
    *at = end;
}

/// Appends a text in which nothing is HTML.
pub(super) fn escape(out: &mut String, text: &str) {
    let _ = Escaper::new(out).write_str(text);
}

/// A signature, broken at its parameters if it is long, with `before` to the left of each line.
pub(super) fn signature(
    signature: &Linked,
    before: &str,
    href: &dyn Fn(&str) -> Option<String>,
) -> Markup {
    let is_long = before.len() + signature.text.chars().count() > WIDTH;
    let mut text = String::from(before);
    // How much longer the text has become at each place.
    let mut shifts: Vec<(usize, usize)> = vec![(0, before.len())];
    let breaks: &[usize] = if is_long { &signature.breaks } else { &[] };
    let mut at = 0;
    for (index, &place) in breaks.iter().enumerate() {
        text.push_str(signature.text[at..place].trim_end());
        let is_last = index + 1 == breaks.len();
        if is_last {
            text.push(',');
        }
        text.push('\n');
        text.push_str(before);
        text.push_str(if is_last { "" } else { "    " });
        shifts.push((place, text.len() - place));
        at = place;
    }
    text.push_str(&signature.text[at..]);
    let mut shifts = shifts.iter().peekable();
    let mut shift = 0;
    let mut anchors = Vec::with_capacity(signature.links.len());
    for link in &signature.links {
        while let Some(&(_, by)) = shifts.next_if(|&&(from, _)| from <= link.start) {
            shift = by;
        }
        let href = link.target.as_deref().and_then(href);
        anchors.push(Anchor { start: link.start + shift, end: link.end + shift, href });
    }
    let mut out = String::with_capacity(text.len() * 2);
    write(&mut out, &text, &highlight(&text), &anchors);
    PreEscaped(out)
}
