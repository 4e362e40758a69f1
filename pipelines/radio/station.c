/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "station.h"
#include "fault.h"
#include "playlist.h"
#include "../filepath.h"
#include "../patientread.h"
#include "../printable.h"
#include "../translation.h"
#include <string.h>

#define DEEPEST 3 /* lists in lists in lists */
#define NO_SUCH_FILE N_ ("No such file.")

/* ---- one ---- */

static gboolean
is_http (const char *what)
{
  return g_ascii_strncasecmp (what, "http://", 7) == 0 ||
         g_ascii_strncasecmp (what, "https://", 8) == 0;
}

gboolean
station_is_meant (const char *what)
{
  return playlist_is_microphone (what) ||
         (file_path_is_uri (what, NULL) && g_ascii_strncasecmp (what, "file:", 5) != 0);
}

gboolean
station_is_on_network (const char *uri)
{
  static const char *const schemes[] = {"http",  "https", "rtsp", "rtspu", "rtspt", "rtsph",
                                        "rtsps", "udp",   "rtp",  "mms",   "mmsh"};
  g_autofree char *scheme = g_uri_parse_scheme (uri);
  for (gsize i = 0; scheme && i < G_N_ELEMENTS (schemes); i++)
    if (g_ascii_strcasecmp (scheme, schemes[i]) == 0)
      return TRUE;
  return FALSE;
}

static char *
file_uri (const char *path, GError **error)
{
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, NO_SUCH_FILE);
    return NULL;
  }
  return file_path_to_uri (path, error);
}

static gboolean
has_host (const char *uri, GError **error)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_PARSE_RELAXED, error);
  if (!parsed)
    return FALSE;
  const char *host = g_uri_get_host (parsed);
  if (!host || *host == '\0')
    g_set_error_literal (error, G_URI_ERROR, G_URI_ERROR_BAD_HOST, N_ ("a URL without a host"));
  return host && *host;
}

Station *
station_new (const char *name, const char *what, GError **error)
{
  g_autofree char *uri = NULL;
  StationKind kind = STATION_FILE;
  if (playlist_is_microphone (what)) {
    kind = STATION_MICROPHONE;
    uri = g_strdup (what);
  } else if (!file_path_is_uri (what, NULL)) {
    uri = file_uri (what, error);
    if (!uri)
      return NULL;
  } else {
    uri = playlist_http_uri (what);
    kind = is_http (uri)                                 ? STATION_HTTP
           : g_ascii_strncasecmp (what, "file:", 5) == 0 ? STATION_FILE
                                                         : STATION_OTHER_URI;
  }
  if (kind == STATION_HTTP && !has_host (uri, error))
    return NULL;
  Station *self = g_new (Station, 1);
  *self = (Station){kind, g_strdup (name), g_steal_pointer (&uri)};
  return self;
}

void
station_free (Station *self)
{
  if (!self)
    return;
  g_free (self->name);
  g_free (self->uri);
  g_free (self);
}

char *
station_key (const Station *self)
{
  return g_strconcat (self->uri, "\n", self->name, NULL);
}

/* ---- many ---- */

typedef struct {
  GPtrArray *stations;
  GHashTable *known; /* the key of each */
  StationsFault fault, note;
  gpointer user_data;
} Collection;

/* What named something, and how. */
typedef struct {
  StationPlace place;
  const char *written;
} Origin;

char *
station_place_show (StationPlace place)
{
  if (!place.path)
    return g_strdup ("");
  g_autofree char *path = printable (place.path);
  return place.line > 0 ? g_strdup_printf (_ ("%s: line %u: "), path, place.line)
                        : g_strconcat (path, ": ", NULL);
}

/* A line that is wrong is seldom meant as a file. */
static void
tell_fault (const Collection *self, const char *fault, Origin origin)
{
  if (origin.place.path && g_str_equal (fault, NO_SUCH_FILE))
    fault = N_ ("expected a URL, or a file that is there");
  self->fault (origin.place, origin.written, fault, self->user_data);
}

static void
add_station (Collection *self, const char *name, const char *what, Origin origin)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Station) station = station_new (name, what, &error);
  if (!station)
    tell_fault (self, error->message, origin);
  else if (g_hash_table_add (self->known, station_key (station)))
    g_ptr_array_add (self->stations, g_steal_pointer (&station));
}

static void add (Collection *self, const char *name, const char *what, Origin origin, guint depth);

