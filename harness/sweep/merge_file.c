// merge_file.c: files of cells, one after the other in one.
// SPDX-License-Identifier: MIT
#include "merge_file.h"

#include "files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int merge_file_open(struct merge_file *merge, const char *path)
{
  *merge = (struct merge_file){.path = strdup(path)};
  if (asprintf(&merge->new, "%s.new", path) < 0) merge->new = NULL;
  if (merge->path && merge->new) return 0;
  free(merge->path);
  free(merge->new);
  return -ENOMEM;
}

// Is it the first header, or the same again? Takes it over. *first says which.
static int take_header(struct merge_file *merge, char *header, bool *first)
{
  *first = !merge->out;
  if (!*first) {
    int result = strcmp(header, merge->header) ? -EINVAL : 0;
    free(header);
    return result;
  }
  merge->header = header;
  merge->out = fopen(merge->new, "we");
  return merge->out ? 0 : -errno;
}

static int copy_rest(struct merge_file *merge, FILE *in)
{
  char buffer[65536];
  size_t n;
  while ((n = fread(buffer, 1, sizeof buffer, in)) > 0)
    if (fwrite(buffer, 1, n, merge->out) != n) return -errno;
  return ferror(in) ? -EIO : 0;
}

static int append_csv(struct merge_file *merge, FILE *in)
{
  char *line = NULL;
  size_t size = 0;
  bool first;
  ssize_t n = getline(&line, &size, in);
  if (n <= 0 || line[n - 1] != '\n') {
    free(line);
    return -EINVAL;
  }
  int result = take_header(merge, line, &first);
  if (!result && first && fputs(merge->header, merge->out) < 0)
    result = -errno;
  return result ? result : copy_rest(merge, in);
}

static int append_zstd(struct merge_file *merge, FILE *in)
{
  long next;
  bool first;
  char *header = merge_zstd_header(in, &next);
  if (!header) return -errno;
  int result = take_header(merge, header, &first);
  if (!result && fseek(in, first ? 0 : next, SEEK_SET)) result = -errno;
  return result ? result : copy_rest(merge, in);
}

static int append(struct merge_file *merge, const char *path,
                  int (*function)(struct merge_file *, FILE *))
{
  FILE *in = fopen(path, "re");
  if (!in) return errno == ENOENT ? 0 : -errno;
  int result = function(merge, in);
  fclose(in);
  return result;
}

int merge_file_csv(struct merge_file *merge, const char *path)
{
  return append(merge, path, append_csv);
}

int merge_file_zstd(struct merge_file *merge, const char *path)
{
  return append(merge, path, append_zstd);
}

static int settle(struct merge_file *merge, bool keep)
{
  int result = 0;
  if (!merge->out) return keep ? files_remove(merge->path) : 0;
  if (fflush(merge->out) || fsync(fileno(merge->out))) result = -errno;
  if (fclose(merge->out) && !result) result = -errno;
  if (keep && !result && rename(merge->new, merge->path)) result = -errno;
  if (!keep || result) (void)unlink(merge->new);
  return result;
}

int merge_file_close(struct merge_file *merge, bool keep)
{
  int result = settle(merge, keep);
  free(merge->path);
  free(merge->new);
  free(merge->header);
  *merge = (struct merge_file){0};
  return result;
}
