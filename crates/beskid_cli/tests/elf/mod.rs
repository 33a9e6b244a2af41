//! What every linked output has in common, as its file says it.

use object::Endianness;
use object::elf;
use object::read::elf::{Dyn as _, ElfFile64, FileHeader as _, ProgramHeader as _};

/// Who starts an output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Start {
    /// The kernel, or a host: no interpreter.
    Direct,
    /// The system's loader.
    Loader,
}

/// Checks an executable or shared library: position-independent, with the interpreter that its start needs,
/// with RELRO, bound at the start, without executable stack, writable code, relocations of code and paths of
/// libraries. Returns the entries of its dynamic section.
pub(crate) fn hardened(
    file: &ElfFile64<'_, Endianness>,
    bytes: &[u8],
    start: Start,
) -> Vec<(i64, u64)> {
    let endian = file.endian();
    assert_eq!(file.elf_header().e_type(endian), elf::ET_DYN, "position-independent");
    let headers = file.elf_program_headers();
    let flags = |kind: u32| -> Vec<u32> {
        let of_kind = headers.iter().filter(|header| header.p_type(endian) == kind);
        of_kind.map(|header| header.p_flags(endian)).collect()
    };
    assert_eq!(flags(elf::PT_INTERP).len(), usize::from(start == Start::Loader), "interpreter");
    assert_eq!(flags(elf::PT_GNU_RELRO).len(), 1, "RELRO");
    assert_eq!(flags(elf::PT_GNU_STACK), [elf::PF_R | elf::PF_W], "no executable stack");
    let both = elf::PF_W | elf::PF_X;
    assert!(flags(elf::PT_LOAD).iter().all(|&flags| flags & both != both), "W^X");

    let table = headers.iter().find_map(|header| header.dynamic(endian, bytes).unwrap());
    let entries: Vec<(i64, u64)> =
        table.unwrap().iter().map(|entry| (entry.d_tag(endian), entry.d_val(endian))).collect();
    for tag in [elf::DT_TEXTREL, elf::DT_RPATH, elf::DT_RUNPATH] {
        assert!(entries.iter().all(|&(other, _)| other != tag), "tag {tag}: {entries:x?}");
    }
    let has = |tag, flag: u32| {
        entries.iter().any(|&(other, value)| other == tag && value & u64::from(flag) != 0)
    };
    assert!(!has(elf::DT_FLAGS, elf::DF_TEXTREL), "{entries:x?}");
    let now = has(elf::DT_FLAGS, elf::DF_BIND_NOW) || has(elf::DT_FLAGS_1, elf::DF_1_NOW);
    assert!(now, "bound at start: {entries:x?}");
    entries
}
