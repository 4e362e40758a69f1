/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model.h"

#include <locale.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "json.h"
#include "modelfile.h"
#include "safetensors.h"
#include "test.h"

#define NAME "some.safetensors"
#define FRAMES 4
#define BANDS 6

static char *labels[] = {"rock", "hiphop", NULL};
static char *display_names[] = {"Rock", "Hip-Hop", NULL};

static GenreModelConfig
small_config (void)
{
  return (GenreModelConfig){
      .n_labels = 2,
      .labels = labels,
      .display_names = display_names,
      .front_end = {GENRE_REPRESENTATION_MEL, 8000, 256, 128, BANDS, 0, 0, 4000},
      .segment_frames = FRAMES,
      .segment_step = 2,
      .network = "[{\"type\":\"conv2d\",\"channels\":2,\"kernel\":3},{\"type\":\"batch-norm\"},"
                 "{\"type\":\"relu\"},{\"type\":\"statistics-pool\"},{\"type\":\"dense\","
                 "\"outputs\":2}]",
      .temperature = 1.1,
      .threshold = 0.25,
      .doubt = 2.5,
      .provenance = "{\"data\": \"ünsinn\", \"seed\": 1}",
  };
}

static GenreModel *
make_small (void)
{
  GenreModelConfig config = small_config ();
  g_autoptr (GError) error = NULL;
  GenreModel *model = genre_model_new (&config, &error);
  ck_assert_msg (model, "%s", error ? error->message : "");
  GenreNetwork *network = genre_model_get_network (model);
  genre_network_initialise (network, 1);
  for (gsize i = 0; i < genre_network_get_n_statistics (network); i++)
    genre_network_get_statistics (network)[i] = 0.1f + 0.3f * i;
  return model;
}

static GBytes *
save_to_bytes (GenreModel *model, GenreDtype dtype)
{
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, NAME, NULL);
  g_autoptr (GError) error = NULL;
  ck_assert_msg (genre_model_save (model, path, dtype, &error), "%s", error ? error->message : "");
  char *contents;
  gsize length;
  ck_assert (g_file_get_contents (path, &contents, &length, NULL));
  ck_assert_uint_eq (test_remove_folder (folder), 1);
  return g_bytes_new_take (contents, length);
}

/* The saved small model as a safetensors file that a test may spoil. */
static GenreSafetensors *
make_small_file (void)
{
  g_autoptr (GenreModel) model = make_small ();
  g_autoptr (GBytes) bytes = save_to_bytes (model, GENRE_DTYPE_F32);
  return genre_safetensors_parse (bytes, NAME, NULL);
}

/* What genre_model_load() says to @file. */
static GenreModel *
load_file (const GenreSafetensors *file, GError **error)
{
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, NAME, NULL);
  ck_assert (genre_safetensors_save (file, path, NULL));
  GenreModel *model = genre_model_load (path, error);
  if (!model)
    ck_assert_msg (g_str_has_prefix ((*error)->message, path), "%s", (*error)->message);
  test_remove_folder (folder);
  return model;
}

/* ---- there and back ---- */

START_TEST (a_saved_model_is_loaded_unchanged)
{
  g_autoptr (GenreModel) model = make_small ();
  g_autoptr (GBytes) bytes = save_to_bytes (model, GENRE_DTYPE_F32);
  GenreNetwork *network = genre_model_get_network (model);
  const GenreModelConfig *config = genre_model_get_config (model);
  g_autoptr (GenreModel) back = genre_model_parse (bytes, NAME, NULL);
  ck_assert_ptr_nonnull (back);
  const GenreModelConfig *other = genre_model_get_config (back);
  ck_assert_uint_eq (other->n_labels, 2);
  ck_assert (g_strv_equal ((const char *const *)other->labels, (const char *const *)labels));
  ck_assert (
      g_strv_equal ((const char *const *)other->display_names, (const char *const *)display_names));
  ck_assert (genre_front_end_config_equal (&config->front_end, &other->front_end));
  ck_assert_uint_eq (other->segment_frames, config->segment_frames);
  ck_assert_uint_eq (other->segment_step, config->segment_step);
  ck_assert_str_eq (other->network, config->network);
  ck_assert_double_eq (other->temperature, 1.1);
  ck_assert_double_eq (other->threshold, 0.25);
  ck_assert_double_eq (other->doubt, 2.5);
  ck_assert_str_eq (other->provenance, config->provenance);
  ck_assert_mem_eq (genre_network_get_parameters (network),
                    genre_network_get_parameters (genre_model_get_network (back)),
                    genre_network_get_n_parameters (network) * sizeof (float));
  ck_assert_mem_eq (genre_network_get_statistics (network),
                    genre_network_get_statistics (genre_model_get_network (back)),
                    genre_network_get_n_statistics (network) * sizeof (float));
  g_autoptr (GBytes) again = save_to_bytes (back, GENRE_DTYPE_F32);
  ck_assert (g_bytes_equal (bytes, again));
}
END_TEST

