/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "frontendjson.h"
#include <math.h>
#include <string.h>
#include "json.h"
#include "representation.h"

/* Members of the JSON object that are whole numbers. */
static const struct {
  const char *name;
  gsize offset;
} integer_members[] = {
    {"rate", G_STRUCT_OFFSET (GenreFrontEndConfig, rate)},
    {"fft-size", G_STRUCT_OFFSET (GenreFrontEndConfig, fft_size)},
    {"hop", G_STRUCT_OFFSET (GenreFrontEndConfig, hop)},
    {"bands", G_STRUCT_OFFSET (GenreFrontEndConfig, bands)},
    {"coefficients", G_STRUCT_OFFSET (GenreFrontEndConfig, coefficients)},
};

/* And those that may have a fraction. */
static const struct {
  const char *name;
  gsize offset;
} number_members[] = {
    {"min-frequency", G_STRUCT_OFFSET (GenreFrontEndConfig, min_frequency)},
    {"max-frequency", G_STRUCT_OFFSET (GenreFrontEndConfig, max_frequency)},
};

static gboolean
get_representation (JsonObject *object, GenreRepresentation *value, GError **error)
{
  JsonNode *node = json_object_get_member (object, "representation");
  const char *name = genre_json_peek_string (object, "representation");
  if (genre_representation_from_name (name, value))
    return TRUE;
  g_autofree char *expected = genre_representation_list_names ();
  const char *found = node ? json_node_type_name (node) : "missing";
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "front-end: \"representation\" is %s, expected %s", name ? name : found, expected);
  return FALSE;
}

static gboolean
get_integer (JsonObject *object, const char *name, guint *value, GError **error)
{
  gint64 number;
  if (!genre_json_get_integer (object, "front-end", name, 0, G_MAXINT32, NULL, &number, error))
    return FALSE;
  *value = (guint)number;
  return TRUE;
}

static gboolean
is_known_member (const char *name)
{
  if (strcmp (name, "representation") == 0)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (integer_members); i++) {
    if (strcmp (name, integer_members[i].name) == 0)
      return TRUE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (number_members); i++) {
    if (strcmp (name, number_members[i].name) == 0)
      return TRUE;
  }
  return FALSE;
}

gboolean
genre_front_end_config_from_json (GenreFrontEndConfig *config, JsonObject *object, GError **error)
{
  g_autoptr (GList) names = json_object_get_members (object);
  for (GList *l = names; l; l = l->next) {
    if (!is_known_member (l->data)) {
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "front-end: unknown member \"%s\"",
                   (const char *)l->data);
      return FALSE;
    }
  }
  *config = genre_front_end_config_default ();
  if (!get_representation (object, &config->representation, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (integer_members); i++) {
    guint *value = G_STRUCT_MEMBER_P (config, integer_members[i].offset);
    if (!get_integer (object, integer_members[i].name, value, error))
      return FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (number_members); i++) {
    double *value = G_STRUCT_MEMBER_P (config, number_members[i].offset);
    if (!genre_json_get_number (object, "front-end", number_members[i].name, -G_MAXDOUBLE,
                                G_MAXDOUBLE, NULL, value, error))
      return FALSE;
  }
  return TRUE;
}

JsonObject *
genre_front_end_config_to_json (const GenreFrontEndConfig *config)
{
  JsonObject *object = json_object_new ();
  json_object_set_string_member (object, "representation",
                                 genre_representation_get_traits (config->representation)->name);
  for (guint i = 0; i < G_N_ELEMENTS (integer_members); i++)
    json_object_set_int_member (object, integer_members[i].name,
                                G_STRUCT_MEMBER (guint, config, integer_members[i].offset));
  for (guint i = 0; i < G_N_ELEMENTS (number_members); i++) {
    double value = G_STRUCT_MEMBER (double, config, number_members[i].offset);
    /* 11025 rather than 11025.0, as a person would write it */
    if (value == floor (value) && fabs (value) < 1e15)
      json_object_set_int_member (object, number_members[i].name, (gint64)value);
    else
      json_object_set_double_member (object, number_members[i].name, value);
  }
  return object;
}

char *
genre_front_end_config_to_text (const GenreFrontEndConfig *config)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (node, genre_front_end_config_to_json (config));
  return genre_json_to_string (node, FALSE);
}