static char *
read_file (const char *path, gsize *length, GError **error)
{
  g_autofree char *text = g_malloc (PLAYLIST_MAX_BYTES + 2);
  const gssize n = patient_read (path, PATIENT_ALL, text, PLAYLIST_MAX_BYTES + 1, error);
  if (n < 0)
    return NULL;
  *length = (gsize)n;
  text[n] = '\0';
  return g_steal_pointer (&text);
}

/* In playlists they are often mirrors of one; who gives names means different ones. */
static void
note_shared_names (const Collection *self, const char *path, const GPtrArray *entries)
{
  g_autoptr (GHashTable) named = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < entries->len; i++) {
    const PlaylistEntry *entry = entries->pdata[i];
    const PlaylistEntry *first = entry->name ? g_hash_table_lookup (named, entry->name) : NULL;
    if (entry->name && !first)
      g_hash_table_insert (named, entry->name, (gpointer)entry);
    if (!first || g_str_equal (first->uri, entry->uri))
      continue;
    g_autofree char *text =
        g_strdup_printf (N_ ("line %u: the station of line %u has the same name, another URL: %s"),
                         entry->line, first->line, entry->name);
    self->note ((StationPlace){NULL, 0}, path, text, self->user_data);
  }
}

static gboolean
has_only_remarks (const char *text, gsize length)
{
  const char *c = g_str_has_prefix (text, "\xef\xbb\xbf") ? text + 3 : text;
  while (*c != '\0') {
    c += strspn (c, " \t\v\f\r\n");
    if (*c != '\0' && *c != '#')
      return FALSE;
    c += strcspn (c, "\r\n");
  }
  return c == text + length; /* or it is no text */
}

static void
add_entry (Collection *self, const char *name, const PlaylistEntry *entry, const char *path,
           guint depth)
{
  const Origin origin = {{path, entry->line}, entry->written};
  if (entry->fault)
    tell_fault (self, entry->fault, origin);
  else
    add (self, entry->name ? entry->name : name, entry->uri, origin, depth);
}

static gboolean
add_file (Collection *self, const char *name, const char *path, Origin origin, guint depth)
{
  g_autoptr (GError) error = NULL;
  gsize length = 0;
  g_autofree char *text = read_file (path, &length, &error);
  const PlaylistFormat format = text ? playlist_guess_format (text, length) : PLAYLIST_LIST;
  if (text && length <= PLAYLIST_MAX_BYTES && has_only_remarks (text, length)) {
    tell_fault (self, N_ ("no stations in it"), origin);
    return FALSE;
  }
  if (format == PLAYLIST_HLS) {
    add_station (self, name, path, origin);
    return TRUE;
  }
  g_autoptr (GPtrArray) entries =
      text ? playlist_parse_all (format, text, length, path, &error) : NULL;
  if (entries && format == PLAYLIST_LIST)
    note_shared_names (self, path, entries);
  for (guint i = 0; entries && i < entries->len; i++)
    add_entry (self, name, entries->pdata[i], path, depth + 1);
  if (!entries)
    tell_fault (self, error->message, origin);
  return entries != NULL;
}

static void
add (Collection *self, const char *name, const char *what, Origin origin, guint depth)
{
  g_autofree char *path =
      file_path_is_uri (what, NULL) ? g_filename_from_uri (what, NULL, NULL) : g_strdup (what);
  if (playlist_is_microphone (what) || !path || !playlist_has_ending (path))
    add_station (self, name, what, origin);
  else if (depth >= DEEPEST)
    tell_fault (self, N_ ("a playlist in a playlist in a playlist"), origin);
  else
    add_file (self, name, path, origin, depth);
}

static Collection
collection_begin (GPtrArray *stations, StationsFault fault, StationsFault note, gpointer user_data)
{
  Collection self = {stations, g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL), fault,
                     note, user_data};
  for (guint i = 0; i < stations->len; i++)
    g_hash_table_add (self.known, station_key (stations->pdata[i]));
  return self;
}

void
stations_add (GPtrArray *stations, const char *what, StationsFault fault, StationsFault note,
              gpointer user_data)
{
  Collection self = collection_begin (stations, fault, note, user_data);
  add (&self, NULL, what, (Origin){{NULL, 0}, what}, 0);
  g_hash_table_unref (self.known);
}

gboolean
stations_add_file (GPtrArray *stations, const char *path, StationsFault fault, StationsFault note,
                   gpointer user_data)
{
  Collection self = collection_begin (stations, fault, note, user_data);
  const gboolean good = add_file (&self, NULL, path, (Origin){{NULL, 0}, path}, 0);
  g_hash_table_unref (self.known);
  return good;
}
