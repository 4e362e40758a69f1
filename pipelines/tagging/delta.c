/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "delta.h"
#include "pieces.h"
#include "readat.h"
#include "../translation.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define CHUNK (1 << 18)
#define BLOCK 256 /* bytes that come from one place, a divisor of a chunk */
#define MAGIC "GTD2"
#define HEADER (4 + 2 * 8)
#define N_PIECES 6
#define MAX_SHIFTS (N_PIECES + 2)
#define NEAR 3 /* runs with fewer bytes between them are one */

/* The old file beside what it may be in the new one, a chunk at a time. */
typedef struct {
  int old_fd, new_fd;
  goffset old_size, new_size;
  goffset shifts[MAX_SHIFTS];
  guint n_shifts;
  guint8 old[CHUNK], alike[MAX_SHIFTS][CHUNK];
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
  return read_at (fd, bytes + before, n - before, at + (goffset)before) >= 0 ||
         fail (N_ ("it cannot be read"), error);
}

static gboolean
get_size (int fd, goffset *size, GError **error)
{
  struct stat status;
  if (fstat (fd, &status) != 0)
    return fail (N_ ("it cannot be examined"), error);
  *size = status.st_size;
  return TRUE;
}

/* ---- where the old file is in the new one ---- */

static void
add_shift (Pair *self, goffset shift)
{
  for (guint i = 0; i < self->n_shifts; i++)
    if (self->shifts[i] == shift)
      return;
  self->shifts[self->n_shifts++] = shift;
}

/* What does not come about costs nothing but room in the journal. */
static void
find_shifts (Pair *self, SignOfLife *life)
{
  add_shift (self, 0);
  add_shift (self, self->new_size - self->old_size);
  void *all = mmap (NULL, (gsize)self->new_size, PROT_READ, MAP_SHARED, self->new_fd, 0);
  if (all == MAP_FAILED)
    return;
  for (gint i = 0; i < N_PIECES; i++, sign_of_life (life)) {
    guint8 piece[PIECE];
    goffset at;
    const goffset begin = self->old_size * i / N_PIECES;
    if (!pieces_find_one (self->old_fd, begin, self->old_size * (i + 1) / N_PIECES, piece, &at))
      continue;
    const guint8 *found = memmem (all, (gsize)self->new_size, piece, PIECE);
    if (found)
      add_shift (self, (found - (const guint8 *)all) - at);
  }
  munmap (all, (gsize)self->new_size);
}

/* ---- making one ---- */

static gboolean
pair_read (Pair *self, goffset at, gsize n, GError **error)
{
  gboolean good = read_anywhere (self->old_fd, self->old, n, at, error);
  for (guint i = 0; good && i < self->n_shifts; i++)
    good = read_anywhere (self->new_fd, self->alike[i], n, at + self->shifts[i], error);
  return good;
}

static guint
count_unlike (const guint8 *a, const guint8 *b, gsize n)
{
  guint unlike = 0;
  if (memcmp (a, b, n) == 0)
    return 0;
  for (gsize i = 0; i < n; i++)
    unlike += a[i] != b[i];
  return unlike;
}

/* The place that is most like a block at @from of the chunk; the one before if none is better. */
static guint
choose_shift (const Pair *self, gsize from, gsize n, guint before)
{
  guint best = before, fewest = count_unlike (self->old + from, self->alike[before] + from, n);
  for (guint i = 0; fewest > 0 && i < self->n_shifts; i++) {
    const guint unlike = count_unlike (self->old + from, self->alike[i] + from, n);
    if (unlike < fewest) {
      fewest = unlike;
      best = i;
    }
  }
  return best;
}

static void
append_number (GByteArray *text, guint64 number)
{
  for (; number >= 128; number >>= 7)
    g_byte_array_append (text, &(guint8){(guint8)(number & 127) | 128}, 1);
  g_byte_array_append (text, &(guint8){(guint8)number}, 1);
}

static void
append_signed (GByteArray *text, goffset number)
{
  append_number (text, number >= 0 ? (guint64)number << 1 : ((guint64)-number << 1) - 1);
}

/* What is the same, and the run behind it, which may reach from one chunk into the next. */
typedef struct {
  GByteArray *text, *run;
  goffset same;  /* bytes before the run */
  goffset shift; /* of those */
  gsize alike;   /* bytes at the end of the run that do not differ */
} Record;

static void
record_end (Record *self)
{
  const gsize alike = self->alike;
  if (self->same == 0 && self->run->len == 0)
    return;
  g_byte_array_set_size (self->run, self->run->len - (guint)alike);
  append_number (self->text, (guint64)self->same);
  append_signed (self->text, self->shift);
  append_number (self->text, self->run->len);
  g_byte_array_append (self->text, self->run->data, self->run->len);
  g_byte_array_set_size (self->run, 0);
  self->same = (goffset)alike;
  self->alike = 0;
}

static void
record_take_run (Record *self, guint8 old, gboolean differs)
{
  g_byte_array_append (self->run, &old, 1);
  self->alike = differs ? 0 : self->alike + 1;
  if (self->alike > NEAR)
    record_end (self);
}

