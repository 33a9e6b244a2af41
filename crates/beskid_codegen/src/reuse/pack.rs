//! The functions of one build at rest.
//!
//! ```text
//! digest of all the rest, 16 | number of entries, 4
//! entries, ascending by key: key, 16 | offset, 4 | length, 4 | …
//! pieces, behind each other
//! ```
//!
//! Numbers are little-endian; offsets count from the first piece.
//!
//! *Invariants.* Nothing is believed of a pack that its digest does not confirm. A pack holds the functions of
//! one build, and so is as large as its code.

use super::{KEY, Key, Provenance};

/// Bytes of the digest, and of the number of entries.
const DIGEST: usize = 16;
const COUNT: usize = 4;
/// Bytes of an entry, and where its parts are.
const ENTRY: usize = 24;
const OFFSET_AT: usize = KEY;
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
        let count = bytes.split_at_checked(DIGEST).and_then(|(written, rest)| {
            let is_whole = blake3::hash(rest).as_bytes()[..DIGEST] == *written;
            number(rest).filter(|_| is_whole)
        });
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
        self.bytes.get(DIGEST + COUNT + head.len()..)?.get(offset..)?.get(..length)
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
        bytes.extend_from_slice(&offset.to_le_bytes());
        bytes.extend_from_slice(&(piece.len() as u32).to_le_bytes());
        offset += piece.len() as u32;
    }
    for (_, piece) in &sorted {
        bytes.extend_from_slice(piece);
    }
    let digest = *blake3::hash(&bytes[DIGEST..]).as_bytes();
    bytes[..DIGEST].copy_from_slice(&digest[..DIGEST]);
    bytes
}

fn key_of(entry: &[u8; ENTRY]) -> Key {
    let mut key = [0; KEY];
    key.copy_from_slice(&entry[..KEY]);
    key
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
                assert!(Pack::decode(bad).is_empty(), "byte {at}");
            }
        }
        for length in 0..good.len() {
            let read = Pack::decode(good[..length].to_vec());
            assert_eq!(read.find(&functions[1].key), None, "{length}");
        }
        assert!(Pack::decode(vec![255; 100]).is_empty());
    }
}
