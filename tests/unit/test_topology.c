// test_topology.c: topologies that break others, and whether one may bind.
// SPDX-License-Identifier: MIT

#include "topology_fixture.h"

#include <sys/syscall.h>
#include <sys/wait.h>

// --- what is read ------------------------------------------------------------

struct node {
  uint32_t os_index;
  const char *cpus;
};

static const struct golden {
  const char *name;
  uint32_t nodes, pus;
  struct node node[8];
  uint32_t distance[8]; // from the first node; 0: not told
} goldens[] = {
    {"sparse", 3, 6, {{1, "0-1"}, {4, "2-3"}, {6, "4-5"}}, {10, 16, 22}},
    {"interleaved",
     2,
     16,
     {{0, "0,2,4,6,8,10,12,14"}, {1, "1,3,5,7,9,11,13,15"}},
     {10, 21}},
    // Each package has ordinary memory and some of another kind; node 5 is the
    // machine's. HBM has the lower number, but processors work from the other.
    {"memory_only",
     5,
     8,
     {{0, ""}, {2, "0-3"}, {3, "4-7"}, {4, ""}, {5, ""}},
     {10, 13, 24, 26, 34}},
    // Four packages; a cgroup leaves 4-7,9-10 and the nodes 1 and 2.
    {"cpuset", 2, 6, {{1, "4-7"}, {2, "9-10"}}, {10, 20}},
    // Nodes 0 and 2 are forbidden, their PUs are not.
    {"forbidden_memory", 2, 16, {{1, "4-7"}, {3, "12-15"}}, {10, 30}},
    {"no_own_memory", 1, 2, {{1, ""}}, {0}},
    {"asymmetric", 3, 8, {{0, "0-3"}, {1, "4-5"}, {2, "6-7"}}, {10, 12, 20}},
    {"eight",
     8,
     16,
     {{0, "0-1"},
      {1, "2-3"},
      {2, "4-5"},
      {3, "6-7"},
      {4, "8-9"},
      {5, "10-11"},
      {6, "12-13"},
      {7, "14-15"}},
     {10, 12, 12, 12, 32, 32, 32, 32}},
    {"synthetic:pack:1 core:4 pu:2", 1, 8, {{0, "0-7"}}, {0}},
    {"synthetic:numa:4(indexes=7,0,3,9) core:1 pu:2",
     4,
     8,
     {{7, "0-1"}, {0, "2-3"}, {3, "4-5"}, {9, "6-7"}},
     {0}},
};
enum { N_GOLDENS = sizeof goldens / sizeof goldens[0] };

static void check_node(const struct wane_topology *t, uint32_t i,
                       const struct node *expected)
{
  struct wane_topology_node node = wane_topology_node(t, i);
  char *cpus = wane_topology_node_cpus(t, i);
  assert_string_equal(cpus, expected->cpus);
  free(cpus);
  assert_int_equal(node.os_index, expected->os_index);
  assert_int_equal(node.memory_only, !*expected->cpus);
  assert_int_equal(node.memory_only, node.pus == 0);
  assert_true(node.bytes > 0);
  assert_int_equal(wane_topology_node_of_os(t, node.os_index), i);
}

static void reads_what_breaks_others(void **state)
{
  (void)state;
  for (int g = 0; g < N_GOLDENS; g++) {
    const struct golden *golden = &goldens[g];
    struct wane_topology *t = fixture_open(golden->name);
    assert_int_equal(wane_topology_nodes(t), golden->nodes);
    assert_int_equal(wane_topology_pus(t), golden->pus);
    for (uint32_t i = 0; i < golden->nodes; i++)
      check_node(t, i, &golden->node[i]);
    assert_int_equal(wane_topology_has_distances(t), golden->distance[0] != 0);
    for (uint32_t i = 0; i < golden->nodes; i++)
      assert_int_equal(wane_topology_distance(t, 0, i),
                       golden->distance[0] ? golden->distance[i]
                       : i                 ? 20
                                           : 10);
    assert_string_equal(wane_topology_source(t), fixture_source(golden->name));
    wane_topology_close(t);
  }
}

