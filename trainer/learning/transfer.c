/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer.h"
#include "checkpoint.h"
#include "measuring/segmentscores.h"
#include "modelfile.h"
#include "networkends.h"
#include "running/progress.h"
#include "running/ranks.h"
#include <gio/gio.h>
#include <math.h>
#include <string.h>

#define AT_ONCE 64 /* clips heard before it looks whether to stop */

struct _GenreTransfer {
  GenreModel *source;
  char *name; /* of the source's file, in UTF-8 */
  GenreDataset *dataset;
  double body_rate;
  guint n_threads;
  const gint *stop; /* or NULL */
  char *identity;
  GHashTable *answers; /* of GenreClip: (n_labels of the source,) double, NULL: too short */
};

/* ---- what fits ---- */

static gboolean
check_front_end (const GenreModelConfig *source, const GenreDataset *dataset, GError **error)
{
  const GenreFrontEndConfig hears = genre_front_end_config_as_stored (&source->front_end);
  const GenreFrontEndConfig data = genre_front_end_config_as_stored (&dataset->front_end);
  if (genre_front_end_config_equal (&hears, &data))
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
               "hears with another front end than the spectrograms were made with, expected the "
               "same");
  return FALSE;
}

static gboolean
check_end (GenreModel *source, GError **error)
{
  g_autoptr (GPtrArray) ends = genre_network_ends_find (genre_model_get_network (source));
  if (!ends)
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "does not end with a dense layer, expected one: nothing new can be put on it");
  return ends != NULL;
}

static char *
make_identity (GenreModel *source, double body_rate)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  genre_checkpoint_add_model (sum, source);
  g_checksum_update (sum, (const guchar *)&body_rate, sizeof body_rate);
  return g_strdup (g_checksum_get_string (sum));
}

GenreTransfer *
genre_transfer_new (GenreModel *source, const char *name, GenreDataset *dataset, double body_rate,
                    guint n_threads, GError **error)
{
  g_autofree char *shown = g_filename_display_name (name);
  if (!check_front_end (genre_model_get_config (source), dataset, error) ||
      !check_end (source, error)) {
    g_prefix_error (error, "%s: ", shown);
    return NULL;
  }
  GenreTransfer *transfer = g_new0 (GenreTransfer, 1);
  transfer->source = genre_model_ref (source);
  transfer->name = g_steal_pointer (&shown);
  transfer->dataset = dataset;
  transfer->body_rate = body_rate;
  transfer->n_threads = n_threads;
  transfer->identity = make_identity (source, body_rate);
  transfer->answers = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return transfer;
}

GenreTransfer *
genre_transfer_load (const char *path, GenreDataset *dataset, GenreRecipe *recipe, double body_rate,
                     guint n_threads, GError **error)
{
  g_autoptr (GenreModel) source = genre_model_load (path, error);
  GenreTransfer *transfer =
      source ? genre_transfer_new (source, path, dataset, body_rate, n_threads, error) : NULL;
  if (transfer)
    genre_transfer_adapt (transfer, recipe);
  return transfer;
}

void
genre_transfer_free (GenreTransfer *transfer)
{
  if (!transfer)
    return;
  genre_model_unref (transfer->source);
  g_hash_table_unref (transfer->answers);
  g_free (transfer->identity);
  g_free (transfer->name);
  g_free (transfer);
}

const char *
genre_transfer_get_identity (const GenreTransfer *transfer)
{
  return transfer->identity;
}

void
genre_transfer_set_stop (GenreTransfer *transfer, const gint *stop)
{
  transfer->stop = stop;
}

void
genre_transfer_adapt (const GenreTransfer *transfer, GenreRecipe *recipe)
{
  const GenreModelConfig *config = genre_model_get_config (transfer->source);
  genre_recipe_begin (recipe, config->segment_frames, config->segment_step);
}

/* ---- what the source hears in new genres ---- */

static gboolean
hear_clips (GenreTransfer *transfer, GPtrArray *clips, GError **error)
{
  const GenreModelConfig *config = genre_model_get_config (transfer->source);
  g_autoptr (GenreSegmentScores) scores = genre_segment_scores_from_network (
      genre_model_get_network (transfer->source), genre_model_get_front_end (transfer->source),
      config->segment_step, genre_model_config_count_genres (config), clips, transfer->n_threads,
      error);
  if (!scores) {
    g_prefix_error (error, "%s: ", transfer->name);
    return FALSE;
  }
  for (guint i = 0; i < clips->len; i++) {
    g_autofree double *p = g_new (double, config->n_labels);
    gboolean heard = genre_segment_scores_answer (scores, i, config->temperature, p, NULL);
    g_hash_table_insert (transfer->answers, clips->pdata[i], heard ? g_steal_pointer (&p) : NULL);
  }
  return TRUE;
}

