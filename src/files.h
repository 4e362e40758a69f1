/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading files that may be anything, and writing files that are whole or absent. */
#pragma once
#include "error.h"
G_BEGIN_DECLS

/* The content of a regular file of at most @max_size bytes, checked before it is read; anything
 * else (a pipe, a folder, a larger file) is an error, and so is one that changes meanwhile, or for
 * which there is no memory. GENRE_ERROR_IO or GENRE_ERROR_FORMAT. */
GBytes *genre_file_read (const char *path, gsize max_size, GError **error);
/* The same for text: UTF-8 without NUL characters, otherwise GENRE_ERROR_FORMAT. A byte order mark
 * is left out. (transfer full) */
char *genre_file_read_text (const char *path, gsize max_size, GError **error);
/* GENRE_ERROR_IO if @path is a pipe or device, or a link to one: what genre_file_write() refuses.
 */
gboolean genre_file_check_target (const char *path, GError **error);
/* Written beside @path, synced, and renamed over it: on failure, kill -9 or a full disk @path is
 * what it was, and after a failure nothing is left beside it. GENRE_ERROR_IO. */
gboolean genre_file_write (const char *path, const void *content, gsize size, GError **error);
/* Names in a folder, sorted, hidden ones left out. GENRE_ERROR_IO. (transfer full) of char * */
GPtrArray *genre_file_list_folder (const char *path, GError **error);
/* g_mkdir_with_parents() with a message. */
gboolean genre_file_make_folder (const char *path, GError **error);
/* "blues.00012" of "blues/blues.00012.wav". (transfer full) */
char *genre_file_stem (const char *path);

G_END_DECLS
