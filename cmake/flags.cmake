# SPDX-License-Identifier: MIT
#
# How every line of the kernel is compiled. Distributions differ in their compilers' defaults,
# so each choice is said here, with its reason.

add_library(quartet_warnings INTERFACE)
target_compile_options(quartet_warnings INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wundef -Wimplicit-fallthrough -Wvla)

add_library(quartet_cxx_target INTERFACE)
target_link_libraries(quartet_cxx_target INTERFACE quartet_warnings)

set(QUARTET_TARGET_FLAGS
  -ffreestanding
  -mcpu=cortex-a72
  -mgeneral-regs-only               # SIMD registers belong to application threads alone
  -mno-outline-atomics              # no calls into a run-time library for an atomic
  -fno-pie -mcmodel=small           # linked at one address; adrp works wherever the image lies
  -fno-stack-protector -mbranch-protection=none -U_FORTIFY_SOURCE
  -fno-asynchronous-unwind-tables -fno-unwind-tables
  -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer
  -fstack-clash-protection          # a large frame touches the guard before it can jump over it
  -fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=  # a panic names the file, wherever it was built
  # No instruction in front of a function, a loop or a label that is there to fill a line of the cache: the image has no room for them.
  "$<$<CXX_COMPILER_ID:GNU>:-fno-align-functions;-fno-align-loops;-fno-align-jumps;-fno-align-labels>"
  -fno-common -ffunction-sections -fdata-sections
  -fno-strict-aliasing              # frames and pages are storage first, objects second
  -fno-delete-null-pointer-checks   # physical address 0 is RAM on this board
  -g)
add_library(quartet_target INTERFACE)
target_compile_options(quartet_target INTERFACE ${QUARTET_TARGET_FLAGS}
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions;-fno-rtti;-fno-threadsafe-statics>)
target_link_options(quartet_target INTERFACE ${QUARTET_LINK_FLAGS}
  -nostdlib -static -no-pie -Wl,--build-id=none -Wl,--gc-sections -Wl,-z,noexecstack
  -Wl,-z,max-page-size=4096 -Wl,--fatal-warnings -Wl,--orphan-handling=error
  # Distributions build their compilers to mend an erratum of the Cortex-A53 at link time, by a gap of 4 KiB wherever
  # an adrp happens to end a page. This processor does not have it.
  $<$<CXX_COMPILER_ID:GNU>:-mno-fix-cortex-a53-843419>)

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(quartet_target INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wthread-safety;-Werror=thread-safety>)
endif()

# Undefined behaviour ends the run where it is found: src/debug/undefined.cpp says which. Not where the addresses of
# the image are not yet its own or where the report itself is made (QUARTET_UNCHECKED, for those sources).
if(QUARTET_CHECKS)
  string(JOIN "," QUARTET_UNDEFINED signed-integer-overflow integer-divide-by-zero shift bounds null alignment
    pointer-overflow object-size bool enum return unreachable builtin nonnull-attribute returns-nonnull-attribute)
  target_compile_options(quartet_target INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${QUARTET_UNDEFINED};-fno-sanitize-recover=all>)
endif()
set(QUARTET_UNCHECKED -fno-sanitize=all)

# Beside each object, who calls whom with how much stack: scripts/check_callgraph proves the interrupt path from it.
target_compile_options(quartet_target INTERFACE
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-fcallgraph-info=su,da>)
