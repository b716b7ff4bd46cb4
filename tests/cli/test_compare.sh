#!/usr/bin/env bash
# test_compare.sh: wane compare as a user types it.
# SPDX-License-Identifier: MIT
#
# $1: wane. compare_golden.py makes results up and knows what must be said.
set -uo pipefail

wane="$(realpath "${1:?usage: test_compare.sh WANE}")"
variety="$("$wane" --version | sed 's/.*(\([a-z]*\),.*/\1/')"
if [ "$variety" = tsan ]; then
  echo "skipped: tsan; the command has one thread"
  exit 77
fi
here="$(dirname "$(realpath "$0")")"
exec python3 -B "$here/compare_golden.py" "$wane" "$here/../../results"
