/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "truthpage.h"
#include "detection.h"
#include "lookalikes.h"
#include "metrics.h"
#include "printable.h"
#include "report.h"
#include "segmentscores.h"
#include <math.h>

#define MOST_PAIRS 5
#define LEAST_GAIN 0.005 /* of accuracy, to be worth a line */
#define MOST_SUSPECTS 10 /* on the page; the file has all */
#define TARGET 0.8       /* recall that a genre may be wished to have */
#define FAR_FEWER 0.2    /* recall of what was learnt below that of what was held out */
#define FEWEST_LOST 2    /* clips, or it may be chance */

typedef struct {
  const GenreTruth *truth;
  GenreScores *genres;
  GenreScores *taught; /* of these what was not held out with all of its genre */
  GenreMetrics *metrics;
  GenreMetrics *learnt; /* or NULL */
  GArray *pairs, *suspects;
} Page;

static void
page_clear (Page *page)
{
  g_clear_pointer (&page->genres, genre_scores_free);
  g_clear_pointer (&page->taught, genre_scores_free);
  g_clear_pointer (&page->metrics, genre_metrics_free);
  g_clear_pointer (&page->learnt, genre_metrics_free);
  g_clear_pointer (&page->pairs, g_array_unref);
  g_clear_pointer (&page->suspects, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Page, page_clear)

static gboolean
is_untaught (const Page *page, guint label)
{
  return page->truth->untaught && page->truth->untaught[label];
}

/* Pairs of what was taught; the gain is of the accuracy that the page has, over all clips. */
static GArray *
find_pairs (const Page *page)
{
  GArray *pairs = genre_lookalikes_find (page->taught);
  for (guint i = 0; i < pairs->len; i++)
    g_array_index (pairs, GenreLookalikes, i).gain *=
        (double)page->taught->n_clips / page->genres->n_clips;
  return pairs;
}

static GenreMetrics *
measure_learnt (const GenreTruth *truth)
{
  g_autoptr (GenreScores) genres =
      truth->learnt ? genre_scores_of_genres (truth->learnt, NULL) : NULL;
  return genres ? genre_metrics_new (genres) : NULL;
}

/* Whether the table promises of a genre what the model that is written cannot keep: who has learnt
 * clips finds more of them than who has not, or has not learnt enough. */
static gboolean
is_unkept (const Page *page, guint label)
{
  if (!page->learnt)
    return FALSE;
  const GenreLabelMetrics *learnt = &page->learnt->genres[label];
  double lost = page->metrics->genres[label].recall - learnt->recall; /* NAN without clips */
  return lost >= FAR_FEWER && round (lost * learnt->n_clips) >= FEWEST_LOST;
}

static gboolean
page_fill (Page *page, const GenreTruth *truth)
{
  page->truth = truth;
  page->genres = genre_scores_of_genres (truth->scores, NULL);
  if (!page->genres)
    return FALSE;
  page->metrics = genre_metrics_new (page->genres);
  page->learnt = measure_learnt (truth);
  g_autofree guint8 *none = g_new0 (guint8, page->genres->n_labels);
  page->taught = genre_scores_leave_out (page->genres, truth->untaught ? truth->untaught : none);
  page->pairs = find_pairs (page);
  page->suspects = genre_suspects_find (page->taught, truth->is_called, truth->user_data);
  return TRUE;
}

static const char *
name_of (const Page *page, guint clip) /* of @taught */
{
  const char *stem = page->taught->clips[clip];
  return page->truth->get_name ? page->truth->get_name (stem, page->truth->user_data) : stem;
}

static guint
count_worth (const Page *page)
{
  guint n = 0;
  while (n < MIN (page->pairs->len, MOST_PAIRS) &&
         g_array_index (page->pairs, GenreLookalikes, n).gain >= LEAST_GAIN)
    n++;
  return n;
}

/* ---- text ---- */

char *
genre_truth_page_caution (const char *begun_with)
{
  g_autofree char *name = printable (begun_with);
  return g_strdup_printf ("It begins with %s, which learnt from tagged songs: all figures and the "
                          "threshold flatter it if these songs are among them; begun with --from "
                          "none or the default model they do not.",
                          name);
}

static void
append_unkept (GString *text, const Page *page)
{
  gsize begin = text->len;
  for (guint i = 0; i < page->metrics->n_labels; i++) {
    if (!is_unkept (page, i))
      continue;
    g_autofree char *name = printable (page->genres->display_names[i]);
    g_string_append_printf (text, "  %s: %.0f %% found in the table, %.0f %% by this model\n", name,
                            100 * page->metrics->genres[i].recall,
                            100 * page->learnt->genres[i].recall);
  }
  if (text->len > begin)
    g_string_insert (text, (gssize)begin,
                     "\nThe table does not hold: this model has learnt all of these songs, and "
                     "finds fewer of some "
                     "genres than those that had not heard them.\nIt has learnt too little, as few "
                     "training.epochs make it: give it more.\n");
}

/* The table is of the genres alone: without this line it would hide that most have no answer. */
static void
append_lost_music (GString *text, const Page *page)
{
  const GenreLostMusic music = genre_lost_music_measure (page->truth->scores);
  if (music.n_lost == 0)
    return;
  g_autofree char *name = printable (page->genres->display_names[music.label]);
  g_string_append_printf (text,
                          "%u of %u songs are taken for no music, whatever the confidence, most of "
                          "all %s (%u of %u).\n",
                          music.n_lost, music.n_clips, name, music.n_lost_of_label,
                          music.n_of_label);
}

/* The best temperature lies beyond what is tried where answers are all right, or hardly depend on
 * what is heard. */
static void
append_temperature (GString *text, const Page *page)
{
  double temperature = page->truth->temperature;
  const char *remark = temperature > 0 ? genre_temperature_remark (temperature) : "";
  if (*remark)
    g_string_append_printf (text,
                            "\nTemperature %.3f, fitted to these answers%s: a confidence says "
                            "little.\n",
                            temperature, remark);
}

static void
append_threshold (GString *text, const Page *page)
{
  const GenreThresholds thresholds = {page->truth->threshold, page->truth->doubt};
  const GenreAnswered at = genre_answered_measure (page->truth->scores, thresholds);
  const GenreModesty modesty = genre_modesty_measure (page->truth->scores, thresholds);
  double lost = genre_answered_measure_lost (page->truth->scores, thresholds);
  g_autofree char *right =
      at.answered > 0 ? g_strdup_printf (", and %.0f %% of those rightly", 100 * at.right) : NULL;
  g_string_append_printf (text,
                          "\nBelow a confidence of %.4g%s the model says unknown: %.0f %% of the "
                          "songs are answered%s.\n",
                          thresholds.confidence,
                          thresholds.doubt > 0 ? ", more for what resembles the songs less," : "",
                          100 * at.answered, right ? right : "");
  append_lost_music (text, page);
  if (!isnan (lost))
    g_string_append_printf (text, "Of the right answers in the table, %.0f %% become unknown.\n",
                            100 * lost);
  if (modesty.n_clips > 0)
    g_string_append_printf (
        text,
        "Of %u songs of genres that were left out, %.0f %% become unknown; it has "
        "learnt doubt from such songs.\n",
        modesty.n_clips, 100 * modesty.unknown);
  g_string_append (text, "What is unknown was chosen on these same answers, which flatters these "
                         "lines a little.\n");
}

static void
append_pairs (GString *text, const Page *page)
{
  guint n = count_worth (page);
  g_string_append (text, "\nGenres that it takes for each other\n");
  if (n == 0)
    g_string_append (text, "  none that would gain half a point of accuracy by being one\n");
  for (guint i = 0; i < n; i++) {
    const GenreLookalikes *pair = &g_array_index (page->pairs, GenreLookalikes, i);
    g_autofree char *a = printable (page->genres->display_names[pair->a]);
    g_autofree char *b = printable (page->genres->display_names[pair->b]);
    g_string_append_printf (
        text,
        "  %s and %s: %u of %u songs; as one genre, accuracy would be about %.1f points higher\n",
        a, b, pair->n_confused, pair->n_clips, 100 * pair->gain);
  }
}

static void
append_need (GString *text, const Page *page, guint label)
{
  const GenreLabelMetrics *genre = &page->metrics->genres[label];
  guint need =
      genre_learning_curve_need (&page->truth->curve, genre->n_clips, genre->recall, TARGET);
  g_autofree char *name = printable (page->genres->display_names[label]);
  if (is_untaught (page, label)) {
    g_string_append_printf (text, "  %s: by too few artists, nobody can say\n", name);
    return;
  }
  g_string_append_printf (text, "  %s: %.0f %% of %u found, ", name, 100 * genre->recall,
                          genre->n_clips);
  if (need == 0)
    g_string_append (text, "more than a hundred times as many, if songs can help at all\n");
  else
    g_string_append_printf (text, "about %u would be needed\n", need);
}

static void
append_needs (GString *text, const Page *page)
{
  const GenreLearningCurve *curve = &page->truth->curve;
  guint n_short = 0;
  if (curve->n_half == 0 || curve->n_full == 0)
    return;
  g_string_append_printf (text,
                          "\nHow many songs a genre would need for %.0f %% (a rough guess)\n"
                          "  Before calibration, of %u of these songs: from half of the artists "
                          "%.1f %% right, from all "
                          "of them %.1f %%.\n",
                          100 * TARGET, curve->n_half,
                          100.0 * (curve->n_half - curve->n_half_wrong) / curve->n_half,
                          100.0 * (curve->n_full - curve->n_full_wrong) / curve->n_full);
  for (guint i = 0; i < page->metrics->n_labels; i++) {
    const GenreLabelMetrics *genre = &page->metrics->genres[i];
    if (genre->n_clips == 0 || genre->recall >= TARGET)
      continue;
    append_need (text, page, i);
    n_short++;
  }
  if (n_short == 0)
    g_string_append (text, "  Every genre has that already.\n");
}

static void
append_suspects (GString *text, const Page *page)
{
  guint n = page->suspects->len;
  g_string_append_printf (text, "\nSongs whose tag may be wrong: %u\n", n);
  for (guint i = 0; i < MIN (n, MOST_SUSPECTS); i++) {
    const GenreSuspect *suspect = &g_array_index (page->suspects, GenreSuspect, i);
    g_autofree char *name = printable (name_of (page, suspect->clip));
    g_autofree char *tagged =
        printable (page->genres->display_names[page->taught->truth[suspect->clip]]);
    g_autofree char *heard = printable (page->genres->display_names[suspect->answer]);
    g_string_append_printf (text, "  %s: tagged %s, heard %s (%.0f %%)\n", name, tagged, heard,
                            100 * suspect->confidence);
  }
  if (n > MOST_SUSPECTS)
    g_string_append_printf (text, "  … and %u more\n", n - MOST_SUSPECTS);
}

char *
genre_truth_page_text (const GenreTruth *truth)
{
  g_auto (Page) page = {0};
  if (!page_fill (&page, truth))
    return NULL;
  g_autofree char *table = genre_report_text (page.metrics, page.genres->display_names);
  g_autofree char *caution =
      truth->begun_with ? genre_truth_page_caution (truth->begun_with) : NULL;
  GString *text = g_string_new (NULL);
  if (caution)
    g_string_append_printf (text, "%s\n\n", caution);
  if (truth->n_folds > 0)
    g_string_append_printf (text,
                            "Every artist was held out once, in %u parts; each was answered by "
                            "what the others had taught.\n\n",
                            truth->n_folds);
  g_string_append (text, table);
  append_unkept (text, &page);
  append_temperature (text, &page);
  append_threshold (text, &page);
  append_pairs (text, &page);
  append_needs (text, &page);
  append_suspects (text, &page);
  return g_string_free (text, FALSE);
}

/* ---- JSON ---- */

static JsonArray *
pairs_json (const Page *page)
{
  JsonArray *array = json_array_new ();
  for (guint i = 0; i < page->pairs->len; i++) {
    const GenreLookalikes *pair = &g_array_index (page->pairs, GenreLookalikes, i);
    JsonObject *object = json_object_new ();
    JsonArray *labels = json_array_new ();
    json_array_add_string_element (labels, page->genres->labels[pair->a]);
    json_array_add_string_element (labels, page->genres->labels[pair->b]);
    json_object_set_array_member (object, "genres", labels);
    json_object_set_int_member (object, "clips", pair->n_clips);
    json_object_set_int_member (object, "confused", pair->n_confused);
    json_object_set_double_member (object, "gain", pair->gain);
    json_array_add_object_element (array, object);
  }
  return array;
}

static JsonArray *
needs_json (const Page *page)
{
  JsonArray *array = json_array_new ();
  for (guint i = 0; i < page->metrics->n_labels; i++) {
    const GenreLabelMetrics *genre = &page->metrics->genres[i];
    JsonObject *object = json_object_new ();
    guint need = genre->n_clips == 0 || is_untaught (page, i)
                     ? 0
                     : genre_learning_curve_need (&page->truth->curve, genre->n_clips,
                                                  genre->recall, TARGET);
    json_object_set_string_member (object, "label", page->genres->labels[i]);
    json_object_set_int_member (object, "clips", genre->n_clips);
    genre_report_set_number (object, "recall", genre->recall);
    genre_report_set_number (object, "needed", need > 0 ? need : NAN);
    json_array_add_object_element (array, object);
  }
  return array;
}

static JsonArray *
suspects_json (const Page *page)
{
  JsonArray *array = json_array_new ();
  for (guint i = 0; i < page->suspects->len; i++) {
    const GenreSuspect *suspect = &g_array_index (page->suspects, GenreSuspect, i);
    JsonObject *object = json_object_new ();
    genre_report_set_path (object, "file", name_of (page, suspect->clip));
    json_object_set_string_member (object, "label",
                                   page->genres->labels[page->taught->truth[suspect->clip]]);
    json_object_set_string_member (object, "heard", page->genres->labels[suspect->answer]);
    json_object_set_double_member (object, "confidence", suspect->confidence);
    json_object_set_double_member (object, "probability", suspect->own);
    json_array_add_object_element (array, object);
  }
  return array;
}

static JsonArray *
unkept_json (const Page *page)
{
  JsonArray *array = json_array_new ();
  for (guint i = 0; i < page->metrics->n_labels; i++) {
    if (!is_unkept (page, i))
      continue;
    JsonObject *object = json_object_new ();
    json_object_set_string_member (object, "label", page->genres->labels[i]);
    json_object_set_int_member (object, "clips", page->learnt->genres[i].n_clips);
    json_object_set_double_member (object, "recall", page->metrics->genres[i].recall);
    json_object_set_double_member (object, "recall-of-model", page->learnt->genres[i].recall);
    json_array_add_object_element (array, object);
  }
  return array;
}

static JsonObject *
lost_music_json (const Page *page)
{
  const GenreLostMusic music = genre_lost_music_measure (page->truth->scores);
  JsonObject *object = json_object_new ();
  json_object_set_int_member (object, "clips", music.n_clips);
  json_object_set_int_member (object, "lost", music.n_lost);
  if (music.n_lost > 0)
    json_object_set_string_member (object, "most", page->genres->labels[music.label]);
  return object;
}

JsonObject *
genre_truth_page_json (const GenreTruth *truth)
{
  g_auto (Page) page = {0};
  if (!page_fill (&page, truth))
    return NULL;
  const GenreThresholds thresholds = {truth->threshold, truth->doubt};
  JsonObject *object =
      genre_report_json (page.metrics, page.genres->labels, page.genres->display_names);
  if (truth->n_folds > 0)
    json_object_set_int_member (object, "n-folds", truth->n_folds);
  json_object_set_double_member (object, "temperature", truth->temperature);
  json_object_set_double_member (object, "threshold", truth->threshold);
  json_object_set_double_member (object, "doubt", truth->doubt);
  json_object_set_boolean_member (object, "thresholds-chosen-on-these-scores", TRUE);
  genre_report_set_number (object, "right-answers-lost",
                           genre_answered_measure_lost (truth->scores, thresholds));
  if (truth->scores->n_background > 0)
    json_object_set_object_member (object, "taken-for-no-music", lost_music_json (&page));
  g_autofree char *caution =
      truth->begun_with ? genre_truth_page_caution (truth->begun_with) : NULL;
  if (caution)
    json_object_set_string_member (object, "caution", caution);
  const GenreModesty modesty = genre_modesty_measure (truth->scores, thresholds);
  if (modesty.n_clips > 0)
    json_object_set_object_member (object, "other-music", genre_modesty_json (&modesty));
  json_object_set_array_member (object, "lookalikes", pairs_json (&page));
  json_object_set_array_member (object, "songs", needs_json (&page));
  json_object_set_array_member (object, "suspects", suspects_json (&page));
  if (page.learnt)
    json_object_set_array_member (object, "unkept", unkept_json (&page));
  return object;
}

/* ---- suspects ---- */

/* File names are bytes: letters of any script stay as they are. */
static char *
escape (const char *name)
{
  char exceptions[129] = {0};
  for (guint i = 0; i < 128; i++)
    exceptions[i] = (char)(128 + i);
  return g_strescape (name, exceptions);
}

char *
genre_truth_page_suspects (const GenreTruth *truth)
{
  g_auto (Page) page = {0};
  GString *text = g_string_new (GENRE_TRUTH_SUSPECTS_HEAD);
  if (!page_fill (&page, truth))
    return g_string_free (text, FALSE);
  for (guint i = 0; i < page.suspects->len; i++) {
    const GenreSuspect *suspect = &g_array_index (page.suspects, GenreSuspect, i);
    g_autofree char *name = escape (name_of (&page, suspect->clip));
    g_string_append_printf (text, "%s\t%s\t%s\t%.3f\n", name,
                            page.genres->display_names[page.taught->truth[suspect->clip]],
                            page.genres->display_names[suspect->answer], suspect->confidence);
  }
  return g_string_free (text, FALSE);
}