static void second_threads_far_away(void **state)
{
  (void)state;
  struct wane_topology *t = fixture_open(fixture_dotnet());
  char *first = wane_topology_node_cpus(t, 0);
  char *second = wane_topology_node_cpus(t, 1);
  assert_string_equal(first, "0-27,56-83");
  assert_string_equal(second, "28-55,84-111");
  free(first);
  free(second);
  assert_int_equal(wane_topology_node_of_cpu(t, 56), 0);
  assert_int_equal(wane_topology_node_of_cpu(t, 55), 1);
  struct wane_topology_pu pu = wane_topology_pu(t, 1);
  assert_int_equal(pu.os_index, 56);
  assert_int_equal(pu.core, 0);
  pu = wane_topology_pu(t, 111);
  assert_int_equal(pu.os_index, 111);
  assert_int_equal(pu.core, 55);
  assert_int_equal(pu.package, 1);
  assert_int_equal(pu.node, 1);
  wane_topology_close(t);
}

static void distances_are_kept_as_they_are(void **state)
{
  (void)state;
  static const uint32_t expected[3][3] = {
      {10, 12, 20}, {14, 10, 22}, {40, 30, 10}};
  struct wane_topology *t = fixture_open("asymmetric");
  for (uint32_t i = 0; i < 3; i++)
    for (uint32_t j = 0; j < 3; j++)
      assert_int_equal(wane_topology_distance(t, i, j), expected[i][j]);
  wane_topology_close(t);
  t = fixture_open("sparse"); // the file's rows are those of nodes 6, 1, 4
  assert_int_equal(wane_topology_distance(t, 1, 2), 28);
  assert_int_equal(wane_topology_distance(t, 2, 0), 22);
  wane_topology_close(t);
}

static void what_is_forbidden_is_nowhere(void **state)
{
  (void)state;
  struct wane_topology *t = fixture_open("cpuset");
  assert_int_equal(wane_topology_node_of_cpu(t, 0), WANE_NODE_ANY);
  assert_int_equal(wane_topology_node_of_cpu(t, 8), WANE_NODE_ANY);
  assert_int_equal(wane_topology_node_of_cpu(t, 9), 1);
  assert_int_equal(wane_topology_node_of_cpu(t, 4000000), WANE_NODE_ANY);
  assert_int_equal(wane_topology_node_of_os(t, 0), WANE_NODE_ANY);
  assert_int_equal(wane_topology_node_of_os(t, 2), 1);
  wane_topology_close(t);
  t = fixture_open("forbidden_memory"); // the PU is there, its node is not
  assert_int_equal(wane_topology_pu(t, 0).node, WANE_NODE_ANY);
  assert_int_equal(wane_topology_pu(t, 4).node, 0);
  wane_topology_close(t);
}

static void sixty_four_nodes_and_no_more(void **state)
{
  (void)state;
  char error[256];
  struct wane_topology *t = fixture_open("synthetic:numa:64 pu:2");
  assert_int_equal(wane_topology_nodes(t), 64);
  assert_int_equal(wane_topology_node_of_cpu(t, 127), 63);
  wane_topology_close(t);
  assert_null(
      wane_topology_open("synthetic:numa:65 pu:1", error, sizeof error));
  assert_string_equal(error, "topology \"synthetic:numa:65 pu:1\": 65 nodes "
                             "and 65 PUs, expected 1 to 64 and 1 or more");
}

// --- there and back ----------------------------------------------------------

static void save(const char *path, const char *text)
{
  FILE *out = fopen(path, "w");
  assert_non_null(out);
  assert_true(fputs(text, out) >= 0);
  assert_int_equal(fclose(out), 0);
}

static void same(const struct wane_topology *a, const struct wane_topology *b)
{
  assert_int_equal(wane_topology_nodes(a), wane_topology_nodes(b));
  assert_int_equal(wane_topology_pus(a), wane_topology_pus(b));
  for (uint32_t i = 0; i < wane_topology_nodes(a); i++) {
    struct wane_topology_node x = wane_topology_node(a, i),
                              y = wane_topology_node(b, i);
    char *cpus = wane_topology_node_cpus(a, i);
    check_node(b, i, &(struct node){x.os_index, cpus});
    free(cpus);
    assert_true(x.bytes == y.bytes);
    for (uint32_t j = 0; j < wane_topology_nodes(a); j++)
      assert_int_equal(wane_topology_distance(a, i, j),
                       wane_topology_distance(b, i, j));
  }
  for (uint32_t i = 0; i < wane_topology_pus(a); i++) {
    struct wane_topology_pu x = wane_topology_pu(a, i),
                            y = wane_topology_pu(b, i);
    assert_memory_equal(&x, &y, sizeof x);
  }
}

