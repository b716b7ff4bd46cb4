#!/usr/bin/env bash
# test_array.sh: the cluster itself: a job array, one element of which fails.
# SPDX-License-Identifier: MIT
#
# Run by ./cluster. What the engine for Slurm relies on, without the engine.
set -euo pipefail

cat >"$WANE_CLUSTER/job.sh" <<'JOB'
#!/bin/sh
echo "$SLURM_ARRAY_TASK_ID" >"$OUT/$SLURM_ARRAY_TASK_ID.part"
[ "$SLURM_ARRAY_TASK_ID" != 2 ] || exit 5
mv "$OUT/$SLURM_ARRAY_TASK_ID.part" "$OUT/$SLURM_ARRAY_TASK_ID"
JOB
export OUT="$WANE_CLUSTER/out"
mkdir "$OUT"
job="$(sbatch --parsable --array=0-3 --output=/dev/null "$WANE_CLUSTER/job.sh")"
for _ in $(seq 300); do
  left="$(squeue --noheader --array --name job.sh --format '%F|%K|%T|%r')"
  [ -n "$left" ] || break
  sleep 0.2
done
[ -z "$left" ] || { echo "still in the queue: $left"; exit 1; }

found="$(cd "$OUT" && echo *)"
[ "$found" = "0 1 2.part 3" ] || { echo "results: $found"; exit 1; }
for want in JobState=FAILED Reason=NonZeroExitCode ExitCode=5:0; do
  scontrol --oneliner show job "${job}_2" | grep -qw "$want" || {
    echo "scontrol says no $want"
    exit 1
  }
done
scontrol --oneliner show job "${job}_1" | grep -qw "ExitCode=0:0"
