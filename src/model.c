/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model.h"
#include <pthread.h>
#include <string.h>
#include "json.h"
#include "loss.h"

struct _GenreModel {
  gint ref_count; /* atomic */
  GenreModelConfig config;
  GenreFrontEnd *front_end;
  GenreNetwork *network;
  pthread_mutex_t lock;      /* of inference; ThreadSanitizer does not see through GLib's */
  GenreInference *inference; /* made on first use */
};

/* ---- the configuration ---- */

void
genre_model_config_clear (GenreModelConfig *config)
{
  g_clear_pointer (&config->labels, g_strfreev);
  g_clear_pointer (&config->display_names, g_strfreev);
  g_clear_pointer (&config->network, g_free);
  g_clear_pointer (&config->provenance, g_free);
}

void
genre_model_config_copy (const GenreModelConfig *from, GenreModelConfig *to)
{
  *to = *from;
  to->labels = g_strdupv (from->labels);
  to->display_names = g_strdupv (from->display_names);
  to->network = g_strdup (from->network);
  to->provenance = g_strdup (from->provenance);
}

gboolean
genre_label_is_valid (const char *label)
{
  if (!g_ascii_islower (*label))
    return FALSE;
  for (const char *c = label; *c != '\0'; c++) {
    if (!g_ascii_islower (*c) && !g_ascii_isdigit (*c) && *c != '_' && *c != '-')
      return FALSE;
  }
  return strcmp (label, "unknown") != 0;
}

static gboolean
check_label (const GenreModelConfig *config, guint i, GError **error)
{
  const char *label = config->labels[i], *name = config->display_names[i];
  if (!genre_label_is_valid (label)) {
    g_autofree char *shown = g_utf8_make_valid (label, -1);
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "label %u is \"%s\", expected [a-z][a-z0-9_-]* other than \"unknown\"", i, shown);
    return FALSE;
  }
  for (guint j = 0; j < i; j++) {
    if (strcmp (label, config->labels[j]) == 0) {
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                   "labels %u and %u are both \"%s\", expected different ones", j, i, label);
      return FALSE;
    }
  }
  if (*name == '\0' || !g_utf8_validate (name, -1, NULL)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "the name of label \"%s\" is empty or not UTF-8, expected a name", label);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_labels (const GenreModelConfig *config, GError **error)
{
  guint n_labels = config->labels ? g_strv_length (config->labels) : 0;
  guint n_names = config->display_names ? g_strv_length (config->display_names) : 0;
  if (n_labels < 1 || n_labels > GENRE_MODEL_MAX_LABELS) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "%u labels, expected 1 to %d", n_labels,
                 GENRE_MODEL_MAX_LABELS);
    return FALSE;
  }
  if (n_labels != config->n_labels || n_names != n_labels) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "%u labels and %u names, expected %u of both", n_labels, n_names,
                 config->n_labels);
    return FALSE;
  }
  for (guint i = 0; i < n_labels; i++) {
    if (!check_label (config, i, error))
      return FALSE;
  }
  if (config->n_background < n_labels)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "%u of %u labels are background, expected at least one genre", config->n_background,
               n_labels);
  return FALSE;
}

static gboolean
check_count (const char *name, guint value, guint low, guint high, GError **error)
{
  if (value >= low && value <= high)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "%s is %u, expected %u to %u", name, value,
               low, high);
  return FALSE;
}

static gboolean
check_doubt (double doubt, GError **error)
{
  if (doubt >= 0 && doubt <= GENRE_MODEL_MAX_DOUBT)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "doubt is %g, expected 0 to %d", doubt,
               GENRE_MODEL_MAX_DOUBT);
  return FALSE;
}

static gboolean
check_calibration (double temperature, double threshold, GError **error)
{
  /* Written so that NaN fails. */
  if (!(temperature > 0 && temperature <= G_MAXDOUBLE)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "temperature is %g, expected a number over 0", temperature);
    return FALSE;
  }
  if (!(threshold >= 0 && threshold <= 1)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "threshold is %g, expected 0 to 1",
                 threshold);
    return FALSE;
  }
  return TRUE;
}

/* The network is read when it is built, and not here. */
static gboolean
check_json (const GenreModelConfig *config, GError **error)
{
  if (!config->network || !config->provenance) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "no %s, expected JSON",
                 config->network ? "provenance" : "network");
    return FALSE;
  }
  g_autoptr (JsonObject) provenance =
      genre_json_parse_object (config->provenance, -1, "provenance", error);
  return provenance != NULL;
}

static gboolean
check_config (const GenreModelConfig *config, GError **error)
{
  return check_labels (config, error) &&
         check_count ("segment frames", config->segment_frames, GENRE_MODEL_MIN_FRAMES,
                      GENRE_MODEL_MAX_FRAMES, error) &&
         check_count ("segment step", config->segment_step, 1, config->segment_frames, error) &&
         check_calibration (config->temperature, config->threshold, error) &&
         check_doubt (config->doubt, error) && check_json (config, error);
}

static gboolean
check_pace (const GenreModelConfig *config, GError **error)
{
  const GenreFrontEndConfig *front_end = &config->front_end;
  const guint64 samples = (guint64)config->segment_step * front_end->hop;
  if (samples * GENRE_MODEL_MAX_PACE >= front_end->rate)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "segment step is %u of hop %u at rate %u, %g segments a second, expected at most "
               "%d",
               config->segment_step, front_end->hop, front_end->rate,
               (double)front_end->rate / samples, GENRE_MODEL_MAX_PACE);
  return FALSE;
}

