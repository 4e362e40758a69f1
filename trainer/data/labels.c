/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "labels.h"
#include "model.h"
#include <string.h>

#define PREFIX "genre-" /* of labels whose name begins with no letter */

/* NULL if nothing that begins with a letter is left. */
static char *
spell (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  g_autofree char *ascii = g_str_to_ascii (valid, "C");
  GString *label = g_string_new (NULL);
  for (const char *p = ascii; *p != '\0'; p++) {
    char c = g_ascii_tolower (*p);
    if (!g_ascii_isalnum (c) && c != '_')
      c = '-';
    if (c == '-' && (label->len == 0 || label->str[label->len - 1] == '-'))
      continue;
    g_string_append_c (label, c);
  }
  while (label->len > 0 && label->str[label->len - 1] == '-')
    g_string_truncate (label, label->len - 1);
  gboolean usable = g_ascii_isalpha (label->str[0]);
  return g_string_free (label, !usable);
}

char *
genre_label_from_name (const char *name, const char *key)
{
  char *label = spell (name);
  if (label)
    return label;
  g_autofree char *prefixed = g_strconcat (PREFIX, name, NULL);
  label = spell (prefixed); /* "80s" */
  if (strlen (label) > strlen (PREFIX))
    return label;
  g_free (label); /* a name in letters that ASCII has nothing for */
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, key, -1);
  return g_strdup_printf (PREFIX "%.8s", hash);
}

char *
genre_label_from_folder (const char *folder)
{
  return genre_label_from_name (folder, folder);
}

char *
genre_label_display_name (const char *folder)
{
  if (g_str_equal (folder, "hiphop"))
    return g_strdup ("Hip-Hop");
  char *name = g_utf8_make_valid (folder, -1);
  for (const char *p = name; *p != '\0'; p++)
    if (g_ascii_isupper (*p) || (guchar)*p >= 0x80)
      return name;
  for (char *p = name; *p != '\0'; p++) {
    if (*p == '_')
      *p = ' ';
    if (p == name || p[-1] == ' ' || p[-1] == '-')
      *p = g_ascii_toupper (*p);
  }
  return name;
}

static gboolean G_GNUC_PRINTF (2, 3) fail (GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, GENRE_ERROR, GENRE_ERROR_DATA, message);
  return FALSE;
}

/* @owners: label to folder, of the folders before. */
static gboolean
check_folder (const char *root, const char *folder, GHashTable *owners, GError **error)
{
  g_autofree char *label = genre_label_from_folder (folder);
  if (!genre_label_is_valid (label))
    return fail (error, "%s: the folder name \"%s\" gives the label \"%s\", which is reserved",
                 root, folder, label);
  const char *other = g_hash_table_lookup (owners, label);
  if (other)
    return fail (error, "%s: the folders \"%s\" and \"%s\" both give the label \"%s\"", root, other,
                 folder, label);
  g_hash_table_insert (owners, g_steal_pointer (&label), (gpointer)folder);
  return TRUE;
}

gboolean
genre_labels_check (const char *root, const char *const *folders, guint n, GError **error)
{
  g_autoptr (GHashTable) owners = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < n; i++)
    if (!check_folder (root, folders[i], owners, error))
      return FALSE;
  if (n > GENRE_MODEL_MAX_LABELS)
    return fail (error, "%s: %u genres, at most %d expected", root, n, GENRE_MODEL_MAX_LABELS);
  return TRUE;
}
