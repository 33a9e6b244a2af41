//! `///` lines to prose and directives.
//!
//! A directive begins a line: `@arg(name)`, `@returns`, `@variant(name)`, `@par(T)`. `@ref(path)` may
//! stand anywhere. Within `` `code` ``, between fences and after a backslash an `@` is text.
//!
//! *Invariants.* Time is linear in the text. Spans are those of the source. What is no directive is
//! reported (W1614) and left out, or kept as text where no description can get lost by it.

use super::{Directive, DirectiveKind, DocComment, Piece, Prose, Reference};
use crate::diagnostics::suggest::nearest_if_shown;
use crate::diagnostics::{Code, Diagnostic, Edit, Fix};
use crate::source::{SourceMap, Span};

/// The words that may follow `@`.
const WORDS: [&str; 5] = ["arg", "returns", "variant", "par", "ref"];

/// Parses the lines that document the name at `of`.
pub(super) fn parse(
    sources: &SourceMap,
    of: Span,
    lines: &[Span],
    diagnostics: &mut Vec<Diagnostic>,
) -> DocComment {
    let comment =
        DocComment { of, lines: lines.to_vec(), prose: Prose::default(), directives: Vec::new() };
    let mut parser = Parser { comment, diagnostics, fence: None, open: Open::Prose };
    for &line in lines {
        parser.line(line, sources.text(line));
    }
    let mut comment = parser.comment;
    trim_end(&mut comment.prose);
    comment.directives.iter_mut().for_each(|directive| trim_end(&mut directive.prose));
    comment
}

/// What the next line of text belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Prose,
    /// The last directive.
    Directive,
    /// A directive that was reported.
    Nothing,
}

struct Parser<'d> {
    comment: DocComment,
    diagnostics: &'d mut Vec<Diagnostic>,
    /// The fence that is open: its character and length.
    fence: Option<(u8, usize)>,
    open: Open,
}

