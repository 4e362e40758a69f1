/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "id3genre.h"
#include <string.h>

#define LONGEST 65536 /* bytes of text in a frame that are looked at */

enum { LATIN_1 = 0, UTF_16 = 1, UTF_16_BE = 2, UTF_8 = 3 }; /* encodings of text */

/* Up to the NUL behind which something else follows; @text goes there. (transfer full) */
static char *
take_text (guint8 encoding, const guint8 **text, gsize *n)
{
  const gsize width = encoding == UTF_16 || encoding == UTF_16_BE ? 2 : 1;
  gsize end = 0;
  while (end + width <= *n && !tag_items_is_padding (*text + end, width))
    end += width;
  const char *start = (const char *)*text;
  const gsize length = end;
  end = MIN (end + width, *n);
  *text += end;
  *n -= end;
  if (width == 1)
    return g_strndup (start, length);
  return g_convert (start, (gssize)length, "UTF-8", encoding == UTF_16 ? "UTF-16" : "UTF-16BE",
                    NULL, NULL, NULL);
}

static gboolean
is_free (const Id3Frame *frame)
{
  return g_str_equal (frame->name, "TXXX") || g_str_equal (frame->name, "TXX");
}

/* How many digits stand in brackets at its beginning. */
static gsize
find_number (const char *text)
{
  const gsize n = *text == '(' ? strspn (text + 1, "0123456789") : 0;
  return n > 0 && text[n + 1] == ')' ? n : 0;
}

/* "(17)(13)Mine": numbers of genres stand in front of a name, up to ID3v2.3. */
static void
add_genres (TagItems *items, const char *text)
{
  for (gsize n; (n = find_number (text)) > 0; text += n + 2)
    tag_items_add_genre (items, text + 1, n);
  tag_items_add_genre (items, text, strlen (text));
}

/* A frame that can be read, behind its header. */
typedef struct {
  guint8 encoding;
  const guint8 *text;
  gsize n;
} Content;

static gboolean
find_content (const Id3Tag *tag, const Id3Frame *frame, Content *content)
{
  const guint header = id3_frame_find_content (frame);
  if (frame->length <= header || id3_frame_is_coded (frame, tag->version))
    return FALSE;
  const guint8 *bytes = tag->bytes->data + frame->at + header;
  *content = (Content){bytes[0], bytes + 1, frame->length - header - 1};
  return TRUE;
}

gboolean
id3_genre_is_in (const Id3Tag *tag, const Id3Frame *frame)
{
  Content content;
  if (!is_free (frame) || !find_content (tag, frame, &content))
    return id3_frame_is_genre (frame);
  g_autofree char *name = take_text (content.encoding, &content.text, &content.n);
  return name && g_ascii_strcasecmp (name, "GENRE") == 0;
}

static void
take_genre (TagItems *items, const Id3Tag *tag, const Id3Frame *frame)
{
  Content content;
  if (!find_content (tag, frame, &content))
    return;
  if (is_free (frame))
    g_free (take_text (content.encoding, &content.text, &content.n));
  content.n = MIN (content.n, LONGEST);
  while (content.n > 0) {
    g_autofree char *genre = take_text (content.encoding, &content.text, &content.n);
    if (genre)
      add_genres (items, genre);
  }
}

static gboolean
is_shown (const Id3Frame *frame)
{
  static const char *const names[] = {"COMM", "COM", "USLT", "ULT", "PRIV", NULL};
  return frame->name[0] == 'T' || frame->name[0] == 'W' || g_strv_contains (names, frame->name);
}

/* What is not in text alone, or cannot be read here, is taken for it. */
static void
take_other (TagItems *items, const Id3Tag *tag, const Id3Frame *frame)
{
  Content content;
  const guint header = id3_frame_find_content (frame);
  const guint8 *bytes = tag->bytes->data + frame->at + MIN (header, frame->length);
  g_autofree char *text =
      frame->name[0] == 'T' && !is_free (frame) && find_content (tag, frame, &content)
          ? take_text (content.encoding, &content.text, &content.n)
          : NULL;
  if (text)
    tag_items_add_text (items, text, strlen (text));
  else
    tag_items_add_text (items, bytes, frame->length - MIN (header, frame->length));
}

void
id3_genre_add_to (TagItems *items, int fd, goffset at)
{
  g_auto (Id3Tag) tag = {0};
  Id3Frame frame;
  if (!id3_tag_read (&tag, fd, at))
    return;
  guint place = tag.start;
  while (id3_tag_next (&tag, &place, &frame))
    if (id3_genre_is_in (&tag, &frame))
      take_genre (items, &tag, &frame);
    else if (is_shown (&frame))
      take_other (items, &tag, &frame);
}
