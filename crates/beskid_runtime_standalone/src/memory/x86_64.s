# Memory functions for programs without C library: memcpy, memmove, memset, memcmp, bcmp, strlen.
#
# In assembly, because a compiler turns loops like these into calls of the very functions. Each is
# defined under a name of its own, which tests call; the standalone runtime makes the C names aliases.
# Intel syntax; C calling convention: rdi, rsi, rdx to rax.
#
# Sizes are cut at powers of two. Up to 128 bytes a move loads everything before it stores anything, so
# overlap does not matter; where it does matter further below, the comments say why it is right.

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
    mov rax, rdi
    cmp rdx, 16
    jb .Lmemmove_short
    movups xmm0, [rsi]
    movups xmm1, [rsi + rdx - 16]
    cmp rdx, 32
    ja .Lmemmove_up_to_64
    movups [rdi], xmm0
    movups [rdi + rdx - 16], xmm1
    ret
.Lmemmove_short:
    # 0-15 bytes: two loads that may overlap, before any store.
    cmp edx, 8
    jb .Lmemmove_up_to_7
    mov rcx, [rsi]
    mov rsi, [rsi + rdx - 8]
    mov [rdi], rcx
    mov [rdi + rdx - 8], rsi
    ret
.Lmemmove_up_to_7:
    cmp edx, 4
    jb .Lmemmove_up_to_3
    mov ecx, [rsi]
    mov esi, [rsi + rdx - 4]
    mov [rdi], ecx
    mov [rdi + rdx - 4], esi
    ret
.Lmemmove_up_to_3:
    cmp edx, 1
    jb .Lmemmove_done
    movzx ecx, byte ptr [rsi]
    je .Lmemmove_one
    movzx esi, word ptr [rsi + rdx - 2]
    mov [rdi + rdx - 2], si
.Lmemmove_one:
    mov [rdi], cl
.Lmemmove_done:
    ret
.Lmemmove_up_to_64:
    # 33-64 bytes.
    cmp rdx, 64
    ja .Lmemmove_up_to_128
    movups xmm2, [rsi + 16]
    movups xmm3, [rsi + rdx - 32]
    movups [rdi], xmm0
    movups [rdi + 16], xmm2
    movups [rdi + rdx - 32], xmm3
    movups [rdi + rdx - 16], xmm1
    ret
.Lmemmove_up_to_128:
    # 65-128 bytes.
    cmp rdx, 128
    ja .Lmemmove_long
    movups xmm2, [rsi + 16]
    movups xmm3, [rsi + 32]
    movups xmm4, [rsi + 48]
    movups xmm5, [rsi + rdx - 64]
    movups xmm6, [rsi + rdx - 48]
    movups xmm7, [rsi + rdx - 32]
    movups [rdi], xmm0
    movups [rdi + 16], xmm2
    movups [rdi + 32], xmm3
    movups [rdi + 48], xmm4
    movups [rdi + rdx - 64], xmm5
    movups [rdi + rdx - 48], xmm6
    movups [rdi + rdx - 32], xmm7
    movups [rdi + rdx - 16], xmm1
    ret
.Lmemmove_long:
    # More: xmm0 keeps the first 16 bytes, xmm1 the last 16, whatever the loops overwrite. Where the
    # target begins inside the source, the copy must go backwards.
    mov rcx, rdi
    sub rcx, rsi
    cmp rcx, rdx
    jb .Lmemmove_backward
    cmp rdx, 4096
    jae .Lmemmove_string
    cmp byte ptr [rip + {wide}], 0
    jne .Lmemmove_wide
    cmp rdx, 1024
    jae .Lmemmove_string
.Lmemmove_forward:
    # 129 bytes to 1 or 4 KB without wide registers: aligned stores of 64 bytes a round; the last 64
    # bytes were loaded first.
    movups xmm5, [rsi + rdx - 64]
    movups xmm6, [rsi + rdx - 48]
    movups xmm7, [rsi + rdx - 32]
    lea r8, [rdi + rdx]
    mov r9, rdi
    and r9, 15
    sub r9, 16
    sub rsi, r9
    sub rdi, r9
    lea r10, [r8 - 64]
