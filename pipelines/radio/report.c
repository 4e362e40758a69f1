/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report.h"
#include "../answertext.h"
#include "../printable.h"
#include "history.h"
#include "../translation.h"
#include <stdio.h>
#include <string.h>

#define HOURS 24
#define SONGS_SHOWN 20
#define NARROWEST_COLUMN 9

/* A minute counts as its genre if it was music, otherwise as what it was. */
#define KIND "CASE WHEN verdict='music' THEN genre ELSE verdict END"
#define RANGE                                                                                      \
  "time >= ?1 AND time < ?2 AND (?3 IS NULL OR station IN (SELECT id FROM station WHERE name=?3 "  \
  "OR uri=?3))"

typedef struct {
  Report *report;
  sqlite3 *database;
  const char *path;
  const ReportRange *range;
  GHashTable *index; /* kind → its place + 1 */
  gint64 number;     /* of a query for one */
} Reader;

typedef void (*RowFunc) (Reader *self, sqlite3_stmt *row);

/* ---- reading ---- */

static gboolean
read_rows (Reader *self, const char *query, RowFunc function, GError **error)
{
  sqlite3_stmt *statement = NULL;
  int result = sqlite3_prepare_v2 (self->database, query, -1, &statement, NULL);
  if (result == SQLITE_OK) {
    sqlite3_bind_int64 (statement, 1, self->range->from);
    sqlite3_bind_int64 (statement, 2, self->range->to);
    if (self->range->station)
      sqlite3_bind_text (statement, 3, self->range->station, -1, SQLITE_TRANSIENT);
    while ((result = sqlite3_step (statement)) == SQLITE_ROW)
      function (self, statement);
  }
  if (result != SQLITE_DONE)
    g_set_error (error, HISTORY_ERROR, 0, "%s: %s", self->path, sqlite3_errmsg (self->database));
  sqlite3_finalize (statement);
  return result == SQLITE_DONE;
}

static const char *
get_text (sqlite3_stmt *row, int column)
{
  return (const char *)sqlite3_column_text (row, column);
}

static void
read_kind (Reader *self, sqlite3_stmt *row)
{
  Report *report = self->report;
  g_ptr_array_add (report->kinds, g_strdup (get_text (row, 0)));
  report->minutes = g_renew (guint, report->minutes, report->kinds->len);
  report->minutes[report->kinds->len - 1] = (guint)sqlite3_column_int64 (row, 1);
  report->total += (guint)sqlite3_column_int64 (row, 1);
  g_hash_table_insert (self->index, report->kinds->pdata[report->kinds->len - 1],
                       GUINT_TO_POINTER (report->kinds->len));
}

/* Place of the kind in a column; the file may have grown since the kinds were read. */
static gboolean
find_kind (const Reader *self, sqlite3_stmt *row, int column, guint *kind)
{
  const char *name = get_text (row, column);
  *kind = name ? GPOINTER_TO_UINT (g_hash_table_lookup (self->index, name)) : 0;
  return (*kind)-- > 0;
}

static void
read_hour (Reader *self, sqlite3_stmt *row)
{
  guint kind;
  const int hour = sqlite3_column_int (row, 0);
  if (hour >= 0 && hour < HOURS && find_kind (self, row, 1, &kind))
    self->report->by_hour[(guint)hour * self->report->kinds->len + kind] +=
        (guint)sqlite3_column_int64 (row, 2);
}

static void
day_free (gpointer data)
{
  ReportDay *self = data;
  g_free (self->day);
  g_free (self->minutes);
  g_free (self);
}

static void
read_day (Reader *self, sqlite3_stmt *row)
{
  GPtrArray *days = self->report->days;
  ReportDay *day = days->len > 0 ? days->pdata[days->len - 1] : NULL;
  guint kind;
  if (!day || !g_str_equal (day->day, get_text (row, 0))) {
    day = g_new (ReportDay, 1);
    *day = (ReportDay){g_strdup (get_text (row, 0)), g_new0 (guint, self->report->kinds->len)};
    g_ptr_array_add (days, day);
  }
  if (find_kind (self, row, 1, &kind))
    day->minutes[kind] += (guint)sqlite3_column_int64 (row, 2);
}

static void
song_free (gpointer data)
{
  ReportSong *self = data;
  g_free (self->station);
  g_free (self->title);
  g_free (self->verdict);
  g_free (self->genre);
  g_free (self);
}

static void
read_song (Reader *self, sqlite3_stmt *row)
{
  ReportSong *song = g_new (ReportSong, 1);
  *song = (ReportSong){.station = g_strdup (get_text (row, 0)),
                       .title = g_strdup (get_text (row, 1)),
                       .start = sqlite3_column_int64 (row, 2),
                       .end = sqlite3_column_int64 (row, 3),
                       .verdict = g_strdup (get_text (row, 4)),
                       .genre = g_strdup (get_text (row, 5)),
                       .confidence = sqlite3_column_double (row, 6),
                       .music = sqlite3_column_double (row, 7)};
  g_ptr_array_add (self->report->songs, song);
}

