/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boxes that an MP4 file consists of. Tags are in the one named moov; where it grows, and
 * other boxes follow it, these move. TagLib corrects where samples are (stco, co64), in the first
 * fragment, too (tfhd), and nothing else that counts from the beginning of the file. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* Why the tags of a file must not be written, or NULL: something would move at which a fragment
 * (tfhd), or an index of fragments (mfra, or a sidx in front of moov), of auxiliary information
 * (saio) or of items (iloc) points. */
const char *mp4_boxes_find_obstacle (int fd);

G_END_DECLS