.p2align 4
.Lmemmove_forward_loop:
    movups xmm2, [rsi]
    movups xmm3, [rsi + 16]
    movups xmm4, [rsi + 32]
    movups xmm8, [rsi + 48]
    movaps [rdi], xmm2
    movaps [rdi + 16], xmm3
    movaps [rdi + 32], xmm4
    movaps [rdi + 48], xmm8
    add rsi, 64
    add rdi, 64
    cmp rdi, r10
    jb .Lmemmove_forward_loop
    movups [r8 - 64], xmm5
    movups [r8 - 48], xmm6
    movups [r8 - 32], xmm7
    movups [r8 - 16], xmm1
    movups [rax], xmm0
    ret
.Lmemmove_string:
    # From there on the processor copies best by itself, unless the regions overlap.
    mov rcx, rsi
    sub rcx, rdi
    cmp rcx, rdx
    jb .Lmemmove_forward
    mov rcx, rdx
    rep movsb
    ret
.Lmemmove_wide:
    # The same with 32-byte registers (reached only with the flag set): the first 32 and the last 128
    # bytes are loaded before any store, so a forward overlap is fine.
    vmovdqu ymm0, [rsi]
    lea r8, [rdi + rdx]
    cmp rdx, 256
    ja .Lmemmove_wide_long
    vmovdqu ymm1, [rsi + 32]
    vmovdqu ymm2, [rsi + 64]
    vmovdqu ymm3, [rsi + 96]
    vmovdqu ymm4, [rsi + rdx - 128]
    vmovdqu ymm5, [rsi + rdx - 96]
    vmovdqu ymm6, [rsi + rdx - 64]
    vmovdqu ymm7, [rsi + rdx - 32]
    vmovdqu [rdi], ymm0
    vmovdqu [rdi + 32], ymm1
    vmovdqu [rdi + 64], ymm2
    vmovdqu [rdi + 96], ymm3
    vmovdqu [r8 - 128], ymm4
    vmovdqu [r8 - 96], ymm5
    vmovdqu [r8 - 64], ymm6
    vmovdqu [r8 - 32], ymm7
    vzeroupper
    ret
.Lmemmove_wide_long:
    vmovdqu ymm4, [rsi + rdx - 128]
    vmovdqu ymm5, [rsi + rdx - 96]
    vmovdqu ymm6, [rsi + rdx - 64]
    vmovdqu ymm7, [rsi + rdx - 32]
    mov r9, rdi
    and r9, 31
    sub r9, 32
    sub rsi, r9
    sub rdi, r9
    lea r10, [r8 - 128]
.p2align 4
.Lmemmove_wide_loop:
    vmovdqu ymm1, [rsi]
    vmovdqu ymm2, [rsi + 32]
    vmovdqu ymm3, [rsi + 64]
    vmovdqu ymm8, [rsi + 96]
    vmovdqa [rdi], ymm1
    vmovdqa [rdi + 32], ymm2
    vmovdqa [rdi + 64], ymm3
    vmovdqa [rdi + 96], ymm8
    sub rsi, -128
    sub rdi, -128
    cmp rdi, r10
    jb .Lmemmove_wide_loop
    vmovdqu [r8 - 128], ymm4
    vmovdqu [r8 - 96], ymm5
    vmovdqu [r8 - 64], ymm6
    vmovdqu [r8 - 32], ymm7
    vmovdqu [rax], ymm0
    vzeroupper
    ret
.Lmemmove_backward:
    # Aligned stores from the end downwards; the first 64 bytes were loaded first.
    test rcx, rcx
    je .Lmemmove_done
    movups xmm5, [rsi + 16]
    movups xmm6, [rsi + 32]
    movups xmm7, [rsi + 48]
    lea r8, [rdi + rdx]
    lea r9, [rsi + rdx]
    mov r10, r8
    and r10, 15
    sub r9, r10
    sub r8, r10
    lea r11, [rax + 64]
