/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-train info */
#include <math.h>
#include <string.h>
#include "command.h"
#include "frontendjson.h"
#include "json.h"
#include "measuring/report.h"
#include "model.h"
#include "modelfile.h"
#include "printable.h"
#include "representation.h"
#include "translation.h"

#define NAME "info"

static const char summary[] =
    N_ ("Says what a model file holds: labels, front end, segments, layers with the shape of their "
        "output,\n"
        "parameters, multiply-adds for a second of audio, calibration and provenance.");

static const char description[] = N_ (
    "Multiply-adds count the overlap of segments: each is computed once, a new one every step.\n\n"
    "Exit status: 0 done, 1 failed, 2 wrong command line.\n\n"
    "Example:\n"
    "  genre-train info my.model\n");

/* What one segment costs, and how often it is due. */
typedef struct {
  gsize n_parameters;
  guint64 n_multiply_adds;
  double segments_per_second;
} Cost;

static double
frames_per_second (const GenreModelConfig *config)
{
  return (double)config->front_end.rate / config->front_end.hop;
}

static Cost
add_up (GenreModel *model)
{
  const GenreModelConfig *config = genre_model_get_config (model);
  GenreNetwork *network = genre_model_get_network (model);
  const GArray *layers = genre_network_get_layer_info (network);
  Cost cost = {.n_parameters = genre_network_get_n_parameters (network),
               .segments_per_second = frames_per_second (config) / config->segment_step};
  for (guint i = 0; i < layers->len; i++)
    cost.n_multiply_adds += g_array_index (layers, GenreLayerInfo, i).n_multiply_adds;
  return cost;
}

/* "1,234,567" */
static char *
group_digits (guint64 value)
{
  GString *text = g_string_new (NULL);
  g_string_printf (text, "%" G_GUINT64_FORMAT, value);
  for (gssize i = (gssize)text->len - 3; i > 0; i -= 3)
    g_string_insert_c (text, i, ',');
  return g_string_free (text, FALSE);
}

/* ---- text ---- */

static void
print_heading (const GenreModelConfig *config, const char *path)
{
  const GenreFrontEndConfig *front_end = &config->front_end;
  double rate = frames_per_second (config);
  g_print ("%s\n\n", path);
  g_print ("Front end     %s", genre_representation_get_traits (front_end->representation)->name);
  if (front_end->coefficients > 0)
    g_print (", %u coefficients", front_end->coefficients);
  g_print (", %u bands from %g to %g Hz\n", front_end->bands, front_end->min_frequency,
           front_end->max_frequency);
  g_print ("              %u Hz, window %u, hop %u samples: %.1f frames per second\n",
           front_end->rate, front_end->fft_size, front_end->hop, rate);
  g_print ("Segments      %u frames (%.1f s), a new one every %u frames (%.1f s)\n",
           config->segment_frames, config->segment_frames / rate, config->segment_step,
           config->segment_step / rate);
  g_print ("Calibration   temperature %.3f, unknown below %.2f\n", config->temperature,
           config->threshold);
  if (config->doubt > 0)
    g_print ("              of the confidence · familiarity^%.4g\n", config->doubt);
  g_print ("\n");
}

static void
print_labels (const GenreModelConfig *config)
{
  guint width = 0;
  for (guint i = 0; i < config->n_labels; i++)
    width = MAX (width, genre_report_width (config->labels[i]));
  g_print ("Labels (%u)\n", config->n_labels);
  for (guint i = 0; i < config->n_labels; i++) {
    g_autoptr (GString) label = g_string_new (NULL);
    genre_report_pad (label, config->labels[i], width);
    g_autofree char *name = printable (config->display_names[i]);
    g_print ("  %s  %s%s\n", label->str, name,
             i < genre_model_config_count_genres (config) ? "" : " (no music)");
  }
  g_print ("\n");
}

/* Of the column of names: nested layers have long ones. */
static int
name_width (const GArray *layers)
{
  gsize width = 12;
  for (guint i = 0; i < layers->len; i++)
    width = MAX (width, strlen (g_array_index (layers, GenreLayerInfo, i).name));
  return (int)width + 2;
}

static void
print_layers (const GArray *layers, int names)
{
  g_print ("%-*s%-20s%20s%14s%16s\n", names, "Layer", "Type", "Output", "Parameters",
           "Multiply-adds");
  for (guint i = 0; i < layers->len; i++) {
    const GenreLayerInfo *layer = &g_array_index (layers, GenreLayerInfo, i);
    g_autofree char *shape =
        g_strdup_printf ("%u × %u × %u", layer->channels, layer->frames, layer->features);
    g_autofree char *parameters = group_digits (layer->n_parameters);
    g_autofree char *multiply_adds = group_digits (layer->n_multiply_adds);
    g_autoptr (GString) line = g_string_new (NULL);
    g_string_printf (line, "%-*s%-20s", names, layer->name, layer->type);
    for (guint j = genre_report_width (shape); j < 20; j++)
      g_string_append_c (line, ' ');
    g_print ("%s%s%14s%16s\n", line->str, shape, parameters, multiply_adds);
  }
}

