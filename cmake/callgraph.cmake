# SPDX-License-Identifier: MIT
#
# The proof of the interrupt path for one image: scripts/check_callgraph with what it needs to know of it. An image whose
# handlers may do what they must not does not build.

# What another compiler inlines leads to other calls, which the annotations do not know: there it is asked for by its target.
if(QUARTET_CROSS STREQUAL "aarch64-linux-gnu-")
  set(proof_by_default ON)
else()
  set(proof_by_default OFF)
endif()
option(QUARTET_PROOF "prove the interrupt path of each image in its build" ${proof_by_default})

set(QUARTET_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/../scripts)

# quartet_check_callgraph(NAME [WHOLE] [OFFERED] [TABLES FILE…] [CI FOLDER…]): a target NAME-callgraph, which reads the executable target NAME, the
# call graphs that GCC wrote beside its objects and the kernel's, and fails where a handler of the image may do what it must not. With
# QUARTET_PROOF it belongs to the build.
# TABLES are annotations beside those of every image (scripts/callgraph.txt); a name alone is a file of scripts/. Each line of them has to fit. A line of
# callgraph.txt has to where the image has all that it tells of (WHOLE): of an application's, the linker may have left out what it does not use.
# OFFERED is WHOLE, and the handlers of this image call all that is offered to them as well. CI: where else call graphs lie. Only for GCC: nobody else writes call graphs.
function(quartet_check_callgraph name)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 check "WHOLE;OFFERED" "" "TABLES;CI")
  set(arguments --elf $<TARGET_FILE:${name}>)
  if(check_WHOLE OR check_OFFERED)
    list(APPEND arguments --table ${QUARTET_SCRIPTS}/callgraph.txt)
  else()
    list(APPEND arguments --offered-table ${QUARTET_SCRIPTS}/callgraph.txt)
  endif()
  foreach(table IN LISTS check_TABLES)
    cmake_path(ABSOLUTE_PATH table BASE_DIRECTORY ${QUARTET_SCRIPTS})
    list(APPEND arguments --table ${table})
    list(APPEND check_TABLES_FOUND ${table})
  endforeach()
  foreach(folder IN LISTS CMAKE_BINARY_DIR check_CI)
    list(APPEND arguments --ci ${folder})
  endforeach()
  if(check_OFFERED)
    list(APPEND arguments --offered)
  endif()
  set(proof /usr/bin/python3 ${QUARTET_SCRIPTS}/check_callgraph ${arguments})
  add_custom_target(${name}-callgraph
    COMMAND ${proof} DEPENDS ${name} VERBATIM USES_TERMINAL COMMENT "Proving the interrupt path of ${name}")
  if(QUARTET_PROOF)
    set(proved ${CMAKE_BINARY_DIR}/${name}.proved)
    file(GLOB proof_sources CONFIGURE_DEPENDS ${QUARTET_SCRIPTS}/check_callgraph ${QUARTET_SCRIPTS}/callgraph*.txt ${QUARTET_SCRIPTS}/checklib/*.py
      ${QUARTET_SCRIPTS}/checklib/callgraph/*.py)
    add_custom_command(OUTPUT ${proved} COMMAND ${proof} COMMAND ${CMAKE_COMMAND} -E touch ${proved}
      DEPENDS ${name} ${proof_sources} ${check_TABLES_FOUND} VERBATIM COMMENT "Proving the interrupt path of ${name}")
    add_custom_target(${name}-proved ALL DEPENDS ${proved})
  endif()
endfunction()
