// cmd_doctor.h: `wane doctor`: what the machine does to results.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CMD_DOCTOR_H
#define WANE_HARNESS_CMD_DOCTOR_H

// argv[0] is "doctor". Returns the exit code.
int wane_cmd_doctor(int argc, char **argv);

#endif
