# SPDX-License-Identifier: MIT
# What `wane new` copies: the templates, at the same place from the program in
# the build tree and in the install tree; and where that is.
include(GNUInstallDirs)

file(RELATIVE_PATH WANE_BIN_TO_PREFIX
  ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_PREFIX})
file(RELATIVE_PATH WANE_BIN_TO_TEMPLATES ${CMAKE_INSTALL_FULL_BINDIR}
  ${CMAKE_INSTALL_FULL_DATADIR}/wane/templates)

cmake_path(APPEND CMAKE_BINARY_DIR bin ${WANE_BIN_TO_TEMPLATES}
  OUTPUT_VARIABLE built)
foreach(kind collector workload)
  set(template ${PROJECT_SOURCE_DIR}/${kind}s/template)
  foreach(file CMakeLists.txt NAME.c)
    configure_file(${template}/${file} ${built}/${kind}/${file} COPYONLY)
  endforeach()
  install(DIRECTORY ${template}/
    DESTINATION ${CMAKE_INSTALL_DATADIR}/wane/templates/${kind})
endforeach()
