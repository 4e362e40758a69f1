/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tagguard.h"
#include "apetag.h"
#include "asfitems.h"
#include "flacblocks.h"
#include "id3frames.h"
#include "id3genre.h"
#include "id3tag.h"
#include "id3v1.h"
#include "moveat.h"
#include "mp4items.h"
#include "mp4offsets.h"
#include "oggcomments.h"
#include "wavinfo.h"
#include "../translation.h"
#include <string.h>
#include <unistd.h>

static gboolean
is_one_of (const AudioFormat *format, const char *const *endings)
{
  return g_strv_contains (endings, format->ending);
}

static gboolean
has_ape (const AudioFormat *format)
{
  static const char *const endings[] = {".mp3", ".wv", ".ape", ".mpc", NULL};
  return is_one_of (format, endings);
}

static gboolean
is_ogg (const AudioFormat *format)
{
  static const char *const endings[] = {".ogg", ".opus", ".oga", ".spx", NULL};
  return is_one_of (format, endings);
}

static gboolean
has_id3 (const AudioFormat *format)
{
  static const char *const endings[] = {".mp3", ".flac", ".aiff", ".wav", NULL};
  return is_one_of (format, endings);
}

/* Behind ID3v2 tags. */
static goffset
find_start (int fd)
{
  goffset at = 0, length;
  while ((length = id3_tag_find_length (fd, at)) > 0)
    at += length;
  return at;
}

/* FALSE: they cannot be read. */
static gboolean
read_items (TagItems *items, const AudioFormat *format, int fd)
{
  tag_items_init (items);
  if (is_ogg (format))
    return ogg_comments_add_to (items, format, fd, find_start (fd));
  if (audio_format_is (format, ".m4a"))
    return mp4_items_add_to (items, fd);
  if (audio_format_is (format, ".wma"))
    return asf_items_add_to (items, fd);
  if (audio_format_is (format, ".flac"))
    flac_blocks_add_to (items, fd, find_start (fd));
  if (has_ape (format))
    ape_tag_add_to (items, fd);
  return TRUE;
}

static gboolean
patch (const AudioFormat *format, int before, int after, const char *genre)
{
  if (is_ogg (format))
    return ogg_comments_patch (format, before, find_start (before), after, find_start (after),
                               genre);
  if (audio_format_is (format, ".flac"))
    return flac_blocks_patch (before, find_start (before), after, find_start (after), genre);
  return has_ape (format) && ape_tag_patch (before, after, genre);
}

static gboolean
fail_to_read (const AudioFormat *format, GError **error)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, N_ ("its tags cannot be read (%s)"),
               format->name);
  return FALSE;
}

/* What it holds of @before's. */
static gboolean
has_items (TagItems *old, const AudioFormat *format, int after, GError **error)
{
  g_auto (TagItems) now;
  const char *tag = NULL;
  if (!read_items (&now, format, after))
    return fail_to_read (format, error);
  g_autofree char *lost = tag_items_find_lost (old, &now, &tag);
  if (lost)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                 N_ ("the item %s of its %s would be lost"), lost, tag);
  return !lost;
}

static gboolean
fail_to_write (const AudioFormat *format, GError **error)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, N_ ("its tags cannot be written (%s)"),
               format->name);
  return FALSE;
}

/* TagLib makes comments where FLAC has none, and no APE tag where there is ID3v1. */
static gboolean
remove_genre (const AudioFormat *format, int before, int after)
{
  if (audio_format_is (format, ".flac"))
    return patch (format, before, after, NULL) ||
           flac_blocks_empty_comments (after, find_start (after));
  return !ape_tag_exists (before) || patch (format, before, after, NULL);
}

