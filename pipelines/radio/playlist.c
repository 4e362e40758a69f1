/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "playlist.h"
#include "fault.h"
#include "stationname.h"
#include "../filepath.h"
#include "../translation.h"
#include <string.h>

#define LONGEST_LINE 8192
#define LONGEST_NAME 200 /* characters */
#define SHOWN_OF_LINE 60 /* bytes */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define BLANKS " \t"

typedef struct {
  GPtrArray *entries;
  const char *base;
  guint n_meant, n_unreadable; /* each up to one more than its limit */
} Playlist;

static void
entry_free (gpointer data)
{
  PlaylistEntry *self = data;
  if (!self)
    return;
  g_free (self->name);
  g_free (self->uri);
  g_free (self->written);
  g_free (self);
}

static gboolean
begins_with (const char *line, gsize length, const char *prefix)
{
  return length >= strlen (prefix) && memcmp (line, prefix, strlen (prefix)) == 0;
}

/* How long it is. What else is no ASCII may be the beginning of a name. */
static gsize
byte_order_mark (const char *text, gsize length)
{
  return begins_with (text, length, BYTE_ORDER_MARK) ? strlen (BYTE_ORDER_MARK) : 0;
}

/* ---- what an entry points at ---- */

static gboolean
has_scheme (const char *text)
{
  g_autofree char *scheme = g_uri_parse_scheme (text);
  return scheme && scheme[1] != '\0'; /* "C:" is a drive */
}

static gboolean
is_remote (const char *base)
{
  return has_scheme (base) && strstr (base, "://"); /* not "AC: DC.m3u", which is a file */
}

/* NULL if it leads to no host: GLib parses "a:/..//b", but cannot write it again. */
static char *
resolve_uri (const char *base, const char *target)
{
  g_autoptr (GUri) from = g_uri_parse (base, G_URI_FLAGS_ENCODED, NULL);
  g_autoptr (GUri) uri =
      from ? g_uri_parse_relative (from, target, G_URI_FLAGS_ENCODED, NULL) : NULL;
  const char *host = uri ? g_uri_get_host (uri) : NULL;
  return host && *host ? g_uri_to_string (uri) : NULL;
}

/* Of a list on this machine. A folder may be called "AC:DC". */
static char *
resolve_path (const char *base, const char *target)
{
  g_autofree char *folder = g_path_get_dirname (base);
  if (file_path_is_uri (target, folder) || g_path_is_absolute (target))
    return g_strdup (target);
  return g_build_filename (has_scheme (folder) ? "." : "", folder, target, NULL);
}

char *
playlist_resolve (const char *base, const char *target)
{
  if (!is_remote (base))
    return resolve_path (base, target);
  return has_scheme (target) ? g_strdup (target) : resolve_uri (base, target);
}

gboolean
playlist_is_microphone (const char *what)
{
  static const char *const systems[] = {"mic", "pulse", "alsa"};
  for (gsize i = 0; i < G_N_ELEMENTS (systems); i++) {
    const gsize n = strlen (systems[i]);
    if (strncmp (what, systems[i], n) == 0 && (what[n] == '\0' || what[n] == ':'))
      return TRUE;
  }
  return FALSE;
}

gboolean
playlist_is_http (const char *uri)
{
  return g_ascii_strncasecmp (uri, "http:", 5) == 0 || g_ascii_strncasecmp (uri, "https:", 6) == 0;
}

char *
playlist_http_uri (const char *uri)
{
  if (g_ascii_strncasecmp (uri, "icy://", 6) == 0)
    return g_strconcat ("http://", uri + 6, NULL);
  return g_strdup (uri);
}

/* ---- entries ---- */

static PlaylistEntry *
append (Playlist *self, const char *written, guint line)
{
  PlaylistEntry *entry = g_new0 (PlaylistEntry, 1);
  entry->written = g_strdup (written);
  entry->line = line;
  g_ptr_array_add (self->entries, entry);
  return entry;
}

/* Is there another place, of @limit, @n of which are taken? The first entry for which there is none
 * says so, with @fault, for all behind it. */
