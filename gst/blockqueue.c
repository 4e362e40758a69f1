/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "blockqueue.h"
#include <errno.h>
#include <pthread.h>

struct _GenreBlockQueue {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  GQueue blocks;
  gsize limit, waiting, working; /* samples: not yet popped; popped and not yet done */
  guint64 dropped;
  gboolean flushing, busy, stale;
  gboolean ending; /* the block last popped ends a song, whatever comes */
};

GenreBlock *
genre_block_new (GenreBlockType type, const char *text, gsize capacity)
{
  GenreBlock *block = g_malloc (sizeof (GenreBlock) + capacity * sizeof (float));
  *block = (GenreBlock){.type = type,
                        .timestamp = GST_CLOCK_TIME_NONE,
                        .text = g_strdup (text),
                        .capacity = capacity};
  gst_segment_init (&block->segment, GST_FORMAT_TIME);
  return block;
}

void
genre_block_free (GenreBlock *block)
{
  if (!block)
    return;
  g_free (block->text);
  g_free (block);
}

GenreBlockQueue *
genre_block_queue_new (gsize limit)
{
  GenreBlockQueue *queue = g_new0 (GenreBlockQueue, 1);
  pthread_condattr_t monotonic; /* g_get_monotonic_time() */
  pthread_mutex_init (&queue->lock, NULL);
  pthread_condattr_init (&monotonic);
  pthread_condattr_setclock (&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init (&queue->changed, &monotonic);
  pthread_condattr_destroy (&monotonic);
  g_queue_init (&queue->blocks);
  queue->limit = limit;
  return queue;
}

void
genre_block_queue_free (GenreBlockQueue *queue)
{
  if (!queue)
    return;
  g_queue_clear_full (&queue->blocks, (GDestroyNotify)genre_block_free);
  pthread_cond_destroy (&queue->changed);
  pthread_mutex_destroy (&queue->lock);
  g_free (queue);
}

/* A queued block keeps no memory for samples that it does not have. */
static GenreBlock *
shrink (GenreBlock *block)
{
  if (block->n_samples < block->capacity) {
    block = g_realloc (block, sizeof (GenreBlock) + block->n_samples * sizeof (float));
    block->capacity = block->n_samples;
  }
  return block;
}

/* Two titles or two new windows with nothing between them: the first one says nothing. */
static gboolean
is_superseded (const GenreBlock *block, const GenreBlock *next)
{
  return block->type == next->type &&
         (block->type == GENRE_BLOCK_TITLE || block->type == GENRE_BLOCK_RESET);
}

static void
remove_block (GenreBlockQueue *queue, GList *link)
{
  genre_block_free (link->data);
  g_queue_delete_link (&queue->blocks, link);
}

/* Drops the oldest audio until no more than @most samples and @most_blocks blocks wait. */
static void
drop_oldest (GenreBlockQueue *queue, gsize most, guint most_blocks)
{
  for (GList *link = queue->blocks.head;
       link && (queue->waiting > most || queue->blocks.length > most_blocks);) {
    GList *previous = link->prev, *next = link->next;
    GenreBlock *block = link->data;
    if (block->type == GENRE_BLOCK_AUDIO) {
      queue->waiting -= block->n_samples;
      queue->dropped += block->n_samples;
      remove_block (queue, link);
      if (previous && next && is_superseded (previous->data, next->data))
        remove_block (queue, previous);
    }
    link = next;
  }
}

/* What happens to songs is not dropped: it may use the places that audio leaves free. */
static gboolean
has_room (const GenreBlockQueue *queue, const GenreBlock *block)
{
  if (block->type != GENRE_BLOCK_AUDIO)
    return queue->blocks.length < GENRE_BLOCK_QUEUE_MAX_BLOCKS;
  if (queue->blocks.length >= GENRE_BLOCK_QUEUE_MAX_BLOCKS / 2)
    return FALSE;
  return queue->waiting == 0 || queue->waiting + block->n_samples <= queue->limit;
}

static void
wait_for_room (GenreBlockQueue *queue, const GenreBlock *block, gint64 patience)
{
  const gint64 end = g_get_monotonic_time () + patience;
  const struct timespec time = {.tv_sec = end / G_USEC_PER_SEC,
                                .tv_nsec = end % G_USEC_PER_SEC * 1000};
  gboolean late = FALSE;
  while (!late && !queue->flushing && !has_room (queue, block))
    late = pthread_cond_timedwait (&queue->changed, &queue->lock, &time) == ETIMEDOUT;
}

gboolean
genre_block_queue_push (GenreBlockQueue *queue, GenreBlock *block, gint64 patience)
{
  block = shrink (block);
  pthread_mutex_lock (&queue->lock);
  GenreBlock *last = g_queue_peek_tail (&queue->blocks);
  if (last && is_superseded (last, block))
    remove_block (queue, queue->blocks.tail);
  if (patience > 0)
    wait_for_room (queue, block, patience);
  if (patience >= 0 && !queue->flushing && !has_room (queue, block))
    drop_oldest (queue, queue->limit / 2, GENRE_BLOCK_QUEUE_MAX_BLOCKS / 4);
  while (!queue->flushing && !has_room (queue, block))
    pthread_cond_wait (&queue->changed, &queue->lock);
  gboolean accepted = !queue->flushing;
  if (accepted) {
    queue->waiting += block->n_samples;
    g_queue_push_tail (&queue->blocks, block);
  }
  pthread_mutex_unlock (&queue->lock);
  if (!accepted)
    genre_block_free (block);
  return accepted;
}

gboolean
genre_block_queue_drain (GenreBlockQueue *queue)
{
  pthread_mutex_lock (&queue->lock);
  while (!queue->flushing && (queue->busy || queue->blocks.length > 0))
    pthread_cond_wait (&queue->changed, &queue->lock);
  gboolean drained = !queue->flushing;
  pthread_mutex_unlock (&queue->lock);
  return drained;
}

static gboolean
ends_song (const GenreBlock *block)
{
  return block->type == GENRE_BLOCK_FINISH && !block->revocable;
}

/* Drops what lies behind the end of the last song; all of it if that is so much that whoever comes
 * after the flush would have to wait. TRUE if something is left. */
static gboolean
drop_unfinished (GenreBlockQueue *queue)
{
  GenreBlock *last;
  const gboolean crowded = queue->blocks.length > GENRE_BLOCK_QUEUE_MAX_BLOCKS / 2;
  while ((last = g_queue_peek_tail (&queue->blocks)) && (crowded || !ends_song (last))) {
    queue->waiting -= last->n_samples;
    remove_block (queue, queue->blocks.tail);
  }
  return last != NULL;
}

void
genre_block_queue_set_flushing (GenreBlockQueue *queue, gboolean flushing)
{
  pthread_mutex_lock (&queue->lock);
  queue->flushing = flushing;
  if (flushing && !drop_unfinished (queue) && !queue->ending)
    queue->stale = TRUE;
  pthread_cond_broadcast (&queue->changed);
  pthread_mutex_unlock (&queue->lock);
}

void
genre_block_queue_close (GenreBlockQueue *queue)
{
  pthread_mutex_lock (&queue->lock);
  queue->flushing = TRUE;
  g_queue_clear_full (&queue->blocks, (GDestroyNotify)genre_block_free);
  queue->waiting = 0;
  queue->stale = TRUE;
  pthread_cond_broadcast (&queue->changed);
  pthread_mutex_unlock (&queue->lock);
}

gsize
genre_block_queue_get_pending (GenreBlockQueue *queue)
{
  pthread_mutex_lock (&queue->lock);
  gsize pending = queue->waiting + queue->working;
  pthread_mutex_unlock (&queue->lock);
  return pending;
}

guint64
genre_block_queue_get_dropped (GenreBlockQueue *queue)
{
  pthread_mutex_lock (&queue->lock);
  guint64 dropped = queue->dropped;
  pthread_mutex_unlock (&queue->lock);
  return dropped;
}

GenreBlock *
genre_block_queue_pop (GenreBlockQueue *queue)
{
  pthread_mutex_lock (&queue->lock);
  GenreBlock *block = g_queue_pop_head (&queue->blocks);
  if (block) {
    queue->waiting -= block->n_samples;
    queue->working = block->n_samples;
    queue->busy = TRUE;
    queue->stale = FALSE;
    queue->ending = ends_song (block);
    pthread_cond_broadcast (&queue->changed);
  }
  pthread_mutex_unlock (&queue->lock);
  return block;
}

void
genre_block_queue_done (GenreBlockQueue *queue, GenreBlock *block)
{
  pthread_mutex_lock (&queue->lock);
  queue->busy = FALSE;
  queue->working = 0;
  pthread_cond_broadcast (&queue->changed);
  pthread_mutex_unlock (&queue->lock);
  genre_block_free (block);
}

gboolean
genre_block_queue_is_stale (GenreBlockQueue *queue)
{
  pthread_mutex_lock (&queue->lock);
  gboolean stale = queue->stale;
  pthread_mutex_unlock (&queue->lock);
  return stale;
}
