/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreScores: what a model said about clips whose genre is known. Everything that is measured or
 * drawn about a model's quality starts from these. */
#pragma once
#include "error.h"
G_BEGIN_DECLS

typedef struct {
  guint n_labels;
  guint n_background;   /* of these, the last ones: no music (model.h) */
  char **labels;        /* (n_labels,) NULL-terminated */
  char **display_names; /* (n_labels,) NULL-terminated */
  guint n_clips;
  char **clips;          /* (n_clips,) NULL-terminated: stems */
  guint *truth;          /* (n_clips,) index into labels; n_labels: music of none of them */
  double *probabilities; /* (n_clips, n_labels), rows summing to 1 */
  double *familiarity;   /* (n_clips,) aggregation.h; in a file there is none: the probability that
                            the clip is music then */
} GenreScores;

/* Room for @n_clips clips, not yet named, all probabilities zero. */
GenreScores *genre_scores_new (guint n_labels, char *const *labels, char *const *display_names,
                               guint n_clips);
void genre_scores_free (GenreScores *scores);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreScores, genre_scores_free)

/* The clips of all @parts (of GenreScores, the same labels), sorted by name: the out-of-fold scores
 * of a cross-validation. (transfer full) */
GenreScores *genre_scores_concatenate (GPtrArray *parts);

/* What was said about clips that are music, given that they are: without the background's clips and
 * columns. NULL if there is no such clip, GENRE_ERROR_DATA. (transfer full) */
GenreScores *genre_scores_of_genres (const GenreScores *scores, GError **error);
/* Without the clips of some genres. @left_out: (n_labels − n_background,) which. (transfer full) */
GenreScores *genre_scores_leave_out (const GenreScores *scores, const guint8 *left_out);
/* The probability that clip @clip is music. */
double genre_scores_get_music (const GenreScores *scores, guint clip);

#define GENRE_SCORES_HEAD "clip\tgenre" /* how the header line begins */
/* Tab separated: clip, genre, one column per label, the background's as "background:LABEL"; a
 * header line. Music of none of the labels has the genre "unknown". All digits that
 * a probability has, so that nothing becomes a tie, or ceases to be one. Atomic. */
gboolean genre_scores_save (const GenreScores *scores, const char *path, GError **error);
/* Labels serve as display names. Every clip once, its probabilities summing to 1;
 * GENRE_ERROR_FORMAT names the line. */
GenreScores *genre_scores_load (const char *path, GError **error);

G_END_DECLS
