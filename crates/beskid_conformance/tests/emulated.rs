//! Programs of the corpus as executables for aarch64 Linux, under an emulator.
//!
//! What depends on the processor most runs at both levels: faults, panics, the collector, and that under stress.
//! Of the others each runs at one level, in turn. Left out are programs that call C, for which there is no linking
//! yet, and those that take minutes there.

#![allow(clippy::print_stdout, reason = "what does not run says why")]

use std::process::ExitCode;

use beskid_conformance::binary::Beskid;
use beskid_conformance::case::Case;
use beskid_conformance::corpus::{CONFORMANCE, discover, repository_root};
use beskid_conformance::directive::Mode;
use beskid_conformance::emulated::{self, AARCH64};
use beskid_conformance::matrix::{Heap, Opt};
use libtest_mimic::{Arguments, Failed, Trial};

/// Parts of the paths of cases that run at both levels.
const THOROUGH: [&str; 3] = ["/faults/", "/panics/", "/gc/"];
/// Those that run under a stressed collector as well.
const STRESSED: &str = "/gc/";
/// Those that emulation makes too slow.
const SLOW: [&str; 1] = ["gc/large_buffers_die_while_marking"];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = repository_root();
    let beskid = Beskid::locate(&root);
    if let Ok(beskid) = &beskid
        && let Some(reason) = AARCH64.missing(&root, beskid)
    {
        println!("skipped: programs for aarch64: {reason}");
        return ExitCode::SUCCESS;
    }
    let mut trials = Vec::new();
    for (index, path) in discover(&root, CONFORMANCE.folder).into_iter().enumerate() {
        if SLOW.iter().any(|slow| path.contains(slow)) {
            continue;
        }
        let Ok(case) = Case::load(&root, &path, CONFORMANCE.mode) else { continue };
        let runs = matches!(case.directives.mode, Mode::Run | Mode::Panic);
        if !runs || !case.directives.xfail.is_empty() || calls_c(&case) {
            continue;
        }
        let thorough = THOROUGH.iter().any(|part| path.contains(part));
        let mut add = |opt: Opt, heap: Heap| {
            let (beskid, case) = (beskid.clone(), case.clone());
            let stress = heap.name().map(|name| format!("/{name}")).unwrap_or_default();
            let name = format!("{}/{}{stress}", path.trim_start_matches("tests/"), opt.name());
            trials.push(Trial::test(name, move || {
                emulated::run(&beskid?, &case, AARCH64, opt, heap).map_err(Failed::from)
            }));
        };
        for (place, opt) in Opt::ALL.into_iter().enumerate() {
            if thorough || index % Opt::ALL.len() == place {
                add(opt, Heap::Normal);
            }
        }
        if path.contains(STRESSED) && case.directives.heap == Heap::Stress {
            add(Opt::ALL[index % Opt::ALL.len()], Heap::Stress);
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Whether the program takes functions from C libraries.
fn calls_c(case: &Case) -> bool {
    case.text().contains("[Extern(")
}
