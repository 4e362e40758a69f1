/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "delta.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK (1 << 18)
#define MAGIC "GTD1"
#define HEADER (4 + 3 * 8)
#define NEAR 3 /* runs with fewer bytes between them are one */

/* The old file beside what it is expected to be, a chunk at a time. */
typedef struct {
  int old_fd, new_fd;
  goffset old_size, new_size;
  guint8 old[CHUNK], expected[CHUNK];
} Pair;

static gboolean
fail (const char *what, GError **error)
{
  const int code = errno;
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), "%s: %s", what,
               g_strerror (code));
  return FALSE;
}

static gboolean
refuse (const char *why, GError **error)
{
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, why);
  return FALSE;
}

/* What is not there, before the beginning or behind the end, is zeros. */
static gboolean
read_anywhere (int fd, guint8 *bytes, gsize n, goffset at, GError **error)
{
  memset (bytes, 0, n);
  const gsize before = at < 0 ? (gsize)MIN (-at, (goffset)n) : 0;
  for (gsize done = before; done < n;) {
    const ssize_t got = pread (fd, bytes + done, n - done, at + (goffset)done);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return fail ("it cannot be read", error);
    if (got == 0)
      break;
    done += (gsize)got;
  }
  return TRUE;
}

static gboolean
get_size (int fd, goffset *size, GError **error)
{
  struct stat status;
  if (fstat (fd, &status) != 0)
    return fail ("it cannot be examined", error);
  *size = status.st_size;
  return TRUE;
}

/* ---- making one ---- */

static gboolean
pair_read (Pair *self, goffset at, gsize n, goffset shift, GError **error)
{
  return read_anywhere (self->old_fd, self->old, n, at, error) &&
         read_anywhere (self->new_fd, self->expected, n, at + shift, error);
}

static gsize
pair_next (const Pair *self, goffset at)
{
  return (gsize)MIN (self->old_size - at, CHUNK);
}

/* How many bytes are unlike the new file, aligned with its end. */
static gboolean
count_unlike_end (Pair *self, gint64 *unlike, SignOfLife *life, GError **error)
{
  const goffset shift = self->new_size - self->old_size;
  gsize n;
  *unlike = 0;
  for (goffset at = 0; (n = pair_next (self, at)) > 0; at += (goffset)n, sign_of_life (life)) {
    if (!pair_read (self, at, n, shift, error))
      return FALSE;
    if (memcmp (self->old, self->expected, n) == 0)
      continue;
    for (gsize i = 0; i < n; i++)
      *unlike += self->old[i] != self->expected[i];
  }
  return TRUE;
}

/* Bytes before the place are compared with the beginning, those behind it with the end. */
static gboolean
find_place (Pair *self, goffset *place, SignOfLife *life, GError **error)
{
  const goffset shift = self->new_size - self->old_size;
  g_autofree guint8 *end = g_malloc (CHUNK);
  gint64 unlike, fewest;
  gsize n;
  if (!count_unlike_end (self, &unlike, life, error))
    return FALSE;
  *place = 0;
  fewest = unlike;
  for (goffset at = 0; (n = pair_next (self, at)) > 0; at += (goffset)n, sign_of_life (life)) {
    if (!pair_read (self, at, n, 0, error) ||
        !read_anywhere (self->new_fd, end, n, at + shift, error))
      return FALSE;
    for (gsize i = 0; i < n; i++) {
      unlike += (self->old[i] != self->expected[i]) - (self->old[i] != end[i]);
      if (unlike < fewest) {
        fewest = unlike;
        *place = at + (goffset)i + 1;
      }
    }
  }
  return fewest <= DELTA_LARGEST ||
         refuse ("its former content does not fit into the journal", error);
}

static void
append_number (GByteArray *text, guint64 number)
{
  for (; number >= 128; number >>= 7)
    g_byte_array_append (text, &(guint8){(guint8)(number & 127) | 128}, 1);
  g_byte_array_append (text, &(guint8){(guint8)number}, 1);
}

