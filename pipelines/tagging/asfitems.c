/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "asfitems.h"
#include "asfobjects.h"
#include <string.h>

#define ASF "ASF header" /* for people */
#define MOST_GENRES 16   /* that are read */

/* ---- items ---- */

static void
add_genre (TagItems *items, const GByteArray *header, const AsfAttribute *attribute)
{
  if (attribute->type != ASF_TEXT)
    return;
  g_autofree char *genre = asf_text_read (header, attribute->value, attribute->value_length);
  tag_items_add_genre (items, genre, strlen (genre));
}

static void
add_attribute (TagItems *items, const GByteArray *header, const AsfAttribute *attribute)
{
  g_autofree char *name = asf_text_read (header, attribute->name, attribute->name_length);
  tag_items_add (items, ASF, name, header->data + attribute->at, attribute->end - attribute->at);
}

/* And what stands behind them. */
static void
add_attributes (TagItems *items, const GByteArray *header, const AsfObject *object)
{
  AsfAttributes attributes;
  AsfAttribute attribute;
  asf_attributes_init (&attributes, header, object);
  while (asf_attributes_next (&attributes, &attribute))
    if (asf_attribute_is_genre (header, &attribute))
      add_genre (items, header, &attribute);
    else
      add_attribute (items, header, &attribute);
  if (attributes.at < attributes.end)
    tag_items_add (items, ASF, "…", header->data + attributes.at, attributes.end - attributes.at);
}

/* Named by the bytes that say of which kind it is. */
static void
add_object (TagItems *items, const GByteArray *header, const AsfObject *object)
{
  g_autoptr (GString) name = g_string_new (NULL);
  const gboolean has_size = object->kind == ASF_PROPERTIES;
  const guint from = object->at + (has_size ? ASF_FILE_AT + 8 : ASF_OBJECT);
  for (guint i = 0; i < ASF_SIZE_AT; i++)
    g_string_append_printf (name, "%02x", header->data[object->at + i]);
  if (has_size)
    tag_items_add (items, ASF, name->str, header->data + object->at + ASF_OBJECT,
                   ASF_FILE_AT - ASF_OBJECT);
  tag_items_add (items, ASF, name->str, header->data + from, object->end - from);
}

gboolean
asf_items_add_to (TagItems *items, int fd)
{
  g_autoptr (GByteArray) header = asf_header_read (fd);
  AsfObject object;
  guint at = ASF_HEADER;
  while (header && asf_object_next (header, &at, &object))
    if (asf_object_has_attributes (&object))
      add_attributes (items, header, &object);
    else if (object.kind != ASF_OBJECTS) /* what is in that follows */
      add_object (items, header, &object);
  return header && asf_header_adds_up (header);
}

/* ---- genres ---- */

static void
append_genre (GPtrArray *genres, const GByteArray *header, const AsfAttribute *attribute)
{
  g_autofree char *genre = asf_text_read (header, attribute->value, attribute->value_length);
  if (*genre && !g_ptr_array_find_with_equal_func (genres, genre, g_str_equal, NULL))
    g_ptr_array_add (genres, g_steal_pointer (&genre));
}

static void
append_genres (GPtrArray *genres, const GByteArray *header, AsfKind kind)
{
  AsfObject object;
  guint at = ASF_HEADER;
  while (asf_object_next (header, &at, &object)) {
    AsfAttributes attributes;
    AsfAttribute attribute;
    if (object.kind != kind)
      continue;
    asf_attributes_init (&attributes, header, &object);
    while (genres->len < MOST_GENRES && asf_attributes_next (&attributes, &attribute))
      if (attribute.type == ASF_TEXT && asf_attribute_is_genre (header, &attribute))
        append_genre (genres, header, &attribute);
  }
}

char *
asf_items_read_several (int fd)
{
  g_autoptr (GByteArray) header = asf_header_read (fd);
  g_autoptr (GPtrArray) genres = g_ptr_array_new_with_free_func (g_free);
  if (!header)
    return NULL;
  append_genres (genres, header, ASF_DESCRIPTION);
  append_genres (genres, header, ASF_RECORDS);
  if (genres->len < 2)
    return NULL;
  g_ptr_array_add (genres, NULL);
  return g_strjoinv (" ", (char **)genres->pdata);
}