START_TEST (half_precision_keeps_weights_to_a_thousandth_and_statistics_exactly)
{
  g_autoptr (GenreModel) model = make_small ();
  g_autoptr (GBytes) bytes = save_to_bytes (model, GENRE_DTYPE_F16);
  GenreNetwork *network = genre_model_get_network (model);
  g_autoptr (GenreModel) back = genre_model_parse (bytes, NAME, NULL);
  ck_assert_ptr_nonnull (back);
  GenreNetwork *other = genre_model_get_network (back);
  const float *weights = genre_network_get_parameters (network);
  const float *halves = genre_network_get_parameters (other);
  for (gsize i = 0; i < genre_network_get_n_parameters (network); i++)
    ck_assert_float_eq_tol (halves[i], weights[i], fabsf (weights[i]) / 1024 + 1e-7f);
  ck_assert_mem_eq (genre_network_get_statistics (network), genre_network_get_statistics (other),
                    genre_network_get_n_statistics (network) * sizeof (float));
  g_autoptr (GBytes) again = save_to_bytes (back, GENRE_DTYPE_F16);
  ck_assert (g_bytes_equal (bytes, again));
}
END_TEST

START_TEST (what_is_learnt_later_is_saved)
{
  g_autoptr (GenreModel) model = make_small ();
  genre_model_set_calibration (model, 1.0 / 3, 0);
  genre_model_set_provenance (model, "{\"accuracy\":0.7}");
  g_autoptr (GBytes) bytes = save_to_bytes (model, GENRE_DTYPE_F32);
  g_autoptr (GenreModel) back = genre_model_parse (bytes, NAME, NULL);
  ck_assert_double_eq (genre_model_get_config (back)->temperature, 1.0 / 3);
  ck_assert_double_eq (genre_model_get_config (back)->threshold, 0);
  ck_assert_str_eq (genre_model_get_config (back)->provenance, "{\"accuracy\":0.7}");
}
END_TEST

START_TEST (numbers_are_the_same_in_every_locale)
{
  g_autoptr (GenreModel) model = make_small ();
  g_autoptr (GBytes) bytes = save_to_bytes (model, GENRE_DTYPE_F32);
  if (!setlocale (LC_ALL, "de_DE.UTF-8"))
    return; /* not installed */
  g_autoptr (GenreModel) back = genre_model_parse (bytes, NAME, NULL);
  g_autoptr (GBytes) again = save_to_bytes (model, GENRE_DTYPE_F32);
  ck_assert_double_eq (genre_model_get_config (back)->temperature, 1.1);
  ck_assert (g_bytes_equal (bytes, again));
}
END_TEST

START_TEST (a_failed_save_leaves_the_old_model)
{
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, NAME, NULL);
  g_autoptr (GenreModel) model = make_small ();
  ck_assert (genre_model_save (model, path, GENRE_DTYPE_F32, NULL));
  genre_model_set_calibration (model, 9, 0);
  struct rlimit old_limit;
  getrlimit (RLIMIT_FSIZE, &old_limit);
  struct rlimit limit = old_limit;
  limit.rlim_cur = 500;
  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &limit);
  g_autoptr (GError) error = NULL;
  ck_assert (!genre_model_save (model, path, GENRE_DTYPE_F32, &error));
  setrlimit (RLIMIT_FSIZE, &old_limit);
  test_assert_error (error, GENRE_ERROR_IO, path);
  genre_network_get_parameters (genre_model_get_network (model))[0] = NAN;
  ck_assert (!genre_model_save (model, path, GENRE_DTYPE_F32, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, path, "nan");
  g_autoptr (GenreModel) back = genre_model_load (path, NULL);
  ck_assert_double_eq (genre_model_get_config (back)->temperature, 1.1);
  ck_assert_uint_eq (test_remove_folder (folder), 1);
}
END_TEST

