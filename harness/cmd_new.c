// cmd_new.c: `wane new collector|workload NAME [DIR]`.
// SPDX-License-Identifier: MIT
//
// Starts a plugin outside of Wane's tree: a folder with a complete small one
// and what builds it, and on standard output the commands that build and run
// it. The templates lie at a fixed place from this program, in a build tree and
// an install tree alike. Main thread.
#include "cmd_new.h"

#include "build_info.h"
#include "exit_code.h"
#include "template.h"

#include <wane/wane.h>

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: wane new collector|workload NAME [DIR]\n"
    "\n"
    "Writes a small, complete plugin and what builds it into DIR [./NAME],\n"
    "which must be new or empty, and prints how to build and run it. NAME is "
    "a\n"
    "letter, then letters, digits or _; no capitals.\n";

static const struct kind {
  const char *name, *folder; // of its templates, and of its plugins
  const char *run; // the rest of a command that tries it, after its path
} kinds[] = {
    {"collector", "collectors", " -w rings,nodes=100k --verify"},
    {"workload", "workloads", " -c rc -c trial_deletion --verify"},
};
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

static int refuse(const char *what, const char *found)
{
  fprintf(stderr, "wane new: expected %s, found \"%s\"; see wane new --help\n",
          what, found);
  return WANE_EXIT_USAGE;
}

// --- where Wane is -----------------------------------------------------------

// `path`, which is relative to the folder of this program; the caller's. NULL:
// there is no such place.
static char *beside(const char *path)
{
  char self[PATH_MAX], *place = NULL, *joined;
  ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
  if (n <= 0) return NULL;
  self[n] = '\0';
  *strrchr(self, '/') = '\0';
  if (asprintf(&joined, "%s/%s", self, path) < 0) return NULL;
  place = realpath(joined, NULL);
  free(joined);
  return place;
}

struct search {
  const char *name;
  char *path;
};

static void look(const char *name, const char *path, void *context)
{
  struct search *search = context;
  if (!search->path && strcmp(name, search->name) == 0)
    search->path = strdup(path);
}

// --- the words for people ----------------------------------------------------

// As one word of a shell.
static void print_word(const char *text)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ_./-+@%";
  if (*text && !text[strspn(text, plain)]) {
    fputs(text, stdout);
    return;
  }
  putchar('\'');
  for (; *text; text++) {
    if (*text == '\'')
      fputs("'\\''", stdout);
    else
      putchar(*text);
  }
  putchar('\'');
}

// print_words("a ", x, " b ", y, NULL): every second one as one word.
static void print_command(const char *const *pieces)
{
  fputs("    ", stdout);
  for (int i = 0; pieces[i]; i++) {
    if (i % 2)
      print_word(pieces[i]);
    else
      fputs(pieces[i], stdout);
  }
  putchar('\n');
}

// The commands begin with four blanks, one a line, and work as they stand.
static int print_next(const struct kind *kind, const char *name,
                      const char *folder)
{
  char *prefix = beside(BUILD_PREFIX), *program = beside("wane");
  char *build = NULL, *plugin = NULL;
  if (asprintf(&build, "%s/build", folder) < 0) build = NULL;
  if (asprintf(&plugin, "%s%s/build/%s.so", strchr(folder, '/') ? "" : "./",
               folder, name) < 0)
    plugin = NULL;
  bool known = prefix && program && build && plugin;
  if (known) {
    printf("%s: a new %s. To build it and to try it:\n\n", folder, kind->name);
    print_command((const char *[]){"cmake -G Ninja -S ", folder, " -B ", build,
                                   " -DCMAKE_PREFIX_PATH=", prefix, NULL});
    print_command((const char *[]){"cmake --build ", build, NULL});
    print_command((const char *[]){
        "", program, kind->folder[0] == 'c' ? " run -c " : " run -w ", plugin,
        kind->run, NULL});
  }
  free(prefix);
  free(program);
  free(build);
  free(plugin);
  return known ? WANE_EXIT_OK : WANE_EXIT_ENVIRONMENT;
}

// --- the command -------------------------------------------------------------

static int create(const struct kind *kind, const char *name, const char *folder)
{
  // Results say a plugin's name, so two of one name could not be told apart.
  struct search search = {name, NULL};
  wane_plugin_list(kind->folder, look, &search);
  if (search.path) {
    fprintf(stderr,
            "wane new: there is a %s %s already, %s: expected another "
            "name\n",
            kind->name, name, search.path);
    free(search.path);
    return WANE_EXIT_USAGE;
  }
  char *root = beside(BUILD_TEMPLATES), *templates = NULL;
  char error[PATH_MAX + 256];
  if (!root || asprintf(&templates, "%s/%s", root, kind->name) < 0) {
    fprintf(stderr,
            "wane new: there are no templates in %s from this program: "
            "Wane is not installed whole\n",
            BUILD_TEMPLATES);
    free(root);
    return WANE_EXIT_ENVIRONMENT;
  }
  int result = template_copy(templates, folder, name, error, sizeof error);
  free(templates);
  free(root);
  if (!result) return print_next(kind, name, folder);
  fprintf(stderr, "wane new: %s\n", error);
  return WANE_EXIT_ENVIRONMENT;
}

int wane_cmd_new(int argc, char **argv)
{
  static const struct option options[] = {{"help", no_argument, NULL, 'h'},
                                          {0}};
  opterr = 0;
  for (int key; (key = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    if (key != 'h') return refuse("no option but --help", argv[optind - 1]);
    fputs(usage, stdout);
    return WANE_EXIT_OK;
  }
  const struct kind *kind = NULL;
  const char *what = optind < argc ? argv[optind] : "nothing";
  for (int i = 0; i < N_KINDS; i++)
    if (strcmp(what, kinds[i].name) == 0) kind = &kinds[i];
  if (!kind) return refuse("one of collector, workload", what);
  const char *name = optind + 1 < argc ? argv[optind + 1] : "nothing";
  if (optind + 1 >= argc || !template_name_valid(name))
    return refuse("a name: a letter, then letters, digits or _, no capitals, "
                  "63 at most",
                  name);
  const char *folder = optind + 2 < argc ? argv[optind + 2] : name;
  if (optind + 3 < argc) return refuse("no more", argv[optind + 3]);
  if (!*folder) return refuse("a folder", folder);
  return create(kind, name, folder);
}