/* Whether all ranks may go on. */
static gboolean
check_stop (const GenreTransfer *transfer, GError **error)
{
  gboolean stop = transfer->stop && g_atomic_int_get (transfer->stop);
  if (!genre_ranks_agree (TRUE, &stop, error))
    return FALSE;
  if (stop)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                 "stopped while %s heard what it is to learn from", transfer->name);
  return !stop;
}

/* A few at a time: ten thousand songs take minutes. */
static gboolean
hear_new_clips (GenreTransfer *transfer, const GPtrArray *clips, GError **error)
{
  g_autoptr (GPtrArray) unheard = g_ptr_array_new (), some = g_ptr_array_new ();
  g_autofree double *missing = g_new0 (double, clips->len + 1);
  for (guint i = 0; i < clips->len; i++)
    missing[i] = !g_hash_table_contains (transfer->answers, clips->pdata[i]);
  genre_ranks_add (missing, clips->len); /* ranks that learn together now may have learnt apart */
  for (guint i = 0; i < clips->len; i++)
    if (missing[i] > 0)
      g_ptr_array_add (unheard, clips->pdata[i]);
  g_autoptr (GenreProgress) progress =
      genre_ranks_get_index () == 0 ? genre_progress_new ("clips heard by the model to begin with",
                                                          unheard->len, unheard->len)
                                    : NULL;
  for (guint i = 0; i < unheard->len; i++) {
    const GenreClip *clip = unheard->pdata[i];
    g_ptr_array_add (some, unheard->pdata[i]);
    if (some->len == AT_ONCE || i + 1 == unheard->len) {
      if (!check_stop (transfer, error) || !hear_clips (transfer, some, error))
        return FALSE;
      g_ptr_array_set_size (some, 0);
    }
    if (progress)
      genre_progress_step (progress, 1, clip->path);
  }
  return TRUE;
}

/* Of a genre's clips only the source's genres count, of the background's all labels. @shares:
 * (n_labels of the source,), sum 1. */
static void
mix_label (GenreTransfer *transfer, const GPtrArray *clips, guint label, double *shares)
{
  const GenreModelConfig *config = genre_model_get_config (transfer->source);
  const GenreDataset *dataset = transfer->dataset;
  gboolean is_genre = label < genre_dataset_get_n_genres (dataset);
  guint n = is_genre ? genre_model_config_count_genres (config) : config->n_labels;
  double sum = 0;
  memset (shares, 0, config->n_labels * sizeof *shares);
  for (guint i = 0; i < clips->len; i++) {
    const double *p = ((GenreClip *)clips->pdata[i])->label == label
                          ? g_hash_table_lookup (transfer->answers, clips->pdata[i])
                          : NULL;
    double music = 0;
    for (guint k = 0; p && k < n; k++)
      music += p[k];
    for (guint k = 0; p && k < n && music > 0; k++)
      shares[k] += p[k] / music;
  }
  for (guint k = 0; k < n; k++)
    sum += shares[k];
  for (guint k = 0; k < n; k++)
    shares[k] = sum > 0 ? shares[k] / sum : 1.0 / n;
}

/* The source's label of the same name, if both are background. */
static gint
find_background (const GenreModelConfig *config, const GenreDataset *dataset, guint label)
{
  if (label < genre_dataset_get_n_genres (dataset))
    return -1;
  for (guint k = genre_model_config_count_genres (config); k < config->n_labels; k++)
    if (strcmp (config->labels[k], dataset->labels[label]) == 0)
      return (gint)k;
  return -1;
}

/* (n_labels, n_labels of the source): of what each new row is made. */
static double *
mix_labels (GenreTransfer *transfer, const GPtrArray *clips)
{
  const GenreModelConfig *config = genre_model_get_config (transfer->source);
  const GenreDataset *dataset = transfer->dataset;
  double *shares = g_new0 (double, (gsize)dataset->n_labels * config->n_labels);
  for (guint label = 0; label < dataset->n_labels; label++) {
    double *row = shares + (gsize)label * config->n_labels;
    gint kept = find_background (config, dataset, label);
    if (kept >= 0)
      row[kept] = 1;
    else
      mix_label (transfer, clips, label, row);
  }
  return shares;
}

/* ---- the new network ---- */

