/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filetags.h"
#include "alias.h"
#include "apetag.h"
#include "asfitems.h"
#include "asfpatch.h"
#include "id3frames.h"
#include "id3patch.h"
#include "id3v1.h"
#include "tagguard.h"
#include "wavinfo.h"
#include "../translation.h"
#include <tag_c.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static gboolean
fail (const AudioFormat *format, const char *what, GError **error)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, what, format->name);
  return FALSE;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TagLib_File, taglib_file_free)

/* TagLib goes by names, once: what it has open it writes into, so that the other name is not left
 * behind by a process that is killed while it does. */
static TagLib_File *
open_tags (const char *path, const AudioFormat *format, GError **error)
{
  g_autoptr (Alias) alias = alias_new (path, format->ending, error);
  if (!alias)
    return NULL;
  g_autoptr (TagLib_File) file = taglib_file_new (alias_get_path (alias));
  if (file && taglib_file_is_valid (file))
    return g_steal_pointer (&file);
  fail (format, N_ ("its tags cannot be read (%s)"), error);
  return NULL;
}

/* What programs show is then in each of its tags. */
static void
spread_fields (TagLib_Tag *tag)
{
  char *const texts[] = {taglib_tag_title (tag), taglib_tag_artist (tag), taglib_tag_album (tag),
                         taglib_tag_comment (tag)};
  taglib_tag_set_title (tag, texts[0]);
  taglib_tag_set_artist (tag, texts[1]);
  taglib_tag_set_album (tag, texts[2]);
  taglib_tag_set_comment (tag, texts[3]);
  taglib_tag_set_year (tag, taglib_tag_year (tag));
  taglib_tag_set_track (tag, taglib_tag_track (tag));
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    taglib_free (texts[i]);
}

static gboolean
write_fields (const char *path, const AudioFormat *format, const char *genre, gboolean spreads,
              GError **error)
{
  g_autoptr (TagLib_File) file = open_tags (path, format, error);
  if (!file)
    return FALSE;
  if (spreads)
    spread_fields (taglib_file_tag (file));
  taglib_tag_set_genre (taglib_file_tag (file), genre ? genre : "");
  return taglib_file_save (file) || fail (format, N_ ("its tags cannot be written (%s)"), error);
}

/* ---- WAV, AIFF and Windows Media, in which TagLib does not keep all ---- */

static gboolean
write_tag (const char *path, const AudioFormat *format, const char *genre, GError **error)
{
  return write_fields (path, format, genre, FALSE, error);
}

static gboolean
write_beside_lists (int fd, const char *path, const AudioFormat *format, const char *genre,
                    GError **error)
{
  g_autoptr (GArray) hidden = wav_info_hide (fd, error);
  return hidden && write_tag (path, format, genre, error) && wav_info_show (fd, hidden, error);
}

/* A tag that is there gets the genre in its place; where there is none TagLib makes one. */
static gboolean
write_chunk (int fd, const char *path, const AudioFormat *format, const char *genre, GError **error)
{
  gboolean begun = FALSE;
  if (id3_patch_chunk (fd, audio_format_is (format, ".aiff"), genre, &begun))
    return TRUE;
  if (begun)
    return fail (format, N_ ("its tags cannot be written (%s)"), error);
  return audio_format_is (format, ".wav") ? write_beside_lists (fd, path, format, genre, error)
                                          : write_tag (path, format, genre, error);
}

static gboolean
write_list (int fd, const AudioFormat *format, const char *genre, GError **error)
{
  if (!wav_info_write_genre (fd, genre, error))
    return FALSE;
  g_autofree char *found = wav_info_read_genre (fd);
  return g_strcmp0 (found, genre) == 0 ||
         fail (format, N_ ("its tags cannot be written (%s)"), error);
}

/* Where a WAV file has anything in a tag or in a list, one that is new and has nothing but a genre
 * would hide it from programs that read but one of both. */
static gboolean
write_tag_and_list (int fd, const char *path, const AudioFormat *format, const char *genre,
                    GError **error)
{
  const gboolean is_tagged = id3_frames_exist (fd, format);
  const gboolean in_tag = is_tagged || (genre && !wav_info_tells_more (fd));
  const gboolean in_list = !genre || !is_tagged || wav_info_has_fields (fd);
  return (!in_tag || write_chunk (fd, path, format, genre, error)) &&
         (!in_list || write_list (fd, format, genre, error));
}

