/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The picture of a report: what is written stays on the sheet, whatever it is, and days in which
 * nothing was heard are seen. And the songs of a year, which are too many to be kept in memory. */
#include "report.h"
#include "history.h"
#include "reportpicture.h"
#include "test.h"
#include <pango/pangocairo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define N_SONGS 300000
#define MOST_MEMORY (16 * 1024) /* KiB: less than a tenth of what so many songs would need */
#define SCALE 2                 /* of a PNG file */
#define EDGE 8                  /* pixels that are blank */
#define BOTTOM 38               /* points from the lower edge of the sheet to a bar's lower end */

typedef struct {
  char *folder, *path, *png;
} World;

/* Of @n_stations that play @genre for eleven hours of each of the @days of 2026-03. */
static void
play (const World *world, int n_stations, const char *genre, const int *days, gsize n_days)
{
  sqlite3 *database = NULL;
  ck_assert_int_eq (sqlite3_open (world->path, &database), SQLITE_OK);
  for (gsize i = 0; i < n_days; i++) {
    g_autofree char *text = g_strdup_printf (
        "PRAGMA synchronous=OFF; WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM s "
        "WHERE i<%d) INSERT OR IGNORE "
        "INTO station SELECT i, 'http://a/' || i, '%s' || i FROM s;"
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i<659) INSERT OR "
        "REPLACE INTO minute SELECT strftime('%%s', '2026-03-%02d')+60*i, station.id, 'music', "
        "'%s', 1, 1 FROM n, station;",
        n_stations, genre, days[i], genre);
    ck_assert_int_eq (sqlite3_exec (database, text, NULL, NULL, NULL), SQLITE_OK);
  }
  sqlite3_close (database);
}

static void
begin (World *world)
{
  world->folder = test_make_folder ();
  world->path = g_build_filename (world->folder, "history.sqlite", NULL);
  world->png = g_build_filename (world->folder, "report.png", NULL);
  history_close (history_open (world->path, 0, NULL));
}

static void
end (World *world)
{
  test_remove_folder (world->folder);
  g_free (world->folder);
  g_free (world->path);
  g_free (world->png);
}

static cairo_surface_t *
draw (const World *world)
{
  const ReportRange range = {NULL, 0, G_MAXINT64};
  g_autoptr (Report) report = report_new (world->path, &range, NULL);
  ck_assert_ptr_nonnull (report);
  ck_assert (report_draw (report, world->png, NULL));
  cairo_surface_t *image = cairo_image_surface_create_from_png (world->png);
  ck_assert_int_eq (cairo_surface_status (image), CAIRO_STATUS_SUCCESS);
  return image;
}

static gboolean
is_blank (cairo_surface_t *image, int x, int y)
{
  const guchar *pixels = cairo_image_surface_get_data (image);
  const int stride = cairo_image_surface_get_stride (image);
  return (((const guint32 *)(pixels + (gsize)y * (gsize)stride))[x] & 0xffffff) == 0xffffff;
}

/* Nothing is cut off on the left or on the right. */
static void
check_edges (cairo_surface_t *image)
{
  const int width = cairo_image_surface_get_width (image);
  for (int y = 0; y < cairo_image_surface_get_height (image); y++)
    for (int x = 0; x < EDGE; x++) {
      ck_assert_msg (is_blank (image, x, y), "something at %d, %d", x, y);
      ck_assert_msg (is_blank (image, width - 1 - x, y), "something at %d, %d", width - 1 - x, y);
    }
}

/* Bars, from left to right, along the lower end of the days' panel. */
static guint
count_bars (cairo_surface_t *image)
{
  const int y = cairo_image_surface_get_height (image) - SCALE * (BOTTOM + 10);
  guint n = 0;
  for (int x = 1; x < cairo_image_surface_get_width (image); x++)
    n += is_blank (image, x - 1, y) && !is_blank (image, x, y);
  return n;
}

