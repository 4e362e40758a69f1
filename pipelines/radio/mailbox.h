/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages from one thread to another, in their order. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct _Mailbox Mailbox;

Mailbox *mailbox_new (GDestroyNotify free_message);
/* In the thread of the default main context; nobody posts any more. */
void mailbox_free (Mailbox *self);

/* @message, which is not NULL, is taken. */
void mailbox_post (Mailbox *self, gpointer message);
/* All that have come, after at most @seconds of waiting for the first one. (transfer full) */
GPtrArray *mailbox_take (Mailbox *self, double seconds);

/* @message is the receiver's to free. */
typedef void (*MailboxReceiver) (gpointer message, gpointer user_data);
/* From now on they are handed out in the default main context, instead of being taken. */
void mailbox_deliver (Mailbox *self, MailboxReceiver receiver, gpointer user_data);
/* All that are left, at once, in the thread of the default main context; nobody posts any more. */
void mailbox_hand_out (Mailbox *self);

/* How many wait. */
guint mailbox_count (Mailbox *self);

G_END_DECLS
