/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A music file whose tags are to change, and what a journal has kept of it. The first byte says
 * which: of a file, what it is taken for, and where it is cut for an older one; of a delta, how
 * long the file is that it is for. */
#include "fuzz.h"
#include "tagging/asfitems.h"
#include "tagging/asfobjects.h"
#include "tagging/asfpatch.h"
#include "tagging/audioformat.h"
#include "tagging/chunk.h"
#include "tagging/delta.h"
#include "tagging/flacblocks.h"
#include "tagging/id3frames.h"
#include "tagging/id3patch.h"
#include "tagging/oggcomments.h"
#include "tagging/tagguard.h"
#include "tagging/wavinfo.h"
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGEST (1 << 20) /* bytes of an old file */

static goffset
get_size (int fd)
{
  struct stat status;
  FUZZ_ASSERT (fstat (fd, &status) == 0);
  return status.st_size;
}

static GBytes *
get_content (int fd)
{
  const gsize size = (gsize)get_size (fd);
  guint8 *bytes = g_malloc (size + 1);
  FUZZ_ASSERT (pread (fd, bytes, size, 0) == (gssize)size);
  return g_bytes_new_take (bytes, size);
}

/* What is hidden and shown again is what it was. */
static void
check_hiding (int fd)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) before = get_content (fd);
  g_autoptr (GArray) hidden = wav_info_hide (fd, &error);
  FUZZ_ASSERT_SAID (hidden != NULL, error);
  g_autofree char *genre = wav_info_read_genre (fd);
  FUZZ_ASSERT (!genre && wav_info_show (fd, hidden, &error));
  g_autoptr (GBytes) after = get_content (fd);
  FUZZ_ASSERT (g_bytes_equal (before, after));
}

/* What is written comes back, and nothing else of it is larger for that; none is left when it is
 * taken away. */
static void
check_wav (int fd)
{
  static const char genre[] = "Läuft";
  g_autoptr (GError) error = NULL;
  g_autofree char *before = wav_info_read_genre (fd);
  FUZZ_ASSERT (!before || (*before && g_utf8_validate (before, -1, NULL)));
  if (wav_info_find_obstacle (fd))
    return;
  check_hiding (fd);
  const goffset size = get_size (fd);
  const gboolean tells_more = wav_info_tells_more (fd);
  const gboolean written = wav_info_write_genre (fd, genre, &error);
  FUZZ_ASSERT_SAID (written, error);
  g_autofree char *found = wav_info_read_genre (fd);
  FUZZ_ASSERT (!written || g_strcmp0 (found, genre) == 0);
  FUZZ_ASSERT (!written || !wav_info_find_obstacle (fd));
  FUZZ_ASSERT (wav_info_has_fields (fd) && wav_info_tells_more (fd) == tells_more);
  FUZZ_ASSERT (get_size (fd) <= size + 64);
  FUZZ_ASSERT (wav_info_write_genre (fd, NULL, NULL));
  g_autofree char *left = wav_info_read_genre (fd);
  FUZZ_ASSERT (!left && !wav_info_find_obstacle (fd) && get_size (fd) <= size + 8);
}

/* What comes out may be torn where it is refused; what is kept has tags that keep all. */
static void
check_guard (const char *ending, int before, const uint8_t *data, size_t size)
{
  const AudioFormat format = {"?", ending};
  g_auto (FuzzFile) after;
  g_autoptr (GError) error = NULL;
  fuzz_file_init (&after, data, size);
  const gboolean kept = tag_guard_keep (&format, before, after.descriptor, "Läuft", &error);
  FUZZ_ASSERT_SAID (kept, error);
  FUZZ_ASSERT (!kept || tag_guard_keep (&format, before, after.descriptor, "Läuft", NULL));
  g_autofree char *genre = tag_guard_find_genre (&format, before);
  FUZZ_ASSERT (!genre || tag_guard_count_genres (&format, before, genre) > 0);
  FUZZ_ASSERT (!genre || (*genre && g_utf8_validate (genre, -1, NULL)));
}