/* Whether the tensor is of a layer that the network ends with. */
static gboolean
is_of_end (const GPtrArray *ends, const char *tensor)
{
  const char *dot = strrchr (tensor, '.');
  for (guint i = 0; dot && i < ends->len; i++) {
    gsize length = strlen (ends->pdata[i]);
    if (length == (gsize)(dot - tensor) && strncmp (tensor, ends->pdata[i], length) == 0)
      return TRUE;
  }
  return FALSE;
}

/* Rows of a weight, or of a bias, whose rows have one value. The source's scores are divided by its
 * temperature: what is learnt begins calibrated. */
static void
mix_rows (const GenreTransfer *transfer, const double *shares, const float *from, gsize width,
          float *to)
{
  const GenreModelConfig *config = genre_model_get_config (transfer->source);
  for (guint label = 0; label < transfer->dataset->n_labels; label++)
    for (gsize i = 0; i < width; i++) {
      double sum = 0;
      for (guint k = 0; k < config->n_labels; k++)
        sum += shares[(gsize)label * config->n_labels + k] * from[k * width + i];
      to[label * width + i] = sum / config->temperature;
    }
}

/* Both networks have the same tensors in the same order; only the rows of the ends differ. */
static void
fill (const GenreTransfer *transfer, const double *shares, GenreNetwork *network)
{
  GenreNetwork *source = genre_model_get_network (transfer->source);
  const GArray *from_infos = genre_network_get_parameter_info (source);
  const GArray *to_infos = genre_network_get_parameter_info (network);
  g_autoptr (GPtrArray) ends = genre_network_ends_find (network);
  for (guint i = 0; i < to_infos->len; i++) {
    const GenreTensorInfo *from = &g_array_index (from_infos, GenreTensorInfo, i);
    const GenreTensorInfo *to = &g_array_index (to_infos, GenreTensorInfo, i);
    const float *old = genre_network_get_parameters (source) + from->offset;
    float *new = genre_network_get_parameters (network) + to->offset;
    if (is_of_end (ends, to->name))
      mix_rows (transfer, shares, old, to->size / to->shape[0], new);
    else
      memcpy (new, old, to->size * sizeof *new);
  }
  memcpy (genre_network_get_statistics (network), genre_network_get_statistics (source),
          genre_network_get_n_statistics (network) * sizeof (float));
}

GenreModel *
genre_transfer_begin (GenreTransfer *transfer, const GPtrArray *clips, GError **error)
{
  const GenreModelConfig *source = genre_model_get_config (transfer->source);
  const GenreDataset *dataset = transfer->dataset;
  g_autofree char *network = genre_network_ends_describe (source->network, dataset->n_labels);
  const GenreModelConfig config = {.n_labels = dataset->n_labels,
                                   .n_background = dataset->n_background,
                                   .labels = dataset->labels,
                                   .display_names = dataset->display_names,
                                   .front_end = source->front_end,
                                   .segment_frames = source->segment_frames,
                                   .segment_step = source->segment_step,
                                   .network = network,
                                   .temperature = 1,
                                   .provenance = (char *)"{}"};
  g_autoptr (GenreModel) model = genre_model_new (&config, error);
  if (!model) {
    g_prefix_error (error, "%s, with other labels: ", transfer->name);
    return NULL;
  }
  if (!hear_new_clips (transfer, clips, error))
    return NULL;
  g_autofree double *shares = mix_labels (transfer, clips);
  fill (transfer, shares, genre_model_get_network (model));
  return g_steal_pointer (&model);
}

float *
genre_transfer_rates (const GenreTransfer *transfer, GenreModel *model)
{
  GenreNetwork *network = genre_model_get_network (model);
  const GenreModelConfig *source = genre_model_get_config (transfer->source);
  const GArray *infos = genre_network_get_parameter_info (network);
  g_autoptr (GPtrArray) ends = genre_network_ends_find (network);
  float *rates = g_try_new (float, MAX (1, genre_network_get_n_parameters (network)));
  for (guint i = 0; rates && i < infos->len; i++) {
    const GenreTensorInfo *info = &g_array_index (infos, GenreTensorInfo, i);
    gboolean is_end = is_of_end (ends, info->name);
    gsize width = info->size / info->shape[0];
    for (gsize k = 0; k < info->size; k++) {
      gboolean is_new =
          is_end && find_background (source, transfer->dataset, (guint)(k / width)) < 0;
      rates[info->offset + k] = is_new ? 1 : transfer->body_rate;
    }
  }
  return rates;
}
