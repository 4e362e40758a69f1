/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <string.h>
#include "aggregation.h"
#include "streamclassifier.h"
#include "random.h"
#include "segment.h"
#include "spectrogram.h"
#include "test.h"

#define RATE 8000
#define HOP 400 /* 20 frames a second */
#define FRAMES 40
#define STEP 20 /* segments of 2 s, one every second */
#define SECOND G_GUINT64_CONSTANT (1000000000)

/* A small network whose answer depends on what it sees; its weights are drawn, not learnt. */
static GenreModel *
new_model_with_background (double threshold, guint n_background)
{
  char *labels[] = {"a", "b", "c", NULL};
  GenreModelConfig config = {
      .n_labels = 3,
      .n_background = n_background,
      .labels = labels,
      .display_names = labels,
      .front_end = {GENRE_REPRESENTATION_MEL, RATE, 512, HOP, 16, 0, 0, RATE / 2},
      .segment_frames = FRAMES,
      .segment_step = STEP,
      .network = (char *)"[{\"type\": \"conv2d\", \"channels\": 6, \"kernel\": 3}, {\"type\": "
                         "\"relu\"}, {\"type\": \"statistics-pool\"}, {\"type\": \"dense\", "
                         "\"outputs\": 3}]",
      .temperature = 0.5,
      .threshold = threshold,
      .provenance = (char *)"{}",
  };
  g_autoptr (GError) error = NULL;
  GenreModel *model = genre_model_new (&config, &error);
  ck_assert_msg (model, "%s", error ? error->message : "");
  genre_network_initialise (genre_model_get_network (model), 3);
  return model;
}

static GenreModel *
new_model (double threshold)
{
  return new_model_with_background (threshold, 0);
}

/* Sound that changes all the time: a sweep over noise. */
static float *
new_sound (gsize n, double amplitude)
{
  float *samples = g_new (float, n);
  GenreRandom random = genre_random_keyed (1, 2, 3, 4);
  double phase = 0;
  for (gsize i = 0; i < n; i++) {
    phase += 0.1 + 0.09 * sin (i / 9000.0) + 0.05 * sin (i / 1100.0);
    samples[i] = amplitude * (0.6 * sin (phase) + 0.1 * genre_random_normal (&random));
  }
  return samples;
}

typedef struct {
  GenreResult result;
  double probabilities[3];
} Answer;

static void
take_answer (const GenreResult *result, gpointer user_data)
{
  Answer answer = {.result = *result};
  double sum = 0;
  memcpy (answer.probabilities, result->probabilities, result->n_genres * sizeof (double));
  for (guint i = 0; i < result->n_genres; i++)
    sum += answer.probabilities[i];
  ck_assert_double_eq_tol (sum, 1, 1e-9);
  g_array_append_val ((GArray *)user_data, answer);
}

#define ANSWER(answers, i) (&g_array_index (answers, Answer, i))

typedef struct {
  GArray *answers;
  GenreStreamClassifierStatistics statistics;
} Run;

static Run
listen_to (GenreModel *model, const GenreStreamClassifierOptions *options, const float *samples,
           gsize n, gsize chunk)
{
  Run run = {g_array_new (FALSE, FALSE, sizeof (Answer)), {0}};
  g_autoptr (GenreStreamClassifier) classifier =
      genre_stream_classifier_new (model, options, take_answer, run.answers);
  for (gsize at = 0; at < n; at += chunk)
    genre_stream_classifier_push (classifier, samples + at, MIN (chunk, n - at));
  genre_stream_classifier_finish (classifier);
  run.statistics = genre_stream_classifier_get_statistics (classifier);
  return run;
}

static void
take_frame (const float *bands, double mean_square, gpointer user_data)
{
  (void)mean_square;
  g_array_append_vals (user_data, bands, 16);
}

/* (frames, 16) of float */
static GArray *
frames_of (GenreModel *model, const float *samples, gsize n)
{
  GArray *frames = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr (GenreSpectrogram) spectrogram =
      genre_spectrogram_new (genre_model_get_front_end (model));
  genre_spectrogram_push (spectrogram, samples, n, take_frame, frames);
  genre_spectrogram_finish (spectrogram, take_frame, frames);
  return frames;
}

