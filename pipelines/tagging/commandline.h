/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person asks of genre-tag. */
#pragma once
#include "tagger.h"
G_BEGIN_DECLS

typedef struct {
  TaggerOptions tagger;
  char *model, *output, *name_map, *journal; /* @journal: NULL: the person's own */
  int jobs;                                  /* 0: as many as there are processors */
  double patience;
  gboolean whole, only_missing, json, quiet, version;
  gboolean report; /* genre-tag report */
  gboolean undo, dry_run, no_journal, rehear;
  char **arguments; /* files and folders, or NULL */
} CommandLine;

void command_line_init (CommandLine *self);
void command_line_clear (CommandLine *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CommandLine, command_line_clear)

/* Prints the help and ends the program if that is asked for. */
gboolean command_line_parse (CommandLine *self, int argc, char **argv, GError **error);
/* Whether files may be changed, or made. */
gboolean command_line_writes (const CommandLine *self);

G_END_DECLS
