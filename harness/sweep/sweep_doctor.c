// sweep_doctor.c: what the doctor says of the machine before a sweep.
// SPDX-License-Identifier: MIT
#include "sweep.h"

#include "doctor.h"
#include "exit_code.h"

#include <stdio.h>
#include <string.h>

static const char *text_of(const json_t *finding, const char *key)
{
  const char *text = json_string_value(json_object_get(finding, key));
  return text ? text : "?";
}

static size_t count(const json_t *findings, enum doctor_severity severity,
                    const json_t **first)
{
  size_t i, n = 0;
  json_t *finding;
  const char *name = doctor_severity_name(severity);
  json_array_foreach((json_t *)findings, i, finding)
    if (strcmp(text_of(finding, "severity"), name) == 0 && !n++)
      *first = finding;
  return n;
}

int sweep_doctor(struct sweep *sweep)
{
  const json_t *bad = NULL, *warning = NULL;
  sweep->doctor = doctor_findings();
  if (!sweep->doctor)
    return sweep_fail(sweep, WANE_EXIT_ENVIRONMENT, "doctor: no memory");
  size_t n_bad = count(sweep->doctor, DOCTOR_REFUSE, &bad);
  size_t n_warnings = count(sweep->doctor, DOCTOR_WARNING, &warning);
  if (n_bad && sweep->args.strict)
    return sweep_fail(sweep, WANE_EXIT_ENVIRONMENT,
                      "--strict: %s: %s (found: %s); see wane doctor",
                      text_of(bad, "name"), text_of(bad, "effect"),
                      text_of(bad, "found"));
  if (n_bad + n_warnings)
    printf("doctor: %zu findings that make results wrong, %zu that make them "
           "noisier, first of all %s; see wane doctor\n",
           n_bad, n_warnings, text_of(bad ? bad : warning, "name"));
  return WANE_EXIT_OK;
}