/* Runs of bytes that differ, which may reach from one chunk into the next. */
typedef struct {
  GByteArray *text, *run;
  goffset run_at, written_to; /* in the old file */
  gsize alike;                /* bytes at the end of the run that do not differ */
} Runs;

static void
runs_end_one (Runs *self)
{
  if (self->run->len == 0)
    return;
  g_byte_array_set_size (self->run, self->run->len - (guint)self->alike);
  append_number (self->text, (guint64)(self->run_at - self->written_to));
  append_number (self->text, self->run->len);
  g_byte_array_append (self->text, self->run->data, self->run->len);
  self->written_to = self->run_at + self->run->len;
  g_byte_array_set_size (self->run, 0);
  self->alike = 0;
}

static void
runs_take (Runs *self, goffset at, guint8 old, gboolean differs)
{
  if (!differs && self->run->len == 0)
    return;
  if (self->run->len == 0)
    self->run_at = at;
  g_byte_array_append (self->run, &old, 1);
  self->alike = differs ? 0 : self->alike + 1;
  if (self->alike > NEAR)
    runs_end_one (self);
}

static gboolean
append_runs (Pair *self, goffset place, GByteArray *text, SignOfLife *life, GError **error)
{
  const goffset shift = self->new_size - self->old_size;
  Runs runs = {.text = text, .run = g_byte_array_new ()};
  gboolean good = TRUE;
  gsize n;
  for (goffset at = 0; good && (n = pair_next (self, at)) > 0; at += (goffset)n) {
    if (at < place && at + (goffset)n > place)
      n = (gsize)(place - at);
    good = pair_read (self, at, n, at < place ? 0 : shift, error);
    const gboolean same = good && memcmp (self->old, self->expected, n) == 0;
    if (same)
      runs_end_one (&runs);
    for (gsize i = 0; good && !same && i < n; i++)
      runs_take (&runs, at + (goffset)i, self->old[i], self->old[i] != self->expected[i]);
    sign_of_life (life);
  }
  runs_end_one (&runs);
  g_byte_array_unref (runs.run);
  return good;
}

static void
append_uint64 (GByteArray *text, goffset number)
{
  const guint64 little = GUINT64_TO_LE ((guint64)number);
  g_byte_array_append (text, (const guint8 *)&little, sizeof little);
}

static GBytes *
convert (GConverter *converter, GInputStream *input, gsize largest, GError **error)
{
  g_autoptr (GInputStream) stream = g_converter_input_stream_new (input, converter);
  g_autoptr (GByteArray) result = g_byte_array_new ();
  g_autofree guint8 *bytes = g_malloc (CHUNK);
  gssize n;
  while ((n = g_input_stream_read (stream, bytes, CHUNK, NULL, error)) > 0) {
    if (result->len + (gsize)n > largest) {
      refuse ("what the journal holds of it is too large", error);
      return NULL;
    }
    g_byte_array_append (result, bytes, (guint)n);
  }
  return n < 0 ? NULL : g_byte_array_free_to_bytes (g_steal_pointer (&result));
}

GBytes *
delta_new (int old_fd, int new_fd, SignOfLife *life, GError **error)
{
  g_autofree Pair *pair = g_new (Pair, 1);
  pair->old_fd = old_fd;
  pair->new_fd = new_fd;
  goffset place = 0;
  if (!get_size (old_fd, &pair->old_size, error) || !get_size (new_fd, &pair->new_size, error) ||
      !find_place (pair, &place, life, error))
    return NULL;
  g_autoptr (GByteArray) text = g_byte_array_new ();
  g_byte_array_append (text, (const guint8 *)MAGIC, 4);
  append_uint64 (text, pair->old_size);
  append_uint64 (text, pair->new_size);
  append_uint64 (text, place);
  if (!append_runs (pair, place, text, life, error))
    return NULL;
  g_autoptr (GConverter) packer =
      G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6));
  g_autoptr (GInputStream) input =
      g_memory_input_stream_new_from_data (text->data, text->len, NULL);
  return convert (packer, input, G_MAXUINT, error);
}