/* What stored frames say, through the functions that the trainer measures with. Returns how many
 * segments were heard. */
static guint
classify_frames (GenreModel *model, const float *frames, guint n_frames, double *probabilities)
{
  g_autoptr (GArray) scores = g_array_new (FALSE, FALSE, sizeof (float));
  genre_score_frames (model, frames, n_frames, scores);
  return genre_aggregation_of_scores ((const float *)(gconstpointer)scores->data, scores->len / 3,
                                      3, 3, genre_model_get_config (model)->temperature,
                                      probabilities, NULL);
}

START_TEST (any_chunking_gives_the_same_answers)
{
  g_autoptr (GenreModel) model = new_model (0);
  GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  gsize n = 45 * RATE + 123;
  g_autofree float *sound = new_sound (n, 0.5);
  Run whole = listen_to (model, &options, sound, n, n);
  const gsize chunks[] = {1, 7, 400, 441, 65536};
  for (guint c = 0; c < G_N_ELEMENTS (chunks); c++) {
    Run cut = listen_to (model, &options, sound, n, chunks[c]);
    ck_assert_uint_eq (cut.answers->len, whole.answers->len);
    for (guint i = 0; i < whole.answers->len; i++) {
      ck_assert_uint_eq (ANSWER (cut.answers, i)->result.n_samples,
                         ANSWER (whole.answers, i)->result.n_samples);
      ck_assert_mem_eq (ANSWER (cut.answers, i)->probabilities,
                        ANSWER (whole.answers, i)->probabilities, 3 * sizeof (double));
    }
    g_array_unref (cut.answers);
  }
  g_array_unref (whole.answers);
}
END_TEST

START_TEST (answers_come_when_due_and_cover_what_they_say)
{
  g_autoptr (GenreModel) model = new_model (0);
  GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  gsize n = 61 * RATE;
  g_autofree float *sound = new_sound (n, 0.5);
  Run run = listen_to (model, &options, sound, n, 800);
  /* segments end at whole seconds from 2 s on: answers at 10, 20, 30, 40, 50, 60 s and the last */
  ck_assert_uint_eq (run.answers->len, 7);
  for (guint i = 0; i < 7; i++) {
    const GenreResult *result = &ANSWER (run.answers, i)->result;
    guint64 end = i < 6 ? 10 * (i + 1) : 61;
    ck_assert_uint_eq (result->start + result->n_samples, end * RATE);
    ck_assert_uint_eq (result->n_samples, MIN (end, 30) * RATE);
    ck_assert_uint_eq (result->n_segments, MIN (end, 30) - 1);
    ck_assert_int_eq (result->final, i == 6);
  }
  g_array_unref (run.answers);
}
END_TEST

/* Due every 2.5 s from 10 s on, and given at the next whole second: one that is late does not put
 * off those behind it. */
START_TEST (a_late_answer_does_not_delay_the_next_ones)
{
  static const guint64 ends[] = {10, 13, 15, 18, 20, 21};
  g_autoptr (GenreModel) model = new_model (0);
  GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  options.interval = 5 * SECOND / 2;
  gsize n = 21 * RATE;
  g_autofree float *sound = new_sound (n, 0.5);
  Run run = listen_to (model, &options, sound, n, 800);
  ck_assert_uint_eq (run.answers->len, G_N_ELEMENTS (ends));
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++) {
    const GenreResult *result = &ANSWER (run.answers, i)->result;
    ck_assert_uint_eq (result->start + result->n_samples, ends[i] * RATE);
  }
  g_array_unref (run.answers);
}
END_TEST

START_TEST (a_segment_is_computed_once)
{
  g_autoptr (GenreModel) model = new_model (0);
  gsize n = 50 * RATE;
  g_autofree float *sound = new_sound (n, 0.5);
  const guint64 settings[][2] = {{30, 10}, {30, 1}, {5, 1}, {0, 3}, {1000, 2}};
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
    options.window = settings[i][0] * SECOND;
    options.interval = settings[i][1] * SECOND;
    Run run = listen_to (model, &options, sound, n, 4096);
    ck_assert_uint_eq (run.statistics.segments, 49);
    ck_assert_uint_gt (run.statistics.inference_time, 0);
    g_array_unref (run.answers);
  }
}
END_TEST

