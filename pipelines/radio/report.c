/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report.h"
#include "../answertext.h"
#include "../printable.h"
#include "historyfile.h"
#include "../translation.h"
#include <stdio.h>
#include <string.h>

#define HOURS 24
#define SECONDS_A_DAY 86400
#define SONGS_AT_ONCE 1000
#define SONGS_SHOWN 20
#define NARROWEST_COLUMN 9
#define CSV_TIME "%Y-%m-%dT%H:%M:%S%:z"

/* A minute counts as its genre if it was music, otherwise as what it was. */
#define KIND "CASE WHEN verdict='music' THEN genre ELSE verdict END"
#define RANGE                                                                                      \
  "time >= ?1 AND time < ?2 AND (?3 IS NULL OR station IN (SELECT id FROM station WHERE name=?3 "  \
  "OR uri=?3))"
/* Songs, and their columns. */
#define SONGS                                                                                      \
  " FROM song JOIN station ON station.id=song.station WHERE end >= ?1 AND end < ?2 AND (?3 IS "    \
  "NULL OR name=?3 OR uri=?3)"
#define COLUMNS                                                                                    \
  "SELECT station.name, title, start, end, verdict, genre, confidence, music, song.rowid AS "      \
  "number"

enum { STATION, TITLE, START, END, VERDICT, GENRE, CONFIDENCE, MUSIC, NUMBER };

typedef struct {
  Report *report;
  GHashTable *index; /* kind → its place + 1 */
  gint64 number;     /* of a query for one; of the last song, with its end */
  gint64 end;        /* what was before it has been read */
  GString *text;     /* of songs */
  guint n;           /* of them */
} Reader;

typedef void (*RowFunc) (Reader *self, sqlite3_stmt *row);

/* ---- reading ---- */