/* ---- configuration ---- */

START_TEST (labels_are_ascii_names)
{
  const char *good[] = {"a", "rock", "hip-hop", "drum_n_bass", "r2d2"};
  const char *bad[] = {"", "Rock", "2step", "-a", "_a", "a b", "ü", "a.b", "unknown", "rock\n"};
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    ck_assert_msg (genre_label_is_valid (good[i]), "%s", good[i]);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    ck_assert_msg (!genre_label_is_valid (bad[i]), "%s", bad[i]);
}
END_TEST

START_TEST (a_copied_configuration_is_independent)
{
  GenreModelConfig config = small_config ();
  GenreModelConfig first;
  genre_model_config_copy (&config, &first);
  GenreModelConfig second;
  genre_model_config_copy (&first, &second);
  genre_model_config_clear (&first);
  ck_assert_ptr_null (first.labels);
  ck_assert_str_eq (second.labels[1], "hiphop");
  ck_assert_str_eq (second.display_names[1], "Hip-Hop");
  ck_assert_str_eq (second.network, config.network);
  ck_assert_str_eq (second.provenance, config.provenance);
  genre_model_config_clear (&second);
}
END_TEST

START_TEST (background_is_stored_and_read)
{
  GenreModelConfig config = small_config ();
  config.n_background = 1;
  g_autoptr (GenreModel) model = genre_model_new (&config, NULL);
  ck_assert_ptr_nonnull (model);
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "genreclassify-background", NULL);
  ck_assert (genre_model_save (model, path, GENRE_DTYPE_F32, NULL));
  g_autoptr (GenreModel) loaded = genre_model_load (path, NULL);
  ck_assert_int_eq (remove (path), 0);
  ck_assert_uint_eq (genre_model_get_config (loaded)->n_background, 1);
  ck_assert_uint_eq (genre_model_config_count_genres (genre_model_get_config (loaded)), 1);
}
END_TEST

START_TEST (a_configuration_out_of_range_is_refused)
{
  static char *same[] = {"rock", "rock", NULL}, *spaced[] = {"rock", "hip hop", NULL};
  static char *nameless[] = {"Rock", "", NULL}, *one[] = {"Rock", NULL}, *none[] = {NULL};
  GenreModelConfig c[19];
  const char *faults[G_N_ELEMENTS (c)];
  guint n = 0;
  g_autoptr (GError) error = NULL;
#define CASE(member, value, fault)                                                                 \
  (c[n] = small_config (), c[n].member = (value), faults[n++] = (fault))
  CASE (labels, same, "labels 0 and 1 are both \"rock\"");
  CASE (labels, spaced, "label 1 is \"hip hop\"");
  CASE (labels, none, "0 labels");
  CASE (labels, NULL, "0 labels");
  CASE (n_labels, 3, "expected 3");
  CASE (display_names, nameless, "label \"hiphop\"");
  CASE (display_names, one, "1 names");
  CASE (segment_frames, 1, "segment frames is 1, expected 2 to 4096");
  CASE (segment_frames, 4097, "segment frames is 4097");
  CASE (segment_step, 0, "segment step is 0");
  CASE (segment_step, FRAMES + 1, "segment step is 5, expected 1 to 4");
  CASE (temperature, 0, "temperature is 0");
  CASE (temperature, INFINITY, "temperature is inf");
  CASE (threshold, NAN, "threshold is nan");
  CASE (doubt, NAN, "doubt is nan");
  CASE (doubt, 101, "doubt is 101");
  CASE (front_end.rate, 1, "\"rate\" is 1");
  CASE (network, "[{\"type\":\"magic\"}]", "magic");
  CASE (n_background, 2, "2 of 2 labels are background, expected at least one genre");
#undef CASE
  ck_assert_uint_eq (n, G_N_ELEMENTS (c));
  for (guint i = 0; i < n; i++) {
    ck_assert_ptr_null (genre_model_new (&c[i], &error));
    test_assert_error (error, GENRE_ERROR_INVALID, faults[i]);
  }
}
END_TEST