impl Parser<'_> {
    fn line(&mut self, span: Span, text: &str) {
        let body = &text["///".len()..];
        let body = body.strip_prefix(' ').unwrap_or(body);
        let line = Line { text: body, base: span.hi - body.len() as u32 };
        let begin = body.len() - body.trim_start().len();
        let fence = fence_of(&body[begin..]);
        let extent = line.span(0, body.len()).end();
        match (self.fence, fence) {
            (None, Some(fence)) => {
                self.fence = Some(fence);
                self.text(body);
            }
            (Some(open), Some(close)) if open.0 == close.0 && close.1 >= open.1 => {
                self.fence = None;
                self.text(body);
            }
            (Some(_), _) => self.text(body),
            (None, None) if body.trim().is_empty() => {
                // A directive ends here, and what comes next is of the whole again.
                self.open = Open::Prose;
                if !self.comment.prose.pieces.is_empty() {
                    self.text("");
                }
            }
            (None, None) => {
                let start = match word_at(body, begin) {
                    Some(word) if word != "ref" => self.directive(&line, begin, word),
                    _ => Some(0),
                };
                if let Some(start) = start {
                    self.inline(&line, start);
                    self.push_text("\n");
                }
            }
        }
        if self.open == Open::Directive
            && let Some(last) = self.comment.directives.last_mut()
        {
            last.extent.hi = extent.hi;
        }
    }

    /// A line without markup of its own.
    fn text(&mut self, text: &str) {
        self.push_text(text);
        self.push_text("\n");
    }

    fn prose(&mut self) -> Option<&mut Prose> {
        match self.open {
            Open::Prose => Some(&mut self.comment.prose),
            Open::Directive => self.comment.directives.last_mut().map(|last| &mut last.prose),
            Open::Nothing => None,
        }
    }

    fn push_text(&mut self, text: &str) {
        let Some(prose) = self.prose() else { return };
        match prose.pieces.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ => prose.pieces.push(Piece::Text(text.to_owned())),
        }
    }

    /// A word after `@` at the beginning of a line; gives where the description begins, if there is a
    /// directive, or where text begins, if it is text.
    fn directive(&mut self, line: &Line<'_>, at: usize, word: &str) -> Option<usize> {
        let kind = match word {
            "arg" => DirectiveKind::Arg,
            "returns" => DirectiveKind::Returns,
            "variant" => DirectiveKind::Variant,
            "par" => DirectiveKind::Par,
            _ => {
                self.unknown(line, at, word);
                self.open = Open::Nothing;
                return None;
            }
        };
        let after = at + 1 + word.len();
        let (name, end) = if kind == DirectiveKind::Returns {
            (None, after)
        } else {
            let argument = line.argument(after).filter(|&(from, to, _)| {
                let name = line.text[from..to].trim();
                !name.is_empty() && name.bytes().all(is_word)
            });
            let Some((from, to, end)) = argument else {
                self.nameless(line, at, word);
                self.open = Open::Nothing;
                return None;
            };
            let raw = &line.text[from..to];
            let from = from + (raw.len() - raw.trim_start().len());
            let name = raw.trim();
            (Some((name.to_owned(), line.span(from, from + name.len()))), end)
        };
        let rest = &line.text[end..];
        let start = end + (rest.len() - rest.trim_start().len());
        self.comment.directives.push(Directive {
            kind,
            name,
            extent: line.span(at, line.text.len()),
            span: line.span(at, end),
            prose: Prose::default(),
        });
        self.open = Open::Directive;
        Some(start)
    }

    /// Text with references and code in it.
    fn inline(&mut self, line: &Line<'_>, from: usize) {
        let bytes = line.text.as_bytes();
        let (mut at, mut kept) = (from, from);
        // The lengths of runs of backticks of which it is known that no other follows.
        let mut unpaired = 0u64;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' => at += 2,
                b'`' => {
                    let run = run_of(bytes, at);
                    // Longer runs are text: nobody writes them, and searching must end.
                    let bit = 1u64.checked_shl(run as u32).unwrap_or(0);
                    let close = (bit != 0 && unpaired & bit == 0)
                        .then(|| closing(bytes, at + run, run))
                        .flatten();
                    if close.is_none() {
                        unpaired |= bit;
                    }
                    at = close.unwrap_or(at + run);
                }
                b'@' => {
                    let word = match at.checked_sub(1) {
                        Some(before) if is_word(bytes[before]) || bytes[before] == b'@' => None,
                        _ => word_at(line.text, at),
                    };
                    let Some(word) = word else {
                        at += 1;
                        continue;
                    };
                    let after = at + 1 + word.len();
                    if word == "ref" {
                        self.push_text(&line.text[kept..at]);
                        at = self.reference(line, at);
                        kept = at;
                    } else {
                        // Known words are directives at the beginning of a line alone.
                        if bytes.get(after) == Some(&b'(') && !WORDS.contains(&word) {
                            self.unknown(line, at, word);
                        }
                        at = after;
                    }
                }
                _ => at += 1,
            }
        }
        self.push_text(&line.text[kept..]);
    }

    /// `@ref(path)`; gives where the text goes on.
    fn reference(&mut self, line: &Line<'_>, at: usize) -> usize {
        let after = at + "@ref".len();
        let argument = line
            .argument(after)
            .and_then(|(from, to, end)| path_of(line, from, to).map(|path| (path, end)));
        let Some((path, end)) = argument else {
            self.nameless(line, at, "ref");
            self.push_text(&line.text[at..after]);
            return after;
        };
        let span = line.span(at, end);
        if let Some(prose) = self.prose() {
            prose.pieces.push(Piece::Reference(Reference { path, span, target: None }));
        }
        end
    }

    /// W1614 for a word that is none.
    fn unknown(&mut self, line: &Line<'_>, at: usize, word: &str) {
        let span = line.span(at, at + 1 + word.len());
        let message = format!("`@{word}` is no directive of documentation");
        let diagnostic = Diagnostic::new(Code::UnknownDirective, span, message);
        let near = foreign(word).or_else(|| nearest_if_shown(self.diagnostics, word, WORDS));
        let diagnostic = match near {
            Some(near) => rewritten(diagnostic, line, at, word, near),
            None => diagnostic
                .note(
                    "there are `@arg(name)`, `@returns`, `@variant(name)`, `@par(T)`, `@ref(path)`",
                )
                .fix("write it as text", span, format!("\\@{word}")),
        };
        self.diagnostics.push(diagnostic);
    }

    /// W1614 for a word without the name it needs.
    fn nameless(&mut self, line: &Line<'_>, at: usize, word: &str) {
        let (what, example) = match word {
            "arg" => ("the name of a parameter", "@arg(name) text"),
            "variant" => ("the name of a variant", "@variant(Name) text"),
            "par" => ("the name of a type parameter", "@par(T) text"),
            _ => ("a path", "@ref(Type.Member)"),
        };
        let end = at + 1 + word.len();
        let (span, message) = match line.argument(end) {
            Some((from, to, behind)) if !line.text[from..to].trim().is_empty() => {
                let given = &line.text[from..to];
                (line.span(end, behind), format!("`{given}` is not {what}"))
            }
            _ => (line.span(at, end), format!("`@{word}` needs {what} in parentheses")),
        };
        let diagnostic = Diagnostic::new(Code::UnknownDirective, span, message);
        let rest = &line.text[end..];
        let diagnostic = match bare_name(rest) {
            Some((gap, name)) => {
                let span = line.span(end, end + gap + name.len());
                diagnostic.fix("add the parentheses", span, format!("({name})"))
            }
            None => diagnostic.help(format!("it is written `{example}`")),
        };
        self.diagnostics.push(diagnostic);
    }
}

