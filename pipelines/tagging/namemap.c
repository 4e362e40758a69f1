/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "namemap.h"
#include "../translation.h"
#include <string.h>

#define MAX_SIZE (1 << 20)

struct _NameMap {
  GHashTable *names; /* of labels and names in lower case */
};

static gboolean
fail (const char *path, guint line, const char *what, GError **error)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, _ ("%s: line %u: %s"), path, line, what);
  return FALSE;
}

static gboolean
take_line (NameMap *self, char *line, const char *path, guint number, GError **error)
{
  g_strstrip (line);
  if (*line == '\0' || *line == '#')
    return TRUE;
  char *equals = strchr (line, '=');
  if (!equals || equals == line)
    return fail (path, number, _ ("expected a genre, =, and what to call it"), error);
  *equals = '\0';
  g_autofree char *from = g_utf8_casefold (g_strchomp (line), -1);
  const char *to = g_strchug (equals + 1);
  for (const char *c = to; *c; c = g_utf8_next_char (c))
    if (g_unichar_iscntrl (g_utf8_get_char (c)))
      return fail (path, number, _ ("a control character in a name"), error);
  g_hash_table_insert (self->names, g_steal_pointer (&from), g_strdup (to));
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
  NameMap *self = g_new0 (NameMap, 1);
  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    if (!take_line (self, lines[i], path, i + 1, error)) {
      name_map_free (self);
      return NULL;
    }
  return self;
}

void
name_map_free (NameMap *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->names);
  g_free (self);
}

const char *
name_map_find (const NameMap *self, const char *label, const char *name)
{
  g_autofree char *low_label = g_utf8_casefold (label, -1);
  g_autofree char *low_name = g_utf8_casefold (name, -1);
  const char *found = self ? g_hash_table_lookup (self->names, low_label) : NULL;
  if (self && !found)
    found = g_hash_table_lookup (self->names, low_name);
  return found ? found : name;
}
