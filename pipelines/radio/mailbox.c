/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mailbox.h"
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <time.h>

#define ROUND 200 /* messages that are handed out before others have their turn */

struct _Mailbox {
  pthread_mutex_t lock; /* ThreadSanitizer does not see through GLib's */
  pthread_cond_t came;
  GQueue messages;
  GDestroyNotify free_message;
  MailboxReceiver receiver; /* or NULL */
  gpointer user_data;
  guint idle; /* the source that hands them out, or 0 */
};

Mailbox *
mailbox_new (GDestroyNotify free_message)
{
  Mailbox *self = g_new0 (Mailbox, 1);
  pthread_condattr_t attributes;
  pthread_mutex_init (&self->lock, NULL);
  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_cond_init (&self->came, &attributes);
  pthread_condattr_destroy (&attributes);
  g_queue_init (&self->messages);
  self->free_message = free_message;
  return self;
}

void
mailbox_free (Mailbox *self)
{
  if (!self)
    return;
  if (self->idle != 0)
    g_source_remove (self->idle);
  g_queue_clear_full (&self->messages, self->free_message);
  pthread_cond_destroy (&self->came);
  pthread_mutex_destroy (&self->lock);
  g_free (self);
}

/* NULL: none is left. */
static gpointer
take_next (Mailbox *self)
{
  pthread_mutex_lock (&self->lock);
  gpointer message = g_queue_pop_head (&self->messages);
  pthread_mutex_unlock (&self->lock);
  return message;
}

/* Gives how many are left. */
static guint
hand_out (Mailbox *self)
{
  gpointer message;
  for (guint n = 0; n < ROUND && (message = take_next (self)); n++)
    self->receiver (message, self->user_data);
  pthread_mutex_lock (&self->lock);
  const guint left = self->messages.length;
  if (left == 0)
    self->idle = 0;
  pthread_mutex_unlock (&self->lock);
  return left;
}

static gboolean
on_idle (gpointer mailbox)
{
  return hand_out (mailbox) > 0;
}

/* With the lock. */
static void
wake_receiver (Mailbox *self)
{
  if (self->receiver && self->idle == 0)
    self->idle = g_idle_add_full (G_PRIORITY_DEFAULT, on_idle, self, NULL);
}

void
mailbox_post (Mailbox *self, gpointer message)
{
  pthread_mutex_lock (&self->lock);
  g_queue_push_tail (&self->messages, message);
  wake_receiver (self);
  pthread_cond_signal (&self->came);
  pthread_mutex_unlock (&self->lock);
}

void
mailbox_deliver (Mailbox *self, MailboxReceiver receiver, gpointer user_data)
{
  pthread_mutex_lock (&self->lock);
  self->receiver = receiver;
  self->user_data = user_data;
  if (self->messages.length > 0)
    wake_receiver (self);
  pthread_mutex_unlock (&self->lock);
}

void
mailbox_hand_out (Mailbox *self)
{
  const guint idle = self->idle;
  while (hand_out (self) > 0)
    ;
  if (idle != 0)
    g_source_remove (idle);
}

guint
mailbox_count (Mailbox *self)
{
  pthread_mutex_lock (&self->lock);
  const guint n = self->messages.length;
  pthread_mutex_unlock (&self->lock);
  return n;
}

static struct timespec
get_time_in (double seconds)
{
  struct timespec end;
  clock_gettime (CLOCK_MONOTONIC, &end);
  const gint64 ns = end.tv_nsec + (gint64)(fmax (seconds, 0) * 1e9);
  return (struct timespec){end.tv_sec + (time_t)(ns / 1000000000), (long)(ns % 1000000000)};
}

GPtrArray *
mailbox_take (Mailbox *self, double seconds)
{
  const struct timespec end = get_time_in (seconds);
  GPtrArray *all = g_ptr_array_new_with_free_func (self->free_message);
  pthread_mutex_lock (&self->lock);
  while (self->messages.length == 0 &&
         pthread_cond_timedwait (&self->came, &self->lock, &end) != ETIMEDOUT)
    ;
  while (self->messages.length > 0)
    g_ptr_array_add (all, g_queue_pop_head (&self->messages));
  pthread_mutex_unlock (&self->lock);
  return all;
}
