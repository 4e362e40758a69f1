/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "answermessage.h"

static void
set_probabilities (GstStructure *structure, const GenreResult *result, char **labels)
{
  g_autoptr (GstStructure) probabilities = gst_structure_new_empty ("probabilities");
  for (guint i = 0; i < result->n_genres; i++)
    gst_structure_set (probabilities, labels[i], G_TYPE_DOUBLE, result->probabilities[i], NULL);
  gst_structure_set (structure, "probabilities", GST_TYPE_STRUCTURE, probabilities, NULL);
}

GstStructure *
genre_heard_to_structure (const GenreHeard *answer)
{
  const GenreResult *result = answer->result;
  const GenreModelConfig *model = answer->model;
  const char *genre = result->genre >= 0 ? model->labels[result->genre] : "unknown";
  GstStructure *structure = gst_structure_new (
      GENRE_ANSWER_MESSAGE, "timestamp", GST_TYPE_CLOCK_TIME, answer->start.timestamp,
      "stream-time", GST_TYPE_CLOCK_TIME, answer->start.stream_time, "running-time",
      GST_TYPE_CLOCK_TIME, answer->start.running_time, "duration", GST_TYPE_CLOCK_TIME,
      answer->duration, "genre", G_TYPE_STRING, genre, "confidence", G_TYPE_DOUBLE,
      result->confidence, "music", G_TYPE_DOUBLE, result->music, NULL);
  set_probabilities (structure, result, model->labels);
  if (answer->title)
    gst_structure_set (structure, "title", G_TYPE_STRING, answer->title, NULL);
  gst_structure_set (structure, "final", G_TYPE_BOOLEAN, answer->reason != NULL, NULL);
  if (answer->reason)
    gst_structure_set (structure, "reason", G_TYPE_STRING, answer->reason, NULL);
  return structure;
}
