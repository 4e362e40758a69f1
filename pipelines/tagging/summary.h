/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What genre-tag tells a person: a line for each file, how far it is, and what came of all. */
#pragma once
#include <json-glib/json-glib.h>
G_BEGIN_DECLS

typedef struct {
  gboolean json;  /* lines of JSON instead of lines for people */
  gboolean quiet; /* only what goes wrong */
  guint n_files;
  gint64 begin;     /* monotonic time */
  double min_music; /* probability below which nothing is written */
  gboolean copies;  /* into a new file, also what gets no genre */
  gboolean restores;
  guint done, has_genre, unknown, unwanted, would_write, written;
  guint refused, failed, restored, would_restore, restored_already;
  gboolean shows_progress; /* a line of progress stands on the terminal */
  gint64 last_progress;
} Summary;

void summary_init (Summary *self, gboolean json, gboolean quiet, double min_music);
/* One file is done; @fault: why, if there is no @object. */
void summary_take (Summary *self, const char *path, JsonObject *object, const char *fault);
/* The object of a file without one. (transfer full) */
JsonObject *summary_new_failure (const char *path, const char *fault);
/* Something is wrong with a file or folder. */
void summary_complain (Summary *self, const char *path, const char *what);
/* Something is wrong with all of it. */
void summary_say (Summary *self, const char *what);
/* Shows how far it is, on a terminal. Call it as often as you like. */
void summary_show_progress (Summary *self);
void summary_end (Summary *self, gboolean interrupted);

G_END_DECLS
