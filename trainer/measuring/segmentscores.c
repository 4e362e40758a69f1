/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segmentscores.h"
#include "aggregation.h"
#include "data/levels.h"
#include "metrics.h"
#include "random.h"
#include "segment.h"
#include "tape.h"
#include "running/parallel.h"
#include "running/ranks.h"
#include <math.h>
#include <string.h>

#define BATCH 8
#define LOWEST 0.1      /* temperatures that are tried */
#define HIGHEST 10.0    /* the same */
#define RESOLUTION 1e-3 /* of the logarithm of one */
#define SMALL_GAIN 1e-9 /* of the loss of a clip: what comes of rounding */

/* What a thread needs. */
typedef struct {
  GenreTape *tape;
  float *inputs; /* (BATCH, frames, features) */
} Room;

typedef struct {
  GenreNetwork *network;
  GenreFrontEnd *front_end;
  guint step;
  GPtrArray *clips;
  GPtrArray *scores; /* (clips,) of GArray of float */
  const Room *rooms; /* by thread */
} Work;

static void
read_segment (const Work *work, const GenreClip *clip, guint first, float *input)
{
  guint bands = genre_front_end_get_config (work->front_end)->bands;
  guint frames = genre_network_get_frames (work->network);
  g_autofree float *decibels = g_new (float, (gsize)frames *bands);
  for (gsize i = 0; i < (gsize)frames * bands; i++)
    decibels[i] = GENRE_LEVEL_DB (clip->levels[(gsize)first * bands + i]);
  genre_segment_normalise (work->front_end, decibels, frames, input);
}

static guint
count_segments (const Work *work, const GenreClip *clip)
{
  guint frames = genre_network_get_frames (work->network);
  return clip->n_frames < frames ? 0 : (clip->n_frames - frames) / work->step + 1;
}

static void
score_clip (guint round, guint thread, gpointer data)
{
  Work *work = data;
  guint number;
  genre_ranks_divide (work->clips->len, &number);
  number += round;
  const GenreClip *clip = g_ptr_array_index (work->clips, number);
  guint frames = genre_network_get_frames (work->network);
  gsize size = (gsize)frames * genre_network_get_features (work->network);
  guint n_labels = genre_network_get_n_labels (work->network);
  GArray *scores = work->scores->pdata[number];
  const Room *room = &work->rooms[thread];
  guint n_segments = count_segments (work, clip);
  for (guint s = 0; s < n_segments; s += BATCH) {
    guint n = MIN (BATCH, n_segments - s);
    for (guint i = 0; i < n; i++)
      read_segment (work, clip, (s + i) * work->step, room->inputs + i * size);
    const float *out = genre_tape_forward (room->tape, GENRE_PASS_EVALUATE, n, room->inputs,
                                           genre_random_keyed (0, 0, 0, 0));
    g_array_append_vals (scores, out, n * n_labels);
  }
}

void
genre_segment_scores_share (GPtrArray *scores)
{
  guint first, n = genre_ranks_divide (scores->len, &first), most = 0;
  if (genre_ranks_get_count () == 1 || scores->len == 0) /* the same in all ranks */
    return;
  g_autofree guint *lengths = g_new0 (guint, scores->len);
  for (guint i = first; i < first + n; i++)
    lengths[i] = ((const GArray *)scores->pdata[i])->len;
  genre_ranks_gather (lengths, scores->len, sizeof *lengths);
  for (guint i = 0; i < scores->len; i++)
    most = MAX (most, lengths[i]);
  g_autofree float *rows = g_new0 (float, (gsize)scores->len *most);
  for (guint i = first; i < first + n; i++)
    if (lengths[i] > 0)
      memcpy (rows + (gsize)i * most, ((const GArray *)scores->pdata[i])->data,
              lengths[i] * sizeof (float));
  genre_ranks_gather (rows, scores->len, most * sizeof *rows);
  for (guint i = 0; i < scores->len; i++)
    if (i < first || i >= first + n) {
      g_array_set_size (scores->pdata[i], 0);
      g_array_append_vals (scores->pdata[i], rows + (gsize)i * most, lengths[i]);
    }
}

