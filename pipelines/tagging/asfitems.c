/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "asfitems.h"
#include "readat.h"
#include <string.h>

#define OBJECT 24    /* bytes of an object's header: what it is, and its size */
#define HEADER 30    /* and of the one in front, in which the others are */
#define EXTENSION 46 /* and of the one in that in which there are more */
#define ID 16
#define MOST_OBJECTS 1000
#define TEXT 0 /* type of a value: UTF-16 */

static const guint8 header_id[ID] = {0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11,
                                     0xa6, 0xd9, 0x00, 0xaa, 0x00, 0x62, 0xce, 0x6c};
static const guint8 extension_id[ID] = {0xb5, 0x03, 0xbf, 0x5f, 0x2e, 0xa9, 0xcf, 0x11,
                                        0x8e, 0xe3, 0x00, 0xc0, 0x0c, 0x20, 0x53, 0x65};
static const guint8 description_id[ID] = {0x40, 0xa4, 0xd0, 0xd2, 0x07, 0xe3, 0xd2, 0x11,
                                          0x97, 0xf0, 0x00, 0xa0, 0xc9, 0x5e, 0xa8, 0x50};
static const guint8 library_id[ID] = {0x94, 0x1c, 0x23, 0x44, 0x98, 0x94, 0xd1, 0x49,
                                      0xa1, 0x41, 0x1d, 0x13, 0x4e, 0x45, 0x70, 0x54};

/* ---- objects ---- */

static guint64
get_size (const guint8 object[OBJECT])
{
  guint64 size;
  memcpy (&size, object + ID, sizeof size);
  return GUINT64_FROM_LE (size);
}

/* The first of this kind among those from @at to @end, which become what is in it behind @skipped
 * bytes. */
static gboolean
enter (int fd, goffset *at, goffset *end, const guint8 id[ID], goffset skipped)
{
  guint8 object[OBJECT];
  goffset next = *at;
  for (int i = 0; i < MOST_OBJECTS && *end - next >= OBJECT; i++) {
    if (!read_all_at (fd, object, OBJECT, next))
      return FALSE;
    const guint64 size = get_size (object);
    if (size < OBJECT || size > (guint64)(*end - next))
      return FALSE;
    if (memcmp (object, id, ID) == 0) {
      *end = next + (goffset)size;
      *at = MIN (next + skipped, *end);
      return TRUE;
    }
    next += (goffset)size;
  }
  return FALSE;
}

/* ---- what is in them ---- */

typedef struct {
  const GByteArray *bytes;
  gsize at;
} Reader;

static gboolean
take_number (Reader *self, gsize width, guint32 *number)
{
  *number = 0;
  if (self->bytes->len - self->at < width)
    return FALSE;
  memcpy (number, self->bytes->data + self->at, width);
  *number = GUINT32_FROM_LE (*number);
  self->at += width;
  return TRUE;
}

/* Up to a NUL; NULL: it is torn. (transfer full) */
static char *
take_text (Reader *self, guint32 n)
{
  gsize length = 0;
  if (self->bytes->len - self->at < n)
    return NULL;
  const guint8 *text = self->bytes->data + self->at;
  while (length + 2 <= n && !tag_items_is_padding (text + length, 2))
    length += 2;
  self->at += n;
  char *valid =
      g_convert ((const char *)text, (gssize)length, "UTF-8", "UTF-16LE", NULL, NULL, NULL);
  return valid ? valid : g_strdup ("");
}

typedef struct {
  char *name, *value;
  guint32 type;
} Attribute;

/* A name, and its value, each behind its length. */
static gboolean
take_description (Reader *self, Attribute *attribute)
{
  guint32 n;
  attribute->name = take_number (self, 2, &n) ? take_text (self, n) : NULL;
  attribute->value = take_number (self, 2, &attribute->type) && take_number (self, 2, &n)
                         ? take_text (self, n)
                         : NULL;
  return attribute->name && attribute->value;
}

/* Of which language and stream it is, both lengths, and then both. */
static gboolean
take_record (Reader *self, Attribute *attribute)
{
  guint32 what, n_name, n;
  if (!take_number (self, 4, &what) || !take_number (self, 2, &n_name) ||
      !take_number (self, 2, &attribute->type) || !take_number (self, 4, &n))
    return FALSE;
  attribute->name = take_text (self, n_name);
  attribute->value = attribute->name ? take_text (self, n) : NULL;
  return attribute->value != NULL;
}

static void
add_genres (TagItems *items, int fd, goffset at, goffset end,
            gboolean (*take) (Reader *self, Attribute *attribute))
{
  g_autoptr (GByteArray) bytes = tag_items_read (fd, at, end - at);
  Reader reader = {bytes, 0};
  guint32 count = 0;
  gboolean whole = bytes && take_number (&reader, 2, &count);
  for (guint32 i = 0; i < count && whole; i++) {
    Attribute attribute = {0};
    whole = take (&reader, &attribute);
    if (whole && attribute.type == TEXT && g_str_equal (attribute.name, "WM/Genre"))
      tag_items_add_genre (items, attribute.value, strlen (attribute.value));
    g_free (attribute.name);
    g_free (attribute.value);
  }
}

void
asf_items_add_genres_to (TagItems *items, int fd)
{
  goffset start = 0, header_end = TAG_LARGEST;
  if (!enter (fd, &start, &header_end, header_id, HEADER))
    return;
  goffset at = start, end = header_end;
  if (enter (fd, &at, &end, description_id, OBJECT))
    add_genres (items, fd, at, end, take_description);
  at = start;
  end = header_end;
  if (enter (fd, &at, &end, extension_id, EXTENSION) && enter (fd, &at, &end, library_id, OBJECT))
    add_genres (items, fd, at, end, take_record);
}
