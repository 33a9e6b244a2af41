//! From a return address to what the code map says: live slots and source position.
//!
//! Functions are found by binary search in the order of their addresses. If the map has them in
//! another order, an index is sorted once, at the first question; it lives in pages of its own because
//! the first question may come from a signal handler. If there is no memory for it, functions are looked
//! for one by one: a panic must have its trace then, too. Recursion asks for the same few return addresses
//! again and again, so the latest answers are remembered.

use core::ptr::NonNull;

use beskid_abi::code_map::{CodeMap, Function, NO_PARENT};

use crate::platform::{self, PAGE, Purpose};

/// Entries of the memory of answers; a power of two.
const RECENT: usize = 32;

/// A code map with fast lookup.
#[derive(Debug)]
pub(crate) struct CodeIndex<'p> {
    map: CodeMap<'p>,
    order: Order,
    /// Return address and index of the function it lies in.
    recent: [(usize, u32); RECENT],
}

/// In which order to search the functions.
#[derive(Debug)]
enum Order {
    Unknown,
    /// That of the map.
    AsGiven,
    /// That of `map.len()` indices.
    Sorted(NonNull<u32>),
    /// None that is known.
    Unsorted,
}

impl<'p> CodeIndex<'p> {
    pub(crate) fn new(map: CodeMap<'p>) -> Self {
        Self { map, order: Order::Unknown, recent: [(0, 0); RECENT] }
    }

    pub(crate) fn map(&self) -> CodeMap<'p> {
        self.map
    }

    /// Offsets from the stack pointer of the slots that hold references at a return address.
    #[inline]
    pub(crate) fn live_slots(
        &mut self,
        return_address: usize,
    ) -> impl Iterator<Item = usize> + use<'p> {
        let function = self.function(return_address);
        function
            .map(|function| function.live_slots(return_address - function.address()))
            .into_iter()
            .flatten()
    }

    /// Index of the innermost position of the call that returns to an address.
    pub(crate) fn position(&mut self, return_address: usize) -> Option<u32> {
        let function = self.function(return_address)?;
        function.position_at(return_address - 1 - function.address())
    }

    /// Index of the position of the call that a position was inlined into.
    pub(crate) fn parent(&self, index: u32) -> Option<u32> {
        let parent = self.map.position(index).parent;
        (parent != NO_PARENT).then_some(parent)
    }

    /// The function that a call returns into. The call is its last instruction at the latest, so the
    /// address before the return address counts.
    pub(crate) fn function(&mut self, return_address: usize) -> Option<Function<'p>> {
        let slot = (return_address >> 2) % RECENT;
        if self.recent[slot].0 == return_address && return_address != 0 {
            return Some(self.map.function(self.recent[slot].1 as usize));
        }
        let index = self.search(return_address.wrapping_sub(1))?;
        self.recent[slot] = (return_address, index as u32);
        Some(self.map.function(index))
    }

    /// Index of the function whose code contains an address.
    fn search(&mut self, address: usize) -> Option<usize> {
        if matches!(self.order, Order::Unknown) {
            self.order = self.find_order();
        }
        if matches!(self.order, Order::Unsorted) {
            return self.search_all(address);
        }
        let (mut low, mut high) = (0, self.map.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.map.function(self.nth(middle)).address() <= address {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let index = self.nth(low.checked_sub(1)?);
        let function = self.map.function(index);
        (address - function.address() < function.code_length()).then_some(index)
    }

    #[cold]
    fn search_all(&self, address: usize) -> Option<usize> {
        (0..self.map.len()).find(|&index| {
            let function = self.map.function(index);
            address.wrapping_sub(function.address()) < function.code_length()
        })
    }

    /// Index of the function with the `rank`th address.
    fn nth(&self, rank: usize) -> usize {
        match self.order {
            // SAFETY: there are as many indices as functions, and `rank` is below that.
            Order::Sorted(order) => unsafe { order.as_ptr().add(rank).read() as usize },
            Order::Unknown | Order::AsGiven | Order::Unsorted => rank,
        }
    }

    #[cold]
    fn find_order(&self) -> Order {
        let count = self.map.len();
        let address = |index: usize| self.map.function(index).address();
        if (1..count).all(|index| address(index - 1) <= address(index)) {
            return Order::AsGiven;
        }
        let Some(memory) = platform::map(order_bytes(count), Purpose::Memory) else {
            return Order::Unsorted;
        };
        let memory = memory.cast::<u32>();
        for index in 0..count {
            // SAFETY: the mapping has room for all indices.
            unsafe { memory.as_ptr().add(index).write(index as u32) };
        }
        // SAFETY: all indices were just written, and nobody else knows the memory.
        let order = unsafe { core::slice::from_raw_parts_mut(memory.as_ptr(), count) };
        heap_sort(order, |index| address(index as usize));
        Order::Sorted(memory)
    }
}

impl Drop for CodeIndex<'_> {
    fn drop(&mut self) {
        if let Order::Sorted(order) = self.order {
            // SAFETY: this is the mapping that `find_order` made.
            unsafe { platform::unmap(order.as_ptr().cast(), order_bytes(self.map.len())) };
        }
    }
}