static void
read_heading (Reader *self, sqlite3_stmt *row)
{
  const int n = sqlite3_column_int (row, 0);
  g_free (self->report->heading);
  self->report->heading =
      n == 1 ? g_strdup (get_text (row, 1))
             : g_strdup_printf (ngettext ("%d stations", "%d stations", (gulong)n), n);
}

static void
read_number (Reader *self, sqlite3_stmt *row)
{
  self->number = sqlite3_column_int64 (row, 0);
}

/* That nothing was heard of a station is not said of one that there never was. */
static gboolean
find_station (Reader *self, GError **error)
{
  if (!self->range->station)
    return TRUE;
  if (!read_rows (self, "SELECT count(*) FROM station WHERE name=?3 OR uri=?3", read_number, error))
    return FALSE;
  if (self->number == 0)
    g_set_error (error, HISTORY_ERROR, 0, _ ("%s: no station is called %s"), self->path,
                 self->range->station);
  return self->number > 0;
}

static gboolean
read_all (Reader *self, GError **error)
{
  Report *report = self->report;
  if (!find_station (self, error))
    return FALSE;
  /* genres by how much there is of them, what is none behind them */
  if (!read_rows (self,
                  "SELECT " KIND " AS kind, count(*) AS n FROM minute WHERE " RANGE
                  " GROUP BY kind ORDER BY kind='silence', kind='no music', kind='unknown', n DESC",
                  read_kind, error))
    return FALSE;
  report->by_hour = g_new0 (guint, (gsize)HOURS * MAX (report->kinds->len, 1));
  return read_rows (self,
                    "SELECT CAST(strftime('%H', time, 'unixepoch', 'localtime') AS INTEGER) AS "
                    "hour, " KIND " AS kind, count(*) FROM minute WHERE " RANGE
                    " GROUP BY hour, kind",
                    read_hour, error) &&
         read_rows (self,
                    "SELECT date(time, 'unixepoch', 'localtime') AS day, " KIND
                    " AS kind, count(*) FROM minute WHERE " RANGE
                    " GROUP BY day, kind ORDER BY day",
                    read_day, error) &&
         read_rows (
             self,
             "SELECT station.name, title, start, end, verdict, genre, confidence, music FROM "
             "song JOIN station ON station.id=song.station WHERE end >= ?1 AND end < ?2 AND "
             "(?3 IS NULL OR name=?3 OR uri=?3) ORDER BY end",
             read_song, error) &&
         read_rows (self,
                    "SELECT count(*), max(name) FROM station WHERE id IN (SELECT DISTINCT station "
                    "FROM minute WHERE " RANGE ")",
                    read_heading, error);
}

Report *
report_new (const char *path, const ReportRange *range, GError **error)
{
  sqlite3 *database = history_open_for_reading (path, error);
  if (!database)
    return NULL;
  Report *report = g_new0 (Report, 1);
  report->kinds = g_ptr_array_new_with_free_func (g_free);
  report->days = g_ptr_array_new_with_free_func (day_free);
  report->songs = g_ptr_array_new_with_free_func (song_free);
  Reader reader = {report, database, path, range, g_hash_table_new (g_str_hash, g_str_equal), 0};
  sqlite3_exec (database, "BEGIN", NULL, NULL, NULL); /* all tables of the same moment */
  const gboolean good = read_all (&reader, error);
  g_hash_table_unref (reader.index);
  sqlite3_close (database);
  if (good)
    return report;
  report_free (report);
  return NULL;
}

void
report_free (Report *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->kinds);
  g_ptr_array_unref (self->days);
  g_ptr_array_unref (self->songs);
  g_free (self->heading);
  g_free (self->minutes);
  g_free (self->by_hour);
  g_free (self);
}

/* ---- text ---- */

static int
share (guint part, guint whole)
{
  return whole > 0 ? percent ((double)part / whole) : 0;
}

static char *
format_time (gint64 seconds, const char *format)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (seconds);
  return g_date_time_format (time, format);
}

static void
print_shares (const Report *self)
{
  for (guint i = 0; i < self->kinds->len; i++)
    printf (_ ("  %-12s %3d %%  %4u:%02u h\n"), answer_name (self->kinds->pdata[i]),
            share (self->minutes[i], self->total), self->minutes[i] / 60, self->minutes[i] % 60);
}

/* Of a column: names are shown whole, two may begin with the same letters. */
static int
get_width (const Report *self, guint kind)
{
  return (int)MAX (NARROWEST_COLUMN, g_utf8_strlen (answer_name (self->kinds->pdata[kind]), -1));
}

static void
print_row (const Report *self, const char *name, const guint *minutes)
{
  guint sum = 0;
  for (guint i = 0; i < self->kinds->len; i++)
    sum += minutes[i];
  printf ("  %-10s", name);
  for (guint i = 0; i < self->kinds->len; i++)
    if (minutes[i] > 0)
      printf (" %*d", get_width (self, i), share (minutes[i], sum));
    else
      printf (" %*s", get_width (self, i), ".");
  putchar ('\n');
}