static void round_trip(const char *name)
{
  char path[] = "/tmp/wane_topology_XXXXXX", source[64];
  int file = mkstemp(path);
  assert_true(file >= 0);
  close(file);
  struct wane_topology *a = fixture_open(name);
  char *xml = wane_topology_xml(a);
  assert_non_null(xml);
  save(path, xml);
  snprintf(source, sizeof source, "xml:%s", path);
  struct wane_topology *b = fixture_open(source);
  assert_int_equal(wane_topology_mode(b), WANE_TOPOLOGY_PLAN_ONLY);
  same(a, b);
  free(xml);
  wane_topology_close(a);
  wane_topology_close(b);
  unlink(path);
}

static void exports_what_it_reads(void **state)
{
  (void)state;
  struct check_random random = {check_seed(11)};
  for (int g = 0; g < N_GOLDENS; g++) round_trip(goldens[g].name);
  for (int i = 0; i < 20; i++) round_trip(fixture_random(&random));
  round_trip("machine");
}

static void keeps_serial_numbers_to_itself(void **state)
{
  (void)state;
  char path[] = "/tmp/wane_topology_XXXXXX", source[64];
  int file = mkstemp(path);
  assert_true(file >= 0);
  close(file);
  save(path,
       "<?xml version=\"1.0\"?>\n<topology version=\"2.0\">\n"
       "<object type=\"Machine\" os_index=\"0\" cpuset=\"0x1\" "
       "complete_cpuset=\"0x1\" allowed_cpuset=\"0x1\" nodeset=\"0x1\" "
       "complete_nodeset=\"0x1\" allowed_nodeset=\"0x1\">\n"
       "<info name=\"DMIProductName\" value=\"kept\"/>\n"
       "<info name=\"DMIProductSerial\" value=\"secret\"/>\n"
       "<info name=\"DMIProductUUID\" value=\"secret\"/>\n"
       "<info name=\"DMIChassisAssetTag\" value=\"secret\"/>\n"
       "<info name=\"ProcessName\" value=\"secret\"/>\n"
       "<object type=\"NUMANode\" os_index=\"0\" cpuset=\"0x1\" "
       "complete_cpuset=\"0x1\" nodeset=\"0x1\" complete_nodeset=\"0x1\" "
       "local_memory=\"1\"/>\n"
       "<object type=\"PU\" os_index=\"0\" cpuset=\"0x1\" "
       "complete_cpuset=\"0x1\" nodeset=\"0x1\" complete_nodeset=\"0x1\"/>\n"
       "</object>\n</topology>\n");
  snprintf(source, sizeof source, "xml:%s", path);
  struct wane_topology *t = fixture_open(source);
  char *xml = wane_topology_xml(t);
  assert_non_null(xml);
  assert_non_null(strstr(xml, "kept"));
  assert_null(strstr(xml, "secret"));
  free(xml);
  wane_topology_close(t);
  unlink(path);
}

static void says_it_in_a_line(void **state)
{
  (void)state;
  static const char *const lines[][2] = {
      {"synthetic:pack:2 [numa] l3:1 core:4 pu:2",
       "Package:2 [NUMANode] L3Cache:1 Core:4 PU:2"},
      {"asymmetric", "3 nodes, 8 PUs, not all alike"},
      {"no_own_memory", "1 node, 2 PUs, not all alike"},
  };
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    struct wane_topology *t = fixture_open(lines[i][0]);
    char *line = wane_topology_summary(t);
    assert_string_equal(line, lines[i][1]);
    free(line);
    wane_topology_close(t);
  }
  int major = 0, minor = 0;
  assert_int_equal(sscanf(wane_topology_library(), "%d.%d", &major, &minor), 2);
  assert_true(major >= 2);
}

// --- what is refused ---------------------------------------------------------

