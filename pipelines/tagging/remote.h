/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is heard over the network, and so can be heard only, not written. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* @source is a URI such as "https://host/song.ogg". Others than those of networks are none: what
 * comes out of a queue must not open devices. */
gboolean remote_is (const char *source);
/* Why @source cannot be had over HTTP, which souphttpsrc does not say: the server is asked once
 * more, for at most @seconds. NULL: nobody knows. (transfer full) */
char *remote_find_fault (const char *source, double seconds);

G_END_DECLS
