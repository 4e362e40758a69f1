/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "id3frames.h"
#include "chunk.h"
#include "id3genre.h"
#include "id3patch.h"
#include "id3tag.h"
#include "readat.h"
#include "../translation.h"
#include <string.h>

typedef struct {
  gboolean exists;
  gboolean is_empty; /* but for zeros */
  goffset at;        /* of the tag */
  int version;
  GHashTable *counts; /* of frames, by their names, without genres */
  char *fleeting;     /* name of one that is to go when the tag changes, or is cut short, or NULL */
  char *odd;          /* name of one that TagLib may not write as it was, or NULL */
  gboolean has_rest;  /* behind its frames is something else */
  gboolean has_more;  /* behind it is another tag in which something is */
  gboolean is_astray; /* it is none, or larger than the chunk that holds it */
} Frames;

static void
frames_clear (Frames *self)
{
  g_clear_pointer (&self->counts, g_hash_table_unref);
  g_clear_pointer (&self->fleeting, g_free);
  g_clear_pointer (&self->odd, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Frames, frames_clear)

/* ---- frames ---- */

/* It is to be left out by whoever changes the tag and does not know it. */
static gboolean
is_fleeting (const guint8 *flags, int version)
{
  return flags && (flags[0] & (version == 3 ? 0x80 : 0x40)) != 0;
}

static gboolean
is_odd (const Id3Frame *frame, int version)
{
  return frame->is_plain || id3_frame_ends_reading (frame) || id3_frame_is_coded (frame, version);
}

static void
take_frame (Frames *self, const Id3Tag *tag, const Id3Frame *frame)
{
  if (!self->fleeting && (!frame->whole || is_fleeting (frame->flags, self->version)))
    self->fleeting = g_strdup (frame->name);
  if (id3_genre_is_in (tag, frame))
    return;
  if (!self->odd && is_odd (frame, self->version))
    self->odd = g_strdup (frame->name);
  const guint count = GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, frame->name));
  g_hash_table_replace (self->counts, g_strdup (frame->name), GUINT_TO_POINTER (count + 1));
}

static void
frames_take (Frames *self, int fd)
{
  g_auto (Id3Tag) tag = {0};
  Id3Frame frame;
  self->exists = id3_tag_read (&tag, fd, self->at);
  if (!self->exists)
    return;
  self->version = tag.version;
  self->is_empty = id3_tag_find_padding (&tag, 0) == 0;
  guint place = tag.start;
  while (id3_tag_next (&tag, &place, &frame))
    take_frame (self, &tag, &frame);
  self->has_rest = id3_tag_find_padding (&tag, place) > place;
}

/* Rather than at the beginning of the file, which programs have put it into FLAC files, too. */
static gboolean
is_in_chunk (const AudioFormat *format)
{
  return g_str_equal (format->ending, ".aiff") || g_str_equal (format->ending, ".wav");
}

/* Whether a tag at @at or behind it has more than zeros. */
static gboolean
has_tags (int fd, goffset at)
{
  gboolean found = FALSE;
  goffset length;
  for (; !found && (length = id3_tag_find_length (fd, at)) > 0; at += length) {
    g_auto (Id3Tag) tag = {0};
    found = id3_tag_read (&tag, fd, at) && id3_tag_find_padding (&tag, 0) > 0;
  }
  return found;
}

static void
frames_read_chunk (Frames *self, int fd, gboolean big_endian)
{
  Chunk chunk, next;
  if (!chunk_find_id3 (&chunk, fd, CHUNK_FIRST, big_endian))
    return;
  self->at = chunk.at + CHUNK_HEADER;
  frames_take (self, fd);
  const goffset length = id3_tag_find_length (fd, self->at), end = chunk_get_end (&chunk);
  self->is_astray = chunk.size > 0 && (length == 0 || length > chunk.size);
  self->has_more =
      (length < chunk.size && has_tags (fd, self->at + length)) ||
      (chunk_find_id3 (&next, fd, end, big_endian) && has_tags (fd, next.at + CHUNK_HEADER));
}

goffset
id3_frames_find (int fd, const AudioFormat *format)
{
  Chunk chunk;
  if (!is_in_chunk (format))
    return 0;
  return chunk_find_id3 (&chunk, fd, CHUNK_FIRST, g_str_equal (format->ending, ".aiff"))
             ? chunk.at + CHUNK_HEADER
             : -1;
}

gboolean
id3_frames_exist (int fd, const AudioFormat *format)
{
  g_auto (Id3Tag) tag = {0};
  const goffset at = id3_frames_find (fd, format);
  return at >= 0 && id3_tag_read (&tag, fd, at) && id3_tag_find_padding (&tag, 0) > 0;
}