/* A window keeps every one of them. */
START_TEST (no_more_than_a_hundred_segments_begin_in_a_second)
{
  GenreModelConfig config = small_config ();
  g_autoptr (GError) error = NULL;
  config.front_end.hop = 40;
  g_autoptr (GenreModel) model = genre_model_new (&config, &error);
  ck_assert_msg (model, "%s", error ? error->message : "");
  config.front_end.hop = 39;
  ck_assert_ptr_null (genre_model_new (&config, &error));
  test_assert_error (
      error, GENRE_ERROR_INVALID,
      "segment step is 2 of hop 39 at rate 8000, 102.564 segments a second, expected at "
      "most 100");
}
END_TEST

#define WIDE                                                                                       \
  "{\"type\":\"crop\",\"features\":8},{\"type\":\"conv2d\",\"channels\":4096,\"kernel\":1}"

/* As long as a file of a few hundred bytes may make it: the transform alone, then with a network,
 * then values alone. */
START_TEST (more_than_a_second_can_take_is_refused)
{
  static const struct {
    guint frames, step;
    const char *network;
    guint n_activations; /* behind it */
    const char *fault;   /* NULL: none */
  } cases[] = {
      {4096, 4096, "{\"type\":\"crop\",\"features\":1}", 0, NULL},
      {4096, 26, "{\"type\":\"crop\",\"features\":1}", 0, NULL},
      {4096, 25, "{\"type\":\"crop\",\"features\":1}", 0,
       "segments take 4303360256 multiply-adds, 4303360000 of them for the cepstrum, and 4128 "
       "values, each as good as 64 of these, 4 times a second, expected at most 17179869184 for a "
       "second of audio"},
      {4096, 4096, "{\"type\":\"conv2d\",\"channels\":16,\"kernel\":31,\"stride\":[1,2]}", 0, NULL},
      {4096, 200, "{\"type\":\"conv2d\",\"channels\":16,\"kernel\":31,\"stride\":[1,2]}", 0,
       "0.5 times a second"},
      {2, 1, WIDE, 30, NULL},
      {2, 1, WIDE, 400, "100 times a second"},
  };
  g_autoptr (GError) error = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GenreModelConfig config = small_config ();
    g_autoptr (GString) network = g_string_new ("[");
    g_string_append (network, cases[i].network);
    for (guint k = 0; k < cases[i].n_activations; k++)
      g_string_append (network, ",{\"type\":\"silu\"}");
    g_string_append (network,
                     ",{\"type\":\"statistics-pool\"},{\"type\":\"dense\",\"outputs\":2}]");
    config.front_end =
        (GenreFrontEndConfig){GENRE_REPRESENTATION_MFCC, 4000, 4096, 40, 1025, 1025, 0, 2000};
    config.segment_frames = cases[i].frames;
    config.segment_step = cases[i].step;
    config.network = network->str;
    g_autoptr (GenreModel) model = genre_model_describe (&config, &error);
    ck_assert_msg (!model == !!cases[i].fault, "%u: %s", i, error ? error->message : "");
    if (!model)
      test_assert_error (error, GENRE_ERROR_INVALID, cases[i].fault);
  }
}
END_TEST

/* ---- hostile files: metadata ---- */

