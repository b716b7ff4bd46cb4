#!/usr/bin/env bash
# test_build.sh: the program of a build runs the plugins of the same build.
# SPDX-License-Identifier: MIT
#
# $1: wane. In every variety: a program that was compiled otherwise than its
# runtime and its plugins would refuse each of them.
set -uo pipefail

wane="$(realpath "${1:?usage: test_build.sh WANE}")"
unset WANE_PLUGIN_PATH

checks=0 failures=0
for config in "rc rings,nodes=1k" "trial_deletion live_churn,trees=9,ops=99"; do
  read -r collector workload <<<"$config"
  if found="$("$wane" run -c "$collector" -w "$workload" 2>&1)"; then
    checks=$((checks + 1))
  else
    failures=$((failures + 1))
    echo "FAILED: $config: $found"
  fi
done

echo "$checks checks, $failures failures"
[ $failures = 0 ]