static gboolean
write_attribute (int fd, const AudioFormat *format, const char *genre, GError **error)
{
  return asf_patch_genre (fd, genre) ||
         fail (format, N_ ("its tags cannot be written (%s)"), error);
}

static gboolean
write_into (int fd, const char *path, const AudioFormat *format, const char *genre, GError **error)
{
  if (audio_format_is (format, ".wma"))
    return write_attribute (fd, format, genre, error);
  return audio_format_is (format, ".wav") ? write_tag_and_list (fd, path, format, genre, error)
                                          : write_chunk (fd, path, format, genre, error);
}

/* And whether the file is sound then: TagLib does not look whether what it writes arrives. */
static gboolean
write_soundly (const char *path, const AudioFormat *format, const char *genre, GError **error)
{
  const int fd = open (path, O_RDWR | O_CLOEXEC);
  if (fd < 0)
    return fail (format, g_strerror (errno), error);
  const gboolean written = write_into (fd, path, format, genre, error);
  const gboolean sound = !audio_format_find_obstacle (format, fd);
  close (fd);
  return written && (sound || fail (format, N_ ("its tags cannot be written (%s)"), error));
}

/* ---- formats with ID3v1 beside other tags ---- */

/* TagLib makes no APE tag where there is ID3v1, which has numbers for few genres. */
static gboolean
write_ape_too (int fd, const char *path, const AudioFormat *format, const char *genre,
               GError **error)
{
  if (audio_format_is (format, ".flac") || id3v1_has_usual_genre (fd))
    return TRUE;
  return (ape_tag_begin (fd) || fail (format, N_ ("its tags cannot be written (%s)"), error)) &&
         write_fields (path, format, genre, TRUE, error);
}

static gboolean
write_with_id3v1 (const char *path, const AudioFormat *format, const char *genre, GError **error)
{
  const int fd = open (path, O_RDWR | O_CLOEXEC);
  if (fd < 0)
    return fail (format, g_strerror (errno), error);
  const gboolean spreads = genre && tag_guard_needs_fields (format, fd);
  const gboolean written = write_fields (path, format, genre, spreads, error) &&
                           (!spreads || write_ape_too (fd, path, format, genre, error));
  close (fd);
  return written;
}

/* ---- all formats ---- */

static char *
read_tag (TagLib_File *file)
{
  char *text = taglib_tag_genre (taglib_file_tag (file));
  char *genre = text && *text ? g_strdup (text) : NULL;
  taglib_free (text);
  return genre;
}

/* What TagLib does not see. */
static char *
read_otherwise (const char *path, const AudioFormat *format)
{
  const int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return NULL;
  char *genre = audio_format_is (format, ".wav") ? wav_info_read_genre (fd) : NULL;
  if (!genre)
    genre = tag_guard_find_genre (format, fd);
  close (fd);
  return genre;
}

/* TagLib shows one of several in a Windows Media file, and in what order they stand depends on the
 * program that wrote them. */
static char *
read_several (const char *path)
{
  const int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return NULL;
  char *genres = asf_items_read_several (fd);
  close (fd);
  return genres;
}

gboolean
file_tags_read_genre (const char *path, const AudioFormat *format, char **genre, GError **error)
{
  g_autoptr (TagLib_File) file = open_tags (path, format, error);
  if (!file)
    return FALSE;
  *genre = read_tag (file);
  g_autofree char *several =
      *genre && audio_format_is (format, ".wma") ? read_several (path) : NULL;
  if (several) {
    g_free (*genre);
    *genre = g_steal_pointer (&several);
  }
  if (!*genre)
    *genre = read_otherwise (path, format);
  return TRUE;
}

gboolean
file_tags_write_genre (const char *path, const AudioFormat *format, const char *genre,
                       GError **error)
{
  return audio_format_is (format, ".wav") || audio_format_is (format, ".aiff") ||
                 audio_format_is (format, ".wma")
             ? write_soundly (path, format, genre, error)
             : write_with_id3v1 (path, format, genre, error);
}

gboolean
file_tags_have_genre (const char *path, const AudioFormat *format, const char *genre,
                      GError **error)
{
  g_autofree char *found = NULL;
  if (!file_tags_read_genre (path, format, &found, error))
    return FALSE;
  if (g_strcmp0 (found, genre) == 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
               N_ ("what was written into its copy does not come back from there"));
  return FALSE;
}
