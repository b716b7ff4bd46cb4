// plugin.c: finds plugins by name or path, loads them, checks their version.
// SPDX-License-Identifier: MIT
//
// A plugin is one shared object, <root>/<kind>/NAME.so. Roots, in order: the
// entries of WANE_PLUGIN_PATH (colon list), then the folder `wane` beside
// libwane.so, which is right in a build tree and in an install tree alike. The
// first root that has the file wins; a broken file there is refused, never
// skipped, so that nobody measures another plugin than the one he built.
//
// Any thread that is no mutator (dlopen may block). Handles of accepted
// plugins stay open: their code may be on some stack until the process ends.

#include "plugin.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wane/wane.h>

#define NAME_MAX_BYTES 63
#define LIST_BYTES 512 // of a sentence that lists plugins

int wane__plugin_refuse(char *error, size_t error_size, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  if (error_size) vsnprintf(error, error_size, format, args);
  va_end(args);
  return -EINVAL;
}

bool wane__plugin_name_valid(const char *name)
{
  if (!name || !*name) return false;
  size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
  return name[n] == '\0' && n <= NAME_MAX_BYTES;
}

// --- roots -----------------------------------------------------------------

// Calls `each` with "<root>/<kind>" for every root until it returns true.
typedef bool (*each_folder)(const char *folder, void *context);

static bool visit_folder(const char *root, size_t n, const char *kind,
                         each_folder each, void *context)
{
  char *folder;
  if (asprintf(&folder, "%.*s/%s", (int)n, root, kind) < 0) return false;
  bool done = each(folder, context);
  free(folder);
  return done;
}

// The folder `wane` beside the object that this code was linked into.
static bool visit_own_folder(const char *kind, each_folder each, void *context)
{
  Dl_info info;
  static const char anchor;
  if (!dladdr(&anchor, &info) || !info.dli_fname) return false;
  char *self = realpath(info.dli_fname, NULL);
  if (!self) return false;
  char *root = NULL;
  bool done = false;
  *strrchr(self, '/') = '\0';
  if (asprintf(&root, "%s/wane", self) >= 0) {
    done = visit_folder(root, strlen(root), kind, each, context);
    free(root);
  }
  free(self);
  return done;
}

static void each_root(const char *kind, each_folder each, void *context)
{
  const char *at = secure_getenv("WANE_PLUGIN_PATH");
  while (at && *at) {
    size_t n = strcspn(at, ":");
    if (n && visit_folder(at, n, kind, each, context)) return;
    at += n + (at[n] == ':');
  }
  visit_own_folder(kind, each, context);
}

// --- list ------------------------------------------------------------------

struct found {
  char *name, *path;
};

struct listing {
  struct found *found;
  size_t n;
};

static bool listed(const struct listing *listing, const char *name)
{
  for (size_t i = 0; i < listing->n; i++)
    if (!strcmp(listing->found[i].name, name)) return true;
  return false;
}

// Adds folder/file to the list if it is called like a plugin and no earlier
// root has one of that name. Out of memory: the list stays shorter.
static void list_file(struct listing *listing, const char *folder,
                      const char *file)
{
  char name[NAME_MAX_BYTES + 1];
  size_t n = strlen(file);
  if (n < 4 || n - 3 >= sizeof name || strcmp(file + n - 3, ".so")) return;
  memcpy(name, file, n - 3);
  name[n - 3] = '\0';
  if (!wane__plugin_name_valid(name) || listed(listing, name)) return;

  size_t bytes = (listing->n + 1) * sizeof *listing->found;
  struct found *grown = realloc(listing->found, bytes);
  if (!grown) return;
  listing->found = grown;
  struct found entry = {strdup(name), NULL};
  if (asprintf(&entry.path, "%s/%s", folder, file) < 0) entry.path = NULL;
  if (entry.name && entry.path) {
    listing->found[listing->n++] = entry;
  } else {
    free(entry.name);
    free(entry.path);
  }
}

