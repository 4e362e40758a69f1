/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "id3frames.h"
#include "id3patch.h"
#include "id3tag.h"
#include "readat.h"
#include "../translation.h"
#include <string.h>

#define CHUNK_HEADER 8 /* RIFF and AIFF: a name and a size */
#define FIRST_CHUNK 12

typedef struct {
  int version;
  GHashTable *counts; /* of frames, by their names in ID3v2.4 */
  guint n;            /* frames in all, without genres, and without parts of a date but its year */
  GString *year, *day, *time; /* the digits in a date's frames */
  char *fleeting; /* name of one that is to go when the tag changes, or is cut short, or NULL */
  char *odd;      /* name of one that TagLib may not write as it was, or NULL */
  gboolean is_unclear; /* TagLib may see other frames in it */
  gboolean has_rest;   /* behind its frames is something else */
  gboolean has_more;   /* behind it is another tag in which something is */
} Frames;

static void
frames_clear (Frames *self)
{
  g_clear_pointer (&self->counts, g_hash_table_unref);
  g_string_free (g_steal_pointer (&self->year), TRUE);
  g_string_free (g_steal_pointer (&self->day), TRUE);
  g_string_free (g_steal_pointer (&self->time), TRUE);
  g_clear_pointer (&self->fleeting, g_free);
  g_clear_pointer (&self->odd, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Frames, frames_clear)

/* ---- where a tag is ---- */

/* Where the chunk that holds what is at @at ends. */
static goffset
find_end (int fd, goffset at, gboolean big_endian)
{
  guint32 size = 0;
  read_all_at (fd, &size, sizeof size, at - (goffset)sizeof size);
  const goffset length = big_endian ? GUINT32_FROM_BE (size) : GUINT32_FROM_LE (size);
  return at + length + (length & 1);
}

/* Of the chunk that holds it, from the chunk at @at on; -1 if there is none. */
static goffset
find_chunk (int fd, goffset at, gboolean big_endian)
{
  guint8 header[CHUNK_HEADER];
  while (read_all_at (fd, header, CHUNK_HEADER, at)) {
    if (g_ascii_strncasecmp ((const char *)header, "ID3 ", 4) == 0)
      return at + CHUNK_HEADER;
    at = find_end (fd, at + CHUNK_HEADER, big_endian);
  }
  return -1;
}

/* ---- frames ---- */

static const char *
get_new_name (const char *name)
{
  static const char *const names[][2] = {{"TYER", "TDRC"}, {"TORY", "TDOR"}, {"IPLS", "TIPL"}};
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (name, names[i][0]))
      return names[i][1];
  return name;
}

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

static gboolean
is_day (const char *name)
{
  return g_str_equal (name, "TDAT") || g_str_equal (name, "TDA");
}

static gboolean
is_time (const char *name)
{
  return g_str_equal (name, "TIME") || g_str_equal (name, "TIM");
}

/* Whatever they are encoded in. */
static void
take_digits (Frames *self, const Id3Tag *tag, const Id3Frame *frame)
{
  const char *name = get_new_name (frame->name);
  const gboolean is_year = g_str_equal (name, "TDRC") || g_str_equal (name, "TYE");
  GString *digits = is_year          ? self->year
                    : is_day (name)  ? self->day
                    : is_time (name) ? self->time
                                     : NULL;
  for (guint i = id3_frame_find_content (frame); digits && i < frame->length; i++)
    if (g_ascii_isdigit (tag->bytes->data[frame->at + i]))
      g_string_append_c (digits, (char)tag->bytes->data[frame->at + i]);
}

static void
take_frame (Frames *self, const Id3Tag *tag, const Id3Frame *frame)
{
  const char *name = get_new_name (frame->name);
  take_digits (self, tag, frame);
  if (!self->fleeting && (!frame->whole || is_fleeting (frame->flags, self->version)))
    self->fleeting = g_strdup (frame->name);
  if (id3_frame_is_genre (frame))
    return;
  if (!self->odd && is_odd (frame, self->version))
    self->odd = g_strdup (frame->name);
  const guint count = GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, name));
  g_hash_table_replace (self->counts, g_strdup (name), GUINT_TO_POINTER (count + 1));
  self->n += !is_day (name) && !is_time (name);
}

