/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "icytitles.h"
#include <gst/tag/tag.h>
#include <string.h>

#define UNIT 16        /* bytes; a title's length is told in these */
#define SEPARATOR "';" /* between fields, as icydemux sees it: quotes in titles are not escaped */
#define TITLE "StreamTitle="
#define URL "StreamUrl="
#define FIRST_LEAD 0xc2 /* of characters of UTF-8; GLib takes others for such, too */
#define LAST_LEAD 0xf4
#define IS_INCOMPLETE ((gunichar)-2)

struct _IcyTitles {
  guint interval;
  guint until_title;  /* bytes, then comes the length of a title */
  guint rest;         /* bytes of the title that have not come yet */
  GByteArray *fields; /* of the title, as many as have come */
};

/* As icydemux knows them. */
static const char *const charsets[] = {"GST_ICY_TAG_ENCODING", "GST_TAG_ENCODING", NULL};

IcyTitles *
icy_titles_new (guint interval)
{
  IcyTitles *self = g_new0 (IcyTitles, 1);
  self->interval = self->until_title = interval;
  self->fields = g_byte_array_new ();
  return self;
}

void
icy_titles_free (IcyTitles *self)
{
  if (!self)
    return;
  g_byte_array_unref (self->fields);
  g_free (self);
}

/* ---- one title ---- */

static gboolean
is_charset_chosen (void)
{
  for (const char *const *name = charsets; *name; name++) {
    const char *value = g_getenv (*name);
    if (value && *value != '\0')
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_ascii (const char *text, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if ((guchar)text[i] > 0x7f)
      return FALSE;
  return TRUE;
}

/* @title up to @end is UTF-8, what comes from there is not. */
static gboolean
is_cut_at (const char *title, const char *end)
{
  const gssize n = (gssize)strlen (end);
  const guchar lead = (guchar)*end;
  if (end == title || lead < FIRST_LEAD || lead > LAST_LEAD ||
      g_utf8_get_char_validated (end, n) != IS_INCOMPLETE)
    return FALSE;
  return !is_ascii (title, (gsize)(end - title)) || (n > 1 && !is_charset_chosen ());
}

static gboolean
is_readable (const char *title)
{
  g_autofree char *text = gst_tag_freeform_string_to_utf8 (title, -1, (const char **)charsets);
  return text != NULL;
}

static void
mend_title (char *title)
{
  const char *end;
  if (g_utf8_validate (title, -1, &end))
    return;
  if (is_cut_at (title, end)) {
    title[end - title] = '\0';
    return;
  }
  if (is_readable (title))
    return;
  while (!g_utf8_validate (end, -1, &end))
    title[end - title] = '?';
}

/* ---- between the bytes ---- */

/* The value begins behind a quote; icydemux 1.22 does not look whether anything is there, and would
 * read on behind the end. */
static void
mend_field (char *field)
{
  const gsize n = strlen (field);
  if (g_ascii_strcasecmp (field, TITLE) == 0 || g_ascii_strcasecmp (field, URL) == 0)
    field[0] = '\0';
  else if (n > strlen (TITLE) && g_ascii_strncasecmp (field, TITLE, strlen (TITLE)) == 0)
    mend_title (field + strlen (TITLE) + 1);
}

/* It keeps its length, and is filled up as servers do. */
static void
mend_fields (GByteArray *bytes)
{
  g_autofree char *text = g_strndup ((const char *)bytes->data, bytes->len);
  g_auto (GStrv) fields = g_strsplit (text, SEPARATOR, -1);
  for (char **field = fields; *field; field++)
    mend_field (*field);
  g_autofree char *mended = g_strjoinv (SEPARATOR, fields);
  const gsize n = strlen (mended);
  memcpy (bytes->data, mended, n);
  memset (bytes->data + n, '\0', bytes->len - n);
}

/* Of the @n bytes at @data those that belong to the title; how many they are. */
static gsize
take_fields (IcyTitles *self, const guint8 *data, gsize n, GByteArray *mended)
{
  const guint taken = (guint)MIN (n, self->rest);
  g_byte_array_append (self->fields, data, taken);
  self->rest -= taken;
  if (self->rest > 0)
    return taken;
  mend_fields (self->fields);
  g_byte_array_append (mended, self->fields->data, self->fields->len);
  g_byte_array_set_size (self->fields, 0);
  self->until_title = self->interval;
  return taken;
}

static gsize
take_length (IcyTitles *self, const guint8 *data, GByteArray *mended)
{
  g_byte_array_append (mended, data, 1);
  self->rest = *data * UNIT;
  if (self->rest == 0)
    self->until_title = self->interval;
  return 1;
}

static gsize
take_sound (IcyTitles *self, const guint8 *data, gsize n, GByteArray *mended)
{
  const guint taken = (guint)MIN (n, self->until_title);
  g_byte_array_append (mended, data, taken);
  self->until_title -= taken;
  return taken;
}

GBytes *
icy_titles_mend (IcyTitles *self, GBytes *bytes)
{
  gsize n;
  const guint8 *data = g_bytes_get_data (bytes, &n);
  GByteArray *mended = g_byte_array_sized_new ((guint)n);
  for (gsize i = 0; i < n;) {
    if (self->rest > 0)
      i += take_fields (self, data + i, n - i, mended);
    else if (self->until_title > 0)
      i += take_sound (self, data + i, n - i, mended);
    else
      i += take_length (self, data + i, mended);
  }
  return g_byte_array_free_to_bytes (mended);
}