static gboolean
keep_items (const AudioFormat *format, int before, int after, const char *genre, GError **error)
{
  g_auto (TagItems) old;
  g_autoptr (GError) local = NULL;
  if (!read_items (&old, format, before))
    return fail_to_read (format, error);
  if (has_items (&old, format, after, &local))
    return TRUE;
  if (patch (format, before, after, genre))
    return has_items (&old, format, after, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* ---- which of several tags gets the genre ---- */

/* Programs show what is in one of a file's tags, the first in which anything is: one in which
 * nothing was must not get a genre and hide the others. */
typedef struct {
  gboolean in_id3, in_items; /* FALSE: what is there stays without a genre */
  gboolean is_new;           /* an ID3v2 tag with the fields of ID3v1 comes */
  gboolean hides;            /* a new APE tag, what ID3v2 has */
} Places;

static gboolean
is_silent (const AudioFormat *format, int fd)
{
  g_auto (TagItems) items;
  return read_items (&items, format, fd) && tag_items_are_silent (&items);
}

static gboolean
id3_is_silent (int fd)
{
  g_auto (TagItems) items;
  tag_items_init (&items);
  id3_genre_add_to (&items, fd, 0);
  return tag_items_are_silent (&items);
}

/* Whether an ID3v2 tag is there, if only a picture or room for more is in it. */
static gboolean
id3_has_room (int fd, gboolean *has_frames)
{
  g_auto (Id3Tag) tag = {0};
  Id3Frame frame;
  const gboolean exists = id3_tag_read (&tag, fd, 0);
  guint at = tag.start;
  *has_frames = exists && id3_tag_next (&tag, &at, &frame);
  return exists;
}

/* In ID3v1, whose number says it all: titles of thirty letters, in whatever encoding, need not
 * become a copy that would hide whole ones in APE. */
static gboolean
is_found_by_number (int before, int after, const char *genre)
{
  return id3v1_exists (before) && (!genre || id3v1_has_usual_genre (after));
}

/* Many programs do not look for APE in MP3, and those that do show nothing of it where an ID3v2 tag
 * has a picture: it is enough only where a genre in ID3v2 would hide who sings what. */
static Places
choose_mp3_places (int before, gboolean id3, const TagItems *items, gboolean by_number,
                   const char *genre)
{
  Id3v1Fields fields;
  gboolean has_frames;
  const gboolean has_room = id3_has_room (before, &has_frames);
  const gboolean has_fields = id3v1_read_fields (before, &fields);
  const gboolean has_items = !tag_items_are_silent (items);
  const gboolean fits =
      has_room && (has_fields ? !by_number && !items->has_names : has_frames || !items->has_names);
  const gboolean in_id3 = id3 || fits || !(has_items || by_number);
  return (Places){
      .in_id3 = in_id3, .in_items = has_items, .is_new = in_id3 && !id3 && genre && has_fields};
}

static Places
choose_places (const AudioFormat *format, int before, int after, const char *genre)
{
  const gboolean is_flac = audio_format_is (format, ".flac");
  if (!is_flac && !has_ape (format))
    return (Places){.in_id3 = TRUE, .in_items = TRUE};
  const gboolean id3 = !id3_is_silent (before), items = !is_silent (format, before);
  const gboolean by_number = is_found_by_number (before, after, genre);
  if (is_flac)
    return (Places){.in_id3 = id3, .in_items = items || !id3};
  if (audio_format_is (format, ".mp3")) {
    g_auto (TagItems) held;
    read_items (&held, format, before);
    return choose_mp3_places (before, id3, &held, by_number, genre);
  }
  return (Places){.in_id3 = TRUE,
                  .in_items = items || !by_number || ape_tag_exists (before),
                  .hides = genre && id3 && !items && !by_number};
}

gboolean
tag_guard_needs_fields (const AudioFormat *format, int fd)
{
  const gboolean is_flac = audio_format_is (format, ".flac");
  return (is_flac || (has_ape (format) && !audio_format_is (format, ".mp3"))) &&
         id3v1_exists (fd) && is_silent (format, fd) && (!is_flac || id3_is_silent (fd));
}

/* ---- all of it ---- */

/* FALSE: writing failed, and @after is torn. */
static gboolean
restore_start (int before, int after)
{
  const goffset from = find_start (after), to = find_start (before);
  const goffset rest = lseek (after, 0, SEEK_END) - from;
  g_autoptr (GByteArray) start = tag_items_read (before, 0, to);
  return start && rest >= 0 && move_at (after, from, to, rest) &&
         write_at (after, start->data, start->len, 0) && ftruncate (after, to + rest) == 0;
}

/* What TagLib makes of ID3v1, or has changed there, and where an ID3v2 tag without anything gets
 * none that hides the rest. */
static gboolean
keep_other_tags (const AudioFormat *format, const Places *places, int before, int after)
{
  if (!audio_format_is (format, ".flac") && !has_ape (format))
    return TRUE;
  return id3v1_keep (before, after) &&
         (places->in_id3 || id3_frames_exist (before, format) || restore_start (before, after));
}

/* TagLib moves them where tags grow. */
static gboolean
keeps_samples (const AudioFormat *format, int before, int after, GError **error)
{
  if (!audio_format_is (format, ".m4a") || mp4_offsets_are_kept (before, after))
    return TRUE;
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                       N_ ("what it says of where its sound is would be wrong with other tags"));
  return FALSE;
}

gboolean
tag_guard_keep (const AudioFormat *format, int before, int after, const char *genre, GError **error)
{
  if (!keeps_samples (format, before, after, error))
    return FALSE;
  const Places places = choose_places (format, before, after, genre);
  if (places.hides) {
    g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                         N_ ("programs would show nothing of its ID3v2 tag any more, once it has "
                             "an APE tag"));
    return FALSE;
  }
  if (!id3_frames_keep (format, before, after, places.in_id3 ? genre : NULL, places.is_new, error))
    return FALSE;
  if (!keep_other_tags (format, &places, before, after)) {
    g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_NOMEM,
                         N_ ("there is not enough memory for a copy"));
    return FALSE;
  }
  if (!places.in_items && !remove_genre (format, before, after))
    return fail_to_write (format, error);
  return keep_items (format, before, after, places.in_items ? genre : NULL, error);
}

/* Whatever else cannot be read. */
static void
read_genres (TagItems *items, const AudioFormat *format, int fd)
{
  read_items (items, format, fd);
  if (has_id3 (format))
    id3_genre_add_to (items, fd, id3_frames_find (fd, format));
}

char *
tag_guard_find_genre (const AudioFormat *format, int fd)
{
  g_auto (TagItems) items;
  read_genres (&items, format, fd);
  return g_steal_pointer (&items.genre);
}

guint
tag_guard_count_genres (const AudioFormat *format, int fd, const char *read)
{
  g_auto (TagItems) items;
  read_genres (&items, format, fd);
  g_autofree char *listed = audio_format_is (format, ".wav") ? wav_info_read_genre (fd) : NULL;
  if (listed)
    tag_items_add_genre (&items, listed, strlen (listed));
  return tag_items_count_genres (&items, read);
}