START_TEST (window_zero_is_everything_since_the_song_began)
{
  g_autoptr (GenreModel) model = new_model (0);
  GenreStreamClassifierOptions options = genre_stream_classifier_options_default (), all = options;
  options.window = 3600 * SECOND;
  all.window = 0;
  gsize n = 100 * RATE;
  g_autofree float *sound = new_sound (n, 0.5);
  Run a = listen_to (model, &options, sound, n, 4096), b = listen_to (model, &all, sound, n, 4096);
  ck_assert_uint_eq (a.answers->len, b.answers->len);
  for (guint i = 0; i < a.answers->len; i++) {
    ck_assert_uint_eq (ANSWER (b.answers, i)->result.start, 0);
    for (guint l = 0; l < 3; l++)
      ck_assert_double_eq_tol (ANSWER (a.answers, i)->probabilities[l],
                               ANSWER (b.answers, i)->probabilities[l], 1e-12);
  }
  g_array_unref (a.answers);
  g_array_unref (b.answers);
}
END_TEST

START_TEST (silence_is_unknown)
{
  g_autoptr (GenreModel) model = new_model (0);
  GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  gsize n = 12 * RATE;
  const double amplitudes[] = {0, 1e-4}; /* digital silence, and about -85 dBFS */
  for (guint a = 0; a < G_N_ELEMENTS (amplitudes); a++) {
    g_autofree float *sound = new_sound (n, amplitudes[a]);
    Run run = listen_to (model, &options, sound, n, 4096);
    ck_assert_uint_eq (run.statistics.segments, 0);
    ck_assert_uint_eq (run.answers->len, 2);
    ck_assert_int_eq (ANSWER (run.answers, 1)->result.genre, -1);
    ck_assert_uint_eq (ANSWER (run.answers, 1)->result.n_segments, 0);
    for (guint l = 0; l < 3; l++)
      ck_assert_double_eq (ANSWER (run.answers, 1)->probabilities[l], 1 / 3.0);
    g_array_unref (run.answers);
  }
}
END_TEST

START_TEST (silent_segments_are_left_out_of_the_answer)
{
  g_autoptr (GenreModel) model = new_model (0);
  GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  gsize n = 20 * RATE;
  g_autofree float *sound = new_sound (n, 0.5);
  memset (sound + n / 2, 0, n / 2 * sizeof *sound);
  Run half = listen_to (model, &options, sound, n / 2, 4096);
  Run whole = listen_to (model, &options, sound, n, 4096);
  const Answer *last = ANSWER (whole.answers, whole.answers->len - 1);
  ck_assert_uint_eq (last->result.n_samples, n);
  /* heard besides those of the music alone: the segment across its end, and the next one, whose
   * first frame is centred on the end and so still holds half a window of music */
  ck_assert_uint_eq (last->result.n_segments, 11);
  ck_assert_uint_eq (whole.statistics.segments, half.statistics.segments + 2);
  g_array_unref (half.answers);
  g_array_unref (whole.answers);
}
END_TEST

typedef struct {
  guint n_wanted, n_asked, n_answers;
} Want;

static gboolean
want_no_more (gpointer user_data)
{
  Want *want = user_data;
  return ++want->n_asked > want->n_wanted;
}

static void
count_answer (const GenreResult *result, gpointer user_data)
{
  (void)result;
  ((Want *)user_data)->n_answers++;
}

/* However much comes at once, and of what the end of a song completes, too. */
START_TEST (segments_that_nobody_wants_are_not_computed)
{
  g_autoptr (GenreModel) model = new_model (0);
  GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  gsize n = 20 * RATE;
  g_autofree float *sound = new_sound (n, 0.5);
  const guint wanted[] = {0, 3, 18, 19, 100};
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++) {
    Want want = {.n_wanted = wanted[i]};
    g_autoptr (GenreStreamClassifier) classifier =
        genre_stream_classifier_new (model, &options, count_answer, &want);
    genre_stream_classifier_set_unwanted_func (classifier, want_no_more);
    genre_stream_classifier_push (classifier, sound, n);
    genre_stream_classifier_finish (classifier);
    ck_assert_uint_eq (want.n_asked, 19);
    ck_assert_uint_eq (want.n_answers, 3); /* of as much time */
    ck_assert_uint_eq (genre_stream_classifier_get_statistics (classifier).segments,
                       MIN (wanted[i], 19));
  }
}
END_TEST

