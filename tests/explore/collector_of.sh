# SPDX-License-Identifier: MIT
# Sourced: collector_of N names the collectors that run the code of mutant N.
collector_of() {
  if [ "$1" -eq 30 ] || [ "$1" -eq 31 ]; then
    echo cpython
  elif [ "$1" -ge 24 ]; then
    echo concurrent_mark_sweep,satb_mark_sweep
  elif [ "$1" -gt 0 ]; then
    echo trial_deletion
  else
    echo rc,trial_deletion,trial_deletion_stw,cpython,mark_sweep_stw,\
concurrent_mark_sweep,satb_mark_sweep
  fi
}