static void refuses_in_a_sentence(void **state)
{
  (void)state;
  static const char *const wrong[][2] = {
      {"", "topology \"\": expected machine, synthetic:DESCRIPTION or "
           "xml:FILE"},
      {"Machine", "topology \"Machine\": expected machine, "
                  "synthetic:DESCRIPTION or xml:FILE"},
      {"xml:", "topology \"xml:\": cannot be read: No such file or directory"},
      {"xml:-",
       "topology \"xml:-\": cannot be read: No such file or directory"},
      {"xml:/", "topology \"xml:/\": cannot be read: Is a directory"},
      {"xml:/dev/zero",
       "topology \"xml:/dev/zero\": cannot be read: Invalid argument"},
      {"xml:/dev/null",
       "topology \"xml:/dev/null\": cannot be read: Invalid argument"},
      {"xml:/etc/passwd",
       "topology \"xml:/etc/passwd\": expected XML as hwloc writes it"},
      {"synthetic:", NULL},
      {"synthetic:hop", NULL},
      {"synthetic:core:2 numa:2", NULL},
      {"synthetic:pu:0", NULL},
      {"synthetic:numa:2 core:64 pu:64",
       "topology \"synthetic:numa:2 core:64 pu:64\": expected at most 4096 of "
       "anything"},
      {"synthetic:pu:-1",
       "topology \"synthetic:pu:-1\": expected at most 4096 of anything"},
      {"synthetic:numa:2 pu:", NULL},
      {"synthetic:numa:2(indexes=1,1) pu:1 pu:1", NULL},
      {"synthetic:pu:99999999999999999999",
       "topology \"synthetic:pu:99999999999999999999\": expected at most 4096 "
       "of anything"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    char error[256] = "";
    assert_null(wane_topology_open(wrong[i][0], error, sizeof error));
    if (wrong[i][1])
      assert_string_equal(error, wrong[i][1]);
    else
      assert_non_null(strstr(error, "expected a description as hwloc has"));
    assert_non_null(strstr(error, wrong[i][0]));
    assert_null(strchr(error, '\n'));
  }
  char error[256], *longest = malloc(5001);
  assert_non_null(longest);
  memset(longest, 'x', 5000);
  longest[5000] = '\0';
  assert_null(wane_topology_open(longest, error, sizeof error));
  assert_non_null(strstr(error, "more than 1000 letters"));
  free(longest);
}

static char *text_of(const char *name)
{
  FILE *in = fopen(fixture_source(name) + strlen("xml:"), "r");
  char *text = calloc(1, 1 << 16);
  assert_non_null(in);
  assert_non_null(text);
  assert_true(fread(text, 1, (1 << 16) - 1, in) > 0);
  fclose(in);
  return text;
}

// A file that ends too early is refused, wherever it ends.
static void refuses_half_a_file(void **state)
{
  (void)state;
  char path[] = "/tmp/wane_topology_XXXXXX", source[64], error[256];
  int file = mkstemp(path);
  assert_true(file >= 0);
  close(file);
  snprintf(source, sizeof source, "xml:%s", path);
  char *text = text_of("sparse"), *end = strstr(text, "</topology>");
  assert_non_null(end);
  for (size_t n = 0; n < (size_t)(end - text); n += 211) {
    char *half = strndup(text, n);
    save(path, half);
    free(half);
    *error = '\0';
    assert_null(wane_topology_open(source, error, sizeof error));
    assert_non_null(strstr(error, path));
  }
  free(text);
  unlink(path);
}

// What is wrong with these few letters, hwloc crashes on, complains of, or
// takes; a sentence it is, and nothing else.
static void refuses_a_wrong_letter(void **state)
{
  (void)state;
#define XML ": expected XML as hwloc writes it"
  static const struct {
    const char *name, *from, *to, *why;
  } edits[] = {
      {"memory_only", " complete_nodeset=\"0x00000001\" gp_index=\"4\"",
       " gp_index=\"4\"", XML},
      {"sparse", "allowed_cpuset=\"0x0000003f\"", "allowed_cpuset=\"0x0\"",
       XML},
      {"sparse", "\"PU\" os_index=\"2\"", "\"PU\" os_index=\"0\"", XML},
      {"sparse", "\"NUMANode\" os_index=\"4\"", "\"NUMANode\" os_index=\"1\"",
       XML},
      {"sparse", "os_index=\"1\" cpuset=\"0x00000002\"",
       "os_index=\"1\" cpuset=\"0x00000200\"", XML},
      {"sparse", "nbobjs=\"3\"", "nbobjs=\"4\"", XML},
      {"interleaved", "length=\"6\">10 21 <", "length=\"5\">0 21 <",
       ": node 0 is 0 away from node 0, expected 1 to 65535"},
      {"interleaved", "length=\"6\">10 21 <", "length=\"9\">10 70000 <",
       ": node 1 is 70000 away from node 0, expected 1 to 65535"},
  };
  char path[] = "/tmp/wane_topology_XXXXXX", source[64], error[256];
  int file = mkstemp(path);
  assert_true(file >= 0);
  close(file);
  snprintf(source, sizeof source, "xml:%s", path);
  for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
    char *text = text_of(edits[i].name), *at = strstr(text, edits[i].from);
    char *changed;
    assert_non_null(at);
    assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - text), text,
                         edits[i].to, at + strlen(edits[i].from)) > 0);
    save(path, changed);
    free(changed);
    free(text);
    if (wane_topology_open(source, error, sizeof error))
      fail_msg("%s was taken for %s", edits[i].to, edits[i].from);
    assert_non_null(strstr(error, source));
    assert_non_null(strstr(error, edits[i].why));
    assert_null(strchr(error, '\n'));
  }
  unlink(path);
}

