# SPDX-License-Identifier: MIT
#
# The second compiler: clang-19 finds unlocked access (thread-safety analysis) and warns differently.

set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_ASM_COMPILER clang-19)
foreach(language C CXX ASM)
  set(CMAKE_${language}_COMPILER_TARGET aarch64-linux-gnu)
endforeach()
set(CMAKE_LINKER_TYPE LLD)
set(QUARTET_LINK_FLAGS -fuse-ld=lld-19)
set(CMAKE_OBJCOPY llvm-objcopy-19 CACHE FILEPATH "")
set(CMAKE_NM llvm-nm-19 CACHE FILEPATH "")
