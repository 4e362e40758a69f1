/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "oggcomments.h"
#include "moveat.h"
#include "readat.h"
#include "vorbiscomments.h"
#include <string.h>
#include <unistd.h>

#define HEADER 27   /* bytes of a page, without its table of segments */
#define MOST 255    /* segments of a page, and bytes of one behind which the packet goes on */
#define CONTINUES 1 /* flags of a page: a packet that another one began */
#define ENDS_STREAM 4
#define FLAGS 5 /* places of these, of its time, its stream, its number and its checksum */
#define TIME 6
#define SERIAL 14
#define SEQUENCE 18
#define CHECKSUM 22

typedef struct {
  guint8 header[HEADER + MOST];
  guint n; /* segments */
  goffset at, content, end;
} Page;

typedef struct {
  Page first, last; /* pages of the packet */
  GByteArray *packet;
  GByteArray *rest_table, *rest; /* what follows it in its last page */
  guint n;                       /* pages */
} Comments;

static void
comments_clear (Comments *self)
{
  g_clear_pointer (&self->packet, g_byte_array_unref);
  g_clear_pointer (&self->rest_table, g_byte_array_unref);
  g_clear_pointer (&self->rest, g_byte_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Comments, comments_clear)

/* ---- pages ---- */

static gboolean
read_page (int fd, goffset at, Page *page)
{
  if (!read_all_at (fd, page->header, HEADER, at) || memcmp (page->header, "OggS", 4) != 0)
    return FALSE;
  page->n = page->header[HEADER - 1];
  page->at = at;
  page->content = page->end = at + HEADER + page->n;
  if (!read_all_at (fd, page->header + HEADER, page->n, at + HEADER))
    return FALSE;
  for (guint i = 0; i < page->n; i++)
    page->end += page->header[HEADER + i];
  return TRUE;
}

static gboolean
is_of_stream (const Page *page, const guint8 *serial)
{
  return memcmp (page->header + SERIAL, serial, 4) == 0;
}

/* Where the segment of @page is in which a packet ends; -1: it goes on in the next one. */
static int
find_end (const Page *page)
{
  for (guint i = 0; i < page->n; i++)
    if (page->header[HEADER + i] < MOST)
      return (int)i;
  return -1;
}

/* Up to the segment @last; what follows in this page is none of it. */
static gboolean
take_page (Comments *self, int fd, const Page *page, int last)
{
  g_autoptr (GByteArray) bytes = tag_items_read (fd, page->content, page->end - page->content);
  guint n = 0;
  for (guint i = 0; i < page->n && (last < 0 || i <= (guint)last); i++)
    n += page->header[HEADER + i];
  if (!bytes || self->packet->len > TAG_LARGEST - bytes->len)
    return FALSE;
  g_byte_array_append (self->packet, bytes->data, n);
  if (last >= 0) {
    g_byte_array_append (self->rest, bytes->data + n, bytes->len - n);
    g_byte_array_append (self->rest_table, page->header + HEADER + last + 1,
                         page->n - (guint)last - 1);
  }
  self->n++;
  return TRUE;
}

/* The first packet has a page for itself. */
static gboolean
read_comments (Comments *self, int fd, goffset start)
{
  Page page;
  guint8 serial[4];
  self->packet = g_byte_array_sized_new (1);
  self->rest = g_byte_array_new ();
  self->rest_table = g_byte_array_new ();
  if (!read_page (fd, start, &page) || page.n == 0 || find_end (&page) != (int)page.n - 1)
    return FALSE;
  memcpy (serial, page.header + SERIAL, sizeof serial);
  for (int last = -1; last < 0;) {
    const goffset at = page.end;
    if (!read_page (fd, at, &page) || page.n == 0 || !is_of_stream (&page, serial))
      return FALSE;
    if (self->n == 0)
      self->first = page;
    last = find_end (&page);
    if (!take_page (self, fd, &page, last))
      return FALSE;
  }
  self->last = page;
  return TRUE;
}

/* ---- comments ---- */

/* What stands in front of them, as the format says. */
static gsize
find_start (const AudioFormat *format, const GByteArray *packet)
{
  const gsize n = g_str_equal (format->ending, ".ogg")    ? strlen ("\3vorbis")
                  : g_str_equal (format->ending, ".opus") ? strlen ("OpusTags")
                  : g_str_equal (format->ending, ".oga")  ? 4
                                                          : 0;
  return MIN (n, packet->len);
}

static CommentsEnd
get_end (const AudioFormat *format)
{
  return g_str_equal (format->ending, ".opus") ? COMMENTS_BINARY : COMMENTS_FRAMING;
}

gboolean
ogg_comments_add_to (TagItems *items, const AudioFormat *format, int fd, goffset start)
{
  g_auto (Comments) comments = {0};
  if (!read_comments (&comments, fd, start))
    return FALSE;
  const gsize at = find_start (format, comments.packet);
  vorbis_comments_add_to (items, comments.packet->data + at, comments.packet->len - at,
                          get_end (format));
  if (at > 0) /* in FLAC, whether other blocks or the sound follow, which TagLib forgets */
    tag_items_add (items, VORBIS_COMMENTS, "(type)", comments.packet->data, 1);
  return TRUE;
}

/* ---- another genre ---- */

/* NULL: they are torn. In FLAC their length stands in front of them. */
static GByteArray *
make_packet (const AudioFormat *format, const GByteArray *old, const char *genre)
{
  const gsize at = find_start (format, old);
  g_autoptr (GByteArray) comments = vorbis_comments_patch (old->data + at, old->len - at, genre);
  if (!comments)
    return NULL;
  GByteArray *packet = g_byte_array_new ();
  g_byte_array_append (packet, old->data, (guint)at);
  for (guint i = 1; i < 4 && g_str_equal (format->ending, ".oga"); i++)
    packet->data[i] = (guint8)(comments->len >> 8 * (3 - i));
  g_byte_array_append (packet, comments->data, comments->len);
  return packet;
}

static GByteArray *
make_table (const GByteArray *packet, const GByteArray *rest)
{
  GByteArray *table = g_byte_array_new ();
  for (guint left = packet->len; left >= MOST; left -= MOST)
    g_byte_array_append (table, &(guint8){MOST}, 1);
  g_byte_array_append (table, &(guint8){(guint8)(packet->len % MOST)}, 1);
  g_byte_array_append (table, rest->data, rest->len);
  return table;
}

static void
put_number (guint8 *bytes, guint32 number)
{
  const guint32 little = GUINT32_TO_LE (number);
  memcpy (bytes, &little, sizeof little);
}

static guint32
get_sequence (const Page *page)
{
  guint32 little;
  memcpy (&little, page->header + SEQUENCE, sizeof little);
  return GUINT32_FROM_LE (little);
}

/* CRC-32 with the polynomial 0x04c11db7, the highest bit first. */
static void
make_table_of_checksums (guint32 table[256])
{
  for (guint32 i = 0; i < 256; i++) {
    guint32 sum = i << 24;
    for (int bit = 0; bit < 8; bit++)
      sum = sum << 1 ^ (sum >> 31 ? 0x04c11db7U : 0);
    table[i] = sum;
  }
}

static void
sign_page (guint8 *page, gsize n)
{
  static guint32 table[256];
  static gsize is_made;
  guint32 sum = 0;
  if (g_once_init_enter (&is_made)) {
    make_table_of_checksums (table);
    g_once_init_leave (&is_made, 1);
  }
  put_number (page + CHECKSUM, 0);
  for (gsize i = 0; i < n; i++)
    sum = sum << 8 ^ table[sum >> 24 ^ page[i]];
  put_number (page + CHECKSUM, sum);
}

/* A page in which no packet ends has no time, those of comments have time 0. */
static void
append_page (GByteArray *pages, const Page *like, guint32 sequence, gboolean continues,
             const guint8 *table, guint n, const guint8 *content, gsize length)
{
  guint8 header[HEADER];
  const guint start = pages->len;
  gboolean ends = FALSE;
  for (guint i = 0; i < n; i++)
    ends |= table[i] < MOST;
  memcpy (header, like->header, HEADER);
  header[FLAGS] = continues ? CONTINUES : 0;
  header[HEADER - 1] = (guint8)n;
  memset (header + TIME, ends ? 0 : 0xff, 8);
  put_number (header + SEQUENCE, sequence);
  g_byte_array_append (pages, header, HEADER);
  g_byte_array_append (pages, table, n);
  g_byte_array_append (pages, content, (guint)length);
  sign_page (pages->data + start, pages->len - start);
}

/* @n: how many they are. */
static GByteArray *
make_pages (const Comments *old, const GByteArray *packet, guint *n)
{
  g_autoptr (GByteArray) table = make_table (packet, old->rest_table);
  g_autoptr (GByteArray) content = g_byte_array_new ();
  GByteArray *pages = g_byte_array_new ();
  gsize at = 0;
  g_byte_array_append (content, packet->data, packet->len);
  g_byte_array_append (content, old->rest->data, old->rest->len);
  *n = 0;
  for (guint from = 0; from < table->len; from += MOST, ++*n) {
    const guint segments = MIN (table->len - from, MOST);
    gsize length = 0;
    for (guint i = from; i < from + segments; i++)
      length += table->data[i];
    append_page (pages, &old->first, get_sequence (&old->first) + *n,
                 from > 0 && table->data[from - 1] == MOST, table->data + from, segments,
                 content->data + at, length);
    at += length;
  }
  return pages;
}

/* What follows in the same stream. */
static gboolean
renumber (int fd, goffset at, const guint8 *serial, guint32 difference)
{
  Page page;
  for (; difference != 0 && read_page (fd, at, &page); at = page.end) {
    if (!is_of_stream (&page, serial))
      continue;
    g_autoptr (GByteArray) bytes = tag_items_read (fd, at, page.end - at);
    if (!bytes)
      return FALSE;
    put_number (bytes->data + SEQUENCE, get_sequence (&page) + difference);
    sign_page (bytes->data, bytes->len);
    if (!write_at (fd, bytes->data, bytes->len, at))
      return FALSE;
  }
  return TRUE;
}

/* Sound may not stand in the pages that are made anew: it has a time. */
static gboolean
is_alone (const Comments *self)
{
  const guint8 *time = self->last.header + TIME;
  return tag_items_is_padding (time, 8) && (self->last.header[FLAGS] & ENDS_STREAM) == 0 &&
         (self->first.header[FLAGS] & CONTINUES) == 0;
}

gboolean
ogg_comments_patch (const AudioFormat *format, int before, goffset start, int after,
                    goffset after_start, const char *genre)
{
  g_auto (Comments) old = {0}, new = {0};
  guint n;
  if (!read_comments (&old, before, start) || !read_comments (&new, after, after_start) ||
      !is_alone (&new))
    return FALSE;
  g_autoptr (GByteArray) packet = make_packet (format, old.packet, genre);
  if (!packet || packet->len > TAG_LARGEST)
    return FALSE;
  g_autoptr (GByteArray) pages = make_pages (&new, packet, &n);
  const goffset rest = lseek (after, 0, SEEK_END) - new.last.end;
  const goffset end = new.first.at + pages->len;
  return rest >= 0 && move_at (after, new.last.end, end, rest) &&
         write_at (after, pages->data, pages->len, new.first.at) &&
         ftruncate (after, end + rest) == 0 &&
         renumber (after, end, new.first.header + SERIAL, n - new.n);
}
