/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inference takes every short cut that it can; the scores must be those of the evaluating tape,
 * which takes none, with the kernels of every instruction set that this machine has. */
#include <math.h>
#include <string.h>
#include "floats.h"
#include "kernels/denormals.h"
#include "kernels/kernels.h"
#include "inference/plan.h"
#include "model.h"
#include "modelfile.h"
#include "random.h"
#include "tape.h"
#include "test.h"

#define LABELS 3
#define TOLERANCE 1e-4
#define HEAD "{'type':'statistics-pool'},{'type':'dropout','rate':0.3},{'type':'dense','outputs':3}"
#define CONV(channels, kernel, ...)                                                                \
  "{'type':'conv2d','channels':" #channels ",'kernel':" #kernel ",'stride':" #__VA_ARGS__ "}"
#define NORM "{'type':'batch-norm'}"
#define RELU "{'type':'relu'}"
#define SILU "{'type':'silu'}"
#define POOL(...) "{'type':'max-pool','size':" #__VA_ARGS__ "}"
#define RESIDUAL(body) "{'type':'residual','body':[" body "]}"

/* With ' for ". */
/* clang-format off */
static const char *const networks[] = {
  "[" HEAD "]",
  "[" CONV (5, 3, 1) "," NORM "," RELU "," HEAD "]",
  "[" CONV (5, 3, 1) "," RELU "," NORM "," HEAD "]", /* an order that does not fold */
  "[" CONV (16, 5, 2) "," NORM "," RELU "," POOL (2) "," CONV (48, 3, 1) "," NORM "," RELU ","
      POOL (2) "," CONV (20, 3, 1) "," SILU "," HEAD "]",
  "[{'type':'conv2d','channels':33,'kernel':[1,4],'padding':[0,3],'bias':true}," POOL ([3, 2]) ","
      NORM "," CONV (17, 1, [2, 1]) "," POOL (2) "," POOL ([1, 2]) "," HEAD "]",
  /* of the shapes some have whole blocks of frames, which are then filtered along them */
  "[" CONV (24, 5, [1, 2]) "," NORM "," RELU "," POOL ([2, 4]) "," HEAD "]",
  "[" CONV (20, 5, [1, 3]) "," NORM "," POOL ([4, 1]) "," HEAD "]",
  "[{'type':'conv2d','channels':33,'kernel':[5,3],'padding':[1,0],'bias':true}," SILU "," HEAD "]",
  "[" CONV (24, 5, [1, 2]) "," SILU "," POOL ([2, 4]) "," HEAD "]", /* an activation that falls */
  "[" CONV (20, 5, 1) "," NORM "," SILU "," POOL (2) "," HEAD "]",
  /* columns that are longer than rows, into a margin */
  "[" CONV (24, 3, [1, 3]) "," SILU "," RESIDUAL (CONV (24, 1, 1)) "," CONV (16, 3, 1) "," RELU ","
      HEAD "]",
  "[" CONV (32, 3, 1) ",{'type':'conv2d','channels':32,'kernel':3,'padding':0}," RELU "," POOL (2)
      "," CONV (64, 3, 1) "," RELU "," HEAD "]",
  /* the one channel of the input goes through unwidened, or not */
  "[{'type':'mean-subtraction','share':0.6}," CONV (16, 5, 2) "," NORM "," RELU "," HEAD "]",
  "[{'type':'mean-subtraction'},{'type':'mean-subtraction','share':0.5}," CONV (3, 3, 1) ","
      "{'type':'mean-subtraction'}," CONV (4, 3, 1) "," HEAD "]",
  "[{'type':'mean-subtraction','share':0.6},{'type':'depthwise','kernel':3}," HEAD "]",
  "[{'type':'crop','features':9},{'type':'instance-norm'},{'type':'mean-subtraction','share':0.6},"
      CONV (16, 5, 2) "," NORM "," RELU "," HEAD "]",
  "[{'type':'crop','features':10}," CONV (4, 3, 1) ",{'type':'instance-norm'},{'type':'crop',"
      "'features':5}," CONV (5, 3, 1) "," HEAD "]",
  "[{'type':'cepstrum','coefficients':12},{'type':'covariance-pool'},{'type':'batch-norm'},"
      "{'type':'dropout','rate':0.5},{'type':'dense','outputs':3}]",
  /* whole networks side by side, as merged models have them */
  "[{'type':'residual','body':[{'type':'mean-subtraction','share':0.6}," CONV (16, 5, 2) "," NORM ","
      RELU "," HEAD "],'shortcut':[{'type':'residual','body':[" CONV (5, 3, [1, 2]) "," RELU "," HEAD
      "],'shortcut':[{'type':'mean-subtraction'}," CONV (20, 3, 1) "," SILU "," HEAD "]}]}]",
  /* residual blocks: what they add, what follows, what else reads their input */
  "[" CONV (24, 3, 1) "," NORM "," RESIDUAL (RELU "," CONV (24, 3, 1)) "," RELU "," POOL (2) ","
      HEAD "]",
  "[" RESIDUAL (CONV (1, 3, 1)) "," HEAD "]",
  "[" RESIDUAL (CONV (4, 3, 1) "," CONV (1, 3, 1) "," RELU) "," RELU "," NORM "," HEAD "]",
  "[" CONV (8, 3, 1) "," RESIDUAL (RESIDUAL (CONV (8, 3, 1) "," RELU "," CONV (8, 3, 1) "," NORM)
      "," RELU) "," POOL (3) "," HEAD "]",
  "[" CONV (8, 3, 1) "," RESIDUAL ("{'type':'dropout','rate':0.5}") "," SILU "," HEAD "]",
  "[" CONV (16, 3, 1) "," RELU ",{'type':'residual','body':[" CONV (40, 3, 2) "," NORM "," RELU ","
      CONV (40, 3, 1) "," NORM "],'shortcut':[" CONV (40, 1, 2) "," NORM "]}," RELU "," POOL (2) ","
      HEAD "]",
  "[{'type':'residual','body':[" CONV (6, 3, 1) "," POOL (2) "],'shortcut':[" POOL (2) ","
      CONV (6, 1, 1) "]}," SILU "," HEAD "]",
  /* inverted residual blocks */
  "[" CONV (8, 3, 2) "," SILU "," RESIDUAL (CONV (24, 1, 1) "," NORM "," SILU ","
      "{'type':'depthwise','kernel':[3,5]}," NORM "," SILU ","
      "{'type':'squeeze-excitation','reduction':4}," CONV (8, 1, 1) "," NORM) ","
      "{'type':'depthwise','kernel':3,'stride':2}," RELU "," POOL (2) "," HEAD "]",
  "[{'type':'depthwise','kernel':5}," NORM ",{'type':'squeeze-excitation'}," HEAD "]",
  /* layers that run themselves, alone and nested */
  "[" CONV (7, 3, 1) ",{'type':'average-pool','size':[2,3]}," CONV (9, 3, 1) ","
      RESIDUAL ("{'type':'average-pool','size':1}," RESIDUAL (RELU)) "," HEAD "]",
};
/* clang-format on */
static const guint shapes[][2] = {{26, 31}, {19, 20}, {33, 64}};