static bool list_folder(const char *folder, void *context)
{
  DIR *dir = opendir(folder);
  if (!dir) return false;
  struct dirent *entry;
  while ((entry = readdir(dir))) list_file(context, folder, entry->d_name);
  closedir(dir);
  return false;
}

static int by_name(const void *a, const void *b)
{
  return strcmp(((const struct found *)a)->name,
                ((const struct found *)b)->name);
}

void wane_plugin_list(const char *kind,
                      void (*each)(const char *name, const char *path,
                                   void *context),
                      void *context)
{
  struct listing listing = {NULL, 0};
  each_root(kind, list_folder, &listing);
  if (listing.n) qsort(listing.found, listing.n, sizeof(struct found), by_name);
  for (size_t i = 0; i < listing.n; i++) {
    each(listing.found[i].name, listing.found[i].path, context);
    free(listing.found[i].name);
    free(listing.found[i].path);
  }
  free(listing.found);
}

// --- find ------------------------------------------------------------------

struct search {
  const char *name;
  char *path;      // the answer, or NULL
  char seen[1024]; // where it looked, for the sentence
};

static void append(char *text, size_t size, const char *separator,
                   const char *more)
{
  size_t n = strlen(text);
  snprintf(text + n, size - n, "%s%s", n ? separator : "", more);
}

// A file that cannot be reached for another reason than that it is not there
// is an answer too: opening it will tell the reason.
static bool exists(const char *path)
{
  return !access(path, F_OK) || (errno != ENOENT && errno != ENOTDIR);
}

static bool search_folder(const char *folder, void *context)
{
  struct search *search = context;
  append(search->seen, sizeof search->seen, ", ", folder);
  if (asprintf(&search->path, "%s/%s.so", folder, search->name) < 0)
    search->path = NULL;
  if (search->path && exists(search->path)) return true;
  free(search->path);
  search->path = NULL;
  return false;
}

static void append_name(const char *name, const char *path, void *context)
{
  (void)path;
  append(context, LIST_BYTES, ", ", name);
}

// The path of plugin `name`, to be freed, or NULL and a sentence.
static char *find(const char *kind, const char *name, char *error,
                  size_t error_size)
{
  int singular = (int)strlen(kind) - (kind[strlen(kind) - 1] == 's');
  if (name && strchr(name, '/')) return strdup(name);
  if (!wane__plugin_name_valid(name)) {
    wane__plugin_refuse(error, error_size,
                        "'%s' names no %.*s: expected a name of a-z, 0-9 and "
                        "_ (63 at most), or a path with a slash",
                        name ? name : "(null)", singular, kind);
    return NULL;
  }
  struct search search = {name, NULL, ""};
  each_root(kind, search_folder, &search);
  if (search.path) return search.path;
  char there[LIST_BYTES] = "";
  wane_plugin_list(kind, append_name, there);
  wane__plugin_refuse(error, error_size,
                      "there is no %.*s '%s' in %s; there is: %s", singular,
                      kind, name, search.seen, *there ? there : "none");
  return NULL;
}

// --- open ------------------------------------------------------------------

static int abi_check(const char *path, const char *symbol, uint32_t found,
                     uint32_t abi, char *error, size_t error_size)
{
  if (found == abi) return 0;
  if (WANE_ABI_VERSION(found) != WANE_ABI_VERSION(abi))
    return wane__plugin_refuse(
        error, error_size,
        "%s: '%s' is built for ABI %u, this runtime has ABI %u", path, symbol,
        WANE_ABI_VERSION(found), WANE_ABI_VERSION(abi));
  static const char *const counts[] = {"biased", "atomic"};
  static const char *const bare[] = {"", ", bare"};
  return wane__plugin_refuse(
      error, error_size,
      "%s: '%s' is built for %s counts and mutators of %u bytes%s, this "
      "runtime has %s counts and mutators of %u bytes%s",
      path, symbol, counts[found >> 8 & 1], found >> 16, bare[found >> 9 & 1],
      counts[abi >> 8 & 1], abi >> 16, bare[abi >> 9 & 1]);
}

