// SPDX-License-Identifier: MIT
//
// The bytes of quartet.dtb, in read-only data (cmake/device_tree.cmake compiles them and names the file).

    .section .rodata.builtin_tree, "a", %progbits
    .balign 8
    .globl quartet_builtin_tree
    .hidden quartet_builtin_tree
quartet_builtin_tree:
    .incbin QUARTET_DTB
    .globl quartet_builtin_tree_end
    .hidden quartet_builtin_tree_end
quartet_builtin_tree_end:
