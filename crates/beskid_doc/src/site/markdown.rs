//! Markdown of documentation as HTML.
//!
//! Documentation may be that of foreign packages, so nothing in it is trusted: HTML in it is text, images are
//! links (a page asks no other server for anything), and links lead to addresses of a few schemes or nowhere.
//! `@ref(path)` and names in code that mean something here become links.
//!
//! *Invariants.* What `pulldown-cmark` writes unescaped was made here.

use maud::{Markup, PreEscaped};
use pulldown_cmark::{
    BlockQuoteKind, CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html,
};

use super::code;
use crate::model::Linked;

/// What stands for a reference while Markdown is read: no scheme of an address begins so.
const MARK: char = '\u{e000}';
/// What addresses in documentation may begin with.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// How names become links.
pub(super) struct Names<'a> {
    /// The address of an id.
    pub(super) of_id: &'a dyn Fn(&str) -> Option<String>,
    /// The address of a name in code.
    pub(super) of_name: &'a dyn Fn(&str) -> Option<String>,
}

/// The HTML of a text.
pub(super) fn render(text: &Linked, names: &Names<'_>) -> Markup {
    let source = marked(text);
    let mut events = Vec::new();
    let mut parser = Parser::new_ext(&source, options());
    while let Some(event) = parser.next() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => events.push(block(&kind, &mut parser)),
            event => events.extend(inline(event, text, names)),
        }
    }
    balance(&mut events);
    let mut out = String::with_capacity(source.len() * 2);
    html::push_html(&mut out, events.into_iter());
    PreEscaped(out)
}

/// The first paragraph, as text.
pub(super) fn summary(text: &Linked) -> String {
    let source = marked(text);
    let mut out = String::new();
    for event in Parser::new_ext(&source, options()) {
        match event {
            Event::Text(part) | Event::Code(part) | Event::Html(part) | Event::InlineHtml(part) => {
                out.push_str(&part);
            }
            Event::SoftBreak | Event::HardBreak => out.push(' '),
            Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item) => break,
            Event::Start(Tag::CodeBlock(_)) => break,
            _ => {}
        }
    }
    out
}

/// The first paragraph, without links.
pub(super) fn first(text: &Linked) -> Markup {
    let source = marked(text);
    let mut events = Vec::new();
    for event in Parser::new_ext(&source, options()) {
        match event {
            Event::Start(Tag::Paragraph) => {}
            Event::End(TagEnd::Paragraph) | Event::Start(Tag::CodeBlock(_)) => break,
            Event::Text(_) | Event::Code(_) | Event::SoftBreak => events.push(event),
            Event::Html(text) | Event::InlineHtml(text) => events.push(Event::Text(text)),
            Event::Start(Tag::Strong | Tag::Emphasis)
            | Event::End(TagEnd::Strong | TagEnd::Emphasis) => {
                events.push(event);
            }
            _ => {}
        }
    }
    let mut out = String::new();
    html::push_html(&mut out, events.into_iter());
    PreEscaped(out)
}

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH
}

/// The text with its references as links to their numbers.
fn marked(text: &Linked) -> String {
    let mut source = String::with_capacity(text.text.len() + text.links.len() * 8);
    let mut at = 0;
    let push = |source: &mut String, part: &str| {
        source.extend(part.chars().filter(|&letter| letter != MARK));
    };
    for (number, link) in text.links.iter().enumerate() {
        push(&mut source, &text.text[at..link.start]);
        let path = &text.text[link.start..link.end];
        let path =
            path.strip_prefix("@ref(").and_then(|path| path.strip_suffix(')')).unwrap_or(path);
        source.push_str(&format!("[`{}`]({MARK}{number})", path.trim()));
        at = link.end;
    }
    push(&mut source, &text.text[at..]);
    source
}

/// A block of code, coloured if it is one of the language.
fn block<'e>(kind: &CodeBlockKind<'_>, parser: &mut Parser<'e>) -> Event<'e> {
    let mut text = String::new();
    for event in parser.by_ref() {
        match event {
            Event::Text(part) => text.push_str(&part),
            Event::End(TagEnd::CodeBlock) => break,
            _ => {}
        }
    }
    let language = match kind {
        CodeBlockKind::Fenced(info) => info.split_whitespace().next().unwrap_or("").to_owned(),
        CodeBlockKind::Indented => String::new(),
    };
    let mut out = String::new();
    if language == "beskid" {
        out.push_str("<pre class=\"code\"><code>");
        out.push_str(&code::plain(&text).0);
    } else {
        out.push_str("<pre class=\"text\"><code>");
        code::escape(&mut out, &text);
    }
    out.push_str("</code></pre>\n");
    Event::Html(CowStr::from(out))
}

