/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A playlist of any kind, as a server may send it. The first byte says where it came from; without
 * one the server sent nothing, and nothing has no address. */
#include "fuzz.h"
#include "radio/hlsplaylist.h"
#include "radio/playlist.h"

static const char *const bases[] = {"/music/list.m3u", "http://radio.example/a/list", "AC: DC.m3u",
                                    "https://[::1]:8000/?x#y"};

static void
check_entries (const GPtrArray *entries)
{
  FUZZ_ASSERT (entries->len > 0 && entries->len <= PLAYLIST_MAX_ENTRIES);
  for (guint i = 0; i < entries->len; i++) {
    const PlaylistEntry *entry = entries->pdata[i];
    FUZZ_ASSERT (entry->uri && *entry->uri);
    FUZZ_ASSERT (!entry->name || g_utf8_validate (entry->name, -1, NULL));
  }
}

/* The same ones, and between them, in the order of their lines, what is wrong. */
static void
check_all (const GPtrArray *all, const GPtrArray *entries)
{
  guint n = 0, line = 0;
  FUZZ_ASSERT (all->len > 0 && all->len <= PLAYLIST_MAX_ENTRIES + 1 + PLAYLIST_MAX_UNREADABLE + 1);
  for (guint i = 0; i < all->len; i++) {
    const PlaylistEntry *entry = all->pdata[i];
    FUZZ_ASSERT ((entry->uri || entry->fault) && entry->written && entry->line >= line);
    n += entry->uri != NULL;
    line = entry->line;
  }
  FUZZ_ASSERT (n == (entries ? entries->len : 0));
}

static void
check_piece (const HlsPiece *piece)
{
  FUZZ_ASSERT (!piece || g_ascii_strncasecmp (piece->uri, "http", 4) == 0);
  FUZZ_ASSERT (!piece || !piece->key_uri || g_ascii_strncasecmp (piece->key_uri, "http", 4) == 0);
  FUZZ_ASSERT (!piece || piece->offset <= G_MAXINT64 - piece->length);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *text = size > 0 ? (const char *)data + 1 : NULL;
  const gsize length = size > 0 ? size - 1 : 0;
  const char *base = bases[size > 0 ? data[0] % G_N_ELEMENTS (bases) : 0];
  const PlaylistFormat guess = playlist_guess_format (text, length);
  for (PlaylistFormat format = PLAYLIST_PLS; format <= PLAYLIST_LIST; format++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) entries = playlist_parse (format, text, length, base, &error);
    FUZZ_ASSERT_SAID (entries, error);
    if (entries)
      check_entries (entries);
    g_autoptr (GPtrArray) all = playlist_parse_all (format, text, length, base, NULL);
    FUZZ_ASSERT (all || !entries);
    if (all)
      check_all (all, entries);
  }
  FUZZ_ASSERT (guess <= PLAYLIST_LIST);
  g_autoptr (GError) error = NULL;
  g_autoptr (HlsPlaylist) list = hls_playlist_parse (text, length, base, &error);
  FUZZ_ASSERT_SAID (list, error);
  for (guint i = 0; list && i < list->segments->len; i++) {
    const HlsSegment *segment = list->segments->pdata[i];
    check_piece (segment->sound);
    check_piece (segment->map);
  }
  return 0;
}