static gboolean
take_place (Playlist *self, guint *n, guint limit, const char *fault, const char *written,
            guint line)
{
  if (*n == limit)
    append (self, written, line)->fault = fault;
  *n = MIN (*n + 1, limit + 1);
  return *n <= limit;
}

static gboolean
has_room (Playlist *self, const char *written, guint line)
{
  G_STATIC_ASSERT (PLAYLIST_MAX_ENTRIES == 10000); /* as it is said below */
  return take_place (
      self, &self->n_meant, PLAYLIST_MAX_ENTRIES,
      N_ ("the list has more than 10000 entries: this one and all behind it are left out"), written,
      line);
}

/* Nothing is asked of what is behind: that may be half a million lines. */
static gboolean
is_full (const Playlist *self)
{
  return self->n_meant > PLAYLIST_MAX_ENTRIES;
}

/* Their places are their own: they take none from what can be heard. */
static gboolean
has_room_for_unreadable (Playlist *self, const char *written, guint line)
{
  G_STATIC_ASSERT (PLAYLIST_MAX_UNREADABLE == 100); /* as it is said below */
  return take_place (
      self, &self->n_unreadable, PLAYLIST_MAX_UNREADABLE,
      N_ ("the list has more than 100 lines that cannot be read: those behind this one are left "
          "out, too, but not named"),
      written, line);
}

/* On this machine; a server has no say in who listens here. */
static char *
resolve_entry (const Playlist *self, const char *target)
{
  if (!is_remote (self->base) && playlist_is_microphone (target))
    return g_strdup (target);
  return playlist_resolve (self->base, target);
}

/* NULL: nobody means it, or it leads nowhere; that takes a place, too, for a list may consist of
 * such. */
static PlaylistEntry *
add (Playlist *self, const char *name, const char *target, guint line)
{
  if (*target == '\0' || !has_room (self, target, line))
    return NULL;
  g_autofree char *uri = resolve_entry (self, target);
  if (!uri)
    return NULL;
  PlaylistEntry *entry = append (self, target, line);
  entry->name = station_name_tidy (name, LONGEST_NAME);
  entry->uri = playlist_http_uri (uri);
  return entry;
}

/* ---- remarks ---- */

/* A URI has no blanks, and so a # behind some is none of its own. */
static void
cut_behind_uri (char *uri)
{
  char *end = uri + strcspn (uri, BLANKS);
  if (end[strspn (end, BLANKS)] == '#')
    *end = '\0';
}

/* @base is on this machine. */
static gboolean
is_uri (const char *base, const char *target)
{
  g_autofree char *folder = g_path_get_dirname (base);
  return file_path_is_uri (target, folder);
}

static gboolean
is_there (const char *base, const char *path)
{
  g_autofree char *resolved = is_uri (base, path) ? NULL : resolve_path (base, path);
  return resolved && g_file_test (resolved, G_FILE_TEST_EXISTS);
}

/* A path may have both, as "song #1.ogg" has: a remark is only what stands behind a file, or a
 * microphone. */
static void
cut_behind_file (const char *base, char *path)
{
  if (is_there (base, path))
    return;
  for (char *hash = strchr (path, '#'); hash; hash = strchr (hash + 1, '#')) {
    g_autofree char *before = g_strchomp (g_strndup (path, (gsize)(hash - path)));
    const gsize length = strlen (before);
    if (length == (gsize)(hash - path) ||
        !(playlist_is_microphone (before) || is_there (base, before)))
      continue;
    path[length] = '\0';
    return;
  }
}

static void
cut_remark (const char *base, char *target)
{
  if (!is_remote (base))
    cut_behind_file (base, target);
  if (is_remote (base) || is_uri (base, target))
    cut_behind_uri (target);
}

/* ---- formats ---- */

static guint
line_number (char **lines, char **line)
{
  return (guint)(line - lines) + 1;
}