static void
frames_take (Frames *self, int fd, goffset at)
{
  g_auto (Id3Tag) tag = {0};
  Id3Frame frame;
  if (!id3_tag_read (&tag, fd, at))
    return;
  self->version = tag.version;
  guint place = tag.start;
  while (id3_tag_next (&tag, &place, &frame))
    take_frame (self, &tag, &frame);
  self->has_rest = id3_tag_find_padding (&tag, place) > place;
  self->is_unclear = tag.is_torn || (tag.version == 3 && (tag.flags & ID3_EXTENDED) != 0);
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

goffset
id3_frames_find (int fd, const AudioFormat *format)
{
  const gboolean is_aiff = g_str_equal (format->ending, ".aiff");
  return is_in_chunk (format) ? find_chunk (fd, FIRST_CHUNK, is_aiff) : 0;
}

/* As programs read it, the first tag, behind which there may be others. */
static void
frames_read (Frames *self, int fd, const AudioFormat *format)
{
  const gboolean is_aiff = g_str_equal (format->ending, ".aiff"), in_chunk = is_in_chunk (format);
  self->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->year = g_string_new (NULL);
  self->day = g_string_new (NULL);
  self->time = g_string_new (NULL);
  const goffset at = id3_frames_find (fd, format);
  if (at < 0)
    return;
  frames_take (self, fd, at);
  const goffset behind = at + id3_tag_find_length (fd, at);
  const goffset end = in_chunk ? find_end (fd, at, is_aiff) : G_MAXINT64;
  self->has_more = (behind < end && has_tags (fd, behind)) ||
                   (in_chunk && has_tags (fd, find_chunk (fd, end, is_aiff)));
}

/* ---- before and after ---- */

/* A day (DDMM) and a time (HHMM) have become part of a date, which a time alone does not. */
static gboolean
is_part_of_date (const Frames *before, const Frames *after, const char *name)
{
  if ((!is_day (name) && !is_time (name)) || before->year->len == 0 || before->day->len != 4 ||
      (is_time (name) && before->time->len != 4))
    return FALSE;
  const char *day = before->day->str, *time = is_time (name) ? before->time->str : "";
  g_autofree char *date = g_strdup_printf ("%s%.2s%.2s%s", before->year->str, day + 2, day, time);
  return g_str_has_prefix (after->year->str, date);
}

static gboolean
is_lost (const Frames *before, const Frames *after, const char *name)
{
  const gpointer count = g_hash_table_lookup (before->counts, name);
  const gpointer left = g_hash_table_lookup (after->counts, name);
  return GPOINTER_TO_UINT (left) < GPOINTER_TO_UINT (count) &&
         !is_part_of_date (before, after, name);
}

static char *
find_lost (const Frames *before, const Frames *after)
{
  GHashTableIter iter;
  gpointer name;
  if (before->version == 2 && before->n > after->n) /* names of three letters become others */
    return g_strdup ("of ID3v2.2");
  g_hash_table_iter_init (&iter, before->counts);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if ((before->version > 2 || is_day (name) || is_time (name)) && is_lost (before, after, name))
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

/* What TagLib has made of it. */
static gboolean
is_kept (const Frames *old, const Frames *new, GError **error)
{
  g_autofree char *lost = old->odd ? g_strdup (old->odd) : find_lost (old, new);
  if (lost)
    return fail (lost, old->version, error);
  if (old->is_unclear)
    return fail_of_tag (N_ ("frames of its ID3v2.%d tag would be lost"), old->version, error);
  return !old->has_rest ||
         fail_of_tag (N_ ("what stands behind the frames of its ID3v2.%d tag would be lost"),
                      old->version, error);
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

/* The tag is as TagLib has written it: where the old one could have been put back, that is trusted
 * only if there was none. */
static gboolean
is_trusted (const Frames *old, const AudioFormat *format, int after, GError **error)
{
  g_auto (Frames) new = {0};
  frames_read (&new, after, format);
  if (!is_kept (old, &new, error))
    return FALSE;
  return is_in_chunk (format) || old->version == 0 ||
         fail_of_tag (N_ ("frames of its ID3v2.%d tag would be lost"), old->version, error);
}

gboolean
id3_frames_keep (const AudioFormat *format, int before, int after, const char *genre,
                 GError **error)
{
  static const char *const endings[] = {".mp3", ".flac", ".aiff", ".wav", NULL};
  if (!g_strv_contains (endings, format->ending))
    return TRUE;
  g_auto (Frames) old = {0};
  gboolean begun = FALSE;
  frames_read (&old, before, format);
  if (old.has_more) {
    g_set_error_literal (
        error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
        N_ ("it has several ID3v2 tags, of which all but the first would be lost"));
    return FALSE;
  }
  if (old.fleeting)
    return fail (old.fleeting, old.version, error);
  if (!is_in_chunk (format) && id3_patch (before, after, genre, &begun))
    return is_patched (&old, format, after, error);
  if (!begun)
    return is_trusted (&old, format, after, error);
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                       N_ ("there is not enough memory for a copy"));
  return FALSE;
}
