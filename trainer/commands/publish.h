/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What evaluate, cross-validate and combine say about the scores that they have measured. */
#pragma once
#include <json-glib/json-glib.h>
#include "measuring/detection.h"
G_BEGIN_DECLS

/* Where results go; NULL: not wanted. */
typedef struct {
  char *json, *scores; /* files */
  char *pictures;      /* folder */
} GenrePublishPaths;

/* Prints the table of @scores to standard output and writes what @paths asks for.
 * @thresholds: below which the model says unknown, for a line of its own; zeros: none.
 * @context: members to be put in front of the JSON's, or NULL. */
gboolean genre_publish_scores (const GenreScores *scores, GenreThresholds thresholds,
                               JsonObject *context, const GenrePublishPaths *paths, GError **error);

/* Prints the threshold of the confidence that these scores suggest with @doubt (detection.h) and
 * what it would leave, of what is no music and of music of other genres, too:
 * for scores of clips never heard that nothing else is measured on. */
void genre_publish_threshold (const GenreScores *scores, double doubt);
/* The same as member "found-threshold" of @result: {"threshold", "doubt", "answered", "right"
 * (share of these; null if there is none)}, and, where there are such clips, "background-named" and
 * "other-music-unknown" (shares). None if there is no clip of a genre. */
void genre_publish_add_threshold (const GenreScores *scores, double doubt, JsonObject *result);

G_END_DECLS