static void
record_take (Record *self, const guint8 *old, const guint8 *new, gsize n)
{
  if (self->run->len == 0 && memcmp (old, new, n) == 0) {
    self->same += (goffset)n;
    return;
  }
  for (gsize i = 0; i < n; i++) {
    if (self->run->len > 0 || old[i] != new[i])
      record_take_run (self, old[i], old[i] != new[i]);
    else
      self->same++;
  }
}

/* A run ends where the place changes: what is the same at its end is so at the old place. */
static void
record_set_shift (Record *self, goffset shift)
{
  if (self->shift == shift)
    return;
  record_end (self);
  record_end (self);
  self->shift = shift;
}

static gboolean
append_records (Pair *self, GByteArray *text, SignOfLife *life, GError **error)
{
  Record record = {.text = text, .run = g_byte_array_new ()};
  gboolean good = TRUE;
  guint shift = 0;
  gsize n;
  for (goffset at = 0; good && at < self->old_size; at += (goffset)n, sign_of_life (life)) {
    n = (gsize)MIN (self->old_size - at, CHUNK);
    good = pair_read (self, at, n, error);
    for (gsize from = 0; good && from < n; from += BLOCK) {
      const gsize part = MIN (n - from, BLOCK);
      shift = choose_shift (self, from, part, shift);
      record_set_shift (&record, self->shifts[shift]);
      record_take (&record, self->old + from, self->alike[shift] + from, part);
    }
    if (text->len + record.run->len > DELTA_LARGEST)
      good = refuse (N_ ("its former content does not fit into the journal"), error);
  }
  record_end (&record);
  record_end (&record);
  g_byte_array_unref (record.run);
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
      refuse (N_ ("what there is to keep of it is too large"), error);
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
  pair->n_shifts = 0;
  if (!get_size (old_fd, &pair->old_size, error) || !get_size (new_fd, &pair->new_size, error))
    return NULL;
  find_shifts (pair, life);
  g_autoptr (GByteArray) text = g_byte_array_new ();
  g_byte_array_append (text, (const guint8 *)MAGIC, 4);
  append_uint64 (text, pair->old_size);
  append_uint64 (text, pair->new_size);
  if (!append_records (pair, text, life, error))
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
  goffset old_size, new_size;
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
  if (memcmp (self->at, MAGIC, 4) != 0)
    return FALSE;
  self->at += 4;
  self->old_size = read_uint64 (self);
  self->new_size = read_uint64 (self);
  return self->old_size >= 0 && self->new_size >= 0 &&
         self->old_size <= G_MAXOFFSET - self->new_size;
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

static gboolean
read_signed (Reader *self, goffset *number)
{
  goffset coded;
  if (!read_number (self, G_MAXOFFSET, &coded))
    return FALSE;
  *number = coded % 2 == 0 ? coded / 2 : -(coded / 2) - 1;
  return TRUE;
}

/* @n bytes of the new file, from @at on. */
static gboolean
copy_new (const Reader *self, goffset at, goffset n, SignOfLife *life, GError **error)
{
  g_autofree guint8 *bytes = g_malloc (CHUNK);
  for (const goffset end = at + n; at < end; sign_of_life (life)) {
    const goffset part = MIN (end - at, CHUNK);
    if (!read_anywhere (self->new_fd, bytes, (gsize)part, at, error) ||
        !self->sink (bytes, (gsize)part, self->user_data, error))
      return FALSE;
    at += part;
  }
  return TRUE;
}

static gboolean
apply (Reader *self, SignOfLife *life, GError **error)
{
  goffset same, shift, run;
  for (goffset at = 0; at < self->old_size || self->at < self->end; at += same + run) {
    const goffset left = self->old_size - at;
    if (!read_number (self, left, &same) || !read_signed (self, &shift) ||
        !read_number (self, left - same, &run) || run > self->end - self->at || same + run == 0 ||
        shift < -self->old_size || shift > self->new_size)
      return refuse (N_ ("what the journal holds of it is damaged"), error);
    if (!copy_new (self, at + shift, same, life, error) ||
        !self->sink (self->at, (gsize)run, self->user_data, error))
      return FALSE;
    self->at += run;
  }
  return TRUE;
}

gboolean
delta_apply (GBytes *self, goffset old_size, int new_fd, DeltaSink sink, gpointer user_data,
             SignOfLife *life, GError **error)
{
  g_autoptr (GConverter) unpacker =
      G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_autoptr (GInputStream) input = g_memory_input_stream_new_from_bytes (self);
  g_autoptr (GBytes) text = convert (unpacker, input, 3 * (gsize)DELTA_LARGEST, NULL);
  if (!text || g_bytes_get_size (text) < HEADER)
    return refuse (N_ ("what the journal holds of it is damaged"), error);
  gsize n;
  const guint8 *bytes = g_bytes_get_data (text, &n);
  Reader reader = {
      .at = bytes, .end = bytes + n, .new_fd = new_fd, .sink = sink, .user_data = user_data};
  goffset size;
  if (!get_size (new_fd, &size, error))
    return FALSE;
  if (!read_header (&reader) || reader.new_size != size ||
      (old_size >= 0 && reader.old_size != old_size))
    return refuse (N_ ("what the journal holds of it is damaged"), error);
  return apply (&reader, life, error);
}
