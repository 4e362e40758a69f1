/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "asfobjects.h"
#include "readat.h"
#include "tagitems.h"
#include "../translation.h"
#include <string.h>

#define ID ASF_SIZE_AT /* bytes that say of which kind an object is */

static const guint8 header_id[ID] = {0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11,
                                     0xa6, 0xd9, 0x00, 0xaa, 0x00, 0x62, 0xce, 0x6c};

const guint8 asf_description_id[ID] = {0x40, 0xa4, 0xd0, 0xd2, 0x07, 0xe3, 0xd2, 0x11,
                                       0x97, 0xf0, 0x00, 0xa0, 0xc9, 0x5e, 0xa8, 0x50};

/* The others. */
static const struct {
  guint8 id[ID];
  AsfKind kind;
} kinds[] = {
    {{0xa1, 0xdc, 0xab, 0x8c, 0x47, 0xa9, 0xcf, 0x11, 0x8e, 0xe4, 0x00, 0xc0, 0x0c, 0x20, 0x53,
      0x65},
     ASF_PROPERTIES},
    {{0xb5, 0x03, 0xbf, 0x5f, 0x2e, 0xa9, 0xcf, 0x11, 0x8e, 0xe3, 0x00, 0xc0, 0x0c, 0x20, 0x53,
      0x65},
     ASF_OBJECTS},
    {{0xea, 0xcb, 0xf8, 0xc5, 0xaf, 0x5b, 0x77, 0x48, 0x84, 0x67, 0xaa, 0x8c, 0x44, 0xfa, 0x4c,
      0xca},
     ASF_RECORDS},
    {{0x94, 0x1c, 0x23, 0x44, 0x98, 0x94, 0xd1, 0x49, 0xa1, 0x41, 0x1d, 0x13, 0x4e, 0x45, 0x70,
      0x54},
     ASF_RECORDS},
    {{0xfc, 0xb3, 0x11, 0x22, 0x23, 0xbd, 0xd2, 0x11, 0xb4, 0xb7, 0x00, 0xa0, 0xc9, 0x55, 0xfc,
      0x6e},
     ASF_SIGNATURE},
};

guint64
asf_number_read (const guint8 *bytes, gsize width)
{
  guint64 number = 0;
  memcpy (&number, bytes, width);
  return GUINT64_FROM_LE (number);
}

/* ---- objects ---- */

GByteArray *
asf_header_read (int fd)
{
  guint8 start[ASF_HEADER];
  if (!read_all_at (fd, start, ASF_HEADER, 0) || memcmp (start, header_id, ID) != 0)
    return NULL;
  const guint64 size = asf_number_read (start + ASF_SIZE_AT, 8);
  return size < ASF_HEADER || size > TAG_LARGEST ? NULL : tag_items_read (fd, 0, (goffset)size);
}

static AsfKind
find_kind (const guint8 id[ID])
{
  if (memcmp (asf_description_id, id, ID) == 0)
    return ASF_DESCRIPTION;
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (memcmp (kinds[i].id, id, ID) == 0)
      return kinds[i].kind;
  return ASF_OTHER;
}

static guint
find_least (AsfKind kind)
{
  return kind == ASF_OBJECTS      ? ASF_EXTENSION
         : kind == ASF_PROPERTIES ? ASF_FLAGS_AT + 4
                                  : ASF_OBJECT;
}

gboolean
asf_object_next (const GByteArray *header, guint *at, AsfObject *object)
{
  const guint room = header->len - *at;
  if (room < ASF_OBJECT)
    return FALSE;
  const guint8 *bytes = header->data + *at;
  const guint64 size = asf_number_read (bytes + ASF_SIZE_AT, 8);
  const AsfKind kind = find_kind (bytes);
  if (size < find_least (kind) || size > room)
    return FALSE;
  *object = (AsfObject){kind, *at, *at + (guint)size};
  *at = kind == ASF_OBJECTS ? object->at + ASF_EXTENSION : object->end;
  return TRUE;
}

gboolean
asf_object_has_attributes (const AsfObject *self)
{
  return self->kind == ASF_DESCRIPTION || self->kind == ASF_RECORDS;
}

/* ---- attributes ---- */

/* FALSE: there are fewer bytes, and none is taken. */
static gboolean
take_number (AsfAttributes *self, gsize width, guint *number)
{
  if (self->end - self->at < width)
    return FALSE;
  *number = (guint)asf_number_read (self->header->data + self->at, width);
  self->at += (guint)width;
  return TRUE;
}

static gboolean
take_bytes (AsfAttributes *self, guint n, guint *at)
{
  *at = self->at;
  if (self->end - self->at < n)
    return FALSE;
  self->at += n;
  return TRUE;
}

