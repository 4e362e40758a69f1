/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "publish.h"
#include "json.h"
#include "measuring/detection.h"
#include "measuring/pictures.h"
#include "measuring/report.h"

static void
copy_member (JsonObject *from, const char *name, JsonNode *node, gpointer to)
{
  json_object_set_member (to, name, json_node_copy (node));
}

static const GenreCoverage *
coverage_at (const GenreMetrics *metrics, double threshold)
{
  double position = CLAMP (threshold, 0, 1) * (GENRE_METRICS_THRESHOLDS - 1);
  return &metrics->coverage[(guint)(position + 0.5)];
}

static void
print_table (const GenreScores *scores, const GenreMetrics *metrics, double threshold)
{
  g_autofree char *table = genre_report_text (metrics, scores->display_names);
  g_print ("%s", table);
  if (threshold <= 0)
    return;
  const GenreCoverage *at = coverage_at (metrics, threshold);
  g_print ("\nAt the threshold %.2f  %.1f %% of clips are answered, %.1f %% of them right\n",
           threshold, 100 * at->coverage, at->coverage > 0 ? 100 * at->accuracy : 0.0);
}

void
genre_publish_threshold (const GenreScores *scores)
{
  g_autoptr (GenreScores) genres = genre_scores_of_genres (scores, NULL);
  if (!genres)
    return;
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (genres);
  gboolean others = genre_modesty_measure (scores, 0).n_clips > 0;
  double threshold =
      others ? genre_modesty_find_threshold (scores) : genre_metrics_find_threshold (metrics);
  const GenreCoverage *at = coverage_at (metrics, threshold);
  g_print ("Threshold %.2f: %s; %.1f %% are above it, %.1f %% of them right\n", threshold,
           others
               ? "with it, right answers less wrong ones are most, any for other genres being wrong"
               : "answers below it are more often wrong than right",
           100 * at->coverage, at->coverage > 0 ? 100 * at->accuracy : 0.0);
  GenreDetection detection;
  if (genre_detection_measure (scores, threshold, &detection))
    g_print ("  of %u clips that are no music it leaves %.1f %% with a name\n",
             detection.n_background, 100 * detection.named);
  GenreModesty modesty = genre_modesty_measure (scores, threshold);
  if (modesty.n_clips)
    g_print ("  of %u clips of other genres %.1f %% become unknown\n", modesty.n_clips,
             100 * modesty.unknown);
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
print_detection (const GenreScores *scores, const GenreDetection *detection, double threshold)
{
  g_autofree char *text = genre_detection_text (detection);
  g_print ("\n%s", text);
  for (guint i = scores->n_labels - scores->n_background; i < scores->n_labels; i++) {
    guint n_clips, n = genre_detection_count_named (scores, i, threshold, &n_clips);
    g_print ("    named of %-12s %u of %u\n", scores->labels[i], n, n_clips);
  }
}

gboolean
genre_publish_scores (const GenreScores *scores, double threshold, JsonObject *context,
                      const GenrePublishPaths *paths, GError **error)
{
  g_autoptr (GenreScores) genres = genre_scores_of_genres (scores, error);
  if (!genres)
    return FALSE;
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (genres);
  GenreDetection detection;
  gboolean detects = genre_detection_measure (scores, threshold, &detection);
  GenreModesty modesty = genre_modesty_measure (scores, threshold);
  print_table (genres, metrics, threshold);
  if (detects)
    print_detection (scores, &detection, threshold);
  if (modesty.n_clips)
    g_print ("\nMusic of other genres  %u clips, %.1f %% answered unknown\n", modesty.n_clips,
             100 * modesty.unknown);
  if (paths->scores && !genre_scores_save (scores, paths->scores, error))
    return FALSE;
  if (paths->json && !save_json (genres, metrics, detects ? &detection : NULL, &modesty, context,
                                 paths->json, error))
    return FALSE;
  return !paths->pictures ||
         genre_pictures_save (genres, metrics, threshold, paths->pictures, error);
}
