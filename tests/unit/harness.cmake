# SPDX-License-Identifier: MIT
# The harness: everything that can be tested without starting a process.
foreach(file
    companion_file
    csv
    csv_read
    doctor
    event_log
    gc_cost
    lifetimes
    lines
    metrics
    numa_args
    order
    output
    perf
    plan
    progress
    record
    requests
    results
    run_args
    run_id
    sampler
    spec
    stats
    stats_run
    stats_samples
    svg
    table
    template
    wire)
  wane_unit_test(NAME test_${file} SOURCES test_${file}.c LIBS wane_harness)
endforeach()
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
target_link_libraries(test_companion_file PRIVATE PkgConfig::ZSTD)