static gboolean
read_comments (TagItems *items, const AudioFormat *format, int fd)
{
  tag_items_init (items);
  if (!g_str_equal (format->ending, ".flac"))
    return ogg_comments_add_to (items, format, fd, 0);
  flac_blocks_add_to (items, fd, 0);
  return TRUE;
}

static gboolean
patch_comments (const AudioFormat *format, int before, int after)
{
  return g_str_equal (format->ending, ".flac")
             ? flac_blocks_patch (before, 0, after, 0, "Läuft")
             : ogg_comments_patch (format, before, 0, after, 0, "Läuft");
}

/* Comments that get another genre have it, and everything else. */
static void
check_comments (const char *ending, int before, const uint8_t *data, size_t size)
{
  const AudioFormat format = {"?", ending};
  g_auto (FuzzFile) after;
  g_auto (TagItems) old, new;
  const char *tag;
  fuzz_file_init (&after, data, size);
  const gboolean patched = patch_comments (&format, before, after.descriptor);
  const gboolean was_read = read_comments (&old, &format, before);
  const gboolean is_read = read_comments (&new, &format, after.descriptor);
  FUZZ_ASSERT (!patched || (was_read && is_read && g_strcmp0 (new.genre, "Läuft") == 0));
  g_autofree char *lost = patched ? tag_items_find_lost (&old, &new, &tag) : NULL;
  FUZZ_ASSERT (!lost);
}

/* A sound file stays one, and what has come of its tag is believed, unless there is more. */
static void
check_chunks (gboolean big_endian, const uint8_t *data, size_t size)
{
  const AudioFormat format = {"?", big_endian ? ".aiff" : ".wav"};
  g_auto (FuzzFile) before, after;
  g_autoptr (GError) error = NULL;
  gboolean begun = FALSE;
  fuzz_file_init (&before, data, size);
  fuzz_file_init (&after, data, size);
  if (chunk_find_obstacle (before.descriptor, big_endian))
    return;
  const gboolean patched = id3_patch_chunk (after.descriptor, big_endian, "Läuft", &begun);
  FUZZ_ASSERT (patched == begun && !chunk_find_obstacle (after.descriptor, big_endian));
  FUZZ_ASSERT (patched || get_size (after.descriptor) == (goffset)size);
  FUZZ_ASSERT (!patched || id3_frames_exist (after.descriptor, &format));
  const gboolean kept =
      id3_frames_keep (&format, before.descriptor, after.descriptor, "Läuft", FALSE, &error);
  FUZZ_ASSERT_SAID (kept, error);
}

static guint64
get_said_size (int fd)
{
  g_autoptr (GByteArray) header = asf_header_read (fd);
  AsfObject object;
  guint at = ASF_HEADER;
  while (asf_object_next (header, &at, &object))
    if (object.kind == ASF_PROPERTIES &&
        (asf_number_read (header->data + object.at + ASF_FLAGS_AT, 4) & 1) == 0)
      return asf_number_read (header->data + object.at + ASF_FILE_AT, 8);
  return (guint64)get_size (fd);
}

/* A header that adds up does so with another genre, which is the only one, and has all else; there
 * may be no room for it. */
