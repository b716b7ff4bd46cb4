// template.c: a folder of templates, copied with a name put in.
// SPDX-License-Identifier: MIT
//
// Templates are files like any others, so that they can be read, linted and
// compiled where they lie. The word NAME stands for the name in them. Main
// thread.
#include "template.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char word[] = "NAME";
enum { WORD = sizeof word - 1, NAME_MAX_BYTES = 63 };

struct copy {
  const char *name;
  int from, to; // folders
  const char *from_path, *to_path;
  char *error;
  size_t error_size;
};

static int refuse(const struct copy *copy, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int refuse(const struct copy *copy, int error, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  vsnprintf(copy->error, copy->error_size, format, args);
  va_end(args);
  return error ? -error : -EIO;
}

bool template_name_valid(const char *name)
{
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
  size_t n = strspn(name, letters);
  return name[n] == '\0' && n <= NAME_MAX_BYTES && *name >= 'a' && *name <= 'z';
}

// --- the name ----------------------------------------------------------------

static bool in_word(char c)
{
  return isalnum((unsigned char)c) || c == '_';
}

// `text` with the name put in, the caller's; NULL: no memory.
static char *put_name(const char *text, const char *name)
{
  char *result = NULL;
  size_t size;
  FILE *out = open_memstream(&result, &size);
  if (!out) return NULL;
  for (const char *at = text; *at;) {
    const char *next = strstr(at, word);
    size_t n = next ? (size_t)(next - at) : strlen(at);
    fwrite(at, 1, n, out);
    if (!next) break;
    bool whole = (next == text || !in_word(next[-1])) && !in_word(next[WORD]);
    fputs(whole ? name : word, out);
    at = next + WORD;
  }
  bool failed = ferror(out);
  if (fclose(out) || failed) {
    free(result);
    return NULL;
  }
  return result;
}

// --- one file ----------------------------------------------------------------

// The whole text, the caller's; NULL and errno.
static char *read_text(int folder, const char *file)
{
  int fd = openat(folder, file, O_RDONLY | O_CLOEXEC);
  FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
  char *text = NULL;
  size_t capacity = 0;
  if (!in) return NULL;
  errno = 0;
  // No byte of a template is 0, so this reads all of it.
  if (getdelim(&text, &capacity, '\0', in) < 0) {
    free(text);
    text = feof(in) ? strdup("") : NULL;
  }
  int error = errno;
  fclose(in);
  errno = error;
  return text;
}

// A new file with this text. 0 or -errno; no file is left when it fails.
static int write_text(int folder, const char *file, const char *text)
{
  int fd = openat(folder, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return -errno;
  int result = 0;
  for (size_t n = strlen(text); n && !result;) {
    ssize_t done = write(fd, text, n);
    if (done < 0 && errno != EINTR) result = -errno;
    if (done < 0) continue;
    text += done;
    n -= (size_t)done;
  }
  if (close(fd) && !result) result = -errno;
  if (result) unlinkat(folder, file, 0);
  return result;
}

static int copy_file(const struct copy *copy, const char *file)
{
  char *text = read_text(copy->from, file);
  if (!text)
    return refuse(copy, errno, "%s/%s: %s", copy->from_path, file,
                  strerror(errno));
  char *named = put_name(text, copy->name);
  char *target = put_name(file, copy->name);
  int result = named && target ? write_text(copy->to, target, named) : -ENOMEM;
  if (result)
    refuse(copy, -result, "%s/%s: cannot be written: %s", copy->to_path,
           target ? target : file, strerror(-result));
  free(text);
  free(named);
  free(target);
  return result;
}

static void remove_file(const struct copy *copy, const char *file)
{
  char *target = put_name(file, copy->name);
  if (target) unlinkat(copy->to, target, 0);
  free(target);
}

// --- the folder --------------------------------------------------------------

static int no_dots(const struct dirent *entry)
{
  return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static void free_entries(struct dirent **entries, int n)
{
  for (int i = 0; i < n; i++) free(entries[i]);
  free(entries);
}

static int copy_files(const struct copy *copy)
{
  struct dirent **files;
  int n = scandirat(copy->from, ".", &files, no_dots, alphasort);
  if (n <= 0)
    return refuse(copy, n ? errno : ENOENT, "%s: there are no templates in it",
                  copy->from_path);
  int result = 0, done = 0;
  while (done < n && !(result = copy_file(copy, files[done]->d_name))) done++;
  if (result)
    while (done > 0) remove_file(copy, files[--done]->d_name);
  free_entries(files, n);
  return result;
}

static int check_empty(const struct copy *copy)
{
  struct dirent **files;
  int n = scandirat(copy->to, ".", &files, no_dots, alphasort);
  if (n < 0)
    return refuse(copy, errno, "%s: cannot be read: %s", copy->to_path,
                  strerror(errno));
  free_entries(files, n);
  if (!n) return 0;
  return refuse(copy, EEXIST,
                "%s: expected a new or an empty folder, found files in it",
                copy->to_path);
}

static int copy_into(struct copy *copy)
{
  copy->from = open(copy->from_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy->from < 0)
    return refuse(copy, errno, "%s: the templates are not there: %s",
                  copy->from_path, strerror(errno));
  copy->to = open(copy->to_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int result = copy->to >= 0 ? check_empty(copy)
                             : refuse(copy, errno, "%s: cannot be opened: %s",
                                      copy->to_path, strerror(errno));
  if (!result) result = copy_files(copy);
  if (copy->to >= 0) close(copy->to);
  close(copy->from);
  return result;
}

int template_copy(const char *from, const char *to, const char *name,
                  char *error, size_t error_size)
{
  struct copy copy = {name, -1, -1, from, to, error, error_size};
  bool made = mkdir(to, 0777) == 0;
  if (!made && errno != EEXIST)
    return refuse(&copy, errno, "%s: cannot be made: %s", to, strerror(errno));
  int result = copy_into(&copy);
  if (result && made) rmdir(to);
  return result;
}