static void
fill (float *values, gsize n, guint64 key)
{
  GenreRandom random = genre_random_keyed (key, 1, 2, 3);
  for (gsize i = 0; i < n; i++)
    values[i] = genre_random_normal (&random);
}

/* A network as training might leave it: no scale is 1, no shift 0. */
static GenreNetwork *
new_network (const char *description, guint frames, guint features)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *json = g_strdelimit (g_strdup (description), "'", '"');
  GenreNetwork *network = genre_network_new (json, frames, features, LABELS, &error);
  ck_assert_msg (network, "%s: %s", description, error ? error->message : "");
  genre_network_initialise (network, 7);
  float *parameters = genre_network_get_parameters (network);
  float *statistics = genre_network_get_statistics (network);
  for (gsize i = 0; i < genre_network_get_n_parameters (network); i++)
    parameters[i] += 0.1f * sinf (i);
  for (gsize i = 0; i < genre_network_get_n_statistics (network); i++)
    statistics[i] += 0.1f * cosf (i);
  return network;
}

static void
check_scores (GenreNetwork *network, const GenreKernels *kernels, const float *input,
              const char *what)
{
  guint n_labels = genre_network_get_n_labels (network);
  g_autoptr (GenreTape) tape = genre_tape_new (network, 1);
  g_autoptr (GenrePlan) plan = genre_plan_new (network, kernels, NULL);
  float *arena = genre_plan_new_arena (plan, NULL);
  g_autofree float *scores = g_new (float, n_labels), *again = g_new (float, n_labels);
  const float *expected =
      genre_tape_forward (tape, GENRE_PASS_EVALUATE, 1, input, genre_random_keyed (0, 0, 0, 0));
  genre_plan_run (plan, arena, input, scores);
  for (guint i = 0; i < n_labels; i++)
    ck_assert_msg (fabsf (scores[i] - expected[i]) <= TOLERANCE, "%s, %s: score %u is %g, not %g",
                   what, kernels->name, i, scores[i], expected[i]);
  for (gsize i = 0; i < genre_plan_get_arena_bytes (plan) / sizeof (float); i++)
    arena[i] = NAN; /* nothing may be left over from the last run, nor from another step */
  genre_plan_run (plan, arena, input, again);
  ck_assert_mem_eq (scores, again, n_labels * sizeof *scores);
  genre_floats_free (arena);
}

