//! A static library of one object, as `ar` writes it.
//!
//! ```text
//! !<arch>\n | index: symbols and where their member is | the object |
//! ```
//!
//! *Invariants.* No dates and no owners: equal objects give equal libraries.

const MAGIC: &[u8] = b"!<arch>\n";
const MEMBER: &str = "library.o/";
const HEADER: usize = 60;

/// The library of an object that defines these global symbols.
pub(super) fn of_one(object: &[u8], symbols: &[&str]) -> Vec<u8> {
    let names: usize = symbols.iter().map(|symbol| symbol.len() + 1).sum();
    let index_size = (4 + 4 * symbols.len() + names).next_multiple_of(2);
    let member_at = MAGIC.len() + HEADER + index_size;

    let mut bytes = MAGIC.to_vec();
    header(&mut bytes, "/", index_size);
    let index_at = bytes.len();
    bytes.extend((symbols.len() as u32).to_be_bytes());
    for _ in symbols {
        bytes.extend((member_at as u32).to_be_bytes());
    }
    for symbol in symbols {
        bytes.extend(symbol.as_bytes());
        bytes.push(0);
    }
    bytes.resize(index_at + index_size, 0);
    header(&mut bytes, MEMBER, object.len());
    bytes.extend(object);
    if object.len() % 2 == 1 {
        bytes.push(b'\n');
    }
    bytes
}

/// Name, date, owner, group, mode and size of a member.
fn header(bytes: &mut Vec<u8>, name: &str, size: usize) {
    let header = format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 644);
    debug_assert_eq!(header.len(), HEADER);
    bytes.extend(header.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use object::read::archive::ArchiveFile;

    #[test]
    fn what_is_written_can_be_read() {
        for object in [&b"even"[..], b"odd"] {
            let bytes = of_one(object, &["one", "pn::two"]);
            let archive = ArchiveFile::parse(&*bytes).unwrap();
            let symbols = archive.symbols().unwrap().unwrap();
            let symbols: Vec<_> = symbols.map(Result::unwrap).collect();
            let names: Vec<&[u8]> = symbols.iter().map(|symbol| symbol.name()).collect();
            assert_eq!(names, [&b"one"[..], b"pn::two"]);
            let member = archive.member(symbols[1].offset()).unwrap();
            assert_eq!(member.data(&*bytes).unwrap(), object);
            assert_eq!(archive.members().count(), 1);
        }
    }
}
