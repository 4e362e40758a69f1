/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A station: what can be heard for hours, and what people call it. Radio over HTTP, other streams,
 * a file or a microphone; and the list of those that somebody asked for. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef enum {
  STATION_HTTP,
  STATION_OTHER_URI, /* RTSP, UDP, …: what GStreamer has a source for */
  STATION_FILE,
  STATION_MICROPHONE,
} StationKind;

typedef struct {
  StationKind kind;
  char *name; /* NULL if nobody gave it one */
  char
      *uri; /* exactly as it was given, a path as a URI; for microphones "mic", "pulse:DEVICE", … */
} Station;

/* @what is a URI, the path of a file, or "mic", "pulse" or "alsa", each of which may be followed by
 * ":" and a device. NULL if it is none of them. */
Station *station_new (const char *name, const char *what, GError **error);
void station_free (Station *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Station, station_free)
/* The same for stations of the same URI and name, and for no others. (transfer full) */
char *station_key (const Station *self);

/* Is @what a microphone, or a URI that is no file's? */
gboolean station_is_meant (const char *what);
/* Is @uri one of a network's, and not of this machine's disk or microphone? */
gboolean station_is_on_network (const char *uri);

/* Where something is listed. */
typedef struct {
  const char *path; /* of the list; NULL: it was named itself */
  guint line;       /* from 1 on; 0: it stands in more than one */
} StationPlace;

/* "stations.txt: line 3: ", or "", for who reads it to go on. (transfer full) */
char *station_place_show (StationPlace place);

/* @what is as it was written, in whatever bytes. */
typedef void (*StationsFault) (StationPlace place, const char *what, const char *fault,
                               gpointer user_data);

/* Adds those that @what names: itself, or what the playlist or stations file at that path lists.
 * What cannot be is told to @fault and left out, and so is a station that is there already. What is
 * odd and yet added is told to @note. */
void stations_add (GPtrArray *stations, const char *what, StationsFault fault, StationsFault note,
                   gpointer user_data);
/* Adds those that the file at @path lists, whatever its ending. FALSE: it cannot be read. */
gboolean stations_add_file (GPtrArray *stations, const char *path, StationsFault fault,
                            StationsFault note, gpointer user_data);

G_END_DECLS