// What `symbol` must be before a byte of it is read: data of the plugin's own,
// not a function, at least `min_size` bytes. Then its first two fields.
static int symbol_check(const char *path, const char *symbol,
                        const void *address, uint32_t abi, uint32_t min_size,
                        char *error, size_t error_size)
{
  Dl_info info;
  const ElfW(Sym) *entry = NULL;
  if (!dladdr1(address, &info, (void **)&entry, RTLD_DL_SYMENT) || !entry ||
      info.dli_saddr != address || ELF64_ST_TYPE(entry->st_info) != STT_OBJECT)
    return wane__plugin_refuse(error, error_size,
                               "%s: '%s' is not an exported variable", path,
                               symbol);
  uint32_t head[2];
  if (entry->st_size < sizeof head)
    return wane__plugin_refuse(
        error, error_size, "%s: '%s' has %llu bytes, %zu at least expected",
        path, symbol, (unsigned long long)entry->st_size, sizeof head);
  memcpy(head, address, sizeof head);
  if (abi_check(path, symbol, head[1], abi, error, error_size)) return -EINVAL;
  if (head[0] < min_size || head[0] > entry->st_size)
    return wane__plugin_refuse(
        error, error_size, "%s: '%s' says it has %u bytes, expected %u to %llu",
        path, symbol, head[0], min_size, (unsigned long long)entry->st_size);
  return 0;
}

struct plugin {
  char *path;
  void *handle;
  const void *address; // of its symbol
};

static void plugin_close(struct plugin *plugin)
{
  if (plugin->handle) dlclose(plugin->handle);
  free(plugin->path);
}

// Finds, looks at, loads and checks. On failure `plugin` holds nothing.
static int plugin_open(struct plugin *plugin, const char *kind,
                       const char *name, const char *symbol, uint32_t abi,
                       uint32_t min_size, char *error, size_t error_size)
{
  *plugin = (struct plugin){find(kind, name, error, error_size), NULL, NULL};
  const char *path = plugin->path;
  if (!path) return -ENOENT;
  if (wane__plugin_elf_check(path, error, error_size)) goto fail;
  plugin->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!plugin->handle) {
    const char *why = dlerror(); // most often begins with the path
    size_t n = strlen(path);
    if (!strncmp(why, path, n) && !strncmp(why + n, ": ", 2)) why += n + 2;
    wane__plugin_refuse(error, error_size, "%s: cannot be loaded: %s", path,
                        why);
    goto fail;
  }
  plugin->address = dlsym(plugin->handle, symbol);
  if (!plugin->address) {
    wane__plugin_refuse(error, error_size,
                        "%s: does not export '%s', as every plugin in '%s' "
                        "must",
                        path, symbol, kind);
    goto fail;
  }
  if (!symbol_check(path, symbol, plugin->address, abi, min_size, error,
                    error_size))
    return 0;
fail:
  plugin_close(plugin);
  *plugin = (struct plugin){NULL, NULL, NULL};
  return -EINVAL;
}

const void *wane_plugin_open(const char *kind, const char *name,
                             const char *symbol, uint32_t abi,
                             uint32_t min_size, char *error, size_t error_size)
{
  struct plugin plugin;
  if (plugin_open(&plugin, kind, name, symbol, abi, min_size, error,
                  error_size))
    return NULL;
  free(plugin.path);
  return plugin.address;
}

const struct wane_collector *wane_collector_open(const char *name, char *error,
                                                 size_t error_size)
{
  struct plugin plugin;
  if (plugin_open(&plugin, "collectors", name, "wane_collector",
                  WANE_COLLECTOR_ABI, sizeof(struct wane_collector), error,
                  error_size))
    return NULL;
  if (wane__collector_check(plugin.address, plugin.path, error, error_size)) {
    plugin_close(&plugin);
    return NULL;
  }
  free(plugin.path);
  return plugin.address;
}