void
asf_attributes_init (AsfAttributes *self, const GByteArray *header, const AsfObject *object)
{
  *self = (AsfAttributes){header, object->kind, object->at + ASF_OBJECT, object->end, 0};
  if (!take_number (self, 2, &self->left))
    self->left = 1; /* not even that is there */
}

/* A name, and its value, each behind its length. */
static gboolean
take_description (AsfAttributes *self, AsfAttribute *attribute)
{
  return take_number (self, 2, &attribute->name_length) &&
         take_bytes (self, attribute->name_length, &attribute->name) &&
         take_number (self, 2, &attribute->type) &&
         take_number (self, 2, &attribute->value_length) &&
         take_bytes (self, attribute->value_length, &attribute->value);
}

/* Of which language and stream it is, both lengths, and then both. */
static gboolean
take_record (AsfAttributes *self, AsfAttribute *attribute)
{
  guint what;
  return take_number (self, 4, &what) && take_number (self, 2, &attribute->name_length) &&
         take_number (self, 2, &attribute->type) &&
         take_number (self, 4, &attribute->value_length) &&
         take_bytes (self, attribute->name_length, &attribute->name) &&
         take_bytes (self, attribute->value_length, &attribute->value);
}

gboolean
asf_attributes_next (AsfAttributes *self, AsfAttribute *attribute)
{
  const guint start = self->at;
  if (self->left == 0)
    return FALSE;
  if (!(self->kind == ASF_DESCRIPTION ? take_description : take_record) (self, attribute)) {
    self->at = start;
    return FALSE;
  }
  attribute->at = start;
  attribute->end = self->at;
  self->left--;
  return TRUE;
}

char *
asf_text_read (const GByteArray *header, guint at, guint n)
{
  guint length = 0;
  const guint8 *text = header->data + at;
  while (n - length >= 2 && !tag_items_is_padding (text + length, 2))
    length += 2;
  char *valid = g_convert ((const char *)text, length, "UTF-8", "UTF-16LE", NULL, NULL, NULL);
  return valid ? valid : g_strdup ("");
}

gboolean
asf_attribute_is_genre (const GByteArray *header, const AsfAttribute *attribute)
{
  static const char wide[] = "W\0M\0/\0G\0e\0n\0r\0e"; /* and the NUL that ends it */
  const guint8 *name = header->data + attribute->name;
  return attribute->name_length >= sizeof wide && memcmp (name, wide, sizeof wide) == 0 &&
         (attribute->name_length < sizeof wide + 2 || tag_items_is_padding (name + sizeof wide, 2));
}

/* ---- obstacles ---- */

static gboolean
attributes_add_up (const GByteArray *header, const AsfObject *object)
{
  AsfAttributes attributes;
  AsfAttribute attribute;
  asf_attributes_init (&attributes, header, object);
  while (asf_attributes_next (&attributes, &attribute))
    ;
  return attributes.left == 0;
}

static gboolean
object_adds_up (const GByteArray *header, const AsfObject *object)
{
  const guint length = object->end - object->at;
  if (object->kind == ASF_OBJECTS)
    return asf_number_read (header->data + object->at + ASF_LEFT_AT, 4) == length - ASF_EXTENSION;
  return !asf_object_has_attributes (object) || attributes_add_up (header, object);
}

/* No object reaches beyond the header extension that it is in, and no other one is in that. */
gboolean
asf_header_adds_up (const GByteArray *header)
{
  AsfObject object;
  guint at = ASF_HEADER, n = 0, extension_end = 0;
  while (asf_object_next (header, &at, &object)) {
    const gboolean is_inside = extension_end > 0;
    if (!object_adds_up (header, &object) ||
        (is_inside && (object.kind == ASF_OBJECTS || object.end > extension_end)))
      return FALSE;
    if (object.kind == ASF_OBJECTS)
      extension_end = object.end;
    if (at == extension_end)
      extension_end = 0;
    n += !is_inside;
  }
  return at == header->len && extension_end == 0 &&
         n == asf_number_read (header->data + ASF_COUNT_AT, 4);
}

static gboolean
is_signed (const GByteArray *header)
{
  AsfObject object;
  guint at = ASF_HEADER;
  while (asf_object_next (header, &at, &object))
    if (object.kind == ASF_SIGNATURE)
      return TRUE;
  return FALSE;
}

const char *
asf_header_find_obstacle (int fd)
{
  g_autoptr (GByteArray) header = asf_header_read (fd);
  if (!header || !asf_header_adds_up (header))
    return N_ ("the objects in its header, or their attributes, do not add up: its tags cannot be "
               "written safely");
  return is_signed (header) ? N_ ("its header is signed, and would not be what was signed") : NULL;
}