static gboolean
has_fonts (void)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, 1, 1);
  cairo_t *cairo = cairo_create (surface);
  g_autoptr (PangoLayout) layout = pango_cairo_create_layout (cairo);
  pango_layout_set_text (layout, "100 hM", -1);
  const gboolean has = pango_layout_get_unknown_glyphs_count (layout) == 0;
  cairo_destroy (cairo);
  cairo_surface_destroy (surface);
  return has;
}

/* 1,100 hours a day. */
START_TEST (a_hundred_stations_fit)
{
  World world;
  if (!has_fonts ())
    return; /* boxes are wider */
  begin (&world);
  play (&world, 100, "rock", (const int[]){1}, 1);
  cairo_surface_t *image = draw (&world);
  check_edges (image);
  cairo_surface_destroy (image);
  end (&world);
}
END_TEST

START_TEST (a_long_name_ends_in_dots)
{
  World world;
  begin (&world);
  play (&world, 1, "MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM",
        (const int[]){1}, 1);
  cairo_surface_t *image = draw (&world);
  check_edges (image);
  cairo_surface_destroy (image);
  end (&world);
}
END_TEST

START_TEST (days_without_anything_are_gaps)
{
  World world;
  begin (&world);
  play (&world, 1, "rock", (const int[]){1, 2, 9}, 3);
  cairo_surface_t *image = draw (&world);
  ck_assert_uint_eq (count_bars (image), 3);
  /* the last of nine days stands at the end of the panel, which they fill */
  const int x = cairo_image_surface_get_width (image) - SCALE * 100;
  ck_assert (!is_blank (image, x, cairo_image_surface_get_height (image) - SCALE * (BOTTOM + 10)));
  cairo_surface_destroy (image);
  end (&world);
}
END_TEST

START_TEST (a_long_legend_has_room)
{
  World world;
  begin (&world);
  play (&world, 1, "rock", (const int[]){1}, 1);
  cairo_surface_t *image = draw (&world);
  const int usual = cairo_image_surface_get_height (image);
  cairo_surface_destroy (image);
  for (int i = 2; i < 30; i++) {
    g_autofree char *genre = g_strdup_printf ("genre-with-a-name-%d", i);
    play (&world, 1, genre, &i, 1);
  }
  image = draw (&world);
  check_edges (image);
  ck_assert_int_gt (cairo_image_surface_get_height (image), usual);
  cairo_surface_destroy (image);
  end (&world);
}
END_TEST

/* ---- songs ---- */

