//! What can be asked for on the command line.

use std::ffi::OsString;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand, ValueEnum};

use beskid_codegen::isa::OptLevel;

use crate::project::Keep;

/// The Beskid compiler: runs programs in memory, builds static executables.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "beskid",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "Examples:\n  beskid run hello.bd\n  beskid build --release hello.bd\n  \
                  beskid check hello.bd --message-format short\n  beskid run .\n\n\
                  `beskid COMMAND --help` has examples for each command."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Colours in diagnostics; `auto` asks the terminal and NO_COLOR
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: ColorChoice,

    /// How diagnostics are written to standard error
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) message_format: MessageFormat,
}

impl Arguments {
    pub(crate) fn format(&self) -> MessageFormat {
        self.message_format
    }
}

/// When diagnostics are coloured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum ColorChoice {
    #[default]
    Auto,
    Always,
    Never,
}

/// How diagnostics are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum MessageFormat {
    /// With the marked source
    #[default]
    Human,
    /// One JSON object a line, in the shape of the language server protocol
    Json,
    /// One line each
    Short,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Compile a program in memory and run it
    #[command(after_help = "The exit status is the program's own.\n\n\
                      Examples:\n  beskid run hello.bd\n  beskid run --release sum.bd -- 1 2 3\n  \
                      echo 'unit main() { println(\"hi\"); }' | beskid run -")]
    Run(Run),
    /// Build an executable, a library or an object file
    #[command(
        after_help = "Executables are static, and need nothing of the machine they run on, unless the program\n\
                      takes functions from C libraries. Libraries export what is `pub` and not generic.\n\n\
                      Examples:\n  beskid build hello.bd\n  beskid build --release hello.bd -o bin/hello\n  \
                      beskid build hello.bd --kind object --target-triple aarch64-unknown-linux-gnu\n  \
                      beskid build hello.bd --emit clif,asm --linker mold\n  \
                      beskid build maths.bd --kind shared --emit header"
    )]
    Build(Build),
    /// Report errors and warnings, build nothing
    #[command(
        visible_alias = "analyze",
        after_help = "Examples:\n  beskid check hello.bd\n  beskid check --message-format json hello.bd"
    )]
    Check(Check),
    /// Run the tests of a program, each in a process of its own
    #[command(
        after_help = "The exit status is 1 if a test fails, or if a report cannot be written.\n\n\
                      Examples:\n  beskid test hello.bd\n  beskid test hello.bd --filter Adds\n  \
                      beskid test hello.bd --filter hello.bd:12\n  \
                      beskid test hello.bd --exclude-tag slow --backend aot --json\n  \
                      beskid test --junit report.xml --lcov lcov.info\n  \
                      beskid test hello.bd --coverage"
    )]
    Test(Test),
    /// Format source files: comments are kept, the meaning never changes
    #[command(
        visible_alias = "format",
        after_help = "Files are written only if they change; those with syntax errors stay as they are.\n\
                      With `--check` the exit status is 1 if a file would change.\n\n\
                      Examples:\n  beskid fmt hello.bd\n  beskid fmt Src Tests\n  beskid fmt --check .\n  \
                      beskid fmt - < hello.bd"
    )]
    Fmt(Fmt),
    /// Make documentation: a site to browse and search, and `api.json`
    #[command(
        after_help = "All members of a workspace are one site. It works from the disk: open its `index.html`.\n\
                      Files of an earlier site are replaced; a folder that holds anything else is refused.\n\n\
                      Examples:\n  beskid doc\n  beskid doc --private --out site\n  beskid doc hello.bd\n  \
                      beskid doc --corelib"
    )]
    Doc(Doc),
    /// Print the Cranelift IR of a program or one function
    #[command(
        after_help = "Examples:\n  beskid clif hello.bd\n  beskid clif --release --function main hello.bd"
    )]
    Clif(Inspect),
    /// Print the machine code of a program or one function
    #[command(after_help = "Examples:\n  beskid asm --release hello.bd\n  \
                      beskid asm --target-triple aarch64-unknown-linux-gnu --function main hello.bd")]
    Asm(Inspect),
    /// Print the mid-level IR of a program or one function
    #[command(
        after_help = "Examples:\n  beskid mir hello.bd\n  beskid mir --release --function main hello.bd"
    )]
    Mir(Mir),
    /// Print the syntax tree of a file
    #[command(
        visible_alias = "parse",
        after_help = "The status is 1 if the file has syntax errors; the tree is printed all the same.\n\n\
                      Examples:\n  beskid tree hello.bd\n  beskid tree --json hello.bd"
    )]
    Tree(Tree),
    /// Print the runtime ABI: version, symbols, signatures, layouts
    #[command(
        after_help = "Examples:\n  beskid abi\n  beskid abi --json\n  beskid abi --header > beskid_rt.h"
    )]
    Abi(Abi),
    /// Say what symbols of compiled code are called in the source
    #[command(
        after_help = "Without symbols, those in standard input are replaced, and all else is copied.\n\n\
                      Examples:\n  beskid demangle 'pn::Net::Connect$function(i64,str,unit)'\n  \
                      nm libmaths.so | beskid demangle\n  perf script | beskid demangle"
    )]
    Demangle(Demangle),
    /// Say what this machine has: linkers, targets, the runtime, libraries
    #[command(
        after_help = "The exit status is 1 if something is missing that no program does without.\n\n\
                      Examples:\n  beskid doctor"
    )]
    Doctor,
    /// Print completions for a shell
    #[command(after_help = "Examples:\n  \
                      beskid completions bash > ~/.local/share/bash-completion/completions/beskid\n  \
                      beskid completions fish > ~/.config/fish/completions/beskid.fish")]
    Completions(Completions),
    /// Write the manual pages to a folder
    #[command(hide = true)]
    Manual(Manual),
    /// Explain a code of an error or warning, with an example
    #[command(after_help = "Without a code, all are listed.\n\n\
                      Examples:\n  beskid explain E1214\n  beskid explain assign-immutable\n  beskid explain")]
    Explain(Explain),
    /// Make a project that builds, runs and tests as it is
    #[command(after_help = "A folder that has something in it is refused.\n\n\
                      Examples:\n  beskid new demo && cd demo && beskid run\n  beskid new --lib text\n  \
                      beskid new --workspace shop")]
    New(New),
    /// Bring `Project.lock` up to date with the manifests, without the network
    #[command(after_help = "Examples:\n  beskid lock\n  beskid lock --locked")]
    Lock(Relock),
    /// Fetch what the project depends on, and lock it
    #[command(after_help = "What is locked stays as it is. The user's own git is used.\n\n\
                      Examples:\n  beskid fetch\n  beskid fetch --locked")]
    Fetch(Relock),
    /// Fetch what tags and branches are now, and lock that
    #[command(after_help = "Without names, all dependencies on repositories are updated.\n\n\
                      Examples:\n  beskid update\n  beskid update Json")]
    Update(Update),
}

