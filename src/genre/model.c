/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model.h"
#include "genre/genre.h"
#include "error.h"
#include "genre-library-resources.h"
#include "modelfile.h"

#define BUILT_IN "/org/genreclassify/default.safetensors"

G_DEFINE_BOXED_TYPE (GenreModel, genre_model, genre_model_ref, genre_model_unref)

/**
 * GenreModel:
 *
 * Genres, and how they sound: a network with everything around it. Immutable.
 *
 * Since: 0.2
 */

/**
 * genre_model_load:
 * @path: (type filename): a model file, as genre-train makes them
 * @error: what is wrong with it
 *
 * A model of your own, all of which is checked before it is used.
 *
 * Returns: (transfer full): the model
 *
 * Since: 0.2
 */

/**
 * genre_model_ref: (skip)
 * @model: a model
 *
 * One more owner.
 *
 * Returns: (transfer full): @model
 *
 * Since: 0.2
 */

/**
 * genre_model_unref: (skip)
 * @model: (transfer full): a model
 *
 * One owner less; the last one frees it.
 *
 * Since: 0.2
 */

/**
 * genre_model_load_default:
 * @error: that the library was built without it
 *
 * The model that is built in.
 *
 * Returns: (transfer full): the model
 *
 * Since: 0.2
 */
GenreModel *
genre_model_load_default (GError **error)
{
  g_return_val_if_fail (!error || !*error, NULL);
  g_autoptr (GBytes) bytes = g_resource_lookup_data (genre_library_get_resource (), BUILT_IN,
                                                     G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  return bytes ? genre_model_parse (bytes, BUILT_IN, error) : NULL;
}

/**
 * genre_model_list_genres:
 * @model: a model
 *
 * Labels, such as "hiphop", in the order of genre_answer_get_probabilities().
 *
 * Returns: (transfer full) (array zero-terminated=1): the genres
 *
 * Since: 0.2
 */
char **
genre_model_list_genres (GenreModel *model)
{
  g_return_val_if_fail (model, NULL);
  const GenreModelConfig *config = genre_model_get_config (model);
  guint n = genre_model_config_count_genres (config);
  char **genres = g_new0 (char *, n + 1);
  for (guint i = 0; i < n; i++)
    genres[i] = g_strdup (config->labels[i]);
  return genres;
}

/**
 * genre_model_classify:
 * @model: a model
 * @samples: (array length=n_samples): interleaved, full scale ±1; what is not finite, or beyond
 * ±32,768, counts as silence
 * @n_samples: of all channels together
 * @rate: in Hz, 4,000 to 384,000
 * @channels: 1 to 64, which are averaged
 * @error: what is wrong with the arguments
 *
 * What all of @samples is, be it a second or an hour.
 *
 * Returns: (transfer full): the answer
 *
 * Since: 0.2
 */
GenreAnswer *
genre_model_classify (GenreModel *model, const float *samples, gsize n_samples, guint rate,
                      guint channels, GError **error)
{
  g_return_val_if_fail (model, NULL);
  g_return_val_if_fail (samples || n_samples == 0, NULL);
  g_return_val_if_fail (!error || !*error, NULL);
  g_autoptr (GenreClassifier) classifier = genre_classifier_new (model, rate, channels, error);
  if (!classifier)
    return NULL;
  g_object_set (classifier, "window", G_GUINT64_CONSTANT (0), "interval", G_MAXUINT64, "min-window",
                G_MAXUINT64, NULL);
  if (!genre_classifier_push (classifier, samples, n_samples, error))
    return NULL;
  genre_classifier_finish (classifier);
  GenreAnswer *answer = genre_classifier_pop (classifier);
  if (!answer) /* of no sample at all */
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "0 samples, expected some");
  return answer;
}
