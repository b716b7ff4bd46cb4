// test_doctor.c: what is said of machines that are made of files.
// SPDX-License-Identifier: MIT
//
// A tree in a temporary folder on which every check is ok; then one file is
// changed, or taken away, and exactly what it is about must be found.

#include "check.h"

#include "doctor.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CPU "/sys/devices/system/cpu/"
#define CLOCK "/sys/devices/system/clocksource/clocksource0/current_clocksource"

static char root[PATH_MAX];
static const char *stat_later; // what /proc/stat has when the moment is over
static int counters_that_open;

// --- a machine of files ----------------------------------------------------

static void path_of(const char *file, char path[2 * PATH_MAX])
{
  snprintf(path, 2 * PATH_MAX, "%s%s", root, file);
}

// NULL: takes it away.
static void put(const char *file, const char *text)
{
  char path[2 * PATH_MAX];
  path_of(file, path);
  if (!text) {
    unlink(path);
    return;
  }
  for (char *at = path + strlen(root) + 1; (at = strchr(at, '/'));
       *at++ = '/') {
    *at = '\0';
    mkdir(path, 0700);
  }
  FILE *out = fopen(path, "w");
  assert_non_null(out);
  fputs(text, out);
  fclose(out);
}

static const struct file {
  const char *name, *text;
} good[] = {
    {CPU "cpu0/cpufreq/scaling_governor", "performance\n"},
    {CPU "cpu1/cpufreq/scaling_governor", "performance\n"},
    {CPU "intel_pstate/no_turbo", "1\n"},
    {CPU "smt/active", "0\n"},
    {CPU "isolated", "0-1\n"},
    {CPU "online", "0-1\n"},
    {CLOCK, "tsc\n"},
    {"/proc/self/status", "Name:\twane\nCpus_allowed:\t3\n"
                          "Cpus_allowed_list:\t0-1\n"},
    {"/proc/self/cgroup", "0::/a/b\n"},
    {"/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu vme sse2\n"},
    {"/proc/stat", "cpu  1000 10 500 9000 40 5 6 7 0 0\ncpu0 1 2\n"},
    {"/proc/loadavg", "0.02 0.30 2.00 1/100 4242\n"},
    {"/proc/meminfo", "MemTotal:  8000000 kB\nMemFree: 1 kB\n"
                      "MemAvailable: 7000000 kB\nSwapTotal: 0 kB\n"
                      "SwapFree: 0 kB\n"},
    {"/proc/sys/kernel/numa_balancing", "0\n"},
    {"/proc/sys/kernel/randomize_va_space", "2\n"},
    {"/proc/sys/kernel/perf_event_paranoid", "1\n"},
    {"/proc/sys/vm/overcommit_memory", "0\n"},
    {"/sys/devices/system/node/online", "0-1\n"},
    {"/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"},
    {"/sys/fs/cgroup/cgroup.controllers", "cpu memory\n"},
    {"/sys/fs/cgroup/a/cpu.max", "max 100000\n"},
    {"/sys/fs/cgroup/a/memory.max", "max\n"},
};
enum { FILES = sizeof good / sizeof good[0] };
static const char stat_good[] = "cpu  1001 10 500 9049 40 5 6 7 0 0\n";

static void put_good(void)
{
  for (int i = 0; i < FILES; i++) put(good[i].name, good[i].text);
  stat_later = stat_good;
  counters_that_open = 4;
}

static int forget(const char *path, const struct stat *status, int type,
                  struct FTW *where)
{
  (void)status, (void)type, (void)where;
  return remove(path);
}

static int begin(void **state)
{
  (void)state;
  const char *folder = getenv("TMPDIR");
  snprintf(root, sizeof root, "%s/test_doctor_XXXXXX",
           folder ? folder : "/tmp");
  if (!mkdtemp(root)) return -1;
  put_good();
  return 0;
}

static int end(void **state)
{
  (void)state;
  return nftw(root, forget, 16, FTW_DEPTH | FTW_PHYS);
}

static int some_counters(uint32_t type, uint64_t config)
{
  (void)type, (void)config;
  return counters_that_open-- > 0 ? 0 : -EACCES;
}

static void a_moment(void)
{
  if (stat_later) put("/proc/stat", stat_later);
}

static json_t *look(void)
{
  const struct doctor_place place = {root, some_counters, a_moment};
  json_t *findings = doctor_findings_at(&place);
  assert_non_null(findings);
  return findings;
}

