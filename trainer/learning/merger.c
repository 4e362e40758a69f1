/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The networks become nested residual sums: net 1 + (net 2 + net 3), with the parameters of each
 * under the names that its place gives them. */
#include "merger.h"
#include "networkends.h"
#include <string.h>

#define MIN_WEIGHT 0.01
#define MAX_WEIGHT 100.0
#define MAX_BIAS 20.0 /* of a score: e^20 times as probable */

/* ---- numbers ---- */

/* Not what g_ascii_strtod() takes besides: spaces, hexadecimal. */
static gboolean
parse_number (const char *text, double min, double max, double *number)
{
  char *end;
  *number = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && text[strspn (text, "+-.0123456789eE")] == '\0' &&
         *number >= min && *number <= max;
}

/* @what: what errors call them. */
static double *
parse_numbers (const char *text, guint n, const char *what, double min, double max, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  g_autofree double *numbers = g_new (double, n);
  gboolean good = g_strv_length (parts) == n;
  for (guint i = 0; good && i < n; i++)
    good = parse_number (parts[i], min, max, &numbers[i]);
  if (good)
    return g_steal_pointer (&numbers);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "%s \"%s\", expected %u numbers from %g to %g with commas between them", what, text,
               n, min, max);
  return NULL;
}

double *
genre_merge_parse_weights (const char *text, guint n, GError **error)
{
  return parse_numbers (text, n, "weights", MIN_WEIGHT, MAX_WEIGHT, error);
}

double *
genre_merge_parse_biases (const char *text, guint n, GError **error)
{
  return parse_numbers (text, n, "biases", -MAX_BIAS, MAX_BIAS, error);
}

/* Of all @n; @weights: (n,) or NULL */
static double
share_of (guint i, guint n, const double *weights)
{
  double sum = 0;
  if (!weights)
    return 1.0 / n;
  for (guint k = 0; k < n; k++)
    sum += weights[k];
  return weights[i] / sum;
}

/* ---- what may be merged ---- */

static gboolean
has_dense_end (GenreModel *model)
{
  g_autoptr (GPtrArray) ends = genre_network_ends_find (genre_model_get_network (model));
  return ends != NULL;
}

/* What keeps the model from being merged with the first; NULL if nothing does. */
static const char *
find_fault (GenreModel *model, GenreModel *first)
{
  const GenreModelConfig *a = genre_model_get_config (model), *b = genre_model_get_config (first);
  if (!g_strv_equal ((const char *const *)a->labels, (const char *const *)b->labels) ||
      a->n_background != b->n_background)
    return "has other labels than the first";
  if (!genre_front_end_config_equal (&a->front_end, &b->front_end))
    return "has another front end than the first";
  if (a->segment_frames != b->segment_frames || a->segment_step != b->segment_step)
    return "has other segments than the first";
  if (!has_dense_end (model))
    return "does not end with a dense layer";
  return NULL;
}

static gboolean
check_models (GPtrArray *models, char *const *names, GError **error)
{
  if (models->len < 1) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "%u models to be merged, expected at least 1", models->len);
    return FALSE;
  }
  for (guint i = 0; i < models->len; i++) {
    const char *fault = find_fault (models->pdata[i], models->pdata[0]);
    if (!fault)
      continue;
    g_autofree char *name = g_filename_display_name (names[i]);
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "%s %s", name, fault);
    return FALSE;
  }
  return TRUE;
}

/* ---- descriptions ---- */

static char *
describe (GPtrArray *models)
{
  GString *text = g_string_new ("");
  for (guint i = 0; i < models->len; i++) {
    const char *network =
        genre_network_get_description (genre_model_get_network (models->pdata[i]));
    if (i + 1 < models->len)
      g_string_append_printf (text, "[{\"type\":\"residual\",\"body\":%s,\"shortcut\":", network);
    else
      g_string_append (text, network);
  }
  for (guint i = 1; i < models->len; i++)
    g_string_append (text, "}]");
  return g_string_free (text, FALSE);
}

/* What the names of member @i's tensors begin with. */
static char *
prefix_of (guint i, guint n)
{
  GString *text = g_string_new ("");
  for (guint depth = 0; depth < i; depth++)
    g_string_append (text, "0.shortcut.");
  if (i + 1 < n)
    g_string_append (text, "0.body.");
  return g_string_free (text, FALSE);
}