// Changes some letters, drops some, or doubles a line.
static void spoil(struct check_random *random, char *text)
{
  static const char letters[] = "0123456789fx\"<>/= ";
  size_t n = strlen(text), at = check_below(random, n), gone, length;
  char *line;
  switch (check_below(random, 3)) {
  case 0:
    text[at] = letters[check_below(random, sizeof letters - 1)];
    break;
  case 1:
    gone = 1 + check_below(random, 60);
    if (gone > n - at) gone = n - at;
    memmove(text + at, text + at + gone, n - at - gone + 1);
    break;
  default:
    while (at && text[at - 1] != '\n') at--;
    line = text + at;
    length = strcspn(line, "\n") + 1;
    if (at + length > n) return;
    memmove(line + length, line, n - at + 1);
  }
}

// Whatever becomes of a file, it is a topology or a sentence.
static void survives_any_letters(void **state)
{
  (void)state;
  static const char *const names[] = {"sparse", "memory_only", "asymmetric"};
  struct check_random random = {check_seed(2)};
  char path[] = "/tmp/wane_topology_XXXXXX", source[64], error[256];
  int file = mkstemp(path), refused = 0;
  assert_true(file >= 0);
  close(file);
  snprintf(source, sizeof source, "xml:%s", path);
  for (int i = 0; i < 150; i++) {
    char *text = text_of(names[i % 3]);
    for (int k = 0; k <= i % 4; k++) spoil(&random, text);
    save(path, text);
    free(text);
    *error = '\0';
    struct wane_topology *t = wane_topology_open(source, error, sizeof error);
    if (t) {
      assert_true(wane_topology_nodes(t) >= 1 && wane_topology_pus(t) >= 1);
      wane_topology_close(t);
      continue;
    }
    assert_non_null(strstr(error, path));
    assert_null(strchr(error, '\n'));
    refused++;
  }
  assert_true(refused > 30);
  unlink(path);
}

// --- may one bind? -----------------------------------------------------------

static void descriptions_are_plans(void **state)
{
  (void)state;
  setenv("HWLOC_THISSYSTEM", "1", 1); // hwloc would bind then
  struct wane_topology *t = fixture_open("synthetic:pu:1");
  assert_int_equal(wane_topology_mode(t), WANE_TOPOLOGY_PLAN_ONLY);
  assert_string_equal(wane_topology_why(t),
                      "synthetic:pu:1 is a description, not this machine");
  wane_topology_close(t);
  setenv("HWLOC_SYNTHETIC", "numa:3 pu:2", 1);
  t = fixture_open("machine");
  assert_int_equal(wane_topology_nodes(t), 3);
  assert_int_equal(wane_topology_mode(t), WANE_TOPOLOGY_PLAN_ONLY);
  assert_string_equal(
      wane_topology_why(t),
      "HWLOC_SYNTHETIC in the environment stands for this machine");
  wane_topology_close(t);
  unsetenv("HWLOC_SYNTHETIC");
  setenv("HWLOC_THISSYSTEM", "0", 1);
  t = fixture_open("machine");
  assert_int_equal(wane_topology_mode(t), WANE_TOPOLOGY_PLAN_ONLY);
  assert_non_null(strstr(wane_topology_why(t), "HWLOC_THISSYSTEM"));
  wane_topology_close(t);
  unsetenv("HWLOC_THISSYSTEM");
}

static void a_stand_in_that_is_not_there(void **state)
{
  (void)state;
  char error[256];
  setenv("HWLOC_XMLFILE", "/nowhere/at/all.xml", 1);
  assert_null(wane_topology_open(NULL, error, sizeof error));
  assert_string_equal(error, "topology \"machine\": HWLOC_XMLFILE is set, but "
                             "what it names cannot be read");
  setenv("HWLOC_XMLFILE", "", 1); // as if it were not set
  wane_topology_close(fixture_open("machine"));
  unsetenv("HWLOC_XMLFILE");
}

