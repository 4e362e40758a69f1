/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folders of a work folder that `genre-train learn` learns in: learning-ID, one for each thing
 * that was learnt (ownmodel.h), so that the same command goes on with it and another does not. Each
 * time that songs are added there is one more, of 25 MB or so: those whose model has since been
 * replaced are removed. */
#pragma once
#include "error.h"
G_BEGIN_DECLS

/* @identity: genre_own_model_identify(). (transfer full) */
char *genre_learning_folder_new (const char *work, const char *identity);
/* From now on @folder is that of the model in the file @output, which is finished. Those of
 * finished models that were in that file before are removed from @work, and nothing else: no file
 * that is not learn's, nothing that is behind a link. What cannot be removed is tried again the
 * next time. */
gboolean genre_learning_folder_conclude (const char *work, const char *folder, const char *output,
                                         GError **error);
/* Of @work: those beside @folder, unfinished or of models in other files. */
guint genre_learning_folder_count_others (const char *work, const char *folder);

G_END_DECLS
