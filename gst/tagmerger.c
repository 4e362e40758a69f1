/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tagmerger.h"

struct _GenreTagMerger {
  GstTagList *stream, *global; /* as upstream last sent them, or NULL */
  char *station;               /* genre of the radio station, which says nothing about the song */
  char *genre;                 /* ours, of this song, or NULL */
  gboolean sent;               /* the last event of stream scope carries a genre of ours */
  gboolean taken;              /* upstream has told a genre of this song */
};

GenreTagMerger *
genre_tag_merger_new (void)
{
  return g_new0 (GenreTagMerger, 1);
}

void
genre_tag_merger_free (GenreTagMerger *merger)
{
  if (!merger)
    return;
  genre_tag_merger_begin_stream (merger);
  g_free (merger);
}

void
genre_tag_merger_begin_stream (GenreTagMerger *merger)
{
  g_clear_pointer (&merger->stream, gst_tag_list_unref);
  g_clear_pointer (&merger->global, gst_tag_list_unref);
  g_clear_pointer (&merger->station, g_free);
  genre_tag_merger_begin_song (merger);
  merger->sent = FALSE;
}

void
genre_tag_merger_begin_song (GenreTagMerger *merger)
{
  genre_tag_merger_forget_genre (merger);
  merger->taken = FALSE;
}

void
genre_tag_merger_forget_genre (GenreTagMerger *merger)
{
  g_clear_pointer (&merger->genre, g_free);
}

static const char *
peek_tag (const GstTagList *tags, const char *tag)
{
  const char *value = NULL;
  if (!tags || !gst_tag_list_peek_string_index (tags, tag, 0, &value))
    return NULL;
  return value && *value != '\0' ? value : NULL;
}

/* ICY headers come as organization and genre without a title. Elements that merge tags may repeat
 * that genre beside the titles that follow. */
static void
note_station (GenreTagMerger *merger, const GstTagList *tags)
{
  const char *genre = peek_tag (tags, GST_TAG_GENRE);
  if (genre && peek_tag (tags, GST_TAG_ORGANIZATION) && !peek_tag (tags, GST_TAG_TITLE)) {
    g_free (merger->station);
    merger->station = g_strdup (genre);
  }
}

static gboolean
has_own_genre (const GenreTagMerger *merger, const GstTagList *tags)
{
  const char *genre = peek_tag (tags, GST_TAG_GENRE);
  if (!genre)
    return FALSE;
  return !peek_tag (tags, GST_TAG_ORGANIZATION) || g_strcmp0 (genre, merger->station) != 0;
}

static gboolean
is_taken (const GenreTagMerger *merger)
{
  return merger->taken || has_own_genre (merger, merger->stream) ||
         has_own_genre (merger, merger->global);
}

/* Tags that follow, a bitrate for one, need not repeat the genre; none at all take it back. */
static void
note_genre (GenreTagMerger *merger, const GstTagList *newest)
{
  if (gst_tag_list_is_empty (newest))
    merger->taken = FALSE;
  merger->taken = is_taken (merger);
}

/* What upstream said, with our genre if there is one. */
static GstEvent *
make_event (GenreTagMerger *merger)
{
  GstTagList *tags =
      merger->stream ? gst_tag_list_copy (merger->stream) : gst_tag_list_new_empty ();
  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_STREAM);
  if (merger->genre)
    gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, GST_TAG_GENRE, merger->genre, NULL);
  merger->sent = merger->genre != NULL;
  return gst_event_new_tag (tags);
}

GstEvent *
genre_tag_merger_take_event (GenreTagMerger *merger, GstEvent *event, gboolean forced,
                             GstEvent **withdrawal)
{
  *withdrawal = NULL;
  GstTagList *tags;
  gst_event_parse_tag (event, &tags);
  note_station (merger, tags);
  GstTagList **kept =
      gst_tag_list_get_scope (tags) == GST_TAG_SCOPE_GLOBAL ? &merger->global : &merger->stream;
  if (*kept)
    gst_tag_list_unref (*kept);
  *kept = gst_tag_list_ref (tags);
  note_genre (merger, tags);
  if (merger->taken && !forced)
    genre_tag_merger_forget_genre (merger);
  if (kept == &merger->global) {
    if (merger->sent && !merger->genre)
      *withdrawal = make_event (merger);
    return event;
  }
  merger->sent = FALSE; /* what we sent is replaced */
  if (!merger->genre)
    return event;
  GstEvent *merged = make_event (merger);
  gst_event_set_seqnum (merged, gst_event_get_seqnum (event));
  gst_event_unref (event);
  return merged;
}

GstEvent *
genre_tag_merger_set_genre (GenreTagMerger *merger, const char *genre, gboolean forced)
{
  if (g_strcmp0 (merger->genre, genre) == 0 || (is_taken (merger) && !forced))
    return NULL;
  g_free (merger->genre);
  merger->genre = g_strdup (genre);
  return make_event (merger);
}
