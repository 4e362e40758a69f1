/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tagitems.h"
#include "readat.h"
#include <string.h>

#define MOST 4096           /* names; what comes behind them counts as one */
#define LONGEST_GENRE 65536 /* bytes */
#define MOST_GENRES 16      /* that are told from one another */
#define LONGEST_NAME 60     /* characters that are shown */

typedef struct {
  const char *tag;
  char *name;
  GChecksum *values;
} Item;

static void
item_free (gpointer data)
{
  Item *self = data;
  g_free (self->name);
  g_checksum_free (self->values);
  g_free (self);
}

void
tag_items_init (TagItems *self)
{
  self->items = g_ptr_array_new_with_free_func (item_free);
  self->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->genre = NULL;
  self->genres = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->has_text = self->has_names = FALSE;
}

void
tag_items_clear (TagItems *self)
{
  g_clear_pointer (&self->by_name, g_hash_table_unref);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_clear_pointer (&self->genre, g_free);
  g_clear_pointer (&self->genres, g_hash_table_unref);
}

static Item *
get_item (TagItems *self, const char *tag, const char *name)
{
  if (self->items->len >= MOST)
    name = "…";
  g_autofree char *key = g_strconcat (tag, ":", name, NULL);
  Item *item = g_hash_table_lookup (self->by_name, key);
  if (item)
    return item;
  item = g_new0 (Item, 1);
  item->tag = tag;
  item->name = g_strdup (name);
  item->values = g_checksum_new (G_CHECKSUM_SHA256);
  g_ptr_array_add (self->items, item);
  g_hash_table_insert (self->by_name, g_steal_pointer (&key), item);
  return item;
}

void
tag_items_add (TagItems *self, const char *tag, const char *name, const void *value, gsize n)
{
  const guint64 length = n; /* tells "ab", "c" from "a", "bc" */
  Item *item = get_item (self, tag, name);
  g_checksum_update (item->values, (const guchar *)&length, sizeof length);
  if (n > 0)
    g_checksum_update (item->values, value, (gssize)n);
}

/* ---- text ---- */

static char *
read_text (const char *text, gsize n)
{
  return g_utf8_validate (text, (gssize)n, NULL)
             ? g_strndup (text, n)
             : g_convert (text, (gssize)n, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
}

static void
add_genre (TagItems *self, const char *genre)
{
  gboolean is_blank = TRUE;
  for (const char *c = genre; *c; c = g_utf8_next_char (c)) {
    is_blank &= g_unichar_isspace (g_utf8_get_char (c));
    if (!self->genre && g_unichar_isalpha (g_utf8_get_char (c)))
      self->genre = g_strdup (genre);
  }
  if (!is_blank && g_hash_table_size (self->genres) < MOST_GENRES)
    g_hash_table_add (self->genres, g_strdup (genre));
}

void
tag_items_add_genre (TagItems *self, const void *text, gsize n)
{
  const char *at = text;
  for (gsize left = MIN (n, LONGEST_GENRE), length; left > 0; at += length, left -= length) {
    length = strnlen (at, left);
    g_autofree char *genre = read_text (at, length);
    if (genre)
      add_genre (self, genre);
    length += length < left; /* and its NUL */
  }
}

void
tag_items_add_text (TagItems *self, const void *text, gsize n)
{
  const guint8 *bytes = text;
  for (gsize i = 0; i < n && !self->has_text; i++)
    self->has_text = bytes[i] != 0 && !g_ascii_isspace ((char)bytes[i]);
}

gboolean
tag_items_are_silent (const TagItems *self)
{
  return !self->has_text && g_hash_table_size (self->genres) == 0;
}

static gboolean
is_number (const char *genre)
{
  return genre[strspn (genre, "0123456789")] == '\0';
}

guint
tag_items_count_genres (const TagItems *self, const char *read)
{
  const gboolean is_told = read && g_hash_table_contains (self->genres, read);
  GHashTableIter iter;
  gpointer genre;
  guint n = 0;
  g_hash_table_iter_init (&iter, self->genres);
  while (g_hash_table_iter_next (&iter, &genre, NULL))
    n += !is_told || !is_number (genre);
  return n;
}

static char *
show_name (const char *name)
{
  g_autofree char *text = read_text (name, strlen (name));
  if (!text || g_utf8_strlen (text, -1) <= LONGEST_NAME)
    return g_steal_pointer (&text);
  g_autofree char *start = g_utf8_substring (text, 0, LONGEST_NAME);
  return g_strconcat (start, "…", NULL);
}

/* ---- before and after ---- */

char *
tag_items_find_lost (TagItems *self, TagItems *after, const char **tag)
{
  for (guint i = 0; i < self->items->len; i++) {
    const Item *item = self->items->pdata[i];
    g_autofree char *key = g_strconcat (item->tag, ":", item->name, NULL);
    const Item *now = g_hash_table_lookup (after->by_name, key);
    *tag = item->tag;
    if (!now ||
        !g_str_equal (g_checksum_get_string (item->values), g_checksum_get_string (now->values)))
      return show_name (item->name);
  }
  return NULL;
}

/* ---- files ---- */

GByteArray *
tag_items_read (int fd, goffset at, goffset n)
{
  guint8 last;
  if (n < 0 || n > TAG_LARGEST || (n > 0 && !read_all_at (fd, &last, 1, at + n - 1)))
    return NULL;
  GByteArray *bytes = g_byte_array_sized_new (1); /* there is an address also of nothing */
  g_byte_array_set_size (bytes, (guint)n);
  if (n == 0 || read_all_at (fd, bytes->data, bytes->len, at))
    return bytes;
  g_byte_array_unref (bytes);
  return NULL;
}

gboolean
tag_items_is_padding (const guint8 *bytes, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (bytes[i] != 0)
      return FALSE;
  return TRUE;
}
