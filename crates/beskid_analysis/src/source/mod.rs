//! Source files and places in them.
//!
//! *Invariants.* Each file occupies a range of one global offset space, so a [`Span`] is eight bytes
//! and needs no file. Text is valid UTF-8 with LF or CRLF line ends, as read; offsets are bytes.

mod cursor;

use crate::index::{Id, IndexVec};

pub use cursor::Cursor;

crate::define_ids! {
    /// A source file.
    FileId "file";
    /// A package.
    PackageId "package";
}

/// A range of bytes `lo..hi` in the global offset space.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Span {
    /// First byte.
    pub lo: u32,
    /// One past the last byte.
    pub hi: u32,
}

impl Span {
    /// No place at all: of diagnostics about a command or a whole program.
    pub const NOWHERE: Self = Self { lo: u32::MAX, hi: u32::MAX };

    /// The range `lo..hi`.
    #[must_use]
    pub const fn new(lo: u32, hi: u32) -> Self {
        Self { lo, hi }
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }

    /// The empty range at the start.
    #[must_use]
    pub const fn start(self) -> Self {
        Self { lo: self.lo, hi: self.lo }
    }

    /// The empty range at the end.
    #[must_use]
    pub const fn end(self) -> Self {
        Self { lo: self.hi, hi: self.hi }
    }

    /// Number of bytes.
    #[must_use]
    pub const fn len(self) -> usize {
        (self.hi - self.lo) as usize
    }

    /// Whether the range holds no byte.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.lo == self.hi
    }
}

/// A line and column, both from 1; columns count Unicode scalar values.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: u32,
    /// Column in Unicode scalar values, from 1.
    pub column: u32,
}

/// One file: its name, its text, where it begins in the offset space.
#[derive(Debug)]
pub struct SourceFile {
    /// As named by the user; what diagnostics and traces show.
    pub name: String,
    /// Its path under the source root, with `/` between the parts and without its ending: the path of its
    /// module. The parts need not be names. Nothing for a file that is a program alone.
    pub module: Option<String>,
    /// The package that it is in.
    pub package: PackageId,
    /// The whole text, without a byte-order mark.
    pub text: String,
    /// Global offset of the first byte.
    pub base: u32,
    line_starts: Vec<u32>,
}

impl SourceFile {
    /// The whole file as a span.
    #[must_use]
    pub fn span(&self) -> Span {
        Span::new(self.base, self.base + self.text.len() as u32)
    }

    /// Offset within the file of the first byte of each line.
    #[must_use]
    pub fn line_starts(&self) -> &[u32] {
        &self.line_starts
    }

    /// Where a span begins within the file, at most its end.
    fn offset(&self, span: Span) -> u32 {
        (span.lo - self.base).min(self.text.len() as u32)
    }

    /// The place of an offset that is in the line of this index.
    fn column_in(&self, line: usize, offset: u32) -> LineColumn {
        let before = &self.text[self.line_starts[line] as usize..offset as usize];
        LineColumn { line: line as u32 + 1, column: before.chars().count() as u32 + 1 }
    }
}

/// The files of one source root, whose modules form a tree of their own (language.md §13).
#[derive(Debug)]
pub struct Package {
    /// What paths of its modules begin with for other packages, in messages, traces and symbols; the names
    /// of dependencies differ. Empty for the program's own package.
    pub name: String,
    /// The packages it uses, by the labels that their modules have in it.
    pub dependencies: Vec<(String, PackageId)>,
}

/// All files of one analysis, package by package: the program's own package, those it depends on, the core
/// library.
#[derive(Debug)]
pub struct SourceMap {
    packages: IndexVec<PackageId, Package>,
    files: IndexVec<FileId, SourceFile>,
    /// How many of them are the program's: those of the core library stand behind them.
    own: usize,
}

/// A file that cannot be added: all files together exceed the offset space of 4 GiB.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SourceTooLarge;

impl Default for SourceMap {
    fn default() -> Self {
        let own = Package { name: String::new(), dependencies: Vec::new() };
        let packages = [own].into_iter().collect();
        Self { packages, files: IndexVec::default(), own: 0 }
    }
}

impl SourceMap {
    /// The program's own package.
    pub const OWN: PackageId = PackageId(0);

    /// No files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a package whose files come next; without dependencies yet.
    pub fn add_package(&mut self, name: impl Into<String>) -> PackageId {
        self.packages.push(Package { name: name.into(), dependencies: Vec::new() })
    }