START_TEST (unsure_is_unknown_but_says_what_it_measured)
{
  g_autoptr (GenreModel) model = new_model (0.999);
  GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  gsize n = 12 * RATE;
  g_autofree float *sound = new_sound (n, 0.5);
  Run strict = listen_to (model, &options, sound, n, 4096);
  options.threshold = 0;
  Run lax = listen_to (model, &options, sound, n, 4096);
  ck_assert_int_eq (ANSWER (strict.answers, 0)->result.genre, -1);
  ck_assert_int_ge (ANSWER (lax.answers, 0)->result.genre, 0);
  ck_assert_mem_eq (ANSWER (strict.answers, 0)->probabilities,
                    ANSWER (lax.answers, 0)->probabilities, 3 * sizeof (double));
  ck_assert_double_eq (ANSWER (strict.answers, 0)->result.confidence,
                       ANSWER (lax.answers, 0)->result.confidence);
  g_array_unref (strict.answers);
  g_array_unref (lax.answers);
}
END_TEST

START_TEST (short_streams_are_answered_once)
{
  g_autoptr (GenreModel) model = new_model (0);
  GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  g_autofree float *sound = new_sound (5 * RATE, 0.5);
  Run nothing = listen_to (model, &options, sound, 0, 1);
  ck_assert_uint_eq (nothing.answers->len, 0);
  Run less = listen_to (model, &options, sound, RATE, RATE); /* than a segment */
  ck_assert_uint_eq (less.answers->len, 1);
  ck_assert_int_eq (ANSWER (less.answers, 0)->result.genre, -1);
  ck_assert_uint_eq (ANSWER (less.answers, 0)->result.n_samples, 0);
  Run some = listen_to (model, &options, sound, 5 * RATE, RATE); /* less than min-window */
  ck_assert_uint_eq (some.answers->len, 1);
  ck_assert (ANSWER (some.answers, 0)->result.final);
  ck_assert_int_ge (ANSWER (some.answers, 0)->result.genre, 0);
  ck_assert_uint_eq (ANSWER (some.answers, 0)->result.n_samples, 5 * RATE);
  g_array_unref (nothing.answers);
  g_array_unref (less.answers);
  g_array_unref (some.answers);
}
END_TEST

/* The segment that ends with the last frame, which is centred inside the song; so does the answer
 * before the last, which is due when that frame is there. */
START_TEST (no_answer_covers_more_than_the_song)
{
  g_autoptr (GenreModel) model = new_model (0);
  GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  const gsize n = (4 * FRAMES - 1) * HOP + 1;
  g_autofree float *sound = new_sound (n, 0.5);
  const guint64 windows[] = {30 * SECOND, 3 * SECOND, 0};
  options.min_window = 8 * SECOND;
  for (guint i = 0; i < G_N_ELEMENTS (windows); i++) {
    options.window = windows[i];
    Run run = listen_to (model, &options, sound, n, 1000);
    ck_assert_uint_eq (run.answers->len, 2);
    for (guint k = 0; k < 2; k++) {
      const GenreResult *result = &ANSWER (run.answers, k)->result;
      ck_assert_uint_eq (result->start, windows[i] == 3 * SECOND ? 5 * RATE : 0);
      ck_assert_uint_eq (result->start + result->n_samples, n);
    }
    g_array_unref (run.answers);
  }
}
END_TEST

