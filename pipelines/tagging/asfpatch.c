/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "asfpatch.h"
#include "asfobjects.h"
#include "moveat.h"
#include <string.h>
#include <unistd.h>

#define BROADCAST 1 /* flag of a file */
#define MOST 65535  /* bytes of a value, and attributes, in the extended content description */

/* A header on its way. */
typedef struct {
  const GByteArray *old;
  GByteArray *new;
  const GByteArray *genre; /* as an attribute; NULL: none, or it has been put */
  guint count;             /* of objects */
  guint old_end, new_at;   /* of the header extension in which they are now; 0: in none */
} Header;

static void
append_number (GByteArray *bytes, guint64 number, guint width)
{
  const guint64 little = GUINT64_TO_LE (number);
  g_byte_array_append (bytes, (const guint8 *)&little, width);
}

static void
set_number (GByteArray *bytes, guint at, guint64 number, gsize width)
{
  const guint64 little = GUINT64_TO_LE (number);
  memcpy (bytes->data + at, &little, width);
}

/* With a NUL, and its length in front. FALSE: it is too long. */
static gboolean
append_text (GByteArray *bytes, const char *text)
{
  glong n = 0;
  g_autofree gunichar2 *units = g_utf8_to_utf16 (text, -1, NULL, &n, NULL);
  if (!units || 2 * ((gint64)n + 1) > MOST)
    return FALSE;
  append_number (bytes, 2 * (guint64)(n + 1), 2);
  for (glong i = 0; i <= n; i++)
    append_number (bytes, units[i], 2);
  return TRUE;
}

/* NULL: it is too long. */
static GByteArray *
make_genre (const char *genre)
{
  g_autoptr (GByteArray) attribute = g_byte_array_new ();
  append_text (attribute, "WM/Genre");
  append_number (attribute, ASF_TEXT, 2);
  return append_text (attribute, genre) ? g_steal_pointer (&attribute) : NULL;
}

static void
keep (Header *self, guint at, guint end)
{
  g_byte_array_append (self->new, self->old->data + at, end - at);
}

static void
put_genre (Header *self, guint *count)
{
  g_byte_array_append (self->new, self->genre->data, self->genre->len);
  self->genre = NULL;
  ++*count;
}

/* ---- objects ---- */

/* Where the genre belongs. */
static guint
find_place (const Header *self, const AsfObject *object)
{
  AsfAttributes attributes;
  AsfAttribute attribute;
  asf_attributes_init (&attributes, self->old, object);
  const guint front = attributes.at;
  while (asf_attributes_next (&attributes, &attribute))
    if (asf_attribute_is_genre (self->old, &attribute))
      return attribute.at;
  return front;
}

/* Those that are no genres, and the genre, if it belongs here. Returns how many. */
static guint
put_attributes (Header *self, const AsfObject *object)
{
  const gboolean belongs = self->genre && object->kind == ASF_DESCRIPTION && self->old_end == 0;
  const guint place = belongs ? find_place (self, object) : 0;
  AsfAttributes attributes;
  AsfAttribute attribute;
  guint count = 0;
  asf_attributes_init (&attributes, self->old, object);
  if (belongs && attributes.left == 0)
    put_genre (self, &count);
  while (asf_attributes_next (&attributes, &attribute)) {
    if (belongs && attribute.at == place)
      put_genre (self, &count);
    if (asf_attribute_is_genre (self->old, &attribute))
      continue;
    keep (self, attribute.at, attribute.end);
    count++;
  }
  keep (self, attributes.at, attributes.end); /* what is none of them */
  return count;
}

/* FALSE: there would be too many attributes. */
static gboolean
put_object_with_attributes (Header *self, const AsfObject *object)
{
  const guint start = self->new->len, content = object->at + ASF_OBJECT;
  const guint64 before = asf_number_read (self->old->data + content, 2);
  keep (self, object->at, content + 2);
  const guint count = put_attributes (self, object);
  if (count == 0 && before > 0 && self->new->len == start + ASF_OBJECT + 2) {
    g_byte_array_set_size (self->new, start);
    return TRUE;
  }
  set_number (self->new, start + ASF_SIZE_AT, self->new->len - start, 8);
  set_number (self->new, start + ASF_OBJECT, count, 2);
  self->count += self->old_end == 0;
  return count <= MOST;
}

static void
put_extension (Header *self, const AsfObject *object)
{
  self->old_end = object->end;
  self->new_at = self->new->len;
  keep (self, object->at, object->at + ASF_EXTENSION);
  self->count++;
}

/* If what follows is not in it any more. */
static void
end_extension (Header *self, guint at)
{
  if (self->old_end == 0 || at < self->old_end)
    return;
  const guint length = self->new->len - self->new_at;
  set_number (self->new, self->new_at + ASF_SIZE_AT, length, 8);
  set_number (self->new, self->new_at + ASF_LEFT_AT, length - ASF_EXTENSION, 4);
  self->old_end = 0;
}

static gboolean
put_object (Header *self, const AsfObject *object)
{
  if (asf_object_has_attributes (object))
    return put_object_with_attributes (self, object);
  if (object->kind == ASF_OBJECTS) {
    put_extension (self, object);
    return TRUE;
  }
  keep (self, object->at, object->end);
  self->count += self->old_end == 0;
  return TRUE;
}

/* Where there is no description one comes behind all other objects. */
static void
put_description (Header *self)
{
  guint count = 0;
  g_byte_array_append (self->new, asf_description_id, ASF_SIZE_AT);
  append_number (self->new, ASF_OBJECT + 2 + self->genre->len, 8);
  append_number (self->new, 1, 2);
  put_genre (self, &count);
  self->count++;
}

/* FALSE: it has no room for @genre (NULL: none). */
static gboolean
make_header (Header *self, const GByteArray *genre)
{
  AsfObject object;
  guint at = ASF_HEADER;
  self->genre = genre;
  keep (self, 0, ASF_HEADER);
  while (asf_object_next (self->old, &at, &object)) {
    if (!put_object (self, &object))
      return FALSE;
    end_extension (self, at);
  }
  if (self->genre)
    put_description (self);
  set_number (self->new, ASF_SIZE_AT, self->new->len, 8);
  set_number (self->new, ASF_COUNT_AT, self->count, 4);
  return TRUE;
}

/* ---- files ---- */

static void
set_file_size (GByteArray *header, goffset size)
{
  AsfObject object;
  guint at = ASF_HEADER;
  while (asf_object_next (header, &at, &object))
    if (object.kind == ASF_PROPERTIES &&
        (asf_number_read (header->data + object.at + ASF_FLAGS_AT, 4) & BROADCAST) == 0)
      set_number (header, object.at + ASF_FILE_AT, (guint64)size, 8);
}

gboolean
asf_patch_genre (int fd, const char *genre)
{
  g_autoptr (GByteArray) attribute = genre ? make_genre (genre) : NULL;
  g_autoptr (GByteArray) old = asf_header_read (fd);
  g_autoptr (GByteArray) new = g_byte_array_new ();
  Header header = {.old = old, .new = new};
  if ((genre && !attribute) || !old || !asf_header_adds_up (old) ||
      !make_header (&header, attribute))
    return FALSE;
  const goffset rest = lseek (fd, 0, SEEK_END) - old->len;
  set_file_size (new, new->len + rest);
  return rest >= 0 && move_at (fd, old->len, new->len, rest) &&
         write_at (fd, new->data, new->len, 0) && ftruncate (fd, new->len + rest) == 0;
}
