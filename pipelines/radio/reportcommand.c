/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reportcommand.h"
#include "../classifieroptions.h"
#include "../output.h"
#include "../printable.h"
#include "playlist.h"
#include "report.h"
#include "reportpicture.h"
#include "../translation.h"
#include <stdio.h>
#include <stdlib.h>

#define EXIT_USAGE 2
#define SECONDS_A_DAY 86400
#define ALL_DAYS G_MAXINT
#define CLOCK_STEP 900 /* s; no clock is turned by less */

typedef struct {
  char *history, *station, *from, *to, *csv, *picture;
  int days;
} Options;

static const char description[] = N_ (
    "Prints how much of each genre, of talk (\"no music\") and of silence a history holds, by hour "
    "of\n"
    "the day and by day, and its last songs.\n"
    "\n"
    "Examples:\n"
    "  genre-radio report --history radio.sqlite --days 7\n"
    "  genre-radio report --history radio.sqlite --csv songs > songs.csv\n"
    "  genre-radio report --history radio.sqlite --station \"Radio One\" --picture week.svg\n");

/* Whether @time is on @day by the clock on the wall. */
static gboolean
is_on_day (gint64 time, const GDate *day)
{
  g_autoptr (GDateTime) there = g_date_time_new_from_unix_local (time);
  return there && g_date_time_get_year (there) == g_date_get_year (day) &&
         g_date_time_get_day_of_year (there) == (int)g_date_get_day_of_year (day);
}

/* When @day begins, by the clock on the wall, which some days turn back over midnight and on others
 * leaves it out. */
static gboolean
find_beginning (const GDate *day, gint64 *seconds)
{
  g_autoptr (GDateTime) midnight = g_date_time_new_local (
      g_date_get_year (day), (int)g_date_get_month (day), g_date_get_day (day), 0, 0, 0);
  if (!midnight)
    return FALSE;
  *seconds = g_date_time_to_unix (midnight);
  while (is_on_day (*seconds - CLOCK_STEP, day))
    *seconds -= CLOCK_STEP;
  return TRUE;
}

/* The beginning of the day @later days after it; FALSE: it is no day. */
static gboolean
parse_day (const char *text, guint later, gint64 *seconds)
{
  int year, month, day, used = 0;
  if (sscanf (text, "%4d-%2d-%2d%n", &year, &month, &day, &used) != 3 || text[used] != '\0' ||
      year < 1 || day < 1 || month < 1 ||
      !g_date_valid_dmy ((GDateDay)day, (GDateMonth)month, (GDateYear)year))
    return FALSE;
  GDate date;
  g_date_clear (&date, 1);
  g_date_set_dmy (&date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
  g_date_add_days (&date, later);
  return find_beginning (&date, seconds);
}

/* "--from is yesterday, expected a day like 2026-11-28" (transfer none), for ever */
static const char *
describe_fault (const char *option, const char *value, const char *expected)
{
  g_autofree char *text = g_strdup_printf (_ ("%s is %s, expected %s"), option, value, expected);
  return g_intern_string (text); /* the program ends with it */
}

/* What is wrong, or NULL. */
static const char *
find_range (const Options *options, ReportRange *range)
{
  const gint64 now = g_get_real_time () / G_TIME_SPAN_SECOND;
  *range = (ReportRange){options->station, 0, now + SECONDS_A_DAY};
  if (!options->history)
    return _ ("--history FILE is missing");
  const char *fault = option_find_fault_of_file ("--history", options->history);
  if (fault)
    return fault;
  if (options->csv && !report_has_table (options->csv))
    return describe_fault ("--csv", options->csv, _ ("songs, hours or days"));
  if (options->picture && !report_can_draw (options->picture))
    return describe_fault ("--picture", options->picture, _ ("a name that ends in .svg or .png"));
  fault = option_find_fault ("--days", options->days, 1, ALL_DAYS);
  if (fault)
    return fault;
  range->from = MAX (0, now - (gint64)options->days * SECONDS_A_DAY);
  if (options->from && !parse_day (options->from, 0, &range->from))
    return describe_fault ("--from", options->from, _ ("a day like 2026-11-28"));
  if (options->to && !parse_day (options->to, 1, &range->to))
    return describe_fault ("--to", options->to, _ ("a day like 2026-11-28"));
  if (options->to && range->from >= range->to)
    return _ ("--to lies before --from, or before the last --days");
  return NULL;
}

static gboolean
parse (int *argc, char ***argv, Options *options, GError **error)
{
  const GOptionEntry entries[] = {
      {"history", 0, 0, G_OPTION_ARG_FILENAME, &options->history, N_ ("What genre-radio wrote"),
       N_ ("FILE")},
      {"station", 0, 0, G_OPTION_ARG_STRING, &options->station,
       N_ ("Only the station of this name or URL"), N_ ("NAME")},
      {"days", 0, 0, G_OPTION_ARG_INT, &options->days, N_ ("Only the last N days"), N_ ("N")},
      {"from", 0, 0, G_OPTION_ARG_STRING, &options->from, N_ ("First day"), N_ ("YYYY-MM-DD")},
      {"to", 0, 0, G_OPTION_ARG_STRING, &options->to, N_ ("Last day"), N_ ("YYYY-MM-DD")},
      {"csv", 0, 0, G_OPTION_ARG_STRING, &options->csv,
       N_ ("Print a table for other programs: songs, hours or days (in minutes)"), N_ ("TABLE")},
      {"picture", 0, 0, G_OPTION_ARG_FILENAME, &options->picture, N_ ("Draw it"),
       N_ ("FILE.svg|FILE.png")},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  g_autoptr (GOptionContext) context = g_option_context_new (N_ ("- what was heard"));
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("too much: %s"), (*argv)[1]);
  if (options->station) { /* as the history has it */
    g_autofree char *given = g_steal_pointer (&options->station);
    options->station = playlist_http_uri (given);
  }
  return *argc <= 1;
}

static int
complain (const char *text, int status)
{
  g_autofree char *words = translate_fault (text);
  g_autofree char *shown = printable (words);
  fprintf (stderr, "genre-radio report: %s\n", shown);
  if (status == EXIT_USAGE)
    fprintf (stderr, _ ("Try %s --help.\n"), "genre-radio report");
  return status;
}

static int
show (const Options *options, const ReportRange *range)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Report) report = report_new (options->history, range, &error);
  if (!report)
    return complain (error->message, EXIT_FAILURE);
  if (options->csv && !report_print_csv (report, options->csv, &error))
    return complain (error->message, EXIT_FAILURE);
  if (options->picture && !report_draw (report, options->picture, &error))
    return complain (error->message, EXIT_FAILURE);
  if (!options->csv && !options->picture && !report_print (report, &error))
    return complain (error->message, EXIT_FAILURE);
  return output_check ("genre-radio report") ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
report_command (int argc, char **argv)
{
  Options options = {.days = ALL_DAYS};
  ReportRange range;
  g_autoptr (GError) error = NULL;
  int status;
  g_set_prgname ("genre-radio report"); /* usage begins with it */
  if (!parse (&argc, &argv, &options, &error)) {
    status = complain (error->message, EXIT_USAGE);
  } else {
    const char *fault = find_range (&options, &range);
    status = fault ? complain (fault, EXIT_USAGE) : show (&options, &range);
  }
  g_free (options.history);
  g_free (options.station);
  g_free (options.from);
  g_free (options.to);
  g_free (options.csv);
  g_free (options.picture);
  return status;
}
