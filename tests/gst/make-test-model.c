/* SPDX-License-Identifier: GPL-2.0-or-later */
/* make-test-model FILE [background]: a model that can be reasoned about. It tells low sounds from
 * high ones by the balance of 16 bands, hears segments of almost exactly a second, every half
 * second, and costs next to nothing. With "background" it has a third label, what is no music: of
 * high sounds this is BACKGROUND_BIAS likelier, as a score, than that they are "high-pitched". */
#include "model.h"
#include "modelfile.h"
#include "safetensors.h"

#define NETWORK(n_labels)                                                                          \
  "[{\"type\": \"conv2d\", \"channels\": 2, \"kernel\": [1, 16], \"padding\": [0, 0]},"            \
  " {\"type\": \"statistics-pool\", \"deviation\": false},"                                        \
  " {\"type\": \"dense\", \"outputs\": " n_labels "}]"

#define BACKGROUND_BIAS 1.0f

/* Channel 0 sums the lower eight bands, channel 1 the upper ones; the scores are these, amplified:
 * channel 0 for the first label, channel 1 for the others. */
static void
set_weights (GenreNetwork *network)
{
  const GArray *tensors = genre_network_get_parameter_info (network);
  float *parameters = genre_network_get_parameters (network);
  for (guint i = 0; i < tensors->len; i++) {
    const GenreTensorInfo *tensor = &g_array_index (tensors, GenreTensorInfo, i);
    float *values = parameters + tensor->offset;
    for (gsize v = 0; v < tensor->size; v++) {
      if (tensor->size == 32) /* (2, 1, 1, 16) */
        values[v] = (v / 16 == 0) == (v % 16 < 8) ? 0.125f : 0.0f;
      else if (tensor->n_dimensions == 2) /* (labels, 2) */
        values[v] = v % 2 == (v >= 2) ? 5.0f : 0.0f;
      else if (tensor->size == 3) /* (labels,) */
        values[v] = v == 2 ? BACKGROUND_BIAS : 0.0f;
      else
        values[v] = 0.0f;
    }
  }
}

int
main (int argc, char **argv)
{
  char *labels[] = {"low", "high-pitched", "speech", NULL};
  char *names[] = {"Low", "High-Pitched", "Speech", NULL};
  const gboolean background = argc == 3 && g_str_equal (argv[2], "background");
  if (!background)
    labels[2] = names[2] = NULL;
  GenreModelConfig config = {.n_labels = background ? 3 : 2,
                             .n_background = background,
                             .labels = labels,
                             .display_names = names,
                             .segment_frames = 43,
                             .segment_step = 22,
                             .network = background ? NETWORK ("3") : NETWORK ("2"),
                             .temperature = 1.0,
                             .threshold = 0.0,
                             .provenance = "{}"};
  config.front_end = genre_front_end_config_default ();
  config.front_end.fft_size = 512;
  config.front_end.hop = 512;
  config.front_end.bands = 16;
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreModel) model = NULL;
  if (argc == 2 || argc == 3)
    model = genre_model_new (&config, &error);
  if (model) {
    set_weights (genre_model_get_network (model));
    genre_model_save (model, argv[1], GENRE_DTYPE_F32, &error);
  }
  if (error)
    g_printerr ("%s\n", error->message);
  return !model || error;
}
