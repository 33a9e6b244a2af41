//! Self-relocation: what the dynamic linker does for programs that have one.
//!
//! A static position-independent executable holds addresses that the linker could only write relative
//! to the place it is loaded at. The kernel says on the initial stack where the program headers are; they
//! lead to the table of such places:
//!
//! ```text
//! stack: argc | argv… 0 | envp… 0 | auxv: (type, value)… (0, 0)
//!                                      └► AT_PHDR ─► program headers ─► PT_DYNAMIC ─► DT_RELA, DT_RELR
//! ```
//!
//! *Invariants.* Until the tables are applied no address in memory is right: this code uses local
//! variables alone and calls nothing. It needs no symbol that some linkers define and others do not.

use beskid_runtime::platform::{self, PAGE};

/// R_X86_64_RELATIVE.
#[cfg(target_arch = "x86_64")]
const RELATIVE: u64 = 8;
/// R_AARCH64_RELATIVE.
#[cfg(target_arch = "aarch64")]
const RELATIVE: u64 = 1027;

const AT_PHDR: usize = 3;
const AT_PHNUM: usize = 5;
const AT_PAGESZ: usize = 6;
const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_PHDR: u32 = 6;
const PT_GNU_RELRO: u32 = 0x6474_e552;
const DT_RELA: usize = 7;
const DT_RELASZ: usize = 8;
const DT_RELRSZ: usize = 35;
const DT_RELR: usize = 36;
const ELF_HEADER_SIZE: usize = 64;

#[repr(C)]
struct ProgramHeader {
    kind: u32,
    flags: u32,
    offset: usize,
    address: usize,
    physical_address: usize,
    file_size: usize,
    memory_size: usize,
    alignment: usize,
}

#[repr(C)]
struct Relocation {
    place: usize,
    info: u64,
    addend: usize,
}

/// Applies the relocations of this executable and protects what is constant from then on.
///
/// Called from assembly, so that no load of relocated data can be moved above it.
///
/// # Safety
/// `stack` is the stack pointer the kernel started the process with; nothing ran before.
#[inline(never)]
pub(crate) unsafe extern "C" fn relocate(stack: *const usize) {
    // SAFETY: the kernel laid the stack out as drawn above; headers and tables are the linker's.
    unsafe {
        let mut at = stack.add(1 + *stack + 1);
        while *at != 0 {
            at = at.add(1);
        }
        at = at.add(1);
        let (mut headers, mut count, mut page) = (0, 0, PAGE);
        while *at != 0 {
            if *at == AT_PHDR {
                headers = *at.add(1);
            } else if *at == AT_PHNUM {
                count = *at.add(1);
            } else if *at == AT_PAGESZ {
                page = *at.add(1);
            }
            at = at.add(2);
        }

        let (mut bias, mut bias_known) = (0_usize, false);
        let (mut dynamic, mut constant, mut constant_size) = (0, 0, 0);
        let mut index = 0;
        while index < count {
            let header = &*(headers as *const ProgramHeader).add(index);
            if header.kind == PT_PHDR {
                bias = headers.wrapping_sub(header.address);
                bias_known = true;
            } else if header.kind == PT_LOAD && header.offset == 0 && !bias_known {
                // Some linkers leave PT_PHDR out: then the headers follow that of the file, which the
                // first segment begins with.
                bias = headers.wrapping_sub(ELF_HEADER_SIZE).wrapping_sub(header.address);
            } else if header.kind == PT_DYNAMIC {
                dynamic = header.address;
            } else if header.kind == PT_GNU_RELRO {
                constant = header.address;
                constant_size = header.memory_size;
            }
            index += 1;
        }

        if dynamic != 0 {
            let mut entry = bias.wrapping_add(dynamic) as *const usize;
            let (mut rela, mut rela_size, mut relr, mut relr_size) = (0, 0, 0, 0);
            while *entry != 0 {
                let (tag, value) = (*entry, *entry.add(1));
                if tag == DT_RELA {
                    rela = value;
                } else if tag == DT_RELASZ {
                    rela_size = value;
                } else if tag == DT_RELR {
                    relr = value;
                } else if tag == DT_RELRSZ {
                    relr_size = value;
                }
                entry = entry.add(2);
            }
            apply_rela(bias, bias.wrapping_add(rela), rela_size);
            apply_relr(bias, bias.wrapping_add(relr), relr_size);
        }

        // Rounded inwards: the linker starts the part at a page, but need not end it at one.
        if constant_size != 0 {
            let start = bias.wrapping_add(constant) & !(page - 1);
            let end = bias.wrapping_add(constant).wrapping_add(constant_size) & !(page - 1);
            if end > start {
                platform::forbid_writes(start as *mut u8, end - start);
            }
        }
    }
}

/// A table of (place, kind, addend).
#[inline(always)]
unsafe fn apply_rela(bias: usize, table: usize, size: usize) {
    let mut entry = table as *const Relocation;
    let end = table.wrapping_add(size) as *const Relocation;
    // SAFETY: the linker says where the table is and what to write.
    unsafe {
        while entry < end {
            if (*entry).info & 0xffff_ffff != RELATIVE {
                // Anything else needs symbols of other objects, which such a program has not.
                trap();
            }
            let place = bias.wrapping_add((*entry).place) as *mut usize;
            *place = bias.wrapping_add((*entry).addend);
            entry = entry.add(1);
        }
    }
}

/// A table of places alone, packed: an even word is the place of one word; an odd one a set of bits for
/// the 63 words behind the latest.
#[inline(always)]
unsafe fn apply_relr(bias: usize, table: usize, size: usize) {
    let mut entry = table as *const usize;
    let end = table.wrapping_add(size) as *const usize;
    let mut next = core::ptr::null_mut::<usize>();
    // SAFETY: as above.
    unsafe {
        while entry < end {
            let mut word = *entry;
            if word & 1 == 0 {
                next = bias.wrapping_add(word) as *mut usize;
                *next = (*next).wrapping_add(bias);
                next = next.wrapping_add(1);
            } else {
                let mut place = next;
                word >>= 1;
                while word != 0 {
                    if word & 1 != 0 {
                        *place = (*place).wrapping_add(bias);
                    }
                    place = place.wrapping_add(1);
                    word >>= 1;
                }
                next = next.wrapping_add(63);
            }
            entry = entry.add(1);
        }
    }
}

#[inline(always)]
unsafe fn trap() -> ! {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: ends the process.
    unsafe {
        core::arch::asm!("ud2", options(noreturn, nostack))
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: ends the process.
    unsafe {
        core::arch::asm!("udf 0", options(noreturn, nostack))
    }
}
