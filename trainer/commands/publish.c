/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "publish.h"
#include <math.h>
#include "json.h"
#include "measuring/detection.h"
#include "measuring/pictures.h"
#include "measuring/report.h"

static void
copy_member (JsonObject *from, const char *name, JsonNode *node, gpointer to)
{
  json_object_set_member (to, name, json_node_copy (node));
}

/* "0.50", "0.42, doubt 5" (transfer full) */
static char *
thresholds_to_text (GenreThresholds thresholds)
{
  return thresholds.doubt > 0
             ? g_strdup_printf ("%.2f, doubt %.4g", thresholds.confidence, thresholds.doubt)
             : g_strdup_printf ("%.2f", thresholds.confidence);
}

/* "87.5 %"; "–" where nothing is answered, and so nothing right or wrong (transfer full) */
static char *
right_to_text (GenreAnswered at)
{
  return at.answered > 0 ? g_strdup_printf ("%.1f %%", 100 * at.right) : g_strdup ("–");
}

static void
print_answered (const GenreScores *scores, GenreThresholds thresholds)
{
  if (thresholds.confidence <= 0)
    return;
  const GenreAnswered at = genre_answered_measure (scores, thresholds);
  g_autofree char *text = thresholds_to_text (thresholds);
  g_autofree char *right = right_to_text (at);
  g_print ("\nAt the threshold %s  %.1f %% of clips are answered, %s of them right\n", text,
           100 * at.answered, right);
}

/* What these scores suggest, and what it would leave. */
typedef struct {
  GenreThresholds thresholds;
  GenreAnswered at;
  GenreModesty modesty;
  GenreDetection detection;
  gboolean detects; /* whether the detection could be measured */
} Suggestion;

static Suggestion
suggest (const GenreScores *scores, double doubt)
{
  Suggestion found = {.thresholds = {genre_modesty_find_threshold (scores, doubt), doubt}};
  found.at = genre_answered_measure (scores, found.thresholds);
  found.modesty = genre_modesty_measure (scores, found.thresholds);
  found.detects = genre_detection_measure (scores, found.thresholds, &found.detection);
  return found;
}

void
genre_publish_threshold (const GenreScores *scores, double doubt)
{
  const Suggestion found = suggest (scores, doubt);
  if (!found.at.n_clips)
    return;
  g_autofree char *text = thresholds_to_text (found.thresholds);
  g_autofree char *right = right_to_text (found.at);
  g_print ("Threshold %s: %s; %.1f %% are answered, %s of them right\n", text,
           found.modesty.n_clips
               ? "with it, right answers less wrong ones are most, any for other genres being wrong"
               : "answers below it are more often wrong than right",
           100 * found.at.answered, right);
  if (found.detects)
    g_print ("  of %u clips that are no music it leaves %.1f %% with a name\n",
             found.detection.n_background, 100 * found.detection.named);
  if (found.modesty.n_clips)
    g_print ("  of %u clips of other genres %.1f %% become unknown\n", found.modesty.n_clips,
             100 * found.modesty.unknown);
}

void
genre_publish_add_threshold (const GenreScores *scores, double doubt, JsonObject *result)
{
  const Suggestion found = suggest (scores, doubt);
  if (!found.at.n_clips)
    return;
  JsonObject *object = json_object_new ();
  json_object_set_double_member (object, "threshold", found.thresholds.confidence);
  json_object_set_double_member (object, "doubt", doubt);
  json_object_set_double_member (object, "answered", found.at.answered);
  genre_report_set_number (object, "right", found.at.answered > 0 ? found.at.right : NAN);
  if (found.detects)
    json_object_set_double_member (object, "background-named", found.detection.named);
  if (found.modesty.n_clips)
    json_object_set_double_member (object, "other-music-unknown", found.modesty.unknown);
  json_object_set_object_member (result, "found-threshold", object);
}

static gboolean
save_json (const GenreScores *scores, const GenreMetrics *metrics, const GenreDetection *detection,
           const GenreModesty *modesty, JsonObject *context, const char *path, GError **error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonObject) measures =
      genre_report_json (metrics, scores->labels, scores->display_names);
  if (context)
    json_object_foreach_member (context, copy_member, object);
  json_object_foreach_member (measures, copy_member, object);
  if (detection)
    json_object_set_object_member (object, "detection", genre_detection_json (detection));
  if (modesty->n_clips)
    json_object_set_object_member (object, "other-music", genre_modesty_json (modesty));
  return genre_json_save (object, path, error);
}

static void
print_detection (const GenreScores *scores, const GenreDetection *detection,
                 GenreThresholds thresholds)
{
  g_autofree char *text = genre_detection_text (detection);
  g_print ("\n%s", text);
  for (guint i = scores->n_labels - scores->n_background; i < scores->n_labels; i++) {
    guint n_clips, n = genre_detection_count_named (scores, i, thresholds, &n_clips);
    g_print ("    named of %-12s %u of %u\n", scores->labels[i], n, n_clips);
  }
}

gboolean
genre_publish_scores (const GenreScores *scores, GenreThresholds thresholds, JsonObject *context,
                      const GenrePublishPaths *paths, GError **error)
{
  g_autoptr (GenreScores) genres = genre_scores_of_genres (scores, error);
  if (!genres)
    return FALSE;
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (genres);
  GenreDetection detection;
  gboolean detects = genre_detection_measure (scores, thresholds, &detection);
  GenreModesty modesty = genre_modesty_measure (scores, thresholds);
  g_autofree char *table = genre_report_text (metrics, genres->display_names);
  g_print ("%s", table);
  print_answered (scores, thresholds);
  if (detects)
    print_detection (scores, &detection, thresholds);
  if (modesty.n_clips)
    g_print ("\nMusic of other genres  %u clips, %.1f %% answered unknown\n"
             "  area under the ROC   %.3f\n",
             modesty.n_clips, 100 * modesty.unknown, modesty.roc_area);
  if (paths->scores && !genre_scores_save (scores, paths->scores, error))
    return FALSE;
  if (paths->json && !save_json (genres, metrics, detects ? &detection : NULL, &modesty, context,
                                 paths->json, error))
    return FALSE;
  /* of the confidence alone, on which a threshold with doubt is no point */
  return !paths->pictures ||
         genre_pictures_save (genres, metrics, thresholds.doubt > 0 ? 0 : thresholds.confidence,
                              paths->pictures, error);
}
