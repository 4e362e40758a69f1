/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a history says about a time: how much of each genre, of talk and of silence was heard, by
 * the hour of the day and by day, and the songs. */
#pragma once
#include <glib.h>
#include <sqlite3.h>
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
  char *heading;    /* the station, or how many */
  GPtrArray *kinds; /* char *: genres, the most frequent one first, then "unknown", "no music" and
                       "silence", as far as they were heard */
  guint *minutes;   /* (n_kinds,) */
  guint *by_hour;   /* (24, n_kinds), by the clock on the wall */
  GPtrArray *days;  /* ReportDay, in order */
  guint total;      /* minutes */
  /* Songs, of which a year has millions, are read as they are printed. */
  const char *path;
  const ReportRange *range;
  sqlite3 *database; /* in one transaction until something is printed: all tables, and the songs of
                        report_print(), are of the same moment */
} Report;

/* @path and @range outlive it. NULL on error. */
Report *report_new (const char *path, const ReportRange *range, GError **error);
void report_free (Report *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Report, report_free)

/* To standard output. FALSE: songs could not be read. */
gboolean report_print (const Report *self, GError **error);
/* @table: one that report_has_table(). FALSE: songs could not be read. */
gboolean report_print_csv (const Report *self, const char *table, GError **error);
/* "songs", "hours" and "days". */
gboolean report_has_table (const char *table);

G_END_DECLS