GenreSegmentScores *
genre_segment_scores_new (guint n_labels, guint n_genres)
{
  GenreSegmentScores *scores = g_new0 (GenreSegmentScores, 1);
  scores->n_labels = n_labels;
  scores->n_genres = n_genres;
  scores->scores = g_ptr_array_new_with_free_func ((GDestroyNotify)g_array_unref);
  return scores;
}

void
genre_segment_scores_add (GenreSegmentScores *scores, guint truth, GArray *segments)
{
  scores->truth = g_renew (guint, scores->truth, scores->n_clips + 1);
  scores->truth[scores->n_clips++] = truth;
  g_ptr_array_add (scores->scores, g_array_ref (segments));
}

/* ---- what a network says ---- */

static void
room_clear (gpointer data)
{
  Room *room = data;
  g_clear_pointer (&room->tape, genre_tape_free);
  g_free (room->inputs);
}

/* For up to @n threads, as far as there is memory; none is an error. */
static GArray *
make_rooms (GenreNetwork *network, guint n, GError **error)
{
  g_autoptr (GArray) rooms = g_array_new (FALSE, FALSE, sizeof (Room));
  gsize size =
      (gsize)genre_network_get_frames (network) * genre_network_get_features (network) * BATCH;
  g_array_set_clear_func (rooms, room_clear);
  for (guint i = 0; i < n; i++) {
    Room room = {genre_tape_try_new_to_evaluate (network, BATCH), g_try_new (float, size)};
    if (!room.tape || !room.inputs) {
      room_clear (&room);
      break;
    }
    g_array_append_val (rooms, room);
  }
  if (rooms->len > 0)
    return g_steal_pointer (&rooms);
  g_set_error (
      error, GENRE_ERROR, GENRE_ERROR_DATA,
      "not enough memory for a network that hears %d segments of %u frames at once, expected "
      "a smaller one",
      BATCH, genre_network_get_frames (network));
  return NULL;
}

gboolean
genre_segment_scores_check_room (GenreNetwork *network, GError **error)
{
  g_autoptr (GArray) rooms = make_rooms (network, 1, error);
  return rooms != NULL;
}

GenreSegmentScores *
genre_segment_scores_from_network (GenreNetwork *network, GenreFrontEnd *front_end, guint step,
                                   guint n_genres, GPtrArray *clips, guint n_threads,
                                   GError **error)
{
  guint first, n = genre_ranks_divide (clips->len, &first);
  g_autoptr (GArray) rooms = /* no more can run at a time */
      make_rooms (network, CLAMP (n_threads, 1, MAX (1, n)), error);
  if (!genre_ranks_agree (rooms != NULL, NULL, error))
    return NULL;
  g_autoptr (GPtrArray) segments = g_ptr_array_new_with_free_func ((GDestroyNotify)g_array_unref);
  for (guint i = 0; i < clips->len; i++)
    g_ptr_array_add (segments, g_array_new (FALSE, FALSE, sizeof (float)));
  Work work = {network, front_end, step, clips, segments, (const Room *)(gpointer)rooms->data};
  genre_parallel_for (rooms->len, n, score_clip, &work);
  genre_segment_scores_share (segments);
  GenreSegmentScores *scores =
      genre_segment_scores_new (genre_network_get_n_labels (network), n_genres);
  for (guint i = 0; i < clips->len; i++) {
    const GenreClip *clip = clips->pdata[i];
    genre_segment_scores_add (scores, clip->label, segments->pdata[i]);
  }
  return scores;
}

void
genre_segment_scores_free (GenreSegmentScores *scores)
{
  g_ptr_array_unref (scores->scores);
  g_free (scores->truth);
  g_free (scores);
}

