/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wavend.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER 8         /* bytes: a chunk's name and the size of what follows */
#define FIRST 12         /* where the first one begins */
#define MOST_CHUNKS 1000 /* more are a stranger's joke */

typedef struct {
  goffset length; /* of the file, in bytes */
  goffset end;    /* of its chunks, without the padding of the last one; all if that is not known */
} Ends;

static gboolean
read_whole (int fd, void *bytes, gsize n, goffset at)
{
  ssize_t got;
  do
    got = pread (fd, bytes, n, at);
  while (got < 0 && errno == EINTR);
  return got == (ssize_t)n;
}

static gboolean
is_name (const guint8 *name)
{
  for (int i = 0; i < 4; i++)
    if (!g_ascii_isprint (name[i]))
      return FALSE;
  return TRUE;
}

static goffset
find_end (int fd, goffset length)
{
  goffset end = FIRST;
  gboolean sound = FALSE;
  for (int i = 0; i < MOST_CHUNKS; i++) {
    const goffset at = end + (end & 1);
    guint8 header[HEADER];
    if (length - at < HEADER || !read_whole (fd, header, HEADER, at) || !is_name (header))
      return sound ? end : length;
    guint32 size;
    memcpy (&size, header + 4, sizeof size);
    end = at + HEADER + GUINT32_FROM_LE (size);
    const gboolean is_sound = memcmp (header, "data", 4) == 0;
    /* torn, or written by who did not know how long it would be */
    if (end > length || (is_sound && size == 0))
      return length;
    sound = sound || is_sound;
  }
  return length;
}

static gboolean
find_in_file (int fd, Ends *ends)
{
  struct stat status;
  guint8 header[FIRST];
  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode) || !read_whole (fd, header, FIRST, 0) ||
      memcmp (header, "RIFF", 4) != 0 || memcmp (header + 8, "WAVE", 4) != 0)
    return FALSE;
  *ends = (Ends){status.st_size, find_end (fd, status.st_size)};
  return TRUE;
}

static gboolean
find_ends (const char *path, Ends *ends)
{
  const int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return FALSE;
  const gboolean found = find_in_file (fd, ends);
  close (fd);
  return found;
}

/* What stands between the file and wavparse may have taken something away: then nothing is known.
 */
static GstPadProbeReturn
on_answer (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstQuery *query = gst_pad_probe_info_get_query (info);
  const Ends *ends = user_data;
  GstFormat format;
  gint64 bytes;
  if (GST_QUERY_TYPE (query) != GST_QUERY_DURATION)
    return GST_PAD_PROBE_OK;
  gst_query_parse_duration (query, &format, &bytes);
  if (format == GST_FORMAT_BYTES && bytes == ends->length)
    gst_query_set_duration (query, format, ends->end);
  return GST_PAD_PROBE_OK;
}

static void
on_element (GstBin *pipeline, GstBin *bin, GstElement *element, gpointer user_data)
{
  GstElementFactory *factory = gst_element_get_factory (element);
  if (!factory || strcmp (GST_OBJECT_NAME (factory), "wavparse") != 0)
    return;
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM | GST_PAD_PROBE_TYPE_PULL, on_answer,
                     g_memdup2 (user_data, sizeof (Ends)), g_free);
}

static void
free_ends (gpointer ends, GClosure *closure)
{
  g_free (ends);
}

void
wav_end_hide_rest (GstElement *pipeline, const char *path)
{
  Ends ends;
  if (find_ends (path, &ends) && ends.end < ends.length)
    g_signal_connect_data (pipeline, "deep-element-added", G_CALLBACK (on_element),
                           g_memdup2 (&ends, sizeof ends), free_ends, 0);
}
