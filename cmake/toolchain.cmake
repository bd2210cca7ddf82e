# SPDX-License-Identifier: MIT
#
# GCC for the target: the Arm GNU Toolchain where it is on PATH, else Debian's cross compiler.
# QUARTET_TOOLCHAIN=debian takes Debian's in any case: figures and tests are always those of that one.

set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES QUARTET_TOOLCHAIN)

set(QUARTET_TOOLCHAIN "auto" CACHE STRING "auto | arm | debian")
set_property(CACHE QUARTET_TOOLCHAIN PROPERTY STRINGS auto arm debian)

find_program(QUARTET_ARM_GXX aarch64-none-elf-g++)
if(QUARTET_TOOLCHAIN STREQUAL "arm" OR (QUARTET_TOOLCHAIN STREQUAL "auto" AND QUARTET_ARM_GXX))
  set(QUARTET_CROSS aarch64-none-elf-)
else()
  set(QUARTET_CROSS aarch64-linux-gnu-)
endif()

set(CMAKE_C_COMPILER ${QUARTET_CROSS}gcc)
set(CMAKE_CXX_COMPILER ${QUARTET_CROSS}g++)
set(CMAKE_ASM_COMPILER ${QUARTET_CROSS}gcc)
set(CMAKE_OBJCOPY ${QUARTET_CROSS}objcopy CACHE FILEPATH "")
set(CMAKE_NM ${QUARTET_CROSS}nm CACHE FILEPATH "")