GenreSegmentScores *
genre_segment_scores_shift (const GenreSegmentScores *scores, const double *biases)
{
  GenreSegmentScores *shifted = genre_segment_scores_new (scores->n_labels, scores->n_genres);
  for (guint clip = 0; clip < scores->n_clips; clip++) {
    const GArray *from = scores->scores->pdata[clip];
    g_autoptr (GArray) to = g_array_sized_new (FALSE, FALSE, sizeof (float), from->len);
    for (guint i = 0; i < from->len; i++) {
      float value = g_array_index (from, float, i) + (float)biases[i % scores->n_labels];
      g_array_append_val (to, value);
    }
    genre_segment_scores_add (shifted, scores->truth[clip], to);
  }
  return shifted;
}

static guint
n_segments_of (const GenreSegmentScores *scores, guint clip)
{
  const GArray *segments = scores->scores->pdata[clip];
  return segments->len / scores->n_labels;
}

gboolean
genre_segment_scores_answer (const GenreSegmentScores *scores, guint clip, double temperature,
                             double *probabilities, double *familiarity)
{
  const GArray *segments = scores->scores->pdata[clip];
  return genre_aggregation_of_scores (
             (const float *)(gconstpointer)segments->data, n_segments_of (scores, clip),
             scores->n_labels, scores->n_genres, temperature, probabilities, familiarity) > 0;
}

void
genre_segment_scores_measure (const GenreSegmentScores *scores, double temperature, double *loss,
                              double *accuracy)
{
  guint n_clips = 0, n_right = 0;
  double sum = 0;
  g_autofree double *p = g_new (double, scores->n_labels);
  for (guint clip = 0; clip < scores->n_clips; clip++) {
    if (n_segments_of (scores, clip) == 0 || scores->truth[clip] == scores->n_labels)
      continue;
    if (!genre_segment_scores_answer (scores, clip, temperature, p, NULL))
      memset (p, 0, scores->n_labels * sizeof *p); /* as bad as can be */
    n_clips++;
    n_right += genre_metrics_find_best (p, scores->n_labels) == scores->truth[clip];
    sum -= log (MAX (p[scores->truth[clip]], 1e-12));
  }
  *loss = n_clips ? sum / n_clips : 0;
  *accuracy = n_clips ? (double)n_right / n_clips : 0;
}

/* Σ −log P (genre | music) over the clips of genres: that is the confidence that an answer has. */
static double
loss_of_genres (const GenreSegmentScores *scores, double temperature)
{
  double sum = 0;
  g_autofree double *p = g_new (double, scores->n_labels);
  for (guint clip = 0; clip < scores->n_clips; clip++) {
    if (scores->truth[clip] >= scores->n_genres ||
        !genre_segment_scores_answer (scores, clip, temperature, p, NULL))
      continue;
    double music = 0;
    for (guint i = 0; i < scores->n_genres; i++)
      music += p[i];
    sum -= log (MAX (p[scores->truth[clip]] / MAX (music, 1e-12), 1e-12));
  }
  return sum;
}

double
genre_segment_scores_calibrate (const GenreSegmentScores *scores, const gint *stop)
{
  const double ratio = (sqrt (5) - 1) / 2, loss = loss_of_genres (scores, 1);
  double low = log (LOWEST), high = log (HIGHEST);
  if (loss == 0) /* no clip of a genre: nothing to fit */
    return 1;
  while (high - low > RESOLUTION && !(stop && g_atomic_int_get (stop))) {
    double a = high - ratio * (high - low), b = low + ratio * (high - low);
    if (loss_of_genres (scores, exp (a)) < loss_of_genres (scores, exp (b)))
      high = b;
    else
      low = a;
  }
  double fitted = (low + high) / 2;
  /* Where nothing depends on it, the search has gone somewhere. */
  if (fabs (fitted) > 2 * RESOLUTION &&
      loss - loss_of_genres (scores, exp (fitted)) <= SMALL_GAIN * scores->n_clips)
    return 1;
  return exp (fitted);
}

const char *
genre_temperature_remark (double temperature)
{
  gboolean at_limit =
      temperature < LOWEST * exp (RESOLUTION) || temperature > HIGHEST / exp (RESOLUTION);
  return at_limit ? ", at the limit of what is tried" : "";
}
