/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "change.h"
#include "../jsonline.h"
#include <string.h>

#define NANOSECONDS 1000000000 /* of a second */

gint64
file_version_time (const struct stat *status)
{
  const gint64 seconds = status->st_mtim.tv_sec;
  if (seconds >= G_MAXINT64 / NANOSECONDS)
    return FILE_VERSION_LAST_TIME;
  if (seconds <= G_MININT64 / NANOSECONDS)
    return FILE_VERSION_FIRST_TIME;
  return seconds * NANOSECONDS + status->st_mtim.tv_nsec;
}

void
file_version_set (FileVersion *self, const struct stat *status)
{
  self->size = status->st_size;
  self->mtime = file_version_time (status);
  self->inode = (gint64)status->st_ino;
}

gboolean
file_version_is_same (const FileVersion *self, const FileVersion *other)
{
  return self->inode == other->inode && self->mtime == other->mtime && self->size == other->size;
}

Change *
change_new (void)
{
  return g_new0 (Change, 1);
}

void
change_free (Change *self)
{
  if (!self)
    return;
  g_free (self->path);
  g_free (self->before.digest);
  g_free (self->after.digest);
  g_free (self->genre_before);
  g_free (self->genre);
  g_clear_pointer (&self->delta, g_bytes_unref);
  g_clear_pointer (&self->pieces, g_bytes_unref);
  g_free (self);
}

/* ---- JSON ---- */

/* Bytes that need not be UTF-8. */
static void
set_bytes (JsonObject *object, const char *member, const void *bytes, gsize n)
{
  g_autofree char *text = g_base64_encode (bytes, n);
  json_object_set_string_member (object, member, text);
}

static void
set_blob (JsonObject *object, const char *member, GBytes *blob)
{
  gsize n = 0;
  const void *bytes = blob ? g_bytes_get_data (blob, &n) : NULL;
  if (bytes)
    set_bytes (object, member, bytes, n);
}

static void
set_text (JsonObject *object, const char *member, const char *text)
{
  if (text)
    set_bytes (object, member, text, strlen (text));
}

static void
set_version (JsonObject *object, const char *member, const FileVersion *version)
{
  JsonObject *members = json_object_new ();
  json_object_set_int_member (members, "size", version->size);
  json_object_set_int_member (members, "mtime", version->mtime);
  json_object_set_int_member (members, "inode", version->inode);
  set_text (members, "digest", version->digest);
  json_object_set_object_member (object, member, members);
}

JsonObject *
change_to_json (const Change *self)
{
  JsonObject *object = json_object_new ();
  json_object_set_int_member (object, "id", self->id);
  json_object_set_int_member (object, "state", (gint64)self->state);
  json_object_set_boolean_member (object, "kept-time", self->kept_time);
  set_text (object, "path", self->path);
  set_text (object, "genre-before", self->genre_before);
  json_object_set_int_member (object, "n-genres-before", self->n_genres_before);
  set_text (object, "genre", self->genre);
  set_version (object, "before", &self->before);
  set_version (object, "after", &self->after);
  set_blob (object, "delta", self->delta);
  set_blob (object, "pieces", self->pieces);
  return object;
}

/* Of one that may be missing. FALSE: it is something else than text. */
static gboolean
get_bytes (JsonObject *object, const char *member, char **bytes, gsize *n)
{
  const char *text = json_line_get_text (object, member);
  *bytes = text ? (char *)g_base64_decode (text, n) : NULL;
  return text || !json_object_has_member (object, member);
}

/* FALSE, too, if there is a zero in it, where half of it would be lost. */
static gboolean
get_text (JsonObject *object, const char *member, char **text)
{
  gsize n = 0;
  g_autofree char *bytes = NULL;
  if (!get_bytes (object, member, &bytes, &n))
    return FALSE;
  *text = bytes ? g_strndup (bytes, n) : NULL;
  return !bytes || strlen (*text) == n;
}

static gboolean
get_blob (JsonObject *object, const char *member, GBytes **blob)
{
  gsize n = 0;
  char *bytes;
  if (!get_bytes (object, member, &bytes, &n))
    return FALSE;
  *blob = bytes ? g_bytes_new_take (bytes, n) : NULL;
  return TRUE;
}

static gboolean
get_version (JsonObject *object, const char *member, FileVersion *version)
{
  JsonObject *members = json_line_get_object (object, member);
  return members && json_line_get_integer (members, "size", 0, &version->size) &&
         json_line_get_integer (members, "mtime", G_MININT64, &version->mtime) &&
         json_line_get_integer (members, "inode", G_MININT64, &version->inode) &&
         get_text (members, "digest", &version->digest);
}

static gboolean
get_truth (JsonObject *object, const char *member, gboolean *truth)
{
  JsonNode *node = json_object_get_member (object, member);
  if (!node || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return FALSE;
  *truth = json_node_get_boolean (node);
  return TRUE;
}

/* As many as the journal can hold. */
static gboolean
get_count (JsonObject *object, const char *member, guint *count)
{
  gint64 number;
  if (!json_line_get_integer (object, member, 0, &number) || number > G_MAXINT)
    return FALSE;
  *count = (guint)number;
  return TRUE;
}

static gboolean
get_state (JsonObject *object, ChangeState *state)
{
  gint64 number;
  if (!json_line_get_integer (object, "state", 0, &number) || number > CHANGE_PASSED)
    return FALSE;
  *state = (ChangeState)number;
  return TRUE;
}

Change *
change_from_json (JsonObject *object)
{
  g_autoptr (Change) self = change_new ();
  const gboolean good =
      json_line_get_integer (object, "id", 0, &self->id) && get_state (object, &self->state) &&
      get_truth (object, "kept-time", &self->kept_time) &&
      get_count (object, "n-genres-before", &self->n_genres_before) &&
      get_text (object, "path", &self->path) && self->path && g_path_is_absolute (self->path) &&
      get_text (object, "genre-before", &self->genre_before) &&
      get_text (object, "genre", &self->genre) && get_version (object, "before", &self->before) &&
      get_version (object, "after", &self->after) && get_blob (object, "delta", &self->delta) &&
      get_blob (object, "pieces", &self->pieces);
  return good ? g_steal_pointer (&self) : NULL;
}
