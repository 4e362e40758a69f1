/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mailbox.h"
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <time.h>

struct _Mailbox {
  pthread_mutex_t lock; /* ThreadSanitizer does not see through GLib's */
  pthread_cond_t came;
  GPtrArray *messages;
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
  self->messages = g_ptr_array_new_with_free_func (free_message);
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
  g_ptr_array_unref (self->messages);
  pthread_cond_destroy (&self->came);
  pthread_mutex_destroy (&self->lock);
  g_free (self);
}

/* With the lock. */
static GPtrArray *
take_all (Mailbox *self)
{
  GPtrArray *all = self->messages;
  self->messages = g_ptr_array_new_with_free_func (self->free_message);
  return all;
}

static gboolean
on_idle (gpointer user_data)
{
  Mailbox *self = user_data;
  pthread_mutex_lock (&self->lock);
  self->idle = 0;
  g_autoptr (GPtrArray) messages = take_all (self);
  pthread_mutex_unlock (&self->lock);
  g_ptr_array_set_free_func (messages, NULL);
  for (guint i = 0; i < messages->len; i++)
    self->receiver (messages->pdata[i], self->user_data);
  return G_SOURCE_REMOVE;
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
  g_ptr_array_add (self->messages, message);
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
  if (self->messages->len > 0)
    wake_receiver (self);
  pthread_mutex_unlock (&self->lock);
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
  pthread_mutex_lock (&self->lock);
  while (self->messages->len == 0 &&
         pthread_cond_timedwait (&self->came, &self->lock, &end) != ETIMEDOUT)
    ;
  GPtrArray *all = take_all (self);
  pthread_mutex_unlock (&self->lock);
  return all;
}
