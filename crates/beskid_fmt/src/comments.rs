//! Where comments go.
//!
//! A comment on the line of a token, with nothing of the program behind it, goes with that token; any other one
//! goes with the token that follows it. Commas and semicolons move in front of comments, so that a comment at
//! the end of an element is one whether or not the element has a comma. A comment that had its line to the
//! end keeps it; one that had something behind it has it still.
//!
//! *Invariants.* Every comment is taken once, in order. Documentation never moves over a token: what it
//! documents is what it stands before. What decides on a comment's place is the same before formatting and
//! after.

use beskid_analysis::lexer::TokenKind;
use beskid_analysis::source::{SourceFile, Span};

use crate::commands::{Command, Waiting};
use crate::cursor::Cursor;

/// A comment, or a line of documentation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comment {
    pub(crate) span: Span,
    form: Form,
    /// Whether nothing but further comments stands behind it on its line.
    ends_line: bool,
    /// How many lines of documentation come before it in the file.
    documentation_before: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// `// …`
    Line,
    /// `/// …`
    Documentation,
    /// `/* … */`, on one line.
    Block,
    /// `/* … */`, on several lines.
    LongBlock,
}

/// The comments of a file in order.
pub(crate) fn comments(
    file: &SourceFile,
    comments: Vec<Span>,
    documentation: impl Iterator<Item = Span>,
) -> Vec<Comment> {
    let mut all: Vec<(Span, Form)> = comments
        .into_iter()
        .map(|span| {
            let text = &file.text[(span.lo - file.base) as usize..(span.hi - file.base) as usize];
            let form = match text.starts_with("/*") {
                false => Form::Line,
                true if text.contains('\n') => Form::LongBlock,
                true => Form::Block,
            };
            (span, form)
        })
        .collect();
    all.extend(documentation.map(|span| (span, Form::Documentation)));
    all.sort_unstable_by_key(|(span, _)| span.lo);
    let mut documentation_before = 0;
    let mut list: Vec<Comment> = all
        .into_iter()
        .map(|(span, form)| {
            let comment = Comment { span, form, ends_line: true, documentation_before };
            documentation_before += u32::from(form == Form::Documentation);
            comment
        })
        .collect();
    let mut next: Option<Comment> = None;
    for comment in list.iter_mut().rev() {
        if matches!(comment.form, Form::Block | Form::LongBlock) {
            let behind = (comment.span.hi - file.base) as usize;
            let rest = file.text[behind..].trim_start_matches([' ', '\t', '\r', '\u{b}', '\u{c}']);
            let place = file.base + (file.text.len() - rest.len()) as u32;
            comment.ends_line = match next {
                Some(next) if next.span.lo == place => next.ends_line,
                _ => rest.is_empty() || rest.starts_with('\n'),
            };
        }
        next = Some(*comment);
    }
    list
}