START_TEST (scores_equal_those_of_the_tape)
{
  for (guint s = 0; s < G_N_ELEMENTS (shapes); s++) {
    g_autoptr (GenreNetwork) network = new_network (networks[_i], shapes[s][0], shapes[s][1]);
    g_autofree float *input = g_new (float, shapes[s][0] * shapes[s][1]);
    fill (input, shapes[s][0] * shapes[s][1], 13);
    for (guint k = 0; genre_kernels[k]; k++) {
      if (genre_kernels[k]->available ())
        check_scores (network, genre_kernels[k], input, networks[_i]);
    }
  }
}
END_TEST

START_TEST (default_model_scores_equal_those_of_the_tape)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreModel) model = genre_model_load (GENRE_TEST_MODEL, &error);
  ck_assert_msg (model, "%s", error ? error->message : "");
  GenreNetwork *network = genre_model_get_network (model);
  gsize n = (gsize)genre_network_get_frames (network) * genre_network_get_features (network);
  g_autofree float *input = g_new (float, n);
  for (guint64 key = 0; key < 4; key++) {
    fill (input, n, key);
    for (guint k = 0; genre_kernels[k]; k++) {
      if (genre_kernels[k]->available ())
        check_scores (network, genre_kernels[k], input, GENRE_TEST_MODEL);
    }
  }
}
END_TEST

START_TEST (default_model_needs_little_memory)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreModel) model = genre_model_load (GENRE_TEST_MODEL, &error);
  ck_assert_msg (model, "%s", error ? error->message : "");
  g_autoptr (GenrePlan) plan =
      genre_plan_new (genre_model_get_network (model), genre_kernels_choose (), NULL);
  ck_assert_uint_le (genre_plan_get_arena_bytes (plan), 3 << 20);
}
END_TEST

/* ---- one convolution, both ways ---- */

typedef struct {
  guint frames, features, in, out, pool[2], padding;
  gboolean adds;
} Case;

static GenreImage
image_of (guint frames, guint features, guint channels, guint lanes)
{
  guint pitch = (channels + lanes - 1) / lanes * lanes;
  return (GenreImage){.frames = frames,
                      .features = features,
                      .channels = channels,
                      .pitch = pitch,
                      .rows = frames,
                      .columns = features};
}

/* As readers of an image ask for, on all sides. */
static void
add_margin (GenreImage *image, guint rows, guint columns)
{
  image->top = rows;
  image->left = columns;
  image->rows += 2 * rows + 1;
  image->columns += 2 * columns + 1;
}

