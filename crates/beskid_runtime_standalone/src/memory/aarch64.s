// Memory functions for programs without C library: memcpy, memmove, memset, memcmp, bcmp, strlen.
//
// In assembly, because a compiler turns loops like these into calls of the very functions. Each is
// defined under a name of its own, which tests call; the standalone runtime makes the C names aliases.
// Procedure call standard of Arm: x0, x1, x2 to x0. Accesses need not be aligned.
//
// Sizes are cut at powers of two. Up to 128 bytes a move loads everything before it stores anything, so
// overlap does not matter; where it does matter further below, the comments say why it is right.

.section .text.beskid_memmove,"ax",@progbits
.p2align 6
.globl beskid_memmove
.hidden beskid_memmove
.type beskid_memmove,@function
beskid_memmove:
.globl beskid_memcpy
.hidden beskid_memcpy
.type beskid_memcpy,@function
beskid_memcpy:
    // x4 and x5 are the ends.
    add x4, x1, x2
    add x5, x0, x2
    cmp x2, 16
    b.lo .Lmemmove_short
    cmp x2, 32
    b.hi .Lmemmove_over_32
    ldr q0, [x1]
    ldr q1, [x4, -16]
    str q0, [x0]
    str q1, [x5, -16]
    ret
.Lmemmove_over_32:
    cmp x2, 64
    b.hi .Lmemmove_over_64
    ldp q0, q1, [x1]
    ldp q2, q3, [x4, -32]
    stp q0, q1, [x0]
    stp q2, q3, [x5, -32]
    ret
.Lmemmove_over_64:
    cmp x2, 128
    b.hi .Lmemmove_long
    ldp q0, q1, [x1]
    ldp q2, q3, [x1, 32]
    ldp q4, q5, [x4, -64]
    ldp q6, q7, [x4, -32]
    stp q0, q1, [x0]
    stp q2, q3, [x0, 32]
    stp q4, q5, [x5, -64]
    stp q6, q7, [x5, -32]
    ret
.Lmemmove_short:
    // 0-15 bytes: loads that may overlap, before any store.
    tbz x2, 3, .Lmemmove_up_to_7
    ldr x6, [x1]
    ldr x7, [x4, -8]
    str x6, [x0]
    str x7, [x5, -8]
    ret
.Lmemmove_up_to_7:
    tbz x2, 2, .Lmemmove_up_to_3
    ldr w6, [x1]
    ldr w7, [x4, -4]
    str w6, [x0]
    str w7, [x5, -4]
    ret
.Lmemmove_up_to_3:
    cbz x2, .Lmemmove_done
    lsr x3, x2, 1
    ldrb w6, [x1]
    ldrb w7, [x1, x3]
    ldrb w8, [x4, -1]
    strb w6, [x0]
    strb w7, [x0, x3]
    strb w8, [x5, -1]
.Lmemmove_done:
    ret
.Lmemmove_long:
    // Backwards if the destination begins within the source.
    sub x6, x0, x1
    cmp x6, x2
    sub x2, x2, 64
    b.lo .Lmemmove_backwards
    // Forwards, each step 64 bytes: a destination below the source only overwrites what was read. The last
    // 64 bytes are read before anything is overwritten, and written at the end.
    ldp q4, q5, [x4, -64]
    ldp q6, q7, [x4, -32]
    mov x3, x0
.Lmemmove_forwards_loop:
    ldp q0, q1, [x1]
    ldp q2, q3, [x1, 32]
    add x1, x1, 64
    stp q0, q1, [x3]
    stp q2, q3, [x3, 32]
    add x3, x3, 64
    subs x2, x2, 64
    b.hi .Lmemmove_forwards_loop
    stp q4, q5, [x5, -64]
    stp q6, q7, [x5, -32]
    ret
.Lmemmove_backwards:
    // The same from the end; the first 64 bytes are read ahead.
    ldp q4, q5, [x1]
    ldp q6, q7, [x1, 32]
