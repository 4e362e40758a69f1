/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hears one file, in excerpts or in full, and keeps what was said about it. */
#pragma once
#include <gst/gst.h>
#include "../excerpts.h"
G_BEGIN_DECLS

typedef struct {
  const char *model; /* NULL: built in */
  double threshold;  /* < 0: the model's own */
  ExcerptOptions excerpts;
  double patience; /* seconds without anything, after which excerpts are given up */
} HearingOptions;

typedef struct {
  GstStructure *answer; /* as genreclassify posts it */
  char *name;           /* of the genre as people write it, "Hip-Hop"; NULL: it is unknown */
  char *own_genre;      /* that the stream brought, or NULL */
  guint n_own_genres;   /* at once */
  gboolean in_excerpts;
  gboolean hangs; /* a pipeline has not stopped: this process should not live long */
} Hearing;

/* Called about once a second as long as the file yields something. */
typedef void (*HearingAlive) (gpointer user_data);

/* What cannot be heard in excerpts is heard in full. It may hang where a state change hangs: others
 * have to watch over it. */
gboolean hearing_run (Hearing *self, const char *path, const HearingOptions *options,
                      gboolean in_full, HearingAlive alive, gpointer user_data, GError **error);
void hearing_clear (Hearing *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Hearing, hearing_clear)

G_END_DECLS
