/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wavinfo.h"
#include "chunk.h"
#include "moveat.h"
#include "readat.h"
#include "writeall.h"
#include "../translation.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define HEADER CHUNK_HEADER /* of a field as well */
#define LARGEST (1 << 20)   /* bytes of a list that is looked into */

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

/* ---- chunks ---- */

static gboolean
read_chunk (int fd, goffset at, Chunk *chunk)
{
  return chunk_read (chunk, fd, at, FALSE);
}

static gboolean
is_list (const Chunk *chunk)
{
  return g_str_equal (chunk->name, "LIST");
}

static gboolean
is_any_info (int fd, const Chunk *chunk)
{
  guint8 type[4];
  return is_list (chunk) && chunk->size >= 4 && read_all_at (fd, type, 4, chunk->at + HEADER) &&
         memcmp (type, "INFO", 4) == 0;
}

static gboolean
is_info (int fd, const Chunk *chunk)
{
  return chunk->size <= LARGEST && is_any_info (fd, chunk);
}

const char *
wav_info_find_obstacle (int fd)
{
  guint8 magic[4];
  Chunk chunk;
  if (!read_all_at (fd, magic, sizeof magic, 0) || memcmp (magic, "RIFF", 4) != 0)
    return N_ ("a WAV file with 64-bit sizes, whose tags cannot be written safely");
  const char *obstacle = chunk_find_obstacle (fd, FALSE);
  for (goffset at = CHUNK_FIRST; !obstacle && read_chunk (fd, at, &chunk);
       at = chunk_get_end (&chunk))
    if (chunk.size > LARGEST && is_any_info (fd, &chunk))
      obstacle = N_ ("its list of information is larger than 1 MiB");
  return obstacle;
}

/* The first list, which is the only one that TagLib shows. */
static gboolean
find_info (int fd, Chunk *chunk)
{
  for (goffset at = CHUNK_FIRST; read_chunk (fd, at, chunk); at = chunk_get_end (chunk))
    if (is_info (fd, chunk))
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

static char *
find_genre (const GByteArray *fields)
{
  guint size, next;
  char *genre = NULL;
  for (guint at = 0; !genre && get_field (fields, at, &size, &next); at = next)
    if (memcmp (fields->data + at, "IGNR", 4) == 0)
      genre = decode (fields->data + at + HEADER, size);
  return genre;
}

char *
wav_info_read_genre (int fd)
{
  Chunk chunk;
  char *genre = NULL;
  for (goffset at = CHUNK_FIRST; !genre && read_chunk (fd, at, &chunk); at = chunk_get_end (&chunk))
    if (is_info (fd, &chunk)) {
      g_autoptr (GByteArray) fields = read_fields (fd, &chunk);
      genre = find_genre (fields);
    }
  return genre;
}

static gboolean
is_other_field (const guint8 *field, const char *const *names)
{
  g_autofree char *name = g_strndup ((const char *)field, 4);
  return !g_strv_contains (names, name);
}

/* But such as have one of these names. */
static gboolean
has_other_field (int fd, const char *const *names)
{
  gboolean found = FALSE;
  Chunk chunk;
  guint size, next;
  for (goffset at = CHUNK_FIRST; !found && read_chunk (fd, at, &chunk); at = chunk_get_end (&chunk))
    if (is_info (fd, &chunk)) {
      g_autoptr (GByteArray) fields = read_fields (fd, &chunk);
      for (guint i = 0; !found && get_field (fields, i, &size, &next); i = next)
        found = is_other_field (fields->data + i, names);
    }
  return found;
}

gboolean
wav_info_has_fields (int fd)
{
  static const char *const none[] = {NULL};
  return has_other_field (fd, none);
}

gboolean
wav_info_tells_more (int fd)
{
  static const char *const names[] = {"IGNR", "ISFT", NULL};
  return has_other_field (fd, names);
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

/* With what is no field at its end, as it is. FALSE: there was none. */
static gboolean
remove_field (GByteArray *fields, const char *name)
{
  const guint before = fields->len;
  guint size, next;
  for (guint at = 0; get_field (fields, at, &size, &next);) {
    if (memcmp (fields->data + at, name, 4) == 0)
      g_byte_array_remove_range (fields, at, next - at);
    else
      at = next;
  }
  return fields->len < before;
}

/* ---- writing ---- */

static gboolean
fail (GError **error)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, N_ ("its list of information: %s"),
               g_strerror (errno));
  return FALSE;
}

static goffset
get_list_length (const GByteArray *fields)
{
  return HEADER + 4 + fields->len + (fields->len & 1);
}

