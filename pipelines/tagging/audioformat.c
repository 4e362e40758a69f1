/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audioformat.h"
#include "asfobjects.h"
#include "chunk.h"
#include "mp4boxes.h"
#include "mp4items.h"
#include "readat.h"
#include "synchsafe.h"
#include "wavinfo.h"
#include "../translation.h"
#include <string.h>

#define HEAD 64         /* bytes that are looked at */
#define PADDING 65536   /* zeros that may stand before MPEG audio */
#define ID3_HEADER 10   /* bytes */
#define BEGINS_STREAM 2 /* flag of a page */
#define PAGE_HEADER 27  /* of Ogg, without its table of segments */

typedef struct {
  gsize offset;
  const char *magic;
  gsize length;
  AudioFormat format;
} Magic;

static const Magic magics[] = {
    {0, "fLaC", 4, {"FLAC", ".flac"}},
    {28, "\001vorbis", 7, {"Ogg Vorbis", ".ogg"}},
    {28, "OpusHead", 8, {"Opus", ".opus"}},
    {28, "\177FLAC", 5, {"Ogg FLAC", ".oga"}},
    {28, "Speex   ", 8, {"Speex", ".spx"}},
    {0, "OggS", 4, {"Ogg", NULL}},
    {8, "WAVE", 4, {"WAV", ".wav"}},
    {8, "AIFF", 4, {"AIFF", ".aiff"}},
    {8, "AIFC", 4, {"AIFF-C", ".aiff"}},
    {0, "wvpk", 4, {"WavPack", ".wv"}},
    {0, "MAC ", 4, {"Monkey's Audio", ".ape"}},
    {0, "MPCK", 4, {"Musepack", ".mpc"}},
    {0, "MP+", 3, {"Musepack", ".mpc"}},
    {4, "ftyp", 4, {"MP4", ".m4a"}},
    {0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", 8, {"Windows Media", ".wma"}},
    {0, "\x1a\x45\xdf\xa3", 4, {"Matroska", NULL}},
};
static const AudioFormat mp3 = {"MP3", ".mp3"}, aac = {"AAC", NULL};

/* What people call files, and the formats that are in those, up to NULL. */
static const struct {
  const char *ending, *formats[6];
} endings[] = {
    {".3gp", {"MP4"}},
    {".aac", {"AAC"}},
    {".aif", {"AIFF", "AIFF-C"}},
    {".aifc", {"AIFF", "AIFF-C"}},
    {".aiff", {"AIFF", "AIFF-C"}},
    {".ape", {"Monkey's Audio"}},
    {".asf", {"Windows Media"}},
    {".flac", {"FLAC"}},
    {".m4a", {"MP4"}},
    {".m4b", {"MP4"}},
    {".m4p", {"MP4"}},
    {".m4r", {"MP4"}},
    {".mka", {"Matroska"}},
    {".mkv", {"Matroska"}},
    {".mp2", {"MP3"}},
    {".mp3", {"MP3"}},
    {".mp4", {"MP4"}},
    {".mpc", {"Musepack"}},
    {".oga", {"Ogg Vorbis", "Opus", "Ogg FLAC", "Speex", "Ogg"}},
    {".ogg", {"Ogg Vorbis", "Opus", "Ogg FLAC", "Speex", "Ogg"}},
    {".ogx", {"Ogg Vorbis", "Opus", "Ogg FLAC", "Speex", "Ogg"}},
    {".opus", {"Opus", "Ogg"}},
    {".spx", {"Speex", "Ogg"}},
    {".wav", {"WAV"}},
    {".wave", {"WAV"}},
    {".webm", {"Matroska"}},
    {".wma", {"Windows Media"}},
    {".wv", {"WavPack"}},
};

/* Where the file begins behind ID3v2 tags, of which there may be several. */
static goffset
skip_id3 (int fd)
{
  guint8 head[ID3_HEADER];
  goffset at = 0;
  while (read_all_at (fd, head, sizeof head, at) && memcmp (head, "ID3", 3) == 0)
    at += ID3_HEADER + (goffset)get_synchsafe (head + 6) + (head[5] & 16 ? ID3_HEADER : 0);
  return at;
}

/* The first four bytes of a frame of MPEG audio, or of ADTS, which has layer 0. */
static gboolean
is_frame (const guint8 *bytes)
{
  return bytes[0] == 0xff && (bytes[1] & 0xe0) == 0xe0 && (bytes[1] & 0x18) != 0x08 &&
         bytes[2] >> 4 != 15;
}

static const AudioFormat *
find_frames (int fd, goffset at)
{
  g_autofree guint8 *bytes = g_malloc (PADDING);
  const gssize n = read_at (fd, bytes, PADDING, at);
  gssize zeros = 0;
  while (zeros < n && bytes[zeros] == 0)
    zeros++;
  if (n < zeros + 4 || !is_frame (bytes + zeros))
    return NULL;
  return (bytes[zeros + 1] & 6) == 0 ? &aac : &mp3;
}

const AudioFormat *
audio_format_find (int fd)
{
  const goffset start = skip_id3 (fd);
  guint8 head[HEAD] = {0};
  read_at (fd, head, sizeof head, start);
  for (gsize i = 0; i < G_N_ELEMENTS (magics); i++)
    if (memcmp (head + magics[i].offset, magics[i].magic, magics[i].length) == 0)
      return &magics[i].format;
  return find_frames (fd, start);
}

const char *
audio_format_find_wrong_ending (const AudioFormat *self, const char *name)
{
  const char *dot = strrchr (name, '.');
  for (gsize i = 0; dot && i < G_N_ELEMENTS (endings); i++)
    if (g_ascii_strcasecmp (dot, endings[i].ending) == 0)
      return g_strv_contains (endings[i].formats, self->name) ? NULL : endings[i].ending;
  return NULL;
}

/* ---- obstacles ---- */

static gboolean
is_ogg (int fd)
{
  guint8 magic[4];
  return read_all_at (fd, magic, sizeof magic, skip_id3 (fd)) && memcmp (magic, "OggS", 4) == 0;
}

gboolean
audio_format_has_several_streams (const AudioFormat *format, int fd)
{
  guint8 page[PAGE_HEADER + 255];
  if (!format || !is_ogg (fd))
    return FALSE;
  const goffset start = skip_id3 (fd);
  goffset at = start;
  while (read_all_at (fd, page, PAGE_HEADER, at) && memcmp (page, "OggS", 4) == 0) {
    if (at > start && (page[5] & BEGINS_STREAM) != 0) /* even under the same serial number */
      return TRUE;
    const gsize n = page[PAGE_HEADER - 1];
    if (!read_all_at (fd, page + PAGE_HEADER, n, at + PAGE_HEADER))
      return FALSE;
    at += PAGE_HEADER + (goffset)n;
    for (gsize i = 0; i < n; i++)
      at += page[PAGE_HEADER + i];
  }
  return FALSE;
}

static const char *
find_obstacle_of_mp4 (int fd)
{
  const char *obstacle = mp4_boxes_find_obstacle (fd);
  return obstacle ? obstacle : mp4_items_find_obstacle (fd);
}

gboolean
audio_format_is (const AudioFormat *self, const char *ending)
{
  return g_str_equal (self->ending, ending);
}

const char *
audio_format_find_obstacle (const AudioFormat *format, int fd)
{
  if (!format)
    return N_ ("of no format whose tags can be written");
  if (!format->ending)
    return N_ ("tags of this format cannot be written safely");
  if (g_str_equal (format->ending, ".wav"))
    return wav_info_find_obstacle (fd);
  if (g_str_equal (format->ending, ".aiff"))
    return chunk_find_obstacle (fd, TRUE);
  if (g_str_equal (format->ending, ".m4a"))
    return find_obstacle_of_mp4 (fd);
  if (g_str_equal (format->ending, ".wma"))
    return asf_header_find_obstacle (fd);
  /* TagLib numbers the pages behind a tag anew without asking whose they are */
  return audio_format_has_several_streams (format, fd)
             ? N_ ("several streams in one Ogg file: its tags cannot be written safely")
             : NULL;
}