/* Each goes to @function with @reader. */
static gboolean
read_rows (const Report *self, const char *query, RowFunc function, Reader *reader, GError **error)
{
  sqlite3_stmt *statement = NULL;
  int result = sqlite3_prepare_v2 (self->database, query, -1, &statement, NULL);
  if (result == SQLITE_OK) {
    sqlite3_bind_int64 (statement, 1, MAX (self->range->from, reader->end));
    sqlite3_bind_int64 (statement, 2, self->range->to);
    if (self->range->station)
      sqlite3_bind_text (statement, 3, self->range->station, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64 (statement, 4, reader->end);
    sqlite3_bind_int64 (statement, 5, reader->number);
    while ((result = sqlite3_step (statement)) == SQLITE_ROW)
      function (reader, statement);
  }
  if (result != SQLITE_DONE)
    g_set_error (error, HISTORY_ERROR, 0, "%s: %s", self->path,
                 history_file_get_fault (self->database));
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
find_station (const Report *self, GError **error)
{
  Reader reader = {.end = G_MININT64};
  if (!self->range->station)
    return TRUE;
  if (!read_rows (self, "SELECT count(*) FROM station WHERE name=?3 OR uri=?3", read_number,
                  &reader, error))
    return FALSE;
  if (reader.number == 0)
    g_set_error (error, HISTORY_ERROR, 0, _ ("%s: no station is called %s"), self->path,
                 self->range->station);
  return reader.number > 0;
}

static gboolean
read_all (Report *self, Reader *reader, GError **error)
{
  /* genres by how much there is of them, what is none behind them */
  if (!read_rows (self,
                  "SELECT " KIND " AS kind, count(*) AS n FROM minute WHERE " RANGE
                  " GROUP BY kind ORDER BY kind='silence', kind='no music', kind='unknown', n DESC",
                  read_kind, reader, error))
    return FALSE;
  self->by_hour = g_new0 (guint, (gsize)HOURS * MAX (self->kinds->len, 1));
  return read_rows (self,
                    "SELECT CAST(strftime('%H', time, 'unixepoch', 'localtime') AS INTEGER) AS "
                    "hour, " KIND " AS kind, count(*) FROM minute WHERE " RANGE
                    " GROUP BY hour, kind",
                    read_hour, reader, error) &&
         read_rows (self,
                    "SELECT date(time, 'unixepoch', 'localtime') AS day, " KIND
                    " AS kind, count(*) FROM minute WHERE " RANGE
                    " GROUP BY day, kind ORDER BY day",
                    read_day, reader, error) &&
         read_rows (self,
                    "SELECT count(*), max(name) FROM station WHERE id IN (SELECT DISTINCT station "
                    "FROM minute WHERE " RANGE ")",
                    read_heading, reader, error);
}

Report *
report_new (const char *path, const ReportRange *range, GError **error)
{
  sqlite3 *database = history_file_open_for_reading (path, error);
  if (!database)
    return NULL;
  Report *report = g_new0 (Report, 1);
  report->kinds = g_ptr_array_new_with_free_func (g_free);
  report->days = g_ptr_array_new_with_free_func (day_free);
  report->path = path;
  report->range = range;
  report->database = database;
  Reader reader = {
      .report = report, .index = g_hash_table_new (g_str_hash, g_str_equal), .end = G_MININT64};
  sqlite3_exec (database, "BEGIN", NULL, NULL, NULL);
  const gboolean good = find_station (report, error) && read_all (report, &reader, error);
  g_hash_table_unref (reader.index);
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
  g_free (self->heading);
  g_free (self->minutes);
  g_free (self->by_hour);
  sqlite3_close (self->database);
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

static gint64
get_offset (gint64 seconds)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (seconds);
  return time ? g_date_time_get_utc_offset (time) / G_TIME_SPAN_SECOND : 0;
}

/* Clocks that are set back show an hour twice. */
static gboolean
comes_twice (gint64 seconds)
{
  const gint64 shown = seconds + get_offset (seconds);
  const gint64 offsets[] = {get_offset (seconds - SECONDS_A_DAY),
                            get_offset (seconds + SECONDS_A_DAY)};
  for (gsize i = 0; i < G_N_ELEMENTS (offsets); i++) {
    const gint64 other = shown - offsets[i];
    if (other != seconds && get_offset (other) == offsets[i])
      return TRUE;
  }
  return FALSE;
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

/* As answer_format_certainty() has it of an answer. */
static char *
format_sureness (sqlite3_stmt *row, const char *what)
{
  if (g_str_equal (what, "unknown"))
    return g_strdup ("     ");
  const double sureness = g_str_equal (what, "silence") ? 1
                          : g_str_equal (what, "no music")
                              ? 1 - sqlite3_column_double (row, MUSIC)
                              : sqlite3_column_double (row, CONFIDENCE);
  return g_strdup_printf ("%3d %%", percent (sureness));
}

static void
add_song (Reader *reader, sqlite3_stmt *row)
{
  const char *verdict = get_text (row, VERDICT), *told = get_text (row, TITLE);
  const gboolean music = g_str_equal (verdict, "music");
  const gint64 start = sqlite3_column_int64 (row, START);
  g_autofree char *time =
      format_time (start, comes_twice (start) ? "%Y-%m-%d %H:%M%:z" : "%Y-%m-%d %H:%M");
  g_autofree char *title = printable (told ? told : "");
  g_autofree char *station = printable (get_text (row, STATION));
  const char *what = music ? get_text (row, GENRE) : verdict;
  g_autofree char *kind = answer_format_verdict (what);
  g_autofree char *sureness = format_sureness (row, what);
  g_string_append_printf (reader->text, "  %s  %s %s  %s  (%s)\n", time, kind, sureness, title,
                          station);
}

/* The reader of what is printed may take as long as it likes: nothing of the file is held up by it.
 */
static void
let_go (const Report *self)
{
  sqlite3_exec (self->database, "COMMIT", NULL, NULL, NULL);
}

static gboolean
read_songs (const Report *self, GString *text, GError **error)
{
  Reader reader = {.end = G_MININT64, .text = text};
  if (!read_rows (self, "SELECT count(*)" SONGS, read_number, &reader, error))
    return FALSE;
  const guint n = (guint)reader.number;
  if (n > 0)
    g_string_append_printf (
        text, n > SONGS_SHOWN ? _ ("\nSongs: %u, the last %d\n") : _ ("\nSongs: %u\n"), n,
        SONGS_SHOWN);
  return read_rows (
      self,
      "SELECT * FROM (" COLUMNS SONGS
      " ORDER BY end DESC, number DESC LIMIT " G_STRINGIFY (SONGS_SHOWN) ") ORDER BY end, number",
      add_song, &reader, error);
}

static void
print_minutes (const Report *self)
{
  g_autofree char *heading = printable (self->heading);
  const ReportDay *first = self->days->pdata[0], *last = self->days->pdata[self->days->len - 1];
  printf (_ ("%s, %s to %s: %u:%02u h heard\n\n"), heading, first->day, last->day, self->total / 60,
          self->total % 60);
  print_shares (self);
  print_tables (self);
}

/* A song may end in a time too short for a minute. */
gboolean
report_print (const Report *self, GError **error)
{
  g_autoptr (GString) songs = g_string_new (NULL);
  const gboolean good = read_songs (self, songs, error);
  let_go (self);
  if (self->total > 0)
    print_minutes (self);
  else if (good && songs->len == 0)
    puts (_ ("Nothing was heard in this time."));
  fputs (self->total > 0 ? songs->str : g_strchug (songs->str), stdout);
  return good;
}

/* ---- CSV ---- */

/* Quoted; what a spreadsheet would take for a formula is made text. */
static void
append_field (GString *line, const char *text)
{
  g_autofree char *shown = printable (text ? text : "");
  g_auto (GStrv) parts = g_strsplit (shown, "\"", -1);
  g_autofree char *quoted = g_strjoinv ("\"\"", parts);
  g_string_append_printf (line, "\"%s%s\"", *shown && strchr ("=+-@", *shown) ? "'" : "", quoted);
}

static void
append_number (GString *line, double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append (line, g_ascii_formatd (text, sizeof text, "%.4f", number));
}

static void
add_song_csv (Reader *reader, sqlite3_stmt *row)
{
  GString *line = reader->text;
  reader->end = sqlite3_column_int64 (row, END);
  reader->number = sqlite3_column_int64 (row, NUMBER);
  reader->n++;
  g_autofree char *start = format_time (sqlite3_column_int64 (row, START), CSV_TIME);
  g_autofree char *end = format_time (reader->end, CSV_TIME);
  g_string_append_printf (line, "%s,%s,", start, end);
  append_field (line, get_text (row, STATION));
  g_string_append_c (line, ',');
  append_field (line, get_text (row, TITLE));
  g_string_append_printf (line, ",%s,%s,", get_text (row, VERDICT), get_text (row, GENRE));
  append_number (line, sqlite3_column_double (row, CONFIDENCE));
  g_string_append_c (line, ',');
  append_number (line, sqlite3_column_double (row, MUSIC));
  g_string_append_c (line, '\n');
}

/* Its songs may lie elsewhere by now, and none are found where they were. */
static gboolean
is_there (const Report *self, GError **error)
{
  if (!history_file_has_moved (self->database))
    return TRUE;
  g_set_error (error, HISTORY_ERROR, 0, _ ("%s: it was moved or removed while it was read"),
               self->path);
  return FALSE;
}

static gboolean
print_songs_csv (const Report *self, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  Reader reader = {.end = G_MININT64, .number = G_MININT64, .text = text};
  puts ("start,end,station,title,verdict,genre,confidence,music");
  do {
    g_string_truncate (text, 0);
    reader.n = 0;
    if (!read_rows (self,
                    COLUMNS SONGS " AND (end, song.rowid) > (?4, ?5) ORDER BY end, song.rowid "
                                  "LIMIT " G_STRINGIFY (SONGS_AT_ONCE),
                    add_song_csv, &reader, error) ||
        !is_there (self, error))
      return FALSE;
    fputs (text->str, stdout);
  } while (reader.n == SONGS_AT_ONCE);
  return TRUE;
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

static void
print_hours_csv (const Report *self)
{
  print_minutes_head (self, "hour");
  for (guint hour = 0; hour < HOURS; hour++) {
    g_autofree char *name = g_strdup_printf ("%u", hour);
    print_minutes_csv (self, name, self->by_hour + hour * self->kinds->len);
  }
}

static void
print_days_csv (const Report *self)
{
  print_minutes_head (self, "day");
  for (guint i = 0; i < self->days->len; i++) {
    const ReportDay *day = self->days->pdata[i];
    print_minutes_csv (self, day->day, day->minutes);
  }
}

gboolean
report_has_table (const char *table)
{
  return g_strv_contains ((const char *const[]){"songs", "hours", "days", NULL}, table);
}

gboolean
report_print_csv (const Report *self, const char *table, GError **error)
{
  let_go (self);
  if (g_str_equal (table, "songs"))
    return print_songs_csv (self, error);
  if (g_str_equal (table, "hours"))
    print_hours_csv (self);
  else
    print_days_csv (self);
  return TRUE;
}
