// whole_file.c: a file that grows by whole pieces.
// SPDX-License-Identifier: MIT
//
// A disk that is full takes half a row; half a row between others would be
// read as something that was measured. So what is not whole is taken back, and
// nothing follows it. Main thread.
#include "whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

int whole_file_open(struct whole_file *file, const char *path)
{
  *file = (struct whole_file){
      .fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
  return file->fd < 0 ? -errno : 0;
}

void whole_file_fail(struct whole_file *file, int error)
{
  if (file->error) return;
  file->error = error ? error : -EIO;
  // A device has no length: then there is nothing to take back.
  bool cut = ftruncate(file->fd, file->whole) == 0;
  if (cut) (void)lseek(file->fd, file->whole, SEEK_SET);
}

void whole_file_write(struct whole_file *file, const void *bytes, size_t n)
{
  const char *at = bytes;
  while (n && !file->error) {
    errno = 0;
    ssize_t done = write(file->fd, at, n);
    if (done > 0) {
      at += done;
      n -= (size_t)done;
    } else if (errno != EINTR) {
      whole_file_fail(file, -errno);
    }
  }
}

void whole_file_mark(struct whole_file *file)
{
  if (!file->error) file->whole = lseek(file->fd, 0, SEEK_CUR);
}

int whole_file_close(struct whole_file *file)
{
  if (lseek(file->fd, 0, SEEK_CUR) != file->whole)
    whole_file_fail(file, -EIO); // something was begun and never ended
  if (close(file->fd) && !file->error) file->error = -errno;
  return file->error;
}
