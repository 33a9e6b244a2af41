//! A shared library of names alone: what the linker is shown for a library that is not on this machine,
//! or that must be found under another name than its own.
//!
//! It is an ELF file with nothing but a dynamic symbol table and the name that the executable will ask the
//! system for.

use object::elf;
use object::endian::Endianness;
use object::write::elf::{FileHeader, SectionHeader, Sym, Writer};

/// A library that goes by `name` and has functions of these names.
pub(super) fn shared_library(name: &str, symbols: &[&str]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    write(&mut bytes, name, symbols).map_err(|error| error.to_string())?;
    Ok(bytes)
}

fn write(bytes: &mut Vec<u8>, name: &str, symbols: &[&str]) -> object::write::Result<()> {
    let mut writer = Writer::new(Endianness::Little, true, bytes);
    writer.reserve_file_header();
    let name = writer.add_dynamic_string(name.as_bytes());
    writer.reserve_null_dynamic_symbol_index();
    let mut names = Vec::with_capacity(symbols.len());
    for symbol in symbols {
        writer.reserve_dynamic_symbol_index();
        names.push(writer.add_dynamic_string(symbol.as_bytes()));
    }
    writer.reserve_null_section_index();
    let text_name = writer.add_section_name(b".text");
    let text = writer.reserve_section_index();
    writer.reserve_dynsym_section_index();
    writer.reserve_dynstr_section_index();
    writer.reserve_dynamic_section_index();
    writer.reserve_shstrtab_section_index();
    writer.reserve_dynsym();
    writer.reserve_dynstr();
    // The name, and the end of the table.
    writer.reserve_dynamic(2);
    writer.reserve_shstrtab();
    writer.reserve_section_headers();

    writer.write_file_header(&FileHeader {
        os_abi: elf::ELFOSABI_NONE,
        abi_version: 0,
        e_type: elf::ET_DYN,
        e_machine: elf::EM_X86_64,
        e_entry: 0,
        e_flags: 0,
    })?;
    writer.write_null_dynamic_symbol();
    for symbol in names {
        writer.write_dynamic_symbol(&Sym {
            name: Some(symbol),
            section: Some(text),
            st_info: (elf::STB_GLOBAL << 4) | elf::STT_FUNC,
            st_other: elf::STV_DEFAULT,
            st_shndx: 0,
            st_value: 0,
            st_size: 0,
        });
    }
    writer.write_dynstr();
    writer.write_align_dynamic();
    writer.write_dynamic_string(elf::DT_SONAME, name)?;
    writer.write_dynamic(elf::DT_NULL, 0)?;
    writer.write_shstrtab();
    writer.write_null_section_header();
    writer.write_section_header(&SectionHeader {
        name: Some(text_name),
        sh_type: elf::SHT_PROGBITS,
        sh_flags: (elf::SHF_ALLOC | elf::SHF_EXECINSTR).into(),
        sh_addr: 0,
        sh_offset: 0,
        sh_size: 0,
        sh_link: 0,
        sh_info: 0,
        sh_addralign: 1,
        sh_entsize: 0,
    });
    writer.write_dynsym_section_header(0, 1);
    writer.write_dynstr_section_header(0);
    writer.write_dynamic_section_header(0);
    writer.write_shstrtab_section_header();
    Ok(())
}
