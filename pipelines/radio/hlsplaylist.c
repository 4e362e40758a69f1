/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hlsplaylist.h"
#include "fault.h"
#include "playlist.h"
#include "../translation.h"
#include <string.h>

#define SHORTEST 1 /* s */
#define LONGEST 60

static void
segment_free (gpointer data)
{
  HlsSegment *self = data;
  g_free (self->uri);
  g_free (self->map);
  g_free (self);
}

/* What stands behind @tag, or NULL. */
static const char *
behind (const char *line, const char *tag)
{
  return g_str_has_prefix (line, tag) ? line + strlen (tag) : NULL;
}

/* NULL if it does not lie on a server. (transfer full) */
static char *
resolve (const char *base, const char *target)
{
  g_autofree char *uri = target ? playlist_resolve (base, target) : NULL;
  return uri && playlist_is_http (uri) ? g_steal_pointer (&uri) : NULL;
}

static void
add_segment (HlsPlaylist *self, const char *target, const char *base, const char *map)
{
  g_autofree char *uri = resolve (base, target);
  if (!uri || self->segments->len >= PLAYLIST_MAX_ENTRIES)
    return;
  HlsSegment *segment = g_new (HlsSegment, 1);
  *segment = (HlsSegment){g_steal_pointer (&uri), g_strdup (map)};
  g_ptr_array_add (self->segments, segment);
}

static void
take_tag (HlsPlaylist *self, const char *line, const char *base, char **map)
{
  const char *value;
  if ((value = behind (line, "#EXT-X-MEDIA-SEQUENCE:"))) {
    self->first = g_ascii_strtoull (value, NULL, 10);
  } else if ((value = behind (line, "#EXT-X-TARGETDURATION:"))) {
    const double target = g_ascii_strtod (value, NULL);
    self->target = target >= SHORTEST ? MIN (target, LONGEST) : SHORTEST;
  } else if ((value = behind (line, "#EXT-X-KEY:"))) {
    self->is_odd |= !strstr (value, "METHOD=NONE");
  } else if ((value = behind (line, "#EXT-X-MAP:"))) {
    self->is_odd |= strstr (value, "BYTERANGE") != NULL;
    g_free (*map);
    g_autofree char *target = playlist_read_uri_attribute (value);
    *map = resolve (base, target);
  } else if (behind (line, "#EXT-X-BYTERANGE")) {
    self->is_odd = TRUE;
  } else if (behind (line, "#EXT-X-ENDLIST")) {
    self->is_whole = TRUE;
  }
}

HlsPlaylist *
hls_playlist_parse (const char *text, gsize length, const char *base, GError **error)
{
  g_autoptr (HlsPlaylist) self = g_new0 (HlsPlaylist, 1);
  g_auto (GStrv) lines = playlist_split_lines (length > 0 ? text : "", length);
  g_autofree char *map = NULL;
  self->segments = g_ptr_array_new_with_free_func (segment_free);
  self->target = SHORTEST;
  gboolean is_announced = FALSE; /* what is not, is no list but a page that says something else */
  for (char **line = lines; *line; line++) {
    is_announced |= behind (*line, "#EXTINF") != NULL;
    if (**line == '#')
      take_tag (self, *line, base, &map);
    else if (**line != '\0' && is_announced) {
      add_segment (self, *line, base, map);
      is_announced = FALSE;
    }
  }
  if (self->segments->len > 0 && self->first <= G_MAXUINT64 - self->segments->len)
    return g_steal_pointer (&self);
  g_set_error_literal (error, STATION_ERROR, STATION_ERROR_PASSING,
                       N_ ("a playlist with nothing in it"));
  return NULL;
}

void
hls_playlist_free (HlsPlaylist *self)
{
  g_ptr_array_unref (self->segments);
  g_free (self);
}
