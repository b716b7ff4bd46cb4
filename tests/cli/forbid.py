# forbid.py: runs a program to which the system refuses one call, with EPERM.
# SPDX-License-Identifier: MIT
#
#     forbid.py CALL PROGRAM [ARGUMENT...]
#
# As a container does it: by a seccomp filter. Exit code 77: there are none
# here.
import ctypes
import os
import platform
import struct
import sys

CALLS = {
    "x86_64": {"sched_setaffinity": 203, "mbind": 237, "move_pages": 279,
               "perf_event_open": 298},
    "aarch64": {"sched_setaffinity": 122, "mbind": 235, "move_pages": 239,
                "perf_event_open": 241},
}
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD_WORD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERRNO, EPERM = 0x7FFF0000, 0x00050000, 1


class Program(ctypes.Structure):
    _fields_ = [("n", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def forbid(number):
    """From here on, for all that this process becomes."""
    steps = b"".join(struct.pack("HBBI", *step) for step in (
        (LOAD_WORD, 0, 0, 0),  # the call's number
        (JUMP_EQUAL, 0, 1, number),
        (RETURN, 0, 0, ERRNO | EPERM),
        (RETURN, 0, 0, ALLOW)))
    buffer = ctypes.create_string_buffer(steps, len(steps))
    program = Program(4, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None)
    return not libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) and not libc.prctl(
        PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)


def main():
    calls = CALLS.get(platform.machine(), {})
    if sys.argv[1] not in calls or not forbid(calls[sys.argv[1]]):
        print("no seccomp filters here")
        sys.exit(77)
    os.execv(sys.argv[2], sys.argv[2:])


main()
