/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person asks of genre-tag. */
#pragma once
#include "../shard.h"
#include "tagger.h"
G_BEGIN_DECLS

typedef enum {
  COMMAND_TAG, /* none of the others */
  COMMAND_REPORT,
  COMMAND_ENQUEUE,
  COMMAND_WORK,
  COMMAND_COLLECT,
  COMMAND_STATUS,
} Command;

typedef struct {
  Command command;
  TaggerOptions tagger;
  char *model, *output, *name_map, *journal; /* @journal: NULL: the person's own */
  int jobs;                                  /* 0: as many as there are processors */
  double patience;
  gboolean whole, only_missing, json, quiet, version;
  gboolean undo, dry_run, no_journal, rehear;
  char **arguments; /* files and folders, or NULL */
  char *shard_text; /* NULL: all files */
  Shard shard;      /* the same */
  /* of a queue */
  char *queue, *password_file;
  char *list;     /* file with a track a line, "-": standard input; or NULL */
  char *lines;    /* file for results, "-": standard output */
  double lease;   /* s */
  int deliveries; /* of a track, before it is given up */
  gboolean wait;  /* for more tracks, when all are done */
} CommandLine;

void command_line_init (CommandLine *self);
void command_line_clear (CommandLine *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CommandLine, command_line_clear)

/* Prints the help and ends the program if that is asked for. */
gboolean command_line_parse (CommandLine *self, int argc, char **argv, GError **error);
/* The path that a URI of a file means, as JSON tells it; other arguments stay. NULL: it is none of
 * this machine's, or means none. (transfer full) */
char *command_line_find_path (const char *argument, GError **error);
/* Whether files may be changed, or made. */
gboolean command_line_writes (const CommandLine *self);
/* Whether files are heard. */
gboolean command_line_hears (const CommandLine *self);

G_END_DECLS
