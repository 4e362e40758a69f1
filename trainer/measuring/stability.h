/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreStability: for how many clips the most probable genre stays what it is when music is changed
 * on its way to a listener (conditions.h). */
#pragma once
#include "data/dataset.h"
#include "heldout.h"
G_BEGIN_DECLS

typedef struct _GenreStability GenreStability;

typedef struct {
  const char *condition; /* "bass +6 dB" */
  guint n_same, n_clips; /* clips answered as the clean ones are, and in all */
  double accuracy;       /* share of right answers */
} GenreStabilityRow;

/* Answers for @clips (of GenreClip) as they are: all by @model or, where it is NULL, each by the
 * model of @held_out that never heard it. Noted in @dataset->problems: how many clips are of the
 * model's background, which count nowhere, clips that none has held out, folds without a clip that
 * can be answered for, and what genre_hearing_new() skips, whose errors it has, too, if that is so
 * of all folds; GENRE_ERROR_DATA if none is music, or none was held out. All four must outlive it.
 * (transfer full) */
GenreStability *genre_stability_new (GenreModel *model, const GenreHeldOut *held_out,
                                     GenreDataset *dataset, GPtrArray *clips, guint n_threads,
                                     GError **error);
void genre_stability_free (GenreStability *stability);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreStability, genre_stability_free)

/* The clips as they are. */
GenreStabilityRow genre_stability_get_clean (const GenreStability *stability);
/* The clips under @condition. */
gboolean genre_stability_measure (GenreStability *stability, guint condition,
                                  GenreStabilityRow *row, GError **error);

G_END_DECLS