static const char *text_of(const json_t *findings, const char *name,
                           const char *key)
{
  size_t i;
  json_t *finding;
  json_array_foreach(
      findings, i,
      finding) if (strcmp(json_string_value(json_object_get(finding, "name")),
                          name) ==
                   0) return json_string_value(json_object_get(finding, key));
  fail_msg("there is no check %s", name);
  return "";
}

// All but `name` must be ok.
static void expect(const char *name, const char *severity, const char *found,
                   int line)
{
  json_t *findings = look(), *finding;
  size_t i;
  const char *is = text_of(findings, name, "severity");
  const char *has = text_of(findings, name, "found");
  if (strcmp(is, severity) || strcmp(has, found)) {
    print_error("%s is %s: %s; expected %s: %s\n", name, is, has, severity,
                found);
    _fail(__FILE__, line);
  }
  json_array_foreach(findings, i, finding)
  {
    const char *other = json_string_value(json_object_get(finding, "name"));
    is = json_string_value(json_object_get(finding, "severity"));
    if (strcmp(other, name) == 0 || strcmp(is, "ok") == 0) continue;
    print_error("%s changed, and %s is %s\n", name, other, is);
    _fail(__FILE__, line);
  }
  assert_string_equal(doctor_severity_name(doctor_worst(findings)), severity);
  json_decref(findings);
}

// --- the tests -------------------------------------------------------------

static void a_good_machine_is_ok(void **state)
{
  (void)state;
  put_good();
  json_t *findings = look();
  assert_int_equal(json_array_size(findings), 21);
  assert_int_equal(doctor_worst(findings), DOCTOR_OK);
  assert_string_equal(text_of(findings, "busy", "found"),
                      "2% of all processors");
  assert_string_equal(text_of(findings, "isolation", "found"), "0-1");
  assert_null(text_of(findings, "thp", "change")); // null: nothing to do
  json_decref(findings);
}

static void each_file_says_what_it_says(void **state)
{
  (void)state;
  static const struct {
    const char *file, *text, *check, *severity, *found;
    int line;
  } cases[] = {
#define CASE(...) {__VA_ARGS__, __LINE__}
      CASE(CPU "cpu1/cpufreq/scaling_governor", "schedutil\n", "governor",
           "warning", "performance, schedutil"),
      CASE(CPU "intel_pstate/no_turbo", "0\n", "turbo", "warning", "on"),
      CASE(CPU "smt/active", "1\n", "smt", "note", "on"),
      CASE(CPU "isolated", "\n", "isolation", "note", "none"),
      CASE(CPU "isolated", "", "isolation", "note", "none"),
      CASE(CPU "online", "0-3\n", "affinity", "note", "0-1: 2 of 4"),
      CASE(CPU "online", "?\n", "affinity", "unknown", "unknown"),
      CASE("/proc/self/status", "Cpus_allowed_list:\t1\n", "affinity",
           "warning", "1: 1 of 2"),
      CASE(CLOCK, "hpet\n", "clocksource", "warning", "hpet"),
      CASE("/sys/kernel/mm/transparent_hugepage/enabled",
           "[always] madvise never\n", "thp", "warning", "always"),
      CASE("/sys/kernel/mm/transparent_hugepage/enabled",
           "always madvise [never]\n", "thp", "ok", "never"),
      CASE("/sys/kernel/mm/transparent_hugepage/enabled", "always\n", "thp",
           "unknown", "unknown"),
      CASE("/proc/sys/kernel/numa_balancing", "1\n", "numa_balancing",
           "warning", "on"),
      CASE("/proc/sys/kernel/randomize_va_space", "0\n", "aslr", "note", "off"),
      CASE("/proc/sys/kernel/randomize_va_space", "1\n", "aslr", "note",
           "without the heap"),
      CASE("/proc/sys/kernel/randomize_va_space", "7\n", "aslr", "unknown",
           "unknown"),
      CASE("/proc/sys/kernel/perf_event_paranoid", "4\n", "perf_event_paranoid",
           "warning", "4"),
      CASE("/proc/sys/kernel/perf_event_paranoid", "2\n", "perf_event_paranoid",
           "note", "2"),
      CASE("/proc/sys/kernel/perf_event_paranoid", "-1\n",
           "perf_event_paranoid", "ok", "-1"),
      CASE("/proc/sys/vm/overcommit_memory", "2\n", "overcommit", "warning",
           "never"),
      CASE("/proc/loadavg", "0.30 0 0 1/1 1\n", "load", "warning",
           "0.30 on 2 processors"),
      CASE("/proc/loadavg", "1.30 0 0 1/1 1\n", "load", "refuse",
           "1.30 on 2 processors"),
      CASE("/proc/loadavg", "much\n", "load", "unknown", "unknown"),
      CASE("/proc/cpuinfo", "flags\t: fpu hypervisor sse2\n", "machine",
           "warning", "virtual (unknown host)"),
      CASE("/proc/cpuinfo", "Features\t: fp asimd\n", "machine", "unknown",
           "unknown"),
      CASE("/.dockerenv", "", "container", "note", "docker"),
      CASE("/run/.containerenv", "", "container", "note", "podman"),
      CASE("/sys/hypervisor/type", "xen\n", "machine", "warning",
           "virtual (xen)"),
      CASE("/sys/hypervisor/type", "x\xff\033[1m\n", "machine", "warning",
           "virtual (x??[1m)"),
      CASE("/sys/fs/cgroup/a/cpu.max", "150000 100000\n", "cpu_limit", "refuse",
           "1.50 processors, of 2"),
      CASE("/sys/fs/cgroup/a/cpu.max", "200000 100000\n", "cpu_limit", "ok",
           "2.00 processors, of 2"),
      CASE("/sys/fs/cgroup/a/b/cpu.max", "50000 100000\n", "cpu_limit",
           "refuse", "0.50 processors, of 2"),
      CASE("/sys/fs/cgroup/memory.max", "1073741824\n", "memory_limit", "note",
           "1024 MiB, 100% of it free"),
#undef CASE
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    put_good();
    put(cases[i].file, cases[i].text);
    expect(cases[i].check, cases[i].severity, cases[i].found, cases[i].line);
    put(cases[i].file, NULL);
  }
}

