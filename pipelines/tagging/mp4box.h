/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One of the boxes that an MP4 file consists of, and the tables in some of them that say where in
 * the file something is. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

#define MP4_BOX_DEEPEST 8 /* boxes in boxes that are looked into */

typedef struct {
  char name[5];
  goffset at;       /* of its header */
  goffset content;  /* where that ends */
  goffset end;      /* at most that of what it is in */
  gboolean is_last; /* a size of 0: it ends where what it is in does */
} Mp4Box;

/* FALSE: none that ends where it should begins at @at. */
gboolean mp4_box_read (Mp4Box *self, int fd, goffset at, goffset end);
gboolean mp4_box_is (const Mp4Box *self, const char *name);
/* Whether boxes are in it, of those in which tables are, or tags. */
gboolean mp4_box_is_folder (const Mp4Box *self);
/* Where the first box in a folder begins, perhaps behind its end. */
goffset mp4_box_find_first (const Mp4Box *self, int fd);

/* Numbers of bytes, counted from the beginning of the file. */
typedef struct {
  goffset at;
  guint32 n;
  guint width; /* bytes of each: 4 or 8, the first one being the highest */
} Mp4Table;

/* Where chunks of samples begin (stco, co64), or a fragment's samples (tfhd). FALSE: @box has none.
 */
gboolean mp4_table_read (Mp4Table *self, const Mp4Box *box, int fd);
/* FALSE: it says that it goes on behind the end of @box. */
gboolean mp4_table_fits (const Mp4Table *self, const Mp4Box *box);

G_END_DECLS
