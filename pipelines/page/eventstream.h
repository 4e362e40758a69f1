/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client that is told what happens, for as long as it listens (server-sent events). What it is
 * too slow to take waits in a bounded buffer: pictures are left out first, then it is let go. */
#pragma once
#include <gio/gio.h>
G_BEGIN_DECLS

typedef struct _EventStream EventStream;

/* @gone is called once, from the main loop, when the client has left or was let go; the stream is
 * then to be freed. */
typedef void (*EventStreamGone) (EventStream *self, gpointer user_data);

/* @head is sent first, as it is: status line and headers of the response; then that it is alive. */
EventStream *event_stream_new (GSocketConnection *connection, const char *head,
                               EventStreamGone gone, gpointer user_data);
void event_stream_free (EventStream *self);

/* What it wants to hear of; @id is copied. */
void event_stream_subscribe (EventStream *self, const char *id);
gboolean event_stream_is_subscribed (const EventStream *self, const char *id);
void event_stream_set_spectrograms (EventStream *self, gboolean wanted);
gboolean event_stream_wants_spectrograms (const EventStream *self);
/* Calls @function with each id and @user_data. */
void event_stream_foreach (const EventStream *self, GFunc function, gpointer user_data);

/* @data is one line of JSON. */
void event_stream_send (EventStream *self, const char *event, const char *data);
/* The same, unless much is waiting already. FALSE: it was left out. */
gboolean event_stream_send_if_quick (EventStream *self, const char *event, const char *data);
/* An event, so that neither who is between nor the client takes it for dead, unless another one is
 * on its way, and a look whether it takes anything. */
void event_stream_keep_alive (EventStream *self);

G_END_DECLS