static void
print_head (const Report *self, const char *what)
{
  printf ("\n%-12s", what);
  for (guint i = 0; i < self->kinds->len; i++) {
    const char *name = answer_name (self->kinds->pdata[i]);
    printf (" %*s%s", get_width (self, i) - (int)g_utf8_strlen (name, -1), "", name);
  }
  puts (_ ("   (percent)"));
}

static void
print_tables (const Report *self)
{
  const guint n = self->kinds->len;
  print_head (self, _ ("By hour"));
  for (guint hour = 0; hour < HOURS; hour++) {
    guint sum = 0;
    for (guint i = 0; i < n; i++)
      sum += self->by_hour[hour * n + i];
    g_autofree char *name = g_strdup_printf ("%02u:00", hour);
    if (sum > 0)
      print_row (self, name, self->by_hour + hour * n);
  }
  print_head (self, _ ("By day"));
  for (guint i = 0; i < self->days->len; i++) {
    const ReportDay *day = self->days->pdata[i];
    print_row (self, day->day, day->minutes);
  }
}

static void
print_songs (const Report *self)
{
  const guint n = self->songs->len, first = n > SONGS_SHOWN ? n - SONGS_SHOWN : 0;
  printf (first > 0 ? _ ("\nSongs: %u, the last %d\n") : _ ("\nSongs: %u\n"), n, SONGS_SHOWN);
  for (guint i = first; i < n; i++) {
    const ReportSong *song = self->songs->pdata[i];
    const gboolean music = g_str_equal (song->verdict, "music");
    g_autofree char *time = format_time (song->start, "%Y-%m-%d %H:%M");
    g_autofree char *title = printable (song->title ? song->title : "");
    g_autofree char *station = printable (song->station);
    g_autofree char *kind = answer_format_verdict (music ? song->genre : song->verdict);
    printf ("  %s  %s %3d %%  %s  (%s)\n", time, kind,
            percent (music ? song->confidence : 1 - song->music), title, station);
  }
}

void
report_print (const Report *self)
{
  if (self->total == 0) {
    puts (_ ("Nothing was heard in this time."));
    return;
  }
  g_autofree char *heading = printable (self->heading);
  const ReportDay *first = self->days->pdata[0], *last = self->days->pdata[self->days->len - 1];
  printf (_ ("%s, %s to %s: %u:%02u h heard\n\n"), heading, first->day, last->day, self->total / 60,
          self->total % 60);
  print_shares (self);
  print_tables (self);
  if (self->songs->len > 0)
    print_songs (self);
}

/* ---- CSV ---- */

/* Quoted; what a spreadsheet would take for a formula is made text. */
static void
print_field (const char *text)
{
  g_autofree char *shown = printable (text ? text : "");
  g_auto (GStrv) parts = g_strsplit (shown, "\"", -1);
  g_autofree char *quoted = g_strjoinv ("\"\"", parts);
  printf ("\"%s%s\"", *shown && strchr ("=+-@", *shown) ? "'" : "", quoted);
}

static void
print_number (double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  fputs (g_ascii_formatd (text, sizeof text, "%.4f", number), stdout);
}

static void
print_songs_csv (const Report *self)
{
  puts ("start,end,station,title,verdict,genre,confidence,music");
  for (guint i = 0; i < self->songs->len; i++) {
    const ReportSong *song = self->songs->pdata[i];
    g_autofree char *start = format_time (song->start, "%Y-%m-%dT%H:%M:%S%:z");
    g_autofree char *end = format_time (song->end, "%Y-%m-%dT%H:%M:%S%:z");
    printf ("%s,%s,", start, end);
    print_field (song->station);
    putchar (',');
    print_field (song->title);
    printf (",%s,%s,", song->verdict, song->genre);
    print_number (song->confidence);
    putchar (',');
    print_number (song->music);
    putchar ('\n');
  }
}

static void
print_minutes_csv (const Report *self, const char *name, const guint *minutes)
{
  fputs (name, stdout);
  for (guint i = 0; i < self->kinds->len; i++)
    printf (",%u", minutes[i]);
  putchar ('\n');
}

static void
print_minutes_head (const Report *self, const char *what)
{
  fputs (what, stdout);
  for (guint i = 0; i < self->kinds->len; i++)
    printf (",%s", (const char *)self->kinds->pdata[i]);
  putchar ('\n');
}

gboolean
report_print_csv (const Report *self, const char *table)
{
  if (g_str_equal (table, "songs")) {
    print_songs_csv (self);
  } else if (g_str_equal (table, "hours")) {
    print_minutes_head (self, "hour");
    for (guint hour = 0; hour < HOURS; hour++) {
      g_autofree char *name = g_strdup_printf ("%u", hour);
      print_minutes_csv (self, name, self->by_hour + hour * self->kinds->len);
    }
  } else if (g_str_equal (table, "days")) {
    print_minutes_head (self, "day");
    for (guint i = 0; i < self->days->len; i++) {
      const ReportDay *day = self->days->pdata[i];
      print_minutes_csv (self, day->day, day->minutes);
    }
  } else {
    return FALSE;
  }
  return TRUE;
}
