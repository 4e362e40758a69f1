/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of truth: what a model of somebody's own genres can do, and what stands in its way, as
 * people and as programs read it. */
#pragma once
#include <json-glib/json-glib.h>
#include "learningcurve.h"
#include "scores.h"
#include "suspects.h"
G_BEGIN_DECLS

/* How a clip is called where people look for it. */
typedef const char *(*GenreTruthNameFunc) (const char *stem, gpointer user_data);

typedef struct {
  const GenreScores *scores; /* out of fold, calibrated */
  guint n_folds;             /* in which artists were held out; 0: nothing is said of them */
  const guint8 *untaught;    /* (n_genres,) which were held out as a whole: neither suspects nor
                                pairs are of their clips, nor is said what they need; NULL: none */
  const GenreScores *learnt; /* of the model that is written, which has learnt these clips; NULL:
                                nothing is said of it */
  double temperature, threshold, doubt; /* temperature 0: nothing is said of it */
  GenreLearningCurve curve;             /* all 0: nothing is said of more songs */
  const char *begun_with;      /* name of a model that may have heard these songs; NULL: of none */
  GenreSuspectFunc is_called;  /* or NULL */
  GenreTruthNameFunc get_name; /* or NULL: stems */
  gpointer user_data;
} GenreTruth;

/* What must be said of all figures of a model that began with @begun_with, one that may have heard
 * the songs that were held out, in one sentence. (transfer full) */
char *genre_truth_page_caution (const char *begun_with);
/* NULL if no clip is of a genre. (transfer full) */
char *genre_truth_page_text (const GenreTruth *truth);
/* genreclassify-metrics-1 (report.h), with "n-folds" (if it is known), "temperature", "threshold",
 * "doubt", "right-answers-lost" (of those of the table; null: there is none), "taken-for-no-music"
 * (of a model with a background): {"clips", "lost", "most": label of the genre that most of these
 * are of, if there are any}, "other-music" (detection.h, if there is any), "lookalikes":
 * [{"genres", "clips", "confused", "gain"}], "songs": [{"label", "clips", "recall", "needed"}]
 * (null: nobody can say), "suspects": [{"file", "label", "heard", "confidence", "probability"}],
 * "unkept": [{"label", "clips", "recall", "recall-of-model"}] (with @learnt: genres of which the
 * model finds far fewer of the clips that it has learnt than the table says of clips that were held
 * out), and "caution", a sentence, where there is one. (transfer full) */
JsonObject *genre_truth_page_json (const GenreTruth *truth);
#define GENRE_TRUTH_SUSPECTS_HEAD "file\ttagged\theard\tconfidence\n"
/* The suspects as lines: file, genre of the tag, genre that is heard, confidence; a header line;
 * characters that would break lines or columns escaped as in C. (transfer full) */
char *genre_truth_page_suspects (const GenreTruth *truth);

G_END_DECLS
