/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tags of an MP4 file are in its box named moov; where that grows, and other boxes follow it, these
 * move. TagLib corrects where samples are (stco, co64), in the first fragment, too (tfhd), and
 * nothing else that counts from the beginning of the file; nor what it does not find, for a box in
 * front of it has something else behind the boxes in it, as QuickTime's four zeros are. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* Why the tags of a file must not be written, or NULL: something would move at which a fragment
 * (tfhd), or an index of fragments (mfra, or a sidx in front of moov), of auxiliary information
 * (saio), of items (iloc), or one that is compressed (cmov) points, or one that TagLib does not
 * find; or TagLib would write over what follows an index. */
const char *mp4_boxes_find_obstacle (int fd);

G_END_DECLS
