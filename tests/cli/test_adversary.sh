#!/usr/bin/env bash
# test_adversary.sh: what the adversarial workloads must not cost. $1: wane.
# SPDX-License-Identifier: MIT
set -euo pipefail

wane="$(realpath "${1:?usage: test_adversary.sh WANE}")"
exec python3 -B "$(dirname "$(realpath "$0")")/adversary.py" "$wane"
