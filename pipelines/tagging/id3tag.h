/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Id3Tag: an ID3v2 tag as it stands in a file, and its frames. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

#define ID3_HEADER                                                                                 \
  10 /* bytes of a tag's header, and of its footer, and of a frame's since ID3v2.3 */
#define ID3_SYNCHRONISED 0x80 /* flags of a tag */
#define ID3_EXTENDED 0x40     /* in ID3v2.2: it is compressed */
#define ID3_EXPERIMENTAL 0x20
#define ID3_FOOTER 0x10

typedef struct {
  int version;
  guint8 revision, flags;
  goffset length; /* bytes in the file, with header and footer */
  GByteArray
      *bytes;  /* what follows its header; up to ID3v2.3 without what unsynchronisation adds */
  guint start; /* of the first frame in those */
} Id3Tag;

/* FALSE: there is none at @at, or nothing is in it. */
gboolean id3_tag_read (Id3Tag *self, int fd, goffset at);
/* Of one in which nothing is, too; 0: there is none. */
goffset id3_tag_find_length (int fd, goffset at);
void id3_tag_clear (Id3Tag *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Id3Tag, id3_tag_clear)

typedef struct {
  char name[5];
  const guint8 *flags; /* two; NULL before ID3v2.3 */
  guint at, length;    /* bytes of the tag, with its header */
  gboolean whole;      /* FALSE: the tag ends before it does */
  gboolean is_empty;
  gboolean is_plain;     /* its size is, in ID3v2.4 */
  gboolean is_ambiguous; /* its size may be so: the tag has room for it either way */
} Id3Frame;

/* The frame at @at, which becomes where the next one is. FALSE: none begins there. */
gboolean id3_tag_next (const Id3Tag *self, guint *at, Id3Frame *frame);
/* Where nothing but zeros follows, up to the end of the tag; not before @at. */
guint id3_tag_find_padding (const Id3Tag *self, guint at);
/* It is compressed, encrypted or in a group, or so its flags say: some do not see what it holds. */
gboolean id3_frame_is_coded (const Id3Frame *self, int version);
/* TagLib, and others, stop at it, and do not see what follows. */
gboolean id3_frame_ends_reading (const Id3Frame *self);
/* How many bytes of it are its header. */
guint id3_frame_find_content (const Id3Frame *self);
gboolean id3_frame_is_genre (const Id3Frame *self);

G_END_DECLS
