/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hlsplaylist.h"
#include "fault.h"
#include "playlist.h"
#include "../translation.h"
#include <string.h>

#define SHORTEST 1 /* s */
#define LONGEST 60
#define SEGMENT_TAG "#EXTINF"
#define MAP_TAG "#EXT-X-MAP:"
#define END_TAG "#EXT-X-ENDLIST"
#define OUR_METHOD "AES-128"

/* What holds for the segments that follow, or for the next one. */
typedef struct {
  HlsPlaylist *list;
  const char *base;
  guint64 n_announced; /* segments in all */
  HlsPiece *map;
  char *key_target; /* of a key whose URI nothing has needed yet; or NULL */
  GRefString *key_uri;
  guint8 iv[HLS_KEY_SIZE];
  gboolean has_iv;
  char *lock; /* what they are encrypted for, where that is not us; or NULL */
  /* Of the next one. */
  gboolean is_announced; /* what is not, is no list but a page that says something else */
  gboolean is_missing;
  gboolean is_break;
  char *range;
  /* Of the last one that is a part of a file. */
  char *former_target;
  guint64 former_end;
  guint64 n_passed; /* segments */
} Parser;

static void
parser_clear (Parser *self)
{
  g_clear_pointer (&self->map, hls_piece_unref);
  g_free (self->key_target);
  g_clear_pointer (&self->key_uri, g_ref_string_release);
  g_free (self->lock);
  g_free (self->range);
  g_free (self->former_target);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parser, parser_clear)

/* ---- pieces ---- */

static void
piece_clear (gpointer data)
{
  HlsPiece *self = data;
  g_free (self->uri);
  g_clear_pointer (&self->key_uri, g_ref_string_release);
}

HlsPiece *
hls_piece_ref (HlsPiece *self)
{
  return g_rc_box_acquire (self);
}

void
hls_piece_unref (HlsPiece *self)
{
  g_rc_box_release_full (self, piece_clear);
}

gboolean
hls_piece_is_same (const HlsPiece *a, const HlsPiece *b)
{
  if (!a || !b)
    return a == b;
  return g_str_equal (a->uri, b->uri) && a->offset == b->offset && a->length == b->length;
}

/* Without its folder and its query, in which there may be what is another each time. */
static char *
get_name (const HlsPiece *piece)
{
  const gsize length = strcspn (piece->uri, "?#");
  const char *slash = g_strrstr_len (piece->uri, (gssize)length, "/");
  const char *name = slash ? slash + 1 : piece->uri;
  return g_strndup (name, length - (gsize)(name - piece->uri));
}

gboolean
hls_piece_is_called (const HlsPiece *a, const HlsPiece *b)
{
  if (a->offset != b->offset || a->length != b->length)
    return FALSE;
  g_autofree char *name = get_name (a), *other = get_name (b);
  return g_str_equal (name, other);
}

static void
segment_free (gpointer data)
{
  HlsSegment *self = data;
  g_clear_pointer (&self->sound, hls_piece_unref);
  g_clear_pointer (&self->map, hls_piece_unref);
  g_free (self);
}

/* NULL if it does not lie on a server. (transfer full) */
static char *
resolve (const Parser *self, const char *target)
{
  g_autofree char *uri = target ? playlist_resolve (self->base, target) : NULL;
  return uri && playlist_is_http (uri) ? g_steal_pointer (&uri) : NULL;
}

/* @text: "length@offset"; without an offset it is @follows. FALSE: nobody sends that. */
static gboolean
parse_range (const char *text, guint64 follows, guint64 *offset, guint64 *length)
{
  const char *at = strchr (text, '@');
  *length = g_ascii_strtoull (text, NULL, 10);
  *offset = at ? g_ascii_strtoull (at + 1, NULL, 10) : follows;
  return *length > 0 && *length <= G_MAXINT64 && *offset <= G_MAXINT64 - *length;
}

/* RFC 8216, 5.2: what has no vector of its own has its number, high byte first. */
static void
take_key (const Parser *self, HlsPiece *piece)
{
  const guint64 number = GUINT64_TO_BE (self->list->first + self->n_passed);
  piece->key_uri = g_ref_string_acquire (self->key_uri);
  if (self->has_iv)
    memcpy (piece->iv, self->iv, HLS_KEY_SIZE);
  else
    memcpy (piece->iv + HLS_KEY_SIZE - sizeof number, &number, sizeof number);
}

