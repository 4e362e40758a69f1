/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a fragment of an MP4 file begins (ISO/IEC 14496-12, 8.8.12: tfdt). */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* @bytes: the beginning of one, perhaps with boxes before it. @time: in units of its track. FALSE
 * if that is not in there. */
gboolean mp4_time_read (const guint8 *bytes, gsize n, guint64 *time);

G_END_DECLS