/// A program.
#[derive(Clone, Debug, Args)]
pub(crate) struct Program {
    /// A source file, a folder with `Main.bd`, or the folder of a project; `-` reads a file from standard
    /// input. Without it, the project here or in a folder above
    #[arg(value_name = "FILE")]
    pub(crate) path: Option<PathBuf>,
    /// The project in this folder, or of this manifest
    #[arg(long, value_name = "PATH", conflicts_with = "path")]
    pub(crate) project: Option<PathBuf>,
    /// Which target of the project
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
    /// Which member of the workspace; without it, all
    #[arg(long, value_name = "NAME")]
    pub(crate) member: Option<String>,
    #[command(flatten)]
    pub(crate) lock: Lock,
}

/// What may not be done to the lock.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Lock {
    /// Refuse to change `Project.lock`
    #[arg(long)]
    pub(crate) locked: bool,
    /// Refuse that, and the network
    #[arg(long)]
    pub(crate) frozen: bool,
}

impl Lock {
    pub(crate) fn keep(self) -> Keep {
        match (self.locked, self.frozen) {
            (_, true) => Keep::Frozen,
            (true, _) => Keep::Locked,
            (false, false) => Keep::No,
        }
    }
}

impl Program {
    /// The options that name the same program to another `beskid`, before its path.
    pub(crate) fn options(&self) -> Vec<OsString> {
        let mut words = Vec::new();
        if let Some(target) = &self.target {
            words.extend(["--target".into(), target.into()]);
        }
        if let Some(project) = &self.project {
            words.extend(["--project".into(), project.into()]);
        }
        if let Some(member) = &self.member {
            words.extend(["--member".into(), member.into()]);
        }
        words
    }
}

