/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreCommittee: several models' answers for the same clips as one answer, the mean of their
 * probabilities.
 *
 * Members that err apart make the mean less sure than it is right, however
 * well each was calibrated: it gets a temperature of its own, p^(1/T) made to sum to 1, which is
 * softmax (ln p / T). 1 leaves the mean as it is. */
#pragma once
#include "scores.h"
G_BEGIN_DECLS

typedef struct {
  GPtrArray *members;  /* of GenreScores, as the files hold them, each in its own order */
  GenreScores *scores; /* of the committee, with @temperature, in the first file's order */
  double temperature;
} GenreCommittee;

/* @paths: NULL-terminated, at least two files of genre_scores_save() with the same labels, clips
 * and genres; the clips may be in any order. @temperature: 0 fits one to the committee's own
 * answers, by genre_segment_scores_calibrate() as cross-validation does. Names of genres are those
 * of the first result.json beside one of the files; their labels where there is none.
 * GENRE_ERROR_FORMAT, GENRE_ERROR_DATA. (transfer full) */
GenreCommittee *genre_committee_load (char *const *paths, double temperature, GError **error);
void genre_committee_free (GenreCommittee *committee);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreCommittee, genre_committee_free)

G_END_DECLS
