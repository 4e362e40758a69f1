/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "contenttype.h"
#include <string.h>

#define MP3 "audio/mpeg, mpegversion=(int)1"
#define AAC "audio/mpeg, mpegversion=(int)4"
#define OGG "application/ogg"
#define FLAC "audio/x-flac"
#define WAV "audio/x-wav"

static const struct {
  const char *type, *caps;
} audio_types[] = {
    {"audio/mpeg", MP3},          {"audio/mp3", MP3},         {"audio/x-mp3", MP3},
    {"audio/mpeg3", MP3},         {"audio/x-mpeg", MP3},      {"audio/x-mpeg-3", MP3},
    {"audio/mpg", MP3},           {"audio/aac", AAC},         {"audio/aacp", AAC},
    {"audio/x-aac", AAC},         {"audio/aac-adts", AAC},    {"audio/x-aacp", AAC},
    {"application/ogg", OGG},     {"application/x-ogg", OGG}, {"audio/ogg", OGG},
    {"audio/x-ogg", OGG},         {"audio/vorbis", OGG},      {"audio/opus", OGG},
    {"video/ogg", OGG},           {"audio/flac", FLAC},       {"audio/x-flac", FLAC},
    {"application/flac", FLAC},   {"audio/wav", WAV},         {"audio/x-wav", WAV},
    {"audio/wave", WAV},          {"audio/vnd.wave", WAV},    {"audio/webm", "audio/webm"},
    {"video/webm", "video/webm"},
};

static const char *const playlist_types[] = {
    "audio/x-mpegurl",
    "audio/mpegurl",
    "application/x-mpegurl",
    "application/mpegurl",
    "application/vnd.apple.mpegurl",
    "audio/x-scpls",
    "audio/scpls",
    "application/pls",
    "application/pls+xml",
    "application/xspf+xml",
};

/* Servers that know nothing better say these. */
static const char *const vague_types[] = {
    "application/octet-stream",
    "binary/octet-stream",
    "application/x-octet-stream",
    "application/binary",
    "text/plain",
    "application/xml",
    "text/xml",
    "audio/unknown",
};

static gboolean
is_one_of (const char *type, const char *const *types, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (strcmp (type, types[i]) == 0)
      return TRUE;
  return FALSE;
}

static const char *
find_caps (const char *type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (audio_types); i++)
    if (strcmp (type, audio_types[i].type) == 0)
      return audio_types[i].caps;
  return NULL;
}

Content
content_type_classify (const char *content_type, GstCaps **caps)
{
  if (!content_type)
    return CONTENT_UNKNOWN;
  g_autofree char *type = g_ascii_strdown (content_type, (gssize)strcspn (content_type, ";"));
  g_strstrip (type);
  const char *known = find_caps (type);
  if (known) {
    *caps = gst_caps_from_string (known);
    return CONTENT_AUDIO;
  }
  if (is_one_of (type, playlist_types, G_N_ELEMENTS (playlist_types)))
    return CONTENT_PLAYLIST;
  if (*type == '\0' || is_one_of (type, vague_types, G_N_ELEMENTS (vague_types)))
    return CONTENT_UNKNOWN;
  const gboolean heard = g_str_has_prefix (type, "audio/") || g_str_has_prefix (type, "video/");
  return heard ? CONTENT_UNKNOWN : CONTENT_OTHER;
}
