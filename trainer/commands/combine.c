/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-train combine */
#include <glib/gstdio.h>
#include <math.h>
#include "command.h"
#include "files.h"
#include "measuring/committee.h"
#include "measuring/report.h"
#include "measuring/segmentscores.h"
#include "options.h"
#include "printable.h"
#include "publish.h"
#include "results.h"
#include "translation.h"

#define NAME "combine"

static const char summary[] = N_ (
    "Makes a committee of models: averages the probabilities that scores.tsv of cross-validate, "
    "or\n"
    "--scores of evaluate, holds for the same clips, and prints the table of evaluate for the "
    "mean.\n"
    "What every member says of a clip it never heard, the committee never heard either.");

static const char description[] = N_ (
    "Those files hold probabilities: of cross-validate as its run has calibrated them, of\n"
    "evaluate as the model is. Their mean is mostly less sure than it is right: it gets a\n"
    "temperature T of its own, p^(1/T) made to sum to 1, fitted to these scores as cross-validate "
    "fits\n"
    "its own. Scores of clips kept for examination must not choose it: give them the T of the\n"
    "out-of-fold scores with --temperature.\n\n"
    "DIR receives result.json, scores.tsv and pictures/.\n\n"
    "Exit status: 0 done, 1 failed, 2 wrong command line.\n\n"
    "Example:\n"
    "  genre-train combine --output committee folds-cnn/scores.tsv folds-resnet/scores.tsv\n"
    "  genre-train compare CNN=folds-cnn/result.json Both=committee/result.json\n");

/* ---- results ---- */

/* As in the table: of the clips that are music. */
static GenreMetrics *
measure_member (const GenreScores *scores)
{
  g_autoptr (GenreScores) genres = genre_scores_of_genres (scores, NULL);
  return genre_metrics_new (genres);
}

static JsonArray *
members_json (const GenreCommittee *committee, char *const *paths)
{
  JsonArray *members = json_array_new ();
  for (guint i = 0; i < committee->members->len; i++) {
    g_autoptr (GenreMetrics) metrics = measure_member (committee->members->pdata[i]);
    g_autofree char *name = printable (paths[i]);
    JsonObject *member = json_object_new ();
    json_object_set_string_member (member, "scores", name);
    json_object_set_double_member (member, "accuracy", metrics->accuracy);
    genre_report_set_number (member, "macro-f1", metrics->macro.f1);
    genre_report_set_number (member, "macro-auc", metrics->macro.auc);
    genre_report_set_number (member, "log-loss", metrics->log_loss);
    json_array_add_object_element (members, member);
  }
  return members;
}

static void
print_members (const GenreCommittee *committee, char *const *paths, gboolean fitted)
{
  g_print ("\nAccuracy of each member alone\n");
  for (guint i = 0; i < committee->members->len; i++) {
    g_autoptr (GenreMetrics) metrics = measure_member (committee->members->pdata[i]);
    g_autofree char *name = g_filename_display_name (paths[i]);
    g_print ("%8.1f %%  %s\n", 100 * metrics->accuracy, name);
  }
  g_print ("Temperature %.3f of the mean, %s%s\n", committee->temperature,
           fitted ? "fitted to these scores" : "as given",
           fitted ? genre_temperature_remark (committee->temperature) : "");
  genre_publish_threshold (committee->scores, 0);
}

static gboolean
is_same_file (const char *a, const char *b)
{
  GStatBuf x, y;
  return g_stat (a, &x) == 0 && g_stat (b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* A folder of cross-validate, a member, or what is no result must not be written over. */
static gboolean
check_folder (const char *folder, const char *json, const char *scores, char *const *paths,
              GError **error)
{
  g_autofree char *plan = g_build_filename (folder, "plan.json", NULL);
  const char *taken = g_file_test (plan, G_FILE_TEST_EXISTS) ? plan : NULL;
  for (char *const *path = paths; *path; path++)
    if (is_same_file (scores, *path))
      taken = *path;
  if (!taken)
    return genre_result_check_replaced (GENRE_RESULT_MEASURES, json, error) &&
           genre_result_check_replaced (GENRE_RESULT_SCORES, scores, error);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "%s: the folder of --output is in use, name another one", taken);
  return FALSE;
}

/* @temperature: 0 for one that is fitted. */
static gboolean
combine (char *folder, double temperature, char *const *paths, GError **error)
{
  g_autofree char *json = g_build_filename (folder, "result.json", NULL);
  g_autofree char *scores = g_build_filename (folder, "scores.tsv", NULL);
  g_autofree char *pictures = g_build_filename (folder, "pictures", NULL);
  const GenrePublishPaths results = {json, scores, pictures};
  if (!check_folder (folder, json, scores, paths, error))
    return FALSE;
  g_autoptr (GenreCommittee) committee = genre_committee_load (paths, temperature, error);
  g_autoptr (GenreScores) genres = NULL; /* all members have the same clips */
  if (committee)
    genres = genre_scores_of_genres (committee->scores, error);
  if (!genres || !genre_file_make_folder (folder, error))
    return FALSE;
  g_autoptr (JsonObject) context = json_object_new ();
  json_object_set_array_member (context, "members", members_json (committee, paths));
  json_object_set_double_member (context, "temperature", committee->temperature);
  json_object_set_boolean_member (context, "temperature-fitted", temperature == 0);
  genre_publish_add_threshold (committee->scores, 0, context);
  if (!genre_publish_scores (committee->scores, (GenreThresholds){0, 0}, context, &results, error))
    return FALSE;
  print_members (committee, paths, temperature == 0);
  return TRUE;
}

int
genre_command_combine (int argc, char **argv)
{
  g_autofree char *output = NULL;
  double temperature = GENRE_NOT_GIVEN;
  const GOptionEntry entries[] = {
      GENRE_OPTION_RESULTS (&output),
      {"temperature", 0, 0, G_OPTION_ARG_DOUBLE, &temperature,
       N_ ("Temperature of the mean (default: fitted to these scores)"), N_ ("T")},
      {0},
  };
  g_autoptr (GOptionContext) context =
      genre_command_context (NAME, N_ ("--output DIR SCORES.tsv…"), summary, description, entries);
  if (!genre_command_parse (context, &argc, &argv))
    return GENRE_EXIT_USAGE;
  if (!output)
    return genre_command_usage (NAME, _ ("--output is needed"));
  if (argc < 3)
    return genre_command_usage (NAME, _ ("at least two files of scores are needed"));
  const gboolean given = temperature != GENRE_NOT_GIVEN;
  if (given && !genre_command_check_number (NAME, "--temperature", temperature, 0.01, 100))
    return GENRE_EXIT_USAGE;
  g_autoptr (GError) error = NULL;
  return combine (output, given ? temperature : 0, argv + 1, &error)
             ? GENRE_EXIT_OK
             : genre_command_fail (NAME, error);
}