/* As programs read it, the first tag, behind which there may be others. */
static void
frames_read (Frames *self, int fd, const AudioFormat *format)
{
  self->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (is_in_chunk (format)) {
    frames_read_chunk (self, fd, g_str_equal (format->ending, ".aiff"));
    return;
  }
  frames_take (self, fd);
  self->has_more = has_tags (fd, id3_tag_find_length (fd, 0));
}

/* ---- before and after ---- */

static char *
find_lost (const Frames *before, const Frames *after)
{
  GHashTableIter iter;
  gpointer name, count;
  g_hash_table_iter_init (&iter, before->counts);
  while (g_hash_table_iter_next (&iter, &name, &count))
    if (GPOINTER_TO_UINT (g_hash_table_lookup (after->counts, name)) < GPOINTER_TO_UINT (count))
      return g_strdup (name);
  return NULL;
}

static gboolean
fail (const char *name, int version, GError **error)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
               N_ ("the frame %s of its ID3v2.%d tag would be lost"), valid, version);
  return FALSE;
}

static gboolean
fail_of_tag (const char *what, int version, GError **error)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, what, version);
  return FALSE;
}

static gboolean
fail_without_number (const char *what, GError **error)
{
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, what);
  return FALSE;
}

/* TagLib's tag has made way for the old one with another genre. */
static gboolean
is_patched (const Frames *old, const AudioFormat *format, int after, GError **error)
{
  g_auto (Frames) now = {0};
  frames_read (&now, after, format);
  g_autofree char *lost = find_lost (old, &now);
  if (lost)
    return fail (lost, old->version, error);
  if (now.version == old->version && now.has_rest == old->has_rest && !now.has_more)
    return TRUE;
  return fail_of_tag (N_ ("frames of its ID3v2.%d tag would be lost"), old->version, error);
}

/* The tag is as TagLib has written it, which is trusted only if there was none in which anything
 * was. */
static gboolean
is_trusted (const Frames *old, GError **error)
{
  if (!old->exists || old->is_empty)
    return TRUE;
  if (old->odd)
    return fail (old->odd, old->version, error);
  return fail_of_tag (old->has_rest
                          ? N_ ("what stands behind the frames of its ID3v2.%d tag would be lost")
                          : N_ ("frames of its ID3v2.%d tag would be lost"),
                      old->version, error);
}

/* Nothing but zeros or a blank genre is in it: it makes way for one with the fields of ID3v1. */
static gboolean
is_replaceable (const Frames *old)
{
  return old->is_empty || (g_hash_table_size (old->counts) == 0 && !old->has_rest);
}

static gboolean
fail_to_fill (GError **error)
{
  return fail_without_number (N_ ("programs would show nothing of its ID3v1 tag any more, once its "
                                  "ID3v2 tag has a genre"),
                              error);
}

/* @tag: the old one with another genre, or NULL, if that is not possible. */
static gboolean
has_tag (const AudioFormat *format, int fd, const GByteArray *tag)
{
  g_auto (Frames) now = {0};
  frames_read (&now, fd, format);
  g_autofree guint8 *bytes = tag ? g_malloc (tag->len) : NULL;
  return bytes && now.exists && read_all_at (fd, bytes, tag->len, now.at) &&
         memcmp (bytes, tag->data, tag->len) == 0;
}

/* Where a tag in a chunk was, it is still, with another genre. */
static gboolean
keeps_chunk (const Frames *old, const AudioFormat *format, int before, int after, const char *genre,
             GError **error)
{
  g_autoptr (GByteArray) tag = old->exists ? id3_patch_make (before, old->at, genre) : NULL;
  return has_tag (format, after, tag) ? is_patched (old, format, after, error)
                                      : is_trusted (old, error);
}

gboolean
id3_frames_keep (const AudioFormat *format, int before, int after, const char *genre,
                 gboolean is_new, GError **error)
{
  static const char *const endings[] = {".mp3", ".flac", ".aiff", ".wav", NULL};
  if (!g_strv_contains (endings, format->ending))
    return TRUE;
  g_auto (Frames) old = {0};
  gboolean begun = FALSE;
  frames_read (&old, before, format);
  if (old.is_astray)
    return fail_without_number (
        N_ ("its ID3v2 tag and the chunk that holds it do not go together, and would be lost"),
        error);
  if (old.has_more)
    return fail_without_number (
        N_ ("it has several ID3v2 tags, of which all but the first would be lost"), error);
  if (old.fleeting)
    return fail (old.fleeting, old.version, error);
  if (is_in_chunk (format))
    return keeps_chunk (&old, format, before, after, genre, error);
  if (is_new && old.exists && is_replaceable (&old))
    return TRUE;
  if (id3_patch (before, after, genre, is_new, &begun))
    return is_patched (&old, format, after, error);
  if (!begun)
    return is_new && old.exists ? fail_to_fill (error) : is_trusted (&old, error);
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_NOMEM,
                       N_ ("there is not enough memory for a copy"));
  return FALSE;
}
