/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wavinfo.h"
#include "readat.h"
#include "writeall.h"
#include "../translation.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define HEADER 8          /* bytes of a chunk: its name and the size of what follows */
#define RIFF_HEADER 12    /* "RIFF", size, "WAVE" */
#define LARGEST (1 << 20) /* bytes of a list that is looked into */
#define CHUNK (1 << 16)

typedef struct {
  goffset at;   /* of its header */
  goffset size; /* without header and padding */
} Chunk;

static guint32
get_number (const guint8 *bytes)
{
  return bytes[0] | (guint32)bytes[1] << 8 | (guint32)bytes[2] << 16 | (guint32)bytes[3] << 24;
}

static void
set_number (guint8 *bytes, guint32 number)
{
  for (int i = 0; i < 4; i++)
    bytes[i] = (guint8)(number >> (8 * i));
}

/* Where the chunk behind it begins: sizes are padded to even ones. */
static goffset
get_end (const Chunk *chunk)
{
  return chunk->at + HEADER + chunk->size + (chunk->size & 1);
}

/* ---- chunks ---- */

static gboolean
read_chunk (int fd, goffset at, Chunk *chunk, guint8 header[HEADER])
{
  if (!read_all_at (fd, header, HEADER, at))
    return FALSE;
  *chunk = (Chunk){at, get_number (header + 4)};
  return TRUE;
}

static gboolean
is_info (int fd, const Chunk *chunk, const guint8 header[HEADER])
{
  guint8 type[4];
  return memcmp (header, "LIST", 4) == 0 && chunk->size >= 4 && chunk->size <= LARGEST &&
         read_all_at (fd, type, 4, chunk->at + HEADER) && memcmp (type, "INFO", 4) == 0;
}

const char *
wav_info_find_obstacle (int fd)
{
  const char *broken = N_ ("its chunks and its length do not go together");
  guint8 header[RIFF_HEADER];
  Chunk chunk;
  const goffset length = lseek (fd, 0, SEEK_END);
  if (!read_all_at (fd, header, RIFF_HEADER, 0) || memcmp (header, "RIFF", 4) != 0)
    return N_ ("a WAV file with 64-bit sizes, whose tags cannot be written safely");
  goffset at = RIFF_HEADER;
  guint n_lists = 0;
  while (at < length) {
    if (!read_chunk (fd, at, &chunk, header) || chunk.at + HEADER + chunk.size > length)
      return broken;
    n_lists += is_info (fd, &chunk, header);
    if (n_lists > 1) /* which of them others read is not known */
      return N_ ("it has several lists of information");
    at = get_end (&chunk);
  }
  return NULL;
}

static gboolean
find_info (int fd, Chunk *chunk)
{
  guint8 header[HEADER];
  for (goffset at = RIFF_HEADER; read_chunk (fd, at, chunk, header); at = get_end (chunk))
    if (is_info (fd, chunk, header))
      return TRUE;
  return FALSE;
}

/* ---- fields ---- */

/* What follows the type of a list, which may be cut short. */
static GByteArray *
read_fields (int fd, const Chunk *chunk)
{
  GByteArray *fields = g_byte_array_new ();
  g_byte_array_set_size (fields, (guint)chunk->size - 4);
  if (fields->len > 0 && !read_all_at (fd, fields->data, fields->len, chunk->at + HEADER + 4))
    g_byte_array_set_size (fields, 0);
  return fields;
}

/* FALSE: there are no more. @next: where the one behind it begins. */
static gboolean
get_field (const GByteArray *fields, guint at, guint *size, guint *next)
{
  if (fields->len < HEADER || at > fields->len - HEADER)
    return FALSE;
  *size = get_number (fields->data + at + 4);
  if (*size > fields->len - at - HEADER)
    return FALSE;
  *next = MIN (at + HEADER + *size + (*size & 1), fields->len);
  return TRUE;
}

