//! The functions of one build at rest.
//!
//! ```text
//! digest of the rest of the head, 16 | number of entries, 4 |                     head
//! entries, ascending by key: key, 16 | digest, 8 | offset, 4 | length, 4 | …
//! pieces, behind each other
//! ```
//!
//! Numbers are little-endian; offsets count from the first piece.
//!
//! *Invariants.* Nothing is believed that its digest does not confirm: of a damaged head nothing is left, of a
//! damaged piece only the others. A pack holds the functions of one build, and so is as large as its code.

use super::{KEY, Key, Provenance};

/// Bytes of the digest of the head, and of the number of entries.
const DIGEST: usize = 16;
const COUNT: usize = 4;
/// Bytes of an entry, and where its parts are.
const ENTRY: usize = 32;
const PIECE_DIGEST: usize = 8;
const OFFSET_AT: usize = KEY + PIECE_DIGEST;
const LENGTH_AT: usize = OFFSET_AT + 4;

/// Functions that were compiled.
#[derive(Default, Debug)]
pub struct Pack {
    bytes: Vec<u8>,
    count: usize,
}

impl Pack {
    /// Reads what [`Reuse::into_next`](super::Reuse::into_next) has given; damaged bytes are an empty pack.
    #[must_use]
    pub fn decode(bytes: Vec<u8>) -> Self {
        let is_whole = |count: usize| {
            let end = count.checked_mul(ENTRY)?.checked_add(DIGEST + COUNT)?;
            let head = bytes.get(DIGEST..end)?;
            (blake3::hash(head).as_bytes()[..DIGEST] == bytes[..DIGEST]).then_some(count)
        };
        let count = bytes.get(DIGEST..).and_then(number).and_then(is_whole);
        count.map_or_else(Self::default, |count| Self { bytes, count })
    }

    /// How many functions it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The bytes of the piece of a key.
    pub(crate) fn find(&self, key: &Key) -> Option<&[u8]> {
        let head = &self.bytes.get(DIGEST + COUNT..)?[..self.count * ENTRY];
        let (entries, _) = head.as_chunks::<ENTRY>();
        let entry = &entries[entries.binary_search_by_key(key, key_of).ok()?];
        let (offset, length) = (number(&entry[OFFSET_AT..])?, number(&entry[LENGTH_AT..])?);
        let pieces = self.bytes.get(DIGEST + COUNT + head.len()..)?;
        let piece = pieces.get(offset..)?.get(..length)?;
        (digest(piece) == entry[KEY..OFFSET_AT]).then_some(piece)
    }
}

/// The pack of a build's functions; empty if it would be too large to be one.
pub(super) fn encode(functions: &[Provenance], earlier: &Pack) -> Vec<u8> {
    let mut sorted = Vec::with_capacity(functions.len());
    for Provenance { key, encoded } in functions {
        if let Some(piece) = encoded.as_deref().or_else(|| earlier.find(key)) {
            sorted.push((*key, piece));
        }
    }
    sorted.sort_unstable_by_key(|&(key, _)| key);
    sorted.dedup_by_key(|&mut (key, _)| key);

    let pieces: usize = sorted.iter().map(|(_, piece)| piece.len()).sum();
    if u32::try_from(pieces).is_err() {
        return Vec::new();
    }
    let mut bytes = Vec::with_capacity(DIGEST + COUNT + sorted.len() * ENTRY + pieces);
    bytes.resize(DIGEST, 0);
    bytes.extend_from_slice(&(sorted.len() as u32).to_le_bytes());
    let mut offset: u32 = 0;
    for (key, piece) in &sorted {
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(&digest(piece));
        bytes.extend_from_slice(&offset.to_le_bytes());
        bytes.extend_from_slice(&(piece.len() as u32).to_le_bytes());
        offset += piece.len() as u32;
    }
    let head = *blake3::hash(&bytes[DIGEST..]).as_bytes();
    bytes[..DIGEST].copy_from_slice(&head[..DIGEST]);
    for (_, piece) in &sorted {
        bytes.extend_from_slice(piece);
    }
    bytes
}

fn key_of(entry: &[u8; ENTRY]) -> Key {
    let mut key = [0; KEY];
    key.copy_from_slice(&entry[..KEY]);
    key
}

fn digest(piece: &[u8]) -> [u8; PIECE_DIGEST] {
    let mut digest = [0; PIECE_DIGEST];
    digest.copy_from_slice(&blake3::hash(piece).as_bytes()[..PIECE_DIGEST]);
    digest
}

/// The number that bytes begin with.
fn number(bytes: &[u8]) -> Option<usize> {
    let (number, _) = bytes.split_first_chunk::<4>()?;
    usize::try_from(u32::from_le_bytes(*number)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(first: u8, piece: &[u8]) -> Provenance {
        let mut key = [7; KEY];
        key[0] = first;
        Provenance { key, encoded: Some(piece.to_vec()) }
    }

    fn pack(functions: &[Provenance]) -> Vec<u8> {
        encode(functions, &Pack::default())
    }

    #[test]
    fn what_was_put_in_is_found_again() {
        let functions = [made(9, b"nine"), made(3, b"three"), made(9, b"nine"), made(5, b"")];
        let read = Pack::decode(pack(&functions));
        assert_eq!(read.len(), 3, "one key, one entry");
        for function in &functions {
            assert_eq!(read.find(&function.key), function.encoded.as_deref());
        }
        assert_eq!(read.find(&made(4, b"").key), None);

        // What is used again moves on, what is not goes.
        let again = [Provenance { encoded: None, ..made(3, b"") }, made(1, b"one")];
        let next = Pack::decode(encode(&again, &read));
        assert_eq!(next.find(&again[0].key), Some(&b"three"[..]));
        assert_eq!((next.len(), next.find(&functions[0].key)), (2, None));
    }

    #[test]
    fn damage_is_never_believed() {
        let functions = [made(1, b"first"), made(2, b"second")];
        let good = pack(&functions);
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                let read = Pack::decode(bad);
                let mut found = 0;
                for function in &functions {
                    if let Some(piece) = read.find(&function.key) {
                        assert_eq!(Some(piece), function.encoded.as_deref());
                        found += 1;
                    }
                }
                assert!(found < 2, "byte {at} is a part of something");
            }
        }
        for length in 0..good.len() {
            let read = Pack::decode(good[..length].to_vec());
            assert_eq!(read.find(&functions[1].key), None, "{length}");
        }
        assert!(Pack::decode(vec![255; 100]).is_empty());
    }
}
