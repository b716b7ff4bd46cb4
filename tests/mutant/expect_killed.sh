#!/bin/bash
# SPDX-License-Identifier: MIT
# expect_killed.sh PROGRAM SCENARIO: passes when PROGRAM, a mutant, fails and
# SCENARIO is one of those that killed it, by a failed check or a crash; where
# it is played twice, with counts and without (SCENARIO_uncounted), either will
# do. A scenario that hung, or missed its window, has killed nothing.
set -u
if [ $# -ne 2 ]; then
  echo "usage: expect_killed.sh PROGRAM SCENARIO" >&2
  exit 2
fi
table=$("$1")
code=$?
echo "$table"
if [ "$code" -eq 0 ]; then
  echo "SURVIVED: no scenario noticed this mutant"
  exit 1
fi
if [ "$code" -ne 1 ]; then
  echo "exit code $code: expected 1"
  exit 1
fi
verdict=$(echo "$table" |
  awk -v name="$2" '$1 == name || $1 == name "_uncounted" { print $2 }' |
  sort | head -n 1)
case "$verdict" in
failed | crashed)
  echo "killed by $2 ($verdict)"
  ;;
*)
  echo "$2 should have killed it; its verdict is '${verdict:-no row}'"
  exit 1
  ;;
esac
