# SPDX-License-Identifier: MIT
"""Who calls whom in a linked image, with how much stack: what check_callgraph judges. One idea a module.

names      how a function is called, read from its demangled name     table      the annotations of scripts/callgraph*.txt
functions  functions and direct calls, from the machine code          rules      what a handler must not do
compiled   stack use and indirect calls, from GCC's .ci files         walk       from a root to all that it reaches
pointers   whose address the image holds, and who could be called     stacks     worst depths, compared with what there is
places     file and line of an instruction                            analysis   all of it, for one image
"""