.p2align 4
.Lmemmove_backward_loop:
    movups xmm2, [r9 - 16]
    movups xmm3, [r9 - 32]
    movups xmm4, [r9 - 48]
    movups xmm8, [r9 - 64]
    movaps [r8 - 16], xmm2
    movaps [r8 - 32], xmm3
    movaps [r8 - 48], xmm4
    movaps [r8 - 64], xmm8
    sub r9, 64
    sub r8, 64
    cmp r8, r11
    ja .Lmemmove_backward_loop
    movups [rax + rdx - 16], xmm1
    movups [rax], xmm0
    movups [rax + 16], xmm5
    movups [rax + 32], xmm6
    movups [rax + 48], xmm7
    ret

.section .text.beskid_memset,"ax",@progbits
.p2align 6
.globl beskid_memset
.hidden beskid_memset
.type beskid_memset,@function
beskid_memset:
    mov rax, rdi
    movzx esi, sil
    mov rcx, 0x0101010101010101
    imul rsi, rcx
    cmp rdx, 16
    jb .Lmemset_short
    movq xmm0, rsi
    punpcklqdq xmm0, xmm0
    cmp rdx, 64
    ja .Lmemset_long
    movups [rdi], xmm0
    movups [rdi + rdx - 16], xmm0
    cmp edx, 32
    jbe .Lmemset_done
    movups [rdi + 16], xmm0
    movups [rdi + rdx - 32], xmm0
.Lmemset_done:
    ret
.Lmemset_short:
    # 0-15 bytes.
    cmp edx, 8
    jb .Lmemset_up_to_7
    mov [rdi], rsi
    mov [rdi + rdx - 8], rsi
    ret
.Lmemset_up_to_7:
    cmp edx, 4
    jb .Lmemset_up_to_3
    mov [rdi], esi
    mov [rdi + rdx - 4], esi
    ret
.Lmemset_up_to_3:
    cmp edx, 1
    jb .Lmemset_one
    mov [rdi], sil
    je .Lmemset_one
    mov [rdi + rdx - 2], si
.Lmemset_one:
    ret
.Lmemset_long:
    # More: aligned stores of 64 bytes a round, then the last 64 bytes.
    cmp rdx, 2048
    jae .Lmemset_string
    lea r8, [rdi + rdx - 64]
    lea r9, [r8 - 16]
    movups [rdi], xmm0
    and rdi, -16
    jmp .Lmemset_loop_test
.p2align 4
.Lmemset_loop:
    movaps [rdi + 16], xmm0
    movaps [rdi + 32], xmm0
    movaps [rdi + 48], xmm0
    movaps [rdi + 64], xmm0
    add rdi, 64
.Lmemset_loop_test:
    cmp rdi, r9
    jb .Lmemset_loop
    movups [r8], xmm0
    movups [r8 + 16], xmm0
    movups [r8 + 32], xmm0
    movups [r8 + 48], xmm0
    ret
.Lmemset_string:
    # From 2 KB on the processor fills best by itself.
    mov r8, rax
    mov eax, esi
    mov rcx, rdx
    rep stosb
    mov rax, r8
    ret

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
    cmp rdx, 16
    jb .Lmemcmp_short
    lea r8, [rdi + rdx - 16]
    lea r9, [rsi + rdx - 16]
    cmp rdx, 128
    jb .Lmemcmp_sixteen
    lea r10, [r8 - 48]
.Lmemcmp_sixty_four:
    # 128 bytes and more: 64 a round; the round with a difference is searched again.
    cmp rdi, r10
    jae .Lmemcmp_sixteen
    movups xmm0, [rdi]
    movups xmm1, [rsi]
    pcmpeqb xmm0, xmm1
    movups xmm2, [rdi + 16]
    movups xmm3, [rsi + 16]
    pcmpeqb xmm2, xmm3
    movups xmm4, [rdi + 32]
    movups xmm5, [rsi + 32]
    pcmpeqb xmm4, xmm5
    movups xmm6, [rdi + 48]
    movups xmm7, [rsi + 48]
    pcmpeqb xmm6, xmm7
    pand xmm0, xmm2
    pand xmm4, xmm6
    pand xmm0, xmm4
    pmovmskb eax, xmm0
    xor eax, 0xffff
    jne .Lmemcmp_sixteen
    add rdi, 64
    add rsi, 64
    jmp .Lmemcmp_sixty_four
