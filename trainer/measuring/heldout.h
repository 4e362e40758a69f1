/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreHeldOut: the models of a finished cross-validation, and which of them never heard a clip.
 *
 * Reads, in a folder of crossvalidation.h, fold-N.tsv (which clips fold N held out) and
 * fold-N.safetensors (the model that learnt from the others). The models answer with the
 * temperature that their files hold, 1. All are read once, to be checked; they are then loaded one
 * at a time, so that a hundred folds take no more memory than two. */
#pragma once
#include "model.h"
G_BEGIN_DECLS

typedef struct {
  char *folder;
  guint n_folds;
  gboolean by_artist;      /* the models never heard the clips' artists either */
  char **paths;            /* (n_folds,) NULL-terminated: the model files */
  char **checksums;        /* (n_folds,) NULL-terminated: of these files */
  GenreModelConfig config; /* of the first; the others have its labels and its front end */
  GHashTable *folds;       /* stem: fold + 1 */
} GenreHeldOut;

/* GENRE_ERROR_IO or GENRE_ERROR_FORMAT if a file is missing or damaged; GENRE_ERROR_DATA if a clip
 * is in two folds or the models differ in labels or front end. (transfer full) */
GenreHeldOut *genre_held_out_load (const char *folder, GError **error);
void genre_held_out_free (GenreHeldOut *held_out);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreHeldOut, genre_held_out_free)

/* Of fold @fold. GENRE_ERROR_DATA if the file is another by now. (transfer full) */
GenreModel *genre_held_out_load_model (const GenreHeldOut *held_out, guint fold, GError **error);
/* The fold, 0 to n_folds − 1, whose model never heard the clip; -1 if none held it out. */
gint genre_held_out_find (const GenreHeldOut *held_out, const char *stem);

G_END_DECLS
