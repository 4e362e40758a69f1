/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists that a server has compressed, though nobody said that he understands it: stores of files
 * keep them so. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

gboolean gzip_is (const guint8 *data, gsize n);
/* @bytes themselves if they are no gzip; no text begins as that does. NULL, and a fault, if they
 * are broken, or more than @most without it. (transfer full) */
GBytes *gunzip (GBytes *bytes, gsize most, GError **error);

G_END_DECLS