static const struct {
  const char *key, *value; /* @value NULL: left out */
  GenreError code;
  const char *fault;
} metadata[] = {
    {"format", "pt", GENRE_ERROR_FORMAT, "format is \"pt\", expected \"genreclassify-1\""},
    {"format", "genreclassify-2", GENRE_ERROR_UNSUPPORTED, "genreclassify-2"},
    {"labels", "[]", GENRE_ERROR_INVALID, "0 labels"},
    {"labels", "{}", GENRE_ERROR_FORMAT, "labels are "},
    {"labels", "[\"rock\",\"pop\"]", GENRE_ERROR_FORMAT, "label 0 is String, expected {"},
    {"labels", "[{\"label\":\"rock\"},{\"label\":\"pop\"}]", GENRE_ERROR_FORMAT,
     "label 0: \"name\" is missing, expected a string"},
    {"labels", "[{\"label\":\"rock\",\"name\":7}]", GENRE_ERROR_FORMAT,
     "label 0: \"name\" is 7, expected a string"},
    {"labels", "[{\"label\":\"Rock\",\"name\":\"R\"}]", GENRE_ERROR_INVALID, "\"Rock\""},
    {"labels", "[{\"label\":\"unknown\",\"name\":\"R\"}]", GENRE_ERROR_INVALID, "\"unknown\""},
    {"labels", "[{\"label\":\"rock\",\"name\":\"R\"}]", GENRE_ERROR_INVALID, "expected 1 "},
    {"labels", "[{\"label\":\"a\",\"name\":\"A\"},{\"label\":\"a\",\"name\":\"B\"}]",
     GENRE_ERROR_INVALID, "both \"a\""},
    {"labels",
     "[{\"label\":\"rock\",\"name\":\"R\",\"background\":true},"
     "{\"label\":\"talk\",\"name\":\"T\",\"background\":true}]",
     GENRE_ERROR_INVALID, "2 of 2 labels are background"},
    {"labels",
     "[{\"label\":\"talk\",\"name\":\"T\",\"background\":true},"
     "{\"label\":\"rock\",\"name\":\"R\"}]",
     GENRE_ERROR_INVALID, "label 1, \"rock\", is a genre after the background"},
    {"labels", "[{\"label\":\"rock\",\"name\":\"R\",\"background\":1}]", GENRE_ERROR_INVALID,
     "label 0: \"background\" is Integer, expected true or false"},
    {"labels", "[{\"label\":\"rock\",\"name\":\"R\",\"loud\":true}]", GENRE_ERROR_FORMAT,
     "label 0 has a \"loud\", expected"},
    {"front-end", "{}", GENRE_ERROR_INVALID, "\"representation\" is missing"},
    {"front-end", "mel", GENRE_ERROR_FORMAT, "front-end: not valid JSON"},
    {"segment", "{\"frames\":4}", GENRE_ERROR_INVALID, "\"step\" is missing"},
    {"segment", "{\"frames\":4.5,\"step\":2}", GENRE_ERROR_INVALID, "\"frames\""},
    {"segment", "{\"frames\":4,\"step\":2,\"x\":1}", GENRE_ERROR_FORMAT, "3 members"},
    {"segment", "{\"frames\":4294967300,\"step\":2}", GENRE_ERROR_INVALID,
     "segment: \"frames\" is 4294967300, expected 2 to 4096"},
    {"segment", "{\"frames\":-4,\"step\":2}", GENRE_ERROR_INVALID, "\"frames\" is -4"},
    {"segment", "{\"frames\":4,\"step\":9}", GENRE_ERROR_INVALID,
     "segment: \"step\" is 9, expected 1 to 4"},
    {"network", "[]", GENRE_ERROR_INVALID, "network"},
    {"network", "[", GENRE_ERROR_FORMAT, "network: not valid JSON"},
    {"network", "{}", GENRE_ERROR_INVALID, "network"},
    {"network", "[{\"type\":\"dense\",\"outputs\":2}]", GENRE_ERROR_INVALID, "network"},
    {"network", "[{\"type\":\"conv2d\",\"channels\":1000000000,\"kernel\":3}]", GENRE_ERROR_INVALID,
     "network"},
    {"network", "[{\"type\":\"conv2d\",\"channels\":3,\"kernel\":3}]", GENRE_ERROR_INVALID,
     "network"},
    {"temperature", "0", GENRE_ERROR_INVALID, "temperature is 0"},
    {"temperature", "-1", GENRE_ERROR_INVALID, "temperature is -1"},
    {"temperature", "", GENRE_ERROR_FORMAT, "temperature is \"\""},
    {"temperature", "1,5", GENRE_ERROR_FORMAT, "\"1,5\", expected a decimal number"},
    {"temperature", " 1", GENRE_ERROR_FORMAT, "decimal"},
    {"temperature", "1 ", GENRE_ERROR_FORMAT, "decimal"},
    {"temperature", "nan", GENRE_ERROR_FORMAT, "decimal"},
    {"temperature", "inf", GENRE_ERROR_FORMAT, "decimal"},
    {"temperature", "1e999", GENRE_ERROR_FORMAT, "decimal"},
    {"temperature", "0x1p1", GENRE_ERROR_FORMAT, "decimal"},
    {"temperature", "1e", GENRE_ERROR_FORMAT, "decimal"},
    {"threshold", "1.001", GENRE_ERROR_INVALID, "threshold is 1.001, expected 0 to 1"},
    {"threshold", "-0.5", GENRE_ERROR_INVALID, "threshold"},
    {"doubt", "-1", GENRE_ERROR_INVALID, "doubt is -1, expected 0 to 100"},
    {"doubt", "half", GENRE_ERROR_FORMAT, "doubt is \"half\""},
    {"provenance", "[]", GENRE_ERROR_FORMAT, "provenance"},
    {"provenance", "", GENRE_ERROR_FORMAT, "provenance"},
};