.Lmemcmp_sixteen:
    # 16 bytes a round.
    cmp rdi, r8
    jae .Lmemcmp_tail
    movups xmm0, [rdi]
    movups xmm1, [rsi]
    pcmpeqb xmm0, xmm1
    pmovmskb eax, xmm0
    xor eax, 0xffff
    jne .Lmemcmp_differ
    add rdi, 16
    add rsi, 16
    jmp .Lmemcmp_sixteen
.Lmemcmp_tail:
    # The last 16 bytes, which may have been compared in part.
    mov rdi, r8
    mov rsi, r9
    movups xmm0, [rdi]
    movups xmm1, [rsi]
    pcmpeqb xmm0, xmm1
    pmovmskb eax, xmm0
    xor eax, 0xffff
    jne .Lmemcmp_differ
    ret
.Lmemcmp_differ:
    # The first difference decides.
    bsf ecx, eax
    movzx eax, byte ptr [rdi + rcx]
    movzx edx, byte ptr [rsi + rcx]
    sub eax, edx
    ret
.Lmemcmp_short:
    # 0-15 bytes: words from both ends, compared as big-endian numbers.
    cmp edx, 8
    jb .Lmemcmp_up_to_7
    mov rax, [rdi]
    mov rcx, [rsi]
    cmp rax, rcx
    jne .Lmemcmp_differ_words
    mov rax, [rdi + rdx - 8]
    mov rcx, [rsi + rdx - 8]
    cmp rax, rcx
    jne .Lmemcmp_differ_words
    xor eax, eax
    ret
.Lmemcmp_differ_words:
    bswap rax
    bswap rcx
    cmp rax, rcx
    sbb eax, eax
    or eax, 1
    ret
.Lmemcmp_up_to_7:
    cmp edx, 4
    jb .Lmemcmp_up_to_3
    mov eax, [rdi]
    mov ecx, [rsi]
    cmp eax, ecx
    jne .Lmemcmp_differ_halves
    mov eax, [rdi + rdx - 4]
    mov ecx, [rsi + rdx - 4]
    cmp eax, ecx
    jne .Lmemcmp_differ_halves
    xor eax, eax
    ret
.Lmemcmp_differ_halves:
    bswap eax
    bswap ecx
    cmp eax, ecx
    sbb eax, eax
    or eax, 1
    ret
.Lmemcmp_up_to_3:
    xor r8d, r8d
.Lmemcmp_bytes:
    cmp r8, rdx
    jae .Lmemcmp_equal
    movzx eax, byte ptr [rdi + r8]
    movzx ecx, byte ptr [rsi + r8]
    inc r8
    sub eax, ecx
    je .Lmemcmp_bytes
    ret
.Lmemcmp_equal:
    xor eax, eax
    ret

.section .text.beskid_strlen,"ax",@progbits
.p2align 6
.globl beskid_strlen
.hidden beskid_strlen
.type beskid_strlen,@function
beskid_strlen:
    mov rcx, rdi
    mov rsi, rdi
    and rsi, -16
    pxor xmm0, xmm0
    movaps xmm1, [rsi]
    pcmpeqb xmm1, xmm0
    pmovmskb eax, xmm1
    sub ecx, esi
    shr eax, cl
    test eax, eax
    jz .Lstrlen_loop
    bsf eax, eax
    ret
.Lstrlen_loop:
    add rsi, 16
    movaps xmm1, [rsi]
    pcmpeqb xmm1, xmm0
    pmovmskb eax, xmm1
    test eax, eax
    jz .Lstrlen_loop
    bsf eax, eax
    sub rsi, rdi
    add rax, rsi
    ret
.text