/* 1.725 s of a segment of 2 s: heard as if it began again, here by hand; 1.4 s are too short. */
START_TEST (nearly_a_segment_is_repeated)
{
  g_autoptr (GenreModel) model = new_model (0);
  GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  const gsize n = 34 * HOP + HOP / 2;
  g_autofree float *sound = new_sound (2 * RATE, 0.5);
  g_autoptr (GArray) frames = frames_of (model, sound, n);
  ck_assert_uint_eq (genre_stream_classifier_least_frames (model), 30);
  guint n_frames = frames->len / 16;
  ck_assert_uint_ge (n_frames, 34);
  ck_assert_uint_lt (n_frames, FRAMES);
  double expected[3], probabilities[3];
  ck_assert_uint_eq (classify_frames (model, (float *)frames->data, n_frames, probabilities), 1);
  g_autofree float *filled = g_new (float, FRAMES * 16);
  memcpy (filled, frames->data, frames->len * sizeof *filled);
  memcpy (filled + frames->len, frames->data, (FRAMES * 16 - frames->len) * sizeof *filled);
  ck_assert_uint_eq (classify_frames (model, filled, FRAMES, expected), 1);
  const guint64 min_windows[] = {10 * SECOND, 0};
  for (guint i = 0; i < G_N_ELEMENTS (min_windows); i++) {
    options.min_window = min_windows[i];
    Run live = listen_to (model, &options, sound, n, 100);
    ck_assert_uint_eq (live.answers->len, 1);
    ck_assert (ANSWER (live.answers, 0)->result.final);
    ck_assert_uint_eq (ANSWER (live.answers, 0)->result.n_samples, n); /* not all of the frames */
    for (guint l = 0; l < 3; l++) {
      ck_assert_double_eq_tol (probabilities[l], expected[l], 1e-12);
      ck_assert_double_eq_tol (ANSWER (live.answers, 0)->probabilities[l], expected[l], 1e-12);
    }
    g_array_unref (live.answers);
  }
  ck_assert_uint_eq (classify_frames (model, (float *)frames->data, 29, probabilities), 0);
  Run less = listen_to (model, &options, sound, 28 * HOP, 100);
  ck_assert_uint_eq (ANSWER (less.answers, 0)->result.n_samples, 0);
  ck_assert_int_eq (ANSWER (less.answers, 0)->result.genre, -1);
  memset (sound, 0, n * sizeof *sound);
  Run silent = listen_to (model, &options, sound, n, 100);
  ck_assert_uint_eq (ANSWER (silent.answers, 0)->result.n_samples, n);
  ck_assert_uint_eq (ANSWER (silent.answers, 0)->result.n_segments, 0);
  ck_assert_int_eq (ANSWER (silent.answers, 0)->result.genre, -1);
  g_array_unref (less.answers);
  g_array_unref (silent.answers);
}
END_TEST

/* What is repeated of it is as silent, whatever was heard before. */
START_TEST (a_short_silent_song_behind_a_loud_one_is_silent)
{
  g_autoptr (GenreModel) model = new_model (0);
  GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  g_autoptr (GArray) answers = g_array_new (FALSE, FALSE, sizeof (Answer));
  g_autoptr (GenreStreamClassifier) classifier =
      genre_stream_classifier_new (model, &options, take_answer, answers);
  const gsize n = 5 * RATE, n_short = 34 * HOP + HOP / 2;
  g_autofree float *sound = new_sound (n, 0.5), *silence = g_new0 (float, n_short);
  genre_stream_classifier_push (classifier, sound, n);
  genre_stream_classifier_finish (classifier);
  genre_stream_classifier_push (classifier, silence, n_short);
  genre_stream_classifier_finish (classifier);
  ck_assert_uint_eq (answers->len, 2);
  ck_assert_uint_gt (ANSWER (answers, 0)->result.n_segments, 0);
  ck_assert_uint_eq (ANSWER (answers, 1)->result.n_samples, n_short);
  ck_assert_uint_eq (ANSWER (answers, 1)->result.n_segments, 0);
  ck_assert_int_eq (ANSWER (answers, 1)->result.genre, -1);
}
END_TEST