/* @n that end at @end, an expression of i, their number; from the last one to the first. */
static void
play_songs (const World *world, int n, const char *end)
{
  sqlite3 *database = NULL;
  play (world, 1, "rock", (const int[]){1}, 1);
  ck_assert_int_eq (sqlite3_open (world->path, &database), SQLITE_OK);
  g_autofree char *text = g_strdup_printf (
      "PRAGMA synchronous=OFF; WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i-1 FROM n WHERE "
      "i>1) INSERT INTO song SELECT 1, i, %s, 'Somebody - A song with a title of some length, "
      "'||i, "
      "'music', 'rock', 1, 1 FROM n",
      n, end);
  ck_assert_int_eq (sqlite3_exec (database, text, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close (database);
}

/* In KiB; 0 under a sanitizer, which keeps what was freed. */
static glong
get_memory (void)
{
#ifdef __SANITIZE_ADDRESS__
  return 0;
#endif
  struct rusage usage;
  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/* What is printed comes into a file. (transfer full) of its text. @table: NULL: the whole report */
static char *
print (const World *world, const char *table)
{
  const ReportRange range = {NULL, 0, G_MAXINT64};
  g_autofree char *path = g_build_filename (world->folder, "printed", NULL);
  ck_assert_ptr_nonnull (freopen (path, "w", stdout));
  const glong before = get_memory ();
  g_autoptr (Report) report = report_new (world->path, &range, NULL);
  ck_assert_ptr_nonnull (report);
  ck_assert (table ? report_print_csv (report, table, NULL) : report_print (report, NULL));
  ck_assert_msg (sqlite3_get_autocommit (report->database), "the file is held while it is printed");
  ck_assert_int_lt (get_memory () - before, MOST_MEMORY);
  fflush (stdout);
  char *text = NULL;
  ck_assert (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

/* The number of the song in a line; 0: there is none in it. */
static guint64
get_number (const char *line)
{
  const char *begin = strstr (line, "length, ");
  return begin ? g_ascii_strtoull (begin + strlen ("length, "), NULL, 10) : 0;
}

/* From @first on, to the last one. */
static void
check_songs (const char *text, guint64 first)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  guint64 next = first;
  for (char **line = lines; *line; line++)
    if (get_number (*line) != 0)
      ck_assert_uint_eq (get_number (*line), next++);
  ck_assert_uint_eq (next, N_SONGS + 1);
}

static void
delete_minutes (const World *world)
{
  sqlite3 *database = NULL;
  ck_assert_int_eq (sqlite3_open (world->path, &database), SQLITE_OK);
  ck_assert_int_eq (sqlite3_exec (database, "DELETE FROM minute", NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close (database);
}

START_TEST (songs_without_minutes_are_printed)
{
  World world;
  begin (&world);
  play_songs (&world, 1, "i");
  delete_minutes (&world);
  g_autofree char *text = print (&world, NULL);
  ck_assert_msg (g_str_has_prefix (text, "Songs: 1\n"), "%s", text);
  ck_assert_ptr_nonnull (strstr (text, "A song with a title"));
  end (&world);
}
END_TEST

/* Whoever writes it has begun another one meanwhile, and songs are looked for in vain. */
START_TEST (a_file_that_is_moved_while_it_is_printed_is_an_error)
{
  const ReportRange range = {NULL, 0, G_MAXINT64};
  g_autoptr (GError) error = NULL;
  World world;
  begin (&world);
  g_autofree char *path = g_build_filename (world.folder, "printed", NULL);
  g_autofree char *away = g_build_filename (world.folder, "away.sqlite", NULL);
  ck_assert_ptr_nonnull (freopen (path, "w", stdout));
  g_autoptr (Report) report = report_new (world.path, &range, NULL);
  ck_assert_ptr_nonnull (report);
  ck_assert_int_eq (rename (world.path, away), 0);
  ck_assert (!report_print_csv (report, "songs", &error));
  ck_assert_ptr_nonnull (strstr (error->message, "moved or removed"));
  end (&world);
}
END_TEST

/* As of many stations: more than are read at once. */
START_TEST (songs_that_end_together_are_all_printed)
{
  World world;
  guint64 next = 1500;
  begin (&world);
  play_songs (&world, (int)next, "5000");
  g_autofree char *csv = print (&world, "songs");
  g_auto (GStrv) lines = g_strsplit (csv, "\n", -1);
  for (char **line = lines; *line; line++)
    if (get_number (*line) != 0)
      ck_assert_uint_eq (get_number (*line), next--); /* as they came in */
  ck_assert_uint_eq (next, 0);
  end (&world);
}
END_TEST

START_TEST (songs_are_not_kept_in_memory)
{
  World world;
  begin (&world);
  play_songs (&world, N_SONGS, "i");
  g_autofree char *text = print (&world, NULL);
  g_autofree char *csv = print (&world, "songs");
  g_autofree char *days = print (&world, "days");
  ck_assert_ptr_nonnull (strstr (text, "\nSongs: 300000, the last 20\n"));
  check_songs (text, N_SONGS - 19);
  check_songs (csv, 1);
  ck_assert_str_eq (days, "day,rock\n2026-03-01,660\n");
  end (&world);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("report");
  g_setenv ("TZ", "UTC", TRUE);
  tcase_add_test (tests, a_hundred_stations_fit);
  tcase_add_test (tests, a_long_name_ends_in_dots);
  tcase_add_test (tests, days_without_anything_are_gaps);
  tcase_add_test (tests, a_long_legend_has_room);
  tcase_add_test (tests, songs_that_end_together_are_all_printed);
  tcase_add_test (tests, songs_are_not_kept_in_memory);
  tcase_add_test (tests, songs_without_minutes_are_printed);
  tcase_add_test (tests, a_file_that_is_moved_while_it_is_printed_is_an_error);
  return test_run_within ("report", tests, 120);
}