static float *
new_image (const GenreImage *image, guint64 key)
{
  float *values = genre_floats_new (genre_image_size (image));
  for (guint t = 0; t < image->frames && key; t++) {
    for (guint f = 0; f < image->features; f++)
      fill (values + genre_image_at (image, t, f), image->channels, key + t * 1000 + f);
  }
  return values;
}

/* Runs a 3 × 3 convolution by Winograd with tiles of @winograd, or directly where that is 0;
 * returns its output with a margin. @size: floats of it. */
static float *
run_case (const GenreKernels *kernels, Case c, const guint winograd[2], gsize *size)
{
  GenreConvolution conv = {.frames = c.frames + 2 * c.padding - 2,
                           .features = c.features + 2 * c.padding - 2,
                           .kernel = {3, 3},
                           .stride = {1, 1},
                           .padding = {c.padding, c.padding},
                           .pool = {c.pool[0], c.pool[1]},
                           .adds = c.adds,
                           .activation = GENRE_ACTIVATION_RELU,
                           .winograd = {winograd[0], winograd[1]}};
  gsize n_weights = (gsize)c.out * c.in * 9;
  g_autofree float *values = g_new (float, n_weights);
  g_autofree double *weights = g_new (double, n_weights), *bias = g_new (double, c.out);
  fill (values, n_weights, 5);
  for (gsize i = 0; i < n_weights; i++)
    weights[i] = values[i] / sqrt (9.0 * c.in);
  for (guint i = 0; i < c.out; i++)
    bias[i] = 0.1 * i;
  conv.in = image_of (c.frames, c.features, c.in, kernels->lanes);
  conv.out = image_of (conv.frames / c.pool[0], conv.features / c.pool[1], c.out, kernels->lanes);
  conv.addend = image_of (conv.frames, conv.features, c.out, kernels->lanes);
  add_margin (&conv.out, 1, 2);
  add_margin (&conv.addend, 2, 1);
  genre_convolution_divide (&conv, kernels->convolution->tiles);
  genre_convolution_widen (&conv, &conv.in);
  float *room = genre_floats_new (genre_convolution_size (&conv));
  genre_convolution_pack (&conv, kernels->lanes, weights, bias, room);
  float *x = new_image (&conv.in, 1), *addend = new_image (&conv.addend, 2);
  float *y = new_image (&conv.out, 0);
  float *scratch = genre_floats_new (genre_convolution_scratch (&conv, kernels->lanes));
  kernels->convolution->convolve (&conv, x, addend, y, scratch);
  genre_floats_free (x);
  genre_floats_free (addend);
  genre_floats_free (scratch);
  genre_floats_free (room);
  *size = genre_image_size (&conv.out);
  return y;
}

static void
compare_ways (const GenreKernels *kernels, Case c, const guint winograd[2])
{
  static const guint directly[2] = {0, 0};
  gsize n;
  float *expected = run_case (kernels, c, directly, &n);
  float *found = run_case (kernels, c, winograd, &n);
  for (gsize i = 0; i < n; i++)
    ck_assert_msg (fabsf (expected[i] - found[i]) <= 1e-4f, "%s, %u × %u: value %zu is %g, not %g",
                   kernels->name, winograd[0], winograd[1], i, found[i], expected[i]);
  genre_floats_free (expected);
  genre_floats_free (found);
}

#define SIZE(m0, m1) {m0, m1},
static const guint sizes[][2] = {GENRE_WINOGRAD_SIZES (SIZE)};

