/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreDetection: how well a model that knows a background tells music from what is none.
 *
 * What is measured is the probability that a clip is music. ROC area: of music against the rest
 * (Mann-Whitney, ties count half); equal error rate: where as large a share of music is taken for
 * no music as the other way round (the nearest point of the curve, mean of both). Named: what is no
 * music and is answered with a genre all the same; lost: music of which the model says that it is
 * none. */
#pragma once
#include <json-glib/json-glib.h>
#include "scores.h"
G_BEGIN_DECLS

/* When an answer is a genre: it is music by a half or more, and confidence · familiarity^doubt is
 * not below the threshold: what the model file holds (model.h). */
typedef struct {
  double confidence, doubt;
} GenreThresholds;

typedef struct {
  guint n_music, n_background; /* clips */
  double roc_area, equal_error_rate;
  double named, lost; /* shares */
} GenreDetection;

/* Music of none of the genres (scores.h), and what is said of it. */
typedef struct {
  guint n_clips;
  double unknown;  /* share answered "unknown"; NAN if there is none */
  double roc_area; /* of the genres' clips against these, by what is compared with the threshold;
                      NAN if there are not both */
} GenreModesty;

/* The genres' own clips. */
typedef struct {
  guint n_clips;
  double answered; /* share that is named at all */
  double right;    /* of these; 0 if there is none */
} GenreAnswered;

/* The genres' own clips again: those taken for no music, which no threshold changes. */
typedef struct {
  guint n_clips, n_lost;
  guint label, n_of_label, n_lost_of_label; /* the genre that most of those lost are of, if any */
} GenreLostMusic;

/* FALSE, and all NAN, if there are not clips of both kinds. */
gboolean genre_detection_measure (const GenreScores *scores, GenreThresholds thresholds,
                                  GenreDetection *detection);
GenreModesty genre_modesty_measure (const GenreScores *scores, GenreThresholds thresholds);
GenreAnswered genre_answered_measure (const GenreScores *scores, GenreThresholds thresholds);
/* Share of the genres' clips whose best genre is the right one, as tables of the genres alone count
 * them, that has no answer with these: none because it is taken for no music, too. NAN if there is
 * no such clip. */
double genre_answered_measure_lost (const GenreScores *scores, GenreThresholds thresholds);
GenreLostMusic genre_lost_music_measure (const GenreScores *scores);
/* For this doubt, the threshold of the confidence below which answers are more often wrong than
 * right, so that "unknown" is better: of 0.00, 0.01 … the one with most right answers less wrong
 * ones (C. K. Chow, "On optimum recognition error and reject tradeoff", 1970, a wrong answer
 * costing twice a refusal), every name that music of other genres is given being a wrong answer,
 * too; the lowest of equals. */
double genre_modesty_find_threshold (const GenreScores *scores, double doubt);
/* As much doubt as a price allows: the threshold below which at most @price of what is answered
 * rightly at all is lost, or the one above if that is higher, other genres' music left aside. The
 * doubt is that which leaves most of such music unknown; if there are fewer than
 * GENRE_MODESTY_LEAST clips of it to tell, @doubt. */
GenreThresholds genre_modesty_choose (const GenreScores *scores, double price, double doubt);
#define GENRE_MODESTY_LEAST 10
/* {"clips", "unknown", "roc-area"} (transfer full) */
JsonObject *genre_modesty_json (const GenreModesty *modesty);
/* How many clips of the background's label @label are named, of @n_clips. */
guint genre_detection_count_named (const GenreScores *scores, guint label,
                                   GenreThresholds thresholds, guint *n_clips);
/* (transfer full) */
char *genre_detection_text (const GenreDetection *detection);
/* {"music-clips", "background-clips", "roc-area", "equal-error-rate", "named", "lost"}
 * (transfer full) */
JsonObject *genre_detection_json (const GenreDetection *detection);

G_END_DECLS
