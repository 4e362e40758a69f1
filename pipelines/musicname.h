/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files in a folder are music. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* By the ending of @name, in whatever case; what macOS leaves beside files ("._song.mp3") is none.
 */
gboolean music_name_is_audio (const char *name);

G_END_DECLS