/* "File1=http://…" and "Title1=…", in any order. */
static void
parse_pls (Playlist *self, char **lines)
{
  g_autoptr (GHashTable) titles = g_hash_table_new (g_str_hash, g_str_equal);
  for (char **line = lines; *line; line++) {
    char *equals = strchr (*line, '=');
    if (equals && g_ascii_strncasecmp (*line, "Title", 5) == 0) {
      *equals = '\0';
      g_hash_table_insert (titles, *line + 5, equals + 1);
    }
  }
  for (char **line = lines; *line; line++) {
    char *equals = strchr (*line, '=');
    if (equals && g_ascii_strncasecmp (*line, "File", 4) == 0) {
      *equals = '\0';
      add (self, g_hash_table_lookup (titles, *line + 4), g_strstrip (equals + 1), 0);
    }
  }
}

/* "#EXTINF:-1 logo="…",The name" */
static const char *
name_in_extinf (const char *line)
{
  gboolean quoted = FALSE;
  for (const char *c = line; *c; c++) {
    quoted ^= *c == '"';
    if (*c == ',' && !quoted)
      return c + 1;
  }
  return NULL;
}

char *
playlist_read_attribute (const char *list, const char *name)
{
  const char *c = list;
  while (*c != '\0') {
    c += strspn (c, ", ");
    const gsize length = strcspn (c, "=,");
    if (c[length] != '=') {
      c += length;
      continue;
    }
    const gboolean quoted = c[length + 1] == '"';
    const char *value = c + length + 1 + quoted;
    const gsize n = strcspn (value, quoted ? "\"" : ",");
    if (length == strlen (name) && strncmp (c, name, length) == 0)
      return g_strndup (value, n);
    c = value + n + (value[n] == '"');
  }
  return NULL;
}

/* Of a list of qualities, where the sound by itself is; NULL of what is none, or not @preferred as
 * wanted. (transfer full) */
static char *
read_sound_alone (const char *line, gboolean preferred)
{
  static const char tag[] = "#EXT-X-MEDIA:";
  if (!g_str_has_prefix (line, tag))
    return NULL;
  const char *attributes = line + strlen (tag);
  g_autofree char *type = playlist_read_attribute (attributes, "TYPE");
  g_autofree char *is_default = playlist_read_attribute (attributes, "DEFAULT");
  if (g_strcmp0 (type, "AUDIO") != 0 || (g_strcmp0 (is_default, "YES") == 0) != preferred)
    return NULL;
  return playlist_read_attribute (attributes, "URI");
}

static void
add_sounds (Playlist *self, char **lines, gboolean preferred)
{
  for (char **line = lines; *line; line++) {
    g_autofree char *sound = read_sound_alone (*line, preferred);
    if (sound)
      add (self, NULL, sound, 0);
  }
}

/* In a list of qualities the sound by itself comes before all that have pictures, wherever it
 * stands; of several, that which is meant for everybody. */
static void
parse_m3u (Playlist *self, char **lines)
{
  const char *name = NULL;
  add_sounds (self, lines, TRUE);
  add_sounds (self, lines, FALSE);
  for (char **line = lines; *line && !is_full (self); line++) {
    if (g_str_has_prefix (*line, "#EXTINF:"))
      name = name_in_extinf (*line);
    if (**line == '#' || **line == '\0')
      continue;
    cut_remark (self->base, *line);
    add (self, name, *line, line_number (lines, line));
    name = NULL;
  }
}

/* "Name = URI"; the URI has no spaces, the name may have anything. Who leaves out the spaces means
 * the same where a URL follows. NULL: there is no "="; otherwise where the URI begins, behind what
 * is made the end of the name, which may be empty. */
static char *
split_name (char *line)
{
  char *separator = g_strrstr (line, " = ");
  if (separator) {
    *separator = '\0';
    return separator + strlen (" = ");
  }
  if (line[0] == '=' && g_ascii_isspace (line[1])) { /* what stood in front was stripped */
    line[0] = '\0';
    return line + 1;
  }
  char *uri = strstr (line, "://");
  while (uri && uri > line && (g_ascii_isalnum (uri[-1]) || strchr ("+-.", uri[-1])))
    uri--;
  for (separator = uri; separator && separator > line && g_ascii_isspace (separator[-1]);)
    separator--;
  if (!separator || separator == line || separator[-1] != '=')
    return NULL;
  separator[-1] = '\0';
  return uri;
}