static void put_memory(const char *available, const char *swap,
                       const char *swap_free)
{
  char text[256];
  snprintf(text, sizeof text,
           "MemTotal: 8388608 kB\nMemAvailable: %s kB\nSwapTotal: %s kB\n"
           "SwapFree: %s kB\n",
           available, swap, swap_free);
  put("/proc/meminfo", text);
}

static void memory_and_swap_are_told_apart(void **state)
{
  (void)state;
  put_good();
  put_memory("819200", "0", "0");
  expect("free_memory", "refuse", "800 of 8192 MiB available", __LINE__);
  put_good();
  put_memory("1024000", "0", "0");
  expect("free_memory", "warning", "1000 of 8192 MiB available", __LINE__);
  put_good();
  put_memory("8000000", "2097152", "2097152");
  expect("swap", "note", "2048 MiB, 0 of it used", __LINE__);
  put_good();
  put_memory("8000000", "2097152", "2000000");
  expect("swap", "warning", "2048 MiB, 95 of it used", __LINE__);
  put_good();
  put_memory("8000000", "2097152", "1000000");
  expect("swap", "refuse", "2048 MiB, 1071 of it used", __LINE__);
}

// All of the processors' time in the moment is 100 ticks.
static void what_others_do_is_a_percentage(void **state)
{
  (void)state;
  put_good();
  stat_later = "cpu  1010 10 500 9090 40 5 6 7 0 0\n";
  expect("busy", "warning", "10% of all processors", __LINE__);
  put_good();
  stat_later = "cpu  1020 20 501 9069 40 5 6 7 0 0\n";
  expect("busy", "refuse", "31% of all processors", __LINE__);
  put_good();
  stat_later = "cpu  1000 10 500 9098 40 5 6 9 0 0\n";
  expect("steal", "warning", "2.0%", __LINE__);
  put_good(); // time that stands still says nothing
  stat_later = NULL;
  json_t *findings = look();
  assert_string_equal(text_of(findings, "busy", "severity"), "unknown");
  assert_string_equal(text_of(findings, "steal", "severity"), "unknown");
  json_decref(findings);
}

static void counters_are_tried(void **state)
{
  (void)state;
  put_good();
  counters_that_open = 2;
  expect("counters", "note", "cycles, instructions", __LINE__);
  put_good();
  counters_that_open = 0;
  expect("counters", "note", "none open", __LINE__);
}

