# SPDX-License-Identifier: MIT
# What `cmake --install` puts beside the library, so that a project which has
# nothing but the prefix can find_package(wane) or ask pkg-config. The build
# tree is such a prefix too: the same files lie in the same places under it.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(WANE_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/wane)
set(package ${CMAKE_CURRENT_LIST_DIR})
set(built ${CMAKE_BINARY_DIR}/lib/cmake/wane)

# How whoever includes our headers must be compiled and linked in this variety.
get_target_property(defines wane INTERFACE_COMPILE_DEFINITIONS)
get_target_property(WANE_SANITIZE wane_flags INTERFACE_LINK_OPTIONS)
if(NOT WANE_SANITIZE)
  set(WANE_SANITIZE "")
endif()
set(WANE_DEFINES "")
if(defines)
  list(TRANSFORM defines PREPEND -D OUTPUT_VARIABLE WANE_DEFINES)
  list(JOIN WANE_DEFINES " " WANE_DEFINES)
endif()

install(TARGETS wane EXPORT wane-targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/include/wane
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

configure_package_config_file(${package}/wane-config.cmake.in
  ${built}/wane-config.cmake INSTALL_DESTINATION ${WANE_PACKAGE_DIR}
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${built}/wane-config-version.cmake
  COMPATIBILITY SameMinorVersion)
configure_file(${package}/wane-plugins.cmake ${built}/wane-plugins.cmake
  COPYONLY)
export(EXPORT wane-targets NAMESPACE wane:: FILE ${built}/wane-targets.cmake)
install(EXPORT wane-targets NAMESPACE wane:: DESTINATION ${WANE_PACKAGE_DIR})
install(FILES ${built}/wane-config.cmake ${built}/wane-config-version.cmake
  ${built}/wane-plugins.cmake DESTINATION ${WANE_PACKAGE_DIR})

# From where wane.pc will lie to the prefix, so that the prefix can be moved.
file(RELATIVE_PATH WANE_PC_PREFIX
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" WANE_PC_PREFIX "${WANE_PC_PREFIX}")
configure_file(${package}/wane.pc.in ${CMAKE_CURRENT_BINARY_DIR}/wane.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/wane.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