static void
parse_list (Playlist *self, char **lines)
{
  for (char **line = lines; *line && !is_full (self); line++) {
    if (**line == '#' || **line == '\0')
      continue;
    char *host = strstr (*line, "://");
    if (host)
      cut_behind_uri (host); /* a remark may have a " = ", which is no name's */
    char *uri = split_name (*line);
    char *target = uri ? g_strstrip (uri) : *line;
    cut_remark (self->base, target);
    PlaylistEntry *entry = add (self, uri ? *line : NULL, target, line_number (lines, line));
    if (entry && uri && !entry->name)
      entry->fault = N_ ("no name in front of the \"=\"");
  }
}

typedef struct {
  Playlist *playlist;
  guint track_depth;
  gboolean in_location, in_title;
  GString *location, *title;
} Xspf;

static void
on_element_start (GMarkupParseContext *context, const char *name, const char **attribute_names,
                  const char **attribute_values, gpointer user_data, GError **error)
{
  Xspf *self = user_data;
  if (g_str_equal (name, "track")) {
    self->track_depth++;
    g_string_truncate (self->location, 0);
    g_string_truncate (self->title, 0);
  }
  self->in_location = g_str_equal (name, "location") && self->location->len == 0;
  self->in_title = g_str_equal (name, "title");
}

static void
on_element_end (GMarkupParseContext *context, const char *name, gpointer user_data, GError **error)
{
  Xspf *self = user_data;
  self->in_location = self->in_title = FALSE;
  if (!g_str_equal (name, "track") || self->track_depth == 0)
    return;
  self->track_depth--;
  add (self->playlist, self->title->str, g_strstrip (self->location->str), 0);
}

static void
on_text (GMarkupParseContext *context, const char *text, gsize length, gpointer user_data,
         GError **error)
{
  Xspf *self = user_data;
  GString *target = self->in_location ? self->location : self->in_title ? self->title : NULL;
  if (self->track_depth > 0 && target && target->len + length <= LONGEST_LINE)
    g_string_append_len (target, text, (gssize)length);
}

static gboolean
parse_xspf (Playlist *playlist, const char *text, gsize length, GError **error)
{
  static const GMarkupParser parser = {on_element_start, on_element_end, on_text, NULL, NULL};
  Xspf self = {playlist, 0, FALSE, FALSE, g_string_new (NULL), g_string_new (NULL)};
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (
      &parser, G_MARKUP_TREAT_CDATA_AS_TEXT | G_MARKUP_IGNORE_QUALIFIED, &self, NULL);
  g_autoptr (GError) fault = NULL;
  const gboolean good = g_markup_parse_context_parse (context, text, (gssize)length, &fault) &&
                        g_markup_parse_context_end_parse (context, &fault);
  if (!good)
    g_set_error (error, STATION_ERROR, STATION_ERROR_LASTING, N_ ("a broken XSPF playlist: %s"),
                 fault->message);
  g_string_free (self.location, TRUE);
  g_string_free (self.title, TRUE);
  return good;
}

/* ---- lines ---- */

char **
playlist_split_lines (const char *text, gsize length)
{
  g_autofree char *copy = g_strndup (text, length);
  char *start = g_str_has_prefix (copy, BYTE_ORDER_MARK) ? copy + 3 : copy;
  for (char *end = start; (end = strstr (end, "\r\n"));)
    *end = ' '; /* the end of one line, not of two */
  g_strdelimit (start, "\r", '\n');
  char **lines = g_strsplit (start, "\n", -1);
  for (char **line = lines; *line; line++) {
    g_strstrip (*line);
    if (strlen (*line) > LONGEST_LINE)
      **line = '\0';
  }
  return lines;
}

/* The line at @c, without white space around it, and where the next one begins. */
static const char *
read_line (const char *c, const char *end, gsize *length, const char **next)
{
  const char *stop = c;
  while (stop < end && *stop != '\n' && *stop != '\r')
    stop++;
  *next = stop + (end - stop > 1 && stop[0] == '\r' && stop[1] == '\n') + (stop < end);
  while (c < stop && g_ascii_isspace (*c))
    c++;
  while (stop > c && g_ascii_isspace (stop[-1]))
    stop--;
  *length = (gsize)(stop - c);
  return c;
}

