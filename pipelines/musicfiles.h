/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The audio files that a person means by files and folders. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* What must be said on the way: @what is wrong with @path. */
typedef void (*MusicFilesFault) (const char *path, const char *what, gpointer user_data);
/* @path is to be left out. */
typedef gboolean (*MusicFilesLeaveOut) (const char *path, gpointer user_data);

/* @arguments with each folder replaced by the audio files in it and below it, in the order of their
 * names. Links to folders are not followed there, which could go in circles; each is told to @note,
 * for nothing is wrong. What macOS leaves beside files ("._song.mp3") is no music. @note and
 * @leave_out may be NULL. (transfer full) of char * */
GPtrArray *music_files_collect (char **arguments, MusicFilesFault fault, MusicFilesFault note,
                                MusicFilesLeaveOut leave_out, gpointer user_data);

G_END_DECLS
