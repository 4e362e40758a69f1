/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "change.h"
#include <string.h>

gint64
file_version_time (const struct stat *status)
{
  return (gint64)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec;
}

void
file_version_set (FileVersion *self, const struct stat *status)
{
  self->size = status->st_size;
  self->mtime = file_version_time (status);
  self->inode = (gint64)status->st_ino;
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

static char *
get_bytes (JsonObject *object, const char *member, gsize *n)
{
  const char *text = json_object_get_string_member_with_default (object, member, NULL);
  return text ? (char *)g_base64_decode (text, n) : NULL;
}

static char *
get_text (JsonObject *object, const char *member)
{
  gsize n = 0;
  g_autofree char *bytes = get_bytes (object, member, &n);
  return bytes ? g_strndup (bytes, n) : NULL;
}

static GBytes *
get_blob (JsonObject *object, const char *member)
{
  gsize n = 0;
  char *bytes = get_bytes (object, member, &n);
  return bytes ? g_bytes_new_take (bytes, n) : NULL;
}

static void
get_version (JsonObject *object, const char *member, FileVersion *version)
{
  JsonObject *members = json_object_has_member (object, member)
                            ? json_object_get_object_member (object, member)
                            : NULL;
  if (!members)
    return;
  version->size = json_object_get_int_member_with_default (members, "size", 0);
  version->mtime = json_object_get_int_member_with_default (members, "mtime", 0);
  version->inode = json_object_get_int_member_with_default (members, "inode", 0);
  version->digest = get_text (members, "digest");
}

Change *
change_from_json (JsonObject *object)
{
  g_autoptr (Change) self = change_new ();
  self->id = json_object_get_int_member_with_default (object, "id", 0);
  self->kept_time = json_object_get_boolean_member_with_default (object, "kept-time", FALSE);
  self->n_genres_before =
      (guint)json_object_get_int_member_with_default (object, "n-genres-before", 0);
  self->path = get_text (object, "path");
  self->genre_before = get_text (object, "genre-before");
  self->genre = get_text (object, "genre");
  get_version (object, "before", &self->before);
  get_version (object, "after", &self->after);
  self->delta = get_blob (object, "delta");
  self->pieces = get_blob (object, "pieces");
  return self->path ? g_steal_pointer (&self) : NULL;
}