/* As much of a line as can be shown: of what comes behind "//" half a password might be left. */
static char *
shorten (const char *line)
{
  const char *host = strstr (line, "//");
  gsize n = MIN (strlen (line), SHOWN_OF_LINE);
  if (host)
    n = MIN (n, (gsize)(host - line));
  while (n > 0 && ((guchar)line[n] & 0xc0) == 0x80) /* in the midst of a character */
    n--;
  g_autofree char *begin = g_strndup (line, n);
  return g_strconcat (begin, "…", NULL);
}

static void
tell_unreadable (Playlist *self, const char *text, gsize length, guint line)
{
  G_STATIC_ASSERT (LONGEST_LINE == 8192); /* as it is said below */
  g_autofree char *copy = g_strndup (text, length);
  g_autofree char *shown = shorten (copy);
  if (has_room_for_unreadable (self, shown, line))
    append (self, shown, line)->fault = memchr (text, '\0', length)
                                            ? N_ ("a NUL byte, which no text has")
                                            : N_ ("longer than 8192 bytes");
}

/* Makes lines that cannot be read blank; remarks need not be. */
static void
drop_unreadable_lines (Playlist *self, char *text, gsize length)
{
  const char *end = text + length, *next;
  guint number = 1;
  gsize n;
  for (const char *c = text; c < end; c = next, number++) {
    const char *line = read_line (c, end, &n, &next);
    if (n <= LONGEST_LINE && !memchr (line, '\0', n))
      continue;
    if (*line != '#')
      tell_unreadable (self, line, n, number);
    memset (text + (line - text), ' ', n);
  }
}

/* A byte that strayed into a list does not make it no text; UTF-16, and what is none, has NUL in
 * more than every second line. */
static gboolean
is_text (const char *text, gsize length)
{
  const char *end = text + length, *next;
  gsize n, n_lines = 0, n_odd = 0;
  for (const char *c = text; c < end; c = next) {
    const char *line = read_line (c, end, &n, &next);
    n_lines += n > 0;
    n_odd += memchr (line, '\0', n) != NULL;
  }
  return n_odd <= n_lines / 2;
}

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  const PlaylistEntry *one = *(const PlaylistEntry *const *)a;
  const PlaylistEntry *other = *(const PlaylistEntry *const *)b;
  return one->line < other->line ? -1 : one->line > other->line;
}

static void
parse_lines (Playlist *self, PlaylistFormat format, const char *text, gsize length)
{
  const gsize mark = byte_order_mark (text, length), n = length - mark;
  g_autofree char *copy = g_malloc (n + 1); /* which is none of nothing, either */
  memcpy (copy, text + mark, n);
  drop_unreadable_lines (self, copy, n);
  g_auto (GStrv) lines = playlist_split_lines (copy, n);
  if (format == PLAYLIST_PLS)
    parse_pls (self, lines);
  else if (format == PLAYLIST_LIST)
    parse_list (self, lines);
  else
    parse_m3u (self, lines);
  g_ptr_array_sort (self->entries, compare_lines);
}

static gboolean
fail_no_text (GError **error)
{
  g_set_error_literal (error, STATION_ERROR, STATION_ERROR_LASTING,
                       N_ ("a playlist that is no text"));
  return FALSE;
}

static gboolean
parse_text (Playlist *self, PlaylistFormat format, const char *text, gsize length, GError **error)
{
  if (format == PLAYLIST_XSPF)
    return memchr (text, '\0', length) ? fail_no_text (error)
                                       : parse_xspf (self, text, length, error);
  if (!is_text (text, length))
    return fail_no_text (error);
  parse_lines (self, format, text, length);
  return TRUE;
}

static GPtrArray *
fail_empty (GError **error)
{
  g_set_error_literal (error, STATION_ERROR, STATION_ERROR_LASTING,
                       N_ ("a playlist with nothing in it"));
  return NULL;
}