START_TEST (faulty_metadata_are_refused)
{
  g_autoptr (GenreSafetensors) file = make_small_file ();
  genre_safetensors_set_metadata (file, metadata[_i].key, metadata[_i].value);
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (load_file (file, &error));
  test_assert_error (error, metadata[_i].code, metadata[_i].fault);
}
END_TEST

/* A copy of @file without one of its metadata. */
static GenreSafetensors *
copy_without (const GenreSafetensors *file, const char *left_out)
{
  GenreSafetensors *copy = genre_safetensors_new ();
  g_autoptr (GList) keys = genre_safetensors_metadata_keys (file);
  for (GList *l = keys; l; l = l->next) {
    if (strcmp (l->data, left_out) != 0)
      genre_safetensors_set_metadata (copy, l->data,
                                      genre_safetensors_get_metadata (file, l->data));
  }
  return copy;
}

START_TEST (every_metadatum_is_needed)
{
  const char *keys[] = {"format",  "labels",      "front-end", "segment",
                        "network", "temperature", "threshold", "provenance"};
  g_autoptr (GenreSafetensors) file = make_small_file (), copy = copy_without (file, keys[_i]);
  g_autofree char *quoted = g_strdup_printf ("no \"%s\" in the metadata", keys[_i]);
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (load_file (copy, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, quoted, "expected a genreclassify model");
}
END_TEST

START_TEST (metadata_of_others_do_no_harm)
{
  g_autoptr (GenreSafetensors) file = make_small_file ();
  genre_safetensors_set_metadata (file, "author", "somebody");
  g_autoptr (GenreModel) model = load_file (file, NULL);
  ck_assert_ptr_nonnull (model);
}
END_TEST

/* ---- hostile files: tensors ---- */

START_TEST (a_tensor_of_another_shape_is_refused)
{
  g_autoptr (GenreSafetensors) file = make_small_file ();
  const float values[18] = {0};
  genre_safetensors_set_tensor (file, "0.weight", GENRE_DTYPE_F32, 4, (const gsize[]){1, 2, 3, 3},
                                values);
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (load_file (file, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "\"0.weight\"",
                     "shape is (1, 2, 3, 3), expected (2, 1, 3, 3)");
  genre_safetensors_set_tensor (file, "0.weight", GENRE_DTYPE_F32, 1, (const gsize[]){18}, values);
  ck_assert_ptr_null (load_file (file, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "\"0.weight\"", "shape is (18)");
}
END_TEST

/* 118 million parameters that a file of a few kilobytes only talks about. */
START_TEST (weights_that_are_not_there_take_no_room)
{
  g_autoptr (GenreSafetensors) file = make_small_file ();
  genre_safetensors_set_metadata (
      file, "network",
      "[{\"type\":\"statistics-pool\"},{\"type\":\"dense\",\"outputs\":1800},"
      "{\"type\":\"dense\",\"outputs\":65536},{\"type\":\"dense\",\"outputs\":2}]");
  struct rusage before;
  getrusage (RUSAGE_SELF, &before);
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (load_file (file, &error));
  struct rusage after;
  getrusage (RUSAGE_SELF, &after);
  test_assert_error (error, GENRE_ERROR_INVALID, "\"1.weight\"", "expected (1800, 2)");
  ck_assert_int_lt (after.ru_maxrss - before.ru_maxrss, 64 * 1024); /* KiB */
}
END_TEST

START_TEST (a_tensor_too_many_is_refused)
{
  g_autoptr (GenreSafetensors) file = make_small_file ();
  genre_safetensors_set_tensor (file, "9.weight", GENRE_DTYPE_F32, 0, NULL, (const float[]){1});
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (load_file (file, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, "\"9.weight\"", "no part of the network");
}
END_TEST

START_TEST (a_tensor_too_few_is_refused)
{
  g_autoptr (GenreSafetensors) file = make_small_file (), copy = copy_without (file, "");
  g_autoptr (GList) names = genre_safetensors_tensor_names (file);
  for (GList *l = names; l; l = l->next) {
    gsize shape[GENRE_SAFETENSORS_MAX_DIMENSIONS];
    guint n_dimensions;
    const float *values = genre_safetensors_get_tensor (file, l->data, &n_dimensions, shape);
    if (strcmp (l->data, "1.running_mean") != 0)
      genre_safetensors_set_tensor (copy, l->data, GENRE_DTYPE_F32, n_dimensions, shape, values);
  }
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (load_file (copy, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT,
                     "\"1.running_mean\" is missing, expected shape (2)");
}
END_TEST

START_TEST (a_negative_variance_is_refused)
{
  g_autoptr (GenreSafetensors) file = make_small_file ();
  genre_safetensors_set_tensor (file, "1.running_var", GENRE_DTYPE_F32, 1, (const gsize[]){2},
                                (const float[]){0, -1e-6f});
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (load_file (file, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, "\"1.running_var\"", "variance 1 is -1e-06");
  genre_safetensors_set_tensor (file, "1.running_var", GENRE_DTYPE_F32, 1, (const gsize[]){2},
                                (const float[]){0, 0});
  g_autoptr (GenreModel) model = load_file (file, NULL);
  ck_assert_ptr_nonnull (model);
}
END_TEST

START_TEST (weights_that_are_no_numbers_are_refused)
{
  g_autoptr (GenreModel) model = make_small ();
  g_autoptr (GBytes) bytes = save_to_bytes (model, GENRE_DTYPE_F32);
  gsize size;
  guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, &size), g_bytes_get_size (bytes));
  memset (copy + size - 4, 0xff, 4);
  g_autoptr (GBytes) spoilt = g_bytes_new_take (copy, size);
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (genre_model_parse (spoilt, NAME, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, NAME, "tensor", "nan, expected a finite number");
}
END_TEST

START_TEST (what_is_no_model_is_refused)
{
  g_autofree char *fixture = test_fixture ("frontend.safetensors");
  g_autofree char *script = test_fixture ("make_fixtures.py");
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (genre_model_load ("/nonexistent/model", &error));
  test_assert_error (error, GENRE_ERROR_IO, "/nonexistent/model: cannot be opened");
  ck_assert_ptr_null (genre_model_load (fixture, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, fixture, "no \"format\"");
  ck_assert_ptr_null (genre_model_load (script, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, script, "safetensors");
}
END_TEST

START_TEST (truncated_model_is_refused)
{
  g_autoptr (GenreModel) model = make_small ();
  g_autoptr (GBytes) bytes = save_to_bytes (model, GENRE_DTYPE_F16);
  for (gsize length = 0; length < g_bytes_get_size (bytes); length++) {
    g_autoptr (GBytes) part = g_bytes_new (g_bytes_get_data (bytes, NULL), length);
    g_autoptr (GError) error = NULL;
    ck_assert_ptr_null (genre_model_parse (part, NAME, &error));
    test_assert_error (error, GENRE_ERROR_FORMAT, NAME);
  }
}
END_TEST

/* Either there is an error that names the file, or a model that works: a letter of a name may well
 * be another one. */
START_TEST (corrupted_model_never_crashes)
{
  const guint8 values[] = {0,   ' ', '"', ',', '0', '9',  '-', '.',
                           'e', '[', ']', '{', '}', '\\', 0xff};
  g_autoptr (GenreModel) model = make_small ();
  g_autoptr (GBytes) bytes = save_to_bytes (model, GENRE_DTYPE_F16);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  for (gsize i = 0; i < size; i++) {
    for (guint j = 0; j < G_N_ELEMENTS (values) + 8; j++) {
      guint8 *copy = g_memdup2 (data, size);
      g_autoptr (GBytes) corrupted = g_bytes_new_take (copy, size);
      copy[i] = j < 8 ? data[i] ^ 1 << j : values[j - 8];
      g_autoptr (GError) error = NULL;
      g_autoptr (GenreModel) back = genre_model_parse (corrupted, NAME, &error);
      ck_assert ((back == NULL) == (error != NULL));
      if (error)
        ck_assert_msg (g_str_has_prefix (error->message, NAME ": "), "%s", error->message);
    }
  }
}
END_TEST

/* ---- use ---- */

#define N_THREADS 8

static gpointer
classify (gpointer data)
{
  GenreModel *model = data;
  double *probabilities = g_new (double, 3);
  float input[FRAMES * BANDS];
  for (guint i = 0; i < G_N_ELEMENTS (input); i++)
    input[i] = (float)sin (i);
  probabilities[2] = -1; /* must stay */
  genre_model_classify_segment (model, input, probabilities);
  genre_model_unref (model);
  return probabilities;
}

START_TEST (threads_share_a_model)
{
  GenreModel *model = make_small ();
  g_autofree double *expected = classify (genre_model_ref (model));
  ck_assert_double_eq_tol (expected[0] + expected[1], 1, 1e-12);
  ck_assert_double_eq (expected[2], -1);
  genre_model_unref (model);
  model = make_small (); /* has no inference yet */
  GThread *threads[N_THREADS];
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("classify", classify, genre_model_ref (model));
  genre_model_unref (model);
  for (guint i = 0; i < N_THREADS; i++) {
    g_autofree double *probabilities = g_thread_join (threads[i]);
    ck_assert_mem_eq (probabilities, expected, 3 * sizeof (double));
  }
}
END_TEST

START_TEST (temperature_flattens_the_probabilities)
{
  g_autoptr (GenreModel) model = make_small ();
  genre_model_set_calibration (model, 1, 0);
  g_autofree double *sharp = classify (genre_model_ref (model));
  genre_model_set_calibration (model, 2, 0);
  g_autofree double *flat = classify (genre_model_ref (model));
  ck_assert (sharp[0] != 0.5);
  ck_assert_double_eq_tol (log (flat[0] / flat[1]), log (sharp[0] / sharp[1]) / 2, 1e-6);
}
END_TEST

START_TEST (front_end_and_network_fit_each_other)
{
  GenreModelConfig config = small_config ();
  config.front_end.representation = GENRE_REPRESENTATION_MFCC;
  config.front_end.coefficients = 5;
  g_autoptr (GenreModel) model = genre_model_new (&config, NULL);
  ck_assert_uint_eq (genre_front_end_get_features (genre_model_get_front_end (model)), 5);
  ck_assert_uint_eq (genre_network_get_features (genre_model_get_network (model)), 5);
  ck_assert_uint_eq (genre_network_get_frames (genre_model_get_network (model)), FRAMES);
  ck_assert_uint_eq (genre_network_get_n_labels (genre_model_get_network (model)), 2);
}
END_TEST

static void
add_file_tests (TCase *tests)
{
  tcase_add_loop_test (tests, faulty_metadata_are_refused, 0, G_N_ELEMENTS (metadata));
  tcase_add_loop_test (tests, every_metadatum_is_needed, 0, 8);
  tcase_add_test (tests, metadata_of_others_do_no_harm);
  tcase_add_test (tests, a_tensor_of_another_shape_is_refused);
  tcase_add_test (tests, weights_that_are_not_there_take_no_room);
  tcase_add_test (tests, a_tensor_too_many_is_refused);
  tcase_add_test (tests, a_tensor_too_few_is_refused);
  tcase_add_test (tests, a_negative_variance_is_refused);
  tcase_add_test (tests, weights_that_are_no_numbers_are_refused);
  tcase_add_test (tests, what_is_no_model_is_refused);
  tcase_add_test (tests, truncated_model_is_refused);
  tcase_add_test (tests, corrupted_model_never_crashes);
}

int
main (void)
{
  TCase *tests = tcase_create ("model");
  tcase_add_test (tests, a_saved_model_is_loaded_unchanged);
  tcase_add_test (tests, half_precision_keeps_weights_to_a_thousandth_and_statistics_exactly);
  tcase_add_test (tests, what_is_learnt_later_is_saved);
  tcase_add_test (tests, numbers_are_the_same_in_every_locale);
  tcase_add_test (tests, a_failed_save_leaves_the_old_model);
  tcase_add_test (tests, labels_are_ascii_names);
  tcase_add_test (tests, a_copied_configuration_is_independent);
  tcase_add_test (tests, background_is_stored_and_read);
  tcase_add_test (tests, a_configuration_out_of_range_is_refused);
  tcase_add_test (tests, no_more_than_a_hundred_segments_begin_in_a_second);
  tcase_add_test (tests, more_than_a_second_can_take_is_refused);
  add_file_tests (tests);
  tcase_add_test (tests, threads_share_a_model);
  tcase_add_test (tests, temperature_flattens_the_probabilities);
  tcase_add_test (tests, front_end_and_network_fit_each_other);
  return test_run ("model", tests);
}
