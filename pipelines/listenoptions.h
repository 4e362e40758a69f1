/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What genre-listen was asked for, and what came of it. */
#pragma once
#include "classifieroptions.h"
#include "excerpts.h"
G_BEGIN_DECLS

typedef struct {
  ClassifierOptions classifier;
  ExcerptOptions excerpts;
  gboolean play, terse, json;
} ListenOptions;

/* Of all sources so far. */
typedef struct {
  gboolean failed, interrupted;
  gboolean hangs; /* some pipeline has never stopped */
} ListenOutcome;

/* Says what is wrong with @source, on standard error and, where that is wanted, as JSON. */
void listen_complain (const ListenOptions *options, const char *source, const char *what);

G_END_DECLS