START_TEST (winograd_equals_direct_convolution)
{
  static const Case cases[] = {
      {8, 8, 16, 16, {1, 1}, 1, FALSE},   {7, 9, 16, 48, {1, 1}, 1, TRUE},
      {5, 6, 20, 33, {2, 2}, 1, TRUE},    {17, 18, 64, 32, {2, 2}, 1, FALSE},
      {3, 3, 16, 16, {1, 1}, 0, FALSE},   {2, 2, 16, 16, {2, 2}, 1, TRUE},
      {1, 1, 16, 16, {1, 1}, 1, TRUE},    {32, 40, 32, 96, {2, 2}, 0, TRUE},
      {64, 16, 24, 24, {1, 2}, 1, TRUE},  {19, 21, 7, 40, {2, 1}, 1, TRUE},
      {33, 5, 9, 130, {1, 4}, 1, TRUE},   {9, 66, 3, 72, {4, 2}, 0, FALSE},
      {32, 2, 128, 56, {1, 1}, 1, FALSE}, {64, 5, 32, 24, {1, 1}, 1, TRUE},
      {20, 13, 16, 24, {2, 3}, 1, TRUE},  {9, 22, 8, 16, {4, 6}, 1, FALSE},
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    for (guint k = 0; genre_kernels[k]; k++) {
      gboolean pools_fit =
          sizes[_i][0] % cases[i].pool[0] == 0 && sizes[_i][1] % cases[i].pool[1] == 0;
      if (genre_kernels[k]->available () && pools_fit)
        compare_ways (genre_kernels[k], cases[i], sizes[_i]);
    }
  }
}
END_TEST

/* ---- without memory ---- */

/* The linker puts it before the function that makes room for weights and images. */
float *__real_genre_floats_try_new (gsize n);
float *__wrap_genre_floats_try_new (gsize n);
static guint n_asked, refused_at; /* the first one that is refused, from 1; 0: none */
static gint n_refused;            /* atomic */
static gboolean memory_is_short;

float *
__wrap_genre_floats_try_new (gsize n)
{
  if (!memory_is_short && (!refused_at || ++n_asked != refused_at))
    return __real_genre_floats_try_new (n);
  g_atomic_int_inc (&n_refused);
  return NULL;
}

/* One with a layer that runs itself, and has parameters. */
START_TEST (a_lack_of_memory_is_an_error)
{
  g_autoptr (GenreNetwork) network = new_network (networks[2], 26, 31);
  GenreInference *inference = NULL;
  while (!inference) {
    GError *error = NULL;
    n_asked = 0;
    refused_at++;
    if (!(inference = genre_inference_new (network, &error)))
      test_assert_error (error, GENRE_ERROR_IO, "not enough memory for inference with ",
                         " parameters, expected ");
  }
  ck_assert_uint_eq (refused_at, 5); /* of weights, parameters, statistics and images, none was */
  refused_at = 0;                    /* other tests may run in this process */
  genre_inference_free (inference);
}
END_TEST

/* ---- many threads ---- */

#define THREADS 4
#define RUNS 20

/* That two run at the same time, where there is room for one. */
static gboolean
is_awaited (void)
{
  return memory_is_short && g_atomic_int_get (&n_refused) == 0;
}

static gpointer
run_often (gpointer data)
{
  GenreInference *inference = data;
  g_autofree float *input = g_new (float, 26 * 31);
  float first[LABELS], scores[LABELS];
  for (guint i = 0; i < RUNS || is_awaited (); i++) {
    fill (input, 26 * 31, 1);
    genre_inference_run (inference, input, i ? scores : first);
    if (i && memcmp (first, scores, sizeof first) != 0)
      return GINT_TO_POINTER (1);
  }
  return NULL;
}

static void
run_in_threads (gboolean shares)
{
  g_autoptr (GenreNetwork) network = new_network (networks[G_N_ELEMENTS (networks) - 3], 26, 31);
  g_autoptr (GenreInference) inference = genre_inference_new (network, NULL);
  g_atomic_int_set (&n_refused, 0);
  memory_is_short = shares;
  GThread *threads[THREADS];
  for (guint i = 0; i < THREADS; i++)
    threads[i] = g_thread_new ("runner", run_often, inference);
  for (guint i = 0; i < THREADS; i++)
    ck_assert_ptr_null (g_thread_join (threads[i]));
  memory_is_short = FALSE;
}

START_TEST (threads_do_not_disturb_each_other)
{
  run_in_threads (FALSE);
}
END_TEST

