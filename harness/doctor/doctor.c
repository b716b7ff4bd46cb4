// doctor.c: audits the machine that is to be measured on.
// SPDX-License-Identifier: MIT
#include "doctor.h"

#include "doctor_look.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

const char *doctor_severity_name(enum doctor_severity severity)
{
  static const char *const names[] = {"ok", "unknown", "note", "warning",
                                      "refuse"};
  return names[severity];
}

// --- the machine itself ----------------------------------------------------

static int open_counter(uint32_t type, uint64_t config)
{
  struct perf_event_attr attr = {.size = sizeof attr,
                                 .type = type,
                                 .config = config,
                                 .disabled = 1,
                                 .exclude_kernel = 1,
                                 .exclude_hv = 1};
  long fd =
      syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  if (fd < 0) return -errno;
  close((int)fd);
  return 0;
}

static void wait_a_moment(void)
{
  struct timespec left = {.tv_nsec = 250000000};
  while (nanosleep(&left, &left) && errno == EINTR) continue;
}

static const struct doctor_place here = {"", open_counter, wait_a_moment};

// --- findings --------------------------------------------------------------

// JSON takes no bytes that are not UTF-8, and a terminal should not either.
static void make_plain(char *text)
{
  for (; *text; text++)
    if (*text < ' ' || *text > '~') *text = '?';
}

// "unknown" is all that is said of what could not be read.
static int add(json_t *findings, const struct doctor_check *check,
               const struct doctor_look *look)
{
  char found[DOCTOR_FOUND] = "";
  enum doctor_severity severity = check->look(look, found);
  if (severity == DOCTOR_UNKNOWN) strcpy(found, "unknown");
  make_plain(found);
  return json_array_append_new(
      findings,
      json_pack("{s:s, s:s, s:s, s:s, s:s?}", "name", check->name, "found",
                found, "severity", doctor_severity_name(severity), "effect",
                check->effect, "change",
                severity > DOCTOR_UNKNOWN ? check->change : NULL));
}

static int add_all(json_t *findings, const struct doctor_check *checks,
                   const struct doctor_look *look)
{
  int result = 0;
  for (; !result && checks->name; checks++)
    result = add(findings, checks, look);
  return result;
}

json_t *doctor_findings_at(const struct doctor_place *place)
{
  char allowed[1024] = "", online[1024];
  struct doctor_look look = {.place = place};
  json_t *findings = json_array();
  if (doctor_field(place, "/proc/self/status", "Cpus_allowed_list", allowed,
                   sizeof allowed))
    look.cpus = doctor_cpus(allowed);
  if (doctor_line(place, "/sys/devices/system/cpu/online", online,
                  sizeof online))
    look.online = doctor_cpus(online);
  look.before = doctor_ticks(place, allowed);
  if (place->wait) place->wait();
  look.after = doctor_ticks(place, allowed);
  if (!add_all(findings, doctor_processor_checks, &look) &&
      !add_all(findings, doctor_memory_checks, &look) &&
      !add_all(findings, doctor_load_checks, &look) &&
      !add_all(findings, doctor_group_checks, &look) &&
      !add_all(findings, doctor_kernel_checks, &look))
    return findings;
  json_decref(findings);
  return NULL;
}

json_t *doctor_findings(void)
{
  return doctor_findings_at(&here);
}

static enum doctor_severity severity_of(const json_t *finding)
{
  const char *text = json_string_value(json_object_get(finding, "severity"));
  for (int i = DOCTOR_OK; i <= DOCTOR_REFUSE; i++)
    if (text &&
        strcmp(text, doctor_severity_name((enum doctor_severity)i)) == 0)
      return (enum doctor_severity)i;
  return DOCTOR_UNKNOWN;
}

enum doctor_severity doctor_worst(const json_t *findings)
{
  enum doctor_severity worst = DOCTOR_OK;
  size_t i;
  json_t *finding;
  json_array_foreach(findings, i, finding)
  {
    enum doctor_severity severity = severity_of(finding);
    if (severity > worst) worst = severity;
  }
  return worst;
}