static char *
decode (const guint8 *bytes, guint n)
{
  g_autofree char *text = g_strndup ((const char *)bytes, n); /* up to a NUL */
  char *result = g_utf8_validate (text, -1, NULL)
                     ? g_strdup (text)
                     : g_convert (text, -1, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
  if (result && *g_strstrip (result))
    return result;
  g_free (result);
  return NULL;
}

char *
wav_info_read_genre (int fd)
{
  Chunk chunk;
  guint size, next;
  if (!find_info (fd, &chunk))
    return NULL;
  g_autoptr (GByteArray) fields = read_fields (fd, &chunk);
  for (guint at = 0; get_field (fields, at, &size, &next); at = next)
    if (memcmp (fields->data + at, "IGNR", 4) == 0)
      return decode (fields->data + at + HEADER, size);
  return NULL;
}

static void
append_padded (GByteArray *fields, const void *bytes, guint n)
{
  g_byte_array_append (fields, bytes, n);
  if (n % 2 != 0)
    g_byte_array_append (fields, (const guint8 *)"", 1);
}

/* Behind the last field, where it is found again; what is no field stays behind it. */
static void
add_field (GByteArray *fields, const char *name, const char *text)
{
  g_autoptr (GByteArray) old = g_byte_array_new ();
  const guint length = (guint)strlen (text) + 1;
  guint8 number[4];
  guint size, next, end = 0;
  g_byte_array_append (old, fields->data, fields->len);
  while (get_field (old, end, &size, &next))
    end = next;
  g_byte_array_set_size (fields, 0);
  append_padded (fields, old->data, end);
  g_byte_array_append (fields, (const guint8 *)name, 4);
  set_number (number, length);
  g_byte_array_append (fields, number, 4);
  append_padded (fields, text, length);
  if (end < old->len)
    g_byte_array_append (fields, old->data + end, old->len - end);
}

/* With what is no field at its end, as it is. */
static void
remove_field (GByteArray *fields, const char *name)
{
  guint size, next;
  for (guint at = 0; get_field (fields, at, &size, &next);) {
    if (memcmp (fields->data + at, name, 4) == 0)
      g_byte_array_remove_range (fields, at, next - at);
    else
      at = next;
  }
}

/* ---- writing ---- */

static gboolean
fail (GError **error)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, N_ ("its list of information: %s"),
               g_strerror (errno));
  return FALSE;
}

static gboolean
write_at (int fd, const void *bytes, gsize n, goffset at)
{
  return lseek (fd, at, SEEK_SET) == at && write_all (fd, bytes, n);
}

/* Everything from @from on goes to @to, before it. */
static gboolean
move_down (int fd, goffset from, goffset to)
{
  g_autofree guint8 *bytes = g_malloc (CHUNK);
  const goffset length = lseek (fd, 0, SEEK_END);
  for (gsize n; (n = (gsize)MIN (length - from, CHUNK)) > 0; from += (goffset)n, to += (goffset)n)
    if (!read_all_at (fd, bytes, n, from) || !write_at (fd, bytes, n, to))
      return FALSE;
  return ftruncate (fd, to) == 0;
}

/* At the end of the file, where lists that came later than the sound stand. */
static gboolean
append_info (int fd, const GByteArray *fields)
{
  guint8 header[HEADER + 4] = "LIST....INFO";
  goffset length = lseek (fd, 0, SEEK_END);
  if (length % 2 != 0 && !write_at (fd, "", 1, length++))
    return FALSE;
  set_number (header + 4, fields->len + 4);
  return write_at (fd, header, sizeof header, length) &&
         write_all (fd, fields->data, fields->len) &&
         (fields->len % 2 == 0 || write_all (fd, "", 1));
}

static gboolean
set_length (int fd)
{
  guint8 number[4];
  set_number (number, (guint32)(lseek (fd, 0, SEEK_END) - HEADER));
  return write_at (fd, number, sizeof number, 4);
}

gboolean
wav_info_write_genre (int fd, const char *genre, GError **error)
{
  Chunk chunk;
  const gboolean exists = find_info (fd, &chunk);
  g_autoptr (GByteArray) fields = exists ? read_fields (fd, &chunk) : g_byte_array_new ();
  if (exists && !move_down (fd, MIN (get_end (&chunk), lseek (fd, 0, SEEK_END)), chunk.at))
    return fail (error);
  remove_field (fields, "IGNR");
  if (genre)
    add_field (fields, "IGNR", genre);
  return ((fields->len == 0 || append_info (fd, fields)) && set_length (fd)) || fail (error);
}
