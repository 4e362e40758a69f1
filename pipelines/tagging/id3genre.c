/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "id3genre.h"
#include "id3tag.h"
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

static void
take_frame (TagItems *items, const Id3Tag *tag, const Id3Frame *frame)
{
  const guint header = id3_frame_find_content (frame);
  if (frame->length <= header || id3_frame_is_coded (frame, tag->version))
    return;
  const guint8 encoding = tag->bytes->data[frame->at + header];
  const guint8 *text = tag->bytes->data + frame->at + header + 1;
  gsize n = frame->length - header - 1;
  g_autofree char *name = is_free (frame) ? take_text (encoding, &text, &n) : NULL;
  if (is_free (frame) && (!name || g_ascii_strcasecmp (name, "GENRE") != 0))
    return;
  n = MIN (n, LONGEST);
  while (n > 0) {
    g_autofree char *genre = take_text (encoding, &text, &n);
    if (genre)
      add_genres (items, genre);
  }
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
    if (id3_frame_is_genre (&frame) || is_free (&frame))
      take_frame (items, &tag, &frame);
}
