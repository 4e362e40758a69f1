/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "learningfolder.h"
#include <glib/gstdio.h>
#include <string.h>
#include "filepath.h"
#include "files.h"
#include "json.h"

#define PREFIX "learning-"
#define REMOVED "removed-" /* on the way: learning never goes on in half a folder */
#define MARK "finished.json"
#define MAX_MARK (1 << 20) /* bytes */

char *
genre_learning_folder_new (const char *work, const char *identity)
{
  g_autofree char *name = g_strconcat (PREFIX, identity, NULL);
  return g_build_filename (work, name, NULL);
}

/* The same for the same file, whatever bytes its name has. */
static char *
identify_output (const char *output, GError **error)
{
  return file_path_to_uri (output, error);
}

static gboolean
mark (const char *folder, const char *uri, GError **error)
{
  g_autofree char *path = g_build_filename (folder, MARK, NULL);
  g_autoptr (JsonObject) object = json_object_new ();
  json_object_set_string_member (object, "model", uri);
  return genre_json_save (object, path, error);
}

static gboolean
is_marked (const char *folder, const char *uri)
{
  g_autofree char *path = g_build_filename (folder, MARK, NULL);
  g_autofree char *text = genre_file_read_text (path, MAX_MARK, NULL);
  g_autoptr (JsonObject) object = text ? genre_json_parse_object (text, -1, path, NULL) : NULL;
  return object && g_strcmp0 (genre_json_peek_string (object, "model"), uri) == 0;
}

/* A link is none. */
static gboolean
has_type (const char *path, mode_t type)
{
  GStatBuf status;
  return g_lstat (path, &status) == 0 && (status.st_mode & S_IFMT) == type;
}

/* Folders of @work, by name, whose name is @prefix and an identity. (transfer full) of char * */
static GPtrArray *
list_folders (const char *work, const char *prefix)
{
  GPtrArray *folders = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) names = genre_file_list_folder (work, NULL);
  for (guint i = 0; names && i < names->len; i++) {
    const char *name = names->pdata[i];
    if (!g_str_has_prefix (name, prefix))
      continue;
    const char *identity = name + strlen (prefix);
    gsize n_digits = strspn (identity, "0123456789abcdef");
    g_autofree char *path = g_build_filename (work, name, NULL);
    if (n_digits == 16 && identity[n_digits] == '\0' && has_type (path, S_IFDIR))
      g_ptr_array_add (folders, g_steal_pointer (&path));
  }
  return folders;
}

/* What learn and cross-validation write, and what a kill -9 leaves beside it (files.h). */
static gboolean
is_ours (const char *name)
{
  return g_regex_match_simple ("^(finished\\.json|plan\\.json|model\\.checkpoint|"
                               "half-[0-9]+\\.(json|checkpoint)|"
                               "fold-[0-9]+\\.(json|tsv|safetensors|checkpoint))"
                               "(\\.[A-Z0-9]{6})?$",
                               name, G_REGEX_DOLLAR_ENDONLY, 0);
}

/* The folder itself goes if nothing is left in it. */
static void
remove_files (const char *folder)
{
  g_autoptr (GPtrArray) names = genre_file_list_folder (folder, NULL);
  for (guint i = 0; names && i < names->len; i++) {
    g_autofree char *path = g_build_filename (folder, names->pdata[i], NULL);
    if (is_ours (names->pdata[i]) && has_type (path, S_IFREG))
      g_unlink (path);
  }
  g_rmdir (folder);
}

static void
remove_folder (const char *folder)
{
  g_autofree char *folds = g_build_filename (folder, "folds", NULL);
  if (has_type (folds, S_IFDIR))
    remove_files (folds);
  remove_files (folder);
}

static void
remove_superseded (const char *work, const char *folder, const char *uri)
{
  g_autoptr (GPtrArray) all = list_folders (work, PREFIX);
  for (guint i = 0; i < all->len; i++) {
    const char *path = all->pdata[i];
    g_autofree char *name = g_path_get_basename (path);
    g_autofree char *away = g_strconcat (work, "/" REMOVED, name + strlen (PREFIX), NULL);
    if (strcmp (path, folder) != 0 && is_marked (path, uri) && g_rename (path, away) != 0)
      remove_folder (path); /* somebody's file keeps one of that name where it was put away */
  }
  g_autoptr (GPtrArray) removed = list_folders (work, REMOVED);
  for (guint i = 0; i < removed->len; i++)
    remove_folder (removed->pdata[i]);
}

gboolean
genre_learning_folder_conclude (const char *work, const char *folder, const char *output,
                                GError **error)
{
  g_autofree char *uri = identify_output (output, error);
  if (!uri || !mark (folder, uri, error))
    return FALSE;
  remove_superseded (work, folder, uri);
  return TRUE;
}

guint
genre_learning_folder_count_others (const char *work, const char *folder)
{
  g_autoptr (GPtrArray) all = list_folders (work, PREFIX);
  guint n = 0;
  for (guint i = 0; i < all->len; i++)
    n += strcmp (all->pdata[i], folder) != 0;
  return n;
}
