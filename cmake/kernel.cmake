# SPDX-License-Identifier: MIT
#
# The kernel: every source of every room, one object library per room, and the image from them.
# A file that lies in a room is built; there is no list to forget it in.

set(QUARTET_INCLUDE_DIRS
  ${CMAKE_SOURCE_DIR}/src
  ${CMAKE_SOURCE_DIR}/src/arch/include
  ${CMAKE_SOURCE_DIR}/src/arch/aarch64/include
  ${CMAKE_SOURCE_DIR}/include
  ${CMAKE_BINARY_DIR}/generated)
target_include_directories(quartet_target INTERFACE ${QUARTET_INCLUDE_DIRS})
target_compile_definitions(quartet_target INTERFACE QUARTET_CHECKS=${QUARTET_CHECKS_VALUE})
target_link_libraries(quartet_target INTERFACE quartet_warnings)

set(QUARTET_ROOMS base arch sync fdt mm kernel drivers debug shell platform boot)
set(QUARTET_OBJECTS)
foreach(room IN LISTS QUARTET_ROOMS)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS src/${room}/*.cpp src/${room}/*.S)
  if(sources)
    add_library(room_${room} OBJECT ${sources})
    target_link_libraries(room_${room} PRIVATE quartet_target)
    list(APPEND QUARTET_OBJECTS $<TARGET_OBJECTS:room_${room}>)
  endif()
endforeach()

# The self-tests that the shell's `selftest` runs: for the images that link them.
file(GLOB_RECURSE selftests CONFIGURE_DEPENDS tests/kernel/*.cpp)
add_library(kernel_selftests OBJECT ${selftests})
target_link_libraries(kernel_selftests PRIVATE quartet_target)
set(QUARTET_SELFTEST_OBJECTS $<TARGET_OBJECTS:kernel_selftests>)