/* ---- applying it ---- */

typedef struct {
  const guint8 *at, *end;
  goffset old_size, new_size, place;
  int new_fd;
  DeltaSink sink;
  gpointer user_data;
} Reader;

static goffset
read_uint64 (Reader *self)
{
  guint64 little;
  memcpy (&little, self->at, sizeof little);
  self->at += sizeof little;
  return (goffset)GUINT64_FROM_LE (little);
}

static gboolean
read_header (Reader *self)
{
  if (self->end - self->at < HEADER || memcmp (self->at, MAGIC, 4) != 0)
    return FALSE;
  self->at += 4;
  self->old_size = read_uint64 (self);
  self->new_size = read_uint64 (self);
  self->place = read_uint64 (self);
  return self->old_size >= 0 && self->new_size >= 0 && self->place >= 0 &&
         self->place <= self->old_size;
}

/* FALSE: there is none, or it is longer than @largest. */
static gboolean
read_number (Reader *self, goffset largest, goffset *number)
{
  guint64 result = 0;
  for (guint bits = 0; self->at < self->end && bits < 63; bits += 7) {
    const guint8 byte = *self->at++;
    result |= (guint64)(byte & 127) << bits;
    if (byte < 128) {
      *number = (goffset)result;
      return *number >= 0 && *number <= largest;
    }
  }
  return FALSE;
}

/* Bytes of the old file from @at on that are as in the new one. */
static gboolean
copy_expected (const Reader *self, goffset at, goffset n, SignOfLife *life, GError **error)
{
  g_autofree guint8 *bytes = g_malloc (CHUNK);
  for (const goffset end = at + n; at < end; sign_of_life (life)) {
    goffset part = MIN (end - at, CHUNK);
    if (at < self->place)
      part = MIN (part, self->place - at);
    const goffset shift = at < self->place ? 0 : self->new_size - self->old_size;
    if (!read_anywhere (self->new_fd, bytes, (gsize)part, at + shift, error) ||
        !self->sink (bytes, (gsize)part, self->user_data, error))
      return FALSE;
    at += part;
  }
  return TRUE;
}

static gboolean
apply (Reader *self, SignOfLife *life, GError **error)
{
  goffset at = 0, same, run;
  while (self->at < self->end) {
    if (!read_number (self, self->old_size - at, &same) ||
        !read_number (self, MIN (self->old_size - at - same, self->end - self->at), &run) ||
        run > self->end - self->at)
      return refuse ("what the journal holds of it is damaged", error);
    if (!copy_expected (self, at, same, life, error) ||
        !self->sink (self->at, (gsize)run, self->user_data, error))
      return FALSE;
    self->at += run;
    at += same + run;
  }
  return copy_expected (self, at, self->old_size - at, life, error);
}

gboolean
delta_apply (GBytes *self, int new_fd, DeltaSink sink, gpointer user_data, SignOfLife *life,
             GError **error)
{
  g_autoptr (GConverter) unpacker =
      G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_autoptr (GInputStream) input = g_memory_input_stream_new_from_bytes (self);
  g_autoptr (GBytes) text = convert (unpacker, input, 3 * (gsize)DELTA_LARGEST, error);
  if (!text)
    return FALSE;
  gsize n;
  const guint8 *bytes = g_bytes_get_data (text, &n);
  Reader reader = {
      .at = bytes, .end = bytes + n, .new_fd = new_fd, .sink = sink, .user_data = user_data};
  goffset size;
  if (!get_size (new_fd, &size, error))
    return FALSE;
  if (!read_header (&reader) || reader.new_size != size)
    return refuse ("what the journal holds of it is damaged", error);
  return apply (&reader, life, error);
}
