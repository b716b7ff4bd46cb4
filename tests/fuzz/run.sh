#!/usr/bin/env bash
# run.sh: libFuzzer on one target, for a while.
# SPDX-License-Identifier: MIT
#
# run.sh TARGET BUILD SECONDS: TARGET is a folder of corpus/; builds below BUILD
# with clang, ASan and UBSan, starts from the corpus, and fails with the input
# (BUILD/fuzz/TARGET-*) when it finds one. To keep it: fix the reader and copy
# the input into corpus/TARGET, which every build replays.
set -euo pipefail

here="$(dirname "$(realpath "$0")")" target="$1" seconds="$3"
mkdir -p "$2/fuzz/$target"
build="$(realpath "$2/fuzz")"
cd "$here/../.."

sources=("tests/fuzz/fuzz_$target.c") libraries=(-lzstd)
case "$target" in
case)
  for part in action file model names parse steps words; do
    sources+=("workloads/case/case_$part.c")
  done
  ;;
claims)
  sources+=(harness/paper/claims_{judge,read,schema,text}.c harness/metrics.c
    harness/sweep/yaml_{check,load,tree}.c)
  libraries=(-lcyaml -lyaml -ljansson -lm)
  ;;
companion)
  sources+=(harness/report/{companion,csv,zstd}_read.c)
  ;;
experiment)
  for part in cells experiment{,_config,_factors,_json,_mutators,_suites} \
    yaml_{check,load,tree}; do
    sources+=("harness/sweep/$part.c")
  done
  sources+=(harness/order.c harness/stats/stats_heap.c runtime/option.c)
  libraries=(-lcyaml -lyaml -ljansson -lm)
  ;;
csv) sources+=(harness/report/csv_read.c) ;;
gct | text) sources+=(workloads/trace/gct_*.c) ;;
import) sources+=(workloads/trace/gct_*.c workloads/trace/import/gct_*.c) ;;
policy) sources+=(runtime/topology/*.c) libraries=(-lhwloc) ;;
*) exit 2 ;;
esac
flags=(-std=c17 -g -O1 -D_GNU_SOURCE -Iworkloads/trace -Iworkloads/case
  -Iworkloads/trace/import -Iharness/report -Iharness -Iharness/sweep
  -Iharness/stats -Iharness/paper -Iharness/numa -Iharness/topo
  -Iruntime/include
  -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined)
if ! echo 'int LLVMFuzzerTestOneInput(const char *p, long n);
  int LLVMFuzzerTestOneInput(const char *p, long n) { return !p && n; }' |
  clang -fsanitize=fuzzer -x c - -o "$build/probe" 2>/dev/null; then
  echo "clang has no libFuzzer here (libclang-rt-14-dev)"
  exit 77
fi
clang "${flags[@]}" "${sources[@]}" "${libraries[@]}" -lpthread \
  -o "$build/$target-fuzzer"
# What it finds goes to the first folder; the corpus is only read.
"$build/$target-fuzzer" -max_total_time="$seconds" -timeout=60 \
  -rss_limit_mb=3000 -error_exitcode=1 -max_len=16384 -print_final_stats=1 \
  -seed="${WANE_SEED:-1}" -artifact_prefix="$build/$target-" \
  "$build/$target" "tests/fuzz/corpus/$target"
