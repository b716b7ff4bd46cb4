# SPDX-License-Identifier: MIT
# `wane sweep`: part of the library wane_harness.
pkg_check_modules(CYAML REQUIRED IMPORTED_TARGET libcyaml)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
target_sources(wane_harness PRIVATE
  sweep/command.c
  sweep/experiment.c
  sweep/experiment_check.c
  sweep/experiment_config.c
  sweep/experiment_json.c
  sweep/experiment_workload.c
  sweep/yaml_check.c
  sweep/yaml_load.c
  sweep/yaml_tree.c)
target_link_libraries(wane_harness PRIVATE PkgConfig::CYAML PkgConfig::YAML)
