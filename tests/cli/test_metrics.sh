#!/usr/bin/env bash
# test_metrics.sh: every metric is reported, and is what the raw data say.
# SPDX-License-Identifier: MIT
#
# $1: wane. Small runs that together touch every metric of `wane list metrics`;
# metrics.py works costs and latencies out again from events and requests.
set -uo pipefail

wane="$(realpath "${1:?usage: test_metrics.sh WANE}")"
here="$(dirname "$(realpath "$0")")"
source_dir="$(dirname "$(dirname "$here")")"
bad="$(dirname "$(dirname "$wane")")/tests/plugins/bad_workload.so"
tmp="$(mktemp -d)"
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
[ -e "$bad" ] || { echo "no $bad: build the test plugins first"; exit 1; }

checks=0 failures=0
ok() {
  checks=$((checks + 1))
}
fail() {
  failures=$((failures + 1))
  echo "FAILED: $1"
  [ -z "${2-}" ] || sed 's/^/    /' "$2" | head -20
}
# run CODE DIR ARGS...
run() {
  local code="$1" folder="$2" found
  shift 2
  "$wane" run -q "$@" -o "$folder" >out 2>err
  found=$?
  if [ "$found" -eq "$code" ]; then ok; else
    cat out >>err
    fail "$folder: exit $found, expected $code" err
  fi
}
asks() {
  python3 -B "$here/metrics.py" "$@" >py 2>&1 && ok || fail "$*" py
}

# What is allocated is several times the heap: each has to collect.
run 0 closed --sample 1 -H 4m \
  -c trial_deletion -c mark_sweep_stw -c concurrent_mark_sweep \
  -w live_churn,trees=300,ops=1500 -t 2 --rc young_bytes=64k
run 0 open -c trial_deletion -t 2 -n 2 \
  -w live_churn,trees=200,ops=200,rate=20000
run 0 few -c rc -w live_churn,trees=200,ops=100 --requests 30
run 0 nodes -c trial_deletion -c concurrent_mark_sweep -t 2 --workers 2 \
  -w live_churn,trees=200,ops=400 -w finalizers,cycles=60 --numa model \
  --topology "synthetic:numa:2 pu:1" --place scatter --memory interleave \
  --steal owner
run 0 kernel -c trial_deletion -w rings,nodes=2000 --numa real
run 0 traces -c trial_deletion --verify \
  -w "trace:$source_dir/tests/fuzz/corpus/gct/lru_cycles.gct,lifetimes=1" \
  -w "case:$source_dir/tests/fuzz/corpus/case/gc_list.txt"
run 0 lives -c rc -c trial_deletion -c satb_mark_sweep -c nogc -n 2 \
  -w "trace:$source_dir/workloads/traces/lru_cycles.gct,lifetimes=32"
run 0 unsampled -c rc -w rings,nodes=100 --sample 0
run 0 lost -c trial_deletion -w live_churn,trees=200,ops=4000 \
  --rc young_bytes=64k,event_ring=64
run 0 storm -c trial_deletion -w thread_storm -t 2
run 1 failed -c rc -w "$bad,mode=body"

asks all "$wane" closed open few nodes kernel traces lives failed
asks costs closed
asks lost lost
asks threads storm
asks requests closed
asks requests open
asks dropped few
asks lifetimes lives
asks unsampled unsampled
asks ordered closed open few traces

# Counters that the system refuses are missing, and run.json says why.
python3 -B "$here/forbid.py" perf_event_open \
  "$wane" run -q -c rc -w rings,nodes=100 -o refused >out 2>err
case $? in
  0) asks counters refused "not permitted" ;;
  77) echo "counters not refused: $(tail -1 out)" ;;
  *) fail "refused" err ;;
esac
asks counters few
# Counters of CPU time in the place of the machine's agree with the clocks.
soft="$(dirname "$bad")/soft_counters.so"
if [ -e "$soft" ]; then
  LD_PRELOAD="$soft" run 0 soft -c trial_deletion -c mark_sweep_stw -t 2 \
    -H 16m -w live_churn,trees=2k,ops=20k
  asks counters soft
  asks soft soft
else
  echo "no soft counters beside sanitizers"
fi

# A run without a folder keeps no requests, and says the same numbers.
"$wane" run -q -c rc -w live_churn,trees=200,ops=100 --format csv >csv 2>err &&
  grep -q ',latency.simple,process,count,ns,100,' csv && ok || fail "csv" csv

echo "$checks checks passed, $failures failed"
[ "$failures" -eq 0 ]