static void
check_asf (const char *genre, const uint8_t *data, size_t size)
{
  g_auto (FuzzFile) before, after;
  g_auto (TagItems) old, new;
  const char *tag;
  fuzz_file_init (&before, data, size);
  fuzz_file_init (&after, data, size);
  tag_items_init (&old);
  tag_items_init (&new);
  g_autofree char *several = asf_items_read_several (before.descriptor);
  FUZZ_ASSERT (!several || g_utf8_validate (several, -1, NULL));
  const gboolean adds_up = asf_items_add_to (&old, before.descriptor);
  FUZZ_ASSERT (adds_up || asf_header_find_obstacle (before.descriptor));
  if (!asf_patch_genre (after.descriptor, genre)) {
    FUZZ_ASSERT (get_size (after.descriptor) == (goffset)size);
    return;
  }
  FUZZ_ASSERT (adds_up && asf_items_add_to (&new, after.descriptor));
  FUZZ_ASSERT (g_strcmp0 (new.genre, genre) == 0 && g_hash_table_size (new.genres) == !!genre);
  FUZZ_ASSERT (get_said_size (after.descriptor) == (guint64)get_size (after.descriptor));
  FUZZ_ASSERT (get_size (after.descriptor) <= (goffset)size + 100);
  g_autofree char *lost = tag_items_find_lost (&old, &new, &tag);
  g_autofree char *come = tag_items_find_lost (&new, &old, &tag);
  FUZZ_ASSERT (!lost && !come);
}

static void
check_file (const uint8_t *data, size_t size, size_t older)
{
  static const char *const endings[] = {".wma",  ".mp3", ".wav",  ".aiff", ".wv", ".m4a",
                                        ".flac", ".ogg", ".opus", ".oga",  ".spx"};
  g_auto (FuzzFile) file, old;
  fuzz_file_init (&file, data, size);
  fuzz_file_init (&old, data, older);
  const AudioFormat *format = audio_format_find (file.descriptor);
  const char *obstacle = audio_format_find_obstacle (format, file.descriptor);
  FUZZ_ASSERT (obstacle || !audio_format_has_several_streams (format, file.descriptor));
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++) {
    check_guard (endings[i], old.descriptor, data, size);
    check_guard (endings[i], file.descriptor, data, older);
  }
  for (gsize i = 6; i < G_N_ELEMENTS (endings); i++)
    check_comments (endings[i], file.descriptor, data, size);
  check_chunks (FALSE, data, size);
  check_chunks (TRUE, data, size);
  check_asf ("Läuft", data, size);
  check_asf (NULL, data, size);
  check_wav (file.descriptor);
}

static gboolean
count (const void *bytes, gsize n, gpointer user_data, GError **error)
{
  *(goffset *)user_data += (goffset)n;
  return TRUE;
}

static GBytes *
pack (const uint8_t *data, size_t size)
{
  g_autoptr (GZlibCompressor) packer = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 1);
  g_autoptr (GInputStream) input = g_memory_input_stream_new_from_data (data, (gssize)size, NULL);
  g_autoptr (GInputStream) stream = g_converter_input_stream_new (input, G_CONVERTER (packer));
  g_autofree guint8 *bytes = g_malloc (size + 1024);
  gsize n;
  FUZZ_ASSERT (g_input_stream_read_all (stream, bytes, size + 1024, &n, NULL, NULL));
  return g_bytes_new (bytes, n);
}

/* Packed: what is not goes no further than a checksum. */
static void
check_delta (const uint8_t *data, size_t size, size_t length)
{
  g_auto (FuzzFile) file;
  g_autoptr (GBytes) delta = pack (data, size);
  g_autoptr (GError) error = NULL;
  fuzz_file_init (&file, data, MIN (size, length));
  guint64 old_size = 0;
  if (size >= 12)
    memcpy (&old_size, data + 4, sizeof old_size);
  old_size = GUINT64_FROM_LE (old_size);
  const goffset expected = old_size < LARGEST ? (goffset)old_size : LARGEST;
  goffset given = 0;
  const gboolean good = delta_apply (delta, expected, file.descriptor, count, &given, NULL, &error);
  FUZZ_ASSERT_SAID (good, error);
  FUZZ_ASSERT (given <= expected && (!good || given == expected));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size == 0)
    return 0;
  if (data[0] % 2 == 0)
    check_file (data + 1, size - 1, (size - 1) * data[0] / 256);
  else
    check_delta (data + 1, size - 1, data[0] / 2);
  return 0;
}