static void
print_cost (const Cost *cost, int names)
{
  g_autofree char *parameters = group_digits (cost->n_parameters);
  g_autofree char *multiply_adds = group_digits (cost->n_multiply_adds);
  double per_second = (double)cost->n_multiply_adds * cost->segments_per_second;
  g_print ("%-*s%-20s%20s%14s%16s\n\n", names, "All", "", "", parameters, multiply_adds);
  g_print ("%.2f million multiply-adds per second of audio\n", per_second / 1e6);
}

static void
print_provenance (const GenreModelConfig *config)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = genre_json_parse (config->provenance, -1, "provenance", &error);
  g_autofree char *text = node ? genre_json_to_string (node, TRUE) : g_strdup (config->provenance);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_print ("\nProvenance\n");
  for (char **line = lines; *line; line++) {
    g_autofree char *shown = printable (*line);
    g_print ("%s\n", shown);
  }
}

static void
print_model (GenreModel *model, const char *path)
{
  const GenreModelConfig *config = genre_model_get_config (model);
  const GArray *layers = genre_network_get_layer_info (genre_model_get_network (model));
  int names = name_width (layers);
  Cost cost = add_up (model);
  print_heading (config, path);
  print_labels (config);
  print_layers (layers, names);
  print_cost (&cost, names);
  print_provenance (config);
}

/* ---- JSON ---- */

static JsonArray *
labels_json (const GenreModelConfig *config)
{
  JsonArray *array = json_array_new ();
  for (guint i = 0; i < config->n_labels; i++) {
    JsonObject *label = json_object_new ();
    json_object_set_string_member (label, "label", config->labels[i]);
    json_object_set_string_member (label, "name", config->display_names[i]);
    if (i >= genre_model_config_count_genres (config))
      json_object_set_boolean_member (label, "background", TRUE);
    json_array_add_object_element (array, label);
  }
  return array;
}

static JsonArray *
layers_json (const GArray *layers)
{
  JsonArray *array = json_array_new ();
  for (guint i = 0; i < layers->len; i++) {
    const GenreLayerInfo *layer = &g_array_index (layers, GenreLayerInfo, i);
    JsonObject *object = json_object_new ();
    JsonArray *shape = json_array_new ();
    json_array_add_int_element (shape, layer->channels);
    json_array_add_int_element (shape, layer->frames);
    json_array_add_int_element (shape, layer->features);
    json_object_set_string_member (object, "name", layer->name);
    json_object_set_string_member (object, "type", layer->type);
    json_object_set_array_member (object, "output", shape);
    json_object_set_int_member (object, "parameters", (gint64)layer->n_parameters);
    json_object_set_int_member (object, "multiply-adds", (gint64)layer->n_multiply_adds);
    json_array_add_object_element (array, object);
  }
  return array;
}

static gboolean
save_json (GenreModel *model, const char *path, GError **error)
{
  const GenreModelConfig *config = genre_model_get_config (model);
  const GArray *layers = genre_network_get_layer_info (genre_model_get_network (model));
  Cost cost = add_up (model);
  g_autoptr (JsonObject) object = json_object_new ();
  JsonObject *segment = json_object_new ();
  json_object_set_int_member (segment, "frames", config->segment_frames);
  json_object_set_int_member (segment, "step", config->segment_step);
  json_object_set_array_member (object, "labels", labels_json (config));
  json_object_set_object_member (object, "front-end",
                                 genre_front_end_config_to_json (&config->front_end));
  json_object_set_object_member (object, "segment", segment);
  json_object_set_double_member (object, "temperature", config->temperature);
  json_object_set_double_member (object, "threshold", config->threshold);
  json_object_set_double_member (object, "doubt", config->doubt);
  json_object_set_array_member (object, "layers", layers_json (layers));
  json_object_set_int_member (object, "parameters", (gint64)cost.n_parameters);
  json_object_set_double_member (object, "multiply-adds-per-second",
                                 (double)cost.n_multiply_adds * cost.segments_per_second);
  JsonNode *provenance = genre_json_parse (config->provenance, -1, "provenance", NULL);
  if (provenance)
    json_object_set_member (object, "provenance", provenance);
  return genre_json_save (object, path, error);
}

int
genre_command_info (int argc, char **argv)
{
  g_autofree char *json = NULL;
  const GOptionEntry entries[] = {
      {"json", 'j', 0, G_OPTION_ARG_FILENAME, &json, N_ ("Write the same as JSON"), N_ ("FILE")},
      {0},
  };
  g_autoptr (GOptionContext) context =
      genre_command_context (NAME, N_ ("MODEL"), summary, description, entries);
  if (!genre_command_parse (context, &argc, &argv))
    return GENRE_EXIT_USAGE;
  if (argc != 2)
    return genre_command_usage (NAME, _ ("one model file is needed"));
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreModel) model = genre_model_load (argv[1], &error);
  const char *const outputs[] = {json};
  if (!model || (json && (!genre_command_check_output (json, &error) ||
                          !genre_command_check_apart (outputs, 1, argv + 1, &error))))
    return genre_command_fail (NAME, error);
  print_model (model, argv[1]);
  if (json && !save_json (model, json, &error))
    return genre_command_fail (NAME, error);
  return GENRE_EXIT_OK;
}