START_TEST (reset_forgets_everything)
{
  g_autoptr (GenreModel) model = new_model (0);
  GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  g_autoptr (GArray) answers = g_array_new (FALSE, FALSE, sizeof (Answer));
  g_autoptr (GenreStreamClassifier) classifier =
      genre_stream_classifier_new (model, &options, take_answer, answers);
  gsize n = 15 * RATE;
  g_autofree float *sound = new_sound (n, 0.5), *other = new_sound (9 * RATE + 77, 0.1);
  genre_stream_classifier_push (classifier, other, 9 * RATE + 77);
  genre_stream_classifier_reset (classifier);
  genre_stream_classifier_finish (classifier);
  ck_assert_uint_eq (answers->len, 0);
  genre_stream_classifier_push (classifier, sound, n);
  genre_stream_classifier_finish (classifier);
  Run fresh = listen_to (model, &options, sound, n, n);
  ck_assert_uint_eq (answers->len, fresh.answers->len);
  for (guint i = 0; i < answers->len; i++)
    ck_assert_mem_eq (ANSWER (answers, i)->probabilities, ANSWER (fresh.answers, i)->probabilities,
                      3 * sizeof (double));
  g_array_unref (fresh.answers);
}
END_TEST

/* Silence inside or before it is heard by neither. */
START_TEST (stored_frames_and_live_sound_get_the_same_answer)
{
  static const gsize silences[][2] = {{0, 0}, {0, 10}, {8, 17}}; /* s */
  g_autoptr (GenreModel) model = new_model (0);
  GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  gsize n = 25 * RATE + 5;
  g_autofree float *sound = new_sound (n, 0.5);
  const gsize *silence = silences[_i];
  memset (sound + silence[0] * RATE, 0, (silence[1] - silence[0]) * RATE * sizeof *sound);
  g_autoptr (GArray) frames = frames_of (model, sound, n);
  double probabilities[3];
  guint n_frames = frames->len / 16, n_segments = (n_frames - FRAMES) / STEP + 1;
  guint n_heard = classify_frames (model, (float *)frames->data, n_frames, probabilities);
  ck_assert_int_eq (n_heard == n_segments, _i == 0);
  Run live = listen_to (model, &options, sound, n, 1000);
  const Answer *last = ANSWER (live.answers, live.answers->len - 1);
  ck_assert_uint_eq (last->result.n_segments, n_heard);
  ck_assert_uint_eq (last->result.n_samples, ((n_segments - 1) * STEP + FRAMES) * HOP);
  for (guint l = 0; l < 3; l++) {
    ck_assert_double_eq_tol (probabilities[l], last->probabilities[l], 1e-12);
    ck_assert_double_le (probabilities[l], probabilities[last->result.genre]);
  }
  g_array_unref (live.answers);
}
END_TEST

/* Without anything else there is an answer all the same. */
START_TEST (nothing_but_silence_is_still_scored)
{
  g_autoptr (GenreModel) model = new_model (0);
  g_autofree float *constant = g_new (float, 5 * FRAMES * 16);
  double several[3], one[3];
  for (guint i = 0; i < 5 * FRAMES * 16; i++)
    constant[i] = -80;
  ck_assert_uint_eq (classify_frames (model, constant, 5 * FRAMES, several), 9);
  ck_assert_uint_eq (classify_frames (model, constant, FRAMES - FRAMES / 4, one), 1);
  for (guint l = 0; l < 3; l++)
    ck_assert_double_eq_tol (several[l], one[l], 1e-12);
  constant[(FRAMES + 5) * 16 + 3] = -79; /* in the second and third segment */
  ck_assert_uint_eq (classify_frames (model, constant, 5 * FRAMES, several), 2);
}
END_TEST

