// slurm_call.c: starts one of Slurm's commands and hears what it says.
// SPDX-License-Identifier: MIT
//
// In a process group of its own: Ctrl-C at a terminal is for the sweep, and
// must not end an sbatch between the submission and the word of it. Their
// language is C's. Main thread.
#include "slurm_call.h"

#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// What comes through one pipe.
struct stream {
  int fd;
  FILE *text;
  char *bytes;
  size_t n;
};

static int stream_open(struct stream *stream, int *write_end)
{
  int ends[2];
  *stream = (struct stream){.fd = -1};
  if (pipe2(ends, O_CLOEXEC)) return -errno;
  *write_end = ends[1];
  stream->fd = ends[0];
  stream->text = open_memstream(&stream->bytes, &stream->n);
  return stream->text ? 0 : -ENOMEM;
}

static void stream_end(struct stream *stream)
{
  if (stream->fd >= 0) close(stream->fd);
  stream->fd = -1;
}

// False: it has ended.
static bool stream_read(struct stream *stream)
{
  char buffer[4096];
  ssize_t n = read(stream->fd, buffer, sizeof buffer);
  if (n > 0) fwrite(buffer, 1, (size_t)n, stream->text);
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  return n > 0;
}

static void read_both(struct stream *out, struct stream *complaints)
{
  while (out->fd >= 0 || complaints->fd >= 0) {
    struct pollfd polled[2] = {{.fd = out->fd, .events = POLLIN},
                               {.fd = complaints->fd, .events = POLLIN}};
    if (poll(polled, 2, -1) < 0 && errno != EINTR) break;
    if (polled[0].revents && !stream_read(out)) stream_end(out);
    if (polled[1].revents && !stream_read(complaints)) stream_end(complaints);
  }
}

// What a user has set for squeue and scancel at a terminal (other states, a
// question before each) is not for us.
static void forget_habits(void)
{
  static const char *const prefixes[] = {"SQUEUE_", "SCANCEL_"};
  for (char **at = environ; at && *at;) {
    char name[128];
    bool ours = false;
    for (int i = 0; i < 2; i++)
      ours = ours || strncmp(*at, prefixes[i], strlen(prefixes[i])) == 0;
    size_t n = strcspn(*at, "=");
    if (ours && n < sizeof name) {
      snprintf(name, sizeof name, "%.*s", (int)n, *at);
      (void)unsetenv(name); // moves the others down
    } else {
      at++;
    }
  }
}

_Noreturn static void become(char *const *argv, int out, int complaints)
{
  int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  (void)setpgid(0, 0);
  (void)dup2(nothing, 0);
  (void)dup2(out, 1);
  (void)dup2(complaints, 2);
  (void)setenv("LC_ALL", "C", 1);
  forget_habits();
  interrupt_restore();
  execvp(argv[0], argv);
  fprintf(stderr, "%s\n", strerror(errno));
  _exit(127);
}

// What it said last, without the line end and its name.
static char *last_line(char *text)
{
  size_t n = strlen(text);
  while (n && text[n - 1] == '\n') text[--n] = '\0';
  char *line = strrchr(text, '\n');
  return line ? line + 1 : text;
}

static int judge(const char *name, int status, struct stream *complaints,
                 char *error, size_t error_size)
{
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return 0;
  char *line = last_line(complaints->bytes);
  if (strncmp(line, name, strlen(name)) == 0)
    snprintf(error, error_size, "%s", line); // it says who it is
  else if (*line)
    snprintf(error, error_size, "%s: %s", name, line);
  else if (WIFSIGNALED(status))
    snprintf(error, error_size, "%s: ended by signal %d", name,
             WTERMSIG(status));
  else
    snprintf(error, error_size, "%s: exit code %d", name, WEXITSTATUS(status));
  return -EPROTO;
}

// The read ends are closed, and the texts whole.
static int wait_for(pid_t pid, const char *name, struct stream *out,
                    struct stream *complaints, char *error, size_t error_size)
{
  int status = 0;
  read_both(out, complaints);
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (fflush(out->text) || fflush(complaints->text)) {
    snprintf(error, error_size, "%s: no memory for what it says", name);
    return -ENOMEM;
  }
  return judge(name, status, complaints, error, error_size);
}

int slurm_call(char *const *argv, char **said, char *error, size_t error_size)
{
  struct stream out, complaints = {.fd = -1};
  int ends[2] = {-1, -1}, result = stream_open(&out, &ends[0]);
  if (!result) result = stream_open(&complaints, &ends[1]);
  pid_t pid = result ? -1 : fork();
  if (pid == 0) become(argv, ends[0], ends[1]);
  if (!result && pid < 0) result = -errno;
  for (int i = 0; i < 2; i++)
    if (ends[i] >= 0) close(ends[i]);
  if (result)
    snprintf(error, error_size, "%s: cannot be started: %s", argv[0],
             strerror(-result));
  else
    result = wait_for(pid, argv[0], &out, &complaints, error, error_size);
  stream_end(&out);
  stream_end(&complaints);
  if (out.text) fclose(out.text);
  if (complaints.text) fclose(complaints.text);
  free(complaints.bytes);
  *said = result ? NULL : out.bytes;
  if (result) free(out.bytes);
  return result;
}