fn inline<'e>(event: Event<'e>, text: &Linked, names: &Names<'_>) -> Vec<Event<'e>> {
    let one = |event| vec![event];
    match event {
        // Who reads documentation is not who a comment in it is for.
        Event::Html(text) | Event::InlineHtml(text) if is_comment(&text) => Vec::new(),
        Event::Html(text) | Event::InlineHtml(text) => one(Event::Text(text)),
        Event::Start(Tag::HtmlBlock) => one(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => one(Event::End(TagEnd::Paragraph)),
        Event::Start(Tag::Link { dest_url, link_type, id, .. }) => {
            let href = address(&dest_url, text, names).unwrap_or_default();
            // The title would be one more place for text.
            let (dest_url, title) = (CowStr::from(href), CowStr::from(""));
            one(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        Event::Start(Tag::Image { dest_url, link_type, id, .. }) => {
            let href = address(&dest_url, text, names).unwrap_or_default();
            let (dest_url, title) = (CowStr::from(href), CowStr::from(""));
            one(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        Event::End(TagEnd::Image) => one(Event::End(TagEnd::Link)),
        // Pages have headings of their own around these.
        Event::Start(Tag::Heading { level, .. }) => one(Event::Start(Tag::Heading {
            level: lower(level),
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        })),
        Event::End(TagEnd::Heading(level)) => one(Event::End(TagEnd::Heading(lower(level)))),
        Event::Start(Tag::BlockQuote(_)) => {
            one(Event::Start(Tag::BlockQuote(None::<BlockQuoteKind>)))
        }
        Event::Code(name) => match is_path(&name).then(|| (names.of_name)(&name)).flatten() {
            Some(href) => {
                let mut out = String::from("<a href=\"");
                code::escape(&mut out, &href);
                out.push_str("\"><code>");
                code::escape(&mut out, &name);
                out.push_str("</code></a>");
                one(Event::InlineHtml(CowStr::from(out)))
            }
            None => one(Event::Code(name)),
        },
        event => one(event),
    }
}

/// The address of a link, if it may lead there.
fn address(url: &str, text: &Linked, names: &Names<'_>) -> Option<String> {
    if let Some(number) = url.strip_prefix(MARK) {
        let link = text.links.get(number.parse::<usize>().ok()?)?;
        return (names.of_id)(link.target.as_deref()?);
    }
    let is_known =
        |scheme: &&str| url.get(..scheme.len()).is_some_and(|of| of.eq_ignore_ascii_case(scheme));
    SCHEMES.iter().any(is_known).then(|| url.to_owned())
}

/// Takes away links that lead nowhere, and links in links.
fn balance(events: &mut Vec<Event<'_>>) {
    let mut open: Vec<bool> = Vec::new();
    let mut kept = 0;
    events.retain_mut(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => {
            let is_kept = !dest_url.is_empty() && kept == 0;
            kept += usize::from(is_kept);
            open.push(is_kept);
            is_kept
        }
        Event::End(TagEnd::Link) => {
            let is_kept = open.pop().unwrap_or(false);
            kept -= usize::from(is_kept);
            is_kept
        }
        // A name in code that would be a link.
        Event::InlineHtml(html) if kept > 0 => {
            let inner = html.strip_suffix("</a>").and_then(|html| html.split_once("\">"));
            if let Some((_, inner)) = inner {
                *html = CowStr::from(inner.to_owned());
            }
            true
        }
        _ => true,
    });
}

fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

/// Whether a piece of HTML is a comment, or a line of one that holds no more than a test's words.
fn is_comment(html: &str) -> bool {
    html.starts_with("<!--") && html.trim_end().ends_with("-->")
}

/// Whether a text may be a name with dots.
fn is_path(text: &str) -> bool {
    text.split('.').all(|part| {
        part.starts_with(|first: char| first == '_' || first.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
    })
}