/* A network may take seconds, but not for every hundredth of one. Where layers multiply nothing it
 * is the values that take time. */
static gboolean
check_work (const GenreModelConfig *config, const GenreNetwork *network, GError **error)
{
  const GenreFrontEndConfig *front_end = &config->front_end;
  const guint64 transform =
      (guint64)config->segment_frames * front_end->bands * front_end->coefficients;
  const guint64 products = genre_network_count_multiply_adds (network) + transform;
  const guint64 values = genre_network_count_values (network);
  const double pace = (double)front_end->rate / ((double)config->segment_step * front_end->hop);
  if ((products + values * GENRE_MODEL_VALUE) * pace <= (double)GENRE_MODEL_MAX_MULTIPLY_ADDS)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "segments take %" G_GUINT64_FORMAT " multiply-adds, %" G_GUINT64_FORMAT
               " of them for the cepstrum, and %" G_GUINT64_FORMAT
               " values, each as good as %d of these, %g times a second, expected at most "
               "%" G_GUINT64_FORMAT " for a second of audio",
               products, transform, values, GENRE_MODEL_VALUE, pace, GENRE_MODEL_MAX_MULTIPLY_ADDS);
  return FALSE;
}

/* ---- the model ---- */

GenreModel *
genre_model_describe (const GenreModelConfig *config, GError **error)
{
  if (!check_config (config, error))
    return NULL;
  g_autoptr (GenreFrontEnd) front_end = genre_front_end_new (&config->front_end, error);
  if (!front_end || !check_pace (config, error))
    return NULL;
  g_autoptr (GenreNetwork) network =
      genre_network_describe (config->network, config->segment_frames,
                              genre_front_end_get_features (front_end), config->n_labels, error);
  if (!network || !check_work (config, network, error))
    return NULL;
  GenreModel *model = g_new0 (GenreModel, 1);
  model->ref_count = 1;
  pthread_mutex_init (&model->lock, NULL);
  genre_model_config_copy (config, &model->config);
  model->front_end = g_steal_pointer (&front_end);
  model->network = g_steal_pointer (&network);
  return model;
}

GenreModel *
genre_model_new (const GenreModelConfig *config, GError **error)
{
  g_autoptr (GenreModel) model = genre_model_describe (config, error);
  if (!model || !genre_network_allocate (model->network, error))
    return NULL;
  return g_steal_pointer (&model);
}

GenreModel *
genre_model_ref (GenreModel *model)
{
  g_return_val_if_fail (model, NULL);
  g_atomic_int_inc (&model->ref_count);
  return model;
}

void
genre_model_unref (GenreModel *model)
{
  g_return_if_fail (model);
  if (!g_atomic_int_dec_and_test (&model->ref_count))
    return;
  g_clear_pointer (&model->inference, genre_inference_free);
  genre_network_unref (model->network);
  genre_front_end_unref (model->front_end);
  genre_model_config_clear (&model->config);
  pthread_mutex_destroy (&model->lock);
  g_free (model);
}

const GenreModelConfig *
genre_model_get_config (const GenreModel *model)
{
  return &model->config;
}

void
genre_model_set_calibration (GenreModel *model, double temperature, double threshold)
{
  g_return_if_fail (check_calibration (temperature, threshold, NULL));
  model->config.temperature = temperature;
  model->config.threshold = threshold;
}

void
genre_model_set_doubt (GenreModel *model, double doubt)
{
  g_return_if_fail (check_doubt (doubt, NULL));
  model->config.doubt = doubt;
}

void
genre_model_set_provenance (GenreModel *model, const char *json)
{
  g_autoptr (JsonObject) object = genre_json_parse_object (json, -1, "provenance", NULL);
  g_return_if_fail (object);
  char *copy = g_strdup (json);
  g_free (model->config.provenance);
  model->config.provenance = copy;
}

GenreFrontEnd *
genre_model_get_front_end (GenreModel *model)
{
  return model->front_end;
}

GenreNetwork *
genre_model_get_network (GenreModel *model)
{
  return model->network;
}

static GenreInference *
prepare (GenreModel *model, GError **error)
{
  pthread_mutex_lock (&model->lock);
  if (!model->inference)
    model->inference = genre_inference_new (model->network, error);
  GenreInference *inference = model->inference;
  pthread_mutex_unlock (&model->lock);
  return inference;
}

gboolean
genre_model_prepare (GenreModel *model, GError **error)
{
  return prepare (model, error) != NULL;
}

GenreInference *
genre_model_get_inference (GenreModel *model)
{
  g_autoptr (GError) error = NULL;
  GenreInference *inference = prepare (model, &error);
  if (!inference)
    g_error ("%s", error->message);
  return inference;
}

void
genre_model_classify_segment (GenreModel *model, const float *input, double *probabilities)
{
  float scores[GENRE_MODEL_MAX_LABELS];
  genre_inference_run (genre_model_get_inference (model), input, scores);
  genre_softmax (scores, model->config.n_labels, model->config.temperature, probabilities);
}
