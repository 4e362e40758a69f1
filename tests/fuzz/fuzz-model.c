/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A model file, hostile until proven otherwise; one that passes hears a segment, and answers with
 * probabilities or not at all. What is read can be written, and is then read as the same. */
#include "fuzz.h"
#include "modelfile.h"
#include <math.h>
#include <unistd.h>

#define MOST_MULTIPLY_ADDS (20 * 1000 * 1000) /* networks above take too long for a fuzzer */

static guint64
count_multiply_adds (GenreNetwork *network)
{
  const GArray *layers = genre_network_get_layer_info (network);
  guint64 sum = 0;
  for (guint i = 0; i < layers->len; i++)
    sum += g_array_index (layers, GenreLayerInfo, i).n_multiply_adds;
  return sum;
}

static void
hear_a_segment (GenreModel *model)
{
  const GenreModelConfig *config = genre_model_get_config (model);
  const guint features = genre_front_end_get_features (genre_model_get_front_end (model));
  const gsize n = (gsize)config->segment_frames * features;
  g_autofree float *input = g_new (float, n);
  g_autofree double *probabilities = g_new0 (double, config->n_labels);
  for (gsize i = 0; i < n; i++)
    input[i] = sinf ((float)i);
  genre_model_classify_segment (model, input, probabilities);
  double sum = 0;
  for (guint i = 0; i < config->n_labels; i++)
    sum += probabilities[i];
  FUZZ_ASSERT (!isfinite (sum) || fabs (sum - 1) < 1e-6);
}

/* Returns what stands in the file then. */
static GBytes *
save (GenreModel *model, const char *path)
{
  char *content;
  gsize length;
  FUZZ_ASSERT (genre_model_save (model, path, GENRE_DTYPE_F32, NULL));
  FUZZ_ASSERT (g_file_get_contents (path, &content, &length, NULL));
  return g_bytes_new_take (content, length);
}

static void
write_and_read (GenreModel *model)
{
  g_autofree char *path = g_strdup_printf ("%s/fuzz-model.%d", g_get_tmp_dir (), getpid ());
  g_autoptr (GBytes) written = save (model, path);
  g_autoptr (GenreModel) again = genre_model_load (path, NULL);
  unlink (path);
  FUZZ_ASSERT (again);
  g_autoptr (GBytes) written_again = save (again, path);
  unlink (path);
  FUZZ_ASSERT (g_bytes_equal (written_again, written));
  FUZZ_ASSERT (genre_model_get_config (again)->n_labels ==
               genre_model_get_config (model)->n_labels);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GenreModel) model = genre_model_parse (bytes, "fuzz", &error);
  FUZZ_ASSERT_SAID (model, error);
  if (!model)
    return 0;
  if (count_multiply_adds (genre_model_get_network (model)) < MOST_MULTIPLY_ADDS)
    hear_a_segment (model);
  write_and_read (model);
  return 0;
}
