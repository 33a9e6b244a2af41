//! What earlier builds have made, in the user's cache folder: outputs, and functions.
//!
//! ```text
//! key of an output    = BLAKE3 of the compiler, what was asked for, and the name and text of every file
//! key of functions    = BLAKE3 of the compiler, what was asked for, and where the program is
//! FOLDER/KEY            of an output a hash of the content, then the content; of functions a pack
//! ```
//!
//! An unchanged program has its output, a changed one finds those of its functions that are as they were
//! ([`Reuse`]): there is one pack for each program and way to build it, with the functions of its last build. Of
//! few functions nothing is kept, neither they nor the output, so small programs never meet the cache.
//!
//! *Invariants.* An entry is complete or not there, and belongs to one compiler: a rebuilt one has another
//! key. What is broken, unreadable or unwritable is as if there were no cache. All entries together stay
//! below [`LIMIT`]; those that were not used for longest go first. Files are replaced as a whole, so builds at
//! the same time do not see each other's halves.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use beskid_abi::version::ABI_VERSION;
use beskid_analysis::source::SourceMap;
use beskid_aot::{AotError, Target, emit_object};
use beskid_codegen::isa::OptLevel;
use beskid_codegen::{CodegenArtifact, Pack, Reuse};

/// Most bytes of all entries. Fetched repositories have as much, and both together are below 1 GiB.
pub(crate) const LIMIT: u64 = 1 << 29;
/// What is left of them when there are too many.
const KEPT: u64 = LIMIT / 2;
/// Checks that took less are not remembered.
const WORTH_OF_CHECK: Duration = Duration::from_millis(20);
/// Bytes of a hash.
const HASH: usize = blake3::OUT_LEN;

/// The folder.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
}

/// How many functions of a build an earlier one had compiled, and how many there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reused {
    pub(crate) functions: usize,
    pub(crate) all: usize,
}

/// The entry that has the functions of a program.
#[derive(Debug)]
pub(crate) struct Functions<'c> {
    cache: &'c Cache,
    key: Key,
}

/// What stands for an entry.
#[derive(Debug)]
pub(crate) struct Key {
    hasher: blake3::Hasher,
}

impl Cache {
    /// The cache of the user, where there can be one: `BESKID_CACHE` names the folder, and is 0 for none.
    pub(crate) fn of_user() -> Option<Self> {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        if let Some(folder) = set("BESKID_CACHE") {
            return (folder != "0").then(|| Self { folder: folder.into() });
        }
        // Relative paths in these variables are to be ignored.
        let base = set("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || Some(PathBuf::from(set("HOME")?).join(".cache"));
        let base = base.or_else(home).filter(|path| path.is_absolute())?;
        Some(Self { folder: base.join("beskid") })
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// Bytes of all entries, and their number.
    pub(crate) fn size(&self) -> (u64, usize) {
        let entries = self.entries();
        (entries.iter().map(|entry| entry.1).sum(), entries.len())
    }

    /// The output that a key stands for.
    pub(crate) fn find(&self, key: &Key) -> Option<Vec<u8>> {
        let mut content = self.read(key)?;
        if content.len() < HASH {
            return None;
        }
        let bytes = content.split_off(HASH);
        if blake3::hash(&bytes).as_bytes() != &content[..] {
            return None;
        }
        Some(bytes)
    }

    /// Keeps an output, if that is possible.
    pub(crate) fn keep(&self, key: &Key, bytes: &[u8]) {
        if bytes.len() as u64 > KEPT / 4 {
            return;
        }
        let _ = self.write(key, &[blake3::hash(bytes).as_bytes(), bytes]);
        self.shrink();
    }

    /// Remembers that nothing was found in a program, if that is worth it and possible.
    pub(crate) fn remember(&self, key: &Key, took: Duration) {
        if took >= WORTH_OF_CHECK {
            let _ = self.write(key, &[blake3::hash(&[]).as_bytes()]);
        }
    }

    /// The content of an entry.
    fn read(&self, key: &Key) -> Option<Vec<u8>> {
        let path = self.path(key);
        let content = fs::read(&path).ok()?;
        // It was used now; where that cannot be noted, it may go earlier.
        let _ = File::open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        Some(content)
    }

    fn write(&self, key: &Key, parts: &[&[u8]]) -> std::io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        for part in parts {
            file.write_all(part)?;
        }
        file.persist(self.path(key)).map_err(|error| error.error)?;
        Ok(())
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(key.hasher.finalize().to_hex().as_str())
    }

    /// Last use, size and place of every entry.
    fn entries(&self) -> Vec<(SystemTime, u64, PathBuf)> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        let files = entries.flatten().filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((metadata.modified().ok()?, metadata.len(), entry.path()))
        });
        files.collect()
    }

    /// Lets the entries go that were not used for longest, if there are too many.
    fn shrink(&self) {
        let mut entries = self.entries();
        let mut size: u64 = entries.iter().map(|entry| entry.1).sum();
        if size <= LIMIT - KEPT / 4 {
            return;
        }
        entries.sort();
        for (_, length, path) in entries {
            if size <= KEPT {
                break;
            }
            // Another command may have removed it.
            let _ = fs::remove_file(path);
            size -= length;
        }
    }
}

