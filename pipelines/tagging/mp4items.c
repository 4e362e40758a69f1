/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mp4items.h"
#include "readat.h"
#include "../translation.h"
#include <string.h>
#include <unistd.h>

#define ITEMS "MP4 tags" /* for people */
#define HEADER 8         /* bytes of an atom */
#define DATA 16          /* and of one of data, whose type and language follow */
#define UTF_16 2         /* type of data */

typedef struct {
  char name[5];
  goffset at, end; /* of what is in it */
} Atom;

static guint32
get_number (const guint8 *bytes)
{
  return (guint32)bytes[0] << 24 | (guint32)bytes[1] << 16 | (guint32)bytes[2] << 8 | bytes[3];
}

/* The atom at @at, which ends before @end does. */
static gboolean
read_atom (int fd, goffset at, goffset end, Atom *atom)
{
  guint8 header[2 * HEADER];
  if (end - at < HEADER || !read_all_at (fd, header, HEADER, at))
    return FALSE;
  const guint32 size = get_number (header);
  guint64 length = size == 0 ? (guint64)(end - at) : size;
  gsize n = HEADER;
  if (size == 1) {
    if (end - at < 2 * HEADER || !read_all_at (fd, header + HEADER, HEADER, at + HEADER))
      return FALSE;
    n = 2 * HEADER;
    length = (guint64)get_number (header + HEADER) << 32 | get_number (header + HEADER + 4);
  }
  if (length < n || length > (guint64)(end - at))
    return FALSE;
  *atom = (Atom){.at = at + (goffset)n, .end = at + (goffset)length};
  memcpy (atom->name, header + 4, 4);
  return TRUE;
}

/* The first one of this name in @atom, which it becomes. */
static gboolean
enter (int fd, Atom *atom, const char *name)
{
  Atom inner;
  for (goffset at = atom->at; read_atom (fd, at, atom->end, &inner); at = inner.end)
    if (g_str_equal (inner.name, name)) {
      *atom = inner;
      return TRUE;
    }
  return FALSE;
}

/* QuickTime has it without a version. */
static void
skip_version (int fd, Atom *meta)
{
  guint8 head[HEADER];
  if (read_all_at (fd, head, HEADER, meta->at) && memcmp (head + 4, "hdlr", 4) != 0)
    meta->at += 4;
}

static gboolean
find_movie (int fd, Atom *atom)
{
  *atom = (Atom){.end = lseek (fd, 0, SEEK_END)};
  return enter (fd, atom, "moov");
}

static gboolean
enter_meta (int fd, Atom *atom)
{
  if (!enter (fd, atom, "meta"))
    return FALSE;
  skip_version (fd, atom);
  return TRUE;
}

static gboolean
find_meta (int fd, Atom *atom)
{
  return find_movie (fd, atom) && enter (fd, atom, "udta") && enter_meta (fd, atom);
}

static gboolean
find_items (int fd, Atom *atom)
{
  return find_meta (fd, atom) && enter (fd, atom, "ilst");
}

/* ---- obstacles ---- */

/* "mdir" where items have names of four letters; "" if nothing says so. */
static void
read_handler (int fd, const Atom *meta, char type[5])
{
  Atom handler = *meta;
  guint8 bytes[12]; /* a version, four that mean nothing, and the type */
  memset (type, 0, 5);
  if (enter (fd, &handler, "hdlr") && handler.end - handler.at >= (goffset)sizeof bytes &&
      read_all_at (fd, bytes, sizeof bytes, handler.at))
    memcpy (type, bytes + 8, 4);
}

static gboolean
has_keys (int fd, const Atom *meta)
{
  Atom keys = *meta;
  return enter (fd, &keys, "keys");
}

const char *
mp4_items_find_obstacle (int fd)
{
  Atom meta, other;
  char type[5] = "", other_type[5] = "";
  const gboolean found = find_meta (fd, &meta);
  const gboolean has_other = find_movie (fd, &other) && enter_meta (fd, &other);
  if (found)
    read_handler (fd, &meta, type);
  if (has_other)
    read_handler (fd, &other, other_type);
  if ((*type && !g_str_equal (type, "mdir")) || g_str_equal (other_type, "mdta") ||
      (found && has_keys (fd, &meta)) || (has_other && has_keys (fd, &other)))
    return N_ ("its tags are not those of iTunes, but have keys or another handler: they cannot be "
               "written safely");
  return NULL;
}

/* ---- values ---- */

static gboolean
is_number (const char *name)
{
  static const char *const names[] = {"tmpo", "tvsn", "tves", "cnID",    "sfID",    "atID", "geID",
                                      "cmID", "plID", "stik", "rtng",    "akID",    "cpil", "pgap",
                                      "pcst", "hdvd", "shwm", "\251mvi", "\251mvc", NULL};
  return g_strv_contains (names, name);
}

