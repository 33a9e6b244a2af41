//! Sections of the specification: which exist, and which the cases claim to test.
//!
//! A section is a chapter (`## 5 Statements`) or a numbered paragraph (`2.7 …`, `- 3.1 …`) of a file
//! in `docs/spec`. `//@ spec: language.md §2.7, §6.4` claims two of them; a claim of a section that
//! does not exist fails the case.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::Path;

/// A section's number: chapter and paragraph.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Section {
    chapter: u32,
    paragraph: Option<u32>,
}

impl Section {
    fn parse(text: &str) -> Option<Self> {
        let (chapter, paragraph) = match text.split_once('.') {
            Some((chapter, paragraph)) => (chapter, Some(paragraph.parse().ok()?)),
            None => (text, None),
        };
        Some(Self { chapter: chapter.parse().ok()?, paragraph })
    }
}

impl fmt::Display for Section {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.paragraph {
            Some(paragraph) => write!(formatter, "§{}.{paragraph}", self.chapter),
            None => write!(formatter, "§{}", self.chapter),
        }
    }
}

/// A section of one document.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Claim {
    /// The file's name in `docs/spec`.
    pub document: String,
    /// The section in it.
    pub section: Section,
}

impl Claim {
    /// Reads `language.md §2.7, §6.4; corelib.md §3`.
    ///
    /// # Errors
    /// Words that are neither a document nor a section.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, String> {
        let mut claims = Vec::new();
        let mut document = "";
        for word in text.split([' ', ',', ';']).filter(|word| !word.is_empty()) {
            if word.ends_with(".md") {
                document = word;
                continue;
            }
            if document.is_empty() {
                return Err(format!("name the document before `{word}`: `language.md §2.7`"));
            }
            let section = Section::parse(word.trim_start_matches('§'))
                .ok_or_else(|| format!("`{word}` is no section number"))?;
            claims.push(Self { document: document.to_owned(), section });
        }
        Ok(claims)
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.document, self.section)
    }
}

/// The sections of one document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Document {
    sections: BTreeSet<Section>,
}

impl Document {
    /// Reads a document of `docs/spec`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn load(directory: &Path, name: &str) -> Result<Self, String> {
        let path = directory.join(name);
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        let sections = text
            .lines()
            .filter_map(|line| {
                let line = line.strip_prefix("- ").unwrap_or(line);
                let heading = line.strip_prefix("## ");
                let (number, _) = heading.unwrap_or(line).split_once(' ')?;
                let section = Section::parse(number)?;
                (heading.is_some() == section.paragraph.is_none()).then_some(section)
            })
            .collect();
        Self { sections }
    }

    /// Whether the document has this section.
    #[must_use]
    pub fn has(&self, section: Section) -> bool {
        self.sections.contains(&section)
    }

    /// What there is to claim: every paragraph, and the chapters that have none.
    #[must_use]
    pub fn claimable(&self) -> Vec<Section> {
        let has_paragraphs = |chapter| {
            self.sections
                .iter()
                .any(|section| section.chapter == chapter && section.paragraph.is_some())
        };
        self.sections
            .iter()
            .copied()
            .filter(|section| section.paragraph.is_some() || !has_paragraphs(section.chapter))
            .collect()
    }
}

/// What the cases claim of a document, as text.
#[must_use]
pub fn coverage(name: &str, document: &Document, claims: &BTreeSet<Claim>) -> String {
    let claimable = document.claimable();
    let missing: Vec<String> = claimable
        .iter()
        .filter(|section| {
            !claims.iter().any(|claim| claim.document == name && claim.section == **section)
        })
        .map(Section::to_string)
        .collect();
    let mut text = format!(
        "{name}: {} of {} sections are claimed by a case",
        claimable.len() - missing.len(),
        claimable.len()
    );
    if !missing.is_empty() {
        text.push_str("; not claimed: ");
        text.push_str(&missing.join(" "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Title\n## 1 Tokens\n1.1 UTF-8\n1.2 Comments\n## 3 Items\n- 3.1 Functions\n\
                        ## 15 Documentation\nText\n2 is no section\n";

    #[test]
    fn sections_are_found() {
        let document = Document::parse(TEXT);
        let names: Vec<String> = document.claimable().iter().map(Section::to_string).collect();
        assert_eq!(names, ["§1.1", "§1.2", "§3.1", "§15"]);
        assert!(document.has(Section { chapter: 3, paragraph: None }));
        assert!(!document.has(Section { chapter: 2, paragraph: None }));
    }

    #[test]
    fn claims_name_document_and_sections() {
        let claims = Claim::parse_list("language.md §2.7, §6.4; corelib.md §3").unwrap();
        let names: Vec<String> = claims.iter().map(Claim::to_string).collect();
        assert_eq!(names, ["language.md §2.7", "language.md §6.4", "corelib.md §3"]);
        assert!(Claim::parse_list("§2.7").is_err());
        assert!(Claim::parse_list("language.md two").is_err());
    }

    #[test]
    fn coverage_names_what_is_missing() {
        let document = Document::parse(TEXT);
        let claims = Claim::parse_list("a.md §1.1 §15").unwrap().into_iter().collect();
        assert_eq!(
            coverage("a.md", &document, &claims),
            "a.md: 2 of 4 sections are claimed by a case; not claimed: §1.2 §3.1"
        );
    }
}
