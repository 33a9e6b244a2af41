//! The pages of `docs/codes/`: what a code means, an example that gives it, the same mended, and why.
//!
//! ````text
//! # E1214: assign-immutable          number and name
//!
//! What it means.
//!
//! ## Fails                           fences: the files of a program that gives the code
//!
//! ```beskid                          a file alone
//! ```beskid Net/Http.bd              one of several, with its path
//! ```text Project.proj
//!
//! ## Mended                          fences: the same program without the mistake
//!
//! ## Why
//!
//! The reason for the rule.
//! ````
//!
//! Comments tell the test how to see the code: `<!-- command: build -->` if only a whole program shows it,
//! `<!-- unchecked: REASON -->` if no program does. The fences are then what one sees.
//!
//! *Invariants.* A page has exactly these parts, in this order.

use super::Code;

/// The command that gives a page's code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Checked<'a> {
    /// `beskid check`.
    Check,
    /// `beskid build`.
    Build,
    /// None does for a program that stands on a page, for this reason.
    Not(&'a str),
}

/// A file of an example.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExampleFile<'a> {
    /// Its path, if the page names it.
    pub path: Option<&'a str>,
    /// Its lines, with a line feed behind the last.
    pub text: &'a str,
}

/// A page, taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page<'a> {
    /// The text below the title.
    pub meaning: &'a str,
    /// The program that gives the code.
    pub fails: Vec<ExampleFile<'a>>,
    /// The same program, mended.
    pub mended: Vec<ExampleFile<'a>>,
    /// The reason for the rule.
    pub why: &'a str,
    /// What shows that the examples are right.
    pub checked: Checked<'a>,
}

impl Code {
    /// The code's page.
    ///
    /// # Errors
    /// What is wrong with its text: for the test that no page has such a mistake.
    pub fn page(self) -> Result<Page<'static>, String> {
        Page::parse(self, self.page_text())
    }
}

impl<'a> Page<'a> {
    /// Takes a page's text apart.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(code: Code, text: &'a str) -> Result<Self, String> {
        let title = format!("# {}: {}\n", code.number(), code.name());
        let rest = text.strip_prefix(&title).ok_or_else(|| format!("must begin with `{title}`"))?;
        let (head, rest) = split(rest, "## Fails")?;
        let (fails, rest) = split(rest, "## Mended")?;
        let (mended, why) = split(rest, "## Why")?;
        let (checked, meaning) = directive(head.trim())?;
        let page = Self {
            meaning,
            fails: fences(fails)?,
            mended: fences(mended)?,
            why: why.trim(),
            checked,
        };
        match page.meaning.is_empty() || page.why.is_empty() {
            true => Err("says not what the code means, or not why".to_owned()),
            false => Ok(page),
        }
    }
}

fn split<'a>(text: &'a str, heading: &str) -> Result<(&'a str, &'a str), String> {
    text.split_once(&format!("\n{heading}\n")).ok_or_else(|| format!("lacks `{heading}`"))
}

/// The comment that begins a page's text, and what follows.
fn directive(head: &str) -> Result<(Checked<'_>, &str), String> {
    let Some(rest) = head.strip_prefix("<!-- ") else { return Ok((Checked::Check, head)) };
    let (comment, rest) = rest.split_once(" -->").ok_or("a comment has no end")?;
    let checked = match comment.split_once(": ") {
        Some(("command", "build")) => Checked::Build,
        Some(("unchecked", reason)) => Checked::Not(reason),
        _ => return Err(format!("the comment `{comment}` means nothing")),
    };
    Ok((checked, rest.trim()))
}

/// The fenced blocks of a part, which holds nothing else.
fn fences(part: &str) -> Result<Vec<ExampleFile<'_>>, String> {
    let mut files = Vec::new();
    let mut rest = part.trim();
    while !rest.is_empty() {
        let opened = rest.strip_prefix("```").ok_or("text beside the example")?;
        let (info, body) = opened.split_once('\n').ok_or("an empty example")?;
        let (text, after) = match body.split_once("\n```") {
            Some((text, after)) => (&body[..=text.len()], after),
            None => return Err("an example has no end".to_owned()),
        };
        files.push(ExampleFile { path: info.split_once(' ').map(|(_, path)| path), text });
        rest = after.trim_start();
    }
    if files.is_empty() { Err("an example is missing".to_owned()) } else { Ok(files) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_falls_into_its_parts() {
        let text = "# E1214: assign-immutable\n\n<!-- command: build -->\n\nMeaning.\n\n## Fails\n\n\
                    ```beskid Main.bd\na\n\nb\n```\n\n```beskid A/B.bd\nc\n```\n\n## Mended\n\n\
                    ```beskid\nd\n```\n\n## Why\n\nBecause.\n";
        let page = Page::parse(Code::AssignImmutable, text).unwrap();
        assert_eq!(
            (page.meaning, page.why, page.checked),
            ("Meaning.", "Because.", Checked::Build)
        );
        assert_eq!(page.fails[0], ExampleFile { path: Some("Main.bd"), text: "a\n\nb\n" });
        assert_eq!(page.fails[1], ExampleFile { path: Some("A/B.bd"), text: "c\n" });
        assert_eq!(page.mended, [ExampleFile { path: None, text: "d\n" }]);
    }

    #[test]
    fn what_is_no_page_is_refused() {
        let page = |text: &str| Page::parse(Code::AssignImmutable, text).unwrap_err();
        assert!(page("# E1214\n").contains("must begin"));
        assert!(page("# E1214: assign-immutable\n\nText.\n").contains("lacks `## Fails`"));
        let rest = "## Mended\n\n```beskid\nx\n```\n\n## Why\n\nSo.\n";
        let with = |fails: &str| {
            page(&format!("# E1214: assign-immutable\n\nText.\n\n## Fails\n\n{fails}\n\n{rest}"))
        };
        assert!(with("").contains("missing"));
        assert!(with("Text.").contains("beside"));
        assert!(with("```beskid\nx").contains("no end"));
    }
}
