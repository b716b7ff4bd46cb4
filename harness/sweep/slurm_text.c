// slurm_text.c: what Slurm's commands say, and the script they are given.
// SPDX-License-Identifier: MIT
//
// Pure: no process, no file but the one that is handed over. Any thread.
#include "slurm_text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool parse_count(const char *text, uint32_t *count)
{
  char *end;
  if (!isdigit((unsigned char)*text)) return false;
  errno = 0;
  unsigned long value = strtoul(text, &end, 10);
  if (errno || *end || value > UINT32_MAX) return false;
  *count = (uint32_t)value;
  return true;
}

bool slurm_queue_line(char *line, struct slurm_element *element)
{
  char *rest = line;
  const char *job = strsep(&rest, "|"), *index = strsep(&rest, "|");
  const char *state = strsep(&rest, "|");
  if (!index || !state || !rest) return false;
  *element = (struct slurm_element){.state = state, .reason = rest};
  return *state && parse_count(job, &element->job) && element->job &&
         parse_count(index, &element->index);
}

uint32_t slurm_job_number(const char *text)
{
  char number[16];
  uint32_t job;
  size_t n = strspn(text, "0123456789");
  if (n == 0 || n >= sizeof number || !strchr(";\n", text[n])) return 0;
  memcpy(number, text, n);
  number[n] = '\0';
  return parse_count(number, &job) ? job : 0;
}

bool slurm_value(const char *text, const char *key, char *value, size_t size)
{
  size_t n = strlen(key);
  for (const char *at = text; (at = strstr(at, key)); at += n) {
    if (at != text && !isspace((unsigned char)at[-1])) continue;
    size_t blanks = strspn(at + n, " ");
    const char *from = at + n + blanks;
    if (*from++ != '=') continue;
    if (blanks) from += strspn(from, " "); // in a config; `show job` has none
    snprintf(value, size, "%.*s", (int)strcspn(from, " \n"), from);
    return *value;
  }
  return false;
}

// "5:0": the code, and the signal that ended it.
static void say_exit(const char *text, FILE *out)
{
  char *end;
  long code = strtol(text, &end, 10);
  long number = *end == ':' ? strtol(end + 1, NULL, 10) : 0;
  if (number) fprintf(out, ", signal %ld", number);
  if (code || !number) fprintf(out, ", exit code %ld", code);
}

static void say_job(const char *show_job, FILE *out)
{
  char value[128];
  fputs("Slurm says ", out);
  fputs(slurm_value(show_job, "JobState", value, sizeof value) ? value
                                                               : "nothing",
        out);
  if (slurm_value(show_job, "Reason", value, sizeof value) &&
      strcmp(value, "None") != 0)
    fprintf(out, " (%s)", value);
  if (slurm_value(show_job, "ExitCode", value, sizeof value))
    say_exit(value, out);
  if (slurm_value(show_job, "BatchHost", value, sizeof value))
    fprintf(out, ", on %s", value);
}

void slurm_why(const char *show_job, const char *last_line, char *sentence,
               size_t size)
{
  FILE *out = fmemopen(sentence, size, "w");
  if (!out) {
    snprintf(sentence, size, "no memory to say why");
    return;
  }
  fputs("left no results: ", out);
  if (show_job)
    say_job(show_job, out);
  else
    fputs("Slurm knows no more of it", out);
  if (last_line)
    fprintf(out, "; its log ends: %s", last_line);
  else if (show_job)
    fputs("; it has no log: does the node see the folder?", out);
  else
    fputs(", and it has no log: was it cancelled before it began?", out);
  fclose(out);
  sentence[size - 1] = '\0';
}

bool slurm_is_stuck(const char *reason)
{
  static const char *const ordinary[] = {
      "None",          "Priority",          "Resources", "Prolog",
      "BeginTime",     "JobArrayTaskLimit", "Cleaning",  "Dependency",
      "NodesFinished", "NonZeroExitCode"};
  for (size_t i = 0; i < sizeof ordinary / sizeof ordinary[0]; i++)
    if (strcmp(reason, ordinary[i]) == 0) return false;
  return *reason != '\0';
}

// --- the script ------------------------------------------------------------

void slurm_quote(FILE *out, const char *text)
{
  putc('\'', out);
  for (; *text; text++) {
    if (*text == '\'')
      fputs("'\\''", out);
    else
      putc(*text, out);
  }
  putc('\'', out);
}

static void assign(FILE *out, const char *name, const char *value)
{
  fprintf(out, "%s=", name);
  slurm_quote(out, value);
  putc('\n', out);
}

// 64 to 66 are of sysexits.h; nobody but people reads them.
static const char script_body[] =
    "cd \"$here\" || exit 66\n"
    "line=$((SLURM_ARRAY_TASK_ID + 1))\n"
    "cell=$(sed -n \"${line}p\" \"$cells\")\n"
    "[ -n \"$cell\" ] || exit 66\n"
    "exec >\"$logs/$(printf %06d \"$cell\").log\" 2>&1\n"
    "echo \"cell $cell: element $SLURM_ARRAY_TASK_ID of job "
    "$SLURM_ARRAY_JOB_ID, on $SLURMD_NODENAME\"\n"
    "exec \"$wane\" sweep --cell \"$cell\" -o \"$directory\"\n";

void slurm_script_write(FILE *out, const struct slurm_script *script)
{
  fputs("#!/bin/sh\n"
        "# One cell of a sweep, by its line of a list. Written by `wane sweep "
        "--engine\n# slurm`; sbatch has the options.\n",
        out);
  assign(out, "wane", script->wane);
  assign(out, "directory", script->directory);
  assign(out, "here", script->here);
  assign(out, "cells", script->cells);
  assign(out, "logs", script->logs);
  fputs(script_body, out);
}

void slurm_job_name(const char *directory, char name[32])
{
  uint64_t hash = 14695981039346656037u; // FNV-1a
  for (; *directory; directory++)
    hash = (hash ^ (unsigned char)*directory) * 1099511628211u;
  snprintf(name, 32, "wane-%016" PRIx64, hash);
}
