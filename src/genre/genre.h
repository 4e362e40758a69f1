/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libgenre: samples in, musical genres out, without GStreamer. This is all of its interface;
 * Python, JavaScript and Vala call it as the namespace Genre (GObject introspection).
 *
 * Whole buffers: genre_model_classify(). What goes on and on: a GenreClassifier. Both answer as the
 * GStreamer element genreclassify does, from the same code. Errors are of the domain GENRE_ERROR; a
 * message names the file, the value found and what was expected. */
#pragma once
#include "error.h"
#include <glib-object.h>
G_BEGIN_DECLS

/* ---- models: what genres there are, and how they sound. Immutable, may be used by several threads
 * ---- */

typedef struct _GenreModel GenreModel;
#define GENRE_TYPE_MODEL (genre_model_get_type ())
GType genre_model_get_type (void);

GenreModel *genre_model_load (const char *path, GError **error);
GenreModel *genre_model_load_default (GError **error);
GenreModel *genre_model_ref (GenreModel *model);
void genre_model_unref (GenreModel *model);
char **genre_model_list_genres (GenreModel *model);

/* ---- answers ---- */

#define GENRE_TYPE_ANSWER (genre_answer_get_type ())
G_DECLARE_FINAL_TYPE (GenreAnswer, genre_answer, GENRE, ANSWER, GObject)

const char *genre_answer_get_genre (GenreAnswer *answer);
const char *genre_answer_get_name (GenreAnswer *answer);
double genre_answer_get_confidence (GenreAnswer *answer);
double genre_answer_get_music (GenreAnswer *answer);
const double *genre_answer_get_probabilities (GenreAnswer *answer, gsize *n_genres);
guint64 genre_answer_get_timestamp (GenreAnswer *answer);
guint64 genre_answer_get_duration (GenreAnswer *answer);
gboolean genre_answer_get_final (GenreAnswer *answer);

GenreAnswer *genre_model_classify (GenreModel *model, const float *samples, gsize n_samples,
                                   guint rate, guint channels, GError **error);

/* ---- classifiers: one stream each, one thread at a time ---- */

#define GENRE_TYPE_CLASSIFIER (genre_classifier_get_type ())
G_DECLARE_FINAL_TYPE (GenreClassifier, genre_classifier, GENRE, CLASSIFIER, GObject)

GenreClassifier *genre_classifier_new (GenreModel *model, guint rate, guint channels,
                                       GError **error);
gboolean genre_classifier_push (GenreClassifier *classifier, const float *samples, gsize n_samples,
                                GError **error);
void genre_classifier_finish (GenreClassifier *classifier);
void genre_classifier_reset (GenreClassifier *classifier);
GenreAnswer *genre_classifier_pop (GenreClassifier *classifier);

#ifndef GENRE_COMPILATION /* libgenre's own sources know it already */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreModel, genre_model_unref)
#endif

G_END_DECLS
