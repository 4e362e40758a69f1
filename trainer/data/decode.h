/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Music files in anything that GStreamer decodes, as the element would hear them: decoded to their
 * own rate and channels, then mixed and resampled by the element's own code (audioinput.h). So a
 * model learns from the very samples that it will be asked about. */
#pragma once
#include <gst/gst.h>
#include "error.h"
G_BEGIN_DECLS

/* @samples: (n,) mono, full scale ±1, finite; valid during the call only. FALSE to stop. */
typedef gboolean (*GenreDecodedFunc) (const float *samples, gsize n, gpointer user_data);

#define GENRE_NO_EXCERPT G_MAXUINT
/* @excerpt: 0 to n − 1, which begins now; GENRE_NO_EXCERPT: what was heard so far does not count,
 * and the file is heard once more, in excerpts that begin with 0 again, or as a whole. */
typedef void (*GenreExcerptFunc) (guint excerpt, gpointer user_data);
/* Seconds that the file says it has, and that were @found, once it has been heard from beginning to
 * end, or in excerpts and has ended before it should; not called where it says nothing. */
typedef void (*GenreDurationFunc) (double seconds, double found, gpointer user_data);

/* The first audio stream of @path at @rate: @n excerpts, spread evenly over the file, of about
 * @seconds each. @begin is called before each, and where @func returns FALSE the next one begins. A
 * file shorter than twice its excerpts, or that cannot seek, is heard from its beginning to its end
 * without a call of @begin; so is any with 0 for @n, for which @begin may be NULL. What does not
 * say how long it is, as MP3 without a Xing header, has its frames counted first, and so has what
 * ends before an excerpt does, since it is cut off; where even that does not help it is heard from
 * beginning to end. @state: or NULL.
 *
 *   gst_init() must have been called. From any thread. @timeout: seconds without a sample after
 * which a decoder is given up (and left to itself); where there is none at all in a quarter of
 * that, the file is read once more, in another way. @stop: polled, or NULL. GENRE_ERROR_IO, _FORMAT
 * or _UNSUPPORTED with GStreamer's reason, without the path; G_IO_ERROR_CANCELLED if stopped. */
gboolean genre_decode_excerpts (const char *path, guint rate, guint n, double seconds,
                                guint timeout, const gint *stop, GenreExcerptFunc begin,
                                GenreDurationFunc state, GenreDecodedFunc func, gpointer user_data,
                                GError **error);

/* What the file says of itself before its first sample, @tags (transfer full), may be empty; a file
 * that cannot be decoded is an error as above. */
gboolean genre_decode_tags (const char *path, guint timeout, const gint *stop, GstTagList **tags,
                            GError **error);

G_END_DECLS
