//! The memory functions that compiled Rust code calls, for programs without C library.
//!
//! The code is assembly, one file per processor. The C names are weak and hidden aliases: an archive of
//! a C library that is linked too does not clash with them, and they do not leave a shared library.

#[cfg(target_arch = "x86_64")]
use core::sync::atomic::{AtomicBool, Ordering};

/// Whether copies may use 32-byte registers; not using them is always right.
#[cfg(target_arch = "x86_64")]
static WIDE: AtomicBool = AtomicBool::new(false);

#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(include_str!("x86_64.s"), wide = sym WIDE);
#[cfg(target_arch = "aarch64")]
core::arch::global_asm!(include_str!("aarch64.s"));

#[cfg(panic = "abort")]
core::arch::global_asm!(
    ".macro beskid_alias name",
    ".weak \\name",
    ".hidden \\name",
    ".type \\name,%function",
    ".set \\name, beskid_\\name",
    ".endm",
    "beskid_alias memcpy",
    "beskid_alias memmove",
    "beskid_alias memset",
    "beskid_alias memcmp",
    "beskid_alias bcmp",
    "beskid_alias strlen",
);

/// Looks once, at the start, at what the processor and the system offer.
#[cfg(target_arch = "x86_64")]
pub(crate) fn detect() {
    const XSAVE_IN_USE: u32 = 1 << 27;
    const AVX: u32 = 1 << 28;
    let features = core::arch::x86_64::__cpuid(1).ecx;
    if features & (XSAVE_IN_USE | AVX) == XSAVE_IN_USE | AVX {
        let saved: u32;
        // SAFETY: the system uses XSAVE, so the instruction exists.
        unsafe {
            core::arch::asm!(
                "xgetbv",
                in("ecx") 0, out("eax") saved, out("edx") _,
                options(nomem, nostack, preserves_flags),
            );
        }
        // The kernel saves both halves of the registers.
        WIDE.store(saved & 0b110 == 0b110, Ordering::Relaxed);
    }
}

/// Every processor of this kind has what the functions use.
#[cfg(target_arch = "aarch64")]
pub(crate) fn detect() {}

#[cfg(test)]
mod tests {
    //! Against the standard library, with guard bytes around every region: a first version of one of
    //! these functions wrote beyond its end, and only a test like this found it.

    use super::*;
    use std::ffi::{c_char, c_int, c_void};
    use std::vec::Vec;

    unsafe extern "C" {
        fn beskid_memcpy(to: *mut c_void, from: *const c_void, count: usize) -> *mut c_void;
        fn beskid_memmove(to: *mut c_void, from: *const c_void, count: usize) -> *mut c_void;
        fn beskid_memset(to: *mut c_void, byte: c_int, count: usize) -> *mut c_void;
        fn beskid_memcmp(left: *const c_void, right: *const c_void, count: usize) -> c_int;
        fn beskid_bcmp(left: *const c_void, right: *const c_void, count: usize) -> c_int;
        fn beskid_strlen(text: *const c_char) -> usize;
    }

    const ROOM: usize = 12 << 10;

    struct Random(u64);

    impl Random {
        fn next(&mut self) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 >> 11) as usize
        }

        fn below(&mut self, limit: usize) -> usize {
            self.next() % limit
        }

        /// Mostly short, now and then thousands of bytes.
        fn length(&mut self) -> usize {
            match self.below(8) {
                0..3 => self.below(40),
                3..6 => self.below(300),
                6 => self.below(2300),
                _ => self.below(5000),
            }
        }

        fn bytes(&mut self, count: usize) -> Vec<u8> {
            (0..count).map(|_| self.next() as u8).collect()
        }
    }

    #[test]
    fn agree_with_the_standard_library() {
        let mut random = Random(0x2545_f491_4f6c_dd1d);
        let original = random.bytes(ROOM);
        let (mut ours, mut theirs) = (original.clone(), original.clone());
        detect();
        #[cfg(target_arch = "x86_64")]
        let wide = WIDE.load(Ordering::Relaxed);
        for round in 0..60_000 {
            #[cfg(target_arch = "x86_64")]
            WIDE.store(wide && round % 2 == 0, Ordering::Relaxed);
            let length = random.length();
            let from = 64 + random.below(ROOM - length - 128);
            let near = from.saturating_add_signed(random.below(257) as isize - 128);
            let to = match random.below(2) {
                0 => near.clamp(64, ROOM - length - 64),
                _ => 64 + random.below(ROOM - length - 128),
            };
            // SAFETY: all ranges lie within the vectors.
            unsafe {
                let base = ours.as_mut_ptr();
                let result = match random.below(3) {
                    0 => {
                        let byte = random.next() as i32;
                        theirs[to..to + length].fill(byte as u8);
                        beskid_memset(base.add(to).cast(), byte, length)
                    }
                    1 if from.abs_diff(to) >= length => {
                        theirs.copy_within(from..from + length, to);
                        beskid_memcpy(base.add(to).cast(), base.add(from).cast(), length)
                    }
                    _ => {
                        theirs.copy_within(from..from + length, to);
                        beskid_memmove(base.add(to).cast(), base.add(from).cast(), length)
                    }
                };
                assert_eq!(result.addr(), base.add(to).addr());
            }
            // Comparing everything shows writes outside the range as well.
            assert!(ours == theirs, "round {round}: {length} bytes from {from} to {to}");
            if round % 64 == 0 {
                ours.copy_from_slice(&original);
                theirs.copy_from_slice(&original);
            }
        }
    }

    #[test]
    fn comparisons_find_the_first_difference() {
        let mut random = Random(77);
        for _ in 0..60_000 {
            let length = random.length();
            let offset = random.below(32);
            let left = random.bytes(offset + length);
            let mut right = std::vec![0; random.below(32)];
            let skipped = right.len();
            right.extend_from_slice(&left[offset..]);
            for _ in 0..random.below(3).min(length) {
                right[skipped + random.below(length)] ^= 1 << random.below(8);
            }
            let (left, right) = (&left[offset..], &right[skipped..]);
            // SAFETY: both have `length` bytes.
            let (order, difference) = unsafe {
                (
                    beskid_memcmp(left.as_ptr().cast(), right.as_ptr().cast(), length),
                    beskid_bcmp(left.as_ptr().cast(), right.as_ptr().cast(), length),
                )
            };
            assert_eq!(order.signum(), left.cmp(right) as i32);
            assert_eq!(difference == 0, left == right);
        }
    }

    #[test]
    fn lengths_of_strings() {
        let mut random = Random(5);
        for _ in 0..20_000 {
            let offset = random.below(64);
            let length = random.below(400);
            let mut text: Vec<u8> = random.bytes(offset + length).iter().map(|b| b | 1).collect();
            text.push(0);
            text.extend_from_slice(&random.bytes(20));
            // SAFETY: the text ends with a NUL.
            assert_eq!(unsafe { beskid_strlen(text.as_ptr().add(offset).cast()) }, length);
        }
    }
}