static void
set_lock (Parser *self, const char *text)
{
  g_free (self->lock);
  self->lock = g_strcanon (g_strdup (text), G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-.:", '?');
}

/* What is encrypted with a key that lies nowhere is locked. */
static void
find_key (Parser *self)
{
  g_autofree char *target = g_steal_pointer (&self->key_target);
  g_autofree char *uri = resolve (self, target);
  if (uri)
    self->key_uri = g_ref_string_new (uri);
  else if (target && !self->lock)
    set_lock (self, OUR_METHOD);
}

/* NULL if it cannot be had. (transfer full) */
static HlsPiece *
make_piece (Parser *self, const char *uri, guint64 offset, guint64 length)
{
  find_key (self);
  if (!uri || (self->lock && !self->key_uri))
    return NULL;
  HlsPiece *piece = g_rc_box_new0 (HlsPiece);
  piece->uri = g_strdup (uri);
  piece->offset = offset;
  piece->length = length;
  if (self->key_uri)
    take_key (self, piece);
  return piece;
}

/* FALSE: it does not say where it is. What cannot be had, or is not kept, is counted, too. */
static gboolean
find_range (Parser *self, const char *target, guint64 *offset, guint64 *length)
{
  const gboolean follows = g_strcmp0 (self->former_target, target) == 0;
  *offset = *length = 0;
  if (!self->range)
    return TRUE;
  if ((!strchr (self->range, '@') && !follows) ||
      !parse_range (self->range, self->former_end, offset, length))
    return FALSE;
  g_free (self->former_target);
  self->former_target = g_strdup (target);
  self->former_end = *offset + *length;
  return TRUE;
}

/* Of the segments, counted from 0; of a list without an end the newest are heard. */
static gboolean
is_kept (const Parser *self, guint64 segment)
{
  return self->list->is_whole ? segment < PLAYLIST_MAX_ENTRIES
                              : segment + PLAYLIST_MAX_ENTRIES >= self->n_announced;
}

/* @sound: NULL if it cannot be had. (transfer full) */
static void
keep_segment (Parser *self, HlsPiece *sound)
{
  HlsSegment *segment = g_new0 (HlsSegment, 1);
  segment->sound = sound;
  segment->map = self->map ? hls_piece_ref (self->map) : NULL;
  segment->is_break = self->is_break;
  g_ptr_array_add (self->list->segments, segment);
}

/* Where it lies is found out only of what is kept: a server can name a hundred thousand of them. */
static void
add_segment (Parser *self, const char *target)
{
  guint64 offset, length;
  const gboolean is_somewhere = find_range (self, target, &offset, &length);
  if (is_kept (self, self->n_passed)) {
    g_autofree char *uri = is_somewhere && !self->is_missing ? resolve (self, target) : NULL;
    keep_segment (self, make_piece (self, uri, offset, length));
  }
  self->n_passed++;
  g_clear_pointer (&self->range, g_free);
  self->is_announced = self->is_missing = self->is_break = FALSE;
}

/* ---- tags ---- */

/* What stands behind @tag, or NULL. */
static const char *
behind (const char *line, const char *tag)
{
  return g_str_has_prefix (line, tag) ? line + strlen (tag) : NULL;
}

/* "0x" and 32 digits, or fewer. */
static gboolean
read_iv (const char *text, guint8 *iv)
{
  memset (iv, 0, HLS_KEY_SIZE);
  if (!text || g_ascii_strncasecmp (text, "0x", 2) != 0)
    return FALSE;
  const gsize n = strlen (text) - 2;
  if (n == 0 || n > 2 * HLS_KEY_SIZE)
    return FALSE;
  for (gsize i = 0; i < n; i++) {
    const int digit = g_ascii_xdigit_value (text[2 + n - 1 - i]);
    if (digit < 0)
      return FALSE;
    iv[HLS_KEY_SIZE - 1 - i / 2] |= (guint8)(digit << (i % 2 * 4));
  }
  return TRUE;
}

/* The same segments may have keys for several kinds of players; "identity" is ours. */
static void
take_key_tag (Parser *self, const char *value)
{
  g_autofree char *method = playlist_read_attribute (value, "METHOD");
  g_autofree char *format = playlist_read_attribute (value, "KEYFORMAT");
  if (format && !g_str_equal (format, "identity")) {
    set_lock (self, format);
    return;
  }
  g_clear_pointer (&self->key_target, g_free);
  g_clear_pointer (&self->key_uri, g_ref_string_release);
  g_clear_pointer (&self->lock, g_free);
  if (!method || g_str_equal (method, "NONE"))
    return;
  g_autofree char *iv = playlist_read_attribute (value, "IV");
  self->has_iv = read_iv (iv, self->iv);
  if (g_str_equal (method, OUR_METHOD))
    self->key_target = playlist_read_attribute (value, "URI");
  if (!self->key_target)
    set_lock (self, method);
}

/* Whether a segment that is kept follows before the next map: there may be one in each line. */
static gboolean
is_map_of_use (const Parser *self, char **line)
{
  guint64 segment = self->n_passed;
  gboolean is_announced = self->is_announced;
  for (line++; *line && !behind (*line, MAP_TAG); line++) {
    if (**line == '#') {
      is_announced |= behind (*line, SEGMENT_TAG) != NULL;
    } else if (**line != '\0' && is_announced) {
      if (is_kept (self, segment++))
        return TRUE;
      is_announced = FALSE;
    }
  }
  return FALSE;
}

static void
take_map_tag (Parser *self, const char *value)
{
  g_autofree char *target = playlist_read_attribute (value, "URI");
  g_autofree char *range = playlist_read_attribute (value, "BYTERANGE");
  g_autofree char *uri = resolve (self, target);
  guint64 offset = 0, length = 0;
  if (!range || parse_range (range, 0, &offset, &length))
    self->map = make_piece (self, uri, offset, length);
}

static void
take_tag (Parser *self, char **lines)
{
  HlsPlaylist *list = self->list;
  const char *line = *lines, *value;
  if (behind (line, SEGMENT_TAG)) {
    self->is_announced = TRUE;
  } else if ((value = behind (line, "#EXT-X-MEDIA-SEQUENCE:"))) {
    list->first = g_ascii_strtoull (value, NULL, 10);
  } else if ((value = behind (line, "#EXT-X-TARGETDURATION:"))) {
    const double target = g_ascii_strtod (value, NULL);
    list->target = target >= SHORTEST ? MIN (target, LONGEST) : SHORTEST;
  } else if ((value = behind (line, "#EXT-X-KEY:"))) {
    take_key_tag (self, value);
  } else if ((value = behind (line, MAP_TAG))) {
    g_clear_pointer (&self->map, hls_piece_unref);
    if (is_map_of_use (self, lines))
      take_map_tag (self, value);
  } else if ((value = behind (line, "#EXT-X-BYTERANGE:"))) {
    g_free (self->range);
    self->range = g_strdup (value);
  } else if (behind (line, "#EXT-X-GAP")) {
    self->is_missing = TRUE;
  } else if (g_str_equal (line, "#EXT-X-DISCONTINUITY")) {
    self->is_break = TRUE;
  }
}

/* ---- the list ---- */

static gboolean
can_be_heard (const HlsPlaylist *self)
{
  for (guint i = 0; i < self->segments->len; i++)
    if (((const HlsSegment *)self->segments->pdata[i])->sound)
      return TRUE;
  return FALSE;
}

/* It is known before its segments are read which of them are too many. */
static void
look_ahead (Parser *self, char **lines)
{
  gboolean is_announced = FALSE;
  for (char **line = lines; *line; line++) {
    if (**line == '#') {
      is_announced |= behind (*line, SEGMENT_TAG) != NULL;
      self->list->is_whole |= behind (*line, END_TAG) != NULL;
    } else if (**line != '\0') {
      self->n_announced += is_announced;
      is_announced = FALSE;
    }
  }
}

static void
take_lines (Parser *self, char **lines)
{
  for (char **line = lines; *line; line++) {
    if (**line == '#')
      take_tag (self, line);
    else if (**line != '\0' && self->is_announced)
      add_segment (self, *line);
  }
}

HlsPlaylist *
hls_playlist_parse (const char *text, gsize length, const char *base, GError **error)
{
  g_autoptr (HlsPlaylist) list = g_new0 (HlsPlaylist, 1);
  g_auto (GStrv) lines = playlist_split_lines (length > 0 ? text : "", length);
  g_auto (Parser) self = {.list = list, .base = base};
  list->segments = g_ptr_array_new_with_free_func (segment_free);
  list->target = SHORTEST;
  look_ahead (&self, lines);
  take_lines (&self, lines);
  const guint n = list->segments->len;
  const guint64 dropped = list->is_whole ? 0 : self.n_announced - n;
  list->is_cut = self.n_announced - dropped > n;
  if (can_be_heard (list) && list->first <= G_MAXUINT64 - dropped - n) {
    list->first += dropped;
    return g_steal_pointer (&list);
  }
  if (list->segments->len > 0 && self.lock && !self.key_uri)
    g_set_error (error, STATION_ERROR, STATION_ERROR_LASTING,
                 N_ ("encrypted for other players: %.100s"), self.lock);
  else
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
