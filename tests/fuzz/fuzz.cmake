# SPDX-License-Identifier: MIT
# Fuzzing: see README.md. Each target twice: with our own driver, for every
# variety, bounded by runs; and with libFuzzer, in the long tier.

pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
set(fuzz_libs_gct gct)
set(fuzz_libs_text gct)
set(fuzz_libs_import gct)
set(fuzz_libs_case wane_case)
set(fuzz_libs_claims wane_harness wane_static)
set(fuzz_libs_companion wane_harness PkgConfig::ZSTD)
set(fuzz_libs_csv wane_harness)
set(fuzz_libs_experiment wane_harness wane_static)
set(fuzz_libs_policy wane_static)
set(fuzz_runs_gct 300000)
set(fuzz_runs_text 20000) # each writes a file
set(fuzz_runs_import 20000) # so does what is accepted
set(fuzz_runs_case 60000)
set(fuzz_runs_claims 20000)
set(fuzz_runs_companion 60000)
set(fuzz_runs_csv 60000)
set(fuzz_runs_experiment 20000)
set(fuzz_runs_policy 30000)
set(fuzz_targets
  gct text import case claims companion csv experiment policy)
if(WANE_VARIETY STREQUAL "tsan")
  set(fuzz_targets "") # there is one thread
endif()
foreach(target IN LISTS fuzz_targets)
  set(runs ${fuzz_runs_${target}})
  if(WANE_VARIETY STREQUAL "checked")
    math(EXPR runs "${runs} / 10")
  endif()
  wane_unit_test(NAME test_fuzz_${target} LABELS fuzz NO_RUNTIME TIMEOUT 120
    SOURCES fuzz_${target}.c drive.c LIBS ${fuzz_libs_${target}}
    ARGS ${CMAKE_CURRENT_LIST_DIR}/corpus/${target} ${runs})
  if(WANE_VARIETY STREQUAL "measure")
    add_test(NAME fuzz_${target}_long COMMAND bash
      ${CMAKE_CURRENT_LIST_DIR}/run.sh ${target} ${CMAKE_BINARY_DIR} 60)
    wane_test_properties(fuzz_${target}_long "fuzz;long" 300)
  endif()
endforeach()

if(WANE_VARIETY STREQUAL "measure")
  add_test(NAME fuzz_hostile COMMAND Python3::Interpreter -B
    ${CMAKE_CURRENT_LIST_DIR}/test_hostile.py $<TARGET_FILE:wane-cli>)
  wane_test_properties(fuzz_hostile fuzz 120)
endif()
