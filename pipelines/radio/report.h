/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a history says about a time: how much of each genre, of talk and of silence was heard, by
 * the hour of the day and by day, and the songs. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct {
  char *station;   /* name or URI; NULL: all */
  gint64 from, to; /* seconds since 1970; from <= t < to */
} ReportRange;

typedef struct {
  char *day;      /* "2026-11-28" */
  guint *minutes; /* (n_kinds,) */
} ReportDay;

typedef struct {
  char *station, *title; /* title may be NULL */
  gint64 start, end;
  char *verdict, *genre;
  double confidence, music;
} ReportSong;

typedef struct {
  char *heading;    /* the station, or how many */
  GPtrArray *kinds; /* char *: genres, the most frequent one first, then "unknown", "no music" and
                       "silence", as far as they were heard */
  guint *minutes;   /* (n_kinds,) */
  guint *by_hour;   /* (24, n_kinds), by the clock on the wall */
  GPtrArray *days;  /* ReportDay, in order */
  GPtrArray *songs; /* ReportSong, in order */
  guint total;      /* minutes */
} Report;

/* NULL on error. */
Report *report_new (const char *path, const ReportRange *range, GError **error);
void report_free (Report *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Report, report_free)

/* To standard output. */
void report_print (const Report *self);
/* @table: "songs", "hours" or "days"; FALSE: there is no such table. */
gboolean report_print_csv (const Report *self, const char *table);

G_END_DECLS
