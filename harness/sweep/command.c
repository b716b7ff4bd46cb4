// command.c: the command line of a cell.
// SPDX-License-Identifier: MIT
//
// The same words in plan.csv, in a job's script and at a terminal. Any thread.
#include "command.h"

#include "slurm_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Takes over `word`; NULL: there was no memory for it.
static void push(struct command *command, char *word)
{
  char **more = word ? realloc(command->word,
                               (command->n + 2) * sizeof *more)
                     : NULL;
  if (!more) {
    free(word);
    command->failed = true;
    return;
  }
  command->word = more;
  more[command->n++] = word;
  more[command->n] = NULL;
}

void command_add(struct command *command, const char *format, ...)
{
  va_list arguments;
  char *word = NULL;
  va_start(arguments, format);
  int n = vasprintf(&word, format, arguments);
  va_end(arguments);
  push(command, n < 0 ? NULL : word);
}

static void pair(struct command *command, const char *flag, const char *value)
{
  if (!value) return;
  command_add(command, "%s", flag);
  command_add(command, "%s", value);
}

// What the configuration says goes before what the policy says. Where no policy
// was asked for, a configuration may ask for one.
static void add_numa(struct command *command,
                     const struct experiment_config *config,
                     const struct experiment_numa *numa)
{
  const struct experiment_numa n = {
      .mode = numa->mode,
      .topology = config->topology ? config->topology : numa->topology,
      .place = config->place ? config->place : numa->place,
      .memory = config->memory ? config->memory : numa->memory,
      .steal = config->steal ? config->steal : numa->steal,
      .cost = numa->cost};
  bool any = n.topology || n.place || n.memory || n.steal || n.cost;
  bool off = n.mode && strcmp(n.mode, "off") == 0;
  if (off && !any) return;
  if (!off || numa->node) pair(command, "--numa", n.mode);
  pair(command, "--topology", n.topology);
  pair(command, "--place", n.place);
  pair(command, "--memory", n.memory);
  pair(command, "--steal", n.steal);
  pair(command, "--numa-cost", n.cost);
}

void command_begin(struct command *command, const struct experiment *it,
                   const struct experiment_config *config,
                   const char *workload, const struct experiment_numa *numa,
                   uint32_t mutators, uint64_t heap)
{
  *command = (struct command){0};
  command_add(command, "%s", config->build->wane);
  command_add(command, "run");
  pair(command, "-c", config->collector);
  pair(command, "-w", workload);
  command_add(command, "-t");
  command_add(command, "%u", mutators);
  command_add(command, "--workers");
  command_add(command, "%u", config->workers);
  if (heap) {
    command_add(command, "-H");
    command_add(command, "%" PRIu64, heap);
  }
  pair(command, "--pacing", config->pacing);
  pair(command, "--rc", config->rc);
  add_numa(command, config, numa);
  command_add(command, "-n");
  command_add(command, "%u", it->iterations);
  command_add(command, "-i");
  command_add(command, "1");
  command_add(command, "--seed");
  command_add(command, "%" PRIu64, it->seed);
  command_add(command, "--timeout");
  command_add(command, "%.15g", it->timeout_s);
  command_add(command, "-q");
}

void command_free(struct command *command)
{
  for (size_t i = 0; i < command->n; i++) free(command->word[i]);
  free(command->word);
  *command = (struct command){0};
}

// --- as text ----------------------------------------------------------------

static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                            "abcdefghijklmnopqrstuvwxyz"
                            "0123456789_-.,/:=+@%^";

static void quote(FILE *out, const char *word)
{
  if (*word && strspn(word, plain) == strlen(word)) {
    fputs(word, out);
    return;
  }
  slurm_quote(out, word);
}

char *command_text(char *const *word)
{
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (!out) return NULL;
  for (size_t i = 0; word[i]; i++) {
    if (i) putc(' ', out);
    quote(out, word[i]);
  }
  if (fclose(out) == 0) return text;
  free(text);
  return NULL;
}

// One word from *at on, which moves past it.
static bool parse_word(const char **at, char *word)
{
  const char *c = *at;
  while (*c && *c != ' ') {
    if (*c == '\\' && c[1]) {
      *word++ = c[1];
      c += 2;
    } else if (*c == '\'') {
      const char *end = strchr(++c, '\'');
      if (!end) return false;
      memcpy(word, c, (size_t)(end - c));
      word += end - c;
      c = end + 1;
    } else {
      *word++ = *c++;
    }
  }
  *word = '\0';
  *at = c;
  return true;
}

bool command_parse(struct command *command, const char *text)
{
  *command = (struct command){0};
  while (!command->failed) {
    while (*text == ' ') text++;
    if (!*text) return true;
    char *word = malloc(strlen(text) + 1);
    bool good = word && parse_word(&text, word);
    if (!good) {
      free(word);
      word = NULL;
    }
    push(command, word);
  }
  return false;
}