// What a taskset leaves of the machine.
static void affinity_restricts(void **state)
{
  (void)state;
  cpu_set_t before, one;
  assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
  uint32_t last = 0;
  for (uint32_t i = 0; i < CPU_SETSIZE; i++)
    if (CPU_ISSET(i, &before)) last = i;
  CPU_ZERO(&one);
  CPU_SET(last, &one);
  if (sched_setaffinity(0, sizeof one, &one)) {
    print_message("skipped: threads cannot be bound here\n");
    skip();
  }
  struct wane_topology *t = fixture_open("machine");
  cpu_set_t after;
  assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
  assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
  assert_true(CPU_EQUAL(&one, &after)); // looking has changed nothing
  assert_int_equal(wane_topology_pus(t), 1);
  assert_int_equal(wane_topology_pu(t, 0).os_index, last);
  for (uint32_t i = 0; i < last; i++)
    assert_int_equal(wane_topology_node_of_cpu(t, i), WANE_NODE_ANY);
  wane_topology_close(t);
}

// In a process of its own, which gets EPERM from `call`.
static int denied(long call, const char *expected)
{
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    char error[256];
    if (!fixture_forbid(call, EPERM)) _exit(77);
    struct wane_topology *t = wane_topology_open(NULL, error, sizeof error);
    bool good = t && wane_topology_mode(t) == WANE_TOPOLOGY_DENIED &&
                strcmp(wane_topology_why(t), expected) == 0;
    if (!good)
      fprintf(stderr, "found \"%s\"\n", t ? wane_topology_why(t) : error);
    struct wane_memory_policy local = {.kind = WANE_MEMORY_LOCAL};
    good &= wane_memory_bind(t, &local, 0, &local, sizeof local) == -ENOTSUP;
    struct wane_placement *p =
        wane_placement_plan(t, "compact", 1, 0, error, sizeof error);
    good &= p && wane_placement_bind(p, WANE_PLACE_MUTATOR, 0, error,
                                     sizeof error) == -ENOTSUP;
    good &= strstr(error, expected) != NULL;
    wane_placement_free(p);
    wane_topology_close(t);
    _exit(!good);
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void a_container_denies(void **state)
{
  (void)state;
  static const struct {
    long call;
    const char *why;
  } calls[] = {
      {SYS_sched_setaffinity, "the system refuses to bind a thread: "
                              "Operation not permitted"},
      {SYS_mbind, "the system refuses to bind memory: "
                  "Operation not permitted"},
      {SYS_move_pages, "the system does not tell where a page is: "
                       "Operation not permitted"},
  };
  struct wane_topology *t = fixture_real();
  if (!t) skip();
  wane_topology_close(t);
  for (int i = 0; i < 3; i++) {
    int status = denied(calls[i].call, calls[i].why);
    if (status == 77) {
      print_message("skipped: no seccomp filters here\n");
      skip();
    }
    assert_int_equal(status, 0);
  }
}

static void modes_have_names(void **state)
{
  (void)state;
  assert_string_equal(wane_topology_mode_name(WANE_TOPOLOGY_REAL), "real");
  assert_string_equal(wane_topology_mode_name(WANE_TOPOLOGY_PLAN_ONLY),
                      "plan-only");
  assert_string_equal(wane_topology_mode_name(WANE_TOPOLOGY_DENIED), "denied");
}

int main(void)
{
  unsetenv("HWLOC_SYNTHETIC");
  unsetenv("HWLOC_XMLFILE");
  unsetenv("HWLOC_THISSYSTEM");
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_what_breaks_others),
      cmocka_unit_test(second_threads_far_away),
      cmocka_unit_test(distances_are_kept_as_they_are),
      cmocka_unit_test(what_is_forbidden_is_nowhere),
      cmocka_unit_test(sixty_four_nodes_and_no_more),
      cmocka_unit_test(exports_what_it_reads),
      cmocka_unit_test(keeps_serial_numbers_to_itself),
      cmocka_unit_test(says_it_in_a_line),
      cmocka_unit_test(refuses_in_a_sentence),
      cmocka_unit_test(refuses_half_a_file),
      cmocka_unit_test(refuses_a_wrong_letter),
      cmocka_unit_test(survives_any_letters),
      cmocka_unit_test(descriptions_are_plans),
      cmocka_unit_test(a_stand_in_that_is_not_there),
      cmocka_unit_test(affinity_restricts),
      cmocka_unit_test(a_container_denies),
      cmocka_unit_test(modes_have_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