/// A project or workspace whose lock is meant.
#[derive(Clone, Debug, Args)]
pub(crate) struct Relock {
    /// The project in this folder, or of this manifest; without it, the one here or in a folder above
    #[arg(long, value_name = "PATH")]
    pub(crate) project: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) lock: Lock,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Update {
    /// The dependencies to update, by their labels or addresses
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) what: Relock,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct New {
    /// The folder to make; its last part is the name of the project
    #[arg(value_name = "NAME")]
    pub(crate) path: PathBuf,
    /// A library instead of an application
    #[arg(long, conflicts_with = "workspace")]
    pub(crate) lib: bool,
    /// A workspace with an application and a library that it uses
    #[arg(long)]
    pub(crate) workspace: bool,
}

/// Whether the command is done once.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Watch {
    /// Do it again whenever a source or manifest changes, until Ctrl-C
    #[arg(long)]
    pub(crate) watch: bool,
    /// End when the command that watches does
    #[arg(long, hide = true)]
    pub(crate) watched: bool,
}

/// How much is optimised.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Optimisation {
    /// Optimise the program
    #[arg(long)]
    release: bool,
}

impl Optimisation {
    pub(crate) fn level(self) -> OptLevel {
        if self.release { OptLevel::Speed } else { OptLevel::None }
    }

    pub(crate) fn is_release(self) -> bool {
        self.release
    }
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) program: Program,
    #[command(flatten)]
    pub(crate) watch: Watch,
    #[command(flatten)]
    pub(crate) optimisation: Optimisation,
    /// Look for C libraries in this folder first; may be given more than once
    #[arg(long, value_name = "FOLDER")]
    pub(crate) library_path: Vec<PathBuf>,
    /// Arguments of the program, after `--`
    #[arg(last = true, value_name = "ARGS")]
    pub(crate) arguments: Vec<OsString>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Build {
    #[command(flatten)]
    pub(crate) program: Program,
    #[command(flatten)]
    pub(crate) watch: Watch,
    #[command(flatten)]
    pub(crate) optimisation: Optimisation,
    /// Where the output goes; by default the program's name, in this directory; of a project, in its `bin`
    #[arg(short, long, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
    /// What is made; an executable, unless the target of a project is no application: that is checked
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<Kind>,
    /// Build for this machine and system instead of the one at hand
    #[arg(long, value_name = "TRIPLE")]
    pub(crate) target_triple: Option<String>,
    /// Of a library, export these functions alone, by their names in the source or in C
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    pub(crate) export: Vec<String>,
    /// Write these as well, beside the output
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FORMS")]
    pub(crate) emit: Vec<Emit>,
    /// Link with this program (`cc`, `mold`, `lld`, a path) or `builtin`; BESKID_LINKER is the default
    #[arg(long, value_name = "LINKER")]
    pub(crate) linker: Option<String>,
    /// Look for C libraries in this folder first; may be given more than once
    #[arg(long, value_name = "FOLDER")]
    pub(crate) library_path: Vec<PathBuf>,
    /// Link with this runtime instead of the one inside the compiler
    #[arg(long, value_name = "PATH")]
    pub(crate) runtime_archive: Option<PathBuf>,
    /// Say what is done and how long it takes
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

impl Build {
    /// What is made.
    pub(crate) fn kind(&self) -> Kind {
        self.kind.unwrap_or_default()
    }
}

/// What `build` makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum Kind {
    /// An executable
    #[default]
    Exe,
    /// A shared library
    Shared,
    /// A static library
    Static,
    /// An object file
    Object,
}

/// What `build` can write beside its output.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, ValueEnum)]
pub(crate) enum Emit {
    /// Cranelift IR, as `.clif`
    Clif,
    /// Machine code, as `.s`
    Asm,
    /// The object file
    Obj,
    /// A C header of the functions that a library exports, as `.h`
    Header,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) program: Program,
    #[command(flatten)]
    pub(crate) watch: Watch,
}

/// So many seconds a test may take, if nobody says otherwise.
pub(crate) const DEFAULT_TIMEOUT: NonZeroU64 = NonZeroU64::new(60).unwrap();

