# SPDX-License-Identifier: MIT
#
# The function names that the kernel carries for its fault reports. An image is linked twice: first
# with an empty table, then with the table made from the first. The table lies in read-only data, behind
# the text, so no function moves between the two; `symbols.py check` stops the build if one did.

set(QUARTET_SYMBOLS_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/../scripts/symbols.py)

# quartet_symbols_source(OUT TABLE): a source that embeds the file TABLE, or nothing where it is empty.
function(quartet_symbols_source out table)
  if(table)
    set(content "    .incbin \"${table}\"\n")
  endif()
  file(CONFIGURE OUTPUT ${out} @ONLY CONTENT "// Made by cmake/symbols.cmake.
    .section .symtab_quartet, \"a\"
    .balign 8
    .global quartet_symbols_begin, quartet_symbols_end
quartet_symbols_begin:
@content@quartet_symbols_end:
")
endfunction()

# quartet_add_symbols(NAME FIRST): the executable target NAME gets the table of the executable target FIRST,
# which has the same sources, libraries and link options.
function(quartet_add_symbols name first)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/symbols)
  set(table ${folder}/${name}.bin)
  quartet_symbols_source(${folder}/none.S "")
  quartet_symbols_source(${folder}/${name}.S ${table})
  target_sources(${first} PRIVATE ${folder}/none.S)
  add_custom_command(OUTPUT ${table}
    COMMAND /usr/bin/python3 ${QUARTET_SYMBOLS_SCRIPT} make $<TARGET_FILE:${first}> ${table}
    DEPENDS ${first} ${QUARTET_SYMBOLS_SCRIPT})
  set_source_files_properties(${folder}/${name}.S PROPERTIES OBJECT_DEPENDS ${table})
  target_sources(${name} PRIVATE ${folder}/${name}.S)
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND /usr/bin/python3 ${QUARTET_SYMBOLS_SCRIPT} check $<TARGET_FILE:${name}>)
endfunction()