impl<'c> Functions<'c> {
    /// Those of a program, by what is made of it; nothing where there is no cache, or no file.
    pub(crate) fn of(
        cache: Option<&'c Cache>,
        sources: &SourceMap,
        purpose: &str,
        target: &Target,
        opt: OptLevel,
    ) -> Option<Self> {
        let (cache, mut key) = cache.zip(Key::of_compiler())?;
        let entry = &sources.files().iter().next()?.name;
        for part in ["functions", purpose, &target.to_string(), &format!("{opt:?}")] {
            key.add(part);
        }
        key.add(fs::canonicalize(entry).ok()?);
        Some(Self { cache, key })
    }

    /// Compiles an artifact, with what the last build has left if it is so large that this is worth it. Says
    /// how many functions there were, of how many.
    pub(crate) fn compile(
        this: Option<Self>,
        artifact: &CodegenArtifact,
        target: &Target,
    ) -> Result<(Vec<u8>, Option<Reused>), AotError> {
        let Some(this) = this.filter(|_| Reuse::is_worth(artifact)) else {
            return Ok((emit_object(artifact, target, None)?, None));
        };
        let earlier = this.cache.read(&this.key).map(Pack::decode);
        let mut reuse = Reuse::new(earlier.unwrap_or_default());
        let object = emit_object(artifact, target, Some(&mut reuse))?;
        let (functions, all) = reuse.reused();
        this.keep(reuse);
        Ok((object, Some(Reused { functions, all })))
    }

    /// Keeps the functions of a build, if there are new ones.
    fn keep(&self, reuse: Reuse) {
        if let Some(pack) = reuse.into_next()
            && pack.len() as u64 <= KEPT / 4
        {
            let _ = self.cache.write(&self.key, &[&pack]);
            self.cache.shrink();
        }
    }
}

impl Key {
    /// A key of this compiler; nothing where it cannot be told from others.
    pub(crate) fn of_compiler() -> Option<Self> {
        let itself = fs::metadata(env::current_exe().ok()?).ok()?;
        let mut key = Self { hasher: blake3::Hasher::new() };
        key.add(env!("CARGO_PKG_VERSION"));
        for number in [
            u64::from(ABI_VERSION),
            itself.len(),
            itself.ino(),
            itself.mtime() as u64,
            itself.mtime_nsec() as u64,
        ] {
            key.add(number.to_string());
        }
        Some(key)
    }

    /// Adds a text, which cannot be taken for a part of its neighbours.
    pub(crate) fn add(&mut self, text: impl AsRef<OsStr>) {
        let bytes = text.as_ref().as_encoded_bytes();
        self.hasher.update(&(bytes.len() as u64).to_le_bytes());
        self.hasher.update(bytes);
    }

    /// Adds the files of a program, and how its packages use each other.
    pub(crate) fn add_sources(&mut self, sources: &SourceMap) {
        for package in sources.packages() {
            self.add(&package.name);
            self.add(format!("{:?}", package.dependencies));
        }
        for file in sources.files() {
            self.add(&file.name);
            self.add(format!("{:?} {:?}", file.module, file.package));
            self.add(&file.text);
        }
    }
}
