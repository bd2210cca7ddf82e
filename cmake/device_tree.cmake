# SPDX-License-Identifier: MIT
#
# Our device tree: dts/quartet.dts becomes quartet.dtb in the build folder, for QEMU's -dtb and for SD
# cards, and the same bytes go into the kernel (src/arch/aarch64/builtin_tree.S includes them).

find_program(QUARTET_DTC dtc REQUIRED)
set(QUARTET_DTB ${CMAKE_BINARY_DIR}/quartet.dtb)
add_custom_command(OUTPUT ${QUARTET_DTB}
  COMMAND ${QUARTET_DTC} -q -I dts -O dtb -o ${QUARTET_DTB} ${CMAKE_SOURCE_DIR}/dts/quartet.dts
  DEPENDS ${CMAKE_SOURCE_DIR}/dts/quartet.dts
  COMMENT "Compiling dts/quartet.dts" VERBATIM)
add_custom_target(quartet_dtb ALL DEPENDS ${QUARTET_DTB})
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/arch/aarch64/builtin_tree.S PROPERTIES
  OBJECT_DEPENDS ${QUARTET_DTB}
  COMPILE_DEFINITIONS QUARTET_DTB="${QUARTET_DTB}")