static char *
merge_provenance (GPtrArray *models, const double *weights)
{
  GString *text = g_string_new ("{\"merged\":[");
  for (guint i = 0; i < models->len; i++)
    g_string_append_printf (text, "%s%s", i ? "," : "",
                            genre_model_get_config (models->pdata[i])->provenance);
  for (guint i = 0; weights && i < models->len; i++) {
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_printf (text, "%s%s", i ? "," : "],\"weights\":[",
                            g_ascii_formatd (number, sizeof number, "%.6g", weights[i]));
  }
  return g_string_free (g_string_append (text, "]}"), FALSE);
}

/* ---- parameters ---- */

/* The description was made so that it is there. */
static const GenreTensorInfo *
find_tensor (const GArray *infos, const char *name)
{
  for (guint i = 0; i < infos->len; i++) {
    const GenreTensorInfo *info = &g_array_index (infos, GenreTensorInfo, i);
    if (strcmp (info->name, name) == 0)
      return info;
  }
  g_assert_not_reached ();
}

static void
copy_tensors (const GArray *from_infos, const float *from, const char *prefix,
              const GArray *to_infos, float *to)
{
  for (guint i = 0; i < from_infos->len; i++) {
    const GenreTensorInfo *info = &g_array_index (from_infos, GenreTensorInfo, i);
    g_autofree char *name = g_strconcat (prefix, info->name, NULL);
    memcpy (to + find_tensor (to_infos, name)->offset, from + info->offset,
            info->size * sizeof *to);
  }
}

static void
scale_tensor (GenreNetwork *network, const char *prefix, const char *layer, const char *suffix,
              double factor)
{
  g_autofree char *name = g_strconcat (prefix, layer, ".", suffix, NULL);
  const GenreTensorInfo *info = find_tensor (genre_network_get_parameter_info (network), name);
  float *values = genre_network_get_parameters (network) + info->offset;
  for (gsize i = 0; i < info->size; i++)
    values[i] *= factor;
}

/* Member @i, whose scores become that share of the mean. */
static void
put_member (GenreModel *member, guint i, guint n, double share, GenreNetwork *network)
{
  GenreNetwork *own = genre_model_get_network (member);
  g_autoptr (GPtrArray) ends = genre_network_ends_find (own);
  double factor = share / genre_model_get_config (member)->temperature;
  g_autofree char *prefix = prefix_of (i, n);
  copy_tensors (genre_network_get_parameter_info (own), genre_network_get_parameters (own), prefix,
                genre_network_get_parameter_info (network), genre_network_get_parameters (network));
  copy_tensors (genre_network_get_statistic_info (own), genre_network_get_statistics (own), prefix,
                genre_network_get_statistic_info (network), genre_network_get_statistics (network));
  for (guint end = 0; end < ends->len; end++) {
    scale_tensor (network, prefix, ends->pdata[end], "weight", factor);
    scale_tensor (network, prefix, ends->pdata[end], "bias", factor);
  }
}

static void
name_members (char *const *names, guint n, GError **error)
{
  GString *all = g_string_new (NULL);
  for (guint i = 0; i < n; i++) {
    g_autofree char *name = g_filename_display_name (names[i]);
    g_string_append_printf (all, "%s%s", i > 0 ? ", " : "", name);
  }
  g_prefix_error (error, "%s merged: ", all->str);
  g_string_free (all, TRUE);
}

GenreModel *
genre_merge (GPtrArray *models, const double *weights, char *const *names, GError **error)
{
  if (!check_models (models, names, error))
    return NULL;
  GenreModelConfig config = {0};
  genre_model_config_copy (genre_model_get_config (models->pdata[0]), &config);
  g_free (config.network);
  g_free (config.provenance);
  config.network = describe (models);
  config.provenance = merge_provenance (models, weights);
  config.temperature = 1;
  config.threshold = 0;
  config.doubt = 0;
  GenreModel *merged = genre_model_new (&config, error);
  genre_model_config_clear (&config);
  if (!merged)
    name_members (names, models->len, error);
  for (guint i = 0; merged && i < models->len; i++)
    put_member (models->pdata[i], i, models->len, share_of (i, models->len, weights),
                genre_model_get_network (merged));
  return merged;
}
