# SPDX-License-Identifier: MIT
#
# The proof of the interrupt path for one image: scripts/check_callgraph with what it needs to know of it.

set(QUARTET_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/../scripts)

# quartet_check_callgraph(NAME [OFFERED] [TABLES FILE…] [CI FOLDER…]): a target NAME-callgraph, which reads the executable target NAME, the
# call graphs that GCC wrote beside its objects and the kernel's, and fails where a handler of the image may do what it must not.
# TABLES are annotations beside those of every image (scripts/callgraph.txt); a name alone is a file of scripts/. OFFERED: the handlers of this image call all
# that is offered to them, so each such line has to fit. CI: where else call graphs lie. Only for GCC: nobody else writes call graphs.
function(quartet_check_callgraph name)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 check "OFFERED" "" "TABLES;CI")
  set(arguments --elf $<TARGET_FILE:${name}> --table ${QUARTET_SCRIPTS}/callgraph.txt)
  foreach(table IN LISTS check_TABLES)
    cmake_path(ABSOLUTE_PATH table BASE_DIRECTORY ${QUARTET_SCRIPTS})
    list(APPEND arguments --table ${table})
  endforeach()
  foreach(folder IN LISTS CMAKE_BINARY_DIR check_CI)
    list(APPEND arguments --ci ${folder})
  endforeach()
  if(check_OFFERED)
    list(APPEND arguments --offered)
  endif()
  add_custom_target(${name}-callgraph
    COMMAND /usr/bin/python3 ${QUARTET_SCRIPTS}/check_callgraph ${arguments}
    DEPENDS ${name} VERBATIM USES_TERMINAL COMMENT "Proving the interrupt path of ${name}")
endfunction()