static gboolean
write_list (int fd, const GByteArray *fields, goffset at)
{
  guint8 header[HEADER + 4] = "LIST....INFO";
  set_number (header + 4, fields->len + 4);
  return write_at (fd, header, sizeof header, at) && write_all (fd, fields->data, fields->len) &&
         (fields->len % 2 == 0 || write_all (fd, "", 1));
}

/* The file on its way to be without a field: up to @from it has been read, up to @to written. */
typedef struct {
  int fd;
  goffset from, to, length;
  gboolean keep_first; /* even if nothing is left in it */
} Removal;

static gboolean
remove_from_list (Removal *self, const Chunk *chunk, const char *name, gboolean *removed)
{
  g_autoptr (GByteArray) fields = read_fields (self->fd, chunk);
  const gboolean keep = self->keep_first;
  self->keep_first = FALSE;
  *removed = remove_field (fields, name);
  if (!*removed)
    return TRUE;
  self->from = MIN (chunk_get_end (chunk), self->length);
  if (fields->len == 0 && !keep)
    return TRUE;
  const goffset at = self->to;
  self->to += get_list_length (fields);
  return write_list (self->fd, fields, at);
}

static gboolean
keep_until (Removal *self, goffset end)
{
  const goffset from = self->from, to = self->to;
  self->from = end;
  self->to += end - from;
  return move_at (self->fd, from, to, end - from);
}

/* From all lists. One in which nothing is left goes, too. */
static gboolean
remove_everywhere (int fd, const char *name, gboolean keep_first)
{
  Removal self = {fd, CHUNK_FIRST, CHUNK_FIRST, lseek (fd, 0, SEEK_END), keep_first};
  Chunk chunk;
  while (self.from < self.length && read_chunk (fd, self.from, &chunk)) {
    gboolean removed = FALSE;
    if (is_info (fd, &chunk) && !remove_from_list (&self, &chunk, name, &removed))
      return FALSE;
    if (!removed && !keep_until (&self, MIN (chunk_get_end (&chunk), self.length)))
      return FALSE;
  }
  return keep_until (&self, self.length) && ftruncate (fd, self.to) == 0;
}

/* At the end of the file, where lists that came later than the sound stand. */
static gboolean
append_list (int fd, const GByteArray *fields)
{
  goffset length = lseek (fd, 0, SEEK_END);
  if (length % 2 != 0 && !write_at (fd, "", 1, length++))
    return FALSE;
  return write_list (fd, fields, length);
}

/* To the first list, where it is: all readers see what it has, whichever list they take. */
static gboolean
add_to_first (int fd, const char *name, const char *text)
{
  Chunk chunk;
  const gboolean exists = find_info (fd, &chunk);
  g_autoptr (GByteArray) fields = exists ? read_fields (fd, &chunk) : g_byte_array_new ();
  add_field (fields, name, text);
  if (!exists)
    return append_list (fd, fields);
  const goffset end = chunk_get_end (&chunk), rest = lseek (fd, 0, SEEK_END) - end;
  return move_at (fd, end, chunk.at + get_list_length (fields), rest) &&
         write_list (fd, fields, chunk.at);
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
  return (remove_everywhere (fd, "IGNR", genre != NULL) &&
          (!genre || add_to_first (fd, "IGNR", genre)) && set_length (fd)) ||
         fail (error);
}

/* ---- hiding ---- */

GArray *
wav_info_hide (int fd, GError **error)
{
  g_autoptr (GArray) hidden = g_array_new (FALSE, FALSE, sizeof (guint));
  Chunk chunk;
  guint n = 0;
  for (goffset at = CHUNK_FIRST; read_chunk (fd, at, &chunk); at = chunk_get_end (&chunk)) {
    if (is_any_info (fd, &chunk)) {
      g_array_append_val (hidden, n);
      if (!write_at (fd, "info", 4, at + HEADER)) {
        fail (error);
        return NULL;
      }
    }
    n += is_list (&chunk);
  }
  return g_steal_pointer (&hidden);
}

gboolean
wav_info_show (int fd, const GArray *hidden, GError **error)
{
  Chunk chunk;
  guint n = 0, shown = 0;
  for (goffset at = CHUNK_FIRST; shown < hidden->len && read_chunk (fd, at, &chunk);
       at = chunk_get_end (&chunk)) {
    if (!is_list (&chunk))
      continue;
    if (g_array_index (hidden, guint, shown) == n) {
      if (!write_at (fd, "INFO", 4, at + HEADER))
        return fail (error);
      shown++;
    }
    n++;
  }
  if (shown < hidden->len)
    g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                         N_ ("its chunks and its length do not go together"));
  return shown == hidden->len;
}