/* Numbers are as wide as a program likes, and behind a track and their sum may be more room. */
static void
add_value (TagItems *items, const char *name, const guint8 *value, gsize n)
{
  const gboolean is_pair = g_str_equal (name, "trkn") || g_str_equal (name, "disk");
  while (n > 0 && is_number (name) && value[0] == 0) {
    value++;
    n--;
  }
  while (n > 0 && is_pair && value[n - 1] == 0)
    n--;
  tag_items_add (items, ITEMS, name, value, n);
}

static void
add_genre (TagItems *items, const guint8 *value, gsize n, guint32 type)
{
  g_autofree char *text = type == UTF_16 ? g_convert ((const char *)value, (gssize)n, "UTF-8",
                                                      "UTF-16BE", NULL, NULL, NULL)
                                         : NULL;
  if (text)
    tag_items_add_genre (items, text, strlen (text));
  else
    tag_items_add_genre (items, value, n);
}

/* ---- items ---- */

/* What is in an item is in atoms, too. */
typedef struct {
  const char *name;
  const guint8 *bytes; /* behind its header */
  gsize length;
} Part;

static gboolean
next (const GByteArray *item, gsize *at, Part *part)
{
  const gsize room = item->len - *at;
  const guint8 *bytes = item->data + *at;
  if (room < HEADER || get_number (bytes) < HEADER || get_number (bytes) > room)
    return FALSE;
  *part = (Part){(const char *)bytes + 4, bytes + HEADER, get_number (bytes) - HEADER};
  *at += HEADER + part->length;
  return TRUE;
}

static gboolean
is_data (const Part *part)
{
  return memcmp (part->name, "data", 4) == 0 && part->length >= DATA - HEADER;
}

/* "----:com.apple.iTunes:NAME", where it has no name of its own. */
static char *
get_name (const Atom *atom, const GByteArray *item)
{
  GString *name = g_string_new (atom->name);
  Part part;
  gsize at = 0;
  while (g_str_equal (atom->name, "----") && next (item, &at, &part))
    if (!is_data (&part) && part.length > 4) {
      g_string_append_c (name, ':');
      g_string_append_len (name, (const char *)part.bytes + 4, (gssize)part.length - 4);
    }
  return g_string_free (name, FALSE);
}

/* Only where nothing else says what it is, its type counts. */
static void
add_data (TagItems *items, const char *name, const Part *part)
{
  const guint32 type = get_number (part->bytes);
  const guint8 *value = part->bytes + DATA - HEADER;
  const gsize n = part->length - (DATA - HEADER);
  if (g_str_equal (name, "\251gen")) {
    add_genre (items, value, n, type);
    return;
  }
  add_value (items, name, value, n);
  if (g_str_has_prefix (name, "----"))
    tag_items_add (items, ITEMS, name, &type, sizeof type);
}

static void
add_item (TagItems *items, const Atom *atom, const GByteArray *item)
{
  g_autofree char *name = get_name (atom, item);
  Part part;
  gsize at = 0;
  while (next (item, &at, &part))
    if (is_data (&part))
      add_data (items, name, &part);
    else if (!g_str_has_prefix (name, "----"))
      tag_items_add (items, ITEMS, name, part.name, 4 + part.length);
  if (!tag_items_is_padding (item->data + at, item->len - at))
    tag_items_add (items, ITEMS, name, item->data + at, item->len - at);
}

/* One of ID3v1, plus 1; 0 is none. Beside a name it counts as another genre, which it may be. */
static void
add_genre_number (TagItems *items, const GByteArray *item)
{
  Part part;
  gsize at = 0;
  while (next (item, &at, &part))
    if (is_data (&part) && part.length >= DATA - HEADER + 2) {
      const guint8 *value = part.bytes + DATA - HEADER;
      const int number = value[0] << 8 | value[1];
      g_autofree char *text = g_strdup_printf ("#%d", number);
      if (number > 0)
        tag_items_add_genre (items, text, strlen (text));
    }
}

static gboolean
is_left_out (const Atom *atom)
{
  static const char *const names[] = {"free", "skip", NULL};
  return g_strv_contains (names, atom->name);
}

gboolean
mp4_items_add_to (TagItems *items, int fd)
{
  Atom list, atom;
  if (!find_items (fd, &list))
    return TRUE;
  for (goffset at = list.at; read_atom (fd, at, list.end, &atom); at = atom.end) {
    g_autoptr (GByteArray) item = tag_items_read (fd, atom.at, atom.end - atom.at);
    if (!item)
      return FALSE;
    if (g_str_equal (atom.name, "gnre"))
      add_genre_number (items, item);
    else if (!is_left_out (&atom))
      add_item (items, &atom, item);
  }
  return TRUE;
}
