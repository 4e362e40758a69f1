/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "namemap.h"
#include "../genrename.h"
#include "../translation.h"
#include <string.h>

#define MAX_SIZE (1 << 20)
#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* Windows' editors put it in front */

typedef struct {
  char *genre; /* as it is spelled there */
  char *key;
  char *name; /* "": not written */
  guint number;
} Line;

struct _NameMap {
  char *path;
  GPtrArray *lines;   /* of Line, in their order */
  GHashTable *by_key; /* key to Line */
};

static void
free_line (gpointer data)
{
  Line *self = data;
  g_free (self->genre);
  g_free (self->key);
  g_free (self->name);
  g_free (self);
}

static gboolean
fail (const char *path, guint line, const char *what, GError **error)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, _ ("%s: line %u: %s"), path, line, what);
  return FALSE;
}

static gboolean
fail_as_other (const NameMap *self, const Line *line, const Line *earlier, GError **error)
{
  g_autofree char *what = g_strdup_printf (_ ("line %u says otherwise: \"%s = %s\""),
                                           earlier->number, earlier->genre, earlier->name);
  return fail (self->path, line->number, what, error);
}

/* One genre has one name, but the same may be said twice. */
static gboolean
add_line (NameMap *self, const char *genre, const char *name, guint number, GError **error)
{
  Line *line = g_new (Line, 1);
  *line = (Line){g_strdup (genre), genre_name_key_or_signs (genre), g_strdup (name), number};
  g_ptr_array_add (self->lines, line);
  const Line *earlier = g_hash_table_lookup (self->by_key, line->key);
  if (earlier && !g_str_equal (earlier->name, name))
    return fail_as_other (self, line, earlier, error);
  g_hash_table_insert (self->by_key, line->key, line);
  return TRUE;
}

/* Stripping would cut it off, and make a genre of that name an unwanted one. */
static gboolean
has_control (const char *line)
{
  for (; *line; line = g_utf8_next_char (line))
    if (g_unichar_iscntrl (g_utf8_get_char (line)) && !g_ascii_isspace (*line))
      return TRUE;
  return FALSE;
}

static gboolean
take_line (NameMap *self, char *line, guint number, GError **error)
{
  genre_name_cut_remark (line);
  if (has_control (line))
    return fail (self->path, number, _ ("a control character in a name"), error);
  genre_name_strip (line);
  if (*line == '\0')
    return TRUE;
  char *equals = strchr (line, '=');
  if (!equals || equals == line)
    return fail (self->path, number, _ ("expected a genre, =, and what to call it"), error);
  *equals = '\0';
  const char *name = genre_name_strip (equals + 1);
  for (const char *c = name; *c; c = g_utf8_next_char (c))
    if (g_unichar_iscntrl (g_utf8_get_char (c)))
      return fail (self->path, number, _ ("a control character in a name"), error);
  return add_line (self, genre_name_strip (line), name, number, error);
}

static gboolean
take_text (NameMap *self, const char *text, GError **error)
{
  const gboolean marked = g_str_has_prefix (text, BYTE_ORDER_MARK);
  g_auto (GStrv) lines = g_strsplit (text + (marked ? strlen (BYTE_ORDER_MARK) : 0), "\n", -1);
  for (guint i = 0; lines[i]; i++)
    if (!take_line (self, lines[i], i + 1, error))
      return FALSE;
  return TRUE;
}

NameMap *
name_map_new_from_file (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  gsize size = 0;
  if (!g_file_get_contents (path, &text, &size, error))
    return NULL;
  if (size > MAX_SIZE || !g_utf8_validate_len (text, size, NULL)) {
    fail (path, 1, _ ("expected a short text in UTF-8"), error);
    return NULL;
  }
  NameMap *self = g_new (NameMap, 1);
  *self = (NameMap){g_strdup (path), g_ptr_array_new_with_free_func (free_line),
                    g_hash_table_new (g_str_hash, g_str_equal)};
  if (take_text (self, text, error))
    return self;
  name_map_free (self);
  return NULL;
}

void
name_map_free (NameMap *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->by_key);
  g_ptr_array_unref (self->lines);
  g_free (self->path);
  g_free (self);
}

static const Line *
find_line (const NameMap *self, const char *genre)
{
  g_autofree char *key = genre_name_key_or_signs (genre);
  return g_hash_table_lookup (self->by_key, key);
}

const char *
name_map_find (const NameMap *self, const char *label, const char *name)
{
  const Line *line = self ? find_line (self, label) : NULL;
  if (self && !line)
    line = find_line (self, name);
  return line ? line->name : name;
}

/* ---- what a model knows ---- */

/* Keys of labels and of their names. */
static GHashTable *
list_keys (const GstStructure *genres)
{
  GHashTable *keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (int i = 0; i < gst_structure_n_fields (genres); i++) {
    const char *label = gst_structure_nth_field_name (genres, (guint)i);
    g_hash_table_add (keys, genre_name_key_or_signs (label));
    g_hash_table_add (keys, genre_name_key_or_signs (gst_structure_get_string (genres, label)));
  }
  return keys;
}

static char *
list_labels (const GstStructure *genres)
{
  GString *text = g_string_new (NULL);
  for (int i = 0; i < gst_structure_n_fields (genres); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "",
                            gst_structure_nth_field_name (genres, (guint)i));
  return g_string_free (text, FALSE);
}

/* A line about a genre's label, and another one about its name. */
static void
add_contradictions (const NameMap *self, const GstStructure *genres, GPtrArray *faults)
{
  for (int i = 0; i < gst_structure_n_fields (genres); i++) {
    const char *label = gst_structure_nth_field_name (genres, (guint)i);
    const Line *first = find_line (self, label);
    const Line *second = find_line (self, gst_structure_get_string (genres, label));
    g_autoptr (GError) error = NULL;
    if (!first || !second || g_str_equal (first->name, second->name))
      continue;
    if (first->number < second->number)
      fail_as_other (self, second, first, &error);
    else
      fail_as_other (self, first, second, &error);
    g_ptr_array_add (faults, g_strdup (error->message));
  }
}

GPtrArray *
name_map_find_faults (const NameMap *self, const GstStructure *genres)
{
  GPtrArray *faults = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) keys = list_keys (genres);
  g_autofree char *labels = list_labels (genres);
  for (guint i = 0; i < self->lines->len; i++) {
    const Line *line = self->lines->pdata[i];
    if (!g_hash_table_contains (keys, line->key))
      g_ptr_array_add (faults,
                       g_strdup_printf (_ ("%s: line %u: the model has no genre \"%s\", it has %s"),
                                        self->path, line->number, line->genre, labels));
    if (!genre_name_fits_id3 (line->name))
      g_ptr_array_add (
          faults,
          g_strdup_printf (_ ("%s: line %u: \"%s\" is no name in ID3 (MP3, AIFF, WAV), where "
                              "numbers, brackets in front, RX and CR mean something else"),
                           self->path, line->number, line->name));
  }
  add_contradictions (self, genres, faults);
  return faults;
}