GPtrArray *
playlist_parse_all (PlaylistFormat format, const char *text, gsize length, const char *base,
                    GError **error)
{
  if (length > PLAYLIST_MAX_BYTES) {
    g_set_error (error, STATION_ERROR, STATION_ERROR_LASTING,
                 N_ ("a playlist of more than %d bytes, which is none"), PLAYLIST_MAX_BYTES);
    return NULL;
  }
  if (length == 0)
    return fail_empty (error);
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (entry_free);
  Playlist self = {entries, base, 0, 0};
  if (!parse_text (&self, format, text, length, error))
    return NULL;
  if (entries->len == 0)
    return fail_empty (error);
  return g_steal_pointer (&entries);
}

GPtrArray *
playlist_parse (PlaylistFormat format, const char *text, gsize length, const char *base,
                GError **error)
{
  g_autoptr (GPtrArray) all = playlist_parse_all (format, text, length, base, error);
  if (!all)
    return NULL;
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (entry_free);
  for (guint i = 0; i < all->len; i++) {
    PlaylistEntry *entry = all->pdata[i];
    if (!entry->uri)
      continue;
    g_ptr_array_add (entries, entry);
    all->pdata[i] = NULL;
  }
  return entries->len > 0 ? g_steal_pointer (&entries) : fail_empty (error);
}

/* ---- what it is ---- */

gboolean
playlist_has_ending (const char *name)
{
  static const char *const endings[] = {".pls", ".m3u", ".m3u8", ".xspf"};
  const gssize length = file_path_is_uri (name, NULL) ? (gssize)strcspn (name, "?#") : -1;
  g_autofree char *path = g_ascii_strdown (name, length);
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (path, endings[i]))
      return TRUE;
  return FALSE;
}

gboolean
playlist_has_tag (const char *text, gsize length, const char *tag)
{
  const gsize mark = byte_order_mark (text, length);
  const char *end = text + length, *next;
  gsize n;
  for (const char *c = text + mark; c < end; c = next) {
    const char *line = read_line (c, end, &n, &next);
    if (begins_with (line, n, tag))
      return TRUE;
  }
  return FALSE;
}

/* "Name = http://…" or "Name=http://…", and no URI with another one in its query. */
static gboolean
names_station (const char *line, gsize length)
{
  const char *uri = g_strstr_len (line, (gssize)length, "://");
  if (!uri || *line == '#')
    return FALSE;
  while (uri > line && (g_ascii_isalnum (uri[-1]) || strchr ("+-.", uri[-1])))
    uri--;
  while (uri > line && strchr (BLANKS, uri[-1]))
    uri--;
  if (uri - line < 2 || uri[-1] != '=')
    return FALSE;
  g_autofree char *name = g_strndup (line, (gsize)(uri - line) - 1);
  return g_ascii_isspace (uri[-2]) || !strpbrk (name, "/?&;");
}

/* Tags are such at the beginning of a line; a remark may speak of them. */
static PlaylistFormat
guess_by_lines (const char *text, gsize length)
{
  const char *end = text + length, *next;
  gboolean is_m3u = FALSE, is_hls = FALSE;
  gsize n;
  for (const char *c = text; c < end; c = next) {
    const char *line = read_line (c, end, &n, &next);
    if (names_station (line, n))
      return PLAYLIST_LIST;
    is_hls |= begins_with (line, n, "#EXT-X-");
    is_m3u |= begins_with (line, n, "#EXTM3U") || begins_with (line, n, "#EXTINF");
  }
  if (is_hls || is_m3u)
    return is_hls ? PLAYLIST_HLS : PLAYLIST_M3U;
  return memchr (text, '=', length) ? PLAYLIST_LIST : PLAYLIST_M3U;
}

PlaylistFormat
playlist_guess_format (const char *text, gsize length)
{
  if (length == 0)
    return PLAYLIST_M3U;
  const gsize mark = byte_order_mark (text, length);
  text += mark;
  length -= mark;
  while (length > 0 && g_ascii_isspace (*text)) {
    text++;
    length--;
  }
  if (length >= 10 && g_ascii_strncasecmp (text, "[playlist]", 10) == 0)
    return PLAYLIST_PLS;
  if (length > 0 && *text == '<')
    return PLAYLIST_XSPF;
  return guess_by_lines (text, length);
}
