/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "genre/answer.h"

struct _GenreAnswer {
  GObject parent;
  GenreModel *model;
  gint genre; /* index, or -1 */
  double confidence, music;
  double *probabilities; /* (genres,) */
  gsize n_genres;
  guint64 timestamp, duration; /* ns */
  gboolean final;
};

/**
 * GenreAnswer:
 *
 * What was heard. Immutable.
 *
 * Since: 0.2
 */
G_DEFINE_FINAL_TYPE (GenreAnswer, genre_answer, G_TYPE_OBJECT)

static guint64
to_time (guint64 n_samples, guint rate)
{
  return n_samples / rate * G_GUINT64_CONSTANT (1000000000) +
         n_samples % rate * G_GUINT64_CONSTANT (1000000000) / rate;
}

GenreAnswer *
genre_answer_new (GenreModel *model, const GenreResult *result)
{
  GenreAnswer *answer = g_object_new (GENRE_TYPE_ANSWER, NULL);
  guint rate = genre_model_get_config (model)->front_end.rate;
  answer->model = genre_model_ref (model);
  answer->genre = result->genre;
  answer->confidence = result->confidence;
  answer->music = result->music;
  answer->n_genres = result->n_genres;
  answer->probabilities =
      g_memdup2 (result->probabilities, result->n_genres * sizeof *answer->probabilities);
  answer->timestamp = to_time (result->start, rate);
  answer->duration = to_time (result->start + result->n_samples, rate) - answer->timestamp;
  answer->final = result->final;
  return answer;
}

/**
 * genre_answer_get_genre:
 * @answer: an answer
 *
 * Which genre it is: a label of the model, such as "hiphop".
 *
 * Returns: the most probable label, or "unknown"
 *
 * Since: 0.2
 */
const char *
genre_answer_get_genre (GenreAnswer *answer)
{
  g_return_val_if_fail (GENRE_IS_ANSWER (answer), NULL);
  return answer->genre < 0 ? "unknown"
                           : genre_model_get_config (answer->model)->labels[answer->genre];
}

/**
 * genre_answer_get_name:
 * @answer: an answer
 *
 * The genre for people to read, such as "Hip-Hop".
 *
 * Returns: the genre as people write it, or "unknown"
 *
 * Since: 0.2
 */
const char *
genre_answer_get_name (GenreAnswer *answer)
{
  g_return_val_if_fail (GENRE_IS_ANSWER (answer), NULL);
  return answer->genre < 0 ? "unknown"
                           : genre_model_get_config (answer->model)->display_names[answer->genre];
}

/**
 * genre_answer_get_confidence:
 * @answer: an answer
 *
 * How sure it is of its genre, also where the answer is "unknown".
 *
 * Returns: the calibrated probability of the most probable genre
 *
 * Since: 0.2
 */
double
genre_answer_get_confidence (GenreAnswer *answer)
{
  g_return_val_if_fail (GENRE_IS_ANSWER (answer), 0);
  return answer->confidence;
}

/**
 * genre_answer_get_music:
 * @answer: an answer
 *
 * Whether it is music at all; below a half the genre is "unknown".
 *
 * Returns: the probability that it is music
 *
 * Since: 0.2
 */
double
genre_answer_get_music (GenreAnswer *answer)
{
  g_return_val_if_fail (GENRE_IS_ANSWER (answer), 0);
  return answer->music;
}

/**
 * genre_answer_get_probabilities:
 * @answer: an answer
 * @n_genres: (out): how many
 *
 * Of each genre, in the order of genre_model_list_genres(), given that it is music; their sum is 1.
 *
 * Returns: (transfer none) (array length=n_genres): the probabilities
 *
 * Since: 0.2
 */
const double *
genre_answer_get_probabilities (GenreAnswer *answer, gsize *n_genres)
{
  g_return_val_if_fail (n_genres, NULL);
  *n_genres = 0; /* so that whoever goes on without an answer reads nothing */
  g_return_val_if_fail (GENRE_IS_ANSWER (answer), NULL);
  *n_genres = answer->n_genres;
  return answer->probabilities;
}

/**
 * genre_answer_get_timestamp:
 * @answer: an answer
 *
 * Where what it covers begins.
 *
 * Returns: nanoseconds since the song's first sample
 *
 * Since: 0.2
 */
guint64
genre_answer_get_timestamp (GenreAnswer *answer)
{
  g_return_val_if_fail (GENRE_IS_ANSWER (answer), 0);
  return answer->timestamp;
}

/**
 * genre_answer_get_duration:
 * @answer: an answer
 *
 * How much it covers.
 *
 * Returns: nanoseconds of audio
 *
 * Since: 0.2
 */
guint64
genre_answer_get_duration (GenreAnswer *answer)
{
  g_return_val_if_fail (GENRE_IS_ANSWER (answer), 0);
  return answer->duration;
}

/**
 * genre_answer_get_final:
 * @answer: an answer
 *
 * Whether the song is over.
 *
 * Returns: whether it is the last answer of a song
 *
 * Since: 0.2
 */
gboolean
genre_answer_get_final (GenreAnswer *answer)
{
  g_return_val_if_fail (GENRE_IS_ANSWER (answer), FALSE);
  return answer->final;
}

static void
genre_answer_finalize (GObject *object)
{
  GenreAnswer *answer = GENRE_ANSWER (object);
  g_clear_pointer (&answer->model, genre_model_unref);
  g_free (answer->probabilities);
  G_OBJECT_CLASS (genre_answer_parent_class)->finalize (object);
}

static void
genre_answer_init (GenreAnswer *answer)
{
  answer->genre = -1; /* of one that no classifier has made */
}

static void
genre_answer_class_init (GenreAnswerClass *class)
{
  G_OBJECT_CLASS (class)->finalize = genre_answer_finalize;
}