    /// Says that a package uses another one under a label, a name that it has for no other.
    pub fn add_dependency(&mut self, of: PackageId, label: impl Into<String>, on: PackageId) {
        self.packages[of].dependencies.push((label.into(), on));
    }

    /// The packages; the core library is one if its files were added, the last.
    #[must_use]
    pub fn packages(&self) -> &IndexVec<PackageId, Package> {
        &self.packages
    }

    /// Whether a file belongs to a package that the program's own depends on, or to the core library.
    #[must_use]
    pub fn is_dependency(&self, file: FileId) -> bool {
        self.files[file].package != Self::OWN
    }

    /// Adds a file that is a program alone; a leading byte-order mark is dropped.
    ///
    /// # Errors
    /// If the offset space is used up.
    pub fn add(&mut self, name: impl Into<String>, text: String) -> Result<FileId, SourceTooLarge> {
        let id = self.push(name.into(), None, text, Self::OWN)?;
        self.own = self.files.len();
        Ok(id)
    }

    /// Adds a file of the source root of the package that was added last, with its
    /// [path](SourceFile::module) there.
    ///
    /// # Errors
    /// If the offset space is used up.
    pub fn add_module(
        &mut self,
        name: impl Into<String>,
        module: impl Into<String>,
        text: String,
    ) -> Result<FileId, SourceTooLarge> {
        let id = self.push(name.into(), Some(module.into()), text, self.last_package())?;
        self.own = self.files.len();
        Ok(id)
    }

    /// Adds the package of the core library, behind all others.
    pub(crate) fn add_core(&mut self) {
        self.add_package("core");
    }

    /// Adds a file of the core library, whose package was added.
    pub(crate) fn add_library(
        &mut self,
        name: &str,
        module: Option<String>,
        text: &str,
    ) -> Result<FileId, SourceTooLarge> {
        self.push(name.to_owned(), module, text.to_owned(), self.last_package())
    }

    fn last_package(&self) -> PackageId {
        self.packages.ids().next_back().unwrap_or(Self::OWN)
    }

    /// How many of the files are the program's: the first ones. The others are the core library's.
    #[must_use]
    pub fn own_files(&self) -> usize {
        self.own
    }

    /// Whether a file belongs to the core library.
    #[must_use]
    pub fn is_library(&self, file: FileId) -> bool {
        file.index() >= self.own
    }

    fn push(
        &mut self,
        name: String,
        module: Option<String>,
        text: String,
        package: PackageId,
    ) -> Result<FileId, SourceTooLarge> {
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        // One byte between files keeps the empty span at the end of one apart from the next.
        let base = self.files.iter().next_back().map_or(0, |file| u64::from(file.span().hi) + 1);
        if base + text.len() as u64 + 1 > u64::from(u32::MAX) {
            return Err(SourceTooLarge);
        }
        let newlines = memchr::memchr_iter(b'\n', text.as_bytes());
        let line_starts = std::iter::once(0).chain(newlines.map(|at| at as u32 + 1)).collect();
        let base = base as u32;
        Ok(self.files.push(SourceFile { name, module, package, text, base, line_starts }))
    }

    /// The file of an id.
    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id]
    }

    /// The files in order.
    #[must_use]
    pub fn files(&self) -> &IndexVec<FileId, SourceFile> {
        &self.files
    }

    /// The file that holds a span.
    #[must_use]
    pub fn file_of(&self, span: Span) -> FileId {
        let after = self.files.as_slice().partition_point(|file| file.base <= span.lo);
        FileId::from_index(after.saturating_sub(1))
    }

    /// The text of a span.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        let file = self.file(self.file_of(span));
        &file.text[(span.lo - file.base) as usize..(span.hi - file.base) as usize]
    }

    /// File, line and column of a span's first byte.
    #[must_use]
    pub fn line_column(&self, span: Span) -> (FileId, LineColumn) {
        let id = self.file_of(span);
        let file = self.file(id);
        let offset = file.offset(span);
        let line = file.line_starts.partition_point(|&start| start <= offset) - 1;
        (id, file.column_in(line, offset))
    }

    /// Finds lines and columns of places that are near each other.
    #[must_use]
    pub fn cursor(&self) -> Cursor<'_> {
        Cursor::new(self)
    }
}
