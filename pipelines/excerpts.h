/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Excerpts: lets a player of files play a few excerpts instead of everything, spread evenly over
 * the song, such that genreclassify hears them as one song and gives one final answer.
 *
 * Each excerpt is an accurate, flushing seek to a part of the file. The flushes and ends of stream
 * between them are kept from the classifier, which would forget what it heard or answer too early;
 * a GAP event tells it that time went by unheard. So its answer is about all excerpts together,
 * with the model's own threshold.
 *
 *   Set the pipeline to PAUSED and give every message of its bus to excerpts_take(), which seeks
 * and sets it to PLAYING. Whatever goes wrong after excerpts_have_begun(): begin again without,
 * with a new pipeline. One thread at a time. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

typedef struct {
  int n;         /* 0: everything is heard */
  double length; /* of each, in seconds */
} ExcerptOptions;

#define EXCERPT_OPTIONS_DEFAULT                                                                    \
  {                                                                                                \
    .n = 0, .length = 11                                                                           \
  }

/* What is wrong with them, or NULL. */
const char *excerpt_options_find_fault (const ExcerptOptions *options);

typedef struct _Excerpts Excerpts;

/* @pipeline contains @classifier and has a sink that does not wait for the clock. */
Excerpts *excerpts_new (GstElement *pipeline, GstElement *classifier,
                        const ExcerptOptions *options);
void excerpts_free (Excerpts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Excerpts, excerpts_free)

/* FALSE: the file cannot seek after all. */
gboolean excerpts_take (Excerpts *self, GstMessage *message);
/* If not, the file cannot seek, or is shorter than twice the excerpts together, and is heard in
 * full. */
gboolean excerpts_have_begun (const Excerpts *self);
/* Whether a final answer is what was asked for: at the end of the last excerpt, and about at least
 * half of what the excerpts, or the classifier's window, would last. (A file of several songs has
 * several, an estimated duration may be far too long.) */
gboolean excerpts_are_answered (const Excerpts *self, const GstStructure *answer);
/* The next end of stream is the last one. */
void excerpts_stop (Excerpts *self);

G_END_DECLS
