# SPDX-License-Identifier: MIT
"""Only what is between the marks is recorded; children record nothing."""
import os
import subprocess
import sys

before = [[i] for i in range(30000)]
sys.audit("wane.trace", "start")
between = [str(i) for i in range(1000)]
child = os.fork()
if child == 0:
    between = None
    sys.exit(0)
os.waitpid(child, 0)
subprocess.run([sys.executable, "-c", "x = [[] for _ in range(9)]"], check=True)
sys.audit("wane.trace", "end")
after = [[i] for i in range(100000)]
print(len(before), len(between), len(after))