impl Cursor<'_> {
    /// The comments that were not taken and stand before a place.
    fn comments_up_to(&self, place: u32) -> &[Comment] {
        if !self.has_comment_before(place) {
            return &[];
        }
        let rest = &self.comments[self.comment..];
        &rest[..rest.partition_point(|comment| comment.span.lo < place)]
    }

    /// Whether a comment stands before a place that was not yet taken.
    pub(crate) fn has_comment_before(&self, place: u32) -> bool {
        self.comments.get(self.comment).is_some_and(|comment| comment.span.lo < place)
    }

    /// Whether a comment that ends its line stands before the next token.
    pub(crate) fn line_end_in_comments_ahead(&self) -> bool {
        self.comments_up_to(self.place()).iter().any(|comment| comment.ends_line)
    }

    /// Takes documentation before a comma or semicolon: it stays there.
    pub(crate) fn settle_documentation(&mut self) {
        let ahead = self.comments_up_to(self.place());
        if let (Some(first), Some(last)) = (ahead.first(), ahead.last())
            && (first.documentation_before < last.documentation_before
                || last.form == Form::Documentation)
        {
            self.comments_before();
        }
    }

    /// Takes comments that go with the token that was just taken.
    pub(crate) fn comments_behind(&mut self) {
        let closes = self.is_closing() || self.is_at(TokenKind::RBrace);
        let before = self.previous_end();
        while let Some(&comment) = self.comments.get(self.comment)
            && comment.span.lo >= before
            && comment.span.lo < self.place()
            && !self.is_line_start(comment.span.lo)
            && comment.form != Form::Documentation
        {
            if comment.ends_line {
                let (lo, hi) = self.trimmed(comment);
                self.commands.wait(Waiting { lo, hi, is_line: comment.form == Form::Line });
                self.comment += 1;
            } else if closes {
                self.commands.push(Command::Apart);
                self.take_comment(comment);
            } else {
                break;
            }
        }
    }

    /// Takes the comments before the next token.
    pub(crate) fn comments_before(&mut self) {
        let Some(run) = self.comment_run() else { return };
        if run.ends_line {
            let blank = run.has_own_line && self.is_after_blank_line(self.place());
            self.commands.push(if blank { Command::Blank } else { Command::Hard });
        } else if !self.is_closing() && !self.is_at(TokenKind::RBrace) {
            self.commands.push(Command::Apart);
        }
    }

    /// Takes the comments before a closing bracket, which stand within.
    pub(crate) fn comments_within(&mut self) {
        self.commands.release();
        if self.comment_run().is_some_and(|run| run.ends_line) {
            self.commands.push(Command::Hard);
        }
    }

    /// Takes the comments up to the next token.
    fn comment_run(&mut self) -> Option<Run> {
        if !self.has_comment_before(self.place()) {
            return None;
        }
        // The first one begins a line if one ends among them; else they stand in the midst of one.
        let mut begins_line = self.line_end_in_comments_ahead();
        let mut run = Run { has_own_line: false, ends_line: false };
        let mut before: Option<Comment> = None;
        while self.has_comment_before(self.place()) {
            let comment = self.comments[self.comment];
            if let Some(before) = before {
                let follows = self.stands_right_behind(before, comment);
                begins_line = if before.ends_line {
                    !follows
                } else {
                    comment.ends_line && self.is_line_start(comment.span.lo)
                };
            }
            self.commands.push(match begins_line {
                true if run.has_own_line && self.is_after_blank_line(comment.span.lo) => {
                    Command::Blank
                }
                true => Command::Hard,
                false => Command::Apart,
            });
            self.take_comment(comment);
            run.has_own_line |= begins_line;
            run.ends_line = comment.ends_line;
            before = Some(comment);
        }
        Some(run)
    }

    /// Whether a comment stands behind another one on its line, with nothing between them.
    fn stands_right_behind(&self, before: Comment, comment: Comment) -> bool {
        let gap = self.slice(Span::new(before.span.hi, comment.span.lo));
        gap.bytes().all(|byte| byte == b' ' || byte == b'\t')
    }

    fn take_comment(&mut self, comment: Comment) {
        let (lo, hi) = self.trimmed(comment);
        let ends_line = matches!(comment.form, Form::Line | Form::Documentation);
        self.commands.push(Command::Comment { lo, hi, ends_line });
        if comment.form == Form::LongBlock {
            self.commands.push(Command::Force);
        }
        self.comment += 1;
    }

    /// A comment without blanks at its end.
    fn trimmed(&self, comment: Comment) -> (u32, u32) {
        let len = self.slice(comment.span).trim_end().len() as u32;
        let lo = comment.span.lo - self.base;
        (lo, lo + len)
    }

    /// Whether the next token stands close to what is before it.
    fn is_closing(&self) -> bool {
        matches!(
            self.kind(),
            TokenKind::RParen | TokenKind::RBracket | TokenKind::Comma | TokenKind::Semi
        )
    }
}

/// What the comments before a token were like.
struct Run {
    /// Whether one of them had a line of its own.
    has_own_line: bool,
    /// Whether the last one ends its line.
    ends_line: bool,
}
