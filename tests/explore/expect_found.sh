#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# expect_found.sh EXPLORE N [SECONDS]: passes if the explorer with mutant N
# finds a failure within so many seconds of processor time [60].
set -u
. "$(dirname "$0")/collector_of.sh"
"$1" --collector "$(collector_of "$2")" --budget "${3:-60}" --minimise 0
code=$?
if [ "$code" -eq 1 ]; then
  exit 0
fi
echo "SURVIVED: exit code $code, expected 1"
exit 1