/// A line behind its `///`.
struct Line<'t> {
    text: &'t str,
    /// The offset of its first byte.
    base: u32,
}

impl Line<'_> {
    fn span(&self, from: usize, to: usize) -> Span {
        Span::new(self.base + from as u32, self.base + to as u32)
    }

    /// Where the text between `(` at a place and the next `)` is, and what comes after.
    fn argument(&self, at: usize) -> Option<(usize, usize, usize)> {
        let rest = self.text[at..].strip_prefix('(')?;
        // No name holds the other two: a line of unclosed ones is walked once.
        let len = rest.find(['(', ')', '@']).filter(|&len| rest.as_bytes()[len] == b')')?;
        Some((at + 1, at + 1 + len, at + len + 2))
    }
}

/// Puts the right word in the place of a wrong one, with the name behind it in parentheses.
fn rewritten(
    diagnostic: Diagnostic,
    line: &Line<'_>,
    at: usize,
    word: &str,
    right: &str,
) -> Diagnostic {
    let end = at + 1 + word.len();
    let mut edits = vec![Edit { span: line.span(at, end), replacement: format!("@{right}") }];
    if right != "returns"
        && let Some((gap, name)) = bare_name(&line.text[end..])
    {
        let span = line.span(end, end + gap + name.len());
        edits.push(Edit { span, replacement: format!("({name})") });
    }
    let mut diagnostic = diagnostic;
    diagnostic.fixes.push(Fix { title: format!("write `@{right}`"), edits });
    diagnostic
}

/// A name after blanks: how many, and which.
fn bare_name(rest: &str) -> Option<(usize, &str)> {
    let gap = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let text = &rest[gap..];
    let len = text.bytes().position(|byte| !is_word(byte)).unwrap_or(text.len());
    let is_name = len > 0 && !text.as_bytes()[0].is_ascii_digit();
    (gap > 0 && is_name).then(|| (gap, &text[..len]))
}

/// The directive that a word of other languages stands for.
fn foreign(word: &str) -> Option<&'static str> {
    Some(match word {
        "param" | "parameter" | "argument" => "arg",
        "return" | "result" => "returns",
        "tparam" | "typeparam" | "typeParam" | "template" => "par",
        "see" | "link" | "sa" | "linkplain" | "cref" => "ref",
        "case" | "enumerator" => "variant",
        _ => return None,
    })
}

/// The names of a path, each with its place; `.` and `::` separate.
fn path_of(line: &Line<'_>, from: usize, to: usize) -> Option<Vec<(String, Span)>> {
    let raw = &line.text[from..to];
    let mut at = from + (raw.len() - raw.trim_start().len());
    let text = raw.trim();
    let mut path = Vec::new();
    for part in text.split('.').flat_map(|part| part.split("::").enumerate()) {
        let (index, name) = part;
        if index > 0 {
            // The second colon; the first is counted below as a dot is.
            at += 1;
        }
        let is_name =
            !name.is_empty() && name.bytes().all(is_word) && !name.as_bytes()[0].is_ascii_digit();
        if !is_name {
            return None;
        }
        path.push((name.to_owned(), line.span(at, at + name.len())));
        at += name.len() + 1;
    }
    Some(path)
}

