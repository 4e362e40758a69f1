/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreTagMerger: our genre among the stream's own tags.
 *
 * A TAG event of stream scope replaces the one before it, so ours must repeat what upstream said,
 * and what upstream says later must be given our genre before it goes on. A genre that upstream
 * tells is the song's, also where its later tags do not repeat it. One thread. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

typedef struct _GenreTagMerger GenreTagMerger;

GenreTagMerger *genre_tag_merger_new (void);
void genre_tag_merger_free (GenreTagMerger *merger);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreTagMerger, genre_tag_merger_free)

void genre_tag_merger_begin_stream (GenreTagMerger *merger); /* forgets everything */
/* Another song of the stream: forgets our genre, and the one that earlier tags told. */
void genre_tag_merger_begin_song (GenreTagMerger *merger);
/* Ours: it did not arrive, or is not wanted any more. */
void genre_tag_merger_forget_genre (GenreTagMerger *merger);

/* A TAG event came; returns the one to send on (transfer full, both). @forced: ours replaces the
 * stream's own genre. @withdrawal: the event to send before it, without our genre, if tags of
 * global scope bring one, or another song, after we sent ours; or NULL (transfer full). */
GstEvent *genre_tag_merger_take_event (GenreTagMerger *merger, GstEvent *event, gboolean forced,
                                       GstEvent **withdrawal);

/* The song is @genre. Returns the event to send (transfer full); NULL if that was said already, or
 * if the stream carries a genre of its own and ours is not @forced on it. */
GstEvent *genre_tag_merger_set_genre (GenreTagMerger *merger, const char *genre, gboolean forced);

G_END_DECLS