/* One segment is its own answer; several are what aggregation.h says, here by hand. */
START_TEST (an_answer_is_what_its_segments_say_together)
{
  g_autoptr (GenreModel) model = new_model (0);
  gsize n = 12 * RATE;
  g_autofree float *sound = new_sound (n, 0.5);
  g_autoptr (GArray) frames = frames_of (model, sound, n);
  const float *values = (const float *)frames->data;
  guint n_frames = frames->len / 16, n_segments = (n_frames - FRAMES) / STEP + 1;
  double whole[3], roots[3] = {0}, mean[3] = {0}, total = 0, distance = 0;
  for (guint k = 0; k < n_segments; k++) {
    double one[3];
    classify_frames (model, values + (gsize)k * STEP * 16, FRAMES, one);
    for (guint l = 0; l < 3; l++) {
      roots[l] += sqrt (one[l]) / n_segments;
      mean[l] += one[l] / n_segments;
    }
  }
  ck_assert_uint_eq (classify_frames (model, values, n_frames, whole), n_segments);
  for (guint l = 0; l < 3; l++)
    total += roots[l] * roots[l];
  for (guint l = 0; l < 3; l++) {
    ck_assert_double_eq_tol (whole[l], roots[l] * roots[l] / total, 1e-12);
    distance += fabs (whole[l] - mean[l]);
  }
  ck_assert_double_gt (distance, 1e-6); /* or the test could not tell */
}
END_TEST

START_TEST (absurd_times_do_no_harm)
{
  g_autoptr (GenreModel) model = new_model (0);
  GenreStreamClassifierOptions options = {.window = G_MAXUINT64,
                                          .interval = G_MAXUINT64,
                                          .min_window = 0,
                                          .threshold = 0,
                                          .silence_threshold = -60};
  g_autofree float *sound = new_sound (5 * RATE, 0.5);
  Run once = listen_to (model, &options, sound, 5 * RATE, RATE);
  ck_assert_uint_eq (once.answers->len, 2); /* at the first segment, and at the end */
  options.interval = 1;
  options.window = 1;
  Run often = listen_to (model, &options, sound, 5 * RATE, RATE);
  ck_assert_uint_eq (often.answers->len, 5); /* each of the 4 segments, and the end */
  ck_assert_uint_eq (ANSWER (often.answers, 4)->result.n_segments, 1);
  g_array_unref (once.answers);
  g_array_unref (often.answers);
}
END_TEST

/* Weights may be finite and their sums not: such a model hears nothing, and says so in numbers. */
START_TEST (scores_that_overflow_are_unknown)
{
  g_autoptr (GenreModel) model = new_model (0);
  GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  GenreNetwork *network = genre_model_get_network (model);
  for (gsize i = 0; i < genre_network_get_n_parameters (network); i++)
    genre_network_get_parameters (network)[i] = i % 2 ? 3e38f : -3e38f;
  gsize n = 12 * RATE;
  g_autofree float *sound = new_sound (n, 0.5);
  Run run = listen_to (model, &options, sound, n, 4096);
  const Answer *last = ANSWER (run.answers, run.answers->len - 1);
  ck_assert_int_eq (last->result.genre, -1);
  for (guint l = 0; l < 3; l++)
    ck_assert_double_eq (last->probabilities[l], 1 / 3.0);
  g_array_unref (run.answers);
}
END_TEST

/* The model's own threshold is one of the discounted confidence; one that somebody sets is not.
 * Loop: the last answer is the only one, or follows others with windows of their own. */
START_TEST (what_is_less_familiar_must_be_surer)
{
  gsize n = 9 * RATE;
  g_autofree float *samples = new_sound (n, 0.3);
  const double doubt = 3;
  GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  options.window = _i == 0 ? 0 : 4 * SECOND;
  if (_i == 1)
    options.min_window = options.interval = 2 * SECOND;
  g_autoptr (GenreModel) model = new_model_with_background (0, 1);
  Run run = listen_to (model, &options, samples, n, 1000);
  const GenreResult result = ANSWER (run.answers, run.answers->len - 1)->result;
  ck_assert_uint_eq (run.answers->len, _i == 0 ? 1 : 5);
  g_array_unref (run.answers);
  ck_assert (result.music > 0.5 &&
             result.music < 1); /* in every segment: that is the familiarity */
  const double discounted = result.confidence * pow (result.music, doubt);
  const struct {
    double doubt, own, threshold;
    gboolean known;
  } cases[] = {{0, result.confidence - 0.01, -1, TRUE},
               {0, result.confidence + 0.01, -1, FALSE},
               {doubt, discounted + 0.01, -1, FALSE},
               {doubt, discounted - 0.01, -1, TRUE},
               {doubt, discounted + 0.01, result.confidence - 0.01, TRUE},
               {doubt, discounted - 0.01, result.confidence + 0.01, FALSE}};
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    genre_model_set_calibration (model, genre_model_get_config (model)->temperature, cases[i].own);
    genre_model_set_doubt (model, cases[i].doubt);
    options.threshold = cases[i].threshold;
    run = listen_to (model, &options, samples, n, 1000);
    ck_assert_int_eq (ANSWER (run.answers, run.answers->len - 1)->result.genre >= 0,
                      cases[i].known);
    g_array_unref (run.answers);
  }
}
END_TEST