.Lmemmove_backwards_loop:
    ldp q0, q1, [x4, -32]
    ldp q2, q3, [x4, -64]!
    stp q0, q1, [x5, -32]
    stp q2, q3, [x5, -64]!
    subs x2, x2, 64
    b.hi .Lmemmove_backwards_loop
    stp q4, q5, [x0]
    stp q6, q7, [x0, 32]
    ret
.size beskid_memmove, . - beskid_memmove
.size beskid_memcpy, . - beskid_memcpy

.section .text.beskid_memset,"ax",@progbits
.p2align 6
.globl beskid_memset
.hidden beskid_memset
.type beskid_memset,@function
beskid_memset:
    dup v0.16b, w1
    add x5, x0, x2
    cmp x2, 16
    b.lo .Lmemset_short
    cmp x2, 32
    b.hi .Lmemset_over_32
    str q0, [x0]
    str q0, [x5, -16]
    ret
.Lmemset_over_32:
    cmp x2, 64
    b.hi .Lmemset_long
    stp q0, q0, [x0]
    stp q0, q0, [x5, -32]
    ret
.Lmemset_long:
    sub x2, x2, 64
    mov x3, x0
.Lmemset_loop:
    stp q0, q0, [x3]
    stp q0, q0, [x3, 32]
    add x3, x3, 64
    subs x2, x2, 64
    b.hi .Lmemset_loop
    stp q0, q0, [x5, -64]
    stp q0, q0, [x5, -32]
    ret
.Lmemset_short:
    umov x6, v0.d[0]
    tbz x2, 3, .Lmemset_up_to_7
    str x6, [x0]
    str x6, [x5, -8]
    ret
.Lmemset_up_to_7:
    tbz x2, 2, .Lmemset_up_to_3
    str w6, [x0]
    str w6, [x5, -4]
    ret
.Lmemset_up_to_3:
    cbz x2, .Lmemset_done
    lsr x3, x2, 1
    strb w6, [x0]
    strb w6, [x0, x3]
    strb w6, [x5, -1]
.Lmemset_done:
    ret
.size beskid_memset, . - beskid_memset

.section .text.beskid_memcmp,"ax",@progbits
.p2align 6
.globl beskid_memcmp
.hidden beskid_memcmp
.type beskid_memcmp,@function
beskid_memcmp:
.globl beskid_bcmp
.hidden beskid_bcmp
.type beskid_bcmp,@function
beskid_bcmp:
.Lmemcmp_loop:
    subs x2, x2, 8
    b.lo .Lmemcmp_tail
    ldr x3, [x0], 8
    ldr x4, [x1], 8
    cmp x3, x4
    b.eq .Lmemcmp_loop
    // The first byte that differs decides: the highest of the words turned round.
    rev x3, x3
    rev x4, x4
    cmp x3, x4
    cset w0, hi
    csinv w0, w0, wzr, hs
    ret
.Lmemcmp_tail:
    adds x2, x2, 8
    b.eq .Lmemcmp_equal
.Lmemcmp_bytes:
    ldrb w3, [x0], 1
    ldrb w4, [x1], 1
    subs w5, w3, w4
    b.ne .Lmemcmp_differ
    subs x2, x2, 1
    b.ne .Lmemcmp_bytes
.Lmemcmp_equal:
    mov w0, 0
    ret
.Lmemcmp_differ:
    mov w0, w5
    ret
.size beskid_memcmp, . - beskid_memcmp
.size beskid_bcmp, . - beskid_bcmp

.section .text.beskid_strlen,"ax",@progbits
.p2align 4
.globl beskid_strlen
.hidden beskid_strlen
.type beskid_strlen,@function
beskid_strlen:
    mov x1, x0
.Lstrlen_loop:
    ldrb w2, [x1], 1
    cbnz w2, .Lstrlen_loop
    sub x0, x1, x0
    sub x0, x0, 1
    ret
.size beskid_strlen, . - beskid_strlen

.text