/// The word of an `@word` at a place.
fn word_at(text: &str, at: usize) -> Option<&str> {
    let rest = text[at..].strip_prefix('@')?;
    let len = rest.bytes().position(|byte| !is_word(byte)).unwrap_or(rest.len());
    let begins = rest.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    begins.then(|| &rest[..len])
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// A fence of at least three backticks or tildes: its character and length.
fn fence_of(text: &str) -> Option<(u8, usize)> {
    let bytes = text.as_bytes();
    let first = *bytes.first()?;
    if first != b'`' && first != b'~' {
        return None;
    }
    let run = run_of(bytes, 0);
    // A backtick behind the fence would make it code within a line.
    (run >= 3 && (first == b'~' || !text[run..].contains('`'))).then_some((first, run))
}

/// How often the byte at a place is repeated.
fn run_of(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().take_while(|&&byte| byte == bytes[at]).count()
}

/// The end of the code that a run of backticks opens: behind the next run of equal length.
fn closing(bytes: &[u8], mut at: usize, run: usize) -> Option<usize> {
    while at < bytes.len() {
        if bytes[at] == b'`' {
            let length = run_of(bytes, at);
            at += length;
            if length == run {
                return Some(at);
            }
        } else {
            at += 1;
        }
    }
    None
}

/// Drops blank ends; what is then empty has no pieces.
fn trim_end(prose: &mut Prose) {
    if let Some(Piece::Text(last)) = prose.pieces.last_mut() {
        last.truncate(last.trim_end().len());
        if last.is_empty() {
            prose.pieces.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (DocComment, Vec<Diagnostic>, SourceMap) {
        let mut sources = SourceMap::new();
        sources.add("a.bd", text.to_owned()).expect("a small file");
        let mut lines = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let len = line.trim_end_matches('\n').len();
            lines.push(Span::new(at, at + len as u32));
            at += line.len() as u32;
        }
        let mut diagnostics = Vec::new();
        let comment = parse(&sources, Span::new(0, 0), &lines, &mut diagnostics);
        (comment, diagnostics, sources)
    }

    fn shown(prose: &Prose) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Reference(reference) => {
                let names: Vec<&str> = reference.path.iter().map(|(name, _)| &**name).collect();
                format!("<{}>", names.join(" "))
            }
        };
        prose.pieces.iter().map(piece).collect()
    }

    #[test]
    fn prose_directives_and_references() {
        let text = "/// One @ref(A.B),\n/// two.\n///\n/// @arg(x) the @ref(C::D) of\n///   all\n///\n\
                    /// More.\n/// @returns y\n";
        let (comment, diagnostics, sources) = parsed(text);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        assert_eq!(shown(&comment.prose), "One <A B>,\ntwo.\n\n\nMore.");
        let [arg, returns] = &comment.directives[..] else { panic!("{comment:?}") };
        assert_eq!(
            (arg.kind, shown(&arg.prose).as_str()),
            (DirectiveKind::Arg, "the <C D> of\n  all")
        );
        let (name, span) = arg.name.as_ref().expect("a name");
        assert_eq!((name.as_str(), sources.text(*span)), ("x", "x"));
        assert_eq!(sources.text(arg.span), "@arg(x)");
        let kind = (returns.kind, shown(&returns.prose));
        assert_eq!(kind, (DirectiveKind::Returns, "y".to_owned()));
        for piece in &arg.prose.pieces {
            if let Piece::Reference(reference) = piece {
                assert_eq!(sources.text(reference.span), "@ref(C::D)");
                let parts = reference.path.iter().map(|&(_, span)| sources.text(span));
                assert_eq!(parts.collect::<Vec<_>>(), ["C", "D"]);
            }
        }
    }

    #[test]
    fn code_escapes_and_addresses_are_text() {
        let text = "/// `@foo(x)`, ``a ` @foo(x)``, \\@foo(x), me@foo.org, `\n/// ```\n/// @foo\n\
                    /// ~~~\n/// ```\n";
        let (comment, diagnostics, _) = parsed(text);
        assert!(diagnostics.is_empty() && comment.directives.is_empty(), "{diagnostics:?}");
        assert!(shown(&comment.prose).ends_with("```\n@foo\n~~~\n```"));
    }

    #[test]
    fn many_backticks_take_linear_time() {
        let runs: String = (0..2000).map(|n| "`".repeat(n % 60 + 1) + " ").collect();
        let (comment, _, _) = parsed(&format!("/// {runs}"));
        assert!(!comment.prose.pieces.is_empty());
    }
}