fn order_bytes(count: usize) -> usize {
    (count * size_of::<u32>()).next_multiple_of(PAGE)
}

/// Sorts in place. Heapsort, because it is a tenth of the code of the library's sort, which would be
/// in every program.
fn heap_sort(items: &mut [u32], key: impl Fn(u32) -> usize) {
    let sift = |items: &mut [u32], mut root: usize| {
        loop {
            let mut child = 2 * root + 1;
            if child >= items.len() {
                return;
            }
            if child + 1 < items.len() && key(items[child]) < key(items[child + 1]) {
                child += 1;
            }
            if key(items[root]) >= key(items[child]) {
                return;
            }
            items.swap(root, child);
            root = child;
        }
    };
    for root in (0..items.len() / 2).rev() {
        sift(items, root);
    }
    for end in (1..items.len()).rev() {
        items.swap(0, end);
        sift(&mut items[..end], 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use beskid_abi::code_map::{Author, CodeMapEncoder, FunctionMap, Position};

    /// A map with functions of 16 bytes at the given addresses; each has a position on line 10 + its
    /// index, and at return offset 8 the slots 8 and 24.
    pub(crate) fn map_of(addresses: &[u64]) -> Vec<u8> {
        let mut encoder = CodeMapEncoder::new();
        for line in 0..addresses.len() as u32 {
            let position = encoder.position(&Position {
                function: "f",
                file: "f.bd",
                line: line + 10,
                column: 1,
                parent: NO_PARENT,
                author: Author::Program,
            });
            encoder.function(FunctionMap {
                name: "f".into(),
                code_length: 16,
                ranges: alloc::vec![(4, position)],
                maps: alloc::vec![(8, alloc::vec![8, 24])],
            });
        }
        let mut encoded = encoder.encode();
        for (&at, &address) in encoded.address_offsets.iter().zip(addresses) {
            let at = at as usize;
            encoded.bytes[at..at + 8].copy_from_slice(&address.to_le_bytes());
        }
        encoded.bytes
    }

    #[test]
    fn finds_functions_in_any_order() {
        for addresses in [[0x1000, 0x2000, 0x3000], [0x3000, 0x1000, 0x2000]] {
            let bytes = map_of(&addresses);
            let mut index = CodeIndex::new(CodeMap::new(&bytes));
            for _ in 0..2 {
                for (line, &address) in addresses.iter().enumerate() {
                    let address = address as usize;
                    let position = index.position(address + 16).unwrap();
                    assert_eq!(index.map().position(position).line, line as u32 + 10);
                    assert_eq!(index.position(address + 4), None);
                    assert_eq!(index.live_slots(address + 8).collect::<Vec<_>>(), [8, 24]);
                    assert_eq!(index.live_slots(address + 9).count(), 0);
                    assert_eq!(index.live_slots(address).count(), 0);
                    assert_eq!(index.live_slots(address + 17).count(), 0);
                }
            }
            assert_eq!(index.position(0), None);
            assert_eq!(index.position(usize::MAX), None);
        }
    }

    #[test]
    fn finds_functions_without_memory_for_an_index() {
        let bytes = map_of(&[0x3000, 0x1000, 0x2000]);
        let mut index = CodeIndex::new(CodeMap::new(&bytes));
        index.order = Order::Unsorted;
        let line = |index: &mut CodeIndex<'_>, address| {
            index.position(address).map(|position| index.map().position(position).line)
        };
        assert_eq!(line(&mut index, 0x3010), Some(10));
        assert_eq!(line(&mut index, 0x1010), Some(11));
        assert_eq!(line(&mut index, 0x2008), Some(12));
        assert_eq!(line(&mut index, 0x2011), None);
        assert_eq!(line(&mut index, 0x0fff), None);
    }

    #[test]
    fn heap_sort_sorts() {
        let mut state = 1_u64;
        for length in 0..200 {
            let mut items = Vec::new();
            for _ in 0..length {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                items.push((state >> 40) as u32 % 100);
            }
            heap_sort(&mut items, |item| item as usize);
            assert!(items.is_sorted());
        }
    }
}
