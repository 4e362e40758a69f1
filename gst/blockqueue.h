/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreBlockQueue: between the streaming thread, which must not wait for the network, and the
 * worker.
 *
 * Audio travels in blocks; what happens to the song (a title, its end) travels between them, in
 * order. Memory is bounded, whatever the timestamps and the sizes of buffers; only audio is ever
 * dropped. Locks are POSIX ones, see workerpool.h. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

typedef enum {
  GENRE_BLOCK_AUDIO,  /* samples */
  GENRE_BLOCK_TITLE,  /* from here on the song is called `text` */
  GENRE_BLOCK_FINISH, /* the song ends, because of `text` */
  GENRE_BLOCK_RESET,  /* a new window begins, in the same song */
} GenreBlockType;

typedef struct {
  GenreBlockType type;
  guint song;             /* counts the songs of the element */
  GstClockTime timestamp; /* of the first sample, or of the song's first sample if it ends here */
  GstSegment segment;     /* that timestamp belongs to */
  char *text;
  gboolean revocable; /* the song's end is none if a flush comes before its answer */
  gsize n_samples, capacity;
  float samples[];
} GenreBlock;

GenreBlock *genre_block_new (GenreBlockType type, const char *text, gsize capacity);
void genre_block_free (GenreBlock *block);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreBlock, genre_block_free)

#define GENRE_BLOCK_QUEUE_MAX_BLOCKS 512 /* half of them audio */

typedef struct _GenreBlockQueue GenreBlockQueue;

/* At most @limit samples wait, in at most GENRE_BLOCK_QUEUE_MAX_BLOCKS blocks. */
GenreBlockQueue *genre_block_queue_new (gsize limit);
void genre_block_queue_free (GenreBlockQueue *queue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreBlockQueue, genre_block_queue_free)

#define GENRE_BLOCK_QUEUE_WAIT (-1)

/* Streaming thread. Takes @block. If there is no room it waits, for @patience µs; if there is none
 * then, the older half of what waits goes (one long hole spoils fewer segments than many short
 * ones). GENRE_BLOCK_QUEUE_WAIT: it waits until there is. FALSE if the queue is or becomes
 * flushing. */
gboolean genre_block_queue_push (GenreBlockQueue *queue, GenreBlock *block, gint64 patience);
/* Waits until everything was popped and done with. FALSE if the queue is or becomes flushing. */
gboolean genre_block_queue_drain (GenreBlockQueue *queue);

/* Any thread. While flushing nothing is accepted, and who waited returns. What waited is gone,
 * except for songs that had ended. */
void genre_block_queue_set_flushing (GenreBlockQueue *queue, gboolean flushing);
/* The same for good, and with all songs. */
void genre_block_queue_close (GenreBlockQueue *queue);
gsize genre_block_queue_get_pending (GenreBlockQueue *queue);   /* samples */
guint64 genre_block_queue_get_dropped (GenreBlockQueue *queue); /* samples, since creation */

/* Worker. NULL if nothing waits. Between pop and done the queue is not drained. */
GenreBlock *genre_block_queue_pop (GenreBlockQueue *queue);
void genre_block_queue_done (GenreBlockQueue *queue, GenreBlock *block);
/* TRUE if the block last popped was flushed while it was worked on: nobody wants its results. */
gboolean genre_block_queue_is_stale (GenreBlockQueue *queue);

G_END_DECLS