// Version 1 has a tree for each controller, by a name or by several.
static void old_control_groups_are_read(void **state)
{
  (void)state;
  put_good();
  put("/proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/x/y\n0::/\n");
  put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  expect("cpu_limit", "ok", "none", __LINE__);
  put_good();
  put("/proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/x/y\n0::/\n");
  put("/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "100000\n");
  put("/sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000\n");
  expect("cpu_limit", "refuse", "1.00 processors, of 2", __LINE__);
  put("/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", NULL);
  put_good();
  put("/proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/x/y\n0::/\n");
  put("/sys/fs/cgroup/memory/x/memory.limit_in_bytes", "1048576\n");
  put("/sys/fs/cgroup/memory/x/memory.usage_in_bytes", "1000000\n");
  expect("memory_limit", "refuse", "1 MiB, 5% of it free", __LINE__);
  put_good(); // half of it are files that can be dropped
  put("/proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/x/y\n0::/\n");
  put("/sys/fs/cgroup/memory/x/memory.stat",
      "inactive_file 7\ntotal_inactive_file 524288\n");
  expect("memory_limit", "note", "1 MiB, 55% of it free", __LINE__);
  put("/sys/fs/cgroup/memory/x/memory.stat", NULL);
}

// One of two processors is ours: what the other one does is not about us, and
// a load is of both.
static void only_our_processors_count(void **state)
{
  (void)state;
  put_good();
  put("/proc/self/status", "Cpus_allowed_list:\t1\n");
  put("/proc/stat", "cpu  0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0\n"
                    "cpu1 0 0 0 0 0 0 0 0\n");
  stat_later = "cpu  99 0 0 101 0 0 0 0\ncpu0 96 0 0 4 0 0 0 0\n"
               "cpu1 3 0 0 97 0 0 0 0\n";
  put("/proc/loadavg", "0.15 0 0 1/1 1\n");
  json_t *findings = look();
  assert_string_equal(text_of(findings, "busy", "found"),
                      "3% of our processors");
  assert_string_equal(text_of(findings, "load", "found"),
                      "0.15 on 2 processors");
  assert_string_equal(text_of(findings, "load", "severity"), "ok");
  json_decref(findings);
}

static void files_that_are_not_there_are_unknown(void **state)
{
  (void)state;
  static const char *const of_file[FILES] = {
      NULL,          "governor",
      "turbo",       "smt",
      "isolation",   "affinity",
      "clocksource", "",
      "cpu_limit",   "machine",
      "busy",        "load",
      "free_memory", "numa_balancing",
      "aslr",        "perf_event_paranoid",
      "overcommit",  NULL,
      "thp",         "cpu_limit",
  };
  for (int i = 0; i < FILES; i++) {
    put_good();
    if (i == 1) put(good[0].name, NULL); // both governors
    put(good[i].name, NULL);
    if (!of_file[i] || !*of_file[i]) continue;
    json_t *findings = look();
    assert_string_equal(text_of(findings, of_file[i], "severity"), "unknown");
    assert_string_equal(text_of(findings, of_file[i], "found"), "unknown");
    json_decref(findings);
  }
}

static void of_nothing_nothing_is_known(void **state)
{
  (void)state;
  const struct doctor_place nowhere = {"/nonexistent/place", NULL, NULL};
  json_t *findings = doctor_findings_at(&nowhere), *finding;
  size_t i;
  assert_non_null(findings);
  json_array_foreach(findings, i, finding) assert_string_equal(
      json_string_value(json_object_get(finding, "severity")), "unknown");
  assert_int_equal(i, 21);
  assert_int_equal(doctor_worst(findings), DOCTOR_UNKNOWN);
  json_decref(findings);
}

// This machine, whatever it is.
static void every_finding_is_whole(void **state)
{
  (void)state;
  json_t *findings = doctor_findings(), *finding;
  size_t i;
  assert_non_null(findings);
  json_array_foreach(findings, i, finding)
  {
    static const char *const keys[] = {"name", "found", "severity", "effect"};
    for (int k = 0; k < 4; k++) {
      const char *text = json_string_value(json_object_get(finding, keys[k]));
      assert_true(text && *text);
    }
    const json_t *change = json_object_get(finding, "change");
    assert_true(json_is_string(change) || json_is_null(change));
  }
  json_decref(findings);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_good_machine_is_ok),
      cmocka_unit_test(each_file_says_what_it_says),
      cmocka_unit_test(memory_and_swap_are_told_apart),
      cmocka_unit_test(what_others_do_is_a_percentage),
      cmocka_unit_test(counters_are_tried),
      cmocka_unit_test(only_our_processors_count),
      cmocka_unit_test(files_that_are_not_there_are_unknown),
      cmocka_unit_test(old_control_groups_are_read),
      cmocka_unit_test(of_nothing_nothing_is_known),
      cmocka_unit_test(every_finding_is_whole),
  };
  return cmocka_run_group_tests(tests, begin, end);
}
