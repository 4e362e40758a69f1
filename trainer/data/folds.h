/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folds of a cross-validation, where every clip is held out once, and lists to learn from and to
 * examine with. */
#pragma once
#include "dataset.h"
G_BEGIN_DECLS

typedef enum {
  GENRE_FOLDS_RANDOM, /* clips dealt out at random, genre by genre */
  GENRE_FOLDS_ARTIST, /* all clips of an artist in one fold; a clip without one stands for itself */
} GenreFoldsKind;

/* The fold, 0 to @n_folds − 1, of each of @clips (of GenreClip); the same for the same seed. Folds
 * are about equally large and hold about equally many clips of each label: exactly so (±1) at
 * random; by artist, artists go from the one with most clips to the one with fewest, each to the
 * fold where the sum over labels of (clips of the label in the fold)² / (clips of the label) grows
 * least. Artists of the first @n_genres labels go first: their folds do not depend on what else is
 * there, what is no music or of other genres, so that figures of the genres can be compared.
 * GENRE_ERROR_INVALID if there are fewer than two folds, GENRE_ERROR_DATA if there are more
 * folds than clips or artists of the genres, or if no clip has an artist. (transfer full) */
guint *genre_folds_new (const GPtrArray *clips, guint n_genres, guint n_folds, GenreFoldsKind kind,
                        guint64 seed, GError **error);
/* The list, 0 to @n_lists − 1, of each of @clips, all clips of an artist in one; at random, each
 * clip is an artist of its own. The same for the same seed, another draw for another. Lists hold
 * about @percents (of which 0 is none at all) of the clips of each label: artists go from those
 * with many clips to those with few, each to a list drawn from those that it fits into. As far as
 * there are artists enough, a list has some of each label; first of all list 0, which is learnt
 * from, whose a label's only artist is; where there are too few, those lists that have least for
 * their percents as a whole. Folds, of which figures have been published, are not drawn like that:
 * their largest artists are much the same for every seed. GENRE_ERROR_DATA if no clip has an artist
 * or a list would be empty. (transfer full)
 */
guint *genre_folds_draw_lists (const GPtrArray *clips, GenreFoldsKind kind, const guint *percents,
                               guint n_lists, guint64 seed, GError **error);
/* (n_genres,) of each genre; a clip without an artist counts as one. (transfer full) */
guint *genre_folds_count_artists (const GPtrArray *clips, guint n_genres);
/* At most @wanted folds by artist, at least two: not more than the smallest genre has artists, so
 * that each fold holds some of it out; but a genre of a single artist cannot be measured anyway. */
guint genre_folds_choose (const GPtrArray *clips, guint n_genres, guint wanted);

G_END_DECLS
