# SPDX-License-Identifier: Apache-2.0
# Writes OUT: the bytes of each file of the list PACKS as a C array, and the table bundled_packs[].
set(arrays "")
set(table "")
set(number 0)
foreach(file ${PACKS})
  get_filename_component(name ${file} NAME)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "static const unsigned char pack_${number}[] = {${bytes}0};\n")
  string(APPEND table "    {\"${name}\", pack_${number}, sizeof pack_${number} - 1},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUT} "/* generated from rules/ by cmake/embed.cmake */\n#include \"core/bundled.h\"\n\n${arrays}
const struct logwash_source bundled_packs[] = {\n${table}    {0, 0, 0},\n};\nconst unsigned n_bundled_packs = ${number};\n")
