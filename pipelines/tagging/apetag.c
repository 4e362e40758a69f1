/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apetag.h"
#include "id3v1.h"
#include "moveat.h"
#include "readat.h"
#include <string.h>
#include <unistd.h>

#define APE_TAG "APE tag"     /* for people */
#define FOOTER 32             /* bytes, as of a header */
#define HAS_HEADER (1U << 31) /* flags of a tag */
#define IS_HEADER (1U << 29)
#define FLAGS 7 /* of an item: it is not to be changed, and its type */
#define TYPE 6
#define NEWER 2000 /* the version since which text is UTF-8 */

typedef struct {
  guint8 footer[FOOTER];
  guint32 version, size, count, flags;
  goffset start, end; /* with a header */
  goffset at;         /* of its items */
} ApeTag;

typedef struct {
  const guint8 *start, *value;
  gsize length, n; /* bytes of all of it, and of its value */
  guint32 flags;
  char *name; /* in capitals */
} Item;

static guint32
get_number (const guint8 *bytes)
{
  return (guint32)bytes[0] | (guint32)bytes[1] << 8 | (guint32)bytes[2] << 16 |
         (guint32)bytes[3] << 24;
}

/* FALSE: there is none, but @self->end is where it would end. */
static gboolean
find (ApeTag *self, int fd)
{
  self->start = self->end = id3v1_find (fd);
  if (self->end < FOOTER || !read_all_at (fd, self->footer, FOOTER, self->end - FOOTER) ||
      memcmp (self->footer, "APETAGEX", 8) != 0)
    return FALSE;
  self->version = get_number (self->footer + 8);
  self->size = get_number (self->footer + 12);
  self->count = get_number (self->footer + 16);
  self->flags = get_number (self->footer + 20);
  self->at = self->end - self->size;
  const goffset start = self->at - ((self->flags & HAS_HEADER) != 0 ? FOOTER : 0);
  if (self->size < FOOTER || start < 0)
    return FALSE;
  self->start = start;
  return TRUE;
}

/* FALSE: no whole one is at @at, which becomes where the next one is. */
static gboolean
next (const GByteArray *bytes, gsize *at, Item *item)
{
  const gsize room = bytes->len - *at;
  const guint8 *start = bytes->data + *at;
  const guint8 *end = room > 8 ? memchr (start + 8, 0, room - 8) : NULL;
  if (!end || get_number (start) > room - (gsize)(end + 1 - start))
    return FALSE;
  *item = (Item){.start = start,
                 .value = end + 1,
                 .n = get_number (start),
                 .flags = get_number (start + 4),
                 .name = g_ascii_strup ((const char *)start + 8, -1)};
  item->length = (gsize)(item->value + item->n - start);
  *at += item->length;
  return TRUE;
}

static gboolean
is_genre (const Item *item)
{
  return g_str_equal (item->name, "GENRE");
}

static void
add_text (TagItems *items, const Item *item)
{
  g_auto (TagItems) alone;
  tag_items_init (&alone);
  tag_items_add_text (&alone, item->value, item->n);
  items->has_text |= alone.has_text;
  items->has_names |=
      alone.has_text && (g_str_equal (item->name, "TITLE") || g_str_equal (item->name, "ARTIST"));
}

static void
add_item (TagItems *items, const Item *item)
{
  const guint32 flags = item->flags & FLAGS;
  if (is_genre (item) && (item->flags & TYPE) == 0)
    tag_items_add_genre (items, item->value, item->n);
  if (is_genre (item))
    return;
  if ((item->flags & TYPE) == 0)
    add_text (items, item);
  tag_items_add (items, APE_TAG, item->name, item->value, item->n);
  tag_items_add (items, APE_TAG, item->name, &flags, sizeof flags);
}

gboolean
ape_tag_exists (int fd)
{
  ApeTag tag;
  return find (&tag, fd);
}

/* A header that is not there, but for whose place TagLib would take the sound's last bytes. */
static void
add_claim (TagItems *items, const ApeTag *tag, int fd)
{
  guint8 bytes[FOOTER];
  if ((tag->flags & HAS_HEADER) != 0 && read_all_at (fd, bytes, FOOTER, tag->start) &&
      memcmp (bytes, "APETAGEX", 8) != 0)
    tag_items_add (items, APE_TAG, "(header)", bytes, FOOTER);
}