#[derive(Clone, Debug, Args)]
pub(crate) struct Test {
    #[command(flatten)]
    pub(crate) program: Program,
    #[command(flatten)]
    pub(crate) watch: Watch,
    /// The same as `--filter`
    #[arg(value_name = "FILTER")]
    pub(crate) names: Vec<String>,
    /// Only the test of this name; if there is none, those with it in their name; or that at FILE:LINE
    #[arg(long, value_name = "FILTER")]
    pub(crate) filter: Vec<String>,
    /// Only tests with one of these tags
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub(crate) include_tag: Vec<String>,
    /// No tests with one of these tags
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub(crate) exclude_tag: Vec<String>,
    /// Only tests of this group and the groups within; `net` holds `net.http`
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Vec<String>,
    /// How tests are compiled
    #[arg(long, value_enum, default_value_t, value_name = "BACKEND")]
    pub(crate) backend: TestBackend,
    #[command(flatten)]
    pub(crate) optimisation: Optimisation,
    /// So long a test may take
    #[arg(long, value_name = "SECONDS", default_value_t = DEFAULT_TIMEOUT)]
    pub(crate) timeout: NonZeroU64,
    /// So many tests run at once; by default as many as there are cores
    #[arg(long, short, value_name = "NUMBER")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// One JSON object a line: each test, then the sums
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the outcomes to this file as well, as JUnit XML
    #[arg(long, value_name = "PATH", value_parser = OsStringValueParser::new().try_map(file_path))]
    pub(crate) junit: Option<PathBuf>,
    /// Say which lines of the program the tests have run
    #[arg(long)]
    pub(crate) coverage: bool,
    /// Write which lines the tests have run to this file, as a tracefile of lcov
    #[arg(long, value_name = "PATH", value_parser = OsStringValueParser::new().try_map(file_path))]
    pub(crate) lcov: Option<PathBuf>,
    /// Run this test in this very process
    #[arg(long, hide = true, value_name = "INDEX=NAME")]
    pub(crate) only_test: Option<String>,
}

impl Test {
    /// Whether it is counted what runs.
    pub(crate) fn is_measured(&self) -> bool {
        self.coverage || self.lcov.is_some()
    }
}

/// The path of a file that is written beside the results.
fn file_path(path: OsString) -> Result<PathBuf, &'static str> {
    match path.to_str() {
        Some("-") => Err("standard output has the results; name a file"),
        _ => Ok(path.into()),
    }
}

/// How tests are compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum TestBackend {
    /// In memory, each for itself
    #[default]
    Jit,
    /// Into one executable
    Aot,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Fmt {
    /// Source files, folders and projects; `-` formats standard input to standard output. Without one, the
    /// project here or in a folder above
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The project in this folder, or of this manifest
    #[arg(long, value_name = "PATH", conflicts_with = "paths")]
    pub(crate) project: Option<PathBuf>,
    /// Write nothing; show what would change
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Doc {
    #[command(flatten)]
    pub(crate) program: Program,
    #[command(flatten)]
    pub(crate) watch: Watch,
    /// The core library instead of a program
    #[arg(long, conflicts_with_all = ["path", "project", "target", "member", "dependencies", "watch"])]
    pub(crate) corelib: bool,
    /// The packages that the program depends on, too
    #[arg(long)]
    pub(crate) dependencies: bool,
    /// What is not `pub`, too
    #[arg(long)]
    pub(crate) private: bool,
    /// The folder of the site; by default `obj/beskid/doc` of the project or workspace, or here; that of the
    /// core library is `obj/beskid/doc-core`
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Mir {
    #[command(flatten)]
    pub(crate) program: Program,
    #[command(flatten)]
    pub(crate) optimisation: Optimisation,
    /// Only functions of this source name
    #[arg(long, value_name = "NAME")]
    pub(crate) function: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Inspect {
    #[command(flatten)]
    pub(crate) code: Mir,
    /// Compile for this machine and system instead of the one at hand
    #[arg(long, value_name = "TRIPLE")]
    pub(crate) target_triple: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Tree {
    /// The source file; `-` reads it from standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Abi {
    /// As JSON
    #[arg(long, conflicts_with = "header")]
    pub(crate) json: bool,
    /// As a C header
    #[arg(long)]
    pub(crate) header: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Manual {
    /// Where they go
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Demangle {
    /// Symbols, each of which gives a line; what is none stays as it is
    #[arg(value_name = "SYMBOL")]
    pub(crate) symbols: Vec<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Explain {
    /// Its number or name
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
}
