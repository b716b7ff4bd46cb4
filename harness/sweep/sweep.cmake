# SPDX-License-Identifier: MIT
# `wane sweep`: part of the library wane_harness.
pkg_check_modules(CYAML REQUIRED IMPORTED_TARGET libcyaml)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
target_sources(wane_harness PRIVATE
  sweep/canary.c
  sweep/cell_process.c
  sweep/cells.c
  sweep/cmd_sweep.c
  sweep/command.c
  sweep/cost.c
  sweep/duration.c
  sweep/engine_local.c
  sweep/engine_slurm.c
  sweep/experiment.c
  sweep/experiment_check.c
  sweep/experiment_config.c
  sweep/experiment_factors.c
  sweep/experiment_json.c
  sweep/experiment_open.c
  sweep/experiment_suites.c
  sweep/experiment_workload.c
  sweep/files.c
  sweep/merge_file.c
  sweep/merge_zstd.c
  sweep/minheap.c
  sweep/parts.c
  sweep/plan_file.c
  sweep/slurm_call.c
  sweep/slurm_text.c
  sweep/sweep_args.c
  sweep/sweep_doctor.c
  sweep/sweep_folder.c
  sweep/sweep_json.c
  sweep/sweep_merge.c
  sweep/sweep_plan.c
  sweep/sweep_probe.c
  sweep/sweep_run.c
  sweep/yaml_check.c
  sweep/yaml_load.c
  sweep/yaml_tree.c)
target_link_libraries(wane_harness PRIVATE PkgConfig::CYAML PkgConfig::YAML)
