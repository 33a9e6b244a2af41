//! The linker in this process: the `libwild` library on a file system of memory.
//!
//! *Invariants.* No file is read or written and no process started. What goes wrong inside, panics
//! included, is an error here.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use libwild::error::Result as WildResult;
use libwild::{FileSystem, FileType, InputFileData, OutputFileData, OutputOptions};

use super::{Linked, Plan};
use crate::AotError;

const NAME: &str = "the built-in linker";
const OUTPUT: &str = "program";

/// Links in memory.
pub(super) fn link(plan: &Plan) -> Result<Linked, AotError> {
    let files = plan.inputs.iter().map(|part| (part.name.as_str().into(), part.bytes.clone()));
    let memory = Memory { files: files.collect(), output: Arc::default() };
    let output = Arc::clone(&memory.output);
    let warnings = Arc::new(Mutex::new(Vec::new()));

    let outcome = catch_unwind(AssertUnwindSafe(|| run(plan, memory, Arc::clone(&warnings))));
    let message = match outcome {
        Ok(Ok(())) => match output.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(bytes) => {
                let notes =
                    std::mem::take(&mut *warnings.lock().unwrap_or_else(PoisonError::into_inner));
                return Ok(Linked { bytes, linker: NAME.to_owned(), notes });
            }
            None => "it wrote nothing".to_owned(),
        },
        Ok(Err(error)) => error.to_string(),
        Err(panic) => panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_else(|| "a panic without a message".to_owned()),
    };
    Err(AotError::Link { linker: NAME.to_owned(), message: message.trim_end().to_owned() })
}

fn run(plan: &Plan, memory: Memory, warnings: Arc<Mutex<Vec<String>>>) -> WildResult<()> {
    let mut words = ["ld", "-flavor", "gnu"].map(str::to_owned).to_vec();
    words.extend(plan.arguments(OUTPUT, |part| part.name.clone()));
    let words = || words.iter();
    let mut arguments = libwild::Args::new(words)?;
    arguments.set_version("inside beskid");
    arguments.on_warning(Box::new(move |warning| {
        let text = format!("{NAME}: {}", warning.warning());
        warnings.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }));
    arguments.parse(words)?;
    libwild::Linker::with_file_system(memory).run(&arguments)?;
    Ok(())
}

/// Inputs by name, and the one output.
struct Memory {
    files: BTreeMap<PathBuf, Cow<'static, [u8]>>,
    output: Arc<Mutex<Option<Vec<u8>>>>,
}

impl Memory {
    fn file(&self, path: &Path) -> WildResult<&Cow<'static, [u8]>> {
        let missing = || libwild::error!("there is no file `{}`", path.display());
        self.files.get(path).ok_or_else(missing)
    }
}

#[derive(Debug)]
struct Input(Cow<'static, [u8]>);

impl InputFileData for Input {
    fn bytes(&self) -> &[u8] {
        &self.0
    }
}

struct Output {
    bytes: Vec<u8>,
    place: Arc<Mutex<Option<Vec<u8>>>>,
}

impl OutputFileData for Output {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    fn finish(self) -> WildResult<()> {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.bytes);
        Ok(())
    }
}

impl FileSystem for Memory {
    type Input = Input;
    type Output = Output;

    fn open_input(&self, path: &Path, _: bool) -> WildResult<(Input, Option<Arc<File>>)> {
        Ok((Input(self.file(path)?.clone()), None))
    }

    fn file_type(&self, path: &Path) -> WildResult<FileType> {
        self.file(path).map(|_| FileType::File)
    }

    fn canonicalize(&self, path: &Path) -> WildResult<PathBuf> {
        Ok(path.to_owned())
    }

    fn remove_file(&self, _: &Path) -> WildResult<()> {
        *self.output.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    fn rename_file(&self, path: &Path, _: &Path) -> WildResult<()> {
        Err(libwild::error!("`{}` cannot be renamed", path.display()))
    }

    fn create_output(&self, _: Arc<Path>, options: OutputOptions) -> WildResult<Output> {
        let size = usize::try_from(options.size)?;
        Ok(Output { bytes: vec![0; size], place: Arc::clone(&self.output) })
    }

    fn write_auxiliary(&self, path: &Path, _: &[u8]) -> WildResult<()> {
        Err(libwild::error!("`{}` was not asked for", path.display()))
    }
}
