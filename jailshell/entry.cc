// SPDX-License-Identifier: Apache-2.0
// Where a jailshell that is linked with musl begins. In a setuid program musl's start polls descriptors 0 to
// 2 before main(), and ends it by a signal when that fails: with RLIMIT_NOFILE below 3, which the caller
// chooses, and with which other programs still run. So the limit is raised first, to 3, and main() refuses in
// words where that is too little for a login; where it may not be raised (root in a container, without
// CAP_SYS_RESOURCE) this refuses. Before relocation and without a C library: system calls and a jump.
#define JAIL_TOO_FEW "jailshell: this process may open too few files; raise its limit (ulimit -n)\\n"

#if defined(__x86_64__)
// prlimit64 is 302, write 1, exit_group 231; RLIMIT_NOFILE is 7.
asm(R"(
    .section .text.jail_start,"ax",@progbits
    .globl jail_start
    .hidden jail_start
    .type jail_start,@function
jail_start:
    sub $16, %rsp
    mov $302, %eax
    xor %edi, %edi
    mov $7, %esi
    xor %edx, %edx
    mov %rsp, %r10
    syscall
    test %rax, %rax
    jnz 3f
    cmpq $3, 0(%rsp)
    jae 2f
    movq $3, 0(%rsp)
    cmpq $3, 8(%rsp)
    jae 1f
    movq $3, 8(%rsp)
1:  mov $302, %eax
    mov %rsp, %rdx
    xor %r10d, %r10d
    syscall
    test %rax, %rax
    jnz 3f
2:  add $16, %rsp
    xor %edx, %edx
    jmp _start
3:  mov $1, %eax
    mov $2, %edi
    lea 4f(%rip), %rsi
    mov $(5f - 4f), %edx
    syscall
    mov $231, %eax
    mov $254, %edi
    syscall
    hlt
4:  .ascii ")" JAIL_TOO_FEW R"("
5:
    .size jail_start, .-jail_start
    .text
)");
#elif defined(__aarch64__)
// prlimit64 is 261, write 64, exit_group 94; RLIMIT_NOFILE is 7.
asm(R"(
    .section .text.jail_start,"ax",@progbits
    .globl jail_start
    .hidden jail_start
    .type jail_start,@function
jail_start:
    sub sp, sp, #16
    mov x8, #261
    mov x0, #0
    mov x1, #7
    mov x2, #0
    mov x3, sp
    svc #0
    cbnz x0, 3f
    ldp x4, x5, [sp]
    cmp x4, #3
    b.hs 2f
    mov x4, #3
    cmp x5, #3
    csel x5, x5, x4, hs
    stp x4, x5, [sp]
    mov x0, #0
    mov x2, sp
    mov x3, #0
    svc #0
    cbnz x0, 3f
2:  add sp, sp, #16
    mov x0, #0
    b _start
3:  mov x8, #64
    mov x0, #2
    adr x1, 4f
    mov x2, #(5f - 4f)
    svc #0
    mov x8, #94
    mov x0, #254
    svc #0
4:  .ascii ")" JAIL_TOO_FEW R"("
5:
    .balign 4
    .size jail_start, .-jail_start
    .text
)");
#endif
