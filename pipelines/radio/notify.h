/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells systemd how things are (sd_notify), where it wants to know: NOTIFY_SOCKET, WATCHDOG_USEC.
 */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct _Notify Notify;

/* From the environment, which it clears of them: nobody else is to answer. Never NULL. */
Notify *notify_new (void);
void notify_free (Notify *self);

/* "We hear" and tell so from now on, as often as the watchdog wants, as long as the main loop runs.
 */
void notify_ready (Notify *self);
void notify_reloading (Notify *self);
void notify_stopping (Notify *self);
/* A line for people. */
void notify_status (Notify *self, const char *status);

G_END_DECLS
