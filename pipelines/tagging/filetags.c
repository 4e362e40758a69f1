/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filetags.h"
#include "wavinfo.h"
#include <tag_c.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <glib/gstdio.h>

typedef struct {
  char *folder, *link; /* or NULL */
  TagLib_File *file;
} OpenTags;

static gboolean
fail (const AudioFormat *format, const char *what, GError **error)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "its tags cannot be %s (%s)", what,
               format->name);
  return FALSE;
}

static void
open_tags_clear (OpenTags *self)
{
  g_clear_pointer (&self->file, taglib_file_free);
  if (self->link)
    g_unlink (self->link);
  if (self->folder)
    g_rmdir (self->folder);
  g_free (self->link);
  g_free (self->folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OpenTags, open_tags_clear)

static gboolean
open_tags (OpenTags *self, const char *path, const AudioFormat *format, GError **error)
{
  self->folder = g_dir_make_tmp ("genre-tag-XXXXXX", error);
  if (!self->folder)
    return FALSE;
  g_autofree char *name = g_strconcat ("song", format->ending, NULL);
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  self->link = g_build_filename (self->folder, name, NULL);
  if (symlink (absolute, self->link) != 0)
    return fail (format, g_strerror (errno), error);
  self->file = taglib_file_new (self->link);
  return (self->file && taglib_file_is_valid (self->file)) || fail (format, "read", error);
}

/* ---- WAV, whose list of information TagLib does not show ---- */

static gboolean
is_wav (const AudioFormat *format)
{
  return g_str_equal (format->ending, ".wav");
}

static char *
read_from_list (const char *path)
{
  const int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return NULL;
  char *genre = wav_info_read_genre (fd);
  close (fd);
  return genre;
}

/* And whether the file is sound then: TagLib does not look whether what it writes arrives. */
static gboolean
write_to_list (const char *path, const AudioFormat *format, const char *genre, GError **error)
{
  const int fd = open (path, O_RDWR | O_CLOEXEC);
  if (fd < 0)
    return fail (format, g_strerror (errno), error);
  const gboolean written = wav_info_write_genre (fd, genre, error);
  g_autofree char *found = wav_info_read_genre (fd);
  const gboolean sound = !wav_info_find_obstacle (fd) && g_strcmp0 (found, genre) == 0;
  close (fd);
  return written && (sound || fail (format, "written", error));
}

/* ---- all formats ---- */

static char *
read_tag (const OpenTags *tags)
{
  char *text = taglib_tag_genre (taglib_file_tag (tags->file));
  char *genre = text && *text ? g_strdup (text) : NULL;
  taglib_free (text);
  return genre;
}

gboolean
file_tags_read_genre (const char *path, const AudioFormat *format, char **genre, GError **error)
{
  g_auto (OpenTags) tags = {0};
  if (!open_tags (&tags, path, format, error))
    return FALSE;
  *genre = read_tag (&tags);
  if (!*genre && is_wav (format))
    *genre = read_from_list (path);
  return TRUE;
}

static gboolean
write_tag (const char *path, const AudioFormat *format, const char *genre, GError **error)
{
  g_auto (OpenTags) tags = {0};
  if (!open_tags (&tags, path, format, error))
    return FALSE;
  taglib_tag_set_genre (taglib_file_tag (tags.file), genre ? genre : "");
  return taglib_file_save (tags.file) || fail (format, "written", error);
}

gboolean
file_tags_write_genre (const char *path, const AudioFormat *format, const char *genre,
                       GError **error)
{
  return write_tag (path, format, genre, error) &&
         (!is_wav (format) || write_to_list (path, format, genre, error));
}