START_TEST (without_memory_threads_wait_for_each_other)
{
  run_in_threads (TRUE);
}
END_TEST

START_TEST (parameters_are_copied)
{
  g_autoptr (GenreNetwork) network = new_network (networks[G_N_ELEMENTS (networks) - 1], 26, 31);
  g_autoptr (GenreInference) inference = genre_inference_new (network, NULL);
  g_autofree float *input = g_new (float, 26 * 31);
  float before[LABELS], after[LABELS];
  fill (input, 26 * 31, 1);
  genre_inference_run (inference, input, before);
  genre_network_initialise (network, 99);
  genre_inference_run (inference, input, after);
  ck_assert_mem_eq (before, after, sizeof before);
}
END_TEST

static gboolean
denormals_are_zero (void)
{
  volatile float small = 1e-40f, one = 1, product = small * one;
  return product == 0;
}

/* Where a processor, or what pretends to be one, cannot be told, nothing is to be seen. */
static gboolean
denormals_can_be_zero (void)
{
  guint64 before = genre_denormals_begin_zero ();
  gboolean zero = denormals_are_zero ();
  genre_denormals_restore (before);
  return zero;
}

/* All but the last layer's. */
static void
make_weights_denormal (GenreNetwork *network)
{
  float *parameters = genre_network_get_parameters (network);
  const GArray *all = genre_network_get_parameter_info (network);
  for (guint i = 0; i < all->len; i++) {
    const GenreTensorInfo *info = &g_array_index (all, GenreTensorInfo, i);
    for (gsize j = 0; j < info->size; j++)
      parameters[info->offset + j] = i + 2 < all->len ? 1e-40f : i + 2 == all->len ? 1 : 0;
  }
}

/* Every way of filtering: direct, Winograd's, along lines, and each channel by itself. */
START_TEST (denormal_weights_are_zero)
{
  static const char *const bodies[] = {CONV (16, 1, 1), CONV (8, 1, 1) "," CONV (16, 3, 1),
                                       CONV (24, 5, [ 1, 2 ]), "{'type':'depthwise','kernel':3}"};
  g_autofree char *description =
      g_strconcat ("[", bodies[_i], ",{'type':'statistics-pool','deviation':false},",
                   "{'type':'dense','outputs':3}]", NULL);
  g_autoptr (GenreNetwork) network = new_network (description, 64, 64);
  g_autofree float *input = g_new (float, 64 * 64);
  fill (input, 64 * 64, 1);
  make_weights_denormal (network);
  ck_assert (!denormals_are_zero ());
  for (guint k = 0; genre_kernels[k] && denormals_can_be_zero (); k++) {
    if (!genre_kernels[k]->available ())
      continue;
    g_autoptr (GenrePlan) plan = genre_plan_new (network, genre_kernels[k], NULL);
    float scores[LABELS] = {1, 1, 1}, *arena = genre_plan_new_arena (plan, NULL);
    genre_plan_run (plan, arena, input, scores);
    genre_floats_free (arena);
    for (guint i = 0; i < LABELS; i++)
      ck_assert_msg (scores[i] == 0, "%s: %g", genre_kernels[k]->name, scores[i]);
  }
  ck_assert (!denormals_are_zero ()); /* in the thread of whoever asked */
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("inference");
  tcase_add_loop_test (tests, scores_equal_those_of_the_tape, 0, G_N_ELEMENTS (networks));
  tcase_add_test (tests, default_model_scores_equal_those_of_the_tape);
  tcase_add_test (tests, default_model_needs_little_memory);
  tcase_add_loop_test (tests, winograd_equals_direct_convolution, 0, G_N_ELEMENTS (sizes));
  tcase_add_test (tests, a_lack_of_memory_is_an_error);
  tcase_add_test (tests, threads_do_not_disturb_each_other);
  tcase_add_test (tests, without_memory_threads_wait_for_each_other);
  tcase_add_test (tests, parameters_are_copied);
  tcase_add_loop_test (tests, denormal_weights_are_zero, 0, 4);
  return test_run ("inference", tests);
}
