# SPDX-License-Identifier: MIT
# page_files.h: the style sheet and the script of the page as arrays of bytes,
# so that the program needs no files beside it.
set(arrays "")
foreach(file page.css page.js)
  set(path ${CMAKE_CURRENT_LIST_DIR}/${file})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  file(READ ${path} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(REPLACE "." "_" name ${file})
  string(APPEND arrays
    "static const unsigned char ${name}[] = {${bytes}};\n")
endforeach()
file(CONFIGURE OUTPUT page_files.h CONTENT "@arrays@" @ONLY)
