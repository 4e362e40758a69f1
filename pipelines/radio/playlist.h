/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Playlists of radio stations (PLS, M3U, XSPF) and files that list stations by name. They come from
 * anybody: what is too long, no text, or nonsense is an error, never a crash. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

#define PLAYLIST_MAX_BYTES (1024 * 1024)
#define PLAYLIST_MAX_ENTRIES 10000
#define PLAYLIST_MAX_UNREADABLE 100 /* lines that are told one by one */

typedef enum {
  PLAYLIST_PLS,
  PLAYLIST_M3U,
  PLAYLIST_HLS, /* an M3U of segments, or of lists of them */
  PLAYLIST_XSPF,
  PLAYLIST_LIST, /* lines of "name = URI" or a URI alone; "#" begins a remark */
} PlaylistFormat;

typedef struct {
  char *name;    /* NULL if it has none */
  char *uri;     /* or path, relative ones resolved, icy:// as http://; or a microphone */
  char *written; /* the same, as it stands there */
  guint line; /* where it stands, from 1 on; 0 in PLS and XSPF, which have more than one for each */
  const char *fault; /* why it cannot be meant so; NULL: it can */
} PlaylistEntry;

/* Has @name (a path or a URI, which may end in a query) the ending of a playlist? */
gboolean playlist_has_ending (const char *name);
/* @uri, where it says icy://, as some playlists do, as the HTTP that it is. (transfer full) */
char *playlist_http_uri (const char *uri);
/* Is @what "mic", "pulse" or "alsa", which may be followed by ":" and a device? */
gboolean playlist_is_microphone (const char *what);
/* Whether libsoup fetches @uri. */
gboolean playlist_is_http (const char *uri);
/* @target, as a playlist names it that came from @base: a URI or path. NULL if it leads nowhere.
 * (transfer full) */
char *playlist_resolve (const char *base, const char *target);
/* Without what editors and systems leave at the ends of lines; lines that nobody means are empty.
 * (transfer full) */
char **playlist_split_lines (const char *text, gsize length);
/* Of NAME=value,NAME="value" (RFC 8216, 4.2) what @name has, or NULL. (transfer full) */
char *playlist_read_attribute (const char *list, const char *name);
/* Whether a line of @text begins with @tag: a remark may speak of it. */
gboolean playlist_has_tag (const char *text, gsize length, const char *tag);
/* By what it, or a line of it, begins with. Of no bytes, here and below, @text may be NULL. */
PlaylistFormat playlist_guess_format (const char *text, gsize length);
/* @base is where it came from: a URI or a path. (transfer full) of PlaylistEntry, at least one,
 * each with a URI */
GPtrArray *playlist_parse (PlaylistFormat format, const char *text, gsize length, const char *base,
                           GError **error);
/* The same, for who wrote it to be told what is wrong: also with entries that have a fault and no
 * URI, for lines that cannot be read and where the list, or the list of these, is too long. In the
 * order of their lines. */
GPtrArray *playlist_parse_all (PlaylistFormat format, const char *text, gsize length,
                               const char *base, GError **error);

G_END_DECLS
