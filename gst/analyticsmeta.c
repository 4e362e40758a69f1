/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyticsmeta.h"
#include <gst/analytics/analytics.h>

struct _GenreAnalyticsMeta {
  guint song;
  gsize n_genres;
  GQuark *labels; /* (n_genres,) */
  float *levels;  /* (n_genres,) */
};

GenreAnalyticsMeta *
genre_analytics_meta_new (const GenreHeard *answer)
{
  const GenreResult *result = answer->result;
  GenreAnalyticsMeta *meta = g_new (GenreAnalyticsMeta, 1);
  meta->song = answer->song;
  meta->n_genres = result->n_genres;
  meta->labels = g_new (GQuark, result->n_genres);
  meta->levels = g_new (float, result->n_genres);
  for (guint i = 0; i < result->n_genres; i++) {
    meta->labels[i] = g_quark_from_string (answer->model->labels[i]);
    meta->levels[i] = (float)(result->probabilities[i] * result->music);
  }
  return meta;
}

void
genre_analytics_meta_free (GenreAnalyticsMeta *meta)
{
  if (!meta)
    return;
  g_free (meta->labels);
  g_free (meta->levels);
  g_free (meta);
}

guint
genre_analytics_meta_get_song (const GenreAnalyticsMeta *meta)
{
  return meta->song;
}

void
genre_analytics_meta_attach (const GenreAnalyticsMeta *meta, GstBuffer *buffer)
{
  /* the one that is there, if there is one */
  GstAnalyticsRelationMeta *relations = gst_buffer_add_analytics_relation_meta (buffer);
  GstAnalyticsClsMtd classification;
  gst_analytics_relation_meta_add_cls_mtd (relations, meta->n_genres, meta->levels, meta->labels,
                                           &classification);
}
