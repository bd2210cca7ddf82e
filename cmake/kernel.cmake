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
target_compile_definitions(quartet_target INTERFACE QUARTET_CHECKS=${QUARTET_CHECKS_VALUE}
  QUARTET_MEASURE=$<BOOL:${QUARTET_MEASURE}>
  QUARTET_VERSION="${PROJECT_VERSION}" QUARTET_COMPILER="${QUARTET_COMPILER}")
target_link_libraries(quartet_target INTERFACE quartet_warnings)

include(cmake/device_tree.cmake)

# Built for size: rooms and files in which nothing happens often (docs/adr/0023). They are linked behind the others: of an inline
# function that several files have kept, the linker takes the first, and that is the one built for speed.
set(QUARTET_FAST_ROOMS base arch sync fdt mm kernel capi drivers)
set(QUARTET_SMALL_ROOMS platform debug shell boot)
file(GLOB small_sources CONFIGURE_DEPENDS src/kernel/fault/*.cpp src/kernel/selftest/*.cpp
  src/kernel/thread/stack_mark.cpp src/kernel/thread/thread_control.cpp src/kernel/thread/thread_locals.cpp
  src/kernel/thread/thread_statistics.cpp
  src/kernel/wait/inheritance.cpp src/kernel/console/console.cpp src/kernel/console/console_io.cpp
  src/kernel/console/console_log.cpp src/kernel/sched/boot_scheduler.cpp src/kernel/irq/irq.cpp
  src/kernel/time/armed_timers.cpp src/kernel/time/timer_thread.cpp src/kernel/time/periodic.cpp
  src/mm/bump.cpp src/mm/free_ranges.cpp src/mm/cache_checks.cpp src/mm/call_chains.cpp src/mm/large_blocks.cpp src/mm/memory_fault.cpp
  src/mm/dma_buffer.cpp src/mm/monotonic_resource.cpp src/kernel/trace/*.cpp
  src/kernel/console/log.cpp src/kernel/console/log_record.cpp src/kernel/console/console_port.cpp src/kernel/console/packet_catcher.cpp
  src/kernel/irq/cross_call.cpp src/kernel/thread/thread_records.cpp src/kernel/wait/lock_chain.cpp src/mm/kernel_stacks.cpp src/mm/stack.cpp src/base/format.cpp
  src/fdt/header.cpp src/base/printf.cpp src/fdt/address.cpp src/fdt/fault.cpp src/fdt/interrupts.cpp src/fdt/print.cpp src/fdt/trail.cpp
  src/drivers/gpio/*.cpp src/drivers/mailbox/*.cpp src/drivers/pm/*.cpp src/drivers/psci/*.cpp src/drivers/uart/*.cpp
  apps/console/*.cpp apps/bench/bench.cpp)
set_source_files_properties(${small_sources} PROPERTIES COMPILE_OPTIONS "-Os")

# The kernel's own code and data lie within 1 MiB of each other: there an address takes one instruction (adr, or a load by a distance) instead of
# two. Images with checks are larger than that, and selftest.img has its tests before all other code, which name it from any distance.
add_library(quartet_near INTERFACE)
# A function that calls nothing has no record of its own there: while it runs, its caller is in lr, where the report of a fault finds it
# (kernel/fault/fault_report.cpp), samples keep it, and a debugger reads it from the interrupt's frame (arch/aarch64/vectors.S).
add_library(quartet_frameless INTERFACE)
if(NOT QUARTET_CHECKS AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(quartet_near INTERFACE -mcmodel=tiny)
  target_compile_options(quartet_frameless INTERFACE -momit-leaf-frame-pointer)
endif()
# What names the cores' stacks or the image's end, which lie further away than anything else.
foreach(far IN ITEMS boot/seal boot/secondary_entry boot/core_stacks kernel/fault/memory_place mm/kernel_map shell/commands_memory)
  set_property(SOURCE src/${far}.cpp APPEND PROPERTY COMPILE_OPTIONS "-mcmodel=small")
endforeach()

set(QUARTET_OBJECTS)
foreach(room IN LISTS QUARTET_FAST_ROOMS QUARTET_SMALL_ROOMS)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS src/${room}/*.cpp src/${room}/*.S)
  if(sources)
    add_library(room_${room} OBJECT ${sources})
    target_link_libraries(room_${room} PRIVATE quartet_target quartet_near quartet_frameless)
    if(room IN_LIST QUARTET_SMALL_ROOMS)
      target_compile_options(room_${room} PRIVATE -Os)
    endif()
    list(APPEND QUARTET_OBJECTS $<TARGET_OBJECTS:room_${room}>)
  endif()
endforeach()

# The self-tests that the shell's `selftest` runs. Those in tests/kernel/shipped are in every image: what a board that is
# new may do differently. A release build is small and has the others in a second image, selftest.img.
file(GLOB shipped_selftests CONFIGURE_DEPENDS tests/kernel/shipped/*.cpp)
# Those in tests/kernel/checked are for what only an image with checks finds.
file(GLOB other_selftests CONFIGURE_DEPENDS tests/kernel/*.cpp tests/kernel/*.S)
if(QUARTET_CHECKS)
  file(GLOB checked_selftests CONFIGURE_DEPENDS tests/kernel/checked/*.cpp)
  list(APPEND other_selftests ${checked_selftests})
endif()
foreach(some IN ITEMS shipped other)
  add_library(${some}_selftests OBJECT ${${some}_selftests})
  target_link_libraries(${some}_selftests PRIVATE quartet_target $<$<STREQUAL:${some},shipped>:quartet_near>)
  target_compile_options(${some}_selftests PRIVATE -Os)
endforeach()
set(QUARTET_SHIPPED_SELFTESTS $<TARGET_OBJECTS:shipped_selftests>)
set(QUARTET_ALL_SELFTESTS ${QUARTET_SHIPPED_SELFTESTS} $<TARGET_OBJECTS:other_selftests>)
# Whose frame is walked stays in it until the walk is over: no call of these is a jump (arch/frame.hpp).
set_source_files_properties(src/sync/lock_order.cpp src/sync/mutex_order.cpp PROPERTIES COMPILE_OPTIONS "-fno-optimize-sibling-calls")
# The end of a check has none in it.
set_source_files_properties(src/debug/undefined.cpp src/debug/undefined_words.cpp PROPERTIES
  COMPILE_OPTIONS ${QUARTET_UNCHECKED}
  COMPILE_DEFINITIONS QUARTET_SOURCE_ROOT="${CMAKE_SOURCE_DIR}")
# What runs while the MMU is off knows no unaligned access and calls nothing outside itself.
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/boot/early/early_map.cpp PROPERTIES COMPILE_OPTIONS
  "-mstrict-align;-mcmodel=small;${QUARTET_UNCHECKED};-fno-builtin;-fno-jump-tables;$<$<CXX_COMPILER_ID:GNU>:-fno-tree-loop-distribute-patterns>")

include(cmake/symbols.cmake)
include(cmake/callgraph.cmake)

# quartet_image(NAME OBJECTS…): NAME.elf and NAME.img, the kernel with these objects, in build/PRESET/. NAME_first is
# the same without the table of function names, which is made from it.
function(quartet_image name)
  set(script ${CMAKE_SOURCE_DIR}/src/boot/kernel.ld)
  foreach(image IN ITEMS ${name}_first ${name})
    add_executable(${image} ${ARGN} ${QUARTET_OBJECTS})
    target_link_libraries(${image} PRIVATE quartet_target)
    target_link_options(${image} PRIVATE -Wl,-T,${script})
    set_target_properties(${image} PROPERTIES LINK_DEPENDS ${script} LINKER_LANGUAGE CXX OUTPUT_NAME ${image}.elf)
  endforeach()
  target_link_options(${name} PRIVATE -Wl,-Map,${CMAKE_BINARY_DIR}/${name}.map)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  quartet_add_symbols(${name} ${name}_first)
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND ${CMAKE_OBJCOPY} -O binary ${CMAKE_BINARY_DIR}/${name}.elf ${CMAKE_BINARY_DIR}/${name}.img
    BYPRODUCTS ${CMAKE_BINARY_DIR}/${name}.img)
endfunction()

# quartet_add_application(NAME [SOURCES FILE…] [OBJECTS OBJECT…] [LINK OPTION…] [WHOLE] [OFFERED] [TABLES FILE…]): the image NAME that runs an application,
# and NAME-callgraph, which proves its handlers as the kernel's own (cmake/callgraph.cmake, which says what WHOLE, OFFERED and TABLES are).
# SOURCES are compiled as NAME_application; OBJECTS are linked as they are.
function(quartet_add_application name)
  cmake_parse_arguments(PARSE_ARGV 1 application "WHOLE;OFFERED" "" "SOURCES;OBJECTS;LINK;TABLES")
  if(application_SOURCES)
    add_library(${name}_application OBJECT ${application_SOURCES})
    target_link_libraries(${name}_application PRIVATE quartet_target quartet_near quartet_frameless)
    target_include_directories(${name}_application PRIVATE ${CMAKE_SOURCE_DIR}/apps)
    list(PREPEND application_OBJECTS $<TARGET_OBJECTS:${name}_application>)
  endif()
  quartet_image(${name} ${application_OBJECTS})
  foreach(image IN ITEMS ${name}_first ${name})
    target_link_options(${image} PRIVATE ${application_LINK})
  endforeach()
  set(fits)
  foreach(how IN ITEMS WHOLE OFFERED)
    if(application_${how})
      list(APPEND fits ${how})
    endif()
  endforeach()
  quartet_check_callgraph(${name} ${fits} TABLES ${application_TABLES})
endfunction()

# The counted figures, which the shell's `bench` prints.

file(GLOB console_sources CONFIGURE_DEPENDS apps/console/*.cpp apps/bench/*.cpp)
if(QUARTET_CHECKS)
  quartet_add_application(kernel8 SOURCES ${console_sources} OBJECTS ${QUARTET_ALL_SELFTESTS}
    OFFERED TABLES callgraph_selftests.txt callgraph_checks.txt)
else()
  quartet_add_application(kernel8 SOURCES ${console_sources} OBJECTS ${QUARTET_SHIPPED_SELFTESTS}
    WHOLE TABLES callgraph_console.txt callgraph_stacks.txt)
  quartet_add_application(selftest OBJECTS $<TARGET_OBJECTS:kernel8_application> ${QUARTET_ALL_SELFTESTS}
    OFFERED TABLES callgraph_selftests.txt)
endif()

# torture.img: a load that checks itself, and failures that can be caused. Fault points are calls that the linker leads through
# the application (apps/torture/fault_points.cpp): the same objects as in every other image, and there not an instruction.
set(QUARTET_FAULT_POINTS
  quartet_magazine_pop                                                    # every allocation of up to 2 KiB
  _ZN7quartet2mm5Cache16allocate_checkedEm _ZN7quartet2mm5Cache16allocate_checkedEmm   # the same where checks are on
  _ZN7quartet2mm4Heap14allocate_largeEmm                                  # the larger ones
  _ZN7quartet2mm14FrameAllocator8allocateEjNS0_8FrameUseENS0_5ReachE      # what takes whole frames
  _ZN7quartet6kernel3ipi4sendEjNS1_7PurposeERKNS_4arch10IrqsMaskedE)      # requests to other cores
list(TRANSFORM QUARTET_FAULT_POINTS PREPEND "-Wl,--wrap=" OUTPUT_VARIABLE torture_hooks)
# Their names are those of C++ functions, so what they return is C++'s own.
set_source_files_properties(${CMAKE_SOURCE_DIR}/apps/torture/fault_points.cpp PROPERTIES COMPILE_OPTIONS
  "$<$<CXX_COMPILER_ID:Clang>:-Wno-return-type-c-linkage>")
# With checks its handlers go to the kernel through registers that the proof does not follow; they are those of release.
if(QUARTET_CHECKS)
  set(QUARTET_PROOF OFF)
endif()
file(GLOB torture_sources CONFIGURE_DEPENDS apps/torture/*.cpp)
quartet_add_application(torture SOURCES ${torture_sources} OBJECTS ${QUARTET_SHIPPED_SELFTESTS} LINK ${torture_hooks}
  TABLES callgraph_torture.txt)
