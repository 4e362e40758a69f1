/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watches whether anything comes out of a pipeline. It looks at what reaches the classifier, so it
 * needs no preroll, no message and no answer from a pipeline that hangs. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

typedef struct _Watchdog Watchdog;

Watchdog *watchdog_new (GstElement *classifier);
void watchdog_free (Watchdog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Watchdog, watchdog_free)

/* Data or events have arrived since the last call. One thread at a time. */
gboolean watchdog_saw_something (Watchdog *self);

G_END_DECLS
