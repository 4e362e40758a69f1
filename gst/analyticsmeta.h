/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreAnalyticsMeta: an answer on its way from the worker to a buffer, which carries it downstream
 * as GStreamer's analytics library (1.24 and later) wants classifications.
 *
 * It is one GstAnalyticsClsMtd with a class for each genre of the model, in its order. The class is
 * the label, the level the probability that music of this genre is heard: that of the genre, given
 * that it is music, times that of music. So the levels sum to the message's `music`, and the
 * highest of speech or of noise is a low one.
 *
 * Without that library nothing here exists but what lets the element be written once: it has no
 * property add-meta then, and so no answer ever waits for a buffer. */
#pragma once
#include "listener.h"
G_BEGIN_DECLS

typedef struct _GenreAnalyticsMeta GenreAnalyticsMeta;

#ifdef HAVE_GST_ANALYTICS

GenreAnalyticsMeta *genre_analytics_meta_new (const GenreHeard *answer);
void genre_analytics_meta_free (GenreAnalyticsMeta *meta);
guint genre_analytics_meta_get_song (const GenreAnalyticsMeta *meta); /* that it is about */
/* @buffer is writable. What other elements have found in it stays. */
void genre_analytics_meta_attach (const GenreAnalyticsMeta *meta, GstBuffer *buffer);

#else

static inline GenreAnalyticsMeta *
genre_analytics_meta_new (const GenreHeard *answer)
{
  return NULL;
}

static inline void
genre_analytics_meta_free (GenreAnalyticsMeta *meta)
{
}

static inline guint
genre_analytics_meta_get_song (const GenreAnalyticsMeta *meta)
{
  return 0;
}

static inline void
genre_analytics_meta_attach (const GenreAnalyticsMeta *meta, GstBuffer *buffer)
{
}

#endif

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreAnalyticsMeta, genre_analytics_meta_free)

G_END_DECLS