void
ape_tag_add_to (TagItems *items, int fd)
{
  ApeTag tag;
  Item item;
  gsize at = 0;
  g_autoptr (GByteArray) bytes =
      find (&tag, fd) ? tag_items_read (fd, tag.at, (goffset)tag.size - FOOTER) : NULL;
  if (!bytes)
    return;
  add_claim (items, &tag, fd);
  for (guint32 i = 0; i < tag.count && next (bytes, &at, &item); i++) {
    add_item (items, &item);
    g_free (item.name);
  }
  if (!tag_items_is_padding (bytes->data + at, bytes->len - at))
    tag_items_add (items, APE_TAG, "…", bytes->data + at, bytes->len - at);
}

/* ---- another genre ---- */

static void
append_number (GByteArray *bytes, guint32 number)
{
  const guint32 little = GUINT32_TO_LE (number);
  g_byte_array_append (bytes, (const guint8 *)&little, sizeof little);
}

static void
append_genre (GByteArray *bytes, const char *genre)
{
  append_number (bytes, (guint32)strlen (genre));
  append_number (bytes, 0);
  g_byte_array_append (bytes, (const guint8 *)"Genre", sizeof "Genre");
  g_byte_array_append (bytes, (const guint8 *)genre, (guint)strlen (genre));
}

/* NULL: they are torn. */
static GByteArray *
make_items (const ApeTag *tag, const GByteArray *old, const char *genre, guint32 *count)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  Item item;
  gsize at = 0;
  guint32 i = 0;
  *count = 0;
  for (; i < tag->count && next (old, &at, &item); i++) {
    if (!is_genre (&item)) {
      g_byte_array_append (bytes, item.start, (guint)item.length);
      ++*count;
    }
    g_free (item.name);
  }
  if (i < tag->count || at < old->len)
    return NULL;
  if (genre) {
    append_genre (bytes, genre);
    ++*count;
  }
  return g_steal_pointer (&bytes);
}

static void
append_footer (GByteArray *bytes, const ApeTag *old, guint32 size, guint32 count, guint32 flags)
{
  g_byte_array_append (bytes, old->footer, 12);
  append_number (bytes, size);
  append_number (bytes, count);
  append_number (bytes, flags);
  g_byte_array_append (bytes, old->footer + 24, FOOTER - 24);
}

static GByteArray *
make_tag (const ApeTag *old, const GByteArray *items, guint32 count)
{
  GByteArray *bytes = g_byte_array_new ();
  const guint32 size = items->len + FOOTER;
  if ((old->flags & HAS_HEADER) != 0)
    append_footer (bytes, old, size, count, old->flags | IS_HEADER);
  g_byte_array_append (bytes, items->data, items->len);
  append_footer (bytes, old, size, count, old->flags & ~IS_HEADER);
  return bytes;
}

gboolean
ape_tag_begin (int fd)
{
  ApeTag none;
  if (find (&none, fd))
    return TRUE;
  const guint32 version = GUINT32_TO_LE (NEWER);
  g_autoptr (GByteArray) tag = g_byte_array_new ();
  none = (ApeTag){.footer = "APETAGEX", .end = none.end};
  memcpy (none.footer + 8, &version, sizeof version);
  append_footer (tag, &none, FOOTER, 0, 0);
  const goffset rest = lseek (fd, 0, SEEK_END) - none.end;
  return rest >= 0 && move_at (fd, none.end, none.end + tag->len, rest) &&
         write_at (fd, tag->data, tag->len, none.end);
}

gboolean
ape_tag_patch (int before, int after, const char *genre)
{
  ApeTag old, new;
  guint32 count;
  if (!find (&old, before) || (old.version < NEWER && genre && !g_str_is_ascii (genre)))
    return FALSE;
  g_autoptr (GByteArray) bytes = tag_items_read (before, old.at, (goffset)old.size - FOOTER);
  g_autoptr (GByteArray) items = bytes ? make_items (&old, bytes, genre, &count) : NULL;
  if (!items)
    return FALSE;
  g_autoptr (GByteArray) tag = make_tag (&old, items, count);
  find (&new, after);
  const goffset rest = lseek (after, 0, SEEK_END) - new.end;
  return rest >= 0 && move_at (after, new.end, new.start + tag->len, rest) &&
         write_at (after, tag->data, tag->len, new.start) &&
         ftruncate (after, new.start + tag->len + rest) == 0;
}