/* What each segment says by itself, once as three genres, once as two and a background. */
START_TEST (background_is_left_out_of_the_genres)
{
  gsize n = 9 * RATE;
  g_autofree float *samples = new_sound (n, 0.3);
  g_autoptr (GenreModel) plain = new_model (0), model = new_model_with_background (0, 1);
  g_autoptr (GArray) frames = frames_of (plain, samples, n);
  g_autofree float *input = g_new (float, FRAMES * 16);
  g_auto (GenreAggregation) all;
  genre_aggregation_init (&all, 3, 2);
  for (guint at = 0; at + FRAMES <= frames->len / 16; at += STEP) {
    double p[3];
    genre_segment_normalise (genre_model_get_front_end (plain),
                             &g_array_index (frames, float, at * 16), FRAMES, input);
    genre_model_classify_segment (plain, input, p);
    genre_aggregation_add (&all, p);
  }
  double expected[2], music = genre_aggregation_finish (&all, expected);
  ck_assert (music > 0 && music < 1);
  GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  const guint64 windows[] = {0, 30 * SECOND};
  for (guint i = 0; i < G_N_ELEMENTS (windows); i++) {
    options.window = windows[i];
    Run run = listen_to (model, &options, samples, n, 1000);
    const Answer *last = ANSWER (run.answers, run.answers->len - 1);
    ck_assert_uint_eq (last->result.n_genres, 2);
    ck_assert_double_eq_tol (last->result.music, music, 1e-9);
    for (guint j = 0; j < 2; j++)
      ck_assert_double_eq_tol (last->probabilities[j], expected[j], 1e-9);
    ck_assert_int_eq (last->result.genre, music < 0.5 ? -1 : expected[1] > expected[0]);
    g_array_unref (run.answers);
  }
  Run run = listen_to (plain, &options, samples, n, 1000);
  ck_assert_double_eq (ANSWER (run.answers, 0)->result.music, 1);
  g_array_unref (run.answers);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("classifier");
  tcase_add_test (tests, any_chunking_gives_the_same_answers);
  tcase_add_test (tests, answers_come_when_due_and_cover_what_they_say);
  tcase_add_test (tests, a_late_answer_does_not_delay_the_next_ones);
  tcase_add_test (tests, a_segment_is_computed_once);
  tcase_add_test (tests, window_zero_is_everything_since_the_song_began);
  tcase_add_test (tests, silence_is_unknown);
  tcase_add_test (tests, silent_segments_are_left_out_of_the_answer);
  tcase_add_test (tests, segments_that_nobody_wants_are_not_computed);
  tcase_add_test (tests, unsure_is_unknown_but_says_what_it_measured);
  tcase_add_test (tests, short_streams_are_answered_once);
  tcase_add_test (tests, no_answer_covers_more_than_the_song);
  tcase_add_test (tests, nearly_a_segment_is_repeated);
  tcase_add_test (tests, a_short_silent_song_behind_a_loud_one_is_silent);
  tcase_add_test (tests, reset_forgets_everything);
  tcase_add_loop_test (tests, stored_frames_and_live_sound_get_the_same_answer, 0, 3);
  tcase_add_test (tests, nothing_but_silence_is_still_scored);
  tcase_add_test (tests, an_answer_is_what_its_segments_say_together);
  tcase_add_test (tests, absurd_times_do_no_harm);
  tcase_add_test (tests, scores_that_overflow_are_unknown);
  tcase_add_loop_test (tests, what_is_less_familiar_must_be_surer, 0, 2);
  tcase_add_test (tests, background_is_left_out_of_the_genres);
  return test_run ("classifier", tests);
}
